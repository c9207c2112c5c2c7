import RiskColumns
import RiskEvaluation
import RiskModel
import RiskScoring

/// What rows that were scored look like: their scores, what was missing, and how they fall into the bins
/// of the training population. All of it is counts, so it does not depend on the order of adding.
struct ScoredPopulation: Equatable, Sendable {
    /// Buckets of log-odds, 1/32 wide, from -32 to 32; beyond, the outermost ones.
    static let buckets = 2048
    private static let bucketShift: Int64 = 13
    /// Units of `probabilitySum` in 1: beyond 2^33 rows there would be too many.
    static let probabilityUnits = Double(1 << 30)
    /// Bins of features are counted for all rows of the first so many pieces of a file, which are some
    /// megabytes, and for one row of each `stride` behind them.
    private static let wholePieces = 64
    private static let stride = 16

    var rows = 0
    /// The lowest and the highest sum.
    var least = Int64.max
    var most = Int64.min
    /// In units of 2^-30.
    var probabilitySum: Int64 = 0
    /// Rows by log-odds.
    var histogram: [Int]
    /// Rows without a value, one count a feature.
    var missing: [Int]
    /// Rows by the bins of the training population, one a feature; nil where the model has none.
    var features: [PopulationBins]?
    /// By the bins of the training population's log-odds.
    var score: PopulationBins?

    /// Of no rows.
    init(featureCount: Int, reference: TrainingPopulation?) {
        histogram = [Int](repeating: 0, count: Self.buckets)
        missing = [Int](repeating: 0, count: featureCount)
        features = reference?.features.map(\.emptied)
        score = reference?.score.emptied
    }

    /// Counts the rows of a piece of the input.
    /// - Complexity: O(rows × features), some ns a row for each feature.
    mutating func add(_ vectors: FeatureMatrix, _ scores: Scores, piece: Int) {
        rows += scores.count
        for units in scores.units {
            least = min(least, units)
            most = max(most, units)
            histogram[Self.bucket(of: units)] += 1
        }
        for probability in scores.probability {
            probabilitySum += Int64((probability * Self.probabilityUnits).rounded())
        }
        for (feature, column) in vectors.columns.enumerated() {
            var count = 0
            column.withUnsafeBufferPointer { for value in $0 { count &+= value.isNaN ? 1 : 0 } }
            missing[feature] += count
        }
        guard features != nil else { return }
        let step = piece < Self.wholePieces ? 1 : Self.stride
        for units in scores.units { score?.add(LogOdds.value(units)) }
        for (feature, column) in vectors.columns.enumerated() {
            for row in Swift.stride(from: 0, to: column.count, by: step) {
                features![feature].add(column[row], rows: step)
            }
        }
    }

    /// Adds what another one has counted.
    mutating func add(_ other: ScoredPopulation) {
        rows += other.rows
        least = min(least, other.least)
        most = max(most, other.most)
        probabilitySum += other.probabilitySum
        for bucket in histogram.indices { histogram[bucket] += other.histogram[bucket] }
        for feature in missing.indices { missing[feature] += other.missing[feature] }
        if let bins = other.features {
            for feature in bins.indices { features?[feature].add(bins[feature]) }
        }
        if let bins = other.score { score?.add(bins) }
    }

    private static func bucket(of units: Int64) -> Int {
        Int(min(max((units >> bucketShift) + Int64(buckets / 2), 0), Int64(buckets - 1)))
    }

    /// The log-odds, in units, up to which a share of the rows lies: the upper end of its bucket, and no
    /// more than the highest.
    func quantile(_ share: Double) -> Int64 {
        var left = Int((share * Double(rows)).rounded(.up))
        for (bucket, count) in histogram.enumerated() {
            left -= count
            if left <= 0 {
                let end = (Int64(bucket - Self.buckets / 2) + 1) << Self.bucketShift
                return min(max(end, least), most)
            }
        }
        return most
    }

    /// The mean probability.
    var meanProbability: Double {
        Double(probabilitySum) / Self.probabilityUnits / Double(max(rows, 1))
    }
}
