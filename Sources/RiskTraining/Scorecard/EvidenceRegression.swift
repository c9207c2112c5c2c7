import CRiskKernels
import RiskColumns
import RiskModel

/// Logistic regression on weights of evidence, with all coefficients above 0 where that is asked for.
///
/// The constraint is met by an active set (Lawson and Hanson 1974): features whose coefficient is not above
/// 0 are taken out, worst first; once all are above 0, those outside that would lower the loss with a
/// coefficient above 0 (its slope at 0 says so) come in again, until none would. Each comes in again at most
/// twice, so that it ends.
struct EvidenceRegression {
    /// A coefficient a column; 0 for those left out.
    private(set) var coefficients: [Double]
    private(set) var intercept = 0.0
    private(set) var steps = 0
    private(set) var end = ""
    private(set) var warnings: [String] = []
    private(set) var losses: [TrainingProgress] = []

    var isStopped: Bool { end == NewtonMethod.End.stopped.rawValue }

    /// The share of a coefficient's own curvature that its slope at 0 must reach to come in again.
    private static let least = 1e-6

    /// - Parameters:
    ///   - columns: weights of evidence, a value a row of the sample.
    /// - Complexity: O(fits × steps × rows × columns²).
    init(
        _ columns: [[Double]], names: [String], _ sample: Sample, _ learner: ScorecardLearner,
        threads: Int, stage: TrainingProgress.Stage, _ progress: TrainingCallback?
    ) throws(TrainingError) {
        coefficients = [Double](repeating: 0, count: columns.count)
        var regression = LogisticRegressionLearner()
        regression.l2 = learner.l2
        regression.standardize = false
        regression.holdOut = 0
        regression.calibration = .identity
        regression.threads = threads
        let labels = sample.labels.map { $0 == 1 }
        var active = Array(columns.indices)
        var returns = [Int](repeating: 0, count: columns.count)
        while true {
            let data = TrainingData(
                matrix: FeatureMatrix(
                    names: active.map { names[$0] }, columns: active.map { columns[$0] },
                    rowCount: sample.count), labels: labels, weights: sample.plainWeights)
            let (model, report) = try regression.trainWithReport(data, name: "weights of evidence")
            { now in progress?(Self.staged(now, stage)) ?? true }
            for column in coefficients.indices { coefficients[column] = 0 }
            for term in model.linearTerms {
                let name = model.features[term.feature].name
                if let place = active.firstIndex(where: { names[$0] == name }) {
                    coefficients[active[place]] = term.coefficient
                }
            }
            intercept = LogOdds.value(model.intercept)
            (steps, end, warnings) = (report.rounds, report.end, report.warnings)
            losses += report.losses.map { Self.staged($0, stage) }
            guard learner.positiveCoefficients, !isStopped else { return }

            let wrong = active.filter { coefficients[$0] <= 0 }
            if !wrong.isEmpty {
                // A few at a time: what is left may turn positive without them.
                let order = wrong.sorted { (coefficients[$0], $0) < (coefficients[$1], $1) }
                let worst = Set(order.prefix(max(1, wrong.count / 4)))
                guard worst.count < active.count else {
                    throw .badSetting(
                        "no feature keeps a coefficient above 0, as positiveCoefficients asks")
                }
                active.removeAll(where: worst.contains)
                continue
            }
            let outside = columns.indices.filter { coefficients[$0] == 0 && returns[$0] < 2 }
            let slopes = Self.slopes(outside, columns, sample, coefficients, intercept)
            let wanted = outside.indices.filter { slopes[$0] > Self.least }
                .sorted { (-slopes[$0], $0) < (-slopes[$1], $1) }
                .prefix(max(1, outside.count / 4)).map { outside[$0] }
            if wanted.isEmpty { return }
            for column in wanted { returns[column] += 1 }
            active = (active + wanted).sorted()
        }
    }

    /// How much a coefficient at 0 would gain for each of these columns: minus the slope of the loss over
    /// its curvature, which is the coefficient that Newton's method would take.
    private static func slopes(
        _ outside: [Int], _ columns: [[Double]], _ sample: Sample, _ coefficients: [Double],
        _ intercept: Double
    ) -> [Double] {
        var logOdds = [Double](repeating: intercept, count: sample.count)
        for (column, coefficient) in coefficients.enumerated() where coefficient != 0 {
            for row in logOdds.indices { logOdds[row] += coefficient * columns[column][row] }
        }
        let probabilities = logOdds.map { rk_logistic_f64($0) }
        return outside.map { column in
            var (slope, curvature) = (0.0, 1e-300)
            for (row, value) in columns[column].enumerated() {
                let weight = sample.plainWeights?[row] ?? 1
                let p = probabilities[row]
                slope += weight * value * (Double(sample.labels[row]) - p)
                curvature += weight * value * value * p * (1 - p)
            }
            return slope / curvature
        }
    }

    private static func staged(
        _ progress: TrainingProgress, _ stage: TrainingProgress.Stage
    ) -> TrainingProgress {
        TrainingProgress(
            stage: stage, round: progress.round, rounds: progress.rounds,
            trainingLoss: progress.trainingLoss, heldOutLoss: nil)
    }
}
