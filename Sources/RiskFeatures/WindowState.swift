import CRiskKernels
import RiskColumns

/// The state of one source for one value of its key: the machine that takes events one at a time.
///
/// Events come in the order in which they become known. With a delay they wait in a queue until it has
/// passed. Then they are entries, sorted by key (their delayed time, or its tile); each window has a
/// head, the first entry inside it, and reaches to the last entry.
///
///     advance(to: now)  queue → entries; heads move on      read(output)  entries → value
///     observe(event)    → queue, or entries
///
/// - Complexity: amortised O(columns + windows) an event, O(1) a value; an event that is late costs
///   O(entries behind it), and O(entries) where something distinct or extreme is asked for.
struct WindowState: ~Copyable {
    /// The plan of the source outlives its states.
    private let shape: UnsafePointer<SourceShape>
    @inline(__always)
    var plan: SourceShape { shape.pointee }
    var entries: EntryColumns
    var waiting = WaitingEvents()
    private let heads: UnsafeMutablePointer<Int>
    private let trackers: UnsafeMutablePointer<WindowTracker>
    var seen: LastSeen?

    init(_ plan: SourcePlan) {
        shape = plan.shape
        let plan = plan.shape.pointee
        entries = EntryColumns(shape)
        heads = .allocate(capacity: max(1, plan.windows.count))
        heads.initialize(repeating: 0, count: plan.windows.count)
        trackers = .allocate(capacity: max(1, plan.trackers.count))
        for (index, tracker) in plan.trackers.enumerated() {
            (trackers + index).initialize(to: WindowTracker(tracker))
        }
        seen = plan.offsets[Int(EntryColumn.Content.previous.rawValue)] >= 0 ? LastSeen() : nil
    }

    func deallocate() {
        entries.deallocate()
        seen?.deallocate()
        for tracker in plan.trackers.indices { trackers[tracker].deallocate() }
        trackers.deinitialize(count: plan.trackers.count)
        trackers.deallocate()
        heads.deallocate()
    }

    /// The states of one key value.
    static func allocate(_ sources: [SourcePlan]) -> UnsafeMutablePointer<WindowState> {
        let states = UnsafeMutablePointer<WindowState>.allocate(capacity: sources.count)
        for (index, source) in sources.enumerated() {
            (states + index).initialize(to: WindowState(source))
        }
        return states
    }

    static func deallocate(_ states: UnsafeMutablePointer<WindowState>, _ count: Int) {
        for index in 0..<count { states[index].deallocate() }
        states.deinitialize(count: count)
        states.deallocate()
    }

    /// Forgets everything; what was allocated is kept.
    mutating func reset() {
        entries.removeAll()
        waiting.removeAll()
        for window in plan.windows.indices { heads[window] = 0 }
        for index in plan.trackers.indices { trackers[index].restart(at: 0) }
        seen?.removeAll()
    }

    /// Bytes held.
    var bytes: Int {
        entries.bytes + waiting.bytes + (seen?.bytes ?? 0) + plan.windows.count * 8
            + plan.trackers.count * MemoryLayout<WindowTracker>.stride
    }

    // MARK: memory

    /// Asks for what an event will read first, so that one key's wait for memory is all keys'.
    func prefetch() {
        rk_prefetch_read(heads)
        if !plan.trackers.isEmpty { rk_prefetch_read(trackers) }
        entries.prefetch(entries.end)
    }

    /// Asks for where the windows begin.
    func prefetchWindows() {
        for window in 0..<plan.windows.count { entries.prefetch(heads[window]) }
    }

    // MARK: time

    /// Lets time pass: what became visible before (now, sequence) enters, what left its window goes.
    mutating func advance(to now: Int64, sequence: Int64) {
        if plan.delay > 0 {
            while let event = waiting.next(before: now, sequence: sequence) {
                enter(event.taken, time: event.time, visible: event.visible)
            }
        }
        moveHeads(now)
    }

