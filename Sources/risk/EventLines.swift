import RiskColumns
import RiskFeatures
import RiskTables

/// Lines of JSON as events of a spec.
struct EventLines {
    private let types: [Reading]

    /// Where the fields of an event are among the columns of its kind.
    private struct Reading {
        let name: String
        let time: Int
        let known: Int?
        let fields: [(name: String, type: ColumnType, column: Int)]
        /// The members of its times, for messages.
        let timeMember: String
        let knownMember: String
    }

    init(_ spec: FeatureSpec) {
        types = spec.events.map { type in
            let columns = type.requests.map(\.column)
            func place(_ column: String) -> Int { columns.firstIndex(of: column)! }
            return Reading(
                name: type.name, time: place(type.time.column),
                known: type.known.map { place($0.column) },
                fields: type.fields.filter { !$0.isLookedUp }.map {
                    ($0.name, $0.type, place($0.column))
                },
                timeMember: type.time.column,
                knownMember: (type.known ?? type.time).column)
        }
    }

    /// Opens the stream of a spec's events.
    static func open(
        _ path: String, _ spec: FeatureSpec, typeMember: String, ignoresOthers: Bool,
        skipping: Int
    ) throws(TableError) -> RecordStream {
        let zone = spec.zone
        return try RecordStream(
            path: path, kindMember: typeMember,
            kinds: spec.events.map { type in
                RecordStream.Kind(
                    name: type.name, columns: type.requests.map { ColumnRequest($0) },
                    rules: type.rules)
            },
            ignoresOthers: ignoresOthers, skipping: skipping,
            naiveTime: { zone.moment(ofLocal: $0) })
    }

    /// The event of a record.
    /// - Complexity: O(fields).
    func event(kind: Int, row: Int, in tables: [Table]) -> FeatureEngine.Event {
        let type = types[kind]
        let columns = tables[kind].columns
        func integer(_ column: Int) -> Int64 {
            guard case .integers(let values) = columns[column].storage else {
                return Column.missing
            }
            return values[row]
        }
        var values: [String: FeatureEngine.Value] = [:]
        for field in type.fields {
            switch columns[field.column].storage {
            case .integers(let integers):
                let value = integers[row]
                if value == Column.missing { continue }
                values[field.name] = field.type == .boolean ? .bool(value != 0) : .integer(value)
            case .numbers(let numbers):
                if !numbers[row].isNaN { values[field.name] = .number(numbers[row]) }
            case .text(let texts):
                let text = texts[row]
                if !text.isEmpty { values[field.name] = .text(text) }
            case .codes: break
            }
        }
        return FeatureEngine.Event(
            type: type.name, time: integer(type.time), known: type.known.map { integer($0) },
            values: values)
    }

    /// Why the engine did not take an event: the member that is at fault, and what was expected.
    /// - Parameter last: when the event before it became known.
    func complaint(
        _ refusal: FeatureEngine.Refusal, _ event: FeatureEngine.Event, kind: Int,
        after last: Int64?
    ) -> (field: String, reason: String) {
        let type = types[kind]
        let known = Timestamps.format(event.known ?? event.time)
        switch refusal {
        case .outOfOrder:
            return (
                type.knownMember,
                "expected events in the order in which they became known: \(known) comes after "
                    + Timestamps.format(last ?? event.time)
            )
        case .knownBeforeItHappened:
            return (
                type.knownMember, "expected a time not before \(type.timeMember), found \(known)"
            )
        case .timeOutOfRange:
            return (type.timeMember, "expected a time from 1900 to 2199")
        case .unknownType(let name): return ("", "unknown type \(name)")
        case .unknownField(let name): return (name, "unknown field")
        case .wrongType(let name): return (name, "expected another type of value")
        }
    }
}
