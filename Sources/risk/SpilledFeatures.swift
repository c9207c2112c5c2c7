import ArgumentParser
import Foundation
import RiskFeatures
import RiskTables

/// A number of bytes on the command line: `500MB`, `2GB`, `2GiB`.
struct MemoryArgument: ExpressibleByArgument {
    let bytes: Int

    init?(argument: String) {
        let units: [(String, Int)] = [
            ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
            ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
        ]
        guard let (unit, size) = units.first(where: { argument.hasSuffix($0.0) }) else {
            return nil
        }
        let digits = argument.dropLast(unit.count)
        guard !digits.isEmpty, digits.utf8.count <= 6,
            digits.allSatisfy({ ("0"..."9").contains($0) }), let count = Int(digits)
        else { return nil }
        bytes = count * size
    }
}

/// How much memory features may take, and where the rest goes.
struct MemoryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The memory to stay within: 500MB, 2GB; the rest goes through the disk. (default: no limit)",
            valueName: "size"))
    var memory: MemoryArgument?

    @Option(
        help: ArgumentHelp(
            "Where files wait that do not fit in memory. (default: the output's folder)",
            valueName: "folder"))
    var scratch: String?

    func validate() throws {
        if let memory, memory.bytes < SpillingExtractor.leastMemory {
            throw ValidationError(
                "--memory must be at least \(SpillingExtractor.leastMemory / 1_000_000)MB.")
        }
        if scratch != nil, memory == nil { throw ValidationError("--scratch needs --memory.") }
    }

    /// What databases take of the memory.
    static func bytes(of databases: [DatabaseDeclaration], folder: String) -> Int {
        databases.flatMap(\.paths).reduce(0) { sum, path in
            var status = stat()
            return stat(SpecFile.path(path, in: folder), &status) == 0
                ? sum + Int(status.st_size) : sum
        }
    }

    /// Where scratch files are made.
    func folder(output: String) -> ScratchFolder {
        var status = stat()
        let isRegular = stat(output, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
        if let scratch { return ScratchFolder(path: scratch) }
        if output == "-" || !isRegular {
            let given = ProcessInfo.processInfo.environment["TMPDIR"]
            return ScratchFolder(path: given.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp")
        }
        guard let slash = output.lastIndex(of: "/") else { return ScratchFolder(path: ".") }
        return ScratchFolder(path: slash == output.startIndex ? "/" : String(output[..<slash]))
    }
}

/// Scratch files of a folder, as the features want them.
struct ScratchFolder: SpillStorage {
    let path: String

    func makeFile() throws -> any SpillFile { try ScratchFile(folder: path) }
}

extension ScratchFile: SpillFile {}

extension EventInput {
    /// Takes the logs in piece by piece.
    func spill(
        _ spec: FeatureSpec, _ extractor: SpillingExtractor, onError: ErrorMode,
        talk: TalkOptions
    ) throws {
        for type in spec.events {
            let reader = try EventLogs.reader(of: type, spec, files: paths, onError: onError)
            let progress = Progress("reading \(type.name)", options: talk)
            while let table = try reader.next() {
                do {
                    try extractor.append(table, type: type.name)
                } catch let error as EventLogError {
                    throw failure(error)
                }
                progress.update(count: reader.rowsRead, share: reader.share)
            }
            progress.finish()
        }
    }
}
