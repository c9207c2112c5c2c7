import CRiskKernels

/// The states of a group by key value, from the first event of one until none of its events can matter
/// to any window again.
///
/// - Complexity: O(1) amortised for each of `state(of:at:)` and `expire(_:)`; memory for the key values
///   that had an event within about two of the group's longest windows, and sixteen bytes for each
///   that ever had one.
struct KeyStates: ~Copyable {
    /// The states of one key value, in the layout of the group that they are in.
    struct KeyState {
        let states: UnsafeMutablePointer<WindowState>
        /// Whether each source has its own, rather than sources that share them.
        let isApart: Bool
    }

    private struct KeyValue {
        /// The address of the states, and 1 where they are apart; 0 where there are none.
        private var word: UInt = 0
        /// When it was last asked for.
        var touched = Int64.min

        @inline(__always)
        var state: KeyState? {
            get {
                UnsafeMutablePointer(bitPattern: word & ~1).map {
                    KeyState(states: $0, isApart: word & 1 == 1)
                }
            }
            set {
                word = newValue.map { UInt(bitPattern: $0.states) | ($0.isApart ? 1 : 0) } ?? 0
            }
        }
    }

    private let group: GroupPlan
    private let memory = StateMemory()
    /// The group's.
    private let together: UnsafePointer<StateLayout.Plain>
    private let apart: UnsafePointer<StateLayout.Plain>
    /// So long after it was last asked for, a state is as good as a new one; nil: never.
    private let horizon: Int64?
    private var keyValues: UnsafeMutableBufferPointer<KeyValue>
    /// Key values that have states, roughly in the order in which they were last asked for.
    private var queue: [(touched: Int64, code: Int)] = []
    private var start = 0

    init(_ group: GroupPlan) {
        self.group = group
        together = group.together.plain
        apart = group.apart.plain
        keyValues = .allocate(capacity: 0)
        horizon = group.sources.reduce(0 as Int64?) { horizon, source in
            guard let horizon, let own = source.shape.pointee.horizon else { return nil }
            return max(horizon, own)
        }
    }

    deinit {
        for keyValue in keyValues {
            if let state = keyValue.state {
                WindowState.deallocate(state.states, layout(of: state), in: memory)
            }
        }
        keyValues.deallocate()
    }

    /// How many key values have states.
    private(set) var count = 0

    /// One past the last code that ever had states.
    var codes: Int { keyValues.count }

    /// How the states of a key value are laid out.
    func layout(of state: KeyState) -> StateLayout { state.isApart ? group.apart : group.together }

    /// How the states of a key value are laid out, in plain memory.
    @inline(__always)
    func plain(of state: KeyState) -> UnsafePointer<StateLayout.Plain> {
        state.isApart ? apart : together
    }

    /// The states of a code, where it has some.
    subscript(code: Int) -> KeyState? {
        code >= 0 && code < keyValues.count ? keyValues[code].state : nil
    }

    /// Asks for the place of a code's states.
    @inline(__always)
    func prefetch(_ code: Int) {
        if code >= 0, code < keyValues.count { rk_prefetch_read(keyValues.baseAddress! + code) }
    }

    /// Asks for the states of a code.
    @inline(__always)
    func prefetchStates(_ code: Int) {
        guard let state = self[code] else { return }
        let block = UnsafeRawPointer(state.states)
        var line = 0
        while line < together.pointee.bytes {
            rk_prefetch_read(block + line)
            line += 64
        }
    }

    /// The states of a code, new ones where it has none.
    @inline(__always)
    mutating func state(of code: Int, at now: Int64) -> KeyState {
        if code < keyValues.count, let state = keyValues[code].state {
            keyValues[code].touched = now
            return state
        }
        return add(code, at: now)
    }

    private mutating func add(_ code: Int, at now: Int64) -> KeyState {
        if code >= keyValues.count {
            let more = UnsafeMutableBufferPointer<KeyValue>.allocate(
                capacity: max(code + 1, keyValues.count * 2))
            let rest = more.update(fromContentsOf: keyValues)
            more[rest...].initialize(repeating: KeyValue())
            keyValues.deallocate()
            keyValues = more
        }
        let states = WindowState.allocate(group.together, in: memory)
        let state = KeyState(states: states, isApart: false)
        keyValues[code].state = state
        keyValues[code].touched = now
        count += 1
        if horizon != nil { queue.append((now, code)) }
        return state
    }

    /// Gives states back that no longer matter: a few at a time, so that no event waits for it.
    @inline(__always)
    mutating func expire(_ now: Int64) {
        guard let horizon, start < queue.count, queue[start].touched < now - horizon else { return }
        expire(now, horizon)
    }

    private mutating func expire(_ now: Int64, _ horizon: Int64) {
        for _ in 0..<2 {
            guard start < queue.count, queue[start].touched < now - horizon else { return }
            let code = queue[start].code
            start += 1
            if start > 1024, start * 2 > queue.count {
                queue.removeFirst(start)
                start = 0
            }
            guard let state = keyValues[code].state else { continue }
            if keyValues[code].touched < now - horizon {
                WindowState.deallocate(state.states, layout(of: state), in: memory)
                keyValues[code].state = nil
                count -= 1
            } else {
                queue.append((keyValues[code].touched, code))
            }
        }
    }

    // MARK: sharing

    /// Gives each source of a code states of its own, where they are shared.
    mutating func setApart(_ code: Int) -> KeyState {
        let state = keyValues[code].state!
        if state.isApart { return state }
        let apart = WindowState.allocate(group.apart, in: memory)
        for (source, place) in group.together.places.enumerated() {
            apart[source].take(place, of: state.states[place.stream])
        }
        WindowState.deallocate(state.states, group.together, in: memory)
        keyValues[code].state = KeyState(states: apart, isApart: true)
        return keyValues[code].state!
    }

    /// Lets sources share the states of a code where all that could have had the same events.
    mutating func bringTogether(_ code: Int) {
        let places = group.together.places
        guard let apart = keyValues[code].state, apart.isApart else { return }
        // Each with each: what two keep of their events, the third need not keep.
        let canShare = places.indices.allSatisfy { source in
            group.together.streams[places[source].stream].sources.allSatisfy { other in
                other >= source
                    || apart.states[other].matches(
                        places[other], apart.states[source], places[source])
            }
        }
        guard canShare else { return }
        let states = WindowState.allocate(group.together, in: memory)
        for (source, place) in places.enumerated() {
            states[place.stream].take(from: apart.states[source], as: place)
        }
        for stream in group.together.streams.indices { states[stream].followAnew() }
        WindowState.deallocate(apart.states, group.apart, in: memory)
        keyValues[code].state = KeyState(states: states, isApart: false)
    }

    /// Bytes held.
    var bytes: Int {
        keyValues.reduce(keyValues.count * 16 + queue.capacity * 16) { sum, keyValue in
            guard let state = keyValue.state else { return sum }
            let layout = layout(of: state)
            return layout.streams.indices.reduce(sum + layout.blockBytes) {
                $0 + state.states[$1].bytes
            }
        }
    }
}
