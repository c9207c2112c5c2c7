#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that grows at its end for as long as a process runs, so that what was written before a
/// crash is there after it.
///
/// Bytes are held back until `flush`. What `synchronize` has brought to the disk may be told to a
/// later run as a length; that run keeps so much, cuts off what a crash left behind it, and goes on
/// there: in the end the file is the one of a run that nothing disturbed.
///
/// "-" is standard output. Neither that nor another path that is no regular file can be cut back.
public final class AppendedFile {
    /// The path as the caller gave it.
    public let path: String
    /// Whether the file can be cut back to a length.
    public let isRegular: Bool
    /// The length of the file, what is held back included; of no regular file, what was added.
    public var length: Int { flushed + buffer.count }

    /// What is held back.
    let buffer = ByteBuffer(capacity: 64 << 10)
    private static let most = 64 << 10
    private let output: OutputDescriptor
    private var flushed: Int

    /// Opens a file that is empty or not there, or goes on with one.
    /// - Parameter length: how much of the file is kept: what an earlier run knew to be on the disk.
    ///   nil: it must be empty. A file that is gone or emptied begins anew; see `length`.
    /// - Throws: `.cannotCreate` where it cannot be opened, or is not empty and nobody knows how much of
    ///   it counts; `.badData` where it is shorter than it was.
    public init(path: String, keeping length: Int? = nil) throws(TableError) {
        self.path = path
        guard path != "-" else {
            output = OutputDescriptor(1, path: path)
            isRegular = false
            flushed = 0
            return
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw TableError(
                .cannotCreate, file: path, "cannot be written: \(systemReason())")
        }
        output = OutputDescriptor(descriptor, path: path)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            isRegular = false
            flushed = 0
            return
        }
        isRegular = true
        let size = Int(status.st_size)
        flushed = size == 0 ? 0 : length ?? 0
        guard size == 0 || length != nil else {
            throw TableError(
                .cannotCreate, file: path,
                "is not empty, and no snapshot says how much of it counts: move it away")
        }
        guard size >= flushed else {
            throw TableError(
                .badData, file: path,
                "has \(size) bytes, but had \(flushed) when the snapshot was taken")
        }
        if size > flushed, ftruncate(descriptor, off_t(flushed)) != 0 {
            throw TableError(.output, file: path, "cannot be cut back: \(systemReason())")
        }
    }

    /// Adds bytes.
    /// - Throws: `.output`, `.closedPipe`.
    public func append(_ bytes: some Collection<UInt8>) throws(TableError) {
        var place = buffer.reserve(bytes.count, behind: buffer.end)
        for byte in bytes {
            place.pointee = byte
            place += 1
        }
        buffer.advance(to: place)
        try flushWhereLong()
    }

    /// Adds bytes that lie one behind the other, without a look at each.
    /// - Throws: `.output`, `.closedPipe`.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(TableError) {
        guard let first = bytes.baseAddress else { return }
        let place = buffer.reserve(bytes.count, behind: buffer.end)
        UnsafeMutableRawPointer(place).copyMemory(from: first, byteCount: bytes.count)
        buffer.advance(to: place + bytes.count)
        try flushWhereLong()
    }

    /// Hands on what is held back, where it is much.
    func flushWhereLong() throws(TableError) {
        if buffer.count >= Self.most { try flush() }
    }

    /// Hands on what is held back to the system: it outlives the process, not the machine.
    /// - Throws: `.output`, `.closedPipe`.
    public func flush() throws(TableError) {
        if buffer.count == 0 { return }
        try output.write(buffer.written)
        flushed += buffer.count
        buffer.removeAll()
    }

    /// Brings everything to the disk.
    /// - Throws: `.output`, `.closedPipe`.
    public func synchronize() throws(TableError) {
        try flush()
        try output.synchronize()
    }
}
