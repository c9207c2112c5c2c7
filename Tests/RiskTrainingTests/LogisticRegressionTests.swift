import Foundation
import RiskColumns
import RiskJSON
import RiskModel
import Testing

@testable import RiskTraining

/// Logistic regression against scikit-learn (Fixtures/logistic.py), known solutions and laws.
@Suite struct LogisticRegressionTests {
    private var learner: LogisticRegressionLearner {
        var learner = LogisticRegressionLearner()
        learner.holdOut = 0
        return learner
    }

    private func coefficient(_ model: AdditiveModel, _ name: String) -> Double? {
        model.linearTerms.first { model.features[$0.feature].name == name }?.coefficient
    }

    @Test(arguments: [0, 1, 2])
    func agreesWithScikitLearn(index: Int) throws {
        let fixture = try fixture("logistic").elements[index]
        let columns = try #require(fixture["columns"]).elements.map(\.doubles)
        let data = TrainingData(
            matrix: matrix(columns),
            labels: try #require(fixture["labels"]).doubles.map { $0 == 1 },
            weights: fixture["weights"].flatMap { $0 == nil ? nil : $0.doubles })
        for kind in ["raw", "standardized"] {
            var learner = learner
            learner.l2 = try #require(fixture["l2"]).double
            learner.standardize = kind == "standardized"
            let model = try learner.train(data, name: "m")
            let expected = try #require(fixture[kind])
            let coefficients = try #require(expected["coefficients"]).doubles
            let missing = try #require(expected["missing"]).doubles
            #expect(model.linearTerms.count == coefficients.count)
            for (term, (coefficient, missing)) in zip(model.linearTerms, zip(coefficients, missing))
            {
                #expect(abs(term.coefficient - coefficient) <= 1e-6 * max(1, abs(coefficient)))
                #expect(abs(LogOdds.value(term.missingUnits) - missing) <= 1e-5)
            }
            let intercept = try #require(expected["intercept"]).double
            #expect(abs(LogOdds.value(model.intercept) - intercept) <= 1e-5)
        }
    }

    @Test func aTwoByTwoTableHasItsLogOddsRatio() throws {
        // 30 of 100 against 10 of 100, without a penalty: the answer is known.
        let column = (0..<200).map { $0 < 100 ? 1.0 : 0 }
        let labels = (0..<200).map { $0 < 30 || (100..<110).contains($0) }
        var free = learner
        free.l2 = 0
        let model = try free.train(
            TrainingData(matrix: matrix([column]), labels: labels), name: "m")
        let expected = log((30.0 / 70) / (10.0 / 90))
        #expect(abs(try #require(coefficient(model, "x0")) - expected) < 1e-9)
        #expect(abs(LogOdds.value(model.intercept) - log(10.0 / 90)) < 1e-5)
    }

    @Test func threadsDoNotMatterAndWeightTwoIsTheRowTwice() throws {
        let data = world(rows: 30_000)
        var one = learner
        one.threads = 1
        let expected = try one.train(data, name: "m")
        for threads in [2, 3, 7] {
            one.threads = threads
            #expect(try one.train(data, name: "m") == expected)
        }
        var generator = Generator(5)
        let small = world(rows: 1000)
        var weighted = small
        let times = small.labels.map { _ in Int.random(in: 0...3, using: &generator) }
        weighted.weights = times.map { Double($0) }
        let repeated = small.selecting(
            small.labels.indices.flatMap { Array(repeating: $0, count: times[$0]) })
        let (a, b) = try (learner.train(weighted, name: "m"), learner.train(repeated, name: "m"))
        #expect(a.linearTerms.count == b.linearTerms.count)
        for (x, y) in zip(a.linearTerms, b.linearTerms) {
            #expect(abs(x.coefficient - y.coefficient) < 1e-9 * max(1, abs(y.coefficient)))
            #expect(abs(x.missingUnits - y.missingUnits) <= 1)
        }
    }

