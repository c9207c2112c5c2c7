/// What was predicted and what came, bin by bin.
public struct CalibrationTable: Equatable, Sendable {
    /// Rows of neighbouring probabilities.
    public struct Bin: Equatable, Sendable {
        /// The number of rows.
        public var rows: Int
        /// The sum of their weights.
        public var weight: Double
        /// The smallest and the largest probability.
        public var probabilities: ClosedRange<Double>
        /// The weighted mean probability.
        public var meanProbability: Double
        /// The weighted share of positive rows.
        public var observedRate: Double
        /// Where the true rate lies with the table's confidence.
        public var interval: ClosedRange<Double>
    }

    /// From the lowest probabilities to the highest; at most as many as were asked for.
    public var bins: [Bin]
    /// Σ over bins of (share of the weight) × |observed rate − mean probability|; 0...1, 0 is best
    /// (Naeini, Cooper, Hauskrecht 2015). It grows with noise, so compare only like with like.
    public var expectedCalibrationError: Double
}

/// Compares probabilities with what came, in bins of about equal weight.
///
/// Rows of equal probability share a bin. The intervals are Wilson's (1927,
/// doi:10.1080/01621459.1927.10502953) for as many independent rows as the weights amount to by
/// Kish; rows of one entity are not independent, so `EvaluationReport` replaces them by intervals
/// that resample entities.
/// - Parameter confidence: of the intervals, in (0, 1).
/// - Throws: `EvaluationError` for no rows, sizes that differ, no probability, weights below 0,
///   bins below 1.
/// - Complexity: O(n log n).
public func calibrationTable(
    probabilities: [Double], labels: [Bool], weights: [Double]? = nil, bins: Int = 10,
    confidence: Double = 0.95
) throws(EvaluationError) -> CalibrationTable {
    let total = try Checks.probabilityInput(probabilities, labels, weights)
    if bins < 1 { throw .invalidSetting("expected at least 1 bin, found \(bins)") }
    try Checks.confidence(confidence)
    let binned = ProbabilityBins(probabilities, weights: weights, count: bins)
    var table = CalibrationTable(bins: [], expectedCalibrationError: 0)
    for range in binned.ranges {
        let rows = binned.rows[range]
        let sums = BinSums(rows, probabilities, labels, weights)
        guard sums.weight > 0 else { continue }
        let mean = sums.probability / sums.weight
        let rate = sums.positive / sums.weight
        table.expectedCalibrationError += sums.weight / total * abs(rate - mean)
        table.bins.append(
            CalibrationTable.Bin(
                rows: rows.count, weight: sums.weight,
                probabilities: probabilities[Int(rows.first!)]...probabilities[Int(rows.last!)],
                meanProbability: mean, observedRate: rate,
                interval: wilsonInterval(
                    rate: rate, count: sums.weight * sums.weight / sums.squaredWeight,
                    confidence: confidence)))
    }
    return table
}

/// Wilson's score interval for a rate seen in `count` independent trials.
func wilsonInterval(rate: Double, count: Double, confidence: Double) -> ClosedRange<Double> {
    let z = normalQuantile((1 + confidence) / 2)
    let share = z * z / count
    let centre = (rate + share / 2) / (1 + share)
    let half = z / (1 + share) * ((rate * (1 - rate) + share / 4) / count).squareRoot()
    return max(0, min(rate, centre - half))...min(1, max(rate, centre + half))
}

/// The quantile of the standard normal distribution for a probability in [1/2, 1).
///
/// Found by halving on the distribution function, whose integral is summed by Simpson's rule: slow,
/// short, and good to 1e-12, which an interval's end does not need.
func normalQuantile(_ probability: Double) -> Double {
    func density(_ x: Double) -> Double { exponential(-x * x / 2) * 0.398_942_280_401_432_7 }
    func above(_ x: Double) -> Double {
        let steps = 512
        let width = x / Double(steps)
        var sum = density(0) + density(x)
        for step in 1..<steps { sum += (step % 2 == 1 ? 4 : 2) * density(Double(step) * width) }
        return sum * width / 3
    }
    var low = 0.0
    var high = 8.0
    for _ in 0..<60 {
        let middle = (low + high) / 2
        if above(middle) < probability - 0.5 { low = middle } else { high = middle }
    }
    return (low + high) / 2
}

extension Checks {
    static func confidence(_ confidence: Double) throws(EvaluationError) {
        if !(confidence > 0 && confidence < 1) {
            throw .invalidSetting("expected a confidence between 0 and 1, found \(confidence)")
        }
    }
}
