/// Feature vectors as columns: `columns[feature][row]`, NaN where a value is missing.
///
/// The one shape in which vectors travel from feature engine to learner to scorer. Column-major,
/// because binning, boosting and scoring all walk one feature at a time.
public struct FeatureMatrix: Sendable {
    /// The features' names, distinct.
    public let names: [String]
    /// One array of `rowCount` values a feature.
    public let columns: [[Double]]
    /// The number of vectors.
    public let rowCount: Int

    /// Makes a matrix.
    /// - Precondition: as many names as columns, each column of `rowCount` values.
    public init(names: [String], columns: [[Double]], rowCount: Int) {
        precondition(names.count == columns.count)
        precondition(columns.allSatisfy { $0.count == rowCount })
        self.names = names
        self.columns = columns
        self.rowCount = rowCount
    }

    /// The chosen rows, in the order given.
    /// - Complexity: O(rows.count × features).
    public func selecting(rows: [Int]) -> FeatureMatrix {
        FeatureMatrix(
            names: names, columns: columns.map { column in rows.map { column[$0] } },
            rowCount: rows.count)
    }
}
