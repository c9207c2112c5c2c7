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

    init(_ elements: [Element]) {
        base = .allocate(capacity: max(elements.count, 1))
        count = elements.count
        elements.withUnsafeBufferPointer { source in
            if let first = source.baseAddress { base.initialize(from: first, count: source.count) }
        }
    }

    deinit { base.deallocate() }

    var array: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }
}
