#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file without a name, for what does not fit in memory: its room is free again when the last
/// reference to it is gone, or the process ends, however it ends.
public final class ScratchFile {
    private let folder: String
    private let descriptor: Int32
    private var size = 0

    /// Makes an empty file in a folder.
    /// - Throws: `TableError` of kind `.cannotCreate`.
    public init(folder: String) throws(TableError) {
        self.folder = folder
        let tag = String(UInt64.random(in: 0 ... .max), radix: 36)
        let path = "\(folder)/.risk.\(tag).scratch"
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw TableError(
                .cannotCreate, file: folder, "no scratch file can be made: \(systemReason())")
        }
        // Nobody else needs the name, and what has none need not be removed.
        unlink(path)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Adds bytes behind those that are there.
    /// - Throws: `TableError` of kind `.output`, where the disk is full.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(TableError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(size + done))
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                throw TableError(
                    .output, file: folder,
                    "a scratch file of \(size >> 20) MB cannot be written: \(systemReason())")
            }
        }
        size += bytes.count
    }

    /// Fills a buffer with the bytes from an offset on.
    /// - Throws: `TableError` of kind `.input`, also where there are not so many.
    public func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(TableError) {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress! + done, buffer.count - done,
                off_t(offset + done))
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                throw TableError(
                    .input, file: folder,
                    "a scratch file cannot be read: "
                        + (count == 0 ? "it ends too early" : systemReason()))
            }
        }
    }
}
