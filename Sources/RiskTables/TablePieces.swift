import RiskColumns

/// Reads a CSV or JSON Lines file in pieces that several threads take apart and work on at once, and hands
/// on what they made in the order of the file.
///
/// ```swift
/// let pieces = try TablePieces(path: "base.csv", requests: .columns([ColumnRequest("amount", .number)]))
/// try pieces.run(threads: 8) { table, piece, spare in
///     sum(table)                      // on any thread
/// } take: { sum, progress in
///     total += sum                    // in the order of the file, one at a time
/// }
/// ```
///
/// Where `TableReader` gives batches of rows to one thread, which spreads each of its steps over the
/// cores, here a piece goes all its way on one core, so that its bytes stay in that core's cache and no
/// core waits for a step to end. Values, messages and rejected rows are those of `TableReader`. The pieces,
/// about a quarter of a megabyte each, depend on the file alone and not on the threads; memory is that of
/// some more pieces than threads, whatever the file's length.
public final class TablePieces {
    /// The path as the caller gave it.
    public let path: String
    /// The form of the file.
    public let format: TableFormat
    /// The names in the header; of JSON Lines, the keys of the first line.
    public let header: [String]
    /// The columns that are read, in the order of the tables.
    public let requests: [ColumnRequest]
    /// The length of the file as it lies on the disk; nil for a pipe.
    public let totalBytes: Int?

    /// How far a run has come.
    public struct Progress: Sendable {
        /// The pieces so far, this one included.
        public var pieces = 0
        /// Whether the piece was passed over.
        public var isSkipped = false
        /// How much of the file, inflated and behind the header, the pieces so far take up.
        public var position = 0
        /// How much of the file as it lies on the disk had been read when this piece had been.
        public var bytesRead = 0
        /// The lines so far, the header's included.
        public var lines = 0
        /// Of all pieces so far, where `run` was asked for it.
        public var digest = PieceDigest()

        /// At the beginning of a file.
        public init() {}
    }

    private let cutter: PieceCutter
    private let plan: TablePlan
    private let headerLines: Int

    /// Opens a file and reads its header.
    /// - Parameters:
    ///   - path: the file, or "-" for standard input. Gzip data is inflated.
    ///   - format: the form; where it is nil, what the path's ending says.
    ///   - requests: the columns wanted, none of them a category: its codes would differ by piece.
    ///   - notesAll: whether all rows that do not parse are wanted, or the first ten.
    /// - Throws: `TableError` as `TableReader`.
    public convenience init(
        path: String, format: TableFormat? = nil, requests: ColumnSelection, notesAll: Bool = false
    ) throws(TableError) {
        try self.init(
            path: path, format: format, requests: requests, notesAll: notesAll,
            pieceBytes: PieceCutter.pieceBytes, recordLimit: TableReader.recordLimit)
    }

    /// As above, with the size of the pieces, so that tests can put a boundary anywhere.
    package init(
        path: String, format: TableFormat?, requests: ColumnSelection, notesAll: Bool,
        pieceBytes: Int, recordLimit: Int
    ) throws(TableError) {
        let source = ReadAhead(try ByteSource(path: path))
        let format = format ?? TableFormat(path: path)
        let filler = BlockFiller(source: source, chunkBytes: pieceBytes, recordLimit: recordLimit)
        let block = RecordBlock(capacity: pieceBytes)
        let header = try TableHeader(format: format, filler: filler, block: block)
        let (wanted, columns) = try header.resolve(requests, file: path)
        precondition(wanted.allSatisfy { $0.type != .category }, "no categories in pieces")
        self.path = path
        self.format = format
        self.header = header.names
        self.requests = wanted
        totalBytes = source.totalBytes
        headerLines = (0..<header.end).count { block.bytes[$0] == UInt8(ascii: "\n") }
        cutter = PieceCutter(filler: filler, format: format, after: block, start: header.end)
        plan = TablePlan(
            format: format, requests: wanted,
            scanner: format == .csv
                ? .csv(CSVScanner(columnCount: header.names.count, wanted: columns))
                : .jsonLines(
                    JSONLineScanner(
                        keys: wanted.map(\.name), isClosed: requests.takesAllColumns)),
            columnCount: header.names.count, noteLimit: notesAll ? .max : 10)
    }

