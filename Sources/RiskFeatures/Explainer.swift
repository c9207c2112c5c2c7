import RiskColumns
import RiskJSON

/// Which vector is to be explained.
public enum ExplainedVector: Sendable, Equatable {
    /// By its number, from 0.
    case number(Int)
    /// By its moment and some of its keys.
    case keys([Explanation.Named<String>], time: Int64)
}

extension BatchExtractor {
    /// Shows the events behind each value of a vector.
    ///
    /// Values are the batch's; the events are looked for one by one, by the definitions alone.
    /// - Parameters:
    ///   - wanted: the vector.
    ///   - range: the vectors among which it is counted, as for `vectors`.
    /// - Throws: where there is no such vector or more than one, or too many vectors in the range.
    /// - Complexity: O(events × features).
    public func explain(
        _ wanted: ExplainedVector, among range: ExtractionRange = ExtractionRange()
    ) throws(ExtractionError) -> Explanation {
        let asOf = range.asOf ?? lastKnown
        let queries = try Queries(self, range: range, asOf: asOf)
        let keys = queries.keyColumns(self)
        let vector = try find(wanted, queries, keys)
        let moment = queries.times[vector]
        // Only the vectors of the same moment are computed.
        let first = queries.times.partitioningIndex { $0 >= moment }
        var narrow = range
        (narrow.from, narrow.until, narrow.asOf) = (moment, moment + 1, asOf)
        let rows = try vectors(narrow).rows
        let values = (0..<rows.width).map { rows[vector - first, $0] }
        var own: (type: Int, row: Int)?
        if case .event(let type) = spec.vectors.unit { own = (type, queries.row(vector)) }
        var codes: [String: Int64] = [:]
        for column in keys { codes[column.name] = Int64(Self.codes(column)[vector]) }
        if let own {
            // Fields too: `new(category)` asks by one.
            let type = spec.events[own.type]
            for field in type.fields where field.type == .category {
                codes[field.name] = stores[own.type].slots[type.slot(of: field.name)!][own.row]
            }
        }
        let search = EventSearch(extractor: self, now: moment, own: own, codes: codes)
        return Explanation(
            vector: vector, time: moment,
            keys: keys.map { .init(name: $0.name, value: text(codes[$0.name]!, of: $0.name)) },
            features: spec.features.indices.map { explain($0, search, values) })
    }

    // MARK: the vector

    private func find(
        _ wanted: ExplainedVector, _ queries: Queries, _ keys: [Column]
    ) throws(ExtractionError) -> Int {
        switch wanted {
        case .number(let vector):
            if queries.times.indices.contains(vector) { return vector }
            throw ExtractionError(
                description: "there is no vector \(vector + 1); "
                    + (queries.count == 0
                        ? "there are none" : "they are numbered from 1 to \(queries.count)"))
        case .keys(let asked, let time):
            var columns: [(codes: [Int32], code: Int32?)] = []
            for (name, value) in asked.map({ ($0.name, $0.value) }) {
                guard let column = keys.first(where: { $0.name == name }) else {
                    throw ExtractionError(
                        description: "the vectors have no key \"\(name)\"; they have "
                            + keys.map(\.name).joined(separator: ", "))
                }
                columns.append((Self.codes(column), symbols.dictionaries[name]!.code(of: value)))
            }
            let start = queries.times.partitioningIndex { $0 >= time }
            let end = queries.times.partitioningIndex { $0 > time }
            let found = (start..<end).filter { vector in
                columns.allSatisfy { $0.codes[vector] == $0.code }
            }
            if found.count == 1 { return found[0] }
            let what =
                (asked.map { "\($0.name)=\($0.value)" } + [Timestamps.format(time)])
                .joined(separator: " ")
            throw ExtractionError(
                description: found.isEmpty
                    ? "there is no vector of \(what)"
                    : "there are \(found.count) vectors of \(what): take one by its number, "
                        + found.prefix(10).map { "\($0 + 1)" }.joined(separator: ", ")
                        + (found.count > 10 ? ", …" : ""))
        }
    }

