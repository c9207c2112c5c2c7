import RiskColumns

extension EntryView {
    /// The values of a feature at several moments; NaN where there is none.
    func read(
        _ output: WindowOutput, heads: UnsafePointer<Int>, tails: UnsafePointer<Int>,
        now: UnsafePointer<Int64>, count: Int,
        into values: UnsafeMutablePointer<Double>
    ) {
        withUnsafePointer(to: output) {
            readEach($0, heads: heads, tails: tails, now: now, count: count, into: values)
        }
    }

    /// The values of a feature at several moments, or at one: without a loop where the count is 1.
    /// - Parameters:
    ///   - heads: for each moment the first entry of the window; where it is behind the tail, none is.
    ///   - tails: for each moment one past the last entry.
    ///   - now: the moments.
    /// - Complexity: O(count).
    @inline(__always)
    func readEach(
        _ output: UnsafePointer<WindowOutput>, heads: UnsafePointer<Int>,
        tails: UnsafePointer<Int>, now: UnsafePointer<Int64>, count: Int,
        into values: UnsafeMutablePointer<Double>
    ) {
        @inline(__always)
        func each(_ value: (_ moment: Int, _ head: Int, _ tail: Int) -> Double) {
            for moment in 0..<count {
                let tail = tails[moment]
                values[moment] = value(moment, min(heads[moment], tail), tail)
            }
        }
        let power = output.pointee.power
        switch output.pointee.final {
        case .count, .perCount:
            eachCount(heads, tails, count) { values[$0] = Double($1) }
        case .perDay(let days):
            eachCount(heads, tails, count) { values[$0] = Double($1) / days }
        case .share:
            let tally = column(.tally)
            eachCount(heads, tails, count) { moment, count in
                let (head, tail) = (min(heads[moment], tails[moment]), tails[moment])
                values[moment] =
                    count == 0 ? .nan : Double(tally[tail] &- tally[head]) / Double(count)
            }
        case .sum:
            let sums = wide(.sum)
            each { _, head, tail in ExactSum.double(sums[tail] &- sums[head]) / power }
        case .mean:
            let sums = wide(.sum)
            eachCount(heads, tails, count) { moment, count in
                let (head, tail) = (min(heads[moment], tails[moment]), tails[moment])
                values[moment] =
                    count == 0
                    ? .nan : ExactSum.double(sums[tail] &- sums[head]) / (Double(count) * power)
            }
        case .std:
            let (sums, squares) = (wide(.sum), wide(.squares))
            eachCount(heads, tails, count) { moment, count in
                let (head, tail) = (min(heads[moment], tails[moment]), tails[moment])
                values[moment] = ExactSum.deviation(
                    count: count, sum: sums[tail] &- sums[head],
                    squares: squares[tail] &- squares[head], power: power)
            }
        case .isEmpty:
            eachCount(heads, tails, count) { values[$0] = $1 == 0 ? 1 : 0 }
        case .latest(let back):
            let latest = column(.latest)
            each { _, head, tail in
                tail - head > back ? output.pointee.decode(latest[tail - 1 - back]) : .nan
            }
        case .earliest:
            let earliest = column(plan.collapses ? .earliest : .latest)
            each { _, head, tail in head < tail ? output.pointee.decode(earliest[head]) : .nan }
        case .sinceLatest:
            let times = plan.collapses ? column(.latestTime) : keys
            each { moment, head, tail in
                head < tail ? elapsed(since: times[tail - 1], now[moment]) : .nan
            }
        case .sinceEarliest:
            let times = plan.collapses ? column(.earliestTime) : keys
            each { moment, head, tail in
                head < tail ? elapsed(since: times[head], now[moment]) : .nan
            }
        case .gapMean, .gapStd, .gapCV:
            each { _, head, tail in gap(output.pointee.final, head, tail) }
        case .decayedCount:
            let counts = column(.count)
            each { moment, head, tail in
                decayed(head, tail, now[moment]) { Int128(counts[$1] &- counts[$0]) }
            }
        case .decayedSum:
            let sums = wide(.sum)
            each { moment, head, tail in
                decayed(head, tail, now[moment]) { sums[$1] &- sums[$0] } / power
            }
        case .ratio, .zscore:
            let latest = column(.latest)
            eachCount(heads, tails, count) { moment, count in
                let (head, tail) = (min(heads[moment], tails[moment]), tails[moment])
                values[moment] =
                    count < 2
                    ? .nan
                    : compare(output.pointee.final, latest[tail - 1], count: count, head, tail)
            }
        case .speed(let decoding):
            let (latitudes, longitudes) = (column(.latest), column(.second))
            each { _, head, tail in
                guard tail - head > 1 else { return .nan }
                func position(_ id: Int) -> (latitude: Double, longitude: Double) {
                    (output.pointee.decode(latitudes[id]), decoding.decode(longitudes[id]))
                }
                let way = GreatCircle.kilometres(position(tail - 2), position(tail - 1))
                let time = max(Timestamps.second, keys[tail - 1] - keys[tail - 2])
                return way / (Double(time) / Double(Timestamps.hour))
            }
        case .distinct, .extreme, .entropy, .topShare, .hourDistance, .quantile:
            preconditionFailure("a tracker knows its value")
        }
    }

    /// The mean, deviation or variation of the times from one entry to the next.
    private func gap(_ final: WindowOutput.Final, _ head: Int, _ tail: Int) -> Double {
        let gaps = Int64(tail - head - 1)
        guard gaps > 0 else { return .nan }
        let whole = keys[tail - 1] - keys[head]
        let mean = Double(whole) / (Double(gaps) * Double(Timestamps.second))
        if case .gapMean = final { return mean }
        let squares = wide(.gapSquares)
        let deviation = ExactSum.deviation(
            count: gaps, sum: Int128(whole), squares: squares[tail] &- squares[head + 1],
            power: Double(Timestamps.second))
        if case .gapStd = final { return deviation }
        return mean == 0 ? .nan : deviation / mean
    }

