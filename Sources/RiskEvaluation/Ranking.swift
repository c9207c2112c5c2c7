/// Rows from the highest score to the lowest, with the rows of equal score kept together.
///
/// Sorting is what a metric of ranking costs, so it is done once: every metric, every weighting and
/// every bootstrap resample is then one linear pass over the same order.
///
///     let ranking = try Ranking(scores: scores, labels: labels)
///     let auc = ranking.rocAUC()
///
/// Rows of equal score have no order among themselves, and no metric here depends on one. Infinite
/// scores rank as they compare; -0 and 0 are equal; NaN is refused.
public struct Ranking: Sendable {
    /// Row numbers from the highest score to the lowest; rows of equal score in the order they
    /// came.
    public let rows: [Int32]
    /// The labels in that order.
    public let labels: [Bool]
    /// The weights in that order, nil where every row weighs 1.
    public let weights: [Double]?
    /// The distinct scores, strictly decreasing.
    public let scores: [Double]
    /// Where the rows of each distinct score end in `rows`; they start where the one before ends.
    public let ends: [Int32]

    /// Ranks rows.
    /// - Parameters:
    ///   - scores: the higher, the likelier positive; any monotone scale.
    ///   - weights: observation weights of at least 0; nil for 1 each.
    /// - Throws: `EvaluationError` for sizes that differ, NaN, weights below 0, one class only.
    /// - Complexity: O(n log n).
    public init(
        scores: [Double], labels: [Bool], weights: [Double]? = nil
    ) throws(EvaluationError) {
        precondition(labels.count <= Int(Int32.max))
        try Checks.size("scores", scores.count, expected: labels.count)
        try Checks.weights(weights, expected: labels.count)
        try Checks.bothClasses(labels, weights)
        var entries: [Entry] = []
        entries.reserveCapacity(scores.count)
        for (row, score) in scores.enumerated() {
            if score.isNaN { throw .notANumber(row: row) }
            entries.append(Entry(key: Entry.key(descending: score), row: Int32(row)))
        }
        entries.sort()
        var distinct: [Double] = []
        var ends: [Int32] = []
        for (index, entry) in entries.enumerated()
        where index + 1 == entries.count || entries[index + 1].key != entry.key {
            distinct.append(scores[Int(entry.row)])
            ends.append(Int32(index + 1))
        }
        self.rows = entries.map(\.row)
        self.labels = entries.map { labels[Int($0.row)] }
        self.weights = weights.map { weights in entries.map { weights[Int($0.row)] } }
        self.scores = distinct
        self.ends = ends
    }

    /// A score as an integer that sorts, and the row it belongs to.
    private struct Entry: Comparable {
        let key: UInt64
        let row: Int32

        /// An integer that is the smaller, the larger the score; one for -0 and 0.
        static func key(descending score: Double) -> UInt64 {
            let bits = (score + 0.0).bitPattern
            return bits >> 63 == 0 ? ~(bits | 1 << 63) : bits
        }

        static func < (a: Entry, b: Entry) -> Bool {
            a.key != b.key ? a.key < b.key : a.row < b.row
        }
    }
}

/// The three numbers that one pass over a ranking gives.
public struct RankingMetrics: Equatable, Sendable {
    /// The probability that a positive row outranks a negative one, ties counting one half; 0...1.
    public var rocAUC: Double
    /// The mean precision over the positive rows; 0...1.
    public var averagePrecision: Double
    /// The largest distance between the two classes' distribution functions; 0...1.
    public var ksStatistic: Double
}

extension Ranking {
    /// Area under the receiver operating characteristic: the probability that a positive row
    /// outranks a negative one, ties counting one half (Hanley and McNeil 1982,
    /// doi:10.1148/radiology.143.1.7063747).
    ///
    /// Without weights the pairs are counted in integers, so only the last division rounds.
    /// - Complexity: O(n).
    public func rocAUC() -> Double {
        if weights != nil { return metrics().rocAUC }
        var above = 0
        var negativesSeen = 0
        var twicePairs = 0
        forEachTie { range in
            var positives = 0
            for index in range where labels[index] { positives += 1 }
            let negatives = range.count - positives
            twicePairs += negatives * (2 * above + positives)
            above += positives
            negativesSeen += negatives
        }
        return Double(twicePairs) / Double(2 * above * negativesSeen)
    }

