import RiskColumns

/// Computes vectors live, one event at a time, with the same states as a batch run.
///
/// Events are taken in the order in which they become known. For one key value the engine holds one
/// `WindowState` a stream, of one source or of several that share it: the entries of the longest
/// window and a few words a feature.
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
    let groups: [GroupPlan]
    private let types: [EventIntake]
    /// How each feature of a vector comes to be complete, in order.
    private let steps: [(feature: Int, program: Program?, defaultValue: Double)]
    private let shown: [Int]
    /// Behind a pointer like the states: what every event goes through has no class to ask first
    /// whether somebody else is at it.
    private let symbolsPlace: UnsafeMutablePointer<Symbols>
    var symbols: Symbols {
        get { symbolsPlace.pointee }
        _modify { yield &symbolsPlace.pointee }
    }
    /// For each group, the states of its key values.
    let states: UnsafeMutablePointer<KeyStates>
    /// The state of each kind of ring that is asked for.
    var rings: [RingState]
    private(set) var lastKnown = Int64.min
    private(set) var sequence: Int64 = 0
    /// How many events of each type, by name, became known too late to count: see `EventType.lateness`.
    public private(set) var lateEvents: [String: Int] = [:]
    private let vector: VectorRows
    private let stack = Scratch<Double>()
    /// What the sources of all groups take of an event, one group behind the other.
    private let taken: UnsafeMutablePointer<Taken>

    /// An engine that has seen nothing.
    /// - Parameters:
    ///   - lists: the members of the spec's lists; those whose values are in the spec may be left out.
    ///   - databases: the versions of each database of the spec.
    public init(
        spec: FeatureSpec, lists: [String: ListContents] = [:],
        databases: [String: [any AddressDatabase]] = [:]
    ) {
        self.spec = spec
        let groups = PlanBuilder(spec: spec).groups()
        self.groups = groups
        let symbols = Symbols(spec: spec, lists: lists, databases: databases)
        symbolsPlace = .allocate(capacity: 1)
        symbolsPlace.initialize(to: symbols)
        states = .allocate(capacity: max(1, groups.count))
        for (number, group) in groups.enumerated() {
            (states + number).initialize(to: KeyStates(group))
        }
        taken = .allocate(capacity: max(1, groups.reduce(0) { $0 + $1.sources.count }))
        rings = RingPlan.plans(spec).map { RingState($0) }
        vector = VectorRows(width: spec.features.count, count: 1)
        shown = spec.features.indices.filter { !spec.features[$0].isHidden }
        steps = spec.features.enumerated().compactMap { index, feature in
            if case .derived(let program) = feature.definition {
                return (index, program, feature.defaultValue)
            }
            return feature.defaultValue.isNaN ? nil : (index, nil, feature.defaultValue)
        }
        types = spec.events.indices.map {
            EventIntake(spec, $0, groups: groups, symbols: symbols)
        }
    }

    deinit {
        states.deinitialize(count: groups.count)
        states.deallocate()
        taken.deallocate()
        symbolsPlace.deinitialize(count: 1)
        symbolsPlace.deallocate()
    }

    /// Bytes held for key values: what windows need of the past. Dictionaries come on top.
    /// - Complexity: O(key values).
    public var stateBytes: Int {
        groups.indices.reduce(rings.reduce(0) { $0 + $1.bytes }) { $0 + states[$1].bytes }
    }

    /// How many key values have a state, of all keys together. One that had no event for longer than
    /// every window reaches back has none; nothing that is asked later can tell.
    public var keyValues: Int { groups.indices.reduce(0) { $0 + states[$1].count } }

    /// Databases that were found damaged: what they should have answered counts as missing.
    public var damagedDatabases: [DamagedDatabase] { symbols.lookups.damaged }

    /// Takes an event in.
    /// - Returns: its vector, where events of its type have one: as of just before it, itself included
    ///   where a feature says `include: current`.
    /// - Throws: `Refusal`, and nothing has changed.
    /// - Complexity: amortised O(features).
    public func process(_ event: Event) throws(Refusal) -> [Double]? {
        guard let type = types.first(where: { $0.name == event.type }) else {
            throw .unknownType(event.type)
        }
        let values = try type.arrange(event.values)
        return try take(type, time: event.time, known: event.known ?? event.time, values)
    }

    /// The values of a type's events, in order: names that are looked up once rather than with every
    /// event.
    public struct Layout {
        /// The keys and fields, in the order of the spec.
        public var names: [String] { type.names }
        fileprivate let type: EventIntake
    }

    /// The layout of a type's events; nil where the spec has no such type.
    public func layout(of type: String) -> Layout? {
        types.first { $0.name == type }.map { Layout(type: $0) }
    }

    /// Takes an event in whose values stand in the order of a layout of this engine; nil is missing.
    /// - Precondition: the layout is this engine's own, not one of an engine before a restore.
    /// - Returns: as `process(_:)` does.
    /// - Throws: `Refusal`, and nothing has changed.
    /// - Complexity: amortised O(features).
    public func process(
        _ layout: Layout, time: Int64, known: Int64? = nil, values: [Value?]
    ) throws(Refusal) -> [Double]? {
        precondition(values.count == layout.names.count, "the layout has other values")
        precondition(
            layout.type.index < types.count && types[layout.type.index] === layout.type,
            "the layout is of another engine")
        return try take(layout.type, time: time, known: known ?? time, values)
    }

    private func take(
        _ type: EventIntake, time: Int64, known: Int64, _ values: [Value?]
    ) throws(Refusal) -> [Double]? {
        guard EventStore.isTime(time), EventStore.isTime(known) else { throw .timeOutOfRange }
        if known < time { throw .knownBeforeItHappened }
        if known < lastKnown { throw .outOfOrder }
        try type.fill(time: time, known: known, values, &symbolsPlace.pointee)
        lastKnown = known
        sequence += 1
        if known - time > type.lateness { lateEvents[type.name, default: 0] += 1 }
        let input = input(type.store)
        let slots = type.store.slots
        for concern in type.concerns where concern.slot >= 0 {
            for taker in concern.takers { taker.take(input, slots, stack, into: taken) }
        }
        prefetch(type)
        for concern in type.concerns {
            let code = concern.slot < 0 ? -1 : Int(slots[concern.slot][0])
            guard code >= 0 else {
                if type.isUnit { leaveEmpty(groups[concern.group]) }
                continue
            }
            states[concern.group].expire(known)
            var state = states[concern.group].state(of: code, at: known)
            var layout = states[concern.group].plain(of: state)
            for stream in 0..<layout.streams {
                state.states[stream].advance(
                    to: known, sequence: sequence, follows: layout.followsBefore)
            }
            if type.isUnit { answer(layout.before, state.states, known) }
            if !state.isApart, !concern.together.allSatisfy(isForAllOrNone) {
                state = states[concern.group].setApart(code)
                layout = states[concern.group].plain(of: state)
            }
            for stream in state.isApart ? concern.apart : concern.together {
                state.states[stream.stream].observe(
                    taken + stream.first, time: time, known: known, sequence: sequence,
                    follows: false)
            }
            for stream in 0..<layout.streams { state.states[stream].moveTrackers() }
            if type.isUnit { answer(layout.after, state.states, known) }
        }
        for ring in rings.indices {
            rings[ring].take(
                type: type.index, input, row: 0, vector: type.isUnit ? 0 : -1, into: vector)
        }
        return type.isUnit ? finishVector(input) : nil
    }

    /// Whether an event counts for all the sources that share a stream, or for none of them.
    private func isForAllOrNone(_ stream: StreamPlan.Taking) -> Bool {
        let first = taken + stream.first
        let counts = first.pointee.argument != SourcePlan.missing
        for member in 1..<max(1, stream.count)
        where (first[member].argument != SourcePlan.missing) != counts {
            return false
        }
        return true
    }

    /// Asks for the states of an event's keys, a step for all of them after the other: what waits for
    /// memory most of the time waits for one key rather than for each.
    private func prefetch(_ type: EventIntake) {
        let slots = type.store.slots
        for concern in type.concerns where concern.slot >= 0 {
            states[concern.group].prefetch(Int(slots[concern.slot][0]))
        }
        for concern in type.concerns where concern.slot >= 0 {
            states[concern.group].prefetchStates(Int(slots[concern.slot][0]))
        }
        for concern in type.concerns where concern.slot >= 0 {
            guard let state = states[concern.group][Int(slots[concern.slot][0])] else { continue }
            let streams = states[concern.group].plain(of: state).streams
            for stream in 0..<streams { state.states[stream].prefetch() }
            for stream in state.isApart ? concern.apart : concern.together {
                state.states[stream.stream].prefetchChains(taken + stream.first)
            }
        }
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
        for number in groups.indices {
            let state = states[number].state(of: Int(code), at: moment)
            let layout = states[number].layout(of: state)
            for stream in layout.streams.indices {
                state.states[stream].advance(to: moment, sequence: .max)
            }
            answer(layout.before, state.states, moment)
        }
        for ring in rings.indices {
            rings[ring].advance(to: moment)
            rings[ring].answer(
                rings[ring].plan.before, of: code, now: moment, into: vector, 0)
        }
        lastKnown = moment
        return finishVector(input(nil))
    }

    /// Goes on from a moment; for snapshots.
    func restore(_ lastKnown: Int64, sequence: Int64, late: [String: Int]) {
        self.lastKnown = lastKnown
        self.sequence = sequence
        lateEvents = late
    }

    /// The code of a text or of several codes as one key; for snapshots.
    func intern(_ bytes: ArraySlice<UInt8>, _ name: String) -> Int {
        if name.contains("+") { return symbols.intern(composite: bytes, name) }
        return Int(symbols.intern(String(decoding: bytes, as: UTF8.self), field: name))
    }

    private func input(_ store: EventStore?) -> Program.Input {
        Program.Input(
            slots: store?.slots, features: vector.places, zone: spec.zone,
            tests: symbolsPlace.pointee.answers)
    }

    private func answer(
        _ outputs: UnsafeBufferPointer<WindowOutput>, _ states: UnsafeMutablePointer<WindowState>,
        _ now: Int64
    ) {
        for index in 0..<outputs.count {
            let output = outputs.baseAddress! + index
            vector[0, output.pointee.feature] = WindowState.read(output, states, now: now)
        }
    }

    /// An event without a key has no features by that key.
    private func leaveEmpty(_ group: GroupPlan) {
        for output in group.before { vector[0, output.feature] = .nan }
        for output in group.after { vector[0, output.feature] = .nan }
    }

    private func finishVector(_ input: Program.Input) -> [Double] {
        for (feature, program, defaultValue) in steps {
            if let program { vector[0, feature] = program.value(input, row: 0) }
            if vector[0, feature].isNaN { vector[0, feature] = defaultValue }
        }
        let places = vector.places
        var values = [Double](repeating: .nan, count: shown.count)
        for index in 0..<shown.count { values[index] = places[shown[index]][0] }
        return values
    }
}
