import RiskColumns

/// How a live engine takes the events of one type in: what there is to look up is looked up once.
final class EventIntake {
    /// A group that the type matters to: plain memory, since every event goes through all of them.
    struct Concern {
        let group: Int
        /// Where its key is; -1 where the type has none.
        let slot: Int
        /// Its sources that count events of the type.
        let takers: UnsafeBufferPointer<Taker>
        /// The streams of such events, where sources share them and where they do not.
        let together: UnsafeBufferPointer<StreamPlan.Taking>
        let apart: UnsafeBufferPointer<StreamPlan.Taking>

        /// - Parameter taken: where what is taken for the group begins.
        init(_ index: Int, slot: Int, _ group: GroupPlan, eventType: Int, taken: Int) {
            self.group = index
            self.slot = slot
            let own = zip(group.sources, group.apart.streams).filter { $0.0.eventType == eventType }
            takers = own.map { Taker($0, place: taken + $1.firstTaken) }.copied()
            together = group.together.taking(eventType, from: taken).copied()
            apart = group.apart.taking(eventType, from: taken).copied()
        }

        func deallocate() {
            takers.deallocate()
            together.deallocate()
            apart.deallocate()
        }
    }

    /// What a source takes, and where it goes.
    struct Taker {
        /// The engine's groups hold it.
        private let plan: Unmanaged<SourcePlan>
        private let simple: SourcePlan.Simple?
        private let place: Int

        init(_ plan: SourcePlan, place: Int) {
            self.plan = .passUnretained(plan)
            self.place = place
            simple = plan.simple
        }

        @inline(__always)
        func take(
            _ input: borrowing Program.Input, _ slots: Slots, row: Int, _ stack: Scratch<Double>,
            into taken: UnsafeMutablePointer<Taken>
        ) {
            if let simple {
                taken[place] = Taken(simple, slots, row: row)
            } else {
                taken[place] = plan._withUnsafeGuaranteedRef {
                    Taken($0, input, row: row, stack: stack)
                }
            }
        }
    }

    let name: String
    let index: Int
    let isUnit: Bool
    let lateness: Int64
    /// The keys and fields that an event brings, in the order of the spec, and where they go.
    let names: [String]
    /// How many events the store holds.
    static let rows = 8
    let store: EventStore
    /// What programs read of an event of the type.
    let input: Program.Input
    let concerns: UnsafeBufferPointer<Concern>
    private let fields: UnsafeBufferPointer<Field>
    private let places: [String: Int]
    private let lookups: [LookupSlot]
    private let composites: [(slot: Int, name: String, parts: [Int])]
    /// What slots hold where nothing is given.
    private let empty: UnsafeBufferPointer<Int64>
    private var values: [FeatureEngine.Value?]
    /// The texts of each event.
    private let sought: UnsafeMutablePointer<CategoryDictionary.Sought?>

    /// Where a value goes: plain memory too.
    private struct Field {
        enum Kind {
            case boolean, number, integer, text, other
        }

        let kind: Kind
        let slot: Int
        let dictionary: Symbols.Place?

        init(_ type: ColumnType, slot: Int, _ dictionary: Symbols.Place?) {
            kind =
                switch type {
                case .boolean: .boolean
                case .number: .number
                case .integer, .decimal: .integer
                case .category: .text
                default: .other
                }
            self.slot = slot
            self.dictionary = dictionary
        }
    }

