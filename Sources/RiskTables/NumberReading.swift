/// Numbers from text, strictly and without allocation in the ordinary case.
enum NumberReading {
    /// Why a text is no number.
    enum Failure: Error {
        case malformed
        case tooLarge
    }

    private static let zero = UInt8(ascii: "0")
    private static let exactPowers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
    private static let integerPowers: [UInt64] = (0...19).map { exponent in
        (0..<exponent).reduce(UInt64(1)) { power, _ in power * 10 }
    }

    /// Reads [+-] digits [. digits] [e [+-] digits], either side of the point but not both allowed
    /// to be empty, or `inf` with or without a sign: the double nearest to the decimal, ties to
    /// even.
    ///
    /// Three ways, from the common to the rare. Up to 2^53 and 10^±22, both are doubles and one
    /// rounded operation gives the nearest (W. D. Clinger, How to read floating point numbers
    /// accurately, PLDI 1990). Up to 19 digits over a power of ten up to 10^19, such as the
    /// shortest form of a double needs, an integer division gives 63 bits and a remainder. The
    /// standard library reads all others, of at most 400 characters.
    /// - Complexity: O(length).
    static func double(_ text: UnsafeBufferPointer<UInt8>) throws(Failure) -> Double {
        var index = 0
        var negative = false
        let count = text.count
        if count > 0, text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
            negative = text[0] == UInt8(ascii: "-")
            index = 1
        }
        var mantissa: UInt64 = 0
        var digits = 0
        let wholeStart = index
        while index < count, text[index] &- zero <= 9 {
            mantissa = mantissa &* 10 &+ UInt64(text[index] &- zero)
            index &+= 1
        }
        digits = index - wholeStart
        var exponent = 0
        if index < count, text[index] == UInt8(ascii: ".") {
            index &+= 1
            let fractionStart = index
            while index < count, text[index] &- zero <= 9 {
                mantissa = mantissa &* 10 &+ UInt64(text[index] &- zero)
                index &+= 1
            }
            exponent = fractionStart - index
            digits += index - fractionStart
        }
        guard digits > 0 else { return try infinity(text, from: wholeStart, negative: negative) }
        if index < count {
            guard let scientific = self.exponent(text, from: index) else { throw .malformed }
            exponent += scientific
        }
        if digits > 19, Self.significantDigits(text) > 19 { return try slow(text) }
        if let value = scaled(mantissa, exponent) { return negative ? -value : value }
        return try slow(text)
    }

    /// mantissa × 10^exponent, rounded once; nil where that takes more than a few operations.
    private static func scaled(_ mantissa: UInt64, _ exponent: Int) -> Double? {
        if mantissa <= 1 << 53 {
            if exponent == 0 { return Double(mantissa) }
            if exponent < 0, exponent >= -22 { return Double(mantissa) / exactPowers[-exponent] }
            if exponent > 0, exponent <= 22 { return Double(mantissa) * exactPowers[exponent] }
            return mantissa == 0 ? 0 : nil
        }
        guard exponent <= 0, exponent >= -19 else { return nil }
        if exponent == 0 { return Double(mantissa) }
        // Both normalised to 64 bits, the dividend halved so that the quotient fits: it has 63 or
        // 64 bits, far behind the 53 that stay, so the remainder only matters as "not zero".
        let divisor = integerPowers[-exponent]
        let up = mantissa.leadingZeroBitCount
        let down = divisor.leadingZeroBitCount
        let dividend = mantissa << UInt64(up)
        let (quotient, remainder) = (divisor << UInt64(down)).dividingFullWidth(
            (dividend >> 1, dividend << 63))
        let rounded = Double(quotient | (remainder == 0 ? 0 : 1))
        return rounded * Double(sign: .plus, exponent: down - up - 63, significand: 1)
    }

    private static func exponent(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var index = start
        guard text[index] | 0x20 == UInt8(ascii: "e") else { return nil }
        index += 1
        var negative = false
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+")
        {
            negative = text[index] == UInt8(ascii: "-")
            index += 1
        }
        guard index < text.count else { return nil }
        var value = 0
        while index < text.count {
            let digit = text[index] &- zero
            guard digit <= 9 else { return nil }
            value = min(value * 10 + Int(digit), 1_000_000)
            index += 1
        }
        return negative ? -value : value
    }

    /// The digits from the first that is not zero on.
    private static func significantDigits(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        var digits = 0
        for byte in text {
            if byte | 0x20 == UInt8(ascii: "e") { break }
            guard byte &- zero <= 9 else { continue }
            if digits > 0 || byte != zero { digits += 1 }
        }
        return digits
    }

    private static func infinity(
        _ text: UnsafeBufferPointer<UInt8>, from start: Int, negative: Bool
    ) throws(Failure) -> Double {
        guard text.count == start + 3, text[start] == UInt8(ascii: "i"),
            text[start + 1] == UInt8(ascii: "n"), text[start + 2] == UInt8(ascii: "f")
        else { throw .malformed }
        return negative ? -.infinity : .infinity
    }

    /// - Precondition: the text has been checked.
    private static func slow(_ text: UnsafeBufferPointer<UInt8>) throws(Failure) -> Double {
        guard text.count <= 400 else { throw .malformed }
        guard let value = Double(String(decoding: text, as: UTF8.self)) else { throw .malformed }
        guard value.isFinite else { throw .tooLarge }
        return value
    }

    /// Reads [+-] digits, and nothing but zeros behind a point.
    /// - Complexity: O(length), no allocation.
    static func integer(_ text: UnsafeBufferPointer<UInt8>) throws(Failure) -> Int64 {
        var index = 0
        var negative = false
        if text.count > 0, text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
            negative = text[0] == UInt8(ascii: "-")
            index = 1
        }
        let start = index
        var value: Int64 = 0
        var isTooLarge = false
        while index < text.count, text[index] &- zero <= 9 {
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(text[index] &- zero))
            isTooLarge = isTooLarge || over || carry
            value = sum
            index += 1
        }
        guard index > start else { throw .malformed }
        if index < text.count {
            guard text[index] == UInt8(ascii: ".") else { throw .malformed }
            while index + 1 < text.count {
                index += 1
                guard text[index] == zero else { throw .malformed }
            }
        }
        if isTooLarge { throw .tooLarge }
        return negative ? -value : value
    }

    /// Whether this is a word by which number columns say that a value is missing.
    static func isMissing(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard (2...4).contains(text.count) else { return text.isEmpty }
        return words.contains { word in
            word.count == text.count && (0..<word.count).allSatisfy { word[$0] == text[$0] }
        }
    }

    private static let words = ["NA", "N/A", "NaN", "nan", "null", "NULL", "None"].map {
        Array($0.utf8)
    }
}
