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
/// table a feature. The latest rows are held out first: they tell how many rounds to make and how to
/// calibrate; then all rows are learned with that many rounds. Missing values are a bin of their own.
/// The model is the same, bit for bit, for any number of threads and any order of rows and features
/// (without `times`, the order of rows tells which are the latest).
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
    /// The share of the rows, by weight, that is held out, the latest by time: in [0, 0.5]; 0 makes
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
        let sample = try Sample(data)
        var warmStart: WarmStart?
        if let initialModel { warmStart = try WarmStart(initialModel, data.matrix) }
        try check(data.matrix, warmStart)
        var run = Run(
            learner: self, matrix: data.matrix, threads: threadCount(threads), progress: progress,
            warmStart: warmStart)
        run.report.rows = sample.count
        run.report.positives = sample.positives
        run.report.learner = "boosted stumps"
        run.report.priorShift = try PriorCorrection.shift(data, sample)
        run.report.settings = settings
        return try run.train(sample, times: data.times, name: name)
    }

    /// The runs to be averaged on a sample.
    func bagCount(_ sample: Sample) -> Int {
        if bags > 0 { return bags }
        return min(sample.positives, sample.count - sample.positives) < 10_000 ? 8 : 1
    }

    /// Refuses constraints of features that are not there, or that the earlier model violates.
    private func check(_ matrix: FeatureMatrix, _ warmStart: WarmStart?) throws(TrainingError) {
        for (name, direction) in monotone.sorted(by: { $0.key < $1.key }) {
            guard let column = matrix.names.firstIndex(of: name) else {
                throw .badSetting(
                    "monotone.\(name): there is no such feature"
                        + suggestion(for: name, among: matrix.names))
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

/// A training run: the state between its stages.
private struct Run {
    let learner: StumpBoostingLearner
    let matrix: FeatureMatrix
    let threads: Int
    let progress: TrainingCallback?
    let warmStart: WarmStart?
    var report = TrainingReport()
    /// The last stage.
    var learned: BoostingStage?

    /// Whether the caller asked to stop.
    var isStopped: Bool { report.end == BoostingLoop.End.stopped.rawValue }

    mutating func train(
        _ sample: Sample, times: [Int64]?, name: String
    ) throws(TrainingError) -> (model: AdditiveModel, report: TrainingReport) {
        if sample.weights.isCoarse {
            report.warnings.append(
                "the weights span a factor of more than 500,000: the smallest were raised")
        }
        let held = HoldOut.parts(sample, share: learner.holdOut, times: times, &report)
        var calibration = Calibration.identity
        var rounds = learner.boostingRounds
        var parts: ScoreTableBuilder.Parts?
        if let held {
            let first = try boost(
                held.earlier, heldOut: held.later, rounds: rounds, stage: .holdingOut)
            if learner.earlyStoppingRounds > 0 { rounds = first.rounds }
            let units = scores(first.parts, held.later)
            let order = HoldOut.order(held.later, times: times, units)
            let fitted = CalibrationFit.fit(
                learner.calibration, units: order.map { units[$0] },
                labels: order.map { held.later.labels[$0] == 1 },
                weights: held.later.plainWeights.map { weights in order.map { weights[$0] } })
            calibration = fitted.calibration
            report.calibration = fitted.report
            report.rounds = first.rounds
            if isStopped { parts = first.parts }
        }
        if parts == nil {
            let last = try boost(sample, heldOut: nil, rounds: rounds, stage: .allRows)
            report.rounds = last.rounds
            parts = last.parts
        }
        guard let parts, let learned else { throw .noRows }
        warn(about: learned)
        return (model(parts, calibration, name: name), report)
    }

    /// One stage: bins chosen and rounds made on a sample.
    private mutating func boost(
        _ sample: Sample, heldOut: Sample?, rounds: Int, stage: TrainingProgress.Stage
    ) throws(TrainingError) -> (parts: ScoreTableBuilder.Parts, rounds: Int) {
        let stage = try BoostingStage(
            learner, matrix, sample, stage: stage, warmStart: warmStart, threads: threads)
        learned = stage
        let bags = learner.bagCount(sample)
        var rounds = rounds
        var outcomes: [BoostingStage.Outcome] = []
        var features: Set<Int>?
        // Where features are counted, all bags have those of a run on the rows themselves.
        if heldOut != nil || bags == 1 || rounds == 0 || learner.maximumFeatures > 0 {
            let single = stage.boost(heldOut: heldOut, rounds: rounds, progress)
            note(single)
            outcomes = [single]
            if heldOut != nil, learner.earlyStoppingRounds > 0 { rounds = single.rounds }
            if learner.maximumFeatures > 0 {
                features = Set(
                    single.tables.indices.filter { single.tables[$0].contains { $0 != 0 } })
            }
        }
        if bags > 1, rounds > 0, !isStopped {
            outcomes = []
            for index in 0..<bags {
                let outcome = stage.boost(
                    heldOut: nil, rounds: rounds, bag: .init(index: index, count: bags),
                    only: features, progress)
                note(outcome)
                // What is half done is left out, unless there is nothing else.
                if isStopped, !outcomes.isEmpty { break }
                outcomes.append(outcome)
                if isStopped { break }
            }
        }
        report.bags = outcomes.count
        report.bands = stage.bands(outcomes)
        return (stage.parts(outcomes), heldOut == nil ? outcomes[0].rounds : rounds)
    }

    private mutating func note(_ outcome: BoostingStage.Outcome) {
        report.losses += outcome.progress
        report.end = outcome.end.rawValue
        let warning =
            "boosting stopped where log-odds could pass 64: the classes are (almost) separated"
        if outcome.end == .limit, !report.warnings.contains(warning) {
            report.warnings.append(warning)
        }
    }

    private mutating func warn(about stage: BoostingStage) {
        let binning = stage.bins.binning
        var warnings = report.warnings
        if !binning.allMissing.isEmpty {
            warnings.append("missing in all rows, and left out: \(listed(binning.allMissing))")
        }
        if !binning.constant.isEmpty {
            warnings.append("the same in all rows, and left out: \(listed(binning.constant))")
        }
        warnings += LeakageCheck.warnings(stage.bins, stage.counts, names: matrix.names)
        report.warnings = warnings
    }

    /// The scores of a sample's rows, by the tables as they will be in the model.
    private func scores(_ parts: ScoreTableBuilder.Parts, _ sample: Sample) -> [Int64] {
        var units = [Int64](repeating: parts.intercept, count: sample.count)
        for table in parts.tables {
            let column = matrix.columns[table.feature]
            for place in units.indices {
                let row = sample.rows.map { Int($0[place]) } ?? place
                units[place] += Int64(table.units(of: column[row]))
            }
        }
        return units
    }

    /// The model of the features that are used, in the matrix's order.
    private func model(
        _ parts: ScoreTableBuilder.Parts, _ calibration: Calibration, name: String
    ) -> AdditiveModel {
        var tables = parts.tables
        for index in tables.indices {
            // What was asked for is looked at in what comes out.
            if let direction = learner.monotone[matrix.names[tables[index].feature]] {
                precondition(direction.admits(tables[index].units), "a table runs the wrong way")
            }
            tables[index].feature = index
        }
        let features = parts.tables.map { table in
            let name = matrix.names[table.feature]
            return warmStart?.model.features.first { $0.name == name } ?? Feature(name: name)
        }
        var model = AdditiveModel(
            name: name, features: features, intercept: parts.intercept, tables: tables,
            calibration: calibration.shifted(by: report.priorShift),
            scaling: warmStart?.model.scaling ?? PointsScaling())
        model.lineage = report.lineage(with: report.bands(of: model))
        return model
    }
}
