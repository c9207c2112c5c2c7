/// Where a feature's values are cut into bins.
///
/// The axis that is divided evenly is not the rank but the square root of the rank from the nearer
/// end, so that tails get finer bins than the middle: with 64 bins the first holds 0.05 % of the rows
/// and one in the middle 3 %, because what tells fraud apart sits in the extremes. A value that takes
/// a bin's share by itself gets a bin of its own. Sums are integers and the axis is made of IEEE
/// operations, so the same rows give the same cuts anywhere.
enum CutPoints {
    /// Cut points for distinct values in increasing order and how much weight each has, for at most
    /// `budget` bins.
    /// - Returns: strictly increasing, finite; each is at or above one value and below the next.
    /// - Precondition: as many weights as values, each above 0; budget ≥ 1.
    /// - Complexity: O(values) + O(budget² + budget log values).
    static func choose(values: [Double], weights: [Int64], budget: Int) -> [Double] {
        if values.count <= budget { return cuts(at: Array(1..<max(values.count, 1)), values) }
        let axis = RankAxis(weights: weights)
        let heavy = heavyValues(axis, budget: budget)
        var starts = evenStarts(axis, heavy: heavy, budget: budget)
        repair(&starts, axis, budget: budget)
        return cuts(at: Array(starts.dropFirst()), values)
    }

    /// The cut between each value in `starts` and the value before it.
    private static func cuts(at starts: [Int], _ values: [Double]) -> [Double] {
        starts.compactMap { between(values[$0 - 1], values[$0]) }
    }

    /// A finite number at or above `lower` and below `upper`, halfway where possible; nil where there
    /// is none (from -∞ to the lowest finite number).
    /// - Precondition: lower < upper.
    static func between(_ lower: Double, _ upper: Double) -> Double? {
        let largest = Double.greatestFiniteMagnitude
        if lower == -.infinity { return upper == -largest ? nil : -largest }
        if upper == .infinity { return largest }
        // Halves first: the sum of two large values may overflow. Small ones must not lose a bit.
        let middle =
            abs(lower) > 1e300 || abs(upper) > 1e300
            ? lower / 2 + upper / 2 : (lower + upper) / 2
        return middle >= lower && middle < upper ? middle : lower
    }

    /// The values that take a bin's share of the axis by themselves, in order.
    private static func heavyValues(_ axis: RankAxis, budget: Int) -> [Int] {
        var heavy: [Int] = []
        var isHeavy: Set<Int> = []
        var mass = 1.0
        while heavy.count < budget - 1 {
            let share = mass / Double(budget - heavy.count)
            let least = axis.leastWeight(spanning: share)
            var found: [Int] = []
            for index in 0..<axis.count where axis.weight(index) >= least {
                let span = axis.span(index, index + 1)
                if span >= share, !isHeavy.contains(index) { found.append(index) }
            }
            if found.isEmpty { break }
            for index in found.prefix(budget - 1 - heavy.count) {
                heavy.append(index)
                isHeavy.insert(index)
                mass -= axis.span(index, index + 1)
            }
        }
        return heavy.sorted()
    }

    /// The first value of each bin: heavy values alone, the runs between them divided evenly.
    private static func evenStarts(_ axis: RankAxis, heavy: [Int], budget: Int) -> [Int] {
        let heavyMass = heavy.reduce(0) { $0 + axis.span($1, $1 + 1) }
        let share = (1 - heavyMass) / Double(budget - heavy.count)
        var starts: [Int] = []
        func divide(_ first: Int, _ end: Int) {
            guard first < end else { return }
            starts.append(first)
            let span = axis.span(first, end)
            let pieces = share > 0 ? max(1, Int(min(span / share, 1e6).rounded())) : 1
            var last = first
            for piece in 1..<pieces {
                let target = axis.position(first) + span * Double(piece) / Double(pieces)
                let start = axis.nearest(target, in: last + 1, end)
                if start > last, start < end {
                    starts.append(start)
                    last = start
                }
            }
        }
        var first = 0
        for value in heavy {
            divide(first, value)
            starts.append(value)
            first = value + 1
        }
        divide(first, axis.count)
        return starts
    }

    /// Joins the two neighbours that span least, or splits the bin that spans most, until the bins
    /// are as many as there may be.
    private static func repair(_ starts: inout [Int], _ axis: RankAxis, budget: Int) {
        while starts.count > budget {
            var best = 1
            var least = Double.infinity
            for index in 1..<starts.count {
                let end = index + 1 < starts.count ? starts[index + 1] : axis.count
                let span = axis.span(starts[index - 1], end)
                if span < least { (best, least) = (index, span) }
            }
            starts.remove(at: best)
        }
        while starts.count < budget {
            var best: Int?
            var most = 0.0
            for index in starts.indices {
                let end = index + 1 < starts.count ? starts[index + 1] : axis.count
                let span = axis.span(starts[index], end)
                if end - starts[index] > 1, span > most { (best, most) = (index, span) }
            }
            guard let best else { break }
            let end = best + 1 < starts.count ? starts[best + 1] : axis.count
            let middle = (axis.position(starts[best]) + axis.position(end)) / 2
            let start = axis.nearest(middle, in: starts[best] + 1, end)
            starts.insert(min(start, end - 1), at: best + 1)
        }
    }
}

/// The warped rank of values: 0 before the first, 1 after the last.
private struct RankAxis {
    /// The weight before each value, and at the end the total.
    let cumulated: [Int64]
    let total: Double
    var count: Int { cumulated.count - 1 }

    init(weights: [Int64]) {
        var cumulated: [Int64] = []
        cumulated.reserveCapacity(weights.count + 1)
        var sum: Int64 = 0
        cumulated.append(0)
        for weight in weights {
            sum += weight
            cumulated.append(sum)
        }
        self.cumulated = cumulated
        total = Double(sum)
    }

    func weight(_ index: Int) -> Int64 { cumulated[index + 1] - cumulated[index] }

    static func warp(_ rank: Double) -> Double {
        rank <= 0.5 ? (rank / 2).squareRoot() : 1 - ((1 - rank) / 2).squareRoot()
    }

    func position(_ index: Int) -> Double { Self.warp(Double(cumulated[index]) / total) }

    func span(_ first: Int, _ end: Int) -> Double { position(end) - position(first) }

    /// A weight below which no value spans so much of the axis, wherever it lies: the warp is
    /// steepest at the ends.
    func leastWeight(spanning share: Double) -> Int64 {
        var low = 0.0
        var high = 1.0
        for _ in 0..<40 {
            let middle = (low + high) / 2
            if Self.warp(middle) < share { low = middle } else { high = middle }
        }
        return max(1, Int64((low * total).rounded(.down)))
    }

    /// The index in first ... end whose position is nearest to the target; the lower of two.
    func nearest(_ target: Double, in first: Int, _ end: Int) -> Int {
        var low = first
        var high = end
        while low < high {
            let middle = (low + high) / 2
            if position(middle) < target { low = middle + 1 } else { high = middle }
        }
        if low > first, target - position(low - 1) <= position(low) - target { return low - 1 }
        return low
    }
}
