import CRiskKernels
import RiskColumns

/// The state of a stream for one value of its key: the machine that takes events one at a time.
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
    /// The plan of the stream outlives its states.
    private let shape: UnsafePointer<SourceShape>
    @inline(__always)
    var plan: SourceShape { shape.pointee }
    var entries: EntryRecords
    var waiting: WaitingEvents
    private let heads: UnsafeMutablePointer<Int>
    private let trackers: UnsafeMutablePointer<WindowTracker>
    /// For each member that is chained, the latest entry of each argument.
    private let seen: UnsafeMutablePointer<LastSeen>

    /// - Parameters:
    ///   - behind: where what every event reads goes, behind the states; moved on.
    ///   - room: where the first entries go, behind that of all states; moved on.
    private init(
        _ shape: UnsafePointer<SourceShape>, _ behind: inout UnsafeMutableRawPointer,
        _ room: inout UnsafeMutableRawPointer, _ memory: StateMemory
    ) {
        self.shape = shape
        let plan = shape.pointee
        func take<Element>(
            _ count: Int, _: Element.Type, of memory: inout UnsafeMutableRawPointer
        ) -> UnsafeMutablePointer<Element> {
            defer { memory += Self.bytes(count, Element.self) }
            return memory.bindMemory(to: Element.self, capacity: count)
        }
        entries = EntryRecords(
            shape, room: take(EntryRecords.roomWords(plan), Int64.self, of: &room), memory)
        waiting = WaitingEvents(members: plan.members)
        heads = take(plan.windows.count, Int.self, of: &behind)
        heads.initialize(repeating: 0, count: plan.windows.count)
        trackers = take(plan.trackers.count, WindowTracker.self, of: &behind)
        for (index, tracker) in plan.trackers.enumerated() {
            (trackers + index).initialize(to: WindowTracker(tracker))
        }
        seen = take(plan.chained.count, LastSeen.self, of: &behind)
        for index in plan.chained.indices {
            let slots = take(LastSeen.roomSlots, LastSeen.Slot.self, of: &room)
            (seen + index).initialize(to: LastSeen(room: slots, memory))
        }
    }

    private func deallocate() {
        entries.deallocate()
        for index in plan.chained.indices { seen[index].deallocate() }
        for index in plan.trackers.indices { trackers[index].deallocate() }
    }

    /// Bytes of a state, and of what every event reads of it behind the states of its key value.
    static func bytes(_ plan: SourceShape) -> Int {
        bytes(1, WindowState.self) + bytes(plan.windows.count, Int.self)
            + bytes(plan.trackers.count, WindowTracker.self)
            + bytes(plan.chained.count, LastSeen.self)
    }

    /// Bytes of the room for its first entries.
    static func roomBytes(_ plan: SourceShape) -> Int {
        bytes(EntryRecords.roomWords(plan), Int64.self)
            + plan.chained.count * bytes(LastSeen.roomSlots, LastSeen.Slot.self)
    }

    /// Bytes of some elements, such that the next ones are aligned.
    private static func bytes<Element: ~Copyable>(_ count: Int, _: Element.Type) -> Int {
        (count * MemoryLayout<Element>.stride + 15) & ~15
    }

    /// The states of one key value, in one block of memory.
    static func allocate(
        _ layout: StateLayout, in memory: StateMemory
    ) -> UnsafeMutablePointer<WindowState> {
        let block = memory.allocate(bytes: layout.blockBytes)
        let count = layout.streams.count
        let states = block.bindMemory(to: WindowState.self, capacity: count)
        var behind = block + count * bytes(1, WindowState.self)
        var room = block + layout.bytes
        for (index, stream) in layout.streams.enumerated() {
            (states + index).initialize(to: WindowState(stream.shape, &behind, &room, memory))
        }
        return states
    }

    static func deallocate(
        _ states: UnsafeMutablePointer<WindowState>, _ layout: StateLayout, in memory: StateMemory
    ) {
        for index in layout.streams.indices { states[index].deallocate() }
        states.deinitialize(count: layout.streams.count)
        memory.deallocate(states, bytes: layout.blockBytes)
    }

    /// Forgets everything; what was allocated is kept.
    mutating func reset() {
        entries.removeAll()
        waiting.removeAll()
        for window in plan.windows.indices { heads[window] = 0 }
        for index in plan.trackers.indices { trackers[index].restart(at: 0) }
        for index in plan.chained.indices { seen[index].removeAll() }
    }

    /// Bytes held beside the block of the key value's states.
    var bytes: Int {
        plan.chained.indices.reduce(entries.bytes + waiting.bytes) { $0 + seen[$1].bytes }
    }

    // MARK: memory

    /// Asks for the entries that an event will read.
    @inline(__always)
    func prefetch() {
        entries.prefetch(entries.end)
        for window in 0..<shape.pointee.windows.count { entries.prefetch(heads[window]) }
    }

    /// Asks for the places of the arguments that an event will be chained by.
    @inline(__always)
    func prefetchChains(_ taken: UnsafePointer<Taken>) {
        let chained = shape.pointee.chained
        for index in 0..<chained.count { seen[index].prefetch(taken[chained[index]].argument) }
    }

    // MARK: time

    /// Lets time pass: what became visible before (now, sequence) enters, what left its window goes.
    /// - Parameter follows: whether trackers go with it; where not, `moveTrackers()` is up to the caller,
    ///   before anything is read.
    mutating func advance(to now: Int64, sequence: Int64, follows: Bool = true) {
        if shape.pointee.delay > 0 {
            while let event = waiting.next(before: now, sequence: sequence) {
                let taken = waiting.taken(event)
                taken.withUnsafeBufferPointer { taken in
                    enter(taken.baseAddress!, time: event.time, visible: event.visible)
                }
            }
        }
        moveHeads(now, follows: follows)
    }

    mutating func moveHeads(_ now: Int64, follows: Bool = true) {
        let keys = entries.view.keys
        let end = entries.end
        for window in 0..<shape.pointee.windows.count {
            var head = heads[window]
            if head == end { continue }
            let limit = shape.pointee.limit(window, now)
            while head < end, keys[head] <= limit { head += 1 }
            heads[window] = head
        }
        if follows { moveTrackers() }
    }

    mutating func moveTrackers() {
        let plans = shape.pointee.trackers.baseAddress!
        for index in 0..<shape.pointee.trackers.count {
            let plan = plans + index
            trackers[index].move(
                plan, head: heads[plan.pointee.window], tail: entries.end,
                in: entries.view(of: plan.pointee.member))
        }
    }

    /// The first entry that is in any window.
    var needed: Int {
        var first = entries.end
        for window in 0..<shape.pointee.windows.count { first = min(first, heads[window]) }
        return first
    }

    // MARK: events

    /// Takes an event in. Time must have been advanced to `known`.
    /// - Parameters:
    ///   - taken: for each member what it takes; the event counts for all of them or for none.
    ///   - follows: as in `advance(to:sequence:follows:)`.
    @inline(__always)
    mutating func observe(
        _ taken: UnsafePointer<Taken>, time: Int64, known: Int64, sequence: Int64,
        follows: Bool = true
    ) {
        guard taken.pointee.argument != SourcePlan.missing else { return }
        if shape.pointee.delay > 0 {
            waiting.append(
                visible: known + plan.delay, sequence: sequence, time: time + plan.delay,
                taken: taken)
            return
        }
        enter(taken, time: time, visible: known)
        // An event of now is in every window, and none moves.
        if time != known {
            moveHeads(known, follows: follows)
        } else if follows {
            moveTrackers()
        }
    }

    private mutating func enter(
        _ taken: UnsafePointer<Taken>, time: Int64, visible: Int64
    ) {
        let key = shape.pointee.entryKey(time)
        let isPerCode = shape.pointee.isPerCode
        if isPerCode, isKnown(taken.pointee.argument, key: key) { return }
        let place = entries.place(of: key)
        let merges =
            shape.pointee.collapses && !isPerCode && place > entries.first
            && entries.view.keys[place - 1] == key
        // What would stand before all windows is in none of them, now or later.
        let needed = needed
        if place - (merges ? 1 : 0) < needed { return }
        if merges {
            entries.fold(taken, time: time, visible: visible, into: place - 1, isNew: false)
            for index in 0..<shape.pointee.trackers.count {
                trackers[index].forget(from: place - 1)
            }
            return
        }
        let isLast = place == entries.end
        // What is dropped to make room must have left the trackers.
        if entries.isFull { moveTrackers() }
        entries.insert(at: place, key: key, needed: needed)
        entries.fold(taken, time: time, visible: visible, into: place, isNew: true)
        if !isLast { makeWay(for: place) }
        for index in 0..<shape.pointee.chained.count {
            link(index, taken[shape.pointee.chained[index]].argument, at: place)
        }
    }

    /// Lets everything follow entries that moved up behind a late one.
    private func makeWay(for place: Int) {
        for window in plan.windows.indices where heads[window] > place { heads[window] += 1 }
        for (index, tracker) in plan.trackers.enumerated() {
            trackers[index].restart(at: heads[tracker.window])
        }
        for index in plan.chained.indices { seen[index].shift(from: place) }
    }

    /// Whether the tile has an entry of that argument.
    private func isKnown(_ argument: Int64, key: Int64) -> Bool {
        guard var id = seen.pointee.id(of: argument) else { return false }
        let (keys, previous) = (entries.view.keys, entries.view.column(.previous))
        while id >= entries.first, keys[id] > key { id = Int(previous[id]) }
        return id >= entries.first && keys[id] == key
    }

    /// Chains an entry to those with the same argument before and after it.
    /// - Parameter chain: which of the chained members'.
    mutating func link(_ chain: Int, _ argument: Int64, at place: Int) {
        let view = entries.view(of: shape.pointee.chained[chain])
        let (previous, next) = (view.column(.previous), view.column(.next))
        let latest = seen[chain].exchange(argument, place, oldest: entries.first)
        var (before, after) = (latest, Int64.max)
        while before > place {
            after = Int64(before)
            before = Int(previous[before])
        }
        previous[place] = Int64(before)
        next[place] = after
        if before >= entries.first { next[before] = Int64(place) }
        if after != .max {
            previous[Int(after)] = Int64(place)
            seen[chain].set(argument, to: latest, oldest: entries.first)
        }
    }

    /// The latest entry of each argument, where entries are chained by argument.
    var latestOfArguments: [(code: Int64, id: Int)]? {
        plan.chained.isEmpty ? nil : seen.pointee.all
    }

    /// The latest entry of an argument, where entries are chained by argument.
    func latest(of argument: Int64) -> Int? {
        plan.chained.isEmpty ? nil : seen.pointee.id(of: argument)
    }

    // MARK: sharing

    /// Takes over what a state that sources share holds of one of them.
    mutating func take(_ place: StateLayout.Place, of shared: borrowing WindowState) {
        entries.takeKeys(of: shared.entries)
        entries.takeColumns(of: 0, from: shared.entries.view(of: place.member))
        waiting = shared.waiting.of(place.member)
        for (window, other) in place.windows.enumerated() { heads[window] = shared.heads[other] }
        if let chain = shared.plan.chained.firstIndex(of: place.member) {
            seen.pointee.takeOver(shared.seen[chain])
        }
        followAnew()
    }

    /// Whether a state of another source has the same entries and heads, so that both can share them.
    /// - Parameter place: where the other's are in the state that they would share.
    func matches(
        _ place: StateLayout.Place, _ other: borrowing WindowState, _ otherPlace: StateLayout.Place
    ) -> Bool {
        guard entries.hasEvents(of: other.entries), waiting.hasTimes(of: other.waiting) else {
            return false
        }
        return place.windows.enumerated().allSatisfy { window, length in
            let same = otherPlace.windows.firstIndex(of: length)
            return same.map { heads[window] == other.heads[$0] } ?? true
        }
    }

    /// Takes over what the state of one source holds, as one of those that share this one.
    mutating func take(from own: borrowing WindowState, as place: StateLayout.Place) {
        if place.member == 0 { entries.takeKeys(of: own.entries) }
        entries.takeColumns(of: place.member, from: own.entries.view)
        waiting.take(own.waiting, as: place.member)
        for (window, other) in place.windows.enumerated() { heads[other] = own.heads[window] }
        if let chain = plan.chained.firstIndex(of: place.member) {
            seen[chain].takeOver(own.seen.pointee)
        }
    }

    /// Lets trackers see the whole of their windows again.
    mutating func followAnew() {
        for index in plan.trackers.indices {
            trackers[index].restart(at: heads[plan.trackers[index].window])
        }
        moveTrackers()
    }

    // MARK: snapshots

    /// - Parameter source: the shape of the source by itself.
    func write(_ place: StateLayout.Place, as source: SourceShape, to writer: inout SnapshotWriter)
    {
        entries.write(member: place.member, as: source, to: &writer)
        waiting.write(member: place.member, to: &writer)
        for window in place.windows { writer.append(heads[window]) }
        if let chain = plan.chained.firstIndex(of: place.member) {
            seen[chain].write(to: &writer)
        }
    }

    /// Reads the state of one source.
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
        for index in plan.chained.indices {
            try seen[index].read(from: &reader, ids: entries.first..<entries.end)
        }
        followAnew()
    }

    // MARK: values

    /// The value of a feature, NaN where there is none. Time must have been advanced to `now`.
    @inline(__always)
    static func read(
        _ output: UnsafePointer<WindowOutput>, _ states: UnsafeMutablePointer<WindowState>,
        now: Int64
    ) -> Double {
        let state = states + output.pointee.source
        let head = state.pointee.heads[output.pointee.window]
        if let value = state.pointee.entries.value(output.pointee.ends, from: head) { return value }
        if let tracker = output.pointee.tracker {
            return state.pointee.trackers[tracker].value(
                state.pointee.shape.pointee.trackers.baseAddress.unsafelyUnwrapped + tracker,
                output, now: now, in: state.pointee.entries.view(of: output.pointee.member))
        }
        let value = value(output, state, now: now)
        guard case .perCount(let source, let window) = output.pointee.final else { return value }
        let counting = output.pointee.counting(source, window)
        let count = withUnsafePointer(to: counting) { Self.value($0, states + source, now: now) }
        return count == 0 ? .nan : value / count
    }

    /// - Parameter state: by address, so that it is not copied.
    private static func value(
        _ output: UnsafePointer<WindowOutput>, _ state: UnsafeMutablePointer<WindowState>,
        now: Int64
    ) -> Double {
        var value = 0.0
        var (head, tail, now) = (
            state.pointee.heads[output.pointee.window], state.pointee.entries.end, now
        )
        state.pointee.entries.view(of: output.pointee.member).readEach(
            output, heads: &head, tails: &tail, now: &now, count: 1, into: &value)
        return value
    }
}
