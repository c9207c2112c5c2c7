import CRiskKernels

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
    private var slots: [Slot]

    /// A place of the hash table. Most keys have sixteen bytes or fewer, as accounts, telephone numbers,
    /// IMEIs and IPv4 addresses do, and a look-up of one touches nothing but its slot.
    private struct Slot {
        /// The first sixteen bytes of the text, zeros behind a shorter one.
        var head: UInt64 = 0
        var next: UInt64 = 0
        /// From the top 24 bits of the text's hash, 8 of its length (255 for longer ones) and 32 of
        /// its code plus 1; 0 where the slot is free.
        var tag: UInt64 = 0
    }

    private static let seed = UInt64.random(in: .min ... .max) | 1

    /// An empty dictionary.
    public init() {
        slots = Array(repeating: Slot(), count: 16)
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
        Self.withUTF8(text) { text in find(Sought(text)) { equal($0, text) }.found }
    }

    /// The code of a text, a new one where it has none yet.
    /// - Complexity: O(length), expected and amortised.
    public mutating func intern(_ text: String) -> Int32 {
        Self.withUTF8(text) { intern($0) }
    }

    /// The code of the text with these UTF-8 bytes, a new one where it has none yet.
    /// - Precondition: fewer than 2^31 - 1 distinct texts.
    /// - Complexity: O(length), expected and amortised.
    public mutating func intern(_ text: UnsafeBufferPointer<UInt8>) -> Int32 {
        intern(text, Sought(text))
    }

    private mutating func intern(
        _ text: UnsafeBufferPointer<UInt8>, _ sought: Sought
    ) -> Int32 {
        let (found, slot) = find(sought) { equal($0, text) }
        return found ?? add(text, sought, at: slot)
    }

    /// What a text is looked up by.
    public struct Sought: Sendable {
        fileprivate let hash: UInt64
        /// The upper half of its slot's tag.
        fileprivate let tag: UInt64
        fileprivate let head: UInt64
        fileprivate let next: UInt64
        fileprivate let isWhole: Bool

        @inline(__always)
        fileprivate init(_ text: UnsafeBufferPointer<UInt8>) {
            hash = CategoryDictionary.hash(text)
            tag = CategoryDictionary.tag(hash, text.count)
            head = CategoryDictionary.word(text, 0)
            next = CategoryDictionary.word(text, 8)
            isWhole = text.count <= 16
        }
    }

    /// What a text is to be looked up by, for `code(of:)` and `intern(_:_:)`: memory is asked for the
    /// text's place meanwhile, so that who looks several texts up waits for all of them at once. It
    /// changes nothing; like `code(of:)` it is mutating because a call by value copies the dictionary out
    /// of what holds it.
    /// - Complexity: O(length).
    public mutating func prepare(_ text: String) -> Sought {
        let sought = Self.withUTF8(text) { Sought($0) }
        slots.withUnsafeBufferPointer { slots in
            let place = Int(truncatingIfNeeded: sought.hash) & (slots.count &- 1)
            rk_prefetch_read(slots.baseAddress.unsafelyUnwrapped + place)
        }
        return sought
    }

    /// The code of a text of up to sixteen bytes; nil where it has none yet, or is longer.
    /// - Parameter sought: what `prepare(_:)` of a dictionary answered.
    /// - Complexity: O(1), expected.
    public mutating func code(of sought: Sought) -> Int32? {
        sought.isWhole ? find(sought) { _ in true }.found : nil
    }

    /// The code of a text, a new one where it has none yet.
    /// - Parameter sought: what `prepare(_:)` answered for the text.
    /// - Complexity: O(length), expected and amortised.
    public mutating func intern(_ text: String, _ sought: Sought) -> Int32 {
        Self.withUTF8(text) { intern($0, sought) }
    }

    /// The bytes of a text, without a copy of it that could be made contiguous first.
    @inline(__always)
    private static func withUTF8<Result>(
        _ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        if let result = text.utf8.withContiguousStorageIfAvailable(body) { return result }
        var copy = text
        return copy.withUTF8(body)
    }

    private mutating func add(
        _ text: UnsafeBufferPointer<UInt8>, _ sought: Sought, at slot: Int
    ) -> Int32 {
        let code = Int32(ends.count)
        bytes.append(contentsOf: text)
        ends.append(bytes.count)
        hashes.append(sought.hash)
        slots[slot] = Slot(
            head: sought.head, next: sought.next, tag: sought.tag | UInt64(code) + 1)
        if ends.count * 2 > slots.count { grow() }
        return code
    }

    /// The upper half of a slot's tag.
    @inline(__always)
    private static func tag(_ hash: UInt64, _ count: Int) -> UInt64 {
        hash & 0xFFFF_FF00_0000_0000 | UInt64(truncatingIfNeeded: min(count, 255)) << 32
    }

    private func start(_ code: Int32) -> Int { code == 0 ? 0 : ends[Int(code) - 1] }

    /// - Parameter isEqual: whether the text of a code, longer than sixteen bytes, is the one sought.
    @inline(__always)
    private func find(
        _ sought: Sought, isEqual: (Int32) -> Bool
    ) -> (found: Int32?, slot: Int) {
        slots.withUnsafeBufferPointer { slots in
            let mask = slots.count &- 1
            var index = Int(truncatingIfNeeded: sought.hash) & mask
            while true {
                let slot = slots[index]
                if slot.tag == 0 { return (nil, index) }
                if (slot.tag ^ sought.tag) >> 32 == 0, slot.head == sought.head,
                    slot.next == sought.next
                {
                    let code = Int32(truncatingIfNeeded: slot.tag & 0xFFFF_FFFF) - 1
                    if sought.isWhole || isEqual(code) { return (code, index) }
                }
                index = (index &+ 1) & mask
            }
        }
    }

    private func equal(_ code: Int32, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = start(code)
        guard ends[Int(code)] - start == text.count else { return false }
        return bytes.withUnsafeBufferPointer { own in
            for i in 16..<text.count where own[start + i] != text[i] { return false }
            return true
        }
    }

    private mutating func grow() {
        var larger = [Slot](repeating: Slot(), count: slots.count * 2)
        let mask = larger.count - 1
        for slot in slots where slot.tag != 0 {
            let hash = hashes[Int(truncatingIfNeeded: slot.tag & 0xFFFF_FFFF) - 1]
            var index = Int(truncatingIfNeeded: hash) & mask
            while larger[index].tag != 0 { index = (index + 1) & mask }
            larger[index] = slot
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
        guard let base = text.baseAddress, index < text.count else { return 0 }
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
