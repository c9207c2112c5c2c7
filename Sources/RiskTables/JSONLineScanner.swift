/// Finds the records and the wanted fields of JSON Lines: one object (RFC 8259) a line.
///
/// Every line is checked as a whole, the values that nobody asked for included; no value is
/// made of anything before a column asks for it. Empty lines are no records.
struct JSONLineScanner {
    /// How deep arrays and objects may nest.
    static let depthLimit = 64

    /// The key of each slot.
    let keys: [[UInt8]]
    /// Whether a key that is none of these makes a line malformed.
    let isClosed: Bool
    /// The ranges that a record has in a block.
    var stride: Int { max(keys.count, 1) }

    private let slotOfKey: [[UInt8]: Int]

    init(keys: [String], isClosed: Bool) {
        self.keys = keys.map { Array($0.utf8) }
        self.isClosed = isClosed
        slotOfKey = Dictionary(
            self.keys.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func scan(_ block: RecordBlock) {
        block.seenKeys = Array(repeating: false, count: keys.count)
        var order = KeyOrder(scanner: self)
        var row = 0
        var index = block.start
        while index < block.count {
            let lineEnd = endOfLine(block, from: index)
            if lineEnd == block.count, !block.isLast { break }
            var line = JSONCursor(bytes: block.bytes, start: index, end: lineEnd)
            line.skipSpace()
            if line.index < lineEnd {
                let output = block.fields + row * stride
                output.update(repeating: FieldRange(0, 0), count: stride)
                let range = FieldRange(index, trimmed(block, index, lineEnd))
                do throws(JSONDefect) {
                    try object(&line, into: output, order: &order, seen: &block.seenKeys)
                    block.records[row] = range
                    row += 1
                } catch {
                    let place = "byte \(line.index - index + 1) of the line: \(error.message)"
                    block.malformed.append(
                        MalformedRecord(row: row, range: range, defect: .json(place)))
                }
            }
            index = min(lineEnd + 1, block.count)
            if row + block.malformed.count >= block.rowCapacity { break }
        }
        block.consumed = index
        block.rowCount = row
    }

    /// The keys of a block's first line, in their order.
    static func keys(_ block: RecordBlock, from start: Int, to end: Int) -> [String]? {
        var line = JSONCursor(bytes: block.bytes, start: start, end: end)
        line.skipSpace()
        guard line.take("{") else { return nil }
        var keys: [String] = []
        line.skipSpace()
        if line.take("}") { return keys }
        while true {
            line.skipSpace()
            guard let key = try? line.string() else { return nil }
            keys.append(String(decoding: line.unescaped(key), as: UTF8.self))
            line.skipSpace()
            guard line.take(":"), (try? line.skipValue(depth: 1)) != nil else { return nil }
            line.skipSpace()
            if line.take("}") { return keys }
            guard line.take(",") else { return nil }
        }
    }

    private func endOfLine(_ block: RecordBlock, from start: Int) -> Int {
        var index = start
        while index < block.count {
            let word = UInt64(
                littleEndian: UnsafeRawPointer(block.bytes + index).loadUnaligned(as: UInt64.self))
            let marks = SWAR.matches(word, SWAR.newline)
            if marks != 0 { return min(index + marks.trailingZeroBitCount >> 3, block.count) }
            index += 8
        }
        return block.count
    }

    private func trimmed(_ block: RecordBlock, _ start: Int, _ end: Int) -> Int {
        end > start && block.bytes[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
    }

    /// Logs write their keys in the same order on every line: what stood at a place in the last
    /// line is tried first.
    private struct KeyOrder {
        var slots: [Int] = []
        let none: Int

        init(scanner: JSONLineScanner) { none = scanner.keys.count }
    }

    private func object(
        _ line: inout JSONCursor, into output: UnsafeMutablePointer<FieldRange>,
        order: inout KeyOrder, seen: inout [Bool]
    ) throws(JSONDefect) {
        guard line.take("{") else { throw JSONDefect("expected an object in braces") }
        var place = 0
        line.skipSpace()
        if !line.take("}") {
            while true {
                line.skipSpace()
                let key = try line.string()
                let slot = slot(of: key, in: line, place: place, order: &order)
                place += 1
                line.skipSpace()
                guard line.take(":") else { throw JSONDefect("expected ':' behind a key") }
                line.skipSpace()
                let start = line.index
                try line.skipValue(depth: 1)
                if let slot {
                    guard output[slot].isEmpty else {
                        throw JSONDefect("the key \(name(key, line)) stands twice")
                    }
                    output[slot] = FieldRange(start, line.index)
                    seen[slot] = true
                } else if isClosed {
                    throw JSONDefect("the key \(name(key, line)) is not in the first line")
                }
                line.skipSpace()
                if line.take("}") { break }
                guard line.take(",") else { throw JSONDefect("expected ',' or '}'") }
            }
        }
        line.skipSpace()
        guard line.isAtEnd else { throw JSONDefect("expected the end of the line") }
    }

    private func name(_ key: FieldRange, _ line: JSONCursor) -> String {
        line.unescaped(key).withUnsafeBufferPointer { shown($0) }
    }

    private func slot(
        of key: FieldRange, in line: JSONCursor, place: Int, order: inout KeyOrder
    ) -> Int? {
        let bytes = UnsafeBufferPointer(
            start: line.bytes + Int(key.start), count: key.range.count)
        if place < order.slots.count {
            let guess = order.slots[place]
            if guess < keys.count, isEqual(keys[guess], bytes) { return guess }
        }
        let slot = slotOfKey[line.unescaped(key)]
        if place == order.slots.count, place < 4096 { order.slots.append(slot ?? order.none) }
        return slot
    }

    private func isEqual(_ key: [UInt8], _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard key.count == bytes.count else { return false }
        for i in 0..<bytes.count where key[i] != bytes[i] { return false }
        return true
    }
}

/// Why a line is no JSON object.
struct JSONDefect: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

/// Walks over the JSON of one line, and checks it.
struct JSONCursor {
    let bytes: UnsafeMutablePointer<UInt8>
    let end: Int
    private(set) var index: Int

    init(bytes: UnsafeMutablePointer<UInt8>, start: Int, end: Int) {
        self.bytes = bytes
        self.end = end
        index = start
    }

    var isAtEnd: Bool { index >= end }

    @inline(__always)
    mutating func skipSpace() {
        while index < end, bytes[index] == 0x20 || bytes[index] == 0x0D || bytes[index] == 0x09 {
            index += 1
        }
    }

    @inline(__always)
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < end, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    /// Passes over a text; where it lies without its quotes.
    mutating func string() throws(JSONDefect) -> FieldRange {
        guard take("\"") else { throw JSONDefect("expected a key in quotes") }
        let start = index
        var isASCII = true
        while index < end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                let range = FieldRange(start, index)
                guard isASCII || UTF8Text.isValid(slice(range)) else {
                    throw JSONDefect("a text that is no UTF-8")
                }
                index += 1
                return range
            }
            if byte == UInt8(ascii: "\\") {
                try escape()
            } else if byte < 0x20 {
                throw JSONDefect("a control character inside a text")
            } else {
                if byte >= 0x80 { isASCII = false }
                index += 1
            }
        }
        throw JSONDefect("a text without its closing quote")
    }

    private func slice(_ range: FieldRange) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + Int(range.start), count: range.range.count)
    }

    private mutating func escape() throws(JSONDefect) {
        guard index + 1 < end else { throw JSONDefect("a text without its closing quote") }
        let kind = bytes[index + 1]
        guard kind == UInt8(ascii: "u") else {
            guard JSONText.escapes[kind] != nil else { throw JSONDefect("an unknown escape") }
            index += 2
            return
        }
        guard let code = JSONText.hexadecimal(bytes + index + 2, end - index - 2) else {
            throw JSONDefect("expected four hexadecimal digits")
        }
        index += 6
        guard code & 0xF800 == 0xD800 else { return }
        guard code < 0xDC00, index + 6 <= end, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u"),
            let low = JSONText.hexadecimal(bytes + index + 2, 4), low & 0xFC00 == 0xDC00
        else { throw JSONDefect("half of a surrogate pair") }
        index += 6
    }

    /// Passes over any value.
    mutating func skipValue(depth: Int) throws(JSONDefect) {
        skipSpace()
        guard index < end else { throw JSONDefect("expected a value, found the end of the line") }
        switch bytes[index] {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "{"): try skipElements(closing: "}", hasKeys: true, depth: depth + 1)
        case UInt8(ascii: "["): try skipElements(closing: "]", hasKeys: false, depth: depth + 1)
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: try number()
        }
    }

    private mutating func skipElements(
        closing: Unicode.Scalar, hasKeys: Bool, depth: Int
    ) throws(JSONDefect) {
        guard depth <= JSONLineScanner.depthLimit else {
            throw JSONDefect("nested deeper than \(JSONLineScanner.depthLimit) levels")
        }
        index += 1
        skipSpace()
        if take(closing) { return }
        while true {
            if hasKeys {
                skipSpace()
                _ = try string()
                skipSpace()
                guard take(":") else { throw JSONDefect("expected ':' behind a key") }
            }
            try skipValue(depth: depth)
            skipSpace()
            if take(closing) { return }
            guard take(",") else { throw JSONDefect("expected ',' or '\(closing)'") }
        }
    }

    private mutating func literal(_ text: StaticString) throws(JSONDefect) {
        for offset in 0..<text.utf8CodeUnitCount {
            guard index + offset < end, bytes[index + offset] == text.utf8Start[offset]
            else { throw JSONDefect("expected a value") }
        }
        index += text.utf8CodeUnitCount
    }

    private mutating func number() throws(JSONDefect) {
        _ = take("-")
        let start = index
        guard digits() > 0 else { throw JSONDefect("expected a value") }
        if index - start > 1, bytes[start] == UInt8(ascii: "0") {
            throw JSONDefect("expected a number without leading zeros")
        }
        if take("."), digits() == 0 { throw JSONDefect("expected digits behind the point") }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            if digits() == 0 { throw JSONDefect("expected digits in the exponent") }
        }
    }

    private mutating func digits() -> Int {
        let start = index
        while index < end, bytes[index] &- UInt8(ascii: "0") <= 9 { index += 1 }
        return index - start
    }

    /// The text that a checked range stands for.
    func unescaped(_ range: FieldRange) -> [UInt8] {
        var text: [UInt8] = []
        JSONText.unescape(slice(range), into: &text)
        return text
    }
}
