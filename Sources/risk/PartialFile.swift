import Foundation
import RiskTables

/// `OUTPUT.partial`, held by this process alone for as long as this object lives.
///
/// It is held before anything is read of it, or of the state beside it: what another process is writing
/// is neither judged nor touched.
final class PartialFile {
    /// The output as the caller gave it.
    let path: String
    /// The output's place, and that of what grows beside it.
    let place: String
    let partial: String
    /// What is held, for reading.
    let descriptor: Int32

    /// Where the output lies: behind the link, where the path is one.
    static func place(_ path: String) -> String {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
            let real = realpath(path, nil)
        else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    static func path(of output: String) -> String { place(output) + ".partial" }

    /// Takes hold of the file; it is made where there is none.
    /// - Throws: where another process is at it, or where it cannot be made.
    init(_ path: String) throws {
        self.path = path
        place = Self.place(path)
        partial = place + ".partial"
        while true {
            let descriptor = open(partial, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else {
                throw CommandFailure(
                    .cannotCreate, "\(path): cannot be written: \(String(cString: strerror(errno)))"
                )
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                throw CommandFailure(.cannotCreate, "\(partial): another process is writing it")
            }
            // The process that held it may have given it the output's name in between.
            var (held, named) = (stat(), stat())
            if fstat(descriptor, &held) == 0, stat(partial, &named) == 0,
                held.st_dev == named.st_dev, held.st_ino == named.st_ino
            {
                self.descriptor = descriptor
                break
            }
            close(descriptor)
        }
        // Who may not read the output is not shown it while it grows.
        if let mode { fchmod(descriptor, mode | 0o600) }
    }

    deinit { close(descriptor) }

    /// Whether nothing is in it: there was none, or it was made a moment before a kill.
    var isEmpty: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_size == 0
    }

    /// Whether a line ends where so many bytes do.
    func endsLine(at length: Int) -> Bool {
        var last: UInt8 = 0
        return length == 0
            || (pread(descriptor, &last, 1, off_t(length - 1)) == 1 && last == 0x0A)
    }

    /// Gives it the output's name, and the permissions of the file that it replaces.
    func takePlace() throws {
        if let mode { fchmod(descriptor, mode) }
        guard rename(partial, place) == 0 else {
            throw CommandFailure(
                .inputOutput, "\(path): cannot be written: \(String(cString: strerror(errno)))")
        }
        let folder = open(
            URL(filePath: place).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    private var mode: mode_t? {
        var status = stat()
        return stat(place, &status) == 0 ? status.st_mode & 0o777 : nil
    }
}
