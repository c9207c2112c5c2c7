import RiskColumns
import RiskJSON

/// Lines of a `RecordStream`, and what they say.
public struct RecordLines: Sendable {
    /// A line.
    public struct Line: Sendable {
        /// From 1.
        public let number: Int
        /// What it is.
        public let content: Content
        /// Where it lies in the block.
        let range: Range<Int>
    }

    /// What a line is.
    public enum Content: Sendable {
        /// A record: the index of its kind, and its row in that kind's table.
        case record(kind: Int, row: Int)
        /// A record of a kind that is passed over.
        case other
        /// No record, or one whose values are not what they should be.
        case bad(TableError.BadRow)
    }

    /// The lines that are not empty.
    public let lines: [Line]
    /// The last line, which may be empty.
    public let last: Line
    /// For each kind, its columns as it asks for them, categories as texts. A row that no line names
    /// means nothing.
    public let tables: [Table]
}

/// Makes records of the lines of a block.
final class RecordReading {
    let scanner: JSONLineScanner
    private let kindMember: String
    private let ignoresOthers: Bool
    private let kinds: [KindReading]
    /// Which kinds and members there were.
    private var seenKinds: [Bool]
    private var seenKeys: [Bool]

    private struct KindReading {
        let name: [UInt8]
        let builders: [ColumnBuilder]
        let checks: [RowCheck]
    }

    init(
        kindMember: String, kinds: [RecordStream.Kind], ignoresOthers: Bool,
        naiveTime: @escaping @Sendable (Int64) -> Int64
    ) {
        var slots: [String: Int] = [kindMember: 0]
        var names = [kindMember]
        for name in kinds.flatMap({ $0.columns.map(\.name) }) where slots[name] == nil {
            slots[name] = names.count
            names.append(name)
        }
        self.kindMember = kindMember
        self.ignoresOthers = ignoresOthers
        scanner = JSONLineScanner(keys: names, isClosed: false)
        seenKinds = kinds.map { _ in false }
        seenKeys = names.map { _ in false }
        self.kinds = kinds.map { kind in
            let builders = kind.columns.map { column in
                var column = column
                // A dictionary would keep every text for ever, beside that of whoever takes it.
                if column.type == .category { column.type = .text }
                return ColumnBuilder(
                    column, slot: slots[column.name]!, format: .jsonLines, naiveTime: naiveTime)
            }
            return KindReading(
                name: Array(kind.name.utf8), builders: builders,
                checks: kind.rules.map { RowCheck($0, builders: builders) })
        }
    }

    /// The lines of a block that has been scanned.
    /// - Parameters:
    ///   - begin: where the first line begins.
    ///   - line: its number.
    func lines(_ block: RecordBlock, from begin: Int, line first: Int) -> RecordLines {
        var lines: [RecordLines.Line] = []
        var number = first
        var start = begin
        var row = 0
        var malformed = 0
        var last = begin..<begin
        while start < block.consumed {
            var end = start
            while end < block.consumed, block.bytes[end] != UInt8(ascii: "\n") { end += 1 }
            last = start..<end
            if row < block.rowCount, Int(block.records[row].start) < end {
                lines.append(
                    .init(number: number, content: record(block, row, number), range: last))
                row += 1
            } else if malformed < block.malformed.count,
                Int(block.malformed[malformed].range.start) < end,
                case .json(let reason) = block.malformed[malformed].defect
            {
                let bad = TableError.BadRow(line: number, field: "", reason: reason)
                lines.append(.init(number: number, content: .bad(bad), range: last))
                malformed += 1
            }
            number += 1
            start = end + 1
        }
        for (slot, isSeen) in block.seenKeys.enumerated() where isSeen { seenKeys[slot] = true }
        let tables = kinds.map { kind in
            let rows = kind.builders.first?.count ?? 0
            return Table(columns: kind.builders.map { $0.take() }, rowCount: rows)
        }
        return RecordLines(
            lines: lines, last: .init(number: number - 1, content: .other, range: last),
            tables: tables)
    }

    /// The members that no line had, though records of their kinds came.
    var absent: [String] {
        var absent: [String] = []
        for (index, kind) in kinds.enumerated() where seenKinds[index] {
            for builder in kind.builders where !seenKeys[builder.slot] {
                let name = builder.request.name
                if !absent.contains(name) { absent.append(name) }
            }
        }
        return absent
    }

    private func record(_ block: RecordBlock, _ row: Int, _ line: Int) -> RecordLines.Content {
        let raw = block.slice(block.fields[row * scanner.stride])
        guard let kind = kind(raw) else {
            if ignoresOthers, raw.first == UInt8(ascii: "\"") { return .other }
            return .bad(.init(line: line, field: kindMember, reason: unexpected(raw)))
        }
        let reading = kinds[kind]
        seenKinds[kind] = true
        let index = reading.builders.first?.count ?? 0
        let rows = row..<row + 1
        var bad: BadField?
        var field = ""
        for builder in reading.builders {
            let found = builder.append(block, rows: rows, limit: 1)
            if builder.keepsText { builder.appendTexts(block, rows: rows, dropping: []) }
            guard bad == nil, let first = found.first else { continue }
            bad = first
            field = builder.request.name
        }
        for check in reading.checks where bad == nil {
            bad = check.broken(block, rows: rows, limit: 1).first
            field = check.rule.columns[0]
        }
        if let bad { return .bad(.init(line: line, field: field, reason: bad.reason)) }
        return .record(kind: kind, row: index)
    }

    private func unexpected(_ raw: UnsafeBufferPointer<UInt8>) -> String {
        let names = kinds.map { String(decoding: $0.name, as: UTF8.self) }
        let expected = names.count == 1 ? names[0] : "one of \(names.joined(separator: ", "))"
        if raw.isEmpty { return "expected \(expected), found nothing" }
        guard let text = text(raw) else { return "expected \(expected), found \(shown(raw))" }
        let word = String(decoding: text, as: UTF8.self)
        return "expected \(expected), found \(shown(word))\(suggestion(for: word, among: names))"
    }

    /// The kind that the member names.
    private func kind(_ raw: UnsafeBufferPointer<UInt8>) -> Int? {
        if raw.isEmpty || raw.first == UInt8(ascii: "n") { return kinds.count == 1 ? 0 : nil }
        guard let text = text(raw) else { return nil }
        return kinds.firstIndex { $0.name == text }
    }

    /// What stands in quotes.
    private func text(_ raw: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard raw.first == UInt8(ascii: "\"") else { return nil }
        var text: [UInt8] = []
        JSONText.unescape(UnsafeBufferPointer(rebasing: raw[1..<raw.count - 1]), into: &text)
        return text
    }
}
