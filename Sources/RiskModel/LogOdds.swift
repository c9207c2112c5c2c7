/// Log-odds as whole numbers of units of 2^-18.
///
/// Every contribution to a score is such a number, so a score is an integer sum: it has no order,
/// and no engine, thread count or partitioning can change its bits. With at most 2^24 units in all,
/// each partial sum is exact in a float32 too.
public enum LogOdds {
    /// Units in one unit of log-odds: 2^18.
    public static let unitsPerOne: Double = 262_144

    /// The bound on the magnitude of the sum of an additive table model: 2^24 units, odds of e^64.
    public static let limit: Int64 = 1 << 24

    /// The bound on the magnitude of one linear term: 2^23 units.
    public static let linearLimit: Double = 8_388_608

    /// The nearest number of units, ties to even.
    /// - Precondition: `logOdds` is finite and below 2^40 in magnitude.
    public static func units(_ logOdds: Double) -> Int64 {
        Int64((logOdds * unitsPerOne).rounded(.toNearestOrEven))
    }

    /// The log-odds of a number of units; exact below 2^53 units.
    public static func value(_ units: Int64) -> Double { Double(units) / unitsPerOne }
}
