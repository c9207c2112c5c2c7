import CRiskKernels

/// What a stump does to every gradient sum: the weighted Gram matrix Z' diag(h) Z of the one-hot bins.
///
/// For two features, the block is the histogram of Hessians over pairs of bins. It is held cumulated
/// along the bins of its row's feature, so that row (j, t) says what raising the margins of the rows
/// with "feature j in bins ≤ t" by 1 does to the gradient sum of every bin of every other feature; the row of
/// the missing bin stands by itself. Within a feature the matrix is diagonal, and known exactly.
///
/// It is estimated from a sample of the rows (`RowNames`), because only curvature depends on it: the
/// gradients that it moves are exact at every look. Each row is scaled so that its mass, the Hessian
/// of the left side, is the exact one. Hessians are summed as integers, so the matrix does not
/// depend on the number of threads nor on the order of rows.
final class GramMatrix {
    private let bins: BinnedMatrix
    private let length: Int
    private let features: Int
    private let threads: Int
    /// The sampled rows: their places, weight multiples and bins, feature after feature.
    private let places: [UInt32]
    private let multiples: Storage<UInt32>?
    private let sampleBins: Storage<UInt8>
    /// The Hessians of the sampled rows.
    private let hessians: Storage<Int32>
    /// (features × length)² entries.
    private let values: Storage<Float>
    /// The Hessian of each row's bins in the sample: cumulated over bins, the missing bin by itself.
    private var masses: [Double]

    /// The memory that a matrix takes.
    static func bytes(features: Int, length: Int) -> Int {
        let columns = features * length
        return columns * columns * MemoryLayout<Float>.size
    }

    /// - Complexity: O(sampled rows × features).
    init(_ bins: BinnedMatrix, places: [UInt32], weights: Storage<UInt32>?, threads: Int) {
        self.bins = bins
        self.threads = threads
        self.places = places
        length = bins.histogramLength
        features = bins.binning.features.count
        multiples = weights.map { weights in
            Storage(places.map { weights.base[Int($0)] })
        }
        let columns = features * length
        values = Storage(repeating: 0, count: columns * columns)
        masses = [Double](repeating: 0, count: columns)
        hessians = Storage(repeating: 0, count: places.count)
        let copies = Storage<UInt8>(repeating: 0, count: features * places.count)
        let (features, rowCount) = (features, bins.rowCount)
        concurrently(threads) { worker in
            for feature in stride(from: worker, to: features, by: threads) {
                let from = bins.bytes.base + feature * rowCount
                let to = copies.base + feature * places.count
                for (index, place) in places.enumerated() { to[index] = from[Int(place)] }
            }
        }
        sampleBins = copies
    }

    /// Takes the Hessians at these margins.
    /// - Complexity: O(sampled rows × features²).
    func refresh(_ margins: Storage<Int32>) {
        takeHessians(margins)
        let (count, length, features) = (places.count, length, features)
        let rowStride = features * length
        masses.withUnsafeMutableBufferPointer { masses in
            nonisolated(unsafe) let masses = masses
            concurrently(threads) { worker in
                let cells = Storage<Int32>(repeating: 0, count: 2 * length * length)
                let starts = Storage<UInt16>(repeating: 0, count: count)
                // Features with many partners and with few in turn, so that the workers have alike.
                for turn in stride(from: worker, to: features, by: threads) {
                    let a = turn % 2 == 0 ? turn / 2 : features - 1 - turn / 2
                    let column = sampleBins.base + a * count
                    for row in 0..<count { starts.base[row] = UInt16(Int(column[row]) * length) }
                    takeMasses(of: column, masses.baseAddress! + a * length)
                    for b in stride(from: a + 1, to: features, by: 2) {
                        let isPair = b + 1 < features
                        let second = cells.base + length * length
                        cells.base.update(repeating: 0, count: 2 * length * length)
                        rk_pair_histograms_i32(
                            starts.base, sampleBins.base + b * count,
                            isPair ? sampleBins.base + (b + 1) * count : nil, hessians.base, count,
                            cells.base, second)
                        for (other, part) in [(b, cells.base), (b + 1, second)]
                        where other == b || isPair {
                            rk_spread_cells_f32(
                                part, length,
                                values.base + a * length * rowStride + other * length,
                                values.base + other * length * rowStride + a * length, rowStride)
                        }
                    }
                }
            }
        }
    }

    /// The Hessians as integers whose sum is at most 2^30 and a little.
    private func takeHessians(_ margins: Storage<Int32>) {
        let block = 1024
        let wide = Storage<Int64>(repeating: 0, count: places.count)
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
                        sum += pairs[2 * row + 1]
                    }
                }
            }
        }
        let shift = Int64(max(0, 34 - max(sum, 1).leadingZeroBitCount))
        let half = shift > 0 ? Int64(1) << (shift - 1) : 0
        for row in 0..<places.count {
            hessians.base[row] = Int32(truncatingIfNeeded: (wide.base[row] + half) >> shift)
        }
    }

    private func takeMasses(
        of column: UnsafePointer<UInt8>, _ masses: UnsafeMutablePointer<Double>
    ) {
        var sums = [Int64](repeating: 0, count: length)
        for row in 0..<places.count { sums[Int(column[row])] += Int64(hessians.base[row]) }
        for bin in 1..<length - 1 { sums[bin] += sums[bin - 1] }
        for bin in 0..<length { masses[bin] = Double(sums[bin]) }
    }

    /// Moves gradient sums as a stump does: by its step on the right everywhere, and by the difference
    /// on the left.
    /// - Complexity: O(features × bins).
    func move(_ gradients: inout [Double], _ hessians: [Double], by stump: Stump) {
        let first = stump.feature * length
        let missing = first + length - 1
        var mass = masses[first + stump.lastLeft]
        var exact = 0.0
        for bin in first...(first + stump.lastLeft) { exact += hessians[bin] }
        if stump.missingLeft {
            mass += masses[missing]
            exact += hessians[missing]
        }
        let everywhere = Double(stump.right) / GradientHistogram.marginScale
        let left =
            (Double(stump.left) - Double(stump.right)) / GradientHistogram.marginScale
        let scaled = mass > 0 ? left * (exact / mass) : 0
        let columns = features * length
        let row = values.base + (first + stump.lastLeft) * columns
        rk_move_gradients_f64(&gradients, hessians, row, columns, everywhere, scaled)
        if stump.missingLeft {
            let row = values.base + missing * columns
            rk_move_gradients_too_f64(&gradients, row, columns, scaled)
            gradients[missing] += left * hessians[missing]
        }
        for bin in first...(first + stump.lastLeft) { gradients[bin] += left * hessians[bin] }
    }
}
