import Dispatch
import RiskColumns
import RiskJSON

/// Reads a CSV or JSON Lines file as typed columns, batch by batch or as a whole.
///
/// ```swift
/// let reader = try TableReader(
///     path: "transactions.csv.gz",
///     requests: .columns([
///         ColumnRequest("at", .time), ColumnRequest("card", .category),
///         ColumnRequest("amount", .decimal(scale: 2)),
///     ]))
/// while let batch = try reader.next() { … }
/// ```
///
/// A second thread finds the records of one block while the columns of the block before it are
/// built, and a third inflates ahead of it where the file is gzip data; two blocks and one of
/// inflated bytes, each of about a megabyte, are all the memory that the bytes of a file take. A batch takes what its rows take, and a category column what its distinct texts take.
///
/// Missing values: an empty field; in every column but texts and categories also the words NA, N/A,
/// NaN, nan, null, NULL and None; in JSON Lines null, an absent key and an empty text.
///
/// A reader is used by one thread at a time.
public final class TableReader {
    /// The longest record that is read, in bytes.
    public static let recordLimit = 16 << 20
    /// The most columns that a file may have.
    public static let columnLimit = 65_536

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
    /// How much of the file the rows so far took up, as it lies on the disk.
    public var bytesRead: Int { block.bytesRead }
    /// The rows that are in tables.
    public private(set) var rowsRead = 0
    /// The rows that are in the rejects file.
    public private(set) var rowsRejected = 0

    private let filler: BlockFiller
    private let scanner: BlockFiller.Scanner
    private let builders: [ColumnBuilder]
    private let checks: [RowCheck]
    private let batchRows: Int
    private let rejects: RejectsWriter?
    private var badRows: [TableError.BadRow] = []
    private var block: RecordBlock
    private var pending: PendingBlock?
    private var spare: RecordBlock?
    /// The next record and the next malformed one of the block.
    private var row = 0
    private var malformed = 0
    private var lineOffset = 0
    private var lineNumber = 1
    private var seenKeys: [Bool]
    private var failure: TableError?
    private var isAtEnd = false

    /// Opens a file and reads its header.
    /// - Parameters:
    ///   - path: the file, or "-" for standard input. Gzip data is inflated.
    ///   - format: the form; where it is nil, what the path's ending says.
    ///   - requests: the columns wanted.
    ///   - rules: what a row must satisfy beyond its values being of their types.
    ///   - onError: what happens to rows that do not parse.
    ///   - naiveTime: the microseconds since the epoch of a time that names no offset from UTC,
    ///     which is given as if it were UTC.
    ///   - batchRows: the rows of a table from `next`, at least 1.
    /// - Throws: `TableError` where the file cannot be opened, has no header, lacks a column that
    ///   is not optional or has one twice. All of a header's mistakes are named at once.
    public convenience init(
        path: String, format: TableFormat? = nil, requests: ColumnSelection,
        rules: [RowRule] = [], onError: ErrorMode = .fail,
        naiveTime: @escaping @Sendable (Int64) -> Int64 = { $0 }, batchRows: Int = 65_536
    ) throws(TableError) {
        try self.init(
            path: path, format: format, requests: requests, rules: rules, onError: onError,
            naiveTime: naiveTime, batchRows: batchRows, chunkBytes: nil,
            recordLimit: Self.recordLimit)
    }

