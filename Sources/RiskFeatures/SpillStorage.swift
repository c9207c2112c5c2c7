/// Where events and values wait that do not fit in memory: files that nobody else sees.
///
/// The module knows no file system; who calls it brings one.
public protocol SpillStorage {
    /// An empty file, gone when the last reference to it is.
    func makeFile() throws -> any SpillFile
}

/// Bytes that are written once, behind one another, and read anywhere.
public protocol SpillFile: AnyObject {
    /// Adds bytes behind those that are there.
    func append(_ bytes: UnsafeRawBufferPointer) throws
    /// Fills a buffer with the bytes from an offset on, all of which were written.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws
}

/// Neighbouring bytes of a file: blocks of words, packed.
struct SpilledSegment {
    var start: Int
    var count: Int
}

/// A file of 64-bit words in packed blocks.
final class SpilledWords {
    private let file: any SpillFile
    private let isOfValues: Bool
    private var bytes = 0
    private var packed = PackedWords()

    /// - Parameter isOfValues: whether all words of a record but its first are bits of doubles.
    init(_ storage: any SpillStorage, isOfValues: Bool = false) throws {
        file = try storage.makeFile()
        self.isOfValues = isOfValues
    }

    /// Words of a block, at most.
    static let blockWords = 1 << 15

    /// Adds a block of whole records.
    /// - Parameter stride: the words of a record; where records differ, those of most.
    func append(
        _ words: UnsafePointer<Int64>, _ count: Int, stride: Int
    ) throws -> SpilledSegment {
        packed.pack(words, count, stride: stride, isOfValues: isOfValues)
        try packed.withBytes { try file.append($0) }
        defer { bytes += packed.count }
        return SpilledSegment(start: bytes, count: packed.count)
    }

    /// Unpacks the block at a place.
    /// - Returns: its bytes in the file.
    func read(at start: Int, into block: inout UnpackedWords) throws -> Int {
        try block.read(isOfValues: isOfValues) { offset, buffer in
            try file.read(at: start + offset, into: buffer)
        }
    }
}

/// A list of segments in which neighbours are one.
extension [SpilledSegment] {
    mutating func add(_ segment: SpilledSegment) {
        if let last, last.start + last.count == segment.start {
            self[count - 1].count += segment.count
        } else {
            append(segment)
        }
    }
}

/// Gathers the words of records until they are worth a write.
final class SpillBuffer {
    private let words: SpilledWords
    private var buffer: UnsafeMutablePointer<Int64>?
    private let capacity: Int
    private let stride: Int
    private var used = 0
    /// What was written so far, in order.
    private(set) var segments: [SpilledSegment] = []

    /// - Parameters:
    ///   - capacity: in words, at most `SpilledWords.blockWords`; no record is larger.
    ///   - stride: the words of most records.
    init(_ words: SpilledWords, capacity: Int, stride: Int) {
        self.words = words
        self.capacity = capacity
        self.stride = stride
    }

    deinit { buffer?.deallocate() }

    /// Room for the words of a record, all of which are then set.
    @inline(__always)
    func room(_ count: Int) throws -> UnsafeMutablePointer<Int64> {
        if used + count > capacity { try flush() }
        defer { used += count }
        if let buffer { return buffer + used }
        let fresh = UnsafeMutablePointer<Int64>.allocate(capacity: capacity)
        buffer = fresh
        return fresh + used
    }

    /// Writes what is left, and gives the memory back.
    func finish() throws {
        try flush()
        buffer?.deallocate()
        buffer = nil
    }

    private func flush() throws {
        guard used > 0, let buffer else { return }
        segments.add(try words.append(buffer, used, stride: stride))
        used = 0
    }
}

/// Reads the records of segments one after another.
final class SpillReader {
    private let words: SpilledWords
    private var segments: [SpilledSegment]
    private var next = 0
    private var block = UnpackedWords()
    private var place = 0
    private var end = 0

    init(_ words: SpilledWords, _ segments: [SpilledSegment]) {
        self.words = words
        self.segments = segments
    }

    deinit { block.deallocate() }

    /// The next words of a record, which stay where they are until the next record is asked for; nil
    /// at the end.
    @inline(__always)
    func peek(_ count: Int) throws -> UnsafePointer<Int64>? {
        if place == end, try !fill() { return nil }
        return UnsafePointer(block.words + place)
    }

    @inline(__always)
    func advance(_ count: Int) { place += count }

    private func fill() throws -> Bool {
        guard next < segments.count else { return false }
        let bytes = try words.read(at: segments[next].start, into: &block)
        (place, end) = (0, block.count)
        segments[next].start += bytes
        segments[next].count -= bytes
        if segments[next].count == 0 { next += 1 }
        return true
    }
}