    /// What the tiles add up to, each halved for every eight tiles that it is old.
    private func decayed(
        _ head: Int, _ tail: Int, _ now: Int64, _ between: (Int, Int) -> Int128
    ) -> Double {
        let tile = plan.entryKey(now)
        var sum: Int128 = 0
        var end = tail
        while end > head {
            let key = keys[end - 1]
            var start = end - 1
            if let runs { start = max(head, runs[end - 1]) }
            sum &+= between(start, end) &* Int128(Decay.weight(age: tile - key))
            end = start
        }
        return ExactSum.double(sum) / Decay.one
    }

    /// The latest argument beside those before it.
    private func compare(
        _ final: WindowOutput.Final, _ latest: Int64, count: Int64, _ head: Int, _ tail: Int
    ) -> Double {
        let sums = wide(.sum)
        let others = sums[tail] &- sums[head] &- Int128(latest)
        let n = Double(count - 1)
        let mean = ExactSum.double(others) / n
        if case .ratio = final { return mean == 0 ? .nan : Double(latest) / mean }
        let squares = wide(.squares)
        let deviation = ExactSum.deviation(
            count: count - 1, sum: others,
            squares: squares[tail] &- squares[head] &- Int128(latest) * Int128(latest), power: 1)
        return deviation > 0 ? (Double(latest) - mean) / deviation : .nan
    }

    /// How many events each window holds.
    @inline(__always)
    private func eachCount(
        _ heads: UnsafePointer<Int>, _ tails: UnsafePointer<Int>, _ count: Int,
        _ body: (_ moment: Int, _ count: Int64) -> Void
    ) {
        if plan.collapses {
            let counts = column(.count)
            for moment in 0..<count {
                let tail = tails[moment]
                body(moment, counts[tail] &- counts[min(heads[moment], tail)])
            }
        } else {
            for moment in 0..<count {
                let tail = tails[moment]
                body(moment, Int64(tail - min(heads[moment], tail)))
            }
        }
    }

    /// Seconds since an event happened, whose delayed time is given.
    @inline(__always)
    private func elapsed(since delayed: Int64, _ now: Int64) -> Double {
        Double(now - delayed + plan.delay) / Double(Timestamps.second)
    }
}

extension WindowOutput.Decoding {
    @inline(__always)
    func decode(_ value: Int64) -> Double {
        switch self {
        case .scaled(let power): Double(value) / power
        case .orderedNumber: OrderedNumber.decode(value)
        }
    }
}

extension WindowOutput {
    /// The power of ten of a decimal.
    var power: Double {
        if case .scaled(let power) = decoding { return power }
        return 1
    }

    @inline(__always)
    func decode(_ value: Int64) -> Double { decoding.decode(value) }

    /// The count of another source at the same moments.
    func counting(_ source: Int, _ window: Int) -> WindowOutput {
        WindowOutput(
            feature: feature, source: source, window: window, final: .count, decoding: decoding,
            includesCurrent: includesCurrent)
    }
}

/// What exact sums come to as doubles.
enum ExactSum {
    /// The double nearest to a sum, ties to even: as `Double(Int128)`, without its detours.
    @inline(__always)
    static func double(_ sum: Int128) -> Double {
        let low = Int64(truncatingIfNeeded: sum)
        return Int128(low) == sum ? Double(low) : wideDouble(sum)
    }

    @inline(never)
    private static func wideDouble(_ sum: Int128) -> Double {
        let magnitude = sum.magnitude
        let shift = 64 - magnitude.leadingZeroBitCount
        var top = UInt64(truncatingIfNeeded: magnitude >> UInt128(shift))
        // What is cut off can only matter to a tie, and one sticky bit says that there was something.
        if magnitude & (UInt128(1) << UInt128(shift) - 1) != 0 { top |= 1 }
        let value = Double(sign: .plus, exponent: shift, significand: Double(top))
        return sum < 0 ? -value : value
    }

    /// The sample standard deviation (n - 1) from exact sums: n Σx² - (Σx)² is an integer, and exact
    /// unless it needs more than 127 bits, which is then a rounding of the double, the same everywhere.
    static func deviation(
        count: Int64, sum: Int128, squares: Int128, power: Double
    ) -> Double {
        guard count > 1 else { return .nan }
        let n = Double(count)
        let (a, overflowA) = squares.multipliedReportingOverflow(by: Int128(count))
        let (b, overflowB) = sum.multipliedReportingOverflow(by: sum)
        let spread =
            overflowA || overflowB
            ? max(0, n * double(squares) - double(sum) * double(sum)) : double(a &- b)
        return (spread / (n * (n - 1))).squareRoot() / power
    }
}

/// Weights that halve with every half-life, in steps of an eighth: integers, so that decayed sums are
/// exact too.
enum Decay {
    /// Tiles to a half-life, and half-lives after which nothing is left.
    static let steps: Int64 = 8
    static let reach: Int64 = 32
    static let one = 4_294_967_296.0

    /// 2^(32 - k/8) for k = 0...7, rounded.
    private static let weights: [Int64] = [
        4_294_967_296, 3_938_502_376, 3_611_622_603, 3_311_872_529, 3_037_000_500, 2_784_941_738,
        2_553_802_834, 2_341_847_524,
    ]

    /// - Parameter age: in tiles, at least 0.
    static func weight(age: Int64) -> Int64 {
        weights[Int(age % steps)] >> (age / steps)
    }
}
