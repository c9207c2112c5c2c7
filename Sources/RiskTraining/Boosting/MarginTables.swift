import CRiskKernels

/// What is to be added to margins: an entry a bin for each feature that has any.
struct MarginTables: Sendable, Equatable {
    /// The features that have an entry other than 0, ascending.
    let features: [UInt32]
    /// `length` entries for each feature, whether it has any or not.
    let entries: [Int32]
    let length: Int

    init(features: [UInt32], entries: [Int32], length: Int) {
        (self.features, self.entries, self.length) = (features, entries, length)
    }

    /// - Parameter sign: -1 takes the stumps away again.
    init(_ stumps: some Sequence<Stump>, features: Int, length: Int, sign: Int64 = 1) {
        var sums = [Int64](repeating: 0, count: features * length)
        var used = [Bool](repeating: false, count: features)
        for stump in stumps {
            used[stump.feature] = true
            sums.withUnsafeMutableBufferPointer { sums in
                let table = UnsafeMutableBufferPointer(
                    rebasing: sums[stump.feature * length..<(stump.feature + 1) * length])
                for bin in 0..<length - 1 {
                    table[bin] += sign * Int64(bin <= stump.lastLeft ? stump.left : stump.right)
                }
                table[length - 1] += sign * Int64(stump.missingLeft ? stump.left : stump.right)
            }
        }
        self.features = used.indices.filter { used[$0] }.map { UInt32($0) }
        // `MarginBounds` keeps every sum of entries within a margin's range.
        entries = sums.map { Int32(clamping: $0) }
        self.length = length
    }

    func add(
        to margins: UnsafeMutablePointer<Int32>, from start: Int, _ count: Int, _ bins: BinnedMatrix
    ) {
        rk_add_tables_i32(
            margins, bins.bytes.base + start, bins.rowCount, features, features.count, entries,
            length, count)
    }
    /// Whether these are tables of so many features with so many entries each.
    func fits(features count: Int, length: Int) -> Bool {
        self.length == length && entries.count == count * length
            && features.allSatisfy { $0 < count }
    }

    /// Adds the entries to tables that have grown so far.
    func add(to tables: inout [Int64]) {
        for feature in features {
            let start = Int(feature) * length
            for index in start..<start + length { tables[index] += Int64(entries[index]) }
        }
    }
}
