import CRiskKernels

/// Walks a sequence of penalties, each from the solution of the one before, for the fit to all rows
/// and for the folds side by side.
///
/// For each penalty the loss is replaced by a quadratic model, and coordinate descent finds the
/// model's minimum; a look at the data gives the true loss and gradient there. The gradient is always
/// exact, but the Hessian need not be: it is taken from the data once (DSYRK's work, far more than a
/// look), corrected by what each look shows of it, and taken anew where steps do not shrink fast.
/// All problems look in the same pass, and share one pass for their Hessians, because that
/// of the rows without a fold is the sum of the other folds'.
///
/// Where there are many columns only some are at work: those with the steepest gradients. Each look
/// checks all others (the Karush-Kuhn-Tucker conditions), and takes in who belongs there.
struct PathSolver {
    let data: PathData
    /// How much each column's coefficient weighs in the penalty, in each problem; 0 where the column
    /// is constant on the problem's rows.
    let scales: [[Double]]
    let l1Ratio: Double
    let lower: [Double]
    let upper: [Double]
    /// The columns at work, in increasing order.
    var columns: [Int]
    var problems: [PathProblem]
    /// The total number of looks at the data, and of Hessians.
    var looks = 0
    var hessians = 0

    /// A step shorter than this, in standardised coefficients, is taken without another look.
    static let tolerance = 6e-6
    /// The most looks at one penalty.
    static let lookLimit = 200
    /// So many columns are at work from the start; 4096 at most.
    static let fewColumns = 128
    static let mostColumns = 4096

    /// - Parameter bounds: of each column's coefficient, on any scale: their signs count.
    init(
        _ data: PathData, scales: [[Double]], l1Ratio: Double,
        bounds: [(lower: Double, upper: Double)]
    ) {
        self.data = data
        self.scales = scales
        self.l1Ratio = l1Ratio
        lower = bounds.map(\.lower)
        upper = bounds.map(\.upper)
        columns = data.order - 1 <= Self.fewColumns ? Array(0..<data.order - 1) : []
        problems = data.totals.indices.map { problem in
            let rate = data.events[problem] / data.totals[problem]
            var theta = [Double](repeating: 0, count: data.order)
            theta[0] = rk_log_f64(rate / (1 - rate))
            return PathProblem(
                index: problem, theta: theta,
                value: PathData.Value(loss: .nan, gradient: []))
        }
    }

    /// Looks at where all problems stand, with all coefficients 0 but the intercept's.
    mutating func begin() throws(TrainingError) {
        let values = data.evaluate(problems.map { .init(problem: $0.index, theta: $0.theta) })
        looks += 1
        for index in problems.indices { problems[index].value = values[index] }
        takeHessians()
        try solve(lambda: nil, problems: Array(problems.indices))
    }

    /// The least λ at which all coefficients are 0, after `begin`.
    var largestLambda: Double {
        let gradient = problems[0].value.gradient
        var largest = 0.0
        for column in 0..<data.order - 1 where scales[0][column] > 0 {
            var pull = -gradient[column + 1]
            if upper[column] <= 0 { pull = min(pull, 0) }
            if lower[column] >= 0 { pull = max(pull, 0) }
            largest = max(largest, abs(pull) / scales[0][column])
        }
        return largest / max(l1Ratio, 0.001)
    }

    /// The minimum for one λ, from where the problems stand; nil keeps all coefficients at 0.
    mutating func solve(lambda: Double?, problems chosen: [Int]) throws(TrainingError) {
        for index in chosen {
            problems[index].looks = 0
            problems[index].isDone = false
            problems[index].lastStep = .infinity
        }
        try takeIn(lambda, chosen)
        propose(chosen, lambda, isFirst: true)
        var pending = chosen.filter { !problems[$0].isDone }
        while !pending.isEmpty {
            let values = data.evaluate(
                pending.map { .init(problem: $0, theta: problems[$0].candidate) })
            looks += 1
            for (index, value) in zip(pending, values) { step(index, to: value, lambda) }
            try takeIn(lambda, pending)
            refresh(pending)
            propose(pending, lambda, isFirst: false)
            pending = pending.filter { !problems[$0].isDone }
            if pending.contains(where: { problems[$0].looks > Self.lookLimit }) {
                throw .notConverged(iterations: Self.lookLimit)
            }
        }
    }

