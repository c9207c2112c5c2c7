import RiskColumns

/// Spans of time as specs write them: `90s`, `10m`, `12h`, `30d`, `2w`.
public enum Durations {
    /// The longest span that a spec may name: 3,660 days.
    public static let longest: Int64 = 3660 * Timestamps.day

    /// Reads a whole number and a unit (s, m, h, d, w), in microseconds.
    /// - Returns: nil where the text is neither that nor within 1 second ... `longest`.
    public static func parse(_ text: String) -> Int64? {
        let unit: Int64
        switch text.last {
        case "s": unit = Timestamps.second
        case "m": unit = Timestamps.minute
        case "h": unit = Timestamps.hour
        case "d": unit = Timestamps.day
        case "w": unit = 7 * Timestamps.day
        default: return nil
        }
        let digits = text.dropLast()
        guard digits.allSatisfy({ ("0"..."9").contains($0) }), let count = Int64(digits) else {
            return nil
        }
        let (span, overflow) = count.multipliedReportingOverflow(by: unit)
        guard !overflow, span >= Timestamps.second, span <= longest else { return nil }
        return span
    }

    /// The span in the largest unit that divides it: `7d`.
    public static func format(_ span: Int64) -> String {
        let units: [(String, Int64)] = [
            ("d", Timestamps.day), ("h", Timestamps.hour), ("m", Timestamps.minute),
            ("s", Timestamps.second),
        ]
        for (name, unit) in units where span % unit == 0 { return "\(span / unit)\(name)" }
        return "\(Double(span) / Double(Timestamps.second))s"
    }
}
