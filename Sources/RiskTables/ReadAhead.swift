import Dispatch

/// Hands on the bytes of a file; gzip data is inflated on a thread of its own, some pieces ahead of
/// whoever reads.
///
/// Inflating is the longest of the steps to a column and none that can be divided, so nothing else
/// shall hold it up. Each piece is a job on a serial queue that never waits for anything: a reader
/// that is given up leaves no thread behind. The semaphore of a piece orders the accesses of the two
/// threads, which the compiler cannot see.
final class ReadAhead: @unchecked Sendable {
    private static let pieceBytes = 256 << 10
    private static let pieceCount = 4

    private final class Piece: @unchecked Sendable {
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: ReadAhead.pieceBytes, alignment: 16)
        let done = DispatchSemaphore(value: 0)
        var count = 0
        var bytesRead = 0
        var failure: TableError?

        deinit { bytes.deallocate() }
    }

    private let source: ByteSource
    private let queue = DispatchQueue(label: "riskkit.tables.inflate")
    /// The pieces in the order of the file, the first being handed on.
    private var pieces: [Piece] = []
    private var current: Piece?
    /// How much of the first piece has been handed on.
    private var offset = 0
    private var isAtEnd = false

    /// How much of the file has been handed on, as it lies on the disk, pieces taken as a whole.
    private(set) var bytesRead = 0

    var path: String { source.path }
    var totalBytes: Int? { source.totalBytes }

    init(_ source: ByteSource) { self.source = source }

    /// Reads at least one byte, or none at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TableError) -> Int {
        guard source.isCompressed else {
            let count = try source.read(into: buffer)
            bytesRead = source.bytesRead
            return count
        }
        if isAtEnd { return 0 }
        if pieces.isEmpty {
            for _ in 0..<Self.pieceCount { fill(Piece()) }
        }
        let piece: Piece
        if let current {
            piece = current
        } else {
            piece = pieces[0]
            piece.done.wait()
            bytesRead = piece.bytesRead
            if let failure = piece.failure { throw failure }
            if piece.count == 0 {
                isAtEnd = true
                return 0
            }
            current = piece
            offset = 0
        }
        let count = min(buffer.count, piece.count - offset)
        buffer.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: piece.bytes[offset..<offset + count]))
        offset += count
        if offset == piece.count {
            current = nil
            pieces.removeFirst()
            fill(piece)
        }
        return count
    }

    /// Has a piece filled behind all the others.
    private func fill(_ piece: Piece) {
        pieces.append(piece)
        nonisolated(unsafe) let source = source
        queue.async {
            do throws(TableError) {
                piece.count = try source.read(into: piece.bytes)
            } catch {
                piece.failure = error
            }
            piece.bytesRead = source.bytesRead
            piece.done.signal()
        }
    }
}
