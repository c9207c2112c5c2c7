import RiskColumns
import RiskJSON
import Synchronization
import Testing

@testable import RiskFeatures

/// A database that a test writes down: texts by address, and whatever path.
struct TestDatabase: AddressDatabase {
    var texts: [String: [String: String]]

    func text(
        of address: InternetAddress, at path: [String]
    ) throws(AddressDatabaseError) -> String? {
        let found = texts.first { InternetAddress($0.key) == address }?.value
        if found?["damaged"] != nil { throw AddressDatabaseError("is damaged") }
        return found?[path.joined(separator: ".")]
    }
}

/// Logins whose addresses are looked up, and asked for in lists that change with time.
enum LookupStory {
    static let lists = #"""
        "proxy": { "versions": [ { "from": "2025-02-01", "values": ["192.0.2.1"] },
                                 { "from": "2025-03-01", "values": ["192.0.2.2"] },
                                 { "from": "2025-04-01T00:00:00Z", "until": "2025-05-01",
                                   "cidr": "proxy-2025-04.txt" } ] },
        "home": { "values": ["CN", "KR"] }
        """#
    static let databases = #"""
        "geo": { "versions": [ { "from": "2025-01-01", "mmdb": "geo-1.mmdb" },
                               { "from": "2025-02-15", "mmdb": "geo-2.mmdb" } ] },
        "owners": { "mmdb": "owners.mmdb" }
        """#
    static let given: [String: ListContents] = [
        "proxy": .versions([
            .values(["192.0.2.1"]), .values(["192.0.2.2"]),
            .networks(NetworkList.make(["192.0.2.0/30"]).list!),
        ])
    ]
    static let sources: [String: [any AddressDatabase]] = [
        "geo": [
            TestDatabase(texts: [
                "192.0.2.1": ["country.iso_code": "CN", "city.names.en": "Wuhan"],
                "192.0.2.2": ["country.iso_code": "FR"],
                "2001:db8::1": ["country.iso_code": "KR", "traits.user_type": "hosting"],
            ]),
            TestDatabase(texts: [
                "192.0.2.1": ["country.iso_code": "US"], "192.0.2.3": ["country.iso_code": "CN"],
            ]),
        ],
        "owners": [
            TestDatabase(texts: [
                "192.0.2.1": ["autonomous_system_number": "64496"],
                "192.0.2.2": ["autonomous_system_number": "64497"],
                "192.0.2.3": ["autonomous_system_number": "64496"],
                "192.0.2.9": ["damaged": ""],
            ])
        ],
    ]

    static func text(
        _ features: KeyValuePairs<String, String>, vectors: String = #""unit": "login""#,
        lists: String = lists, databases: String = databases,
        keys: String = #"["account", "ip"]"#,
        fields: String = #"""
        "country": { "lookup": "country(ip)", "in": "geo" },
        "asn": { "lookup": "asn(ip)", "in": "owners" }, "amount": "decimal(2)"
        """#, zone: String = "UTC"
    ) -> String {
        let list = features.map { "\"\($0.key)\": { \($0.value) }" }.joined(separator: ",\n")
        return """
            { "riskkit": "features/1", "timezone": "\(zone)",
            "lists": { \(lists) },
            "databases": { \(databases) },
            "events": { "login": { "time": "at", "known": "seen", "keys": \(keys),
            "fields": { \(fields) } } },
            "vectors": { \(vectors) },
            "features": { \(list) } }
            """
    }

    static func login(
        _ time: String, _ ip: String?, account: String = "a", known: String? = nil
    ) -> FeatureEngine.Event {
        var values: [String: FeatureEngine.Value] = ["account": .text(account)]
        values["ip"] = ip.map { .text($0) }
        return .init(
            type: "login", time: Story.time(time), known: known.map { Story.time($0) },
            values: values)
    }

    /// The columns of the features, batch and live being the same.
    static func columns(
        _ text: String, _ events: [FeatureEngine.Event]
    ) throws -> [String: [Double]] {
        let spec = try Story.spec(text)
        let matrix = try BatchExtractor(
            spec: spec, logs: Story.logs(spec, events), lists: given, databases: sources, threads: 1
        ).vectors().matrix
        let engine = FeatureEngine(spec: spec, lists: given, databases: sources)
        var live: [[Double]] = []
        for occurrence in Story.inOrder(spec, events) {
            if let vector = try engine.process(occurrence.event) { live.append(vector) }
        }
        #expect(live.count == matrix.rowCount)
        for (index, column) in matrix.columns.enumerated() {
            #expect(live.elementsEqual(column) { Story.same($0[index], $1) })
        }
        return Dictionary(uniqueKeysWithValues: zip(matrix.names, matrix.columns))
    }
}

/// Lists and databases that are those of an event's time.
@Suite struct LookupTests {
    static let months = [
        "2025-01-31T23:59:59Z", "2025-02-01T00:00:00Z", "2025-02-28T23:59:59Z",
        "2025-03-01T00:00:00Z", "2025-04-02T00:00:00Z", "2025-05-01T00:00:00Z",
    ]

    /// On the VPN list only from February; before, nobody knows.
    @Test func aListIsTheOneOfTheEventsTime() throws {
        let text = LookupStory.text([
            "now": #""derive": "current.ip in proxy""#,
            "not_now": #""derive": "not (current.ip in proxy)""#,
            "seen":
                #""of": "login", "by": "account", "aggregate": "count", "where": "ip in proxy", "include": "current""#,
            "share":
                #""of": "login", "by": "account", "aggregate": "share(ip in proxy)", "include": "current""#,
        ])
        let columns = try LookupStory.columns(
            text, Self.months.map { LookupStory.login($0, "192.0.2.1") })
        #expect(agree(columns["now"]!, [.nan, 1, 1, 0, 1, .nan]))
        #expect(agree(columns["not_now"]!, [.nan, 0, 0, 1, 0, .nan]))
        #expect(columns["seen"] == [0, 1, 2, 2, 3, 3])
        #expect(agree(columns["share"]!, [.nan, 1, 1, 2.0 / 3, 0.75, 0.75]))
    }

    /// An event that became known late is asked about when it happened.
    @Test func theTimeIsThatOfTheEventNotOfItsBecomingKnown() throws {
        let text = LookupStory.text([
            "now": #""derive": "current.ip in proxy""#,
            "abroad": #""derive": "current.country != 'CN'""#,
        ])
        let columns = try LookupStory.columns(
            text,
            [
                LookupStory.login("2025-02-10", "192.0.2.1", known: "2025-03-10"),
                LookupStory.login("2025-03-10", "192.0.2.1", known: "2025-03-10"),
            ])
        #expect(columns["now"] == [1, 0])
        #expect(columns["abroad"] == [0, 1])
    }

    /// Dates without an offset are midnights of the spec's zone.
    @Test func aVersionBeginsAtTheZonesMidnight() throws {
        let text = LookupStory.text(
            ["now": #""derive": "current.ip in proxy""#], zone: "Asia/Shanghai")
        let columns = try LookupStory.columns(
            text,
            ["2025-01-31T15:59:59Z", "2025-01-31T16:00:00Z"]
                .map { LookupStory.login($0, "192.0.2.1") })
        #expect(agree(columns["now"]!, [.nan, 1]))
    }

    @Test func whatIsFoundIsACategoryLikeAnother() throws {
        let text = LookupStory.text([
            "asns":
                #""of": "login", "by": "account", "aggregate": "distinct(asn)", "window": "1d", "include": "current""#,
            "new_country": #""of": "login", "by": "account", "aggregate": "new(country)""#,
            "at_home": #""derive": "current.country in home""#,
            "unknown": #""derive": "is_missing(current.country)""#,
            "chinese":
                #""of": "login", "by": "account", "aggregate": "count", "where": "country == 'CN'", "include": "current""#,
            "variety":
                #""of": "login", "by": "account", "aggregate": "entropy(country)", "window": "1d", "include": "current""#,
        ])
        let columns = try LookupStory.columns(
            text,
            [
                LookupStory.login("2025-02-01T00:00:00Z", "192.0.2.1"),
                LookupStory.login("2025-02-01T01:00:00Z", "192.0.2.2"),
                LookupStory.login("2025-02-01T02:00:00Z", "192.0.2.3"),
                LookupStory.login("2025-02-01T03:00:00Z", "localhost"),
                LookupStory.login("2025-02-01T04:00:00Z", nil),
                LookupStory.login("2025-02-01T05:00:00Z", "2001:0DB8:0::1"),
                LookupStory.login("2025-02-01T06:00:00Z", "::ffff:192.0.2.1"),
                LookupStory.login("2025-02-20T00:00:00Z", "192.0.2.3"),
                LookupStory.login("2024-12-31T23:59:59Z", "192.0.2.1", known: "2025-02-21"),
            ])
        // The third is of 64496 again, and of no country in January's database.
        #expect(columns["asns"] == [1, 2, 2, 2, 2, 2, 2, 1, 0])
        #expect(agree(columns["new_country"]!, [1, 1, .nan, .nan, .nan, 1, 0, 0, .nan]))
        #expect(agree(columns["at_home"]!, [1, 0, .nan, .nan, .nan, 1, 1, 1, .nan]))
        #expect(columns["unknown"] == [0, 0, 1, 1, 1, 0, 0, 0, 1])
        #expect(columns["chinese"] == [1, 1, 1, 1, 1, 1, 2, 3, 3])
        #expect(columns["variety"]!.first == 0)
        #expect(columns["variety"]![1] == 1)
    }

    /// A network's owner is a key: how many accounts it has, alone and with the account.
    @Test func whatIsFoundMayBeAKey() throws {
        let text = LookupStory.text(
            [
                "accounts":
                    #""of": "login", "by": "asn", "aggregate": "distinct(account)", "include": "current""#,
                "from_here": #""of": "login", "by": ["account", "asn"], "aggregate": "count""#,
            ], vectors: #""unit": "login", "carry": ["country"]"#,
            keys:
                #"{ "account": "account", "ip": "ip", "asn": { "lookup": "asn(ip)", "in": "owners" } }"#,
            fields: #""country": { "lookup": "ip", "in": "geo", "path": ["country", "iso_code"] }"#)
        let events = [
            LookupStory.login("2025-02-01T00:00:00Z", "192.0.2.1"),
            LookupStory.login("2025-02-01T01:00:00Z", "192.0.2.3", account: "b"),
            LookupStory.login("2025-02-01T02:00:00Z", "192.0.2.2"),
            LookupStory.login("2025-02-01T03:00:00Z", "192.0.2.3"),
            LookupStory.login("2025-02-01T04:00:00Z", "192.0.2.4"),
        ]
        let columns = try LookupStory.columns(text, events)
        #expect(agree(columns["accounts"]!, [1, 2, 1, 2, .nan]))
        #expect(agree(columns["from_here"]!, [0, 0, 0, 1, .nan]))
        let spec = try Story.spec(text)
        let table = try BatchExtractor(
            spec: spec, logs: Story.logs(spec, events), lists: LookupStory.given,
            databases: LookupStory.sources, threads: 1
        ).vectors().table
        for (name, expected) in [
            ("asn", ["64496", "64496", "64497", "64496", ""]),
            ("country", ["CN", "", "FR", "", ""]),
        ] {
            guard case .codes(let codes, let dictionary)? = table[name]?.storage else {
                Issue.record("no column \(name)")
                continue
            }
            #expect(codes.map { $0 < 0 ? "" : dictionary[$0] } == expected)
        }
        #expect(spec.events[0].requests.map(\.column) == ["at", "seen", "account", "ip"])
    }

    @Test func oneVectorAnOwner() throws {
        let spec = try Story.spec(
            LookupStory.text(
                ["n": #""of": "login", "by": "asn", "aggregate": "count""#],
                vectors: #""unit": { "entity": "asn" }"#,
                keys:
                    #"{ "ip": "ip", "account": "account", "asn": { "lookup": "asn(ip)", "in": "owners" } }"#,
                fields: ""))
        let engine = FeatureEngine(
            spec: spec, lists: LookupStory.given, databases: LookupStory.sources)
        for ip in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
            _ = try engine.process(LookupStory.login("2025-02-01", ip))
        }
        let later = Story.time("2025-02-02")
        #expect(try engine.features(of: "64496", asOf: later) == [2])
        #expect(try engine.features(of: "64498", asOf: later) == nil)
    }

    /// Nobody tells an engine what it looks up itself.
    @Test func whatIsLookedUpIsNotGiven() throws {
        let spec = try Story.spec(
            LookupStory.text(["n": #""of": "login", "by": "account", "aggregate": "count""#]))
        let engine = FeatureEngine(
            spec: spec, lists: LookupStory.given, databases: LookupStory.sources)
        var event = LookupStory.login("2025-02-01", "192.0.2.1")
        event.values["country"] = .text("DE")
        #expect(throws: FeatureEngine.Refusal.unknownField("country")) {
            try engine.process(event)
        }
    }

    /// However often an address comes, and in whatever order.
    @Test func eachTextIsLookedUpOnceAVersion() throws {
        final class Counter: Sendable {
            let count = Mutex(0)
        }
        struct Counting: AddressDatabase {
            let counter: Counter
            func text(
                of address: InternetAddress, at path: [String]
            ) throws(AddressDatabaseError) -> String? {
                counter.count.withLock { $0 += 1 }
                return address.value & 1 == 0 ? "CN" : nil
            }
        }
        let spec = try Story.spec(
            LookupStory.text(
                ["n": #""of": "login", "by": "account", "aggregate": "distinct(country)""#],
                fields: #""country": { "lookup": "country(ip)", "in": "geo" }"#))
        let events = (0..<100).map { index in
            LookupStory.login(
                index % 2 == 0 ? "2025-02-01" : "2025-02-16", "192.0.2.\(index % 4)",
                known: "2025-02-16")
        }
        let counter = Counter()
        var databases = LookupStory.sources
        databases["geo"] = [Counting(counter: counter), Counting(counter: counter)]
        _ = try BatchExtractor(
            spec: spec, logs: Story.logs(spec, events), lists: LookupStory.given,
            databases: databases, threads: 2)
        // Two addresses meet the first version, two others the second.
        #expect(counter.count.withLock { $0 } == 4)
        let engine = FeatureEngine(spec: spec, lists: LookupStory.given, databases: databases)
        for event in events { _ = try engine.process(event) }
        #expect(counter.count.withLock { $0 } == 8)
    }

    @Test func aDamagedDatabaseIsNamedAndItsAnswersAreMissing() throws {
        let spec = try Story.spec(
            LookupStory.text(["unknown": #""derive": "is_missing(current.asn)""#]))
        let events = [
            LookupStory.login("2025-02-01", "192.0.2.1"),
            LookupStory.login("2025-02-01", "192.0.2.9"),
            LookupStory.login("2025-02-01", "192.0.2.9", account: "b"),
        ]
        let expected = [
            DamagedDatabase(
                name: "owners", version: 0, message: "is damaged (looking up 192.0.2.9)")
        ]
        let extractor = try BatchExtractor(
            spec: spec, logs: Story.logs(spec, events), lists: LookupStory.given,
            databases: LookupStory.sources, threads: 1)
        #expect(extractor.damagedDatabases == expected)
        #expect(try extractor.vectors().matrix.columns[0] == [0, 1, 1])
        let engine = FeatureEngine(
            spec: spec, lists: LookupStory.given, databases: LookupStory.sources)
        #expect(try events.map { try engine.process($0)![0] } == [0, 1, 1])
        #expect(engine.damagedDatabases == expected)
    }

    /// A snapshot outlives the next month's list, but not another spec.
    @Test func aSnapshotGoesOnWithANewVersion() throws {
        let feature: KeyValuePairs = [
            "seen":
                #""of": "login", "by": "account", "aggregate": "count", "where": "ip in proxy and country == 'CN'", "include": "current""#,
            "asns":
                #""of": "login", "by": "account", "aggregate": "distinct(asn)", "include": "current""#,
        ]
        let before = try Story.spec(LookupStory.text(feature))
        let engine = FeatureEngine(
            spec: before, lists: LookupStory.given, databases: LookupStory.sources)
        _ = try engine.process(LookupStory.login("2025-02-01", "192.0.2.1"))
        let longer = LookupStory.lists.replacing("2025-05-01", with: "2025-06-01")
        let after = try Story.spec(LookupStory.text(feature, lists: longer))
        for spec in [before, after] {
            let next = try FeatureEngine(
                spec: spec, lists: LookupStory.given, databases: LookupStory.sources,
                snapshot: engine.snapshot())
            #expect(try next.process(LookupStory.login("2025-02-02", "192.0.2.2")) == [1, 2])
        }
        let other = try Story.spec(
            LookupStory.text(
                feature, lists: LookupStory.lists.replacing("\"KR\"", with: "\"JP\"")))
        #expect(throws: SnapshotError.self) {
            try FeatureEngine(
                spec: other, lists: LookupStory.given, databases: LookupStory.sources,
                snapshot: engine.snapshot())
        }
    }

    @Test(arguments: [0, 1, 2, 3, 4, 5, 99])
    func theVersionInForceIsTheLastThatBegan(count: Int) {
        let starts = (0...count).map { Int64($0 * $0) }
        let validity = Validity(starts: starts, end: starts.last! + 3)
        for moment in -2...starts.last! + 5 {
            let expected = moment >= validity.end ? nil : starts.lastIndex { $0 <= moment }
            #expect(validity.version(at: moment) == expected)
        }
    }
}
