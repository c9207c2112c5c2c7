import CRiskKernels
import ModelCases
import RiskModel
import Testing

@testable import RiskScoring

/// The loops over one table, in every variant that this machine can run, against the plain definition.
@Suite struct TableKernelTests {
    /// How many cut points lie between `from` and `to`, and how they crowd.
    enum Spacing: CaseIterable {
        /// Some of them neighbours as doubles, so that only the tree tells them apart.
        case anyhow
        case even
        /// As counts and amounts have them: over many magnitudes.
        case tail
        /// Around a value that floats do not tell apart.
        case beyondFloats
        /// A bin for zero alone, as LightGBM makes it, among others of ordinary width.
        case aroundZero
        /// Beyond what floats reach: those that are infinite or smaller than normal ones as floats.
        case outOfFloats

        func cutPoints(_ count: Int, using random: inout SeededGenerator) -> [Double] {
            var cuts: Set<Double> = []
            while cuts.count < count {
                let u = Double.random(in: 0...1, using: &random)
                switch self {
                case .anyhow:
                    let cut = u * 18 - 9
                    cuts.formUnion(cuts.count % 5 == 0 ? [cut, cut.nextUp] : [cut])
                case .even: cuts.insert(Double(cuts.count) * 0.25 + 1e-35)
                case .tail: cuts.insert((1 / (u + 1e-7)).rounded() + 0.5)
                case .beyondFloats: cuts.insert(16_777_216 + Double(cuts.count) / 8)
                case .aroundZero:
                    cuts.formUnion(cuts.isEmpty ? [-1e-35, 1e-35] : [u * 8 - 4])
                case .outOfFloats:
                    let sign = cuts.count % 2 == 0 ? 1.0 : -1
                    let far = count <= 2 ? 1e39 : 1e-42
                    cuts.insert(sign * far * (1 + u))
                }
            }
            return Array(cuts.sorted().prefix(count))
        }
    }

    @Test(
        arguments: Spacing.allCases,
        [
            0, 1, 2, 3, 5, 7, 8, 9, 11, 15, 16, 17, 22, 29, 30, 31, 32, 63, 64, 80, 81, 254, 255,
            728, 729, 1500, 6561,
        ])
    func everyVariantAgreesWithThePlainDefinition(_ spacing: Spacing, _ count: Int) {
        var random = SeededGenerator(seed: UInt64(count))
        let cuts = spacing.cutPoints(count, using: &random)
        let table = ScoreTable(
            feature: 0, cutPoints: cuts, units: (0...cuts.count).map { Int32($0) - 500 },
            missingUnits: -77, typicalUnits: 0)
        let model = AdditiveModel(
            name: "m", features: [Feature(name: "a")], intercept: 0, tables: [table])
        let compiled = CompiledModel(model)
        let pointer = compiled.scorer.pointee.tables
        for rows in [0, 1, 3, 7, 8, 9, 257] {
            let values = (0..<rows).map { _ in awkwardValue(for: table, using: &random) }
            // A float is scored as the double of the same value.
            let singles = (0..<rows).map { _ in
                let value = Float(awkwardValue(for: table, using: &random))
                return [value, value.nextUp, value.nextDown].randomElement(using: &random)!
            }
            let start = (0..<rows).map { Int32($0) }
            let expected = zip(start, values).map { $0 + table.units(of: $1) }
            let expectedSingles = zip(start, singles).map { $0 + table.units(of: Double($1)) }
            for variant in 1...rk_table_variants() {
                var sums = start
                rk_table_add_f64_variant(variant, pointer, values, rows, &sums)
                #expect(sums == expected, "variant \(variant)")
                sums = start
                rk_table_add_f32_variant(variant, pointer, singles, rows, &sums)
                #expect(sums == expectedSingles, "variant \(variant), floats")
            }
            for (row, value) in values.enumerated() {
                var value = value
                for variant in 1...rk_table_variants() {
                    let sum = rk_score_row_f64_variant(variant, compiled.scorer, &value, nil, nil)
                    #expect(sum == Int64(expected[row] - start[row]), "variant \(variant)")
                    var reason = rk_reason()
                    var reasons = 1
                    let same = rk_score_row_f64_variant(
                        variant, compiled.scorer, &value, &reason, &reasons)
                    #expect(same == sum && reasons == (sum > 0 ? 1 : 0))
                    #expect(reasons == 0 || reason.units == sum)
                }
            }
        }
        withExtendedLifetime(compiled) {}
    }

