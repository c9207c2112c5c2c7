import Foundation
import RiskColumns
import RiskJSON
import RiskModel
import Testing

@testable import RiskTraining

/// Standard errors, tests and intervals against statsmodels, Firth's method against firthlogist
/// and firthmodels (Fixtures/regression.py), and known solutions.
@Suite struct LogisticInferenceTests {
    private func learner(_ penalty: LogisticPenalty) -> LogisticRegressionLearner {
        var learner = LogisticRegressionLearner()
        learner.penalty = penalty
        learner.holdOut = 0
        return learner
    }

    private func data(_ fixture: Node) throws -> TrainingData {
        var columns = try #require(fixture["columns"]).elements.map(\.doubles)
        var names = columns.indices.map { "x\($0)" }
        if let offset = fixture["offset"], offset != nil {
            columns.append(offset.doubles)
            names.append("offset")
        }
        return TrainingData(
            matrix: matrix(columns, names: names),
            labels: try #require(fixture["labels"]).doubles.map { $0 == 1 },
            weights: fixture["weights"].flatMap { $0 == nil ? nil : $0.doubles })
    }

    private func expect(_ ours: Double?, _ theirs: Double, within bound: Double) throws {
        let ours = try #require(ours)
        #expect(abs(ours - theirs) <= bound * max(1, abs(theirs)), "\(ours) for \(theirs)")
    }

