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
            _ input: borrowing Program.Input, _ slots: Slots, _ stack: Scratch<Double>,
            into taken: UnsafeMutablePointer<Taken>
        ) {
            if let simple {
                taken[place] = Taken(simple, slots, row: 0)
            } else {
                taken[place] = Taken(
                    plan.takeUnretainedValue(), input, row: 0, stack: stack)
            }
        }
    }

    let name: String
    let index: Int
    let isUnit: Bool
    let lateness: Int64
    /// The keys and fields that an event brings, in the order of the spec, and where they go.
    let names: [String]
    let store: EventStore
    let concerns: UnsafeBufferPointer<Concern>
    private let fields: UnsafeBufferPointer<Field>
    private let places: [String: Int]
    private let lookups: [LookupSlot]
    private let composites: [(slot: Int, name: String, parts: [Int])]
    /// What slots hold where nothing is given.
    private let empty: UnsafeBufferPointer<Int64>
    private var values: [FeatureEngine.Value?]
    /// Of the texts of an event.
    private let hashes: UnsafeMutablePointer<UInt64>

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

    init(_ spec: FeatureSpec, _ index: Int, groups: [GroupPlan], symbols: Symbols) {
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
        store = EventStore(single: type)
        values = names.map { _ in nil }
        hashes = .allocate(capacity: max(1, names.count))
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
        hashes.deallocate()
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

    /// Fills the store with an event.
    /// - Throws: `Refusal` before any text is remembered.
    func fill(
        time: Int64, known: Int64, _ values: [FeatureEngine.Value?], _ symbols: inout Symbols
    ) throws(FeatureEngine.Refusal) {
        store.set(all: empty)
        store.set(EventStore.timeSlot, time)
        store.set(EventStore.knownSlot, known)
        for place in 0..<fields.count {
            let field = fields.baseAddress.unsafelyUnwrapped + place
            switch (values[place], field.pointee.kind) {
            case (nil, _): break
            case (.text(let text), .text):
                hashes[place] = symbols.prepare(
                    text, at: field.pointee.dictionary.unsafelyUnwrapped)
            case (.bool(let flag), .boolean): store.set(field.pointee.slot, flag ? 1 : 0)
            case (.number(let number), .number):
                store.set(field.pointee.slot, EventStore.slot(of: number))
            case (.integer(let value), .integer):
                guard EventStore.isSummable(value) else {
                    throw .wrongType(field: names[place])
                }
                store.set(field.pointee.slot, value)
            default: throw .wrongType(field: names[place])
            }
        }
        for place in 0..<fields.count {
            guard case .text(let text)? = values[place] else { continue }
            let field = fields.baseAddress.unsafelyUnwrapped + place
            let code = symbols.intern(
                text, hash: hashes[place], at: field.pointee.dictionary.unsafelyUnwrapped)
            store.set(field.pointee.slot, Int64(code))
        }
        for lookup in lookups {
            let code = store.slots[lookup.source][0]
            store.set(lookup.slot, symbols.answer(lookup.lookup, code: code, at: time))
        }
        for (slot, name, parts) in composites {
            let codes = parts.map { store.slots[$0][0] }
            store.set(slot, symbols.intern(codes, composite: name))
        }
    }
}
