import RiskColumns
import RiskJSON
import RiskModel

/// Learns an additive model by gradient boosting of stumps (trees of one split) on the log loss.
///
/// ```swift
/// var learner = StumpBoostingLearner()
/// learner.boostingRounds = 500
/// let model = try learner.train(TrainingData(matrix: matrix, labels: labels), name: "card-misuse")
/// ```
///
/// The method is Friedman's (2001, "Greedy function approximation: a gradient boosting machine") with
/// second-order steps and histograms. A stump looks at one feature, so the sum of all stumps is one
/// table a feature. Some rows, the latest by `times`, are held out first: they tell how many rounds to make and how to
/// calibrate; then all rows are learned with that many rounds. Missing values are a bin of their own.
/// The model is the same, bit for bit, for any number of threads and any order of rows and features.
public struct StumpBoostingLearner: Sendable, Equatable {
    /// The most rounds of boosting: in 1 ... 100,000.
    public var boostingRounds = 2000
    /// The share of each step that is taken: in (0, 1].
    public var learningRate = 0.1
    /// Added to the sum of Hessians of each leaf: 0 or more, on the scale of the weights.
    public var l2 = 5.0
    /// The least sum of Hessians, p(1 - p), in a leaf: 0 or more, on the scale of the weights.
    public var minimumLeafHessian = 1.0
    /// The least weight of rows in a leaf (their number where there are no weights).
    public var minimumLeafCount = 20.0
    /// The most bins a feature, missing values not counted: in 2 ... 255.
    public var bins = 128
    /// How many runs on bootstrap samples of the rows are averaged: in 0 ... 1000; 1 = a single run on the
    /// rows themselves, 0 = 8 where the rarer class has fewer than 10,000 rows, else 1. Averaging takes away
    /// what a table owes to few events, and tells how much that is (`TrainingReport.bands`).
    public var bags = 0
    /// How strongly neighbouring bins of a table are drawn together, on the scale of a bin's sum of
    /// Hessians: 0 or more.
    public var smoothing = 0.1
    /// The share of the rows, by weight, that is held out, the latest where there are times, else drawn: in [0, 0.5]; 0 makes
    /// all rounds and leaves the probabilities uncalibrated.
    public var holdOut = 0.2
    /// Boosting stops when the held-out loss has not fallen for so many rounds; 0 = never, and then
    /// held-out rows only choose the calibration.
    public var earlyStoppingRounds = 100
    /// The most rounds between two looks at the rows: in 1 ... 10,000. With 1 every round looks, which is
    /// histogram boosting; with more, rounds in between are made on the quadratic model of the loss,
    /// as many as prove trustworthy.
    public var roundsPerLook = 50
    /// The memory for that model's Gram matrix, in MB (10^6 bytes): 4 × (features × bins)². Where it
    /// does not suffice, every round looks.
    public var gramMemory = 512
    /// Features whose table must run one way, by name: a higher value is never less (more) risky.
    public var monotone: [String: Monotonicity] = [:]
    /// The most stumps a feature, in each run; 0 = as many as help. In 0 ... 100,000.
    public var featureRounds = 0
    /// The most features in the model; 0 = as many as help. In 0 ... 65,536. With bags those of a run on the
    /// rows themselves.
    public var maximumFeatures = 0
    /// Which calibration is set.
    public var calibration = CalibrationChoice.automatic
    /// Threads; 0 = as many as the machine has processors. The model does not depend on it.
    public var threads = 0

    /// The default settings.
    public init() {}

    /// Trains a model.
    /// - Parameters:
    ///   - name: what the model is called.
    ///   - initialModel: a model of tables to go on from: boosting begins at its scores before calibration, and
    ///     its tables are part of the result (LightGBM's `init_model`). Its points scaling and reason texts
    ///     stay. If it was trained on the rows that are held out here, early stopping and calibration
    ///     flatter it.
    ///   - progress: called at looks, some fifty times a run; false stops, and the model so far comes
    ///     out: of several bags those that are whole.
    /// - Throws: `TrainingError` where the data or a setting does not allow it.
    /// - Complexity: O(looks × rows × features + rounds × features × bins) a run; `bags` runs, and
    ///   twice as many where rows are held out.
    public func train(
        _ data: TrainingData, name: String, from initialModel: AdditiveModel? = nil,
        progress: TrainingCallback? = nil
    ) throws(TrainingError) -> AdditiveModel {
        try trainWithReport(data, name: name, from: initialModel, progress: progress).model
    }