    /// Goes to the candidate where the objective allows it, and learns from the gradient there.
    private mutating func step(_ index: Int, to value: PathData.Value, _ lambda: Double?) {
        problems[index].looks += 1
        problems[index].looksSinceHessian += 1
        let (here, there) = (problems[index].theta, problems[index].candidate)
        let before = problems[index].value.loss + cost(index, here, lambda)
        let after = value.loss + cost(index, there, lambda)
        let places = [0] + columns.map { $0 + 1 }
        let change = places.map { value.gradient[$0] - problems[index].value.gradient[$0] }
        let step = places.map { there[$0] - here[$0] }
        if problems[index].looks == 1 {
            let foreseen = problems[index].foreseen
            problems[index].surprise =
                foreseen.count == places.count && problems[index].length == 1
                ? zip(places, foreseen).map { value.gradient[$0] - $1 } : []
        }
        problems[index].learn(step: step, change: change)
        guard after <= before + 1e-9 * (1 + abs(before)) else {
            // The model promised what is not there: it has just been corrected, and the step is
            // shortened until the objective falls.
            problems[index].wantsHessian = problems[index].looksSinceHessian > 1
            problems[index].length /= 2
            problems[index].lastStep = .infinity
            return
        }
        problems[index].length = 1
        let length = step.reduce(0) { max($0, abs($1)) }
        // At a third of the last step or less, looks are cheaper than a new Hessian.
        problems[index].wantsHessian =
            problems[index].looksSinceHessian > 2 && length > 0.3 * problems[index].lastStep
        problems[index].lastStep = length
        problems[index].theta = there
        problems[index].value = value
    }

    /// Finds the model's minimum: the next candidate, or the end.
    private mutating func propose(_ chosen: [Int], _ lambda: Double?, isFirst: Bool) {
        let solver = self
        var found = [(point: [Double], gradient: [Double])](
            repeating: ([], []), count: chosen.count)
        found.withUnsafeMutableBufferPointer { found in
            nonisolated(unsafe) let found = found
            let workers = min(solver.data.threads, chosen.count)
            concurrently(workers) { worker in
                for place in stride(from: worker, to: chosen.count, by: workers) {
                    found[place] = solver.minimum(of: chosen[place], lambda, isFirst: isFirst)
                }
            }
        }
        for (place, index) in chosen.enumerated() {
            accept(index, found[place].point, found[place].gradient, isFirst: isFirst)
        }
    }

    private mutating func accept(
        _ index: Int, _ point: [Double], _ gradient: [Double], isFirst: Bool
    ) {
        let places = [0] + columns.map { $0 + 1 }
        var target = problems[index].theta
        var distance = 0.0
        for (place, column) in places.enumerated() {
            distance = max(distance, abs(point[place] - target[column]))
            target[column] += problems[index].length * (point[place] - target[column])
        }
        if problems[index].length == 1 {
            for (place, column) in places.enumerated() { target[column] = point[place] }
        }
        problems[index].candidate = target
        problems[index].foreseen = gradient
        guard distance <= Self.tolerance, problems[index].looks > 0 || isFirst else { return }
        // So near that the model is exact: what a look would show is foreseen.
        let before = problems[index].theta
        for (place, column) in places.enumerated() {
            let mean = (problems[index].value.gradient[column] + gradient[place]) / 2
            problems[index].value.loss += mean * (point[place] - before[column])
            problems[index].value.gradient[column] = gradient[place]
            problems[index].theta[column] = point[place]
        }
        problems[index].isDone = true
    }

