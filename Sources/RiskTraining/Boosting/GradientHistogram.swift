import CRiskKernels

/// The margins of a sample's rows while a model grows, and the sums of their gradients by bin.
///
/// Everything summed is an integer. A margin is a whole number of 2^-24 of log-odds; gradient and
/// Hessian of a row are rounded to multiples of 2^-k and multiplied by the row's weight multiple, with
/// k at most 30 and so small that the sum over all rows stays within 2^61 (|p - y| ≤ 1, so
/// Σ multiples × 2^k bounds it). Integer addition has no order: the sums are the same for any number
/// of threads and any order of rows.
final class GradientHistogram {
    /// Units of margin in one of log-odds.
    static let marginScale = 16_777_216.0
    /// The bound on a margin's magnitude: 2^30 units, log-odds of 64.
    static let marginLimit: Int64 = 1 << 30

    /// Entries a feature: its bins, and the last for missing values.
    let length: Int
    /// What one unit of a summed gradient or Hessian is worth, weight included.
    let unit: Double

    private let bins: BinnedMatrix
    private let threads: Int
    private let scale: Double
    private let lossScale: Double
    private let totalWeight: Double
    private let margins: Storage<Int32>
    private let labels: Storage<UInt8>
    private let weights: Storage<UInt32>?
    /// For each worker, feature and bin: the sum of gradients, the sum of Hessians.
    private let sums: Storage<Int64>
    private let sumsPerWorker: Int

    /// Rows worked at a time: their gradients stay in the first-level cache.
    private static let block = 1024

    /// - Parameter intercept: every row's margin to begin with, in units.
    init(_ bins: BinnedMatrix, _ sample: Sample, intercept: Int32, threads: Int) {
        self.bins = bins
        length = bins.histogramLength
        let total = sample.weights.total
        totalWeight = Double(total)
        scale = Self.power(30, total: total, rowBits: 0)
        lossScale = Self.power(24, total: total, rowBits: 8)
        unit = sample.weights.unit / scale
        margins = Storage(repeating: intercept, count: sample.count)
        labels = Storage(sample.labels)
        weights = sample.weights.multiples.map { Storage($0) }
        // A worker with fewer rows than this costs more to wake than it saves.
        self.threads = max(1, min(threads, sample.count / (4 * Self.block)))
        sumsPerWorker = 2 * length * bins.binning.features.count
        sums = Storage(repeating: 0, count: sumsPerWorker * self.threads)
    }

    /// The largest 2^k, k ≤ bits, with total × 2^rowBits × 2^k ≤ 2^61.
    private static func power(_ bits: Int, total: Int64, rowBits: Int) -> Double {
        let totalBits = 64 - (total - 1).leadingZeroBitCount
        return Double(sign: .plus, exponent: min(bits, 61 - totalBits - rowBits), significand: 1)
    }

    /// Adds a stump to the margins, then sums the gradients: one pass over the rows.
    /// - Returns: for each feature and bin the sum of gradients and the sum of Hessians, `length`
    ///   pairs a feature; valid until the next call.
    /// - Complexity: O(rows × features).
    func sum(after stump: Stump?) -> UnsafePointer<Int64> {
        concurrently(threads) { worker in
            let mine = sums.base + worker * sumsPerWorker
            mine.update(repeating: 0, count: sumsPerWorker)
            let rows = share(of: labels.count, block: Self.block, worker: worker, workers: threads)
            withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2 * Self.block) { pairs in
                guard let pairs = pairs.baseAddress else { return }
                for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.block) {
                    let count = min(Self.block, rows.upperBound - start)
                    add(stump, start, count)
                    rk_gradients_i64(
                        margins.base + start, labels.base + start, weights.map { $0.base + start },
                        count, scale, pairs)
                    rk_histogram_i64(
                        bins.bytes.base + start, bins.rowCount, bins.binning.features.count, pairs,
                        count, mine, length)
                }
            }
        }
        for worker in stride(from: 1, to: threads, by: 1) {
            let other = sums.base + worker * sumsPerWorker
            for index in 0..<sumsPerWorker { sums.base[index] &+= other[index] }
        }
        return UnsafePointer(sums.base)
    }

    /// Adds a stump to the margins.
    func add(_ stump: Stump) {
        concurrently(threads) { worker in
            let rows = share(of: labels.count, block: Self.block, worker: worker, workers: threads)
            add(stump, rows.lowerBound, rows.count)
        }
    }

    private func add(_ stump: Stump?, _ start: Int, _ count: Int) {
        guard let stump, count > 0 else { return }
        stump.add(
            to: margins.base + start, count,
            bins: bins.bytes.base + stump.feature * bins.rowCount + start, bins.missing)
    }

    /// The mean log loss at the margins as they are, each row's rounded to 2^-24 or so.
    func logLoss() -> Double {
        let partial = Storage<Int64>(repeating: 0, count: threads)
        concurrently(threads) { worker in
            let rows = share(of: labels.count, block: Self.block, worker: worker, workers: threads)
            partial.base[worker] = rk_log_loss_i64(
                margins.base + rows.lowerBound, labels.base + rows.lowerBound,
                weights.map { $0.base + rows.lowerBound }, rows.count, lossScale)
        }
        return Double(partial.array.reduce(0, &+)) / lossScale / totalWeight
    }

    /// The weight multiples in each bin, the entries as in `sum`.
    func counts() -> [Int64] {
        let features = bins.binning.features.count
        var counts = [Int64](repeating: 0, count: features * length)
        for feature in 0..<features {
            let column = bins.bytes.base + feature * bins.rowCount
            for row in 0..<bins.rowCount {
                let weight = weights.map { Int64($0.base[row]) } ?? 1
                counts[feature * length + Int(column[row])] += weight
            }
        }
        return counts
    }
}
