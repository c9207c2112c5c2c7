import RiskJSON

/// Writes the words of a snapshot: a mark, little-endian 64-bit words and texts, a SHA-256 of it all.
struct SnapshotWriter {
    private(set) var bytes = Array(Self.mark.utf8)

    /// The format and its version.
    static let mark = "riskkit-state/2\n"

    mutating func append(_ word: Int64) {
        withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ count: Int) { append(Int64(count)) }

    mutating func append(text: UnsafeBufferPointer<UInt8>) {
        append(text.count)
        bytes.append(contentsOf: text)
    }

    mutating func finish() -> [UInt8] {
        bytes + Array(SHA256.hexadecimal(bytes).utf8)
    }
}

/// Why bytes are no snapshot that this engine can take.
public struct SnapshotError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Where, in bytes from the beginning.
    public let offset: Int
    /// What is wrong.
    public let message: String

    /// `snapshot, byte 120: …`.
    public var description: String { "snapshot, byte \(offset): \(message)" }
}

/// Reads the words of a snapshot, of which nothing is trusted.
struct SnapshotReader {
    private let bytes: [UInt8]
    private(set) var offset: Int
    private let end: Int

    /// - Throws: where the bytes are of another format or version, or not whole.
    init(_ bytes: [UInt8]) throws(SnapshotError) {
        let mark = Array(SnapshotWriter.mark.utf8)
        guard bytes.starts(with: mark) else {
            throw SnapshotError(
                offset: 0,
                message: "expected \"\(SnapshotWriter.mark.dropLast())\": it is no snapshot, "
                    + "or one of another version")
        }
        let digest = 64
        guard bytes.count >= mark.count + digest,
            SHA256.hexadecimal(bytes.dropLast(digest))
                == String(
                    decoding: bytes.suffix(digest), as: UTF8.self)
        else {
            throw SnapshotError(
                offset: bytes.count,
                message: "its SHA-256 is not that of its content: it is cut off or changed")
        }
        self.bytes = bytes
        offset = mark.count
        end = bytes.count - digest
    }

    /// How many words may follow.
    var wordsLeft: Int { (end - offset) / 8 }

    func failure(_ message: String) -> SnapshotError {
        SnapshotError(offset: offset, message: message)
    }

    mutating func word() throws(SnapshotError) -> Int64 {
        guard end - offset >= 8 else { throw failure("it ends too early") }
        let word = bytes.withUnsafeBytes {
            $0.loadUnaligned(fromByteOffset: offset, as: Int64.self)
        }
        offset += 8
        return Int64(littleEndian: word)
    }

    /// A word within bounds.
    mutating func word(
        in range: ClosedRange<Int64>, _ meaning: String
    ) throws(SnapshotError) -> Int64 {
        let word = try word()
        guard range.contains(word) else { throw failure("\(meaning) is \(word)") }
        return word
    }

    /// How many things of some bytes follow: no more than there is room for.
    mutating func count(of size: Int, _ meaning: String) throws(SnapshotError) -> Int {
        Int(try word(in: 0...Int64((end - offset) / size), "the number of \(meaning)"))
    }

    mutating func text() throws(SnapshotError) -> ArraySlice<UInt8> {
        let count = try count(of: 1, "bytes of a text")
        defer { offset += count }
        return bytes[offset..<offset + count]
    }

    func finish() throws(SnapshotError) {
        if offset != end { throw failure("it has \(end - offset) bytes too many") }
    }
}
