import RiskModel

/// What a scorecard gives: the sum, and what follows from it.
extension PMMLScorecard {
    func writeOutputs(_ steps: PointSteps?, into output: inout XMLWriter) {
        output.add(
            "OutputField",
            [
                "name": "risk_units", "optype": "continuous", "dataType": "double",
                "feature": "predictedValue",
            ])
        transformed("risk_log_odds", "double", into: &output) { field in
            Expression.call("*", .field("risk_units"), .real(1 / LogOdds.unitsPerOne))
                .write(into: &field)
        }
        writeProbability(into: &output)
        if let steps {
            transformed("risk_points", "integer", into: &output) { write(steps, into: &$0) }
        }
        for rank in 0..<reasons {
            output.add(
                "OutputField",
                [
                    "name": "risk_reason_\(rank + 1)", "optype": "categorical",
                    "dataType": "string", "feature": "reasonCode", "rank": "\(rank + 1)",
                ])
        }
    }

    /// - Parameter isFinal: whether it is a result, and not a step on the way to one.
    private func transformed(
        _ name: String, _ type: String, isFinal: Bool = true, into output: inout XMLWriter,
        _ content: (inout XMLWriter) -> Void
    ) {
        let attributes: KeyValuePairs<String, String> =
            isFinal
            ? [
                "name": name, "optype": "continuous", "dataType": type,
                "feature": "transformedValue",
            ]
            : [
                "name": name, "optype": "continuous", "dataType": type,
                "feature": "transformedValue", "isFinalResult": "false",
            ]
        output.add("OutputField", attributes, content)
    }

    /// A step on the way to the probability.
    private func step(
        _ field: Step, into output: inout XMLWriter, _ expression: Expression
    ) -> Expression {
        transformed(field.rawValue, "double", isFinal: false, into: &output) {
            expression.write(into: &$0)
        }
        return .field(field.rawValue)
    }

    /// The fields that are steps on the way to the probability: see `ExpArithmetic`.
    enum Step: String, CaseIterable {
        case x = "risk_exp_x"
        case h = "risk_exp_h"
        case k = "risk_exp_k"
        case r = "risk_exp_r"
        case e = "risk_exp"
    }

    private func writeProbability(into output: inout XMLWriter) {
        let probability: Expression
        switch model.calibration {
        case .identity: probability = logistic(.field("risk_log_odds"), into: &output)
        case .platt(let slope, let intercept):
            let line = Expression.call(
                "+", .call("*", .real(slope), .field("risk_log_odds")), .real(intercept))
            let limit = ExpArithmetic.plattLimit
            let held = Expression.call("max", .call("min", line, .real(limit)), .real(-limit))
            let grid = Expression.real(ExpArithmetic.grid)
            let x = step(
                .x, into: &output, .call("/", .whole(.call("*", held, grid)), grid))
            probability = logistic(x, into: &output)
        case .isotonic(let knots, let probabilities):
            guard knots.count > 1 else {
                probability = .real(probabilities[0])
                break
            }
            transformed("risk_probability", "double", into: &output) {
                $0.add(
                    "NormContinuous", ["field": "risk_units", "outliers": "asExtremeValues"]
                ) {
                    for (knot, probability) in zip(knots, probabilities) {
                        $0.add(
                            "LinearNorm", ["orig": "\(knot)", "norm": Self.text(probability)])
                    }
                }
            }
            return
        }
        transformed("risk_probability", "double", into: &output) { probability.write(into: &$0) }
    }

    /// 1 / (1 + e^-x) by the scorer's own arithmetic; 2^k is exact in Java's pow.
    private func logistic(_ x: Expression, into output: inout XMLWriter) -> Expression {
        let h = step(
            .h, into: &output,
            .call("max", .call("-", .real(0), .call("abs", x)), .real(ExpArithmetic.held)))
        let k = step(.k, into: &output, .whole(.call("*", h, .real(ExpArithmetic.log2e))))
        let high = Expression.call("*", k, .real(ExpArithmetic.ln2High))
        let low = Expression.call("*", k, .real(ExpArithmetic.ln2Low))
        let r = step(.r, into: &output, .call("-", .call("-", h, high), low))
        var p = Expression.real(ExpArithmetic.coefficients[0])
        for coefficient in ExpArithmetic.coefficients.dropFirst() {
            p = .call("+", .call("*", p, r), .real(coefficient))
        }
        let rest = Expression.call("+", r, .call("*", .call("*", r, r), p))
        let reduced = Expression.call("+", .real(1), rest)
        let isFar = Expression.call("lessThan", k, .real(Double(ExpArithmetic.farExponent)))
        let shift = Double(ExpArithmetic.farShift)
        let near = Expression.call(
            "pow", .real(2),
            .call("if", isFar, .call("+", k, .real(shift)), k))
        let factor = Double(sign: .plus, exponent: -ExpArithmetic.farShift, significand: 1)
        let far = Expression.call("if", isFar, .real(factor), .real(1))
        let e = step(
            .e, into: &output,
            .call(
                "if", .call("lessThan", h, .real(ExpArithmetic.lowest)), .real(0),
                .call("*", .call("*", reduced, near), far)))
        return .call(
            "/", .call("if", .call("lessThan", x, .real(0)), e, .real(1)),
            .call("+", .real(1), e))
    }

    private func write(_ steps: PointSteps, into field: inout XMLWriter) {
        field.add("Discretize", ["field": "risk_units", "dataType": "integer"]) { bins in
            for (index, value) in steps.values.enumerated() {
                bins.add("DiscretizeBin", ["binValue": "\(value)"]) { bin in
                    let left = index > 0 ? "\(steps.limits[index - 1])" : nil
                    let right = index < steps.limits.count ? "\(steps.limits[index])" : nil
                    switch (left, right) {
                    case (let left?, let right?):
                        bin.add(
                            "Interval",
                            ["closure": "openClosed", "leftMargin": left, "rightMargin": right])
                    case (let left?, nil):
                        bin.add("Interval", ["closure": "openOpen", "leftMargin": left])
                    case (nil, let right?):
                        bin.add("Interval", ["closure": "openClosed", "rightMargin": right])
                    case (nil, nil): bin.add("Interval", ["closure": "openOpen"])
                    }
                }
            }
        }
    }
}