    /// As above, with the size of the pieces in which the file is read, so that tests can put a
    /// boundary anywhere.
    package init(
        path: String, format: TableFormat?, requests: ColumnSelection, rules: [RowRule] = [],
        onError: ErrorMode, naiveTime: @escaping @Sendable (Int64) -> Int64, batchRows: Int,
        chunkBytes: Int?,
        recordLimit: Int
    ) throws(TableError) {
        precondition(batchRows >= 1 && chunkBytes ?? 1 >= 1 && recordLimit >= 1)
        let source = ReadAhead(try ByteSource(path: path))
        // A megabyte stays in the second-level cache with its fields; a small file needs less.
        let chunkBytes = chunkBytes ?? min(1 << 20, max(64 << 10, source.totalBytes ?? 1 << 20))
        let format = format ?? TableFormat(path: path)
        let filler = BlockFiller(source: source, chunkBytes: chunkBytes, recordLimit: recordLimit)
        let block = RecordBlock(capacity: chunkBytes)
        let header = try TableHeader(format: format, filler: filler, block: block)
        let (wanted, columns) = try header.resolve(requests, file: path)
        self.path = path
        self.format = format
        self.header = header.names
        self.requests = wanted
        self.filler = filler
        self.block = block
        self.batchRows = batchRows
        totalBytes = source.totalBytes
        scanner =
            switch format {
            case .csv:
                .csv(CSVScanner(columnCount: header.names.count, wanted: columns))
            case .jsonLines:
                .jsonLines(
                    JSONLineScanner(keys: wanted.map(\.name), isClosed: requests.takesAllColumns))
            }
        let builders = wanted.enumerated().map { slot, request in
            ColumnBuilder(request, slot: slot, format: format, naiveTime: naiveTime)
        }
        self.builders = builders
        checks = rules.map { RowCheck($0, builders: builders) }
        rejects = if case .reject(let writer) = onError { writer } else { nil }
        seenKeys = Array(repeating: format == .csv, count: wanted.count)
        block.start = header.end
        try filler.scan(block, with: scanner)
        enter(block)
    }

    /// The next rows, as many as `batchRows` except in the last table; nil at the end.
    /// - Throws: `TableError`; the same one again on every later call.
    /// - Complexity: O(bytes read).
    public func next() throws(TableError) -> Table? { try rows(upTo: batchRows) }

    /// All the rows that are left. Categories have one dictionary over all of them.
    /// - Parameter progress: called now and then with the number of rows so far; what it throws ends the
    ///   reading.
    /// - Throws: `TableError`.
    /// - Complexity: O(bytes read); the memory of all the rows.
    public func readAll(
        progress: (Int) throws(TableError) -> Void = { (_) throws(TableError) in }
    ) throws(TableError) -> Table {
        if let table = try rows(upTo: .max, progress: progress) { return table }
        return Table(columns: builders.map { $0.take() }, rowCount: 0)
    }

    private func rows(
        upTo limit: Int,
        progress: (Int) throws(TableError) -> Void = { (_) throws(TableError) in }
    ) throws(TableError) -> Table? {
        if let failure { throw failure }
        do throws(TableError) {
            var count = 0
            while count < limit {
                if row == block.rowCount, malformed == block.malformed.count {
                    guard try advance() else { break }
                }
                count += try build(upTo: limit - count)
                try progress(count)
            }
            if isAtEnd { try finish() }
            guard count > 0 else { return nil }
            rowsRead += count
            return Table(columns: builders.map { $0.take() }, rowCount: count)
        } catch {
            failure = error
            builders.forEach { $0.removeAll() }
            throw error
        }
    }

    // MARK: Blocks

    /// Begins with the records of a block, and has the one after it filled meanwhile.
    private func enter(_ block: RecordBlock) {
        self.block = block
        row = 0
        malformed = 0
        lineOffset = 0
        lineNumber = block.firstLine
        for (slot, seen) in block.seenKeys.enumerated() where seen { seenKeys[slot] = true }
        guard !block.isLast || block.consumed < block.count else { return }
        pending = PendingBlock(
            filler: filler, scanner: scanner, block: spare ?? RecordBlock(capacity: 0),
            previous: block)
        spare = nil
    }

    /// Goes on to the next block, false at the end of the file.
    private func advance() throws(TableError) -> Bool {
        guard let pending else {
            isAtEnd = true
            return false
        }
        self.pending = nil
        let next = try pending.wait()
        spare = block
        enter(next)
        return true
    }

    /// Adds rows of the block to the columns, as many as there are and as `limit` allows.
    /// - Returns: how many stayed.
    private func build(upTo limit: Int) throws(TableError) -> Int {
        let rows = row..<row + min(limit, block.rowCount - row)
        row = rows.upperBound
        var bad: [BadField] = []
        let noteLimit = rejects == nil ? 10 : Int.max
        let block = block
        for found in onEachColumn(rows.count, { $0.append(block, rows: rows, limit: noteLimit) }) {
            bad += found
        }
        for check in checks { bad += check.broken(block, rows: rows, limit: noteLimit) }
        let dropped = try report(&bad, before: rows.upperBound)
        if rejects == nil, !badRows.isEmpty {
            builders.forEach { $0.removeAll() }
            return 0
        }
        let set = Set(dropped)
        _ = onEachColumn(rows.count) { builder in
            if builder.keepsText {
                builder.appendTexts(block, rows: rows, dropping: set)
            } else if !dropped.isEmpty {
                builder.drop(dropped, of: rows)
            }
            return []
        }
        return rows.count - dropped.count
    }

