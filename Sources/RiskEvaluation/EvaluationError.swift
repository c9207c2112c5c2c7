/// Why scores and labels cannot be evaluated. Rows count from 0.
public enum EvaluationError: Error, Equatable, Sendable {
    /// There are no rows.
    case noRows
    /// A column is shorter or longer than the labels.
    case sizeMismatch(column: String, expected: Int, found: Int)
    /// A score is NaN: it has no place in a ranking.
    case notANumber(row: Int)
    /// A probability is NaN or outside 0...1.
    case notAProbability(row: Int, value: Double)
    /// A weight is negative, infinite or NaN.
    case invalidWeight(row: Int, value: Double)
    /// Every row (of a weight above zero) has this label, so there is nothing to tell apart.
    case oneClassOnly(label: Bool)
    /// A row names no entity (its code is negative).
    case missingEntity(row: Int)
    /// A setting is outside its range; the text says which and what was expected.
    case invalidSetting(String)
}

extension EvaluationError: CustomStringConvertible {
    /// What was found and what was expected.
    public var description: String {
        switch self {
        case .noRows:
            "there are no rows to evaluate"
        case .sizeMismatch(let column, let expected, let found):
            "\(column) has \(found) rows where the labels have \(expected)"
        case .notANumber(let row):
            "the score of row \(row) is not a number"
        case .notAProbability(let row, let value):
            "row \(row): expected a probability from 0 to 1, found \(value)"
        case .invalidWeight(let row, let value):
            "row \(row): expected a weight of at least 0, found \(value)"
        case .oneClassOnly(let label):
            "every row is \(label ? "positive" : "negative"): ranking needs both classes"
        case .missingEntity(let row):
            "row \(row) names no entity"
        case .invalidSetting(let message):
            message
        }
    }
}

/// Checks of the input that the metrics share.
enum Checks {
    static func size(
        _ column: String, _ found: Int, expected: Int
    ) throws(EvaluationError) {
        if found != expected {
            throw .sizeMismatch(column: column, expected: expected, found: found)
        }
    }

    static func weights(_ weights: [Double]?, expected: Int) throws(EvaluationError) {
        guard let weights else { return }
        try size("weights", weights.count, expected: expected)
        // Beyond this bound sums of weights, and of their squares over many rows, leave the doubles.
        for (row, weight) in weights.enumerated() where !(weight >= 0 && weight <= 1e100) {
            throw .invalidWeight(row: row, value: weight)
        }
    }

    static func probabilities(_ values: [Double], expected: Int) throws(EvaluationError) {
        try size("probabilities", values.count, expected: expected)
        for (row, value) in values.enumerated() where !(value >= 0 && value <= 1) {
            throw .notAProbability(row: row, value: value)
        }
    }

    /// Whether rows of a weight above zero carry both labels.
    static func bothClasses(_ labels: [Bool], _ weights: [Double]?) throws(EvaluationError) {
        if labels.isEmpty { throw .noRows }
        var seenPositive = false
        var seenNegative = false
        for (row, label) in labels.enumerated() where weights == nil || weights![row] > 0 {
            if label { seenPositive = true } else { seenNegative = true }
            if seenPositive && seenNegative { return }
        }
        if !seenPositive && !seenNegative { throw .noRows }
        throw .oneClassOnly(label: seenPositive)
    }
}
