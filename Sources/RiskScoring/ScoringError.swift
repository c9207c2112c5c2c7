import RiskJSON

/// Why a matrix cannot be scored by a model: its columns are matched by name, never by position.
public enum ScoringError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Features of the model that are no column; with what the nearest columns are called.
    case missingColumns([String], available: [String])
    /// A feature's name that two columns bear.
    case duplicateColumn(String)

    /// What was found and what was expected.
    public var description: String {
        switch self {
        case .missingColumns(let names, let available):
            let named = names.prefix(10).map { name in
                "column \(quoted(name)) is missing\(suggestion(for: name, among: available))"
            }
            let more = names.count > 10 ? ["and \(names.count - 10) more"] : []
            return (named + more).joined(separator: "\n")
        case .duplicateColumn(let name):
            return "column \(quoted(name)) stands twice"
        }
    }
}