    /// Does the same for every column, on as many cores as there are where it is worth it: columns
    /// share nothing but the block, which none of them changes.
    private func onEachColumn(
        _ rows: Int, _ body: (ColumnBuilder) -> [BadField]
    ) -> [[BadField]] {
        guard rows >= 2_048, builders.count > 1 else { return builders.map(body) }
        var results = [[BadField]](repeating: [], count: builders.count)
        results.withUnsafeMutableBufferPointer { results in
            nonisolated(unsafe) let results = results
            nonisolated(unsafe) let body = body
            nonisolated(unsafe) let builders = builders
            DispatchQueue.concurrentPerform(iterations: builders.count) { index in
                results[index] = body(builders[index])
            }
        }
        return results
    }

    // MARK: Bad rows

    /// Reports the malformed records before a row and the rows with bad fields, in the order of
    /// the file.
    /// - Returns: the rows with bad fields.
    private func report(_ bad: inout [BadField], before end: Int) throws(TableError) -> [Int] {
        bad.sort { ($0.row, $0.slot) < ($1.row, $1.slot) }
        var dropped: [Int] = []
        for field in bad where field.row != dropped.last {
            try reportMalformed(upTo: field.row)
            try report(
                block.records[field.row], field: requests[field.slot].name, field.reason)
            dropped.append(field.row)
        }
        try reportMalformed(upTo: end)
        return dropped
    }

    private func reportMalformed(upTo row: Int) throws(TableError) {
        while malformed < block.malformed.count, block.malformed[malformed].row <= row {
            let record = block.malformed[malformed]
            malformed += 1
            try report(record.range, field: "", record.defect.reason(columns: header.count))
        }
    }

    private func report(
        _ record: FieldRange, field: String, _ reason: String
    ) throws(TableError) {
        while lineOffset < Int(record.start) {
            if block.bytes[lineOffset] == UInt8(ascii: "\n") { lineNumber += 1 }
            lineOffset += 1
        }
        let bad = TableError.BadRow(line: lineNumber, field: field, reason: reason)
        if let rejects {
            try rejects.write(file: path, bad, record: block.slice(record))
            rowsRejected += 1
        } else {
            badRows.append(bad)
            if badRows.count == 10 {
                throw TableError(file: path, badRows: badRows, isComplete: false)
            }
        }
    }

    // MARK: The end

    private func finish() throws(TableError) {
        if !badRows.isEmpty { throw TableError(file: path, badRows: badRows, isComplete: true) }
        guard rowsRead > 0 || rowsRejected > 0 || builders.contains(where: { $0.count > 0 }) else {
            return
        }
        let absent = zip(requests, seenKeys).filter { !$0.isOptional && !$1 }.map(\.0.name)
        guard absent.isEmpty else {
            throw TableHeader.missing(absent, among: header, in: "no line has the key", file: path)
        }
    }
}

/// A block that another thread fills.
///
/// The block and the source are handed over whole: between `init` and `wait` nobody else touches
/// them, and the previous block is only read by both. The semaphore orders the two threads'
/// accesses, which the compiler cannot see.
private final class PendingBlock: @unchecked Sendable {
    private static let queue = DispatchQueue(
        label: "riskkit.tables.read", attributes: .concurrent)

    private let filler: BlockFiller
    private let scanner: BlockFiller.Scanner
    private let block: RecordBlock
    private let previous: RecordBlock
    private let done = DispatchSemaphore(value: 0)
    private var failure: TableError?

    init(
        filler: BlockFiller, scanner: BlockFiller.Scanner, block: RecordBlock, previous: RecordBlock
    ) {
        self.filler = filler
        self.scanner = scanner
        self.block = block
        self.previous = previous
        Self.queue.async { [self] in
            do throws(TableError) {
                try self.filler.fill(self.block, after: self.previous, scanner: self.scanner)
            } catch {
                failure = error
            }
            done.signal()
        }
    }

    func wait() throws(TableError) -> RecordBlock {
        done.wait()
        if let failure { throw failure }
        return block
    }
}
