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

/// Loops over rows that lie here and there: memory is asked for some rows ahead, so that misses overlap.
enum Gather {
    static let ahead = 24

    /// `values[rows[i]]` for each i.
    @inline(__always)
    static func each(
        _ values: UnsafePointer<Int64>, _ rows: UnsafePointer<Int32>, _ count: Int,
        _ body: (_ index: Int, _ value: Int64) -> Void
    ) {
        let warm = max(0, count - ahead)
        for index in 0..<warm {
            rk_prefetch_read(values + Int(rows[index + ahead]))
            body(index, values[Int(rows[index])])
        }
        for index in warm..<count { body(index, values[Int(rows[index])]) }
    }
}
