import RiskTraining

extension TrainingReport {
    /// The coefficients and the path of a logistic regression, for reading; empty for other learners.
    var coefficientText: String {
        var text = ""
        if let path {
            text += "  lambda \(Text.plain(path.chosen))"
            if let minimum = path.minimum, let other = path.oneStandardError {
                text += " (min \(Text.plain(minimum)), 1se \(Text.plain(other)))"
            }
            let chosen = path.points.first { $0.lambda == path.chosen }
            text +=
                " of \(path.points.count): "
                + "\(Text.grouped(chosen?.nonzero ?? 0)) of \(Text.grouped(path.columns.count)) "
                + "coefficients are not 0"
            if let chosen {
                text += ", \(Text.fixed(100 * chosen.devianceExplained, 1)) % of the deviance"
            }
            text += "\n"
        }
        guard let coefficients else { return text }
        func number(_ value: Double?) -> String { value.map { Text.plain($0) } ?? "–" }
        let ends = Text.plain(100 * coefficients.confidence) + " %"
        let shown = coefficients.rows.prefix(Self.most)
        let rows =
            [["", "coefficient", "error", "z", "p", "from", "to \(ends)", "inflation"]]
            + shown.map { row in
                [
                    row.name, number(row.estimate), number(row.standardError),
                    row.z.map { Text.fixed($0, 2) } ?? "–", number(row.pValue), number(row.lower),
                    number(row.upper), row.inflation.map { Text.fixed($0, 1) } ?? "–",
                ]
            }
        text += Text.table(rows, right: [1, 2, 3, 4, 5, 6, 7], indent: "  ")
        if !text.hasSuffix("\n") { text += "\n" }
        if coefficients.rows.count > Self.most {
            text +=
                "  and \(Text.grouped(coefficients.rows.count - Self.most)) more in the report\n"
        }
        text += "  errors: \(coefficients.method.rawValue)"
        if let condition = coefficients.conditionNumber {
            text += "; condition number of the correlations \(Text.plain(condition))"
        }
        return text + "\n"
    }

    /// So many coefficients are shown.
    private static var most: Int { 60 }
}
