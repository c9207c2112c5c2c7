import RiskColumns
import Testing

@testable import RiskTables

@Suite("Rules that the values of a row satisfy together")
struct RowRuleTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    static let columns = ColumnSelection.columns([
        ColumnRequest("at", .time), ColumnRequest("known", .time), ColumnRequest("key", .category),
        ColumnRequest("n", .integer), ColumnRequest("w", .number),
        ColumnRequest("label", .boolean),
    ])

    static let rules: [RowRule] = [
        .time("known", notBefore: "at"), .needed("key", where: "label"),
        .magnitude("n", atMost: 100), .weight("w", where: "label"),
    ]

    static let csv = """
        at,known,key,n,w,label
        2020-01-01,2020-01-01,a,100,0,1
        2020-01-02,2020-01-01,a,1,1,1
        2020-01-01,,,,,
        ,2020-01-01,b,-100,,
        2020-01-01,2020-01-02,,1,1,0
        2020-01-01,2020-01-02,"",1,1,1
        2020-01-01,2020-01-02,a,-101,1,0
        2020-01-01,2020-01-02,a,1,,0
        2020-01-01,2020-01-02,a,1,-0.5,0
        2020-01-01,2020-01-02,a,1,inf,1
        2020-01-03,2020-01-02,,101,-1,x
        2020-01-03,2020-01-03,b,,1e300,0

        """

    static let json = csv.split(separator: "\n").dropFirst().map { line -> String in
        let names = ["at", "known", "key", "n", "w", "label"]
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        let members = zip(names, cells).filter { !$1.isEmpty && $1 != "\"\"" }.map { name, cell in
            let isText = ["at", "known", "key"].contains(name) || cell == "inf" || cell == "x"
            return "\"\(name)\":" + (isText ? "\"\(cell)\"" : String(cell))
        }
        return "{\(members.joined(separator: ","))}\n"
    }.joined()

    /// Line of the CSV and column; of several mistakes in a row the first column's.
    static let broken = [
        "3 known", "6 key", "7 key", "8 n", "9 w", "10 w", "11 w", "12 known",
    ]

    @Test(
        "Rows that break one are rejected with line, column and reason", arguments: [20, 1 << 20])
    func rejects(_ chunk: Int) throws {
        for (name, text, offset) in [("log.csv", Self.csv, 0), ("log.jsonl", Self.json, 1)] {
            let path = bench.file(name, text)
            let rejects = try RejectsWriter(path: bench.path("bad.csv"))
            let reader = try TableReader(
                path: path, format: nil, requests: Self.columns, rules: Self.rules,
                onError: .reject(rejects), naiveTime: { $0 }, batchRows: 3, chunkBytes: chunk,
                recordLimit: 1 << 20)
            let table = try reader.readAll()
            try rejects.finish()
            #expect(table.rowCount == 4)
            #expect(table["key"]?.shown == ["a", "·", "b", "b"])
            #expect(table["n"]?.shown == ["100", "·", "-100", "·"])
            let bad = try TableReader(
                path: bench.path("bad.csv"),
                requests: .columns([
                    ColumnRequest("line", .integer), ColumnRequest("field", .text),
                ])
            ).readAll()
            // A line of the CSV's header is none of JSON Lines.
            #expect(
                bad.shownRows.map { "\(Int($0[0])! + offset) \($0[1])" } == Self.broken)
        }
    }

    @Test("What is wrong is said in the words of the column")
    func words() throws {
        let path = bench.file("log.csv", Self.csv)
        let error = tableError {
            _ = try TableReader(path: path, requests: Self.columns, rules: Self.rules).readAll()
        }
        let text = error?.description ?? ""
        for part in [
            ":3: column known: expected a time not before at, 2020-01-02T00:00:00Z, "
                + "found 2020-01-01T00:00:00Z",
            ":6: column key: expected a value, found nothing",
            ":8: column n: the whole number -101 is beyond 100, up to which sums are exact",
            ":9: column w: expected a weight, a finite number of 0 or more, found nothing",
            ":10: column w: expected a weight, a finite number of 0 or more, found -0.5",
        ] {
            #expect(text.contains(part), "\(part) is not in \(text)")
        }
    }

    @Test("A row that breaks none is read as without rules")
    func sound() throws {
        let lines = Self.csv.split(separator: "\n")
        let sound = [lines[0], lines[1], lines[3], lines[4], lines[12]].map { $0 + "\n" }.joined()
        let path = bench.file("log.csv", sound)
        let with = try TableReader(path: path, requests: Self.columns, rules: Self.rules).readAll()
        let without = try TableReader(path: path, requests: Self.columns).readAll()
        #expect(with.shownRows == without.shownRows)
        #expect(with.rowCount == 4)
    }
}
