import RiskColumns
import RiskFeatures
import RiskTables

/// Lines of JSON as events of a spec.
struct EventLines {
    private let types: [Reading]

    /// An event that a line tells of.
    struct Event {
        /// The index of its type.
        let type: Int
        let time: Int64
        /// When it became known, which is when it happened where the type has no such column.
        let known: Int64
        /// In the order of the type's layout.
        let values: [FeatureEngine.Value?]
    }

    /// Where the fields of an event are among the columns of its kind.
    private struct Reading {
        let layout: FeatureEngine.Layout
        let time: Int
        let known: Int?
        let fields: [(type: ColumnType, column: Int)]
        /// The members of its times, for messages.
        let timeMember: String
        let knownMember: String
    }

    /// Lines of events for an engine.
    init(_ engine: FeatureEngine) {
        types = engine.spec.events.map { type in
            let layout = engine.layout(of: type.name)!
            let fields = Dictionary(uniqueKeysWithValues: type.fields.map { ($0.name, $0) })
            let columns = type.requests.map(\.column)
            func place(_ column: String) -> Int { columns.firstIndex(of: column)! }
            return Reading(
                layout: layout, time: place(type.time.column),
                known: type.known.map { place($0.column) },
                fields: layout.names.map { (fields[$0]!.type, place(fields[$0]!.column)) },
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
    func event(kind: Int, row: Int, in tables: [Table]) -> Event {
        let type = types[kind]
        let columns = tables[kind].columns
        func integer(_ column: Int) -> Int64 {
            guard case .integers(let values) = columns[column].storage else {
                return Column.missing
            }
            return values[row]
        }
        let values = type.fields.map { field -> FeatureEngine.Value? in
            switch columns[field.column].storage {
            case .integers(let values):
                let value = values[row]
                if value == Column.missing { return nil }
                return field.type == .boolean ? .bool(value != 0) : .integer(value)
            case .numbers(let values):
                return values[row].isNaN ? nil : .number(values[row])
            case .text(let texts):
                return texts.range(row).isEmpty ? nil : .text(texts[row])
            case .codes:
                return nil
            }
        }
        let time = integer(type.time)
        return Event(
            type: kind, time: time, known: type.known.map { integer($0) } ?? time, values: values)
    }

    /// Gives an engine an event; it is the one whose layouts these are.
    /// - Returns: the event's vector, where it has one.
    func give(
        _ event: Event, to engine: FeatureEngine
    ) throws(FeatureEngine.Refusal) -> [Double]? {
        try engine.process(
            types[event.type].layout, time: event.time, known: event.known, values: event.values)
    }

    /// Why the engine did not take an event: the member that is at fault, and what was expected.
    /// - Parameter last: when the event before it became known.
    func complaint(
        _ refusal: FeatureEngine.Refusal, _ event: Event, after last: Int64?
    ) -> (field: String, reason: String) {
        let type = types[event.type]
        let known = Timestamps.format(event.known)
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
