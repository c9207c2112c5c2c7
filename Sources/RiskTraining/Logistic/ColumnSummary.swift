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

    /// Sums are taken in whole numbers (`ExactSums`): the same for any order of rows.
    /// - Complexity: O(rows), three passes.
    init(_ column: [Double], _ sample: Sample, _ sums: ExactSums) {
        var found = rk_extremes()
        rk_extremes_f64(column, sample.rows, sample.labels, sample.count, &found)
        missingRows = Int(found.missing)
        infiniteRows = Int(found.infinite)
        lowestByClass = [found.lowest.0, found.lowest.1]
        highestByClass = [found.highest.0, found.highest.1]
        lowest = min(lowestByClass[0], lowestByClass[1])
        highest = max(highestByClass[0], highestByClass[1])
        guard infiniteRows == 0, missingRows < sample.count else {
            missingShare = Double(missingRows) / Double(sample.count)
            return
        }
        let largest = max(abs(lowest), abs(highest))
        if lowest < highest {
            scale = Double(
                sign: .plus, exponent: min(-Int(largest.exponent) - 1, 1000), significand: 1)
        }
        // Measured from the middle, and in units in which nothing is farther than 1.
        let middle = lowest * scale / 2 + highest * scale / 2
        let reach = max(highest * scale - middle, middle - lowest * scale)
        let factor =
            reach > 0
            ? Double(sign: .plus, exponent: -Int(reach.exponent) - 1, significand: 1) : 1
        var term = rk_term(
            indicates: 0, scale: scale, centre: middle, factor: factor, present: 0, absent: 0)
        let step = sums.step(each: 1, mean: 1)
        var moments = [Int64](repeating: 0, count: 3)
        rk_add_moments_i64(
            &term, column, sample.rows, sample.plainWeights, sample.count, step.magic, &moments)
        let (present, first, second) = (
            step.value(moments[0]), step.value(moments[1]), step.value(moments[2])
        )
        let total = missingRows == 0 ? present : step.value(sums.total(step))
        missingShare = missingRows == 0 ? 0 : 1 - present / total
        guard lowest < highest, present > 0 else { return }
        mean = middle + first / present / factor
        // Once more from the mean: where most values are the same, what is left of squares from elsewhere is
        // rounding. By the first estimate and what it can be off, steps can be finer.
        let estimate = max(0, second - first * (first / present)) / total
        let slack = 8 * Double(sample.count) * step.value(1) / total
        let fine = sums.step(each: 4, mean: min(4, 2 * estimate + slack))
        term.centre = mean
        moments = [0, 0, 0]
        rk_add_moments_i64(
            &term, column, sample.rows, sample.plainWeights, sample.count, fine.magic, &moments)
        deviation = (max(0, fine.value(moments[2])) / total).squareRoot() / factor
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
