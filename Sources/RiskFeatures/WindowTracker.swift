/// Follows a window whose value cannot be read off its two ends: how many arguments in it are distinct,
/// which entry holds the extreme one, how often each occurs.
///
/// - Complexity: amortised O(1) an entry; O(√entries) for quantiles.
struct WindowTracker {
    struct Plan: Sendable, Equatable {
        enum Kind: Sendable, Equatable {
            case distinct, smallest, largest
            /// Of codes, how often each occurs.
            case tally
            /// All arguments in order.
            case sorted
            /// Of hours of the week, how often each occurs.
            case hours(ZoneOffsets)
        }

        /// The column that is followed.
        let content: EntryColumn.Content
        let window: Int
        let kind: Kind
    }

    let plan: Plan
    /// The window it has got to.
    private var head = 0
    private var tail = 0
    /// For `distinct`: how many.
    private var count = 0
    /// For extremes: ids that may yet be the extreme one; their values only get worse.
    private var queue: [Int] = []
    private var start = 0
    /// For `tally`, `sorted` and `hours`.
    private let contents: Contents?

    /// The arguments of a window, however they are kept.
    private final class Contents {
        var tally = CodeTally()
        var sorted = SortedValues()
        var hours: [Int64] = []
    }

    init(_ plan: Plan) {
        self.plan = plan
        switch plan.kind {
        case .distinct, .smallest, .largest: contents = nil
        case .tally, .sorted, .hours: contents = Contents()
        }
        if case .hours = plan.kind { contents!.hours = Array(repeating: 0, count: 168) }
    }

    /// Starts over with an empty window.
    mutating func restart(at id: Int) {
        (head, tail, count, start) = (id, id, 0, 0)
        queue.removeAll(keepingCapacity: true)
        guard let contents else { return }
        contents.tally.removeAll()
        contents.sorted.removeAll()
        for hour in contents.hours.indices { contents.hours[hour] = 0 }
    }

    /// Forgets what it saw of an entry that has changed, and of all behind it: extremes alone follow
    /// entries that change.
    mutating func forget(from id: Int) {
        guard tail > id else { return }
        while queue.count > start, queue[queue.count - 1] >= id { queue.removeLast() }
        tail = max(id, head)
    }

    /// Moves on to a window that begins and ends at or behind the last one's.
    @inline(__always)
    mutating func move(head: Int, tail: Int, in entries: EntryView) {
        switch plan.kind {
        case .distinct:
            moveDistinct(
                head: head, tail: tail, previous: entries.column(.previous),
                next: entries.column(.next))
        case .smallest, .largest:
            moveExtreme(
                head: head, tail: tail, values: entries.column(plan.content),
                keepsLargest: plan.kind == .largest)
        case .tally, .sorted, .hours:
            let arguments = entries.column(plan.content)
            for id in self.head..<min(head, self.tail) { remove(arguments[id]) }
            for id in max(head, self.tail)..<max(head, tail) { add(arguments[id]) }
        }
        (self.head, self.tail) = (head, tail)
    }

    /// Counts each argument at its latest entry.
    @inline(__always)
    private mutating func moveDistinct(
        head: Int, tail: Int, previous: UnsafePointer<Int64>, next: UnsafePointer<Int64>
    ) {
        for id in self.head..<min(head, self.tail) where next[id] >= Int64(self.tail) {
            count -= 1
        }
        for id in max(head, self.tail)..<max(head, tail) where previous[id] < Int64(head) {
            count += 1
        }
    }

    @inline(__always)
    private mutating func moveExtreme(
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
    }

    private func add(_ argument: Int64) {
        switch plan.kind {
        case .tally: contents!.tally.add(argument)
        case .sorted: contents!.sorted.insert(argument)
        default: contents!.hours[Int(argument)] += 1
        }
    }

    private func remove(_ argument: Int64) {
        switch plan.kind {
        case .tally: contents!.tally.remove(argument)
        case .sorted: contents!.sorted.remove(argument)
        default: contents!.hours[Int(argument)] -= 1
        }
    }

    /// The value of a feature, NaN where there is none.
    @inline(__always)
    func value(_ output: WindowOutput, now: Int64, in entries: EntryView) -> Double {
        switch output.final {
        case .distinct: return Double(count)
        case .extreme:
            return start < queue.count
                ? output.decode(entries.column(plan.content)[queue[start]]) : .nan
        case .entropy: return contents!.tally.entropy
        case .topShare:
            let tally = contents!.tally
            return tally.count == 0 ? .nan : Double(tally.largest) / Double(tally.count)
        case .quantile(_, let share): return quantile(share, output)
        case .hourDistance: return hourDistance(now)
        default: preconditionFailure("the feature has no tracker")
        }
    }

    /// Between the two values around place share * (n - 1), in proportion: NumPy's "linear".
    private func quantile(_ share: Double, _ output: WindowOutput) -> Double {
        let sorted = contents!.sorted
        guard sorted.count > 0 else { return .nan }
        let place = share * Double(sorted.count - 1)
        let low = Int(place)
        let below = output.decode(sorted[low])
        let rest = place - Double(low)
        return rest == 0 ? below : below + rest * (output.decode(sorted[low + 1]) - below)
    }

    /// The mean distance, on the circle of the week, of the events' hours to that of a moment.
    private func hourDistance(_ now: Int64) -> Double {
        guard case .hours(let zone) = plan.kind, tail > head else { return .nan }
        let hour = Int(zone.weekHour(of: now))
        var sum: Int64 = 0
        for (other, count) in contents!.hours.enumerated() where count > 0 {
            let apart = abs(other - hour)
            sum += count * Int64(min(apart, 168 - apart))
        }
        return Double(sum) / Double(tail - head)
    }
}
