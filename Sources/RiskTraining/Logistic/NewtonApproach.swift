import CRiskKernels
import RiskLinearAlgebra

/// The way to a ridge's optimum for large data: most of it on a copy in single precision.
///
/// What Newton's method pays for is Hessians, and they need not be exact; gradients are cheap, and the
/// result is as good as the last one. So:
///
/// 1. On one row in 2, 4, 8 or 16, drawn by what it holds, until what is left to gain there is less than
///    sampling noise.
/// 2. On all rows: a look at the data gives loss and gradient over the values rounded to single precision. The
///    Hessian is made of the steepest rows and one in eight of the others,
///    and corrected by what each step shows (`QuasiNewton`); it is taken anew where the decrement does not
///    fall to a tenth, and of all rows where that happens twice in a row.
/// 3. On the data as given, in double: one look. What the gradient is there beside the copy's is the
///    same anywhere near, to some eight digits: from then on it is added to the copy's, and steps go on until
///    the gradient is below Newton's tolerance.
///
/// All sums are of whole numbers (`NewtonSums`): nothing depends on the order of rows or the number of threads.
struct NewtonApproach {
    let sums: NewtonSums
    /// The rows of which one in so many is drawn; nil where there are none.
    let sample: (_ every: Int) -> NewtonSums?
    /// The same on the data as given.
    let objective: LogisticObjective
    /// The most steps over all rows.
    let iterations: Int
    /// Called after each step over all rows, with the number of steps and the loss without the
    /// penalty; false stops.
    let report: (_ step: Int, _ dataLoss: Double) -> Bool

    /// Rows × columns² from which the copy pays.
    static let leastWork = 1 << 26
    /// The gradient, as a share of the total weight, at which the data as given are looked at.
    static let nearness = 1e-6
    /// The most steps on a sample, and halvings of a step.
    static let sampleSteps = 20
    static let halvings = 20

    /// Whether data of this size is approached in this way.
    static func pays(rows: Int, columns: Int) -> Bool {
        rows * (columns + 1) * (columns + 1) >= leastWork && rows * columns <= PathData.largest
    }

    /// A place on the way; sums, of the whole data or as if a sample were the whole.
    fileprivate struct Place {
        var theta: [Double]
        var loss: Double
        var dataLoss: Double
        var gradient: [Double]
        /// The mean of w p (1 - p).
        var curvature: Double
        var largest: Double { gradient.reduce(0) { max($0, abs($1)) } }
    }

    /// The optimum.
    /// - Returns: nil where the way is not as smooth as it should be: separated classes, dependent
    ///   columns, steps without end. Newton's method then says why.
    func minimise() -> NewtonMethod.Result? {
        let (weight, events) = (sums.data.totals[0], sums.data.events[0])
        let rate = events / weight
        var start = [Double](repeating: 0, count: sums.data.order)
        start[0] = rk_log_f64(rate / (1 - rate))
        let every = sampling(rate: rate)
        if every > 1, let few = sample(every), let sampled = sampled(few, from: start) {
            let there = look(sampled, sums)
            let flat = -weight * (rate * rk_log_f64(rate) + (1 - rate) * rk_log_f64(1 - rate))
            // Offsets may make any start better or worse than a flat one: there nothing is compared.
            if sums.data.offsets != nil || there.loss < flat { return full(from: there) }
        }
        return full(from: look(start, sums))
    }

    /// One row in how many is a sample with enough rows of either class for all columns.
    private func sampling(rate: Double) -> Int {
        let fewer = min(rate, 1 - rate) * Double(sums.data.rowCount)
        var every = 16
        while every > 1,
            fewer / Double(every) < 4 * Double(sums.data.order)
                || sums.data.rowCount < 4096 * every
        { every /= 2 }
        return every
    }

    private func sampled(_ few: NewtonSums, from start: [Double]) -> [Double]? {
        guard var course = Course(self, from: look(start, few), few) else { return nil }
        let every = sums.data.totals[0] / few.data.totals[0]
        for _ in 0..<Self.sampleSteps {
            // Estimates from a sample are off by more than this: half a unit of log-likelihood a column.
            if course.decrement < 0.05 * Double(sums.data.order) * every {
                return zip(course.here.theta, course.direction).map { $0 + $1 }
            }
            guard course.step(self) else { return nil }
        }
        return nil
    }

    private func full(from start: Place) -> NewtonMethod.Result? {
        let weight = sums.data.totals[0]
        guard var course = Course(self, from: start, sums) else { return nil }
        var exact: LogisticObjective.State?
        for step in 1...max(iterations, 1) {
            guard course.step(self) else { return nil }
            if !report(step, course.here.dataLoss) {
                return NewtonMethod.Result(
                    theta: course.here.theta,
                    state: objective.evaluate(course.here.theta, withHessian: false), steps: step,
                    end: .stopped)
            }
            if exact == nil, course.here.largest <= Self.nearness * weight {
                let state = objective.evaluate(course.here.theta, withHessian: false)
                course.tilt(zip(state.gradient, course.here.gradient).map { $0 - $1 })
                exact = state
            }
            // What the next step leaves is foreseen, and need not be looked at.
            let left = course.here.largest * course.contraction
            if let exact, left <= NewtonMethod.tolerance * weight {
                var state = exact
                (state.loss, state.dataLoss) = (course.here.loss, course.here.dataLoss)
                return NewtonMethod.Result(
                    theta: zip(course.here.theta, course.direction).map { $0 + $1 }, state: state,
                    steps: step, end: .converged)
            }
        }
        return nil
    }

