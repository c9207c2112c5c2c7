import RiskColumns

/// Where the values of one column lie.
///
/// The pointers are those of the table's arrays, which stay where they are as long as the table lives
/// and nobody changes it: a row then costs no reference counting and no checks.
enum CellSource {
    case integers(UnsafePointer<Int64>)
    case decimals(UnsafePointer<Int64>, scale: Int)
    /// `false` and `true`; where they are 0 and 1 they are `integers`.
    case booleans(UnsafePointer<Int64>)
    /// With the number of the column among the times.
    case times(UnsafePointer<Int64>, Int)
    case numbers(UnsafePointer<Double>)
    case codes(UnsafePointer<Int32>, UnsafePointer<UInt8>, ends: UnsafePointer<Int>)
    case texts(UnsafePointer<UInt8>, ends: UnsafePointer<Int>)
}

/// Writes rows of a table as CSV or JSON Lines.
struct RowWriting: @unchecked Sendable {
    /// What stands before each cell in JSON: `{"name":` or `,"name":`.
    let keys: [[UInt8]]
    private let table: Table
    private let sources: [CellSource]
    private let isJSON: Bool
    private let timeColumns: Int
    /// The bytes that a row takes at most, without its texts.
    private let rowBytes: Int

    init(_ table: Table, format: TableFormat, keys: [[UInt8]]) {
        self.table = table
        self.keys = keys
        isJSON = format == .jsonLines
        var times = 0
        var sources: [CellSource] = []
        for column in table.columns {
            sources.append(Self.source(column, isJSON: format == .jsonLines, times: &times))
        }
        self.sources = sources
        timeColumns = times
        rowBytes =
            sources.count * (NumberWriting.longest + 4) + keys.reduce(0) { $0 + $1.count } + 8
    }

    private static func source(_ column: Column, isJSON: Bool, times: inout Int) -> CellSource {
        switch column.storage {
        case .integers(let values):
            let place = place(of: values)
            switch column.type {
            case .decimal(let scale): return .decimals(place, scale: scale)
            case .boolean where isJSON: return .booleans(place)
            case .time:
                times += 1
                return .times(place, times - 1)
            default: return .integers(place)
            }
        case .numbers(let values): return .numbers(place(of: values))
        case .codes(let codes, let dictionary):
            let (bytes, ends) = dictionary.withAllUTF8 { (place(of: $0), place(of: $1)) }
            return .codes(place(of: codes), bytes, ends: ends)
        case .text(let buffer):
            return .texts(place(of: buffer.bytes), ends: place(of: buffer.ends))
        }
    }

    private static func place<Value>(of values: [Value]) -> UnsafePointer<Value> {
        values.withUnsafeBufferPointer { place(of: $0) }
    }

    /// Of no values any place will do, as it is never looked at.
    private static func place<Value>(
        of values: UnsafeBufferPointer<Value>
    ) -> UnsafePointer<Value> {
        values.baseAddress ?? UnsafePointer(bitPattern: MemoryLayout<Value>.alignment)!
    }

    /// How many rows make a block: a few hundred kilobytes of numbers, which stay in the second-level
    /// cache until they are written, and a megabyte of texts, unless a few are longer than the others. It depends on the table alone.
    var blockRows: Int {
        var textBytes = 0
        for column in table.columns {
            switch column.storage {
            case .codes(_, let dictionary):
                textBytes += dictionary.withAllUTF8 { $0.count / max($1.count, 1) }
            case .text(let buffer):
                textBytes += buffer.bytes.count / max(buffer.count, 1)
            default: break
            }
        }
        return max(1, min(65_536 / max(table.columns.count, 1), (1 << 20) / max(textBytes, 1)))
    }

    /// Appends some rows.
    /// - Complexity: O(cells and bytes of texts).
    func append(_ rows: Range<Int>, to buffer: ByteBuffer) {
        var dates = [NumberWriting.Date](repeating: .init(), count: timeColumns)
        withExtendedLifetime(table) {
            sources.withUnsafeBufferPointer { sources in
                dates.withUnsafeMutableBufferPointer { dates in
                    if isJSON {
                        appendJSON(rows, sources, dates, to: buffer)
                    } else {
                        appendCSV(rows, sources, dates, to: buffer)
                    }
                }
            }
        }
    }

