import CRiskKernels
import RiskColumns

/// What a linear model must know of a column before it starts.
struct ColumnSummary: Sendable {
    /// Lowest and highest present value, in all rows and by class; infinite where there is none.
    var lowest = Double.infinity
    var highest = -Double.infinity
    var lowestByClass = [Double.infinity, Double.infinity]
    var highestByClass = [-Double.infinity, -Double.infinity]
    var missingRows = 0
    var infiniteRows = 0
    /// The weighted share of missing values.
    var missingShare = 0.0
    /// A power of two that brings the values into [-1, 1], so that no sum of squares overflows.
    var scale = 1.0
    /// Of the values times `scale`: the weighted mean of those present, and the weighted standard
    /// deviation over all rows with the mean in place of missing values.
    var mean = 0.0
    var deviation = 0.0

    /// - Complexity: O(rows), one pass, and another where squares would leave the range of doubles.
    init(_ column: [Double], _ sample: Sample) {
        var found = rk_summary()
        func summarize(scale: Double) {
            column.withUnsafeBufferPointer { column in
                guard let first = column.baseAddress else { return }
                rk_summarize_f64(
                    first, sample.rows, sample.labels, sample.plainWeights, sample.count, scale,
                    &found)
            }
        }
        summarize(scale: 1)
        missingRows = Int(found.missing)
        infiniteRows = Int(found.infinite)
        missingShare = 1 - found.present / found.total
        lowestByClass = [found.lowest.0, found.lowest.1]
        highestByClass = [found.highest.0, found.highest.1]
        lowest = min(lowestByClass[0], lowestByClass[1])
        highest = max(highestByClass[0], highestByClass[1])
        guard infiniteRows == 0, lowest < highest else { return }
        let largest = max(abs(lowest), abs(highest))
        scale = Double(
            sign: .plus, exponent: min(-Int(largest.exponent) - 1, 1000), significand: 1)
        if abs(Int(largest.exponent)) > 300 {
            summarize(scale: scale)
            mean = found.mean
            deviation = (found.squares / found.total).squareRoot()
        } else {
            // A power of two: what was summed without it is the same.
            mean = found.mean * scale
            deviation = (found.squares / found.total).squareRoot() * scale
        }
    }

    /// Whether a model can use the values: two different ones, and not so close to each other that a
    /// coefficient on the column's own scale would overflow.
    var varies: Bool {
        infiniteRows == 0 && lowest < highest && deviation > 0 && (scale / deviation) < 1e305
    }

    /// How the feature alone separates the classes or part of the rows, in words; nil where the
    /// classes overlap.
    var separation: String? {
        guard lowest < highest, lowestByClass[0] <= highestByClass[0],
            lowestByClass[1] <= highestByClass[1]
        else { return nil }
        for (lower, upper, isUpwards) in [(0, 1, true), (1, 0, false)] {
            let (end, start) = (highestByClass[lower], lowestByClass[upper])
            if end < start {
                return "alone separates the classes: events lie \(isUpwards ? "from" : "up to") "
                    + "\(isUpwards ? start : end) only, the others \(isUpwards ? "up to" : "from") "
                    + "\(isUpwards ? end : start)"
            }
            if end == start {
                return "alone separates part of the rows: no event lies "
                    + "\(isUpwards ? "below" : "above") \(end), none of the others "
                    + "\(isUpwards ? "above" : "below")"
            }
        }
        return nil
    }
}
