import CRiskKernels
import RiskColumns
import RiskLinearAlgebra

/// The penalised log loss of a linear model, its gradient and its Hessian:
///
///     f(θ) = Σ w · loss(y, Zθ) + ½ Σ λ_j θ_j²
///     g(θ) = Zᵀ r + λθ,  r = w (p - y)
///     H(θ) = Zᵀ diag(w p (1 - p)) Z + diag(λ)
///
/// A pass over the data gives all three: a block of rows is brought into the cache, standardised,
/// used for the margins and the gradient, scaled by √(w p (1 - p)) and added to H by DSYRK. The rows
/// are dealt to a number of lanes that depends on the data's size only; within a lane blocks are added
/// in order, then the lanes in order. So the sums do not depend on the number of threads.
final class LogisticObjective {
    /// f, g and H at a point; element 0 belongs to the intercept.
    struct State {
        var loss: Double
        var gradient: [Double]
        /// Of order 0 where it was not asked for.
        var hessian: SymmetricMatrix
        /// Rows whose margin is not on their label's side.
        var wrong: Int
        /// Σ w · loss, without the penalty.
        var dataLoss: Double
    }

    let design: Design
    /// λ of each column, the intercept's (0) first.
    let penalty: [Double]
    let matrix: FeatureMatrix
    let rows: Storage<UInt32>?
    let labels: Storage<UInt8>
    let weights: Storage<Double>?
    /// What is added to each row's margin; nil for nothing.
    let offsets: Storage<Double>?
    let threads: Int
    let lanes: Int
    let block: Int
    private let exact: ExactSums

    init(
        _ design: Design, penalty: [Double], _ matrix: FeatureMatrix, _ sample: Sample,
        offsets: [Double]? = nil, threads: Int
    ) {
        self.design = design
        self.offsets = offsets.map { Storage($0) }
        self.penalty = penalty
        self.matrix = matrix
        rows = sample.rows.map { Storage($0) }
        labels = Storage(sample.labels)
        weights = sample.plainWeights.map { Storage($0) }
        self.threads = threads
        exact = ExactSums(sample)
        let order = design.columns.count + 1
        // Two megabytes a block: it stays near, and DSYRK has enough rows to be at full speed.
        block = min(max((1 << 18) / order, 256), 8192)
        let blocks = (sample.count + block - 1) / block
        lanes = max(1, min(16, blocks, (1 << 25) / (order * order)))
    }

    /// - Complexity: O(rows × columns²), without the Hessian O(rows × columns).
    func evaluate(_ theta: [Double], withHessian: Bool = true) -> State {
        if !withHessian { return look(theta) }
        let order = theta.count
        let blocks = (labels.count + block - 1) / block
        let grams = Storage<Double>(repeating: 0, count: lanes * order * order)
        let gradients = Storage<Double>(repeating: 0, count: lanes * order)
        let losses = Storage<Double>(repeating: 0, count: lanes)
        let wrong = Storage<Int>(repeating: 0, count: lanes)
        let point = Storage(theta)
        let workers = min(threads, lanes)
        concurrently(workers) { worker in
            let elements = Storage<Double>(repeating: 0, count: block * order)
            let rowSpace = Storage<Double>(repeating: 0, count: 3 * block)
            let (margins, residuals, roots) = (
                rowSpace.base, rowSpace.base + block, rowSpace.base + 2 * block
            )
            for lane in stride(from: worker, to: lanes, by: workers) {
                for index in (blocks * lane / lanes)..<(blocks * (lane + 1) / lanes) {
                    let start = index * block
                    let count = min(block, labels.count - start)
                    design.fill(elements.base, matrix, rows, start: start, count: count)
                    let part = DenseBlock(elements.base, rows: count, columns: order)
                    part.multiply(point.base, into: margins)
                    let here = differentiate(margins, start: start, count, residuals, roots)
                    losses.base[lane] += here.loss
                    wrong.base[lane] += here.wrong
                    part.addTransposedProduct(residuals, to: gradients.base + lane * order)
                    for column in 0..<order {
                        rk_multiply_f64(elements.base + column * count, roots, count)
                    }
                    part.addGram(to: grams.base + lane * order * order)
                }
            }
        }
        var hessian = SymmetricMatrix(order: order)
        var gradient = [Double](repeating: 0, count: order)
        for lane in 0..<lanes {
            for index in hessian.elements.indices {
                hessian.elements[index] += grams.base[lane * order * order + index]
            }
            for index in 0..<order { gradient[index] += gradients.base[lane * order + index] }
        }
        return state(
            theta, gradient, hessian, dataLoss: losses.array.reduce(0, +),
            wrong: wrong.array.reduce(0, +))
    }

