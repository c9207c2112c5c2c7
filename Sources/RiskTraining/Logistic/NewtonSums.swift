import CRiskKernels
import RiskColumns
import RiskLinearAlgebra

/// Loss, gradient and Hessian of a logistic regression over a copy of the rows in single precision: sums of
/// whole numbers (`ExactSums`), the same bits for any order of rows, any threads and any processor.
///
/// The Hessian is summed by DSYRK, exactly: each row times the root of its curvature is rounded to whole
/// numbers of 21 bits, 2,048 rows at a time, so that no sum of products passes 2^53, up to which doubles hold
/// all whole numbers; such sums are added in 64 bits.
struct NewtonSums {
    let data: PathData
    let exact: ExactSums
    /// 1 for the rows that stand for eight where a Hessian is made of some rows.
    let drawn: Storage<UInt8>

    /// Copies rows.
    /// - Parameters:
    ///   - draws: `Sample.draws`.
    ///   - every: 1 for all rows, else one in 2, 4, 8 or 16 of them.
    ///   - exact: of all rows.
    /// - Returns: nil where the rows drawn are of one class.
    init?(
        _ design: Design, _ matrix: FeatureMatrix, _ sample: Sample, offsets: [Double]?,
        _ draws: [UInt8], every: Int = 1, _ exact: ExactSums, threads: Int
    ) throws(TrainingError) {
        var (rows, offsets, draws) = (sample, offsets, draws)
        if every > 1 {
            let places = draws.indices.filter { Int(draws[$0] & 15) % every == 0 }
            rows = sample.selecting(places.map { UInt32($0) })
            offsets = offsets.map { offsets in places.map { offsets[$0] } }
            draws = places.map { draws[$0] }
        }
        guard rows.positives > 0, rows.positives < rows.count else { return nil }
        data = try PathData(
            design, matrix, rows, offsets: offsets, folds: LambdaFolds(rows: rows.count),
            threads: threads)
        self.exact = exact
        drawn = Storage(draws.map { ($0 >> 4) & 7 == 0 ? 1 : 0 })
    }

    /// Rows that are multiplied at a time.
    static let products = 2048

    /// Which rows a Hessian is made of.
    enum HessianRows {
        case all
        /// Those with at least this curvature, w p (1 - p), and one in eight of the others, which
        /// stands for eight. Where events are rare a quarter of the rows has most of the curvature, and
        /// a Hessian that steers need not be exact.
        case steepest(curvature: Double)
    }

    /// Sums at a point.
    struct Look {
        var loss: Double
        var gradient: [Double]
        /// Σ w p (1 - p).
        var curvature: Double
    }

    /// - Complexity: O(rows × columns).
    func look(_ theta: [Double]) -> Look {
        let order = data.order
        let workers = min(data.threads, max(data.blocks.count, 1))
        let point = Storage(theta)
        let gradients = Storage<Int64>(repeating: 0, count: workers * order * 8)
        let losses = Storage<Int64>(repeating: 0, count: workers)
        let curvatures = Storage<Int64>(repeating: 0, count: workers)
        let steps = exact.gradientSteps(data.design)
        let magics = Storage(steps.map(\.magic))
        let (lossStep, squareStep) = (exact.lossStep, exact.step(each: 1, mean: 1))
        concurrently(workers) { worker in
            let room = Storage<Double>(repeating: 0, count: 3 * PathData.blockRows)
            let (margins, residuals, roots) = (
                room.base, room.base + PathData.blockRows, room.base + 2 * PathData.blockRows
            )
            for place in share(
                of: data.blocks.count, block: 1, worker: worker, workers: workers)
            {
                let block = data.blocks[place]
                differentiate(block, point, margins, residuals, roots)
                losses.base[worker] += rk_losses_i64(
                    margins, data.labels.base + block.start,
                    data.weights.map { $0.base + block.start }, block.count, lossStep.magic)
                curvatures.base[worker] += rk_squares_i64(roots, block.count, squareStep.magic)
                rk_add_gradient_i64(
                    data.tiles(block), block.count, order - 1, residuals, magics.base,
                    gradients.base + worker * order * 8)
            }
        }
        let gradient = (0..<order).map { index in
            var sum: Int64 = 0
            for worker in 0..<workers {
                for lane in 0..<8 {
                    sum += gradients.base[worker * order * 8 + index * 8 + lane]
                }
            }
            return steps[index].value(sum)
        }
        return Look(
            loss: lossStep.value(losses.array.reduce(0, +)), gradient: gradient,
            curvature: squareStep.value(curvatures.array.reduce(0, +)))
    }

