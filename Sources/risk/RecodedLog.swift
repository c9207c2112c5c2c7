import RiskColumns
import RiskJSON
import RiskTables

/// A log whose labels are words, `fraud` and `legit`, and which is written again with 1 and 0 in their
/// place, because a feature spec's label is a boolean.
struct RecodedLog {
    /// The type of event.
    let type: String
    let column: String
    /// By the words of the column, all that it may have.
    let words: [(word: String, value: Int)]

    /// Reads `{ registration: { EVENT_LABEL: { fraud: 1, legit: 0 } } }`.
    static func read(_ place: DocumentReader.Place, _ reader: DocumentReader) -> [RecodedLog] {
        var logs: [RecodedLog] = []
        for (type, place) in reader.entries(of: place) ?? [] {
            let columns = reader.entries(of: place) ?? []
            if columns.count != 1 {
                reader.note("expected one column with its words", at: place)
            }
            guard let (column, place) = columns.first, let entries = reader.entries(of: place)
            else { continue }
            let words = entries.compactMap { word, place in
                reader.integer(place, in: 0...1).map { (word: word, value: $0) }
            }
            if entries.isEmpty { reader.note("expected words, each with 0 or 1", at: place) }
            logs.append(RecodedLog(type: type, column: column, words: words))
        }
        return logs
    }

    /// `EVENT_LABEL of registration: fraud 1, legit 0`.
    var description: String {
        "\(column) of \(type): " + words.map { "\($0.word) \($0.value)" }.joined(separator: ", ")
    }

    /// Writes the log again, each other field as it is.
    /// - Returns: the file.
    /// - Throws: where the column has another word: `CommandFailure` with the row; an empty field stays
    ///   empty.
    func write(from path: String, folder: String) throws -> String {
        let output = "\(folder)/\(type).csv"
        let reader = try TableReader(path: path, requests: .all(as: .text, except: []))
        guard reader.header.contains(column) else {
            throw CommandFailure(
                .badData,
                "\(path):1: there is no column \(printable(column))"
                    + suggestion(for: column, among: reader.header))
        }
        let writer = try TableWriter(path: output, format: .csv)
        while let batch = try reader.next() {
            let first = reader.rowsRead - batch.rowCount
            let columns = try batch.columns.map { column in
                column.name == self.column
                    ? try recoded(column, path: path, firstRow: first) : column
            }
            try writer.write(Table(columns: columns, rowCount: batch.rowCount))
        }
        try writer.finish()
        return output
    }

    private func recoded(_ column: Column, path: String, firstRow: Int) throws -> Column {
        var codes = TextBuffer()
        for row in 0..<column.count {
            let text = column.text(at: row)
            if text.isEmpty {
                codes.append("")
            } else if let entry = words.first(where: { $0.word == text }) {
                codes.append(String(entry.value))
            } else {
                throw CommandFailure(
                    .badData,
                    "\(path): row \(firstRow + row + 1): column \(printable(self.column)): expected "
                        + "\(words.map(\.word).joined(separator: " or ")), found "
                        + "\"\(printable(text))\"")
            }
        }
        return Column(name: column.name, type: .text, storage: .text(codes))
    }
}