    func moveHeads(_ now: Int64) {
        let view = entries.view
        let end = entries.end
        let windows = plan.windows.count
        for window in 0..<windows {
            var head = heads[window]
            if head == end { continue }
            let limit = plan.limit(window, now)
            while head < end, view.keys[head] <= limit { head += 1 }
            heads[window] = head
        }
        for index in 0..<plan.trackers.count {
            trackers[index].move(head: heads[trackers[index].plan.window], tail: end, in: view)
        }
    }

    /// The first entry that is in any window.
    var needed: Int {
        var first = entries.end
        for window in 0..<plan.windows.count { first = min(first, heads[window]) }
        return first
    }

    // MARK: events

    /// Takes an event in. Time must have been advanced to `known`.
    mutating func observe(_ taken: Taken, time: Int64, known: Int64, sequence: Int64) {
        guard taken.argument != SourcePlan.missing else { return }
        if plan.delay == 0 {
            enter(taken, time: time, visible: known)
            moveHeads(known)
        } else {
            waiting.append(
                visible: known + plan.delay, sequence: sequence, time: time + plan.delay,
                taken: taken)
        }
    }

    private mutating func enter(_ taken: Taken, time: Int64, visible: Int64) {
        let key = plan.entryKey(time)
        if plan.isPerCode, isKnown(taken.argument, key: key) { return }
        let place = entries.place(of: key)
        let merges =
            plan.collapses && !plan.isPerCode && place > entries.first
            && entries.view.keys[place - 1] == key
        // What would stand before all windows is in none of them, now or later.
        let needed = needed
        if place - (merges ? 1 : 0) < needed { return }
        if merges {
            entries.fold(taken, time: time, visible: visible, into: place - 1, isNew: false)
            for index in plan.trackers.indices { trackers[index].forget(from: place - 1) }
            return
        }
        let isLast = place == entries.end
        entries.insert(at: place, key: key, needed: needed)
        entries.fold(taken, time: time, visible: visible, into: place, isNew: true)
        if !isLast {
            for window in plan.windows.indices where heads[window] > place { heads[window] += 1 }
            for (index, tracker) in plan.trackers.enumerated() {
                trackers[index].restart(at: heads[tracker.window])
            }
            seen?.shift(from: place)
        }
        if seen != nil { link(taken.argument, at: place) }
    }

    /// Whether the tile has an entry of that argument.
    private func isKnown(_ argument: Int64, key: Int64) -> Bool {
        guard var id = seen?.id(of: argument) else { return false }
        let (keys, previous) = (entries.view.keys, entries.view.column(.previous))
        while id >= entries.first, keys[id] > key { id = Int(previous[id]) }
        return id >= entries.first && keys[id] == key
    }

    /// Chains an entry to those with the same argument before and after it.
    mutating func link(_ argument: Int64, at place: Int) {
        let (previous, next) = (entries.view.column(.previous), entries.view.column(.next))
        var before = seen!.id(of: argument) ?? -1
        var after = Int64.max
        while before > place {
            after = Int64(before)
            before = Int(previous[before])
        }
        previous[place] = Int64(before)
        next[place] = after
        if before >= entries.first { next[before] = Int64(place) }
        if after == .max {
            seen!.set(argument, to: place, oldest: entries.first)
        } else {
            previous[Int(after)] = Int64(place)
        }
    }

    // MARK: snapshots

    func write(to writer: inout SnapshotWriter) {
        entries.write(to: &writer)
        waiting.write(to: &writer)
        for window in plan.windows.indices { writer.append(heads[window]) }
        seen?.write(to: &writer)
    }