    /// Average precision: Σ over distinct scores of (recall gained there) × (precision down to
    /// there).
    ///
    /// No interpolation, which would be too hopeful; rows of equal score enter together. The
    /// definition of scikit-learn's `average_precision_score`.
    /// - Complexity: O(n).
    public func averagePrecision() -> Double { metrics().averagePrecision }

    /// The two-sample Kolmogorov-Smirnov statistic between the scores of the two classes.
    /// - Complexity: O(n).
    public func ksStatistic() -> Double { metrics().ksStatistic }

    /// All three in one pass.
    /// - Complexity: O(n).
    public func metrics() -> RankingMetrics {
        if let weights {
            return sweep { weights[$0] }!
        }
        return sweep { _ in 1 }!
    }

    /// All three, with row `rows[i]` weighing `weight(i)`; nil where a class weighs nothing.
    @inline(__always)
    func sweep(_ weight: (Int) -> Double) -> RankingMetrics? {
        var positive = 0.0
        var negative = 0.0
        for index in 0..<rows.count {
            let w = weight(index)
            if labels[index] { positive += w } else { negative += w }
        }
        guard positive > 0, negative > 0 else { return nil }
        var truePositive = 0.0
        var falsePositive = 0.0
        var twiceArea = 0.0
        var precisionSum = 0.0
        var distance = 0.0
        forEachTie { range in
            var gained = 0.0
            var lost = 0.0
            for index in range {
                let w = weight(index)
                if labels[index] { gained += w } else { lost += w }
            }
            twiceArea += lost * (2 * truePositive + gained)
            truePositive += gained
            falsePositive += lost
            if gained > 0 {
                precisionSum += gained * (truePositive / (truePositive + falsePositive))
            }
            distance = max(distance, abs(truePositive * negative - falsePositive * positive))
        }
        return RankingMetrics(
            rocAUC: twiceArea / (2 * positive * negative),
            averagePrecision: min(precisionSum / positive, 1),
            ksStatistic: distance / (positive * negative))
    }

    /// Calls with the places of each distinct score, from the highest score down.
    @inline(__always)
    func forEachTie(_ body: (Range<Int>) -> Void) {
        var start = 0
        for end in ends {
            body(start..<Int(end))
            start = Int(end)
        }
    }
}

/// Area under the receiver operating characteristic; see `Ranking.rocAUC()`.
/// - Throws: `EvaluationError` for sizes that differ, NaN, weights below 0, one class only.
/// - Complexity: O(n log n).
public func rocAUC(
    scores: [Double], labels: [Bool], weights: [Double]? = nil
) throws(EvaluationError) -> Double {
    try Ranking(scores: scores, labels: labels, weights: weights).rocAUC()
}

/// Average precision; see `Ranking.averagePrecision()`.
/// - Throws: `EvaluationError` for sizes that differ, NaN, weights below 0, one class only.
/// - Complexity: O(n log n).
public func averagePrecision(
    scores: [Double], labels: [Bool], weights: [Double]? = nil
) throws(EvaluationError) -> Double {
    try Ranking(scores: scores, labels: labels, weights: weights).averagePrecision()
}

/// The Kolmogorov-Smirnov statistic; see `Ranking.ksStatistic()`.
/// - Throws: `EvaluationError` for sizes that differ, NaN, weights below 0, one class only.
/// - Complexity: O(n log n).
public func ksStatistic(
    scores: [Double], labels: [Bool], weights: [Double]? = nil
) throws(EvaluationError) -> Double {
    try Ranking(scores: scores, labels: labels, weights: weights).ksStatistic()
}