    /// - Parameter vector: where the features of an event go.
    init(
        _ spec: FeatureSpec, _ index: Int, groups: [GroupPlan], symbols: Symbols,
        vector: VectorRows
    ) {
        let type = spec.events[index]
        let fields = type.fields.filter { !$0.isLookedUp }
        let isUnit = spec.vectors.unit == .event(index)
        name = type.name
        self.index = index
        self.isUnit = isUnit
        lateness = type.lateness ?? .max
        names = fields.map(\.name)
        self.fields = fields.map { field in
            Field(
                field.type, slot: type.slot(of: field.name)!,
                field.type == .category ? symbols.place(of: field.name) : nil)
        }.copied()
        places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        lookups = symbols.lookups.slots(of: type)
        composites = type.composites.map { parts in
            let name = EventType.name(of: parts)
            return (type.slot(of: name)!, name, parts.map { type.slot(of: $0)! })
        }
        store = EventStore(type, empty: Self.rows)
        input = Program.Input(
            slots: store.slots, features: vector.places, zone: spec.zone, tests: symbols.answers)
        values = names.map { _ in nil }
        sought = .allocate(capacity: max(1, Self.rows * names.count))
        sought.initialize(repeating: nil, count: Self.rows * names.count)
        concerns = groups.enumerated().compactMap { number, group in
            let own = group.sources.indices.filter { group.sources[$0].eventType == index }
            guard isUnit || !own.isEmpty else { return nil }
            return Concern(
                number, slot: type.slot(of: group.key) ?? -1, group, eventType: index,
                taken: groups[..<number].reduce(0) { $0 + $1.sources.count })
        }.copied()
        empty = (0..<store.slotCount).map { slot in
            let place = slot - EventStore.firstFieldSlot
            guard place >= 0 else { return Column.missing }
            guard place < type.fields.count else { return -1 }
            return switch type.fields[place].type {
            case .category: -1
            case .number: Int64(bitPattern: Double.nan.bitPattern)
            default: Column.missing
            }
        }.copied()
    }

    deinit {
        for concern in concerns { concern.deallocate() }
        concerns.deallocate()
        fields.deallocate()
        empty.deallocate()
        sought.deallocate()
    }

    /// Puts an event's values in the order of `names`.
    func arrange(
        _ given: [String: FeatureEngine.Value]
    ) throws(FeatureEngine.Refusal) -> [FeatureEngine.Value?] {
        for place in values.indices { values[place] = nil }
        for (name, value) in given {
            guard let place = places[name] else { throw .unknownField(name) }
            values[place] = value
        }
        return values
    }

    /// Fills a row of the store with an event but for its texts, which are asked for.
    /// - Throws: `Refusal`, and no text is remembered.
    func fill(
        _ row: Int, time: Int64, known: Int64, _ values: [FeatureEngine.Value?],
        _ symbols: inout Symbols
    ) throws(FeatureEngine.Refusal) {
        store.set(all: empty, row: row)
        store.set(EventStore.timeSlot, time, row: row)
        store.set(EventStore.knownSlot, known, row: row)
        let sought = sought + row * fields.count
        for place in 0..<fields.count {
            let field = fields.baseAddress.unsafelyUnwrapped + place
            sought[place] = nil
            switch (values[place], field.pointee.kind) {
            case (nil, _): break
            case (.text(let text), .text):
                sought[place] = symbols.prepare(
                    text, at: field.pointee.dictionary.unsafelyUnwrapped)
            case (.bool(let flag), .boolean):
                store.set(field.pointee.slot, flag ? 1 : 0, row: row)
            case (.number(let number), .number):
                store.set(field.pointee.slot, EventStore.slot(of: number), row: row)
            case (.integer(let value), .integer):
                guard EventStore.isSummable(value) else {
                    throw .wrongType(field: names[place])
                }
                store.set(field.pointee.slot, value, row: row)
            default: throw .wrongType(field: names[place])
            }
        }
    }

    /// Looks the texts of an event up that a row was filled with, and what is known about them.
    func lookUp(_ row: Int, _ values: [FeatureEngine.Value?], _ symbols: inout Symbols) {
        let sought = sought + row * fields.count
        for place in 0..<fields.count {
            guard let sought = sought[place] else { continue }
            let field = fields.baseAddress.unsafelyUnwrapped + place
            let dictionary = field.pointee.dictionary.unsafelyUnwrapped
            var code = symbols.code(of: sought, at: dictionary)
            if code == nil, case .text(let text)? = values[place] {
                code = symbols.intern(text, sought, at: dictionary)
            }
            store.set(field.pointee.slot, Int64(code ?? -1), row: row)
        }
        let slots = store.slots
        for lookup in lookups {
            let (code, time) = (slots[lookup.source][row], slots[EventStore.timeSlot][row])
            let answer = symbols.answer(lookup.lookup, code: code, at: time)
            store.set(lookup.slot, answer, row: row)
        }
        for (slot, name, parts) in composites {
            let codes = parts.map { slots[$0][row] }
            store.set(slot, symbols.intern(codes, composite: name), row: row)
        }
    }
}
