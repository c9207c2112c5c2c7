/// How many arguments of a moving window are distinct: each counts at its latest entry.
///
/// - Complexity: amortised O(1) an entry.
struct DistinctWindow {
    private(set) var head = 0
    private(set) var tail = 0
    private(set) var count = 0

    /// Starts over with an empty window.
    mutating func restart(at id: Int) { (head, tail, count) = (id, id, 0) }

    /// Moves on to a window that begins and ends at or behind the last one's.
    /// - Parameters:
    ///   - previous: for each entry, the one before it with the same argument.
    ///   - next: the one after it.
    @inline(__always)
    mutating func move(
        head: Int, tail: Int, previous: EntryWords, next: EntryWords
    ) {
        var id = self.head
        let passed = min(head, self.tail)
        // How many leave is anybody's guess, so the first two are looked at whether they do or not.
        for _ in 0..<2 {
            let leaves = id < passed ? 1 : 0
            count &-= leaves & (next[id] >= Int64(self.tail) ? 1 : 0)
            id &+= leaves
        }
        while id < passed {
            count -= next[id] >= Int64(self.tail) ? 1 : 0
            id += 1
        }
        id = max(head, self.tail)
        while id < tail {
            count += previous[id] < Int64(head) ? 1 : 0
            id += 1
        }
        (self.head, self.tail) = (head, max(head, tail))
    }
}

/// Which entry of a moving window holds the extreme argument.
///
/// - Complexity: amortised O(1) an entry.
struct ExtremeWindow {
    private(set) var head = 0
    private(set) var tail = 0
    /// Ids that may yet be the extreme one, `start` to `end`; their values only get worse.
    private var ids: UnsafeMutablePointer<Int>?
    private var capacity: Int
    private var start = 0
    private var end = 0

    /// - Parameter capacity: so many entries need no more room.
    init(capacity: Int = 0) {
        self.capacity = capacity
        ids = capacity > 0 ? .allocate(capacity: capacity) : nil
    }

    func deallocate() { ids?.deallocate() }

    /// Bytes held beside itself.
    var bytes: Int { capacity * 8 }

    /// The entry that holds the extreme argument.
    @inline(__always)
    var entry: Int? { start < end ? ids![start] : nil }

    /// Starts over with an empty window.
    mutating func restart(at id: Int) { (head, tail, start, end) = (id, id, 0, 0) }

    /// Forgets what it saw of an entry that has changed, and of all behind it.
    mutating func forget(from id: Int) {
        guard tail > id else { return }
        while end > start, ids![end - 1] >= id { end -= 1 }
        tail = max(id, head)
    }

    /// Moves on to a window that begins and ends at or behind the last one's.
    @inline(__always)
    mutating func move(
        head: Int, tail: Int, values: EntryWords, keepsLargest: Bool
    ) {
        var id = max(head, self.tail)
        while id < tail {
            let value = values[id]
            while end > start {
                let last = values[ids.unsafelyUnwrapped[end - 1]]
                if keepsLargest ? last > value : last < value { break }
                end -= 1
            }
            if end == capacity { makeRoom() }
            ids.unsafelyUnwrapped[end] = id
            end += 1
            id += 1
        }
        while start < end, ids.unsafelyUnwrapped[start] < head { start += 1 }
        (self.head, self.tail) = (head, max(head, tail))
    }

    private mutating func makeRoom() {
        if let ids, start * 2 > capacity {
            ids.update(from: ids + start, count: end - start)
        } else {
            let more = UnsafeMutablePointer<Int>.allocate(capacity: max(4, capacity * 2))
            capacity = max(4, capacity * 2)
            if let ids { more.update(from: ids + start, count: end - start) }
            ids?.deallocate()
            ids = more
        }
        (start, end) = (0, end - start)
    }
}
