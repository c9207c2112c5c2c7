import ModelCases
import CRiskKernels
import RiskModel
import Testing

@Suite struct UnitsTests {
    @Test func aBinHoldsItsUpperCutPoint() {
        let table = ScoreTable(
            feature: 0, cutPoints: [0, 1], units: [10, 20, 30], missingUnits: 99, typicalUnits: 20)
        let expected: [(Double, Int32)] = [
            (-.infinity, 10), (-1, 10), (-0.0, 10), (0, 10), (.leastNonzeroMagnitude, 20), (1, 20),
            (1.0.nextUp, 30), (.infinity, 30), (.nan, 99), (-.signalingNaN, 99),
        ]
        for (value, units) in expected { #expect(table.units(of: value) == units, "\(value)") }
    }

    @Test func aTableWithoutCutPointsKnowsPresentAndMissing() {
        let table = ScoreTable(
            feature: 0, cutPoints: [], units: [5], missingUnits: -5, typicalUnits: 5)
        #expect(table.units(of: 1e300) == 5)
        #expect(table.units(of: .nan) == -5)
    }

    @Test func aLinearTermIsRoundedToUnitsAndBounded() {
        let term = LinearTerm(feature: 0, coefficient: 0.5, missingUnits: 7, typicalUnits: 0)
        #expect(term.units(of: 2) == 262_144)
        #expect(term.units(of: 1 / 262_144) == 0)  // half a unit, to even
        #expect(term.units(of: 3 / 262_144) == 2)  // one and a half, to even
        #expect(term.units(of: 1e300) == 8_388_608)
        #expect(term.units(of: -.infinity) == -8_388_608)
        #expect(term.units(of: .nan) == 7)
        let none = LinearTerm(feature: 0, coefficient: 0, missingUnits: 7, typicalUnits: 0)
        #expect(none.units(of: .infinity) == 0)
    }

    @Test func aSumIsTheInterceptAndItsTerms() {
        let model = AdditiveModel(
            name: "m", features: [Feature(name: "a"), Feature(name: "b"), Feature(name: "c")],
            intercept: -100,
            tables: [
                ScoreTable(
                    feature: 2, cutPoints: [5], units: [1, 2], missingUnits: 4, typicalUnits: 1)
            ],
            linearTerms: [
                LinearTerm(
                    feature: 0, coefficient: 8 / 262_144, missingUnits: 0, typicalUnits: 0)
            ])
        #expect(model.units(values: [2, .nan, 6]) == -100 + 16 + 2)
        #expect(model.units(values: [.nan, 1, .nan]) == -100 + 4)
    }
}

@Suite struct CalibrationTests {
    @Test func identityIsTheLogisticFunction() {
        #expect(Calibration.identity.probability(units: 0) == 0.5)
        #expect(Calibration.identity.probability(units: 262_144) == rk_logistic_f64(1))
        #expect(Calibration.identity.probability(units: .max) == 1)
        #expect(Calibration.identity.probability(units: .min) == 0)
    }

    @Test func plattIsALineInLogOdds() {
        let platt = Calibration.platt(slope: 0.5, intercept: -1)
        #expect(platt.probability(units: 4 * 262_144) == rk_logistic_f64(1))
        let steep = Calibration.platt(slope: 1e6, intercept: 1e6)
        #expect(steep.probability(units: .min) == 0)
        #expect(steep.probability(units: .max) == 1)
    }

    @Test func isotonicIsStraightBetweenKnotsAndConstantOutside() {
        let isotonic = Calibration.isotonic(
            logOdds: [-100, 0, 300], probabilities: [0.125, 0.25, 1])
        let expected: [(Int64, Double)] = [
            (.min, 0.125), (-100, 0.125), (-50, 0.1875), (0, 0.25), (100, 0.5), (300, 1), (.max, 1),
        ]
        for (units, probability) in expected {
            #expect(isotonic.probability(units: units) == probability)
        }
        let one = Calibration.isotonic(logOdds: [7], probabilities: [0.3])
        for units in [Int64.min, 6, 7, 8, .max] { #expect(one.probability(units: units) == 0.3) }
    }

    /// Rounding must not turn the order of two subscribers: more units, never a lower probability.
    @Test func probabilityNeverDecreasesEvenInTheLastBit() {
        var random = SeededGenerator(seed: 3)
        var calibrations: [Calibration] = [
            .identity, .platt(slope: 1e-12, intercept: 0.3), .platt(slope: 1e-7, intercept: -1.7),
            .platt(slope: 1e-5, intercept: 20), .platt(slope: 0.001, intercept: -30),
            .platt(slope: 1e6, intercept: 0),
            .isotonic(logOdds: [0, 1 << 30], probabilities: [0.1, 0.1.nextUp]),
            .isotonic(logOdds: [0, 3000, 4_000_000], probabilities: [0.1, 0.3, 0.9999]),
        ]
        for _ in 0..<20 { calibrations.append(.random(using: &random)) }
        for calibration in calibrations {
            for start in [
                -900_000, -1000, 2_500_000,
                Int64.random(in: -9_000_000...9_000_000, using: &random),
            ] {
                var last = -1.0
                for units in start..<start + 5000 {
                    let probability = calibration.probability(units: units)
                    #expect(probability >= last && probability <= 1)
                    last = probability
                }
            }
        }
    }
}

@Suite struct PointsTests {
    @Test func pointsDoubleTheOdds() {
        let scaling = PointsScaling(basePoints: 500, baseOdds: 0.01, pointsToDoubleOdds: 40)
        func points(odds: Double) -> Int { scaling.points(probability: odds / (1 + odds)) }
        #expect(points(odds: 0.01) == 500)
        #expect(points(odds: 0.02) == 540)
        #expect(points(odds: 0.04) == 580)
        #expect(points(odds: 0.005) == 460)
    }

    @Test func certaintyHasPointsToo() {
        let scaling = PointsScaling()
        // 500 + 40 (±40 / ln 2 + log2 100)
        #expect(scaling.points(probability: 0) == -1543)
        #expect(scaling.points(probability: .leastNonzeroMagnitude) == -1543)
        #expect(scaling.points(probability: 1) == 3074)
        let wide = PointsScaling(basePoints: 1e6, baseOdds: 1e-9, pointsToDoubleOdds: 1e6)
        #expect(wide.points(probability: 1) < Int(Int32.max))
    }

    @Test func pointsNeverDecrease() {
        let scaling = PointsScaling(basePoints: 0, baseOdds: 1, pointsToDoubleOdds: 1000)
        var last = Int.min
        for units in stride(from: Int64(-4_000_000), through: 4_000_000, by: 37) {
            let points = scaling.points(probability: Calibration.identity.probability(units: units))
            #expect(points >= last)
            last = points
        }
        // The neighbours of a probability in float, where a rounding error would show.
        var random = SeededGenerator(seed: 4)
        for _ in 0..<2000 {
            var probability = Double.random(in: 0...1, using: &random)
            var last = Int.min
            for _ in 0..<20 {
                let points = scaling.points(probability: probability)
                #expect(points >= last)
                (last, probability) = (points, probability.nextUp)
            }
        }
    }
}