    private static func codes(_ column: Column) -> [Int32] {
        guard case .codes(let codes, _) = column.storage else {
            preconditionFailure("keys are texts")
        }
        return codes
    }

    private func text(_ code: Int64, of key: String) -> String? {
        code < 0 ? nil : symbols.dictionaries[key]![Int32(code)]
    }

    // MARK: a feature

    private func explain(_ index: Int, _ search: EventSearch, _ values: [Double])
        -> Explanation.Feature
    {
        let feature = spec.features[index]
        let origin: Explanation.Origin
        switch feature.definition {
        case .window(let window):
            let found = search.events(window)
            var anew = search.value(window, found)
            if anew?.isNaN == true { anew = feature.defaultValue }
            let arguments = arguments(window)
            func events(_ rows: [Int], type: Int) -> [Explanation.Event] {
                rows.map { row in
                    event(
                        type, row, type == window.eventType ? arguments : [],
                        isOwn: search.own.map { $0 == (type, row) } ?? false)
                }
            }
            let isDecidedByFirst =
                switch window.aggregate {
                case .first, .sinceFirst: true
                default: false
                }
            var divisor: [Explanation.Event]?
            if case .rate(per: let type?) = window.aggregate {
                divisor = events(found.divisor ?? [], type: type)
            }
            origin = .window(
                Explanation.Window(
                    start: found.start, end: search.now - window.delay,
                    key: EventType.fields(of: window.key).map {
                        .init(name: $0, value: text(search.codes[$0] ?? -1, of: $0))
                    },
                    events: events(found.rows, type: window.eventType),
                    isDecidedByFirst: isDecidedByFirst, divisor: divisor,
                    before: events(found.before, type: window.eventType), recomputed: anew))
        case .ring:
            // What a ring is made of crosses key values; its events are not listed.
            origin = .derived(features: [], current: [])
        case .derived(let program):
            let read = program.instructions.compactMap {
                $0.operation == .feature ? $0.operand : nil
            }
            origin = .derived(
                features: Set(read).sorted().map {
                    .init(name: spec.features[$0].name, value: values[$0])
                },
                current: search.own.map { current(program, $0) } ?? [])
        }
        return Explanation.Feature(
            name: feature.name, isHidden: feature.isHidden, value: values[index],
            definition: definition(feature), origin: origin)
    }

    /// What an aggregate takes of an event: the fields, or whether a condition holds.
    private func arguments(_ feature: WindowFeature) -> [Argument] {
        let fields = spec.events[feature.eventType].fields
        func field(_ slot: Int) -> Argument { .field(fields[slot - EventStore.firstFieldSlot]) }
        switch feature.aggregate {
        case .share(let program): return [.condition(program)]
        case .speed(let latitude, let longitude): return [field(latitude), field(longitude)]
        default: return feature.slot.map { [field($0)] } ?? []
        }
    }

    private enum Argument {
        case field(FieldDefinition)
        case condition(Program)
    }

    private func event(
        _ type: Int, _ row: Int, _ arguments: [Argument], isOwn: Bool
    ) -> Explanation.Event {
        let (store, definition) = (stores[type], spec.events[type])
        return Explanation.Event(
            type: definition.name, row: row, time: store.slots[EventStore.timeSlot][row],
            known: store.slots[EventStore.knownSlot][row],
            keys: definition.keys.compactMap { key in
                shown(key, type, row).map { .init(name: key.name, value: $0) }
            },
            arguments: arguments.map { argument in
                switch argument {
                case .field(let field):
                    return .init(name: field.name, value: shown(field, type, row) ?? "")
                case .condition(let program):
                    let holds = program.value(input(store), row: row) != 0
                    return .init(name: "holds", value: holds ? "true" : "false")
                }
            }, isOwn: isOwn)
    }

