import RiskColumns
import RiskModel

/// Features of the two kinds that there are, and a model with cut points at their quantiles: every
/// second one is normal, the others are amounts and counts with a long tail; 2 % are missing.
struct World {
    let columns: [[Float]]
    let model: AdditiveModel
    let rows: Int

    init(rows: Int, features: Int, bins: Int, seed: UInt64 = 42) {
        var random = SplitMix64(seed: seed)
        func uniform() -> Double { Double(random.next() >> 11) / 9_007_199_254_740_992 }
        /// Nearly normal: the sum of twelve uniform numbers.
        func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + uniform() } }
        func power(_ x: Double) -> Double {
            // e^x by squaring (1 + x / 1024)^1024: a benchmark needs a tail, not digits.
            var value = 1 + x / 1024
            for _ in 0..<10 { value *= value }
            return value
        }
        // A hundred thousand draws of each kind, shuffled anew for each column.
        let normals = (0..<100_003).map { _ in Float(normal()) }
        let tails = normals.map { Float((power(Double($0) * 1.5) * 20).rounded(.down)) }
        var columns: [[Float]] = []
        var tables: [ScoreTable] = []
        for feature in 0..<features {
            let source = feature % 2 == 0 ? normals : tails
            var place = Int(random.next() % 100_003)
            let step = Int(random.next() % 100_002) + 1
            columns.append(
                [Float](unsafeUninitializedCapacity: rows) { column, count in
                    for row in 0..<rows {
                        place = (place + step) % source.count
                        column[row] = row % 50 == feature % 50 ? .nan : source[place]
                    }
                    count = rows
                })
            let sample = (0..<20_000).map { source[($0 * 5 + feature) % source.count] }.sorted()
            let cuts = Set((1..<bins).map { Double(sample[$0 * sample.count / bins]) }).sorted()
            let units = (0...cuts.count).map { _ in Int32(random.next() % 20_000) - 10_000 }
            tables.append(
                ScoreTable(
                    feature: feature, cutPoints: cuts, units: units, missingUnits: 77,
                    typicalUnits: units[0]))
        }
        self.rows = rows
        self.columns = columns
        model = AdditiveModel(
            name: "benchmark", features: (0..<features).map { Feature(name: "feature_\($0)") },
            intercept: -300_000, tables: tables,
            calibration: .platt(slope: 0.9, intercept: -0.1))
    }
}
