import Foundation
import RiskColumns
import Testing

@testable import RiskTables

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Writing tables")
struct WritingTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    static let types: [(String, ColumnType)] = [
        ("n", .integer), ("d", .decimal(scale: 2)), ("x, \"y\"", .number), ("ok", .boolean),
        ("at", .time), ("key", .category), ("note", .text),
    ]

    static func table(rows: Int, seed: UInt64) -> Table {
        var generator = SeededGenerator(seed: seed)
        let words = [
            "a", "b,c", "say \"hi\"", "two\nlines", "\r\n", "张伟", " x ", "NA", "🙂\\n", "\u{1}\t",
            "'", "-1", "a\rb",
        ]
        let columns = types.map { name, type -> Column in
            var integers: [Int64] = []
            var numbers: [Double] = []
            var codes: [Int32] = []
            var dictionary = CategoryDictionary()
            var text = TextBuffer()
            for _ in 0..<rows {
                let isMissing = Int.random(in: 0..<5, using: &generator) == 0
                let word = words.randomElement(using: &generator)!
                switch type {
                case .number:
                    let value = Double(bitPattern: generator.next())
                    let some = [value, value.rounded(), 0.1, -0.0, .infinity, -.infinity, 3]
                    let chosen = some.randomElement(using: &generator)!
                    numbers.append(isMissing || chosen.isNaN ? .nan : chosen)
                case .category: codes.append(isMissing ? -1 : dictionary.intern(word))
                case .text: text.append(isMissing ? "" : word)
                case .boolean:
                    integers.append(
                        isMissing ? Column.missing : .random(in: 0...1, using: &generator))
                case .time:
                    let time = Int64.random(
                        in: Timestamps.earliest..<Timestamps.end, using: &generator)
                    integers.append(isMissing ? Column.missing : time)
                case .decimal:
                    let units = Int64.random(
                        in: -Decimals.largest...Decimals.largest, using: &generator)
                    integers.append(isMissing ? Column.missing : units)
                case .integer:
                    let value = Int64.random(in: -.max ... .max, using: &generator)
                    integers.append(isMissing ? Column.missing : value)
                }
            }
            let storage: Column.Storage =
                switch type {
                case .number: .numbers(numbers)
                case .category: .codes(codes, dictionary)
                case .text: .text(text)
                default: .integers(integers)
                }
            return Column(name: name, type: type, storage: storage)
        }
        return Table(columns: columns, rowCount: rows)
    }

    @Test(
        "what is written reads back to the last bit",
        arguments: ["out.csv", "out.csv.gz", "out.jsonl", "out.ndjson.gz"])
    func roundTrip(_ name: String) throws {
        let tables = [
            Self.table(rows: 700, seed: 1), Self.table(rows: 0, seed: 2),
            Self.table(rows: 300, seed: 3),
        ]
        let writer = try TableWriter(path: bench.path(name))
        for table in tables { try writer.write(table) }
        #expect(bench.names.contains { $0.hasPrefix(".out") && $0.hasSuffix(".part") })
        #expect(!bench.names.contains(name))
        try writer.finish()
        #expect(bench.names == [name])
        #expect(writer.rowCount == 1000)
        for chunk in [100, 1 << 20] {
            let reader = try TableReader.chunked(
                bench.path(name),
                .columns(Self.types.map { ColumnRequest($0.0, $0.1) }), chunk: chunk)
            #expect(try reader.readAll().shownRows == tables.flatMap(\.shownRows))
        }
    }

    @Test("the form of CSV")
    func csv() throws {
        var dictionary = CategoryDictionary()
        let codes = ["a,b", "say \"hi\"", "two\nlines"].map { dictionary.intern($0) }
        let table = Table(
            columns: [
                Column(name: "k,", type: .category, storage: .codes([-1] + codes, dictionary)),
                Column(
                    name: "d", type: .decimal(scale: 2),
                    storage: .integers([-5, 1230, Column.missing, 0])),
                Column(name: "ok", type: .boolean, storage: .integers([0, 1, Column.missing, 1])),
                Column(
                    name: "at", type: .time,
                    storage: .integers([0, 1, Column.missing, 1_522_540_831_000_000])),
                Column(name: "x", type: .number, storage: .numbers([0.1, 3, .nan, -.infinity])),
            ], rowCount: 4)
        let writer = try TableWriter(path: bench.path("out.csv"))
        try writer.write(table)
        try writer.finish()
        #expect(
            try bench.text("out.csv") == #"""
                "k,",d,ok,at,x
                ,-0.05,0,1970-01-01T00:00:00Z,0.1
                "a,b",12.30,1,1970-01-01T00:00:00.000001Z,3
                "say ""hi""",,,,
                "two
                lines",0.00,1,2018-04-01T00:00:31Z,-inf

                """#)
        let lines = try TableWriter(path: bench.path("out.jsonl"))
        try lines.write(table)
        try lines.finish()
        #expect(
            try bench.text("out.jsonl") == """
                {"k,":null,"d":-0.05,"ok":false,"at":"1970-01-01T00:00:00Z","x":0.1}
                {"k,":"a,b","d":12.30,"ok":true,"at":"1970-01-01T00:00:00.000001Z","x":3}
                {"k,":"say \\"hi\\"","d":null,"ok":null,"at":null,"x":null}
                {"k,":"two\\nlines","d":0.00,"ok":true,"at":"2018-04-01T00:00:31Z","x":"-inf"}

                """)
    }

    @Test("a lone missing value is no empty line")
    func loneMissing() throws {
        let table = Table(
            columns: [Column(name: "n", type: .integer, storage: .integers([1, Column.missing]))],
            rowCount: 2)
        let writer = try TableWriter(path: bench.path("out.csv"))
        try writer.write(table)
        try writer.finish()
        #expect(try bench.text("out.csv") == "n\n1\n\"\"\n")
    }

    @Test("a table without rows is a header")
    func noRows() throws {
        let writer = try TableWriter(path: bench.path("out.csv"))
        try writer.write(Self.table(rows: 0, seed: 1))
        try writer.finish()
        #expect(try bench.text("out.csv") == "n,d,\"x, \"\"y\"\"\",ok,at,key,note\n")
    }

    @Test("numbers of any kind have the text that the standard types have")
    func numberText() {
        var generator = SeededGenerator(seed: 5)
        var date = NumberWriting.Date()
        for _ in 0..<2000 {
            let value =
                Int64(bitPattern: generator.next()) >> Int64.random(in: 0..<64, using: &generator)
            #expect(stored { NumberWriting.integer(value, at: $0) } == String(value))
            let time = Int64.random(in: Timestamps.earliest..<Timestamps.end, using: &generator)
            for time in [time, time / Timestamps.second * Timestamps.second] {
                #expect(
                    stored { NumberWriting.time(time, &date, at: $0) } == Timestamps.format(time))
            }
        }
        for time in [Int64.min + 1, -62_167_219_200_000_001, 253_402_300_800_000_000, .max] {
            #expect(stored { NumberWriting.time(time, &date, at: $0) } == Timestamps.format(time))
        }
        for value in [0, -1, 9, 10, 99, 100, .max, .min + 1] + powersAndNeighbours {
            #expect(stored { NumberWriting.integer(value, at: $0) } == String(value))
        }
    }
}

/// 9, 10, 11, 99, 100, 101, …
private let powersAndNeighbours: [Int64] = (1...18).flatMap { exponent -> [Int64] in
    let power = (0..<exponent).reduce(Int64(1)) { power, _ in power * 10 }
    return [power - 1, power, power + 1]
}

@Suite("Files that appear whole or not at all")
struct AtomicFileTests {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    @Test("the old file stays until the new one is whole")
    func replacing() throws {
        let path = bench.file("out.txt", "old")
        let file = try AtomicFile(path: path)
        try file.write("new")
        #expect(try bench.text("out.txt") == "old")
        try file.commit()
        #expect(try bench.text("out.txt") == "new")
        #expect(bench.names == ["out.txt"])
    }

    @Test("given up or forgotten, nothing is left")
    func abandoned() throws {
        let path = bench.file("out.txt", "old")
        let file = try AtomicFile(path: path)
        try file.write("new")
        file.abandon()
        file.abandon()
        do {
            let forgotten = try AtomicFile(path: path)
            try forgotten.write("new")
        }
        #expect(try bench.text("out.txt") == "old")
        #expect(bench.names == ["out.txt"])
    }

    @Test("a link stays a link, and the mode of a file that was there stays")
    func linksAndModes() throws {
        let path = bench.file("real.txt", "old")
        #expect(chmod(path, 0o640) == 0)
        #expect(symlink("real.txt", bench.path("link.txt")) == 0)
        let file = try AtomicFile(path: bench.path("link.txt"))
        try file.write("new")
        try file.commit()
        #expect(try bench.text("real.txt") == "new")
        var status = stat()
        #expect(lstat(bench.path("link.txt"), &status) == 0)
        #expect(status.st_mode & S_IFMT == S_IFLNK)
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o640)
    }

    @Test("a folder that is not there, a folder in the place of a file")
    func noFolder() {
        let error = tableError { _ = try AtomicFile(path: bench.path("none/out.txt")) }
        #expect(error?.kind == .cannotCreate)
        #expect(
            error?.description
                == "\(bench.path("none/out.txt")): cannot be written: No such file or directory")
        #expect(tableError { _ = try AtomicFile(path: bench.folder) }?.kind == .cannotCreate)
    }

    /// `/dev/full` says at every write that the disk is full.
    @Test(
        "a full disk is an error that names the path",
        .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func fullDisk() throws {
        let error = tableError {
            let file = try AtomicFile(path: "/dev/full")
            try file.write("text")
            try file.commit()
        }
        #expect(error?.description == "/dev/full: cannot be written: No space left on device")
        let early = tableError {
            let writer = try TableWriter(path: "/dev/full", format: .csv)
            for seed in 0..<1000 {
                try writer.write(WritingTests.table(rows: 100, seed: UInt64(seed)))
            }
        }
        #expect(early?.kind == .output)
        for threads in [1, 2, 5] {
            let many = tableError {
                let writer = try TableWriter(path: "/dev/full", format: .csv, threads: threads)
                try writer.write(WritingTests.table(rows: 100_000, seed: 1))
            }
            #expect(many?.kind == .output)
        }
    }

    @Test("a pipe that nobody reads is an error where SIGPIPE is ignored")
    func closedPipe() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let file = try AtomicFile(path: "/dev/fd/\(ends[1])")
        close(ends[0])
        let error = tableError {
            try file.write("text")
            try file.commit()
        }
        close(ends[1])
        #expect(error?.kind == .closedPipe)
        #expect(error?.message == "cannot be written: Broken pipe")
    }

    @Test("large and small pieces come out in their order")
    func pieces() throws {
        let file = try AtomicFile(path: bench.path("out.bin"))
        var expected: [UInt8] = []
        for size in [0, 1, 300_000, 5, 262_144, 262_143, 2] {
            let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
            try file.write(piece)
            expected += piece
        }
        try file.commit()
        #expect(try bench.bytes("out.bin") == expected)
    }
}

@Suite("Whole files")
struct ReadFileTests {
    @Test("up to the limit, not beyond")
    func limit() throws {
        let bench = try Workbench()
        let path = bench.file("spec.yaml", String(repeating: "x", count: 100_000))
        #expect(try readFile(path, limit: 100_000).count == 100_000)
        let error = tableError { _ = try readFile(path, limit: 99_999) }
        #expect(error?.description == "\(path): is longer than 99999 bytes")
        #expect(error?.kind == .badData)
    }

    @Test(
        "endless files end at the limit",
        .enabled(if: FileManager.default.fileExists(atPath: "/dev/zero")))
    func endless() {
        #expect(tableError { _ = try readFile("/dev/zero", limit: 1 << 20) }?.kind == .badData)
    }

    @Test("what cannot be opened")
    func noInput() throws {
        let bench = try Workbench()
        let missing = tableError { _ = try readFile(bench.path("none"), limit: 10) }
        #expect(missing?.kind == .noInput)
        #expect(
            missing?.description
                == "\(bench.path("none")): cannot be opened: No such file or directory")
        let folder = tableError { _ = try readFile(bench.folder, limit: 10) }
        #expect(folder?.description == "\(bench.folder): is a folder; expected a file")
        #expect(folder?.kind == .noInput)
    }
}
