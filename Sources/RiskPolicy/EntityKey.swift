/// A key that equals another only where the bytes do, ordered by its bytes.
///
/// Strings also equal where they only look the same (é as one scalar or as two), and keys that differ in
/// a log are different entities.
struct EntityKey: Hashable, Comparable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (a: EntityKey, b: EntityKey) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    static func < (a: EntityKey, b: EntityKey) -> Bool {
        a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        let done: Void? = text.utf8.withContiguousStorageIfAvailable {
            hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }
        if done == nil { for byte in text.utf8 { hasher.combine(byte) } }
    }
}
