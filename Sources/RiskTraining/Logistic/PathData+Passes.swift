import CRiskKernels
import RiskLinearAlgebra

extension PathData {
    /// A point of one problem: coefficients with the intercept's first.
    struct Query {
        let problem: Int
        let theta: [Double]
    }

    /// The mean log loss at a point and its gradient.
    struct Value {
        var loss: Double
        var gradient: [Double]
    }

    /// Losses and gradients of several problems in one pass over the data.
    /// - Complexity: O(rows × columns × queries).
    func evaluate(_ queries: [Query]) -> [Value] {
        let (width, count) = (order, queries.count)
        let points = Storage(queries.flatMap(\.theta))
        // Of a single problem eight sums for each column, of several one.
        let sums = count == 1 ? 8 : count
        let gradients = Storage<Double>(repeating: 0, count: chunks.count * width * sums)
        let losses = Storage<Double>(repeating: 0, count: chunks.count * count)
        let workers = min(threads, chunks.count)
        concurrently(workers) { worker in
            let size = Self.blockRows
            let elements = Storage<Double>(repeating: 0, count: size * width)
            let margins = Storage<Double>(repeating: 0, count: size * count)
            let residuals = Storage<Double>(repeating: 0, count: size * count)
            let roots = Storage<Double>(repeating: 0, count: size)
            for chunk in stride(from: worker, to: chunks.count, by: workers) {
                for place in chunks[chunk] {
                    let block = blocks[place]
                    let rows = block.count
                    let part = DenseBlock(elements.base, rows: rows, columns: width)
                    let single = tiles(block)
                    // One problem is bound by the memory it reads, several by arithmetic.
                    if count == 1 {
                        rk_margins_f32(single, rows, width - 1, points.base, margins.base)
                    } else {
                        load(block, into: elements.base)
                        part.multiply(points.base, count: count, into: margins.base)
                    }
                    for (index, query) in queries.enumerated() {
                        let out = residuals.base + index * rows
                        guard folds.trains(query.problem, on: block.part) else {
                            out.update(repeating: 0, count: rows)
                            continue
                        }
                        let row = margins.base + index * rows
                        add(offsets, block, to: row)
                        losses.base[chunk * count + index] += rk_logistic_rows_f64(
                            row, labels.base + block.start,
                            weights.map { $0.base + block.start }, rows, out, roots.base)
                    }
                    let sum = gradients.base + chunk * width * sums
                    if count == 1 {
                        rk_add_gradient_f32(single, rows, width - 1, residuals.base, sum)
                    } else {
                        part.addTransposedProduct(residuals.base, count: count, to: sum)
                    }
                }
            }
        }
        return queries.enumerated().map { index, query in
            var value = Value(loss: 0, gradient: [Double](repeating: 0, count: width))
            for chunk in chunks.indices {
                value.loss += losses.base[chunk * count + index]
                let from = gradients.base + chunk * width * sums
                for column in 0..<width {
                    if count == 1 {
                        for lane in 0..<8 { value.gradient[column] += from[column * 8 + lane] }
                    } else {
                        value.gradient[column] += from[index * width + column]
                    }
                }
            }
            let total = totals[query.problem]
            value.loss /= total
            for column in 0..<width { value.gradient[column] /= total }
            return value
        }
    }

    /// The mean log loss of each problem on the part that it predicts.
    /// - Parameter thetas: one a problem.
    /// - Returns: loss and weight of problems 1, 2, ...
    /// - Complexity: O(rows × columns).
    func predictedLosses(_ thetas: [[Double]]) -> [(loss: Double, weight: Double)] {
        let points = thetas.map { Storage($0) }
        let losses = Storage<Double>(repeating: 0, count: chunks.count)
        let masses = Storage<Double>(repeating: 0, count: chunks.count)
        let workers = min(threads, chunks.count)
        concurrently(workers) { worker in
            let room = Storage<Double>(repeating: 0, count: 3 * Self.blockRows)
            for chunk in stride(from: worker, to: chunks.count, by: workers) {
                for block in blocks[chunks[chunk]] {
                    guard let problem = folds.tester(of: block.part) else { continue }
                    rk_margins_f32(
                        tiles(block), block.count, order - 1,
                        points[problem].base, room.base)
                    add(offsets, block, to: room.base)
                    let weights = weights.map { $0.base + block.start }
                    losses.base[chunk] += rk_logistic_rows_f64(
                        room.base, labels.base + block.start, weights, block.count,
                        room.base + Self.blockRows, room.base + 2 * Self.blockRows)
                    for row in 0..<block.count { masses.base[chunk] += weights?[row] ?? 1 }
                }
            }
        }
        return thetas.indices.dropFirst().map { problem in
            var (loss, mass) = (0.0, 0.0)
            for (chunk, range) in chunks.enumerated()
            where blocks[range.lowerBound].part == folds.tested(by: problem) {
                loss += losses.base[chunk]
                mass += masses.base[chunk]
            }
            return (loss / mass, mass)
        }
    }

    func add(
        _ offsets: Storage<Double>?, _ block: Block, to margins: UnsafeMutablePointer<Double>
    ) {
        guard let offsets else { return }
        for row in 0..<block.count { margins[row] += offsets.base[block.start + row] }
    }
}
