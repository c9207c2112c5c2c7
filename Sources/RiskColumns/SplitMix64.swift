/// The pseudo-random generator SplitMix64: the same numbers for the same seed on every machine.
///
/// A counter with a fixed odd increment, put through a mixing function that is a bijection of 64
/// bits, so each of the 2^64 numbers comes once in a period. It is fast, has one word of state, and
/// every seed is a good one. Not for secrets.
///
/// Steele, Lea, Flood: *Fast splittable pseudorandom number generators*, OOPSLA 2014,
/// doi:10.1145/2660193.2660195.
public struct SplitMix64: RandomNumberGenerator, Equatable, Sendable {
    /// The counter.
    public private(set) var state: UInt64

    /// A generator that starts from a seed.
    public init(seed: UInt64) { self.state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= Self.increment
        return Self.mix(state)
    }

    /// A whole number in 0..<bound, each as likely as the other but for a bias below bound × 2^-64.
    ///
    /// The high word of a product: one draw, no rejection, so the number of draws never depends on
    /// what is drawn. The standard library's own method is free to change between versions.
    /// - Precondition: bound > 0.
    public mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0)
        return Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A generator whose numbers have nothing to do with this one's, chosen by a number: the same
    /// parent and number give the same child. The parent does not move.
    public func child(_ number: UInt64) -> SplitMix64 {
        SplitMix64(seed: Self.mix(state ^ Self.mix(number &+ Self.increment)))
    }

    /// 2^64 divided by the golden ratio, made odd.
    private static let increment: UInt64 = 0x9e37_79b9_7f4a_7c15

    /// Stafford's variant 13 of MurmurHash3's finaliser.
    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
