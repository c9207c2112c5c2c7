import CRiskKernels
import RiskColumns
import RiskLinearAlgebra

/// The columns of a linear model: centred, of unit deviation, missing values at the mean, and an
/// indicator for each feature that has missing values.
///
/// The model is always fitted in these coordinates, because Newton's method is at its best there; a
/// penalty on the features' own scale becomes a penalty that differs by column.
struct Design: Sendable {
    /// A column and what it is made of.
    struct Column: Sendable {
        enum Kind: Sendable {
            /// (value × scale - centre) × factor.
            case value
            /// (1 where missing, else 0) minus `centre`, times `factor`.
            case missing
        }
        let kind: Kind
        /// The matrix's column.
        let source: Int
        let scale: Double
        let centre: Double
        let factor: Double
        /// The largest magnitude of the column's values.
        let reach: Double

        /// The column as kernels know it.
        var term: rk_term {
            switch kind {
            case .value:
                rk_term(
                    indicates: 0, scale: scale, centre: centre, factor: factor, present: 0,
                    absent: 0)
            case .missing:
                rk_term(
                    indicates: 1, scale: 1, centre: 0, factor: 1, present: -centre * factor,
                    absent: (1 - centre) * factor)
            }
        }

        /// What a unit of this column is in the feature's own units.
        var ownScale: Double { scale * factor }
    }

    let columns: [Column]

    /// The columns of the features that vary, but for one whose coefficient is not fitted.
    init(_ summaries: [ColumnSummary], excluding offset: Int? = nil) {
        var columns: [Column] = []
        for (source, summary) in summaries.enumerated() where source != offset {
            if summary.varies {
                columns.append(
                    Column(
                        kind: .value, source: source, scale: summary.scale, centre: summary.mean,
                        factor: 1 / summary.deviation,
                        reach: max(
                            summary.highest * summary.scale - summary.mean,
                            summary.mean - summary.lowest * summary.scale) / summary.deviation))
            }
            let share = summary.missingShare
            if summary.missingRows > 0, share > 0, share < 1 {
                columns.append(
                    Column(
                        kind: .missing, source: source, scale: 1, centre: share,
                        factor: 1 / (share * (1 - share)).squareRoot(),
                        reach: max(share, 1 - share) / (share * (1 - share)).squareRoot()))
            }
        }
        self.columns = columns
    }

    private init(columns: [Column]) { self.columns = columns }

    /// Some of the columns.
    func selecting(_ indices: [Int]) -> Design { Design(columns: indices.map { columns[$0] }) }

    /// A column in words: the feature's name, or "missing NAME".
    func name(_ index: Int, _ names: [String]) -> String {
        let column = columns[index]
        return column.kind == .value ? names[column.source] : "missing \(names[column.source])"
    }

    /// Fills a block: a column of ones, then these columns, for `count` rows from `start`.
    /// - Complexity: O(rows × columns).
    func fill(
        _ block: UnsafeMutablePointer<Double>, _ matrix: FeatureMatrix, _ rows: Storage<UInt32>?,
        start: Int, count: Int
    ) {
        block.update(repeating: 1, count: count)
        for (index, column) in columns.enumerated() {
            let out = block + (index + 1) * count
            matrix.columns[column.source].withUnsafeBufferPointer { values in
                // With a list of rows the kernel walks the list; without, the column itself.
                let first = rows == nil ? values.baseAddress! + start : values.baseAddress!
                let list = rows.map { UnsafePointer($0.base + start) }
                switch column.kind {
                case .value:
                    rk_standardize_f64(
                        first, list, count, column.scale, column.centre, column.factor, out)
                case .missing:
                    rk_indicate_missing_f64(
                        first, list, count, -column.centre * column.factor,
                        (1 - column.centre) * column.factor, out)
                }
            }
        }
    }
}
