import CRiskKernels
import RiskModel

/// Platt's calibration: probability = logistic(slope × log-odds + intercept).
///
/// The targets are Platt's: (N₊ + 1) / (N₊ + 2) for an event and 1 / (N₋ + 2) for none, N the weights'
/// sums, so that separated classes do not drive the slope to infinity. Newton's method with
/// backtracking, as by Lin, Lin and Weng (2007, "A note on Platt's probabilistic outputs").
public enum PlattScaling {
    /// Fits slope and intercept.
    /// - Parameters:
    ///   - logOdds: of each row, finite.
    ///   - weights: above 0; nil means 1 each.
    /// - Returns: nil where the fitted slope is not above 0: larger log-odds mean less risk.
    /// - Complexity: O(rows), some ten passes.
    public static func fit(
        logOdds: [Double], labels: [Bool], weights: [Double]? = nil
    ) -> (slope: Double, intercept: Double)? {
        precondition(logOdds.count == labels.count)
        var positives = 0.0
        var negatives = 0.0
        for (row, label) in labels.enumerated() {
            if label { positives += weights?[row] ?? 1 } else { negatives += weights?[row] ?? 1 }
        }
        guard positives > 0, negatives > 0 else { return nil }
        let problem = Problem(
            logOdds: logOdds, labels: labels, weights: weights,
            high: (positives + 1) / (positives + 2), low: 1 / (negatives + 2))
        var (slope, intercept) = (0.0, rk_log_f64((positives + 1) / (negatives + 1)))
        var state = problem.evaluate(slope, intercept)
        for _ in 0..<100 {
            // A ridge of 1e-12 keeps the 2 x 2 system solvable where all log-odds are equal.
            let (a, b, c) = (state.hessian.0 + 1e-12, state.hessian.1, state.hessian.2 + 1e-12)
            let determinant = a * c - b * b
            guard determinant > 0 else { break }
            let stepSlope = -(c * state.gradient.0 - b * state.gradient.1) / determinant
            let stepIntercept = -(a * state.gradient.1 - b * state.gradient.0) / determinant
            let slopeAlong = state.gradient.0 * stepSlope + state.gradient.1 * stepIntercept
            if -slopeAlong <= 1e-14 * (positives + negatives) {
                slope += stepSlope
                intercept += stepIntercept
                break
            }
            var length = 1.0
            while length > 1e-10 {
                let next = problem.evaluate(
                    slope + length * stepSlope, intercept + length * stepIntercept)
                if next.loss <= state.loss + 1e-4 * length * slopeAlong {
                    slope += length * stepSlope
                    intercept += length * stepIntercept
                    state = next
                    break
                }
                length /= 2
            }
            if length <= 1e-10 { break }
        }
        guard slope > 0, slope.isFinite, intercept.isFinite else { return nil }
        return (slope, intercept)
    }

    private struct Problem {
        let logOdds: [Double]
        let labels: [Bool]
        let weights: [Double]?
        let high: Double
        let low: Double

        struct State {
            var loss = 0.0
            var gradient = (0.0, 0.0)
            var hessian = (0.0, 0.0, 0.0)
        }

        func evaluate(_ slope: Double, _ intercept: Double) -> State {
            var state = State()
            for row in logOdds.indices {
                let x = logOdds[row]
                let z = slope * x + intercept
                let p = rk_logistic_f64(z)
                let target = labels[row] ? high : low
                let weight = weights?[row] ?? 1
                // log(1 + e^z) - target × z, without overflow
                let softplus = (z > 0 ? z : 0) + rk_log_f64(1 + rk_exp_f64(-abs(z)))
                state.loss += weight * (softplus - target * z)
                let residual = weight * (p - target)
                let curvature = weight * p * (1 - p)
                state.gradient.0 += residual * x
                state.gradient.1 += residual
                state.hessian.0 += curvature * x * x
                state.hessian.1 += curvature * x
                state.hessian.2 += curvature
            }
            return state
        }
    }
}
