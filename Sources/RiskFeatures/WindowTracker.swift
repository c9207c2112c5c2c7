/// Follows a window whose value cannot be read off its two ends: how many arguments in it are distinct,
/// or which entry holds the extreme one.
///
/// - Complexity: amortised O(1) an entry.
struct WindowTracker {
    struct Plan: Sendable, Equatable {
        enum Kind: Sendable { case distinct, smallest, largest }

        /// The column that is followed.
        let content: EntryColumn.Content
        let window: Int
        let kind: Kind
    }

    /// The window it has got to.
    private(set) var head = 0
    private(set) var tail = 0
    /// For `distinct`: how many.
    private(set) var count = 0
    /// For extremes: ids that may yet be the extreme one; their values only get worse.
    private var queue: [Int] = []
    private var start = 0

    /// For extremes: the entry, -1 where there is none.
    var extreme: Int { start < queue.count ? queue[start] : -1 }

    /// Starts over with an empty window.
    mutating func restart(at id: Int) {
        (head, tail, count, start) = (id, id, 0, 0)
        queue.removeAll(keepingCapacity: true)
    }

    /// Forgets what it saw of an entry that has changed, and of all behind it.
    mutating func forget(from id: Int) {
        guard tail > id else { return }
        while queue.count > start, queue[queue.count - 1] >= id { queue.removeLast() }
        tail = max(id, head)
    }

    mutating func move(_ plan: Plan, head: Int, tail: Int, in entries: EntryView) {
        switch plan.kind {
        case .distinct:
            moveDistinct(
                head: head, tail: tail, previous: entries.column(.previous),
                next: entries.column(.next))
        case .smallest, .largest:
            moveExtreme(
                head: head, tail: tail, values: entries.column(plan.content),
                keepsLargest: plan.kind == .largest)
        }
    }

    /// Counts each argument at its latest entry.
    @inline(__always)
    mutating func moveDistinct(
        head: Int, tail: Int, previous: UnsafePointer<Int64>, next: UnsafePointer<Int64>
    ) {
        for id in self.head..<min(head, self.tail) where next[id] >= Int64(self.tail) {
            count -= 1
        }
        for id in max(head, self.tail)..<max(head, tail) where previous[id] < Int64(head) {
            count += 1
        }
        // Entries that came in with the same argument as one of the window have replaced it.
        (self.head, self.tail) = (head, tail)
    }

    @inline(__always)
    mutating func moveExtreme(
        head: Int, tail: Int, values: UnsafePointer<Int64>, keepsLargest: Bool
    ) {
        if start > 32, start * 2 > queue.count {
            queue.removeFirst(start)
            start = 0
        }
        for id in max(head, self.tail)..<max(head, tail) {
            let value = values[id]
            while queue.count > start {
                let last = values[queue[queue.count - 1]]
                if keepsLargest ? last > value : last < value { break }
                queue.removeLast()
            }
            queue.append(id)
        }
        while start < queue.count, queue[start] < head { start += 1 }
        (self.head, self.tail) = (head, tail)
    }
}

