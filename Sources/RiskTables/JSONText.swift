/// Texts of JSON, once they are known to be well formed.
enum JSONText {
    /// What stands for each letter behind a backslash, other than `u`.
    static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12,
        UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]

    /// The number that four hexadecimal digits make, nil where there are none.
    static func hexadecimal(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt32? {
        guard count >= 4 else { return nil }
        var code: UInt32 = 0
        for i in 0..<4 {
            let byte = bytes[i]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            code = code << 4 | UInt32(digit)
        }
        return code
    }

    /// Appends what a well-formed text, given without its quotes, stands for.
    /// - Precondition: a `JSONCursor` has passed over it.
    static func unescape(_ raw: UnsafeBufferPointer<UInt8>, into text: inout [UInt8]) {
        var index = 0
        while index < raw.count {
            let byte = raw[index]
            guard byte == UInt8(ascii: "\\"), let base = raw.baseAddress else {
                text.append(byte)
                index += 1
                continue
            }
            let kind = raw[index + 1]
            if let plain = escapes[kind] {
                text.append(plain)
                index += 2
                continue
            }
            var code = hexadecimal(base + index + 2, 4) ?? 0xFFFD
            index += 6
            if code & 0xFC00 == 0xD800 {
                let low = hexadecimal(base + index + 2, 4) ?? 0xDC00
                code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
                index += 6
            }
            let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
            text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }
}

/// Bytes as UTF-8.
enum UTF8Text {
    /// Whether these bytes are UTF-8 (Unicode 16, table 3-7): no overlong forms, no surrogates,
    /// nothing beyond U+10FFFF.
    /// - Complexity: O(bytes), no allocation.
    static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        func continues(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            index + offset < bytes.count && range.contains(bytes[index + offset])
        }
        while index < bytes.count {
            let length: Int
            switch bytes[index] {
            case 0..<0x80: length = 1
            case 0xC2...0xDF where continues(1): length = 2
            case 0xE0 where continues(1, 0xA0...0xBF) && continues(2): length = 3
            case 0xED where continues(1, 0x80...0x9F) && continues(2): length = 3
            case 0xE1...0xEF where bytes[index] != 0xED && continues(1) && continues(2): length = 3
            case 0xF0 where continues(1, 0x90...0xBF) && continues(2) && continues(3): length = 4
            case 0xF1...0xF3 where continues(1) && continues(2) && continues(3): length = 4
            case 0xF4 where continues(1, 0x80...0x8F) && continues(2) && continues(3): length = 4
            default: return false
            }
            index += length
        }
        return true
    }
}

/// A piece of a file as messages show it: in quotes, on one line, cut where it is long.
func shown(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    let limit = 40
    let text = String(decoding: bytes.prefix(4 * limit), as: UTF8.self)
    var result = "\""
    for (count, scalar) in text.unicodeScalars.enumerated() {
        if count == limit { return result + "…\"" }
        switch scalar {
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case "\0": result += "\\0"
        case _ where scalar.properties.generalCategory == .control || scalar == "\u{202E}":
            result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + (bytes.count > 4 * limit ? "…\"" : "\"")
}

/// A text as messages show it.
func shown(_ text: String) -> String {
    var text = text
    return text.withUTF8 { shown($0) }
}
