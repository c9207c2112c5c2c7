/// Reads JSON by RFC 8259, strictly: one value, UTF-8 only, no duplicate keys, no trailing commas,
/// numbers within the range of a double.
public enum JSONParser {
    /// Bounds on what is read, so that no document can exhaust stack or memory.
    public struct Limits: Sendable {
        /// How deep arrays and objects may nest.
        public var depth: Int
        /// How many bytes a document may have.
        public var bytes: Int

        /// Makes limits.
        public init(depth: Int = 64, bytes: Int = 1 << 30) {
            self.depth = depth
            self.bytes = bytes
        }
    }

    /// Why a document is no JSON, and where.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        /// The line, from 1.
        public let line: Int
        /// The byte of the line, from 1.
        public let column: Int
        /// What was expected or refused.
        public let message: String

        /// `line 7, column 3: expected …`.
        public var description: String { "line \(line), column \(column): \(message)" }
    }

    /// Reads a document.
    /// - Complexity: O(bytes).
    public static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, limits: Limits = Limits()
    ) throws(Failure) -> Node {
        var scanner = Scanner(bytes: bytes, limits: limits)
        return try scanner.document()
    }

    /// Reads a document.
    /// - Complexity: O(bytes).
    public static func parse(_ bytes: [UInt8], limits: Limits = Limits()) throws(Failure) -> Node {
        let result = bytes.withUnsafeBufferPointer { buffer -> Result<Node, Failure> in
            do throws(Failure) {
                return .success(try parse(buffer, limits: limits))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

private struct Scanner {
    let bytes: UnsafeBufferPointer<UInt8>
    let limits: JSONParser.Limits
    var index = 0
    var line = 1
    var lineStart = 0
    var depth = 0

    init(bytes: UnsafeBufferPointer<UInt8>, limits: JSONParser.Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    func failure(_ message: String) -> JSONParser.Failure {
        JSONParser.Failure(line: line, column: index - lineStart + 1, message: message)
    }

    mutating func document() throws(JSONParser.Failure) -> Node {
        if bytes.count > limits.bytes {
            throw failure("the document has \(bytes.count) bytes; at most \(limits.bytes) are read")
        }
        skipSpace()
        let value = try value()
        skipSpace()
        if index < bytes.count { throw failure("expected the end of the document") }
        return value
    }

    mutating func value() throws(JSONParser.Failure) -> Node {
        guard index < bytes.count else { throw failure("expected a value, found the end") }
        let line = line
        switch bytes[index] {
        case UInt8(ascii: "{"): return Node(.object(try members()), line: line)
        case UInt8(ascii: "["): return Node(.array(try elements()), line: line)
        case UInt8(ascii: "\""): return Node(.string(try string()), line: line)
        case UInt8(ascii: "t"): return Node(try literal("true", .bool(true)), line: line)
        case UInt8(ascii: "f"): return Node(try literal("false", .bool(false)), line: line)
        case UInt8(ascii: "n"): return Node(try literal("null", .null), line: line)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return Node(try number(), line: line)
        default: throw failure("expected a value")
        }
    }

    mutating func literal(
        _ text: StaticString, _ content: Node.Content
    ) throws(JSONParser.Failure) -> Node.Content {
        for offset in 0..<text.utf8CodeUnitCount {
            guard index + offset < bytes.count, bytes[index + offset] == text.utf8Start[offset]
            else { throw failure("expected \(text)") }
        }
        index += text.utf8CodeUnitCount
        return content
    }

    mutating func members() throws(JSONParser.Failure) -> [Node.Member] {
        try descend()
        var members: [Node.Member] = []
        var keys: Set<String> = []
        if take("}") { return ascend(members) }
        while true {
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
                throw failure("expected a key in quotes")
            }
            let key = try string()
            if !keys.insert(key).inserted { throw failure("the key \(quoted(key)) stands twice") }
            guard take(":") else { throw failure("expected ':' behind the key \(quoted(key))") }
            skipSpace()
            members.append(Node.Member(key, try value()))
            if take("}") { return ascend(members) }
            guard take(",") else { throw failure("expected ',' or '}'") }
        }
    }

    mutating func elements() throws(JSONParser.Failure) -> NodeList {
        try descend()
        if take("]") { return ascend(NodeList()) }
        var values = NodeListBuilder(expecting: plainElements())
        while true {
            skipSpace()
            values.append(try value())
            if take("]") { return ascend(values.list()) }
            guard take(",") else { throw failure("expected ',' or ']'") }
        }
    }

    /// How many elements the array has that begins here, where they are numbers or words; else 0.
    /// With it an array is made once, and not again and again while it grows; it is no more than a table
    /// has, so that no document can ask for memory by commas.
    private func plainElements() -> Int {
        var count = 1
        for byte in bytes[index...] where count < 65_537 {
            switch byte {
            case UInt8(ascii: ","): count += 1
            case UInt8(ascii: "]"): return count
            case UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "\""): return 0
            default: continue
            }
        }
        return count == 65_537 ? count : 0
    }

    mutating func descend() throws(JSONParser.Failure) {
        depth += 1
        if depth > limits.depth { throw failure("nested deeper than \(limits.depth) levels") }
        index += 1
    }

    mutating func ascend<T>(_ value: T) -> T {
        depth -= 1
        return value
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\n"):
                line += 1
                lineStart = index + 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            default: return
            }
            index += 1
        }
    }

    mutating func number() throws(JSONParser.Failure) -> Node.Content {
        let start = index
        var isWhole = true
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        let leadingZero = index < bytes.count && bytes[index] == UInt8(ascii: "0")
        guard let digits = skipDigits(), !(leadingZero && digits > 1) else {
            throw failure("expected a number without leading zeros")
        }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            isWhole = false
            index += 1
            guard skipDigits() != nil else { throw failure("expected digits behind the point") }
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            index += 1
            if index < bytes.count,
                bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-")
            {
                index += 1
            }
            guard skipDigits() != nil else { throw failure("expected digits in the exponent") }
        }
        guard index - start <= 400 else { throw failure("a number of more than 400 characters") }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isWhole, let whole = Int64(text), text != "-0" { return .integer(whole) }
        guard let number = Double(text), number.isFinite else {
            throw failure("the number \(text) is beyond the range of a double")
        }
        return .number(number)
    }

    mutating func skipDigits() -> Int? {
        let start = index
        while index < bytes.count, bytes[index] &- UInt8(ascii: "0") <= 9 { index += 1 }
        return index > start ? index - start : nil
    }

    mutating func string() throws(JSONParser.Failure) -> String {
        index += 1
        let start = index
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                let text = try utf8(bytes[start..<index])
                index += 1
                return text
            case UInt8(ascii: "\\"):
                return try escapedString(from: start)
            case 0..<0x20:
                throw failure("a control character inside a text")
            default:
                index += 1
            }
        }
        throw failure("a text without its closing quote")
    }

    mutating func escapedString(from start: Int) throws(JSONParser.Failure) -> String {
        var text = Array(bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                return try text.withUnsafeBufferPointer {
                    buffer -> Result<String, JSONParser.Failure> in
                    do throws(JSONParser.Failure) {
                        return .success(try utf8(buffer[...]))
                    } catch {
                        return .failure(error)
                    }
                }.get()
            case UInt8(ascii: "\\"):
                try escape(into: &text)
            case 0..<0x20:
                throw failure("a control character inside a text")
            default:
                text.append(byte)
            }
        }
        throw failure("a text without its closing quote")
    }

    mutating func escape(into text: inout [UInt8]) throws(JSONParser.Failure) {
        guard index < bytes.count else { throw failure("a text without its closing quote") }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code) {
                guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
                    bytes[index + 1] == UInt8(ascii: "u")
                else { throw failure("half of a surrogate pair") }
                index += 2
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else {
                    throw failure("half of a surrogate pair")
                }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw failure("half of a surrogate pair")
            }
            text.append(contentsOf: String(Character(scalar)).utf8)
        default: throw failure("an unknown escape")
        }
    }

    mutating func hexadecimal() throws(JSONParser.Failure) -> UInt32 {
        guard index + 4 <= bytes.count,
            bytes[index..<index + 4].allSatisfy({
                Unicode.Scalar($0).properties.isASCIIHexDigit
            }),
            let code = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16)
        else { throw failure("expected four hexadecimal digits") }
        index += 4
        return code
    }

    func utf8(_ slice: Slice<UnsafeBufferPointer<UInt8>>) throws(JSONParser.Failure) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw failure("a text that is no UTF-8")
        }
        return text
    }
}
