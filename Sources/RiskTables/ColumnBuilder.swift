import RiskColumns

/// A field that is not what its column asks for.
struct BadField {
    let row: Int
    let slot: Int
    let reason: String
}

/// Grows one column out of the fields of blocks.
final class ColumnBuilder {
    let request: ColumnRequest
    let slot: Int
    private let isJSON: Bool
    private var time: TimeReading
    private var integers: [Int64] = []
    private var numbers: [Double] = []
    private var codes: [Int32] = []
    private var dictionary = CategoryDictionary()
    private var text = TextBuffer()
    private var scratch: [UInt8] = []

    init(
        _ request: ColumnRequest, slot: Int, format: TableFormat,
        naiveTime: @escaping @Sendable (Int64) -> Int64
    ) {
        self.request = request
        self.slot = slot
        isJSON = format == .jsonLines
        time = TimeReading(format: request.timeFormat, naiveTime: naiveTime)
    }

    /// Whether the values are kept as the file's own text, so that they are added only once it is
    /// known that a row stays: a rejected row leaves no trace in a dictionary.
    var keepsText: Bool { request.type == .category || request.type == .text }

    var count: Int {
        switch request.type {
        case .number: numbers.count
        case .category: codes.count
        case .text: text.count
        default: integers.count
        }
    }

    // MARK: Values

    /// Adds the values of some rows; a field that does not parse is noted and counts as missing
    /// for now.
    /// - Parameter limit: how many bad fields are noted at most.
    func append(_ block: RecordBlock, rows: Range<Int>, limit: Int) -> [BadField] {
        var bad: [BadField] = []
        var noted = 0
        func note(_ row: Int, _ reason: @autoclosure () -> String) {
            noted += 1
            if noted <= limit { bad.append(BadField(row: row, slot: slot, reason: reason())) }
        }
        switch request.type {
        case .number:
            let start = grow(&numbers, by: rows.count, filledWith: .nan)
            numbers.withUnsafeMutableBufferPointer { values in
                eachField(block, rows) { row, text, raw in
                    if text.isEmpty { return }
                    do throws(NumberReading.Failure) {
                        values[start + row - rows.lowerBound] = try NumberReading.double(text)
                        if isJSON, isQuoted(raw), !isInfinity(text) {
                            values[start + row - rows.lowerBound] = .nan
                            note(row, unexpected("a number", text, raw))
                        }
                    } catch {
                        if isMissing(text, raw) { return }
                        note(
                            row,
                            error == .tooLarge
                                ? "the number \(shown(text)) is beyond the range of a double"
                                : unexpected("a number", text, raw))
                    }
                }
            }
        case .integer:
            appendIntegers(block, rows) { text, raw throws(Reason) in
                do throws(NumberReading.Failure) {
                    if isJSON, isQuoted(raw) { throw .malformed }
                    return try NumberReading.integer(text)
                } catch {
                    throw Reason(
                        error == .tooLarge
                            ? "the whole number \(shown(text)) is beyond 64 bits"
                            : unexpected("a whole number", text, raw))
                }
            } note: {
                note($0, $1)
            }
        case .decimal(let scale):
            let rounding = request.isRounded
            appendIntegers(block, rows) { text, raw throws(Reason) in
                do throws(Decimals.Failure) {
                    return try Decimals.parse(text, scale: scale, rounding: rounding)
                } catch {
                    throw Reason(decimalReason(error, scale: scale, text, raw))
                }
            } note: {
                note($0, $1)
            }
        case .boolean:
            appendIntegers(block, rows) { text, raw throws(Reason) in
                guard let value = Self.boolean(text), !(isJSON && isQuoted(raw)) else {
                    throw Reason(unexpected("0, 1, true or false", text, raw))
                }
                return value
            } note: {
                note($0, $1)
            }
        case .time:
            let wantsText = request.timeFormat == .iso8601
            // Out of the object for the loop, where each access would be checked for exclusivity.
            var time = self.time
            defer { self.time = time }
            appendIntegers(block, rows) { text, raw throws(Reason) in
                guard !isJSON || isQuoted(raw) == wantsText, let value = time.read(text) else {
                    throw Reason(unexpected(time.expectation, text, raw))
                }
                return value
            } note: {
                note($0, $1)
            }
        case .category, .text:
            eachField(block, rows) { row, text, raw in
                if isJSON, let first = raw.first, !isQuoted(raw), !Self.beginsNumber(first) {
                    if !isMissing(text, raw) { note(row, unexpected("a text", text, raw)) }
                } else if block.hasUnusualBytes || isJSON {
                    if text.contains(0) {
                        note(row, "a text with a zero byte")
                    } else if !isJSON, !UTF8Text.isValid(text) {
                        note(row, "a text that is no UTF-8: \(shown(text))")
                    }
                }
            }
        }
        return bad
    }

