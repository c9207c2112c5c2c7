import RiskColumns
import RiskJSON
import Testing

@testable import RiskFeatures

/// Whatever a spec file says, it is either refused with mistakes or it runs, batch as live.
///
/// `RISKKIT_LONG=1` tries fifty times as many.
@Suite struct SpecFuzzTests {
    static let seeds: [String] = [
        SpecTests.full,
        """
        { "riskkit": "features/1", "timezone": "America/New_York",
          "events": {
            "call": { "time": { "column": "t", "format": "epoch_seconds" }, "keys": ["sim", "cell"],
                      "fields": { "seconds": "integer", "callee": "category", "cost": "decimal(4)" } },
            "swap": { "time": "t", "known": "k", "keys": { "sim": "SIM" } } },
          "features": {
            "calls": { "of": "call", "by": "sim", "aggregate": "count", "window": "1d", "hop": "1h" },
            "callees": { "of": "call", "by": "sim", "aggregate": "distinct(callee)", "window": "7d" },
            "night": { "of": "call", "by": "sim", "aggregate": "share(hour in 0..<6)", "window": "30d" },
            "spread": { "of": "call", "by": "sim", "aggregate": "std(seconds)" },
            "swaps": { "of": "swap", "by": "sim", "aggregate": "rate", "window": "3660d",
                       "hop": "3660d", "delay": "3660d", "default": -1 },
            "ratio": { "derive": "if(calls > 3, callees / calls, coalesce(night, 0))" } },
          "vectors": { "unit": { "entity": "sim", "every": "1d" },
                       "label": { "from": "swap", "within": "30d" } } }
        """,
        LookupStory.text([
            "calls":
                #""of": "login", "by": "account", "aggregate": "count", "where": "ip in proxy""#,
            "abroad":
                #""of": "login", "by": "account", "aggregate": "distinct(country)", "window": "1d""#,
            "share": #""of": "login", "by": "ip", "aggregate": "share(ip in proxy or asn = '1')""#,
            "new": #""of": "login", "by": "account", "aggregate": "new(country)""#,
            "derived": #""derive": "current.ip in proxy and current.country in home""#,
        ]),
        """
        { "riskkit": "features/1",
          "events": {
            "login": { "time": "t", "known": "k", "keys": ["account", "ip", "sim"] },
            "swap": { "time": "t", "keys": ["account", "sim"],
                      "fields": { "fraud": { "type": "boolean", "known_after": "1d" } } } },
          "rings": {
            "crew": { "members": "account", "through": ["ip", "sim"], "degree": { "ip": 2 },
                      "of": ["login"], "fraud": { "of": "swap", "where": "fraud", "delay": "30d" } },
            "pair": { "members": "account", "through": ["sim"], "degree": 2 } },
          "features": {
            "size": { "ring": "crew", "aggregate": "size", "include": "current" },
            "frauds": { "ring": "crew", "aggregate": "frauds" },
            "share": { "ring": "crew", "aggregate": "fraud_share" },
            "age": { "ring": "pair", "aggregate": "age", "default": -1 },
            "growth": { "ring": "pair", "aggregate": "growth(3660d)", "include": "current" },
            "degree": { "ring": "crew", "aggregate": "degree" },
            "calls": { "derive": "size * share + age" } },
          "vectors": { "unit": "login" } }
        """,
    ]

