import CRiskKernels
import RiskColumns
import RiskLinearAlgebra
import RiskModel

/// A logistic regression fitted to a sample: from columns to terms of a model.
struct LogisticFit {
    let intercept: Int64
    /// `feature` is the matrix's column.
    let terms: [LinearTerm]
    let steps: Int
    let end: NewtonMethod.End
    let warnings: [String]
    let losses: [TrainingProgress]
    /// The coefficients with their errors; nil where none are known.
    var coefficients: CoefficientReport?
    /// The path of penalties; nil where none was walked.
    var path: LambdaPathReport?

    /// Columns beyond which nobody asks which are combinations of others: that takes their square in
    /// memory and their cube in time.
    static let collinearityLimit = 1000
    /// The most columns of a fit by Newton's or Firth's method. The Hessian is dense: 134 MB for so many,
    /// and there are a few copies of it.
    static let mostColumns = 4096

    /// - Parameters:
    ///   - given: in any order. What is summed in floating point is summed in canonical order.
    ///   - weightUnit: what a weight of 1 stands for: errors are of so many rows.
    /// - Complexity: O(steps × rows × features²).
    init(
        _ learner: LogisticRegressionLearner, _ matrix: FeatureMatrix, _ given: Sample,
        weightUnit: Double = 1, threads: Int, stage: TrainingProgress.Stage,
        _ progress: TrainingCallback?
    ) throws(TrainingError) {
        let names = matrix.names
        let summaries = Self.summaries(matrix, given, threads)
        let offsetFeature = try Self.offset(learner, matrix, given)?.feature
        var warnings = try Self.check(summaries, names, offset: offsetFeature)
        var design = Design(summaries, excluding: offsetFeature)
        guard !design.columns.isEmpty else {
            throw summaries.allSatisfy { $0.missingRows == given.count }
                ? .allMissing(features: names) : .nothingVaries(features: names)
        }
        guard design.columns.count <= Self.mostColumns else {
            throw .tooManyColumnsForNewton(design.columns.count, most: Self.mostColumns)
        }
        let isFirth = learner.penalty == .firth
        let isLarge =
            !isFirth && NewtonApproach.pays(rows: given.count, columns: design.columns.count)
        // Large data are summed in whole numbers, which have no order.
        let sample = isLarge ? given : given.inCanonicalOrder(matrix, threads: threads)
        let offset = try Self.offset(learner, matrix, sample)
        if learner.diagnostics { warnings += Self.leakage(matrix, sample, threads) }

        let rate = sample.baseRate
        let base = rk_log_f64(rate / (1 - rate))
        let weight = Double(sample.weights.total) * sample.weights.unit
        let l2 = learner.ridge(weight: weight)
        func objective(
            _ design: Design, _ sample: Sample, _ offsets: [Double]?
        ) -> LogisticObjective {
            let penalty =
                [0]
                + design.columns.map { column in
                    learner.standardize ? l2 : l2 * column.ownScale * column.ownScale
                }
            return LogisticObjective(
                design, penalty: penalty, matrix, sample, offsets: offsets, threads: threads)
        }
        var problem = objective(design, sample, offset?.values)
        var start = [base] + [Double](repeating: 0, count: design.columns.count)
        let draws = isLarge ? sample.draws(matrix, threads: threads) : []
        let exact = ExactSums(sample)
        func copied(_ design: Design, every: Int = 1) throws(TrainingError) -> NewtonSums? {
            try NewtonSums(
                design, matrix, sample, offsets: offset?.values, draws, every: every, exact,
                threads: threads)
        }
        var sums = isLarge && l2 > 0 ? try copied(design) : nil
        var first = isLarge ? nil : problem.evaluate(start)
        var correlations: SymmetricMatrix?
        if let first, offset == nil {
            // With all coefficients 0 every row has the same curvature: the Hessian is the correlations.
            correlations = Self.correlations(
                first.hessian, curvature: Self.mass(sample) * rate * (1 - rate))
        } else if learner.diagnostics || l2 == 0 {
            correlations =
                sums.flatMap { Self.correlations($0) }
                ?? Self.correlations(
                    design, matrix, given.inCanonicalOrder(matrix, threads: threads), threads)
        }
        if let found = correlations, learner.diagnostics || l2 == 0 {
            let collinearity = Collinearity(found, name: { design.name($0, names) })
            if learner.diagnostics { warnings += collinearity.warnings }
            if l2 == 0, !collinearity.dependent.isEmpty {
                let left = Set(collinearity.dependent)
                warnings.append(
                    "without a penalty these cannot be told apart from the rest, and are left out: "
                        + listed(collinearity.dependent.map { design.name($0, names) }))
                let kept = design.columns.indices.filter { !left.contains($0) }
                design = design.selecting(kept)
                correlations = found.selecting(kept)
                problem = objective(design, sample, offset?.values)
                start = [base] + [Double](repeating: 0, count: design.columns.count)
                first = isLarge ? nil : problem.evaluate(start)
            }
        }
        if isLarge, sums == nil { sums = try copied(design) }

        var losses: [TrainingProgress] = []
        func report(_ step: Int, _ dataLoss: Double) -> Bool {
            let now = TrainingProgress(
                stage: stage, round: step, rounds: learner.iterations,
                trainingLoss: dataLoss / weight, heldOutLoss: nil)
            losses.append(now)
            return progress?(now) ?? true
        }
        var result: NewtonMethod.Result
        var firth: FirthMethod?
        if isFirth {
            let method = FirthMethod(problem, iterations: learner.iterations)
            guard let fitted = method.maximise(from: start, { report($0, $1.dataLoss) }) else {
                throw .notConverged(iterations: learner.iterations)
            }
            firth = method
            result = fitted
        } else {
            let newton = NewtonMethod(
                iterations: learner.iterations, weight: weight,
                report: { report($0, $1.dataLoss) })
            let (final, steps) = (design, learner.iterations)
            let arrival = sums.flatMap { sums in
                NewtonApproach(
                    sums: sums, sample: { try? copied(final, every: $0) }, objective: problem,
                    iterations: steps, report: report
                ).minimise()
            }
            // Without a penalty the last steps are Newton's own: they see where the classes separate.
            if let arrival, l2 > 0 || arrival.end == .stopped {
                result = arrival
                if learner.diagnostics, arrival.end == .converged, let sums {
                    result.state.hessian = sums.hessian(at: arrival.theta)
                    for (index, penalty) in problem.penalty.enumerated() {
                        result.state.hessian[index, index] += penalty
                    }
                }
            } else {
                if isLarge {
                    let sample = given.inCanonicalOrder(matrix, threads: threads)
                    problem = objective(
                        design, sample, try Self.offset(learner, matrix, sample)?.values)
                }
                let place = arrival?.theta ?? start
                result = newton.minimise(
                    problem, from: place, (arrival == nil ? first : nil) ?? problem.evaluate(place),
                    stopsWhenSeparated: l2 == 0)
            }
        }
        sums = nil
        let how = Self.separation(result, summaries, design, names)
        switch result.end {
        case .converged, .stopped:
            // What was stopped may be on its way anywhere.
            if result.end == .converged, l2 == 0, !isFirth,
                let diverging = Self.diverging(result, design, names)
            {
                throw .separated(by: how ?? diverging)
            }
        case .separated, .singular:
            throw l2 == 0
                ? .separated(by: how ?? "the features together separate the classes perfectly")
                : .notConverged(iterations: result.steps)
        case .exhausted: throw .notConverged(iterations: result.steps)
        }
        if let how {
            warnings.append("\(how): the coefficients are as large as the penalty lets them be")
        }
        let folded = try Self.fold(
            result.theta, design, summaries, names, offset: offsetFeature)
        intercept = folded.intercept
        terms = folded.terms
        steps = result.steps
        end = result.end
        self.losses = losses
        self.warnings = warnings + folded.warnings
        path = nil
        coefficients = correlations.flatMap { correlations in
            !learner.diagnostics
                ? nil
                : CoefficientReport(
                    result, problem, correlations, weightUnit: weightUnit, names: names,
                    confidence: learner.confidence,
                    firth: result.end == .converged ? firth : nil, isFirth: isFirth)
        }
    }

