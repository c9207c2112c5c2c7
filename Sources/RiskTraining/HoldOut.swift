/// The rows that a learner does not learn from at first: the latest.
enum HoldOut {
    /// Fewer of a class than this in either part, and nothing is held out.
    static let least = 10

    /// The earlier rows and the latest ones; nil, with a warning that says why, where there is not
    /// enough of both.
    static func parts(
        _ sample: Sample, share: Double, times: [Int64]?, _ report: inout TrainingReport
    ) -> (earlier: Sample, later: Sample)? {
        guard share > 0 else { return nil }
        let consequence =
            "so nothing was held out: no early stopping, and the probabilities are not calibrated"
        guard let parts = sample.split(latest: share, times: times) else {
            report.warnings.append("the rows cannot be divided by time, \(consequence)")
            return nil
        }
        for (part, name) in [(parts.earlier, "earlier"), (parts.later, "latest")] {
            let fewer = min(part.positives, part.count - part.positives)
            if fewer < least {
                report.warnings.append(
                    "the \(name) rows have only \(fewer) of one class, \(consequence)")
                return nil
            }
        }
        report.heldOutRows = parts.later.count
        report.heldOutPositives = parts.later.positives
        return parts
    }
}
