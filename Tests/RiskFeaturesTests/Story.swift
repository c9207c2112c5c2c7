import RiskColumns
import RiskJSON
import Testing

@testable import RiskFeatures

/// Small helpers to tell a spec, a log and what comes out of it in a few lines.
enum Story {
    /// Noon on Monday, 2 March 2026, UTC.
    static let noon = Timestamps.microseconds(year: 2026, month: 3, day: 2) + 12 * Timestamps.hour

    /// The microseconds of a moment written down: `2026-03-02T12:00:00Z`.
    static func time(_ text: String) -> Int64 { Timestamps.parse(text)!.microseconds }

    static func spec(_ text: String) throws -> FeatureSpec {
        try FeatureSpec(document: JSONParser.parse(Array(text.utf8)))
    }

    /// The mistakes of a spec, as they are shown; empty where it is valid.
    static func mistakes(_ text: String) throws -> [String] {
        do throws(Mistakes) {
            _ = try FeatureSpec(document: try! JSONParser.parse(Array(text.utf8)))
            return []
        } catch {
            return error.list.map(\.description)
        }
    }

    /// The log of each type of event of a spec, in the order of the events.
    static func logs(_ spec: FeatureSpec, _ events: [FeatureEngine.Event]) -> [String: Table] {
        var logs: [String: Table] = [:]
        for type in spec.events {
            let own = events.filter { $0.type == type.name }
            var columns = [times(type.time.column, own.map(\.time))]
            if let known = type.known, known.column != type.time.column {
                columns.append(times(known.column, own.map { $0.known ?? $0.time }))
            }
            for field in type.fields
            where !field.isLookedUp && !columns.contains(where: { $0.name == field.column }) {
                columns.append(column(field, own.map { $0.values[field.name] }))
            }
            logs[type.name] = Table(columns: columns, rowCount: own.count)
        }
        return logs
    }

    private static func times(_ name: String, _ values: [Int64]) -> Column {
        Column(name: name, type: .time, storage: .integers(values))
    }

    private static func column(
        _ field: FieldDefinition, _ values: [FeatureEngine.Value?]
    ) -> Column {
        let storage: Column.Storage
        switch field.type {
        case .category:
            var dictionary = CategoryDictionary()
            let codes = values.map { value -> Int32 in
                if case .text(let text)? = value { return dictionary.intern(text) }
                return -1
            }
            storage = .codes(codes, dictionary)
        case .number:
            storage = .numbers(values.map { if case .number(let x)? = $0 { x } else { .nan } })
        default:
            storage = .integers(
                values.map {
                    switch $0 {
                    case .integer(let x)?: x
                    case .bool(let flag)?: flag ? 1 : 0
                    default: Column.missing
                    }
                })
        }
        return Column(name: field.column, type: field.type, storage: storage)
    }

    /// Events in the batch's total order: known time, then the order of types in the spec, then the
    /// order in which they are given.
    static func inOrder(
        _ spec: FeatureSpec, _ events: [FeatureEngine.Event]
    ) -> [NaiveOracle.Occurrence] {
        let types = spec.events.map(\.name)
        let sorted = events.enumerated().sorted { a, b in
            let knownA = a.element.known ?? a.element.time
            let knownB = b.element.known ?? b.element.time
            let typeA = types.firstIndex(of: a.element.type)!
            let typeB = types.firstIndex(of: b.element.type)!
            return (knownA, typeA, a.offset) < (knownB, typeB, b.offset)
        }
        return sorted.enumerated().map { .init(event: $1.element, sequence: $0 + 1) }
    }

    /// Equal to the bit; missing equals missing, and zero minus zero.
    static func same(_ a: Double, _ b: Double) -> Bool {
        a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN) || (a == 0 && b == 0)
    }
}

/// Purchases of one account and their vectors, computed both ways.
struct PurchaseStory {
    var features: KeyValuePairs<String, String>
    var vectors = #""unit": "purchase""#
    var zone = "UTC"

