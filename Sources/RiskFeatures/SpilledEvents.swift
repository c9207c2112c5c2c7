import RiskColumns

/// The words of an event of a type on the disk: its slots but the composites, and but the known time
/// where that is the time.
struct SpilledEventLayout {
    /// For each word, the slot that it holds.
    let slots: [Int]
    /// The words that hold the times.
    let knownWord: Int

    init(_ type: EventType, slotCount: Int) {
        let known = type.known == nil ? nil : EventStore.knownSlot
        slots =
            [EventStore.timeSlot] + (known.map { [$0] } ?? [])
            + (EventStore.firstFieldSlot..<max(slotCount, EventStore.firstFieldSlot))
        knownWord = known == nil ? 0 : 1
    }

    var words: Int { slots.count }

    /// Where a slot is.
    func word(of slot: Int) -> Int {
        if slot == EventStore.knownSlot { return knownWord }
        return slots.firstIndex(of: slot)!
    }
}

/// The events of a type on the disk, in runs that are each sorted by the time at which events became
/// known, then by row: one run where the log is in that order.
final class SpilledLog {
    let layout: SpilledEventLayout
    /// The segments of each run; a run's events come before those of the next in the log.
    private(set) var runs: [[SpilledSegment]] = []
    private(set) var count = 0
    /// When the last event became known; `.min` without events.
    private(set) var lastKnown = Int64.min

    private let file: SpilledWords
    private let capacity: Int
    private var chunk: UnsafeMutablePointer<Int64>?
    private var used = 0
    private var lastOfRun = Int64.min

    /// - Parameter capacity: events that are sorted in memory.
    init(_ file: SpilledWords, _ layout: SpilledEventLayout, capacity: Int) {
        self.file = file
        self.layout = layout
        self.capacity = capacity
    }

    deinit { chunk?.deallocate() }

    func append(_ store: EventStore) throws {
        precondition(store.slots.stride == layout.words, "an event's slots are its words")
        let chunk = chunk ?? HugePages.allocate(capacity * layout.words, of: Int64.self)
        self.chunk = chunk
        var row = 0
        while row < store.count {
            if used == capacity { try flush() }
            let rows = min(store.count - row, capacity - used)
            let slots = store.slots
            (chunk + used * layout.words).update(
                from: slots[EventStore.timeSlot].base + row * slots.stride,
                count: rows * layout.words)
            used += rows
            row += rows
        }
        count += store.count
    }

    /// Writes what is left, and gives the memory back.
    func finish() throws {
        try flush()
        chunk?.deallocate()
        chunk = nil
    }

    private func flush() throws {
        guard used > 0, let chunk else { return }
        let width = layout.words
        let known = chunk + layout.knownWord
        var isSorted = true
        for event in 1..<max(1, used) where known[(event - 1) * width] > known[event * width] {
            isSorted = false
            break
        }
        var segments: [SpilledSegment] = []
        let (first, last): (Int64, Int64)
        // Small blocks: each run has one in memory while runs are merged.
        let block = max(1, SpilledWords.blockWords / 4 / width)
        if isSorted {
            (first, last) = (known[0], known[(used - 1) * width])
            for start in stride(from: 0, to: used, by: block) {
                segments.add(
                    try file.append(
                        chunk + start * width, min(block, used - start) * width, stride: width))
            }
        } else {
            let order = (0..<Int32(used)).sorted {
                (known[Int($0) * width], $0) < (known[Int($1) * width], $1)
            }
            (first, last) = (known[Int(order[0]) * width], known[Int(order[used - 1]) * width])
            let buffer = SpillBuffer(file, capacity: block * width, stride: width)
            for event in order {
                try buffer.room(width).update(from: chunk + Int(event) * width, count: width)
            }
            try buffer.finish()
            segments = buffer.segments
        }
        used = 0
        lastKnown = max(lastKnown, last)
        if runs.isEmpty || first < lastOfRun { runs.append([]) }
        for segment in segments { runs[runs.count - 1].add(segment) }
        lastOfRun = last
    }
}

/// All events in their total order, read from the runs of their logs.
final class SpilledOrder {
    private final class Cursor {
        let type: Int
        let words: Int
        let knownWord: Int
        let reader: SpillReader
        var event: UnsafePointer<Int64>?
        var known = Int64.max

        init(type: Int, layout: SpilledEventLayout, _ reader: SpillReader) throws {
            self.type = type
            words = layout.words
            knownWord = layout.knownWord
            self.reader = reader
            try load()
        }

        func load() throws {
            event = try reader.peek(words)
            known = event?[knownWord] ?? .max
        }
    }

    /// A heap; of cursors at the same moment, that of the first type and run comes first.
    private var heap: [(known: Int64, index: Int)] = []
    private var cursors: [Cursor] = []
    private var isStarted = false

    /// - Parameter types: those whose events are read.
    init(_ logs: [SpilledLog], _ file: SpilledWords, types: [Int]) throws {
        for type in types {
            for run in logs[type].runs {
                cursors.append(
                    try Cursor(
                        type: type, layout: logs[type].layout, SpillReader(file, run)))
            }
        }
        heap = cursors.enumerated().map { ($1.known, $0) }
        heap.sort { $0 < $1 }
    }

    /// The next event, whose words stay until the next call.
    func next() throws -> (type: Int, known: Int64, event: UnsafePointer<Int64>)? {
        if isStarted, let top = heap.first {
            let cursor = cursors[top.index]
            cursor.reader.advance(cursor.words)
            try cursor.load()
            heap[0].known = cursor.known
            sink()
        }
        isStarted = true
        guard let top = heap.first, let event = cursors[top.index].event else { return nil }
        return (cursors[top.index].type, top.known, event)
    }

    private func sink() {
        var place = 0
        let count = heap.count
        while true {
            var child = 2 * place + 1
            if child >= count { return }
            if child + 1 < count, heap[child + 1] < heap[child] { child += 1 }
            if heap[place] < heap[child] { return }
            heap.swapAt(place, child)
            place = child
        }
    }
}
