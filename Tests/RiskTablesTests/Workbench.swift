import Foundation
import RiskColumns

@testable import RiskTables

/// A folder of its own for a test, removed behind it.
final class Workbench {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "riskkit-tables-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { folder + "/" + name }

    /// Writes a file and gives its path.
    func file(_ name: String, _ bytes: [UInt8]) -> String {
        precondition(FileManager.default.createFile(atPath: path(name), contents: Data(bytes)))
        return path(name)
    }

    func file(_ name: String, _ text: String) -> String { file(name, Array(text.utf8)) }

    /// The bytes of a file.
    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// The files in the folder, hidden ones too.
    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
}

/// Numbers from a seed (splitmix64), so that a failing case comes again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// What a function of `NumberWriting` stores.
func stored(
    _ store: (UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8>
) -> String {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: NumberWriting.longest) { space in
        let start = space.baseAddress!
        let end = store(start)
        return String(
            decoding: UnsafeBufferPointer(start: start, count: end - start), as: UTF8.self)
    }
}

extension TableReader {
    /// A reader whose file comes in pieces of `chunk` bytes.
    static func chunked(
        _ path: String, _ requests: ColumnSelection, chunk: Int, onError: ErrorMode = .fail,
        batchRows: Int = 65_536, recordLimit: Int = TableReader.recordLimit
    ) throws(TableError) -> TableReader {
        try TableReader(
            path: path, format: nil, requests: requests, onError: onError, naiveTime: { $0 },
            batchRows: batchRows, chunkBytes: chunk, recordLimit: recordLimit)
    }
}

extension Column {
    /// The values as a person would write them, "·" where one is missing.
    var shown: [String] {
        switch storage {
        case .integers(let values):
            values.map {
                $0 == Column.missing ? "·" : type == .time ? Timestamps.format($0) : "\($0)"
            }
        case .numbers(let values): values.map { $0.isNaN ? "·" : "\($0)" }
        case .codes(let codes, let dictionary): codes.map { $0 < 0 ? "·" : dictionary[$0] }
        case .text(let buffer): (0..<buffer.count).map { buffer[$0] }
        }
    }
}

extension Table {
    /// The rows, each a list of its cells.
    var shownRows: [[String]] {
        let cells = columns.map(\.shown)
        return (0..<rowCount).map { row in cells.map { $0[row] } }
    }
}

/// The error that some work throws, nil where it throws none.
func tableError(_ work: () throws -> Void) -> TableError? {
    do {
        try work()
        return nil
    } catch {
        return error as? TableError
    }
}