    /// Margins, residuals and roots of curvatures of a block's rows, each by itself.
    private func differentiate(
        _ block: PathData.Block, _ point: Storage<Double>,
        _ margins: UnsafeMutablePointer<Double>, _ residuals: UnsafeMutablePointer<Double>,
        _ roots: UnsafeMutablePointer<Double>
    ) {
        rk_margins_f32(data.tiles(block), block.count, data.order - 1, point.base, margins)
        data.add(data.offsets, block, to: margins)
        _ = rk_logistic_rows_f64(
            margins, data.labels.base + block.start, data.weights.map { $0.base + block.start },
            block.count, residuals, roots)
    }

    /// The Hessian of the log loss, the intercept first; of all rows its entries are good to some 2^-20 of the
    /// largest summand's, over the root of the number of rows.
    /// - Parameter theta: nil for the Gram matrix, Σ w z zᵀ.
    /// - Complexity: O(rows × columns²).
    func hessian(at theta: [Double]?, rows chosen: HessianRows = .all) -> SymmetricMatrix {
        let (order, size) = (data.order, data.order * data.order)
        let point = Storage(theta ?? [])
        // A power of two for each column, so that nothing is above 2^bits.
        let scarce = max(0, Int((exact.most / exact.largest).exponent) + 1)
        let bits = min(21, (60 - scarce) / 2)
        var floor = 0.0
        var height = exact.largest.squareRoot() * (theta == nil ? 1 : 0.5)
        if case .steepest(let curvature) = chosen {
            floor = curvature.squareRoot()
            // One that stands for eight is below the floor.
            height = max(height, floor * 8.0.squareRoot())
        }
        let exponents = [height] + data.design.columns.map { height * max($0.reach, 1) }
        let shifts = exponents.map { bits - Int($0.exponent) - 1 }
        let scales = Storage(
            shifts.map { Double(sign: .plus, exponent: $0, significand: 1) })
        // Each has matrices of its own: no more of them than memory for a few of the largest.
        let workers = min(data.threads, max(data.blocks.count, 1), max(1, (1 << 25) / size))
        let sums = Storage<Int64>(repeating: 0, count: workers * size)
        concurrently(workers) { worker in
            let rows = Storage<Double>(repeating: 0, count: Self.products * order)
            let products = Storage<Double>(repeating: 0, count: size)
            let room = Storage<Double>(repeating: 0, count: 4 * PathData.blockRows + 1)
            let (margins, residuals, roots, factors) = (
                room.base, room.base + PathData.blockRows, room.base + 2 * PathData.blockRows,
                room.base + 3 * PathData.blockRows
            )
            let selected = Storage<UInt32>(repeating: 0, count: PathData.blockRows + 1)
            var count = 0
            func flush() {
                // What an earlier turn left beyond is not in the way.
                for column in 0..<order where count < Self.products {
                    (rows.base + column * Self.products + count)
                        .update(repeating: 0, count: Self.products - count)
                }
                products.base.update(repeating: 0, count: size)
                DenseBlock(rows.base, rows: Self.products, columns: order).addGram(
                    to: products.base)
                rk_add_whole_f64_i64(products.base, size, sums.base + worker * size)
                count = 0
            }
            for place in share(
                of: data.blocks.count, block: 1, worker: worker, workers: workers)
            {
                let block = data.blocks[place]
                if theta != nil {
                    differentiate(block, point, margins, residuals, roots)
                } else {
                    for row in 0..<block.count {
                        roots[row] = (data.weights?.base[block.start + row] ?? 1).squareRoot()
                    }
                }
                let length = rk_select_rows_f64(
                    roots, block.count, floor, drawn.base + block.start, selected.base, factors)
                if count + length > Self.products { flush() }
                rk_whole_rows_f64(
                    data.tiles(block), order - 1, selected.base, factors, length, scales.base,
                    rows.base + count, Self.products)
                count += length
            }
            if count > 0 { flush() }
        }
        var result = SymmetricMatrix(order: order)
        for column in 0..<order {
            for row in column..<order {
                let place = row + column * order
                let sum = (0..<workers).reduce(0) { $0 + sums.base[$1 * size + place] }
                result.elements[place] =
                    Double(sum)
                    * Double(
                        sign: .plus, exponent: -(shifts[row] + shifts[column]), significand: 1)
            }
        }
        return result
    }
}

extension Sample {
    /// A byte for each row that follows from what it holds in a few columns: rows are drawn by it where it
    /// matters little which, and how many. Rows that are equal there share their fate.
    /// - Complexity: O(rows).
    func draws(_ matrix: FeatureMatrix, threads: Int) -> [UInt8] {
        let most = 8
        let columns = matrix.columns.indices.filter { column in
            column * most / max(matrix.columns.count, most)
                != (column - 1) * most / max(matrix.columns.count, most) || column == 0
        }
        let few = FeatureMatrix(
            names: columns.map { matrix.names[$0] }, columns: columns.map { matrix.columns[$0] },
            rowCount: matrix.rowCount)
        return RowNames.hashes(few, self, threads: threads).map { UInt8($0 >> 56) }
    }
}
