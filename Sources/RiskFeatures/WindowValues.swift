import RiskColumns

extension EntryView {
    /// The values of a feature at several moments; NaN where there is none.
    /// - Parameters:
    ///   - heads: for each moment the first entry of the window; where it is behind the tail, none is.
    ///   - tails: for each moment one past the last entry.
    ///   - now: the moments.
    ///   - tracked: what a tracker said at each moment, where the feature has one.
    /// - Complexity: O(count).
    func read(
        _ output: WindowOutput, heads: UnsafePointer<Int>, tails: UnsafePointer<Int>,
        now: UnsafePointer<Int64>, tracked: UnsafePointer<Int>, count: Int,
        into values: UnsafeMutablePointer<Double>
    ) {
        @inline(__always)
        func each(_ value: (_ moment: Int, _ head: Int, _ tail: Int) -> Double) {
            for moment in 0..<count {
                let tail = tails[moment]
                values[moment] = value(moment, min(heads[moment], tail), tail)
            }
        }
        let power = output.power
        switch output.final {
        case .count, .perCount:
            eachCount(heads, tails, count) { values[$0] = Double($1) }
        case .perDay(let days):
            eachCount(heads, tails, count) { values[$0] = Double($1) / days }
        case .share:
            let tally = column(.tally)
            eachCount(heads, tails, count) { moment, count in
                let (head, tail) = (min(heads[moment], tails[moment]), tails[moment])
                values[moment] =
                    count == 0 ? .nan : Double(tally[tail] - tally[head]) / Double(count)
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
        case .latest:
            let latest = column(.latest)
            each { _, head, tail in head < tail ? output.decode(latest[tail - 1]) : .nan }
        case .earliest:
            let earliest = column(plan.collapses ? .earliest : .latest)
            each { _, head, tail in head < tail ? output.decode(earliest[head]) : .nan }
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
        case .tracked:
            for moment in 0..<count { values[moment] = Double(tracked[moment]) }
        case .extreme(let tracker):
            let kept = column(plan.trackers[tracker].content)
            for moment in 0..<count {
                let id = tracked[moment]
                values[moment] = id < 0 ? .nan : output.decode(kept[id])
            }
        }
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
                body(moment, counts[tail] - counts[min(heads[moment], tail)])
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

extension WindowOutput {
    /// The power of ten of a decimal.
    var power: Double {
        if case .scaled(let power) = decoding { return power }
        return 1
    }

    @inline(__always)
    func decode(_ value: Int64) -> Double {
        switch decoding {
        case .scaled(let power): Double(value) / power
        case .orderedNumber: OrderedNumber.decode(value)
        }
    }

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
            ? max(0, n * double(squares) - double(sum) * double(sum)) : double(a - b)
        return (spread / (n * (n - 1))).squareRoot() / power
    }
}
