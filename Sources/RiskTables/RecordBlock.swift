/// Bytes from `start` up to `end` of a block.
struct FieldRange {
    var start: UInt32
    var end: UInt32

    @inline(__always)
    init(_ start: Int, _ end: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.end = UInt32(truncatingIfNeeded: end)
    }

    var isEmpty: Bool { start == end }
    var range: Range<Int> { Int(start)..<Int(end) }
}

/// A record that has not the form of one.
struct MalformedRecord {
    enum Defect: Equatable {
        case fields(Int)
        case strayQuote
        case textBehindQuote
        case openQuote
        case json(String)
    }

    /// The number of well-formed records of the block before it.
    let row: Int
    let range: FieldRange
    let defect: Defect
}

/// A piece of a file, and where its records and their wanted fields lie.
///
/// The scanner fills it, on its own thread; the column builders read it. A block owns its memory
/// and is used again and again, so that reading takes two blocks of memory however long the file.
final class RecordBlock {
    /// Bytes behind the data that may be read, so that scanners can load whole words.
    static let padding = 16

    private(set) var bytes: UnsafeMutablePointer<UInt8>
    private(set) var capacity: Int
    /// How many bytes have been read into the block.
    var count = 0
    /// Where the first record begins (behind a header).
    var start = 0
    /// Where the records that the block holds in full end; what follows begins the next block.
    var consumed = 0
    /// Whether the file ends with this block.
    var isLast = false
    /// The line, from 1, of the block's first byte.
    var firstLine = 1
    /// The lines that end within the consumed bytes.
    var lineCount = 0
    /// Whether a byte of the consumed ones is zero or no ASCII, so that texts need a second look.
    var hasUnusualBytes = false
    /// How much of the file had been read when the block was full.
    var bytesRead = 0

    /// Well-formed records.
    var rowCount = 0
    private(set) var rowCapacity = 0
    private(set) var stride = 0
    private(set) var records: UnsafeMutablePointer<FieldRange>
    /// `rowCapacity` times `stride` ranges; a wanted field lies at row × stride + slot.
    private(set) var fields: UnsafeMutablePointer<FieldRange>
    var malformed: [MalformedRecord] = []
    /// For JSON Lines, whether a slot's key stood in some line.
    var seenKeys: [Bool] = []

    init(capacity: Int) {
        self.capacity = capacity
        bytes = .allocate(capacity: capacity + Self.padding)
        records = .allocate(capacity: 0)
        fields = .allocate(capacity: 0)
    }

    deinit {
        bytes.deallocate()
        records.deallocate()
        fields.deallocate()
    }

    /// Makes room for records of `stride` fields, one field to two bytes: enough in all but odd
    /// files; where it is not, the block ends early.
    ///
    /// The fields are empty until a scanner says otherwise, and those of an optional column that a
    /// CSV file lacks stay so.
    func prepare(stride: Int, chunkBytes: Int) {
        guard stride != self.stride else { return }
        self.stride = stride
        rowCapacity = max(16, chunkBytes / 2 / stride)
        records.deallocate()
        fields.deallocate()
        records = .allocate(capacity: rowCapacity)
        fields = .allocate(capacity: rowCapacity * stride)
        fields.initialize(repeating: FieldRange(0, 0), count: rowCapacity * stride)
    }

    /// Makes room for `capacity` bytes, keeping those read.
    func reserve(_ capacity: Int) {
        guard capacity > self.capacity else { return }
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + Self.padding)
        larger.update(from: bytes, count: count)
        bytes.deallocate()
        bytes = larger
        self.capacity = capacity
    }

    /// Forgets the records found, not the bytes.
    func clearRecords() {
        rowCount = 0
        malformed.removeAll(keepingCapacity: true)
        consumed = start
        // Spaces mean nothing to any scanner.
        for i in 0..<Self.padding { bytes[count + i] = UInt8(ascii: " ") }
    }

    /// The bytes of a range.
    func slice(_ range: FieldRange) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + Int(range.start), count: Int(range.end - range.start))
    }

    /// Counts the lines and looks for unusual bytes.
    /// - Complexity: O(consumed), eight bytes a step.
    func survey() {
        let end = consumed
        let words = UnsafeRawPointer(bytes)
        var unusual: UInt64 = 0
        var lines = 0
        var index = 0
        while index + 8 <= end {
            let word = words.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            lines &+= SWAR.matches(word, SWAR.newline).nonzeroBitCount
            unusual |= word | ((word &- SWAR.ones) & ~word)
            index += 8
        }
        while index < end {
            if bytes[index] == UInt8(ascii: "\n") { lines += 1 }
            if bytes[index] == 0 || bytes[index] >= 0x80 { unusual |= SWAR.highs }
            index += 1
        }
        lineCount = lines
        hasUnusualBytes = unusual & SWAR.highs != 0
    }
}

/// Eight bytes at a time in one word (SIMD within a register).
enum SWAR {
    static let ones: UInt64 = 0x0101_0101_0101_0101
    static let highs: UInt64 = 0x8080_8080_8080_8080
    static let newline = repeated(UInt8(ascii: "\n"))
    static let comma = repeated(UInt8(ascii: ","))
    static let quote = repeated(UInt8(ascii: "\""))

    static func repeated(_ byte: UInt8) -> UInt64 { UInt64(byte) &* ones }

    /// The high bit of each byte that equals the pattern's, exactly: the addition carries into the
    /// high bit wherever one of the seven lower bits differs, and never beyond its byte.
    @inline(__always)
    static func matches(_ word: UInt64, _ pattern: UInt64) -> UInt64 {
        let difference = word ^ pattern
        return ~(((difference & ~highs) &+ ~highs) | difference) & highs
    }
}
