#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif
import Synchronization

/// A file that appears whole or not at all.
///
/// The bytes go to a hidden file in the same folder; `commit` brings them to the disk and gives
/// them the name in one step, so that a reader sees the old file or the new one and never half of
/// one, whatever happens in between. Without `commit` the hidden file is removed.
///
/// "-" is standard output, and a path that is no regular file (`/dev/null`, a named pipe) is
/// written straight to; neither can be taken back. A path that ends in `.gz` is compressed. Where
/// the path is a link, what it points to is replaced.
///
/// A write to a pipe that nobody reads any more is an error here, provided that the process ignores
/// SIGPIPE, as `risk` does; otherwise the system ends the process.
public final class AtomicFile {
    /// The path as the caller gave it.
    public let path: String

    private let target: String
    private let temporary: String?
    private let output: OutputDescriptor
    /// Whether what is written is compressed.
    let isCompressed: Bool
    private var member = GzipMember()
    /// More for data that is compressed, since every piece begins with an empty memory.
    private let bufferBytes: Int
    private var buffer: [UInt8] = []
    private var isOpen = true

    /// Opens the file beside its place.
    /// - Throws: `TableError` of kind `.cannotCreate` where the folder is not there or not writable.
    public init(path: String) throws(TableError) {
        self.path = path
        isCompressed = path.lowercased().hasSuffix(".gz")
        bufferBytes = isCompressed ? 1 << 20 : 256 << 10
        var status = stat()
        let exists = path != "-" && stat(path, &status) == 0
        let isRegular = !exists || status.st_mode & S_IFMT == S_IFREG
        if path == "-" {
            target = path
            temporary = nil
            output = OutputDescriptor(1, path: path)
        } else if isRegular {
            let place = exists ? Self.resolved(path) : path
            let slash = place.lastIndex(of: "/").map { place.index(after: $0) } ?? place.startIndex
            let tag = String(UInt64.random(in: 0 ... .max), radix: 36)
            let hidden = "\(place[..<slash])\(Self.beginning(place[slash...]))\(tag).part"
            let descriptor = open(hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw Self.cannotBeWritten(path) }
            Self.unfinished.withLock { _ = $0.insert(hidden) }
            if exists { fchmod(descriptor, status.st_mode & 0o777) }
            target = place
            temporary = hidden
            output = OutputDescriptor(descriptor, path: path)
        } else {
            let descriptor = open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Self.cannotBeWritten(path) }
            target = path
            temporary = nil
            output = OutputDescriptor(descriptor, path: path)
        }
        buffer.reserveCapacity(bufferBytes)
        if isCompressed {
            do throws(TableError) {
                try Self.write(GzipMember.header, to: output)
            } catch {
                abandon()
                throw error
            }
        }
    }

    deinit { abandon() }

    /// Adds bytes.
    /// - Throws: `TableError` of kind `.output` where the disk is full, the pipe closed, ….
    public func write(_ bytes: UnsafeRawBufferPointer) throws(TableError) {
        precondition(isOpen, "written after its end")
        if buffer.count + bytes.count > bufferBytes { try flush() }
        if bytes.count > bufferBytes {
            try pass(bytes)
        } else {
            buffer.append(contentsOf: bytes)
        }
    }

    /// Adds bytes.
    public func write(_ bytes: [UInt8]) throws(TableError) {
        try bytes.withUnsafeBufferPointer { (bytes) throws(TableError) in
            try write(UnsafeRawBufferPointer(bytes))
        }
    }

    /// Adds a text.
    public func write(_ text: String) throws(TableError) { try write(Array(text.utf8)) }

    /// Brings everything to the disk and the file to its place.
    /// - Throws: `TableError` of kind `.output`; the file is not at its place then.
    public func commit() throws(TableError) {
        precondition(isOpen, "committed after its end")
        do throws(TableError) {
            try flush()
            if isCompressed { try Self.write(member.trailer, to: output) }
            if temporary != nil { try output.synchronize() }
            try output.finish()
            if let temporary {
                if rename(temporary, target) != 0 { throw Self.cannotBeWritten(path) }
                Self.unfinished.withLock { _ = $0.remove(temporary) }
            }
        } catch {
            abandon()
            throw error
        }
        isOpen = false
        if temporary != nil { synchronizeFolder() }
    }

    /// Gives the file up and removes what was written beside its place.
    public func abandon() {
        guard isOpen else { return }
        isOpen = false
        if let temporary {
            unlink(temporary)
            Self.unfinished.withLock { _ = $0.remove(temporary) }
        }
    }

    /// Removes what was written beside the places of all the files that are not finished, for a
    /// process that is about to be ended by a signal.
    public static func abandonAll() {
        unfinished.withLock { hidden in
            for path in hidden { unlink(path) }
        }
    }

    private static let unfinished = Mutex<Set<String>>([])

    private func flush() throws(TableError) {
        try buffer.withUnsafeBufferPointer { (bytes) throws(TableError) in
            try pass(UnsafeRawBufferPointer(bytes))
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private func pass(_ bytes: UnsafeRawBufferPointer) throws(TableError) {
        guard isCompressed else { return try output.write(bytes) }
        if bytes.isEmpty { return }
        let piece = DeflatedPiece()
        piece.deflate(bytes)
        try add(piece)
    }

    /// Adds bytes that are compressed already, perhaps on another thread.
    /// - Precondition: `isCompressed`.
    func write(_ piece: DeflatedPiece) throws(TableError) {
        precondition(isOpen && isCompressed)
        try flush()
        try add(piece)
    }

    private func add(_ piece: DeflatedPiece) throws(TableError) {
        guard piece.isWhole else {
            throw TableError(.output, file: path, "cannot be compressed: no memory")
        }
        try output.write(piece.deflated.written)
        member.add(piece)
    }

    private static func write(
        _ bytes: [UInt8], to output: OutputDescriptor
    ) throws(TableError) {
        try bytes.withUnsafeBufferPointer { (bytes) throws(TableError) in
            try output.write(UnsafeRawBufferPointer(bytes))
        }
    }

    /// A rename is on the disk once its folder is. Some file systems know no such thing, and the
    /// file is in its place all the same, so a failure here is none of the caller's.
    private func synchronizeFolder() {
        let slash = target.lastIndex(of: "/")
        let folder = slash.map { String(target[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// How the hidden file's name begins: a name has at most 255 bytes, the hidden one's too.
    private static func beginning(_ name: Substring) -> String { ".\(name.prefix(50))." }

    /// Whether a file beside another one, both by their names in the folder, is what a process has left
    /// there that was killed while it wrote the other, or is writing now.
    public static func isLeftover(_ hidden: String, of name: String) -> Bool {
        let beginning = beginning(name[...])
        guard hidden.hasPrefix(beginning), hidden.hasSuffix(".part") else { return false }
        let tag = hidden.dropFirst(beginning.count).dropLast(".part".count)
        return UInt64(tag, radix: 36) != nil
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func cannotBeWritten(_ path: String) -> TableError {
        TableError(.cannotCreate, file: path, "cannot be written: \(systemReason())")
    }
}
