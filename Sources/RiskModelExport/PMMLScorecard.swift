import RiskJSON
import RiskModel

/// A model as a scorecard of PMML 4.4 (dmg.org/pmml/v4-4/Scorecard.html).
///
/// Partial scores are whole numbers of units, which evaluators add as doubles: sums below 2^53 are exact
/// in any order. A bin is an attribute, a value belongs to the first whose predicate holds; reason
/// codes are the features' names, ranked by their points above the typical ones. The probability is
/// spelled out in the scorer's own arithmetic, an evaluator's own exp being off by an ULP.
struct PMMLScorecard {
    let model: AdditiveModel
    let reasons: Int

    init(_ model: AdditiveModel, reasons: Int) throws(Mistakes) {
        self.model = model
        self.reasons = reasons
        guard (0...20).contains(reasons) else {
            throw .one("expected 0 to 20 reasons, found \(reasons)")
        }
        if model.terms.isEmpty { throw .one("a scorecard needs a term at least", path: "tables") }
        let names =
            [(model.name, "name")]
            + model.features.enumerated().map { ($1.name, "features[\($0)].name") }
        for (name, path) in names where !XMLWriter.canCarry(name) {
            throw .one("\(quoted(name)) has a character that XML cannot carry", path: path)
        }
        try model.refuseFeatures(
            named: ["risk_units", "risk_log_odds", "risk_probability", "risk_points"]
                + Step.allCases.map(\.rawValue) + (0..<reasons).map { "risk_reason_\($0 + 1)" })
    }

    func export() -> ModelExport {
        let steps = PointSteps(model)
        var outputs = ["risk_units", "risk_log_odds", "risk_probability"]
        if steps != nil { outputs.append("risk_points") }
        outputs += (0..<reasons).map { "risk_reason_\($0 + 1)" }
        var writer = XMLWriter()
        writer.add("PMML", ["version": "4.4", "xmlns": "http://www.dmg.org/PMML-4_4"]) { pmml in
            pmml.add("Header", ["description": model.name]) { header in
                header.add("Application", ["name": "RiskKit"])
            }
            pmml.add("DataDictionary", ["numberOfFields": "\(model.features.count)"]) { fields in
                for feature in model.features {
                    fields.add(
                        "DataField",
                        ["name": feature.name, "optype": "continuous", "dataType": "double"]
                    ) { $0.add("Value", ["value": "NaN", "property": "missing"]) }
                }
            }
            writeScorecard(steps, into: &pmml)
        }
        return ModelExport(
            bytes: Array(writer.text.utf8), outputs: outputs,
            notes: steps == nil ? [PointSteps.note] : [])
    }

    private func writeScorecard(_ steps: PointSteps?, into pmml: inout XMLWriter) {
        pmml.add(
            "Scorecard",
            [
                "modelName": model.name, "functionName": "regression",
                "initialScore": "\(model.intercept)",
                "useReasonCodes": reasons > 0 ? "true" : "false",
                "reasonCodeAlgorithm": "pointsAbove", "baselineMethod": "mean",
            ]
        ) { card in
            card.add("MiningSchema", [:]) { schema in
                for feature in model.features {
                    schema.add(
                        "MiningField", ["name": feature.name, "invalidValueTreatment": "asIs"])
                }
            }
            card.add("Output", [:]) { writeOutputs(steps, into: &$0) }
            card.add("Characteristics", [:]) { list in
                for term in model.terms { write(term, into: &list) }
            }
        }
    }

    // MARK: Characteristics

    private func write(_ term: Term, into list: inout XMLWriter) {
        let name = model.features[term.feature].name
        let attributes: KeyValuePairs<String, String> =
            reasons > 0
            ? [
                "name": name, "reasonCode": name,
                // Half a unit more, because evaluators name a term that is just typical too.
                "baselineScore": "\(Double(term.typicalUnits) + 0.5)",
            ]
            : ["name": name]
        list.add("Characteristic", attributes) { bins in
            switch term {
            case .table(let table):
                add(Int64(table.missingUnits), name, "isMissing", nil, &bins)
                for (cut, units) in zip(table.cutPoints, table.units) {
                    add(Int64(units), name, "lessOrEqual", cut, &bins)
                }
                addRest(Int64(table.units[table.units.count - 1]), &bins)
            case .linear(let term): write(term, name, into: &bins)
            }
        }
    }

    private func add(
        _ units: Int64, _ field: String, _ operation: String, _ value: Double?,
        _ bins: inout XMLWriter
    ) {
        bins.add("Attribute", ["partialScore": "\(units)"]) { bin in
            predicate(field, operation, value, &bin)
        }
    }

    private func predicate(
        _ field: String, _ operation: String, _ value: Double?, _ bin: inout XMLWriter
    ) {
        if let value {
            bin.add(
                "SimplePredicate",
                ["field": field, "operator": operation, "value": Self.text(value)])
        } else {
            bin.add("SimplePredicate", ["field": field, "operator": operation])
        }
    }

    private func addRest(_ units: Int64, _ bins: inout XMLWriter) {
        bins.add("Attribute", ["partialScore": "\(units)"]) { $0.add("True", [:]) }
    }

    private func write(_ term: LinearTerm, _ name: String, into bins: inout XMLWriter) {
        add(term.missingUnits, name, "isMissing", nil, &bins)
        let range = LinearRange(term)
        guard range.zero.isFinite else { return addRest(0, &bins) }
        add(-range.limit, name, "lessOrEqual", -range.bound, &bins)
        add(range.limit, name, "greaterOrEqual", range.bound, &bins)
        bins.add("Attribute", [:]) { bin in
            bin.add("True", [:])
            bin.add("ComplexPartialScore", [:]) { score in
                let product = Expression.call(
                    "*", .call("*", .real(term.coefficient), .field(name)),
                    .real(LogOdds.unitsPerOne))
                Expression.whole(product).write(into: &score)
            }
        }
    }

    /// A double as xs:double writes it; -0 as 0, which some evaluators do not take for equal.
    static func text(_ value: Double) -> String {
        if value.isInfinite { return value > 0 ? "INF" : "-INF" }
        return value == 0 ? "0.0" : "\(value)"
    }

    /// An expression of PMML.
    indirect enum Expression {
        case real(Double)
        case field(String)
        case apply(String, [Expression])

        static func call(_ function: String, _ arguments: Expression...) -> Expression {
            .apply(function, arguments)
        }

        /// Rounded to a whole number, ties to even; for magnitudes below 2^51.
        static func whole(_ value: Expression) -> Expression {
            .call("-", .call("+", value, .real(ExpArithmetic.round)), .real(ExpArithmetic.round))
        }

        func write(into writer: inout XMLWriter) {
            switch self {
            case .real(let value):
                writer.add("Constant", ["dataType": "double"], text: PMMLScorecard.text(value))
            case .field(let name): writer.add("FieldRef", ["field": name])
            case .apply(let function, let arguments):
                writer.add("Apply", ["function": function]) { inner in
                    for argument in arguments { argument.write(into: &inner) }
                }
            }
        }
    }
}
