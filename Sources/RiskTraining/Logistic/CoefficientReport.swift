import RiskJSON
import RiskLinearAlgebra

/// The coefficients of a logistic regression as a statistician wants them: with standard errors,
/// tests and intervals, and how far the features stand in each other's light.
///
/// Observation weights count as numbers of rows. Weights that mean anything else (a class made
/// heavier) leave the estimates right and make the errors too small or too large.
public struct CoefficientReport: Sendable, Equatable {
    /// Where standard errors come from.
    public enum Method: String, Sendable {
        /// (ZᵀWZ)⁻¹: maximum likelihood.
        case information = "inverse Fisher information"
        /// (ZᵀWZ + Λ)⁻¹ ZᵀWZ (ZᵀWZ + Λ)⁻¹: the variance of the shrunken estimates (le Cessie and
        /// van Houwelingen 1992), which says nothing of how far the penalty moved them.
        case ridge = "variance of the penalised estimates"
        /// The information at the penalised maximum, with tests and intervals from profiles of
        /// the penalised likelihood, the intercept's from its standard error.
        case firthProfile = "penalised likelihood, profile tests and intervals"
        /// The same with tests and intervals from standard errors, for lack of time.
        case firthWald = "penalised likelihood, Wald tests and intervals"
    }

    /// One coefficient.
    public struct Row: Sendable, Equatable {
        /// "(intercept)", the feature, or "missing FEATURE" for its indicator.
        public let name: String
        /// On the feature's own scale.
        public let estimate: Double
        /// In the same unit; nil where none is known.
        public let standardError: Double?
        /// estimate / standardError.
        public let z: Double?
        /// Two-sided, of the hypothesis that the coefficient is 0.
        public let pValue: Double?
        /// Where the interval begins; nil where that is not known.
        public let lower: Double?
        /// Where the interval ends.
        public let upper: Double?
        /// 1 / (1 - R²) of the column on all others: variance inflation; nil for the intercept and
        /// where others determine it.
        public let inflation: Double?
    }

    /// Where standard errors come from.
    public let method: Method
    /// The intervals' confidence, in (0, 1).
    public let confidence: Double
    /// The intercept, then the coefficients.
    public let rows: [Row]
    /// The largest eigenvalue of the features' correlations over the least; nil where they are
    /// dependent.
    public let conditionNumber: Double?

    /// As a document; what is not known is null.
    public var node: Node {
        func number(_ value: Double?) -> Node { value.map { Node($0) } ?? nil }
        return .object([
            .init("method", Node(method.rawValue)), .init("confidence", Node(confidence)),
            .init("conditionNumber", number(conditionNumber)),
            .init(
                "rows",
                .array(
                    rows.map { row in
                        .object([
                            .init("name", Node(row.name)), .init("estimate", Node(row.estimate)),
                            .init("standardError", number(row.standardError)),
                            .init("z", number(row.z)), .init("pValue", number(row.pValue)),
                            .init("lower", number(row.lower)), .init("upper", number(row.upper)),
                            .init("inflation", number(row.inflation)),
                        ])
                    })),
        ])
    }

    /// - Parameters:
    ///   - correlations: of the design's columns.
    ///   - weightUnit: how much a weight of 1 is, in rows.
    ///   - firth: for profiles.
    /// - Complexity: O(columns³), and for profiles some sixty scoring steps a column.
    init?(
        _ result: NewtonMethod.Result, _ objective: LogisticObjective,
        _ correlations: SymmetricMatrix, weightUnit: Double, names: [String], confidence: Double,
        firth: FirthMethod?, isFirth: Bool
    ) {
        guard result.end == .converged,
            let inverse = CholeskyFactor(result.state.hessian)?.inverse()
        else { return nil }
        let (design, penalty, order) = (objective.design, objective.penalty, result.theta.count)
        self.confidence = confidence
        let z = StandardNormal.quantile(confidence: confidence)
        let inflation = CholeskyFactor(correlations)?.inverse()
        let eigenvalues = correlations.eigenvalues()
        if let least = eigenvalues?.first, let most = eigenvalues?.last, least > 1e-14 * most {
            conditionNumber = most / least
        } else {
            conditionNumber = nil
        }
        /// The variance of Σ a θ.
        func variance(_ a: [(index: Int, factor: Double)]) -> Double {
            var u = [Double](repeating: 0, count: order)
            for (index, factor) in a {
                for row in 0..<order { u[row] += factor * inverse[row, index] }
            }
            let whole = a.reduce(0) { $0 + $1.factor * u[$1.index] }
            let shrunken = whole - (0..<order).reduce(0) { $0 + penalty[$1] * u[$1] * u[$1] }
            return shrunken / weightUnit
        }
        func row(
            _ name: String, _ estimate: Double, _ variance: Double, _ inflation: Double?,
            _ profile: FirthMethod.Profile? = nil, unit: Double = 1
        ) -> Row {
            let error = variance > 0 && variance.isFinite ? variance.squareRoot() : nil
            let ratio = error.map { estimate / $0 }
            let tested = profile.map { $0.statistic?.squareRoot() } ?? ratio
            func end(_ side: Double, _ found: Double??) -> Double? {
                if let found { return found.map { $0 * unit } }
                return error.map { estimate + side * z * $0 }
            }
            return Row(
                name: name, estimate: estimate, standardError: error, z: ratio,
                pValue: tested.map { StandardNormal.twoSided($0) },
                lower: end(-1, profile.map(\.lower)), upper: end(1, profile.map(\.upper)),
                inflation: inflation)
        }
        var interceptParts = [(index: 0, factor: 1.0)]
        for (index, column) in design.columns.enumerated() {
            interceptParts.append((index + 1, -column.factor * column.centre))
        }
        var rows = [
            row(
                "(intercept)", LogisticFit.ownIntercept(result.theta, design),
                variance(interceptParts), nil)
        ]
        let cost = Double(objective.labels.count) * Double(order * order * order)
        let best = firth.flatMap { cost <= FirthMethod.profileLimit ? $0.state(result.theta) : nil }
        for (index, column) in design.columns.enumerated() {
            let unit = column.ownScale
            let spread = variance([(index + 1, 1)])
            var profile: FirthMethod.Profile?
            if let best, let firth {
                profile = firth.profile(
                    index + 1, best: best, error: spread.squareRoot(), quantile: z)
            }
            rows.append(
                row(
                    design.name(index, names), result.theta[index + 1] * unit,
                    spread * unit * unit, inflation?[index, index], profile, unit: unit))
        }
        self.rows = rows
        method =
            isFirth
            ? (best == nil ? .firthWald : .firthProfile)
            : (penalty.contains { $0 > 0 } ? .ridge : .information)
    }
}
