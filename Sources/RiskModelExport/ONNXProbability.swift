import RiskModel

/// From log-odds to probability in ONNX, by the arithmetic of CRiskKernels.
extension ONNXModel {
    /// Adds the output `risk_probability`.
    func addProbability(_ units: String, _ logOdds: String, _ graph: inout ONNXGraph) {
        switch model.calibration {
        case .identity: logistic(logOdds, &graph)
        case .platt(let slope, let intercept):
            let grid = graph.constant([ExpArithmetic.grid])
            let product = graph.node("Mul", [graph.constant([slope]), logOdds])
            let line = graph.node("Add", [product, graph.constant([intercept])])
            let limit = ExpArithmetic.plattLimit
            let held = graph.node(
                "Clip",
                [
                    line, graph.constant([-limit], isScalar: true),
                    graph.constant([limit], isScalar: true),
                ])
            let whole = graph.node("Round", [graph.node("Mul", [held, grid])])
            logistic(graph.node("Div", [whole, grid]), &graph)
        case .isotonic(let knots, let probabilities):
            isotonic(units, knots, probabilities, &graph)
        }
        graph.add(output: "risk_probability", .double, columns: 1)
    }

    /// 1 / (1 + e^-x); see `ExpArithmetic`.
    private func logistic(_ x: String, _ graph: inout ONNXGraph) {
        func constant(_ value: Double, _ graph: inout ONNXGraph) -> String {
            graph.constant([value])
        }
        let magnitude = graph.node("Neg", [graph.node("Abs", [x])])
        let h = graph.node("Max", [magnitude, constant(ExpArithmetic.held, &graph)])
        let scaled = graph.node("Mul", [h, constant(ExpArithmetic.log2e, &graph)])
        let k = graph.node("Round", [scaled])
        let high = graph.node("Mul", [k, constant(ExpArithmetic.ln2High, &graph)])
        let low = graph.node("Mul", [k, constant(ExpArithmetic.ln2Low, &graph)])
        let r = graph.node("Sub", [graph.node("Sub", [h, high]), low])
        var p = constant(ExpArithmetic.coefficients[0], &graph)
        for coefficient in ExpArithmetic.coefficients.dropFirst() {
            let product = graph.node("Mul", [p, r])
            p = graph.node("Add", [product, constant(coefficient, &graph)])
        }
        let square = graph.node("Mul", [r, r])
        let rest = graph.node("Add", [r, graph.node("Mul", [square, p])])
        let one = constant(1, &graph)
        let reduced = graph.node("Add", [one, rest])
        // 2^k from a list, by -k.
        let place = graph.node(
            "Cast", [graph.node("Neg", [k])], ["to": ONNXGraph.Element.int64.rawValue])
        let exponents = (0...1077).map { -$0 }
        let near = graph.node(
            "Gather", [graph.constant(exponents.map(ExpRange.power)), place], ["axis": 0])
        let far = graph.node(
            "Gather",
            [
                graph.constant(
                    exponents.map { exponent in
                        let isFar = exponent < ExpArithmetic.farExponent
                        let shift = isFar ? -ExpArithmetic.farShift : 0
                        return Double(sign: .plus, exponent: shift, significand: 1)
                    }), place,
            ], ["axis": 0])
        let exact = graph.node("Mul", [graph.node("Mul", [reduced, near]), far])
        let isZero = graph.node("Less", [h, constant(ExpArithmetic.lowest, &graph)])
        let zero = constant(0, &graph)
        let e = graph.node("Where", [isZero, zero, exact])
        let isNegative = graph.node("Less", [x, zero])
        let numerator = graph.node("Where", [isNegative, e, one])
        _ = graph.node(
            "Div", [numerator, graph.node("Add", [one, e])], output: "risk_probability")
    }

    /// Straight lines between knots; the bins outside have a slope of 0.
    private func isotonic(
        _ units: String, _ knots: [Int64], _ probabilities: [Double], _ graph: inout ONNXGraph
    ) {
        var starts = [probabilities[0]]
        var rises = [0.0]
        var origins: [Int64] = [knots[0]]
        var widths = [1.0]
        var ends = [probabilities[0]]
        for index in knots.indices {
            let isLast = index + 1 == knots.count
            let next = isLast ? index : index + 1
            starts.append(probabilities[index])
            rises.append(probabilities[next] - probabilities[index])
            origins.append(knots[index])
            widths.append(isLast ? 1 : Double(knots[next] - knots[index]))
            ends.append(probabilities[next])
        }
        // A knot itself belongs to what is above it.
        let limits = graph.integers(knots.map { $0 - 1 })
        let bin = graph.binPlace(units, limits, [0], [Int64(knots.count)])
        func entry(_ list: String, _ graph: inout ONNXGraph) -> String {
            graph.node("Gather", [list, bin], ["axis": 0])
        }
        let distance = graph.node(
            "Cast",
            [graph.node("Sub", [units, entry(graph.integers(origins), &graph)])],
            ["to": ONNXGraph.Element.double.rawValue])
        let share = graph.node("Div", [distance, entry(graph.constant(widths), &graph)])
        let rise = graph.node("Mul", [entry(graph.constant(rises), &graph), share])
        let value = graph.node("Add", [entry(graph.constant(starts), &graph), rise])
        _ = graph.node(
            "Min", [value, entry(graph.constant(ends), &graph)], output: "risk_probability")
    }
}
