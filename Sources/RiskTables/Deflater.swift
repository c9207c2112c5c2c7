import CZlib

/// Bytes compressed by themselves, as the deflate data (RFC 1951) of one piece of a gzip member.
///
/// Pieces know nothing of each other, so several threads make them at once, and the file is the same
/// whichever thread made which. Against one stream that costs what the first 32 KiB of each piece
/// could have copied from the piece before it: about a percent.
final class DeflatedPiece: @unchecked Sendable {
    /// zlib's own default costs twice the time for a file some percent smaller.
    private static let level: Int32 = 4

    private(set) var deflated = ByteBuffer(capacity: 64 << 10)
    /// The CRC-32 and the length of the bytes as they were.
    private(set) var checksum: UInt = 0
    private(set) var plainCount = 0
    /// False where there was no memory.
    private(set) var isWhole = false

    /// Compresses bytes, in place of what the piece held before.
    /// - Complexity: O(bytes).
    func deflate(_ plain: UnsafeRawBufferPointer) {
        deflated.removeAll()
        plainCount = plain.count
        checksum = 0
        isWhole = false
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        // 15 bits of window; the sign says that the piece has no header and no trailer of its own.
        let status = deflateInit2_(
            stream, Self.level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { return }
        defer { deflateEnd(stream) }
        var rest = plain
        repeat {
            let count = min(rest.count, 1 << 30)
            let bytes = UnsafeMutablePointer(
                mutating: rest.baseAddress?.assumingMemoryBound(to: UInt8.self))
            checksum = crc32_z(checksum, bytes, count)
            stream.pointee.next_in = bytes
            stream.pointee.avail_in = UInt32(count)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            // Ends on a whole byte, so that another piece can follow.
            guard drain(stream, rest.isEmpty ? Z_SYNC_FLUSH : Z_NO_FLUSH) else { return }
        } while !rest.isEmpty
        isWhole = true
    }

    private func drain(_ stream: UnsafeMutablePointer<z_stream>, _ flush: Int32) -> Bool {
        repeat {
            let room = 64 << 10
            let place = deflated.reserve(room, behind: deflated.end)
            stream.pointee.next_out = place
            stream.pointee.avail_out = UInt32(room)
            guard CZlib.deflate(stream, flush) != Z_STREAM_ERROR else { return false }
            deflated.advance(to: place + room - Int(stream.pointee.avail_out))
        } while stream.pointee.avail_out == 0
        return true
    }
}

/// Puts pieces together to gzip data (RFC 1952) of one member, without a date in its header: the same
/// pieces give the same file.
struct GzipMember {
    /// Deflated, no flags, no date, no level named, of an unknown system.
    static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]

    private var checksum: UInt = 0
    private var plainCount: UInt64 = 0

    /// Takes note of a piece that is written.
    mutating func add(_ piece: DeflatedPiece) {
        checksum = crc32_combine(checksum, piece.checksum, piece.plainCount)
        plainCount &+= UInt64(piece.plainCount)
    }

    /// What stands behind the last piece: an empty last block, check sum, and length modulo 2^32.
    var trailer: [UInt8] {
        var bytes: [UInt8] = [3, 0]
        for number in [
            UInt32(truncatingIfNeeded: checksum), UInt32(truncatingIfNeeded: plainCount),
        ] {
            for shift: UInt32 in [0, 8, 16, 24] {
                bytes.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        return bytes
    }
}
