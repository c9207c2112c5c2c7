import CRiskKernels
import RiskColumns
import RiskLinearAlgebra
import RiskModel

extension LogisticFit {
    /// Fits by coordinate descent along a path of penalties.
    /// - Parameters:
    ///   - sample: in canonical order.
    ///   - times: of the matrix's rows, for folds by time.
    ///   - lambda: the penalty; nil to choose it by folds.
    /// - Complexity: O(looks × rows × columns × folds + Hessians × rows × columns²).
    init(
        path learner: LogisticRegressionLearner, _ matrix: FeatureMatrix, _ sample: Sample,
        times: [Int64]?, lambda: Double?, threads: Int, stage: TrainingProgress.Stage,
        _ progress: TrainingCallback?
    ) throws(TrainingError) {
        let names = matrix.names
        let summaries = Self.summaries(matrix, sample, threads)
        let offset = try Self.offset(learner, matrix, sample)
        var warnings = try Self.check(summaries, names, offset: offset?.feature)
        let design = Design(summaries, excluding: offset?.feature)
        guard !design.columns.isEmpty else {
            throw summaries.allSatisfy { $0.missingRows == sample.count }
                ? .allMissing(features: names) : .nothingVaries(features: names)
        }
        if learner.diagnostics { warnings += Self.leakage(matrix, sample, threads) }
        for column in design.columns where column.kind == .value {
            guard let how = summaries[column.source].separation else { continue }
            warnings.append("feature \"\(names[column.source])\" \(how)")
        }
        let folds =
            lambda == nil
            ? try LambdaFolds(
                sample, times: times, kind: learner.path.foldKind, folds: learner.path.folds)
            : LambdaFolds(rows: sample.count)
        let data = try PathData(
            design, matrix, sample, offsets: offset?.values, folds: folds, threads: threads)
        var solver = PathSolver(
            data,
            scales: data.deviations.map { deviations in
                zip(design.columns, deviations).map { column, deviation in
                    deviation == 0 ? 0 : learner.standardize ? deviation : column.ownScale
                }
            },
            l1Ratio: learner.mixture,
            bounds: design.columns.map { column in
                guard column.kind == .value, let sign = learner.signs[names[column.source]] else {
                    return (-.infinity, .infinity)
                }
                return sign == .positive ? (0, .infinity) : (-.infinity, 0)
            })
        try solver.begin()
        if learner.diagnostics, design.columns.count <= Self.collinearityLimit {
            let correlations =
                Self.correlations(data) ?? Self.correlations(design, matrix, sample, threads)
            warnings += Collinearity(correlations, name: { design.name($0, names) }).warnings
        }

        var report = LambdaPathReport()
        report.columns = design.columns.indices.map { design.name($0, names) }
        var losses: [TrainingProgress] = []
        var thetas: [[Double]] = []
        let empty = solver.problems[0].value.loss
        let lambdas = Self.lambdas(learner, from: solver.largestLambda, to: lambda, data)
        var isStopped = false
        report.end =
            lambda == nil || learner.walksWholePath ? "all values of lambda" : "lambda was given"
        var index = 0
        var queue = lambdas[...]
        while let value = queue.popFirst() {
            defer { index += 1 }
            try solver.solve(lambda: value, problems: Array(solver.problems.indices))
            let problem = solver.problems[0]
            let explained = empty > 0 ? 1 - problem.value.loss / empty : 0
            var point = LambdaPathReport.Point(
                lambda: value, intercept: Self.ownIntercept(problem.theta, design),
                coefficients: zip(design.columns, problem.theta.dropFirst())
                    .map { $1 * $0.ownScale },
                devianceExplained: explained)
            if folds.problemCount > 1 {
                let predicted = data.predictedLosses(solver.problems.map(\.theta))
                let total = predicted.reduce(0) { $0 + $1.weight }
                let mean = predicted.reduce(0) { $0 + $1.loss * $1.weight } / total
                let spread =
                    predicted.reduce(0) {
                        $0 + ($1.loss - mean) * ($1.loss - mean) * $1.weight
                    } / total
                point.foldLoss = mean
                point.foldLossError = (spread / Double(predicted.count - 1)).squareRoot()
            }
            report.points.append(point)
            thetas.append(problem.theta)
            let now = TrainingProgress(
                stage: stage, round: index + 1, rounds: lambdas.count,
                trainingLoss: problem.value.loss, heldOutLoss: point.foldLoss)
            losses.append(now)
            if let progress, !progress(now) {
                isStopped = true
                report.end = "stopped from outside"
                break
            }
            // glmnet's rules for the end of a path: what follows would be the same fit, or a
            // saturated one.
            guard lambda == nil || learner.walksWholePath, index >= 4 else { continue }
            let gain = explained - report.points[index - 1].devianceExplained
            if explained > 0.999 {
                report.end = "over 0.999 of the deviance is explained"
            } else if gain < 1e-5 {
                report.end = "less than 0.00001 of the deviance was left to gain"
            } else {
                continue
            }
            // What was asked for comes all the same.
            queue = queue.filter { $0 == lambda }[...]
        }
        report.chosen =
            isStopped ? report.points.last?.lambda ?? 0 : lambda ?? report.points.last?.lambda ?? 0
        report.choose(learner.path.selection)
        report.looks = solver.looks
        report.hessians = solver.hessians
        let place = report.points.firstIndex { $0.lambda == report.chosen } ?? 0
        let chosen = thetas[place]
        let kept = design.columns.indices.filter { chosen[$0 + 1] != 0 }
        let folded = try Self.fold(
            [chosen[0]] + kept.map { chosen[$0 + 1] }, design.selecting(kept), summaries, names,
            offset: offset?.feature)
        intercept = folded.intercept
        terms = folded.terms
        steps = solver.looks
        end = isStopped ? .stopped : .converged
        self.losses = losses
        self.warnings = warnings + folded.warnings
        path = report
        coefficients = nil
    }

    /// The values of λ that are walked: the whole path, or down to the one that is given.
    private static func lambdas(
        _ learner: LogisticRegressionLearner, from largest: Double, to given: Double?,
        _ data: PathData
    ) -> [Double] {
        if let given, !learner.walksWholePath {
            guard given > 0, given < largest else { return [given] }
            // A few steps on the way: each begins near its solution.
            let steps = min(40, Int(rk_log_f64(largest / given).rounded(.up)))
            return (1...max(1, steps)).map { step in
                step == max(1, steps)
                    ? given
                    : largest * power(given / largest, Double(step) / Double(max(1, steps)))
            }
        }
        let ratio = learner.path.ratio ?? (data.rowCount < data.order - 1 ? 1e-2 : 1e-4)
        let whole = (0..<learner.path.count).map {
            largest * power(ratio, Double($0) / Double(learner.path.count - 1))
        }
        return given.map { given in
            whole.filter { $0 > given } + [given] + whole.filter { $0 < given }
        } ?? whole
    }

    private static func power(_ base: Double, _ exponent: Double) -> Double {
        rk_exp_f64(rk_log_f64(base) * exponent)
    }

    /// The intercept for features as they are, not centred.
    static func ownIntercept(_ theta: [Double], _ design: Design) -> Double {
        var intercept = theta[0]
        for (index, column) in design.columns.enumerated() {
            intercept -= theta[index + 1] * column.factor * column.centre
        }
        return intercept
    }
}
