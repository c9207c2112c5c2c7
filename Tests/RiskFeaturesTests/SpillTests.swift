import RiskColumns
import Testing

@testable import RiskFeatures

/// What is computed on the disk is what is computed in memory, to the bit.
@Suite struct SpillTests {
    /// Files that are arrays.
    private final class Memory: SpillStorage, SpillFile {
        var bytes: [UInt8] = []

        func makeFile() -> any SpillFile { Memory() }

        func append(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }

        func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) {
            buffer.copyBytes(from: bytes[offset..<offset + buffer.count])
        }
    }

    private static let lists: [String: ListContents] = ["virtual": .values(["gift", "topup"])]

    /// Some rows of a table.
    private static func rows(_ table: Table, _ range: Range<Int>) -> Table {
        Table(
            columns: table.columns.map { column in
                let storage: Column.Storage =
                    switch column.storage {
                    case .integers(let values): .integers(Array(values[range]))
                    case .numbers(let values): .numbers(Array(values[range]))
                    case .codes(let codes, let dictionary):
                        .codes(Array(codes[range]), dictionary)
                    case .text(let buffer): .text(buffer)
                    }
                return Column(name: column.name, type: column.type, storage: storage)
            }, rowCount: range.count)
    }

    /// A row of a table as text: what a file of it would say, with the bits of numbers.
    private static func lines(_ table: Table) -> [String] {
        (0..<table.rowCount).map { row in
            table.columns.map { column in
                switch column.storage {
                case .integers(let values): "\(values[row])"
                case .numbers(let values):
                    values[row].isNaN ? "missing" : "\(values[row].bitPattern)"
                case .codes(let codes, let dictionary):
                    codes[row] < 0 ? "missing" : dictionary[codes[row]]
                case .text: ""
                }
            }.joined(separator: " ")
        }
    }

    /// The vectors both ways.
    private static func compare(
        _ spec: FeatureSpec, _ logs: [String: Table], _ range: ExtractionRange, batch: Int,
        cuts: SpillingExtractor.Cuts, threads: Int, _ place: String
    ) throws -> Int {
        let batchVectors = try BatchExtractor(
            spec: spec, logs: logs, lists: lists, threads: threads
        ).vectors(range)
        let spilling = try SpillingExtractor(
            spec: spec, lists: lists, threads: threads, memory: 1 << 30, storage: Memory(),
            cuts: cuts)
        for type in spec.events {
            let table = logs[type.name]!
            for start in stride(from: 0, to: table.rowCount, by: batch) {
                try spilling.append(
                    rows(table, start..<min(start + batch, table.rowCount)), type: type.name)
            }
        }
        var written: [String] = []
        var pieces = 0
        let count = try spilling.vectors(
            range,
            multiple: { table in
                #expect(table.columns.map(\.name) == batchVectors.table.columns.map(\.name))
                return 3
            }
        ) { vectors in
            pieces += 1
            written += lines(vectors.table)
            #expect(vectors.names == batchVectors.names)
        }
        let expected = lines(batchVectors.table)
        #expect(count == expected.count)
        #expect(pieces >= 1)
        if written != expected {
            let row = zip(written, expected).enumerated().first { $1.0 != $1.1 }?.offset
            Issue.record("\(place): \(written.count) of \(expected.count), row \(row ?? -1)")
        }
        return count
    }

    @Test func packedWordsComeBack() throws {
        var random = CaseGenerator(state: 12)
        let awkward: [Int64] = [
            0, 1, -1, 255, 256, .max, .min, .min + 1, 1 << 56, Column.missing,
            Int64(bitPattern: Double.nan.bitPattern), Int64(bitPattern: (-0.0).bitPattern),
            Int64(bitPattern: (3.0).bitPattern), Int64(bitPattern: (0.1).bitPattern),
        ]
        for number in 0..<400 {
            let stride = Int.random(in: 1...9, using: &random)
            let count = number < 20 ? number : Int.random(in: 1...700, using: &random)
            let words: [Int64] = (0..<count).map { _ in
                switch Int.random(in: 0..<3, using: &random) {
                case 0: awkward.randomElement(using: &random)!
                case 1: .random(in: -1000...1000, using: &random)
                default: .random(in: .min ... .max, using: &random)
                }
            }
            let isOfValues = Bool.random(using: &random)
            let file = try SpilledWords(Memory(), isOfValues: isOfValues)
            var segments: [SpilledSegment] = []
            for _ in 0..<2 {
                segments.add(try file.append(words, count, stride: stride))
            }
            #expect(segments.count == 1)
            let reader = SpillReader(file, segments)
            for _ in 0..<(count == 0 ? 0 : 2) {
                let block = try #require(try reader.peek(count))
                #expect(Array(UnsafeBufferPointer(start: block, count: count)) == words)
                reader.advance(count)
            }
        }
    }

    @Test func diskAndMemoryAgree() throws {
        var random = CaseGenerator(state: 99)
        let units = [
            #""purchase""#,
            #""purchase", "carry": ["amount", "category", "weight"], "label": { "from": "login", "by": "ip", "within": "1h" }"#,
            #""purchase", "label": { "from": "login", "by": "account", "within": "1d" }"#,
            #"{ "entity": "account", "every": "1h" }"#,
            #"{ "entity": "account", "every": "6h" }, "label": { "from": "login", "by": "account", "within": "2h" }"#,
            #"{ "entity": "account" }"#,
        ]
        var vectors = 0
        for number in 0..<(EngineLawTests.isLong ? 1200 : 96) {
            let unit = units[number % units.count]
            let spec = try RandomSpec(&random, unit: unit)
            var events = RandomLog.events(
                60, keys: [1, 4, 40].randomElement(using: &random)!, &random)
            if number % 5 == 0 { events.shuffle(using: &random) }
            if number % 31 == 0 { events = [] }
            var range = ExtractionRange()
            let times = events.map(\.time)
            if number % 3 == 1, let time = times.randomElement(using: &random) {
                range.from = time
                range.until = time + 8 * Timestamps.hour
            }
            if number % 4 == 2, let time = times.randomElement(using: &random) {
                range.asOf = time + 1
            }
            var cuts = SpillingExtractor.Cuts()
            cuts.chunk = [1, 2, 7, 1000].randomElement(using: &random)!
            cuts.parts = [1, 2, 5, 50].randomElement(using: &random)!
            cuts.range = [1, 5, 1000].randomElement(using: &random)!
            cuts.largestPart = [0, 3000, nil].randomElement(using: &random)!
            vectors += try Self.compare(
                spec.spec, Story.logs(spec.spec, events), range,
                batch: [1, 3, 100].randomElement(using: &random)!, cuts: cuts,
                threads: 1 + number % 2, "case \(number), \(unit), \(cuts)")
        }
        #expect(vectors > 1000)
    }

    @Test func whatFollowsFromTheMemoryAgreesToo() throws {
        var random = CaseGenerator(state: 3)
        let spec = try RandomSpec(&random, unit: #""purchase", "carry": ["items"]"#)
        let events = RandomLog.events(30_000, keys: 3000, &random)
        let count = try Self.compare(
            spec.spec, Story.logs(spec.spec, events), ExtractionRange(), batch: 4096,
            cuts: .init(), threads: 2, "by memory")
        #expect(count > 10_000)
    }

    @Test func labelsThatAreFields() throws {
        let story = PurchaseStory(
            features: [
                "n": #""of": "purchase", "by": "account", "aggregate": "count", "window": "1h""#
            ], vectors: #""unit": "purchase", "label": { "field": "fraud" }, "carry": ["items"]"#)
        let spec = try story.spec()
        var events: [FeatureEngine.Event] = []
        for day in 0..<40 {
            let account: String? = day % 7 == 0 ? nil : "a\(day % 3)"
            let fraud: Bool? = day % 5 == 0 ? nil : day % 2 == 0
            events.append(
                .purchase(
                    Double(day) * 86_400, account: account, items: Int64(day), fraud: fraud))
        }
        var cuts = SpillingExtractor.Cuts()
        (cuts.parts, cuts.range) = (2, 6)
        #expect(
            try Self.compare(
                spec, Story.logs(spec, events), ExtractionRange(), batch: 9, cuts: cuts,
                threads: 1, "fields") == 40)
    }

    @Test func badEventsAreNamedByTheirPlaceInTheWholeLog() throws {
        let story = PurchaseStory(features: [
            "n": #""of": "login", "by": "account", "aggregate": "count""#
        ])
        let spec = try story.spec()
        let logs = Story.logs(
            spec, (0..<10).map { .login(Double($0), knownAfter: $0 == 8 ? -5 : 0) })
        let spilling = try SpillingExtractor(
            spec: spec, threads: 1, memory: 1 << 30, storage: Memory())
        try spilling.append(Self.rows(logs["login"]!, 0..<6), type: "login")
        #expect {
            try spilling.append(Self.rows(logs["login"]!, 6..<10), type: "login")
        } throws: { ($0 as? EventLogError)?.row == 8 }
    }

    @Test func tooManyVectorsAreRefusedAsInMemory() throws {
        let story = PurchaseStory(
            features: ["n": #""of": "purchase", "by": "account", "aggregate": "count""#],
            vectors: #""unit": { "entity": "account", "every": "1s" }"#)
        let spec = try story.spec()
        let logs = Story.logs(spec, [.purchase(0), .purchase(3e6)])
        let range = ExtractionRange(vectorLimit: 1000)
        func message(_ run: () throws -> Void) -> String {
            do { try run() } catch { return "\(error)" }
            return ""
        }
        let spilling = try SpillingExtractor(
            spec: spec, threads: 1, memory: 1 << 30, storage: Memory())
        for (type, table) in logs { try spilling.append(table, type: type) }
        let onDisk = message { _ = try spilling.vectors(range) { _ in } }
        #expect(onDisk.contains("more than 1000 vectors"))
        #expect(
            onDisk
                == message {
                    _ = try BatchExtractor(spec: spec, logs: logs, threads: 1).vectors(range)
                })
    }

    /// A disk that is full is the storage's error, whenever it comes.
    @Test func failuresOfTheStorageComeThrough() throws {
        struct Full: Error {}
        final class Disk: SpillStorage, SpillFile {
            let disk: Disk?
            var left: Int
            let file = Memory()

            init(_ left: Int, on disk: Disk? = nil) { (self.left, self.disk) = (left, disk) }

            func makeFile() -> any SpillFile { Disk(0, on: self) }

            func append(_ bytes: UnsafeRawBufferPointer) throws {
                disk!.left -= bytes.count
                if disk!.left < 0 { throw Full() }
                file.append(bytes)
            }

            func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) {
                file.read(at: offset, into: buffer)
            }
        }
        let story = PurchaseStory(features: [
            "n": #""of": "purchase", "by": "account", "aggregate": "count""#
        ])
        let spec = try story.spec()
        let logs = Story.logs(spec, (0..<50).map { .purchase(Double($0), account: "a\($0 % 5)") })
        var written: [Bool] = []
        for left in stride(from: 0, through: 12_000, by: 250) {
            do {
                let spilling = try SpillingExtractor(
                    spec: spec, threads: 1, memory: 1 << 30, storage: Disk(left))
                for (type, table) in logs { try spilling.append(table, type: type) }
                written.append(try spilling.vectors { _ in } == 50)
            } catch is Full {
                written.append(false)
            }
        }
        #expect(written.first == false && written.last == true)
        #expect(written == written.sorted { !$0 && $1 })
    }
}
