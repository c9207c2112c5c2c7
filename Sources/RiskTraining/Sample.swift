import CRiskKernels
import RiskColumns

/// The rows that a learner works on: those with a weight above zero, or the earlier or later of them.
struct Sample: Sendable {
    /// The matrix's row of each row here; nil where these are all its rows in order.
    let rows: [UInt32]?
    /// 1 where the event happened.
    let labels: [UInt8]
    /// The weights as integers.
    let weights: LatticeWeights
    /// The weights as given; nil where all are 1.
    let plainWeights: [Double]?

    /// The number of rows.
    var count: Int { labels.count }
    /// The number of rows where the event happened.
    let positives: Int
    /// The sum of the weight multiples of those.
    let positiveMultiples: Int64

    /// The weighted share of rows where the event happened.
    var baseRate: Double { Double(positiveMultiples) / Double(weights.total) }

    /// - Parameter plainWeights: nil where all are 1.
    init(rows: [UInt32]?, labels: [UInt8], weights: LatticeWeights, plainWeights: [Double]?) {
        self.rows = rows
        self.labels = labels
        self.weights = weights
        self.plainWeights = plainWeights
        var positives = 0
        var multiples: Int64 = 0
        for (row, label) in labels.enumerated() where label == 1 {
            positives += 1
            multiples += weights.multiples.map { Int64($0[row]) } ?? 1
        }
        self.positives = positives
        self.positiveMultiples = multiples
    }

    /// The rows of training data that have a weight.
    struct Rows {
        /// The matrix's row of each; nil where these are all its rows in order.
        var kept: [UInt32]?
        /// 1 where the event happened.
        var labels: [UInt8]
        /// The weights above zero; nil where none were given.
        var weights: [Double]?

        /// Checks the data, row by row.
        init(_ data: TrainingData) throws(TrainingError) {
            let count = data.matrix.rowCount
            guard count <= Int(Int32.max) else { throw .tooManyRows(count) }
            guard data.labels.count == count else {
                throw .countMismatch(what: "labels", count: data.labels.count, rows: count)
            }
            if let times = data.times, times.count != count {
                throw .countMismatch(what: "times", count: times.count, rows: count)
            }
            var names: Set<String> = []
            for name in data.matrix.names where !names.insert(name).inserted {
                throw .duplicateFeature(name)
            }
            labels = data.labels.map { $0 ? UInt8(1) : 0 }
            guard let given = data.weights else { return }
            guard given.count == count else {
                throw .countMismatch(what: "weights", count: given.count, rows: count)
            }
            for (row, weight) in given.enumerated() where !(weight >= 0 && weight.isFinite) {
                throw .badWeight(row: row, value: "\(weight)")
            }
            weights = given
            if given.contains(0) {
                let chosen = given.indices.filter { given[$0] > 0 }
                kept = chosen.map { UInt32($0) }
                labels = chosen.map { labels[$0] }
                weights = chosen.map { given[$0] }
            }
        }
    }

    /// Checks the data and takes the rows that have a weight.
    init(_ data: TrainingData) throws(TrainingError) {
        let rows = try Rows(data)
        let weights =
            rows.weights.map { LatticeWeights($0) } ?? LatticeWeights(count: rows.labels.count)
        let isPlain = weights.multiples == nil && weights.unit == 1
        self.init(
            rows: rows.kept, labels: rows.labels, weights: weights,
            plainWeights: isPlain ? nil : rows.weights)
        try Self.check(rows: count, positives: positives)
    }

    /// Rows of both classes.
    static func check(rows: Int, positives: Int) throws(TrainingError) {
        guard rows > 0 else { throw .noRows }
        guard positives > 0, positives < rows else {
            throw .oneClass(label: positives > 0, rows: rows)
        }
    }

    /// Some of these rows, by their place here, in order.
    func selecting(_ places: [UInt32]) -> Sample {
        Sample(
            rows: rows.map { rows in places.map { rows[Int($0)] } } ?? places,
            labels: places.map { labels[Int($0)] }, weights: weights.selecting(places),
            plainWeights: plainWeights.map { weights in places.map { weights[Int($0)] } })
    }

    /// The rows that stay and those that are held out.
    /// - Parameters:
    ///   - moments: one a row.
    ///   - starts: from which moment on a row is held out, for label 0 and for label 1.
    func split(at moments: [Int64], from starts: [Int64]) -> HeldOutSplit {
        var earlier: [UInt32] = []
        var later: [UInt32] = []
        for place in 0..<count {
            let start = starts[labels[place] == 1 ? starts.count - 1 : 0]
            if moments[place] < start {
                earlier.append(UInt32(place))
            } else {
                later.append(UInt32(place))
            }
        }
        return HeldOutSplit(
            earlier: selecting(earlier), later: selecting(later),
            moments: later.map { moments[Int($0)] })
    }

    /// Whether one of the rows has no value in a column of the matrix.
    func hasMissing(_ column: [Double]) -> Bool {
        if let rows { return rk_has_nan_f64(column, rows, count) != 0 }
        return rk_has_nan_f64(column, nil, count) != 0
    }
}
