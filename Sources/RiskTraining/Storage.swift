import Foundation

/// Memory of fixed size for the loops: a pointer that lives as long as this object.
///
/// `@unchecked Sendable`: whoever shares it between threads gives each its own part, or only reads.
final class Storage<Element: BitwiseCopyable>: @unchecked Sendable {
    /// The first of `count` elements.
    let base: UnsafeMutablePointer<Element>
    let count: Int

    init(repeating value: Element, count: Int) {
        base = .allocate(capacity: max(count, 1))
        base.initialize(repeating: value, count: count)
        self.count = count
    }

    /// Memory that is written before it is read: the threads that fill it touch it first.
    init(uninitialized count: Int) {
        let bytes = max(count, 1) * MemoryLayout<Element>.stride
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        base = memory.bindMemory(to: Element.self, capacity: max(count, 1))
        self.count = count
    }

    /// Zeros, which cost nothing where they are not looked at.
    init(zeros count: Int) where Element: Numeric {
        guard let memory = calloc(max(count, 1), MemoryLayout<Element>.stride) else {
            preconditionFailure("no memory for \(count) elements")
        }
        base = memory.bindMemory(to: Element.self, capacity: max(count, 1))
        self.count = count
    }

    init(_ elements: [Element]) {
        base = .allocate(capacity: max(elements.count, 1))
        count = elements.count
        elements.withUnsafeBufferPointer { source in
            if let first = source.baseAddress { base.initialize(from: first, count: source.count) }
        }
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }

    var array: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }
}
