import RiskColumns
import RiskJSON
import Testing

@testable import RiskFeatures

/// Random specs over random logs: batch, live and the definition must agree to the bit.
@Suite struct EngineLawTests {
    static let events = """
        "events": {
          "login": { "time": "at", "known": "seen", "keys": ["account", "ip"],
                     "fields": { "success": "boolean" } },
          "purchase": { "time": "at", "keys": ["account", "ip"],
                        "fields": { "amount": "decimal(2)", "items": "integer",
                                    "weight": "number", "category": "category" } }
        },
        "lists": { "virtual": { "values": ["gift", "topup"] } },
        """

    static func randomFeature(_ random: inout CaseGenerator) -> String {
        let windows = ["10s", "1m", "10m", "1h", "1d"]
        let isLogin = Int.random(in: 0..<4, using: &random) == 0
        var parts: [String] = []
        let key = ["account", "ip"].randomElement(using: &random)!
        parts.append("\"of\": \"\(isLogin ? "login" : "purchase")\", \"by\": \"\(key)\"")
        let aggregates =
            isLogin
            ? ["count", "share(success)", "distinct(ip)", "since_last", "since_first", "rate"]
            : [
                "count", "sum(amount)", "mean(amount)", "std(amount)", "min(amount)", "max(weight)",
                "last(amount)", "first(weight)", "distinct(category)", "distinct(ip)",
                "share(category = 'gift')", "share(amount > 5 and hour < 12)", "sum(items)",
                "min(weight)", "since_first", "last(items)", "std(items)", "first(amount)",
            ]
        let aggregate = aggregates.randomElement(using: &random)!
        parts.append("\"aggregate\": \"\(aggregate)\"")
        let isUnbounded = Int.random(in: 0..<5, using: &random) == 0 && aggregate != "rate"
        if isUnbounded {
            if Bool.random(using: &random) { parts.append("\"window\": \"all\"") }
        } else {
            let index = Int.random(in: 0..<windows.count, using: &random)
            parts.append("\"window\": \"\(windows[index])\"")
            if index > 0, Int.random(in: 0..<3, using: &random) == 0 {
                let hop = windows[Int.random(in: 0..<index, using: &random)]
                parts.append("\"hop\": \"\(hop)\"")
            }
        }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: parts.append("\"delay\": \"\(["5s", "1m", "30m"].randomElement(using: &random)!)\"")
        case 1 where !isLogin: parts.append("\"include\": \"current\"")
        default: break
        }
        if !isLogin, Int.random(in: 0..<3, using: &random) == 0 {
            let condition = [
                "category in virtual", "amount >= 3", "not category = 'food'", "items in 1...3",
            ].randomElement(using: &random)!
            parts.append("\"where\": \"\(condition)\"")
        }
        return "{ \(parts.joined(separator: ", ")) }"
    }

    static func randomEvents(
        _ count: Int, keys: Int, _ random: inout CaseGenerator
    ) -> [NaiveOracle.Occurrence] {
        var events: [FeatureEngine.Event] = []
        var time = Timestamps.microseconds(year: 2026, month: 3, day: 1)
        for _ in 0..<count {
            // Ties, short gaps and long ones.
            let gaps: [Int64] = [0, 0, 1, 3_000_000, 5_000_000, 60_000_000, 1_800_000_000]
            time += gaps.randomElement(using: &random)!
            var values: [String: FeatureEngine.Value] = [:]
            func present() -> Bool { Int.random(in: 0..<12, using: &random) > 0 }
            if present() { values["account"] = .text("a\(Int.random(in: 0..<keys, using: &random))") }
            if present() { values["ip"] = .text("i\(Int.random(in: 0..<3, using: &random))") }
            if Bool.random(using: &random) {
                if present() { values["success"] = .bool(Bool.random(using: &random)) }
                // Some logins become known late.
                let late: Int64 = Int.random(in: 0..<3, using: &random) == 0 ? 70_000_000 : 0
                events.append(
                    .init(type: "login", time: time, known: time + late, values: values))
            } else {
                if present() { values["amount"] = .integer(Int64.random(in: -50...1500, using: &random)) }
                if present() { values["items"] = .integer(Int64.random(in: 0...5, using: &random)) }
                if present() {
                    let weights = [0, -0.0, 1.5, -2.25, 1e300, 5e-324]
                    values["weight"] = .number(weights.randomElement(using: &random)!)
                }
                if present() {
                    values["category"] = .text(["gift", "topup", "food"].randomElement(using: &random)!)
                }
                events.append(.init(type: "purchase", time: time, values: values))
            }
        }
        // The batch's total order: known time, then the order of types in the spec, then the row.
        let sorted = events.enumerated().sorted { a, b in
            let knownA = a.element.known ?? a.element.time
            let knownB = b.element.known ?? b.element.time
            let typeA = a.element.type == "login" ? 0 : 1
            let typeB = b.element.type == "login" ? 0 : 1
            return (knownA, typeA, a.offset) < (knownB, typeB, b.offset)
        }
        return sorted.enumerated().map { .init(event: $1.element, sequence: $0 + 1) }
    }

    static func spec(_ features: [String], unit: String, zone: String) throws -> FeatureSpec {
        let list = features.enumerated().map { "\"f\($0)\": \($1)" }.joined(separator: ",\n")
        let text = """
            { "riskkit": "features/1", "timezone": "\(zone)", \(events)
              "vectors": { "unit": \(unit) }, "features": { \(list) } }
            """
        return try FeatureSpec(document: JSONParser.parse(Array(text.utf8)))
    }

    static func logs(_ events: [NaiveOracle.Occurrence]) -> [String: Table] {
        func column(_ name: String, _ type: ColumnType, _ of: [FeatureEngine.Event]) -> Column {
            let values = of.map { $0.values[name] }
            switch type {
            case .category:
                var dictionary = CategoryDictionary()
                let codes = values.map { value -> Int32 in
                    if case .text(let text)? = value { return dictionary.intern(text) }
                    return -1
                }
                return Column(name: name, type: type, storage: .codes(codes, dictionary))
            case .number:
                return Column(
                    name: name, type: type,
                    storage: .numbers(
                        values.map { if case .number(let x)? = $0 { x } else { .nan } }))
            default:
                return Column(
                    name: name, type: type,
                    storage: .integers(
                        values.map {
                            switch $0 {
                            case .integer(let x)?: x
                            case .bool(let flag)?: flag ? 1 : 0
                            default: Column.missing
                            }
                        }))
            }
        }
        func times(_ name: String, _ values: [Int64]) -> Column {
            Column(name: name, type: .time, storage: .integers(values))
        }
        let logins = events.map(\.event).filter { $0.type == "login" }
        let purchases = events.map(\.event).filter { $0.type == "purchase" }
        return [
            "login": Table(
                columns: [
                    times("at", logins.map(\.time)),
                    times("seen", logins.map { $0.known ?? $0.time }),
                    column("account", .category, logins), column("ip", .category, logins),
                    column("success", .boolean, logins),
                ], rowCount: logins.count),
            "purchase": Table(
                columns: [
                    times("at", purchases.map(\.time)),
                    column("account", .category, purchases), column("ip", .category, purchases),
                    column("amount", .decimal(scale: 2), purchases),
                    column("items", .integer, purchases), column("weight", .number, purchases),
                    column("category", .category, purchases),
                ], rowCount: purchases.count),
        ]
    }

    /// Evaluates a condition on one event, through a store of its own.
    static func condition(_ spec: FeatureSpec) -> (Program, FeatureEngine.Event) -> Double {
        { program, event in
            var symbols = Symbols(spec: spec, lists: ["virtual": .values(["gift", "topup"])])
            let type = spec.events.first { $0.name == event.type }!
            let table = logs([.init(event: event, sequence: 0)])[event.type]!
            let store = try! EventStore(table, type: type, symbols: &symbols)
            return program.evaluate(
                .init(
                    slots: UnsafePointer(store.slots), zone: spec.zone, tests: symbols.answers))
        }
    }

    static func same(_ a: Double, _ b: Double) -> Bool {
        a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN) || (a == 0 && b == 0)
    }

    static var cases: Int { 250 }

    @Test(arguments: [1, 2, 3])
    func batchLiveAndTheDefinitionAgreeOnEveryPurchase(threads: Int) throws {
        var random = CaseGenerator(state: UInt64(threads))
        for number in 0..<Self.cases / 3 {
            let features = (0..<6).map { _ in Self.randomFeature(&random) }
            let zone = ["UTC", "Asia/Shanghai", "America/New_York"].randomElement(using: &random)!
            let spec = try Self.spec(features, unit: "\"purchase\"", zone: zone)
            let keys = [1, 4, 40].randomElement(using: &random)!
            let events = Self.randomEvents(60, keys: keys, &random)
            let lists: [String: ListContents] = ["virtual": .values(["gift", "topup"])]
            let batch = try BatchExtractor(
                spec: spec, logs: Self.logs(events), lists: lists, threads: threads
            ).vectors().matrix
            let engine = FeatureEngine(spec: spec, lists: lists)
            let live = try events.compactMap { try engine.process($0.event) }
            let oracle = NaiveOracle(
                spec: spec, events: events, condition: Self.condition(spec))
            let purchases = events.filter { $0.event.type == "purchase" }
            #expect(batch.rowCount == purchases.count)
            #expect(live.count == purchases.count)
            for (row, purchase) in purchases.enumerated() {
                for (index, feature) in spec.features.enumerated() {
                    guard case .window(let window) = feature.definition else { continue }
                    let expected = oracle.value(
                        window, key: purchase.event.values[window.key], now: purchase.known,
                        sequence: purchase.sequence)
                    let place = "case \(number), row \(row): \(features[index])"
                    #expect(Self.same(batch.columns[index][row], expected), "batch, \(place)")
                    #expect(Self.same(live[row][index], expected), "live, \(place)")
                }
            }
        }
    }

    @Test func batchLiveAndTheDefinitionAgreeOnSnapshots() throws {
        var random = CaseGenerator(state: 77)
        for number in 0..<Self.cases / 5 {
            let features = (0..<20).map { _ in Self.randomFeature(&random) }
                .filter { $0.contains("\"by\": \"account\"") && !$0.contains("include") }
            if features.isEmpty { continue }
            let spec = try Self.spec(
                features, unit: "{ \"entity\": \"account\", \"every\": \"1h\" }", zone: "UTC")
            let events = Self.randomEvents(60, keys: 4, &random)
            let lists: [String: ListContents] = ["virtual": .values(["gift", "topup"])]
            let vectors = try BatchExtractor(
                spec: spec, logs: Self.logs(events), lists: lists, threads: 2
            ).vectors()
            guard case .codes(let codes, let names) = vectors.keys[0].storage else {
                Issue.record("the entity is no key")
                return
            }
            let oracle = NaiveOracle(
                spec: spec, events: events, condition: Self.condition(spec))
            let engine = FeatureEngine(spec: spec, lists: lists)
            var next = 0
            for row in vectors.times.indices {
                let now = vectors.times[row]
                while next < events.count, events[next].known <= now {
                    _ = try engine.process(events[next].event)
                    next += 1
                }
                let live = try #require(try engine.features(of: names[codes[row]], asOf: now))
                for (index, feature) in spec.features.enumerated() {
                    guard case .window(let window) = feature.definition else { continue }
                    let expected = oracle.value(
                        window, key: .text(names[codes[row]]), now: now, sequence: .max)
                    let place = "case \(number), row \(row): \(features[index])"
                    #expect(
                        Self.same(vectors.matrix.columns[index][row], expected), "batch, \(place)")
                    #expect(Self.same(live[index], expected), "live, \(place)")
                }
            }
        }
    }

    @Test func whatBecomesKnownLaterChangesNoEarlierVector() throws {
        var random = CaseGenerator(state: 5)
        for _ in 0..<20 {
            let features = (0..<8).map { _ in Self.randomFeature(&random) }
            let spec = try Self.spec(features, unit: "\"purchase\"", zone: "UTC")
            let events = Self.randomEvents(80, keys: 3, &random)
            let lists: [String: ListContents] = ["virtual": .values(["gift", "topup"])]
            let cut = events[40].known
            let early = events.filter { $0.known < cut }
            func vectors(_ events: [NaiveOracle.Occurrence]) throws -> FeatureMatrix {
                try BatchExtractor(
                    spec: spec, logs: Self.logs(events), lists: lists, threads: 1
                ).vectors(ExtractionRange(until: cut)).matrix
            }
            let all = try vectors(events)
            let some = try vectors(early)
            for (a, b) in zip(all.columns, some.columns) {
                #expect(a.elementsEqual(b) { Self.same($0, $1) })
            }
        }
    }
}
