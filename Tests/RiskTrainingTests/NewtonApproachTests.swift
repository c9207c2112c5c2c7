import CRiskKernels
import Foundation
import RiskColumns
import RiskLinearAlgebra
import RiskModel
import Testing

@testable import RiskTraining

/// The way to the optimum on a copy in single precision, against Newton's method in double.
@Suite struct NewtonApproachTests {
    private struct Fit {
        let problem: LogisticObjective
        let approach: NewtonApproach
        let start: [Double]
        let weight: Double
    }

    private func fit(
        _ data: TrainingData, l2: Double = 1, offsets: [Double]? = nil, threads: Int = 2
    ) throws -> Fit {
        let sample = try Sample(data)
        let design = Design(LogisticFit.summaries(data.matrix, sample, threads))
        let penalty = [0] + [Double](repeating: l2, count: design.columns.count)
        let draws = sample.draws(data.matrix, threads: threads)
        func copy(every: Int) throws -> NewtonSums? {
            try NewtonSums(
                design, data.matrix, sample, offsets: offsets, draws, every: every,
                ExactSums(sample), threads: threads)
        }
        let rate = sample.baseRate
        let problem = LogisticObjective(
            design, penalty: penalty, data.matrix, sample, offsets: offsets, threads: threads)
        return Fit(
            problem: problem,
            approach: NewtonApproach(
                sums: try #require(try copy(every: 1)), sample: { try? copy(every: $0) },
                objective: problem, iterations: 50, report: { _, _ in true }),
            start: [log(rate / (1 - rate))] + [Double](repeating: 0, count: design.columns.count),
            weight: Double(sample.weights.total) * sample.weights.unit)
    }

    @Test(arguments: 0..<4)
    func itEndsWhereNewtonsMethodDoes(kind: Int) throws {
        var generator = Generator(UInt64(kind))
        var data = world(rows: kind == 0 ? 20_000 : 5000)
        var offsets: [Double]?
        if kind == 1 { data.weights = data.labels.map { _ in generator.uniform() * 30 } }
        if kind == 2 { offsets = data.labels.map { _ in generator.normal() } }
        if kind == 3 { data = data.selecting(Array(0..<700)) }
        let fit = try fit(data, offsets: offsets)
        let newton = NewtonMethod(weight: fit.weight, report: { _, _ in true })
        let expected = newton.minimise(
            fit.problem, from: fit.start, fit.problem.evaluate(fit.start),
            stopsWhenSeparated: false)
        let result = try #require(fit.approach.minimise())
        #expect(result.end == .converged)
        for (x, y) in zip(result.theta, expected.theta) { #expect(abs(x - y) < 1e-10) }
        let there = fit.problem.evaluate(result.theta)
        // Foreseen, and so not to the digit.
        #expect(there.gradient.allSatisfy { abs($0) <= 3e-11 * fit.weight })
        #expect(there.loss <= expected.state.loss * (1 + 1e-14))
    }

    @Test func aLookIsTheObjectiveWithoutItsHessian() throws {
        let fit = try fit(world(rows: 3001))
        let theta = fit.start.indices.map { fit.start[$0] + Double($0 % 3) * 0.1 }
        let (look, whole) = (
            fit.problem.evaluate(theta, withHessian: false), fit.problem.evaluate(theta)
        )
        #expect(abs(look.loss - whole.loss) <= 1e-13 * whole.loss)
        #expect(look.wrong == whole.wrong)
        for (x, y) in zip(look.gradient, whole.gradient) { #expect(abs(x - y) < 1e-9) }
        #expect(look.hessian.order == 0)
    }

    @Test func aHessianOfTheSteepestRowsIsNearTheWholeOne() throws {
        let fit = try fit(world(rows: 20_000))
        let sums = fit.approach.sums
        let exact = fit.problem.evaluate(fit.start)
        let all = sums.hessian(at: fit.start)
        let theta = try #require(fit.approach.minimise()).theta
        let there = fit.problem.evaluate(theta)
        let steep = sums.hessian(
            at: theta, rows: .steepest(curvature: there.hessian[0, 0] / fit.weight))
        let order = all.order
        for column in 0..<order {
            for row in column..<order {
                // In single precision as exact as that is; of some rows within sampling error.
                let penalty = row == column ? fit.problem.penalty[row] : 0
                let size = (exact.hessian[row, row] * exact.hessian[column, column]).squareRoot()
                #expect(
                    abs(all[row, column] + penalty - exact.hessian[row, column]) < 1e-6 * size)
                #expect(
                    abs(steep[row, column] + penalty - there.hessian[row, column]) < 0.1 * size)
            }
        }
    }

    /// Large enough for the approach to be taken, through the front door.
    private func wide(_ labelled: (Int, [Double]) -> Bool) -> TrainingData {
        var generator = Generator(11)
        let columns = (0..<59).map { _ in (0..<20_000).map { _ in generator.normal() } }
        #expect(NewtonApproach.pays(rows: 20_000, columns: 59))
        return TrainingData(
            matrix: matrix(columns),
            labels: (0..<20_000).map { row in labelled(row, columns.map { $0[row] }) })
    }

