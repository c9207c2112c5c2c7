import CZlib

/// The bytes of a file, inflated where they are gzip data, whatever the file is called.
final class ByteSource {
    private let file: InputFile
    private var inflater: Inflater?
    /// Bytes read ahead to tell what the file is, not yet handed on.
    private var ahead: [UInt8] = []
    /// How much of the file has been read, as it lies on the disk.
    private(set) var bytesRead = 0

    /// Whether the file is gzip data.
    var isCompressed: Bool { inflater != nil }
    var path: String { file.path }
    var totalBytes: Int? { file.totalBytes }

    /// - Throws: `.noInput`; `.badData` where a path ends in `.gz` and the file is no gzip data.
    init(path: String) throws(TableError) {
        file = try InputFile(path: path)
        var first = [UInt8](repeating: 0, count: 2)
        var count = 0
        while count < 2 {
            let more = try Self.read(file, into: &first, from: count)
            if more == 0 { break }
            count += more
        }
        ahead = Array(first[..<count])
        bytesRead = count
        if ahead == [0x1F, 0x8B] {
            inflater = try Inflater(path: path)
        } else if path.lowercased().hasSuffix(".gz") {
            throw TableError(
                .badData, file: path,
                count == 0
                    ? "is empty; expected gzip data" : "is no gzip data, though its name says so")
        }
    }

    private static func read(
        _ file: InputFile, into bytes: inout [UInt8], from start: Int
    ) throws(TableError) -> Int {
        try bytes.withUnsafeMutableBufferPointer { (buffer) throws(TableError) -> Int in
            let space = UnsafeMutableRawBufferPointer(buffer)
            return try file.read(into: UnsafeMutableRawBufferPointer(rebasing: space[start...]))
        }
    }

    /// Reads at least one byte, or none at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TableError) -> Int {
        guard let inflater else { return try readRaw(into: buffer) }
        return try inflater.read(into: buffer) { (input) throws(TableError) -> Int in
            try self.readRaw(into: input)
        }
    }

    private func readRaw(into buffer: UnsafeMutableRawBufferPointer) throws(TableError) -> Int {
        if !ahead.isEmpty {
            let count = min(ahead.count, buffer.count)
            buffer.copyBytes(from: ahead[..<count])
            ahead.removeFirst(count)
            return count
        }
        let count = try file.read(into: buffer)
        bytesRead += count
        return count
    }
}

/// Inflates gzip data (RFC 1952) of one member or several.
private final class Inflater {
    private static let inputCapacity = 256 << 10

    private let path: String
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableRawBufferPointer
    private var isBetweenMembers = false
    private var isAtEnd = false

    init(path: String) throws(TableError) {
        self.path = path
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        input = .allocate(byteCount: Self.inputCapacity, alignment: 16)
        // 15 bits of window, and 16 says that a gzip header and trailer are expected.
        let status = inflateInit2_(
            stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            throw TableError(.input, file: path, "cannot be inflated: no memory")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer,
        refill: (UnsafeMutableRawBufferPointer) throws(TableError) -> Int
    ) throws(TableError) -> Int {
        while !isAtEnd {
            if stream.pointee.avail_in == 0 {
                let count = try refill(input)
                if count == 0 {
                    guard isBetweenMembers else { throw truncated }
                    isAtEnd = true
                    break
                }
                stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_in = UInt32(count)
            }
            if isBetweenMembers, try !beginMember() { continue }
            stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(min(buffer.count, 1 << 30))
            let space = stream.pointee.avail_out
            let status = inflate(stream, Z_NO_FLUSH)
            switch status {
            case Z_STREAM_END: isBetweenMembers = true
            case Z_OK, Z_BUF_ERROR: break
            default: throw damaged
            }
            let count = Int(space - stream.pointee.avail_out)
            if count > 0 { return count }
        }
        return 0
    }

    /// Begins another member where one follows; gzip pads the end of tapes with zeros, which are
    /// passed over.
    private func beginMember() throws(TableError) -> Bool {
        while stream.pointee.avail_in > 0, stream.pointee.next_in.pointee == 0 {
            stream.pointee.next_in += 1
            stream.pointee.avail_in -= 1
        }
        guard stream.pointee.avail_in > 0 else { return false }
        guard stream.pointee.next_in.pointee == 0x1F, inflateReset(stream) == Z_OK else {
            throw TableError(
                .badData, file: path, "has bytes behind its gzip data that are none themselves")
        }
        isBetweenMembers = false
        return true
    }

    private var truncated: TableError {
        TableError(.badData, file: path, "is cut off: its gzip data ends too early")
    }

    private var damaged: TableError {
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "unknown"
        return TableError(.badData, file: path, "has damaged gzip data (\(reason))")
    }
}
