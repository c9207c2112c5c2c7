/// Writes the rows that do not parse to a CSV file: file, line, field, reason, and the record as it
/// stands in the file, so that it can be mended and read again.
///
/// Several readers may share one writer, one after the other.
public final class RejectsWriter {
    /// The path as the caller gave it.
    public var path: String { file.path }
    /// The rows written so far.
    public private(set) var count = 0

    private let file: AtomicFile
    private var line: [UInt8] = []

    /// Opens the file beside its place; it appears with `finish`.
    public init(path: String) throws(TableError) {
        file = try AtomicFile(path: path)
        try file.write(Self.header)
    }

    /// Brings the file to its place.
    public func finish() throws(TableError) { try file.commit() }

    /// Removes what was written beside the file's place.
    public func abandon() { file.abandon() }

    func write(
        file name: String, _ row: TableError.BadRow, record: UnsafeBufferPointer<UInt8>
    ) throws(TableError) {
        line.removeAll(keepingCapacity: true)
        Self.append(file: name, row, record: record, to: &line)
        try add(line: line)
    }

    /// Adds a line that `append` has made, of a reader that keeps its own order.
    /// - Throws: `.output`.
    public func add(line: [UInt8]) throws(TableError) {
        try file.write(line)
        count += 1
    }

    /// The names of the columns, as a line.
    public static let header = "file,line,field,reason,record\n"

    /// Appends the line of a rejected row, for those who keep the file themselves.
    public static func append(
        file name: String, _ row: TableError.BadRow, record: UnsafeBufferPointer<UInt8>,
        to line: inout [UInt8]
    ) {
        CSVText.append(name, to: &line)
        line.append(CSVText.comma)
        line.append(contentsOf: String(row.line).utf8)
        line.append(CSVText.comma)
        CSVText.append(row.field, to: &line)
        line.append(CSVText.comma)
        CSVText.append(row.reason, to: &line)
        line.append(CSVText.comma)
        CSVText.append(record, to: &line)
        line.append(UInt8(ascii: "\n"))
    }
}

/// Fields of CSV as they are written.
enum CSVText {
    static let comma = UInt8(ascii: ",")

    /// Appends a field, in quotes where RFC 4180 asks for them.
    static func append(_ text: UnsafeBufferPointer<UInt8>, to line: inout [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let isPlain = text.allSatisfy {
            $0 != comma && $0 != quote && $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r")
        }
        if isPlain {
            line.append(contentsOf: text)
            return
        }
        line.append(quote)
        for byte in text {
            if byte == quote { line.append(quote) }
            line.append(byte)
        }
        line.append(quote)
    }

    /// Appends a field, in quotes where RFC 4180 asks for them.
    static func append(_ text: String, to line: inout [UInt8]) {
        var text = text
        text.withUTF8 { append($0, to: &line) }
    }
}
