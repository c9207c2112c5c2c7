import RiskColumns
import RiskJSON
import Testing

@testable import RiskFeatures

/// What is looked up is as if the log had it: a spec with look-ups and lists of several versions gives
/// the vectors of a plain spec over a log that has the answers in it, batch and live, and from a
/// snapshot in the middle. `RISKKIT_LONG=1` tries twenty times as many.
@Suite struct LookupLawTests {
    static let addresses =
        (0..<12).map { "192.0.2.\($0)" } + ["2001:db8::1", "nowhere", "", "1.2.3"]

    /// Versions of a list and a database, as tables of what is so at which time.
    struct Knowledge {
        let starts: [Int64]
        let end: Int64
        let proxies: [Set<String>]
        let countries: [[String: String]]
        let owners: [String: String]

        init(_ random: inout CaseGenerator) {
            func some(_ values: [String], _ random: inout CaseGenerator) -> [String: String] {
                var found: [String: String] = [:]
                for address in LookupLawTests.addresses where InternetAddress(address) != nil {
                    if Int.random(in: 0..<4, using: &random) > 0 {
                        found[address] = values.randomElement(using: &random)!
                    }
                }
                return found
            }
            let count = Int.random(in: 1...4, using: &random)
            starts = (0..<count).map { Story.noon + Int64($0 * 3600 + 600) * Timestamps.second }
            let isOpen = Bool.random(using: &random)
            end =
                isOpen
                ? .max : starts.last! + Int64.random(in: 1...3, using: &random) * Timestamps.hour
            proxies = starts.map { _ in
                Set(LookupLawTests.addresses.filter { _ in Bool.random(using: &random) })
            }
            countries = starts.map { _ in some(["CN", "FR", "US"], &random) }
            owners = some(["64496", "64497", "64498"], &random)
        }

        func version(_ time: Int64) -> Int? {
            time >= end ? nil : starts.lastIndex { $0 <= time }
        }

        var members: String {
            let versions = starts.indices.map { index in
                let until =
                    index == starts.count - 1 && end < .max
                    ? ", \"until\": \"\(Timestamps.format(end))\"" : ""
                return "{ \"from\": \"\(Timestamps.format(starts[index]))\"\(until), "
            }
            let proxies = versions.map { $0 + "\"file\": \"x\" }" }.joined(separator: ", ")
            let places = versions.map { $0 + "\"mmdb\": \"x\" }" }.joined(separator: ", ")
            return """
                "lists": { "proxy": { "versions": [\(proxies)] },
                           "home": { "values": ["CN", "64497"] } },
                "databases": { "geo": { "versions": [\(places)] }, "owners": { "mmdb": "x" } },
                """
        }

        var lists: [String: ListContents] { ["proxy": .versions(proxies.map { .values($0) })] }

        var databases: [String: [any AddressDatabase]] {
            func database(_ texts: [String: String], _ path: String) -> TestDatabase {
                TestDatabase(texts: texts.mapValues { [path: $0] })
            }
            return [
                "geo": countries.map { database($0, "country.iso_code") },
                "owners": [database(owners, "autonomous_system_number")],
            ]
        }

        /// The event with the answers in it.
        func answered(_ event: FeatureEngine.Event) -> FeatureEngine.Event {
            var event = event
            guard case .text(let address)? = event.values["ip"] else { return event }
            if let version = version(event.time) {
                event.values["is_proxy"] = .bool(proxies[version].contains(address))
                event.values["country"] = countries[version][address].map { .text($0) }
            }
            event.values["asn"] = owners[address].map { .text($0) }
            return event
        }
    }

    static let aggregates = [
        "count", "distinct(country)", "distinct(asn)", "new(country)", "share(ip in proxy)",
        "share(country == 'CN' or ip in proxy)", "share(asn in home)", "since_last",
        "sum(amount)", "mean(amount)",
    ]
    static let exact = ["entropy(country)", "top_share(asn)", "peak(1m)", "gap_mean"]
    static let conditions = [
        "ip in proxy", "not (ip in proxy)", "ip in proxy and amount > 3", "country != 'FR'",
        "is_missing(country) or ip in proxy", "asn in ['64496', '64498']",
    ]
    static let derived = [
        "current.ip in proxy", "if(current.ip in proxy, f0, -1)", "is_missing(current.ip in proxy)",
        "current.country in home or current.asn == '64498'",
    ]

    static func features(_ random: inout CaseGenerator) -> String {
        var features: [String] = []
        for _ in 0..<6 {
            let window = ["10m", "1h", "1d", nil].randomElement(using: &random)!
            let hop = window != nil && Int.random(in: 0..<3, using: &random) == 0
            let isExact = window != nil && !hop
            let aggregate = (aggregates + (isExact ? exact : [])).randomElement(using: &random)!
            let by =
                aggregate.contains("asn")
                ? "\"account\""
                : ["\"account\"", "\"asn\"", "\"ip\"", "[\"account\", \"asn\"]"]
                    .randomElement(using: &random)!
            var feature = "\"of\": \"login\", \"by\": \(by), \"aggregate\": \"\(aggregate)\""
            if let window { feature += ", \"window\": \"\(window)\"" }
            if hop { feature += ", \"hop\": \"\(window!)\"" }
            if Bool.random(using: &random) {
                feature += ", \"where\": \"\(conditions.randomElement(using: &random)!)\""
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                feature += ", \"delay\": \"10m\""
            } else if !aggregate.hasPrefix("new"), Bool.random(using: &random) {
                feature += ", \"include\": \"current\""
            }
            features.append(feature)
        }
        features += derived.map { "\"derive\": \"\($0)\"" }
        return features.enumerated().map { "\"f\($0)\": { \($1) }" }.joined(separator: ",\n")
    }

