/// A block of records of 64-bit words with most of their zero bytes left out.
///
/// A whole number becomes its difference from the same word of the record before, of which small ones of
/// either sign have few bytes; a double's bits are taken from their other end, where counts and other short
/// fractions have zeros. Then each word is its lower bytes, and how many those are stands in four bits.
///
///     words: UInt32, bytes: UInt32, lengths: a half byte a word, bytes
struct PackedWords {
    static let headBytes = 8

    private var bytes: [UInt8] = []
    private(set) var count = 0

    func withBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    mutating func pack(
        _ words: UnsafePointer<Int64>, _ count: Int, stride: Int, isOfValues: Bool
    ) {
        let lengthBytes = (count + 1) / 2
        // Words are stored whole and then written over: the last needs room for eight bytes.
        let most = Self.headBytes + 4 + lengthBytes + count * 8 + 8
        if bytes.count < most { bytes = Array(repeating: 0, count: most) }
        self.count = bytes.withUnsafeMutableBytes { bytes in
            let base = bytes.baseAddress!
            let lengths = base + Self.headBytes + 4
            lengths.initializeMemory(as: UInt8.self, repeating: 0, count: lengthBytes)
            var end = lengths + lengthBytes
            var phase = 0
            for index in 0..<count {
                let word: UInt64
                if isOfValues && phase != 0 {
                    word = UInt64(bitPattern: words[index]).byteSwapped
                } else {
                    let before = index < stride ? 0 : words[index - stride]
                    let change = words[index] &- before
                    word = UInt64(bitPattern: change << 1 ^ change >> 63)
                }
                phase = phase + 1 == stride ? 0 : phase + 1
                let length = (71 - word.leadingZeroBitCount) >> 3
                end.storeBytes(of: word.littleEndian, as: UInt64.self)
                end += length
                let place = lengths + index >> 1
                let both = place.load(as: UInt8.self)
                place.storeBytes(
                    of: both | UInt8(truncatingIfNeeded: length << ((index & 1) * 4)),
                    as: UInt8.self)
            }
            let total = end - base
            base.storeBytes(of: UInt32(count), as: UInt32.self)
            base.storeBytes(of: UInt32(total - Self.headBytes), toByteOffset: 4, as: UInt32.self)
            base.storeBytes(of: UInt32(stride), toByteOffset: 8, as: UInt32.self)
            return total
        }
    }
}

/// A block as it was before it was packed.
struct UnpackedWords {
    private(set) var words = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
    private(set) var count = 0
    private var capacity = 1
    private var bytes: [UInt8] = []

    func deallocate() { words.deallocate() }

    /// Unpacks what is read: first the block's head, then the rest.
    /// - Returns: the block's bytes.
    mutating func read(
        isOfValues: Bool, _ fill: (_ offset: Int, UnsafeMutableRawBufferPointer) throws -> Void
    ) throws -> Int {
        var head: (UInt32, UInt32) = (0, 0)
        try withUnsafeMutableBytes(of: &head) { try fill(0, $0) }
        let (count, size) = (Int(head.0), Int(head.1))
        if bytes.count < size + 8 { bytes = Array(repeating: 0, count: size + size / 4 + 8) }
        try bytes.withUnsafeMutableBytes { bytes in
            try fill(
                PackedWords.headBytes,
                UnsafeMutableRawBufferPointer(rebasing: bytes[..<size]))
        }
        if capacity < count {
            words.deallocate()
            capacity = count
            words = .allocate(capacity: count)
        }
        self.count = count
        unpack(isOfValues)
        return PackedWords.headBytes + size
    }

    private func unpack(_ isOfValues: Bool) {
        let words = words
        bytes.withUnsafeBytes { bytes in
            let base = bytes.baseAddress!
            let stride = Int(base.loadUnaligned(as: UInt32.self))
            let lengths = base + 4
            var next = lengths + (count + 1) / 2
            var phase = 0
            for index in 0..<count {
                let both = (lengths + index >> 1).load(as: UInt8.self)
                let length = Int(both >> UInt8(truncatingIfNeeded: (index & 1) * 4)) & 15
                let all = UInt64(littleEndian: next.loadUnaligned(as: UInt64.self))
                let word = length == 0 ? 0 : all & (UInt64.max >> UInt64(64 - length * 8))
                next += length
                if isOfValues && phase != 0 {
                    words[index] = Int64(bitPattern: word.byteSwapped)
                } else {
                    let change = Int64(bitPattern: word >> 1) ^ -Int64(bitPattern: word & 1)
                    words[index] = change &+ (index < stride ? 0 : words[index - stride])
                }
                phase = phase + 1 == stride ? 0 : phase + 1
            }
        }
    }
}
