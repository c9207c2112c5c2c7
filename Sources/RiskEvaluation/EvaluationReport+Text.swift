extension EvaluationReport {
    /// The report as tables of plain text, for people. Ends with a newline.
    public func text() -> String {
        var lines: [String] = []
        var counts = "\(grouped(rows)) rows, \(grouped(positives)) positive"
        if let entities { counts += ", \(grouped(entities)) entities" }
        if let days { counts += ", \(days) days" }
        lines.append(counts)
        if resamples > 0 {
            let unit = entities == nil ? "rows" : "entities"
            lines.append(
                "intervals: \(fixed(confidence * 100, 0)) %, \(resamples) resamples of \(unit)")
        }
        lines.append("")
        var metrics = [["metric", "value", "interval"]]
        func add(_ name: String, _ estimate: Estimate, _ digits: Int = 4) {
            metrics.append([name, fixed(estimate.value, digits), shown(estimate.interval, digits)])
        }
        add("base rate", baseRate, 5)
        add("ROC AUC", rocAUC)
        add("average precision", averagePrecision)
        add("KS statistic", ksStatistic)
        if let probability {
            add("log loss", probability.logLoss, 5)
            add("Brier score", probability.brierScore, 6)
            add("calibration error", probability.expectedCalibrationError, 5)
        }
        for capacity in capacities {
            let at = "at \(capacity.metrics.capacity) a day"
            add("precision \(at)", capacity.precision)
            add("recall \(at)", capacity.recall)
            add("entities caught \(at)", capacity.entityRecall)
        }
        lines += table(metrics, left: 1)
        if let brier = probability?.brier {
            lines.append("")
            lines.append(
                "Brier score in \(brier.binCount) bins: reliability \(fixed(brier.reliability, 6))"
                    + " - resolution \(fixed(brier.resolution, 6))"
                    + " + uncertainty \(fixed(brier.uncertainty, 6))"
                    + " + within bins "
                    + fixed(brier.withinBinVariance - brier.withinBinCovariance, 6))
        }
        lines.append("")
        lines += table(
            [["top of the list", "threshold", "precision", "recall", "lift"]]
                + gains.lines.map {
                    [
                        "\(fixed($0.share * 100, 1)) %", fixed($0.threshold, 4),
                        fixed($0.precision, 4), fixed($0.gain, 4), fixed($0.lift, 1),
                    ]
                })
        if let calibration = probability?.calibration {
            lines.append("")
            lines += table(
                [["probability from", "to", "rows", "predicted", "observed", "interval"]]
                    + calibration.bins.map {
                        [
                            fixed($0.probabilities.lowerBound, 5),
                            fixed($0.probabilities.upperBound, 5), grouped($0.rows),
                            fixed($0.meanProbability, 5), fixed($0.observedRate, 5),
                            shown($0.interval, 5),
                        ]
                    })
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Columns two spaces apart; the first `left` of them flush left, the others flush right.
private func table(_ rows: [[String]], left: Int = 0) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max()! }
    return rows.map { row in
        let cells = row.indices.map { column in
            let pad = String(repeating: " ", count: widths[column] - row[column].count)
            return column < left ? row[column] + pad : pad + row[column]
        }
        var line = cells.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }
}

private func shown(_ interval: ClosedRange<Double>?, _ digits: Int) -> String {
    interval.map { "\(fixed($0.lowerBound, digits)) ... \(fixed($0.upperBound, digits))" } ?? ""
}

/// A number with so many digits behind the point; "-" where it is not finite.
func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return value == .infinity ? "inf" : value.isNaN ? "-" : "-inf" }
    let power = (0..<digits).reduce(1.0) { power, _ in power * 10 }
    guard abs(value) * power < 1e15 else { return "\(value)" }
    let units = Int64((abs(value) * power).rounded())
    let text = String(units)
    let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
    let sign = value < 0 && units != 0 ? "-" : ""
    if digits == 0 { return sign + padded }
    return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
}

/// 1754155 as 1,754,155.
func grouped(_ value: Int) -> String {
    var text = ""
    for (index, digit) in String(value).reversed().enumerated() {
        if index > 0, index % 3 == 0 { text.append(",") }
        text.append(digit)
    }
    return String(text.reversed())
}
