import RiskColumns
import RiskJSON
import RiskModel
import Testing

@testable import RiskTraining

/// The promise: the same rows give the same artifact, byte for byte, and the same report, however they are
/// given and on however many threads.
@Suite("The same bits")
struct SameBitsTests {
    /// Every learner and every way in which it sums.
    enum Learner: CaseIterable {
        case stumps, bags, ridge, unpenalised, ridgePath, lasso, elasticNet, signs, firth, scorecard

        /// How many rows: Firth's profiles take their time.
        var rows: Int { self == .firth ? 300 : 1500 }

        func train(
            _ data: TrainingData, threads: Int = 1, penalties: Double = 1
        ) throws -> (model: AdditiveModel, report: TrainingReport) {
            switch self {
            case .stumps, .bags:
                var learner = StumpBoostingLearner()
                learner.boostingRounds = 40
                learner.bins = 16
                learner.bags = self == .bags ? 3 : 1
                learner.l2 *= penalties
                learner.minimumLeafHessian *= penalties
                learner.minimumLeafCount *= penalties
                learner.calibration = .platt
                learner.threads = threads
                return try learner.trainWithReport(data, name: "m")
            case .scorecard:
                var learner = ScorecardLearner()
                learner.fineBins = 16
                learner.l2 *= penalties
                learner.rule.minimumPositives *= penalties
                learner.rule.minimumNegatives *= penalties
                learner.calibration = .platt
                learner.threads = threads
                return try learner.trainWithReport(data, name: "m")
            default:
                var learner = LogisticRegressionLearner()
                learner.l2 *= penalties
                learner.calibration = .platt
                learner.threads = threads
                learner.path.count = 20
                learner.path.folds = 3
                switch self {
                case .unpenalised: learner.penalty = .none
                case .ridgePath: learner.choosesLambda = true
                case .lasso: learner.penalty = .l1
                case .elasticNet: learner.penalty = .elasticnet
                case .signs: learner.signs = ["feature1": .positive]
                case .firth: learner.penalty = .firth
                default: break
                }
                return try learner.trainWithReport(data, name: "m")
            }
        }
    }

    /// Rows with missing values, real weights, times in no order, and two features that are equal.
    private func rows(_ count: Int, withTwins: Bool) -> TrainingData {
        var data = world(rows: count, features: 6)
        var generator = Generator(77)
        if withTwins {
            data.matrix = FeatureMatrix(
                names: data.matrix.names + ["twin"],
                columns: data.matrix.columns + [data.matrix.columns[1]], rowCount: count)
        }
        data.weights = (0..<count).map { _ in 0.1 + generator.uniform() }
        data.times = (0..<count).map { _ in Int64(generator.next() % 500) }
        return data
    }

    private func expectSame(
        _ a: (model: AdditiveModel, report: TrainingReport),
        _ b: (model: AdditiveModel, report: TrainingReport), _ what: Comment
    ) {
        #expect(a.model.artifact() == b.model.artifact(), what)
        #expect(a.report == b.report, what)
    }

    private func turned(_ data: TrainingData) -> TrainingData {
        var turned = data
        var generator = Generator(11)
        let order = data.matrix.names.indices.shuffled(using: &generator)
        turned.matrix = FeatureMatrix(
            names: order.map { data.matrix.names[$0] },
            columns: order.map { data.matrix.columns[$0] }, rowCount: data.matrix.rowCount)
        return turned
    }

    @Test("One, two and three threads; rows and features in any order", arguments: Learner.allCases)
    func anyOrder(learner: Learner) throws {
        for hasTimes in [true, false] {
            var data = rows(learner.rows, withTwins: learner != .firth)
            if !hasTimes { data.times = nil }
            let expected = try learner.train(data)
            #expect(expected.report.heldOutRows > 0)
            #expect(expected.report.calibration?.chosen == .platt)
            #expect(!expected.model.tables.isEmpty || !expected.model.linearTerms.isEmpty)
            for threads in [2, 3] {
                expectSame(
                    try learner.train(data, threads: threads), expected, "\(threads) threads")
            }
            var generator = Generator(3)
            let shuffled = data.selecting(
                Array(0..<data.labels.count).shuffled(using: &generator))
            expectSame(try learner.train(shuffled), expected, "rows in another order")
            expectSame(try learner.train(turned(shuffled)), expected, "features, too")
        }
    }

    @Test(
        "All weights doubled, and penalties with them",
        arguments: Learner.allCases.filter { $0 != .firth })
    func doubled(learner: Learner) throws {
        for isUniform in [false, true] {
            var data = rows(learner.rows, withTwins: true)
            if isUniform { data.weights = data.labels.map { _ in 0.7 } }
            let expected = try learner.train(data)
            data.weights = data.weights?.map { 2 * $0 }
            let doubled = try learner.train(data, penalties: 2)
            #expect(plain(doubled.model).artifact() == plain(expected.model).artifact())
            #expect(doubled.report.calibration == expected.report.calibration)
            #expect(doubled.report.losses == expected.report.losses)
            #expect(doubled.report.warnings == expected.report.warnings)
            #expect(doubled.report.bands == expected.report.bands)
        }
    }

    /// Without the settings that were doubled.
    private func plain(_ model: AdditiveModel) -> AdditiveModel {
        var model = model
        guard case .object(let members) = model.lineage.content else { return model }
        model.lineage = .object(members.filter { $0.key != "settings" })
        return model
    }

    @Test("The approach in single precision, which only large data take, is no exception")
    func large() throws {
        let rows = 14_000
        let data = world(rows: rows, features: 63)
        #expect(NewtonApproach.pays(rows: rows * 4 / 5, columns: 63 + 15))
        var learner = LogisticRegressionLearner()
        learner.threads = 1
        learner.diagnostics = false
        let expected = try learner.trainWithReport(data, name: "m")
        var generator = Generator(3)
        let shuffled = turned(data.selecting(Array(0..<rows).shuffled(using: &generator)))
        learner.threads = 3
        expectSame(try learner.trainWithReport(shuffled, name: "m"), expected, "large")
    }

    @Test("Scorecards and regressions from rows that are equal in part, with other times")
    func equalRows() throws {
        for learner in [Learner.ridge, .lasso, .scorecard] {
            var data = rows(1200, withTwins: false)
            var columns = data.matrix.columns
            for row in stride(from: 0, to: 1200, by: 3) {
                for column in columns.indices { columns[column][row] = Double(row % 2) }
                data.weights?[row] = 0.5
            }
            data.matrix = FeatureMatrix(
                names: data.matrix.names, columns: columns, rowCount: 1200)
            var generator = Generator(9)
            let shuffled = data.selecting(Array(0..<1200).shuffled(using: &generator))
            expectSame(try learner.train(shuffled), try learner.train(data), "equal rows")
        }
    }
}
