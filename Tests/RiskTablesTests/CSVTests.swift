import Foundation
import RiskColumns
import RiskTables
import Testing

@Suite("CSV by RFC 4180")
struct CSVTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    static let texts = ColumnSelection.all(as: .text, except: [])

    struct Case: Sendable, CustomTestStringConvertible {
        let what: String
        let text: String
        let rows: [[String]]
        var testDescription: String { what }
    }

    static let cases: [Case] = [
        Case(what: "plain rows", text: "a,b\n1,2\n3,4\n", rows: [["1", "2"], ["3", "4"]]),
        Case(what: "no line end at the end", text: "a,b\n1,2", rows: [["1", "2"]]),
        Case(what: "CRLF", text: "a,b\r\n1,2\r\n3,4\r\n", rows: [["1", "2"], ["3", "4"]]),
        Case(
            what: "LF and CRLF mixed", text: "a,b\n1,2\r\n3,4\n", rows: [["1", "2"], ["3", "4"]]),
        Case(what: "CR at the end of the file", text: "a,b\n1,2\r", rows: [["1", "2"]]),
        Case(what: "a byte-order mark", text: "\u{FEFF}a,b\n1,2\n", rows: [["1", "2"]]),
        Case(
            what: "a byte-order mark before a quote", text: "\u{FEFF}\"a\",b\n1,2\n",
            rows: [["1", "2"]]),
        Case(what: "quoted fields", text: "a,b\n\"1\",\"2\"\n", rows: [["1", "2"]]),
        Case(
            what: "a quoted field at the end of the file", text: "a,b\n1,\"2\"", rows: [["1", "2"]]),
        Case(
            what: "a quoted field before CRLF", text: "a,b\n1,\"2\"\r\n3,4\n",
            rows: [["1", "2"], ["3", "4"]]),
        Case(
            what: "doubled quotes", text: "a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n",
            rows: [["say \"hi\"", "\""]]),
        Case(what: "commas in quotes", text: "a,b\n\"1,5\",\",\"\n", rows: [["1,5", ","]]),
        Case(
            what: "newlines in quotes", text: "a,b\n\"1\n2\",\"\r\n\"\n3,4\n",
            rows: [["1\n2", "\r\n"], ["3", "4"]]),
        Case(what: "empty fields", text: "a,b\n,\n\"\",\n", rows: [["", ""], ["", ""]]),
        Case(what: "spaces belong to the field", text: "a,b\n 1 , 2\n", rows: [[" 1 ", " 2"]]),
        Case(
            what: "empty lines are no records", text: "a,b\n\n1,2\n\r\n3,4\n\n",
            rows: [["1", "2"], ["3", "4"]]),
        Case(what: "of one column they are", text: "a\n1\n\n2\n", rows: [["1"], [""], ["2"]]),
        Case(what: "a header alone", text: "a,b\n", rows: []),
        Case(what: "a header without line end", text: "a,b", rows: []),
        Case(what: "a CR inside a field", text: "a,b\n1\r1,2\n", rows: [["1\r1", "2"]]),
        Case(what: "UTF-8", text: "名,b\n张伟,Zürich\n", rows: [["张伟", "Zürich"]]),
        Case(what: "a quoted header with a comma", text: "\"a,b\",c\n1,2\n", rows: [["1", "2"]]),
    ]

    @Test("what is read", arguments: cases)
    func read(_ example: Case) throws {
        let path = bench.file("log.csv", example.text)
        for chunk in [1, 2, 3, 7, 1 << 20] {
            let table = try TableReader.chunked(path, Self.texts, chunk: chunk).readAll()
            #expect(table.shownRows == example.rows, "in pieces of \(chunk)")
        }
    }

    @Test(
        "rows that are none: the line and the reason",
        arguments: [
            ("a,b\n1,2\n3\n", 3, "expected 2 fields, found 1"),
            ("a,b\n1,2,3\n", 2, "expected 2 fields, found 3"),
            ("a,b\n\"1\n\",2\n3,4,5\n", 4, "expected 2 fields, found 3"),
            ("a,b\n1\"2,3\n", 2, "a quote inside a field that does not begin with one"),
            ("a,b\n \"1\",2\n", 2, "a quote inside a field that does not begin with one"),
            (
                "a,b\n\"1\"2,3\n", 2,
                "expected a comma or the end of the line behind a closing quote"
            ),
            ("a,b\n1,2\n\"1,2\n3,4\n", 3, "a quote that is never closed"),
        ] as [(String, Int, String)])
    func refused(_ text: String, _ line: Int, _ reason: String) throws {
        let path = bench.file("log.csv", text)
        for chunk in [1, 2, 5, 1 << 20] {
            let error = tableError {
                _ = try TableReader.chunked(path, Self.texts, chunk: chunk).readAll()
            }
            #expect(error?.description == "\(path):\(line): \(reason)")
            #expect(error?.kind == .badData)
        }
    }

    @Test("a wrong row between right ones changes nothing but itself")
    func neighbours() throws {
        let path = bench.file("log.csv", "a,b\n1,2\n1\"x,\n\"q\"r,\n3,4\n")
        let rejects = try RejectsWriter(path: bench.path("rejects.csv"))
        let table = try TableReader(
            path: path, requests: Self.texts, onError: .reject(rejects)
        ).readAll()
        #expect(table.shownRows == [["1", "2"], ["3", "4"]])
    }

    static let alphabet: [[UInt8]] = [
        Array("a".utf8), Array("12".utf8), Array(",".utf8), Array(",".utf8), Array("\"".utf8),
        Array("\"".utf8), Array("\n".utf8), Array("\r\n".utf8), Array("\r".utf8), Array("é".utf8),
        Array(" ".utf8), Array("\"\"".utf8), Array("\",\"".utf8), Array("longer text".utf8),
    ]

    @Test("agrees with a naive parser, wherever the pieces of the file end", arguments: 1...3)
    func againstNaive(_ columns: Int) throws {
        var generator = SeededGenerator(seed: UInt64(columns))
        let header = ["x", "y", "z"].prefix(columns).joined(separator: ",") + "\n"
        for _ in 0..<200 {
            var body: [UInt8] = []
            for _ in 0..<Int.random(in: 0...40, using: &generator) {
                body += Self.alphabet.randomElement(using: &generator)!
            }
            let path = bench.file("log.csv", Array(header.utf8) + body)
            let expected = NaiveCSV.records(body, columns: columns, firstLine: 2)
            let chunk = Int.random(in: 1...50, using: &generator)
            let batch = Int.random(in: 1...4, using: &generator)
            let rejects = try RejectsWriter(path: bench.path("rejects.csv"))
            let reader = try TableReader.chunked(
                path, Self.texts, chunk: chunk, onError: .reject(rejects), batchRows: batch)
            var rows: [[String]] = []
            while let table = try reader.next() {
                #expect(table.rowCount <= batch)
                rows += table.shownRows
            }
            try rejects.finish()

            var expectedRows: [[String]] = []
            var expectedRejects: [[String]] = []
            for record in expected {
                switch record {
                case .fields(let fields, _):
                    expectedRows.append(fields.map { String(decoding: $0, as: UTF8.self) })
                case .malformed(let raw, let line):
                    expectedRejects.append(["\(line)", String(decoding: raw, as: UTF8.self)])
                }
            }
            let rejected = NaiveCSV.records(try bench.bytes("rejects.csv"), columns: 5).dropFirst()
                .map { record -> [String] in
                    guard case .fields(let fields, _) = record else { return [] }
                    return [fields[1], fields[4]].map { String(decoding: $0, as: UTF8.self) }
                }
            let text = String(decoding: body, as: UTF8.self)
            #expect(rows == expectedRows, "of \(text.debugDescription) in pieces of \(chunk)")
            #expect(rejected == expectedRejects, "of \(text.debugDescription)")
            #expect(reader.rowsRead + reader.rowsRejected == expected.count)
        }
    }

    @Test("a record over the limit names its line, and is not kept in memory")
    func longRecord() throws {
        let open = bench.file("open.csv", "a,b\n1,2\n\"" + String(repeating: "x\n", count: 600))
        let error = tableError {
            _ = try TableReader.chunked(open, Self.texts, chunk: 64, recordLimit: 1000).readAll()
        }
        #expect(
            error?.description
                == "\(open):3: the record that begins here is longer than 1000 bytes; "
                + "is a quote left open, or is this another kind of file?")
        let exact = bench.file(
            "exact.csv", "a,b\n1," + String(repeating: "x", count: 997) + "\n2,3\n")
        let table = try TableReader.chunked(exact, Self.texts, chunk: 64, recordLimit: 1000)
            .readAll()
        #expect(table.rowCount == 2)
    }

    @Test("a header over the limit is an error too")
    func longHeader() {
        let path = bench.file("log.csv", String(repeating: "x", count: 5000))
        let error = tableError {
            _ = try TableReader.chunked(path, Self.texts, chunk: 64, recordLimit: 1000)
        }
        #expect(error?.line == 1)
    }

    @Test("the header: what it must not be")
    func headers() {
        func message(_ text: String, _ columns: [ColumnRequest] = []) -> String? {
            let path = bench.file("log.csv", text)
            let error = tableError {
                _ = try TableReader(path: path, requests: .columns(columns)).readAll()
            }
            return error?.description.replacingOccurrences(of: bench.folder + "/", with: "")
        }
        #expect(message("") == "log.csv: is empty; expected a header line")
        #expect(message("\u{FEFF}") == "log.csv: is empty; expected a header line")
        #expect(message("\n1,2\n") == "log.csv:1: is empty; expected the header's names")
        #expect(
            message("a,b,a\n")
                == "log.csv:1: the column \"a\" stands twice, as number 1 and number 3")
        #expect(message("a,\"b\n") == "log.csv:1: the header: a quote that is never closed")
        #expect(
            message("a,\"b\"c\n")
                == "log.csv:1: the header: expected a comma behind a closing quote"
        )
        #expect(
            message("PAR1\0\0,b\n")
                == "log.csv:1: the header is no text in UTF-8; is this another kind of file?")
        #expect(
            message("time,amount\n1,2\n", [ColumnRequest("amuont", .number)])
                == "log.csv:1: column amuont: the header has no column \"amuont\"; did you mean \"amount\"?"
        )
        #expect(
            message(
                "time,amount\n1,2\n",
                [
                    ColumnRequest("amount", .number), ColumnRequest("x1", .text),
                    ColumnRequest("tme", .time),
                ])
                == "log.csv:1: the header has no column \"x1\", nor \"tme\"; did you mean \"time\"?"
        )
    }

    @Test("columns come in the order asked for, and the others are not looked at")
    func order() throws {
        let path = bench.file("log.csv", "a,b,c\n1,\u{0}x,3\n4,y,6\n")
        let table = try TableReader(
            path: path,
            requests: .columns([
                ColumnRequest("c", .integer), ColumnRequest("none", .number, optional: true),
                ColumnRequest("a", .integer), ColumnRequest("word", .category, optional: true),
            ])
        ).readAll()
        #expect(table.shownRows == [["3", "·", "1", "·"], ["6", "·", "4", "·"]])
    }

    @Test("all columns as numbers except some")
    func all() throws {
        let path = bench.file("log.csv", "a,b,c\n1,x,0.5\n4,y,6\n")
        let reader = try TableReader(
            path: path,
            requests: .all(as: .number, except: [ColumnRequest("b", .category)]))
        #expect(reader.header == ["a", "b", "c"])
        #expect(try reader.readAll().shownRows == [["1.0", "x", "0.5"], ["4.0", "y", "6.0"]])
    }

    @Test("batches: their sizes, one dictionary, and progress that ends at the file's length")
    func batches() throws {
        let rows = (0..<1000).map { "\($0),k\($0 % 7)" }
        let text = "id,key\n" + rows.joined(separator: "\n") + "\n"
        let path = bench.file("log.csv", text)
        let reader = try TableReader(
            path: path,
            requests: .columns([ColumnRequest("id", .integer), ColumnRequest("key", .category)]),
            batchRows: 300)
        var sizes: [Int] = []
        var texts: [[String]] = []
        while let table = try reader.next() {
            sizes.append(table.rowCount)
            if case .codes(_, let dictionary)? = table["key"]?.storage {
                texts.append(dictionary.texts)
            }
        }
        #expect(sizes == [300, 300, 300, 100])
        #expect(texts.allSatisfy { $0 == (0..<7).map { "k\($0)" } })
        #expect(reader.rowsRead == 1000)
        #expect(reader.bytesRead == text.utf8.count)
        #expect(reader.totalBytes == text.utf8.count)
        #expect(try reader.next() == nil)
    }
}
