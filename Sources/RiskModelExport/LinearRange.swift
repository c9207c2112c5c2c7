import RiskModel

/// Where a linear term is 0, where it is its bound, and where between: so that an engine multiplies
/// only where neither an overflow nor an underflow can happen (PostgreSQL ends a query at either).
///
/// With a = |x|: 0 where a ≤ `zero`; round(coefficient × x × 2^18) where a < `bound`; else the bound with
/// the sign of coefficient × x. The term is odd in x, and never decreasing in it but for that sign, so
/// two numbers say it all, and they are exact: found by bisection over the bit patterns of doubles.
struct LinearRange {
    /// The largest a at which the term is 0; infinite where the coefficient is 0.
    let zero: Double
    /// The least a at which the term is its bound; infinite where no finite one is.
    let bound: Double
    /// The term at +∞.
    let limit: Int64

    init(_ term: LinearTerm) {
        limit = term.units(of: .infinity)
        zero = Self.largest { term.units(of: $0) == 0 }
        let below = Self.largest { abs(term.units(of: $0)) < Int64(LogOdds.linearLimit) }
        bound = below == .infinity ? .infinity : below.nextUp
    }

    /// The largest double from 0 on that holds, of a property that holds at 0 and then up to some
    /// number: infinity where it holds everywhere.
    private static func largest(_ holds: (Double) -> Bool) -> Double {
        var low: UInt64 = 0
        var high = Double.infinity.bitPattern
        if holds(.infinity) { return .infinity }
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if holds(Double(bitPattern: middle)) { low = middle } else { high = middle }
        }
        return Double(bitPattern: low)
    }
}