    /// What few cut points are compared as floats side by side, and what are not: too many, equal as floats,
    /// or smaller than normal floats, which a processor may take for zero.
    @Test(arguments: [
        (Spacing.aroundZero, 3, Int32(1)), (.aroundZero, 7, 1), (.aroundZero, 8, 4),
        (.even, 31, 4), (.even, 32, 0), (.outOfFloats, 3, 0), (.beyondFloats, 31, 0),
    ])
    func fewCutPointsAreCompared(_ spacing: Spacing, _ count: Int, _ vectors: Int32) {
        var random = SeededGenerator(seed: 5)
        let cuts = spacing.cutPoints(count, using: &random)
        let table = ScoreTable(
            feature: 0, cutPoints: cuts, units: [Int32](repeating: 1, count: cuts.count + 1),
            missingUnits: 0, typicalUnits: 0)
        let compiled = CompiledModel(
            AdditiveModel(
                name: "m", features: [Feature(name: "a")], intercept: 0, tables: [table]))
        #expect(compiled.scorer.pointee.tables.pointee.few_vectors == vectors)
        withExtendedLifetime(compiled) {}
    }

    /// Evenly spaced and long-tailed cut points are what cells are for: those get them.
    @Test func usualCutPointsHaveCells() {
        var random = SeededGenerator(seed: 3)
        for spacing in [Spacing.even, .tail] {
            let cuts = spacing.cutPoints(63, using: &random)
            #expect(CellLayout(cutPoints: cuts) != nil)
            #expect(CellLayout(cutPoints: cuts.map { Float(noMoreThan: $0) }) != nil)
        }
        #expect(CellLayout(cutPoints: [1, 1.0.nextUp, 1e300, 1e300.nextUp]) == nil)
    }

    /// The probability and points of many sums at once, and of one, have the bits of the plain definition.
    @Test func linkedRowsHaveTheBitsOfThePlainDefinition() {
        var random = SeededGenerator(seed: 4)
        for round in 0..<60 {
            let calibration: Calibration =
                switch round {
                case 0: .identity
                case 1: .platt(slope: 1e6, intercept: -1e6)
                case 2: .platt(slope: 1e-300, intercept: 3)
                default: .random(using: &random)
                }
            let model = AdditiveModel(
                name: "m", features: [], intercept: 0, calibration: calibration,
                scaling: PointsScaling(
                    basePoints: .random(in: -1e6...1e6, using: &random),
                    baseOdds: .random(in: 1e-9...2, using: &random),
                    pointsToDoubleOdds: round % 3 == 0 ? 1e6 : 40))
            let compiled = CompiledModel(model)
            let limit: Int64 = [1 << 20, 1 << 24, 1 << 28, 1 << 41].randomElement(using: &random)!
            var units = (0..<1000).map { _ in Int64.random(in: -limit...limit, using: &random) }
            if case .isotonic(let knots, _) = calibration {
                units += knots.flatMap { [$0 - 1, $0, $0 + 1] }
            }
            units += [0, 1, -1]
            units += (0..<400).map { 262_144 * -(400 + $0) }
            var probability = [Double](repeating: 0, count: units.count)
            var points = [Int32](repeating: 0, count: units.count)
            withUnsafePointer(to: compiled.scorer.pointee.link) {
                rk_link_rows($0, units, units.count, &probability, &points)
            }
            for (row, sum) in units.enumerated() {
                let expected = calibration.probability(units: sum)
                #expect(probability[row].bitPattern == expected.bitPattern)
                #expect(points[row] == Int32(model.scaling.points(probability: expected)))
                let alone = compiled.score(units: sum)
                #expect(alone.probability.bitPattern == expected.bitPattern)
                #expect(Int32(alone.points) == points[row])
            }
            withExtendedLifetime(compiled) {}
        }
    }
}
