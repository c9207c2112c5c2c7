import RiskJSON
import RiskModel

/// A model as SQL: an integer sum of look-ups, layer by layer.
///
///     SELECT b.*, probability FROM (SELECT a.*, units / 2^18 FROM (SELECT t.*, sum AS units FROM T t) a) b
///
/// Every layer's new columns are computed from those of the one below, so nothing is written twice;
/// `SQLDialect.fence` keeps planners from doing so by themselves.
struct SQLStatement {
    let model: AdditiveModel
    let options: SQLOptions
    let steps: PointSteps?
    var dialect: SQLDialect { options.dialect }

    init(_ model: AdditiveModel, _ options: SQLOptions) throws(Mistakes) {
        self.model = model
        self.options = options
        steps = options.table == nil ? nil : PointSteps(model)
        try options.check(model, outputs: options.outputs(of: model, hasPoints: true))
    }

    func export() -> ModelExport {
        let outputs = options.outputs(of: model, hasPoints: steps != nil)
        var notes: [String] = []
        if options.table != nil, steps == nil { notes.append(PointSteps.note) }
        let text = options.table.map { query(of: $0, outputs) } ?? expression
        return ModelExport(bytes: Array(text.utf8), outputs: outputs, notes: notes)
    }

    /// One expression of the log-odds, over columns by their bare names.
    private var expression: String {
        let parts =
            [dialect.integerStart(model.intercept)] + model.terms.map { units(of: $0, in: nil) }
        return logOdds(dialect.sum(parts)) + "\n"
    }

    /// The log-odds of a sum: the division by a power of two is exact.
    private func logOdds(_ units: String) -> String {
        "\(dialect.asReal(units)) / \(dialect.real(LogOdds.unitsPerOne))"
    }

    // MARK: Layers

    private func query(of table: String, _ outputs: [String]) -> String {
        var text = ""
        if let view = options.view {
            text += "CREATE VIEW \(dialect.qualified(view)) AS\n"
        }
        var layers = Layers(dialect: dialect)
        let carried = options.columns.map { $0.map(dialect.identifier) }
        layers.begin(
            table: dialect.qualified(table), carried: carried?.map { "t.\($0)" } ?? ["t.*"])
        if options.reasons > 0 {
            addReasonKeys(&layers)
        } else {
            let parts = model.terms.map { units(of: $0, in: "t") }
            layers.add("risk_units", dialect.sum([dialect.integerStart(model.intercept)] + parts))
        }
        layers.close()
        layers.add("risk_log_odds", logOdds("risk_units"))
        if case .platt(let slope, let intercept) = model.calibration {
            layers.close()
            layers.add(
                "risk_calibrated_log_odds",
                dialect.plattLogOdds(
                    "risk_log_odds", slope, intercept, isHeld: ExpRange(model).isHeldByPlatt))
        }
        layers.close()
        layers.add("risk_probability", probability)
        if let steps {
            layers.add(
                "risk_points",
                dialect.lookup(
                    "risk_units", whole: steps.limits,
                    values: steps.values.map { dialect.integer(Int64($0)) }))
        }
        if options.reasons > 0, let carried {
            addReasons(&layers)
            layers.close()
            layers.choose(carried + outputs)
        }
        text += layers.text + (options.view == nil ? "\n" : ";\n")
        let title = "-- \(commentText(model.name)): log-odds, probability and points, by RiskKit.\n"
        return title + dialect.preamble(bytes: text.utf8.count) + text
    }

    private var probability: String {
        switch model.calibration {
        case .identity: dialect.logistic("risk_log_odds", ExpRange(model))
        case .platt: dialect.logistic("risk_calibrated_log_odds", ExpRange(model))
        case .isotonic(let knots, let probabilities):
            dialect.isotonic("risk_units", knots, probabilities)
        }
    }

    // MARK: Terms

    /// The units of a feature's value; what is neither below nor above infinity is missing.
    private func units(of term: Term, in alias: String?) -> String {
        let name = dialect.identifier(model.features[term.feature].name)
        let x = dialect.asReal(alias.map { "\($0).\(name)" } ?? name)
        switch term {
        case .table(let table):
            let tree = dialect.lookup(
                x, cutPoints: table.cutPoints,
                values: table.units.map { dialect.integer(Int64($0)) })
            let missing = dialect.integer(Int64(table.missingUnits))
            return "CASE WHEN \(x) <= \(dialect.infinity) THEN \(tree) ELSE \(missing) END"
        case .linear(let term):
            return linearUnits(term, x)
        }
    }