    static func event(_ random: inout CaseGenerator) -> FeatureEngine.Event {
        let time = Story.noon + Int64.random(in: 0...18_000, using: &random) * Timestamps.second
        let late = Int.random(in: 0..<3, using: &random) == 0
        var values: [String: FeatureEngine.Value] = [
            "account": .text(["a", "b"].randomElement(using: &random)!),
            "amount": .integer(Int64.random(in: 0...900, using: &random)),
        ]
        if Int.random(in: 0..<10, using: &random) > 0 {
            values["ip"] = .text(addresses.randomElement(using: &random)!)
        }
        return .init(
            type: "login", time: time,
            known: late
                ? time + Int64.random(in: 0...7200, using: &random) * Timestamps.second : time,
            values: values)
    }

    @Test func aLookUpIsAsIfTheLogHadTheAnswer() throws {
        var random = CaseGenerator(state: 88)
        for number in 0..<(EngineLawTests.isLong ? 1000 : 50) {
            let knowledge = Knowledge(&random)
            let features = Self.features(&random)
            func spec(_ members: String, _ keys: String, _ fields: String, _ features: String)
                throws
                -> FeatureSpec
            {
                try Story.spec(
                    """
                    { "riskkit": "features/1", \(members)
                      "events": { "login": { "time": "at", "known": "seen", "keys": \(keys),
                        "fields": { "amount": "decimal(2)", \(fields) } } },
                      "vectors": { "unit": "login" }, "features": { \(features) } }
                    """)
            }
            let looking = try spec(
                knowledge.members,
                #"{ "account": "account", "ip": "ip", "asn": { "lookup": "asn(ip)", "in": "owners" } }"#,
                #""country": { "lookup": "country(ip)", "in": "geo" }"#, features)
            let plain = try spec(
                #""lists": { "home": { "values": ["CN", "64497"] } },"#,
                #"["account", "ip", "asn"]"#, #""country": "category", "is_proxy": "boolean""#,
                features.replacing("current.ip in proxy", with: "current.is_proxy")
                    .replacing("ip in proxy", with: "is_proxy"))
            let events = (0..<80).map { _ in Self.event(&random) }
            let answered = events.map { knowledge.answered($0) }
            func batch(_ spec: FeatureSpec, _ events: [FeatureEngine.Event]) throws -> FeatureMatrix
            {
                try BatchExtractor(
                    spec: spec, logs: Story.logs(spec, events), lists: knowledge.lists,
                    databases: knowledge.databases.filter { name, _ in
                        spec.databases.contains { $0.name == name }
                    }, threads: 1
                ).vectors().matrix
            }
            let found = try batch(looking, events)
            let expected = try batch(plain, answered)
            var engine = FeatureEngine(
                spec: looking, lists: knowledge.lists, databases: knowledge.databases)
            var live: [[Double]] = []
            for (index, occurrence) in Story.inOrder(looking, events).enumerated() {
                if index == 40 {
                    engine = try FeatureEngine(
                        spec: looking, lists: knowledge.lists, databases: knowledge.databases,
                        snapshot: engine.snapshot())
                }
                live.append(try #require(try engine.process(occurrence.event)))
            }
            #expect(found.rowCount == 80)
            for (index, name) in found.names.enumerated() {
                let column = expected.columns[index]
                #expect(
                    found.columns[index].elementsEqual(column) { Story.same($0, $1) },
                    "case \(number): \(name) in batch")
                #expect(
                    live.elementsEqual(column) { Story.same($0[index], $1) },
                    "case \(number): \(name) live")
            }
        }
    }

    @Test func parityHoldsWithLookUps() throws {
        var random = CaseGenerator(state: 5)
        let spec = try Story.spec(
            LookupStory.text([
                "seen":
                    #""of": "login", "by": "account", "aggregate": "count", "where": "ip in proxy""#,
                "new": #""of": "login", "by": "account", "aggregate": "new(country)""#,
            ]))
        let events = (0..<200).map { index in
            var event = Self.event(&random)
            event.time = Story.time("2025-01-31") + Int64(index) * Timestamps.day / 2
            event.known = nil
            event.values["amount"] = nil
            return event
        }
        let report = try BatchExtractor(
            spec: spec, logs: Story.logs(spec, events), lists: LookupStory.given,
            databases: LookupStory.sources, threads: 1
        ).parity()
        #expect(report.vectors == 200)
        #expect(report.differences == 0)
    }
}
