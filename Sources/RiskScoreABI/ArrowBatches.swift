// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The functions have the names that they have in C.

import CRiskKernels
import CRiskScore
import Glibc
import RiskScoring

/// See `riskscore.h`.
@_cdecl("rsk_score_arrow")
public func rsk_score_arrow(
    _ model: OpaquePointer?, _ schema: UnsafePointer<ArrowSchema>?,
    _ array: UnsafePointer<ArrowArray>?, _ threads: Int32, _ scores: UnsafePointer<rsk_scores>?
) -> rsk_status {
    guard let record = ModelRecord.of(model) else { return RSK_INVALID_ARGUMENT }
    guard let schema, let array, let scores, threads >= 1 else {
        return failure(
            RSK_INVALID_ARGUMENT, "expected a schema, an array, outputs and at least one thread")
    }
    let batch = RecordBatch(schema: schema.pointee, array: array.pointee)
    if let message = batch.score(by: record, threads: threads, into: { scores }) {
        return failure(RSK_WRONG_COLUMNS, message)
    }
    return RSK_OK
}

/// A struct array with its schema, borrowed.
struct RecordBatch {
    let schema: ArrowSchema
    let array: ArrowArray

    /// Scores all rows; returns what is wrong, where nothing was scored.
    /// - Parameter place: says where the scores go, once nothing is wrong; nil: nowhere.
    func score(
        by record: UnsafePointer<ModelRecord>, threads: Int32,
        into place: () -> UnsafePointer<rsk_scores>?
    ) -> String? {
        if let mistake { return mistake }
        let features = record.pointee.featureCount
        return withUnsafeTemporaryAllocation(of: rk_column.self, capacity: features) { columns in
            columns.initialize(repeating: rk_column())
            defer { columns.deinitialize() }
            if let message = record.pointee.owner._withUnsafeGuaranteedRef({
                fill(columns, of: $0)
            }) {
                return message
            }
            if let scores = place() {
                run(
                    record, UnsafeRawPointer(columns.baseAddress), rows: Int(array.length),
                    threads: threads, scores)
            }
            return nil
        }
    }

    /// What is wrong with the batch as a whole; nil where nothing is.
    private var mistake: String? {
        guard schema.release != nil, array.release != nil else {
            return "the schema or the array was released already"
        }
        guard let format = schema.format, strcmp(format, "+s") == 0 else {
            return "expected a record batch (format \"+s\"), found "
                + (schema.format.map(quoted) ?? "no format")
        }
        guard schema.n_children == array.n_children, schema.n_children >= 0,
            schema.n_children == 0 || (schema.children != nil && array.children != nil)
        else {
            return "the schema has \(schema.n_children) columns, the array \(array.n_children)"
        }
        // So that eight bytes a row are a number of bytes.
        let most = Int64.max >> 4
        guard (0...most).contains(array.length), (0...most).contains(array.offset) else {
            return "a length or an offset below 0 or beyond all memory"
        }
        if array.null_count != 0, array.n_buffers > 0, let buffers = array.buffers,
            buffers[0] != nil
        {
            return "expected a record batch, found one with rows that are missing as a whole"
        }
        return nil
    }

    /// Puts each feature's column to its place; returns what is wrong.
    private func fill(_ columns: UnsafeMutableBufferPointer<rk_column>, of owner: ModelOwner)
        -> String?
    {
        for index in 0..<Int(schema.n_children) {
            guard let child = schema.children[index], let values = array.children[index] else {
                return "column \(index + 1) is NULL"
            }
            guard let name = child.pointee.name, let feature = owner.feature(named: name)
            else { continue }
            guard columns[feature].name == nil else { return "column \(quoted(name)) stands twice" }
            switch column(child.pointee, values.pointee, named: name) {
            case .success(let column): columns[feature] = column
            case .failure(let mistake): return "column \(quoted(name)): \(mistake.message)"
            }
        }
        let missing = columns.indices.filter { columns[$0].name == nil }
        if missing.isEmpty { return nil }
        let named = missing.prefix(10).map { "column \(quoted(owner.names[$0 + 1])) is missing" }
        let more = missing.count > 10 ? ["and \(missing.count - 10) more"] : []
        return (named + more).joined(separator: "\n")
    }

    private struct ColumnMistake: Error {
        let message: String
    }

    private func column(
        _ schema: ArrowSchema, _ child: ArrowArray, named name: UnsafePointer<CChar>
    ) -> Result<rk_column, ColumnMistake> {
        guard schema.dictionary == nil else {
            return .failure(ColumnMistake(message: "a dictionary is no number"))
        }
        guard let format = schema.format, format[0] != 0, format[1] == 0,
            let type = ArrowType(rawValue: UInt8(bitPattern: format[0]))
        else {
            return .failure(
                ColumnMistake(
                    message: "expected floats, doubles, whole numbers, booleans or null, found "
                        + "format \(schema.format.map(quoted) ?? "NULL")"))
        }
        guard child.offset >= 0, child.length >= 0,
            child.length >= array.offset + array.length,
            child.offset <= Int64.max >> 3 - array.offset - array.length
        else {
            return .failure(ColumnMistake(message: "fewer rows than the batch"))
        }
        let offset = Int(child.offset + array.offset)
        var column = rk_column()
        column.name = name
        guard let layout = type.layout else {
            // Of nulls there is no memory: one NaN stands for all rows.
            column.values = UnsafeRawPointer(missingValue)
            column.type = RK_F64
            return .success(column)
        }
        guard child.n_buffers == 2, let buffers = child.buffers,
            buffers[1] != nil || array.length == 0
        else {
            return .failure(ColumnMistake(message: "expected two buffers with values"))
        }
        column.type = layout.type
        column.stride = layout.stride
        // A bit map without validity: its own offset is that of the bits.
        column.offset = offset
        column.values = buffers[1].map { $0 + offset * layout.stride }
        if child.null_count != 0 {
            column.validity = buffers[0]?.assumingMemoryBound(to: UInt8.self)
        }
        return .success(column)
    }
}

/// A NaN that lives for ever.
private nonisolated(unsafe) let missingValue: UnsafePointer<Double> = {
    let value = UnsafeMutablePointer<Double>.allocate(capacity: 1)
    value.initialize(to: .nan)
    return UnsafePointer(value)
}()

/// The formats of Arrow that are numbers, and null.
private enum ArrowType: UInt8 {
    case null = 0x6E  // n
    case boolean = 0x62  // b
    case int8 = 0x63  // c
    case uint8 = 0x43  // C
    case int16 = 0x73  // s
    case uint16 = 0x53  // S
    case int32 = 0x69  // i
    case uint32 = 0x49  // I
    case int64 = 0x6C  // l
    case uint64 = 0x4C  // L
    case float = 0x66  // f
    case double = 0x67  // g

    /// How the values lie; nil of null, which has none.
    var layout: (type: rk_type, stride: Int)? {
        switch self {
        case .null: nil
        case .boolean: (RK_BIT, 0)
        case .int8: (RK_I8, 1)
        case .uint8: (RK_U8, 1)
        case .int16: (RK_I16, 2)
        case .uint16: (RK_U16, 2)
        case .int32: (RK_I32, 4)
        case .uint32: (RK_U32, 4)
        case .int64: (RK_I64, 8)
        case .uint64: (RK_U64, 8)
        case .float: (RK_F32, 4)
        case .double: (RK_F64, 8)
        }
    }
}
