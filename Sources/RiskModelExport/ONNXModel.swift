import RiskJSON
import RiskModel

/// A model as a graph of ONNX: int64 sums of look-ups among doubles.
///
/// ONNX has operators for trees, but they add floats; so the tables are searched by Gather and Less,
/// whose results are exact in any runtime. The logistic link is the arithmetic of CRiskKernels, node by
/// node, since a runtime's Exp is off by an ULP or two.
///
/// Inputs are columns by the features' names, double [rows, 1], NaN where missing. Outputs, each of so
/// many rows: `risk_units` int64, `risk_log_odds` and `risk_probability` double, `risk_points` int64; with
/// reasons `risk_reasons` int64 [rows, K], the index of the feature or -1, and `risk_reason_log_odds`.
struct ONNXModel {
    let model: AdditiveModel
    let reasons: Int

    /// Protocol Buffers take no more.
    private static let largest = Int(Int32.max)

    init(_ model: AdditiveModel, reasons: Int) throws(Mistakes) {
        self.model = model
        self.reasons = reasons
        guard (0...20).contains(reasons) else {
            throw .one("expected 0 to 20 reasons, found \(reasons)")
        }
        if model.features.isEmpty {
            throw .one("a model without features has no input", path: "features")
        }
        if model.terms.isEmpty, reasons > 0 { throw .one("a model without terms has no reasons") }
        try model.refuseFeatures(
            named: [
                "risk_units", "risk_log_odds", "risk_probability", "risk_points", "risk_reasons",
                "risk_reason_log_odds",
            ])
        let cells = model.tables.reduce(0) { $0 + 2 * $1.units.count + 32 }
        guard 8 * cells < Self.largest - (1 << 28) else {
            throw .one("the model is larger than ONNX's 2 GB", path: "tables")
        }
    }

    func export() -> ModelExport {
        let names = model.features.map(\.name)
        var graph = ONNXGraph(inputs: names)
        var outputs = ["risk_units", "risk_log_odds", "risk_probability"]
        let x = graph.node("Concat", names, ["axis": 1])
        let parts = contributions(x, &graph)
        let sum: String
        if let parts {
            sum = graph.node(
                "ReduceSum", [parts, graph.integers([1])], ["keepdims": 1])
        } else {
            // As many zeros as rows.
            let isBelow = graph.node("Less", [names[0], names[0]])
            sum = graph.node("Cast", [isBelow], ["to": ONNXGraph.Element.int64.rawValue])
        }
        let units = graph.node(
            "Add", [sum, graph.integers([model.intercept])], output: "risk_units")
        graph.add(output: units, .int64, columns: 1)
        let real = graph.node("Cast", [units], ["to": ONNXGraph.Element.double.rawValue])
        let logOdds = graph.node(
            "Mul", [real, graph.constant([1 / LogOdds.unitsPerOne])], output: "risk_log_odds")
        graph.add(output: logOdds, .double, columns: 1)
        addProbability(units, logOdds, &graph)
        var notes: [String] = []
        if let steps = PointSteps(model) {
            outputs.append("risk_points")
            addPoints(steps, units, &graph)
        } else {
            notes.append(PointSteps.note)
        }
        if reasons > 0, let parts {
            outputs += ["risk_reasons", "risk_reason_log_odds"]
            addReasons(parts, &graph)
        }
        let features = Node.array(names.map { Node($0) }).json()
        let bytes = graph.model(
            name: model.name,
            properties: [("model", model.name), ("features", features)])
        return ModelExport(bytes: bytes, outputs: outputs, notes: notes)
    }

    // MARK: Units

    /// The units of every term, int64 [rows, terms], in the order of `orderedTerms`; nil where there are none.
    private func contributions(_ x: String, _ graph: inout ONNXGraph) -> String? {
        let tables = tableUnits(x, &graph)
        let linear = linearUnits(x, &graph)
        guard let tables else { return linear }
        guard let linear else { return tables }
        return graph.node("Concat", [tables, linear], ["axis": 1])
    }

    private var orderedTerms: [Term] {
        model.tables.map { Term.table($0) } + model.linearTerms.map { Term.linear($0) }
    }

    private func columns(
        _ x: String, _ features: [Int], _ graph: inout ONNXGraph
    ) -> String {
        graph.node("Gather", [x, graph.integers(features.map(Int64.init))], ["axis": 1])
    }