    /// What once crashed, hung or slipped through; none may again.
    static let offenders: [String] = [
        // A name that is a key here and a number there: an index beyond the dictionary.
        SpecTests.spec(
            fields: #""device": "integer""#, vectors: #""unit": { "entity": "account" }"#),
        // 2^40 instructions.
        SpecTests.spec(
            feature: "\"derive\": \""
                + String(repeating: "(", count: 40) + "1"
                + String(repeating: " in 0...1)", count: 40)
                + "\""),
        SpecTests.spec(feature: "\"derive\": \"1" + String(repeating: "+1", count: 2040) + "\""),
        SpecTests.spec(feature: "\"derive\": \"" + String(repeating: "(", count: 4000) + "\""),
        // Two columns of one name.
        SpecTests.spec(name: "account"),
        SpecTests.spec(vectors: #""unit": "purchase", "carry": ["flag", "flag"]"#),
        // No features, no events, no keys, no members.
        #"{ "riskkit": "features/1", "events": {}, "features": {}, "vectors": {} }"#,
        #"{ "riskkit": "features/1", "events": { "a": {} }, "features": { "f": {} }, "vectors": { "unit": "a" } }"#,
        #"{ "riskkit": "features/1", "events": { "a": { "time": "t", "keys": [] } }, "features": { "f": { "derive": "1" } }, "vectors": { "unit": "a" } }"#,
        // Spans at the ends of what there is.
        SpecTests.spec(
            feature:
                #""of": "purchase", "by": "account", "aggregate": "std(amount)", "window": "3660d", "hop": "3660d", "delay": "3660d""#,
            vectors: #""unit": { "entity": "account", "every": "3660d" }"#),
        SpecTests.spec(vectors: #""unit": { "entity": "account", "every": "1s" }"#),
        // A name that is a combining mark, an empty name, a long one.
        SpecTests.spec(name: "\u{301}"), SpecTests.spec(name: ""),
        SpecTests.spec(name: String(repeating: "a", count: 101)),
    ]

    @Test(arguments: offenders.indices)
    func pastOffendersAreHarmless(index: Int) throws {
        var random = CaseGenerator(state: UInt64(index))
        try Self.check(JSONParser.parse(Array(Self.offenders[index].utf8)), &random)
    }

    @Test func theSeedsThemselvesRun() throws {
        var random = CaseGenerator(state: 1)
        for seed in Self.seeds {
            #expect(try Self.check(JSONParser.parse(Array(seed.utf8)), &random))
        }
    }

    @Test func mutatedTreesAreRefusedOrRun() throws {
        var random = CaseGenerator(state: 21)
        var valid = 0
        for _ in 0..<(EngineLawTests.isLong ? 50_000 : 600) {
            let seed = Self.seeds.randomElement(using: &random)!
            var document = try JSONParser.parse(Array(seed.utf8))
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                document = Self.mutate(document, &random)
            }
            if try Self.check(document, &random) { valid += 1 }
        }
        // Otherwise the mutations only ever test the refusals.
        #expect(valid > 60)
    }

    @Test func mutatedBytesAreRefusedOrRun() throws {
        var random = CaseGenerator(state: 22)
        for _ in 0..<(EngineLawTests.isLong ? 100_000 : 1500) {
            var bytes = Array(Self.seeds.randomElement(using: &random)!.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, &random) }
            guard let document = try? JSONParser.parse(bytes) else { continue }
            try Self.check(document, &random)
        }
    }

    // MARK: mutations

    static let words: [Node] = [
        "all", "current", "login", "purchase", "call", "swap", "account", "ip", "sim", "amount",
        "items", "fraud", "count", "rate", "sum(amount)", "std(seconds)", "distinct(callee)",
        "share(fraud)", "share(cost > 1 or callee = 'x')", "last(amount)", "min(weight)", "1s",
        "1d",
        "30d", "3660d", "decimal(0)", "decimal(9)", "category", "number", "boolean", "time",
        "label",
        "Pacific/Apia", "UTC", "1 / 0", "calls - calls", "current.amount", "not true", "", "x", nil,
        true, false, 0, -1, 1_000_000, 1e300, [], ["account"], ["account", "account"],
        Node.object([:]), Node.object(["entity": "account"]), Node.object(["entity": "sim"]),
        Node.object(["field": "fraud"]), Node.object(["values": ["a"]]),
        Node.object(["type": "integer", "column": "TX_AMOUNT"]),
        "country(ip)", "asn(account)", "geo", "owners", "2025-02-01", "2026-03-02T13:00:00Z",
        "ip in proxy", "country = 'DE'", "distinct(asn)", "asn", "country",
        Node.object(["lookup": "city(ip)"]), Node.object(["mmdb": "x"]),
        Node.object(["from": "2026-03-02", "mmdb": "x"]),
        Node.object(["from": "2026-03-02", "values": ["a0"]]),
        "crew", "size", "growth(1s)", 2, ["ip", "sim"], Node.object(["of": "swap"]),
    ]

    static let keys = [
        "of", "by", "aggregate", "where", "window", "hop", "delay", "include", "per", "derive",
        "default", "unit", "label", "carry", "every", "time", "known", "keys", "fields", "account",
        "ip", "sim", "amount", "calls", "lookup", "in", "path", "versions", "from", "until",
        "country",
        "asn", "proxy", "geo",
        "ring", "rings", "members", "through", "degree",
    ]

    static func mutate(_ node: Node, _ random: inout CaseGenerator) -> Node {
        // Half of the time here, otherwise further down.
        if Int.random(in: 0..<5, using: &random) > 0 {
            switch node.content {
            case .object(var members) where !members.isEmpty:
                let index = Int.random(in: 0..<members.count, using: &random)
                let member = members[index]
                members[index] = .init(member.key, mutate(member.value, &random))
                return Node(.object(members), line: node.line)
            case .array(var values) where !values.isEmpty:
                let index = Int.random(in: 0..<values.count, using: &random)
                values[index] = mutate(values[index], &random)
                return Node(.array(values), line: node.line)
            default: break
            }
        }
        switch node.content {
        case .object(var members):
            let key = keys.randomElement(using: &random)!
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where !members.isEmpty:
                members.remove(at: Int.random(in: 0..<members.count, using: &random))
            case 1 where !members.isEmpty && !members.contains { $0.key == key }:
                let index = Int.random(in: 0..<members.count, using: &random)
                members[index] = .init(key, members[index].value)
            case 2 where !members.contains { $0.key == key }:
                members.append(.init(key, words.randomElement(using: &random)!))
            default: members.shuffle(using: &random)
            }
            return Node(.object(members), line: node.line)
        case .array(var values) where Bool.random(using: &random):
            values += values
            return Node(.array(values), line: node.line)
        case .string(let text) where Bool.random(using: &random):
            var bytes = Array(text.utf8)
            mutate(&bytes, &random)
            return Node(.string(String(decoding: bytes, as: UTF8.self)), line: node.line)
        default: return words.randomElement(using: &random)!
        }
    }

    static func mutate(_ bytes: inout [UInt8], _ random: inout CaseGenerator) {
        if bytes.isEmpty { bytes = [0x20] }
        let at = Int.random(in: 0..<bytes.count, using: &random)
        let length = min(Int.random(in: 1...12, using: &random), bytes.count - at)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[at] = UInt8.random(in: .min ... .max, using: &random)
        case 1: bytes.removeSubrange(at..<at + length)
        case 2: bytes.insert(contentsOf: bytes[at..<at + length], at: at)
        case 3:
            bytes.insert(
                Array("(){}[],:\"'.-+*/<>=!0919dshm_ e\\".utf8).randomElement(using: &random)!,
                at: at)
        default:
            let other = Int.random(in: 0..<bytes.count, using: &random)
            bytes.swapAt(at, other)
        }
    }

