import CRiskKernels
import RiskLinearAlgebra

extension PathData {
    /// The Hessian of each part's log loss (a sum, not a mean) at a point, over some columns; the
    /// intercept comes first.
    ///
    /// Products are in single precision, a thousand rows at a time (SSYRK), and these are summed in
    /// double: entries are good to some 1e-7 of the diagonal's.
    /// - Parameters:
    ///   - theta: nil for the Gram matrix, Σ w z zᵀ.
    /// - Returns: square matrices, both triangles filled.
    /// - Complexity: O(rows × columns²).
    func hessians(at theta: [Double]?, columns: [Int]) -> [[Double]] {
        let width = columns.count + 1
        let point = Storage(theta ?? [])
        let lanes = hessianLanes
        let sums = Storage<Double>(repeating: 0, count: lanes.count * width * width)
        let workers = min(threads, lanes.count)
        // Means are summed, so that no weight is too large for single precision.
        let unit = (1 / totals[0]).squareRoot()
        concurrently(workers) { worker in
            let size = Self.blockRows
            let gathered = RowGatherer(capacity: 4 * size, columns, of: order - 1)
            let room = Storage<Double>(repeating: 0, count: 3 * size)
            let (margins, residuals, roots) = (room.base, room.base + size, room.base + 2 * size)
            for lane in stride(from: worker, to: lanes.count, by: workers) {
                let sum = sums.base + lane * width * width
                for place in lanes[lane] {
                    let block = blocks[place]
                    let single = tiles(block)
                    let weights = weights.map { UnsafePointer($0.base + block.start) }
                    if theta != nil {
                        rk_margins_f32(single, block.count, order - 1, point.base, margins)
                        add(offsets, block, to: margins)
                        _ = rk_logistic_rows_f64(
                            margins, labels.base + block.start, weights, block.count, residuals,
                            roots)
                    } else {
                        for row in 0..<block.count {
                            roots[row] = (weights?[row] ?? 1).squareRoot()
                        }
                    }
                    gathered.add(single, rows: block.count, roots: roots, unit: unit, to: sum)
                }
                gathered.flush(to: sum)
            }
        }
        var result = [[Double]](
            repeating: [Double](repeating: 0, count: width * width), count: folds.partCount)
        for (lane, range) in lanes.enumerated() {
            let part = blocks[range.lowerBound].part
            let from = sums.base + lane * width * width
            result[part].withUnsafeMutableBufferPointer { to in
                for column in 0..<width {
                    for row in column..<width {
                        to[column * width + row] += from[column * width + row] * totals[0]
                    }
                }
            }
        }
        for part in result.indices {
            result[part].withUnsafeMutableBufferPointer { to in
                for column in 0..<width {
                    for row in column..<width {
                        to[row * width + column] = to[column * width + row]
                    }
                }
            }
        }
        return result
    }

    /// Ranges of blocks, each within one part, that have a sum of their own: fewer than chunks, because
    /// a sum is a matrix.
    private var hessianLanes: [Range<Int>] {
        var lanes: [Range<Int>] = []
        var inPart = 0
        let most = max(1, 8 / folds.partCount)
        let perPart = (chunks.count / folds.partCount + most - 1) / most
        for chunk in chunks {
            let part = blocks[chunk.lowerBound].part
            if let last = lanes.last, blocks[last.lowerBound].part == part, inPart < perPart {
                lanes[lanes.count - 1] = last.lowerBound..<chunk.upperBound
                inPart += 1
            } else {
                lanes.append(chunk)
                inPart = 1
            }
        }
        return lanes
    }
}

/// Gathers rows, each times its factor, until there are enough for SSYRK to be at full speed.
private final class RowGatherer {
    let capacity: Int
    let width: Int
    /// The columns that are taken, of all that a block has.
    private let columns: [Int32]
    private let all: Int
    private let rows: Storage<Float>
    private let products: Storage<Float>
    private let factors: Storage<Float>
    private var count = 0

    init(capacity: Int, _ columns: [Int], of all: Int) {
        self.capacity = capacity
        self.columns = columns.map { Int32($0) }
        self.all = all
        width = columns.count + 1
        rows = Storage(repeating: 0, count: capacity * width)
        products = Storage(repeating: 0, count: width * width)
        factors = Storage(repeating: 0, count: PathData.blockRows)
    }

    /// Adds the rows of a block.
    func add(
        _ block: UnsafePointer<Float>, rows blockRows: Int, roots: UnsafePointer<Double>,
        unit: Double, to sum: UnsafeMutablePointer<Double>
    ) {
        if count + blockRows > capacity { flush(to: sum) }
        for row in 0..<blockRows { factors.base[row] = Float(roots[row] * unit) }
        (rows.base + count).update(from: factors.base, count: blockRows)
        rk_scale_rows_f32(
            block, all, columns, columns.count, factors.base, blockRows,
            rows.base + capacity + count, capacity)
        count += blockRows
    }

    /// Adds the products of what was gathered.
    func flush(to sum: UnsafeMutablePointer<Double>) {
        guard count > 0 else { return }
        products.base.update(repeating: 0, count: width * width)
        SingleBlock(rows.base, rows: count, columns: width, stride: capacity)
            .addGram(to: products.base)
        rk_add_f32_f64(products.base, width * width, sum)
        count = 0
    }
}
