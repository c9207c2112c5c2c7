import RiskColumns

/// How the rows of a file are laid out: as CSV or as JSON Lines, under these names.
public struct RowLayout: Sendable {
    /// The form.
    public let format: TableFormat
    /// What stands above the rows: the line of names, or nothing.
    public let header: [UInt8]
    fileprivate let keys: [[UInt8]]

    /// A layout for tables with these columns.
    public init(names: [String], format: TableFormat) {
        self.format = format
        switch format {
        case .csv:
            var line: [UInt8] = []
            for (index, name) in names.enumerated() {
                if index > 0 { line.append(CSVText.comma) }
                CSVText.append(name, to: &line)
            }
            header = line + [UInt8(ascii: "\n")]
            keys = []
        case .jsonLines:
            header = []
            keys = names.enumerated().map { index, name in
                [UInt8(ascii: index == 0 ? "{" : ",")] + JSONText.quoted(name)
                    + [UInt8(ascii: ":")]
            }
        }
    }
}

/// Rows of a table as they stand in a file, as `TableWriter` writes them, for those who lay out rows on
/// threads of their own. The room is used again; by one thread at a time.
public final class RowText: @unchecked Sendable {
    private let buffer = ByteBuffer(capacity: 64 << 10)

    /// No rows.
    public init() {}

    /// The rows, until the next ones are set.
    public var bytes: UnsafeRawBufferPointer { buffer.written }

    /// Lays out the rows of a table, in place of what was here before.
    /// - Precondition: the table has the layout's columns.
    /// - Complexity: O(cells and bytes of texts).
    public func set(_ table: Table, layout: RowLayout) {
        buffer.removeAll()
        RowWriting(table, format: layout.format, keys: layout.keys)
            .append(0..<table.rowCount, to: buffer)
    }
}
