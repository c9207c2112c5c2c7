import CRiskKernels
import RiskColumns
import RiskJSON
import RiskLinearAlgebra
import RiskModel

/// Learns a logistic regression: with a ridge penalty unless another is asked for.
///
/// With the ridge it minimises Σ w · log loss + l2/2 · Σ β², the intercept free: scikit-learn's objective with
/// C = 1/l2. With `standardize` the β are those of standardised features (centred, divided by their
/// weighted standard deviation), which makes the penalty independent of units; without, those of the
/// features as they are. Either way the model's coefficients are on the features' own scale.
///
/// A missing value counts as the feature's mean, and where a feature has missing values in training,
/// an indicator of their own is fitted beside it: the model's `missingUnits`. Newton's method goes on
/// until no element of the gradient is above 10^-11 of the total weight. The coefficients do not
/// depend on the number of threads; on another kind of processor, whose BLAS adds in another order,
/// they may differ in the last digits.
public struct LogisticRegressionLearner: Sendable, Equatable {
    /// The penalty: 0 or more; scikit-learn's 1/C. With 0, separated classes are an error, and a
    /// feature that is a combination of others is left out.
    public var l2 = 1.0
    /// Which penalty: the ridge, the lasso, both, Firth's or none.
    public var penalty = LogisticPenalty.l2
    /// The lasso's share of an elastic net's penalty, in [0, 1]: glmnet's alpha. 0 is a ridge on the
    /// path's scale, 1 a lasso.
    public var l1Ratio = 0.5
    /// The penalty's strength on glmnet's scale (`LambdaPath`), in place of `l2`; nil to choose one of
    /// a path by folds, or with `l2` to take that.
    public var lambda: Double?
    /// Whether the whole path is walked. Without `lambda` folds choose one of it, for the ridge too
    /// (the lasso's and the elastic net's are chosen in any case); with `lambda` that is taken, and the
    /// path is for the report.
    public var choosesLambda = false
    /// The path, and how one of its penalties is chosen.
    public var path = LambdaPath()
    /// Signs that coefficients must have, by feature; the others may have any.
    public var signs: [String: CoefficientSign] = [:]
    /// A feature whose coefficient is 1 and not fitted: log-odds known from elsewhere. It is part of
    /// the model.
    public var offset: String?
    /// The confidence of the coefficients' intervals: in [0.5, 0.9999].
    public var confidence = 0.95
    /// Whether the penalty acts on the coefficients of standardised features.
    public var standardize = true
    /// The most Newton steps: in 1 ... 1000; some ten are usual.
    public var iterations = 100
    /// The share of the rows, by weight, that is held out to choose the calibration: the latest where
    /// there are times, else drawn; in [0, 0.5]; 0 leaves the probabilities as fitted.
    public var holdOut = 0.2
    /// Which calibration is set.
    public var calibration = CalibrationChoice.automatic
    /// Whether the report says what a statistician asks for: features that know the answer, columns that
    /// are combinations of others, and the coefficients' errors. The model does not depend on it; without,
    /// a fit takes 40 to 75 % of the time, the less the more columns there are.
    public var diagnostics = true
    /// Threads; 0 = as many as the machine has processors. The model does not depend on it.
    public var threads = 0

    /// The default settings.
    public init() {}

    /// Trains a model.
    /// - Parameters:
    ///   - name: what the model is called.
    ///   - progress: called after each Newton step; false stops, and the model so far comes out.
    /// - Throws: `TrainingError` where the data or a setting does not allow it.
    /// - Complexity: O(steps × rows × features²), twice where rows are held out.
    public func train(
        _ data: TrainingData, name: String, progress: TrainingCallback? = nil
    ) throws(TrainingError) -> AdditiveModel {
        try trainWithReport(data, name: name, progress: progress).model
    }

