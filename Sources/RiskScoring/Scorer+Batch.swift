import CRiskKernels
import Dispatch
import RiskColumns
import RiskModel

extension Scorer {
    /// Rows that are scored together: their sums fit the first-level cache beside the columns' values.
    static let blockRows = 2048

    /// The scores of the rows of a matrix, the same bits with any number of threads.
    ///
    /// Columns that are no feature of the model are ignored.
    /// - Parameter threads: how many threads share the rows, at least 1.
    /// - Throws: `ScoringError` where a feature is no column, or two.
    /// - Complexity: O(rows × terms × log cut points).
    public func score(
        _ matrix: FeatureMatrix, threads: Int = 1
    ) throws(ScoringError) -> Scores {
        let columns = try columns(of: matrix)
        let rows = matrix.rowCount
        let workers = max(1, min(threads, (rows + Self.blockRows - 1) / Self.blockRows))
        let output = Output(rows: rows)
        // Every row belongs to one block and every block to one worker, so no two write to one place.
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            for start in stride(
                from: worker * Self.blockRows, to: rows, by: workers * Self.blockRows)
            {
                scoreBlock(start..<min(start + Self.blockRows, rows), of: matrix, columns, output)
            }
        }
        return output.scores()
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

    private func scoreBlock(
        _ rows: Range<Int>, of matrix: FeatureMatrix, _ columns: [Int], _ output: Output
    ) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: rows.count) { sums in
            sums.initialize(repeating: 0)
            for index in compiled.tables.indices {
                let table = compiled.tables.baseAddress! + index
                matrix.columns[columns[Int(table.pointee.feature)]].withUnsafeBufferPointer {
                    rk_table_add_f64(
                        table, $0.baseAddress! + rows.lowerBound, rows.count, sums.baseAddress!)
                }
            }
            let units = output.units + rows.lowerBound
            for row in 0..<rows.count { units[row] = compiled.intercept + Int64(sums[row]) }
            for term in compiled.linearTerms {
                let values = matrix.columns[columns[term.feature]]
                for row in 0..<rows.count {
                    units[row] += term.units(of: values[rows.lowerBound + row])
                }
            }
            for row in 0..<rows.count {
                let score = compiled.score(units: units[row])
                output.probability[rows.lowerBound + row] = score.probability
                output.points[rows.lowerBound + row] = score.points
            }
        }
    }
}

/// Room for the scores of so many rows, written by several threads at places of their own.
private struct Output: @unchecked Sendable {
    let rows: Int
    let units: UnsafeMutablePointer<Int64>
    let probability: UnsafeMutablePointer<Double>
    let points: UnsafeMutablePointer<Int32>

    init(rows: Int) {
        self.rows = rows
        units = .allocate(capacity: rows)
        probability = .allocate(capacity: rows)
        points = .allocate(capacity: rows)
    }

    /// The scores; the room is given back.
    func scores() -> Scores {
        defer {
            units.deallocate()
            probability.deallocate()
            points.deallocate()
        }
        return Scores(
            units: Array(UnsafeBufferPointer(start: units, count: rows)),
            probability: Array(UnsafeBufferPointer(start: probability, count: rows)),
            points: Array(UnsafeBufferPointer(start: points, count: rows)))
    }
}