    // MARK: running

    /// Reads a spec and, where it is one, runs it over a small hostile log.
    @discardableResult
    static func check(_ document: Node, _ random: inout CaseGenerator) throws -> Bool {
        let spec: FeatureSpec
        do throws(Mistakes) {
            spec = try FeatureSpec(document: document)
        } catch {
            #expect(!error.list.isEmpty)
            return false
        }
        let home = try #require(NetworkList.make(["10.0.0.0/8"]).list)
        var lists: [String: ListContents] = [:]
        for list in spec.lists {
            let versions = list.sources.map { source -> ListContents in
                switch source {
                case .values(let values): .values(Set(values))
                case .file: .values(["a0"])
                case .cidr: .networks(home)
                }
            }
            lists[list.name] = list.hasVersions ? .versions(versions) : versions[0]
        }
        var databases: [String: [any AddressDatabase]] = [:]
        for database in spec.databases {
            databases[database.name] = database.paths.indices.map { version in
                TestDatabase(texts: [
                    "10.1.1.1": [
                        "country.iso_code": "c\(version)", "autonomous_system_number": "1",
                    ]
                ])
            }
        }
        let events = Story.inOrder(spec, hostileEvents(spec, &random)).map(\.event)
        let extractor = try BatchExtractor(
            spec: spec, logs: Story.logs(spec, events), lists: lists, databases: databases,
            threads: 2)
        let engine = FeatureEngine(spec: spec, lists: lists, databases: databases)
        let live = try events.compactMap { try engine.process($0) }
        let vectors: FeatureVectors
        do throws(ExtractionError) {
            vectors = try extractor.vectors(ExtractionRange(vectorLimit: 2000))
        } catch {
            return true
        }
        #expect(Set(vectors.table.columns.map(\.name)).count == vectors.table.columns.count)
        let matrix = vectors.matrix
        #expect(matrix.columns.allSatisfy { $0.allSatisfy { !$0.isInfinite } })
        if case .event = spec.vectors.unit {
            #expect(live.count == matrix.rowCount)
            for (index, column) in matrix.columns.enumerated() {
                #expect(
                    live.elementsEqual(column) { Story.same($0[index], $1) },
                    "\(document.json())")
            }
        }
        return true
    }

    /// A dozen events at the ends of time, with the largest values, and without any.
    static func hostileEvents(
        _ spec: FeatureSpec, _ random: inout CaseGenerator
    ) -> [FeatureEngine.Event] {
        let noon = Story.noon
        var times: [Int64] = [
            noon, noon, noon + 1, noon + 3_600_000_000, noon + Timestamps.day,
            noon + 40 * Timestamps.day,
        ]
        if Bool.random(using: &random) {
            times += [Timestamps.earliest, -1, 0, Timestamps.end - 1]
        }
        let large = Decimals.largest
        return (0..<12).map { _ in
            let type = spec.events.randomElement(using: &random)!
            let time = times.randomElement(using: &random)!
            var known: Int64?
            if let column = type.known, column.column != type.time.column {
                known = times.filter { $0 >= time }.randomElement(using: &random)!
            }
            var values: [String: FeatureEngine.Value] = [:]
            // Two fields may be read from one column; then they have one value.
            var ofColumn: [String: FeatureEngine.Value] = [:]
            for field in type.fields
            where !field.isLookedUp && Int.random(in: 0..<4, using: &random) > 0 {
                let value: FeatureEngine.Value =
                    switch field.type {
                    case .category:
                        .text(["a0", "a1", "gift", "10.1.1.1", ""].randomElement(using: &random)!)
                    case .boolean: .bool(Bool.random(using: &random))
                    case .number:
                        .number(
                            [0, -0.0, 1e308, -1e308, .infinity, .nan, 0.1].randomElement(
                                using: &random)!)
                    default: .integer([0, 1, -1, large, -large].randomElement(using: &random)!)
                    }
                ofColumn[field.column] = ofColumn[field.column] ?? value
            }
            for field in type.fields where !field.isLookedUp {
                values[field.name] = ofColumn[field.column]
            }
            return .init(type: type.name, time: time, known: known, values: values)
        }
    }
}
