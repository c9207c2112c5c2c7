import RiskColumns

/// Writes tables of the same columns, one below the other, as CSV or JSON Lines.
///
/// What `TableReader` reads back is the same to the last bit: numbers have the fewest digits that
/// make the same double, decimals all the digits of their scale, times are ISO 8601 in UTC. A
/// missing value is an empty field, or null. Booleans are 0 and 1 in CSV, true and false in JSON
/// Lines, which writes numbers that are not finite as the texts "inf" and "-inf".
///
/// Rows are laid out on several threads and written in their order; the bytes are the same at any
/// number of threads, and the memory that waits to be written does not grow with the table.
///
/// The file appears with `finish`, whole or not at all; see `AtomicFile`.
public final class TableWriter {
    /// The rows written so far.
    public private(set) var rowCount = 0

    private let file: AtomicFile
    private let format: TableFormat
    private let threads: Int
    private var columns: [(name: String, type: ColumnType)]?
    private var keys: [[UInt8]] = []

    /// Opens the file beside its place.
    /// - Parameters:
    ///   - path: the file, or "-" for standard output; compressed where it ends in `.gz`.
    ///   - format: the form; where it is nil, what the path's ending says.
    ///   - threads: on how many rows are laid out, at least 1; nil for as many as there are cores.
    /// - Throws: `TableError` of kind `.cannotCreate`.
    public init(
        path: String, format: TableFormat? = nil, threads: Int? = nil
    ) throws(TableError) {
        precondition(threads ?? 1 >= 1)
        file = try AtomicFile(path: path)
        self.format = format ?? TableFormat(path: path)
        self.threads = threads ?? processorCount()
    }

    /// Adds the rows of a table, and before the first ones the header.
    /// - Precondition: every table has the names and types of the first.
    /// - Throws: `TableError` of kind `.output`.
    /// - Complexity: O(cells).
    public func write(_ table: Table) throws(TableError) {
        try begin(table)
        let rows = RowWriting(table, format: format, keys: keys)
        try write(rowCount: table.rowCount, blockRows: rows.blockRows) { rows.append($0, to: $1) }
    }

    /// Adds rows that are not there as one table: each piece is made where it is laid out, so that
    /// making them takes all cores as well, and no more of them than are laid out at once are there.
    /// - Parameters:
    ///   - rowCount: how many there are.
    ///   - part: makes the table of some of the rows; called on any thread, several times at once,
    ///     once for each row, and for no rows at all to see the columns.
    /// - Precondition: every table has the names and types of the first, and the rows asked for.
    /// - Throws: `TableError` of kind `.output`.
    /// - Complexity: O(cells), and what `part` takes.
    public func write(
        rowCount: Int, part: @Sendable (Range<Int>) -> Table
    ) throws(TableError) {
        let columns = part(0..<0)
        try begin(columns)
        let blockRows = RowWriting(columns, format: format, keys: keys).blockRows
        try write(rowCount: rowCount, blockRows: blockRows) { [format, keys] rows, text in
            let table = part(rows)
            precondition(table.rowCount == rows.count, "a part has the rows asked for")
            RowWriting(table, format: format, keys: keys).append(0..<rows.count, to: text)
        }
    }

    /// How many rows are laid out and compressed together: the bytes of the file are the same however
    /// the rows are handed over, if all but the last calls bring a multiple of it.
    /// - Parameter table: any table of the file; its dictionaries tell how long texts are.
    public func blockRows(of table: Table) -> Int {
        RowWriting(table, format: format, keys: keys).blockRows
    }

    private func write(
        rowCount: Int, blockRows: Int, lay: (Range<Int>, ByteBuffer) -> Void
    ) throws(TableError) {
        let count = (rowCount + blockRows - 1) / blockRows
        let isCompressed = file.isCompressed
        try OrderedPieces<RowBlock>.run(threads: max(1, min(threads, count))) {
            RowBlock(isCompressed: isCompressed)
        } fill: { _, index in
            index < count
        } make: { block, index in
            let start = index * blockRows
            block.text.removeAll()
            lay(start..<min(start + blockRows, rowCount), block.text)
            block.piece?.deflate(block.text.written)
        } take: { (block) throws(TableError) in
            if let piece = block.piece {
                try self.file.write(piece)
            } else {
                try self.file.write(block.text.written)
            }
        }
        self.rowCount += rowCount
    }

    /// Brings the file to its place.
    /// - Throws: `TableError` of kind `.output`; there is no file then.
    public func finish() throws(TableError) { try file.commit() }

    /// Gives the file up and removes what was written beside its place.
    public func abandon() { file.abandon() }

    /// Writes the header before the first rows, and checks that all others have the same columns.
    private func begin(_ table: Table) throws(TableError) {
        if let columns {
            precondition(
                columns.count == table.columns.count
                    && zip(columns, table.columns).allSatisfy { $0 == ($1.name, $1.type) },
                "tables of one file have the same columns")
            return
        }
        columns = table.columns.map { ($0.name, $0.type) }
        switch format {
        case .csv:
            var line: [UInt8] = []
            for (index, column) in table.columns.enumerated() {
                if index > 0 { line.append(CSVText.comma) }
                CSVText.append(column.name, to: &line)
            }
            line.append(UInt8(ascii: "\n"))
            try file.write(line)
        case .jsonLines:
            keys = table.columns.enumerated().map { index, column in
                [UInt8(ascii: index == 0 ? "{" : ",")] + JSONText.quoted(column.name)
                    + [UInt8(ascii: ":")]
            }
        }
    }
}

/// Rows laid out, and compressed where the file is.
private final class RowBlock: Sendable {
    let text = ByteBuffer(capacity: 64 << 10)
    let piece: DeflatedPiece?

    init(isCompressed: Bool) { piece = isCompressed ? DeflatedPiece() : nil }
}