    @Test func theModelDependsNeitherOnThreadsNorOnDiagnostics() throws {
        var generator = Generator(3)
        let data = wide { _, x in x[0] + 0.5 * x[1] - 2 + generator.normal() > 0 }
        var learner = LogisticRegressionLearner()
        learner.holdOut = 0
        learner.threads = 1
        let (expected, report) = try learner.trainWithReport(data, name: "m")
        let rows = try #require(report.coefficients?.rows)
        #expect(rows.count == 60)
        // Coefficients of noise are as large as their standard errors say.
        let z = try rows.dropFirst(3).map { try #require($0.z) }
        let spread = (z.reduce(0) { $0 + $1 * $1 } / Double(z.count)).squareRoot()
        #expect(spread > 0.6 && spread < 1.5)
        learner.threads = 3
        learner.diagnostics = false
        let (other, plain) = try learner.trainWithReport(data, name: "m")
        #expect(other == expected)
        #expect(plain.coefficients == nil)
        // Losses fall, and the last is the model's.
        #expect(report.losses.map(\.trainingLoss) == plain.losses.map(\.trainingLoss))
    }

    @Test func separatedClassesAreRefusedWithoutAPenalty() throws {
        let data = wide { _, x in x[0] + x[1] > 0 }
        var learner = LogisticRegressionLearner()
        learner.holdOut = 0
        learner.penalty = .none
        #expect(throws: TrainingError.self) { try learner.train(data, name: "m") }
    }

    @Test(arguments: [1.0, 1e-320, 1e-200, 1e250], [false, true])
    func summariesAreTheirDefinition(unit: Double, isWeighted: Bool) throws {
        var generator = Generator(8)
        let rows = 1300
        var column = (0..<rows).map { _ in (3 + generator.normal()) * unit }
        for row in stride(from: 5, to: rows, by: 7) { column[row] = .nan }
        let labels = (0..<rows).map { _ in generator.uniform() < 0.3 }
        let weights = (0..<rows).map { _ in isWeighted ? 0.5 + generator.uniform() : 1 }
        let sample = try Sample(
            TrainingData(
                matrix: matrix([column]), labels: labels, weights: isWeighted ? weights : nil))
        let summary = ColumnSummary(column, sample, ExactSums(sample))
        let present = (0..<rows).filter { !column[$0].isNaN }
        #expect(summary.missingRows == rows - present.count)
        for label in [0, 1] {
            let values = present.filter { labels[$0] == (label == 1) }.map { column[$0] }
            #expect(summary.lowestByClass[label] == values.min())
            #expect(summary.highestByClass[label] == values.max())
        }
        let weight = present.reduce(0) { $0 + weights[$1] }
        let all = weights.reduce(0, +)
        #expect(abs(summary.missingShare - (1 - weight / all)) < 1e-12)
        let mean = present.reduce(0) { $0 + weights[$1] * (column[$1] * summary.scale) } / weight
        #expect(abs(summary.mean - mean) < 1e-12 * abs(mean))
        let squares = present.reduce(0.0) {
            let difference = column[$1] * summary.scale - mean
            return $0 + weights[$1] * difference * difference
        }
        #expect(abs(summary.deviation - (squares / all).squareRoot()) < 1e-12 * summary.deviation)
    }

    @Test("The deviation of a column that is all but constant is not lost in rounding")
    func rareValues() throws {
        let rows = 1_000_000
        var column = [Double](repeating: 0.1, count: rows)
        column[rows / 3] = 0.7
        let labels = (0..<rows).map { $0 % 3 == 0 }
        let sample = try Sample(TrainingData(matrix: matrix([column]), labels: labels))
        let summary = ColumnSummary(column, sample, ExactSums(sample))
        let n = Double(rows)
        let expected = (0.7 - 0.1) * summary.scale * ((n - 1) / (n * n)).squareRoot()
        #expect(abs(summary.deviation - expected) < 1e-9 * expected)
    }

    @Test(
        "Of many rows of few kinds a part is drawn that looks like the whole",
        arguments: [
            "vpn", "proxy", "roaming",
        ])
    func leakageOfFlags(name: String) throws {
        let rows = 200_000
        var generator = Generator(3)
        let column = (0..<rows).map { _ in generator.uniform() < 0.4 ? 1.0 : 0 }
        let labels = (0..<rows).map { _ in generator.uniform() < 0.03 }
        let matrix = FeatureMatrix(names: [name], columns: [column], rowCount: rows)
        let sample = try Sample(TrainingData(matrix: matrix, labels: labels))
        #expect(LogisticFit.leakage(matrix, sample, 2).isEmpty)
        // What does tell the classes apart is found.
        let told = FeatureMatrix(
            names: [name], columns: [labels.map { $0 ? 1.0 : 0 }], rowCount: rows)
        let all = try Sample(TrainingData(matrix: told, labels: labels))
        #expect(LogisticFit.leakage(told, all, 2).count == 1)
    }
}
