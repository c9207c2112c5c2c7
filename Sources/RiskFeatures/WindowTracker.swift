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
            case hours
        }

        /// The column that is followed.
        let content: EntryColumn.Content
        let window: Int
        let kind: Kind
        /// Of the sources that share the entries, which.
        var member = 0
    }

    let plan: Plan
    private var distinct = DistinctWindow()
    private var extreme = ExtremeWindow()
    /// For `tally`, `sorted` and `hours`: the window, and the arguments in it, however they are kept.
    private var head = 0
    private var tail = 0
    private let contents: Contents?

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

    func deallocate() { extreme.deallocate() }

    /// Starts over with an empty window.
    mutating func restart(at id: Int) {
        (head, tail) = (id, id)
        distinct.restart(at: id)
        extreme.restart(at: id)
        guard let contents else { return }
        contents.tally.removeAll()
        contents.sorted.removeAll()
        for hour in contents.hours.indices { contents.hours[hour] = 0 }
    }

    /// Forgets what it saw of an entry that has changed, and of all behind it: extremes alone follow
    /// entries that change.
    mutating func forget(from id: Int) { extreme.forget(from: id) }

    /// Moves on to a window that begins and ends at or behind the last one's.
    mutating func move(head: Int, tail: Int, in entries: EntryView) {
        switch plan.kind {
        case .distinct:
            distinct.move(
                head: head, tail: tail, previous: entries.column(.previous),
                next: entries.column(.next))
        case .smallest, .largest:
            extreme.move(
                head: head, tail: tail, values: entries.column(plan.content),
                keepsLargest: plan.kind == .largest)
        case .tally, .sorted, .hours:
            let arguments = entries.column(plan.content)
            for id in self.head..<min(head, self.tail) { remove(arguments[id]) }
            for id in max(head, self.tail)..<max(head, tail) { add(arguments[id]) }
            (self.head, self.tail) = (head, tail)
        }
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
    func value(_ output: WindowOutput, now: Int64, in entries: EntryView) -> Double {
        switch output.final {
        case .distinct: return Double(distinct.count)
        case .extreme:
            return extreme.entry.map { output.decode(entries.column(plan.content)[$0]) } ?? .nan
        case .entropy: return contents!.tally.entropy
        case .topShare:
            let tally = contents!.tally
            return tally.count == 0 ? .nan : Double(tally.largest) / Double(tally.count)
        case .quantile(_, let share): return quantile(share, output)
        case .hourDistance: return hourDistance(now, entries.plan.zone.pointee)
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
    private func hourDistance(_ now: Int64, _ zone: ZoneOffsets) -> Double {
        guard tail > head else { return .nan }
        let hour = Int(zone.weekHour(of: now))
        var sum: Int64 = 0
        for (other, count) in contents!.hours.enumerated() where count > 0 {
            let apart = abs(other - hour)
            sum += count * Int64(min(apart, 168 - apart))
        }
        return Double(sum) / Double(tail - head)
    }
}
