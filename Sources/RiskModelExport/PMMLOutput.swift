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
        transformed("risk_probability", "double", into: &output) { writeProbability(into: &$0) }
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

    private func transformed(
        _ name: String, _ type: String, into output: inout XMLWriter,
        _ content: (inout XMLWriter) -> Void
    ) {
        output.add(
            "OutputField",
            [
                "name": name, "optype": "continuous", "dataType": type,
                "feature": "transformedValue",
            ], content)
    }

    private func writeProbability(into field: inout XMLWriter) {
        switch model.calibration {
        case .identity: logistic(.field("risk_log_odds")).write(into: &field)
        case .platt(let slope, let intercept):
            let line = Expression.call(
                "+", .call("*", .real(slope), .field("risk_log_odds")), .real(intercept))
            let limit = ExpArithmetic.plattLimit
            let held = Expression.call("max", .call("min", line, .real(limit)), .real(-limit))
            let grid = Expression.real(ExpArithmetic.grid)
            let magic = Expression.real(ExpArithmetic.round)
            let whole = Expression.call("-", .call("+", .call("*", held, grid), magic), magic)
            logistic(.call("/", whole, grid)).write(into: &field)
        case .isotonic(let knots, let probabilities):
            if knots.count == 1 {
                return Expression.real(probabilities[0]).write(into: &field)
            }
            field.add("NormContinuous", ["field": "risk_units", "outliers": "asExtremeValues"]) {
                for (knot, probability) in zip(knots, probabilities) {
                    $0.add(
                        "LinearNorm", ["orig": "\(knot)", "norm": Self.text(probability)])
                }
            }
        }
    }

    /// e^h / (1 + e^h) or 1 / (1 + e^h) for h = -|x|, as the scorer does: so small probabilities keep
    /// their digits.
    private func logistic(_ x: Expression) -> Expression {
        let e = Expression.call("exp", .call("-", .real(0), .call("abs", x)))
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
