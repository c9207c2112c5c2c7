// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The functions have the names that they have in C.

import CRiskKernels
import CRiskScore
import RiskScoring

/// See `riskscore.h`.
@_cdecl("rsk_score_row")
public func rsk_score_row(
    _ model: OpaquePointer?, _ row: UnsafePointer<Double>?, _ valueCount: Int,
    _ score: UnsafeMutablePointer<rsk_row_score>?, _ reasons: UnsafeMutablePointer<rsk_reason>?,
    _ reasonCount: UnsafeMutablePointer<Int>?
) -> rsk_status {
    guard let record = ModelRecord.of(model) else { return RSK_INVALID_ARGUMENT }
    guard let score else { return failure(RSK_INVALID_ARGUMENT, "expected a place for the score") }
    guard valueCount == record.pointee.featureCount, row != nil || valueCount == 0 else {
        return failure(
            RSK_WRONG_COLUMNS,
            "expected a row of \(record.pointee.featureCount) values, "
                + "found \(row == nil ? 0 : valueCount)")
    }
    guard (reasons == nil) == (reasonCount == nil), reasonCount?.pointee ?? 0 >= 0 else {
        return failure(
            RSK_INVALID_ARGUMENT, "expected room for reasons and its size, or neither")
    }
    let kernel = record.pointee.kernel
    var units: Int64
    if let reasons {
        // An rsk_reason is an rk_reason by another name.
        units = rk_score_row_f64(
            kernel, row, UnsafeMutableRawPointer(reasons).assumingMemoryBound(to: rk_reason.self),
            reasonCount)
    } else {
        units = rk_score_row_f64(kernel, row, nil, nil)
    }
    score.pointee.units = units
    score.pointee.log_odds = Double(units) / 262_144
    rk_link_units(kernel, units, &score.pointee.probability, &score.pointee.points)
    return RSK_OK
}

/// See `riskscore.h`.
@_cdecl("rsk_reason_text")
public func rsk_reason_text(
    _ model: OpaquePointer?, _ reason: UnsafePointer<rsk_reason>?, _ value: Double,
    _ language: UnsafePointer<CChar>?, _ audience: rsk_audience,
    _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int, _ length: UnsafeMutablePointer<Int>?
) -> rsk_status {
    guard let record = ModelRecord.of(model) else { return RSK_INVALID_ARGUMENT }
    guard let reason, Int(reason.pointee.feature) < record.pointee.featureCount else {
        return failure(RSK_INVALID_ARGUMENT, "expected a reason that this model gave")
    }
    guard audience == RSK_INVESTIGATOR || audience == RSK_CUSTOMER else {
        return failure(RSK_INVALID_ARGUMENT, "expected investigator or customer")
    }
    guard capacity >= 0, buffer != nil || capacity == 0 else {
        return failure(RSK_INVALID_ARGUMENT, "expected a buffer of its capacity")
    }
    let scorer = record.pointee.owner._withUnsafeGuaranteedRef { $0.scorer }
    let index = Int(reason.pointee.feature)
    var text = Reason(
        index: index, feature: scorer.model.features[index], value: value,
        units: reason.pointee.units
    ).text(
        language: language.map { String(cString: $0) } ?? "en",
        audience: audience == RSK_CUSTOMER ? .customer : .investigator)
    text.withUTF8 { bytes in
        length?.pointee = bytes.count
        guard let buffer, capacity > 0 else { return }
        var end = min(bytes.count, capacity - 1)
        while end > 0, end < bytes.count, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        for place in 0..<end { buffer[place] = CChar(bitPattern: bytes[place]) }
        buffer[end] = 0
    }
    return RSK_OK
}
