/// The bins of most information value that fine bins can be joined to, within bounds.
///
/// Dynamic programming over the last bin: with V(i, j) the information of fine bins i ... j as one and
/// r(i, j) their rate of events, the best way to make k bins of 0 ... j whose last is i ... j is
///
///     B(k, i, j) = V(i, j) + max over h of B(k - 1, h, i - 1),  r(h, i - 1) and r(i, j) in order
///
/// The last bin is part of the state because the shape compares it with the next. A valley or a peak
/// has two phases and a state for each: the second begins at the turn. All ways are tried, so the
/// result is the optimum over the fine bins, as that of the integer programs of Navas-Palencia
/// (2020, "Optimal binning: mathematical programming formulation", arXiv:2001.08025).
///
/// Of equal information the fewest bins win, then the first way found. Counts are integers, so the
/// order of rows does not matter.
struct OptimalBinning {
    /// What a bin must hold, and how many there may be.
    struct Bounds: Sendable {
        /// The most bins.
        var bins: Int
        /// The least weight of rows, events and other rows in a bin.
        var rows: Int64 = 0
        var events: Int64 = 0
        var others: Int64 = 0
        var shape = BinShape.none
        /// The share of the most information that may be given up for fewer bins.
        var tolerance = 0.0
        /// A row of average weight, half of which is counted to each class where there is only one.
        var row = 1.0
    }

    /// The last fine bin of each bin.
    let lasts: [Int]
    /// The sum of the bins' information.
    let information: Double

    /// Ties in floating point: sums of the same bins in another order.
    private static let rounding = 1e-12

    /// - Parameters:
    ///   - tallies: of the fine bins, at least one.
    ///   - whole: of all rows, missing and special ones too.
    /// - Complexity: O(bins × fine bins³), twice for a shape of two courses or phases.
    init(_ tallies: [BinTally], of whole: BinTally, _ bounds: Bounds) {
        precondition(!tallies.isEmpty)
        let segments = Segments(tallies, of: whole, bounds)
        var best: (lasts: [Int], information: Double)?
        for course in bounds.shape.courses {
            let found = Self.best(segments, course, bounds)
            if let found, found.information > (best?.information ?? -1) * (1 + Self.rounding) {
                best = found
            }
        }
        // Where not even all of it together holds enough, it is one bin all the same.
        let one = ([tallies.count - 1], segments.information(0, tallies.count - 1))
        (lasts, information) = best ?? one
    }

    private static func best(
        _ segments: Segments, _ course: BinShape.Course, _ bounds: Bounds
    ) -> (lasts: [Int], information: Double)? {
        let count = segments.count
        let phases = course.steps.count
        let most = min(bounds.bins, count)
        // (phase × count + i) × count + j: the best value, and where it came from.
        let size = phases * count * count
        var values = [Double](repeating: -.infinity, count: size)
        for last in 0..<count where segments.admits(0, last) {
            values[last] = segments.information(0, last)
        }
        var origins: [[Int32]] = [[]]
        var ends = [end(values, count, phases)]
        while origins.count < most {
            var next = [Double](repeating: -.infinity, count: size)
            var from = [Int32](repeating: -1, count: size)
            for phase in 0..<phases {
                for first in 1..<max(count, 1) {
                    for last in first..<count where segments.admits(first, last) {
                        let rate = segments.rate(first, last)
                        var (found, value) = (-1, -Double.infinity)
                        for earlier in 0...phase {
                            for start in 0..<first {
                                let state = (earlier * count + start) * count + first - 1
                                if values[state] > value,
                                    course.admits(
                                        rate, after: segments.rate(start, first - 1), in: phase)
                                {
                                    (found, value) = (state, values[state])
                                }
                            }
                        }
                        guard found >= 0 else { continue }
                        let state = (phase * count + first) * count + last
                        next[state] = value + segments.information(first, last)
                        from[state] = Int32(found)
                    }
                }
            }
            values = next
            origins.append(from)
            ends.append(end(values, count, phases))
        }
        guard let top = ends.map(\.value).max(), top > -.infinity else { return nil }
        let enough = top - abs(top) * max(bounds.tolerance, rounding)
        guard let bins = ends.firstIndex(where: { $0.value >= enough }) else { return nil }
        var lasts: [Int] = []
        var state = ends[bins].state
        for step in stride(from: bins, through: 0, by: -1) {
            lasts.append(state % count)
            if step > 0 { state = Int(origins[step][state]) }
        }
        return (lasts.reversed(), ends[bins].value)
    }

    /// The best state in which all fine bins are taken.
    private static func end(
        _ values: [Double], _ count: Int, _ phases: Int
    ) -> (state: Int, value: Double) {
        var best = (state: 0, value: -Double.infinity)
        for state in stride(from: count - 1, to: phases * count * count, by: count)
        where values[state] > best.value {
            best = (state, values[state])
        }
        return best
    }
}

/// Runs of fine bins as one bin: whether there is enough in it, its rate and its information.
private struct Segments {
    let count: Int
    private let rates: [Double]
    private let values: [Double]
    private let isAdmitted: [Bool]

    init(_ tallies: [BinTally], of whole: BinTally, _ bounds: OptimalBinning.Bounds) {
        count = tallies.count
        var sums = [BinTally()]
        for tally in tallies { sums.append(sums[sums.count - 1] + tally) }
        var rates = [Double](repeating: 0, count: count * count)
        var values = rates
        var isAdmitted = [Bool](repeating: false, count: count * count)
        for first in 0..<count {
            for last in first..<count {
                let tally = sums[last + 1] - sums[first]
                let place = first * count + last
                let evidence = WeightOfEvidence(tally, of: whole, row: bounds.row)
                rates[place] = evidence.rate
                values[place] = evidence.information
                isAdmitted[place] =
                    tally.rows >= max(1, bounds.rows) && tally.events >= bounds.events
                    && tally.others >= bounds.others
            }
        }
        self.rates = rates
        self.values = values
        self.isAdmitted = isAdmitted
    }

    func rate(_ first: Int, _ last: Int) -> Double { rates[first * count + last] }
    func information(_ first: Int, _ last: Int) -> Double { values[first * count + last] }
    func admits(_ first: Int, _ last: Int) -> Bool { isAdmitted[first * count + last] }
}
