/// The pseudo-random generator MT19937, seeded by one number: the numbers of NumPy's `RandomState(seed)`.
///
/// It is here for one purpose, to divide rows into the same folds as scikit-learn, so that figures can be
/// compared fold by fold; everything else draws from `SplitMix64`.
///
/// Matsumoto, Nishimura: *Mersenne Twister: a 623-dimensionally equidistributed uniform pseudo-random
/// number generator*, ACM TOMACS 8 (1998), doi:10.1145/272991.272995; seeding of 2002.
struct MersenneTwister {
    private static let size = 624
    private static let middle = 397

    private var state: [UInt32]
    private var place = size

    init(seed: UInt32) {
        state = [seed]
        for index in 1..<Self.size {
            let last = state[index - 1]
            state.append(1_812_433_253 &* (last ^ (last >> 30)) &+ UInt32(index))
        }
    }

    /// The next 32 bits.
    mutating func next() -> UInt32 {
        if place == Self.size { twist() }
        var word = state[place]
        place += 1
        word ^= word >> 11
        word ^= (word << 7) & 0x9d2c_5680
        word ^= (word << 15) & 0xefc6_0000
        return word ^ (word >> 18)
    }

    private mutating func twist() {
        for index in 0..<Self.size {
            let word =
                (state[index] & 0x8000_0000) | (state[(index + 1) % Self.size] & 0x7fff_ffff)
            let odd: UInt32 = word & 1 == 1 ? 0x9908_b0df : 0
            state[index] = state[(index + Self.middle) % Self.size] ^ (word >> 1) ^ odd
        }
        place = 0
    }

    /// A whole number in 0...most, by NumPy's masked rejection.
    mutating func upTo(_ most: UInt32) -> UInt32 {
        if most == 0 { return 0 }
        let mask = UInt32.max >> UInt32(most.leadingZeroBitCount)
        while true {
            let value = next() & mask
            if value <= most { return value }
        }
    }

    /// Brings values into a random order, as `RandomState.shuffle` does (Fisher and Yates).
    mutating func shuffle<Value>(_ values: inout [Value]) {
        for index in stride(from: values.count - 1, to: 0, by: -1) {
            values.swapAt(index, Int(upTo(UInt32(index))))
        }
    }
}
