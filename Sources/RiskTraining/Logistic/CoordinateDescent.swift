import RiskLinearAlgebra

/// A quadratic model of a smooth loss, with the penalty beside it:
///
///     minimise  g · (b - β) + ½ (b - β)ᵀ H (b - β) + Σ l1_j |b_j| + ½ Σ l2_j b_j²,  b within bounds
///
/// Solved by cyclic coordinate descent with covariance updates (Friedman, Hastie and Tibshirani 2010):
/// a changed coordinate moves the gradient by a row of H, whatever the number of rows of data was.
/// Descent is good at finding which coordinates are 0 and poor at the last digits of the others; so
/// where a sweep changed no coordinate's sign, the rest is solved at once by Cholesky.
struct CoordinateDescent {
    /// Square, both triangles filled.
    let hessian: [Double]
    let order: Int
    let l1: [Double]
    let l2: [Double]
    let lower: [Double]
    let upper: [Double]

    static let sweeps = 2000

    /// The minimum.
    /// - Parameters:
    ///   - gradient: of the loss at `start`, without the penalty.
    /// - Returns: b, and the loss's gradient there as the model sees it.
    /// - Complexity: O(sweeps × order × coordinates that change).
    func minimum(from start: [Double], gradient: [Double]) -> (point: [Double], gradient: [Double])
    {
        var point = start
        var slope = gradient
        var lastSigns: [Int8] = []
        for index in 0..<order {
            let within = min(max(point[index], lower[index]), upper[index])
            if within != point[index] { move(index, by: within - point[index], &point, &slope) }
        }
        for _ in 0..<Self.sweeps {
            var largest = 0.0
            for index in 0..<order { largest = max(largest, visit(index, &point, &slope)) }
            if largest < 1e-11 { break }
            // A few sweeps over what is not 0: the others rarely change their mind.
            for _ in 0..<4 {
                for index in 0..<order where point[index] != 0 { _ = visit(index, &point, &slope) }
            }
            let signs = point.map { Int8($0 > 0 ? 1 : $0 < 0 ? -1 : 0) }
            if signs == lastSigns, polish(&point, &slope), isOptimal(point, slope) { break }
            lastSigns = signs
        }
        return (point, slope)
    }

    /// Moves one coordinate to its minimum.
    /// - Returns: how far, in units of the square root of curvature.
    private func visit(_ index: Int, _ point: inout [Double], _ slope: inout [Double]) -> Double {
        let curvature = hessian[index * order + index]
        let sum = curvature + l2[index]
        guard sum > 0, lower[index] < upper[index] else { return 0 }
        let pull = curvature * point[index] - slope[index]
        var target = 0.0
        if pull > l1[index] { target = (pull - l1[index]) / sum }
        if pull < -l1[index] { target = (pull + l1[index]) / sum }
        target = min(max(target, lower[index]), upper[index])
        let step = target - point[index]
        if step == 0 { return 0 }
        move(index, by: step, &point, &slope)
        point[index] = target
        return abs(step) * sum.squareRoot()
    }

    private func move(
        _ index: Int, by step: Double, _ point: inout [Double], _ slope: inout [Double]
    ) {
        point[index] += step
        let order = order
        hessian.withUnsafeBufferPointer { hessian in
            slope.withUnsafeMutableBufferPointer { slope in
                let row = hessian.baseAddress! + index * order
                for other in 0..<order { slope[other] += step * row[other] }
            }
        }
    }

    /// Solves for the coordinates that are free: neither 0 by the lasso nor at a bound.
    /// - Returns: false, and nothing changed, where a sign would change or a bound be passed.
    private func polish(_ point: inout [Double], _ slope: inout [Double]) -> Bool {
        let free = (0..<order).filter { index in
            guard point[index] > lower[index], point[index] < upper[index] else { return false }
            return point[index] != 0 || l1[index] == 0
        }
        var matrix = SymmetricMatrix(order: free.count)
        for (column, from) in free.enumerated() {
            for row in column..<free.count {
                matrix[row, column] = hessian[from * order + free[row]]
            }
            matrix[column, column] += l2[from]
        }
        guard let factor = CholeskyFactor(matrix), factor.reciprocalCondition() > 1e-13 else {
            return false
        }
        func sign(_ value: Double) -> Double { value > 0 ? 1 : value < 0 ? -1 : 0 }
        let step = factor.solve(
            free.map { -(slope[$0] + l2[$0] * point[$0] + l1[$0] * sign(point[$0])) })
        for (place, index) in free.enumerated() {
            let target = point[index] + step[place]
            if l1[index] > 0, sign(target) != sign(point[index]) { return false }
            if target < lower[index] || target > upper[index] { return false }
        }
        for (place, index) in free.enumerated() where step[place] != 0 {
            move(index, by: step[place], &point, &slope)
        }
        return true
    }

    /// Whether no coordinate that stands still wants to move.
    private func isOptimal(_ point: [Double], _ slope: [Double]) -> Bool {
        for index in 0..<order where lower[index] < upper[index] {
            let pull = -slope[index] - l2[index] * point[index]
            let slack = 1e-12 + 1e-9 * l1[index]
            if point[index] == 0 {
                if pull > l1[index] + slack, upper[index] > 0 { return false }
                if pull < -l1[index] - slack, lower[index] < 0 { return false }
            } else if point[index] == upper[index], pull < l1[index] - slack {
                return false
            } else if point[index] == lower[index], pull > -l1[index] + slack {
                return false
            }
        }
        return true
    }
}
