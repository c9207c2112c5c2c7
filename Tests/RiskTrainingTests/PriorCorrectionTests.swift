import Foundation
import RiskColumns
import RiskModel
import RiskScoring
import Testing

@testable import RiskTraining

/// Probabilities of the population from samples drawn or weighted by their label.
@Suite struct PriorCorrectionTests {
    /// Rows in the order of time, 2 % events.
    private func population(_ rows: Int, seed: UInt64) -> TrainingData {
        var generator = Generator(seed)
        var columns = [[Double]](repeating: [], count: 3)
        var labels: [Bool] = []
        for row in 0..<rows {
            let values = (0..<3).map { _ in generator.normal() }
            let margin = -4.7 + 0.9 * values[0] - 0.7 * values[1] + (values[2] > 1.2 ? 1 : 0)
            for (column, value) in values.enumerated() {
                columns[column].append(row % 11 == column ? .nan : value)
            }
            labels.append(generator.uniform() < 1 / (1 + exp(-margin)))
        }
        return TrainingData(
            matrix: matrix(columns), labels: labels, times: (0..<Int64(rows)).map { $0 })
    }

    private typealias Train = (TrainingData) throws -> AdditiveModel

    private var learners: [(name: String, train: Train)] {
        var stumps = StumpBoostingLearner()
        stumps.boostingRounds = 150
        stumps.bags = 1
        stumps.threads = 1
        var logistic = LogisticRegressionLearner()
        logistic.threads = 1
        var card = ScorecardLearner()
        card.threads = 1
        let (a, b, c) = (stumps, logistic, card)
        return [
            ("stumps", { try a.train($0, name: "m") }),
            ("logistic", { try b.train($0, name: "m") }),
            ("scorecard", { try c.train($0, name: "m") }),
        ]
    }

    /// The interval of the rate of events, by resampling rows.
    private func bootstrapInterval(_ labels: [Bool]) -> ClosedRange<Double> {
        var generator = Generator(77)
        let rates = (0..<400).map { _ in
            (0..<labels.count).reduce(0.0) { sum, _ in
                sum + (labels[Int(generator.next() % UInt64(labels.count))] ? 1 : 0)
            } / Double(labels.count)
        }.sorted()
        return rates[10]...rates[389]
    }

    private func mean(_ model: AdditiveModel, _ data: TrainingData) throws -> Double {
        let scores = try Scorer(model).score(data.matrix, threads: 1)
        return scores.probability.reduce(0, +) / Double(data.labels.count)
    }

    @Test(arguments: 0..<3, ["weighted", "subsampled", "weights undo"])
    func theMeanProbabilityOfTheTestPeriodIsTheRateOfEvents(
        learner: Int, sampling: String
    ) throws {
        let all = population(60_000, seed: 3)
        let (past, test) = (
            all.selecting(Array(0..<40_000)), all.selecting(Array(40_000..<60_000))
        )
        let rate = Double(past.labels.count { $0 }) / 40_000
        var data = past
        switch sampling {
        case "weighted":
            data.weights = past.labels.map { $0 ? 30 : 1 }
            data.populationRate = rate
        default:
            // 2 % of the negatives; or 20 %, each with the weight of those that it stands for.
            let kept = sampling == "subsampled" ? 0.02 : 0.2
            var generator = Generator(5)
            data = past.selecting(
                past.labels.indices.filter { past.labels[$0] || generator.uniform() < kept })
            if sampling == "subsampled" {
                data.populationRate = rate
            } else {
                data.weights = data.labels.map { $0 ? 1 : 5 }
            }
        }
        let interval = bootstrapInterval(test.labels)
        let model = try learners[learner].train(data)
        let found = try mean(model, test)
        #expect(interval.contains(found), "\(learners[learner].name): \(found), \(interval)")
        // Without the correction it is far off, or nothing would be shown here.
        if data.populationRate != nil {
            data.populationRate = nil
            let uncorrected = try learners[learner].train(data)
            #expect(try mean(uncorrected, test) > 5 * interval.upperBound)
            // The order of rows is the same, and so is everything but calibration (or a card's base points).
            #expect(uncorrected.tables == model.tables)
        }
    }

    @Test func theShiftIsThatOfTheOdds() {
        let shift = PriorCorrection.shift(populationRate: 0.01, sampleRate: 0.5)
        #expect(abs(shift - log(0.01 / 0.99)) < 1e-12)
        #expect(PriorCorrection.shift(populationRate: 0.2, sampleRate: 0.2) == 0)
    }

    @Test func aShiftedCalibrationHasItsOddsTimesAFactor() {
        let isotonic = Calibration.isotonic(
            logOdds: [-800_000, -300_000, 0, 500_000], probabilities: [0.001, 0.02, 0.3, 0.9])
        for calibration in [.identity, .platt(slope: 0.7, intercept: -1), isotonic] {
            #expect(calibration.shifted(by: 0) == calibration)
            let shifted = calibration.shifted(by: -3)
            let model = AdditiveModel(name: "m", features: [], intercept: 0, calibration: shifted)
            #expect(model.validate() == [])
            for units in stride(from: Int64(-900_000), to: 900_000, by: 7_001) {
                let p = calibration.probability(units: units)
                let expected = p * exp(-3) / (1 - p + p * exp(-3))
                let found = shifted.probability(units: units)
                #expect(abs(found - expected) < 0.02 * expected + 1e-12)
            }
        }
    }

    @Test func ratesOutsideTheirRangeAreRefused() {
        for rate in [0, 1, -0.1, .nan] {
            var data = population(2000, seed: 1)
            data.populationRate = rate
            for learner in learners {
                #expect(throws: TrainingError.self) { try learner.train(data) }
            }
        }
    }
}
