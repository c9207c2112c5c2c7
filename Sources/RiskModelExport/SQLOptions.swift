import RiskJSON
import RiskModel

/// What SQL is written.
public struct SQLOptions: Sendable {
    /// The database.
    public var dialect: SQLDialect
    /// The table whose rows are scored, parts divided by points; nil: one expression of the log-odds.
    public var table: String?
    /// The view that is created; nil: a query. Needs a table.
    public var view: String?
    /// The columns of the table that stand beside the scores; nil: all. Needs a table.
    public var columns: [String]?
    /// Reasons a row. Need `columns`.
    public var reasons: Int

    /// Makes the options.
    public init(
        dialect: SQLDialect, table: String? = nil, view: String? = nil, columns: [String]? = nil,
        reasons: Int = 0
    ) {
        self.dialect = dialect
        self.table = table
        self.view = view
        self.columns = columns
        self.reasons = reasons
    }

    /// The columns that are made, in their order.
    func outputs(of model: AdditiveModel, hasPoints: Bool) -> [String] {
        if table == nil { return ["log-odds"] }
        var names = ["risk_units", "risk_log_odds"]
        if case .platt = model.calibration { names.append("risk_calibrated_log_odds") }
        names.append("risk_probability")
        if hasPoints { names.append("risk_points") }
        for rank in 0..<reasons {
            names += ["risk_reason_\(rank + 1)", "risk_reason_\(rank + 1)_log_odds"]
        }
        return names
    }

    /// Refuses what cannot be, and names that the engine would mistake.
    func check(_ model: AdditiveModel, outputs: [String]) throws(Mistakes) {
        var mistakes: [Mistake] = []
        func note(_ message: String, _ path: String = "") {
            if mistakes.count < 100 {
                mistakes.append(Mistake(line: 0, path: path, message: message))
            }
        }
        if table == nil, view != nil || columns != nil || reasons > 0 {
            note("a view, columns and reasons need a table")
        }
        if reasons > 0, columns == nil {
            note("reasons need the columns to carry along: at least the rows' key")
        }
        if !(0...20).contains(reasons) { note("expected 0 to 20 reasons, found \(reasons)") }
        for name in [table, view].compactMap({ $0 }) {
            for part in name.split(separator: ".", omittingEmptySubsequences: false) {
                check(String(part), "the name \(quoted(name))", note)
            }
        }
        var seen: [String: Int] = [:]
        for (index, feature) in model.features.enumerated() {
            let path = "features[\(index)].name"
            check(feature.name, path, note)
            if let other = seen.updateValue(index, forKey: dialect.folded(feature.name)) {
                note(
                    "\(quoted(feature.name)) and \(quoted(model.features[other].name)) are one name "
                        + "to \(dialect.rawValue)", path)
            }
        }
        var carried: Set<String> = []
        for name in columns ?? [] {
            check(name, "the column \(quoted(name))", note)
            let folded = dialect.folded(name)
            if !carried.insert(folded).inserted { note("the column \(quoted(name)) stands twice") }
            if folded.hasPrefix("risk_") {
                note("the column \(quoted(name)) begins as those that the export makes, risk_")
            }
        }
        if !mistakes.isEmpty { throw Mistakes(mistakes) }
        if table != nil { try model.refuseFeatures(named: outputs, fold: dialect.folded) }
        if dialect == .postgresql { try refuseUnderflow(model) }
    }

    private func check(_ name: String, _ path: String, _ note: (String, String) -> Void) {
        if name.isEmpty { note("expected a name, found an empty text", path) }
        if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            note("a control character inside the name", path)
        }
        if dialect == .spark, name.contains("${") {
            note("Spark puts variables in the place of ${…}, in names too: \(quoted(name))", path)
        }
        if let limit = dialect.nameLimit, name.utf8.count > limit {
            note("\(dialect.rawValue) cuts names off after \(limit) bytes: \(quoted(name))", path)
        }
    }

    /// PostgreSQL ends a query where a product is too small for a double.
    private func refuseUnderflow(_ model: AdditiveModel) throws(Mistakes) {
        let least = 1e-280
        switch model.calibration {
        case .identity: return
        case .platt(let slope, _):
            if slope < least {
                throw .one("PostgreSQL cannot multiply by \(slope)", path: "calibration.slope")
            }
        case .isotonic(_, let probabilities):
            for (index, pair) in zip(probabilities, probabilities.dropFirst()).enumerated()
            where pair.1 > pair.0 && pair.1 - pair.0 < least {
                throw .one(
                    "PostgreSQL cannot multiply by \(pair.1 - pair.0)",
                    path: "calibration.probabilities[\(index)]")
            }
        }
    }
}
