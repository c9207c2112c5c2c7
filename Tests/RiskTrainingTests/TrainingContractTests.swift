import Foundation
import RiskColumns
import RiskJSON
import RiskModel
import RiskScoring
import Testing

@testable import RiskTraining

/// What both learners refuse, hold out, report and read.
@Suite struct TrainingContractTests {
    private func both(_ data: TrainingData, _ expected: TrainingError) {
        #expect(throws: expected) { try StumpBoostingLearner().train(data, name: "m") }
        #expect(throws: expected) { try LogisticRegressionLearner().train(data, name: "m") }
    }

    // MARK: The model

    @Test(arguments: [CalibrationChoice.identity, .platt, .beta, .isotonic])
    func theModelIsValidAndTheServingScorerReadsItAlike(choice: CalibrationChoice) throws {
        var data = world(rows: 4000)
        data.times = (0..<4000).map { Int64($0) }
        var stumps = StumpBoostingLearner()
        stumps.calibration = choice
        var logistic = LogisticRegressionLearner()
        logistic.calibration = choice
        for var model in try [stumps.train(data, name: "m"), logistic.train(data, name: "m")] {
            #expect(model.validate() == [])
            model.addGoldenVectors(rows: data.matrix)
            #expect(try AdditiveModel(artifact: model.artifact()) == model)
            let scores = try Scorer(model).score(data.matrix, threads: 2)
            for row in stride(from: 0, to: 4000, by: 37) {
                #expect(scores.units[row] == units(model, data.matrix, row))
            }
            // The latest fifth was held out: there the mean probability is the rate of events.
            guard choice != .identity else { continue }
            let mean = scores.probability[3200...].reduce(0, +) / 800
            let rate = Double(data.labels[3200...].count { $0 }) / 800
            #expect(abs(mean - rate) < 0.015)
        }
    }

    // MARK: Refusals

