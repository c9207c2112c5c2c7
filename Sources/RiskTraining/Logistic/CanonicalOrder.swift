import CRiskKernels
import RiskColumns

extension Sample {
    /// The same rows in an order that depends on what they hold, not on where they stand: floating-
    /// point sums over them then have the same bits for any order of the rows given.
    ///
    /// Rows go by a hash of values and label, then by weight; rows that are equal in all three may
    /// change places without a trace.
    /// - Complexity: O(rows × (features + log rows)).
    func inCanonicalOrder(_ matrix: FeatureMatrix, threads: Int) -> Sample {
        let hashes = Storage<UInt64>(repeating: 0, count: count)
        let list = rows.map { Storage($0) }
        let count = count
        concurrently(threads) { worker in
            let mine = share(of: count, block: 4096, worker: worker, workers: threads)
            for start in stride(from: mine.lowerBound, to: mine.upperBound, by: 4096) {
                let length = min(4096, mine.upperBound - start)
                for (index, column) in matrix.columns.enumerated() {
                    let key = UInt64(index + 1) &* 0x9e37_79b9_7f4a_7c15
                    column.withUnsafeBufferPointer { values in
                        guard let values = values.baseAddress else { return }
                        rk_hash_rows_u64(
                            list == nil ? values + start : values, list.map { $0.base + start },
                            length, key, hashes.base + start)
                    }
                }
            }
        }
        for place in 0..<count where labels[place] == 1 {
            hashes.base[place] &+= 0x51_7cc1_b727_220a_95
        }
        let weights = plainWeights
        let order = (0..<UInt32(count)).map { (hash: hashes.base[Int($0)], place: $0) }.sorted {
            if $0.hash != $1.hash { return $0.hash < $1.hash }
            guard let weights else { return false }
            return weights[Int($0.place)] < weights[Int($1.place)]
        }
        return selecting(order.map(\.place))
    }
}
