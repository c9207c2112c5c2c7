/// What a logistic regression's coefficients cost.
public enum LogisticPenalty: String, CaseIterable, Sendable {
    /// Nothing: maximum likelihood.
    case none
    /// The ridge: squares.
    case l2
    /// The lasso: absolute values; coefficients that do not help are 0.
    case l1
    /// Both, mixed by `l1Ratio`.
    case elasticnet
    /// Half the logarithm of the information's determinant is added to the log-likelihood (Firth
    /// 1993): estimates with less bias, finite even where the classes are separated.
    case firth
}

/// Which λ of a path is taken.
public enum LambdaSelection: String, CaseIterable, Sendable {
    /// The one of the least mean loss on the folds.
    case minimum = "min"
    /// The largest whose mean loss is within one standard error of the least.
    case oneStandardError = "1se"
}

/// How rows are divided to choose λ.
public enum LambdaFoldKind: String, CaseIterable, Sendable {
    /// By time where times are given, else stratified.
    case automatic
    /// Each fold has its share of either class; rows are dealt by what they hold.
    case stratified
    /// Periods of equal weight: each is predicted from all earlier ones (rolling origin).
    case time
}

/// The sign that a coefficient must have, or be 0.
public enum CoefficientSign: String, CaseIterable, Sendable {
    /// More of the feature means no less risk.
    case positive
    /// More of the feature means no more risk.
    case negative
}

/// The path of penalties that is walked, and how one of them is chosen; glmnet's scale of λ:
///
///     Σ w · log loss / Σ w + λ · ((1 - l1Ratio) / 2 · Σ β² + l1Ratio · Σ |β|)
public struct LambdaPath: Sendable, Equatable {
    /// How many values of λ, from the least at which all coefficients are 0: in 2 ... 1000.
    public var count = 100
    /// The last λ as a share of the first, in (0, 1); nil for 0.0001, or 0.01 where there are fewer
    /// rows than columns.
    public var ratio: Double?
    /// Which λ is taken.
    public var selection = LambdaSelection.minimum
    /// How many folds are predicted, in 2 ... 50.
    public var folds = 10
    /// How rows are divided.
    public var foldKind = LambdaFoldKind.automatic

    /// The default: 100 values, 10 folds, the minimum.
    public init() {}
}