    /// Loss and gradient only, in sums that are the same for any order of rows (`ExactSums`): the columns are read
    /// as they lie in the matrix, and standardised on the way, so that nothing is written but margins.
    private func look(_ theta: [Double]) -> State {
        let order = theta.count
        let blocks = (labels.count + block - 1) / block
        let workers = min(threads, max(blocks, 1))
        let gradients = Storage<Int64>(repeating: 0, count: workers * order)
        let losses = Storage<Int64>(repeating: 0, count: workers)
        let wrong = Storage<Int>(repeating: 0, count: workers)
        let terms = design.columns.map(\.term)
        let steps = exact.gradientSteps(design)
        let lossStep = exact.lossStep
        let one = rk_term(
            indicates: 1, scale: 1, centre: 0, factor: 1, present: 1, absent: 1)
        concurrently(workers) { worker in
            let room = Storage<Double>(repeating: 0, count: 3 * block)
            let (margins, residuals, roots) = (room.base, room.base + block, room.base + 2 * block)
            let gradient = gradients.base + worker * order
            for index in stride(from: worker, to: blocks, by: workers) {
                let start = index * block
                let count = min(block, labels.count - start)
                let list = rows.map { UnsafePointer($0.base + start) }
                let first = list == nil ? start : 0
                margins.update(repeating: theta[0], count: count)
                for (place, column) in design.columns.enumerated() {
                    matrix.columns[column.source].withUnsafeBufferPointer { values in
                        withUnsafePointer(to: terms[place]) { term in
                            rk_add_margins_f64(
                                term, values.baseAddress! + first, list, count, theta[place + 1],
                                margins)
                        }
                    }
                }
                wrong.base[worker] +=
                    differentiate(margins, start: start, count, residuals, roots).wrong
                losses.base[worker] += rk_losses_i64(
                    margins, labels.base + start, weights.map { $0.base + start }, count,
                    lossStep.magic)
                withUnsafePointer(to: one) { one in
                    gradient[0] += rk_gradient_i64(
                        one, residuals, nil, count, residuals, steps[0].magic)
                }
                for (place, column) in design.columns.enumerated() {
                    matrix.columns[column.source].withUnsafeBufferPointer { values in
                        withUnsafePointer(to: terms[place]) { term in
                            gradient[place + 1] += rk_gradient_i64(
                                term, values.baseAddress! + first, list, count, residuals,
                                steps[place + 1].magic)
                        }
                    }
                }
            }
        }
        let gradient = (0..<order).map { index in
            steps[index].value(
                (0..<workers).reduce(0) { $0 + gradients.base[$1 * order + index] })
        }
        return state(
            theta, gradient, SymmetricMatrix(order: 0),
            dataLoss: lossStep.value(losses.array.reduce(0, +)),
            wrong: wrong.array.reduce(0, +))
    }

    /// What the rows from `start` on lose, how many of them are on the wrong side, their residuals and the
    /// roots of their curvatures; their offsets are added to the margins first.
    private func differentiate(
        _ margins: UnsafeMutablePointer<Double>, start: Int, _ count: Int,
        _ residuals: UnsafeMutablePointer<Double>, _ roots: UnsafeMutablePointer<Double>
    ) -> (loss: Double, wrong: Int) {
        if let offsets {
            for row in 0..<count { margins[row] += offsets.base[start + row] }
        }
        let loss = rk_logistic_rows_f64(
            margins, labels.base + start, weights.map { $0.base + start }, count, residuals, roots)
        return (loss, rk_count_wrong_f64(margins, labels.base + start, count))
    }

    /// The sums with what the penalty adds to them.
    private func state(
        _ theta: [Double], _ gradient: [Double], _ hessian: SymmetricMatrix, dataLoss: Double,
        wrong: Int
    ) -> State {
        var state = State(
            loss: dataLoss, gradient: gradient, hessian: hessian, wrong: wrong, dataLoss: dataLoss)
        for index in theta.indices {
            state.loss += penalty[index] * theta[index] * theta[index] / 2
            state.gradient[index] += penalty[index] * theta[index]
            if hessian.order > 0 { state.hessian[index, index] += penalty[index] }
        }
        return state
    }
}
