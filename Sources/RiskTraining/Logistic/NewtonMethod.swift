import RiskLinearAlgebra

/// Newton's method with backtracking on a convex objective (Boyd and Vandenberghe 2004, algorithm 9.5).
struct NewtonMethod {
    /// The most steps.
    var iterations = 100
    /// The largest gradient element at the end, as a share of the rows' total weight.
    static let tolerance = 1e-11
    /// The total weight.
    var weight: Double
    /// Called after each step with the number of steps and the state; false stops.
    var report: (_ step: Int, _ state: LogisticObjective.State) -> Bool

    enum End: String, Sendable {
        case converged = "the gradient vanished"
        case stopped = "stopped from outside"
        case separated = "the classes are separated"
        case singular = "the Hessian is singular"
        case exhausted = "all iterations done"
    }

    struct Result {
        var theta: [Double]
        var state: LogisticObjective.State
        var steps: Int
        var end: End
    }

    /// - Parameter stopsWhenSeparated: whether to stop where every row is on its label's side, because
    ///   without a penalty the steps would go on for ever.
    func minimise(
        _ objective: LogisticObjective, from start: [Double], _ first: LogisticObjective.State,
        stopsWhenSeparated: Bool
    ) -> Result {
        var result = Result(theta: start, state: first, steps: 0, end: .exhausted)
        while result.steps < iterations {
            if stopsWhenSeparated, result.state.wrong == 0 {
                result.end = .separated
                return result
            }
            guard let factor = CholeskyFactor(result.state.hessian) else {
                result.end = .singular
                return result
            }
            let step = factor.solve(result.state.gradient.map { -$0 })
            let slope = zip(step, result.state.gradient).reduce(0) { $0 + $1.0 * $1.1 }
            let largest = result.state.gradient.reduce(0) { max($0, abs($1)) }
            if largest <= Self.tolerance * weight {
                // One more step costs nothing: here it squares what error is left.
                result.theta = zip(result.theta, step).map { $0 + $1 }
                result.end = .converged
                return result
            }
            var length = 1.0
            var moved = false
            while length > 1e-9 {
                let theta = zip(result.theta, step).map { $0 + length * $1 }
                let state = objective.evaluate(theta)
                // Near the minimum the loss no longer shows what a step does; the gradient does.
                let noise = 1e-13 * abs(result.state.loss)
                let isShorter = state.gradient.reduce(0) { max($0, abs($1)) } < largest
                if state.loss <= result.state.loss + 1e-4 * length * slope
                    || (state.loss <= result.state.loss + noise && isShorter)
                {
                    (result.theta, result.state, moved) = (theta, state, true)
                    break
                }
                length /= 2
            }
            guard moved else {
                result.end = largest <= 1e-7 * weight ? .converged : .exhausted
                return result
            }
            result.steps += 1
            if !report(result.steps, result.state) {
                result.end = .stopped
                return result
            }
        }
        return result
    }
}
