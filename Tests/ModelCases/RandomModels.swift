import RiskJSON
import RiskModel

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers for a seed on every machine.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}

extension AdditiveModel {
    /// A valid model of random shape: tables of 0 to 70 cut points, linear terms, every calibration.
    package static func random(
        using random: inout SeededGenerator, features range: ClosedRange<Int> = 0...12
    ) -> AdditiveModel {
        let count = Int.random(in: range, using: &random)
        var features: [Feature] = []
        var tables: [ScoreTable] = []
        var terms: [LinearTerm] = []
        for index in 0..<count {
            features.append(Feature(name: "feature_\(index)"))
            switch Int.random(in: 0..<10, using: &random) {
            case 0: break
            case 1:
                terms.append(
                    LinearTerm(
                        feature: index, coefficient: .random(in: -3...3, using: &random),
                        missingUnits: .random(in: -1000...1000, using: &random),
                        typicalUnits: .random(in: -1000...1000, using: &random)))
            default: tables.append(.random(feature: index, using: &random))
            }
        }
        if count > 0 {
            features[0].reason = ReasonTexts(
                investigator: ["en": "Spent {value} \"at once\"\\", "zh": "一次消费 {value}"],
                customer: ["en": "A large payment"])
        }
        return AdditiveModel(
            name: "random", features: features,
            intercept: .random(in: -99999...99999, using: &random),
            tables: tables.shuffled(using: &random), linearTerms: terms,
            calibration: .random(using: &random),
            featureSpec: Bool.random(using: &random) ? ["riskkit", 1, 0.1, nil, true] : nil,
            policy: Bool.random(using: &random) ? .object(["capacity": 100]) : nil,
            lineage: .object(["rows": 12345, "auc": 0.875]))
    }
}

extension ScoreTable {
    package static func random(feature: Int, using random: inout SeededGenerator) -> ScoreTable {
        var cutPoints: Set<Double> = []
        for _ in 0..<Int.random(in: 0...70, using: &random) {
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                cutPoints.insert(
                    [0, 1, -1, 1e300, -1e300, .leastNonzeroMagnitude].randomElement(using: &random)!
                )
            case 1:
                // Neighbours in float: what a learner that splits between 1 and 1 + ulp makes.
                let value = Double.random(in: -5...5, using: &random)
                cutPoints.formUnion([value, value.nextUp])
            default: cutPoints.insert(.random(in: -10...10, using: &random))
            }
        }
        let units = (0...cutPoints.count).map { _ in
            Int32.random(in: -90000...90000, using: &random)
        }
        return ScoreTable(
            feature: feature, cutPoints: cutPoints.sorted(), units: units,
            missingUnits: .random(in: -90000...90000, using: &random),
            typicalUnits: units.randomElement(using: &random)!)
    }
}

extension Calibration {
    package static func random(using random: inout SeededGenerator) -> Calibration {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return .identity
        case 1:
            return .platt(
                slope: .random(in: 0.1...3, using: &random),
                intercept: .random(in: -2...2, using: &random))
        default:
            let count = Int.random(in: 1...20, using: &random)
            let knots = Set(
                (0..<count).map { _ in Int64.random(in: -900000...900000, using: &random) })
            let probabilities = knots.map { _ in Double.random(in: 0...1, using: &random) }
            return .isotonic(logOdds: knots.sorted(), probabilities: probabilities.sorted())
        }
    }
}

/// A value where comparisons go wrong if they ever do: at, beside and far from the table's cut points.
package func awkwardValue(for table: ScoreTable?, using random: inout SeededGenerator) -> Double {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return .nan
    case 1: return [.infinity, -.infinity, 0, -0.0, 1e308, -1e308].randomElement(using: &random)!
    case 2:
        return [
            .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
            -.leastNormalMagnitude.nextDown,
        ].randomElement(
            using: &random)!
    case 3, 4, 5:
        guard let cut = table?.cutPoints.randomElement(using: &random) else { return 0.5 }
        return [cut, cut.nextUp, cut.nextDown].randomElement(using: &random)!
    default: return .random(in: -12...12, using: &random)
    }
}

extension AdditiveModel {
    /// One awkward value a feature.
    package func awkwardRow(using random: inout SeededGenerator) -> [Double] {
        features.indices.map { feature in
            awkwardValue(for: tables.first { $0.feature == feature }, using: &random)
        }
    }
}