    /// Trains a model and tells what happened.
    public func trainWithReport(
        _ data: TrainingData, name: String, from initialModel: AdditiveModel? = nil,
        progress: TrainingCallback? = nil
    ) throws(TrainingError) -> (model: AdditiveModel, report: TrainingReport) {
        try checkSettings()
        let rows = try LocalPartition(data, threads: threads, gramMemory: gramMemory)
        return try trainWithReport(
            partitions: [rows], name: name, from: initialModel,
            populationRate: data.populationRate, progress: progress)
    }

    /// Trains a model from rows that lie in partitions: that of one matrix with all their rows in this order,
    /// byte for byte.
    ///
    /// Partitions are asked for sums of whole numbers only, some hundred times a run
    /// (`PartitionStatistics`). Where rows have times their order does not matter, and so neither does
    /// how they are divided.
    /// - Parameters:
    ///   - partitions: with the same features in the same order, all with times or all without; some may be
    ///     empty, or have rows of one class only.
    ///   - populationRate: as in `TrainingData`.
    /// - Throws: `TrainingError` where the data or a setting does not allow it, or a partition fails.
    public func trainWithReport(
        partitions: [any TrainingPartition], name: String,
        from initialModel: AdditiveModel? = nil, populationRate: Double? = nil,
        progress: TrainingCallback? = nil
    ) throws(TrainingError) -> (model: AdditiveModel, report: TrainingReport) {
        try checkSettings()
        let threads = threadCount(threads)
        let rows = try PartitionedTotals(PartitionGroup(partitions, threads: threads))
        var warmStart: WarmStart?
        if let initialModel {
            warmStart = try WarmStart(initialModel, names: rows.names)
            _ = try rows.group.ask(.goOn(from: initialModel))
        }
        try check(rows.names, warmStart)
        var run = StumpBoostingRun(
            learner: self, rows: rows, threads: threads, progress: progress,
            warmStart: warmStart)
        run.report.rows = rows.totals.rows
        run.report.positives = rows.totals.positives
        run.report.learner = "boosted stumps"
        run.report.priorShift = try PriorCorrection.shift(
            populationRate: populationRate, sampleRate: rows.totals.baseRate)
        run.report.settings = settings
        return try run.train(name: name)
    }

    /// The runs to be averaged on so many rows.
    func bagCount(_ totals: RowTotals) -> Int {
        if bags > 0 { return bags }
        return totals.fewer < 10_000 ? 8 : 1
    }

    /// Refuses constraints of features that are not there, or that the earlier model violates.
    private func check(_ names: [String], _ warmStart: WarmStart?) throws(TrainingError) {
        for (name, direction) in monotone.sorted(by: { $0.key < $1.key }) {
            guard let column = names.firstIndex(of: name) else {
                throw .badSetting(
                    "monotone.\(name): there is no such feature"
                        + suggestion(for: name, among: names))
            }
            if let table = warmStart?.table(ofColumn: column), !direction.admits(table.units) {
                throw .badSetting("monotone.\(name): the model to go on from is not monotone in it")
            }
        }
        if maximumFeatures > 0, let used = warmStart?.usedColumns.count, used > maximumFeatures {
            throw .badSetting(
                "maximumFeatures: the model to go on from has \(used) features already")
        }
    }

    private func checkSettings() throws(TrainingError) {
        let reader = DocumentReader()
        _ = StumpBoostingLearner(reading: .init(root: settings), reader)
        if let first = reader.mistakes.first { throw .badSetting(first.description) }
    }
}
