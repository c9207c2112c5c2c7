import CRiskKernels
import RiskLinearAlgebra

/// Firth's penalised likelihood (Firth 1993; Heinze and Schemper 2002): the log-likelihood plus half
/// the logarithm of the Fisher information's determinant, Jeffreys' prior.
///
///     U*(θ) = Zᵀ [w (y - p) + h (½ - p)],   h = diag(W^½ Z (Zᵀ W Z)⁻¹ Zᵀ W^½),  W = w p (1 - p)
///
/// Its maximum is finite even where the classes are separated. Steps are those of scoring, I⁻¹ U*,
/// no longer than 5 in any standardised coefficient and halved while the penalised likelihood falls.
struct FirthMethod {
    let objective: LogisticObjective
    let iterations: Int

    /// The longest step of a standardised coefficient, as logistf's.
    static let longestStep = 5.0
    /// The most steps of one point of a profile, whatever those of the fit.
    static let profileSteps = 100

    init(_ objective: LogisticObjective, iterations: Int) {
        self.objective = objective
        self.iterations = iterations
    }

    /// A point, its penalised loss and score.
    struct State {
        var theta: [Double]
        /// -(log-likelihood + ½ log det I).
        var loss: Double
        /// -U*.
        var gradient: [Double]
        var plain: LogisticObjective.State
    }

    /// nil where the information is singular.
    /// - Complexity: O(rows × columns²).
    func state(_ theta: [Double]) -> State? {
        let plain = objective.evaluate(theta)
        guard let factor = CholeskyFactor(plain.hessian) else { return nil }
        let halfLog = factor.diagonal.reduce(0) { $0 + rk_log_f64($1) }
        let correction = objective.firthCorrection(theta, factor)
        return State(
            theta: theta, loss: plain.dataLoss - halfLog,
            gradient: zip(plain.gradient, correction).map { $0 + $1 }, plain: plain)
    }

    /// The maximum, as Newton's method reports its own.
    func maximise(
        from start: [Double], _ report: (Int, LogisticObjective.State) -> Bool
    ) -> NewtonMethod.Result? {
        guard let first = state(start),
            let (last, steps, end) = minimise(from: first, fixed: nil, most: iterations, report)
        else { return nil }
        return NewtonMethod.Result(theta: last.theta, state: last.plain, steps: steps, end: end)
    }

    /// The maximum of the penalised likelihood, with one coefficient held where it is or none. The
    /// determinant is always that of all coefficients' information.
    /// - Parameter most: the most steps.
    /// - Returns: nil where the information becomes singular.
    func minimise(
        from start: State, fixed: Int?, most: Int,
        _ report: (Int, LogisticObjective.State) -> Bool
    ) -> (state: State, steps: Int, end: NewtonMethod.End)? {
        var state = start
        let free = start.theta.indices.filter { $0 != fixed }
        if free.isEmpty { return (state, 0, .converged) }
        for step in 0..<most {
            guard let factor = CholeskyFactor(state.plain.hessian.selecting(free)) else {
                return nil
            }
            let slope = free.map { -state.gradient[$0] }
            var direction = factor.solve(slope)
            // Half of this is what is left to gain; at 1e-16 an estimate is 1e-8 standard errors off.
            let decrement = zip(direction, slope).reduce(0) { $0 + $1.0 * $1.1 }
            if decrement <= 1e-16 { return (state, step, .converged) }
            let longest = direction.reduce(0) { max($0, abs($1)) }
            if longest > Self.longestStep {
                direction = direction.map { $0 * Self.longestStep / longest }
            }
            var length = 1.0
            var next: State?
            while length > 1e-6 {
                var theta = state.theta
                for (place, index) in free.enumerated() {
                    theta[index] += length * direction[place]
                }
                if let there = self.state(theta),
                    there.loss <= state.loss + 1e-13 * (1 + abs(state.loss))
                {
                    next = there
                    break
                }
                length /= 2
            }
            guard let next else { return decrement <= 1e-9 ? (state, step, .converged) : nil }
            state = next
            if !report(step + 1, state.plain) { return (state, step + 1, .stopped) }
        }
        return (state, most, .exhausted)
    }
}

