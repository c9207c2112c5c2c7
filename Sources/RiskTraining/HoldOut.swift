/// The rows that a learner does not learn from at first: the latest.
enum HoldOut {
    /// Fewer of a class than this in either part, and nothing is held out.
    static let least = 10

    private static let consequence =
        "so nothing was held out: no early stopping, and the probabilities are not calibrated"

    /// The earlier rows and the latest ones; nil, with a warning that says why, where there is not
    /// enough of both.
    static func parts(
        _ sample: Sample, share: Double, times: [Int64]?, _ report: inout TrainingReport
    ) -> (earlier: Sample, later: Sample)? {
        guard share > 0 else { return nil }
        let parts = sample.split(latest: share, times: times)
        let totals = parts.map { (RowTotals($0.earlier), RowTotals($0.later)) }
        return suffices(totals, &report) ? parts : nil
    }

    /// The same of rows in partitions.
    static func parts(
        _ group: PartitionGroup, _ summaries: [RowSummary], share: Double,
        _ report: inout TrainingReport
    ) throws(TrainingError) -> (earlier: RowTotals, later: RowTotals)? {
        guard share > 0 else { return nil }
        // Where the order of the rows is their time, partitions follow one another.
        var offsets: [Int64] = []
        var before: Int64 = 0
        for summary in summaries {
            offsets.append(before)
            before += Int64(summary.rows)
        }
        var sum = MomentWeights(moments: [], weights: [])
        for answer in try group.ask(offsets.map { .moments(offset: $0) }) {
            guard case .moments(let moments) = answer else {
                throw group.unexpected(.moments(offset: 0))
            }
            sum = sum.adding(moments)
        }
        var totals: (earlier: RowTotals, later: RowTotals)?
        if let start = sum.start(ofLatest: share) {
            var (earlier, later) = (RowTotals(), RowTotals())
            for answer in try group.ask(offsets.map { .split(from: start, offset: $0) }) {
                guard case .parts(let a, let b) = answer else {
                    throw group.unexpected(.split(from: 0, offset: 0))
                }
                (earlier, later) = (earlier.adding(a), later.adding(b))
            }
            totals = (earlier, later)
        }
        return suffices(totals, &report) ? totals : nil
    }

    /// Whether both parts have enough rows of either class; else a warning says so.
    private static func suffices(
        _ parts: (earlier: RowTotals, later: RowTotals)?, _ report: inout TrainingReport
    ) -> Bool {
        guard let parts else {
            report.warnings.append("the rows cannot be divided by time, \(consequence)")
            return false
        }
        for (part, name) in [(parts.earlier, "earlier"), (parts.later, "latest")]
        where part.fewer < least {
            report.warnings.append(
                "the \(name) rows have only \(part.fewer) of one class, \(consequence)")
            return false
        }
        report.heldOutRows = parts.later.rows
        report.heldOutPositives = parts.later.positives
        return true
    }

    /// The rows in the order of time, and those of one time in an order that does not depend on theirs.
    /// - Complexity: O(n log n) with times.
    static func order(_ sample: Sample, times: [Int64]?, _ units: [Int64]) -> [Int] {
        HeldOutScores(sample, times: times, units).order
    }
}
