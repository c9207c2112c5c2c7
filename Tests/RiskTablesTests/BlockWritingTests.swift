import RiskColumns
import Synchronization
import Testing

@testable import RiskTables

@Suite("Rows laid out on several threads")
struct BlockWritingTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    /// The plain definition of what a file of CSV holds.
    static func csv(_ table: Table) -> String {
        func field(_ text: String) -> String {
            let scalars = text.unicodeScalars
            guard scalars.contains(where: { [",", "\"", "\n", "\r"].contains($0) }) else {
                return text
            }
            return "\"" + scalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
        }
        let cells = table.columns.map { column in
            column.shown.map { cell -> String in
                if cell == "·" { return "" }
                switch column.type {
                case .decimal(let scale):
                    let digits = String(cell.drop { $0 == "-" })
                    let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count))
                    let all = padded + digits
                    return (cell.hasPrefix("-") ? "-" : "") + all.dropLast(scale) + "."
                        + all.suffix(scale)
                case .number:
                    let value = Double(cell)!
                    return value.magnitude <= 0x1p53 && cell.hasSuffix(".0")
                        ? String(cell.dropLast(2)) : cell
                default: return field(cell)
                }
            }
        }
        var lines = table.columns.map { field($0.name) }.joined(separator: ",") + "\n"
        for row in 0..<table.rowCount {
            lines += cells.map { $0[row] }.joined(separator: ",") + "\n"
        }
        return lines
    }

    @Test("are what one thread writes, and what the plain definition says")
    func anyThreads() throws {
        // Several blocks: one has 65,536 / 7 rows.
        let table = WritingTests.table(rows: 30_000, seed: 21)
        let expected = Array(Self.csv(table).utf8)
        for name in ["csv", "jsonl"] {
            for threads in [1, 2, 3, 8] {
                let path = "\(threads).\(name)"
                let writer = try TableWriter(path: bench.path(path), threads: threads)
                try writer.write(table)
                try writer.finish()
                #expect(try bench.bytes(path) == bench.bytes("1.\(name)"))
            }
        }
        #expect(try bench.bytes("1.csv") == expected)
    }

    @Test("made in parts are what the whole table is", arguments: [1, 2, 5])
    func parts(_ threads: Int) throws {
        let table = WritingTests.table(rows: 20_000, seed: 22)
        @Sendable func part(_ rows: Range<Int>) -> Table {
            let columns = table.columns.map { column -> Column in
                let storage: Column.Storage =
                    switch column.storage {
                    case .integers(let values): .integers(Array(values[rows]))
                    case .numbers(let values): .numbers(Array(values[rows]))
                    case .codes(let codes, let texts): .codes(Array(codes[rows]), texts)
                    case .text(let buffer): .text(TextBuffer(rows.map { buffer[$0] }))
                    }
                return Column(name: column.name, type: column.type, storage: storage)
            }
            return Table(columns: columns, rowCount: rows.count)
        }
        for name in ["csv", "jsonl"] {
            let whole = try TableWriter(path: bench.path("whole.\(name)"))
            try whole.write(table)
            try whole.finish()
            let writer = try TableWriter(path: bench.path("parts.\(name)"), threads: threads)
            try writer.write(rowCount: 12_345) { part($0) }
            try writer.write(rowCount: 0) { part($0) }
            try writer.write(rowCount: table.rowCount - 12_345) {
                part($0.lowerBound + 12_345..<$0.upperBound + 12_345)
            }
            try writer.finish()
            #expect(writer.rowCount == table.rowCount)
            #expect(try bench.bytes("parts.\(name)") == bench.bytes("whole.\(name)"))
        }
        let empty = try TableWriter(path: bench.path("empty.csv"), threads: threads)
        try empty.write(rowCount: 0) { part($0) }
        try empty.finish()
        #expect(try bench.text("empty.csv") == "n,d,\"x, \"\"y\"\"\",ok,at,key,note\n")
    }

    @Test("texts longer than any block")
    func longTexts() throws {
        let texts = (0..<40).map { String(repeating: $0 % 3 == 0 ? "\"" : "x", count: 9_000 * $0) }
        let table = Table(
            columns: [
                Column(name: "t", type: .text, storage: .text(TextBuffer(texts))),
                Column(name: "n", type: .integer, storage: .integers(Array(0..<40))),
            ], rowCount: 40)
        for name in ["long.csv", "long.jsonl"] {
            let writer = try TableWriter(path: bench.path(name), threads: 2)
            try writer.write(table)
            try writer.finish()
            let reader = try TableReader(
                path: bench.path(name),
                requests: .columns([ColumnRequest("t", .text), ColumnRequest("n", .integer)]))
            #expect(try reader.readAll().shownRows == table.shownRows)
        }
    }

    private final class Numbered: Sendable {
        let index = Atomic(-1)
    }

    @Test("are handed on once each, in their order", arguments: [1, 2, 4, 16])
    func order(_ threads: Int) throws {
        for count in [0, 1, 2, 7, 500] {
            var written: [Int] = []
            let made = Atomic(0)
            try OrderedPieces<Numbered>.run(threads: threads) {
                Numbered()
            } fill: { _, index in
                index < count
            } make: { piece, index in
                made.add(1, ordering: .relaxed)
                piece.index.store(index, ordering: .relaxed)
            } take: { (piece) throws(TableError) in
                written.append(piece.index.load(ordering: .relaxed))
            }
            #expect(written == Array(0..<count))
            #expect(made.load(ordering: .relaxed) == count)
        }
    }

    @Test("end at the first that cannot be written", arguments: [1, 2, 4, 16])
    func failing(_ threads: Int) {
        for place in [0, 1, 13, 99] {
            var written: [Int] = []
            let error = tableError {
                try OrderedPieces<Numbered>.run(threads: threads) {
                    Numbered()
                } fill: { _, index in
                    index < 100
                } make: { piece, index in
                    piece.index.store(index, ordering: .relaxed)
                } take: { (piece) throws(TableError) in
                    let index = piece.index.load(ordering: .relaxed)
                    if index >= place {
                        throw TableError(.output, file: "f", "block \(index)")
                    }
                    written.append(index)
                }
            }
            #expect(error?.message == "block \(place)")
            #expect(written == Array(0..<place))
        }
    }
}
