import RiskColumns

/// Writes JSON Lines one object at a time, each with the same members in the same order; numbers and
/// times as `TableWriter` writes them.
public final class ObjectLines {
    private let file: AppendedFile
    /// What stands before each value: `{"name":` or `,"name":`.
    private let keys: [[UInt8]]
    private var next = 0
    private var date = NumberWriting.Date()

    /// - Parameter names: distinct, at least one.
    public init(_ file: AppendedFile, names: [String]) {
        precondition(!names.isEmpty)
        self.file = file
        keys = names.enumerated().map { index, name in
            [UInt8(ascii: index == 0 ? "{" : ",")] + JSONText.quoted(name) + [UInt8(ascii: ":")]
        }
    }

    /// Adds the next member, a whole number.
    public func add(integer value: Int64) {
        member(NumberWriting.longest) { NumberWriting.integer(value, at: $0) }
    }

    /// Adds the next member, a time.
    public func add(time microseconds: Int64) {
        member(NumberWriting.longest + 2) { place in
            let place = NumberWriting.byte("\"", at: place)
            return NumberWriting.byte(
                "\"", at: NumberWriting.time(microseconds, &date, at: place))
        }
    }

    /// Adds the next member, a number; NaN becomes null.
    public func add(number value: Double) {
        member(NumberWriting.longest) { place in
            if value.isFinite { return NumberWriting.double(value, at: place) }
            if value.isNaN { return NumberWriting.text("null", at: place) }
            return NumberWriting.text(value < 0 ? "\"-inf\"" : "\"inf\"", at: place)
        }
    }

    /// Adds the next member, a text; nil becomes null.
    public func add(text: String?) {
        guard var text else { return member(4) { NumberWriting.text("null", at: $0) } }
        text.withUTF8 { text in
            member(6 * text.count + 2) { JSONText.store(text, at: $0) }
        }
    }

    /// Ends the line.
    /// - Precondition: every member has been added.
    /// - Throws: as `AppendedFile.append`.
    public func end() throws(TableError) {
        precondition(next == keys.count, "a line lacks members")
        next = 0
        let place = file.buffer.reserve(2, behind: file.buffer.end)
        file.buffer.advance(to: NumberWriting.text("}\n", at: place))
        try file.flushWhereLong()
    }

    private func member(_ room: Int, _ body: (NumberWriting.Place) -> NumberWriting.Place) {
        let key = keys[next]
        next += 1
        let place = file.buffer.reserve(key.count + room, behind: file.buffer.end)
        key.withUnsafeBufferPointer { place.update(from: $0.baseAddress!, count: $0.count) }
        file.buffer.advance(to: body(place + key.count))
    }
}
