import RiskColumns

/// Numbers as the text that reads back as the same value.
///
/// Each function stores at a place that has room for `longest` bytes and returns the place behind
/// what it stored.
enum NumberWriting {
    typealias Place = UnsafeMutablePointer<UInt8>

    /// No number is longer, nor is what a function stores on the way: "-2.2250738585072014e-308"
    /// has 24 bytes, the year of a time may have six digits and a sign.
    static let longest = 40

    private static let zero = UInt8(ascii: "0")

    /// 10^0 … 10^19.
    static let powersOfTen: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
        10_000_000_000, 100_000_000_000, 1_000_000_000_000, 10_000_000_000_000,
        100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000,
        100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]

    @inline(__always)
    static func integer(_ value: Int64, at place: Place) -> Place {
        var place = place
        if value < 0 { place = byte("-", at: place) }
        return digits(value.magnitude, at: place)
    }

    /// All the digits of the scale: 1230 at scale 2 is 12.30.
    @inline(__always)
    static func decimal(_ units: Int64, scale: Int, at place: Place) -> Place {
        var place = place
        if units < 0 { place = byte("-", at: place) }
        return point(units.magnitude, behind: scale, at: place)
    }

    /// `value` × 10^-`decimals`, with a digit before the point at least.
    /// - Precondition: 0 ≤ decimals ≤ 19.
    @inline(__always)
    static func point(_ value: UInt64, behind decimals: Int, at place: Place) -> Place {
        guard decimals > 0 else { return digits(value, at: place) }
        let (whole, rest) = value.quotientAndRemainder(dividingBy: powersOfTen[decimals])
        let place = byte(".", at: digits(whole, at: place))
        padded(rest, width: decimals, at: place)
        return place + decimals
    }

    // MARK: Times

    /// The last date that was written: a log in the order of time repeats it for hours.
    struct Date {
        fileprivate var day: Int64 = .min
        /// `2018-04-` and `01T`, the first byte lowest.
        fileprivate var text: (UInt64, UInt32) = (0, 0)
    }

    /// As `Timestamps.format` writes it.
    @inline(__always)
    static func time(_ microseconds: Int64, _ date: inout Date, at place: Place) -> Place {
        let (day, ofDay) = Timestamps.floorDivide(microseconds, Timestamps.day)
        if day != date.day, !setDate(day, &date, of: microseconds) {
            return longYear(microseconds, at: place)
        }
        let raw = UnsafeMutableRawPointer(place)
        raw.storeBytes(of: date.text.0.littleEndian, as: UInt64.self)
        raw.storeBytes(of: date.text.1.littleEndian, toByteOffset: 8, as: UInt32.self)
        let (seconds, fraction) = UInt64(ofDay).quotientAndRemainder(
            dividingBy: UInt64(Timestamps.second))
        pair(seconds / 3600, at: place + 11)
        place[13] = UInt8(ascii: ":")
        pair(seconds / 60 % 60, at: place + 14)
        place[16] = UInt8(ascii: ":")
        pair(seconds % 60, at: place + 17)
        var place = place + 19
        if fraction != 0 {
            place = byte(".", at: place)
            padded(fraction, width: 6, at: place)
            place += 6
        }
        return byte("Z", at: place)
    }

    /// False where the year has not four digits.
    @inline(never)
    private static func setDate(
        _ day: Int64, _ date: inout Date, of microseconds: Int64
    ) -> Bool {
        let text = Array(Timestamps.format(microseconds).utf8)
        guard text[10] == UInt8(ascii: "T") else { return false }
        date.day = day
        date.text = (0, 0)
        for index in 0..<8 { date.text.0 |= UInt64(text[index]) << UInt64(8 * index) }
        for index in 8..<11 { date.text.1 |= UInt32(text[index]) << UInt32(8 * (index - 8)) }
        return true
    }

    @inline(never)
    private static func longYear(_ microseconds: Int64, at place: Place) -> Place {
        text(Timestamps.format(microseconds), at: place)
    }

    // MARK: Digits

    /// Stores a short text.
    static func text(_ text: String, at place: Place) -> Place {
        var text = text
        return text.withUTF8 { bytes in
            if let base = bytes.baseAddress { place.update(from: base, count: bytes.count) }
            return place + bytes.count
        }
    }

    @inline(__always)
    static func byte(_ character: Unicode.Scalar, at place: Place) -> Place {
        place.pointee = UInt8(ascii: character)
        return place + 1
    }

    @inline(__always)
    static func digits(_ value: UInt64, at place: Place) -> Place {
        if value < 10 {
            place.pointee = zero &+ UInt8(truncatingIfNeeded: value)
            return place + 1
        }
        let count = digitCount(value)
        padded(value, width: count, at: place)
        return place + count
    }

    /// - Precondition: value > 0.
    @inline(__always)
    static func digitCount(_ value: UInt64) -> Int {
        // The bits times log10(2), which 1233 / 4096 is near enough to, is the count or one less.
        let least = ((64 &- value.leadingZeroBitCount) &* 1233) &>> 12
        return value >= powersOfTen[least] ? least &+ 1 : least
    }

    /// The lowest `width` digits, zeros in front.
    @inline(__always)
    static func padded(_ value: UInt64, width: Int, at place: Place) {
        var rest = value
        var index = width
        while index >= 2 {
            index &-= 2
            let quotient = rest / 100
            pair(rest &- quotient &* 100, at: place + index)
            rest = quotient
        }
        if index == 1 { place.pointee = zero &+ UInt8(truncatingIfNeeded: rest % 10) }
    }

    /// - Precondition: value < 100.
    @inline(__always)
    private static func pair(_ value: UInt64, at place: Place) {
        let source = pairs.utf8Start + Int(truncatingIfNeeded: value &* 2)
        place[0] = source[0]
        place[1] = source[1]
    }

    private static let pairs: StaticString =
        """
        0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
        5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """
}
