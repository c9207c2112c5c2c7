/// Room for values that is used again and again; what was in it is gone when more is asked for.
final class Scratch<Element> {
    private(set) var base: UnsafeMutablePointer<Element>
    private var capacity: Int

    init() {
        capacity = 0
        base = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
            .bindMemory(to: Element.self, capacity: 1)
    }

    deinit { base.deallocate() }

    /// Room for that many values.
    @discardableResult
    func room(_ count: Int) -> UnsafeMutablePointer<Element> {
        if count > capacity {
            base.deallocate()
            capacity = count + count / 2
            base =
                UnsafeMutableRawPointer
                .allocate(byteCount: capacity * MemoryLayout<Element>.stride, alignment: 16)
                .bindMemory(to: Element.self, capacity: capacity)
        }
        return base
    }
}
