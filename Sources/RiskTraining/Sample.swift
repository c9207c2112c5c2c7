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

    private init(
        rows: [UInt32]?, labels: [UInt8], weights: LatticeWeights, plainWeights: [Double]?
    ) {
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

    /// Checks the data and takes the rows that have a weight.
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
        var labels = data.labels.map { $0 ? UInt8(1) : 0 }
        var rows: [UInt32]?
        var weights = LatticeWeights(count: count)
        var plainWeights: [Double]?
        if let given = data.weights {
            guard given.count == count else {
                throw .countMismatch(what: "weights", count: given.count, rows: count)
            }
            for (row, weight) in given.enumerated() where !(weight >= 0 && weight.isFinite) {
                throw .badWeight(row: row, value: "\(weight)")
            }
            var kept = given
            if given.contains(0) {
                let chosen = given.indices.filter { given[$0] > 0 }
                rows = chosen.map { UInt32($0) }
                labels = chosen.map { labels[$0] }
                kept = chosen.map { given[$0] }
            }
            weights = LatticeWeights(kept)
            if weights.multiples != nil || weights.unit != 1 { plainWeights = kept }
        }
        self.init(rows: rows, labels: labels, weights: weights, plainWeights: plainWeights)
        guard self.count > 0 else { throw .noRows }
        guard positives > 0, positives < self.count else {
            throw .oneClass(label: positives > 0, rows: self.count)
        }
    }

    /// Some of these rows, by their place here, in order.
    func selecting(_ places: [UInt32]) -> Sample {
        Sample(
            rows: rows.map { rows in places.map { rows[Int($0)] } } ?? places,
            labels: places.map { labels[Int($0)] }, weights: weights.selecting(places),
            plainWeights: plainWeights.map { weights in places.map { weights[Int($0)] } })
    }

    /// The earlier and the later rows: the later hold at most `fraction` of the weight, and rows of
    /// the same time stay together. nil where that leaves one of them empty.
    /// - Parameter times: of the matrix's rows; nil for their order.
    /// - Complexity: O(n log n) with times.
    func split(latest fraction: Double, times: [Int64]?) -> (earlier: Sample, later: Sample)? {
        func time(_ place: Int) -> Int64 {
            let row = rows.map { Int($0[place]) } ?? place
            return times.map { $0[row] } ?? Int64(row)
        }
        var order = Array(0..<count)
        if times != nil, (1..<count).contains(where: { time($0) < time($0 - 1) }) {
            order = order.map { (time: time($0), place: $0) }.sorted { $0 < $1 }.map(\.place)
        }
        let budget = Int64((fraction * Double(weights.total)).rounded(.down))
        var held: Int64 = 0
        var start = count
        while start > 0 {
            var next = start - 1
            var added: Int64 = 0
            let moment = time(order[next])
            while true {
                added += weights.multiples.map { Int64($0[order[next]]) } ?? 1
                if next == 0 || time(order[next - 1]) != moment { break }
                next -= 1
            }
            if held + added > budget { break }
            held += added
            start = next
        }
        guard start > 0, start < count else { return nil }
        return (
            selecting(order[..<start].sorted().map { UInt32($0) }),
            selecting(order[start...].sorted().map { UInt32($0) })
        )
    }
}
