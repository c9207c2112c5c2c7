import CRiskKernels
import RiskColumns
import RiskModel

extension Scorer {
    /// The scores of the rows of a matrix, the same bits with any number of threads.
    ///
    /// Columns that are no feature of the model are ignored.
    /// - Parameter threads: how many threads share the rows, at least 1.
    /// - Throws: `ScoringError` where a feature is no column, or two.
    /// - Complexity: O(rows × terms).
    public func score(
        _ matrix: FeatureMatrix, threads: Int = 1
    ) throws(ScoringError) -> Scores {
        let places = try columns(of: matrix)
        return withExtendedLifetime(matrix) {
            // Arrays keep their storage while the matrix lives, and nobody writes to it.
            let columns = places.map { place in
                ScoringColumn(matrix.columns[place].withUnsafeBufferPointer { $0 })
            }
            return score(columns: columns, rows: matrix.rowCount, threads: threads)
        }
    }

    /// The scores of the rows of columns in the order of `layout`, wherever they lie in memory.
    ///
    /// - Parameters:
    ///   - columns: one a feature; their memory must outlive the call and hold `rows` values.
    ///   - rows: the number of rows.
    ///   - threads: how many threads share the rows, at least 1.
    /// - Precondition: `columns.count == layout.count`.
    /// - Complexity: O(rows × terms).
    public func score(columns: [ScoringColumn], rows: Int, threads: Int = 1) -> Scores {
        var units: [Int64] = []
        var probability: [Double] = []
        let points = [Int32](unsafeUninitializedCapacity: rows) { points, count in
            probability = [Double](unsafeUninitializedCapacity: rows) { probability, count in
                units = [Int64](unsafeUninitializedCapacity: rows) { units, count in
                    score(
                        columns: columns, rows: rows, threads: threads, units: units,
                        probability: probability, points: points)
                    count = rows
                }
                count = rows
            }
            count = rows
        }
        return Scores(units: units, probability: probability, points: points)
    }

    /// Scores rows into the caller's memory; what is nil or empty is not computed. With one thread it
    /// allocates nothing and takes no lock.
    ///
    /// - Parameters:
    ///   - columns: one a feature, in the order of `layout`.
    ///   - units: the sums, in units of 2^-18 of log-odds.
    ///   - probability: the calibrated probabilities.
    ///   - points: the points.
    /// - Precondition: `columns.count == layout.count`; each output that is given has `rows` places.
    /// - Complexity: O(rows × terms).
    public func score(
        columns: [ScoringColumn], rows: Int, threads: Int = 1,
        units: UnsafeMutableBufferPointer<Int64>? = nil,
        probability: UnsafeMutableBufferPointer<Double>? = nil,
        points: UnsafeMutableBufferPointer<Int32>? = nil
    ) {
        precondition(columns.count == layout.count, "one column a feature")
        precondition(
            units?.count ?? rows >= rows && probability?.count ?? rows >= rows
                && points?.count ?? rows >= rows, "one place a row")
        columns.withUnsafeBytes { bytes in
            let job = BatchJob(
                scorer: compiled.scorer,
                columns: bytes.assumingMemoryBound(to: rk_column.self).baseAddress,
                scores: rk_scores(
                    units: units?.baseAddress, log_odds: nil,
                    probability: probability?.baseAddress, points: points?.baseAddress))
            job.run(rows: rows, threads: threads)
        }
        withExtendedLifetime(compiled) {}
    }

    /// The place of each feature among the matrix's columns.
    func columns(of matrix: FeatureMatrix) throws(ScoringError) -> [Int] {
        var places: [String: Int] = [:]
        var twice: Set<String> = []
        for (index, name) in matrix.names.enumerated()
        where places.updateValue(index, forKey: name) != nil { twice.insert(name) }
        let missing = layout.filter { places[$0] == nil }
        if !missing.isEmpty { throw .missingColumns(missing, available: matrix.names) }
        if let name = layout.first(where: twice.contains) { throw .duplicateColumn(name) }
        return layout.map { places[$0]! }
    }
}

/// A column's place in memory: values of one type at even distances, missing where they are NaN or
/// where a validity bit is 0.
public struct ScoringColumn {
    var column: rk_column

    /// Values of one after the other; they must outlive the column.
    public init(_ values: UnsafeBufferPointer<Double>) {
        self.init(values.baseAddress, type: RK_F64, stride: MemoryLayout<Double>.stride)
    }

    /// Values of one after the other; they must outlive the column.
    public init(_ values: UnsafeBufferPointer<Float>) {
        self.init(values.baseAddress, type: RK_F32, stride: MemoryLayout<Float>.stride)
    }

    /// Values at a distance of `stride` bytes: those of a matrix that lies row by row.
    public init(_ first: UnsafePointer<Double>, stride: Int) {
        self.init(first, type: RK_F64, stride: stride)
    }

    /// Values at a distance of `stride` bytes: those of a matrix that lies row by row.
    public init(_ first: UnsafePointer<Float>, stride: Int) {
        self.init(first, type: RK_F32, stride: stride)
    }

    /// Values as Arrow has them: any of the kernels' types, with validity bits from an offset on.
    package init(
        _ values: UnsafeRawPointer?, type: rk_type, stride: Int,
        validity: UnsafePointer<UInt8>? = nil, offset: Int = 0
    ) {
        column = rk_column(
            values: values, stride: stride, validity: validity, offset: offset, type: type,
            name: nil)
    }
}