    /// - Parameter known: no event is later.
    /// - Throws: where no events lead to such a state.
    mutating func read(
        from reader: inout SnapshotReader, known: Int64
    ) throws(SnapshotError) {
        try entries.read(from: &reader, latest: known == .min ? .min : plan.entryKey(known))
        try waiting.read(from: &reader, plan: plan)
        let ids = Int64(entries.first)...Int64(entries.end)
        for window in plan.windows.indices {
            heads[window] = Int(try reader.word(in: ids, "the beginning of a window"))
        }
        try seen?.read(from: &reader, ids: entries.first..<entries.end)
        for index in 0..<plan.trackers.count {
            let head = heads[trackers[index].plan.window]
            trackers[index].restart(at: head)
            trackers[index].move(head: head, tail: entries.end, in: entries.view)
        }
    }

    // MARK: values

    /// The value of a feature, NaN where there is none. Time must have been advanced to `now`.
    static func read(
        _ output: WindowOutput, _ states: UnsafeMutablePointer<WindowState>, now: Int64
    ) -> Double {
        if let tracker = output.tracker {
            return states[output.source].tracked(tracker, output, now: now)
        }
        let value = states[output.source].value(output, now: now)
        guard case .perCount(let source, let window) = output.final else { return value }
        let count = states[source].value(output.counting(source, window), now: now)
        return count == 0 ? .nan : value / count
    }

    private func tracked(_ tracker: Int, _ output: WindowOutput, now: Int64) -> Double {
        trackers[tracker].value(output, now: now, in: entries.view)
    }

    private func value(_ output: WindowOutput, now: Int64) -> Double {
        var value = 0.0
        var (head, tail, now) = (heads[output.window], entries.end, now)
        entries.view.read(
            output, heads: &head, tails: &tail, now: &now, count: 1, into: &value)
        return value
    }
}

/// Events that are not yet visible, in the order in which they will be.
struct WaitingEvents {
    struct Event {
        var visible: Int64
        var sequence: Int64
        var time: Int64
        var taken: Taken
    }

    private var events: [Event] = []
    private var start = 0

    init() {}

    /// - Parameter events: in the order in which they become visible.
    init(_ events: [Event]) { self.events = events }

    /// Those that wait, in order.
    var all: ArraySlice<Event> { events[start...] }

    /// Bytes held.
    var bytes: Int { events.capacity * 40 }

    mutating func removeAll() {
        events.removeAll(keepingCapacity: true)
        start = 0
    }

    mutating func append(visible: Int64, sequence: Int64, time: Int64, taken: Taken) {
        if start > 16, start * 2 > events.count {
            events.removeFirst(start)
            start = 0
        }
        events.append(Event(visible: visible, sequence: sequence, time: time, taken: taken))
    }

    /// Takes the next event out that is visible before a moment and place in the order.
    mutating func next(
        before now: Int64, sequence: Int64
    ) -> Event? {
        guard start < events.count else { return nil }
        let event = events[start]
        guard event.visible < now || (event.visible == now && event.sequence < sequence) else {
            return nil
        }
        start += 1
        return event
    }

    func write(to writer: inout SnapshotWriter) {
        writer.append(events.count - start)
        for event in events[start...] {
            writer.append(event.visible)
            writer.append(event.sequence)
            writer.append(event.time)
            writer.append(event.taken.argument)
            writer.append(event.taken.second)
        }
    }

    mutating func read(
        from reader: inout SnapshotReader, plan: SourceShape
    ) throws(SnapshotError) {
        removeAll()
        var earliest = Timestamps.earliest
        for _ in 0..<(try reader.count(of: 40, "waiting events")) {
            // With the longest delay a time stays far inside Int64.
            let latest = Timestamps.end + Durations.longest
            let visible = try reader.word(in: earliest...max(earliest, latest), "a visible time")
            let sequence = try reader.word(in: 0...Int64.max / 2, "a sequence")
            let time = try reader.word(in: Timestamps.earliest...visible, "a time")
            let argument = try reader.word()
            let second = try reader.word()
            guard visible <= latest, plan.accepts(argument) else {
                throw reader.failure("a waiting event that is none")
            }
            append(
                visible: visible, sequence: sequence, time: time,
                taken: Taken(argument: argument, second: second))
            earliest = visible
        }
    }
}
