import CRiskKernels
import Foundation
import RiskColumns
import RiskModel
import Testing

@testable import RiskTraining

/// Boosting between looks: the quadratic model against the rows, the trust region, and what a
/// subsample must not depend on.
@Suite struct GramBoostingTests {
    private var learner: StumpBoostingLearner {
        var learner = StumpBoostingLearner()
        learner.boostingRounds = 120
        learner.minimumLeafCount = 5
        learner.bins = 16
        learner.bags = 1
        learner.holdOut = 0
        return learner
    }

    // MARK: Against histogram boosting

    @Test func aLookEveryRoundIsHistogramBoosting() throws {
        let data = world(rows: 3000)
        let plain = try LocalStage(learner, data)
        var expected: [Stump] = []
        var tables: MarginTables?
        for _ in 0..<60 {
            let look = try plain.rows.look(adding: tables)
            let choice = try #require(plain.search.best(look.gradients, look.hessians))
            expected.append(choice.stump)
            tables = MarginTables(
                [choice.stump], features: plain.search.cuts.count, length: plain.search.length)
        }
        for withGram in [false, true] {
            let parts = try LocalStage(learner, data)
            let result = try parts.loop(withGram: withGram).run(
                .init(rounds: 60, patience: 0, roundsPerLook: 1) { _, _, _ in true })
            #expect(result.stumps == expected)
            #expect(result.undone == 0 && result.refreshed == 0)
        }
    }

