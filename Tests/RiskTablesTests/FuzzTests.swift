import Foundation
import RiskColumns
import RiskTables
import Testing

/// Valid files with a few bytes changed: whatever comes of it, the process lives, an error names
/// the file, and the same bytes in other pieces come to the same.
@Suite("Mutated files never crash")
struct FuzzTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    static let requests: [ColumnRequest] = [
        ColumnRequest("at", .time), ColumnRequest("key", .category),
        ColumnRequest("amount", .decimal(scale: 2)), ColumnRequest("ok", .boolean),
        ColumnRequest("x", .number), ColumnRequest("n", .integer), ColumnRequest("note", .text),
    ]

    static let csv = Array(
        """
        at,key,amount,ok,x,n,note
        2018-04-01 00:00:31,c1,57.16,0,0.1,1,plain
        2018-04-01T00:02:10Z,"c,2",81.5,true,1e-7,-2,"a ""quoted"" note"
        2018-04-01T08:02:10.5+08:00,c1,,1,-12345678901234567e-10,,"two
        lines"
        ,,,,,,
        2018-04-02,张伟,-0.01,False,inf,9223372036854775807,🙂\r

        """.utf8)

    static let json = Array(
        #"""
        {"at":"2018-04-01T00:00:31Z","key":"c1","amount":57.16,"ok":true,"x":0.1,"n":1,"note":"pl\u0061in"}
        {"at":null,"key":596,"amount":"12.3","ok":0,"x":"inf","n":-2,"note":"\ud83d\ude42","more":{"a":[1,2]}}
        {"n":7,"x":-1.5e-3,"note":"张伟 \"q\" \\"}

        """#.utf8)

    static let interesting: [UInt8] =
        Array("\",\n\r\\{}[]:+-.eE0179tfn uZT".utf8) + [0, 0x80, 0xC3, 0xED, 0xFF, 0xEF, 0x1F]

    static func mutated(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            guard !bytes.isEmpty else { break }
            let place = Int.random(in: bytes.indices, using: &generator)
            let other = Int.random(in: place..<min(bytes.count, place + 30), using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[place] = interesting.randomElement(using: &generator)!
            case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 2: bytes.insert(interesting.randomElement(using: &generator)!, at: place)
            case 3: bytes.removeSubrange(place...other)
            case 4: bytes.insert(contentsOf: bytes[place...other], at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    struct Outcome: Equatable {
        var error: TableError?
        var rows: [[String]] = []
        var rejected = 0
    }

    func read(
        _ path: String, chunk: Int, rejecting: Bool, all: Bool = false
    ) throws -> Outcome {
        var outcome = Outcome()
        let rejects = try RejectsWriter(path: "/dev/null")
        do throws(TableError) {
            let reader = try TableReader.chunked(
                path, all ? .all(as: .text, except: []) : .columns(Self.requests), chunk: chunk,
                onError: rejecting ? .reject(rejects) : .fail, recordLimit: 4096)
            let table = try reader.readAll()
            outcome.rows = table.shownRows
            outcome.rejected = reader.rowsRejected
            #expect(reader.rowsRead == table.rowCount)
        } catch {
            outcome.error = error
            #expect(error.file == path)
            #expect(!error.message.isEmpty)
        }
        return outcome
    }

    @Test("CSV and JSON Lines", arguments: ["log.csv", "log.jsonl"])
    func text(_ name: String) throws {
        var generator = SeededGenerator(seed: 2018)
        let valid = name == "log.csv" ? Self.csv : Self.json
        let clean = try read(bench.file(name, valid), chunk: 4096, rejecting: false)
        #expect(clean.error == nil)
        var failures = 0
        for _ in 0..<1500 {
            let path = bench.file(name, Self.mutated(valid, &generator))
            let chunk = Int.random(in: 1...300, using: &generator)
            let failing = try read(path, chunk: chunk, rejecting: false)
            let rejecting = try read(path, chunk: 4096, rejecting: true)
            // The two ways with bad rows agree on whether there are any.
            #expect((failing.error == nil) == (rejecting.error == nil && rejecting.rejected == 0))
            if failing.error == nil { #expect(failing.rows == rejecting.rows) }
            #expect(try read(path, chunk: chunk, rejecting: true) == rejecting)
            _ = try read(path, chunk: chunk, rejecting: true, all: true)
            if failing.error != nil { failures += 1 }
        }
        #expect(failures > 300)
    }

    @Test("gzip data")
    func gzip() throws {
        var generator = SeededGenerator(seed: 2019)
        let file = try AtomicFile(path: bench.path("valid.csv.gz"))
        try file.write(Self.csv + Self.csv.dropFirst(26))
        try file.commit()
        let valid = try bench.bytes("valid.csv.gz")
        let clean = try read(bench.path("valid.csv.gz"), chunk: 4096, rejecting: false)
        #expect(clean.error == nil)
        for _ in 0..<800 {
            let path = bench.file("log.csv.gz", Self.mutated(valid, &generator))
            let outcome = try read(path, chunk: 512, rejecting: true)
            // The check sum finds every change but those of a header that says nothing.
            if outcome.error == nil { #expect(outcome.rows == clean.rows) }
        }
    }

    /// Inputs that have broken readers: this one in the making, and others.
    static let offenders: [[UInt8]] = [
        [], [0], [0xEF], [0xEF, 0xBB], [0xEF, 0xBB, 0xBF], Array("\n".utf8), Array("\r".utf8),
        Array("\"".utf8), Array("\"\"".utf8), Array("\"\"\"".utf8), Array(",".utf8),
        Array("at\n\"".utf8), Array("at,\n\"\"\"".utf8), Array("at\r\n\r\n\r\n".utf8),
        Array("{".utf8), Array("{}".utf8), Array("{\"".utf8), Array("{\"a\":\"\\".utf8),
        Array("{\"a\":\"\\u".utf8), Array("{\"a\":\"\\ud800\\u".utf8), Array("{\"a\":-}".utf8),
        Array("n,x\n-,-\n+,+\n.,.\n".utf8), Array("x\n1e99999999999999999999999\n".utf8),
        Array("{\"n\":-}\n{\"n\":+1}\n{\"x\":.5}\n".utf8),
        Array(String(repeating: "{\"a\":", count: 1000).utf8),
        Array(String(repeating: ",", count: 4000).utf8),
        [0x1F, 0x8B], [0x1F, 0x8B, 0x08], [UInt8](repeating: 0x1F, count: 100),
        Array("at,key,amount,ok,x,n,note\n,,,,,,\"\"".utf8) + [0xFF],
    ]

    @Test("past offenders", arguments: offenders.indices, ["log.csv", "log.jsonl", "log.csv.gz"])
    func offender(_ index: Int, _ name: String) throws {
        let path = bench.file(name, Self.offenders[index])
        for chunk in [1, 2, 3, 4096] {
            for rejecting in [true, false] {
                _ = try read(path, chunk: chunk, rejecting: rejecting)
                _ = try read(path, chunk: chunk, rejecting: rejecting, all: true)
            }
        }
    }
}
