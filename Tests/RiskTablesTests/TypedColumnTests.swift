import Foundation
import RiskColumns
import RiskTables
import Testing

@Suite("Typed columns")
struct TypedColumnTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    func read(
        _ type: ColumnType, _ values: [String], time: TimeFormat = .iso8601, rounded: Bool = false
    ) throws -> [String] {
        let path = bench.file("log.csv", "v,end\n" + values.map { $0 + ",\n" }.joined())
        let request = ColumnRequest("v", type, timeFormat: time, rounded: rounded)
        return try TableReader(path: path, requests: .columns([request])).readAll().columns[0].shown
    }

    func reason(
        _ type: ColumnType, _ value: String, time: TimeFormat = .iso8601
    ) -> String? {
        let error = tableError { _ = try read(type, ["", value], time: time) }
        guard let error, error.line == 3, error.field == "v" else { return nil }
        return error.message
    }

    @Test("an empty field is missing in every type but text")
    func empty() throws {
        for type in [ColumnType.integer, .decimal(scale: 2), .number, .boolean, .time, .category] {
            #expect(try read(type, ["", "\"\""]) == ["·", "·"])
        }
        #expect(try read(.text, ["", "\"\""]) == ["", ""])
    }

    @Test("the words for a missing value, in every type but texts and categories")
    func missingWords() throws {
        let words = ["NA", "N/A", "NaN", "nan", "null", "NULL", "None", "\"NA\""]
        for type in [ColumnType.integer, .decimal(scale: 2), .number, .boolean, .time] {
            #expect(try read(type, words) == words.map { _ in "·" })
            #expect(reason(type, "NAN") != nil)
            #expect(reason(type, "na") != nil)
        }
        #expect(try read(.category, ["NA", "null"]) == ["NA", "null"])
        #expect(try read(.text, ["NA", "null"]) == ["NA", "null"])
    }

    @Test("integers")
    func integers() throws {
        #expect(
            try read(.integer, ["0", "-7", "+7", "007", "12.0", "12.", "9223372036854775807"])
                == ["0", "-7", "7", "7", "12", "12", "9223372036854775807"])
        #expect(
            reason(.integer, "9223372036854775808")
                == "the whole number \"9223372036854775808\" is beyond 64 bits")
        #expect(reason(.integer, "-9223372036854775808") != nil, "it stands for a missing value")
        for wrong in ["1.5", "1e3", "x", " 1", "1 ", "-", ".", ".0", "0x10", "1_000", "１"] {
            #expect(reason(.integer, wrong) == "expected a whole number, found \"\(wrong)\"")
        }
    }

    @Test("decimals")
    func decimals() throws {
        #expect(
            try read(.decimal(scale: 2), ["12.30", "146.0", "7", "-0.05", "9999999999999.99"])
                == ["1230", "14600", "700", "-5", "999999999999999"])
        #expect(
            reason(.decimal(scale: 2), "1.234")
                == "the decimal \"1.234\" has more than 2 digits behind the point")
        #expect(
            reason(.decimal(scale: 2), "10000000000000")
                == "the decimal \"10000000000000\" is too large: at most 13 digits stand before the point"
        )
        #expect(
            reason(.decimal(scale: 2), "1e2")
                == "expected a decimal with at most 2 digits behind the point, found \"1e2\"")
        #expect(
            try read(.decimal(scale: 2), ["85.64999999999999", "83.10000000000001"], rounded: true)
                == ["8565", "8310"])
    }

    @Test("booleans")
    func booleans() throws {
        #expect(
            try read(.boolean, ["0", "1", "true", "True", "TRUE", "false", "False", "FALSE"])
                == ["0", "1", "1", "1", "1", "0", "0", "0"])
        for wrong in ["2", "yes", "tRUE", "t", "1.0"] {
            #expect(reason(.boolean, wrong) == "expected 0, 1, true or false, found \"\(wrong)\"")
        }
    }

    @Test("times")
    func times() throws {
        #expect(
            try read(
                .time,
                [
                    "2018-04-01 00:00:31", "2018-04-01T00:00:31Z", "2018-04-01T08:00:31+08:00",
                    "2018-04-01", "2018-04-02T23:59:59", "2018-04-02T23:59:59.5Z",
                ])
                == [
                    "2018-04-01T00:00:31Z", "2018-04-01T00:00:31Z", "2018-04-01T00:00:31Z",
                    "2018-04-01T00:00:00Z", "2018-04-02T23:59:59Z",
                    "2018-04-02T23:59:59.500000Z",
                ])
        for wrong in [
            "2018-02-30", "2018-04-01 24:00:00", "2018-04-01 00:00:60", "2018-04-01x00:00:00",
            "2018-04-01 00-00-00", "1522540831", "2018-04-01T00:00:31z ",
        ] {
            #expect(
                reason(.time, wrong)
                    == "expected a time like 2018-04-01T00:00:31Z from 1900 to 2199, "
                    + "found \"\(wrong)\"")
        }
    }

    @Test("a remembered date is not taken for another one")
    func rememberedDate() throws {
        let days = ["2018-04-01", "2018-04-02", "2018-04-01", "2017-04-01", "2018-05-01"]
        let times = days.flatMap { ["\($0) 01:02:03", "\($0)T01:02:03Z", "\($0) 01:02:04"] }
        let expected = days.flatMap {
            ["\($0)T01:02:03Z", "\($0)T01:02:03Z", "\($0)T01:02:04Z"]
        }
        #expect(try read(.time, times) == expected)
        let wrong = tableError {
            _ = try read(.time, ["2018-04-01 01:02:03", "2018-04-01 01:02:61"])
        }
        #expect(wrong?.line == 3)
    }

    @Test("times without an offset go through the caller's time zone, others do not")
    func naiveTimes() throws {
        let path = bench.file(
            "log.csv", "t\n2018-04-01 08:00:00\n2018-04-01T08:00:00Z\n2018-04-01 08:00\n")
        let table = try TableReader(
            path: path, requests: .columns([ColumnRequest("t", .time)]),
            naiveTime: { $0 - 8 * Timestamps.hour }
        ).readAll()
        #expect(
            table.columns[0].shown == [
                "2018-04-01T00:00:00Z", "2018-04-01T08:00:00Z", "2018-04-01T00:00:00Z",
            ])
    }

    @Test("times since the epoch")
    func epoch() throws {
        let expected = [
            "2018-04-01T00:00:31Z", "2018-04-01T00:00:31.250000Z", "1969-12-31T23:59:59Z",
        ]
        #expect(
            try read(.time, ["1522540831", "1522540831.25", "-1"], time: .epochSeconds) == expected)
        #expect(
            try read(
                .time, ["1522540831000", "1522540831250.000", "-1000"], time: .epochMilliseconds)
                == expected)
        #expect(
            try read(
                .time, ["1522540831000000", "1522540831250000", "-1000000"],
                time: .epochMicroseconds)
                == expected)
        #expect(
            reason(.time, "1522540831000", time: .epochSeconds)
                == "expected seconds since 1970 with up to 6 digits behind the point, "
                + "from 1900 to 2199, found \"1522540831000\"")
        #expect(reason(.time, "2018-04-01", time: .epochMilliseconds) != nil)
        #expect(reason(.time, "0.5", time: .epochMicroseconds) != nil)
    }

    @Test("texts and categories are UTF-8 without zero bytes; others' bytes do not matter")
    func texts() throws {
        func error(_ bytes: [UInt8], _ type: ColumnType) -> TableError? {
            let path = bench.file("log.csv", Array("v,w\nx,1\n".utf8) + bytes + Array(",2\n".utf8))
            return tableError {
                _ = try TableReader(
                    path: path, requests: .columns([ColumnRequest("v", type)])
                ).readAll()
            }
        }
        for type in [ColumnType.text, .category] {
            #expect(error([0x61, 0xFF], type)?.message == "a text that is no UTF-8: \"a\u{FFFD}\"")
            #expect(error([0xC0, 0x80], type) != nil, "overlong")
            #expect(error([0xED, 0xA0, 0x80], type) != nil, "a surrogate")
            #expect(error([0xF4, 0x90, 0x80, 0x80], type) != nil, "beyond U+10FFFF")
            #expect(error([0xE5, 0xBC], type) != nil, "cut off")
            #expect(error([0x61, 0x00], type)?.message == "a text with a zero byte")
            #expect(error(Array("\"张\"".utf8), type) == nil)
        }
        #expect(
            error([0x31, 0x00], .number)?.badRows.last?.reason
                == "expected a number, found \"1\\0\"")
        let path = bench.file("skip.csv", Array("v,w\n".utf8) + [0xFF, 0x00] + Array(",1\n".utf8))
        let table = try TableReader(path: path, requests: .columns([ColumnRequest("w", .text)]))
            .readAll()
        #expect(table.shownRows == [["1"]])
    }

    @Test("a message shows at most forty characters of a field, on one line")
    func longField() {
        #expect(
            reason(.number, "\"a\nb\(String(repeating: "x", count: 100))\"")
                == "expected a number, found \"a\\nb\(String(repeating: "x", count: 37))…\"")
    }

    @Test("the first ten bad rows are named, each with its first wrong field")
    func firstTen() throws {
        let lines = (1...20).map { $0 % 2 == 0 ? "\($0),x" : "y,z" }
        let path = bench.file("log.csv", "a,b\n" + lines.joined(separator: "\n"))
        let requests = ColumnSelection.columns([
            ColumnRequest("a", .integer), ColumnRequest("b", .integer),
        ])
        for chunk in [1, 16, 1 << 20] {
            let error = tableError {
                _ = try TableReader.chunked(path, requests, chunk: chunk).readAll()
            }
            #expect(error?.badRows.map(\.line) == Array(2...11))
            #expect(error?.badRows.map(\.field) == (1...10).map { $0 % 2 == 0 ? "b" : "a" })
            let text = error?.description.split(separator: "\n") ?? []
            #expect(text.first == "\(path): many rows do not parse; the first 10:")
            #expect(
                text.dropFirst().first
                    == "\(path):2: column a: expected a whole number, found \"y\"")
        }
    }

    @Test("fewer than ten bad rows are counted, and the error comes again")
    func fewBadRows() throws {
        let path = bench.file("log.csv", "a,b\n1,2\nx,2\n1\n1,2\n")
        let reader = try TableReader(
            path: path, requests: .columns([ColumnRequest("a", .integer)]), batchRows: 1)
        #expect(try reader.next()?.rowCount == 1)
        let error = tableError { _ = try reader.next() }
        #expect(
            error?.description == """
                \(path): 2 rows do not parse:
                \(path):3: column a: expected a whole number, found "x"
                \(path):4: expected 2 fields, found 1
                """)
        #expect(tableError { _ = try reader.next() } == error)
        #expect(tableError { _ = try reader.readAll() } == error)
    }
}
