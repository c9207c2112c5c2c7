import RiskColumns

/// What one state holds for each key value: the events of one type by one key, seen with one delay,
/// through windows of one kind.
final class SourcePlan: Sendable {
    /// How events are kept.
    enum Mode: Equatable {
        /// An entry an event: windows (t - W, t].
        case exact
        /// An entry a tile of `hop`: windows (floor(t - W, hop), t].
        case tiled(hop: Int64)
        /// No entries: all of the past.
        case unbounded
    }

    let eventType: Int
    let key: String
    let delay: Int64
    let mode: Mode
    let measures: [Measure]
    /// The lengths of the windows; in unbounded mode one, without meaning.
    let windows: [Int64]
    /// What is kept up to date for a window.
    let totals: [Total]
    /// For each window, the totals that change as entries enter and leave it.
    let totalsOfWindow: [[Total]]
    /// Words of an entry: its time (or tile), then the measures.
    let entryWords: Int
    /// Words of the state: a head a window, then totals, then what measures keep.
    let stateWords: Int

    init(
        eventType: Int, key: String, delay: Int64, mode: Mode, measures: [Measure],
        windows: [Int64], totals: [Total], entryWords: Int, stateWords: Int
    ) {
        self.eventType = eventType
        self.key = key
        self.delay = delay
        self.mode = mode
        self.measures = measures
        self.windows = windows
        self.totals = totals
        self.totalsOfWindow = windows.indices.map { window in
            totals.filter { $0.window == window }
        }
        self.entryWords = entryWords
        self.stateWords = stateWords
    }
}

/// What is taken from an event, and how it adds up: the middle of prepare, update, finalise.
struct Measure: Sendable {
    enum Family: Sendable, Equatable {
        /// How many.
        case count
        /// How many, and their sum (128 bits).
        case moments
        /// How many, their sum and the sum of their squares.
        case power
        case smallest, largest
        /// The value and time of the latest, the earliest.
        case latest, earliest
        /// How many different codes.
        case distinct
    }

    enum Argument: Sendable, Equatable {
        case one
        /// The value of an integer slot.
        case slot(Int)
        /// The value of a slot of codes, among which -1 is missing.
        case code(Int)
        /// The value of a slot of doubles, as an integer of the same order.
        case orderedNumber(Int)
        /// Whether a condition holds, as 0 or 1.
        case program(Program)
    }

    let family: Family
    let argument: Argument
    let condition: Program?
    /// Where its words begin in an entry.
    let entryOffset: Int
    /// Where its words begin in the state, for families that keep some a measure.
    let stateOffset: Int

    /// What an event gives that does not count for the measure.
    static let skip = Int64.min

    /// Words in an entry: the argument itself, or for a tile what its events add up to.
    static func entryWidth(_ family: Family, _ mode: SourcePlan.Mode) -> Int {
        switch (mode, family) {
        case (.unbounded, _), (.tiled, .latest): 0
        case (.exact, _): 1
        case (.tiled, .count), (.tiled, .smallest), (.tiled, .largest), (.tiled, .distinct): 1
        case (.tiled, .earliest): 2
        case (.tiled, .moments): 3
        case (.tiled, .power): 5
        }
    }

    /// Words in the state that do not depend on a window.
    static func stateWidth(_ family: Family, _ mode: SourcePlan.Mode) -> Int {
        switch family {
        case .latest: 2
        case .earliest: mode == .unbounded ? 2 : 0
        case .smallest, .largest: mode == .unbounded ? 1 : 0
        default: 0
        }
    }

    /// Words of a total of a window.
    static func totalWidth(_ family: Family, _ mode: SourcePlan.Mode) -> Int {
        switch family {
        case .count: 1
        case .moments: 3
        case .power: 5
        case .distinct: 1
        // Where the scan for the earliest counting entry has got to.
        case .earliest: mode == .unbounded ? 0 : 1
        case .smallest, .largest, .latest: 0
        }
    }

    func isSame(_ family: Family, _ argument: Argument, _ condition: Program?) -> Bool {
        self.family == family && self.argument == argument && self.condition == condition
    }
}

/// What is kept up to date for a measure and a window.
struct Total: Sendable {
    let measure: Int
    let family: Measure.Family
    let entryOffset: Int
    let window: Int
    /// Where its words begin in the state.
    let offset: Int
}

/// How a feature's value is read off a state.
struct WindowOutput: Sendable {
    enum Final: Sendable {
        case count, sum, mean, std, share, extreme, latest, earliest, sinceLatest, sinceEarliest
        case distinct
        /// Count over days.
        case perDay(days: Double)
        /// Count over another state's count.
        case perCount(source: Int, offset: Int)
    }

    enum Decoding: Sendable {
        /// Divided by a power of ten.
        case scaled(Double)
        case orderedNumber
    }

    let feature: Int
    let source: Int
    let measure: Int
    let window: Int
    /// Where the total's words begin; 0 where the measure has none.
    let offset: Int
    let final: Final
    let decoding: Decoding
    let includesCurrent: Bool
}

/// All that is asked by one key.
struct GroupPlan: Sendable {
    let key: String
    let sources: [SourcePlan]
    /// Read before the unit's event is added, and after.
    let before: [WindowOutput]
    let after: [WindowOutput]
}

/// Doubles as integers of the same order; NaN becomes `Measure.skip`.
enum OrderedNumber {
    static func encode(bits: Int64) -> Int64 {
        let value = Double(bitPattern: UInt64(bitPattern: bits))
        if value.isNaN { return Measure.skip }
        return bits >= 0 ? bits : bits ^ Int64.max
    }

    static func decode(_ ordered: Int64) -> Double {
        Double(bitPattern: UInt64(bitPattern: ordered >= 0 ? ordered : ordered ^ Int64.max))
    }
}
