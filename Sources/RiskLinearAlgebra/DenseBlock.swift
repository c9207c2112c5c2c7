import COpenBLAS

/// A dense matrix in the caller's memory, column after column: element (i, j) is at i + j × rows.
///
/// A block of rows of a design matrix, small enough to stay in a cache while it is used several times.
public struct DenseBlock {
    /// The elements.
    public let base: UnsafeMutablePointer<Double>
    /// How many rows.
    public let rows: Int
    /// How many columns.
    public let columns: Int

    /// A block of the caller's memory.
    /// - Precondition: `base` holds rows × columns elements, for as long as the block is used.
    public init(_ base: UnsafeMutablePointer<Double>, rows: Int, columns: Int) {
        self.base = base
        self.rows = rows
        self.columns = columns
    }

    /// result = A × vector.
    /// - Complexity: O(rows × columns).
    public func multiply(_ vector: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>)
    {
        let (m, n) = (OpenBLAS.size(rows), OpenBLAS.size(columns))
        cblas_dgemv(CblasColMajor, CblasNoTrans, m, n, 1, base, m, vector, 1, 0, result, 1)
    }

    /// sum += Aᵀ × vector.
    /// - Complexity: O(rows × columns).
    public func addTransposedProduct(
        _ vector: UnsafePointer<Double>, to sum: UnsafeMutablePointer<Double>
    ) {
        let (m, n) = (OpenBLAS.size(rows), OpenBLAS.size(columns))
        cblas_dgemv(CblasColMajor, CblasTrans, m, n, 1, base, m, vector, 1, 1, sum, 1)
    }

    /// sum += AᵀA, its lower triangle only: columns × columns elements, column after column.
    /// - Complexity: O(rows × columns²).
    public func addGram(to sum: UnsafeMutablePointer<Double>) {
        let (m, n) = (OpenBLAS.size(rows), OpenBLAS.size(columns))
        cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, n, m, 1, base, m, 1, sum, n)
    }
}
