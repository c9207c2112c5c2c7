import RiskColumns

/// A day of the Gregorian calendar: `2026-11-22`. Decisions are made once a day, and whose day it is,
/// the operator says.
public struct PolicyDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01.
    public let days: Int32

    /// The day that is so many days after 1970-01-01.
    public init(days: Int32) { self.days = days }

    /// The day in which a moment falls, by UTC.
    public init(microseconds: Int64) {
        days = Int32(Timestamps.floorDivide(microseconds, Timestamps.day).quotient)
    }

    /// Reads `2026-11-22` and nothing else; nil where it is no day of the years 1900 to 2199.
    public init?(_ text: String) {
        guard text.utf8.count == 10, let time = Timestamps.parse(text) else { return nil }
        self.init(microseconds: time.microseconds)
    }

    /// Midnight UTC that begins the day.
    public var microseconds: Int64 { Int64(days) * Timestamps.day }

    /// `2026-11-22`.
    public var description: String {
        String(Timestamps.format(Int64(days) * Timestamps.day).prefix(10))
    }

    /// Whether a day comes before another.
    public static func < (a: PolicyDate, b: PolicyDate) -> Bool { a.days < b.days }

    /// The day so many days later.
    func adding(_ count: Int) -> PolicyDate {
        PolicyDate(days: days &+ Int32(clamping: count))
    }

    /// How many days have gone by since another day.
    func days(since other: PolicyDate) -> Int { Int(days) - Int(other.days) }
}