    /// The spec: purchases, and logins that may become known later.
    func spec() throws -> FeatureSpec {
        let list = features.map { "\"\($0.key)\": { \($0.value) }" }.joined(separator: ",\n")
        return try Story.spec(
            """
            { "riskkit": "features/1", "timezone": "\(zone)",
              "lists": { "virtual": { "values": ["gift", "topup"] } },
              "events": {
                "login": { "time": "at", "known": "seen", "keys": ["account", "device"],
                           "fields": { "success": "boolean" } },
                "purchase": { "time": "at", "keys": ["account"], "fields": {
                  "amount": "decimal(2)", "items": "integer", "weight": "number",
                  "category": "category",
                  "fraud": { "type": "boolean", "known_after": "7d" } } },
                "report": { "time": "at", "known": "told", "keys": ["account"] } },
              "vectors": { \(vectors) }, "features": { \(list) } }
            """)
    }

    /// The values of every feature over the vectors, batch and live being the same.
    func columns(_ events: [FeatureEngine.Event]) throws -> [String: [Double]] {
        let spec = try spec()
        let matrix = try BatchExtractor(spec: spec, logs: Story.logs(spec, events), threads: 1)
            .vectors().matrix
        let engine = FeatureEngine(spec: spec)
        var live: [[Double]] = []
        for occurrence in Story.inOrder(spec, events) {
            if let vector = try engine.process(occurrence.event) { live.append(vector) }
        }
        #expect(live.count == matrix.rowCount)
        var columns: [String: [Double]] = [:]
        for (index, name) in matrix.names.enumerated() {
            #expect(
                live.elementsEqual(matrix.columns[index]) { Story.same($0[index], $1) }, "\(name)")
            columns[name] = matrix.columns[index]
        }
        return columns
    }

    /// The value in the last vector, feature by feature in the order of the spec.
    func last(_ events: [FeatureEngine.Event]) throws -> [Double] {
        let columns = try columns(events)
        return try features.map { try #require(columns[$0.key]?.last) }
    }
}

extension FeatureEngine.Event {
    /// A purchase at seconds after noon.
    static func purchase(
        _ seconds: Double, account: String? = "a", amount: Int64? = nil, items: Int64? = nil,
        weight: Double? = nil, category: String? = nil, fraud: Bool? = nil
    ) -> Self {
        var values: [String: FeatureEngine.Value] = [:]
        values["account"] = account.map { .text($0) }
        values["amount"] = amount.map { .integer($0) }
        values["items"] = items.map { .integer($0) }
        values["weight"] = weight.map { .number($0) }
        values["category"] = category.map { .text($0) }
        values["fraud"] = fraud.map { .bool($0) }
        return .init(type: "purchase", time: Story.noon + Int64(seconds * 1e6), values: values)
    }

    /// A login at seconds after noon, which became known some seconds later.
    static func login(
        _ seconds: Double, knownAfter late: Double = 0, account: String? = "a",
        device: String? = nil, success: Bool? = nil
    ) -> Self {
        var values: [String: FeatureEngine.Value] = [:]
        values["account"] = account.map { .text($0) }
        values["device"] = device.map { .text($0) }
        values["success"] = success.map { .bool($0) }
        let time = Story.noon + Int64(seconds * 1e6)
        return .init(type: "login", time: time, known: time + Int64(late * 1e6), values: values)
    }

    /// A report at seconds after noon, told some seconds later.
    static func report(_ seconds: Double, toldAfter late: Double, account: String) -> Self {
        let time = Story.noon + Int64(seconds * 1e6)
        return .init(
            type: "report", time: time, known: time + Int64(late * 1e6),
            values: ["account": .text(account)])
    }
}

/// Equal, or missing both.
func agree(_ a: [Double], _ b: [Double]) -> Bool {
    a.elementsEqual(b) { $0 == $1 || ($0.isNaN && $1.isNaN) }
}
