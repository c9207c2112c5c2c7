#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The words of the operating system for the error that just happened.
func systemReason(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

/// The cores that the system lets run, at least 1.
func processorCount() -> Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

/// A file opened for reading, or standard input for "-".
final class InputFile {
    let path: String
    /// The length of a regular file; nil for a pipe.
    let totalBytes: Int?
    let descriptor: Int32

    init(path: String) throws(TableError) {
        self.path = path
        descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw TableError(.noInput, file: path, "cannot be opened: \(systemReason())")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let reason = systemReason()
            if path != "-" { close(descriptor) }
            throw TableError(.noInput, file: path, "cannot be opened: \(reason)")
        }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFDIR {
            if path != "-" { close(descriptor) }
            throw TableError(.noInput, file: path, "is a folder; expected a file")
        }
        totalBytes = kind == S_IFREG ? Int(status.st_size) : nil
    }

    deinit {
        if path != "-" { close(descriptor) }
    }

    /// Reads at least one byte, or none at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TableError) -> Int {
        while true {
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, buffer.baseAddress, buffer.count)
            #else
                let count = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
            if count >= 0 { return count }
            if errno != EINTR {
                throw TableError(.input, file: path, "cannot be read: \(systemReason())")
            }
        }
    }
}

/// A file opened for writing: a new one beside its place, or something that is written straight to.
final class OutputDescriptor {
    private let path: String
    private var descriptor: Int32

    /// - Parameter path: the file as messages name it.
    init(_ descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { _ = shut() }

    func write(_ bytes: UnsafeRawBufferPointer) throws(TableError) {
        var rest = bytes
        while !rest.isEmpty {
            #if canImport(Glibc)
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            #elseif canImport(Musl)
                let count = Musl.write(descriptor, rest.baseAddress, rest.count)
            #else
                let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
            #endif
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if count == 0 || errno != EINTR {
                throw failure(
                    systemReason(), kind: count < 0 && errno == EPIPE ? .closedPipe : .output)
            }
        }
    }

    /// Waits until the bytes are on the disk.
    func synchronize() throws(TableError) {
        // EINVAL: a pipe or a terminal, which has nothing to wait for.
        if fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP {
            throw failure(systemReason())
        }
    }

    /// Closes; some file systems report a full disk only here.
    func finish() throws(TableError) {
        if let reason = shut() { throw failure(reason) }
    }

    private func shut() -> String? {
        guard descriptor > 2 else { return nil }
        let failed = close(descriptor) != 0
        descriptor = -1
        return failed ? systemReason() : nil
    }

    private func failure(_ reason: String, kind: TableError.Kind = .output) -> TableError {
        TableError(kind, file: path, "cannot be written: \(reason)")
    }
}
