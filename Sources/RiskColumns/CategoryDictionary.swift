/// The distinct texts of a column, numbered from 0 in the order of their first appearance.
///
/// An open-addressing hash table over the bytes themselves: looking a text up makes no `String` and
/// allocates nothing, which is what reading a key column of a large log needs. The seed of the hash
/// is drawn once a process, so nobody can prepare a file whose keys all collide; codes depend on
/// the order of appearance alone, never on the hash.
public struct CategoryDictionary: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    /// The first eight bytes of each text, zeros behind a shorter one: most keys are no longer, and
    /// for those nothing else needs to be compared.
    private var heads: [UInt64] = []
    private var hashes: [UInt64] = []
    /// The upper half of a text's hash and, in the lower half, its code plus 1; 0 where a slot is
    /// free. A look-up touches one slot and, where the halves agree, the text.
    private var slots: [UInt64]

    private static let seed = UInt64.random(in: .min ... .max) | 1

    /// An empty dictionary.
    public init() {
        slots = Array(repeating: 0, count: 16)
    }

    /// The number of distinct texts.
    public var count: Int { ends.count }

    /// The text of a code.
    /// - Precondition: 0 ≤ code < count.
    public subscript(code: Int32) -> String {
        String(decoding: bytes[start(code)..<ends[Int(code)]], as: UTF8.self)
    }

    /// Calls `body` with the UTF-8 bytes of a code's text, without making a `String`.
    /// - Precondition: 0 ≤ code < count.
    public func withUTF8<Result>(
        _ code: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        bytes.withUnsafeBufferPointer { bytes in
            body(UnsafeBufferPointer(rebasing: bytes[start(code)..<ends[Int(code)]]))
        }
    }

    /// Calls `body` with the UTF-8 bytes of all texts, one behind the other in the order of the codes,
    /// and with where each ends: for those who go through many codes.
    public func withAllUTF8<Result>(
        _ body: (_ bytes: UnsafeBufferPointer<UInt8>, _ ends: UnsafeBufferPointer<Int>) -> Result
    ) -> Result {
        bytes.withUnsafeBufferPointer { bytes in
            ends.withUnsafeBufferPointer { body(bytes, $0) }
        }
    }

    /// Every text, in the order of the codes.
    public var texts: [String] { (0..<Int32(count)).map { self[$0] } }

    /// The code of a text, nil where it has none yet.
    /// - Complexity: O(length), expected.
    public func code(of text: String) -> Int32? {
        var text = text
        return text.withUTF8 { find($0, hash: Self.hash($0)).found }
    }

    /// The code of a text, a new one where it has none yet.
    /// - Complexity: O(length), expected and amortised.
    public mutating func intern(_ text: String) -> Int32 {
        var text = text
        return text.withUTF8 { intern($0) }
    }

    /// The code of the text with these UTF-8 bytes, a new one where it has none yet.
    /// - Precondition: fewer than 2^31 - 1 distinct texts.
    /// - Complexity: O(length), expected and amortised.
    public mutating func intern(_ text: UnsafeBufferPointer<UInt8>) -> Int32 {
        let hash = Self.hash(text)
        let (found, slot) = find(text, hash: hash)
        if let found { return found }
        let code = Int32(ends.count)
        bytes.append(contentsOf: text)
        ends.append(bytes.count)
        heads.append(Self.word(text, 0))
        hashes.append(hash)
        slots[slot] = Self.entry(code, hash)
        if ends.count * 2 > slots.count { grow() }
        return code
    }

    private static func entry(_ code: Int32, _ hash: UInt64) -> UInt64 {
        hash & 0xFFFF_FFFF_0000_0000 | UInt64(code) + 1
    }

    private func start(_ code: Int32) -> Int { code == 0 ? 0 : ends[Int(code) - 1] }

    private func find(
        _ text: UnsafeBufferPointer<UInt8>, hash: UInt64
    ) -> (found: Int32?, slot: Int) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 { return (nil, slot) }
            if (entry ^ hash) >> 32 == 0 {
                let code = Int32(truncatingIfNeeded: entry & 0xFFFF_FFFF) - 1
                if equal(code, text) { return (code, slot) }
            }
            slot = (slot + 1) & mask
        }
    }

    private func equal(_ code: Int32, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = start(code)
        guard ends[Int(code)] - start == text.count, heads[Int(code)] == Self.word(text, 0) else {
            return false
        }
        guard text.count > 8 else { return true }
        return bytes.withUnsafeBufferPointer { own in
            for i in 8..<text.count where own[start + i] != text[i] { return false }
            return true
        }
    }

    private mutating func grow() {
        var larger = [UInt64](repeating: 0, count: slots.count * 2)
        let mask = larger.count - 1
        for (code, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & mask
            while larger[slot] != 0 { slot = (slot + 1) & mask }
            larger[slot] = Self.entry(Int32(code), hash)
        }
        slots = larger
    }

    /// Eight bytes a step, each folded in by a 64 × 64 → 128 bit product.
    private static func hash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
            let product = a.multipliedFullWidth(by: b)
            return product.high ^ product.low
        }
        let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15
        var state = seed ^ UInt64(truncatingIfNeeded: text.count)
        var index = 0
        repeat {
            state = mix(state ^ word(text, index), multiplier)
            index += 8
        } while index < text.count
        return mix(state, seed)
    }

    /// The eight bytes from an index on, zeros behind the end of the text.
    @inline(__always)
    private static func word(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> UInt64 {
        guard let base = text.baseAddress else { return 0 }
        let raw = UnsafeRawPointer(base + index)
        let rest = text.count - index
        if rest >= 8 { return UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self)) }
        if rest >= 4 {
            // Two halves that overlap where there are fewer than eight bytes.
            let low = UInt32(littleEndian: raw.loadUnaligned(as: UInt32.self))
            let high = UInt32(
                littleEndian: raw.loadUnaligned(fromByteOffset: rest - 4, as: UInt32.self))
            return UInt64(low) | UInt64(high) << UInt64(8 * (rest - 4))
        }
        guard rest > 0 else { return 0 }
        let first = UInt64(base[index])
        let middle = UInt64(base[index + rest / 2]) << UInt64(8 * (rest / 2))
        let last = UInt64(base[index + rest - 1]) << UInt64(8 * (rest - 1))
        return first | middle | last
    }
}
