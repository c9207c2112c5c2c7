import CRiskKernels
import Synchronization

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
    private let length: Int
    private let features: Int
    private let threads: Int
    /// (features × length)² entries.
    private let values: Storage<Float>
    /// The Hessian of each row's bins in the sample: cumulated over bins, the missing bin by itself.
    private var masses: [Double]

    /// The memory that a matrix takes.
    static func bytes(features: Int, length: Int) -> Int {
        let columns = features * length
        return columns * columns * MemoryLayout<Float>.size
    }

    init(features: Int, length: Int, threads: Int) {
        self.features = features
        self.length = length
        self.threads = threads
        let columns = features * length
        values = Storage(zeros: columns * columns)
        masses = [Double](repeating: 0, count: columns)
    }

    /// Takes the Hessians of the partitions' rows.
    /// - Precondition: of as many features and bins.
    /// - Complexity: O(sampled rows × features²).
    func refresh(_ parts: [PairCounts]) {
        let (length, features) = (length, features)
        let rowStride = features * length
        takeMasses(parts)
        let next = Atomic<Int>(0)
        concurrently(min(threads, features)) { _ in
            let cells = Storage<Int32>(repeating: 0, count: 2 * length * length)
            let starts = parts.map { Storage<UInt16>(uninitialized: $0.rowCount) }
            // Features with many partners come first, so that in the end nobody waits long.
            while case let a = next.wrappingAdd(1, ordering: .relaxed).oldValue, a < features {
                for (part, starts) in zip(parts, starts) { part.prepare(a, starts.base) }
                for b in stride(from: a + 1, to: features, by: 2) {
                    let isPair = b + 1 < features
                    let second = cells.base + length * length
                    cells.base.update(repeating: 0, count: 2 * length * length)
                    for (part, starts) in zip(parts, starts) {
                        part.add(a, b, starts.base, to: cells.base, isPair ? second : nil)
                    }
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

    private func takeMasses(_ parts: [PairCounts]) {
        for feature in 0..<features {
            let start = feature * length
            var cumulated: Int64 = 0
            for bin in 0..<length {
                let sum = parts.reduce(0) { $0 &+ $1.singles[start + bin] }
                // The missing bin stands by itself.
                cumulated = bin < length - 1 ? cumulated &+ sum : sum
                masses[start + bin] = Double(cumulated)
            }
        }
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
