import RiskColumns

/// What one state holds for each key value: the events of one type that pass one filter, seen with one
/// delay, through windows of one kind. Every one of them counts for everything that is asked.
final class SourcePlan: @unchecked Sendable {
    /// What is taken from an event.
    enum Argument: Sendable, Equatable {
        /// The value of an integer slot.
        case slot(Int)
        /// The value of a slot of codes, among which -1 is missing.
        case code(Int)
        /// The value of a slot of doubles, as an integer of the same order.
        case orderedNumber(Int)
        /// Whether a condition holds, as 0 or 1.
        case program(Program)
        /// The hour of the week when it happened, 0 for Monday's first.
        case weekHour(ZoneOffsets)
    }

    let eventType: Int
    let key: String
    /// What becomes known longer after it happened does not count.
    let lateness: Int64?
    /// Events count where it holds.
    let condition: Program?
    /// Events count where it is not missing.
    let argument: Argument?
    /// A second thing that is taken, and must not be missing either.
    let second: Argument?
    /// The first source of the group that sees the same events but for the filter.
    let clock: Int
    /// What its states need to know; they end before it does.
    let shape: UnsafePointer<SourceShape>

    /// What is taken where nothing has to be worked out for it.
    enum Simple {
        case everything
        case slot(Int)
        case code(Int)
    }
    let simple: Simple?

    init(
        eventType: Int, key: String, lateness: Int64?, condition: Program?, argument: Argument?,
        second: Argument?, clock: Int, shape: SourceShape
    ) {
        self.eventType = eventType
        self.key = key
        self.lateness = lateness
        self.condition = condition
        self.argument = argument
        self.second = second
        self.clock = clock
        switch argument {
        case _ where second != nil || lateness != nil || condition != nil: simple = nil
        case nil: simple = .everything
        case .slot(let slot): simple = .slot(slot)
        case .code(let slot): simple = .code(slot)
        default: simple = nil
        }
        let place = UnsafeMutablePointer<SourceShape>.allocate(capacity: 1)
        place.initialize(to: shape)
        self.shape = UnsafePointer(place)
    }

    deinit {
        shape.pointee.deallocate()
        shape.deallocate()
    }

    /// What an event without an argument gives.
    static let missing = Int64.min

    /// What is taken from events; their arguments are `missing` where they do not count.
    /// - Parameters:
    ///   - rows: the events' rows.
    ///   - seconds: filled where there is a second argument.
    ///   - stack: room for conditions.
    func take(
        _ input: borrowing Program.Input, rows: UnsafePointer<Int32>, count: Int,
        arguments: UnsafeMutablePointer<Int64>, seconds: UnsafeMutablePointer<Int64>,
        stack: Scratch<Double>
    ) {
        take(argument, input, rows, count, into: arguments, stack)
        if let second {
            take(second, input, rows, count, into: seconds, stack)
            for event in 0..<count where seconds[event] == Self.missing {
                arguments[event] = Self.missing
            }
        }
        if let lateness {
            let (times, known) = (
                input.slots![EventStore.timeSlot], input.slots![EventStore.knownSlot]
            )
            for event in 0..<count {
                let row = Int(rows[event])
                if known[row] - times[row] > lateness { arguments[event] = Self.missing }
            }
        }
        if let condition {
            condition.each(input, rows, count, stack) { event, value in
                if value != 1 { arguments[event] = Self.missing }
            }
        }
    }

    /// The slots that are read of an event.
    var slots: Set<Int> {
        var slots = Set(condition?.slots ?? [])
        for argument in [argument, second] {
            switch argument {
            case .slot(let slot), .code(let slot), .orderedNumber(let slot): slots.insert(slot)
            case .program(let program): slots.formUnion(program.slots)
            case .weekHour: slots.insert(EventStore.timeSlot)
            case nil: break
            }
        }
        return slots
    }

    private func take(
        _ argument: Argument?, _ input: borrowing Program.Input, _ rows: UnsafePointer<Int32>,
        _ count: Int, into arguments: UnsafeMutablePointer<Int64>, _ stack: Scratch<Double>
    ) {
        switch argument {
        case nil: arguments.update(repeating: 1, count: count)
        case .slot(let slot):
            let values = input.slots![slot]
            for event in 0..<count { arguments[event] = values[Int(rows[event])] }
        case .code(let slot):
            let codes = input.slots![slot]
            for event in 0..<count {
                let code = codes[Int(rows[event])]
                arguments[event] = code < 0 ? Self.missing : code
            }
        case .orderedNumber(let slot):
            let numbers = input.slots![slot]
            for event in 0..<count {
                arguments[event] = OrderedNumber.encode(bits: numbers[Int(rows[event])])
            }
        case .program(let program):
            program.each(input, rows, count, stack) { event, value in
                arguments[event] = value.isNaN ? Self.missing : value == 0 ? 0 : 1
            }
        case .weekHour(let zone):
            let times = input.slots![EventStore.timeSlot]
            for event in 0..<count {
                arguments[event] = zone.weekHour(of: times[Int(rows[event])])
            }
        }
    }
}

/// What a source takes from an event.
struct Taken {
    var argument = SourcePlan.missing
    var second = SourcePlan.missing

    init(argument: Int64, second: Int64) {
        self.argument = argument
        self.second = second
    }

    /// What a source takes from one event.
    init(
        _ plan: SourcePlan, _ input: borrowing Program.Input, row: Int, stack: Scratch<Double>
    ) {
        var row = Int32(truncatingIfNeeded: row)
        plan.take(
            input, rows: &row, count: 1, arguments: &argument, seconds: &second, stack: stack)
    }

