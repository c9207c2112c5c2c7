/// Look-ups in sorted lists by ONNX's operators.
extension ONNXGraph {
    /// Sorted lists of one kind, one behind the other, and their values, one more a list than limits.
    struct Lists<Limit> {
        var limits: [[Limit]] = []
        var counts: [Int64] { limits.map { Int64($0.count) } }
        /// Where each list begins.
        var starts: [Int64] {
            var sum: Int64 = 0
            return limits.map { list in
                defer { sum += Int64(list.count) }
                return sum
            }
        }
    }

    /// For each column of x, the place of its bin k, limits[k-1] < x ≤ limits[k], in a list of the values
    /// of all bins of all columns.
    ///
    /// A binary search of all columns at once: how much of its list each has left depends on the list
    /// alone, so every step is one Gather, one Less and one Add over the whole matrix; eight of them
    /// for 255 cut points. A NaN is in the first bin here.
    /// - Parameters:
    ///   - flat: a constant of all lists, one behind the other; each has a limit at least.
    ///   - starts, counts: where each list begins, and its length.
    mutating func binPlace(
        _ x: String, _ flat: String, _ starts: [Int64], _ counts: [Int64]
    ) -> String {
        let zero = integers([0])
        let one = integers([1])
        var upto = integers(starts)
        var left = counts
        while left.contains(where: { $0 > 1 }) {
            let halves = left.map { $0 / 2 }
            let probe = node("Add", [upto, integers(halves.map { max($0 - 1, 0) })])
            let isBelow = node("Less", [node("Gather", [flat, probe], ["axis": 0]), x])
            let step = node("Where", [isBelow, integers(halves), zero])
            upto = node("Add", [upto, step])
            left = zip(left, halves).map { $0 - $1 }
        }
        let isBelow = node("Less", [node("Gather", [flat, upto], ["axis": 0]), x])
        let bin = node("Add", [upto, node("Where", [isBelow, one, zero])])
        // Each list before has one value more than limits.
        return node("Add", [bin, integers(counts.indices.map(Int64.init))])
    }
}