extension LogisticObjective {
    /// Zᵀ [h (p - ½)]: what Firth's penalty adds to the gradient of the loss.
    /// - Parameter factor: of the information at this point.
    /// - Complexity: O(rows × columns²).
    func firthCorrection(_ theta: [Double], _ factor: CholeskyFactor) -> [Double] {
        let order = theta.count
        let blocks = (labels.count + block - 1) / block
        let sums = Storage<Double>(repeating: 0, count: lanes * order)
        let point = Storage(theta)
        let workers = min(threads, lanes)
        concurrently(workers) { worker in
            let elements = Storage<Double>(repeating: 0, count: block * order)
            let copy = Storage<Double>(repeating: 0, count: block * order)
            let room = Storage<Double>(repeating: 0, count: 4 * block)
            let (margins, residuals, roots, leverages) = (
                room.base, room.base + block, room.base + 2 * block, room.base + 3 * block
            )
            for lane in stride(from: worker, to: lanes, by: workers) {
                for index in (blocks * lane / lanes)..<(blocks * (lane + 1) / lanes) {
                    let start = index * block
                    let count = min(block, labels.count - start)
                    design.fill(elements.base, matrix, rows, start: start, count: count)
                    let part = DenseBlock(elements.base, rows: count, columns: order)
                    part.multiply(point.base, into: margins)
                    if let offsets {
                        for row in 0..<count { margins[row] += offsets.base[start + row] }
                    }
                    _ = rk_logistic_rows_f64(
                        margins, labels.base + start, weights.map { $0.base + start }, count,
                        residuals, roots)
                    copy.base.update(from: elements.base, count: count * order)
                    factor.leverages(
                        DenseBlock(copy.base, rows: count, columns: order), into: leverages)
                    for row in 0..<count {
                        residuals[row] =
                            leverages[row] * roots[row] * roots[row]
                            * (rk_logistic_f64(margins[row]) - 0.5)
                    }
                    part.addTransposedProduct(residuals, to: sums.base + lane * order)
                }
            }
        }
        var result = [Double](repeating: 0, count: order)
        for lane in 0..<lanes {
            for index in 0..<order { result[index] += sums.base[lane * order + index] }
        }
        return result
    }
}

extension FirthMethod {
    /// Rows × columns³ up to which profiles are worth their time: some seconds.
    static let profileLimit = 3e8

    /// What the profile of the penalised likelihood says of a coefficient (Heinze and Schemper 2002;
    /// Venzon and Moolgavkar 1988): every other coefficient is at its best for each value of it.
    struct Profile {
        /// The ends of the interval; nil where none was found.
        let lower: Double?
        let upper: Double?
        /// Twice what the penalised log-likelihood falls by where the coefficient is 0; nil where
        /// that was not found.
        let statistic: Double?
    }

    /// - Parameters:
    ///   - best: where the penalised likelihood is greatest.
    ///   - error: the coefficient's standard error.
    ///   - quantile: of the standard normal distribution, for the interval.
    /// - Complexity: some thirty scoring steps an end.
    func profile(_ index: Int, best: State, error: Double, quantile: Double) -> Profile {
        func held(at value: Double, near state: State) -> State? {
            var theta = state.theta
            theta[index] = value
            guard let start = self.state(theta),
                let found = minimise(
                    from: start, fixed: index, most: Self.profileSteps, { _, _ in true }),
                found.end == .converged
            else { return nil }
            return found.state
        }
        /// Newton's method on the profile, whose slope is the score of the coefficient held.
        func end(_ side: Double) -> Double? {
            let limit = best.loss + quantile * quantile / 2
            var value = best.theta[index] + side * quantile * error
            var near = best
            for _ in 0..<50 {
                guard let state = held(at: value, near: near) else { return nil }
                near = state
                let slope = state.gradient[index]
                if abs(state.loss - limit) < 1e-10 * max(1, quantile * quantile) { return value }
                guard slope * side > 0 else { return nil }
                // Never more than doubling the distance: far out the profile may be flat.
                let distance = abs(value - best.theta[index])
                let step = (limit - state.loss) / slope
                value += min(max(step, -0.9 * distance), distance)
                if abs(step) < 1e-10 * error { return value }
            }
            return nil
        }
        let zero = held(at: 0, near: best)
        return Profile(
            lower: end(-1), upper: end(1),
            statistic: zero.map { max(0, 2 * ($0.loss - best.loss)) })
    }
}