    @Test func unitsDoNotMatterWhereFeaturesAreStandardized() throws {
        let data = world(rows: 2000)
        var scaled = data
        let factors = [1e-300, 1e200, 1, 1e-9, 1e12]
        scaled.matrix = FeatureMatrix(
            names: data.matrix.names,
            columns: zip(data.matrix.columns, factors).map { column, factor in
                column.map { $0 * factor }
            }, rowCount: 2000)
        let (a, b) = try (learner.train(data, name: "m"), learner.train(scaled, name: "m"))
        for (index, (x, y)) in zip(a.linearTerms, b.linearTerms).enumerated() {
            #expect(abs(x.coefficient - y.coefficient * factors[index]) < 1e-9)
        }
    }

    @Test func aLargePenaltyLeavesTheBaseRate() throws {
        let data = world(rows: 1000)
        var heavy = learner
        heavy.l2 = 1e10
        let model = try heavy.train(data, name: "m")
        let rate = Double(data.labels.count { $0 }) / 1000
        #expect(abs(LogOdds.value(units(model, data.matrix, 0)) - log(rate / (1 - rate))) < 1e-4)
    }

    // MARK: What is said of the data

    @Test func collinearFeaturesAreNamed() throws {
        let data = world(rows: 1000, features: 3)
        let sum = zip(data.matrix.columns[0], data.matrix.columns[1]).map { $0 + 2 * $1 }
        var wide = data
        wide.matrix = FeatureMatrix(
            names: data.matrix.names + ["sum"], columns: data.matrix.columns + [sum], rowCount: 1000
        )
        let (ridge, ridgeReport) = try learner.trainWithReport(wide, name: "m")
        #expect(ridge.linearTerms.count == 4)
        let warning = try #require(
            ridgeReport.warnings.first { $0.contains("is a linear combination of") })
        for name in ["sum", "feature0", "feature1"] { #expect(warning.contains("\"\(name)\"")) }
        #expect(!warning.contains("feature2"))
        // Without a penalty one is left out, and the scores are those of the fit without it.
        var free = learner
        free.l2 = 0
        let (plain, report) = try free.trainWithReport(wide, name: "m")
        #expect(plain.linearTerms.count == 3)
        #expect(report.warnings.contains { $0.contains("are left out") })
        let reference = try free.train(data, name: "m")
        for row in 0..<50 {
            let difference = units(plain, wide.matrix, row) - units(reference, data.matrix, row)
            #expect(abs(difference) <= 8)
        }
    }

    @Test func almostCollinearFeaturesAreNamed() throws {
        var generator = Generator(1)
        let a = (0..<500).map { _ in generator.normal() }
        let b = a.map { $0 + 1e-3 * generator.normal() }
        let labels = a.map { generator.uniform() < 1 / (1 + exp(-$0)) }
        let report = try learner.trainWithReport(
            TrainingData(matrix: matrix([a, b]), labels: labels), name: "m"
        ).report
        #expect(report.warnings.count { $0.contains("almost a linear combination") } == 2)
    }

