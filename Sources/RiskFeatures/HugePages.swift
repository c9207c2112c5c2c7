import CRiskKernels
import Foundation

/// Large blocks that are read or written here and there: on huge pages, where the system has them, an
/// access touches one entry of the page table rather than one for every four kilobytes.
enum HugePages {
    private static let size = 1 << 21

    /// Uninitialised room for values; to be given back by `deallocate()`.
    static func allocate<Element: BitwiseCopyable>(
        _ count: Int, of type: Element.Type
    ) -> UnsafeMutablePointer<Element> {
        let bytes = max(1, count) * MemoryLayout<Element>.stride
        guard bytes >= 2 * size else { return .allocate(capacity: max(1, count)) }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: size)
        #if os(Linux)
            // A hint: where it is refused, pages are small.
            _ = madvise(memory, bytes, 14)  // MADV_HUGEPAGE
        #endif
        return memory.bindMemory(to: type, capacity: count)
    }
}

/// Loops over rows that lie here and there.
enum Gather {
    /// Memory is asked for so many rows ahead: misses overlap.
    static let ahead = 24
}
