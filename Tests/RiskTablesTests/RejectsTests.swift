import Foundation
import RiskColumns
import RiskTables
import Testing

@Suite("Rows that do not parse go to the rejects file, and nothing is lost")
struct RejectsTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    static let columns = ColumnSelection.columns([
        ColumnRequest("n", .integer), ColumnRequest("key", .category),
        ColumnRequest("amount", .decimal(scale: 2)), ColumnRequest("note", .text),
    ])

    @Test("file, line, field, reason and the record as it stands in the file")
    func form() throws {
        let path = bench.file(
            "log.csv",
            """
            n,key,amount,note
            1,a,1.00,x
            x,b,1.005,"a ""note"",
            of two lines"
            2,c
            3,"d"e,1,x
            4,f,1.005,y
            5,a,2,
            """)
        let rejects = try RejectsWriter(path: bench.path("rejects.csv"))
        let reader = try TableReader(
            path: path, requests: Self.columns, onError: .reject(rejects))
        let table = try reader.readAll()
        #expect(bench.names.contains("rejects.csv") == false)
        try rejects.finish()
        #expect(table.shownRows == [["1", "a", "100", "x"], ["5", "a", "200", ""]])
        let name = path
        #expect(
            try bench.text("rejects.csv") == #"""
                file,line,field,reason,record
                \#(name),3,n,"expected a whole number, found ""x""","x,b,1.005,""a """"note"""",
                of two lines"""
                \#(name),5,,"expected 4 fields, found 2","2,c"
                \#(name),6,,expected a comma or the end of the line behind a closing quote,"3,""d""e,1,x"
                \#(name),7,amount,"the decimal ""1.005"" has more than 2 digits behind the point","4,f,1.005,y"

                """#)
        #expect(rejects.count == 4)
        #expect(reader.rowsRead == 2)
        #expect(reader.rowsRejected == 4)
    }

    @Test("a rejected row leaves no trace in a dictionary")
    func dictionary() throws {
        let path = bench.file(
            "log.csv", "n,key,amount,note\nx,gone,1,\n1,stays,1,\nx,gone,1,\n2,b,1,\n")
        let rejects = try RejectsWriter(path: bench.path("rejects.csv"))
        let table = try TableReader(path: path, requests: Self.columns, onError: .reject(rejects))
            .readAll()
        guard case .codes(let codes, let dictionary)? = table["key"]?.storage else {
            Issue.record("no category column")
            return
        }
        #expect(dictionary.texts == ["stays", "b"])
        #expect(codes == [0, 1])
    }

    @Test("one writer for several files")
    func shared() throws {
        let first = bench.file("a.csv", "n,key,amount,note\nx,,,\n")
        let second = bench.file("b.jsonl", "{\"n\":\"x\",\"key\":1,\"amount\":1,\"note\":1}\n")
        let rejects = try RejectsWriter(path: bench.path("rejects.csv.gz"))
        for path in [first, second] {
            let table = try TableReader(
                path: path, requests: Self.columns, onError: .reject(rejects)
            )
            .readAll()
            #expect(table.rowCount == 0)
        }
        try rejects.finish()
        let back = try TableReader(
            path: bench.path("rejects.csv.gz"), requests: .all(as: .text, except: [])
        ).readAll()
        #expect(back["file"]?.shown == [first, second])
        #expect(back["field"]?.shown == ["n", "n"])
        #expect(
            back["record"]?.shown == ["x,,,", "{\"n\":\"x\",\"key\":1,\"amount\":1,\"note\":1}"])
    }

    @Test("rows read and rows rejected are the records, in any pieces and batches")
    func accounting() throws {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<60 {
            var lines: [String] = []
            var good: [[String]] = []
            var bad: [String] = []
            for index in 1...Int.random(in: 1...60, using: &generator) {
                switch Int.random(in: 0..<8, using: &generator) {
                case 0: bad.append("\(index),k,1.234,note")
                case 1: bad.append("\(index),k")
                case 2: bad.append("\(index),\"k\"x,1,note")
                case 3: bad.append("\(index).5,new\(index),1,\"two\nlines\"")
                default:
                    lines.append("\(index),k\(index % 5),\(index).5,\"a\nb\"")
                    good.append(["\(index)", "k\(index % 5)", "\(index)50", "a\nb"])
                    continue
                }
                lines += bad.suffix(1)
            }
            let path = bench.file(
                "log.csv", "n,key,amount,note\n" + lines.map { $0 + "\n" }.joined())
            let rejects = try RejectsWriter(path: bench.path("rejects.csv"))
            let reader = try TableReader.chunked(
                path, Self.columns, chunk: Int.random(in: 1...200, using: &generator),
                onError: .reject(rejects), batchRows: Int.random(in: 1...20, using: &generator))
            var rows: [[String]] = []
            while let table = try reader.next() { rows += table.shownRows }
            #expect(rows == good)
            #expect(reader.rowsRead == good.count)
            #expect(reader.rowsRejected == bad.count)
            #expect(rejects.count == reader.rowsRejected)
            try rejects.finish()

            let records = try TableReader(
                path: bench.path("rejects.csv"), requests: .all(as: .text, except: [])
            ).readAll()
            #expect(records["record"]?.shown == bad)
        }
    }

    @Test("a rejects file that cannot be written is an error")
    func cannotBeWritten() {
        let error = tableError { _ = try RejectsWriter(path: bench.path("none/rejects.csv")) }
        #expect(error?.kind == .cannotCreate)
    }
}