    static func summaries(
        _ matrix: FeatureMatrix, _ sample: Sample, _ threads: Int
    ) -> [ColumnSummary] {
        var summaries = [ColumnSummary?](repeating: nil, count: matrix.columns.count)
        // Means and deviations ask for the ratios of weights only.
        let sample = sample.inUnits
        let sums = ExactSums(sample)
        summaries.withUnsafeMutableBufferPointer { summaries in
            concurrently(threads) { worker in
                for column in stride(from: worker, to: summaries.count, by: threads) {
                    summaries[column] = ColumnSummary(matrix.columns[column], sample, sums)
                }
            }
        }
        return summaries.compactMap { $0 }
    }

    /// What each feature alone tells of the label, on at most 65,536 rows; features that tell little on
    /// a few hundred are not looked at again. Rows are drawn by what they hold.
    static func leakage(_ matrix: FeatureMatrix, _ given: Sample, _ threads: Int) -> [String] {
        let halvings = RowNames.halvings(of: given.count, most: 1 << 17)
        var sample = given
        if halvings > 0 {
            // Of rows that are equal as many as of others: what is left must look like the whole.
            let names = RowNames(matrix, given, threads: threads)
            sample = given.selecting(names.places(halvings: halvings))
            let events = sample.positives
            if events == 0 || events == sample.count { sample = given }
        }
        sample = sample.inCanonicalOrder(matrix, threads: threads)
        let suspects = LeakageCheck.suspects(matrix, sample, threads: threads)
        if suspects.isEmpty { return [] }
        let matrix = FeatureMatrix(
            names: suspects.map { matrix.names[$0] }, columns: suspects.map { matrix.columns[$0] },
            rowCount: matrix.rowCount)
        let leakageRows = stride(from: 0, to: sample.count, by: max(1, sample.count / 65_536))
        let few = sample.selecting(leakageRows.map { UInt32($0) })
        let binning = Binning(matrix, few, limit: 255, threads: threads)
        let leakageBins = BinnedMatrix(matrix, few, binning, threads: threads)
        return LeakageCheck.warnings(
            leakageBins, leakageBins.counts(few, threads: threads), names: matrix.names)
    }

