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
            for field in type.fields where !columns.contains(where: { $0.name == field.column }) {
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
