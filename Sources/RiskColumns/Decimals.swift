/// Decimals as scaled integers: "12.30" at scale 2 is 1230.
public enum Decimals {
    /// 10^0 to 10^18.
    public static let powersOfTen: [Int64] = (0...18).map { exponent in
        (0..<exponent).reduce(Int64(1)) { power, _ in power * 10 }
    }

    /// The largest magnitude of a decimal, in its units: 10^15 - 1. Every such value is exact as a
    /// double too, and 2^77 of them add up in an Int128.
    public static let largest: Int64 = 999_999_999_999_999

    /// Why a text is no decimal of the scale.
    public enum Failure: Error, Equatable {
        /// Not of the form [+-] digits [. digits].
        case malformed
        /// More digits behind the point than the scale holds, other than zeros.
        case tooManyDigits
        /// Beyond `largest`.
        case tooLarge
    }

    /// Reads [+-] digits [. digits], either side of the point but not both allowed to be empty.
    /// - Parameters:
    ///   - scale: digits behind the point, 0...9.
    ///   - limit: the largest magnitude, in units, at most 9 × 10^17.
    ///   - rounding: whether digits that the scale does not hold are rounded to the nearest unit,
    ///     half a unit away from zero, instead of refused.
    /// - Complexity: O(length), no allocation.
    public static func parse(
        _ text: UnsafeBufferPointer<UInt8>, scale: Int, largest limit: Int64 = largest,
        rounding: Bool = false
    ) throws(Failure) -> Int64 {
        var index = 0
        var negative = false
        if text.count > 0, text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
            negative = text[0] == UInt8(ascii: "-")
            index = 1
        }
        var units: Int64 = 0
        var digits = 0
        var decimals = 0
        var seenPoint = false
        var roundsUp = false
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "."), !seenPoint {
                seenPoint = true
                continue
            }
            let digit = byte &- UInt8(ascii: "0")
            guard digit <= 9 else { throw .malformed }
            digits += 1
            if seenPoint {
                if decimals >= scale {
                    if digit != 0, !rounding { throw .tooManyDigits }
                    if decimals == scale { roundsUp = digit >= 5 }
                    decimals += 1
                    continue
                }
                decimals += 1
            }
            units = units * 10 + Int64(digit)
            if units > limit { throw .tooLarge }
        }
        guard digits > 0 else { throw .malformed }
        while decimals < scale {
            units *= 10
            if units > limit { throw .tooLarge }
            decimals += 1
        }
        if roundsUp {
            units += 1
            if units > limit { throw .tooLarge }
        }
        return negative ? -units : units
    }
}
