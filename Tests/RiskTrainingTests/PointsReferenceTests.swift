import Foundation
import RiskModel
import RiskScoring
import Testing

@testable import RiskTraining

/// Points that keep their meaning when a model is trained anew.
@Suite struct PointsReferenceTests {
    private func probabilities(_ logOdds: [Double]) -> [Double] {
        logOdds.map { 1 / (1 + exp(-$0)) }
    }

    @Test func aModelThatIsTheSameButForAScaleGetsTheSamePoints() throws {
        var generator = Generator(1)
        let logOdds = (0..<5000).map { _ in -4 + 1.5 * generator.normal() }
        let scaling = PointsScaling(basePoints: 650, baseOdds: 0.02, pointsToDoubleOdds: 25)
        let fit = try #require(
            PointsReference.fit(
                earlier: (probabilities(logOdds), scaling),
                now: probabilities(logOdds.map { 0.6 * $0 - 1 })))
        #expect(abs(fit.scaling.pointsToDoubleOdds - 25 / 0.6) < 1e-6)
        let now = probabilities(logOdds.map { 0.6 * $0 - 1 })
        for (old, new) in zip(probabilities(logOdds), now) {
            #expect(
                abs(fit.scaling.points(probability: new) - scaling.points(probability: old)) <= 1)
        }
        #expect(fit.alertRates.count == 5)
        for rate in fit.alertRates { #expect(abs(rate.now - rate.earlier) < 0.001) }
    }

    @Test func aThresholdKeepsItsAlertRateAfterRetraining() throws {
        let all = world(rows: 9000)
        let (old, new) = (all.selecting(Array(0..<3000)), all.selecting(Array(3000..<6000)))
        let later = all.selecting(Array(6000..<9000)).matrix
        var learner = StumpBoostingLearner()
        learner.bags = 1
        learner.boostingRounds = 200
        let earlier = try learner.train(old, name: "m")
        // Anew, on other rows, by another learner, with events of three times the weight.
        var heavier = new
        heavier.weights = new.labels.map { $0 ? 3 : 1 }
        var model = try LogisticRegressionLearner().train(heavier, name: "m")
        func alerts(_ model: AdditiveModel, _ threshold: Int) throws -> Double {
            let points = try Scorer(model).score(later, threads: 1).points
            return Double(points.count { Int($0) >= threshold }) / 3000
        }
        let before = try Scorer(earlier).score(new.matrix, threads: 1).probability
        let now = try Scorer(model).score(new.matrix, threads: 1).probability
        let fit = try #require(PointsReference.fit(earlier: (before, earlier.scaling), now: now))
        let plain = model
        model.scaling = fit.scaling
        #expect(model.validate() == [])
        for rate in fit.alertRates where rate.earlier > 0.02 {
            let was = try alerts(earlier, rate.threshold)
            let kept = try alerts(model, rate.threshold)
            #expect(abs(kept - was) < 0.03 + 0.2 * was, "\(rate): \(was) \(kept)")
        }
        let tenth = try #require(fit.alertRates.first { $0.earlier > 0.08 })
        let was = try alerts(earlier, tenth.threshold)
        #expect(try abs(alerts(plain, tenth.threshold) - was) > 0.1)
    }

    @Test func nothingIsFittedToNothing() {
        let scaling = PointsScaling()
        let some = (0..<200).map { Double($0) / 400 + 0.1 }
        #expect(
            PointsReference.fit(
                earlier: (Array(some[..<99]), scaling), now: Array(some[..<99])) == nil)
        let flat = [Double](repeating: 0.1, count: 200)
        #expect(PointsReference.fit(earlier: (some, scaling), now: flat) == nil)
        #expect(PointsReference.fit(earlier: (flat, scaling), now: some) == nil)
        // Probabilities of 0 and 1 have points too.
        let ends = (0..<200).map { $0 % 2 == 0 ? 0.0 : 1 }
        let fit = PointsReference.fit(earlier: (ends, scaling), now: ends)
        #expect(fit == nil || fit?.scaling.pointsToDoubleOdds.isFinite == true)
    }
}
