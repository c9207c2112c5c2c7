import RiskColumns

/// Times from text, remembering the last date: a log in the order of time repeats it for hours.
struct TimeReading {
    private let scale: Int
    private let isEpoch: Bool
    private let naiveTime: @Sendable (Int64) -> Int64
    private var date: (UInt64, UInt16) = (0, 0)
    private var midnight: Int64 = 0

    /// - Parameter naiveTime: the microseconds since the epoch of a time that names no offset,
    ///   given as if it were UTC.
    init(format: TimeFormat, naiveTime: @escaping @Sendable (Int64) -> Int64) {
        scale = format.scale
        isEpoch = format != .iso8601
        self.naiveTime = naiveTime
    }

    /// What a message says was expected.
    var expectation: String {
        guard isEpoch else { return "a time like 2018-04-01T00:00:31Z from 1900 to 2199" }
        switch scale {
        case 6: return "seconds since 1970 with up to 6 digits behind the point, from 1900 to 2199"
        case 3:
            return "milliseconds since 1970 with up to 3 digits behind the point, from 1900 to 2199"
        default: return "microseconds since 1970, from 1900 to 2199"
        }
    }

    /// The microseconds since the epoch, nil where the text is no such time.
    @inline(__always)
    mutating func read(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        if isEpoch { return epoch(text) }
        if text.count == 19 || (text.count == 20 && text[19] == UInt8(ascii: "Z")),
            let base = text.baseAddress
        {
            let raw = UnsafeRawPointer(base)
            let head = raw.loadUnaligned(as: UInt64.self)
            let tail = raw.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
            if head == date.0, tail == date.1, let ofDay = Self.clock(base + 10) {
                let time = midnight + ofDay
                return text.count == 19 ? naiveTime(time) : time
            }
        }
        return any(text)
    }

    @inline(never)
    private mutating func any(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard let reading = Timestamps.parse(text) else { return nil }
        if let base = text.baseAddress,
            let day = Timestamps.parse(UnsafeBufferPointer(start: base, count: 10))
        {
            let raw = UnsafeRawPointer(base)
            date = (
                raw.loadUnaligned(as: UInt64.self),
                raw.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
            )
            midnight = day.microseconds
        }
        return reading.isLocal ? naiveTime(reading.microseconds) : reading.microseconds
    }

    private func epoch(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard
            let time = try? Decimals.parse(text, scale: scale, largest: Timestamps.end),
            time >= Timestamps.earliest, time < Timestamps.end
        else { return nil }
        return time
    }

    /// The microseconds since midnight of `T00:00:31` or ` 00:00:31`, nil where it is neither.
    @inline(__always)
    private static func clock(_ text: UnsafePointer<UInt8>) -> Int64? {
        func digits(_ offset: Int) -> Int {
            let tens = Int(text[offset] &- UInt8(ascii: "0"))
            let ones = Int(text[offset + 1] &- UInt8(ascii: "0"))
            return tens <= 9 && ones <= 9 ? tens * 10 + ones : 99
        }
        let hour = digits(1)
        let minute = digits(4)
        let second = digits(7)
        guard text[0] == UInt8(ascii: "T") || text[0] == UInt8(ascii: " "),
            text[3] == UInt8(ascii: ":"), text[6] == UInt8(ascii: ":"),
            hour < 24, minute < 60, second < 60
        else { return nil }
        return Int64((hour * 60 + minute) * 60 + second) * Timestamps.second
    }
}
