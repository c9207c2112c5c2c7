/// Why a file cannot be read or written: which file, which line, which column, what was expected.
public struct TableError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of mistake it is; sysexits(3) has a code for each.
    public enum Kind: Equatable, Sendable {
        /// The input does not exist or may not be opened (66).
        case noInput
        /// The input is not what it should be (65).
        case badData
        /// Reading failed half way (74).
        case input
        /// The output cannot be created: a folder that is not there, or no right to write (73).
        case cannotCreate
        /// Writing failed: a full disk (74).
        case output
        /// Nobody reads the pipe that is written to any more.
        case closedPipe
    }

    /// A row that does not parse.
    public struct BadRow: Equatable, Sendable {
        /// The line of the file on which the row begins, from 1.
        public let line: Int
        /// The column, empty where the row as a whole is at fault.
        public let field: String
        /// What was expected and what was found.
        public let reason: String

        /// Makes the description of a bad row.
        public init(line: Int, field: String, reason: String) {
            self.line = line
            self.field = field
            self.reason = reason
        }
    }

    /// What kind of mistake it is.
    public let kind: Kind
    /// The path as the caller gave it; "-" is shown as standard input or output.
    public let file: String
    /// The line from 1; 0 where the file as a whole is at fault.
    public let line: Int
    /// The column, empty where no single column is at fault.
    public let field: String
    /// What was expected and what was found.
    public let message: String
    /// The first ten rows that do not parse; empty where rows are not what is wrong.
    public let badRows: [BadRow]

    /// Makes an error about one place, or about the file as a whole.
    public init(_ kind: Kind, file: String, line: Int = 0, field: String = "", _ message: String) {
        self.kind = kind
        self.file = file
        self.line = line
        self.field = field
        self.message = message
        self.badRows = []
    }

    /// Makes the error that names bad rows.
    /// - Parameter isComplete: whether these are all the bad rows of the file.
    /// - Precondition: at least one row.
    init(file: String, badRows: [BadRow], isComplete: Bool) {
        self.kind = .badData
        self.file = file
        self.line = badRows[0].line
        self.field = badRows[0].field
        self.message = badRows[0].reason
        self.badRows = badRows
        self.isComplete = isComplete
    }

    private var isComplete = true

    /// `FILE:LINE: column amount: expected …, found …`; where several rows are bad, their number
    /// and then such a line for each.
    public var description: String {
        guard badRows.count > 1 || !isComplete else {
            return place(line: line, field: field) + message
        }
        let heading =
            isComplete
            ? "\(shownFile): \(badRows.count) rows do not parse:"
            : "\(shownFile): many rows do not parse; the first \(badRows.count):"
        let lines = badRows.map { place(line: $0.line, field: $0.field) + $0.reason }
        return ([heading] + lines).joined(separator: "\n")
    }

    private func place(line: Int, field: String) -> String {
        let number = line > 0 ? ":\(line)" : ""
        let column = field.isEmpty ? "" : "column \(field): "
        return "\(shownFile)\(number): \(column)"
    }

    private var shownFile: String {
        guard file == "-" else { return file }
        return switch kind {
        case .noInput, .badData, .input: "standard input"
        case .cannotCreate, .output, .closedPipe: "standard output"
        }
    }
}
