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

    /// Plain memory, since it is read with every event; what it points to is given back by
    /// `deallocate()`.
    fileprivate enum Followed {
        case distinct(DistinctWindow)
        case extreme(ExtremeWindow)
        case contents(UnsafeMutablePointer<Contents>)
    }

    private var followed: Followed

    /// The arguments in a window, however they are kept.
    fileprivate struct Contents {
        var head = 0
        var tail = 0
        var tally = CodeTally()
        var sorted = SortedValues()
        var hours: [Int64] = []
    }

    /// - Parameter plan: the one that everything else is to be called with.
    init(_ plan: Plan) {
        switch plan.kind {
        case .distinct: followed = .distinct(DistinctWindow())
        case .smallest, .largest: followed = .extreme(ExtremeWindow())
        case .tally, .sorted, .hours:
            let contents = UnsafeMutablePointer<Contents>.allocate(capacity: 1)
            contents.initialize(to: Contents())
            if plan.kind == .hours { contents.pointee.hours = Array(repeating: 0, count: 168) }
            followed = .contents(contents)
        }
    }

    func deallocate() {
        switch followed {
        case .distinct: break
        case .extreme(let window): window.deallocate()
        case .contents(let contents):
            contents.deinitialize(count: 1)
            contents.deallocate()
        }
    }

    /// Starts over with an empty window.
    mutating func restart(at id: Int) {
        switch followed {
        case .distinct(var window):
            window.restart(at: id)
            followed = .distinct(window)
        case .extreme(var window):
            window.restart(at: id)
            followed = .extreme(window)
        case .contents(let contents):
            (contents.pointee.head, contents.pointee.tail) = (id, id)
            contents.pointee.tally.removeAll()
            contents.pointee.sorted.removeAll()
            for hour in contents.pointee.hours.indices { contents.pointee.hours[hour] = 0 }
        }
    }

    /// Forgets what it saw of an entry that has changed, and of all behind it: extremes alone follow
    /// entries that change.
    mutating func forget(from id: Int) {
        guard case .extreme(var window) = followed else { return }
        window.forget(from: id)
        followed = .extreme(window)
    }

    /// Moves on to a window that begins and ends at or behind the last one's.
    mutating func move(_ plan: UnsafePointer<Plan>, head: Int, tail: Int, in entries: EntryView) {
        switch followed {
        case .distinct(var window):
            window.move(
                head: head, tail: tail, previous: entries.column(.previous),
                next: entries.column(.next))
            followed = .distinct(window)
        case .extreme(var window):
            window.move(
                head: head, tail: tail, values: entries.column(plan.pointee.content),
                keepsLargest: plan.pointee.kind == .largest)
            followed = .extreme(window)
        case .contents(let contents):
            let arguments = entries.column(plan.pointee.content)
            let (oldHead, oldTail) = (contents.pointee.head, contents.pointee.tail)
            for id in oldHead..<min(head, oldTail) {
                contents.pointee.remove(arguments[id], plan.pointee.kind)
            }
            for id in max(head, oldTail)..<max(head, tail) {
                contents.pointee.add(arguments[id], plan.pointee.kind)
            }
            (contents.pointee.head, contents.pointee.tail) = (head, tail)
        }
    }

    /// The value of a feature, NaN where there is none.
    @inline(__always)
    func value(
        _ plan: UnsafePointer<Plan>, _ output: UnsafePointer<WindowOutput>, now: Int64,
        in entries: EntryView
    ) -> Double {
        switch followed {
        case .distinct(let window): return Double(window.count)
        case .extreme(let window):
            guard let entry = window.entry else { return .nan }
            return output.pointee.decode(entries.column(plan.pointee.content)[entry])
        case .contents(let contents):
            return contents.pointee.value(
                output.pointee, now: now, entries.plan.zone.pointee)
        }
    }
}

extension WindowTracker.Contents {
    mutating func add(_ argument: Int64, _ kind: WindowTracker.Plan.Kind) {
        switch kind {
        case .tally: tally.add(argument)
        case .sorted: sorted.insert(argument)
        default: hours[Int(argument)] += 1
        }
    }

    mutating func remove(_ argument: Int64, _ kind: WindowTracker.Plan.Kind) {
        switch kind {
        case .tally: tally.remove(argument)
        case .sorted: sorted.remove(argument)
        default: hours[Int(argument)] -= 1
        }
    }

    @inline(never)
    func value(_ output: WindowOutput, now: Int64, _ zone: ZoneOffsets) -> Double {
        switch output.final {
        case .entropy: return tally.entropy
        case .topShare:
            return tally.count == 0 ? .nan : Double(tally.largest) / Double(tally.count)
        case .quantile(_, let share): return quantile(share, output)
        case .hourDistance: return hourDistance(now, zone)
        default: preconditionFailure("the feature has no tracker")
        }
    }

    /// Between the two values around place share * (n - 1), in proportion: NumPy's "linear".
    private func quantile(_ share: Double, _ output: WindowOutput) -> Double {
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
        for (other, count) in hours.enumerated() where count > 0 {
            let apart = abs(other - hour)
            sum += count * Int64(min(apart, 168 - apart))
        }
        return Double(sum) / Double(tail - head)
    }
}
