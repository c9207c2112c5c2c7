import RiskColumns

/// Numbers as the text that reads back as the same value.
enum NumberWriting {
    private static let zero = UInt8(ascii: "0")

    /// Whole numbers without a point, up to 2^53 without an exponent; all others as Swift writes
    /// them, with the fewest digits that make the same double.
    static func double(_ value: Double, into line: inout [UInt8]) {
        if value.magnitude <= 0x1p53, value == value.rounded(.towardZero) {
            if value.sign == .minus, value == 0 { line.append(UInt8(ascii: "-")) }
            return integer(Int64(value), into: &line)
        }
        var text = value.description
        text.withUTF8 { line.append(contentsOf: $0) }
    }

    static func integer(_ value: Int64, into line: inout [UInt8]) {
        if value < 0 { line.append(UInt8(ascii: "-")) }
        digits(value.magnitude, atLeast: 1, into: &line)
    }

    /// All the digits of the scale: 1230 at scale 2 is 12.30.
    static func decimal(_ units: Int64, scale: Int, into line: inout [UInt8]) {
        if units < 0 { line.append(UInt8(ascii: "-")) }
        let power = UInt64(Decimals.powersOfTen[scale])
        digits(units.magnitude / power, atLeast: 1, into: &line)
        guard scale > 0 else { return }
        line.append(UInt8(ascii: "."))
        digits(units.magnitude % power, atLeast: scale, into: &line)
    }

    /// The last date that was written: a log in the order of time repeats it for hours.
    struct Date {
        var day: Int64 = .min
        /// `2018-04-01T`.
        var text: [UInt8] = []
    }

    /// As `Timestamps.format` writes it.
    static func time(_ microseconds: Int64, _ date: inout Date, into line: inout [UInt8]) {
        let (day, ofDay) = Timestamps.floorDivide(microseconds, Timestamps.day)
        if day != date.day || date.text.isEmpty {
            date.day = day
            date.text = Array(Timestamps.format(day * Timestamps.day).utf8.prefix { $0 != 0x54 })
            date.text.append(UInt8(ascii: "T"))
        }
        line.append(contentsOf: date.text)
        let seconds = UInt64(ofDay / Timestamps.second)
        digits(seconds / 3600, atLeast: 2, into: &line)
        line.append(UInt8(ascii: ":"))
        digits(seconds / 60 % 60, atLeast: 2, into: &line)
        line.append(UInt8(ascii: ":"))
        digits(seconds % 60, atLeast: 2, into: &line)
        let fraction = UInt64(ofDay % Timestamps.second)
        if fraction != 0 {
            line.append(UInt8(ascii: "."))
            digits(fraction, atLeast: 6, into: &line)
        }
        line.append(UInt8(ascii: "Z"))
    }

    private static func digits(_ value: UInt64, atLeast width: Int, into line: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { space in
            var rest = value
            var start = 20
            while rest > 0 || 20 - start < width {
                start -= 1
                let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
                space[start] = zero + UInt8(remainder)
                rest = quotient
            }
            line.append(contentsOf: UnsafeBufferPointer(rebasing: space[start...]))
        }
    }
}
