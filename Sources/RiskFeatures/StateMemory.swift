/// Where the states of key values live, and what they need of the past: blocks of whole cache lines, in
/// chunks on huge pages.
///
/// A live event reads some sixty lines of three keys that nobody has touched for a while. On small
/// pages, each of these is looked up in the page table first. A block that was given back is for the
/// next one of its size, which are few: states of a layout, and entries that doubled.
/// Not thread-safe.
final class StateMemory {
    private static let line = 64
    /// Beyond so many bytes a block is the system's.
    private static let longest = 1 << 16
    /// A chunk is as large as all before it, from 16 kB on up to two huge pages.
    private static let chunkBytes = (least: 1 << 14, most: 1 << 22)

    private var chunks: [UnsafeMutableRawPointer] = []
    private var rest: UnsafeMutableRawPointer?
    private var restBytes = 0
    private var nextChunk = StateMemory.chunkBytes.least
    /// By lines, the last block that was given back; each begins with the address of the one before.
    private var free: [UnsafeMutableRawPointer?] = []

    deinit {
        for chunk in chunks { chunk.deallocate() }
    }

    /// Uninitialised memory, aligned to a cache line, or to 16 bytes where it is longer than 64 kB; to be
    /// given back by `deallocate(_:bytes:)`, which longer blocks must be; the rest goes with all else.
    func allocate(bytes: Int) -> UnsafeMutableRawPointer {
        let lines = (max(1, bytes) + Self.line - 1) / Self.line
        if bytes > Self.longest {
            return UnsafeMutableRawPointer(HugePages.allocate(lines * 4, of: Int128.self))
        }
        if lines < free.count, let block = free[lines] {
            free[lines] = block.load(as: UnsafeMutableRawPointer?.self)
            return block
        }
        if restBytes < lines * Self.line { addChunk(atLeast: lines * Self.line) }
        let block = rest.unsafelyUnwrapped
        rest = block + lines * Self.line
        restBytes -= lines * Self.line
        return block
    }

    /// Takes memory back.
    /// - Parameter bytes: as many as were asked for.
    func deallocate(_ block: UnsafeMutableRawPointer, bytes: Int) {
        if bytes > Self.longest { return block.deallocate() }
        let lines = (max(1, bytes) + Self.line - 1) / Self.line
        while free.count <= lines { free.append(nil) }
        block.storeBytes(of: free[lines], as: UnsafeMutableRawPointer?.self)
        free[lines] = block
    }

    private func addChunk(atLeast bytes: Int) {
        // A small chunk may begin in the middle of a line; large ones are whole huge pages.
        let size = max(nextChunk, bytes + Self.line)
        let chunk = UnsafeMutableRawPointer(HugePages.allocate(size / 8, of: Int64.self))
        chunks.append(chunk)
        rest = chunk.alignedUp(toMultipleOf: Self.line)
        restBytes = size - (rest.unsafelyUnwrapped - chunk)
        nextChunk = min(nextChunk * 2, Self.chunkBytes.most)
    }
}
