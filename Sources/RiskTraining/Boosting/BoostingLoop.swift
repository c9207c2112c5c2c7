/// Rounds of boosting between looks at the data.
///
/// A look takes the exact loss, gradients and Hessians of all rows. Between two looks rounds are made
/// on the quadratic model of the loss that a look and the Gram matrix give: the best stump is found
/// as from the rows themselves, and the gradient sums are moved by what the stump does to them. A
/// round costs O(features × bins), not O(rows × features). It is Newton's method with boosting as its
/// inner solver, so it stops, shrinks and selects features as boosting does.
///
/// **Trust region** (Conn, Gould and Toint 2000): a look tells how much of the promised decrease came
/// true. Where most did, twice as many rounds are made until the next look; where less than half did, half as many.
/// Where the loss rose, the rounds are undone and fewer are tried, in the end one, shortened. So the
/// training loss at looks never rises.
///
/// The tables that grow are whole numbers of 2^-24 of log-odds, as the margins are, so at every
/// look a row's margin *is* the sum of its tables' entries.
struct BoostingLoop {
    /// What stops the rounds, and what is reported meanwhile.
    struct Settings {
        var rounds: Int
        /// Rounds without a lower held-out loss after which boosting stops; 0 = never.
        var patience: Int
        /// The most rounds between two looks; with 1 this is histogram boosting.
        var roundsPerLook: Int
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
        /// The stumps of the best look and all before it.
        var stumps: [Stump] = []
        /// The sums of Hessians by bin at the last look.
        var hessians: [Double] = []
        var end = End.allRounds
        /// The mean training loss at each look that was accepted, from the first.
        var losses: [Double] = []
        /// Looks whose rounds were undone, and refreshed Gram matrices.
        var undone = 0
        var refreshed = 0
    }

    let search: StumpSearch
    let rows: PartitionedRows
    /// nil for a look at every round.
    let gram: GramMatrix?
    let intercept: Int32
    /// The largest magnitude of a margin to begin with; nil for that of the intercept.
    var bound: Int64?
    /// Which features may be used; nil for all, as often as they help.
    var usage: FeatureUsage?
    /// How many reports there are at most, about.
    static let reports = 50
    /// Halvings of a single stump before it is given up.
    private static let halvings = 10

    /// Rounds proposed from one look.
    private struct Proposal {
        var stumps: [Stump] = []
        var change = 0.0
        var end: End?
        var bounds: MarginBounds
        var usage: FeatureUsage?
    }

    /// - Complexity: O(looks × rows × features + rounds × features × bins).
    func run(_ settings: Settings) throws(TrainingError) -> Result {
        let features = search.cuts.count
        let most = gram == nil ? 1 : settings.roundsPerLook
        let interval = max(1, settings.rounds / Self.reports)
        var result = Result()
        var bounds = MarginBounds(
            features, search.length, bound: bound ?? abs(Int64(intercept)))
        var usage = usage
        var look = try rows.look(adding: nil)
        result.losses.append(rows.scale.mean(look.loss))
        var best = (round: 0, loss: try rows.heldOutLoss(adding: nil) ?? .infinity)
        var reported = 0
        var trusted = 1
        var curvature = Curvature()
        while result.stumps.count < settings.rounds {
            let count = min(trusted, settings.rounds - result.stumps.count)
            if count > 1, let gram, curvature.isStale(look.hessians) {
                gram.refresh(try rows.pairs())
                curvature.taken(look.hessians)
                result.refreshed += 1
            }
            var proposal = propose(count, from: look, bounds, usage)
            if proposal.stumps.isEmpty {
                result.end = proposal.end ?? .noSplit
                break
            }
            guard let next = try verify(&proposal, after: look, &trusted, &curvature, &result)
            else {
                result.end = .noSplit
                break
            }
            if next.loss > look.loss { continue }
            let share =
                Double(look.loss - next.loss) / max(-proposal.change * rows.scale.lossUnits, 1)
            if share < 0.5 {
                trusted = max(1, trusted / 2)
                curvature.distrust()
            } else if share > 0.7 {
                trusted = min(2 * trusted, most)
            }
            look = next
            bounds = proposal.bounds
            usage = proposal.usage
            result.stumps += proposal.stumps
            result.losses.append(rows.scale.mean(look.loss))

            let round = result.stumps.count
            let loss =
                try rows.watchesHeldOut
                ? rows.heldOutLoss(
                    adding: MarginTables(
                        proposal.stumps, features: features, length: search.length)) : nil
            if let loss, loss < best.loss { best = (round, loss) }
            if round - reported >= interval || round == settings.rounds {
                reported = round
                if !settings.report(round, rows.scale.mean(look.loss), loss) {
                    result.end = .stopped
                    break
                }
            }
            if rows.watchesHeldOut, settings.patience > 0, round - best.round >= settings.patience {
                result.end = .heldOutLoss
                break
            }
            if let end = proposal.end {
                result.end = end
                break
            }
        }
        result.hessians = look.hessians
        if rows.watchesHeldOut { result.stumps.removeLast(result.stumps.count - best.round) }
        return result
    }

