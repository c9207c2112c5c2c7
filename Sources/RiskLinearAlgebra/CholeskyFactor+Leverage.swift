import COpenBLAS

extension CholeskyFactor {
    /// The diagonal of L; A's determinant is the square of its product.
    /// - Complexity: O(order).
    public var diagonal: [Double] { (0..<order).map { elements[$0 * (order + 1)] } }

    /// zᵀ A⁻¹ z of each row z of a block: its leverage in the metric of A.
    ///
    /// A⁻¹ = L⁻ᵀ L⁻¹, so it is the squared length of L⁻¹ z, which a triangular solve (DTRSM) gives
    /// for the whole block at once. The block is overwritten.
    /// - Precondition: the block has as many columns as A.
    /// - Complexity: O(rows × order²).
    public func leverages(_ block: DenseBlock, into result: UnsafeMutablePointer<Double>) {
        precondition(block.columns == order)
        let (m, n) = (OpenBLAS.size(block.rows), OpenBLAS.size(order))
        cblas_dtrsm(
            CblasColMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, m, n, 1, elements, n,
            block.base, m)
        result.update(repeating: 0, count: block.rows)
        for column in 0..<order {
            let values = block.base + column * block.rows
            for row in 0..<block.rows { result[row] += values[row] * values[row] }
        }
    }
}

extension SymmetricMatrix {
    /// The eigenvalues, in increasing order; nil where LAPACK's iteration (DSYEV) fails.
    /// - Complexity: O(order³).
    public func eigenvalues() -> [Double]? {
        guard order > 0 else { return [] }
        var n = OpenBLAS.size(order)
        var lead = n
        var matrix = elements
        var values = [Double](repeating: 0, count: order)
        var length = OpenBLAS.size(34 * order)
        var work = [Double](repeating: 0, count: 34 * order)
        var info: Int32 = 0
        dsyev_("N", "L", &n, &matrix, &lead, &values, &work, &length, &info)
        precondition(info >= 0)
        return info == 0 ? values : nil
    }
}
