import CRiskKernels
import RiskColumns

extension FeatureMatrix {
    /// The same features in the order of their names: what is learned from them, and the order in which a
    /// model lists them, do not depend on how they were given.
    var inNameOrder: FeatureMatrix {
        let order = names.indices.sorted { (names[$0], $0) < (names[$1], $1) }
        if order.elementsEqual(names.indices) { return self }
        return FeatureMatrix(
            names: order.map { names[$0] }, columns: order.map { columns[$0] }, rowCount: rowCount)
    }
}

extension Sample {
    /// The same rows in an order that depends on what they hold, not on where they stand: floating-
    /// point sums over them then have the same bits for any order of the rows given.
    ///
    /// Rows go by a hash of values, label and weight, in which features count by their names; rows that are
    /// equal in all of these may change places without a trace.
    /// - Complexity: O(rows × features), and a radix sort.
    func inCanonicalOrder(_ matrix: FeatureMatrix, threads: Int) -> Sample {
        let hashes = RowNames.hashes(matrix, self, threads: threads)
        // The first 52 bits as numbers from 1 to 2, which the kernel can sort.
        var keys = hashes.map { Double(bitPattern: 0x3ff0_0000_0000_0000 | $0 >> 12) }
        var places = (0..<UInt32(count)).map { $0 }
        let room = (
            Storage<Double>(uninitialized: count), Storage<UInt32>(uninitialized: count)
        )
        rk_sort_f64(&keys, &places, count, room.0.base, room.1.base)
        var start = 0
        while start < count {
            var end = start + 1
            while end < count, keys[end] == keys[start] { end += 1 }
            if end - start > 1 {
                places[start..<end].sort { a, b in
                    let (a, b) = (Int(a), Int(b))
                    if hashes[a] != hashes[b] { return hashes[a] < hashes[b] }
                    guard let plainWeights else { return false }
                    return plainWeights[a] < plainWeights[b]
                }
            }
            start = end
        }
        return selecting(places)
    }

    /// The same rows with the weights' unit as 1: where weights and penalties are all doubled the numbers are
    /// the same, and so are the roots of sums of them.
    var inUnits: Sample {
        let unit = weights.unit
        return Sample(
            rows: rows, labels: labels, weights: weights.inUnits,
            plainWeights: weights.multiples == nil
                ? nil : plainWeights.map { weights in weights.map { $0 / unit } })
    }
}