    /// Makes rounds on the quadratic model.
    private func propose(
        _ count: Int, from look: PartitionedRows.Look, _ bounds: MarginBounds,
        _ usage: FeatureUsage?
    ) -> Proposal {
        var proposal = Proposal(bounds: bounds, usage: usage)
        var gradients = look.gradients
        while proposal.stumps.count < count {
            guard let choice = search.best(gradients, look.hessians, among: proposal.usage)
            else {
                // On the rows themselves there may still be one.
                if proposal.stumps.isEmpty { proposal.end = .noSplit }
                break
            }
            guard proposal.bounds.admits(choice.stump) else {
                proposal.end = .limit
                break
            }
            proposal.stumps.append(choice.stump)
            proposal.usage?.add(choice.stump.feature)
            proposal.change += choice.change
            if proposal.stumps.count < count {
                gram?.move(&gradients, look.hessians, by: choice.stump)
            }
        }
        return proposal
    }

    /// Applies a proposal and looks. Where the loss rose the margins are as before: several rounds
    /// leave it at that, and fewer are trusted; one alone is shortened until the loss falls.
    /// - Returns: nil where even a shortened stump does not lower the loss.
    private func verify(
        _ proposal: inout Proposal, after look: PartitionedRows.Look, _ trusted: inout Int,
        _ curvature: inout Curvature, _ result: inout Result
    ) throws(TrainingError) -> PartitionedRows.Look? {
        func tables(_ sign: Int64) -> MarginTables {
            MarginTables(
                proposal.stumps, features: search.cuts.count, length: search.length, sign: sign)
        }
        for _ in 0...Self.halvings {
            let next = try rows.look(adding: tables(1))
            if next.loss <= look.loss { return next }
            try rows.takeAway(tables(-1))
            result.undone += 1
            if proposal.stumps.count > 1 {
                trusted = max(1, proposal.stumps.count / 4)
                curvature.distrust()
                return next
            }
            proposal.stumps[0].left /= 2
            proposal.stumps[0].right /= 2
            proposal.change /= 2
        }
        return nil
    }
}

/// Whether the Gram matrix still is the curvature at the margins.
private struct Curvature {
    private var reference: [Double] = []
    private var isDistrusted = true
    /// The share of the Hessians that may have moved to other bins.
    private static let tolerance = 0.1

    mutating func distrust() { isDistrusted = true }

    mutating func taken(_ hessians: [Double]) {
        reference = hessians
        isDistrusted = false
    }

    func isStale(_ hessians: [Double]) -> Bool {
        if isDistrusted { return true }
        let (now, then) = (hessians.reduce(0, +), reference.reduce(0, +))
        guard then > 0 else { return true }
        let factor = now / then
        var moved = 0.0
        for (a, b) in zip(hessians, reference) { moved += abs(a - b * factor) }
        return moved > Self.tolerance * now
    }
}

/// Sees to it that no sum of table entries can leave the range of a margin.
private struct MarginBounds {
    private var tables: [[Int64]]
    private var largest: [Int64]
    private var sum: Int64

    init(_ features: Int, _ length: Int, bound: Int64) {
        tables = Array(repeating: Array(repeating: 0, count: length), count: features)
        largest = Array(repeating: 0, count: features)
        sum = bound
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
