// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The functions have the names that they have in C.

import CRiskScore
import Glibc
import RiskModel
import RiskScoring

// Loading, describing and freeing models. riskscore.h says what each function does and promises;
// HeaderContract.swift holds these to it.

/// See `riskscore.h`.
@_cdecl("rsk_version")
public func rsk_version() -> Int32 { Int32(RSK_VERSION_MAJOR * 1000 + RSK_VERSION_MINOR) }

/// See `riskscore.h`.
@_cdecl("rsk_model_load")
public func rsk_model_load(
    _ bytes: UnsafeRawPointer?, _ size: Int, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> rsk_status {
    guard let model else { return failure(RSK_INVALID_ARGUMENT, "expected a place for the model") }
    guard let bytes, size >= 0 else {
        return failure(RSK_INVALID_ARGUMENT, "expected the bytes of a model, found NULL")
    }
    return load(Array(UnsafeRawBufferPointer(start: bytes, count: size)), into: model)
}

/// See `riskscore.h`.
@_cdecl("rsk_model_load_file")
public func rsk_model_load_file(
    _ path: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> rsk_status {
    guard let model else { return failure(RSK_INVALID_ARGUMENT, "expected a place for the model") }
    guard let path else { return failure(RSK_INVALID_ARGUMENT, "expected a path, found NULL") }
    let name = String(cString: path)
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else {
        return failure(RSK_NO_FILE, "\(name): \(String(cString: strerror(errno)))")
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        return failure(RSK_NO_FILE, "\(name): expected a file")
    }
    let limit = 1 << 28
    guard status.st_size <= limit else {
        return failure(
            RSK_INVALID_MODEL, "\(name): \(status.st_size) bytes; at most \(limit) are read")
    }
    var problem: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
        while count < buffer.count {
            let got = read(file, buffer.baseAddress! + count, buffer.count - count)
            if got < 0, errno == EINTR { continue }
            if got < 0 { problem = errno }
            if got <= 0 { return }
            count += got
        }
    }
    guard problem == 0 else {
        return failure(RSK_NO_FILE, "\(name): \(String(cString: strerror(problem)))")
    }
    return load(bytes, into: model)
}

private func load(
    _ bytes: consuming [UInt8], into model: UnsafeMutablePointer<OpaquePointer?>
) -> rsk_status {
    do throws(ArtifactError) {
        let owner = ModelOwner(Scorer(try AdditiveModel(artifact: bytes)))
        let record = UnsafeMutablePointer<ModelRecord>.allocate(capacity: 1)
        record.initialize(
            to: ModelRecord(
                owner: .passRetained(owner), kernel: owner.scorer.kernel,
                featureCount: owner.scorer.layout.count, names: UnsafePointer(owner.names)))
        model.pointee = OpaquePointer(record)
        return RSK_OK
    } catch {
        return failure(RSK_INVALID_MODEL, error.description)
    }
}

/// See `riskscore.h`.
@_cdecl("rsk_model_free")
public func rsk_model_free(_ model: OpaquePointer?) {
    guard let model else { return }
    let record = UnsafeMutablePointer<ModelRecord>(model)
    record.pointee.owner.release()
    record.deallocate()
}

/// See `riskscore.h`.
@_cdecl("rsk_model_name")
public func rsk_model_name(_ model: OpaquePointer?) -> UnsafePointer<CChar>? {
    ModelRecord.of(model)?.pointee.names[0]
}

/// See `riskscore.h`.
@_cdecl("rsk_model_feature_count")
public func rsk_model_feature_count(_ model: OpaquePointer?) -> Int {
    ModelRecord.of(model)?.pointee.featureCount ?? 0
}

/// See `riskscore.h`.
@_cdecl("rsk_model_feature_name")
public func rsk_model_feature_name(_ model: OpaquePointer?, _ index: Int) -> UnsafePointer<CChar>? {
    guard let record = ModelRecord.of(model) else { return nil }
    let count = record.pointee.featureCount
    guard (0..<count).contains(index) else {
        keep("feature \(UInt(bitPattern: index)) of a model with \(count) features")
        return nil
    }
    return record.pointee.names[index + 1]
}
