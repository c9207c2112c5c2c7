import RiskColumns

/// Writes tables of the same columns, one below the other, as CSV or JSON Lines.
///
/// What `TableReader` reads back is the same to the last bit: numbers have the fewest digits that
/// make the same double, decimals all the digits of their scale, times are ISO 8601 in UTC. A
/// missing value is an empty field, or null. Booleans are 0 and 1 in CSV, true and false in JSON
/// Lines, which writes numbers that are not finite as the texts "inf" and "-inf".
///
/// The file appears with `finish`, whole or not at all; see `AtomicFile`.
public final class TableWriter {
    /// The rows written so far.
    public private(set) var rowCount = 0

    private let file: AtomicFile
    private let format: TableFormat
    private var columns: [(name: String, type: ColumnType)]?
    private var keys: [[UInt8]] = []
    private var lines: [UInt8] = []

    /// Opens the file beside its place.
    /// - Parameters:
    ///   - path: the file, or "-" for standard output; compressed where it ends in `.gz`.
    ///   - format: the form; where it is nil, what the path's ending says.
    /// - Throws: `TableError` of kind `.cannotCreate`.
    public init(path: String, format: TableFormat? = nil) throws(TableError) {
        file = try AtomicFile(path: path)
        self.format = format ?? TableFormat(path: path)
    }

    /// Adds the rows of a table, and before the first ones the header.
    /// - Precondition: every table has the names and types of the first.
    /// - Throws: `TableError` of kind `.output`.
    /// - Complexity: O(cells).
    public func write(_ table: Table) throws(TableError) {
        if let columns {
            precondition(
                columns.count == table.columns.count
                    && zip(columns, table.columns).allSatisfy { $0 == ($1.name, $1.type) },
                "tables of one file have the same columns")
        } else {
            begin(table)
        }
        var cells = table.columns.map { CellWriter($0, format: format) }
        try flush()
        // Out of the object for the loop, where each access would be checked for exclusivity.
        var lines: [UInt8] = []
        for row in 0..<table.rowCount {
            switch format {
            case .csv: Self.appendCSV(&cells, row, to: &lines)
            case .jsonLines: Self.appendJSON(&cells, keys, row, to: &lines)
            }
            if lines.count >= 64 << 10 {
                try file.write(lines)
                lines.removeAll(keepingCapacity: true)
            }
        }
        try file.write(lines)
        rowCount += table.rowCount
    }

    /// Brings the file to its place.
    /// - Throws: `TableError` of kind `.output`; there is no file then.
    public func finish() throws(TableError) { try file.commit() }

    /// Gives the file up and removes what was written beside its place.
    public func abandon() { file.abandon() }

    private func begin(_ table: Table) {
        columns = table.columns.map { ($0.name, $0.type) }
        switch format {
        case .csv:
            for (index, column) in table.columns.enumerated() {
                if index > 0 { lines.append(CSVText.comma) }
                CSVText.append(column.name, to: &lines)
            }
            lines.append(UInt8(ascii: "\n"))
        case .jsonLines:
            keys = table.columns.enumerated().map { index, column in
                var key: [UInt8] = [UInt8(ascii: index == 0 ? "{" : ",")]
                var name = column.name
                name.withUTF8 { CellWriter.quoteJSON($0, into: &key) }
                key.append(UInt8(ascii: ":"))
                return key
            }
        }
    }

    private static func appendCSV(
        _ cells: inout [CellWriter], _ row: Int, to lines: inout [UInt8]
    ) {
        let start = lines.count
        for index in cells.indices {
            if index > 0 { lines.append(CSVText.comma) }
            cells[index].append(row, to: &lines)
        }
        // An empty line is no record for most readers, so a lone missing value shows itself.
        if cells.count == 1, lines.count == start { lines.append(contentsOf: "\"\"".utf8) }
        lines.append(UInt8(ascii: "\n"))
    }

    private static func appendJSON(
        _ cells: inout [CellWriter], _ keys: [[UInt8]], _ row: Int, to lines: inout [UInt8]
    ) {
        if cells.isEmpty { lines.append(UInt8(ascii: "{")) }
        for index in cells.indices {
            lines.append(contentsOf: keys[index])
            cells[index].append(row, to: &lines)
        }
        lines.append(contentsOf: "}\n".utf8)
    }

    private func flush() throws(TableError) {
        try file.write(lines)
        lines.removeAll(keepingCapacity: true)
    }
}

/// Writes the values of one column.
private struct CellWriter {
    private let column: Column
    private let isJSON: Bool
    private var date = NumberWriting.Date()
    init(_ column: Column, format: TableFormat) {
        self.column = column
        isJSON = format == .jsonLines
    }

    mutating func append(_ row: Int, to line: inout [UInt8]) {
        switch column.storage {
        case .integers(let values):
            let value = values[row]
            if value == Column.missing { return missing(&line) }
            switch column.type {
            case .decimal(let scale): NumberWriting.decimal(value, scale: scale, into: &line)
            case .boolean where isJSON:
                line.append(contentsOf: (value == 0 ? "false" : "true").utf8)
            case .time:
                if isJSON { line.append(UInt8(ascii: "\"")) }
                NumberWriting.time(value, &date, into: &line)
                if isJSON { line.append(UInt8(ascii: "\"")) }
            default: NumberWriting.integer(value, into: &line)
            }
        case .numbers(let values):
            let value = values[row]
            if value.isNaN { return missing(&line) }
            if isJSON, value.isInfinite {
                line.append(contentsOf: (value < 0 ? "\"-inf\"" : "\"inf\"").utf8)
            } else {
                NumberWriting.double(value, into: &line)
            }
        case .codes(let codes, let dictionary):
            if codes[row] < 0 { return missing(&line) }
            dictionary.withUTF8(codes[row]) { quote($0, into: &line) }
        case .text(let buffer):
            let range = buffer.range(row)
            buffer.bytes.withUnsafeBufferPointer { bytes in
                quote(UnsafeBufferPointer(rebasing: bytes[range]), into: &line)
            }
        }
    }

    private func missing(_ line: inout [UInt8]) {
        if isJSON { line.append(contentsOf: "null".utf8) }
    }

    private func quote(_ text: UnsafeBufferPointer<UInt8>, into line: inout [UInt8]) {
        if isJSON { Self.quoteJSON(text, into: &line) } else { CSVText.append(text, to: &line) }
    }

    static func quoteJSON(_ text: UnsafeBufferPointer<UInt8>, into line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                line.append(UInt8(ascii: "\\"))
                line.append(byte)
            case UInt8(ascii: "\n"): line.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\r"): line.append(contentsOf: "\\r".utf8)
            case UInt8(ascii: "\t"): line.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                line.append(contentsOf: (byte < 16 ? "\\u000" : "\\u00").utf8)
                line.append(contentsOf: String(byte, radix: 16).utf8)
            default: line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}