    @Test(arguments: [0, 1])
    func maximumLikelihoodIsStatsmodels(index: Int) throws {
        let fixture = try #require(try fixture("regression")["inference"]).elements[index]
        var learner = learner(.none)
        let data = try data(fixture)
        if data.matrix.names.contains("offset") { learner.offset = "offset" }
        let (model, training) = try learner.trainWithReport(data, name: "m")
        let report = try #require(training.coefficients)
        #expect(report.method == .information)
        for (place, row) in report.rows.enumerated() {
            try expect(row.estimate, fixture["estimates"]!.doubles[place], within: 1e-9)
            try expect(row.standardError, fixture["errors"]!.doubles[place], within: 1e-9)
            try expect(row.pValue, fixture["pValues"]!.doubles[place], within: 1e-9)
            let interval = fixture["intervals"]!.elements[place].doubles
            try expect(row.lower, interval[0], within: 1e-8)
            try expect(row.upper, interval[1], within: 1e-8)
            if place > 0, fixture["inflation"] != .some(nil) {
                try expect(row.inflation, fixture["inflation"]!.doubles[place - 1], within: 1e-9)
            }
        }
        if fixture["condition"] != .some(nil) {
            try expect(report.conditionNumber, fixture["condition"]!.double, within: 1e-9)
        }
        // The offset is a term of the model, with coefficient 1.
        if learner.offset != nil {
            let term = try #require(
                model.linearTerms.first { model.features[$0.feature].name == "offset" })
            #expect(term.coefficient == 1)
            #expect(!report.rows.contains { $0.name == "offset" })
        }
        #expect(model.validate() == [])
    }

    @Test func theRidgesErrorsAreThoseOfItsFormula() throws {
        let fixture = try #require(try fixture("regression")["ridge"]).elements[0]
        var learner = learner(.l2)
        learner.standardize = false
        learner.l2 = try #require(fixture["l2"]).double
        let report = try #require(
            try learner.trainWithReport(data(fixture), name: "m").report.coefficients)
        #expect(report.method == .ridge)
        for (place, row) in report.rows.enumerated() {
            try expect(row.estimate, fixture["estimates"]!.doubles[place], within: 1e-6)
            try expect(row.standardError, fixture["errors"]!.doubles[place], within: 1e-6)
        }
    }

    @Test func theRidgesPathEndsInNewtonsMethod() throws {
        let data = world(rows: 1500)
        var learner = learner(.l2)
        learner.choosesLambda = true
        learner.path.folds = 5
        let report = try learner.trainWithReport(data, name: "m").report
        let path = try #require(report.path)
        let chosen = try #require(path.points.first { $0.lambda == path.chosen })
        let rows = try #require(report.coefficients).rows
        for (coefficient, row) in zip(chosen.coefficients, rows.dropFirst()) {
            #expect(abs(coefficient - row.estimate) < 2e-6 * max(1, abs(row.estimate)))
        }
    }

    @Test func theLassoClaimsNoErrors() throws {
        let report = try learner(.l1).trainWithReport(world(rows: 500), name: "m").report
        #expect(report.coefficients == nil)
        #expect(report.path != nil)
    }

    // MARK: Firth

    @Test(arguments: [0, 1])
    func firthIsFirthlogist(index: Int) throws {
        let fixture = try #require(try fixture("regression")["firth"]).elements[index]
        let (model, training) = try learner(.firth).trainWithReport(data(fixture), name: "m")
        let report = try #require(training.coefficients)
        #expect(report.method == .firthProfile)
        for (place, row) in report.rows.enumerated() {
            try expect(row.estimate, fixture["estimates"]!.doubles[place], within: 1e-6)
            try expect(row.standardError, fixture["errors"]!.doubles[place], within: 1e-6)
            if place > 0 {
                try expect(row.pValue, fixture["pValues"]!.doubles[place - 1], within: 1e-6)
                let interval = fixture["intervals"]!.elements[place - 1].doubles
                try expect(row.lower, interval[0], within: 1e-5)
                try expect(row.upper, interval[1], within: 1e-5)
            }
        }
        #expect(model.validate() == [])
    }

    @Test func firthsTableIsHalfACaseMoreInEachCell() throws {
        // Firth's estimate for a two-by-two table is the plain one with ½ added to each cell; here
        // all exposed rows have events, where the plain one is infinite.
        let column = (0..<60).map { $0 < 20 ? 1.0 : 0 }
        let labels = (0..<60).map { $0 < 25 }
        let report = try #require(
            try learner(.firth).trainWithReport(
                TrainingData(matrix: matrix([column]), labels: labels), name: "m"
            ).report.coefficients)
        #expect(abs(report.rows[0].estimate - log(5.5 / 35.5)) < 1e-8)
        #expect(abs(report.rows[1].estimate - log((20.5 / 0.5) / (5.5 / 35.5))) < 1e-8)
        #expect(throws: TrainingError.self) {
            try learner(.none).train(
                TrainingData(matrix: matrix([column]), labels: labels), name: "m")
        }
    }

    @Test func oneEventInAMillionIsFirthsHalfCase() throws {
        // By weight: 400 and 600 thousand rows without events, one with.
        let column = [0.0, 1, 1]
        var data = TrainingData(matrix: matrix([column]), labels: [false, false, true])
        data.weights = [600_000, 400_000, 1]
        let report = try #require(
            try learner(.firth).trainWithReport(data, name: "m").report.coefficients)
        #expect(abs(report.rows[0].estimate - log(0.5 / 600_000.5)) < 1e-5)
        #expect(
            abs(report.rows[1].estimate - log((1.5 / 400_000.5) / (0.5 / 600_000.5))) < 1e-5)
        // Without Firth there is no finite answer; with a ridge there is one.
        #expect(throws: TrainingError.self) { try learner(.none).train(data, name: "m") }
        #expect(try learner(.l2).train(data, name: "m").linearTerms[0].coefficient.isFinite)
        var lasso = learner(.l1)
        lasso.lambda = 1e-8
        #expect(try lasso.train(data, name: "m").linearTerms.allSatisfy { $0.coefficient.isFinite })
    }

    @Test func firthTakesNoMoreStepsThanAskedFor() throws {
        var learner = learner(.firth)
        learner.iterations = 2
        #expect(throws: TrainingError.notConverged(iterations: 2)) {
            try learner.train(world(rows: 500), name: "m")
        }
        // Those of the profiles are their own.
        learner.iterations = 20
        let few = try learner.trainWithReport(world(rows: 500), name: "m").report
        learner.iterations = 100
        let many = try learner.trainWithReport(world(rows: 500), name: "m").report
        #expect(few.coefficients == many.coefficients && few.coefficients?.method == .firthProfile)
    }

    @Test func firthsThreadsDoNotMatter() throws {
        let data = world(rows: 20_000)
        var learner = learner(.firth)
        learner.threads = 1
        let expected = try learner.trainWithReport(data, name: "m")
        learner.threads = 3
        let other = try learner.trainWithReport(data, name: "m")
        #expect(other.model == expected.model && other.report == expected.report)
    }

    // MARK: Corners

    @Test func aConstantAndAnEqualColumnAreLeftOutOfTheTable() throws {
        let data = world(rows: 500, features: 2)
        var wide = data
        let x = data.matrix.columns
        wide.matrix = matrix(
            [x[0], [Double](repeating: 4, count: 500), x[1], x[0]],
            names: ["a", "same", "b", "again"])
        for penalty in [LogisticPenalty.none, .firth] {
            let report = try learner(penalty).trainWithReport(wide, name: "m").report
            let rows = try #require(report.coefficients).rows.map(\.name)
            #expect(rows.count == 3 && rows.contains("b") && !rows.contains("same"))
            #expect(report.warnings.contains { $0.contains("are left out") })
            #expect(report.warnings.contains { $0.contains("same in all rows") })
        }
        // With a ridge both stay, and nothing is infinite.
        let rows = try #require(
            try learner(.l2).trainWithReport(wide, name: "m").report.coefficients
        ).rows
        #expect(rows.count == 4)
        #expect(rows.allSatisfy { $0.standardError?.isFinite == true })
    }

    @Test(arguments: LogisticPenalty.allCases)
    func infiniteValuesAreRefusedAndSubnormalOnesLeftOut(penalty: LogisticPenalty) throws {
        let data = world(rows: 300, features: 1)
        var learner = learner(penalty)
        learner.l1Ratio = penalty == .elasticnet ? 0.5 : learner.l1Ratio
        var wide = data
        for value in [Double.infinity, -.infinity] {
            wide.matrix = matrix([data.matrix.columns[0], data.matrix.columns[0]])
            var column = data.matrix.columns[0]
            column[3] = value
            wide.matrix = matrix([data.matrix.columns[0], column])
            #expect(throws: TrainingError.infiniteValues(feature: "x1", rows: 1)) {
                try learner.train(wide, name: "m")
            }
        }
        let tiny = data.matrix.columns[0].map { $0 * 1e-300 * 1e-15 }
        wide.matrix = matrix([data.matrix.columns[0], tiny], names: ["plain", "tiny"])
        let (model, report) = try learner.trainWithReport(wide, name: "m")
        #expect(model.linearTerms.allSatisfy { $0.coefficient.isFinite })
        #expect(report.warnings.contains { $0.contains("\"tiny\"") })
    }

    @Test func settingsThatContradictEachOtherAreNamed() throws {
        for (document, word) in [
            (#"{"penalty": "firth", "lambda": 1}"#, "no strength"),
            (#"{"penalty": "l2", "l1Ratio": 0.5}"#, "elasticnet"),
            (#"{"penalty": "firth", "signs": {"a": "positive"}}"#, "no signs"),
            (#"{"penalty": "lasso"}"#, "penalty"),
            (#"{"signs": {"a": "up"}}"#, "signs"),
            (#"{"folds": 1}"#, "folds"), (#"{"confidence": 1}"#, "confidence"),
        ] {
            let reader = DocumentReader()
            let node = try JSONParser.parse([UInt8](document.utf8))
            _ = LogisticRegressionLearner(reading: .init(root: node), reader)
            #expect(reader.mistakes.contains { $0.description.contains(word) }, "\(document)")
        }
        // What a learner says of its settings is read back to the same learner.
        var learner = LogisticRegressionLearner()
        learner.penalty = .elasticnet
        learner.l1Ratio = 0.3
        learner.path.selection = .oneStandardError
        learner.path.folds = 7
        learner.signs = ["a": .negative]
        learner.offset = "prior"
        let reader = DocumentReader()
        #expect(
            LogisticRegressionLearner(reading: .init(root: learner.settings), reader) == learner)
        #expect(reader.mistakes.isEmpty)
    }
}
