import Foundation
import RiskTables

/// The output of `risk score --resume` while it grows: `OUTPUT.partial`, and `OUTPUT.resume` with how much
/// of it counts. At the end the one takes the output's name and the other goes, so that the output, here
/// too, appears whole or not at all.
final class ResumableOutput {
    let path: String
    /// Where the state lies.
    let statePath: String
    private let file: AppendedFile
    private let lock: Int32

    /// How long the file is.
    var length: Int { file.length }

    static func partialPath(_ path: String) -> String { path + ".partial" }
    static func statePath(_ path: String) -> String { path + ".resume" }

    /// Takes hold of what grows, and cuts it back.
    /// - Parameter length: how much of it counts; 0: none.
    /// - Throws: where another process is at it, or where it is shorter than it was.
    init(path: String, keeping length: Int) throws {
        self.path = path
        statePath = Self.statePath(path)
        let partial = Self.partialPath(path)
        lock = open(partial, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard lock >= 0 else {
            throw CommandFailure(
                .cannotCreate, "\(path): cannot be written: \(String(cString: strerror(errno)))")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw CommandFailure(.cannotCreate, "\(partial): another process is writing it")
        }
        var last: UInt8 = 0
        if length > 0, pread(lock, &last, 1, off_t(length - 1)) != 1 || last != 0x0A {
            close(lock)
            throw CommandFailure(
                .badData,
                "\(partial): is not as the interrupted run left it: no line ends at byte \(length); "
                    + "remove it and \(Self.statePath(path)) to begin anew")
        }
        do {
            file = try AppendedFile(path: partial, keeping: length)
        } catch {
            close(lock)
            throw error
        }
    }

    deinit { close(lock) }

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
        guard rename(Self.partialPath(path), path) == 0 else {
            throw CommandFailure(
                .inputOutput, "\(path): cannot be written: \(String(cString: strerror(errno)))")
        }
        let folder = open(
            URL(filePath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    /// Removes what killed runs have left of states that were being written.
    static func removeLeftovers(of path: String) {
        let url = URL(filePath: statePath(path))
        let folder = url.deletingLastPathComponent()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for hidden in names where AtomicFile.isLeftover(hidden, of: url.lastPathComponent) {
            unlink(folder.appending(path: hidden).path)
        }
    }
}