    private func linearUnits(_ term: LinearTerm, _ x: String) -> String {
        let range = LinearRange(term)
        let missing = dialect.integer(term.missingUnits)
        guard range.zero.isFinite else {
            return "CASE WHEN \(x) <= \(dialect.infinity) THEN 0 ELSE \(missing) END"
        }
        let product =
            "\(dialect.real(term.coefficient)) * \(x) * \(dialect.real(LogOdds.unitsPerOne))"
        let magic = dialect.real(ExpArithmetic.round)
        let whole = dialect.asInteger("(\(product) + \(magic)) - \(magic)")
        let (zero, bound) = (range.zero, range.bound)
        return """
            CASE WHEN \(x) >= \(dialect.real(bound)) AND \(x) <= \(dialect.infinity) \
            THEN \(dialect.integer(range.limit)) \
            WHEN \(x) <= \(dialect.real(-bound)) THEN \(dialect.integer(-range.limit)) \
            WHEN \(x) >= \(dialect.real(-zero)) AND \(x) <= \(dialect.real(zero)) THEN 0 \
            WHEN \(x) <= \(dialect.infinity) THEN \(whole) ELSE \(missing) END
            """
    }

    // MARK: Reasons

    /// A term's distance from its typical units and its feature as one number, which sorts like reasons:
    /// the largest distance first, of equal ones the feature that stands first.
    private static let keyBase: Int64 = 65536

    private func addReasonKeys(_ layers: inout Layers) {
        let terms = model.terms
        for (place, term) in terms.enumerated() {
            layers.add("risk_term_\(place)", units(of: term, in: "t"))
        }
        layers.close()
        let columns = terms.indices.map { "risk_term_\($0)" }
        layers.add("risk_units", dialect.sum([dialect.integerStart(model.intercept)] + columns))
        for (place, term) in terms.enumerated() {
            let base = Self.keyBase
            layers.add(
                "risk_key_\(place)",
                "(\(dialect.asInteger("risk_term_\(place)")) - \(dialect.integer(term.typicalUnits)))"
                    + " * \(base) + \(base - 1 - Int64(term.feature))")
        }
    }

    private func addReasons(_ layers: inout Layers) {
        let terms = model.terms
        for rank in 0..<options.reasons {
            layers.close()
            let keys = terms.indices.map { place in
                rank == 0
                    ? "risk_key_\(place)"
                    : "CASE WHEN risk_key_\(place) < risk_rank_\(rank) THEN risk_key_\(place) ELSE 0 END"
            }
            layers.add("risk_rank_\(rank + 1)", dialect.extreme(keys + ["0"]))
        }
        layers.close()
        let base = Self.keyBase
        for rank in 1..<(options.reasons + 1) {
            let key = "risk_rank_\(rank)"
            // A model without terms has no reason to give.
            let limits = terms.indices.dropLast().map { Int64(terms[$0].feature) }
            let names = terms.map { dialect.text(model.features[$0.feature].name) }
            let name =
                names.isEmpty
                ? "NULL"
                : tree("\(base - 1) - \(key) % \(base)", limits, names)
            layers.add(
                "risk_reason_\(rank)", "CASE WHEN \(key) >= \(base) THEN \(name) ELSE NULL END")
            let above = dialect.asReal("\(key) - \(key) % \(base)")
            let unit = dialect.real(Double(base) * LogOdds.unitsPerOne)
            layers.add(
                "risk_reason_\(rank)_log_odds",
                "CASE WHEN \(key) >= \(base) THEN \(above) / \(unit) ELSE NULL END")
        }
    }

    private func tree(_ x: String, _ limits: [Int64], _ values: [String]) -> String {
        dialect.lookup(x, limits: limits.map(dialect.integer), values: values)
    }
}

extension SQLDialect {
    /// The first summand, which makes the sum one of 64 bits.
    func integerStart(_ value: Int64) -> String { asInteger(integer(value)) }
}

/// Queries around queries, each of which has the columns of the one inside and some of its own.
private struct Layers {
    let dialect: SQLDialect
    private var columns: [String] = []
    private var source = ""
    private var depth = 0

    init(dialect: SQLDialect) { self.dialect = dialect }

    /// The query.
    var text: String { "SELECT \(columns.joined(separator: ",\n "))\n\(source)" }

    mutating func begin(table: String, carried: [String]) {
        columns = carried
        source = "FROM \(table) t"
    }

    /// A column of the layer under construction.
    mutating func add(_ name: String, _ expression: String) {
        columns.append("\(expression) AS \(name)")
    }

    /// Puts a layer around what there is.
    mutating func close() {
        source = "FROM (\n\(text)\(dialect.fence.inside)\n) s\(depth)\(dialect.fence.outside)"
        columns = ["s\(depth).*"]
        depth += 1
    }

    /// In the layer under construction, these columns and no others.
    mutating func choose(_ names: [String]) { columns = names }
}