    @Test func fewLooksReachAlmostTheSameLoss() throws {
        let data = world(rows: 6000)
        var losses: [Double] = []
        for rounds in [1, 10, 50] {
            let parts = try LocalStage(learner, data)
            let result = try parts.loop().run(
                .init(rounds: 120, patience: 0, roundsPerLook: rounds) { _, _, _ in true })
            #expect(result.stumps.count == 120)
            if rounds == 50 { #expect(result.losses.count < 20) }
            losses.append(try #require(result.losses.last))
        }
        #expect(abs(losses[1] - losses[0]) < 1e-3)
        #expect(abs(losses[2] - losses[0]) < 3e-3)
    }

    @Test func theMemoryBudgetFallsBackToALookEveryRound() throws {
        let data = world(rows: 3000)
        var (small, plain) = (learner, learner)
        small.gramMemory = 0
        plain.roundsPerLook = 1
        #expect(
            try small.train(data, name: "m").tables == plain.train(data, name: "m").tables)
        #expect(GramMatrix.bytes(features: 50, length: 65) == 4 * 3250 * 3250)
    }

    // MARK: The quadratic model

    @Test func aStumpMovesGradientSumsByTheHessiansOfItsRows() throws {
        let data = world(rows: 4000)
        let parts = try LocalStage(learner, data)
        let bins = try parts.bins
        let length = bins.histogramLength
        let margins = try parts.training.margins
        let look = try parts.rows.look(adding: nil)
        for threads in [1, 3] {
            let gram = GramMatrix(
                features: parts.rows.features, length: length, threads: threads)
            gram.refresh(try parts.rows.pairs())
            for stump in [
                Stump(feature: 0, lastLeft: 4, missingLeft: false, left: 900_000, right: -400_000),
                Stump(feature: 3, lastLeft: 2, missingLeft: true, left: -700_000, right: 300_000),
                Stump(feature: 3, lastLeft: 15, missingLeft: false, left: 100_000, right: -9_000),
            ] {
                var moved = look.gradients
                gram.move(&moved, look.hessians, by: stump)
                // The same by going over the rows.
                var expected = look.gradients
                let column = bins.bytes.base + stump.feature * bins.rowCount
                for row in 0..<bins.rowCount {
                    let p = rk_logistic_f64(Double(margins.base[row]) / 0x1p24)
                    let isLeft =
                        column[row] == bins.missing
                        ? stump.missingLeft : Int(column[row]) <= stump.lastLeft
                    let step = Double(isLeft ? stump.left : stump.right) / 0x1p24
                    for feature in bins.binning.features.indices {
                        let bin = Int(bins.bytes.base[feature * bins.rowCount + row])
                        expected[feature * length + bin] +=
                            p * (1 - p) * step / parts.rows.scale.unit
                    }
                }
                let size = expected.reduce(0) { max($0, abs($1)) }
                for (a, b) in zip(moved, expected) { #expect(abs(a - b) < 1e-5 * size) }
            }
        }
    }

    @Test func thePromisedChangeIsThatOfTheQuadraticModel() throws {
        let parts = try LocalStage(learner, world(rows: 4000))
        let look = try parts.rows.look(adding: nil)
        let choice = try #require(parts.search.best(look.gradients, look.hessians))
        let next = try parts.rows.look(
            adding: MarginTables(
                [choice.stump], features: parts.search.cuts.count, length: parts.search.length))
        let actual = Double(next.loss - look.loss)
        let promised = choice.change * parts.rows.scale.lossUnits
        #expect(promised < 0 && abs(actual / promised - 1) < 0.05)
    }

    // MARK: The trust region

    /// Whatever is asked for, the loss at looks never rises, and undone rounds leave no trace.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func theTrainingLossNeverRises(seed: UInt64) throws {
        var generator = Generator(seed)
        var wild = learner
        wild.learningRate = [0.1, 0.5, 1][Int(seed) % 3]
        wild.l2 = [0, 5][Int(seed) % 2]
        wild.minimumLeafHessian = 0
        let data = world(rows: Int.random(in: 100...1500, using: &generator), seed: seed)
        let parts = try LocalStage(wild, data)
        let result = try parts.loop().run(
            .init(rounds: 600, patience: 0, roundsPerLook: 500) { _, _, _ in true })
        #expect(result.losses.count > 2)
        #expect(zip(result.losses, result.losses.dropFirst()).allSatisfy { $0 >= $1 })
        // A row's margin is the sum of its tables' entries.
        let bins = try parts.bins
        let tables = [[Int64]](
            result.stumps, features: parts.search.cuts.count, length: parts.search.length)
        let margins = try parts.training.margins
        for row in 0..<bins.rowCount {
            let sum = tables.indices.reduce(Int64(parts.stage.intercept)) {
                $0 + tables[$1][Int(bins.bytes.base[$1 * bins.rowCount + row])]
            }
            #expect(Int64(margins.base[row]) == sum)
        }
    }

    @Test func someRoundsAreUndoneWhereTheModelIsTrustedTooFar() throws {
        var wild = learner
        wild.learningRate = 1
        wild.l2 = 0
        wild.minimumLeafHessian = 0
        let undone = try (1...5).map { seed in
            let parts = try LocalStage(wild, world(rows: 400, seed: UInt64(seed)))
            return try parts.loop().run(
                .init(rounds: 600, patience: 0, roundsPerLook: 500) { _, _, _ in true }
            ).undone
        }
        #expect(undone.reduce(0, +) > 0, "the trust region is never put to use")
    }

    // MARK: The same bits

    /// More rows than the Gram matrix samples, so that sampling takes part.
    @Test func sampledRowsDoNotDependOnOrderOrThreads() throws {
        let rows = BoostingStage.gramRows + 9000
        let data = world(rows: rows, features: 3)
        var one = learner
        one.boostingRounds = 60
        one.threads = 1
        let expected = try one.train(data, name: "m")
        #expect(expected.tables.count == 3)
        var generator = Generator(7)
        var other = one
        other.threads = 3
        let shuffled = data.selecting(Array(0..<rows).shuffled(using: &generator))
        #expect(try other.train(shuffled, name: "m") == expected)
    }

    @Test("Sums of weighted Hessians fit, of all rows that a Gram matrix is made from")
    func manyWeightedRows() throws {
        var generator = Generator(9)
        let rows = BoostingStage.gramRows
        var data = TrainingData(
            matrix: matrix([(0..<rows).map { Double($0 % 16) }]),
            labels: (0..<rows).map { _ in generator.uniform() < 0.5 })
        data.weights = (0..<rows).map { _ in 0.5 + generator.uniform() / 2 }
        var learner = StumpBoostingLearner()
        learner.boostingRounds = 4
        learner.bins = 16
        learner.holdOut = 0
        learner.bags = 1
        learner.threads = 2
        let parts = try [0..<50_000, 50_000..<90_000, 90_000..<rows].map {
            try LocalPartition(data.selecting(rows: Array($0)), threads: 1)
        }
        #expect(
            try learner.trainWithReport(partitions: parts, name: "m").model
                == learner.train(data, name: "m"))
    }
}
