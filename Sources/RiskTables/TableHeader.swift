import RiskColumns
import RiskJSON

/// The names of a file's columns, and which of them are wanted.
struct TableHeader {
    let names: [String]
    /// Where the first record begins.
    let end: Int
    private let format: TableFormat

    /// Reads the header into an empty block.
    init(format: TableFormat, filler: BlockFiller, block: RecordBlock) throws(TableError) {
        self.format = format
        try filler.read(into: block, atMost: filler.chunkBytes)
        while block.count < 3, !block.isLast { try filler.extend(block, recordStart: 0) }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let hasMark = block.count >= 3 && (0..<3).allSatisfy { block.bytes[$0] == mark[$0] }
        let start = hasMark ? 3 : 0
        let file = filler.source.path
        switch format {
        case .csv:
            (names, end) = try Self.csv(filler, block, from: start, file: file)
            try Self.checkDistinct(names, file: file)
        case .jsonLines:
            names = try Self.jsonLines(filler, block, from: start)
            end = start
        }
    }

    private static func csv(
        _ filler: BlockFiller, _ block: RecordBlock, from start: Int, file: String
    ) throws(TableError) -> ([String], Int) {
        while block.count <= start, !block.isLast { try filler.extend(block, recordStart: 0) }
        guard block.count > start else {
            throw TableError(.badData, file: file, "is empty; expected a header line")
        }
        while true {
            switch CSVScanner.header(block, from: start) {
            case .incomplete:
                try filler.extend(block, recordStart: start)
            case .malformed(let defect):
                let reason =
                    switch defect {
                    case .openQuote: "a quote that is never closed"
                    case .textBehindQuote: "expected a comma behind a closing quote"
                    default: "a quote inside a name that does not begin with one"
                    }
                throw TableError(.badData, file: file, line: 1, "the header: \(reason)")
            case .fields(let fields, let end):
                if fields == [[]] {
                    throw TableError(
                        .badData, file: file, line: 1, "is empty; expected the header's names")
                }
                guard fields.count <= TableReader.columnLimit else {
                    throw TableError(
                        .badData, file: file, line: 1,
                        "the header has \(fields.count) columns; "
                            + "at most \(TableReader.columnLimit) are read")
                }
                var names: [String] = []
                for field in fields {
                    guard field.withUnsafeBufferPointer({ UTF8Text.isValid($0) }),
                        !field.contains(0)
                    else {
                        throw TableError(
                            .badData, file: file, line: 1,
                            "the header is no text in UTF-8; is this another kind of file?")
                    }
                    names.append(String(decoding: field, as: UTF8.self))
                }
                return (names, end)
            }
        }
    }

    private static func jsonLines(
        _ filler: BlockFiller, _ block: RecordBlock, from start: Int
    ) throws(TableError) -> [String] {
        var index = start
        while true {
            while index < block.count, block.bytes[index] != UInt8(ascii: "\n") { index += 1 }
            if index < block.count || block.isLast {
                // A first line that is no object becomes a bad row like any other.
                let keys = JSONLineScanner.keys(block, from: start, to: index) ?? []
                var seen: Set<String> = []
                return keys.filter { seen.insert($0).inserted }
            }
            try filler.extend(block, recordStart: start)
        }
    }

    private static func checkDistinct(_ names: [String], file: String) throws(TableError) {
        var places: [String: Int] = [:]
        var mistakes: [String] = []
        for (index, name) in names.enumerated() {
            if let first = places[name] {
                mistakes.append(
                    "the column \(shown(name)) stands twice, as number \(first + 1) "
                        + "and number \(index + 1)")
            } else {
                places[name] = index
            }
        }
        if !mistakes.isEmpty {
            throw TableError(
                .badData, file: file, line: 1, mistakes.prefix(10).joined(separator: "; "))
        }
    }

    /// The columns that are read, and where in the file each is; nil where it lacks an optional one.
    func resolve(
        _ selection: ColumnSelection, file: String
    ) throws(TableError) -> ([ColumnRequest], [Int?]) {
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        var requests: [ColumnRequest]
        switch selection {
        case .columns(let columns):
            requests = columns
        case .all(let type, let except):
            let own = Dictionary(
                except.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            requests = names.map { own[$0] ?? ColumnRequest($0, type) }
            requests += except.filter { places[$0.name] == nil }
        }
        precondition(
            Set(requests.map(\.name)).count == requests.count, "a column is requested twice")
        let columns = requests.map { places[$0.name] }
        if format == .csv {
            let absent = zip(requests, columns).filter { !$0.isOptional && $1 == nil }
            if !absent.isEmpty {
                throw Self.missing(
                    absent.map(\.0.name), among: names, in: "the header has no column", file: file)
            }
        }
        return (requests, columns)
    }

    static func missing(
        _ absent: [String], among names: [String], in place: String, file: String
    ) -> TableError {
        let free = names.filter { !absent.contains($0) }
        let words = absent.map { "\(shown($0))\(suggestion(for: $0, among: free))" }
        return TableError(
            .badData, file: file, line: place.hasPrefix("the header") ? 1 : 0,
            field: absent.count == 1 ? absent[0] : "",
            "\(place) \(words.joined(separator: ", nor "))")
    }
}

extension ColumnSelection {
    var takesAllColumns: Bool {
        if case .all = self { true } else { false }
    }
}
