import Foundation
import RiskJSON
import RiskModel
import Testing

@testable import RiskTraining

/// Calibration against scikit-learn (Fixtures/calibration.py) and the choice among kinds.
@Suite struct CalibrationTests {
    private struct Reference {
        let units: [Int64]
        let labels: [Bool]
        let weights: [Double]?
        let node: Node
        let grid: [Int64]

        init(_ name: String) throws {
            let fixture = try fixture("calibration")
            units = try #require(fixture["units"]).doubles.map { Int64($0) }
            labels = try #require(fixture["labels"]).doubles.map { $0 == 1 }
            weights = name == "plain" ? nil : try #require(fixture["weights"]).doubles
            grid = try #require(fixture["grid"]).doubles.map { Int64($0) }
            node = try #require(fixture[name])
        }
    }

    @Test(arguments: ["plain", "weighted"])
    func isotonicAgreesWithScikitLearn(name: String) throws {
        let reference = try Reference(name)
        let (knots, means) = IsotonicRegression.fit(
            units: reference.units, labels: reference.labels, weights: reference.weights)
        let expected = try #require(reference.node["isotonic"]).doubles
        for (score, probability) in zip(reference.grid, expected) {
            let fitted = Calibration.isotonic(logOdds: knots, probabilities: means)
            let found = fitted.probability(units: score)
            #expect(abs(found - probability) < 1e-9)
        }
    }

