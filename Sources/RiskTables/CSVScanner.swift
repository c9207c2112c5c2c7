/// Finds the records and the wanted fields of CSV by RFC 4180.
///
/// One pass, eight bytes a step: the separators, line ends and quotes of a word are marked at once,
/// and only those are looked at. A quoted field is passed over as a whole. Rules, where the RFC
/// leaves a choice:
///
/// 1. Records end with LF or CRLF; the last one may lack it.
/// 2. An empty line is no record, except where the file has a single column.
/// 3. A quote within a field that does not begin with one, text behind a closing quote, a quote
///    never closed, and a number of fields other than the header's make the record malformed.
struct CSVScanner {
    private static let comma = UInt8(ascii: ",")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let quote = UInt8(ascii: "\"")

    let columnCount: Int
    /// The ranges that a record has in a block: those wanted, and one into which the rest is thrown.
    let stride: Int
    /// The slot of each column, and once more that of the rest for fields too many.
    private let slots: [Int]

    /// - Parameter wanted: the column of each slot; nil where the file has none for it.
    init(columnCount: Int, wanted: [Int?]) {
        self.columnCount = columnCount
        stride = wanted.count + 1
        var slots = [Int](repeating: wanted.count, count: columnCount + 1)
        for (slot, column) in wanted.enumerated() {
            if let column { slots[column] = slot }
        }
        self.slots = slots
    }

    func scan(_ block: RecordBlock) {
        slots.withUnsafeBufferPointer { slots in
            var scan = Scan(block: block, slots: slots.baseAddress!, scanner: self)
            scan.run()
            block.consumed = scan.recordStart
            block.rowCount = scan.row
        }
    }

    /// The scan of one block.
    private struct Scan {
        let block: RecordBlock
        let bytes: UnsafeMutablePointer<UInt8>
        let count: Int
        let slots: UnsafePointer<Int>
        let columnCount: Int
        let stride: Int
        var output: UnsafeMutablePointer<FieldRange>
        var row = 0
        var field = 0
        var recordStart: Int
        var fieldStart: Int
        var defect: MalformedRecord.Defect?

        init(block: RecordBlock, slots: UnsafePointer<Int>, scanner: CSVScanner) {
            self.block = block
            self.slots = slots
            bytes = block.bytes
            count = block.count
            columnCount = scanner.columnCount
            stride = scanner.stride
            output = block.fields
            recordStart = block.start
            fieldStart = block.start
        }

        mutating func run() {
            var index = recordStart
            scanning: while index < count {
                let word = UInt64(
                    littleEndian: UnsafeRawPointer(bytes + index).loadUnaligned(as: UInt64.self))
                var marks =
                    SWAR.matches(word, SWAR.comma) | SWAR.matches(word, SWAR.newline)
                    | SWAR.matches(word, SWAR.quote)
                while marks != 0 {
                    let position = index &+ marks.trailingZeroBitCount &>> 3
                    marks &= marks &- 1
                    let byte = bytes[position]
                    if byte == CSVScanner.comma {
                        endField(at: position)
                        field &+= 1
                        fieldStart = position &+ 1
                    } else if byte == CSVScanner.newline {
                        endRecord(at: position, next: position + 1)
                        if row + block.malformed.count >= block.rowCapacity { return }
                    } else if position != fieldStart {
                        if defect == nil { defect = .strayQuote }
                    } else {
                        guard let closing = closingQuote(from: position + 1) else {
                            if block.isLast {
                                defect = .openQuote
                                endRecord(at: count, next: count)
                            }
                            return
                        }
                        checkEnd(behind: closing)
                        index = closing + 1
                        continue scanning
                    }
                }
                index &+= 8
            }
            if block.isLast, recordStart < count { endRecord(at: count, next: count) }
        }

        @inline(__always)
        private mutating func endField(at end: Int) {
            output[slots[min(field, columnCount)]] = FieldRange(fieldStart, end)
        }

        @inline(__always)
        private mutating func endRecord(at position: Int, next: Int) {
            var end = position
            if end > fieldStart, bytes[end - 1] == CSVScanner.carriageReturn { end -= 1 }
            endField(at: end)
            if field + 1 == columnCount, defect == nil {
                block.records[row] = FieldRange(recordStart, end)
                row &+= 1
                output += stride
            } else {
                endOddRecord(at: end)
            }
            field = 0
            recordStart = next
            fieldStart = next
        }

        @inline(never)
        private mutating func endOddRecord(at end: Int) {
            if end == recordStart { return }
            block.malformed.append(
                MalformedRecord(
                    row: row, range: FieldRange(recordStart, end),
                    defect: defect ?? .fields(field + 1)))
            defect = nil
        }

        /// The quote that ends a quoted field, nil where the block ends first.
        private func closingQuote(from start: Int) -> Int? {
            var index = start
            while index < count {
                if bytes[index] != CSVScanner.quote {
                    index &+= 1
                } else if index + 1 < count, bytes[index + 1] == CSVScanner.quote {
                    index &+= 2
                } else {
                    return index
                }
            }
            return nil
        }

        private mutating func checkEnd(behind closing: Int) {
            guard closing + 1 < count else { return }
            switch bytes[closing + 1] {
            case CSVScanner.comma, CSVScanner.newline: return
            case CSVScanner.carriageReturn:
                if closing + 2 >= count || bytes[closing + 2] == CSVScanner.newline { return }
            default: break
            }
            if defect == nil { defect = .textBehindQuote }
        }
    }

    // MARK: The header

    /// What the first record of a file holds.
    enum Header {
        /// The fields, unquoted, and where the first record begins.
        case fields([[UInt8]], end: Int)
        case incomplete
        case malformed(MalformedRecord.Defect)
    }

    /// Reads the first record, a byte at a time.
    static func header(_ block: RecordBlock, from start: Int) -> Header {
        var fields: [[UInt8]] = []
        var field: [UInt8] = []
        var index = start
        let count = block.count
        while true {
            if index < count, block.bytes[index] == quote {
                index += 1
                while true {
                    guard index < count else {
                        return block.isLast ? .malformed(.openQuote) : .incomplete
                    }
                    let byte = block.bytes[index]
                    index += 1
                    if byte != quote {
                        field.append(byte)
                    } else if index < count, block.bytes[index] == quote {
                        field.append(byte)
                        index += 1
                    } else {
                        break
                    }
                }
                guard index < count || block.isLast else { return .incomplete }
                if index < count, ![comma, newline, carriageReturn].contains(block.bytes[index]) {
                    return .malformed(.textBehindQuote)
                }
            }
            while index < count, block.bytes[index] != comma, block.bytes[index] != newline {
                if block.bytes[index] == quote { return .malformed(.strayQuote) }
                field.append(block.bytes[index])
                index += 1
            }
            guard index < count || block.isLast else { return .incomplete }
            let endsRecord = index >= count || block.bytes[index] == newline
            if endsRecord, field.last == carriageReturn { field.removeLast() }
            fields.append(field)
            field.removeAll()
            index += 1
            if endsRecord { return .fields(fields, end: min(index, count)) }
        }
    }
}
