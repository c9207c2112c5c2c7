/// Mean negative log-likelihood of the labels, in nats per row: −Σ w ln p(label) / Σ w.
///
/// Probabilities are held within 2^-52 … 1 − 2^-52, so that one wrong certainty costs 36 nats and
/// not infinity; scikit-learn's `log_loss` does the same. One class only is no error here.
/// - Throws: `EvaluationError` for no rows, sizes that differ, no probability, weights below 0.
/// - Complexity: O(n).
public func logLoss(
    probabilities: [Double], labels: [Bool], weights: [Double]? = nil
) throws(EvaluationError) -> Double {
    let total = try Checks.probabilityInput(probabilities, labels, weights)
    var sum = 0.0
    for row in labels.indices {
        sum += (weights?[row] ?? 1) * logLoss(probabilities[row], labels[row])
    }
    return sum / total
}

/// Mean squared distance of probability and label (Brier 1950): Σ w (p − y)² / Σ w; 0...1.
/// - Throws: `EvaluationError` for no rows, sizes that differ, no probability, weights below 0.
/// - Complexity: O(n).
public func brierScore(
    probabilities: [Double], labels: [Bool], weights: [Double]? = nil
) throws(EvaluationError) -> Double {
    let total = try Checks.probabilityInput(probabilities, labels, weights)
    var sum = 0.0
    for row in labels.indices {
        let distance = probabilities[row] - (labels[row] ? 1 : 0)
        sum += (weights?[row] ?? 1) * distance * distance
    }
    return sum / total
}

/// The Brier score taken apart over bins of the probability.
///
///     score = reliability − resolution + uncertainty + withinBinVariance − withinBinCovariance
///
/// Murphy's three parts (1973, doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2) add up by
/// themselves only where all rows of a bin have one probability; the two within-bin parts of
/// Stephenson, Coelho and Jolliffe (2008, doi:10.1175/2007WAF2006116.1) make it exact for any bins.
public struct BrierDecomposition: Equatable, Sendable {
    /// The Brier score, 0...1.
    public var score: Double
    /// How far the bins' mean probabilities are from their observed rates; 0 is best.
    public var reliability: Double
    /// How far the bins' observed rates are from the base rate; the more, the better.
    public var resolution: Double
    /// base rate × (1 − base rate): nothing that a model can change.
    public var uncertainty: Double
    /// How much the probabilities vary inside bins.
    public var withinBinVariance: Double
    /// Twice how much of that variation the labels follow.
    public var withinBinCovariance: Double
    /// The number of bins that the parts were taken over.
    public var binCount: Int
}

/// Takes the Brier score apart over bins of about equal weight.
/// - Parameter bins: how many are aimed at; rows of equal probability share one, so there may be
///   fewer.
/// - Throws: `EvaluationError` for no rows, sizes that differ, no probability, weights below 0,
///   bins below 1.
/// - Complexity: O(n log n).
public func brierDecomposition(
    probabilities: [Double], labels: [Bool], weights: [Double]? = nil, bins: Int = 10
) throws(EvaluationError) -> BrierDecomposition {
    let total = try Checks.probabilityInput(probabilities, labels, weights)
    if bins < 1 { throw .invalidSetting("expected at least 1 bin, found \(bins)") }
    let binned = ProbabilityBins(probabilities, weights: weights, count: bins)
    var positive = 0.0
    for row in labels.indices where labels[row] { positive += weights?[row] ?? 1 }
    let base = positive / total
    var parts = BrierDecomposition(
        score: try brierScore(probabilities: probabilities, labels: labels, weights: weights),
        reliability: 0, resolution: 0, uncertainty: base * (1 - base), withinBinVariance: 0,
        withinBinCovariance: 0, binCount: binned.ends.count)
    for range in binned.ranges {
        let sums = BinSums(binned.rows[range], probabilities, labels, weights)
        guard sums.weight > 0 else { continue }
        let mean = sums.probability / sums.weight
        let rate = sums.positive / sums.weight
        parts.reliability += sums.weight * (mean - rate) * (mean - rate)
        parts.resolution += sums.weight * (rate - base) * (rate - base)
        for row in binned.rows[range].map(Int.init) {
            let weight = weights?[row] ?? 1
            let off = probabilities[row] - mean
            parts.withinBinVariance += weight * off * off
            parts.withinBinCovariance += 2 * weight * off * ((labels[row] ? 1 : 0) - rate)
        }
    }
    parts.reliability /= total
    parts.resolution /= total
    parts.withinBinVariance /= total
    parts.withinBinCovariance /= total
    return parts
}

/// What the rows of a bin add up to.
struct BinSums {
    var weight = 0.0
    var squaredWeight = 0.0
    var probability = 0.0
    var positive = 0.0

    init(
        _ rows: ArraySlice<Int32>, _ probabilities: [Double], _ labels: [Bool], _ weights: [Double]?
    ) {
        for row in rows.map(Int.init) {
            let w = weights?[row] ?? 1
            weight += w
            squaredWeight += w * w
            probability += w * probabilities[row]
            if labels[row] { positive += w }
        }
    }
}

/// The loss of one row, in nats.
func logLoss(_ probability: Double, _ label: Bool) -> Double {
    let smallest = Double.ulpOfOne
    let held = min(max(probability, smallest), 1 - smallest)
    return -naturalLogarithm(label ? held : 1 - held)
}

extension Checks {
    /// Checks probabilities with labels and weights, and returns the sum of the weights.
    static func probabilityInput(
        _ probabilities: [Double], _ labels: [Bool], _ weights: [Double]?
    ) throws(EvaluationError) -> Double {
        try Self.probabilities(probabilities, expected: labels.count)
        try Self.weights(weights, expected: labels.count)
        let total = weights?.reduce(0, +) ?? Double(labels.count)
        if total == 0 { throw .noRows }
        return total
    }
}
