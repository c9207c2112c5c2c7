import RiskModel

/// Isotonic regression: the never-decreasing function of the score nearest to the labels.
///
/// Pool adjacent violators (Ayer et al. 1955; Barlow et al. 1972): rows of the same score are one
/// block; neighbouring blocks whose means fall are joined until none does.
public enum IsotonicRegression {
    /// The knots of the fitted function: the first and the last score of each block, with the
    /// block's mean. Between knots it is read as straight lines, outside them as constant.
    /// - Parameters:
    ///   - units: the score of each row.
    ///   - weights: above 0; nil means 1 each.
    /// - Returns: scores strictly increasing, means never decreasing, in [0, 1].
    /// - Complexity: O(n log n).
    public static func fit(
        units: [Int64], labels: [Bool], weights: [Double]? = nil
    ) -> (units: [Int64], means: [Double]) {
        precondition(units.count == labels.count)
        struct Block {
            var first: Int64
            var last: Int64
            var events: Double
            var weight: Double
            var mean: Double { events / weight }
        }
        let order = units.indices.sorted { (units[$0], $0) < (units[$1], $1) }
        var blocks: [Block] = []
        var place = 0
        while place < order.count {
            let score = units[order[place]]
            var block = Block(first: score, last: score, events: 0, weight: 0)
            while place < order.count, units[order[place]] == score {
                let weight = weights?[order[place]] ?? 1
                block.weight += weight
                if labels[order[place]] { block.events += weight }
                place += 1
            }
            while let before = blocks.last, before.mean >= block.mean {
                block.first = before.first
                block.events += before.events
                block.weight += before.weight
                blocks.removeLast()
            }
            blocks.append(block)
        }
        var knots: [Int64] = []
        var means: [Double] = []
        for block in blocks {
            knots.append(block.first)
            means.append(block.mean)
            if block.last > block.first {
                knots.append(block.last)
                means.append(block.mean)
            }
        }
        return (knots, means)
    }
}
