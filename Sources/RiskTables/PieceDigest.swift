/// 128 bits by which bytes are recognised again, at the pace of memory: against accidents and edits, not
/// against somebody who wants another file to have the same.
///
/// Four lanes, each folding eight bytes in by a product of 64 × 64 → 128 bits; on every machine the same.
public struct PieceDigest: Equatable, Sendable {
    private var high: UInt64
    private var low: UInt64

    private static let multipliers: [UInt64] = [
        0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
    ]

    /// The digest of nothing.
    public init() {
        high = 0x243F_6A88_85A3_08D3
        low = 0x1319_8A2E_0370_7344
    }

    /// The digest of some bytes.
    /// - Complexity: O(bytes).
    public init(_ bytes: UnsafeRawBufferPointer) {
        self.init()
        guard let base = bytes.baseAddress else { return }
        let (m0, m1) = (Self.multipliers[0], Self.multipliers[1])
        let (m2, m3) = (Self.multipliers[2], Self.multipliers[3])
        var (a, b, c, d) = (high, low, ~high, ~low)
        var index = 0
        func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        while index + 32 <= bytes.count {
            a = Self.fold(a ^ word(index), m0) &+ a
            b = Self.fold(b ^ word(index + 8), m1) &+ b
            c = Self.fold(c ^ word(index + 16), m2) &+ c
            d = Self.fold(d ^ word(index + 24), m3) &+ d
            index += 32
        }
        while index < bytes.count {
            a = Self.fold(a ^ UInt64(bytes[index]) ^ m3, m1) &+ b
            (b, c, d) = (c, d, a)
            index += 1
        }
        add(a)
        add(b)
        add(c)
        add(d)
        add(UInt64(bytes.count))
    }

    /// Goes on with another one: a chain depends on all its links and on their order.
    public mutating func add(_ other: PieceDigest) {
        add(other.high)
        add(other.low)
    }

    private mutating func add(_ word: UInt64) {
        high = Self.fold(high ^ word, Self.multipliers[0]) &+ low
        low = Self.fold(low ^ ~word, Self.multipliers[2]) &+ high
    }

    @inline(__always)
    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    /// 32 hexadecimal digits.
    public var hexadecimal: String {
        [high, low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Reads what `hexadecimal` wrote.
    public init?(hexadecimal text: String) {
        guard text.utf8.count == 32, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }),
            let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.high = high
        self.low = low
    }
}
