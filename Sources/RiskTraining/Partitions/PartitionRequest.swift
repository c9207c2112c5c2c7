import RiskModel

/// What a learner asks of a partition.
///
/// Requests are made by learners only; a partition that lies elsewhere passes their bytes on.
public struct PartitionRequest: Sendable {
    /// The requests, in the order in which training makes them.
    enum Kind: Sendable {
        /// Names, rows, weights. → summary
        case summary
        /// Weights as multiples of 2^exponent, divided by 2^shift. → weights
        case weigh(exponent: Int, shift: Int)
        /// All weights are this one. → weights
        case unweighted(unit: Double)
        /// A hash of each row, where rows without times are held out. → hashes
        case rowHashes
        /// The names that stand for their times. → done
        case rowNames([UInt64])
        /// The weight at each moment, of all rows or of those with a label. → moments
        case moments(label: UInt8?)
        /// Which rows are held out: those from a moment on, by label where there are two. → parts
        case split(from: [Int64])
        /// The model to go on from. → done
        case goOn(from: AdditiveModel)
        /// The rows to be learned from now on, and whether they need names. → hashes, or done
        case stage(Stage, names: Bool)
        /// The names of rows. → done
        case names([UInt64])
        /// A column's values, in the rows drawn. → distinct
        case distinct(column: Int, halvings: Int?)
        /// Bins. → counts
        case bin([Binning.FeatureBins])
        /// Fewer bins out of these. → done
        case merge([Binning.FeatureBins], maps: [[UInt8]])
        /// Weights by a bootstrap sample. → total
        case bag(Int)
        /// Boosting begins. → done
        case begin(Run)
        /// Adds tables to the scores, and sums gradients. → sums
        case look(MarginTables?)
        /// Takes tables away from the scores. → done
        case takeAway(MarginTables)
        /// Adds tables to the scores of rows held out, and sums their losses. → total
        case heldOutLoss(MarginTables?)
        /// The sum of the Hessians that the Gram matrix is made of. → total
        case hessians
        /// These by pairs of bins, divided by 2^shift. → pairs
        case pairs(shift: Int)
        /// The scores of the rows held out. → scores
        case scores(ScoreTableBuilder.Parts)
        /// The weighted sum of each table's entries. → typical
        case typical([ScoreTable])
    }

    /// Which rows are learned.
    enum Stage: UInt8, Sendable {
        /// Those that are not held out.
        case earlier
        case all
    }

    /// Rounds of boosting on a stage's rows.
    struct Run: Sendable, Equatable {
        /// Every row's score to begin with, in margin units, where no model is gone on from.
        var intercept: Int32
        /// Whether rows weigh as in the bag that was asked for last.
        var isBag: Bool
        /// How often the rows of the Gram matrix are halved; nil for no such matrix.
        var gramHalvings: Int?
        var scale: SumScale
        /// Of the rows held out; nil where none are watched.
        var heldOut: SumScale?
    }

    let kind: Kind

    init(kind: Kind) { self.kind = kind }

    /// What is asked for, in a word or two.
    public var name: String { kind.name }
}

extension PartitionRequest.Kind {
    var name: String {
        switch self {
        case .summary: "summary"
        case .weigh, .unweighted: "weights"
        case .rowHashes: "hashes of rows"
        case .rowNames: "names of rows"
        case .moments: "moments"
        case .split: "split"
        case .goOn: "earlier model"
        case .stage: "stage"
        case .names: "names"
        case .distinct: "distinct values"
        case .bin: "bins"
        case .merge: "merged bins"
        case .bag: "bag"
        case .begin: "begin"
        case .look: "look"
        case .takeAway: "take away"
        case .heldOutLoss: "held-out loss"
        case .hessians: "Hessians"
        case .pairs: "pairs"
        case .scores: "scores"
        case .typical: "typical entries"
        }
    }
}
