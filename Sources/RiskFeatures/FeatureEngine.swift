import RiskColumns

/// Computes vectors live, one event at a time, with the same states as a batch run.
///
/// Events are taken in the order in which they become known. For one key value the engine holds one
/// `WindowState` a source: the entries of the longest window and a few words a feature.
/// Not thread-safe: one engine, one thread; partition by key for more.
public final class FeatureEngine {
    /// A value of a key or field.
    public enum Value: Sendable, Equatable {
        /// An integer; for a decimal, in units of its scale.
        case integer(Int64)
        case number(Double)
        case bool(Bool)
        /// A key or category.
        case text(String)
    }

    /// An event as it becomes known.
    public struct Event: Sendable {
        /// The type's name in the spec.
        public var type: String
        /// When it happened, microseconds since the epoch.
        public var time: Int64
        /// When it became known; nil: when it happened.
        public var known: Int64?
        /// Keys and fields by name; what is left out is missing.
        public var values: [String: Value]

        /// Makes an event.
        public init(type: String, time: Int64, known: Int64? = nil, values: [String: Value]) {
            self.type = type
            self.time = time
            self.known = known
            self.values = values
        }
    }

    /// Why an event was refused; the engine is as it was before.
    public enum Refusal: Error, Equatable, Sendable {
        case unknownType(String)
        case unknownField(String)
        case wrongType(field: String)
        /// A time outside the years 1900 to 2199.
        case timeOutOfRange
        /// Known before it happened.
        case knownBeforeItHappened
        /// Known before an event that was taken earlier.
        case outOfOrder
    }

    /// The spec.
    public let spec: FeatureSpec
    private let groups: [GroupPlan]
    private var symbols: Symbols
    /// For each group and code, its states; none before the first event.
    private var states: [[[WindowState]]]
    private let stores: [EventStore]
    private var lastKnown = Int64.min
    private var sequence: Int64 = 0
    private let vector: VectorRows

    /// An engine that has seen nothing.
    /// - Parameter lists: the members of the spec's lists; those whose values are in the spec may be
    ///   left out.
    public init(spec: FeatureSpec, lists: [String: ListContents] = [:]) {
        self.spec = spec
        groups = PlanBuilder(spec: spec).groups()
        symbols = Symbols(spec: spec, lists: lists)
        states = groups.map { _ in [] }
        stores = spec.events.map { EventStore(single: $0) }
        vector = VectorRows(width: spec.features.count, count: 1)
    }

    /// Takes an event in.
    /// - Returns: its vector, where events of its type have one: as of just before it, itself included
    ///   where a feature says `include: current`.
    /// - Throws: `Refusal`, and nothing has changed.
    /// - Complexity: amortised O(features).
    public func process(_ event: Event) throws(Refusal) -> [Double]? {
        guard let type = spec.events.firstIndex(where: { $0.name == event.type }) else {
            throw .unknownType(event.type)
        }
        let known = event.known ?? event.time
        guard EventStore.isTime(event.time), EventStore.isTime(known) else { throw .timeOutOfRange }
        if known < event.time { throw .knownBeforeItHappened }
        if known < lastKnown { throw .outOfOrder }
        try fill(stores[type], spec.events[type], event, known: known)
        lastKnown = known
        sequence += 1
        let input = input(stores[type])
        let isUnit = spec.vectors.unit == .event(type)
        for (index, group) in groups.enumerated() {
            let slot = spec.events[type].slot(of: group.key)
            let code = slot.map { Int32(stores[type].slots[$0][0]) } ?? -1
            let takes = group.sources.contains { $0.eventType == type }
            guard code >= 0, takes || isUnit else {
                if isUnit { answer(group.before + group.after, nil, known) }
                continue
            }
            let states = states(of: code, group: index)
            for state in states { state.advance(to: known, sequence: sequence) }
            if isUnit { answer(group.before, states, known) }
            for state in states where state.plan.eventType == type {
                state.observe(
                    state.plan.take(input, row: 0), time: event.time, known: known,
                    sequence: sequence)
            }
            if isUnit { answer(group.after, states, known) }
        }
        return isUnit ? finishVector(input) : nil
    }

