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

    /// The rows in the order of time, and those of one time in an order that does not depend on theirs.
    /// - Complexity: O(n log n) with times.
    static func order(_ sample: Sample, times: [Int64]?, _ units: [Int64]) -> [Int] {
        guard let times else { return Array(0..<sample.count) }
        return (0..<sample.count).map { place -> (Int64, Int64, Double, UInt8, Int) in
            (
                times[sample.rows.map { Int($0[place]) } ?? place], units[place],
                sample.plainWeights.map { $0[place] } ?? 1, sample.labels[place], place
            )
        }.sorted { $0 < $1 }.map(\.4)
    }
}
