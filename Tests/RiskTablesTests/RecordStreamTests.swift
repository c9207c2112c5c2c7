import Foundation
import RiskColumns
import RiskTables
import Testing

/// Lines as they arrive: the same records as of a table, in whatever pieces they come.
@Suite("Record streams")
struct RecordStreamTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    static let columns = FuzzTests.requests.map { request in
        var request = request
        request.isOptional = true
        return request
    }

    static let kinds = [
        RecordStream.Kind(name: "a", columns: columns, rules: [.magnitude("n", atMost: 100)]),
        RecordStream.Kind(
            name: "b", columns: [ColumnRequest("x", .number), ColumnRequest("key", .text)],
            rules: []),
    ]

    /// What a stream says, line by line.
    static func read(
        _ path: String, _ kinds: [RecordStream.Kind] = kinds, chunk: Int = 4096,
        skipping: Int = 0, ignoresOthers: Bool = false
    ) throws(TableError) -> [String] {
        let stream = try RecordStream(
            path: path, kindMember: "kind", kinds: kinds, ignoresOthers: ignoresOthers,
            skipping: skipping, naiveTime: { $0 }, chunkBytes: chunk, lineLimit: 4096)
        var said: [String] = []
        while true {
            switch try stream.next() {
            case .lines(let lines):
                let rows = lines.tables.map(\.shownRows)
                for line in lines.lines {
                    let text = String(decoding: stream.bytes(of: line), as: UTF8.self)
                    switch line.content {
                    case .record(let kind, let row):
                        said.append("\(line.number) \(kind) \(rows[kind][row]) \(text)")
                    case .other: said.append("\(line.number) other \(text)")
                    case .bad(let row):
                        #expect(row.line == line.number)
                        said.append("\(line.number) bad \(row.field): \(row.reason) \(text)")
                    }
                }
                #expect(lines.last.number == stream.lineCount)
            case .skipped(let line):
                #expect(stream.lineCount == skipping)
                said.append("skipped \(String(decoding: line, as: UTF8.self))")
            case .silence, .wakened: Issue.record("a file has nothing to wait for")
            case .end: return said
            }
        }
    }

    static let text = #"""
        {"kind":"a","at":"2018-04-01T00:00:31Z","amount":12.30,"n":1,"note":"x"}

        {"x":1.5,"key":"k","kind":"\u0062"}
        {"kind":"a","n":101}
          {"kind":"other"}
        {"kind":"b","x":"2"}
        {"kind":"b","x":2}
        """#

    @Test("Kinds are told apart, lines counted, mistakes named")
    func kinds() throws {
        let path = bench.file("s.jsonl", Self.text)
        let said = try Self.read(path)
        #expect(
            said.map { $0.prefix { $0 != "[" && $0 != "{" } } == [
                "1 0 ", "3 1 ",
                "4 bad n: the whole number 101 is beyond 100, up to which sums are exact ",
                #"5 bad kind: expected one of a, b, found "other"   "#,
                #"6 bad x: expected a number, found the text "2" "#, "7 1 ",
            ])
        let others = try Self.read(path, ignoresOthers: true)
        #expect(others[3] == #"5 other   {"kind":"other"}"#)
        for skipping in 1...7 {
            let lines = Self.text.split(separator: "\n", omittingEmptySubsequences: false)
            let rest = try Self.read(path, chunk: 7, skipping: skipping)
            #expect(rest.first == "skipped \(lines[skipping - 1])")
            let kept = said.filter { Int($0.prefix { $0.isNumber })! > skipping }
            #expect(Array(rest.dropFirst()) == kept)
        }
        #expect(try Self.read(path, skipping: 8) == [])
        #expect(try Self.read(bench.file("empty", "")) == [])
        #expect(try Self.read(bench.file("mark", "\u{FEFF}{\"kind\":\"b\"}")).count == 1)
    }

    @Test("In pieces of any size it is the same", arguments: 0..<60)
    func pieces(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let text = Array((Self.text + "\n").utf8) + FuzzTests.json
        let path = bench.file("s.jsonl", FuzzTests.mutated(text, &generator))
        let whole = try Self.read(path)
        for chunk in [1, 2, 3, 17, 64, 200] {
            #expect(try Self.read(path, chunk: chunk) == whole)
        }
    }

    @Test("One kind is what the reader of tables makes of it, rejects included", arguments: 0..<200)
    func isTable(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed &+ 1000)
        let path = bench.file("s.jsonl", FuzzTests.mutated(FuzzTests.json, &generator))
        let columns = Self.columns.map { column in
            var column = column
            if column.type == .category { column.type = .text }
            return column
        }
        let rejects = try RejectsWriter(path: bench.path("rejects.csv"))
        let reader = try TableReader.chunked(
            path, .columns(columns), chunk: 4096, onError: .reject(rejects), recordLimit: 4096)
        let table = try reader.readAll()
        let stream = try RecordStream(
            path: path, kindMember: "kind",
            kinds: [RecordStream.Kind(name: "a", columns: columns, rules: [])])
        var rows: [[String]] = []
        var own = Array(RejectsWriter.header.utf8)
        while case .lines(let lines) = try stream.next() {
            for line in lines.lines {
                switch line.content {
                case .record(_, let row): rows.append(lines.tables[0].shownRows[row])
                case .other: break
                case .bad(let row) where row.field == "kind": return  // A mutation made a kind.
                case .bad(let row):
                    var record = stream.bytes(of: line)
                    if record.last == UInt8(ascii: "\r") { record.removeLast() }
                    record.withUnsafeBufferPointer {
                        RejectsWriter.append(file: path, row, record: $0, to: &own)
                    }
                }
            }
        }
        #expect(rows == table.shownRows)
        try rejects.finish()
        #expect(try bench.bytes("rejects.csv") == own)
    }

    @Test("A line longer than the limit is named")
    func longLine() throws {
        let path = bench.file("s.jsonl", "{\"kind\":\"b\"}\n" + String(repeating: " ", count: 9000))
        for chunk in [1, 100, 5000] {
            let error = #expect(throws: TableError.self) { try Self.read(path, chunk: chunk) }
            if chunk < 5000 { #expect(error?.line == 2) }
        }
    }
}

/// Files that grow, and are cut back to what a snapshot knows of them.
@Suite("Appended files")
struct AppendedFileTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    @Test("What was flushed is there after a crash, and is cut back to what counted")
    func cutBack() throws {
        let path = bench.path("out")
        do {
            let file = try AppendedFile(path: path)
            try file.append("one\n".utf8)
            try file.synchronize()
            #expect(file.length == 4)
            try file.append("two\nthr".utf8)
            #expect(file.length == 11)
            try file.flush()
            try file.append("lost".utf8)
        }
        #expect(try bench.text("out") == "one\ntwo\nthr")
        let error = #expect(throws: TableError.self) { try AppendedFile(path: path) }
        #expect(error?.kind == .cannotCreate)
        let longer = #expect(throws: TableError.self) { try AppendedFile(path: path, keeping: 12) }
        #expect(longer?.kind == .badData)
        #expect(try bench.text("out") == "one\ntwo\nthr")
        let file = try AppendedFile(path: path, keeping: 4)
        #expect(file.length == 4)
        try file.append("2\n".utf8)
        try file.flush()
        #expect(try bench.text("out") == "one\n2\n")
        _ = bench.file("out", "")
        #expect(try AppendedFile(path: path, keeping: 4).length == 0)
        #expect(try AppendedFile(path: "/dev/null", keeping: 4).isRegular == false)
    }

    @Test("Lines are those of a writer of tables")
    func lines() throws {
        let numbers = [0, -0.0, 0.1, 1e300, .nan, .infinity, -.infinity, 12.37, 1 / 3, 1e-9]
        let texts = ["", "a\"b\\\n\u{1}", "张"]
        let file = try AppendedFile(path: bench.path("a.jsonl"))
        let lines = ObjectLines(file, names: ["n", "t", "x", "s"])
        var integers: [Int64] = []
        var times: [Int64] = []
        var values: [Double] = []
        var words: [String] = []
        for (index, number) in numbers.enumerated() {
            let time = Int64(index) * 86_400_000_007 - 1_000_000
            integers.append(Int64(index) - 3)
            times.append(time)
            values.append(number)
            words.append(texts[index % 3])
            lines.add(integer: integers[index])
            lines.add(time: time)
            lines.add(number: number)
            lines.add(text: texts[index % 3])
            try lines.end()
        }
        try file.flush()
        let writer = try TableWriter(path: bench.path("b.jsonl"))
        try writer.write(
            Table(
                columns: [
                    Column(name: "n", type: .integer, storage: .integers(integers)),
                    Column(name: "t", type: .time, storage: .integers(times)),
                    Column(name: "x", type: .number, storage: .numbers(values)),
                    Column(name: "s", type: .text, storage: .text(TextBuffer(words))),
                ], rowCount: numbers.count))
        try writer.finish()
        #expect(try bench.text("a.jsonl") == bench.text("b.jsonl"))
    }

    @Test("Only what an unfinished write leaves is taken for it")
    func leftovers() throws {
        let file = try AtomicFile(path: bench.path("state.live"))
        let hidden = try #require(bench.names.first)
        #expect(AtomicFile.isLeftover(hidden, of: "state.live"))
        for (name, of) in [
            (hidden, "state"), (hidden, "other.live"), ("state.live", "state.live"),
            (".state.live.part", "state.live"), (".state.live.bak.part", "state.live.b"),
            (".state.live.old-1.part", "state.live"), (".state.live.lock", "state.live"),
        ] { #expect(!AtomicFile.isLeftover(name, of: of), "\(name) of \(of)") }
        file.abandon()
    }
}
