import COpenBLAS

extension DenseBlock {
    /// result = A × matrix, for several vectors side by side.
    /// - Parameters:
    ///   - matrix: columns × count elements, column after column.
    ///   - result: rows × count elements, column after column.
    /// - Complexity: O(rows × columns × count).
    public func multiply(
        _ matrix: UnsafePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
    ) {
        if count == 1 { return multiply(matrix, into: result) }
        let (m, n, k) = (OpenBLAS.size(rows), OpenBLAS.size(count), OpenBLAS.size(columns))
        cblas_dgemm(
            CblasColMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, base, m, matrix, k, 0, result, m)
    }

    /// sum += Aᵀ × matrix, for several vectors side by side.
    /// - Parameters:
    ///   - matrix: rows × count elements, column after column.
    ///   - sum: columns × count elements, column after column.
    /// - Complexity: O(rows × columns × count).
    public func addTransposedProduct(
        _ matrix: UnsafePointer<Double>, count: Int, to sum: UnsafeMutablePointer<Double>
    ) {
        if count == 1 { return addTransposedProduct(matrix, to: sum) }
        let (m, n, k) = (OpenBLAS.size(columns), OpenBLAS.size(count), OpenBLAS.size(rows))
        cblas_dgemm(
            CblasColMajor, CblasTrans, CblasNoTrans, m, n, k, 1, base, k, matrix, k, 1, sum, m)
    }
}

/// A block of single precision, column after column, for Hessians that only steer the steps of a
/// solver whose gradients are exact: half the memory, twice the speed.
public struct SingleBlock {
    /// The elements.
    public let base: UnsafeMutablePointer<Float>
    /// How many rows.
    public let rows: Int
    /// How many columns.
    public let columns: Int
    /// Elements from one column to the next.
    public let stride: Int

    /// A block of the caller's memory.
    /// - Parameter stride: at least `rows`; nil for as many.
    /// - Precondition: `base` holds stride × columns elements, for as long as the block is used.
    public init(_ base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
        precondition(rows <= stride ?? rows)
        self.base = base
        self.rows = rows
        self.columns = columns
        self.stride = stride ?? rows
    }

    /// sum += AᵀA, its lower triangle only: columns × columns elements, column after column.
    /// - Complexity: O(rows × columns²).
    public func addGram(to sum: UnsafeMutablePointer<Float>) {
        let (m, n) = (OpenBLAS.size(rows), OpenBLAS.size(columns))
        cblas_ssyrk(
            CblasColMajor, CblasLower, CblasTrans, n, m, 1, base, OpenBLAS.size(stride), 1, sum, n)
    }
}
