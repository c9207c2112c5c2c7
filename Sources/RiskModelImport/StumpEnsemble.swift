import RiskJSON
import RiskModel

/// A sum of trees of depth one, as another library learnt them: what is imported, before it becomes
/// score tables.
struct StumpEnsemble {
    /// A decision between two values by one feature.
    struct Stump {
        var feature: Int
        /// Values up to here go to the left, all others to the right.
        var lastLeft: Double
        var left: Double
        var right: Double
        /// Where a missing value goes.
        var missing: Missing
        /// How much of the training data went to each side.
        var leftWeight: Double
        var rightWeight: Double

        /// Where a missing value goes.
        enum Missing {
            case left, right
            /// It is taken for 0.
            case isZero
            /// It and 0 (all within ±`zeroBound`) are the same, and go to one side.
            case withZero(isLeft: Bool)
        }

        /// What the stump adds for a value.
        func value(of x: Double) -> Double {
            switch missing {
            case .left where x.isNaN: left
            case .right where x.isNaN: right
            case .withZero(let isLeft) where x.isNaN || abs(x) <= Self.zeroBound:
                isLeft ? left : right
            default: (x.isNaN ? 0 : x) <= lastLeft ? left : right
            }
        }

        /// What LightGBM takes for 0: 10^-35 as a float.
        static let zeroBound = Double(Float(1e-35))
    }

    var names: [String]
    /// Log-odds that every row has.
    var base: Double
    /// Added in this order, as their library does.
    var stumps: [Stump] = []

    /// The log-odds of a row, one value a feature.
    func logOdds(_ row: [Double]) -> Double {
        stumps.reduce(base) { $0 + $1.value(of: row[$1.feature]) }
    }
}

extension StumpEnsemble {
    /// The same sum as score tables, for the features that are used. What the training data got on
    /// average goes into the intercept, so a table's units say how far its bins are from what is typical.
    /// - Throws: `Mistakes` where a feature has more stumps and cut points than anyone learns.
    /// - Complexity: O(stumps of a feature × its cut points).
    func model(name: String, lineage: Node) throws(Mistakes) -> AdditiveModel {
        var byFeature: [Int: [Stump]] = [:]
        for stump in stumps { byFeature[stump.feature, default: []].append(stump) }
        var features: [Feature] = []
        var tables: [ScoreTable] = []
        var typicalSum = 0.0
        for (feature, stumps) in byFeature.sorted(by: { $0.key < $1.key }) {
            var cuts: Set<Double> = []
            for stump in stumps {
                cuts.insert(stump.lastLeft + 0)
                if case .withZero = stump.missing {
                    cuts.formUnion([(-Stump.zeroBound).nextDown, Stump.zeroBound])
                }
            }
            let cutPoints = cuts.filter(\.isFinite).sorted()
            guard cutPoints.count <= ModelLimits.cutPoints,
                cutPoints.count * stumps.count <= 1 << 30
            else {
                throw .one(
                    "\(stumps.count) trees with \(cutPoints.count) thresholds of "
                        + "\(quoted(names[feature])): too many for a table")
            }
            let typical = stumps.reduce(0) { sum, stump in
                let weight = stump.leftWeight + stump.rightWeight
                let mean = stump.left * stump.leftWeight + stump.right * stump.rightWeight
                return sum + (weight > 0 ? mean / weight : 0)
            }
            func units(_ value: Double) -> Int32 {
                let sum = stumps.reduce(-typical) { $0 + $1.value(of: value) }
                return Int32(clamping: LogOdds.units(min(max(sum, -4096), 4096)))
            }
            tables.append(
                ScoreTable(
                    feature: features.count, cutPoints: cutPoints,
                    units: cutPoints.map(units) + [units(.infinity)], missingUnits: units(.nan),
                    typicalUnits: 0))
            let last = tables.count - 1
            // The mean lies between the bins, but rounding may put all of them to one side.
            let all = tables[last].units + [tables[last].missingUnits]
            tables[last].typicalUnits = min(max(0, all.min()!), all.max()!)
            features.append(Feature(name: names[feature]))
            typicalSum += typical
        }
        return AdditiveModel(
            name: name, features: features,
            intercept: LogOdds.units(min(max(base + typicalSum, -4096), 4096)), tables: tables,
            lineage: lineage)
    }

    /// How far the log-odds of a model are from these at most, over rows made of awkward values: cut
    /// points, their neighbours as floats, zeros, infinities and missing values.
    func largestDifference(from model: AdditiveModel, rows: Int, seed: UInt64 = 1) -> Double {
        var random = SampleGenerator(state: seed)
        let places = model.features.map { feature in names.firstIndex(of: feature.name)! }
        var row = [Double](repeating: 0, count: names.count)
        var largest = 0.0
        for _ in 0..<rows {
            for (table, place) in zip(model.tables, places) {
                row[place] = random.value(near: table.cutPoints)
            }
            let own = LogOdds.value(model.units(values: places.map { row[$0] }))
            largest = max(largest, abs(own - logOdds(row)))
        }
        return largest
    }
}

/// SplitMix64, and values by it that floats hold exactly, since some libraries know no others.
private struct SampleGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }

    mutating func value(near cutPoints: [Double]) -> Double {
        let cut = cutPoints.isEmpty ? 1 : Float(cutPoints[Int(next() % UInt64(cutPoints.count))])
        switch next() % 10 {
        case 0: return .nan
        case 1: return [0, .infinity, -.infinity, -0.0][Int(next() % 4)]
        case 2, 3: return Double(cut)
        case 4: return Double(cut.nextUp)
        case 5: return Double(cut.nextDown)
        default: return Double(cut * Float(next() % 4096) / 2048)
        }
    }
}
