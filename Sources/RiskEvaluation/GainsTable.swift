/// How much of the fraud is found in the highest-scored part of the rows.
public struct GainsTable: Equatable, Sendable {
    /// The rows from the top down to a share of all.
    public struct Line: Equatable, Sendable {
        /// The share of the weight that is looked at, 0...1.
        public var share: Double
        /// The score at the boundary.
        public var threshold: Double
        /// The weight that is looked at.
        public var weight: Double
        /// The weight of the positive rows among it.
        public var positives: Double
        /// positives / weight: the precision of looking at these.
        public var precision: Double
        /// The share of all positives that is found: the recall, or gain.
        public var gain: Double
        /// precision / base rate: how many times better than looking at random.
        public var lift: Double
    }

    /// The weighted share of positive rows.
    public var baseRate: Double
    /// In the order of the shares asked for.
    public var lines: [Line]
}

/// A point of a curve over all thresholds: "positive" is every score of at least `threshold`.
public struct CurvePoint: Equatable, Sendable {
    /// The threshold.
    public var threshold: Double
    /// Of what is called positive, the share that is.
    public var precision: Double
    /// Of the positive, the share that is called so: the true positive rate.
    public var recall: Double
    /// Of the negative, the share that is called positive.
    public var falsePositiveRate: Double
}

extension Ranking {
    /// Precision, gain and lift of looking at the top of the ranking.
    ///
    /// Rows of equal score that lie across a boundary count with the same part each, which is what
    /// a random order among them gives in the mean.
    /// - Parameter shares: of the weight, each in (0, 1].
    /// - Throws: `EvaluationError.invalidSetting` for a share outside (0, 1].
    /// - Complexity: O(n + shares × log n).
    public func gains(
        shares: [Double] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1]
    ) throws(EvaluationError) -> GainsTable {
        for share in shares where !(share > 0 && share <= 1) {
            throw .invalidSetting("expected a share above 0 and up to 1, found \(share)")
        }
        let sums = cumulative()
        let (allPositive, all) = (sums.positive.last!, sums.positive.last! + sums.negative.last!)
        let lines = shares.map { share in
            let wanted = share * all
            // The first tie whose end reaches what is wanted.
            var low = 0
            var high = ends.count - 1
            while low < high {
                let middle = (low + high) / 2
                if sums.positive[middle] + sums.negative[middle] < wanted {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            let before = low == 0 ? (0, 0) : (sums.positive[low - 1], sums.negative[low - 1])
            let own = (sums.positive[low] - before.0, sums.negative[low] - before.1)
            let part = own.0 + own.1 > 0 ? (wanted - before.0 - before.1) / (own.0 + own.1) : 0
            let positives = before.0 + min(part, 1) * own.0
            return GainsTable.Line(
                share: share, threshold: scores[low], weight: wanted, positives: positives,
                precision: positives / wanted, gain: positives / allPositive,
                lift: positives / wanted * (all / allPositive))
        }
        return GainsTable(baseRate: allPositive / all, lines: lines)
    }

    /// The points of the precision-recall curve and of the ROC curve, from the highest threshold
    /// down.
    ///
    /// One point for each distinct score, or about `limit` of them at even steps of recall, the
    /// last always among them. A score whose rows weigh nothing has no point.
    /// - Complexity: O(n).
    public func curve(limit: Int = .max) -> [CurvePoint] {
        let sums = cumulative()
        let (allPositive, allNegative) = (sums.positive.last!, sums.negative.last!)
        var points: [CurvePoint] = []
        var lastStep = -1
        for (tie, threshold) in scores.enumerated() {
            let (positive, negative) = (sums.positive[tie], sums.negative[tie])
            let before = tie == 0 ? 0 : sums.positive[tie - 1] + sums.negative[tie - 1]
            guard positive + negative > before else { continue }
            let recall = positive / allPositive
            if limit < scores.count {
                let step = Int(recall * Double(limit))
                if step == lastStep && tie + 1 < scores.count { continue }
                lastStep = step
            }
            points.append(
                CurvePoint(
                    threshold: threshold, precision: positive / (positive + negative),
                    recall: recall, falsePositiveRate: negative / allNegative))
        }
        return points
    }

    /// The weight of each class down to the end of each distinct score.
    private func cumulative() -> (positive: [Double], negative: [Double]) {
        var positive: [Double] = []
        var negative: [Double] = []
        var (p, n) = (0.0, 0.0)
        forEachTie { range in
            for index in range {
                let w = weights?[index] ?? 1
                if labels[index] { p += w } else { n += w }
            }
            positive.append(p)
            negative.append(n)
        }
        return (positive, negative)
    }
}
