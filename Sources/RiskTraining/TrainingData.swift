import RiskColumns

/// What a learner learns from: vectors, and what became of each.
public struct TrainingData: Sendable {
    /// The feature vectors; NaN where a value is missing.
    public var matrix: FeatureMatrix
    /// Whether the event happened (fraud, default), one a row.
    public var labels: [Bool]
    /// Observation weights, finite and not negative, one a row; nil means 1 each. A row of weight 2
    /// counts exactly as the row twice, a row of weight 0 as none.
    public var weights: [Double]?
    /// When each row happened, in any unit that grows with time: the latest rows are held out. nil where nobody
    /// knows: a share of either class is held out, drawn by what rows hold.
    public var times: [Int64]?
    /// The rate of events in the population, in (0, 1), where rows were drawn or weighted by their label: the
    /// probabilities are corrected to it. nil where the (weighted) rows are like the population.
    public var populationRate: Double?

    /// Makes training data; `train` checks it.
    public init(
        matrix: FeatureMatrix, labels: [Bool], weights: [Double]? = nil, times: [Int64]? = nil,
        populationRate: Double? = nil
    ) {
        self.matrix = matrix
        self.labels = labels
        self.weights = weights
        self.times = times
        self.populationRate = populationRate
    }
}

extension TrainingData {
    /// The same with the features in the order of their names.
    var inNameOrder: TrainingData {
        var data = self
        data.matrix = matrix.inNameOrder
        return data
    }
}

/// Why nothing could be learned.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no row, or none with a weight above zero.
    case noRows
    /// There are more rows than 32 bits number.
    case tooManyRows(Int)
    /// Labels, weights or times do not match the rows in number.
    case countMismatch(what: String, count: Int, rows: Int)
    /// Two features have the same name.
    case duplicateFeature(String)
    /// A weight is negative or not finite; the row counts from 0.
    case badWeight(row: Int, value: String)
    /// The label is the same in all rows that have a weight.
    case oneClass(label: Bool, rows: Int)
    /// Every feature is missing in every row.
    case allMissing(features: [String])
    /// No feature has two different values.
    case nothingVaries(features: [String])
    /// A feature has infinite values, which a linear model cannot take.
    case infiniteValues(feature: String, rows: Int)
    /// Without a penalty there is no finite solution, because the features tell the classes apart.
    case separated(by: String)
    /// Newton's method did not arrive.
    case notConverged(iterations: Int)
    /// A feature lies so far from zero that its contribution does not fit a linear term.
    case notRepresentable(feature: String, range: String)
    /// The rows cannot be divided into folds to choose λ.
    case cannotFold(String)
    /// A class has fewer rows than there are folds.
    case tooFewForFolds(rows: Int, folds: Int)
    /// More columns than a penalised fit works with at a time.
    case tooManyColumns(Int, most: Int)
    /// More columns than Newton's method takes, which works with all of them at a time.
    case tooManyColumnsForNewton(Int, most: Int)
    /// An offset is missing or infinite.
    case badOffset(feature: String, rows: Int)
    /// A setting is outside its range.
    case badSetting(String)
    /// A partition, counted from 1, did not do what it was asked to do.
    case partition(Int, String)
    /// Statistics or requests of partitions that do not fit the rows, or each other.
    case badPartition(String)

    /// What is wrong, in words.
    public var description: String {
        switch self {
        case .noRows: "there are no rows to learn from (none has a weight above 0)"
        case .tooManyRows(let rows): "\(rows) rows: a learner takes at most 2147483647"
        case .countMismatch(let what, let count, let rows):
            "\(count) \(what) for \(rows) rows: expected one a row"
        case .duplicateFeature(let name): "there are two features called \"\(name)\""
        case .badWeight(let row, let value):
            "the weight of row \(row + 1) is \(value): expected a finite number, 0 or more"
        case .oneClass(let label, let rows):
            "the label has only one class: all \(rows) rows are \(label ? "positive" : "negative")"
        case .allMissing(let features):
            "all features are missing in all rows: \(listed(features))"
        case .nothingVaries(let features):
            "no feature has two different values: \(listed(features))"
        case .infiniteValues(let feature, let rows):
            "feature \"\(feature)\" is infinite in \(rows) rows: logistic regression needs finite "
                + "values (boosted stumps take infinite ones)"
        case .separated(let how):
            "\(how), so without a penalty no finite solution exists: set l2 above 0"
        case .notConverged(let iterations):
            "Newton's method did not converge in \(iterations) iterations"
        case .notRepresentable(let feature, let range):
            "feature \"\(feature)\" (\(range)) lies so far from zero that its contribution to the "
                + "log-odds passes 32: subtract a reference value from it first"
        case .cannotFold(let why): "the rows cannot be divided into folds to choose lambda: \(why)"
        case .tooFewForFolds(let rows, let folds):
            "the rows cannot be divided into \(folds) folds: one class has only \(rows)"
        case .tooManyColumns(let count, let most):
            "\(count) features share the work, more than the \(most) that are fitted together: a "
                + "larger lambda, or more weight on l1, keeps fewer"
        case .tooManyColumnsForNewton(let count, let most):
            "\(count) columns (features, and indicators of missing values) are more than the "
                + "\(most) that this penalty takes: all are fitted together, with a square matrix of "
                + "them in memory; penalty l1 or elasticnet takes more"
        case .badOffset(let feature, let rows):
            "the offset \"\(feature)\" is missing or infinite in \(rows) rows: expected log-odds "
                + "in every row"
        case .badSetting(let message): message
        case .partition(let number, let message): "partition \(number): \(message)"
        case .badPartition(let message): message
        }
    }
}

/// At most ten names, quoted, and how many more there are.
func listed(_ names: [String]) -> String {
    let shown = names.prefix(10).map { "\"\($0)\"" }.joined(separator: ", ")
    return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
}
