import Foundation
import RiskColumns
import RiskTables
import Testing

@Suite("JSON Lines")
struct JSONLinesTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    static let requests: [ColumnRequest] = [
        ColumnRequest("at", .time), ColumnRequest("card", .category),
        ColumnRequest("amount", .decimal(scale: 2)), ColumnRequest("ok", .boolean),
        ColumnRequest("x", .number), ColumnRequest("n", .integer), ColumnRequest("note", .text),
    ]

    func read(_ text: String, chunk: Int = 1 << 20) throws -> [[String]] {
        let path = bench.file("log.jsonl", text)
        return try TableReader.chunked(path, .columns(Self.requests), chunk: chunk).readAll()
            .shownRows
    }

    /// A line with every key, one value replaced.
    func line(_ key: String = "", _ value: String = "") -> String {
        let plain = [
            ("at", "\"2018-04-01T00:00:31Z\""), ("card", "\"c1\""), ("amount", "12.30"),
            ("ok", "true"), ("x", "0.5"), ("n", "7"), ("note", "\"hi\""),
        ]
        return "{"
            + plain.map { "\"\($0.0)\":\($0.0 == key ? value : $0.1)" }.joined(separator: ",")
            + "}\n"
    }

    static let row = ["2018-04-01T00:00:31Z", "c1", "1230", "1", "0.5", "7", "hi"]

    func with(_ index: Int, _ cell: String) -> [String] {
        var row = Self.row
        row[index] = cell
        return row
    }

    func message(_ text: String) -> String? {
        tableError { _ = try read(text) }?.description
            .replacingOccurrences(of: bench.folder + "/", with: "")
    }

    @Test("objects of scalars, in any order of keys, with others between")
    func plain() throws {
        let other =
            "{\"more\":{\"deep\":[1,{\"x\":[]},\"]}\"]},\"n\":7,\"note\":\"hi\",\"x\":0.5, \"ok\" : true ,"
            + "\"amount\":12.30,\"card\":\"c1\",\"at\":\"2018-04-01T00:00:31Z\",\"x2\":null}\r\n"
        for chunk in [1, 5, 1 << 20] {
            let rows = try read(line() + "\n  \n" + other + line(), chunk: chunk)
            #expect(rows == [Self.row, Self.row, Self.row])
        }
        #expect(try read("\u{FEFF}" + line().dropLast()) == [Self.row])
    }

    @Test("null, an absent key and an empty text are missing")
    func missing() throws {
        let nothing = ["·", "·", "·", "·", "·", "·", ""]
        for key in Self.requests.indices {
            let name = Self.requests[key].name
            let missing = with(key, nothing[key])
            #expect(try read(line(name, "null")) == [missing])
            #expect(try read(line(name, "\"\"")) == [missing])
        }
        #expect(try read(line() + "{}\n") == [Self.row, nothing])
    }

    @Test("numbers may be keys, decimals may be texts, and JSON has no infinity of its own")
    func leniency() throws {
        #expect(try read(line("card", "596")) == [with(1, "596")])
        #expect(try read(line("note", "-1.5e3")) == [with(6, "-1.5e3")])
        #expect(try read(line("amount", "\"12.3\"")) == [with(2, "1230")])
        #expect(try read(line("ok", "0")) == [with(3, "0")])
        #expect(try read(line("x", "\"-inf\"")) == [with(4, "-inf")])
        #expect(try read(line("x", "\"NaN\"")) == [with(4, "·")])
        #expect(try read(line("n", "7.0")) == [with(5, "7")])
    }

    @Test("escapes")
    func escapes() throws {
        #expect(
            try read(line("note", #""\"\\\/\b\f\n\r\t\u00e9\u5F20\ud83d\ude42""#))
                == [with(6, "\"\\/\u{8}\u{C}\n\r\té张🙂")])
        #expect(
            try read(line().replacingOccurrences(of: "\"card\"", with: #""c\u0061rd""#)) == [
                Self.row
            ])
    }

    @Test(
        "wrong types, named",
        arguments: [
            ("x", "\"12\"", "expected a number, found the text \"12\""),
            ("x", "true", "expected a number, found true"),
            ("x", "{\"a\":1}", "expected a number, found a mapping"),
            ("x", "[1]", "expected a number, found a list"),
            ("x", "1e999", "the number \"1e999\" is beyond the range of a double"),
            ("n", "1.5", "expected a whole number, found 1.5"),
            ("n", "\"7\"", "expected a whole number, found the text \"7\""),
            ("ok", "\"true\"", "expected 0, 1, true or false, found the text \"true\""),
            ("card", "true", "expected a text, found true"),
            ("card", "{}", "expected a text, found a mapping"),
            ("note", "[]", "expected a text, found a list"),
            ("note", "\"a\\u0000b\"", "a text with a zero byte"),
            (
                "amount", "12.345",
                "the decimal \"12.345\" has more than 2 digits behind the point"
            ),
            (
                "amount", "true",
                "expected a decimal with at most 2 digits behind the point, found true"
            ),
            (
                "at", "1522540831",
                "expected a time like 2018-04-01T00:00:31Z from 1900 to 2199, found 1522540831"
            ),
        ])
    func wrongTypes(_ key: String, _ value: String, _ reason: String) {
        #expect(message(line() + line(key, value)) == "log.jsonl:2: column \(key): \(reason)")
    }

    @Test(
        "lines that are no JSON objects",
        arguments: [
            ("[1]", "byte 1 of the line: expected an object in braces"),
            ("{\"n\":1", "byte 7 of the line: expected ',' or '}'"),
            ("{\"n\"}", "byte 5 of the line: expected ':' behind a key"),
            ("{n:1}", "byte 2 of the line: expected a key in quotes"),
            ("{\"n\":1,}", "byte 8 of the line: expected a key in quotes"),
            ("{\"n\":1} {}", "byte 9 of the line: expected the end of the line"),
            ("{\"n\":01}", "byte 8 of the line: expected a number without leading zeros"),
            ("{\"n\":1.}", "byte 8 of the line: expected digits behind the point"),
            ("{\"n\":1e}", "byte 8 of the line: expected digits in the exponent"),
            ("{\"n\":tru}", "byte 6 of the line: expected a value"),
            ("{\"n\":}", "byte 6 of the line: expected a value"),
            ("{\"n\":", "byte 6 of the line: expected a value, found the end of the line"),
            ("{\"n\":1,\"n\":2}", "byte 13 of the line: the key \"n\" stands twice"),
            ("{\"note\":\"a", "byte 11 of the line: a text without its closing quote"),
            ("{\"note\":\"a\\x\"}", "byte 11 of the line: an unknown escape"),
            ("{\"note\":\"\\ud83d\"}", "byte 16 of the line: half of a surrogate pair"),
            ("{\"note\":\"\\u12g4\"}", "byte 10 of the line: expected four hexadecimal digits"),
            ("{\"note\":\"a\tb\"}", "byte 11 of the line: a control character inside a text"),
            ("{\"other\":\"a\\x\"}", "byte 12 of the line: an unknown escape"),
        ])
    func malformed(_ wrong: String, _ reason: String) {
        #expect(message(line() + wrong + "\n" + line()) == "log.jsonl:2: \(reason)")
    }

    @Test("nesting has a bound")
    func depth() throws {
        func nested(_ levels: Int) -> String {
            line().dropLast(2) + ",\"deep\":" + String(repeating: "[", count: levels)
                + String(repeating: "]", count: levels) + "}\n"
        }
        #expect(try read(nested(63)) == [Self.row])
        #expect(message(nested(64))?.hasSuffix("nested deeper than 64 levels") == true)
        #expect(message(nested(100_000))?.hasSuffix("nested deeper than 64 levels") == true)
    }

    @Test("text that is no UTF-8 is refused wherever it stands")
    func utf8() {
        let bytes = Array("{\"other\":\"".utf8) + [0xFF] + Array("\"}\n".utf8)
        let path = bench.file("log.jsonl", bytes)
        let error = tableError {
            _ = try TableReader(
                path: path, requests: .columns([ColumnRequest("n", .integer, optional: true)])
            ).readAll()
        }
        #expect(error?.message.hasSuffix("a text that is no UTF-8") == true)
    }

    @Test(
        "a key that no line has is an error at the end, unless it is optional or there is no line")
    func absentKey() throws {
        let path = bench.file("log.jsonl", "{\"amount\":1}\n{\"amount\":2,\"late\":3}\n")
        func columns(_ requests: ColumnRequest...) throws -> Table {
            try TableReader(path: path, requests: .columns(requests)).readAll()
        }
        let error = tableError { _ = try columns(ColumnRequest("amuont", .number)) }
        #expect(
            error?.description
                == "\(path): column amuont: no line has the key \"amuont\"; did you mean \"amount\"?"
        )
        #expect(try columns(ColumnRequest("late", .integer)).shownRows == [["·"], ["3"]])
        #expect(
            try columns(ColumnRequest("none", .integer, optional: true)).shownRows == [
                ["·"], ["·"],
            ])
        let empty = bench.file("empty.jsonl", "")
        let table = try TableReader(
            path: empty, requests: .columns([ColumnRequest("n", .integer)])
        ).readAll()
        #expect(table.rowCount == 0)
        #expect(table.columns.map(\.name) == ["n"])
    }

    @Test("all keys: those of the first line, and no others")
    func allKeys() throws {
        let path = bench.file("log.jsonl", "{\"a\":1,\"b\":2}\n{\"b\":3}\n")
        let reader = try TableReader(path: path, requests: .all(as: .number, except: []))
        #expect(reader.header == ["a", "b"])
        #expect(try reader.readAll().shownRows == [["1.0", "2.0"], ["·", "3.0"]])
        let more = bench.file("more.jsonl", "{\"a\":1}\n{\"c\":3}\n")
        let error = tableError {
            _ = try TableReader(path: more, requests: .all(as: .number, except: [])).readAll()
        }
        #expect(
            error?.description
                == "\(more):2: byte 7 of the line: the key \"c\" is not in the first line")
    }

    @Test("a line over the limit names itself")
    func longLine() {
        let path = bench.file(
            "log.jsonl", "{\"n\":1}\n{\"s\":\"" + String(repeating: "x", count: 5000))
        let error = tableError {
            _ = try TableReader.chunked(
                path, .columns([ColumnRequest("n", .integer)]), chunk: 64, recordLimit: 1000
            ).readAll()
        }
        #expect(error?.line == 2)
        #expect(error?.message.hasPrefix("the record that begins here is longer than") == true)
    }
}
