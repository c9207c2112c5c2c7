import RiskLinearAlgebra

/// Which columns of a design are combinations of others, found in its correlation matrix.
struct Collinearity {
    /// Columns that add nothing, in increasing order.
    let dependent: [Int]
    /// The same in words.
    let warnings: [String]

    /// 1 - R² below which a column counts as a combination of the others.
    static let tolerance = 1e-9
    /// A variance inflation factor from which a column is called almost a combination of the others.
    static let inflationLimit = 10_000.0

    /// - Parameters:
    ///   - correlations: of the design's columns, without the intercept.
    ///   - name: a column in words.
    /// - Complexity: O(columns³).
    init(_ correlations: SymmetricMatrix, name: (Int) -> String) {
        let factor = PivotedCholesky(correlations, tolerance: Self.tolerance)
        dependent = factor.dependent.sorted()
        var warnings: [String] = []
        for column in dependent {
            let parts = zip(factor.independent, factor.combination(of: column))
                .filter { abs($0.1) > 1e-6 }.map(\.0).sorted()
            warnings.append(
                "\"\(name(column))\" is a linear combination of \(listed(parts.map(name)))")
        }
        let independent = factor.independent.sorted()
        if let inverse = CholeskyFactor(correlations.selecting(independent))?.inverse() {
            for (place, column) in independent.enumerated() {
                let inflation = inverse[place, place]
                if inflation > Self.inflationLimit {
                    warnings.append(
                        "\"\(name(column))\" is almost a linear combination of other features "
                            + "(variance inflation factor \(inflation.rounded()))")
                }
            }
        }
        self.warnings = warnings
    }
}
