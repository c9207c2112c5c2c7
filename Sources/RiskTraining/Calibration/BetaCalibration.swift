import CRiskKernels
import RiskModel

/// Beta calibration: log-odds of the event = a × ln p - b × ln(1 - p) + c, with p the score's probability.
///
/// Kull, Silva Filho and Flach (2017, "Beta calibration", AISTATS): right where the scores of either class
/// follow a beta distribution. a = b is Platt's calibration; a ≠ b bends one end more than the other, which Platt's
/// cannot, with one parameter more and not as many as isotonic regression. a and b are 0 or more, so
/// it never falls. The targets are Platt's, so that separated classes do not drive it to infinity.
public enum BetaCalibration {
    /// Fits a, b and c.
    /// - Parameters:
    ///   - logOdds: of each row, finite.
    ///   - weights: above 0; nil means 1 each.
    /// - Returns: nil where neither a nor b is above 0: larger log-odds mean less risk.
    /// - Complexity: O(rows), some ten passes.
    public static func fit(
        logOdds: [Double], labels: [Bool], weights: [Double]? = nil
    ) -> (a: Double, b: Double, c: Double)? {
        precondition(logOdds.count == labels.count)
        var (positives, negatives) = (0.0, 0.0)
        for (row, label) in labels.enumerated() {
            if label { positives += weights?[row] ?? 1 } else { negatives += weights?[row] ?? 1 }
        }
        guard positives > 0, negatives > 0 else { return nil }
        let rows = logOdds.indices.map { row in
            BetaProblem.Row(
                low: -softplus(-logOdds[row]), high: softplus(logOdds[row]),
                target: labels[row] ? (positives + 1) / (positives + 2) : 1 / (negatives + 2),
                weight: weights?[row] ?? 1)
        }
        if let both = admissible(BetaProblem(rows: rows, usesLow: true, usesHigh: true)) {
            return both.theta
        }
        // The loss is convex, so where one of them would be below 0 the least of it has a 0: either
        // is fitted alone, and the better one is it.
        return [(true, false), (false, true)].compactMap { usesLow, usesHigh in
            admissible(BetaProblem(rows: rows, usesLow: usesLow, usesHigh: usesHigh))
        }.min { $0.loss < $1.loss }?.theta
    }

    /// The minimum of a problem; nil where it has none, or where it falls somewhere or is constant.
    private static func admissible(
        _ problem: BetaProblem
    ) -> (theta: (a: Double, b: Double, c: Double), loss: Double)? {
        guard let found = problem.minimise(), found.theta.a >= 0, found.theta.b >= 0,
            found.theta.a + found.theta.b > 0
        else { return nil }
        return found
    }

    /// ln(1 + e^x), without overflow.
    static func softplus(_ x: Double) -> Double {
        max(x, 0) + rk_log_f64(1 + rk_exp_f64(-abs(x)))
    }

    /// The curve as straight lines between log-odds of -20 and 20, 32 to one of log-odds: a model file
    /// knows no other curves. Off the knots a probability p is less than 2e-4 × p away where a, b ≤ 1.2.
    public static func curve(a: Double, b: Double, c: Double) -> Calibration {
        var knots: [Int64] = []
        var probabilities: [Double] = []
        for step in -640...640 {
            let z = Double(step) / 32
            let margin = -a * softplus(-z) + b * softplus(z) + c
            knots.append(LogOdds.units(z))
            probabilities.append(max(rk_logistic_f64(margin), probabilities.last ?? 0))
        }
        return .isotonic(logOdds: knots, probabilities: probabilities)
    }
}

/// The weighted log loss in a, b and c, minimised by Newton's method with backtracking.
private struct BetaProblem {
    struct Row {
        /// ln p and -ln(1 - p).
        let low: Double
        let high: Double
        let target: Double
        let weight: Double
    }

    let rows: [Row]
    let usesLow: Bool
    let usesHigh: Bool

    private struct State {
        var loss = 0.0
        var gradient = [0.0, 0, 0]
        var hessian = [[Double]](repeating: [0, 0, 0], count: 3)
    }

    func minimise() -> (theta: (a: Double, b: Double, c: Double), loss: Double)? {
        var theta = [usesLow ? 1.0 : 0, usesHigh ? 1 : 0, 0]
        var state = evaluate(theta)
        let total = rows.reduce(0) { $0 + $1.weight }
        for _ in 0..<100 {
            guard let step = solve(state) else { return nil }
            let along = zip(step, state.gradient).reduce(0) { $0 + $1.0 * $1.1 }
            if -along <= 1e-14 * total { break }
            var length = 1.0
            while length > 1e-10 {
                let next = zip(theta, step).map { $0 + length * $1 }
                let found = evaluate(next)
                if found.loss <= state.loss + 1e-4 * length * along {
                    (theta, state) = (next, found)
                    break
                }
                length /= 2
            }
            if length <= 1e-10 { break }
        }
        guard theta.allSatisfy(\.isFinite) else { return nil }
        return ((theta[0], theta[1], theta[2]), state.loss)
    }

    private func evaluate(_ theta: [Double]) -> State {
        var state = State()
        for row in rows {
            let x = [usesLow ? row.low : 0, usesHigh ? row.high : 0, 1]
            let margin = theta[0] * x[0] + theta[1] * x[1] + theta[2]
            let p = rk_logistic_f64(margin)
            state.loss += row.weight * (BetaCalibration.softplus(margin) - row.target * margin)
            let residual = row.weight * (p - row.target)
            let curvature = row.weight * p * (1 - p)
            for i in 0..<3 {
                state.gradient[i] += residual * x[i]
                for j in 0...i { state.hessian[i][j] += curvature * x[i] * x[j] }
            }
        }
        return state
    }

    /// Newton's step by Cholesky; a ridge of 1e-12 stands for what is not used or not told apart.
    private func solve(_ state: State) -> [Double]? {
        var factor = state.hessian
        for i in 0..<3 { factor[i][i] += 1e-12 }
        for i in 0..<3 {
            for j in 0...i {
                var sum = factor[i][j]
                for k in 0..<j { sum -= factor[i][k] * factor[j][k] }
                if i == j {
                    guard sum > 0 else { return nil }
                    factor[i][i] = sum.squareRoot()
                } else {
                    factor[i][j] = sum / factor[j][j]
                }
            }
        }
        var step = state.gradient.map { -$0 }
        for i in 0..<3 {
            for k in 0..<i { step[i] -= factor[i][k] * step[k] }
            step[i] /= factor[i][i]
        }
        for i in stride(from: 2, through: 0, by: -1) {
            for k in stride(from: i + 1, to: 3, by: 1) { step[i] -= factor[k][i] * step[k] }
            step[i] /= factor[i][i]
        }
        return step
    }
}
