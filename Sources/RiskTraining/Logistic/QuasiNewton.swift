import RiskLinearAlgebra

/// A Hessian that is known roughly, and what steps since have shown of it: its inverse times a vector,
/// by the two loops of Nocedal (1980, "Updating quasi-Newton matrices with limited storage") around a
/// Cholesky factor. All pairs are kept, so this is the update of Broyden, Fletcher, Goldfarb and Shanno.
struct QuasiNewton {
    private let factor: CholeskyFactor
    private var pairs: [(step: [Double], change: [Double], product: Double)] = []

    /// nil where the matrix is not positive definite.
    /// - Complexity: O(order³ / 3).
    init?(_ hessian: SymmetricMatrix) {
        guard let factor = CholeskyFactor(hessian) else { return nil }
        self.factor = factor
    }

    /// - H⁻¹ gradient.
    /// - Complexity: O(order² + order × pairs).
    func direction(_ gradient: [Double]) -> [Double] {
        var q = gradient.map { -$0 }
        var shares: [Double] = []
        for pair in pairs.reversed() {
            let share = dot(pair.step, q) / pair.product
            for index in q.indices { q[index] -= share * pair.change[index] }
            shares.append(share)
        }
        var r = factor.solve(q)
        for (pair, share) in zip(pairs, shares.reversed()) {
            let other = dot(pair.change, r) / pair.product
            for index in r.indices { r[index] += (share - other) * pair.step[index] }
        }
        return r
    }

    /// Learns how the gradient changed along a step.
    mutating func learn(step: [Double], change: [Double]) {
        let product = dot(step, change)
        guard product > 0, product.isFinite else { return }
        pairs.append((step, change, product))
    }
}
