import CRiskKernels
import RiskColumns

/// A number for each row of a sample that depends on what the row holds, not on where it stands.
///
/// It draws samples of rows and bootstrap weights that are the same for any order of rows, any
/// partitioning and any order of features. Rows that are equal are numbered, so that each has a
/// number of its own and a value that many rows share is drawn as often as it should be.
struct RowNames: Sendable {
    private let names: [UInt64]
    /// The number of rows.
    let count: Int

    /// - Complexity: O(rows × features).
    init(_ matrix: FeatureMatrix, _ sample: Sample, threads: Int) {
        let hashes = Self.hashes(matrix, sample, threads: threads)
        self.init(numbered: Self.numbered(hashes, threads: threads))
    }

    /// - Parameter names: what `numbered` made.
    init(numbered names: [UInt64]) {
        self.names = names
        count = names.count
    }

    /// A hash of what each row holds; equal rows have the same.
    /// - Complexity: O(rows × features).
    static func hashes(_ matrix: FeatureMatrix, _ sample: Sample, threads: Int) -> [UInt64] {
        let count = sample.count
        let rows = sample.rows.map { Storage($0) }
        let keys = matrix.names.map { key($0) }
        return [UInt64](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = count
            guard let names = buffer.baseAddress, count > 0 else { return }
            names.update(repeating: 0, count: count)
            nonisolated(unsafe) let all = names
            concurrently(threads) { worker in
                let mine = share(of: count, block: 4096, worker: worker, workers: threads)
                // A stretch of rows at a time: its hashes stay in the cache while the columns pass.
                for start in stride(from: mine.lowerBound, to: mine.upperBound, by: 4096) {
                    let length = min(4096, mine.upperBound - start)
                    for (column, key) in zip(matrix.columns, keys) {
                        column.withUnsafeBufferPointer { values in
                            guard let values = values.baseAddress else { return }
                            rk_hash_rows_u64(
                                rows == nil ? values + start : values,
                                rows.map { $0.base + start }, length, key, all + start)
                        }
                    }
                }
            }
            for place in 0..<count where sample.labels[place] == 1 {
                names[place] &+= 0x51_7cc1_b727_220a_95
            }
            // Rows that differ in weight alone are not equal.
            if let multiples = sample.weights.multiples {
                for place in 0..<count {
                    names[place] &+= UInt64(multiples[place]) &* 0x2545_f491_4f6c_dd1d
                }
            }
        }
    }

    /// Names out of the hashes of all rows: equal rows are numbered.
    /// - Complexity: O(rows).
    static func numbered(_ hashes: [UInt64], threads: Int) -> [UInt64] {
        let count = hashes.count
        return [UInt64](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = count
            nonisolated(unsafe) let names = buffer.baseAddress
            // Each has rows of its own, and equal ones are together.
            let parts = max(1, min(threads, count / 4096))
            concurrently(parts) { part in
                let mine = rk_count_rows_u64(hashes, count, part, parts)
                var slots = 16
                while slots < 2 * mine { slots *= 2 }
                let table = Storage<UInt64>(repeating: 0, count: slots)
                let repeats = Storage<UInt64>(zeros: slots)
                rk_number_rows_u64(
                    hashes, count, part, parts, table.base, repeats.base, slots, names)
            }
        }
    }

    /// The weight multiples of a bootstrap sample, and their sum.
    func weights(
        ofBag bag: Int, _ weights: LatticeWeights
    ) -> (multiples: [UInt32], total: Int64) {
        var multiples = bootstrap(bag).map { UInt32($0) }
        if let own = weights.multiples {
            for row in multiples.indices { multiples[row] *= own[row] }
        }
        return (multiples, multiples.reduce(0) { $0 + Int64($1) })
    }

    /// FNV-1a of the name's UTF-8.
    private static func key(_ name: String) -> UInt64 {
        name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// The places of the rows drawn so that about `most` or fewer are left: all, half, a quarter, ...
    static func halvings(of count: Int, most: Int) -> Int {
        var halvings = 0
        while count >> halvings > most { halvings += 1 }
        return halvings
    }

    /// The rows that remain after halving so many times, in order.
    func places(halvings: Int) -> [UInt32] {
        if halvings == 0 { return (0..<UInt32(count)).map { $0 } }
        let limit = UInt64.max >> UInt64(halvings)
        var places: [UInt32] = []
        places.reserveCapacity(count >> halvings + count >> (halvings + 3))
        for (place, name) in names.enumerated() where name <= limit { places.append(UInt32(place)) }
        return places
    }

    /// How often each row is drawn in a bootstrap sample, by a Poisson distribution of mean 1
    /// (Oza and Russell 2001).
    func bootstrap(_ bag: Int) -> [UInt8] {
        // The distribution function at 0, 1, 2, ... of a Poisson variable, in units of 2^-64.
        let e = rk_exp_f64(-1)
        var (term, sum) = (e, 0.0)
        var limits: [UInt64] = []
        for k in 1...10 {
            sum += term
            term /= Double(k)
            limits.append(UInt64(min(sum, 0x1.fffffffffffffp-1) * 0x1p64))
        }
        let key = UInt64(truncatingIfNeeded: bag &+ 1) &* 0x9e37_79b9_7f4a_7c15
        return (0..<count).map { place in
            var x = names[place] ^ key
            x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
            x = (x ^ (x >> 27)) &* 0x94d0_49bb_1331_11eb
            x ^= x >> 31
            var draws: UInt8 = 0
            for limit in limits where x >= limit { draws += 1 }
            return draws
        }
    }
}
