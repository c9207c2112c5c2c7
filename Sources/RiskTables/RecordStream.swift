#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif
import RiskColumns

/// Reads JSON Lines as they arrive, each a record of one of several kinds; a member names the kind.
///
/// Unlike `TableReader`, it hands on what there is as soon as it is there, and says beforehand whether
/// there is anything: a service can answer before it waits. Values are read as in a table, with the same
/// messages; members that no column asks for are checked to be JSON and passed over.
///
/// Lines count from 1, empty ones too. A file may be gzip data, a pipe not. Used by one thread.
public final class RecordStream {
    /// What the records of a kind have.
    public struct Kind: Sendable {
        /// What the member says.
        public let name: String
        /// The members that are read, by distinct names.
        public let columns: [ColumnRequest]
        /// What a record must satisfy beyond its values being of their types.
        public let rules: [RowRule]

        /// Makes a kind.
        public init(name: String, columns: [ColumnRequest], rules: [RowRule]) {
            self.name = name
            self.columns = columns
            self.rules = rules
        }
    }

    /// What came of waiting.
    public enum Arrival {
        /// Lines, at least one.
        case lines(RecordLines)
        /// All the lines that were to be skipped; this is the last one.
        case skipped([UInt8])
        /// Nothing within the time.
        case silence
        /// The other descriptor can be read.
        case wakened
        /// Nothing more will come.
        case end
    }

    /// The path as the caller gave it.
    public let path: String
    /// The lines so far, those skipped included.
    public private(set) var lineCount = 0

    private enum Source {
        case pipe(InputFile)
        case file(ByteSource)
    }

    private let source: Source
    private let block: RecordBlock
    private let reading: RecordReading
    private let lineLimit: Int
    private let chunkBytes: Int
    private var toSkip = 0
    /// Whether the block has a whole line that has not been handed on.
    private var hasLine = false

    /// Opens a stream.
    /// - Parameters:
    ///   - path: the file, or "-" for standard input.
    ///   - kindMember: the member that names a record's kind; where there is one kind, it may lack.
    ///   - ignoresOthers: whether records of other kinds are passed over, and are not bad.
    ///   - naiveTime: as in `TableReader`.
    ///   - skipping: how many lines are passed over first.
    /// - Throws: `.noInput`; `.badData` for gzip data that is none.
    public convenience init(
        path: String, kindMember: String, kinds: [Kind], ignoresOthers: Bool = false,
        skipping: Int = 0, naiveTime: @escaping @Sendable (Int64) -> Int64 = { $0 }
    ) throws(TableError) {
        try self.init(
            path: path, kindMember: kindMember, kinds: kinds, ignoresOthers: ignoresOthers,
            skipping: skipping, naiveTime: naiveTime, chunkBytes: 256 << 10,
            lineLimit: TableReader.recordLimit)
    }

    /// As above, with the size of the pieces in which the file is read, for tests.
    package init(
        path: String, kindMember: String, kinds: [Kind], ignoresOthers: Bool, skipping: Int,
        naiveTime: @escaping @Sendable (Int64) -> Int64, chunkBytes: Int, lineLimit: Int
    ) throws(TableError) {
        self.path = path
        self.lineLimit = lineLimit
        self.chunkBytes = chunkBytes
        toSkip = skipping
        let file = try InputFile(path: path)
        source = file.totalBytes == nil ? .pipe(file) : .file(try ByteSource(path: path))
        block = RecordBlock(capacity: chunkBytes)
        reading = RecordReading(
            kindMember: kindMember, kinds: kinds, ignoresOthers: ignoresOthers,
            naiveTime: naiveTime)
        block.prepare(stride: reading.scanner.stride, chunkBytes: chunkBytes)
    }

    /// Whether `next` would not wait.
    public var isReady: Bool { hasLine || block.isLast || poll(milliseconds: 0) == .ready }

