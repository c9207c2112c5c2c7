import CRiskKernels

extension AdditiveModel {
    /// The sum of a row in units of log-odds: the plain definition, which every faster path equals.
    /// - Parameter values: one a feature, in the model's order; NaN where missing.
    /// - Precondition: as many values as features.
    /// - Complexity: O(terms × log cut points).
    public func units(values: [Double]) -> Int64 {
        precondition(values.count == features.count, "a row needs one value a feature")
        var sum = intercept
        for table in tables { sum += Int64(table.units(of: values[table.feature])) }
        for term in linearTerms { sum += term.units(of: values[term.feature]) }
        return sum
    }

    /// The calibrated probability of a row.
    /// - Parameter values: one a feature, in the model's order; NaN where missing.
    public func probability(values: [Double]) -> Double {
        calibration.probability(units: units(values: values))
    }
}

extension Calibration {
    /// The grid of Platt's log-odds: multiples of 2^-32. Neighbours on it are 2^20 ULP of the odds
    /// apart, so the rounding errors of the exponential cannot turn their order.
    private static let grid: Double = 4_294_967_296

    /// The probability, in [0, 1], of a sum in units of log-odds. Never decreasing in `units`, and the
    /// same bits on every machine.
    ///
    /// - identity: logistic(units / 2^18).
    /// - Platt: logistic(z), z = slope × (units / 2^18) + intercept held within ±1024 and rounded to a
    ///   multiple of 2^-32, ties to even.
    /// - isotonic: p₀ + (p₁ - p₀) × ((units - u₀) / (u₁ - u₀)) between the neighbouring knots u₀ and u₁,
    ///   held to at most p₁; outside the knots the nearest one's.
    /// - Complexity: O(log knots).
    public func probability(units: Int64) -> Double {
        switch self {
        case .identity:
            return rk_logistic_f64(LogOdds.value(units))
        case .platt(let slope, let intercept):
            let logOdds = min(max(slope * LogOdds.value(units) + intercept, -1024), 1024)
            return rk_logistic_f64((logOdds * Self.grid).rounded(.toNearestOrEven) / Self.grid)
        case .isotonic(let knots, let probabilities):
            var low = 0
            var high = knots.count
            while low < high {
                let middle = (low + high) / 2
                if knots[middle] <= units { low = middle + 1 } else { high = middle }
            }
            if low == 0 { return probabilities[0] }
            if low == knots.count { return probabilities[low - 1] }
            let (start, end) = (probabilities[low - 1], probabilities[low])
            let share = Double(units - knots[low - 1]) / Double(knots[low] - knots[low - 1])
            return min(start + (end - start) * share, end)
        }
    }
}

extension PointsScaling {
    /// The bound on the log-odds that are turned into points: beyond odds of e^40 nothing is known.
    static let logOddsLimit: Double = 40

    /// The points of a probability: basePoints + pointsToDoubleOdds × log2(odds / baseOdds), rounded
    /// to a whole number, halves away from zero, with ln(odds) held within ±40.
    ///
    /// Never decreasing in the probability, the same on every machine, and within Int32.
    public func points(probability: Double) -> Int {
        let odds = probability / (1 - probability)
        let limit = Self.logOddsLimit
        let logOdds = min(max(rk_log_f64(odds), -limit), limit)
        let doublings = (logOdds - rk_log_f64(baseOdds)) * 1.4426950408889634
        let points = (basePoints + pointsToDoubleOdds * doublings).rounded()
        guard points > -2_147_483_648 else { return -2_147_483_648 }
        return points < 2_147_483_647 ? Int(points) : 2_147_483_647
    }
}
