/// Rows in bins of about equal weight along their probability; rows of equal probability share one.
///
/// A distinct probability goes to bin ⌊K × (weight below it + half its own) / weight⌋ of K; bins
/// that get nothing do not exist. So the bins depend on no order of the rows, and a calibration of
/// few steps has as many bins as steps.
struct ProbabilityBins {
    /// Rows from the lowest probability to the highest.
    let rows: [Int32]
    /// Where each bin ends in `rows`; no bin is empty.
    let ends: [Int]

    init(_ probabilities: [Double], weights: [Double]?, count: Int) {
        let order = (0..<Int32(probabilities.count)).sorted { a, b in
            let (p, q) = (probabilities[Int(a)], probabilities[Int(b)])
            return p != q ? p < q : a < b
        }
        let total = weights?.reduce(0, +) ?? Double(order.count)
        var ends: [Int] = []
        var current = -1
        var below = 0.0
        var start = 0
        while start < order.count {
            let value = probabilities[Int(order[start])]
            var end = start
            var own = 0.0
            while end < order.count, probabilities[Int(order[end])] == value {
                own += weights?[Int(order[end])] ?? 1
                end += 1
            }
            let place = min(Int(Double(count) * (below + own / 2) / total), count - 1)
            if place == current, !ends.isEmpty {
                ends[ends.count - 1] = end
            } else {
                ends.append(end)
                current = place
            }
            below += own
            start = end
        }
        self.rows = order
        self.ends = ends
    }

    /// The places in `rows` of each bin.
    var ranges: [Range<Int>] { zip([0] + ends, ends).map { $0..<$1 } }
}