    private func appendCSV(
        _ rows: Range<Int>, _ sources: UnsafeBufferPointer<CellSource>,
        _ dates: UnsafeMutableBufferPointer<NumberWriting.Date>, to buffer: ByteBuffer
    ) {
        for row in rows {
            var place = buffer.reserve(rowBytes, behind: buffer.end)
            for index in 0..<sources.count {
                if index > 0 { place = NumberWriting.byte(",", at: place) }
                switch sources[index] {
                case .integers(let values):
                    let value = values[row]
                    if value != Column.missing { place = NumberWriting.integer(value, at: place) }
                case .decimals(let values, let scale):
                    let value = values[row]
                    if value != Column.missing {
                        place = NumberWriting.decimal(value, scale: scale, at: place)
                    }
                case .booleans(let values):
                    let value = values[row]
                    if value != Column.missing { place = NumberWriting.integer(value, at: place) }
                case .times(let values, let number):
                    let value = values[row]
                    if value != Column.missing {
                        place = NumberWriting.time(value, &dates[number], at: place)
                    }
                case .numbers(let values):
                    let value = values[row]
                    if !value.isNaN { place = NumberWriting.double(value, at: place) }
                case .codes(let codes, let bytes, let ends):
                    if codes[row] >= 0 {
                        let text = Self.text(Int(codes[row]), bytes, ends)
                        place = buffer.reserve(2 * text.count + 2 + rowBytes, behind: place)
                        place = CSVText.store(text, at: place)
                    }
                case .texts(let bytes, let ends):
                    let text = Self.text(row, bytes, ends)
                    place = buffer.reserve(2 * text.count + 2 + rowBytes, behind: place)
                    place = CSVText.store(text, at: place)
                }
            }
            // An empty line is no record for most readers, so a lone missing value shows itself.
            if sources.count == 1, place == buffer.end {
                place = NumberWriting.byte("\"", at: NumberWriting.byte("\"", at: place))
            }
            buffer.advance(to: NumberWriting.byte("\n", at: place))
        }
    }

    private func appendJSON(
        _ rows: Range<Int>, _ sources: UnsafeBufferPointer<CellSource>,
        _ dates: UnsafeMutableBufferPointer<NumberWriting.Date>, to buffer: ByteBuffer
    ) {
        for row in rows {
            var place = buffer.reserve(rowBytes, behind: buffer.end)
            if sources.isEmpty { place = NumberWriting.byte("{", at: place) }
            for index in 0..<sources.count {
                keys[index].withUnsafeBufferPointer { key in
                    place.update(from: key.baseAddress!, count: key.count)
                    place += key.count
                }
                switch sources[index] {
                case .integers(let values):
                    let value = values[row]
                    place =
                        value == Column.missing
                        ? Self.null(at: place) : NumberWriting.integer(value, at: place)
                case .decimals(let values, let scale):
                    let value = values[row]
                    place =
                        value == Column.missing
                        ? Self.null(at: place)
                        : NumberWriting.decimal(value, scale: scale, at: place)
                case .booleans(let values):
                    let value = values[row]
                    place =
                        value == Column.missing
                        ? Self.null(at: place)
                        : NumberWriting.text(value == 0 ? "false" : "true", at: place)
                case .times(let values, let number):
                    let value = values[row]
                    if value == Column.missing {
                        place = Self.null(at: place)
                    } else {
                        place = NumberWriting.byte("\"", at: place)
                        place = NumberWriting.time(value, &dates[number], at: place)
                        place = NumberWriting.byte("\"", at: place)
                    }
                case .numbers(let values):
                    let value = values[row]
                    if value.isNaN {
                        place = Self.null(at: place)
                    } else if value.isInfinite {
                        place = NumberWriting.text(value < 0 ? "\"-inf\"" : "\"inf\"", at: place)
                    } else {
                        place = NumberWriting.double(value, at: place)
                    }
                case .codes(let codes, let bytes, let ends):
                    if codes[row] < 0 {
                        place = Self.null(at: place)
                    } else {
                        let text = Self.text(Int(codes[row]), bytes, ends)
                        place = buffer.reserve(6 * text.count + 2 + rowBytes, behind: place)
                        place = JSONText.store(text, at: place)
                    }
                case .texts(let bytes, let ends):
                    let text = Self.text(row, bytes, ends)
                    place = buffer.reserve(6 * text.count + 2 + rowBytes, behind: place)
                    place = JSONText.store(text, at: place)
                }
            }
            buffer.advance(to: NumberWriting.text("}\n", at: place))
        }
    }

    @inline(__always)
    private static func text(
        _ index: Int, _ bytes: UnsafePointer<UInt8>, _ ends: UnsafePointer<Int>
    ) -> UnsafeBufferPointer<UInt8> {
        let start = index == 0 ? 0 : ends[index - 1]
        return UnsafeBufferPointer(start: bytes + start, count: ends[index] - start)
    }

    private static func null(at place: NumberWriting.Place) -> NumberWriting.Place {
        NumberWriting.text("null", at: place)
    }
}
