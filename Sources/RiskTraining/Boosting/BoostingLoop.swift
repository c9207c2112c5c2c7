/// Rounds of boosting over binned rows: sum gradients, take the best stump, go on.
///
/// The tables that grow are whole numbers of 2^-24 of log-odds, as the margins are, so at every
/// moment a row's margin *is* the sum of its tables' entries.
struct BoostingLoop {
    /// What stops the rounds, and what is reported meanwhile.
    struct Settings {
        var rounds: Int
        /// Rounds without a lower held-out loss after which boosting stops; 0 = never.
        var patience: Int
        /// Called with the round, the training loss and the held-out loss; false stops.
        var report: (_ round: Int, _ training: Double, _ heldOut: Double?) -> Bool
    }

    /// Why the rounds ended.
    enum End: String, Sendable {
        case allRounds = "all rounds done"
        case noSplit = "no stump lowers the loss within the bounds"
        case heldOutLoss = "the held-out loss no longer falls"
        case limit = "log-odds reached the limit of 64"
        case stopped = "stopped from outside"
    }

    /// What came out.
    struct Result {
        /// The stumps of the best round and all before it.
        var stumps: [Stump]
        /// The intercept in margin units.
        var intercept: Int32
        var end: End
        /// The weight multiples in each bin, `length` entries a feature.
        var counts: [Int64]
    }

    let search: StumpSearch
    let training: GradientHistogram
    let heldOut: GradientHistogram?
    let intercept: Int32
    /// How many rounds lie between two looks at the training loss.
    static let looks = 50

    /// - Complexity: O(rounds × rows × features).
    func run(_ settings: Settings) -> Result {
        var stumps: [Stump] = []
        var end = End.allRounds
        var best: (round: Int, loss: Double) = (0, heldOut?.logLoss() ?? .infinity)
        var bounds = MarginBounds(search.features.count, search.length, intercept: intercept)
        let interval = max(1, settings.rounds / Self.looks)
        while stumps.count < settings.rounds {
            guard let stump = search.best(training.sum(after: stumps.last)) else {
                end = .noSplit
                break
            }
            guard bounds.admits(stump) else {
                end = .limit
                break
            }
            stumps.append(stump)
            let round = stumps.count
            var loss: Double?
            if let heldOut {
                heldOut.add(stump)
                let now = heldOut.logLoss()
                if now < best.loss { best = (round, now) }
                loss = now
            }
            if round % interval == 0 || round == settings.rounds {
                // The margins do not hold the newest stump yet: this is the loss before it.
                if !settings.report(round, training.logLoss(), loss) {
                    end = .stopped
                    break
                }
            }
            if heldOut != nil, settings.patience > 0, round - best.round >= settings.patience {
                end = .heldOutLoss
                break
            }
        }
        if heldOut != nil { stumps.removeLast(stumps.count - best.round) }
        return Result(stumps: stumps, intercept: intercept, end: end, counts: search.counts)
    }
}

/// Sees to it that no sum of table entries can leave the range of a margin.
private struct MarginBounds {
    private var tables: [[Int64]]
    private var largest: [Int64]
    private var sum: Int64
    private let length: Int

    init(_ features: Int, _ length: Int, intercept: Int32) {
        self.length = length
        tables = Array(repeating: Array(repeating: 0, count: length), count: features)
        largest = Array(repeating: 0, count: features)
        sum = abs(Int64(intercept))
    }

    /// Whether the margins stay within bounds with this stump, which is then counted.
    mutating func admits(_ stump: Stump) -> Bool {
        var table = tables[stump.feature]
        table.add(stump)
        let bound = table.reduce(0) { max($0, abs($1)) }
        let grown = sum - largest[stump.feature] + bound
        // A little room is left for the final rounding of each entry.
        if grown > GradientHistogram.marginLimit - (1 << 20) { return false }
        tables[stump.feature] = table
        largest[stump.feature] = bound
        sum = grown
        return true
    }
}

extension [Int64] {
    /// Adds a stump to a table: an entry a bin, the last one for missing values.
    mutating func add(_ stump: Stump) {
        for bin in 0..<(count - 1) {
            self[bin] += Int64(bin <= stump.lastLeft ? stump.left : stump.right)
        }
        self[count - 1] += Int64(stump.missingLeft ? stump.left : stump.right)
    }
}
