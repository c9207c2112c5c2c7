import Foundation
import RiskColumns
import RiskTables
import Testing

@Suite("Gzip in and out")
struct GzipTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    static let columns = ColumnSelection.columns([
        ColumnRequest("a", .integer), ColumnRequest("b", .text),
    ])

    /// Made with: printf 'a,b\n1,x\n2,y\n' | gzip -n9 | base64 (gzip 1.12).
    static let member = Array(
        Data(base64Encoded: "H4sIAAAAAAACA0vUSeIy1KngMtKp5AIAwpZ+nQwAAAA=") ?? Data())

    func read(_ bytes: [UInt8], chunk: Int = 1 << 20) throws -> [[String]] {
        let path = bench.file("log.csv.gz", bytes)
        return try TableReader.chunked(path, Self.columns, chunk: chunk).readAll().shownRows
    }

    func message(_ bytes: [UInt8]) -> String? {
        tableError { _ = try read(bytes) }?.description
            .replacingOccurrences(of: bench.folder + "/", with: "")
    }

    @Test("what gzip wrote")
    func foreign() throws {
        for chunk in [1, 3, 1 << 20] {
            #expect(try read(Self.member, chunk: chunk) == [["1", "x"], ["2", "y"]])
        }
    }

    @Test("members one behind the other, and zeros behind the last")
    func members() throws {
        // printf '3,z\n' | gzip -n9 | base64
        let second = Array(Data(base64Encoded: "H4sIAAAAAAACAzPWqeICALVPiMcEAAAA") ?? Data())
        let rows = [["1", "x"], ["2", "y"], ["3", "z"]]
        #expect(try read(Self.member + second) == rows)
        #expect(try read(Self.member + second + [UInt8](repeating: 0, count: 700)) == rows)
    }

    @Test("gzip data is known by its bytes, not by its name")
    func anyName() throws {
        let path = bench.file("log.csv", Self.member)
        let table = try TableReader(path: path, requests: Self.columns).readAll()
        #expect(table.rowCount == 2)
    }

    @Test("cut off anywhere, it is an error")
    func truncated() {
        #expect(message([]) == "log.csv.gz: is empty; expected gzip data")
        #expect(message([0x1F]) == "log.csv.gz: is no gzip data, though its name says so")
        for count in 2..<Self.member.count {
            #expect(
                message(Array(Self.member[..<count]))
                    == "log.csv.gz: is cut off: its gzip data ends too early")
        }
    }

    @Test("a changed byte is an error or changes nothing")
    func damaged() throws {
        let rows = try read(Self.member)
        for index in Self.member.indices {
            for bit in 0..<8 {
                var bytes = Self.member
                bytes[index] ^= 1 << UInt8(bit)
                if message(bytes) == nil { #expect(try read(bytes) == rows, "byte \(index)") }
            }
        }
        var checksum = Self.member
        checksum[checksum.count - 8] ^= 1
        #expect(
            message(checksum) == "log.csv.gz: has damaged gzip data (incorrect data check)")
    }

    @Test("other bytes behind the data are an error")
    func trailing() {
        #expect(
            message(Self.member + Array("more".utf8))
                == "log.csv.gz: has bytes behind its gzip data that are none themselves")
        #expect(
            message(Self.member + [0x1F, 0x8B])
                == "log.csv.gz: is cut off: its gzip data ends too early")
    }

    @Test("plain text under a name that ends in .gz is an error")
    func plain() {
        #expect(
            message(Array("a,b\n1,x\n".utf8))
                == "log.csv.gz: is no gzip data, though its name says so")
    }

    @Test("what is written compressed reads back, and the same twice is the same file")
    func written() throws {
        let text = "a,b\n" + (0..<50_000).map { "\($0),text \($0 % 91)\n" }.joined()
        for name in ["one.csv.gz", "two.csv.gz"] {
            let file = try AtomicFile(path: bench.path(name))
            try file.write(text)
            try file.commit()
        }
        #expect(try bench.bytes("one.csv.gz") == bench.bytes("two.csv.gz"))
        #expect(try bench.bytes("one.csv.gz").count < text.utf8.count / 3)
        let table = try TableReader(path: bench.path("one.csv.gz"), requests: Self.columns)
            .readAll()
        #expect(table.rowCount == 50_000)
        #expect(table.shownRows.last == ["49999", "text \(49_999 % 91)"])
    }

    @Test("a file of many pieces is one member, and the same at any number of threads")
    func pieces() throws {
        let table = WritingTests.table(rows: 40_000, seed: 9)
        for threads in [1, 2, 3, 7] {
            let writer = try TableWriter(path: bench.path("\(threads).csv.gz"), threads: threads)
            try writer.write(table)
            try writer.write(WritingTests.table(rows: 10, seed: 10))
            try writer.finish()
            #expect(try bench.bytes("\(threads).csv.gz") == bench.bytes("1.csv.gz"))
        }
        let reader = try TableReader(
            path: bench.path("1.csv.gz"),
            requests: .columns(WritingTests.types.map { ColumnRequest($0.0, $0.1) }))
        let rows = try reader.readAll()
        #expect(
            rows.shownRows
                == table.shownRows + WritingTests.table(rows: 10, seed: 10).shownRows)
        // Of several members, another would begin with the bytes 1F 8B 08.
        let plain = try TableWriter(path: bench.path("plain.csv"))
        try plain.write(table)
        try plain.finish()
        #expect(
            try bench.bytes("1.csv.gz").suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
                > bench.bytes("plain.csv").count)
    }

    @Test("a long file that breaks off late tells so, and a reader given up early ends")
    func late() throws {
        let writer = try TableWriter(path: bench.path("long.csv.gz"))
        let count: Int64 = 400_000
        let table = Table(
            columns: [
                Column(name: "a", type: .integer, storage: .integers(Array(0..<count))),
                Column(
                    name: "b", type: .text,
                    storage: .text(TextBuffer((0..<count).map { "text \($0 % 91)" }))),
            ], rowCount: Int(count))
        try writer.write(table)
        try writer.finish()
        let bytes = try bench.bytes("long.csv.gz")
        #expect(try read(bytes).count == Int(count))
        #expect(
            message(Array(bytes.dropLast(100)))
                == "log.csv.gz: is cut off: its gzip data ends too early")
        var changed = bytes
        changed[bytes.count - 8] ^= 1
        #expect(message(changed) == "log.csv.gz: has damaged gzip data (incorrect data check)")
        for _ in 0..<20 {
            let reader = try TableReader(
                path: bench.path("long.csv.gz"), requests: Self.columns, batchRows: 10)
            #expect(try reader.next()?.rowCount == 10)
        }
    }

    @Test("progress counts the bytes on the disk")
    func progress() throws {
        let path = bench.file("log.csv.gz", Self.member)
        let reader = try TableReader(path: path, requests: Self.columns)
        _ = try reader.readAll()
        #expect(reader.totalBytes == Self.member.count)
        #expect(reader.bytesRead == Self.member.count)
    }
}
