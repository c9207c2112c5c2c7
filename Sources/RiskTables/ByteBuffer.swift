/// Bytes that grow at their end, stored through a pointer.
///
/// Who writes rows asks for room once and then stores without a check, which an array would make for
/// every byte. A buffer is used by one thread at a time and again for the next block.
final class ByteBuffer: @unchecked Sendable {
    private(set) var bytes: UnsafeMutablePointer<UInt8>
    private(set) var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 64)
        bytes = .allocate(capacity: self.capacity)
    }

    deinit { bytes.deallocate() }

    /// Where the next byte goes.
    var end: UnsafeMutablePointer<UInt8> { bytes + count }

    /// What has been written.
    var written: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: count) }

    /// Forgets the bytes and keeps the room.
    func removeAll() { count = 0 }

    /// Takes in what was stored up to `end`.
    /// - Precondition: it lies within the room asked for.
    @inline(__always)
    func advance(to end: UnsafeMutablePointer<UInt8>) { count = end - bytes }

    /// Takes in what was stored up to `end`, and makes room for so many bytes behind it.
    /// - Returns: where the next byte goes, which may be another place than `end`.
    /// - Complexity: O(1), amortised.
    @inline(__always)
    func reserve(
        _ more: Int, behind end: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        count = end - bytes
        return capacity - count >= more ? end : grow(by: more)
    }

    @inline(never)
    private func grow(by more: Int) -> UnsafeMutablePointer<UInt8> {
        capacity = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: bytes, count: count)
        bytes.deallocate()
        bytes = larger
        return larger + count
    }
}
