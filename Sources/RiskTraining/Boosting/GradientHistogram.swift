import CRiskKernels

/// The margins of a sample's rows while a model grows: where gradients are summed by bin, and losses.
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

    /// Entries a feature: its bins, and the last for missing values.
    let length: Int
    /// What the sums are worth.
    let scale: SumScale
    let bins: BinnedMatrix
    let threads: Int
    let margins: Storage<Int32>
    let labels: Storage<UInt8>
    let weights: Storage<UInt32>?

    /// For each worker, feature and bin: gradient and Hessian, and their packed sums.
    private let sums: Storage<Int64>
    private let packedSums: Storage<Int64>
    private let losses: Storage<Int64>
    private let entries: Int

    /// Rows worked at a time: their gradients stay in the first-level cache.
    private static let block = 1024

    /// - Parameters:
    ///   - scale: that of all rows that train together: sums of parts can be added.
    ///   - multiples: weight multiples in place of the sample's.
    ///   - intercept: every row's margin to begin with, in units.
    ///   - margins: each row's own in its place.
    init(
        _ bins: BinnedMatrix, _ sample: Sample, scale: SumScale, multiples: [UInt32]? = nil,
        intercept: Int32, margins: [Int32]? = nil, threads: Int
    ) {
        self.bins = bins
        self.scale = scale
        length = bins.histogramLength
        self.margins =
            margins.map { Storage($0) } ?? Storage(repeating: intercept, count: sample.count)
        labels = Storage(sample.labels)
        weights = (multiples ?? sample.weights.multiples).map { Storage($0) }
        // A worker with fewer rows than this costs more to wake than it saves.
        self.threads = max(1, min(threads, sample.count / (4 * Self.block)))
        entries = length * bins.binning.features.count
        sums = Storage(repeating: 0, count: 2 * entries * self.threads)
        packedSums = Storage(repeating: 0, count: entries * self.threads)
        losses = Storage(repeating: 0, count: self.threads)
    }

    /// Adds tables to the margins, then sums gradients and losses: one pass over the rows.
    /// - Complexity: O(rows × features).
    func gradientSums(adding tables: MarginTables?) -> GradientSums {
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
            margins.base + start, labels.base + start, weights, count, scale.gradient, scale.loss,
            buffer, &loss)
        if magnitude > Int64(Int32.max) {
            rk_gradients_i64(
                margins.base + start, labels.base + start, weights, count, scale.gradient,
                buffer)
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
    private func merged() -> GradientSums {
        for worker in stride(from: 1, to: threads, by: 1) {
            let other = sums.base + 2 * worker * entries
            for index in 0..<2 * entries { sums.base[index] &+= other[index] }
        }
        return GradientSums(
            pairs: Array(UnsafeBufferPointer(start: sums.base, count: 2 * entries)),
            loss: losses.array.reduce(0, &+))
    }

    /// Adds tables to the margins.
    func add(_ tables: MarginTables) {
        concurrently(threads) { worker in
            forBlocks(of: worker) { start, count in
                tables.add(to: margins.base + start, from: start, count, bins)
            }
        }
    }

    /// The sum of log losses at the margins as they are, each row's rounded to 2^-24 or so.
    func loss() -> Int64 {
        let partial = Storage<Int64>(repeating: 0, count: threads)
        concurrently(threads) { worker in
            forBlocks(of: worker) { start, count in
                partial.base[worker] += rk_log_loss_i64(
                    margins.base + start, labels.base + start, weights.map { $0.base + start },
                    count, scale.loss)
            }
        }
        return partial.array.reduce(0, &+)
    }

    private func forBlocks(of worker: Int, _ body: (_ start: Int, _ count: Int) -> Void) {
        let rows = share(of: labels.count, block: Self.block, worker: worker, workers: threads)
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.block) {
            body(start, min(Self.block, rows.upperBound - start))
        }
    }
}
