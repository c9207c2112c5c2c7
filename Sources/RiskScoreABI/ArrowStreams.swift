// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The functions have the names that they have in C.

import CRiskScore
import Glibc

/// See `riskscore.h`.
@_cdecl("rsk_score_arrow_stream")
public func rsk_score_arrow_stream(
    _ model: OpaquePointer?, _ stream: UnsafeMutablePointer<ArrowArrayStream>?, _ threads: Int32,
    _ result: UnsafeMutablePointer<ArrowArrayStream>?
) -> rsk_status {
    guard let record = ModelRecord.of(model) else { return RSK_INVALID_ARGUMENT }
    guard let stream, let result, stream != result, threads >= 1 else {
        return failure(
            RSK_INVALID_ARGUMENT, "expected two streams and at least one thread")
    }
    guard stream.pointee.release != nil, let getSchema = stream.pointee.get_schema,
        stream.pointee.get_next != nil
    else { return failure(RSK_INVALID_ARGUMENT, "the stream was released already") }
    var schema = ArrowSchema()
    let code = getSchema(stream, &schema)
    guard code == 0 else {
        return failure(
            RSK_INVALID_ARGUMENT, "the stream has no schema: \(said(by: stream, code))")
    }
    // What is wrong with the columns is said before anybody reads rows.
    if let mistake = mistake(in: schema, for: record) {
        schema.release?(&schema)
        return failure(RSK_WRONG_COLUMNS, mistake)
    }
    let scored = ScoredStream(
        record.pointee, stream: stream.pointee, schema: schema, threads: threads)
    stream.pointee.release = nil
    result.pointee = ArrowArrayStream(
        get_schema: { _, schema in schema.map { rsk_export_score_schema($0) } ?? EINVAL },
        get_next: { stream, batch in
            guard let stream, let batch else { return EINVAL }
            return ScoredStream.of(stream).takeUnretainedValue().next(batch)
        },
        get_last_error: { stream in
            stream.flatMap { ScoredStream.of($0).takeUnretainedValue().lastError }
        },
        release: { stream in
            guard let stream else { return }
            ScoredStream.of(stream).release()
            stream.pointee.release = nil
            stream.pointee.private_data = nil
        }, private_data: Unmanaged.passRetained(scored).toOpaque())
    return RSK_OK
}

/// What is wrong with the columns of a schema: what would be with a batch of no rows.
private func mistake(in schema: ArrowSchema, for record: UnsafePointer<ModelRecord>) -> String? {
    var buffers: [UnsafeRawPointer?] = [nil, nil]
    return buffers.withUnsafeMutableBufferPointer { buffers in
        let release: @convention(c) (UnsafeMutablePointer<ArrowArray>?) -> Void = { _ in }
        var column = ArrowArray()
        column.n_buffers = 2
        column.buffers = buffers.baseAddress
        column.release = release
        return withUnsafeMutablePointer(to: &column) { column in
            // A schema that is no record batch's is refused before any column is looked at.
            let isBatch = schema.format.map { strcmp($0, "+s") == 0 } ?? false
            let hasColumns = isBatch && schema.children != nil && schema.n_children > 0
            var columns = [UnsafeMutablePointer<ArrowArray>?](
                repeating: column, count: hasColumns ? Int(schema.n_children) : 0)
            return columns.withUnsafeMutableBufferPointer { columns in
                var batch = ArrowArray()
                batch.n_children = schema.n_children
                batch.children = columns.baseAddress
                batch.release = release
                return RecordBatch(schema: schema, array: batch).score(
                    by: record, threads: 1, into: { nil })
            }
        }
    }
}

/// What a stream of scores owns: the stream that it reads, that one's schema, and the model.
private final class ScoredStream {
    private var stream: ArrowArrayStream
    private var schema: ArrowSchema
    private var record: ModelRecord
    private let threads: Int32
    /// The text of the last failure; nil where the last call did not fail.
    private(set) var lastError: UnsafePointer<CChar>?

    init(
        _ record: ModelRecord, stream: ArrowArrayStream, schema: ArrowSchema, threads: Int32
    ) {
        self.record = record
        self.stream = stream
        self.schema = schema
        self.threads = threads
        _ = record.owner.retain()
    }

    deinit {
        schema.release?(&schema)
        stream.release?(&stream)
        record.owner.release()
        free(UnsafeMutablePointer(mutating: lastError))
    }

    static func of(_ stream: UnsafeMutablePointer<ArrowArrayStream>) -> Unmanaged<ScoredStream> {
        Unmanaged.fromOpaque(stream.pointee.private_data)
    }

    /// Reads a batch and puts its scores, or the stream's end, into the caller's array.
    /// - Returns: 0 or an error number.
    func next(_ scored: UnsafeMutablePointer<ArrowArray>) -> Int32 {
        scored.pointee.release = nil
        keep(nil)
        var batch = ArrowArray()
        let code = stream.get_next(&stream, &batch)
        guard code == 0 else {
            keep(said(by: &stream, code))
            return code
        }
        guard batch.release != nil else { return 0 }
        defer { batch.release?(&batch) }
        var scores = rsk_scores()
        var hasRoom = true
        let mistake = withUnsafeMutablePointer(to: &scores) { scores in
            RecordBatch(schema: schema, array: batch).score(by: &record, threads: threads) {
                // Not before the batch is known to have the rows that it says.
                hasRoom = rsk_export_score_batch(batch.length, scored, scores) == 0
                return hasRoom ? UnsafePointer(scores) : nil
            }
        }
        if let mistake {
            keep(mistake)
            return EINVAL
        }
        if !hasRoom {
            scored.pointee.release = nil
            keep("there is no memory for the scores of \(batch.length) rows")
            return ENOMEM
        }
        return 0
    }

    private func keep(_ message: String?) {
        free(UnsafeMutablePointer(mutating: lastError))
        lastError = message.flatMap { UnsafePointer(strdup($0)) }
    }
}

/// What a stream says of its failure.
private func said(by stream: UnsafeMutablePointer<ArrowArrayStream>, _ code: Int32) -> String {
    if let text = stream.pointee.get_last_error?(stream) { return String(cString: text) }
    return String(cString: strerror(code))
}
