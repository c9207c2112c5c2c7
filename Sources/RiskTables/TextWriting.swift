extension CSVText {
    /// Which bytes make a field one that RFC 4180 wants in quotes.
    private static let isSpecial: [Bool] = (0..<256).map { (byte: Int) -> Bool in
        byte == 0x2C || byte == 0x22 || byte == 0x0A || byte == 0x0D
    }

    /// Stores a field, in quotes where RFC 4180 asks for them, and returns the place behind it.
    /// - Precondition: there is room for twice the text and two bytes.
    static func store(
        _ text: UnsafeBufferPointer<UInt8>, at place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        let isPlain = isSpecial.withUnsafeBufferPointer { isSpecial in
            var special = false
            for index in 0..<text.count {
                let byte = text[index]
                place[index] = byte
                special = special || isSpecial[Int(byte)]
            }
            return !special
        }
        if isPlain { return place + text.count }
        let quote = UInt8(ascii: "\"")
        var place = place
        place.pointee = quote
        place += 1
        for byte in text {
            if byte == quote {
                place.pointee = quote
                place += 1
            }
            place.pointee = byte
            place += 1
        }
        place.pointee = quote
        return place + 1
    }
}

extension JSONText {
    /// A text in quotes.
    static func quoted(_ text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { text in
            Array(unsafeUninitializedCapacity: 6 * text.count + 2) { bytes, count in
                count = store(text, at: bytes.baseAddress!) - bytes.baseAddress!
            }
        }
    }

    /// Stores a text in quotes, and returns the place behind it.
    /// - Precondition: there is room for six times the text and two bytes.
    static func store(
        _ text: UnsafeBufferPointer<UInt8>, at place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var place = NumberWriting.byte("\"", at: place)
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                place = NumberWriting.byte("\\", at: place)
                place.pointee = byte
                place += 1
            case UInt8(ascii: "\n"): place = NumberWriting.text("\\n", at: place)
            case UInt8(ascii: "\r"): place = NumberWriting.text("\\r", at: place)
            case UInt8(ascii: "\t"): place = NumberWriting.text("\\t", at: place)
            case 0..<0x20:
                place = NumberWriting.text(byte < 16 ? "\\u000" : "\\u00", at: place)
                place = NumberWriting.text(String(byte, radix: 16), at: place)
            default:
                place.pointee = byte
                place += 1
            }
        }
        return NumberWriting.byte("\"", at: place)
    }
}
