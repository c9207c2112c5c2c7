import CRiskKernels

/// Hessians summed by pairs of bins, over rows: what the Gram matrix is made of (`GramMatrix`).
///
/// Hessians are whole numbers that sum to at most 2^30 and a little over the rows of all partitions, so
/// their sums have 32 bits. Where the rows are at hand, pairs are counted only when they are asked for, two
/// features at a time.
public struct PairCounts: Sendable {
    enum Source: Sendable {
        /// To be counted over these rows.
        case rows(GramRows)
        /// For each pair of features a < b, in this order, `length` × `length` cells; a's bins are the rows.
        case cells([Int32])
    }

    let features: Int
    /// Entries a feature: its bins, and the last for missing values.
    let length: Int
    /// The sums of Hessians by bin, `length` a feature.
    let singles: [Int64]
    let source: Source

    /// Rows to be gone over; 0 where the pairs are counted.
    var rowCount: Int { if case .rows(let rows) = source { rows.count } else { 0 } }

    /// How many cells there are.
    static func cellCount(features: Int, length: Int) -> Int {
        features * (features - 1) / 2 * length * length
    }

    /// Makes ready for pairs of feature `a`: `starts` has an entry for each of `rowCount` rows.
    func prepare(_ a: Int, _ starts: UnsafeMutablePointer<UInt16>) {
        guard case .rows(let rows) = source else { return }
        let column = rows.bins.base + a * rows.count
        for row in 0..<rows.count { starts[row] = UInt16(Int(column[row]) * length) }
    }

    /// Adds the cells of features a and b to `cells`, and those of a and b + 1 to `second` where it is given.
    /// - Complexity: O(rows), or O(bins²) where they are counted.
    func add(
        _ a: Int, _ b: Int, _ starts: UnsafePointer<UInt16>, to cells: UnsafeMutablePointer<Int32>,
        _ second: UnsafeMutablePointer<Int32>?
    ) {
        switch source {
        case .rows(let rows):
            rk_pair_histograms_i32(
                starts, rows.bins.base + b * rows.count,
                second == nil ? nil : rows.bins.base + (b + 1) * rows.count, rows.hessians.base,
                rows.count, cells, second ?? cells)
        case .cells(let all):
            let size = length * length
            let place = (a * (2 * features - a - 1) / 2 + b - a - 1) * size
            for index in 0..<size { cells[index] &+= all[place + index] }
            if let second {
                for index in 0..<size { second[index] &+= all[place + size + index] }
            }
        }
    }

    /// All cells, counted.
    /// - Complexity: O(rows × features²).
    var cells: [Int32] {
        if case .cells(let cells) = source { return cells }
        let size = length * length
        var cells = [Int32](
            repeating: 0, count: Self.cellCount(features: features, length: length))
        let starts = Storage<UInt16>(repeating: 0, count: rowCount)
        cells.withUnsafeMutableBufferPointer { cells in
            guard var next = cells.baseAddress else { return }
            for a in 0..<features {
                prepare(a, starts.base)
                for b in stride(from: a + 1, to: features, by: 1) {
                    add(a, b, starts.base, to: next, nil)
                    next += size
                }
            }
        }
        return cells
    }

    /// The two together, counted.
    func adding(_ other: PairCounts) throws(TrainingError) -> PairCounts {
        guard features == other.features, length == other.length else {
            throw .badPartition("a Gram matrix of other bins")
        }
        return PairCounts(
            features: features, length: length,
            singles: zip(singles, other.singles).map { $0 &+ $1 },
            source: .cells(zip(cells, other.cells).map { $0 &+ $1 }))
    }

