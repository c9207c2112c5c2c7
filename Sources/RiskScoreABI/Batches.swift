// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The functions have the names that they have in C.

import CRiskKernels
import CRiskScore
import Glibc
import RiskScoring

/// See `riskscore.h`.
@_cdecl("rsk_score")
public func rsk_score(
    _ model: OpaquePointer?, _ columns: UnsafePointer<rsk_column>?, _ columnCount: Int, _ rows: Int,
    _ threads: Int32, _ scores: UnsafePointer<rsk_scores>?
) -> rsk_status {
    guard let record = ModelRecord.of(model) else { return RSK_INVALID_ARGUMENT }
    guard let scores, rows >= 0, threads >= 1 else {
        return failure(
            RSK_INVALID_ARGUMENT, "expected outputs, a number of rows and at least one thread")
    }
    let expected = record.pointee.featureCount
    guard columnCount == expected, columns != nil || expected == 0 else {
        return failure(
            RSK_WRONG_COLUMNS,
            "expected \(expected) columns, one a feature, found \(columns == nil ? 0 : columnCount)"
        )
    }
    for index in 0..<expected {
        guard let message = mistake(in: columns![index], at: index, of: record, rows: rows) else {
            continue
        }
        return failure(RSK_WRONG_COLUMNS, "column \(index + 1): \(message)")
    }
    run(record, UnsafeRawPointer(columns), rows: rows, threads: threads, scores)
    return RSK_OK
}

private func mistake(
    in column: rsk_column, at index: Int, of record: UnsafePointer<ModelRecord>, rows: Int
) -> String? {
    let expected = record.pointee.names[index + 1]
    if let name = column.name, strcmp(name, expected) != 0 {
        return "expected \(quoted(expected)), found \(quoted(name))"
    }
    if column.values == nil && rows > 0 { return "\(quoted(expected)) has no values" }
    if column.type.rawValue > RSK_BIT.rawValue {
        return "\(quoted(expected)) is of type \(column.type.rawValue), which is none"
    }
    return nil
}

/// Scores rows of columns that were checked.
/// - Parameter columns: as many `rk_column` as there are features; an `rsk_column` is one.
func run(
    _ record: UnsafePointer<ModelRecord>, _ columns: UnsafeRawPointer?, rows: Int, threads: Int32,
    _ scores: UnsafePointer<rsk_scores>
) {
    let job = BatchJob(
        scorer: record.pointee.kernel, columns: columns?.assumingMemoryBound(to: rk_column.self),
        scores: rk_scores(
            units: scores.pointee.units, log_odds: scores.pointee.log_odds,
            probability: scores.pointee.probability, points: scores.pointee.points))
    // More threads than a machine can have do no good, and each costs memory.
    job.run(rows: rows, threads: min(Int(threads), 1024))
}

/// A C text in quotes, cut where it is long, without what could drive a terminal.
func quoted(_ text: UnsafePointer<CChar>) -> String {
    let scalars = String(cString: text).unicodeScalars.prefix(100)
    let plain = scalars.map { $0.value < 32 || $0.value == 127 ? "?" : String($0) }
    return "\"\(plain.joined())\""
}
