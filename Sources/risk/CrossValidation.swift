import RiskColumns
import RiskFeatures
import RiskJSON
import RiskModel
import RiskScoring
import RiskTraining

/// A learner measured by folds: a model for each, which has not seen it in any way. Rounds, calibration and
/// bins are chosen within the rows that train.
struct CrossValidation {
    /// What is measured how.
    struct Plan {
        let count: Int
        let kind: FoldKind
        /// Microseconds between training and fold, by time.
        let gap: Int64
        let seed: UInt32
        /// Named in messages.
        let file: String
        let threads: Int
    }

    let plan: Plan
    let folds: ValidationFolds
    let figures: FoldFigures
    /// How many rows each fold's model learned from, how many it was measured on, and their positives.
    private(set) var sizes: [(trained: Int, tested: Int, positives: Int)] = []

    /// What the folds' models warn of, each with its fold.
    private(set) var warnings: [String] = []

    /// Trains and measures.
    /// - Parameters:
    ///   - table: the rows that the final model learns from, in whole.
    ///   - populationRate: that of `TrainingData`; the folds' rows are weighted to it.
    ///   - fit: trains a model; its progress is told of.
    init(
        _ plan: Plan, _ table: LabelledTable, populationRate: Double?, talk: TalkOptions,
        fit: LearnerChoice.Fit
    ) throws {
        self.plan = plan
        var data = table.data
        data.populationRate = populationRate
        let folds = try ValidationFolds(
            data, entities: table.entities, count: plan.count, by: plan.kind, gap: plan.gap,
            seed: plan.seed)
        self.folds = folds
        var figures = FoldFigures(rowCount: table.rowCount)
        let weights = Self.weights(table, populationRate)
        let progress = Progress("folds", unit: "folds", options: talk)
        for fold in 0..<folds.count {
            let (train, test) = (folds.training(without: fold), folds.rows(of: fold))
            let fitted: (model: AdditiveModel, report: TrainingReport)
            do {
                fitted = try fit(data.selecting(rows: train), "fold \(fold + 1)") { now in
                    let share = Double(now.round) / Double(max(now.rounds, 1))
                    progress.update(
                        count: fold, share: (Double(fold) + share) / Double(folds.count),
                        note: now.stage.rawValue)
                    return true
                }
            } catch let error as TrainingError {
                throw CommandFailure(.badData, "\(plan.file): fold \(fold + 1): \(error)")
            }
            let model = fitted.model
            warnings += fitted.report.warnings.map { "fold \(fold + 1): \($0)" }
            let scores: Scores
            do throws(ScoringError) {
                scores = try Scorer(model).score(
                    table.matrix.selecting(rows: test), threads: plan.threads)
            } catch {
                throw CommandFailure(.badData, "\(plan.file): fold \(fold + 1): \(error)")
            }
            let labels = test.map { table.labels[$0] }
            try figures.add(
                rows: test, margins: scores.units.map { LogOdds.value($0) },
                probabilities: scores.probability, labels: labels,
                weights: weights.map { weights in test.map { weights[$0] } })
            sizes.append((train.count, test.count, labels.count { $0 }))
        }
        progress.finish()
        self.figures = figures
    }

    /// The weights of rows that are measured. Where rows were drawn by their label, probabilities are those of
    /// the population, and so must be the rates of the rows that they are measured on.
    private static func weights(_ table: LabelledTable, _ populationRate: Double?) -> [Double]? {
        guard let rate = populationRate else { return table.weights }
        let own = table.weights ?? [Double](repeating: 1, count: table.rowCount)
        let total = own.reduce(0, +)
        let positive = zip(own, table.labels).reduce(0) { $0 + ($1.1 ? $1.0 : 0) }
        let sampled = positive / total
        return zip(own, table.labels).map { weight, label in
            weight * (label ? rate / sampled : (1 - rate) / (1 - sampled))
        }
    }

    /// For machines.
    var node: Node {
        var members: [Node.Member] = [
            .init("count", Node(folds.count)), .init("by", Node(folds.kind.rawValue)),
        ]
        if folds.kind == .time {
            members.append(.init("gapSeconds", Node(Int(plan.gap / Timestamps.second))))
            members.append(
                .init("from", .array(folds.starts.map { Node(Timestamps.format($0)) })))
        } else {
            members.append(.init("seed", Node(Int(plan.seed))))
        }
        members += [
            .init("trainedRows", .array(sizes.map { Node($0.trained) })),
            .init("rows", .array(sizes.map { Node($0.tested) })),
            .init("positives", .array(sizes.map { Node($0.positives) })),
        ]
        if !warnings.isEmpty {
            members.append(.init("warnings", .array(warnings.map { Node($0) })))
        }
        return .object(members + figures.members)
    }

    /// For reading: a line a fold, their mean and how far they differ.
    var text: String {
        let how =
            switch folds.kind {
            case .time, .automatic:
                "by time, each predicted from the rows before it"
                    + (plan.gap > 0 ? " less \(Durations.format(plan.gap))" : "")
            case .entity: "by entity, by chance (seed \(plan.seed), stratified)"
            case .stratified: "by chance (seed \(plan.seed), stratified)"
            }
        var header = [
            "fold", "trained", "rows", "positive", "ROC AUC", "average precision", "log loss",
            "Brier",
        ]
        if folds.kind == .time { header.append("from") }
        var rows = [header]
        for (index, (fold, size)) in zip(figures.folds, sizes).enumerated() {
            var row = [
                String(index + 1), Text.grouped(size.trained), Text.grouped(size.tested),
                Text.grouped(size.positives), Text.fixed(fold.rocAUC, 4),
                Text.fixed(fold.averagePrecision, 4), Text.fixed(fold.logLoss, 5),
                Text.fixed(fold.brierScore, 5),
            ]
            if folds.kind == .time { row.append(Timestamps.format(folds.starts[index])) }
            rows.append(row)
        }
        let values: [((FoldFigures.Fold) -> Double, Int)] = [
            (\.rocAUC, 4), (\.averagePrecision, 4), (\.logLoss, 5), (\.brierScore, 5),
        ]
        let summaries = values.map { (figures.summary($0.0), $0.1) }
        rows.append(["mean", "", "", ""] + summaries.map { Text.fixed($0.0.mean, $0.1) })
        rows.append(["± one", "", "", ""] + summaries.map { Text.fixed($0.0.deviation, $0.1) })
        return "\(folds.count) folds \(how):\n"
            + Text.table(rows, right: [1, 2, 3, 4, 5, 6, 7], indent: "  ") + "\n"
            + "  (± one: the standard deviation of a fold)\n"
            + warnings.map { "  \($0)\n" }.joined()
    }
}
