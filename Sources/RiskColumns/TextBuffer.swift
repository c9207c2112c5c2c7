/// Texts of varying length one after the other, as in Arrow's variable-size binary layout.
public struct TextBuffer: Sendable {
    /// The UTF-8 bytes of all the texts.
    public private(set) var bytes: [UInt8] = []
    /// Where each text ends; it starts where the one before it ends, the first at 0.
    public private(set) var ends: [Int] = []

    /// An empty buffer.
    public init() {}

    /// A buffer of these texts.
    public init(_ texts: some Sequence<String>) {
        for text in texts { append(text) }
    }

    /// The number of texts.
    public var count: Int { ends.count }

    /// Where the bytes of text `index` lie.
    public func range(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    /// The text at `index`; bytes that are no UTF-8 become replacement characters.
    public subscript(index: Int) -> String {
        String(decoding: bytes[range(index)], as: UTF8.self)
    }

    /// Adds a text.
    public mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        ends.append(bytes.count)
    }

    /// Adds a text by its UTF-8 bytes.
    public mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(contentsOf: text)
        ends.append(bytes.count)
    }
}
