/// Doubles with the fewest digits that read back as the same double, and of those the nearest.
extension NumberWriting {
    /// Whole numbers without a point, up to 2^53 without an exponent; all others as Swift writes
    /// them.
    ///
    /// Three ways, from the common to the rare, each to the same bytes as `Double.description`:
    ///
    /// 1. Up to four digits behind the point. No two decimals of at most 15 digits are the same
    ///    double, so one that reads back as the value is the shortest.
    /// 2. Between 1e-4 and 2^53, by whole numbers alone; see `shortest`.
    /// 3. By the standard library.
    @inline(__always)
    static func double(_ value: Double, at place: Place) -> Place {
        var place = place
        let size = value.magnitude
        guard size <= 0x1p53 else { return described(value, at: place) }
        // Conversions cut off what is behind the point; `rounded` would be a call into libm.
        let whole = Int64(size)
        if Double(whole) == size {
            if value.sign == .minus { place = byte("-", at: place) }
            return digits(UInt64(whole), at: place)
        }
        guard size >= 1e-4 else { return described(value, at: place) }
        if size < 1e11 {
            let scaled = Int64(size * 1e4 + 0.5)
            if Double(scaled) / 1e4 == size {
                if value.sign == .minus { place = byte("-", at: place) }
                return short(UInt64(scaled), at: place)
            }
        }
        guard let (digits, decimals) = shortest(size) else { return described(value, at: place) }
        if value.sign == .minus { place = byte("-", at: place) }
        return spread(digits, decimals, at: place)
    }

    @inline(never)
    private static func described(_ value: Double, at place: Place) -> Place {
        text(value.description, at: place)
    }

    /// `value` × 10^-4 without the zeros at its end.
    @inline(__always)
    private static func short(_ value: UInt64, at place: Place) -> Place {
        var value = value
        var decimals = 4
        if value % 100 == 0 {
            value /= 100
            decimals = 2
        }
        if value % 10 == 0 {
            value /= 10
            decimals -= 1
        }
        return point(value, behind: decimals, at: place)
    }

    /// digits × 10^-decimals, with a digit before the point at least.
    @inline(__always)
    private static func spread(_ digits: UInt64, _ decimals: Int, at place: Place) -> Place {
        if decimals <= 19 { return point(digits, behind: decimals, at: place) }
        var place = byte(".", at: byte("0", at: place))
        for _ in 19..<decimals { place = byte("0", at: place) }
        padded(digits, width: 19, at: place)
        return place + 19
    }

    /// The digits as a whole number that does not end with a zero, and how many of them stand behind
    /// the point; nil where a rule for ties would have to decide, or half an interval is narrower.
    ///
    /// R. Giulietti, *The Schubfach way to render doubles* (2020), in the range where no power of
    /// ten needs rounding. With c × 2^q the double, c of 53 bits, and 10^-j the largest power of ten
    /// not above 2^q, all decimals that read back as the double lie in (c ± 1/2) × 2^q. That is one
    /// to ten steps of 10^-j wide: at most one multiple of 10 × 10^-j lies in it, and if none does,
    /// one of the two multiples of 10^-j around the value.
    /// - Precondition: 1e-4 ≤ value < 2^53, and the value is not whole.
    /// - Returns: digits < 10^17; 1 ≤ decimals ≤ 20.
    @inline(__always)
    static func shortest(_ value: Double) -> (digits: UInt64, decimals: Int)? {
        let fraction = value.significandBitPattern
        if fraction == 0 { return nil }
        let c = fraction | 1 << 52
        let q = Int(value.exponentBitPattern) &- 1075  // -66 ... -1
        let j = 0 &- ((q &* 315_653) &>> 20)  // -floor(q log10 2), 1 ... 20
        let power = powersOfFive[j]
        // The value in steps, times 2^shift: 4 c 5^j, below 2^102.
        let shift = UInt64(truncatingIfNeeded: 2 &- q &- j)  // 2 ... 48
        let (high, low) = (c << 2).multipliedFullWidth(by: power)
        let below = high << (64 &- shift) | low >> shift
        let rest = low & ((1 << shift) &- 1)
        let reach = power << 1

        let tens = below / 10
        let ones = below &- tens &* 10
        let down = ones << shift &+ rest
        let up = (10 &- ones) << shift &- rest
        if down == reach || up == reach { return nil }
        if down < reach || up < reach {
            var digits = down < reach ? tens : tens &+ 1
            var decimals = j &- 1
            while decimals > 0 {
                let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: 10)
                if remainder != 0 { break }
                digits = quotient
                decimals &-= 1
            }
            return (digits, decimals)
        }
        let over = (1 << shift) &- rest
        if rest == over || rest == reach || over == reach { return nil }
        return (rest < over ? below : below &+ 1, j)
    }

    /// 5^0 … 5^20.
    private static let powersOfFive: [UInt64] = [
        1, 5, 25, 125, 625, 3_125, 15_625, 78_125, 390_625, 1_953_125, 9_765_625, 48_828_125,
        244_140_625, 1_220_703_125, 6_103_515_625, 30_517_578_125, 152_587_890_625,
        762_939_453_125, 3_814_697_265_625, 19_073_486_328_125, 95_367_431_640_625,
    ]
}
