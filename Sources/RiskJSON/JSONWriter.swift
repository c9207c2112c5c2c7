extension Node {
    /// How a document is laid out.
    public enum Layout: Sendable {
        /// On one line, without spaces: the canonical form, over which digests are taken.
        case compact
        /// Two spaces a level; arrays of plain values stay on one line.
        case indented
    }

    /// The document as JSON text. Doubles are written with the fewest digits that read back as the
    /// same bits, keys in the order they have.
    /// - Complexity: O(size).
    public func json(_ layout: Layout = .compact) -> String {
        var text = ""
        write(to: &text, indent: layout == .indented ? 0 : nil)
        return text
    }

    /// The SHA-256 of the canonical (compact) JSON text, which is hashed as it is made and never held.
    /// - Complexity: O(size).
    public func sha256() -> String {
        var sink = HashingSink()
        write(to: &sink, indent: nil)
        return sink.finish()
    }

    private func write<Sink: TextOutputStream>(to text: inout Sink, indent: Int?) {
        switch content {
        case .null: text.write("null")
        case .bool(let value): text.write(value ? "true" : "false")
        case .integer(let value): text.write(String(value))
        case .number(let value): text.write(value.isFinite ? value.description : "null")
        case .string(let value): Self.quote(value, into: &text)
        case .array(let values):
            let inner = values.allSatisfy(\.isPlain) ? nil : indent.map { $0 + 1 }
            text.write("[")
            for (index, value) in values.enumerated() {
                if index > 0 { text.write(inner == nil && indent != nil ? ", " : ",") }
                Self.newLine(inner, in: &text)
                value.write(to: &text, indent: inner)
            }
            if !values.isEmpty { Self.newLine(inner.map { $0 - 1 }, in: &text) }
            text.write("]")
        case .object(let members):
            let inner = indent.map { $0 + 1 }
            text.write("{")
            for (index, member) in members.enumerated() {
                if index > 0 { text.write(",") }
                Self.newLine(inner, in: &text)
                Self.quote(member.key, into: &text)
                text.write(indent == nil ? ":" : ": ")
                member.value.write(to: &text, indent: inner)
            }
            if !members.isEmpty { Self.newLine(indent, in: &text) }
            text.write("}")
        }
    }

    private var isPlain: Bool {
        switch content {
        case .array, .object: false
        default: true
        }
    }

    private static func newLine<Sink: TextOutputStream>(_ indent: Int?, in text: inout Sink) {
        guard let indent else { return }
        text.write("\n" + String(repeating: "  ", count: indent))
    }

    private static func quote<Sink: TextOutputStream>(_ value: String, into text: inout Sink) {
        text.write("\"")
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text.write("\\\"")
            case "\\": text.write("\\\\")
            case "\n": text.write("\\n")
            case "\r": text.write("\\r")
            case "\t": text.write("\\t")
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text.write("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: text.write(String(scalar))
            }
        }
        text.write("\"")
    }
}

/// Feeds text to a hash, some kilobytes at a time.
private struct HashingSink: TextOutputStream {
    private var hash = SHA256()
    private var pending: [UInt8] = []

    mutating func write(_ text: String) {
        pending.append(contentsOf: text.utf8)
        if pending.count >= 16384 { flush() }
    }

    mutating func finish() -> String {
        flush()
        return hash.finish()
    }

    private mutating func flush() {
        hash.update(pending)
        pending.removeAll(keepingCapacity: true)
    }
}