    @Test func separationByOneFeatureIsSaidOrRefused() throws {
        let column = (0..<100).map { Double($0) }
        let data = TrainingData(
            matrix: matrix([column], names: ["amount"]), labels: column.map { $0 >= 60 })
        let report = try learner.trainWithReport(data, name: "m").report
        #expect(
            report.warnings.contains {
                $0.contains("\"amount\" alone separates the classes") && $0.contains("60")
            })
        var free = learner
        free.l2 = 0
        let error = #expect(throws: TrainingError.self) { try free.train(data, name: "m") }
        let text = try #require(error).description
        #expect(text.contains("amount") && text.contains("set l2 above 0"))
    }

    @Test func separationByFeaturesTogetherIsSaidOrRefused() throws {
        var generator = Generator(1)
        let a = (0..<200).map { _ in generator.normal() }
        let b = (0..<200).map { _ in generator.normal() }
        let labels = zip(a, b).map { $0 + $1 > 0.1 }
        let data = TrainingData(matrix: matrix([a, b]), labels: labels)
        var weak = learner
        weak.l2 = 1e-4
        let report = try weak.trainWithReport(data, name: "m").report
        #expect(report.warnings.contains { $0.contains("together separate the classes") })
        weak.l2 = 0
        #expect(throws: TrainingError.self) { try weak.train(data, name: "m") }
    }

    @Test func quasiSeparationIsRefusedWithoutAPenalty() throws {
        // The middle class of three has events only.
        var generator = Generator(1)
        let column = (0..<300).map { Double($0 % 3) }
        let middle = column.map { $0 == 1 ? 1.0 : 0 }
        let labels = column.map { $0 == 1 || generator.uniform() < 0.3 }
        let data = TrainingData(matrix: matrix([column, middle]), labels: labels)
        var free = learner
        free.l2 = 0
        #expect(throws: TrainingError.self) { try free.train(data, name: "m") }
        #expect(try learner.train(data, name: "m").linearTerms.count == 2)
    }

    @Test func constantAndEmptyColumnsAreLeftOutAndNamed() throws {
        let data = world(rows: 500, features: 2)
        var wide = data
        wide.matrix = FeatureMatrix(
            names: ["same", "none", "a", "b", "partly"],
            columns: [
                [Double](repeating: 3, count: 500), [Double](repeating: .nan, count: 500),
                data.matrix.columns[0], data.matrix.columns[1],
                (0..<500).map { $0 % 2 == 0 ? .nan : 1 },
            ], rowCount: 500)
        let (model, report) = try learner.trainWithReport(wide, name: "m")
        #expect(model.features.map(\.name) == ["a", "b", "partly"])
        #expect(
            report.warnings.contains { $0.contains("same in all rows") && $0.contains("\"same\"") })
        #expect(
            report.warnings.contains {
                $0.contains("missing in all rows") && $0.contains("\"none\"")
            })
        // Of a column that is constant where present, only being missing can be learned.
        #expect(coefficient(model, "partly") == 0)
    }

    @Test func infiniteValuesAreRefusedByName() throws {
        var data = world(rows: 500, features: 2)
        var column = data.matrix.columns[1]
        column[7] = .infinity
        data.matrix = matrix([data.matrix.columns[0], column])
        #expect(throws: TrainingError.infiniteValues(feature: "x1", rows: 1)) {
            try learner.train(data, name: "m")
        }
    }

    @Test func subnormalAndHugeColumnsAreFinite() throws {
        var data = world(rows: 500, features: 1)
        let column = data.matrix.columns[0]
        data.matrix = matrix(
            [column, column.map { $0 * 1e-300 * 1e-10 }, column.map { $0 * 1e307 }],
            names: ["plain", "subnormal", "huge"])
        let (model, report) = try learner.trainWithReport(data, name: "m")
        #expect(model.linearTerms.allSatisfy { $0.coefficient.isFinite })
        #expect(
            report.warnings.contains { $0.contains("same in all rows") && $0.contains("subnormal") }
        )
    }

    @Test func aFeatureFarFromZeroIsRefused() throws {
        let data = world(rows: 2000, features: 1)
        var far = data
        far.matrix = matrix([data.matrix.columns[0].map { $0 + 1e6 }], names: ["year"])
        let error = #expect(throws: TrainingError.self) { try learner.train(far, name: "m") }
        #expect(try #require(error).description.contains("subtract a reference value"))
    }

    @Test func stoppingKeepsTheModelSoFar() throws {
        let data = world(rows: 2000)
        var calls = 0
        let (model, report) = try LogisticRegressionLearner().trainWithReport(data, name: "m") {
            _ in
            calls += 1
            return calls < 3
        }
        #expect(calls == 3)
        #expect(report.rounds == 3)
        #expect(report.end == "stopped from outside")
        #expect(meanLoss(model, data) < 0.6)
    }
}
