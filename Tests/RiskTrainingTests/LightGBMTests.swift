import CRiskKernels
import Foundation
import RiskColumns
import RiskJSON
import RiskModel
import Testing

@testable import RiskTraining

/// The first 50 rounds choose the splits that LightGBM chooses (Fixtures/lightgbm_stumps.py).
@Suite struct LightGBMTests {
    @Test func theSameSplitsAndLeaves() throws {
        let fixture = try fixture("lightgbm_stumps")
        let columns = try #require(fixture["columns"]).elements.map(\.doubles)
        let labels = try #require(fixture["labels"]).doubles.map { $0 == 1 }
        let data = TrainingData(matrix: matrix(columns), labels: labels)
        var learner = StumpBoostingLearner()
        learner.bins = 255
        learner.l2 = 1
        learner.minimumLeafHessian = 1e-3
        learner.roundsPerLook = 1
        let local = try LocalStage(learner, data, threads: 2)
        let (binning, intercept) = (local.stage.binning, local.stage.intercept)
        let sample = try Sample(data)
        let base = log(sample.baseRate / (1 - sample.baseRate))
        let result = try local.loop(withGram: false).run(
            .init(rounds: 50, patience: 0, roundsPerLook: 1) { _, _, _ in true })
        let expected = try #require(fixture["stumps"]).elements
        #expect(result.stumps.count == 50 && expected.count == 50)
        for (round, (stump, reference)) in zip(result.stumps, expected).enumerated() {
            let parts = reference.elements
            let feature = binning.features[stump.feature]
            #expect(Double(feature.column) == parts[0].double, "feature of round \(round)")
            // LightGBM's threshold is rounded upwards, so the sides are compared.
            let column = Set(columns[feature.column].filter { !$0.isNaN })
            let left = column.filter { value in
                feature.cutPoints.count { $0 < value } <= stump.lastLeft
            }
            #expect(left == column.filter { $0 <= parts[1].double }, "cut of round \(round)")
            if feature.hasMissing {
                #expect(stump.missingLeft == parts[2].isTrue, "missing side of round \(round)")
            }
            // LightGBM adds the intercept to its first tree, and holds gradients as float32.
            let shift = round == 0 ? base : 0
            for (leaf, value) in [(stump.left, parts[3].double), (stump.right, parts[4].double)] {
                #expect(abs(Double(leaf) / GradientHistogram.marginScale + shift - value) < 1e-5)
            }
        }
        let builder = ScoreTableBuilder(
            binning: binning, length: local.rows.length, counts: local.stage.counts.all)
        let tables = [[Int64]](
            result.stumps, features: binning.features.count, length: local.rows.length)
        let parts = builder.build(tables, intercept: intercept)
        let scores = try #require(fixture["scores"]).doubles
        for (row, score) in scores.enumerated() {
            let sum = parts.tables.reduce(parts.intercept) {
                $0 + Int64($1.units(of: columns[$1.feature][row]))
            }
            #expect(abs(LogOdds.value(sum) - score) < 1e-4)
        }
    }
}
