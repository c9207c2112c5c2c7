import CRiskKernels

/// The margins of a sample's rows while a model grows, the sums of their gradients by bin, and the loss.
///
/// Everything summed is an integer. A margin is a whole number of 2^-24 of log-odds; gradient and
/// Hessian of a row are rounded to multiples of 2^-k and multiplied by the row's weight multiple.
/// Integer addition has no order: the sums are the same for any number of threads, any order of rows
/// and any partitioning.
///
/// Gradient and Hessian are packed into one 64-bit integer, so that one addition in 8 bytes serves
/// both. A Hessian never passes its gradient's magnitude, so the sum of magnitudes tells when the two
/// halves are full (2^31); then they are emptied into wide sums. k is chosen from the rate of events
/// so that this happens every 2048 rows or so: rare events have small gradients and get a larger k.
/// Rows of great weight, which would fill the halves at once, are summed wide from the start: same
/// integers, another instruction.
final class GradientHistogram {
    /// Units of margin in one of log-odds.
    static let marginScale = 16_777_216.0
    /// The bound on a margin's magnitude: 2^30 units, log-odds of 64.
    static let marginLimit: Int64 = 1 << 30

    /// What a look at the rows shows.
    struct Look {
        /// For each feature and bin the sum of gradients and the sum of Hessians, `length` a feature,
        /// in units of `unit`.
        var gradients: [Double]
        var hessians: [Double]
        /// The sum of the rows' losses, an integer: comparable with that of another look.
        var loss: Int64
    }

    /// Entries a feature: its bins, and the last for missing values.
    let length: Int
    /// What one unit of a summed gradient or Hessian is worth, weight included.
    let unit: Double
    let bins: BinnedMatrix
    let threads: Int
    let margins: Storage<Int32>
    let labels: Storage<UInt8>
    let weights: Storage<UInt32>?

    private let scale: Double
    private let lossScale: Double
    private let totalWeight: Double
    /// For each worker, feature and bin: gradient and Hessian, and their packed sums.
    private let sums: Storage<Int64>
    private let packedSums: Storage<Int64>
    private let losses: Storage<Int64>
    private let entries: Int

    /// Rows worked at a time: their gradients stay in the first-level cache.
    private static let block = 1024
    /// Rows between two emptyings of the packed sums, on the average.
    private static let span = 2048.0

    /// - Parameters:
    ///   - whole: the sample that this one is a part of, which sets k: sums of parts can be added.
    ///   - weights: weight multiples in place of the sample's, and their sum.
    ///   - intercept: every row's margin to begin with, in units.
    ///   - margins: each row's own in its place.
    init(
        _ bins: BinnedMatrix, _ sample: Sample, partOf whole: Sample? = nil,
        weights: (multiples: [UInt32], total: Int64)? = nil, intercept: Int32,
        margins: [Int32]? = nil, threads: Int
    ) {
        self.bins = bins
        length = bins.histogramLength
        let total = max(1, weights?.total ?? sample.weights.total)
        totalWeight = Double(total)
        let rate = (whole ?? sample).baseRate
        let bound = max(total, whole?.weights.total ?? 0)
        let filled = 0x1p31 / (Self.span * 2 * rate * (1 - rate))
        scale = Self.power(min(30, Int(filled.exponent)), total: bound, rowBits: 0)
        lossScale = Self.power(24, total: bound, rowBits: 8)
        unit = sample.weights.unit / scale
        self.margins =
            margins.map { Storage($0) } ?? Storage(repeating: intercept, count: sample.count)
        labels = Storage(sample.labels)
        self.weights = (weights?.multiples ?? sample.weights.multiples).map { Storage($0) }
        // A worker with fewer rows than this costs more to wake than it saves.
        self.threads = max(1, min(threads, sample.count / (4 * Self.block)))
        entries = length * bins.binning.features.count
        sums = Storage(repeating: 0, count: 2 * entries * self.threads)
        packedSums = Storage(repeating: 0, count: entries * self.threads)
        losses = Storage(repeating: 0, count: self.threads)
    }

    /// The largest 2^k, k ≤ bits, with total × 2^rowBits × 2^k ≤ 2^61.
    private static func power(_ bits: Int, total: Int64, rowBits: Int) -> Double {
        let totalBits = 64 - (total - 1).leadingZeroBitCount
        return Double(sign: .plus, exponent: min(bits, 61 - totalBits - rowBits), significand: 1)
    }