    /// A value among those that were added last.
    /// - Precondition: the column holds integers.
    func integer(_ row: Int, of rows: Range<Int>) -> Int64 {
        integers[integers.count - rows.count + row - rows.lowerBound]
    }

    /// A value among those that were added last.
    /// - Precondition: the column holds numbers.
    func number(_ row: Int, of rows: Range<Int>) -> Double {
        numbers[numbers.count - rows.count + row - rows.lowerBound]
    }

    /// Whether a row that was added last has no value; of texts, whether it will have none.
    func isMissing(_ block: RecordBlock, row: Int, of rows: Range<Int>) -> Bool {
        switch request.type {
        case .number: return number(row, of: rows).isNaN
        case .category, .text:
            var isMissing = false
            eachField(block, row..<row + 1) { _, text, raw in
                isMissing = isMissingText(text, raw)
            }
            return isMissing
        default: return integer(row, of: rows) == Column.missing
        }
    }

    /// Adds the texts of some rows.
    /// - Precondition: `append` found nothing wrong with those that `keeping` keeps.
    func appendTexts(_ block: RecordBlock, rows: Range<Int>, dropping dropped: Set<Int>) {
        let all = dropped.isEmpty
        if request.type == .category {
            // Out of the object for the loop: no copies, and no checks for exclusivity.
            var dictionary = CategoryDictionary.none
            swap(&dictionary, &self.dictionary)
            defer { swap(&dictionary, &self.dictionary) }
            let start = grow(&codes, by: rows.count - dropped.count, filledWith: -1)
            codes.withUnsafeMutableBufferPointer { codes in
                var next = start
                eachField(block, rows) { row, text, raw in
                    guard all || !dropped.contains(row) else { return }
                    if !isMissingText(text, raw) { codes[next] = dictionary.intern(text) }
                    next += 1
                }
            }
        } else {
            var buffer = TextBuffer()
            swap(&buffer, &self.text)
            defer { swap(&buffer, &self.text) }
            eachField(block, rows) { row, text, raw in
                guard all || !dropped.contains(row) else { return }
                buffer.append(
                    isMissingText(text, raw) ? UnsafeBufferPointer(start: nil, count: 0) : text)
            }
        }
    }

    /// Takes rejected rows out again.
    /// - Parameters:
    ///   - rows: those that were added last.
    ///   - dropped: the ones among them that go, ascending.
    func drop(_ dropped: [Int], of rows: Range<Int>) {
        func compact<Value>(_ values: inout [Value]) {
            let start = values.count - rows.count
            var target = start
            var next = dropped.makeIterator()
            var skipped = next.next()
            for row in rows {
                if row == skipped {
                    skipped = next.next()
                } else {
                    values[target] = values[start + row - rows.lowerBound]
                    target += 1
                }
            }
            values.removeLast(values.count - target)
        }
        if request.type == .number { compact(&numbers) } else { compact(&integers) }
    }

    /// The column, leaving the builder empty but for its dictionary.
    func take() -> Column {
        defer { removeAll() }
        let storage: Column.Storage =
            switch request.type {
            case .number: .numbers(numbers)
            case .category: .codes(codes, dictionary)
            case .text: .text(text)
            default: .integers(integers)
            }
        return Column(name: request.name, type: request.type, storage: storage)
    }

    /// Forgets the rows, keeping the dictionary.
    func removeAll() {
        integers = []
        numbers = []
        codes = []
        text = TextBuffer()
    }

    // MARK: Fields