    /// The next lines: all that are there, and at least one.
    /// - Parameters:
    ///   - milliseconds: how long to wait for more bytes at most; negative: for ever.
    ///   - descriptor: another one that ends the waiting, looked at before the stream; -1: none.
    /// - Throws: `TableError` where the file cannot be read, or a line is too long.
    public func next(
        within milliseconds: Int32 = -1, or descriptor: Int32 = -1
    ) throws(TableError) -> Arrival {
        repeat {
            while !hasLine && !block.isLast {
                switch poll(milliseconds: milliseconds, or: descriptor) {
                case .silent: return .silence
                case .wakened: return .wakened
                case .ready: try fill()
                }
            }
            if toSkip > 0, let last = skip() { return .skipped(last) }
        } while toSkip > 0 && !block.isLast
        guard block.consumed < block.count else { return .end }
        block.start = block.consumed
        if lineCount == 0, beginsWithMark { block.start += 3 }
        let begin = block.consumed
        block.clearRecords()
        reading.scanner.scan(block)
        let lines = reading.lines(block, from: begin, line: lineCount + 1)
        lineCount = lines.last.number
        hasLine = endOfLine(from: block.consumed) != nil
        return .lines(lines)
    }

    /// The members that no line had so far, though records of their kinds came: misspelt, perhaps.
    public var absentMembers: [String] { reading.absent }

    /// The bytes of a line, without its end; until `next` is called.
    public func bytes(of line: RecordLines.Line) -> [UInt8] {
        Array(UnsafeBufferPointer(rebasing: all[line.range]))
    }

    /// What is said of a line that is not as it should be, as readers of tables say it.
    public func error(_ row: TableError.BadRow) -> TableError {
        TableError(file: path, badRows: [row], isComplete: true)
    }

    // MARK: Bytes

    private var all: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: block.bytes, count: block.count)
    }

    private var beginsWithMark: Bool { all.starts(with: [0xEF, 0xBB, 0xBF]) }

    /// The place of the next newline.
    private func endOfLine(from start: Int) -> Int? {
        guard start < block.count,
            let found = memchr(block.bytes + start, 0x0A, block.count - start)
        else { return nil }
        return block.bytes.distance(to: found.assumingMemoryBound(to: UInt8.self))
    }

    /// Reads once, behind what is left.
    private func fill() throws(TableError) {
        let rest = block.count - block.consumed
        if block.consumed > 0 {
            UnsafeMutableRawPointer(block.bytes).copyMemory(
                from: block.bytes + block.consumed, byteCount: rest)
            block.count = rest
            block.consumed = 0
        }
        if block.count == block.capacity {
            guard block.count < lineLimit else {
                throw TableError(
                    .badData, file: path, line: lineCount + 1,
                    "the line that begins here is longer than \(lineLimit) bytes; is this another "
                        + "kind of file?")
            }
            block.reserve(min(2 * block.capacity, max(lineLimit, chunkBytes)))
        }
        let space = UnsafeMutableRawBufferPointer(
            start: block.bytes + block.count, count: block.capacity - block.count)
        let count =
            switch source {
            case .pipe(let file): try file.read(into: space)
            case .file(let file): try file.read(into: space)
            }
        let end = block.count
        block.count += count
        if count == 0 { block.isLast = true }
        hasLine = endOfLine(from: end) != nil
    }

    /// Passes over lines that are there.
    /// - Returns: the last one, where no more are to be skipped.
    private func skip() -> [UInt8]? {
        while let end = endOfLine(from: block.consumed) ?? (block.isLast ? block.count : nil),
            block.consumed < block.count
        {
            let line = block.consumed..<end
            block.consumed = min(end + 1, block.count)
            lineCount += 1
            toSkip -= 1
            if toSkip == 0 {
                hasLine = endOfLine(from: block.consumed) != nil
                return Array(UnsafeBufferPointer(rebasing: all[line]))
            }
        }
        hasLine = false
        return nil
    }

    // MARK: Waiting

    private enum Readiness {
        case ready, silent, wakened
    }

    /// Files are always ready; so is a pipe that was closed, whose end is then read.
    private func poll(milliseconds: Int32, or descriptor: Int32 = -1) -> Readiness {
        var input: Int32 = -1
        if case .pipe(let file) = source { input = file.descriptor }
        // A negative descriptor is passed over.
        var waits = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: input, events: Int16(POLLIN), revents: 0),
        ]
        let time = input < 0 ? 0 : milliseconds
        #if canImport(Glibc)
            let count = Glibc.poll(&waits, 2, time)
        #elseif canImport(Musl)
            let count = Musl.poll(&waits, 2, time)
        #else
            let count = Darwin.poll(&waits, 2, time)
        #endif
        if count > 0, waits[0].revents != 0 { return .wakened }
        if input < 0 || (count > 0 && waits[1].revents != 0) { return .ready }
        // Interrupted is silence: whoever waits asks again.
        return .silent
    }
}
