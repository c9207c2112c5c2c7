import CRiskKernels

/// Sums over the rows of a sample that are the same in any order: every summand is rounded to a multiple of a
/// power of two, the step, and multiples are added as whole numbers (`exact.c`).
///
/// A step is chosen so that neither a summand leaves 52 bits nor a sum 62, by bounds that do not depend on the
/// order of rows: the largest weight, and the sum of the weights on their lattice. Rounding is off by half a
/// step a row at most: 2^-60 of the sum of the weights times the number of rows where all are off the same
/// way, as equal rows are, and times its root where they are not.
struct ExactSums {
    /// What a sum's multiples are of.
    struct Step {
        let exponent: Int
        /// 1.5 × 2^52 steps: added to a summand it leaves the nearest multiple in the low bits.
        var magic: Double {
            Double(sign: .plus, exponent: exponent + 52, significand: 1.5)
        }
        /// The sum.
        func value(_ multiples: Int64) -> Double {
            Double(sign: .plus, exponent: exponent, significand: 1) * Double(multiples)
        }
    }

    /// The largest weight.
    let largest: Double
    /// At least the sum of the weights.
    let most: Double
    private let weights: [Double]?
    private let count: Int

    /// - Complexity: O(rows).
    init(_ sample: Sample) {
        largest = sample.plainWeights?.max() ?? 1
        // On the lattice a weight may be two thirds of what it is.
        most = 2 * Double(sample.weights.total) * sample.weights.unit
        weights = sample.plainWeights
        count = sample.count
    }

    /// The step for sums of weight × x.
    /// - Parameters:
    ///   - each: at least |x| of each row.
    ///   - mean: at least the weighted mean of |x|.
    func step(each: Double, mean: Double) -> Step {
        Step(
            exponent: max(
                Int((largest * each).exponent) - 49, Int((most * mean).exponent) - 60))
    }

    /// The sum of the weights, in multiples of a step.
    func total(_ step: Step) -> Int64 {
        guard let weights else { return Int64(Double(count) / step.value(1)) }
        let magic = step.magic
        let base = Int64(bitPattern: magic.bitPattern)
        return weights.reduce(0) { $0 &+ Int64(bitPattern: ($1 + magic).bitPattern) &- base }
    }
}

extension ExactSums {
    /// Losses are at most 64 (`rk_losses_i64`), and `most` is twice the sum of the weights.
    var lossStep: Step {
        step(each: 64, mean: 32)
    }

    /// Of the intercept and each column: residuals are at most the weight, and a column's square has a mean of 1.
    func gradientSteps(_ design: Design) -> [Step] {
        [step(each: 1, mean: 1)] + design.columns.map { step(each: $0.reach, mean: 1) }
    }
}