    private func tableUnits(_ x: String, _ graph: inout ONNXGraph) -> String? {
        let tables = model.tables
        guard !tables.isEmpty else { return nil }
        let values = columns(x, tables.map(\.feature), &graph)
        // A table without cut points gets one that nothing is above.
        let lists = ONNXGraph.Lists(
            limits: tables.map { $0.cutPoints.isEmpty ? [.infinity] : $0.cutPoints })
        let flat = tables.flatMap { table in
            table.cutPoints.isEmpty
                ? [Int64(table.units[0]), Int64(table.units[0])] : table.units.map(Int64.init)
        }
        let limits = graph.constant(lists.limits.flatMap { $0 })
        let place = graph.binPlace(values, limits, lists.starts, lists.counts)
        let units = graph.node("Gather", [graph.integers(flat), place], ["axis": 0])
        let missing = graph.integers(tables.map { Int64($0.missingUnits) })
        return graph.node("Where", [graph.node("IsNaN", [values]), missing, units])
    }

    private func linearUnits(_ x: String, _ graph: inout ONNXGraph) -> String? {
        let terms = model.linearTerms
        guard !terms.isEmpty else { return nil }
        let values = columns(x, terms.map(\.feature), &graph)
        let scaled = graph.node("Mul", [values, graph.constant(terms.map(\.coefficient))])
        let product = graph.node("Mul", [scaled, graph.constant([LogOdds.unitsPerOne])])
        let isNaN = graph.node("IsNaN", [product])
        let number = graph.node("Where", [isNaN, graph.constant([0.0]), product])
        let limit = LogOdds.linearLimit
        let held = graph.node(
            "Clip",
            [
                number, graph.constant([-limit], isScalar: true),
                graph.constant([limit], isScalar: true),
            ])
        let whole = graph.node(
            "Cast", [graph.node("Round", [held])], ["to": ONNXGraph.Element.int64.rawValue])
        let missing = graph.integers(terms.map(\.missingUnits))
        return graph.node("Where", [graph.node("IsNaN", [values]), missing, whole])
    }

    // MARK: Points and reasons

    private func addPoints(_ steps: PointSteps, _ units: String, _ graph: inout ONNXGraph) {
        let limits = steps.limits.isEmpty ? [Int64.max] : steps.limits
        let values = steps.values.map(Int64.init) + (steps.limits.isEmpty ? [0] : [])
        let flat = graph.integers(limits)
        let place = graph.binPlace(units, flat, [0], [Int64(limits.count)])
        let points = graph.node(
            "Gather", [graph.integers(values), place], ["axis": 0], output: "risk_points")
        graph.add(output: points, .int64, columns: 1)
    }

    /// The terms most above typical: a term's distance and its feature are one number, so that TopK has
    /// no ties to break.
    private func addReasons(_ parts: String, _ graph: inout ONNXGraph) {
        let terms = orderedTerms
        let base: Int64 = 65536
        let above = graph.node("Sub", [parts, graph.integers(terms.map(\.typicalUnits))])
        let keys = graph.node(
            "Add",
            [
                graph.node("Mul", [above, graph.integers([base])]),
                graph.integers(terms.map { base - 1 - Int64($0.feature) }),
            ])
        let count = min(reasons, terms.count)
        let top = graph.pair(
            "TopK", [keys, graph.integers([Int64(count)])], ["axis": 1, "largest": 1, "sorted": 1]
        ).0
        let isReason = graph.node("Less", [graph.integers([base - 1]), top])
        let held = graph.node("Where", [isReason, top, graph.integers([base - 1])])
        let place = graph.node("Mod", [held, graph.integers([base])])
        let feature = graph.node("Sub", [graph.integers([base - 1]), place])
        let named = graph.node(
            "Where", [isReason, feature, graph.integers([-1])], output: "risk_reasons")
        let distance = graph.node(
            "Cast", [graph.node("Sub", [held, place])],
            ["to": ONNXGraph.Element.double.rawValue])
        let logOdds = graph.node(
            "Mul", [distance, graph.constant([1 / (Double(base) * LogOdds.unitsPerOne)])],
            output: "risk_reason_log_odds")
        graph.add(output: named, .int64, columns: count)
        graph.add(output: logOdds, .double, columns: count)
    }
}
