import RiskColumns

/// A piece of a file on its way from bytes to a table; used by one thread at a time, and again and again.
final class TablePiece<Product: Sendable>: @unchecked Sendable {
    /// A row that does not parse.
    struct Fault {
        /// The line within the piece, from 0.
        let line: Int
        let field: String
        let reason: String
        /// Where the record lies in the block.
        let record: FieldRange
    }

    let block: RecordBlock
    /// The number of the piece in the file, from 0.
    var index = 0
    /// What its bytes are recognised by; nil where nobody asked.
    var digest: PieceDigest?
    private(set) var faults: [Fault] = []
    /// For JSON Lines, whether a slot's key stood in some line.
    private(set) var seenKeys: [Bool] = []
    /// Why the file could not be read up to here.
    var failure: TableError?
    /// The rows of the table.
    private(set) var rowCount = 0
    /// What was made of the table; used again by the next piece.
    var product: Product?

    private let plan: TablePlan
    private let builders: [ColumnBuilder]
    private var malformed = 0
    private var lineOffset = 0
    private var line = 0

    init(_ plan: TablePlan) {
        self.plan = plan
        block = RecordBlock(capacity: 0)
        builders = plan.builders()
    }

    /// Takes the bytes apart.
    /// - Complexity: O(bytes).
    func table() -> Table {
        faults.removeAll(keepingCapacity: true)
        seenKeys = [Bool](repeating: plan.format == .csv, count: builders.count)
        lineOffset = 0
        line = 0
        block.consumed = block.count
        block.survey()
        block.prepare(stride: plan.scanner.stride, chunkBytes: PieceCutter.pieceBytes)
        block.start = 0
        rowCount = 0
        repeat {
            block.clearRecords()
            plan.scanner.scan(block)
            // A piece ends with a whole record, so a scan always goes on. Were it not so, the rest would
            // be one malformed record rather than a loop without end.
            if block.consumed == block.start, !block.isLast {
                block.isLast = true
                block.clearRecords()
                plan.scanner.scan(block)
            }
            rowCount += build()
            for (slot, seen) in block.seenKeys.enumerated() where seen { seenKeys[slot] = true }
            if block.consumed == block.start { break }
            block.start = block.consumed
        } while block.consumed < block.count
        return Table(columns: builders.map { $0.take() }, rowCount: rowCount)
    }

    /// Adds the records found to the columns.
    /// - Returns: how many rows stayed.
    private func build() -> Int {
        let rows = 0..<block.rowCount
        malformed = 0
        var bad: [BadField] = []
        for builder in builders { bad += builder.append(block, rows: rows, limit: plan.noteLimit) }
        bad.sort { ($0.row, $0.slot) < ($1.row, $1.slot) }
        var dropped: [Int] = []
        for field in bad where field.row != dropped.last {
            addMalformed(upTo: field.row)
            add(
                block.records[field.row], field: plan.requests[field.slot].name,
                reason: field.reason)
            dropped.append(field.row)
        }
        addMalformed(upTo: rows.upperBound)
        let set = Set(dropped)
        for builder in builders {
            if builder.keepsText {
                builder.appendTexts(block, rows: rows, dropping: set)
            } else if !dropped.isEmpty {
                builder.drop(dropped, of: rows)
            }
        }
        return rows.count - dropped.count
    }

    private func addMalformed(upTo row: Int) {
        while malformed < block.malformed.count, block.malformed[malformed].row <= row {
            let record = block.malformed[malformed]
            malformed += 1
            add(record.range, field: "", reason: record.defect.reason(columns: plan.columnCount))
        }
    }

    private func add(_ record: FieldRange, field: String, reason: String) {
        while lineOffset < Int(record.start) {
            if block.bytes[lineOffset] == UInt8(ascii: "\n") { line += 1 }
            lineOffset += 1
        }
        faults.append(Fault(line: line, field: field, reason: reason, record: record))
    }
}

/// What all pieces of a file have in common.
struct TablePlan: @unchecked Sendable {
    let format: TableFormat
    let requests: [ColumnRequest]
    let scanner: BlockFiller.Scanner
    /// The header's columns.
    let columnCount: Int
    /// How many bad fields of a column are noted in a piece.
    let noteLimit: Int

    func builders() -> [ColumnBuilder] {
        requests.enumerated().map { slot, request in
            ColumnBuilder(request, slot: slot, format: format, naiveTime: { $0 })
        }
    }
}

extension MalformedRecord.Defect {
    /// What was expected and what was found.
    func reason(columns: Int) -> String {
        switch self {
        case .fields(let count): "expected \(columns) fields, found \(count)"
        case .strayQuote: "a quote inside a field that does not begin with one"
        case .textBehindQuote: "expected a comma or the end of the line behind a closing quote"
        case .openQuote: "a quote that is never closed"
        case .json(let reason): reason
        }
    }
}
