import COpenBLAS

/// A symmetric matrix; only its lower triangle is read and written.
public struct SymmetricMatrix: Equatable, Sendable {
    /// Rows, and columns.
    public let order: Int
    /// Column after column, order² of them; what is above the diagonal has no meaning.
    public var elements: [Double]

    /// A matrix of zeros.
    public init(order: Int) {
        precondition(order >= 0)
        self.order = order
        elements = [Double](repeating: 0, count: order * order)
    }

    /// An element; (i, j) and (j, i) are the same.
    public subscript(_ i: Int, _ j: Int) -> Double {
        get { elements[max(i, j) + min(i, j) * order] }
        set { elements[max(i, j) + min(i, j) * order] = newValue }
    }

    /// The largest absolute column sum.
    /// - Complexity: O(order²).
    public var oneNorm: Double {
        var sums = [Double](repeating: 0, count: order)
        for column in 0..<order {
            sums[column] += abs(self[column, column])
            for row in column + 1..<max(order, column + 1) {
                let magnitude = abs(elements[row + column * order])
                sums[row] += magnitude
                sums[column] += magnitude
            }
        }
        return sums.max() ?? 0
    }

    /// The matrix of some of the rows and columns.
    public func selecting(_ indices: [Int]) -> SymmetricMatrix {
        var result = SymmetricMatrix(order: indices.count)
        for (column, from) in indices.enumerated() {
            for row in column..<indices.count { result[row, column] = self[indices[row], from] }
        }
        return result
    }
}

/// The Cholesky factor of a symmetric positive definite matrix: A = L Lᵀ.
public struct CholeskyFactor: Sendable {
    let order: Int
    /// L, column after column; what is above the diagonal has no meaning.
    private(set) var elements: [Double]
    private let oneNorm: Double

    /// Factors a matrix.
    /// - Returns: nil where the matrix is not positive definite as far as rounding lets one see.
    /// - Complexity: O(order³ / 3).
    public init?(_ matrix: SymmetricMatrix) {
        order = matrix.order
        elements = matrix.elements
        oneNorm = matrix.oneNorm
        guard order > 0 else { return }
        var n = OpenBLAS.size(order)
        var lead = n
        var info: Int32 = 0
        dpotrf_("L", &n, &elements, &lead, &info)
        precondition(info >= 0)
        if info > 0 || elements.contains(where: \.isNaN) { return nil }
    }

    /// The solution x of A x = b.
    /// - Complexity: O(order²).
    public func solve(_ b: [Double]) -> [Double] {
        precondition(b.count == order)
        guard order > 0 else { return [] }
        var n = OpenBLAS.size(order)
        var (lead, leadRight, columns, info) = (n, n, Int32(1), Int32(0))
        var x = b
        dpotrs_("L", &n, &columns, elements, &lead, &x, &leadRight, &info)
        precondition(info == 0)
        return x
    }

    /// A⁻¹.
    /// - Complexity: O(order³).
    public func inverse() -> SymmetricMatrix {
        var result = SymmetricMatrix(order: order)
        guard order > 0 else { return result }
        result.elements = elements
        var n = OpenBLAS.size(order)
        var lead = n
        var info: Int32 = 0
        dpotri_("L", &n, &result.elements, &lead, &info)
        precondition(info == 0)
        return result
    }

    /// An estimate of 1 / (‖A‖₁ ‖A⁻¹‖₁), in [0, 1]: near 0 means near singular.
    /// - Complexity: O(order²).
    public func reciprocalCondition() -> Double {
        guard order > 0 else { return 1 }
        var n = OpenBLAS.size(order)
        var lead = n
        var norm = oneNorm
        var result = 0.0
        var info: Int32 = 0
        var work = [Double](repeating: 0, count: 3 * order)
        var whole = [Int32](repeating: 0, count: order)
        dpocon_("L", &n, elements, &lead, &norm, &result, &work, &whole, &info)
        precondition(info == 0)
        return result
    }
}

/// The pivoted Cholesky factor of a symmetric positive semidefinite matrix: which columns are
/// independent, and how the others are combined of them.
public struct PivotedCholesky: Sendable {
    /// Independent columns, in the order in which they were taken.
    public let independent: [Int]
    /// The others.
    public let dependent: [Int]
    private let order: Int
    private let elements: [Double]

    /// Factors a matrix with complete pivoting (LAPACK's dpstrf).
    /// - Parameter tolerance: a column is dependent where what is left of its diagonal is at most this.
    /// - Complexity: O(order³ / 3).
    public init(_ matrix: SymmetricMatrix, tolerance: Double) {
        order = matrix.order
        guard order > 0 else {
            (independent, dependent, elements) = ([], [], [])
            return
        }
        var factor = matrix.elements
        var n = OpenBLAS.size(order)
        var lead = n
        var pivots = [Int32](repeating: 0, count: order)
        var rank: Int32 = 0
        var bound = tolerance
        var work = [Double](repeating: 0, count: 2 * order)
        var info: Int32 = 0
        dpstrf_("L", &n, &factor, &lead, &pivots, &rank, &bound, &work, &info)
        precondition(info >= 0)
        let columns = pivots.map { Int($0) - 1 }
        independent = Array(columns[..<Int(rank)])
        dependent = Array(columns[Int(rank)...])
        elements = factor
    }

    /// The coefficients of a dependent column on the independent ones, in their order: the row of
    /// L₂₁ L₁₁⁻¹.
    /// - Complexity: O(rank²).
    public func combination(of column: Int) -> [Double] {
        guard let place = dependent.firstIndex(of: column) else { return [] }
        let rank = independent.count
        var row = (0..<rank).map { elements[rank + place + $0 * order] }
        for k in stride(from: rank - 1, through: 0, by: -1) {
            row[k] /= elements[k + k * order]
            for j in 0..<k { row[j] -= row[k] * elements[k + j * order] }
        }
        return row
    }
}
