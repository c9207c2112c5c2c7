import RiskColumns

extension WindowState {
    /// The value of a feature, NaN where there is none. Time must have been advanced to `now`.
    static func read(_ output: WindowOutput, _ states: [WindowState], now: Int64) -> Double {
        let state = states[output.source]
        let words = state.words + output.offset
        switch output.final {
        case .count, .distinct:
            return Double(words[0])
        case .perDay(let days):
            return Double(words[0]) / days
        case .perCount(let source, let offset):
            let count = states[source].count(at: offset)
            return count == 0 ? .nan : Double(words[0]) / Double(count)
        case .share:
            return words[0] == 0 ? .nan : Double(Wide.load(words + 1)) / Double(words[0])
        case .sum:
            return Double(Wide.load(words + 1)) / output.power
        case .mean:
            guard words[0] > 0 else { return .nan }
            return Double(Wide.load(words + 1)) / (Double(words[0]) * output.power)
        case .std:
            return deviation(
                count: words[0], sum: Wide.load(words + 1), squares: Wide.load(words + 3),
                power: output.power)
        case .extreme:
            return state.extreme(output).map { output.decode($0) } ?? .nan
        case .latest:
            return state.latest(output, now: now).map { output.decode($0.value) } ?? .nan
        case .earliest:
            return state.earliest(output).map { output.decode($0.value) } ?? .nan
        case .sinceLatest:
            return state.latest(output, now: now).map { state.elapsed($0.time, now) } ?? .nan
        case .sinceEarliest:
            return state.earliest(output).map { state.elapsed($0.time, now) } ?? .nan
        }
    }

    /// Seconds since an event happened, whose delayed time is given.
    private func elapsed(_ delayed: Int64, _ now: Int64) -> Double {
        Double(now - delayed + plan.delay) / Double(Timestamps.second)
    }

    /// The sample standard deviation (n - 1) from exact sums: n Σx² - (Σx)² is an integer, and exact
    /// unless it needs more than 127 bits, which is then a rounding of the double, the same everywhere.
    private static func deviation(
        count: Int64, sum: Int128, squares: Int128, power: Double
    ) -> Double {
        guard count > 1 else { return .nan }
        let n = Double(count)
        let (a, overflowA) = squares.multipliedReportingOverflow(by: Int128(count))
        let (b, overflowB) = sum.multipliedReportingOverflow(by: sum)
        let spread =
            overflowA || overflowB
            ? max(0, n * Double(squares) - Double(sum) * Double(sum)) : Double(a - b)
        return (spread / (n * (n - 1))).squareRoot() / power
    }
}

extension WindowOutput {
    /// The power of ten of a decimal.
    var power: Double {
        if case .scaled(let power) = decoding { return power }
        return 1
    }

    func decode(_ value: Int64) -> Double {
        switch decoding {
        case .scaled(let power): Double(value) / power
        case .orderedNumber: OrderedNumber.decode(value)
        }
    }
}
