import CRiskKernels
import CRiskScore
import Glibc
import RiskScoring

/// What an `rsk_model` points to: plain memory, so that scoring a row counts no reference.
struct ModelRecord {
    /// The scorer, which the record owns.
    let owner: Unmanaged<ModelOwner>
    let kernel: UnsafePointer<rk_scorer>
    let featureCount: Int
    /// The model's name and then the features', 0-terminated.
    let names: UnsafePointer<UnsafePointer<CChar>>

    /// The record of a handle; nil, and an error is kept, where it is none.
    static func of(_ model: OpaquePointer?) -> UnsafePointer<ModelRecord>? {
        guard let model else {
            keep("expected a model, found NULL")
            return nil
        }
        return UnsafePointer(UnsafeMutablePointer<ModelRecord>(model))
    }
}

/// What a model owns; given back as a whole.
final class ModelOwner {
    let scorer: Scorer
    /// The bytes of the names, and where each begins.
    let text: UnsafeMutablePointer<CChar>
    let names: UnsafeMutablePointer<UnsafePointer<CChar>>
    /// The features' indices in the order of their names' bytes, for columns that come by name.
    let byName: [Int]

    init(_ scorer: Scorer) {
        self.scorer = scorer
        let all = [scorer.model.name] + scorer.layout
        text = .allocate(capacity: all.reduce(0) { $0 + $1.utf8.count + 1 })
        names = .allocate(capacity: all.count)
        var end = text
        for (index, name) in all.enumerated() {
            names.advanced(by: index).initialize(to: UnsafePointer(end))
            for byte in name.utf8 {
                end.initialize(to: CChar(bitPattern: byte))
                end += 1
            }
            end.initialize(to: 0)
            end += 1
        }
        let starts = names
        byName = scorer.layout.indices.sorted { strcmp(starts[$0 + 1], starts[$1 + 1]) < 0 }
    }

    deinit {
        text.deallocate()
        names.deallocate()
    }

    /// The feature of a name.
    /// - Complexity: O(log features), without allocation.
    func feature(named name: UnsafePointer<CChar>) -> Int? {
        var (low, high) = (0, byName.count)
        while low < high {
            let middle = (low + high) / 2
            let order = strcmp(names[byName[middle] + 1], name)
            if order == 0 { return byName[middle] }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}

/// Keeps what went wrong for `rsk_last_error`.
func keep(_ message: String) {
    var message = message
    message.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) { rsk_keep_error($0.baseAddress, $0.count) }
    }
}

/// Keeps what went wrong and says of what kind it is.
func failure(_ status: rsk_status, _ message: String) -> rsk_status {
    keep(message)
    return status
}