    @Test func oneClassIsRefused() {
        var data = world(rows: 100)
        data.labels = [Bool](repeating: false, count: 100)
        both(data, .oneClass(label: false, rows: 100))
        data.labels = [Bool](repeating: true, count: 100)
        data.labels[5] = false
        data.weights = data.labels.map { $0 ? 1 : 0 }
        both(data, .oneClass(label: true, rows: 99))
        #expect(
            TrainingError.oneClass(label: false, rows: 7).description
                == "the label has only one class: all 7 rows are negative")
    }

    @Test func countsMustMatch() {
        var data = world(rows: 100)
        data.labels.removeLast()
        both(data, .countMismatch(what: "labels", count: 99, rows: 100))
        data = world(rows: 100)
        data.weights = [1]
        both(data, .countMismatch(what: "weights", count: 1, rows: 100))
        data = world(rows: 100)
        data.times = []
        both(data, .countMismatch(what: "times", count: 0, rows: 100))
    }

    @Test(arguments: [Double.nan, .infinity, -1, -.leastNonzeroMagnitude])
    func badWeightsAreRefusedByRow(weight: Double) {
        var data = world(rows: 100)
        data.weights = [Double](repeating: 1, count: 100)
        data.weights?[41] = weight
        both(data, .badWeight(row: 41, value: "\(weight)"))
    }

    @Test func noRowsAreRefused() {
        both(TrainingData(matrix: matrix([[]]), labels: []), .noRows)
        var data = world(rows: 100)
        data.weights = [Double](repeating: 0, count: 100)
        both(data, .noRows)
    }

    @Test func featuresWithoutContentAreRefused() {
        let labels = (0..<100).map { $0 % 3 == 0 }
        let missing = [Double](repeating: .nan, count: 100)
        both(
            TrainingData(matrix: matrix([missing, missing]), labels: labels),
            .allMissing(features: ["x0", "x1"]))
        let same = [Double](repeating: 5, count: 100)
        #expect(throws: TrainingError.self) {
            try StumpBoostingLearner().train(
                TrainingData(matrix: matrix([same]), labels: labels), name: "m")
        }
        #expect(throws: TrainingError.nothingVaries(features: ["x0"])) {
            try LogisticRegressionLearner().train(
                TrainingData(matrix: matrix([same]), labels: labels), name: "m")
        }
    }

    @Test func namesMustBeDistinct() {
        var data = world(rows: 100, features: 2)
        data.matrix = matrix(data.matrix.columns, names: ["a", "a"])
        both(data, .duplicateFeature("a"))
    }

    @Test func settingsOutsideTheirRangeAreRefused() {
        var stumps = StumpBoostingLearner()
        stumps.bins = 256
        #expect(throws: TrainingError.self) { try stumps.train(world(rows: 100), name: "m") }
        stumps = StumpBoostingLearner()
        stumps.learningRate = .nan
        #expect(throws: TrainingError.self) { try stumps.train(world(rows: 100), name: "m") }
        var logistic = LogisticRegressionLearner()
        logistic.l2 = -1
        #expect(throws: TrainingError.self) { try logistic.train(world(rows: 100), name: "m") }
    }

    // MARK: Holding out

    /// What is held out of training data.
    private func split(_ data: TrainingData, _ share: Double) throws -> HeldOutSplit? {
        var report = TrainingReport()
        return HoldOut.parts(
            try Sample(data), data.matrix, share: share, times: data.times, threads: 1, &report)
    }

    @Test func theLatestRowsAreHeldOutAndMomentsStayWhole() throws {
        var data = world(rows: 1000)
        // Times fall with the row; ten rows share each moment.
        data.times = (0..<1000).map { Int64(-($0 / 10)) }
        let parts = try #require(try split(data, 0.205))
        #expect(parts.later.rows == (0..<200).map { UInt32($0) })
        #expect(parts.earlier.rows == (200..<1000).map { UInt32($0) })
        data.times = (0..<1000).map { _ in 7 }
        #expect(try split(data, 0.2) == nil)
    }

    @Test func weightedRowsAreHeldOutByWeight() throws {
        var data = world(rows: 100)
        data.times = (0..<100).map { Int64($0) }
        data.labels = (0..<100).map { $0 % 2 == 0 }
        data.weights = (0..<100).map { $0 < 50 ? 1 : 3 }
        let parts = try #require(try split(data, 0.3))
        #expect(parts.later.count == 20)
        #expect(parts.later.weights.total == 60)
        data.weights?[99] = 0
        let without = try #require(try split(data, 0.305))
        #expect(without.later.rows?.last == 98)
        #expect(without.later.count == 20)
    }

    /// Without times: a share of either class, whatever the order of rows.
    @Test func rowsWithoutTimesAreHeldOutByWhatTheyHold() throws {
        let data = world(rows: 5000)
        let positives = data.labels.count { $0 }
        let parts = try #require(try split(data, 0.2))
        #expect(parts.later.positives == positives / 5)
        #expect(parts.later.count - parts.later.positives == (5000 - positives) / 5)
        var generator = Generator(2)
        let order = Array(0..<5000).shuffled(using: &generator)
        let turned = try #require(try split(data.selecting(order), 0.2))
        let (held, again) = (
            Set((parts.later.rows ?? []).map { Int($0) }),
            Set((turned.later.rows ?? []).map { order[Int($0)] })
        )
        #expect(held == again)
        // The rows are neither the last ones nor the first.
        #expect(abs(Double(held.reduce(0, +)) / Double(held.count) - 2500) < 150)
        // And so the order has no say in any learner, down to the calibration.
        var stumps = StumpBoostingLearner()
        stumps.boostingRounds = 30
        stumps.bags = 1
        let shuffled = data.selecting(order)
        #expect(try stumps.train(data, name: "m") == stumps.train(shuffled, name: "m"))
        let logistic = LogisticRegressionLearner()
        #expect(
            try logistic.train(data, name: "m").calibration
                == logistic.train(shuffled, name: "m").calibration)
    }

    /// Of a large class names are not put in order, and the share is what chance gives.
    @Test func aLargeClassIsHeldOutByChance() throws {
        let rows = HoldOut.mostCounted + 15_000
        let data = TrainingData(
            matrix: matrix([(0..<rows).map { Double($0) }]),
            labels: (0..<rows).map { $0 < 10_000 })
        let parts = try #require(try split(data, 0.2))
        #expect(parts.later.positives == 2000)
        let others = Double(parts.later.count - 2000) / Double(rows - 10_000)
        #expect(abs(others - 0.2) < 0.01)
    }

    @Test func earlyStoppingChoosesRoundsOnTheLatestRows() throws {
        // What was learned from the early rows does not hold in the late ones: no round helps.
        var data = world(rows: 4000)
        data.times = (0..<4000).map { Int64($0) }
        var turned = data
        for row in 3200..<4000 { turned.labels[row] = row % 5 == 0 }
        var learner = StumpBoostingLearner()
        learner.boostingRounds = 400
        learner.earlyStoppingRounds = 20
        let (plain, honest) = try (
            learner.trainWithReport(data, name: "m").report,
            learner.trainWithReport(turned, name: "m").report
        )
        #expect(plain.heldOutRows == 800)
        #expect(honest.rounds < plain.rounds / 2)
        #expect(plain.rounds > 20)
        // The losses of both stages are reported, held-out losses in the first only.
        #expect(plain.losses.contains { $0.stage == .holdingOut && $0.heldOutLoss != nil })
        #expect(plain.losses.contains { $0.stage == .allRows && $0.heldOutLoss == nil })
    }

    // MARK: Reports

    @Test func stoppingKeepsTheBestModelSoFar() throws {
        let data = world(rows: 3000)
        var learner = StumpBoostingLearner()
        learner.boostingRounds = 500
        var last = 0
        let (model, report) = try learner.trainWithReport(data, name: "m") { progress in
            last = progress.round
            return progress.round < 100
        }
        #expect(report.end == "stopped from outside")
        #expect(last >= 100 && report.rounds <= last && report.rounds > last / 2)
        #expect(!model.tables.isEmpty)
        #expect(report.losses.allSatisfy { $0.stage == .holdingOut })
    }

    @Test func aFeatureThatKnowsTheAnswerIsNamed() throws {
        let data = world(rows: 2000)
        var leaky = data
        let answer = data.labels.enumerated().map { row, label in
            row % 400 == 0 ? Double.nan : (label ? -1 : 1) + Double(row % 7) / 10
        }
        leaky.matrix = FeatureMatrix(
            names: data.matrix.names + ["chargeback"], columns: data.matrix.columns + [answer],
            rowCount: 2000)
        let reports = try [
            StumpBoostingLearner().trainWithReport(leaky, name: "m").report,
            LogisticRegressionLearner().trainWithReport(leaky, name: "m").report,
        ]
        for report in reports {
            let warnings = report.warnings.filter { $0.contains("does it know the answer") }
            #expect(warnings.count == 1)
            #expect(warnings.first?.contains("\"chargeback\"") == true)
        }
        #expect(try StumpBoostingLearner().trainWithReport(data, name: "m").report.warnings.isEmpty)
    }

    @Test func reportAndLineageSayHowTheModelCameAbout() throws {
        let data = world(rows: 3000)
        let (model, report) = try StumpBoostingLearner().trainWithReport(data, name: "card-misuse")
        #expect(model.name == "card-misuse")
        #expect(model.lineage["learner"] == "boosted stumps")
        #expect(model.lineage["rows"] == 3000)
        #expect(model.lineage["positives"] == Node(data.labels.count { $0 }))
        #expect(model.lineage["settings"] == StumpBoostingLearner().settings)
        #expect(model.lineage["calibration"]?["chosen"] != nil)
        #expect(report.node["losses"]?.elements.isEmpty == false)
        #expect(try JSONParser.parse(Array(report.node.json().utf8)) == report.node)
    }

    // MARK: Settings from a document

    @Test func settingsAreReadFromADocument() throws {
        let text = """
            {"learner": "stumps", "boostingRounds": 50, "learningRate": 0.3, "l2": 10, "bins": 255,
             "calibration": "platt", "holdOut": 0, "minimumLeafCount": 7, "threads": 2}
            """
        let reader = DocumentReader()
        let learner = StumpBoostingLearner(
            reading: .init(root: try JSONParser.parse(Array(text.utf8))), reader)
        try reader.finish()
        #expect(learner.boostingRounds == 50 && learner.learningRate == 0.3 && learner.l2 == 10)
        #expect(learner.bins == 255 && learner.calibration == .platt && learner.holdOut == 0)
        #expect(learner.minimumLeafCount == 7 && learner.threads == 2)
        #expect(learner.minimumLeafHessian == StumpBoostingLearner().minimumLeafHessian)
    }

    @Test func allMistakesAreNamedAtOnce() throws {
        let text = """
            {"boostingRound": 50, "learningRate": 3, "bins": 1,
             "calibration": "plat", "learner": "logistic"}
            """
        let reader = DocumentReader()
        _ = StumpBoostingLearner(
            reading: .init(root: try JSONParser.parse(Array(text.utf8))), reader)
        #expect(reader.mistakes.count == 5)
        let all = reader.mistakes.map(\.description).joined(separator: "\n")
        #expect(
            all.contains("did you mean \"boostingRounds\"")
                && all.contains("did you mean \"platt\""))
    }

    @Test func settingsSurviveTheDocument() throws {
        var logistic = LogisticRegressionLearner()
        logistic.l2 = 0.125
        logistic.standardize = false
        logistic.iterations = 7
        logistic.calibration = .isotonic
        let reader = DocumentReader()
        #expect(
            LogisticRegressionLearner(reading: .init(root: logistic.settings), reader) == logistic)
        var stumps = StumpBoostingLearner()
        stumps.l2 = 3
        stumps.earlyStoppingRounds = 0
        #expect(StumpBoostingLearner(reading: .init(root: stumps.settings), reader) == stumps)
        try reader.finish()
    }
}
