/// Frauds that are not yet visible, in the order in which they will be.
struct WaitingMarks: Sendable {
    struct Mark: Sendable, Equatable {
        var visible: Int64
        var member: Int32
    }

    private var marks: [Mark] = []
    private var start = 0

    /// Bytes held.
    var bytes: Int { marks.capacity * MemoryLayout<Mark>.stride }

    /// Those that still wait.
    var all: ArraySlice<Mark> { marks[start...] }

    mutating func append(_ mark: Mark) {
        if start > 16, start * 2 > marks.count {
            marks.removeFirst(start)
            start = 0
        }
        marks.append(mark)
    }

    /// Takes the next member out that is visible at a moment.
    mutating func next(at now: Int64) -> Int32? {
        guard start < marks.count, marks[start].visible <= now else { return nil }
        start += 1
        return marks[start - 1].member
    }
}

/// The ties within the window of a growth: a heap from which they come as they leave it.
struct RecentTies: Sendable {
    private struct Tie: Sendable, Equatable {
        var tied: Int64
        var member: Int32

        static func < (a: Tie, b: Tie) -> Bool { (a.tied, a.member) < (b.tied, b.member) }
    }

    let window: Int64
    private var heap: [Tie] = []
    /// Ties at or before it have left.
    private var limit = Int64.min

    init(window: Int64) { self.window = window }

    /// Bytes held.
    var bytes: Int { heap.capacity * MemoryLayout<Tie>.stride }

    /// Whether a tie is inside.
    func covers(_ tied: Int64) -> Bool { tied > limit }

    mutating func append(_ member: Int32, tied: Int64) {
        let tie = Tie(tied: tied, member: member)
        heap.append(tie)
        var place = heap.count - 1
        while place > 0, tie < heap[(place - 1) / 2] {
            heap[place] = heap[(place - 1) / 2]
            place = (place - 1) / 2
        }
        heap[place] = tie
    }

    /// Takes the next tie out that leaves the window at a moment, each once.
    mutating func next(at now: Int64) -> (member: Int32, tied: Int64)? {
        limit = max(limit, now - window)
        guard let first = heap.first, first.tied <= limit else { return nil }
        // A member may be tied, lose its ties and be tied again at one moment.
        while heap.first == first { removeFirst() }
        return (first.member, first.tied)
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        if heap.isEmpty { return }
        var place = 0
        while true {
            var child = place * 2 + 1
            if child >= heap.count { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            if !(heap[child] < last) { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = last
    }
}
