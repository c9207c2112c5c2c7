import RiskModel

/// From log-odds to probability in SQL, by the arithmetic of CRiskKernels, step by step: the bits are
/// the scorer's, and no exp of the engine is needed.
extension SQLDialect {
    /// Platt's line, held within ±1024 and rounded to the grid of 2^-32.
    func plattLogOdds(_ x: String, _ slope: Double, _ intercept: Double, isHeld: Bool) -> String {
        var line = "\(real(slope)) * \(x) + \(real(intercept))"
        if isHeld {
            let limit = ExpArithmetic.plattLimit
            line =
                "CASE WHEN \(line) > \(real(limit)) THEN \(real(limit)) "
                + "WHEN \(line) < \(real(-limit)) THEN \(real(-limit)) ELSE \(line) END"
        }
        let magic = real(ExpArithmetic.round)
        return "((((\(line)) * \(real(ExpArithmetic.grid))) + \(magic)) - \(magic))"
            + " / \(real(ExpArithmetic.grid))"
    }

    /// 1 / (1 + e^-x) of a column.
    func logistic(_ x: String, _ range: ExpRange) -> String {
        var h = "(-abs(\(x)))"
        if range.reachesZero {
            h = extreme([h, real(ExpArithmetic.held)])
        }
        let magic = real(ExpArithmetic.round)
        let k = "((\(h) * \(real(ExpArithmetic.log2e)) + \(magic)) - \(magic))"
        let r =
            "((\(h) - \(k) * \(real(ExpArithmetic.ln2High))) - \(k) * \(real(ExpArithmetic.ln2Low)))"
        var p = real(ExpArithmetic.coefficients[0])
        for coefficient in ExpArithmetic.coefficients.dropFirst() {
            p = "(\(p) * \(r) + \(real(coefficient)))"
        }
        let one = real(1)
        let exponents = Array(range.lowestExponent...0)
        let power = lookup(
            k, cutPoints: exponents.dropLast().map(Double.init),
            values: exponents.map { real(ExpRange.power($0)) })
        var e = "(\(one) + (\(r) + \(r) * \(r) * \(p))) * \(power)"
        if range.reachesFar {
            let far = real(Double(sign: .plus, exponent: -ExpArithmetic.farShift, significand: 1))
            let isFar = "\(k) < \(real(Double(ExpArithmetic.farExponent)))"
            e += " * CASE WHEN \(isFar) THEN \(far) ELSE \(one) END"
        }
        if range.reachesZero {
            e = "CASE WHEN \(h) < \(real(ExpArithmetic.lowest)) THEN \(real(0)) ELSE \(e) END"
        }
        return "CASE WHEN \(x) < \(real(0)) THEN (\(e)) ELSE \(one) END / (\(one) + (\(e)))"
    }

    /// Straight lines between knots. Each bin's line has its numbers in the leaf that is reached.
    func isotonic(_ units: String, _ knots: [Int64], _ probabilities: [Double]) -> String {
        var values = [real(probabilities[0])]
        for index in knots.indices.dropLast() {
            let (start, end) = (probabilities[index], probabilities[index + 1])
            if start == end {
                values.append(real(start))
                continue
            }
            let share =
                asReal("\(units) - \(integer(knots[index]))")
                + " / \(real(Double(knots[index + 1] - knots[index])))"
            let value = "\(real(start)) + \(real(end - start)) * (\(share))"
            values.append(extreme([value, real(end)], least: true))
        }
        values.append(real(probabilities[probabilities.count - 1]))
        // A knot itself belongs to what is above it.
        return lookup(units, limits: knots.map { integer($0 - 1) }, values: values)
    }
}
