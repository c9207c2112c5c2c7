import Foundation
import RiskTables

/// The output of `risk score --resume` while it grows: `OUTPUT.partial`, and `OUTPUT.resume` with how much
/// of it counts. At the end the one takes the output's name and the other goes, so that the output, here
/// too, appears whole or not at all.
final class ResumableOutput {
    private let partial: PartialFile
    private let file: AppendedFile

    /// How long the file is.
    var length: Int { file.length }

    static func partialPath(_ path: String) -> String { PartialFile.path(of: path) }
    static func statePath(_ path: String) -> String { PartialFile.place(path) + ".resume" }

    /// Cuts back what grows.
    /// - Parameters:
    ///   - length: how much of it counts; 0: none.
    ///   - statePath: the state that says so.
    /// - Throws: where it is shorter than it was.
    init(_ partial: PartialFile, keeping length: Int, statePath: String) throws {
        self.partial = partial
        let changed = CommandFailure(
            .badData,
            "\(partial.partial): is not as the interrupted run left it: no line ends at byte "
                + "\(length); remove it and \(statePath) to begin anew")
        guard partial.endsLine(at: length) else { throw changed }
        file = try AppendedFile(path: partial.partial, keeping: length)
        guard file.isRegular, file.length == length else { throw changed }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(TableError) { try file.append(bytes) }

    func append(_ bytes: [UInt8]) throws(TableError) {
        try bytes.withUnsafeBufferPointer { (bytes) throws(TableError) in
            try file.append(UnsafeRawBufferPointer(bytes))
        }
    }

    /// Brings all of it to the disk.
    func synchronize() throws(TableError) { try file.synchronize() }

    /// Gives it the output's name.
    func finish() throws {
        try file.synchronize()
        try partial.takePlace()
    }

    /// Removes what killed runs have left of states that were being written.
    static func removeLeftovers(of statePath: String) {
        let url = URL(filePath: statePath)
        let folder = url.deletingLastPathComponent()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for hidden in names where AtomicFile.isLeftover(hidden, of: url.lastPathComponent) {
            unlink(folder.appending(path: hidden).path)
        }
    }
}
