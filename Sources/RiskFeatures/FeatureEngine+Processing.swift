import RiskColumns

// An event goes through four steps: it is let in, its texts are looked up, memory is asked for the states of its
// keys, and the states take it. Each of the first three touches memory that nobody has touched for a while, and
// knows where to look from the one before it: events that are there at the same time go through each
// together, so that the machine waits once for all of them.

extension FeatureEngine {
    /// The values of a type's events, in order: names that are looked up once rather than with every
    /// event.
    public struct Layout: Sendable {
        /// The keys and fields, in the order of the spec.
        public let names: [String]
        /// Which of its engine's types it is of.
        fileprivate let type: Int
        fileprivate let engine: Identity
    }

    /// What tells an engine from others, as long as anybody asks.
    final class Identity: Sendable {}

    /// An event whose values stand in the order of a layout; nil is missing.
    public struct LaidOutEvent: Sendable {
        /// One of the engine's that takes the event, and not of that before a restore.
        public var layout: Layout
        /// When it happened, microseconds since the epoch.
        public var time: Int64
        /// When it became known; nil: when it happened.
        public var known: Int64?
        /// As many as the layout has names.
        public var values: [Value?]

        /// Makes an event.
        public init(_ layout: Layout, time: Int64, known: Int64? = nil, values: [Value?]) {
            self.layout = layout
            self.time = time
            self.known = known
            self.values = values
        }
    }

    /// The layout of a type's events; nil where the spec has no such type.
    public func layout(of type: String) -> Layout? {
        types.firstIndex { $0.name == type }.map {
            Layout(names: types[$0].names, type: $0, engine: identity)
        }
    }

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

    /// Takes an event in whose values stand in the order of a layout of this engine; nil is missing.
    /// - Precondition: the layout is this engine's own, not one of an engine before a restore.
    /// - Returns: as `process(_:)` of one event does.
    /// - Throws: `Refusal`, and nothing has changed.
    /// - Complexity: amortised O(features).
    public func process(
        _ layout: Layout, time: Int64, known: Int64? = nil, values: [Value?]
    ) throws(Refusal) -> [Double]? {
        try take(intake(of: layout, values), time: time, known: known ?? time, values)
    }

    /// Takes events in that wait together, one after the other.
    ///
    /// What comes out is what `process(_:time:known:values:)` gives for each in turn, to the bit. It takes
    /// less time, since the memory of eight of them is asked for at once: for whoever has several at
    /// hand, as a consumer of a stream that lags behind has.
    /// - Precondition: as for one.
    /// - Returns: for each event its vector, nil where its type has none, or why it was refused.
    /// - Complexity: amortised O(features) an event.
    public func process(_ events: [LaidOutEvent]) -> [Result<[Double]?, Refusal>] {
        var results: [Result<[Double]?, Refusal>] = []
        results.reserveCapacity(events.count)
        for start in stride(from: 0, to: events.count, by: Self.together) {
            var count = 0
            for position in start..<min(start + Self.together, events.count) {
                let event = events[position]
                let type = intake(of: event.layout, event.values)
                do throws(Refusal) {
                    try admit(
                        type, at: count, position: position, time: event.time,
                        known: event.known ?? event.time, event.values)
                    count += 1
                    results.append(.success(nil))
                } catch {
                    results.append(.failure(error))
                }
            }
            for row in 0..<count { lookUp(row, events[admitted[row].position].values) }
            fetch(count)
            for row in 0..<count { results[admitted[row].position] = .success(answer(row)) }
        }
        return results
    }

    private func intake(of layout: Layout, _ values: [Value?]) -> EventIntake {
        precondition(layout.engine === identity, "the layout is of another engine")
        let type = types[layout.type]
        precondition(values.count == type.names.count, "the layout has other values")
        return type
    }

    @inline(__always)
    private func take(
        _ type: EventIntake, time: Int64, known: Int64, _ values: [Value?]
    ) throws(Refusal) -> [Double]? {
        try admit(type, at: 0, position: 0, time: time, known: known, values)
        lookUp(0, values)
        fetch(1)
        return answer(0)
    }

    /// How many events go through a step together.
    static let together = EventIntake.rows

    /// An event that was let in. Its slots are the row of its type's store whose number is its index
    /// among those that are taken now.
    struct Admitted {
        /// The engine has it.
        fileprivate let type: Unmanaged<EventIntake>
        /// Where it is among the events that were given.
        fileprivate let position: Int
        fileprivate let time: Int64
        fileprivate let known: Int64
        fileprivate let sequence: Int64
    }

    /// Lets an event in as the row-th that is taken now, unless it is to be refused.
    @inline(__always)
    private func admit(
        _ type: EventIntake, at row: Int, position: Int, time: Int64, known: Int64,
        _ values: [Value?]
    ) throws(Refusal) {
        guard EventStore.isTime(time), EventStore.isTime(known) else { throw .timeOutOfRange }
        if known < time { throw .knownBeforeItHappened }
        if known < lastKnown { throw .outOfOrder }
        try type.fill(row, time: time, known: known, values, &symbolsPlace.pointee)
        lastKnown = known
        sequence += 1
        if known - time > type.lateness { lateEvents[type.name, default: 0] += 1 }
        admitted[row] = Admitted(
            type: .passUnretained(type), position: position, time: time, known: known,
            sequence: sequence)
    }