    /// The vector of an entity as of a moment at or after the last event.
    /// - Returns: nil where the spec's unit is no entity, or the entity was never seen.
    /// - Throws: `Refusal.outOfOrder` for a moment before the last event.
    public func features(of entity: String, asOf moment: Int64) throws(Refusal) -> [Double]? {
        guard EventStore.isTime(moment) else { throw .timeOutOfRange }
        if moment < lastKnown { throw .outOfOrder }
        guard case .entity(let key, _) = spec.vectors.unit,
            let code = symbols.dictionaries[key]?.code(of: entity)
        else { return nil }
        for (index, group) in groups.enumerated() {
            let states = states(of: code, group: index)
            for state in states { state.advance(to: moment, sequence: .max) }
            answer(group.before, states, moment)
        }
        lastKnown = moment
        return finishVector(input(nil))
    }

    private func input(_ store: EventStore?) -> Program.Input {
        Program.Input(
            slots: store.map { UnsafePointer($0.slots) }, features: UnsafePointer(vector.values),
            width: vector.width, zone: spec.zone, tests: symbols.answers)
    }

    private func states(of code: Int32, group: Int) -> [WindowState] {
        let code = Int(code)
        if code >= states[group].count {
            states[group] += Array(repeating: [], count: code + 1 - states[group].count)
        }
        if states[group][code].isEmpty {
            states[group][code] = groups[group].sources.map { WindowState($0) }
        }
        return states[group][code]
    }

    private func answer(_ outputs: [WindowOutput], _ states: [WindowState]?, _ now: Int64) {
        for output in outputs {
            vector.values[output.feature] =
                states.map { WindowState.read(output, $0, now: now) } ?? .nan
        }
    }

    private func finishVector(_ input: Program.Input) -> [Double] {
        spec.features.enumerated().compactMap { index, feature in
            let cell = vector.values + index
            if case .derived(let program) = feature.definition {
                cell.pointee = program.value(input, row: 0)
            }
            if cell.pointee.isNaN { cell.pointee = feature.defaultValue }
            return feature.isHidden ? nil : cell.pointee
        }
    }

    private func fill(
        _ store: EventStore, _ type: EventType, _ event: Event, known: Int64
    ) throws(Refusal) {
        var slots = [Int64](repeating: Column.missing, count: store.slotCount)
        for (index, field) in type.fields.enumerated() {
            let slot = EventStore.firstFieldSlot + index
            if field.type == .category { slots[slot] = -1 }
            if field.type == .number { slots[slot] = Int64(bitPattern: Double.nan.bitPattern) }
        }
        slots[EventStore.timeSlot] = event.time
        slots[EventStore.knownSlot] = known
        var texts: [(slot: Int, field: String, text: String)] = []
        for (name, value) in event.values {
            guard let slot = type.slot(of: name) else { throw .unknownField(name) }
            switch (type.fields[slot - EventStore.firstFieldSlot].type, value) {
            case (.category, .text(let text)): texts.append((slot, name, text))
            case (.boolean, .bool(let flag)): slots[slot] = flag ? 1 : 0
            case (.number, .number(let number)): slots[slot] = EventStore.slot(of: number)
            case (.integer, .integer(let value)), (.decimal, .integer(let value)):
                guard EventStore.isSummable(value) else { throw .wrongType(field: name) }
                slots[slot] = value
            default: throw .wrongType(field: name)
            }
        }
        for (slot, field, text) in texts { slots[slot] = Int64(symbols.intern(text, field: field)) }
        for composite in type.composites {
            let name = EventType.name(of: composite)
            slots[type.slot(of: name)!] = symbols.intern(
                composite.map { slots[type.slot(of: $0)!] }, composite: name)
        }
        for (slot, value) in slots.enumerated() { store.set(slot, value) }
    }
}