    /// Whether cells and sums are those of some rows: none below 0, each pair's cells sum to what the bins sum
    /// to. Cells that were counted here are.
    var isConsistent: Bool {
        guard case .cells(let cells) = source else { return true }
        guard length > 0, singles.count == features * length,
            cells.count == Self.cellCount(features: features, length: length),
            singles.allSatisfy({ $0 >= 0 && $0 <= 1 << 31 }), cells.allSatisfy({ $0 >= 0 })
        else { return false }
        func sum(_ values: some Sequence<Int64>) -> Int64 { values.reduce(0, +) }
        let total = features > 0 ? sum(singles[..<length]) : 0
        for feature in 0..<features {
            guard sum(singles[feature * length..<(feature + 1) * length]) == total else {
                return false
            }
        }
        let size = length * length
        return stride(from: 0, to: cells.count, by: size).allSatisfy { start in
            sum(cells[start..<start + size].lazy.map { Int64($0) }) == total
        }
    }
}

/// The rows that the Gram matrix is estimated from: their bins, feature after feature, and Hessians.
final class GramRows: Sendable {
    let count: Int
    let bins: Storage<UInt8>
    /// The Hessians, as whole numbers that sum to 2^30 or so over all partitions.
    let hessians: Storage<Int32>
    private let places: [UInt32]
    private let multiples: Storage<UInt32>?
    /// The Hessians before they were scaled.
    private let wide: Storage<Int64>
    private let threads: Int

    /// - Complexity: O(sampled rows × features).
    init(_ matrix: BinnedMatrix, places: [UInt32], weights: Storage<UInt32>?, threads: Int) {
        self.places = places
        self.threads = threads
        count = places.count
        multiples = weights.map { weights in Storage(places.map { weights.base[Int($0)] }) }
        hessians = Storage(repeating: 0, count: places.count)
        wide = Storage(repeating: 0, count: places.count)
        let (features, rowCount) = (matrix.binning.features.count, matrix.rowCount)
        let copies = Storage<UInt8>(uninitialized: features * places.count)
        concurrently(threads) { worker in
            for feature in stride(from: worker, to: features, by: threads) {
                let from = matrix.bytes.base + feature * rowCount
                let to = copies.base + feature * places.count
                for (index, place) in places.enumerated() { to[index] = from[Int(place)] }
            }
        }
        bins = copies
    }

    /// Takes the Hessians at these margins.
    /// - Returns: their sum, in multiples of 2^-22: what fits 64 bits for any weights, over all partitions.
    func take(_ margins: Storage<Int32>) -> Int64 {
        let block = 1024
        let labels = [UInt8](repeating: 0, count: block)
        var sum: Int64 = 0
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2 * block) { pairs in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: block) { some in
                guard let pairs = pairs.baseAddress, let some = some.baseAddress else { return }
                for start in stride(from: 0, to: places.count, by: block) {
                    let count = min(block, places.count - start)
                    for row in 0..<count { some[row] = margins.base[Int(places[start + row])] }
                    rk_gradients_i64(
                        some, labels, multiples.map { $0.base + start }, count, 0x1p30, pairs)
                    for row in 0..<count {
                        wide.base[start + row] = pairs[2 * row + 1]
                        sum += pairs[2 * row + 1] >> Self.sumShift
                    }
                }
            }
        }
        return sum
    }

    /// Bits of a Hessian that its sum does without.
    private static let sumShift = 8

    /// The shift that brings Hessians of this sum to 2^30 or so.
    static func shift(ofSum sum: Int64) -> Int {
        max(0, 34 + sumShift - max(sum, 1).leadingZeroBitCount)
    }

    /// The Hessians taken, divided by 2^shift, by pairs of bins.
    func pairs(shift: Int, features: Int, length: Int) -> PairCounts {
        let half = shift > 0 ? Int64(1) << (shift - 1) : 0
        for row in 0..<count {
            hessians.base[row] = Int32(truncatingIfNeeded: (wide.base[row] + half) >> Int64(shift))
        }
        let singles = Storage<Int64>(repeating: 0, count: features * length)
        concurrently(threads) { worker in
            for feature in stride(from: worker, to: features, by: threads) {
                let column = bins.base + feature * count
                let sums = singles.base + feature * length
                for row in 0..<count { sums[Int(column[row])] += Int64(hessians.base[row]) }
            }
        }
        return PairCounts(
            features: features, length: length, singles: singles.array, source: .rows(self))
    }
}
