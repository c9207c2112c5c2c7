import Foundation
import RiskJSON
import RiskTables

/// What `risk live` keeps between two runs: an engine's state and the place in the stream that it
/// belongs to.
///
/// A mark, a line of JSON, the engine's own snapshot, and the SHA-256 of all but the engine's bytes,
/// whose own digest, the last 64 of them, is included: so every byte is under one of the two.
struct LiveSnapshot: Equatable {
    /// A file that grew with the stream.
    struct Output: Equatable {
        let path: String
        /// How long it was.
        let length: Int
    }

    /// How many lines of the stream have been taken.
    var position = 0
    /// The SHA-256 of the last of them, so that a stream can be known again; empty: of none.
    var lastLine = ""
    /// Where vectors went, if to a file that can be cut back.
    var output: Output?
    /// Where rejected lines went.
    var rejects: Output?

    /// The format and its version.
    private static let mark = Array("riskkit-live/1\n".utf8)
    private static let digest = 64

    /// Why bytes are no snapshot.
    struct Malformed: Error {
        let message: String
    }

    /// The bytes before and after those of the engine.
    func frame(_ state: [UInt8]) -> (head: [UInt8], tail: [UInt8]) {
        func node(_ output: Output?) -> Node {
            output.map { .object(["path": Node($0.path), "bytes": Node($0.length)]) } ?? nil
        }
        let header: Node = .object([
            "position": Node(position), "last_line": Node(lastLine), "output": node(output),
            "rejects": node(rejects),
        ])
        let head = Self.mark + Array(header.json().utf8) + [UInt8(ascii: "\n")]
        let whole = SHA256.hexadecimal(head + state.suffix(Self.digest))
        return (head, Array(whole.utf8))
    }

    /// Takes a file apart.
    /// - Returns: what it says, and the engine's bytes, which the engine checks.
    static func read(_ bytes: [UInt8]) throws(Malformed) -> (LiveSnapshot, state: [UInt8]) {
        guard bytes.starts(with: mark) else {
            throw Malformed(
                message: "is no snapshot of risk live, or one of another version: expected "
                    + "\"\(String(decoding: mark.dropLast(), as: UTF8.self))\"")
        }
        let rest = bytes[mark.count...]
        guard let end = rest.prefix(64 << 10).firstIndex(of: UInt8(ascii: "\n")),
            bytes.count - end - 1 >= 2 * digest
        else { throw Malformed(message: "is cut off or changed") }
        let state = bytes[(end + 1)..<(bytes.count - digest)]
        guard
            SHA256.hexadecimal(bytes[...end] + state.suffix(digest)).utf8
                .elementsEqual(bytes.suffix(digest))
        else {
            throw Malformed(
                message: "is cut off or changed: its SHA-256 is not that of its content")
        }
        guard let header = try? JSONParser.parse(Array(bytes[mark.count..<end])),
            let snapshot = LiveSnapshot(header)
        else { throw Malformed(message: "has a malformed header") }
        return (snapshot, Array(state))
    }

    init() {}

    private init?(_ header: Node) {
        func file(_ name: String) -> Output?? {
            guard let node = header[name] else { return .none }
            if node.content == .null { return .some(nil) }
            guard case .string(let path)? = node["path"]?.content,
                case .integer(let bytes)? = node["bytes"]?.content, bytes >= 0
            else { return .none }
            return .some(Output(path: path, length: Int(bytes)))
        }
        guard case .integer(let position)? = header["position"]?.content,
            (0...Int64(1) << 62).contains(position),
            case .string(let lastLine)? = header["last_line"]?.content,
            let output = file("output"), let rejects = file("rejects")
        else { return nil }
        self.position = Int(position)
        self.lastLine = lastLine
        self.output = output
        self.rejects = rejects
    }
}

/// The file in which snapshots take each other's place, and which one process holds at a time.
final class SnapshotFile {
    let path: String
    private let lock: Int32

    /// Takes hold of the file, which need not be there, and removes what killed processes have left
    /// beside it.
    init(path: String) throws {
        self.path = path
        var status = stat()
        if path == "-" || (stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG) {
            throw CommandFailure(.usage, "--snapshot: expected a file of its own, found \(path)")
        }
        let url = URL(filePath: path).resolvingSymlinksInPath()
        let folder = url.deletingLastPathComponent()
        let name = url.lastPathComponent
        lock = open(
            folder.appending(path: ".\(name).lock").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard lock >= 0 else {
            throw CommandFailure(
                .cannotCreate, "\(path): cannot be written: \(String(cString: strerror(errno)))")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw CommandFailure(
                .cannotCreate, "\(path): another process keeps its snapshots there")
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for hidden in names where AtomicFile.isLeftover(hidden, of: name) {
            unlink(folder.appending(path: hidden).path)
        }
    }

    deinit { close(lock) }

    /// Whether there is one.
    var exists: Bool { access(path, F_OK) == 0 }

    /// The last snapshot.
    func read() throws -> (LiveSnapshot, state: [UInt8]) {
        let bytes = try readFile(path, limit: 1 << 40)
        do throws(LiveSnapshot.Malformed) {
            return try LiveSnapshot.read(bytes)
        } catch {
            throw CommandFailure(.badData, "\(path): \(error.message)")
        }
    }

    /// Puts a snapshot in the place of the last one.
    func write(_ snapshot: LiveSnapshot, state: [UInt8]) throws(TableError) {
        let (head, tail) = snapshot.frame(state)
        let file = try AtomicFile(path: path)
        try file.write(head)
        try file.write(state)
        try file.write(tail)
        try file.commit()
    }
}
