import CZlib

/// Compresses to gzip data (RFC 1952), without a date in its header: the same bytes give the same
/// file.
final class Deflater {
    /// zlib's own default costs twice the time for a file some percent smaller.
    private static let level: Int32 = 4
    private static let outputCapacity = 256 << 10

    private let path: String
    private let stream: UnsafeMutablePointer<z_stream>
    private let space: UnsafeMutableRawBufferPointer

    init(path: String) throws(TableError) {
        self.path = path
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        space = .allocate(byteCount: Self.outputCapacity, alignment: 16)
        // 15 bits of window, and 16 asks for a gzip header and trailer.
        let status = deflateInit2_(
            stream, Self.level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            throw TableError(.output, file: path, "cannot be compressed: no memory")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        space.deallocate()
    }

    /// Compresses bytes and hands on what is ready.
    func deflate(
        _ bytes: UnsafeRawBufferPointer,
        into write: (UnsafeRawBufferPointer) throws(TableError) -> Void
    ) throws(TableError) {
        var rest = bytes
        while !rest.isEmpty {
            let piece = min(rest.count, 1 << 30)
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: rest.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = UInt32(piece)
            try drain(Z_NO_FLUSH, into: write)
            rest = UnsafeRawBufferPointer(rebasing: rest[piece...])
        }
    }

    /// Hands on all that is left, and the trailer.
    func finish(
        into write: (UnsafeRawBufferPointer) throws(TableError) -> Void
    ) throws(TableError) {
        stream.pointee.next_in = nil
        stream.pointee.avail_in = 0
        try drain(Z_FINISH, into: write)
    }

    private func drain(
        _ flush: Int32, into write: (UnsafeRawBufferPointer) throws(TableError) -> Void
    ) throws(TableError) {
        repeat {
            stream.pointee.next_out = space.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(space.count)
            guard CZlib.deflate(stream, flush) != Z_STREAM_ERROR else {
                throw TableError(.output, file: path, "cannot be compressed")
            }
            let count = space.count - Int(stream.pointee.avail_out)
            try write(UnsafeRawBufferPointer(rebasing: space[..<count]))
        } while stream.pointee.avail_out == 0
    }
}