    private struct Reason: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    @inline(__always)
    private func appendIntegers(
        _ block: RecordBlock, _ rows: Range<Int>,
        parse: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) throws(Reason) -> Int64,
        note: (Int, String) -> Void
    ) {
        let start = grow(&integers, by: rows.count, filledWith: Column.missing)
        let isRequired = request.isRequired
        integers.withUnsafeMutableBufferPointer { values in
            eachField(block, rows) { row, text, raw in
                if text.isEmpty {
                    if isRequired { note(row, "expected a value, found nothing") }
                    return
                }
                do throws(Reason) {
                    values[start + row - rows.lowerBound] = try parse(text, raw)
                } catch {
                    if isRequired || !isMissing(text, raw) { note(row, error.text) }
                }
            }
        }
    }

    /// Calls `body` with each field's row, its text without quotes and escapes, and the text as it
    /// stands in the file.
    @inline(__always)
    private func eachField(
        _ block: RecordBlock, _ rows: Range<Int>,
        _ body: (Int, UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Void
    ) {
        let bytes = block.bytes
        let stride = block.stride
        let fields = block.fields + slot
        for row in rows {
            let range = fields[row &* stride]
            let raw = UnsafeBufferPointer(
                start: bytes + Int(range.start), count: Int(range.end &- range.start))
            if !raw.isEmpty, raw[0] == UInt8(ascii: "\"") {
                unquote(raw) { body(row, $0, raw) }
            } else {
                body(row, raw, raw)
            }
        }
    }

    /// - Precondition: a scanner has found the quotes in order.
    @inline(never)
    private func unquote(
        _ raw: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        let inner = UnsafeBufferPointer(rebasing: raw[1..<raw.count - 1])
        let escape = isJSON ? UInt8(ascii: "\\") : UInt8(ascii: "\"")
        guard inner.contains(escape) else { return body(inner) }
        var text = scratch
        scratch = []
        text.removeAll(keepingCapacity: true)
        if isJSON {
            JSONText.unescape(inner, into: &text)
        } else {
            var isSecond = false
            for byte in inner {
                isSecond = byte == escape && !isSecond
                if !isSecond { text.append(byte) }
            }
        }
        text.withUnsafeBufferPointer { body($0) }
        scratch = text
    }

    private func grow<Value>(_ values: inout [Value], by rows: Int, filledWith value: Value) -> Int
    {
        let start = values.count
        values.append(contentsOf: repeatElement(value, count: rows))
        return start
    }

    // MARK: What a text means

    private func isQuoted(_ raw: UnsafeBufferPointer<UInt8>) -> Bool {
        raw.first == UInt8(ascii: "\"")
    }

    private func isInfinity(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.last == UInt8(ascii: "f")
    }

    /// In CSV the words for it; in JSON `null`, and for numbers the texts of the same words,
    /// because JSON has no other way to write NaN.
    private func isMissing(
        _ text: UnsafeBufferPointer<UInt8>, _ raw: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard isJSON else { return NumberReading.isMissing(text) }
        if isQuoted(raw) { return request.type == .number && NumberReading.isMissing(text) }
        return raw.first == UInt8(ascii: "n")
    }

    private func isMissingText(
        _ text: UnsafeBufferPointer<UInt8>, _ raw: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        text.isEmpty || (isJSON && raw[0] == UInt8(ascii: "n"))
    }

    private static func beginsNumber(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte &- UInt8(ascii: "0") <= 9
    }

    private static func boolean(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        func matches(_ word: StaticString) -> Bool {
            guard word.utf8CodeUnitCount == text.count else { return false }
            for i in 0..<text.count where word.utf8Start[i] != text[i] { return false }
            return true
        }
        switch text.count {
        case 1:
            let value = text[0] &- UInt8(ascii: "0")
            return value <= 1 ? Int64(value) : nil
        case 4: return matches("true") || matches("True") || matches("TRUE") ? 1 : nil
        case 5: return matches("false") || matches("False") || matches("FALSE") ? 0 : nil
        default: return nil
        }
    }

    // MARK: Reasons

    private func unexpected(
        _ expectation: String, _ text: UnsafeBufferPointer<UInt8>,
        _ raw: UnsafeBufferPointer<UInt8>
    ) -> String {
        let found =
            switch raw.first {
            case UInt8(ascii: "{") where isJSON: "a mapping"
            case UInt8(ascii: "[") where isJSON: "a list"
            case UInt8(ascii: "\"") where isJSON: "the text \(shown(text))"
            case _ where isJSON: String(decoding: raw.prefix(40), as: UTF8.self)
            default: shown(text)
            }
        return "expected \(expectation), found \(found)"
    }

    private func decimalReason(
        _ failure: Decimals.Failure, scale: Int, _ text: UnsafeBufferPointer<UInt8>,
        _ raw: UnsafeBufferPointer<UInt8>
    ) -> String {
        switch failure {
        case .malformed:
            unexpected("a decimal with at most \(scale) digits behind the point", text, raw)
        case .tooManyDigits:
            "the decimal \(shown(text)) has more than \(scale) digits behind the point"
        case .tooLarge:
            "the decimal \(shown(text)) is too large: at most \(15 - scale) digits "
                + "stand before the point"
        }
    }
}

extension CategoryDictionary {
    /// What stands in for a dictionary that is at work elsewhere.
    fileprivate static let none = CategoryDictionary()
}