    /// Adds tables to the margins, then sums gradients and losses: one pass over the rows.
    /// - Complexity: O(rows × features).
    func look(adding tables: MarginTables?) -> Look {
        concurrently(threads) { worker in
            let wide = sums.base + 2 * worker * entries
            let packed = packedSums.base + worker * entries
            wide.update(repeating: 0, count: 2 * entries)
            var pending: Int64 = 0
            var loss: Int64 = 0
            withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2 * Self.block) { buffer in
                guard let buffer = buffer.baseAddress else { return }
                forBlocks(of: worker) { start, count in
                    tables?.add(to: margins.base + start, from: start, count, bins)
                    add(start, count, buffer, wide, packed, &pending, &loss)
                }
            }
            rk_unpack_sums_i64(packed, entries, wide)
            losses.base[worker] = loss
        }
        return merged()
    }

    /// One block of rows, into the packed sums where it fits.
    private func add(
        _ start: Int, _ count: Int, _ buffer: UnsafeMutablePointer<Int64>,
        _ wide: UnsafeMutablePointer<Int64>, _ packed: UnsafeMutablePointer<Int64>,
        _ pending: inout Int64, _ loss: inout Int64
    ) {
        let features = bins.binning.features.count
        let weights = weights.map { $0.base + start }
        let magnitude = rk_gradients_packed_i64(
            margins.base + start, labels.base + start, weights, count, scale, lossScale, buffer,
            &loss)
        if magnitude > Int64(Int32.max) {
            rk_gradients_i64(
                margins.base + start, labels.base + start, weights, count, scale, buffer)
            rk_histogram_i64(
                bins.bytes.base + start, bins.rowCount, features, buffer, count, wide, length)
            return
        }
        if pending + magnitude > Int64(Int32.max) {
            rk_unpack_sums_i64(packed, entries, wide)
            pending = 0
        }
        pending += magnitude
        rk_histogram_packed_i64(
            bins.bytes.base + start, bins.rowCount, features, buffer, count, packed, length)
    }

    /// The workers' sums together.
    private func merged() -> Look {
        for worker in stride(from: 1, to: threads, by: 1) {
            let other = sums.base + 2 * worker * entries
            for index in 0..<2 * entries { sums.base[index] &+= other[index] }
        }
        let sums = sums.base
        let entries = entries
        func doubles(_ first: Int) -> [Double] {
            [Double](unsafeUninitializedCapacity: entries) { buffer, count in
                for index in 0..<entries { buffer[index] = Double(sums[2 * index + first]) }
                count = entries
            }
        }
        return Look(
            gradients: doubles(0), hessians: doubles(1), loss: losses.array.reduce(0, &+))
    }

    /// Adds tables to the margins.
    func add(_ tables: MarginTables) {
        concurrently(threads) { worker in
            forBlocks(of: worker) { start, count in
                tables.add(to: margins.base + start, from: start, count, bins)
            }
        }
    }

    /// The mean log loss at the margins as they are, each row's rounded to 2^-24 or so.
    func logLoss() -> Double {
        let partial = Storage<Int64>(repeating: 0, count: threads)
        concurrently(threads) { worker in
            forBlocks(of: worker) { start, count in
                partial.base[worker] += rk_log_loss_i64(
                    margins.base + start, labels.base + start, weights.map { $0.base + start },
                    count, lossScale)
            }
        }
        return mean(partial.array.reduce(0, &+))
    }

    /// The mean loss of a sum of losses.
    func mean(_ loss: Int64) -> Double { Double(loss) / lossScale / totalWeight }

    /// What a decrease of the loss, in units of gradient × log-odds, is in units of a look's loss.
    var lossUnits: Double { lossScale / scale }

    private func forBlocks(of worker: Int, _ body: (_ start: Int, _ count: Int) -> Void) {
        let rows = share(of: labels.count, block: Self.block, worker: worker, workers: threads)
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.block) {
            body(start, min(Self.block, rows.upperBound - start))
        }
    }
}

/// What is to be added to margins: an entry a bin for each feature that has any.
struct MarginTables {
    private let features: [UInt32]
    private let entries: [Int32]
    private let length: Int

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
}
