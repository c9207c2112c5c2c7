import CRiskKernels
import RiskColumns
import RiskJSON
import RiskModel

/// Learns a scorecard: each feature in a few bins, a whole number of points for each bin.
///
/// ```swift
/// var learner = ScorecardLearner()
/// learner.rule.shape = .monotone
/// learner.rules["age"] = .init()           // of its own, for one feature
/// learner.rules["age"]?.shape = .valley
/// let (model, report) = try learner.trainWithReport(data, name: "application")
/// ```
///
/// The classical way (Siddiqi 2006, "Credit risk scorecards"): each feature is divided into the bins
/// of most information value within the rule's bounds (`OptimalBinning`), a bin's value is its weight of evidence,
/// a logistic regression weighs the features, and the sum is scaled to points by base points, base odds
/// and points to double the odds. Missing values, and values declared special, are bins of their own.
/// The result is a table a feature like any other model's; its reasons and its scorer are the same.
///
/// The calibration (identity or Platt, chosen on the rows held out) is multiplied into the tables, and with
/// `wholePoints` every bin is a whole number of points, so that a row's points are *exactly* the
/// base points of the card and the points of its bins, added up.
///
/// Bins are chosen from integer counts, so that they do not depend on the order of rows, nor on threads.
/// Coefficients are those of `LogisticRegressionLearner`.
public struct ScorecardLearner: Sendable, Equatable {
    /// How features are divided into bins.
    public var rule = ScorecardRule()
    /// Rules of their own for features, by name.
    public var rules: [String: ScorecardRule] = [:]
    /// Fine bins of which ranges are made: in 2 ... 255. Neighbours whose rates differ least are joined
    /// until no more are left.
    public var fineBins = 64
    /// Features with less information value are left out: 0 or more; 0.02 is customary.
    public var minimumInformation = 0.02
    /// The ridge penalty on the coefficients of the weights of evidence: 0 or more.
    public var l2 = 5.0
    /// Whether features with a coefficient of 0 or less are left out, worst first, until none has: a
    /// bin that is riskier by itself then never lowers the score, and the shapes asked for are those of the card.
    public var positiveCoefficients = true
    /// From odds to points. `pointsToDoubleOdds` is at most 1000.
    public var scaling = PointsScaling()
    /// Whether the points of a bin are rounded to a whole number.
    public var wholePoints = true
    /// The share of the rows, by weight, that is held out to choose the calibration: the latest where
    /// there are times, else drawn; in [0, 0.5]; 0 leaves the probabilities as fitted.
    public var holdOut = 0.2
    /// Which calibration is set: automatic (the better one of the other two), identity or Platt.
    public var calibration = CalibrationChoice.automatic
    /// Threads; 0 = as many as the machine has processors. The model does not depend on it.
    public var threads = 0

    /// The default settings.
    public init() {}

    /// Trains a model.
    /// - Parameters:
    ///   - name: what the model is called.
    ///   - progress: called after each Newton step; false stops, and the model so far comes out.
    /// - Throws: `TrainingError` where the data or a setting does not allow it.
    /// - Complexity: O(rows × features + features × bins × fineBins³ + fits × steps × rows × features²), where fits
    ///   are as many as the sign of coefficients asks for.
    public func train(
        _ data: TrainingData, name: String, progress: TrainingCallback? = nil
    ) throws(TrainingError) -> AdditiveModel {
        try trainWithReport(data, name: name, progress: progress).model
    }

    /// Trains a model and tells what happened; `TrainingReport.scorecard` is the card with its counts.
    public func trainWithReport(
        _ data: TrainingData, name: String, progress: TrainingCallback? = nil
    ) throws(TrainingError) -> (model: AdditiveModel, report: TrainingReport) {
        try check(data.matrix.names)
        let data = data.inNameOrder
        let sample = try Sample(data)
        var report = TrainingReport()
        report.learner = "scorecard"
        report.settings = settings
        report.rows = sample.count
        report.positives = sample.positives
        report.priorShift = try PriorCorrection.shift(data, sample)
        let threads = threadCount(threads)

        var calibration = Calibration.identity
        var fit: ScorecardFit?
        var isStopped = false
        if let parts = HoldOut.parts(
            sample, data.matrix, share: holdOut, times: data.times, threads: threads, &report)
        {
            let first = try ScorecardFit(
                self, data.matrix, parts.earlier, threads: threads, stage: .holdingOut, progress)
            let scores = HeldOutScores(parts, first.scores(data.matrix, parts.later))
            let fitted = scores.calibration(self.calibration, among: Self.calibrations)
            calibration = fitted.calibration
            report.calibration = fitted.report
            report.losses += first.losses
            fit = first
        }
        if fit.map({ !$0.isStopped }) ?? true {
            let last = try ScorecardFit(
                self, data.matrix, sample, threads: threads, stage: .allRows, progress)
            report.losses += last.losses
            // Where it was stopped, the card of the earlier rows is whole, and the calibration its own.
            if last.isStopped, fit != nil { isStopped = true } else { fit = last }
        }
        guard let fit else { throw .noRows }
        report.rounds = fit.steps
        report.end = isStopped ? NewtonMethod.End.stopped.rawValue : fit.end
        report.warnings += fit.warnings
        let card = ScorecardBuilder(
            fit, calibration.shifted(by: report.priorShift), scaling, whole: wholePoints)
        guard card.bound <= LogOdds.limit else {
            throw .badSetting(
                "the points of the card reach beyond log-odds of 64: a larger l2 or a larger "
                    + "minimumInformation makes it shorter")
        }
        report.scorecard = card.scorecard(data.matrix.names, sample.weights.unit)
        let model = AdditiveModel(
            name: name,
            features: fit.features.map { Feature(name: data.matrix.names[$0.column]) },
            intercept: card.intercept, tables: card.tables, scaling: scaling,
            lineage: report.lineage)
        return (model, report)
    }

    private func check(_ names: [String]) throws(TrainingError) {
        let reader = DocumentReader()
        _ = ScorecardLearner(reading: .init(root: settings), reader)
        if let first = reader.mistakes.first { throw .badSetting(first.description) }
        for name in rules.keys.sorted() where !names.contains(name) {
            throw .badSetting(
                "features.\(name): there is no such feature\(suggestion(for: name, among: names))")
        }
    }
}