    /// Steps over the same rows, and what is known of the curvature there.
    private struct Course {
        var here: Place
        var model: QuasiNewton
        /// The next step, and twice what it promises.
        var direction: [Double]
        var decrement: Double
        /// What a step leaves of the gradient, going by the worse of the last two, and a tenth at least.
        var contraction: Double { max(contractions.0, contractions.1, 0.1) }
        private var contractions = (1.0, 1.0)
        let sums: NewtonSums
        /// Whether the Hessian is made of all rows: where those of the steepest did not do.
        private var takesAll = false
        private var isFresh = true
        /// What the copy's gradient lacks.
        private var lack: [Double]?
        private var origin: [Double] = []

        init?(_ approach: NewtonApproach, from start: Place, _ sums: NewtonSums) {
            here = start
            self.sums = sums
            guard let model = QuasiNewton(approach.hessian(start, sums)) else { return nil }
            self.model = model
            direction = model.direction(start.gradient)
            decrement = -dot(direction, start.gradient)
        }

        /// Adds a constant to all gradients from here on.
        mutating func tilt(_ lack: [Double]) {
            self.lack = lack
            origin = here.theta
            here.gradient = zip(here.gradient, lack).map { $0 + $1 }
            direction = model.direction(here.gradient)
            decrement = -dot(direction, here.gradient)
        }

        /// The next step.
        /// - Returns: false where none lowers the objective.
        mutating func step(_ approach: NewtonApproach) -> Bool {
            let (lack, origin, sums) = (lack, origin, sums)
            let look = { (theta: [Double]) -> Place in
                var place = approach.look(theta, sums)
                guard let lack else { return place }
                place.gradient = zip(place.gradient, lack).map { $0 + $1 }
                place.loss += dot(lack, zip(theta, origin).map { $0 - $1 })
                return place
            }
            guard decrement >= 0,
                let next = approach.search(here, direction, -decrement, look)
            else { return false }
            model.learn(
                step: zip(next.place.theta, here.theta).map { $0 - $1 },
                change: zip(next.place.gradient, here.gradient).map { $0 - $1 })
            contractions = (
                contractions.1, next.isWhole ? min(next.place.largest / here.largest, 1) : 1
            )
            here = next.place
            let last = decrement
            direction = model.direction(here.gradient)
            decrement = -dot(direction, here.gradient)
            // The next step should be a third of this one, or less: else a new Hessian is worth its price.
            guard !(decrement <= 0.1 * last) else {
                isFresh = false
                return true
            }
            takesAll = takesAll || isFresh
            isFresh = true
            guard let model = QuasiNewton(approach.hessian(here, sums, takesAll: takesAll)) else {
                return false
            }
            self.model = model
            direction = model.direction(here.gradient)
            decrement = -dot(direction, here.gradient)
            return true
        }
    }

    /// A step that lowers the objective: the whole one, or half of it, ...
    fileprivate func search(
        _ here: Place, _ direction: [Double], _ slope: Double, _ look: ([Double]) -> Place
    ) -> (place: Place, isWhole: Bool)? {
        var length = 1.0
        for _ in 0..<Self.halvings {
            let there = look(zip(here.theta, direction).map { $0 + length * $1 })
            let noise = 1e-12 * abs(here.loss)
            if there.loss <= here.loss + 1e-4 * length * slope
                || (there.loss <= here.loss + noise && there.largest < here.largest)
            {
                return (there, length == 1)
            }
            length /= 2
        }
        return nil
    }

    /// A look at all rows, or at some that stand for all.
    fileprivate func look(_ theta: [Double], _ some: NewtonSums) -> Place {
        let factor = sums.data.totals[0] / some.data.totals[0]
        let look = some.look(theta)
        var place = Place(
            theta: theta, loss: look.loss * factor, dataLoss: look.loss * factor,
            gradient: look.gradient.map { $0 * factor },
            curvature: look.curvature / some.data.totals[0])
        let penalty = objective.penalty
        for index in theta.indices {
            place.loss += penalty[index] * theta[index] * theta[index] / 2
            place.gradient[index] += penalty[index] * theta[index]
        }
        return place
    }

    fileprivate func hessian(
        _ place: Place, _ some: NewtonSums, takesAll: Bool = false
    ) -> SymmetricMatrix {
        let factor = sums.data.totals[0] / some.data.totals[0]
        var result = some.hessian(
            at: place.theta, rows: takesAll ? .all : .steepest(curvature: 2 * place.curvature))
        for index in result.elements.indices { result.elements[index] *= factor }
        for (index, penalty) in objective.penalty.enumerated() { result[index, index] += penalty }
        return result
    }
}