    /// Goes through the whole file, once.
    /// - Parameters:
    ///   - threads: at least 1.
    ///   - skipped: how many pieces at the beginning are read and not taken apart.
    ///   - isDigested: whether `Progress.digest` is wanted.
    ///   - rejects: whether rows that do not parse go to `reject`, or the first ten of them end the run.
    ///   - make: makes something of the rows of a piece, given the piece's number from 0 and what was made
    ///     of an earlier piece, to be used again; called on any thread, several times at once.
    ///   - reject: takes the rows that do not parse, each with its record, in the order of the file.
    ///   - take: takes what was made, in the order of the file; nil for a piece that was passed over. Of
    ///     each piece, its rejected rows come first.
    /// - Throws: `TableError`: of the file, or what `reject` and `take` throw.
    public func run<Product: Sendable>(
        threads: Int, skipping skipped: Int = 0, isDigested: Bool = false, rejects: Bool = false,
        make: (Table, _ piece: Int, _ spare: Product?) -> Product,
        reject: (TableError.BadRow, UnsafeBufferPointer<UInt8>) throws(TableError) -> Void = {
            (_, _) throws(TableError) in
        },
        take: (Product?, Progress) throws(TableError) -> Void
    ) throws(TableError) {
        var progress = Progress()
        progress.lines = headerLines
        var badRows: [TableError.BadRow] = []
        var seenKeys = [Bool](repeating: false, count: requests.count)
        var hasRows = false
        var hasFailed = false
        try OrderedPieces<TablePiece<Product>>.run(threads: threads) {
            TablePiece(plan)
        } fill: { piece, index in
            piece.index = index
            piece.failure = nil
            if hasFailed { return false }
            do throws(TableError) {
                return try cutter.cut(piece.block)
            } catch {
                // The failure is handed on like a piece; nothing can be read behind it.
                piece.failure = error
                hasFailed = true
                return true
            }
        } make: { piece, _ in
            guard piece.failure == nil else { return }
            if isDigested {
                piece.digest = PieceDigest(
                    UnsafeRawBufferPointer(start: piece.block.bytes, count: piece.block.count))
            }
            if piece.index < skipped {
                piece.pass()
                return
            }
            piece.product = make(piece.table(), piece.index, piece.product)
        } take: { (piece) throws(TableError) in
            if let failure = piece.failure {
                throw failure.below(line: progress.lines)
            }
            let isSkipped = piece.index < skipped
            if !isSkipped {
                for fault in piece.faults {
                    let row = TableError.BadRow(
                        line: progress.lines + fault.line + 1, field: fault.field,
                        reason: fault.reason)
                    if rejects {
                        try reject(row, piece.block.slice(fault.record))
                    } else {
                        badRows.append(row)
                        if badRows.count == 10 {
                            throw TableError(file: path, badRows: badRows, isComplete: false)
                        }
                    }
                }
                for (slot, seen) in piece.seenKeys.enumerated() where seen { seenKeys[slot] = true }
                hasRows = hasRows || piece.rowCount > 0 || !piece.faults.isEmpty
            } else {
                // What its lines had is not known any more.
                seenKeys = seenKeys.map { _ in true }
            }
            progress.pieces = piece.index + 1
            progress.isSkipped = isSkipped
            progress.position += piece.block.count
            progress.bytesRead = piece.block.bytesRead
            progress.lines += piece.block.lineCount
            if let digest = piece.digest { progress.digest.add(digest) }
            if badRows.isEmpty { try take(isSkipped ? nil : piece.product, progress) }
        }
        if !badRows.isEmpty { throw TableError(file: path, badRows: badRows, isComplete: true) }
        let absent = zip(requests, seenKeys).filter { !$0.isOptional && !$1 }.map(\.0.name)
        if hasRows, !absent.isEmpty {
            throw TableHeader.missing(absent, among: header, in: "no line has the key", file: path)
        }
    }
}

extension TablePiece {
    /// Counts the lines of a piece that is passed over.
    func pass() {
        block.consumed = block.count
        block.survey()
    }
}

extension TableError {
    /// The same error, its line counted from below another one.
    fileprivate func below(line count: Int) -> TableError {
        guard line > 0 else { return self }
        return TableError(kind, file: file, line: count + line, field: field, message)
    }
}