    /// The offset's column and its values, one a row of the sample; nil where there is none.
    static func offset(
        _ learner: LogisticRegressionLearner, _ matrix: FeatureMatrix, _ sample: Sample
    ) throws(TrainingError) -> (feature: Int, values: [Double])? {
        guard let name = learner.offset else { return nil }
        guard let feature = matrix.names.firstIndex(of: name) else {
            throw .badSetting("offset: there is no feature called \"\(name)\"")
        }
        let column = matrix.columns[feature]
        let values = sample.rows.map { rows in rows.map { column[Int($0)] } } ?? column
        let bad = values.count { !$0.isFinite }
        if bad > 0 { throw .badOffset(feature: name, rows: bad) }
        return (feature, values)
    }

    /// The correlations of a design's columns, weighted as the rows are.
    static func correlations(
        _ design: Design, _ matrix: FeatureMatrix, _ sample: Sample, _ threads: Int
    ) -> SymmetricMatrix {
        let zero = [Double](repeating: 0, count: design.columns.count + 1)
        let plain = LogisticObjective(design, penalty: zero, matrix, sample, threads: threads)
        // At 0 every row's curvature is a quarter of its weight.
        return correlations(plain.evaluate(zero).hessian, curvature: mass(sample) / 4)
    }

    /// The sum of the weights as given, by which columns are standardised: on the lattice it is another, by some
    /// 1e-7.
    private static func mass(_ sample: Sample) -> Double {
        sample.plainWeights?.reduce(0, +) ?? Double(sample.count)
    }

    /// Refuses infinite values, and says what is left out.
    static func check(
        _ summaries: [ColumnSummary], _ names: [String], offset: Int? = nil
    ) throws(TrainingError) -> [String] {
        var warnings: [String] = []
        var missing: [String] = []
        var constant: [String] = []
        for (index, (summary, name)) in zip(summaries, names).enumerated() where index != offset {
            if summary.infiniteRows > 0 {
                throw .infiniteValues(feature: name, rows: summary.infiniteRows)
            }
            if summary.lowest > summary.highest {
                missing.append(name)
            } else if !summary.varies {
                constant.append(name)
            }
        }
        if !missing.isEmpty {
            warnings.append("missing in all rows, and left out: \(listed(missing))")
        }
        if !constant.isEmpty {
            warnings.append("the same in all rows, and left out: \(listed(constant))")
        }
        return warnings
    }

    /// The correlations of the columns, from the Hessian where all coefficients are 0: the columns are
    /// standardised, so that without the penalty its diagonal is `curvature` throughout.
    static func correlations(
        _ hessian: SymmetricMatrix, curvature: Double
    ) -> SymmetricMatrix {
        var result = hessian.selecting(Array(1..<hessian.order))
        for column in 0..<result.order {
            for row in column..<result.order {
                result[row, column] = row == column ? 1 : result[row, column] / curvature
            }
        }
        return result
    }

    /// The correlations from a copy in single precision; nil where one column is so nearly a
    /// combination of others that they need double precision.
    ///
    /// Entries are off by some 1e-8, of which variance inflation makes as many times more.
    static func correlations(_ sums: NewtonSums) -> SymmetricMatrix? {
        let gram = sums.hessian(at: nil)
        let result = correlations(gram, curvature: gram[0, 0])
        return suffices(result) ? result : nil
    }

    /// The same of a copy as paths are walked over.
    static func correlations(_ data: PathData) -> SymmetricMatrix? {
        var gram = SymmetricMatrix(order: data.order)
        for part in data.hessians(at: nil, columns: Array(0..<data.order - 1)) {
            for index in part.indices { gram.elements[index] += part[index] }
        }
        let result = correlations(gram, curvature: data.totals[0])
        return suffices(result) ? result : nil
    }

