/// The distinct texts of a column, numbered from 0 in the order of their first appearance.
///
/// An open-addressing hash table over the bytes themselves: looking a text up makes no `String` and
/// allocates nothing, which is what reading a key column of a large log needs. The seed of the hash
/// is drawn once a process, so nobody can prepare a file whose keys all collide; codes depend on
/// the order of appearance alone, never on the hash.
public struct CategoryDictionary: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var hashes: [UInt64] = []
    private var slots: [Int32]

    private static let seed = UInt64.random(in: .min ... .max) | 1

    /// An empty dictionary.
    public init() {
        slots = Array(repeating: -1, count: 16)
    }

    /// The number of distinct texts.
    public var count: Int { ends.count }

    /// The text of a code.
    /// - Precondition: 0 ≤ code < count.
    public subscript(code: Int32) -> String {
        String(decoding: bytes[start(code)..<ends[Int(code)]], as: UTF8.self)
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
        hashes.append(hash)
        slots[slot] = code
        if ends.count * 2 > slots.count { grow() }
        return code
    }

    private func start(_ code: Int32) -> Int { code == 0 ? 0 : ends[Int(code) - 1] }

    private func find(
        _ text: UnsafeBufferPointer<UInt8>, hash: UInt64
    ) -> (found: Int32?, slot: Int) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let code = slots[slot]
            if code < 0 { return (nil, slot) }
            if hashes[Int(code)] == hash, equal(code, text) { return (code, slot) }
            slot = (slot + 1) & mask
        }
    }

    private func equal(_ code: Int32, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = start(code)
        guard ends[Int(code)] - start == text.count else { return false }
        return bytes.withUnsafeBufferPointer { own in
            for i in 0..<text.count where own[start + i] != text[i] { return false }
            return true
        }
    }

    private mutating func grow() {
        var larger = [Int32](repeating: -1, count: slots.count * 2)
        let mask = larger.count - 1
        for (code, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & mask
            while larger[slot] >= 0 { slot = (slot + 1) & mask }
            larger[slot] = Int32(code)
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
        while index < text.count {
            var word: UInt64 = 0
            let length = min(8, text.count - index)
            for i in 0..<length { word |= UInt64(text[index + i]) << UInt64(8 * i) }
            state = mix(state ^ word, multiplier)
            index += 8
        }
        return mix(state, seed)
    }
}
