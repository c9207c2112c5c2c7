import CRiskKernels

/// The states of a group by key value, from the first event of one until none of its events can matter
/// to any window again.
///
/// - Complexity: O(1) amortised for each of `states(of:at:)` and `expire(_:)`; memory for the key values
///   that had an event within about two of the group's longest windows, and sixteen bytes for each
///   that ever had one.
struct KeyStates: ~Copyable {
    private struct KeyValue {
        var states: UnsafeMutablePointer<WindowState>?
        /// When it was last asked for.
        var touched: Int64
    }

    private let sources: [SourcePlan]
    /// So long after it was last asked for, a state is as good as a new one; nil: never.
    private let horizon: Int64?
    private var keyValues: [KeyValue] = []
    /// Key values that have states, roughly in the order in which they were last asked for.
    private var queue: [(touched: Int64, code: Int)] = []
    private var start = 0

    init(_ sources: [SourcePlan]) {
        self.sources = sources
        horizon = sources.reduce(0 as Int64?) { horizon, source in
            guard let horizon, let own = source.shape.pointee.horizon else { return nil }
            return max(horizon, own)
        }
    }

    deinit {
        for keyValue in keyValues {
            if let states = keyValue.states { WindowState.deallocate(states, sources.count) }
        }
    }

    /// How many key values have states.
    private(set) var count = 0

    /// One past the last code that ever had states.
    var codes: Int { keyValues.count }

    /// The states of a code, where it has some.
    subscript(code: Int) -> UnsafeMutablePointer<WindowState>? {
        code >= 0 && code < keyValues.count ? keyValues[code].states : nil
    }

    /// Asks for the place of a code's states.
    func prefetch(_ code: Int) {
        keyValues.withUnsafeBufferPointer { keyValues in
            if code >= 0, code < keyValues.count { rk_prefetch_read(keyValues.baseAddress! + code) }
        }
    }

    /// Asks for the states of a code.
    func prefetchStates(_ code: Int) {
        guard let states = self[code] else { return }
        let bytes = sources.count * MemoryLayout<WindowState>.stride
        for line in stride(from: 0, to: bytes, by: 64) {
            rk_prefetch_read(UnsafeRawPointer(states) + line)
        }
    }

    /// The states of a code, new ones where it has none.
    mutating func states(of code: Int, at now: Int64) -> UnsafeMutablePointer<WindowState> {
        if code < keyValues.count, let states = keyValues[code].states {
            keyValues[code].touched = now
            return states
        }
        if code >= keyValues.count {
            let missing = max(code + 1, keyValues.count * 2) - keyValues.count
            keyValues += Array(repeating: KeyValue(states: nil, touched: .min), count: missing)
        }
        let states = WindowState.allocate(sources)
        keyValues[code] = KeyValue(states: states, touched: now)
        count += 1
        if horizon != nil { queue.append((now, code)) }
        return states
    }

    /// Gives states back that no longer matter: a few at a time, so that no event waits for it.
    mutating func expire(_ now: Int64) {
        guard let horizon else { return }
        for _ in 0..<2 {
            guard start < queue.count, queue[start].touched < now - horizon else { return }
            let code = queue[start].code
            start += 1
            if start > 1024, start * 2 > queue.count {
                queue.removeFirst(start)
                start = 0
            }
            guard let states = keyValues[code].states else { continue }
            if keyValues[code].touched < now - horizon {
                WindowState.deallocate(states, sources.count)
                keyValues[code].states = nil
                count -= 1
            } else {
                queue.append((keyValues[code].touched, code))
            }
        }
    }

    /// Bytes held.
    var bytes: Int {
        keyValues.reduce(keyValues.capacity * 16 + queue.capacity * 16) { sum, keyValue in
            guard let states = keyValue.states else { return sum }
            return sources.indices.reduce(sum) { $0 + states[$1].bytes }
        }
    }
}