    /// A field of an event as text; nil where it is missing.
    private func shown(_ field: FieldDefinition, _ type: Int, _ row: Int) -> String? {
        let value = stores[type].slots[spec.events[type].slot(of: field.name)!][row]
        switch field.type {
        case .category: return text(value, of: field.name)
        case .number:
            let number = Double(bitPattern: UInt64(bitPattern: value))
            return number.isNaN ? nil : "\(number)"
        case .boolean: return value == Column.missing ? nil : value == 0 ? "false" : "true"
        case .decimal(let scale):
            return value == Column.missing ? nil : Self.decimal(value, scale: scale)
        default: return value == Column.missing ? nil : "\(value)"
        }
    }

    private static func decimal(_ units: Int64, scale: Int) -> String {
        if scale == 0 { return "\(units)" }
        var digits = String(units.magnitude)
        digits = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        return (units < 0 ? "-" : "") + digits.dropLast(scale) + "." + digits.suffix(scale)
    }

    /// What a derived feature reads of the vector's own event.
    private func current(
        _ program: Program, _ own: (type: Int, row: Int)
    ) -> [Explanation.Named<String?>] {
        let type = spec.events[own.type]
        var named: [Explanation.Named<String?>] = []
        for instruction in program.instructions {
            let next: Explanation.Named<String?>
            switch instruction.operation {
            case .integer, .decimal, .number, .category:
                let slot =
                    instruction.operation == .category
                    ? Int(instruction.value) : instruction.operand
                let index = slot - EventStore.firstFieldSlot
                guard type.fields.indices.contains(index) else { continue }
                let field = type.fields[index]
                next = .init(
                    name: "current.\(field.name)", value: shown(field, own.type, own.row))
            case .time, .hour, .weekday:
                let time = stores[own.type].slots[EventStore.timeSlot][own.row]
                switch instruction.operation {
                case .hour: next = .init(name: "current.hour", value: "\(spec.zone.hour(of: time))")
                case .weekday:
                    next = .init(name: "current.weekday", value: "\(spec.zone.weekday(of: time))")
                default: next = .init(name: "current.time", value: Timestamps.format(time))
                }
            default: continue
            }
            if !named.contains(next) { named.append(next) }
        }
        return named
    }

    // MARK: words

    /// A feature's definition as a sentence, in the words of its spec.
    private func definition(_ feature: FeatureDefinition) -> String {
        let node = spec.document["features"]?[feature.name]
        func text(_ member: String) -> String? {
            guard case .string(let text)? = node?[member]?.content else { return nil }
            return text
        }
        var words: String
        switch feature.definition {
        case .derived: words = text("derive") ?? "derived"
        case .ring:
            words = "\(text("aggregate") ?? "aggregate") of a ring; its events are not listed"
        case .window(let window):
            var by = EventType.fields(of: window.key)
            if case .new = window.aggregate { by.removeLast() }
            words =
                "\(text("aggregate") ?? "aggregate") of \(spec.events[window.eventType].name) "
                + "by \(by.joined(separator: " and "))"
            if case .rate(per: let type?) = window.aggregate {
                words += ", per \(spec.events[type].name)"
            }
            if let lateness = spec.events[window.eventType].lateness {
                words += ", known within \(Durations.format(lateness))"
            }
            if let condition = text("where") { words += ", where \(condition)" }
            if let length = window.window {
                words += ", window \(Durations.format(length))"
                if let hop = window.hop { words += ", hop \(Durations.format(hop))" }
            } else {
                words += ", all of the past"
            }
            if window.delay > 0 { words += ", delay \(Durations.format(window.delay))" }
            if window.includesCurrent { words += ", the vector's own event included" }
        }
        if !feature.defaultValue.isNaN {
            let value = feature.defaultValue.description
            let shown = value.hasSuffix(".0") ? String(value.dropLast(2)) : value
            words += "; \(shown) where there is none"
        }
        return words
    }
}