    private static func suffices(_ correlations: SymmetricMatrix) -> Bool {
        guard let inverse = CholeskyFactor(correlations)?.inverse() else { return false }
        return (0..<inverse.order).allSatisfy { inverse[$0, $0] < 100 }
    }

    /// How the classes are separated, in words; nil where they are not.
    private static func separation(
        _ result: NewtonMethod.Result, _ summaries: [ColumnSummary], _ design: Design,
        _ names: [String]
    ) -> String? {
        for column in design.columns where column.kind == .value {
            if let how = summaries[column.source].separation {
                return "feature \"\(names[column.source])\" \(how)"
            }
        }
        guard result.state.wrong == 0 else { return nil }
        let largest = design.columns.indices
            .sorted { abs(result.theta[$0 + 1]) > abs(result.theta[$1 + 1]) }.prefix(3)
        return "the features together separate the classes perfectly, above all "
            + listed(largest.map { design.name($0, names) })
    }

    /// Columns whose coefficient has no end: its standard error is out of all proportion.
    private static func diverging(
        _ result: NewtonMethod.Result, _ design: Design, _ names: [String]
    ) -> String? {
        guard let inverse = CholeskyFactor(result.state.hessian)?.inverse() else { return nil }
        let columns = design.columns.indices.filter { inverse[$0 + 1, $0 + 1] > 10_000 }
        guard !columns.isEmpty else { return nil }
        return "part of the rows are separated perfectly, and what tells them apart grows without "
            + "bound: \(listed(columns.map { design.name($0, names) }))"
    }

    /// Coefficients on the features' own scale, and what a missing value adds.
    static func fold(
        _ theta: [Double], _ design: Design, _ summaries: [ColumnSummary], _ names: [String],
        offset: Int? = nil
    ) throws(TrainingError) -> (intercept: Int64, terms: [LinearTerm], warnings: [String]) {
        var intercept = theta[0]
        var coefficients: [Int: Double] = [:]
        var meanParts: [Int: Double] = [:]
        var indicators: [Int: Double] = [:]
        for (index, column) in design.columns.enumerated() {
            let value = theta[index + 1]
            let centrePart = value * column.factor * column.centre
            intercept -= centrePart
            switch column.kind {
            case .value:
                coefficients[column.source] = value * column.ownScale
                meanParts[column.source] = centrePart
            case .missing: indicators[column.source] = value * column.factor
            }
        }
        if let offset {
            let summary = summaries[offset]
            coefficients[offset] = 1
            meanParts[offset] = summary.varies ? summary.mean / summary.scale : summary.lowest
        }
        var terms: [LinearTerm] = []
        var warnings: [String] = []
        let limit = LogOdds.linearLimit / LogOdds.unitsPerOne
        for (source, summary) in summaries.enumerated()
        where coefficients[source] != nil || indicators[source] != nil {
            let coefficient = coefficients[source] ?? 0
            let meanPart = meanParts[source] ?? 0
            let indicator = indicators[source] ?? 0
            let spread = 2 * abs(coefficient / summary.scale * summary.deviation)
            // Held at its bound, a feature far from zero would be the same for every row.
            if abs(meanPart) + spread >= limit, abs(meanPart) > spread {
                throw .notRepresentable(
                    feature: names[source], range: "\(summary.lowest) to \(summary.highest)")
            }
            let extreme = max(
                abs(coefficient * summary.lowest), abs(coefficient * summary.highest))
            if coefficient != 0, extreme >= limit {
                warnings.append(
                    "feature \"\(names[source])\" has extreme values, whose contribution is held at "
                        + "log-odds of \(Int(limit))")
            }
            func units(_ value: Double) -> Int64 {
                LogOdds.units(min(max(value, -limit), limit))
            }
            terms.append(
                LinearTerm(
                    feature: source, coefficient: coefficient,
                    missingUnits: units(meanPart + indicator),
                    typicalUnits: units(meanPart + indicator * summary.missingShare)))
        }
        return (LogOdds.units(intercept), terms, warnings)
    }

    /// The scores of a sample's rows, as the model will give them.
    func scores(_ matrix: FeatureMatrix, _ sample: Sample) -> [Int64] {
        var units = [Int64](repeating: intercept, count: sample.count)
        for term in terms {
            let column = matrix.columns[term.feature]
            for place in units.indices {
                units[place] += term.units(of: column[sample.rows.map { Int($0[place]) } ?? place])
            }
        }
        return units
    }
}