    /// The minimum of one problem's model.
    ///
    /// Penalties are a constant factor apart, so one step is much like the next: by what the model missed
    /// at the last penalty's first candidate, it is shifted at this one's.
    private func minimum(
        of index: Int, _ lambda: Double?, isFirst: Bool
    ) -> (point: [Double], gradient: [Double]) {
        let problem = problems[index]
        let scales = scales[index]
        func bound(_ bound: Double, _ column: Int) -> Double {
            lambda == nil || scales[column] == 0 ? 0 : bound
        }
        let lambda = lambda ?? 0
        let descent = CoordinateDescent(
            hessian: problem.hessian, order: columns.count + 1,
            l1: [0] + columns.map { lambda * l1Ratio * scales[$0] },
            l2: [0] + columns.map { lambda * (1 - l1Ratio) * scales[$0] * scales[$0] },
            lower: [-.infinity] + columns.map { bound(lower[$0], $0) },
            upper: [.infinity] + columns.map { bound(upper[$0], $0) })
        let places = [0] + columns.map { $0 + 1 }
        let isShifted = isFirst && problem.surprise.count == places.count
        var found = descent.minimum(
            from: places.map { problem.theta[$0] },
            gradient: places.enumerated().map { place, column in
                problem.value.gradient[column] + (isShifted ? problem.surprise[place] : 0)
            })
        // The gradient that is given back is the model's own: the shift is a guess.
        if isShifted { found.gradient = zip(found.gradient, problem.surprise).map { $0 - $1 } }
        return found
    }

    /// What coefficients cost.
    private func cost(_ index: Int, _ theta: [Double], _ lambda: Double?) -> Double {
        guard let lambda else { return 0 }
        var sum = 0.0
        for column in columns {
            let size = abs(theta[column + 1]) * scales[index][column]
            sum += l1Ratio * size + (1 - l1Ratio) / 2 * size * size
        }
        return lambda * sum
    }
}

extension PathSolver {
    /// Takes columns in that belong to the solution, and more of the steepest beside them.
    private mutating func takeIn(_ lambda: Double?, _ chosen: [Int]) throws(TrainingError) {
        let all = data.order - 1
        guard columns.count < all else { return }
        var steepness = [Double](repeating: 0, count: all)
        var violations = 0
        let isAtWork = Set(columns)
        for column in 0..<all where !isAtWork.contains(column) {
            for index in chosen where scales[index][column] > 0 {
                var pull = -problems[index].value.gradient[column + 1]
                if upper[column] <= 0 { pull = min(pull, 0) }
                if lower[column] >= 0 { pull = max(pull, 0) }
                steepness[column] = max(steepness[column], abs(pull) / scales[index][column])
            }
            if let lambda, steepness[column] > lambda * l1Ratio { violations += 1 }
        }
        // Before the first penalty the columns that will come first are taken.
        guard violations > 0 || columns.isEmpty else { return }
        let more = min(all - columns.count, max(violations, columns.count, Self.fewColumns))
        guard columns.count + more <= Self.mostColumns else {
            throw .tooManyColumns(columns.count + violations, most: Self.mostColumns)
        }
        let others = (0..<all).filter { !isAtWork.contains($0) }
            .sorted { (-steepness[$0], $0) < (-steepness[$1], $1) }
        columns = (columns + others.prefix(more)).sorted()
        for index in problems.indices { problems[index].surprise = [] }
        takeHessians()
    }

    /// Takes Hessians anew where steps did not shrink.
    private mutating func refresh(_ chosen: [Int]) {
        if chosen.contains(0), problems[0].wantsHessian {
            takeHessians()
            return
        }
        for index in chosen where problems[index].wantsHessian {
            set(data.hessians(at: problems[index].theta, columns: columns), for: index)
            hessians += 1
        }
    }

    /// The Hessians of all problems, from one pass at where the fit to all rows stands.
    private mutating func takeHessians() {
        let parts = data.hessians(at: problems[0].theta, columns: columns)
        hessians += 1
        for index in problems.indices { set(parts, for: index) }
    }

    private mutating func set(_ parts: [[Double]], for index: Int) {
        var sum = [Double](repeating: 0, count: parts[0].count)
        for (part, hessian) in parts.enumerated()
        where data.folds.trains(problems[index].index, on: part) {
            for element in sum.indices { sum[element] += hessian[element] }
        }
        let total = data.totals[index]
        problems[index].hessian = sum.map { $0 / total }
        problems[index].looksSinceHessian = 0
        problems[index].wantsHessian = false
    }
}
