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

    private func write(to text: inout String, indent: Int?) {
        switch content {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value.isFinite ? value.description : "null"
        case .string(let value): Self.quote(value, into: &text)
        case .array(let values):
            let inner = values.allSatisfy(\.isPlain) ? nil : indent.map { $0 + 1 }
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += inner == nil && indent != nil ? ", " : "," }
                Self.newLine(inner, in: &text)
                value.write(to: &text, indent: inner)
            }
            if !values.isEmpty { Self.newLine(inner.map { $0 - 1 }, in: &text) }
            text += "]"
        case .object(let members):
            let inner = indent.map { $0 + 1 }
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                Self.newLine(inner, in: &text)
                Self.quote(member.key, into: &text)
                text += indent == nil ? ":" : ": "
                member.value.write(to: &text, indent: inner)
            }
            if !members.isEmpty { Self.newLine(indent, in: &text) }
            text += "}"
        }
    }

    private var isPlain: Bool {
        switch content {
        case .array, .object: false
        default: true
        }
    }

    private static func newLine(_ indent: Int?, in text: inout String) {
        guard let indent else { return }
        text += "\n" + String(repeating: "  ", count: indent)
    }

    private static func quote(_ value: String, into text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