    /// What a source takes from one event that has nothing to work out for it.
    @inline(__always)
    init(_ simple: SourcePlan.Simple, _ slots: Slots, row: Int) {
        switch simple {
        case .everything: argument = 1
        case .slot(let slot): argument = slots[slot][row]
        case .code(let slot):
            let code = slots[slot][row]
            argument = code < 0 ? SourcePlan.missing : code
        }
    }
}

/// One thing that is kept of each entry.
///
/// Running columns hold at an entry what all before it add up to, and one value more behind the last:
/// a window's sum is a difference of two, wherever it begins and ends. Sums wrap around, which
/// differences undo.
struct EntryColumn: Sendable, Equatable {
    enum Content: UInt8, CaseIterable, Sendable {
        /// How many cases there are.
        @inline(__always)
        static var kinds: Int { 17 }

        /// Running: how many events.
        case count
        /// Running: how many arguments are 1.
        case tally
        /// Running: the arguments' sum and the sum of their squares, of 128 bits.
        case sum, squares
        /// The entry's latest and earliest argument, its smallest and largest.
        case latest, earliest, smallest, largest
        /// When the entry's latest and earliest event happened (delayed).
        case latestTime, earliestTime
        /// The entry before and after it that has the same argument.
        case previous, next
        /// The entry's second argument.
        case second
        /// How many entries there are within a span up to this one.
        case burst
        /// Running: the squares of the times from one entry to the next, of 128 bits.
        case gapSquares
        /// When the entry's latest and earliest event became visible: of those that happened at one
        /// moment, that tells which is the later one, where the states of two partitions are merged.
        case latestKnown, earliestKnown

        /// Whether it is the same for all arguments that an event may have.
        var isOfEvents: Bool {
            switch self {
            case .count, .latestTime, .earliestTime, .latestKnown, .earliestKnown, .burst,
                .gapSquares:
                true
            case .tally, .sum, .squares, .latest, .earliest, .smallest, .largest, .previous, .next,
                .second:
                false
            }
        }

        /// Words of an entry.
        var words: Int { self == .sum || self == .squares || self == .gapSquares ? 2 : 1 }
        var isRunning: Bool {
            switch self {
            case .count, .tally, .sum, .squares, .gapSquares: true
            default: false
            }
        }
    }

    let content: Content
    /// Where its words begin.
    let offset: Int
    /// Of the sources that share the entries, the one whose argument it keeps.
    var member = 0
}

/// How a feature's value is read off a source.
struct WindowOutput: Sendable {
    enum Final: Sendable {
        case count, sum, mean, std, share, earliest, sinceLatest, sinceEarliest
        /// The latest argument but some.
        case latest(back: Int)
        /// Whether nothing counts.
        case isEmpty
        case gapMean, gapStd, gapCV
        case decayedCount, decayedSum
        case ratio, zscore
        case speed(second: Decoding)
        /// What a tracker of the source knows.
        case distinct(Int), extreme(Int), entropy(Int), topShare(Int), hourDistance(Int)
        case quantile(Int, Double)
        /// Count over days.
        case perDay(days: Double)
        /// Count over another source's count.
        case perCount(source: Int, window: Int)
    }

    enum Decoding: Sendable {
        /// Divided by a power of ten.
        case scaled(Double)
        case orderedNumber
    }

    /// Where the two ends of a window tell the value, and what is kept at them.
    enum Ends {
        case others
        /// Ids count the entries.
        case ids
        /// What runs, and where its words begin.
        case count(Int)
        case sum(Int, power: Double)
    }

    /// The tracker that is asked.
    @inline(__always)
    var tracker: Int? {
        switch final {
        case .distinct(let tracker), .extreme(let tracker), .entropy(let tracker),
            .topShare(let tracker), .hourDistance(let tracker), .quantile(let tracker, _):
            tracker
        default: nil
        }
    }

    let feature: Int
    /// The source; of states that several share, the state.
    var source: Int
    /// Of the sources that share a state, which.
    var member = 0
    var window: Int
    var final: Final
    let decoding: Decoding
    let includesCurrent: Bool
    /// Known once it is placed.
    var ends = Ends.others
}

/// All that is asked by one key.
final class GroupPlan: Sendable {
    let key: String
    let sources: [SourcePlan]
    /// Read before the unit's event is added, and after.
    let before: [WindowOutput]
    let after: [WindowOutput]
    /// The states of a key value: one for each source.
    let apart: StateLayout
    /// The states of a key value whose events all counted for all sources that see them, or for none.
    let together: StateLayout

    init(
        key: String, sources: [SourcePlan], before: [WindowOutput], after: [WindowOutput]
    ) {
        self.key = key
        self.sources = sources
        self.before = before
        self.after = after
        apart = StateLayout(apart: sources, before: before, after: after)
        together = StateLayout(together: sources, before: before, after: after)
    }

    /// The features that are read.
    var features: [Int] { (before + after).map(\.feature) }
}

/// Doubles as integers of the same order; NaN becomes `SourcePlan.missing`.
enum OrderedNumber {
    static func encode(bits: Int64) -> Int64 {
        let value = Double(bitPattern: UInt64(bitPattern: bits))
        if value.isNaN { return SourcePlan.missing }
        return bits >= 0 ? bits : bits ^ Int64.max
    }

    static func decode(_ ordered: Int64) -> Double {
        Double(bitPattern: UInt64(bitPattern: ordered >= 0 ? ordered : ordered ^ Int64.max))
    }
}