    @inline(__always)
    private func lookUp(_ row: Int, _ values: [Value?]) {
        admitted[row].type._withUnsafeGuaranteedRef { type in
            type.lookUp(row, values, &symbolsPlace.pointee)
        }
    }

    /// Takes the sources' arguments of some events, and asks for the states of their keys meanwhile, a
    /// step for all of them after the other.
    @inline(__always)
    private func fetch(_ count: Int) {
        for row in 0..<count {
            eachState(row) { group, code, _ in states[group].prefetch(code) }
        }
        for row in 0..<count {
            let taken = taken + row * takenOfEvent
            admitted[row].type._withUnsafeGuaranteedRef { type in
                for concern in type.concerns where concern.slot >= 0 {
                    for taker in concern.takers {
                        taker.take(type.input, type.store.slots, row: row, stack, into: taken)
                    }
                }
            }
        }
        for row in 0..<count {
            eachState(row) { group, code, _ in states[group].prefetchStates(code) }
        }
        for row in 0..<count {
            let taken = taken + row * takenOfEvent
            eachState(row) { group, code, concern in
                guard let state = states[group][code] else { return }
                let streams = states[group].plain(of: state).pointee.streams
                for stream in 0..<streams { state.states[stream].prefetch() }
                for stream in state.isApart
                    ? concern.pointee.apart : concern.pointee.together
                {
                    state.states[stream.stream].prefetchChains(taken + stream.first)
                }
            }
        }
    }

    /// The groups and codes of an event's keys.
    @inline(__always)
    private func eachState(
        _ row: Int, _ body: (Int, Int, UnsafePointer<EventIntake.Concern>) -> Void
    ) {
        admitted[row].type._withUnsafeGuaranteedRef { type in
            let slots = type.store.slots
            for index in 0..<type.concerns.count {
                let concern = type.concerns.baseAddress.unsafelyUnwrapped + index
                guard concern.pointee.slot >= 0 else { continue }
                body(concern.pointee.group, Int(slots[concern.pointee.slot][row]), concern)
            }
        }
    }

    /// Lets the states take an event.
    /// - Returns: its vector, where it has one.
    @inline(__always)
    private func answer(_ row: Int) -> [Double]? {
        admitted[row].type._withUnsafeGuaranteedRef { type in
            let event = admitted + row
            for index in 0..<type.concerns.count {
                take(event, row, type, type.concerns.baseAddress.unsafelyUnwrapped + index)
            }
            if hasRings {
                for ring in rings.indices {
                    rings[ring].take(
                        type: type.index, type.input, row: row, vector: type.isUnit ? 0 : -1,
                        into: vector)
                }
            }
            return type.isUnit ? finishVector(type.input, row: row) : nil
        }
    }

    @inline(__always)
    private func take(
        _ event: UnsafePointer<Admitted>, _ row: Int, _ type: EventIntake,
        _ concern: UnsafePointer<EventIntake.Concern>
    ) {
        let (known, sequence) = (event.pointee.known, event.pointee.sequence)
        let (group, slot) = (concern.pointee.group, concern.pointee.slot)
        let code = slot < 0 ? -1 : Int(type.store.slots[slot][row])
        guard code >= 0 else {
            if type.isUnit { leaveEmpty(groups[group]) }
            return
        }
        states[group].expire(known)
        var state = states[group].state(of: code, at: known)
        var layout = states[group].plain(of: state)
        for stream in 0..<layout.pointee.streams {
            state.states[stream].advance(
                to: known, sequence: sequence, follows: layout.pointee.followsBefore)
        }
        if type.isUnit { answer(layout.pointee.before, state.states, known) }
        let taken = taken + row * takenOfEvent
        if !state.isApart,
            !concern.pointee.together.allSatisfy({ $0.isForAllOrNone(taken) })
        {
            state = states[group].setApart(code)
            layout = states[group].plain(of: state)
        }
        for stream in state.isApart ? concern.pointee.apart : concern.pointee.together {
            state.states[stream.stream].observe(
                taken + stream.first, time: event.pointee.time, known: known, sequence: sequence,
                follows: false)
        }
        for stream in 0..<layout.pointee.streams { state.states[stream].moveTrackers() }
        if type.isUnit { answer(layout.pointee.after, state.states, known) }
    }

    func answer(
        _ outputs: UnsafeBufferPointer<WindowOutput>, _ states: UnsafeMutablePointer<WindowState>,
        _ now: Int64
    ) {
        for index in 0..<outputs.count {
            let output = outputs.baseAddress! + index
            places[output.pointee.feature][0] = WindowState.read(output, states, now: now)
        }
    }

    /// An event without a key has no features by that key.
    private func leaveEmpty(_ group: GroupPlan) {
        for output in group.before { places[output.feature][0] = .nan }
        for output in group.after { places[output.feature][0] = .nan }
    }

    /// - Parameter row: of the event's slots, where there is an event.
    func finishVector(_ input: borrowing Program.Input, row: Int) -> [Double] {
        for (feature, program, defaultValue) in steps {
            if let program { places[feature][0] = program.value(input, row: row) }
            if places[feature][0].isNaN { places[feature][0] = defaultValue }
        }
        // Other ways to make an array ask the runtime what one of doubles is, every time.
        var values: [Double] = []
        values.reserveCapacity(shown.count)
        for feature in shown { values.append(places[feature][0]) }
        return values
    }
}