    @Test(arguments: ["plain", "weighted"])
    func plattAgreesWithScikitLearn(name: String) throws {
        let reference = try Reference(name)
        let found = try #require(
            PlattScaling.fit(
                logOdds: reference.units.map { LogOdds.value($0) }, labels: reference.labels,
                weights: reference.weights))
        #expect(abs(found.slope - reference.node["slope"]!.double) < 1e-7)
        #expect(abs(found.intercept - reference.node["intercept"]!.double) < 1e-7)
        let sklearn = try #require(reference.node["sklearn"]).doubles
        #expect(abs(found.slope - sklearn[0]) < 1e-4)
        #expect(abs(found.intercept - sklearn[1]) < 1e-4)
    }

    @Test func plattRefusesScoresThatFallWithTheRisk() {
        #expect(
            PlattScaling.fit(
                logOdds: [1, 2, 3, 4], labels: [true, true, false, false]) == nil)
        #expect(PlattScaling.fit(logOdds: [1, 2], labels: [true, true]) == nil)
    }

    @Test func plattIsFiniteWhereClassesAreSeparated() throws {
        let logOdds = (0..<100).map { Double($0) - 50 }
        let found = try #require(
            PlattScaling.fit(logOdds: logOdds, labels: logOdds.map { $0 > 0 }))
        #expect(found.slope.isFinite && found.slope > 0)
    }

    @Test(arguments: ["plain", "weighted"])
    func betaAgreesWithItsOptimumAndWithThePackage(name: String) throws {
        let reference = try Reference(name)
        let beta = try #require(reference.node["beta"])
        let found = try #require(
            BetaCalibration.fit(
                logOdds: reference.units.map { LogOdds.value($0) }, labels: reference.labels,
                weights: reference.weights))
        for (value, expected) in zip([found.a, found.b, found.c], beta["abc"]?.doubles ?? []) {
            #expect(abs(value - expected) < 1e-4)
        }
        // The package has other targets (0 and 1), and no straight lines between knots.
        let curve = BetaCalibration.curve(a: found.a, b: found.b, c: found.c)
        for (score, probability) in zip(reference.grid, beta["package"]?.doubles ?? []) {
            #expect(abs(curve.probability(units: score) - probability) < 0.005)
        }
    }

    @Test func betaNeverFallsAndIsAModelsCalibration() throws {
        for (a, b, c) in [(0.3, 2, -1), (1, 1, 0), (0, 1.5, 3), (5, 0, 20)]
            as [(Double, Double, Double)]
        {
            let curve = BetaCalibration.curve(a: a, b: b, c: c)
            let model = AdditiveModel(
                name: "m", features: [Feature(name: "x")], intercept: 0, calibration: curve)
            #expect(model.validate() == [])
            // Between the knots it is the curve, nearly.
            for z in stride(from: -12, to: 12, by: 0.37) {
                let margin = -a * log(1 + exp(-z)) + b * log(1 + exp(z)) + c
                let expected = 1 / (1 + exp(-margin))
                let found = curve.probability(units: LogOdds.units(z))
                #expect(abs(found - expected) < 0.004 * expected + 1e-12)
            }
        }
        #expect(
            BetaCalibration.fit(logOdds: [1, 2, 3, 4], labels: [true, true, false, false]) == nil)
        let separated = (0..<100).map { Double($0) - 49.5 }
        let found = BetaCalibration.fit(logOdds: separated, labels: separated.map { $0 > 0 })
        #expect(found.map { $0.a.isFinite && $0.b.isFinite && $0.c.isFinite } == true)
    }

    @Test func scoresThatAreBentAtOneEndGetBeta() throws {
        // Probabilities that are right as a beta calibration with a = 2, b = 0.5 would make them.
        var generator = Generator(5)
        let scores = (0..<20_000).map { _ in generator.normal() * 2 }
        let labels = scores.map { z -> Bool in
            let margin = -2 * log(1 + exp(-z)) + 0.5 * log(1 + exp(z)) + 0.3
            return generator.uniform() < 1 / (1 + exp(-margin))
        }
        let units = scores.map { LogOdds.units($0) }
        let report = CalibrationFit.fit(.automatic, units: units, labels: labels).report
        #expect(report.chosen == .beta, "\(report.reason)")
        let found = try #require(BetaCalibration.fit(logOdds: scores, labels: labels))
        #expect(abs(found.a - 2) < 0.1 && abs(found.b - 0.5) < 0.1 && abs(found.c - 0.3) < 0.15)
    }

    @Test func whereAWouldBeNegativeBetaIsBAlone() throws {
        var generator = Generator(8)
        let scores = (0..<2000).map { _ in generator.normal() * 2 - 0.5 }
        let labels = scores.map { z -> Bool in
            let margin = 0.3 * log(1 + exp(-z)) + 1.6 * log(1 + exp(z)) - 2
            return generator.uniform() < 1 / (1 + exp(-margin))
        }
        let (e, q) = (Double(labels.count { $0 }), Double(labels.count { !$0 }))
        let features = scores.map { (low: -log(1 + exp(-$0)), high: log(1 + exp($0))) }
        /// By its definition: the mean log loss with Platt's targets.
        func loss(_ a: Double, _ b: Double, _ c: Double) -> Double {
            zip(features, labels).reduce(0) { sum, row in
                let margin = a * row.0.low + b * row.0.high + c
                let target = row.1 ? (e + 1) / (e + 2) : 1 / (q + 2)
                return sum + log(1 + exp(margin)) - target * margin
            } / Double(labels.count)
        }
        let found = try #require(BetaCalibration.fit(logOdds: scores, labels: labels))
        let least = loss(found.a, found.b, found.c)
        #expect(found.a == 0 && found.b > 0.5, "\(found)")
        // Without the bounds there is something lower; within them nothing is, near or far.
        #expect(loss(-0.3, 1.6, -2) < least)
        for (a, b, c) in [(1e-3, 0, 0), (0, 1e-3, 0), (0, -1e-3, 0), (0, 0, 1e-3), (0, 0, -1e-3)] {
            #expect(loss(found.a + a, found.b + b, found.c + c) > least)
        }
        for a in stride(from: 0, through: 2, by: 0.25) {
            for c in stride(from: -2, through: 2, by: 0.25) {
                #expect(loss(a, 0, c) > least + 0.001)
                #expect(loss(a, 1, c) > least - 1e-12)
            }
        }
    }

    // MARK: The choice

    /// Scores whose log-odds are `true log-odds × slope + shift`.
    private func scores(
        _ count: Int, slope: Double = 1, shift: Double = 0, _ bend: (Double) -> Double = { $0 }
    ) -> (units: [Int64], labels: [Bool]) {
        var generator = Generator(3)
        let truth = (0..<count).map { _ in generator.normal() * 1.5 - 1 }
        let labels = truth.map { generator.uniform() < 1 / (1 + exp(-$0)) }
        return (truth.map { LogOdds.units(bend($0) * slope + shift) }, labels)
    }

    @Test func wellCalibratedScoresStay() {
        let (units, labels) = scores(4000)
        let (calibration, report) = CalibrationFit.fit(.automatic, units: units, labels: labels)
        #expect(calibration == .identity)
        #expect(report.losses.count == 4)
    }

    @Test func shiftedScoresAreShiftedBack() throws {
        let (units, labels) = scores(4000, slope: 2, shift: 3)
        let (calibration, report) = CalibrationFit.fit(.automatic, units: units, labels: labels)
        guard case .platt(let slope, let intercept) = calibration else {
            Issue.record("\(report)")
            return
        }
        #expect(abs(slope - 0.5) < 0.05)
        #expect(abs(intercept + 1.5) < 0.2)
    }

    @Test func bentScoresGetAStepFunction() {
        let (units, labels) = scores(20_000) { $0 > -1 ? $0 * 0.1 : $0 * 6 }
        let (calibration, report) = CalibrationFit.fit(.automatic, units: units, labels: labels)
        guard case .isotonic(let knots, let probabilities) = calibration else {
            Issue.record("\(report)")
            return
        }
        #expect(zip(knots, knots.dropFirst()).allSatisfy { $0 < $1 })
        #expect(zip(probabilities, probabilities.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(probabilities.allSatisfy { $0 > 0 && $0 < 1 })
    }

    @Test func fewEventsChangeNothing() {
        let (units, labels) = scores(100, shift: 5)
        let few = zip(units, labels).prefix(80)
        let (calibration, report) = CalibrationFit.fit(
            .automatic, units: few.map(\.0), labels: few.map(\.1))
        #expect(calibration == .identity)
        #expect(report.reason.contains("held out"))
    }

    /// A curve needs events: beta's from 200 of the rarer class on, isotonic regression's from 1,000.
    @Test func curvesTakePartWhereEventsAreMany() {
        let (units, labels) = scores(12_000)
        for events in [199, 200, 999, 1000] {
            var left = events
            let rows = labels.indices.filter { row in
                if !labels[row] { return true }
                left -= 1
                return left >= 0
            }
            let report = CalibrationFit.fit(
                .automatic, units: rows.map { units[$0] }, labels: rows.map { labels[$0] }
            ).report
            let kinds = Set(report.losses.map(\.kind))
            #expect(kinds.contains(.beta) == (events >= 200), "\(events)")
            #expect(kinds.contains(.isotonic) == (events >= 1000), "\(events)")
        }
    }

    @Test func whatIsAskedForIsDone() {
        let (units, labels) = scores(4000)
        for choice in CalibrationChoice.allCases where choice != .automatic {
            #expect(
                CalibrationFit.fit(choice, units: units, labels: labels).report.chosen == choice)
        }
    }
}
