/// Times as microseconds since 1970-01-01T00:00:00Z, by the proleptic Gregorian calendar, without
/// leap seconds.
public enum Timestamps {
    /// Microseconds in a second.
    public static let second: Int64 = 1_000_000
    /// Microseconds in a minute.
    public static let minute: Int64 = 60 * second
    /// Microseconds in an hour.
    public static let hour: Int64 = 3600 * second
    /// Microseconds in a day.
    public static let day: Int64 = 86_400 * second

    /// The earliest time that is read: the year 1900.
    public static let earliest = microseconds(year: 1900, month: 1, day: 1)
    /// The end of the times that are read: the year 2200. Far-off times are mistakes in a log, and
    /// bounding them keeps every sum of a time and a window inside Int64.
    public static let end = microseconds(year: 2200, month: 1, day: 1)

    /// A time as read from text.
    public struct Reading: Equatable, Sendable {
        /// Microseconds since the epoch; where the text names no offset, as if it were UTC.
        public var microseconds: Int64
        /// Whether the text names no offset from UTC, so that the reader must know the time zone.
        public var isLocal: Bool
    }

    /// Reads `2018-04-01`, `2018-04-01T00:00:31`, a space instead of the T, seconds left out or with
    /// up to nine digits behind the point (those past the sixth must be zero), then nothing, `Z`,
    /// `+08:00`, `+0800` or `+08`.
    /// - Returns: nil where the text is none of these, names an impossible date (February 30,
    ///   24:00, second 60) or lies outside 1900..<2200.
    /// - Complexity: O(length), no allocation.
    public static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Reading? {
        var scanner = DigitScanner(text: text)
        guard let year = scanner.digits(4), scanner.take("-"),
            let month = scanner.digits(2), scanner.take("-"),
            let day = scanner.digits(2),
            (1...12).contains(month), day >= 1, day <= daysIn(month: month, year: year)
        else { return nil }
        var time = microseconds(year: year, month: month, day: day)
        var isLocal = true
        if !scanner.atEnd {
            guard scanner.take("T") || scanner.take(" ") || scanner.take("t"),
                let hour = scanner.digits(2), scanner.take(":"), let minute = scanner.digits(2),
                hour < 24, minute < 60
            else { return nil }
            time += Int64(hour) * Self.hour + Int64(minute) * Self.minute
            if scanner.take(":") {
                guard let second = scanner.digits(2), second < 60 else { return nil }
                time += Int64(second) * Self.second
                if scanner.take(".") || scanner.take(",") {
                    guard let fraction = scanner.fraction() else { return nil }
                    time += fraction
                }
            }
            if scanner.take("Z") || scanner.take("z") {
                isLocal = false
            } else if let sign = scanner.sign() {
                guard let hours = scanner.digits(2), hours < 24 else { return nil }
                var minutes = 0
                if !scanner.atEnd {
                    _ = scanner.take(":")
                    guard let value = scanner.digits(2), value < 60 else { return nil }
                    minutes = value
                }
                time -= sign * (Int64(hours) * Self.hour + Int64(minutes) * Self.minute)
                isLocal = false
            }
        }
        guard scanner.atEnd, time >= earliest, time < end else { return nil }
        return Reading(microseconds: time, isLocal: isLocal)
    }

    /// Reads a time from a string; see `parse(_:)` over bytes.
    public static func parse(_ text: String) -> Reading? {
        var text = text
        return text.withUTF8 { parse($0) }
    }

    /// `2018-04-01T00:00:31Z`, with six digits behind the point only where they are not all zero.
    public static func format(_ microseconds: Int64) -> String {
        let (days, ofDay) = floorDivide(microseconds, day)
        let (year, month, dayOfMonth) = civil(days: days)
        let (seconds, fraction) = floorDivide(ofDay, second)
        func padded(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
        let time =
            "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        return "\(date)T\(time)\(fraction == 0 ? "" : "." + padded(fraction, 6))Z"
    }

    /// Midnight UTC that begins a day of the Gregorian calendar.
    /// - Precondition: a valid date.
    public static func microseconds(year: Int, month: Int, day: Int) -> Int64 {
        // Days by Hinnant's civil calendar: years begin in March, so the leap day is the last.
        let y = Int64(month <= 2 ? year - 1 : year)
        let (era, yearOfEra) = floorDivide(y, 400)
        let monthFromMarch = Int64((month + 9) % 12)
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return (era * 146_097 + dayOfEra - 719_468) * Self.day
    }

    /// Quotient rounded down, and the remainder in 0..<divisor.
    /// - Precondition: divisor > 0.
    public static func floorDivide(
        _ value: Int64, _ divisor: Int64
    ) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// Fixed-width digits and single characters from the front of a text.
private struct DigitScanner {
    let text: UnsafeBufferPointer<UInt8>
    var index = 0

    init(text: UnsafeBufferPointer<UInt8>) { self.text = text }

    var atEnd: Bool { index == text.count }

    mutating func digits(_ width: Int) -> Int? {
        guard index + width <= text.count else { return nil }
        var value = 0
        for i in index..<index + width {
            let digit = text[i] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + Int(digit)
        }
        index += width
        return value
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < text.count, text[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func sign() -> Int64? {
        if take("+") { return 1 }
        return take("-") ? -1 : nil
    }

    /// The digits behind a point, in microseconds.
    mutating func fraction() -> Int64? {
        var value: Int64 = 0
        var width = 0
        while index < text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            if width < 6 {
                value = value * 10 + Int64(digit)
            } else if digit != 0 {
                return nil
            }
            width += 1
            index += 1
        }
        guard width > 0, width <= 9 else { return nil }
        for _ in width..<max(width, 6) { value *= 10 }
        return value
    }
}
