/// XML as it is written: elements in elements, attributes escaped.
struct XMLWriter {
    private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    private var depth = 0

    /// An element without content.
    mutating func add(_ name: String, _ attributes: KeyValuePairs<String, String>) {
        open(name, attributes, end: "/>\n")
    }

    /// An element with other elements in it.
    mutating func add(
        _ name: String, _ attributes: KeyValuePairs<String, String>,
        _ content: (inout XMLWriter) -> Void
    ) {
        open(name, attributes, end: ">\n")
        depth += 1
        content(&self)
        depth -= 1
        indent()
        text += "</\(name)>\n"
    }

    /// An element with text in it.
    mutating func add(
        _ name: String, _ attributes: KeyValuePairs<String, String>, text content: String
    ) {
        open(name, attributes, end: ">")
        escape(content)
        text += "</\(name)>\n"
    }

    private mutating func open(
        _ name: String, _ attributes: KeyValuePairs<String, String>, end: String
    ) {
        indent()
        text += "<\(name)"
        for (key, value) in attributes {
            text += " \(key)=\""
            escape(value)
            text += "\""
        }
        text += end
    }

    private mutating func indent() {
        for _ in 0..<depth { text += " " }
    }

    private mutating func escape(_ value: String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

    /// Whether XML 1.0 has a way to say a text; control characters aside, it lacks two scalars.
    static func canCarry(_ text: String) -> Bool {
        !text.unicodeScalars.contains { scalar in
            scalar.value == 0xFFFE || scalar.value == 0xFFFF
                || scalar.properties.generalCategory == .control
        }
    }
}
