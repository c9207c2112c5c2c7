#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Cuts a file into pieces of whole records, without looking at what is in them.
///
/// Cutting goes at the pace of memory, so that one thread cuts for many which take apart. Where a record
/// ends, only quotes can hide: they are gone through from one to the next by the rules of `CSVScanner`,
/// so that both always agree. Where the pieces begin and end depends on the file's bytes alone.
final class PieceCutter {
    /// Large enough that a piece's work outweighs handing it on, small enough to stay in the second-level
    /// cache with its columns.
    static let pieceBytes = 256 << 10

    private let filler: BlockFiller
    private let format: TableFormat
    /// What has been read behind the last piece.
    private var rest: [UInt8]
    private var hasEnded: Bool

    /// - Parameters:
    ///   - block: what was read to find the header.
    ///   - start: where the first record begins in it.
    init(filler: BlockFiller, format: TableFormat, after block: RecordBlock, start: Int) {
        self.filler = filler
        self.format = format
        rest = Array(UnsafeBufferPointer(start: block.bytes + start, count: block.count - start))
        hasEnded = block.isLast
    }

    /// Reads the next piece into a block: `count` bytes that end with a whole record.
    /// - Returns: false at the end of the file.
    /// - Throws: `TableError`, lines counted from the piece's first as 1.
    func cut(_ block: RecordBlock) throws(TableError) -> Bool {
        if hasEnded, rest.isEmpty { return false }
        block.count = 0
        block.start = 0
        block.firstLine = 1
        block.isLast = hasEnded
        block.reserve(rest.count + filler.chunkBytes)
        rest.withUnsafeBufferPointer { rest in
            if let first = rest.baseAddress { block.bytes.update(from: first, count: rest.count) }
        }
        block.count = rest.count
        if !hasEnded { try filler.read(into: block, atMost: filler.chunkBytes) }
        var end = recordsEnd(block)
        while end == 0, !block.isLast {
            try filler.extend(block, recordStart: 0)
            end = recordsEnd(block)
        }
        hasEnded = block.isLast
        if block.isLast { end = block.count }
        rest.removeAll(keepingCapacity: true)
        rest.append(
            contentsOf: UnsafeBufferPointer(start: block.bytes + end, count: block.count - end))
        block.count = end
        return end > 0
    }

    /// Where the last record ends whose line's end is there; 0 where there is none.
    private func recordsEnd(_ block: RecordBlock) -> Int {
        let bytes = UnsafePointer(block.bytes)
        guard format == .csv else { return Self.behindLast(0x0A, bytes, 0, block.count) ?? 0 }
        var end = 0
        var index = 0
        while let quote = Self.first(0x22, bytes, index, block.count) {
            let begins =
                quote == 0 || bytes[quote - 1] == UInt8(ascii: ",")
                || bytes[quote - 1] == UInt8(ascii: "\n")
            end = Self.behindLast(0x0A, bytes, index, quote) ?? end
            if !begins {
                index = quote + 1
                continue
            }
            guard let closing = Self.closingQuote(bytes, quote + 1, block.count) else { return end }
            index = closing + 1
        }
        return Self.behindLast(0x0A, bytes, index, block.count) ?? end
    }

    /// The quote that ends a field; two in a row are one of the text.
    private static func closingQuote(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int)
        -> Int?
    {
        var index = start
        while let quote = first(0x22, bytes, index, end) {
            guard quote + 1 < end, bytes[quote + 1] == 0x22 else { return quote }
            index = quote + 2
        }
        return nil
    }

    private static func first(
        _ byte: Int32, _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int
    ) -> Int? {
        guard start < end, let found = memchr(bytes + start, byte, end - start) else { return nil }
        return bytes.distance(to: UnsafePointer(found.assumingMemoryBound(to: UInt8.self)))
    }

    /// Backwards by hand: not every system has `memrchr`, and a line's end is near.
    private static func behindLast(
        _ byte: UInt8, _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int
    ) -> Int? {
        var index = end
        while index > start {
            index -= 1
            if bytes[index] == byte { return index + 1 }
        }
        return nil
    }
}