    /// Trains a model and tells what happened.
    public func trainWithReport(
        _ data: TrainingData, name: String, progress: TrainingCallback? = nil
    ) throws(TrainingError) -> (model: AdditiveModel, report: TrainingReport) {
        let reader = DocumentReader()
        _ = LogisticRegressionLearner(reading: .init(root: settings), reader)
        if let first = reader.mistakes.first { throw .badSetting(first.description) }
        let data = data.inNameOrder
        let sample = try Sample(data)
        try checkSigns(data.matrix.names)
        var report = TrainingReport()
        report.learner = "logistic regression"
        report.settings = settings
        report.rows = sample.count
        report.positives = sample.positives
        report.priorShift = try PriorCorrection.shift(data, sample)
        let threads = threadCount(threads)

        var calibration = Calibration.identity
        var lambda = lambda
        var path: LambdaPathReport?
        var fit: LogisticFit?
        var isStopped = false
        if let parts = HoldOut.parts(
            sample, data.matrix, share: holdOut, times: data.times, threads: threads, &report)
        {
            let first = try fitted(
                data, parts.earlier, lambda: lambda, threads: threads, stage: .holdingOut, progress)
            // What folds chose holds for all rows too. A λ that `l2` comes to does not: it depends on
            // the weight of the rows.
            if let chosen = first.path, chosen.minimum != nil {
                path = chosen
                lambda = chosen.chosen
            }
            let scores = HeldOutScores(parts, first.scores(data.matrix, parts.later))
            let fitted = scores.calibration(self.calibration)
            calibration = fitted.calibration
            report.calibration = fitted.report
            report.losses += first.losses
            fit = first
        }
        if fit?.end != .stopped {
            let last = try fitted(
                data, sample, lambda: lambda, threads: threads, stage: .allRows, progress)
            report.losses += last.losses
            // Where it was stopped, the fit of the earlier rows is whole, and the calibration its own.
            if last.end == .stopped, fit != nil { isStopped = true } else { fit = last }
        }
        guard let fit else { throw .noRows }
        report.rounds = fit.steps
        report.end = isStopped ? NewtonMethod.End.stopped.rawValue : fit.end.rawValue
        report.warnings += fit.warnings
        report.coefficients = fit.coefficients
        report.path = path ?? fit.path
        let model = AdditiveModel(
            name: name, features: fit.terms.map { Feature(name: data.matrix.names[$0.feature]) },
            intercept: fit.intercept,
            linearTerms: fit.terms.enumerated().map { index, term in
                var term = term
                term.feature = index
                return term
            },
            calibration: calibration.shifted(by: report.priorShift), lineage: report.lineage)
        return (model, report)
    }
}

extension LogisticRegressionLearner {
    /// Reads settings from a document, such as a recipe's training.yaml; what is not there keeps its
    /// default. Every mistake is noted in the reader.
    public init(reading place: DocumentReader.Place, _ reader: DocumentReader) {
        self.init()
        guard let members = reader.members(of: place, known: Self.keys) else { return }
        if let place = members["learner"], let kind = reader.string(place), kind != "logistic" {
            reader.note("expected logistic, found \"\(kind)\"", at: place)
        }
        if let place = members["l2"], let value = reader.number(place, in: 0...1e12) { l2 = value }
        if let place = members["standardize"], let value = reader.bool(place) {
            standardize = value
        }
        if let place = members["iterations"], let value = reader.integer(place, in: 1...1000) {
            iterations = value
        }
        if let place = members["holdOut"], let value = reader.number(place, in: 0...0.5) {
            holdOut = value
        }
        if let place = members["calibration"],
            let choice = reader.choice(place, of: CalibrationChoice.self)
        {
            calibration = choice
        }
        readPenalty(members, reader)
        if let place = members["diagnostics"], let value = reader.bool(place) {
            diagnostics = value
        }
        if let place = members["threads"], let value = reader.integer(place, in: 0...1024) {
            threads = value
        }
    }

    /// The settings that a document may have; `learner: logistic` may stand beside them.
    public static let keys = [
        "learner", "l2", "standardize", "iterations", "holdOut", "calibration", "threads",
        "diagnostics", "penalty", "l1Ratio", "lambda", "path", "lambdas", "lambdaRatio", "select",
        "folds",
        "foldsBy", "signs", "offset", "confidence",
    ]

    /// The settings that make the model what it is, as a document: all but the threads.
    public var settings: Node {
        .object(
            [
                .init("learner", "logistic"), .init("l2", Node(l2)),
                .init("standardize", Node(standardize)), .init("iterations", Node(iterations)),
                .init("holdOut", Node(holdOut)), .init("calibration", Node(calibration.rawValue)),
            ] + penaltySettings)
    }
}
