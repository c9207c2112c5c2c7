/// RFC 4180 a character at a time, written to be obviously right: the oracle of the scanner.
struct NaiveCSV {
    enum Record: Equatable {
        case fields([[UInt8]], line: Int)
        case malformed([UInt8], line: Int)
    }

    private static let comma = UInt8(ascii: ",")
    private static let quote = UInt8(ascii: "\"")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// The records of a file without its header; empty lines of several columns are none.
    static func records(_ bytes: [UInt8], columns: Int, firstLine: Int = 1) -> [Record] {
        var records: [Record] = []
        var at = 0
        var line = firstLine
        while at < bytes.count {
            let start = at
            var fields: [[UInt8]] = []
            var isMalformed = false
            var isOpen = true
            while isOpen {
                var field: [UInt8] = []
                var isQuoted = false
                if at < bytes.count, bytes[at] == quote {
                    isQuoted = true
                    at += 1
                    var isClosed = false
                    while at < bytes.count, !isClosed {
                        if bytes[at] != quote {
                            field.append(bytes[at])
                            at += 1
                        } else if at + 1 < bytes.count, bytes[at + 1] == quote {
                            field.append(quote)
                            at += 2
                        } else {
                            isClosed = true
                            at += 1
                        }
                    }
                    if !isClosed { isMalformed = true }
                }
                var rest: [UInt8] = []
                while at < bytes.count, bytes[at] != comma, bytes[at] != newline {
                    rest.append(bytes[at])
                    at += 1
                }
                let endsRecord = at >= bytes.count || bytes[at] == newline
                if endsRecord, rest.last == carriageReturn { rest.removeLast() }
                if rest.contains(quote) || (isQuoted && !rest.isEmpty) { isMalformed = true }
                fields.append(field + rest)
                isOpen = !endsRecord
                if !endsRecord { at += 1 }
            }
            var raw = Array(bytes[start..<at])
            if raw.last == carriageReturn { raw.removeLast() }
            if at < bytes.count { at += 1 }
            if raw.isEmpty, columns > 1 {
                // An empty line.
            } else if isMalformed || fields.count != columns {
                records.append(.malformed(raw, line: line))
            } else {
                records.append(.fields(fields, line: line))
            }
            line += bytes[start..<at].count { $0 == newline }
        }
        return records
    }
}
