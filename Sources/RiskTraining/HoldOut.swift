import RiskColumns

/// Rows that are learned at first, and those held out meanwhile.
struct HeldOutSplit {
    let earlier: Sample
    let later: Sample
    /// The moment of each row held out.
    let moments: [Int64]
}

/// The rows that a learner does not learn from at first: the latest where rows have times, else a share of
/// either class.
///
/// Without times rows are drawn by their names (`RowNames`), which follow from what they hold, so that the
/// order of rows has no say; a name stands for the moment of its row. Of a class with at most
/// `mostCounted` rows the share is exact, of a larger one it is what chance gives.
enum HoldOut {
    /// Fewer of a class than this in either part, and nothing is held out.
    static let least = 10
    /// Rows of a class whose names are put in order.
    static let mostCounted = 1 << 16

    private static let consequence =
        "so nothing was held out: no early stopping, and the probabilities are not calibrated"

    /// The rows that stay and those held out; nil, with a warning that says why, where there is not
    /// enough of both.
    static func parts(
        _ sample: Sample, _ matrix: FeatureMatrix, share: Double, times: [Int64]?, threads: Int,
        _ report: inout TrainingReport
    ) -> HeldOutSplit? {
        guard share > 0 else { return nil }
        let moments =
            times.map { sample.moments($0) }
            ?? moments(
                ofNames: RowNames.numbered(
                    RowNames.hashes(matrix, sample, threads: threads), threads: threads))
        let totals = RowTotals(sample)
        let starts = starts(share, hasTimes: times != nil, totals) { label in
            MomentWeights(sample, at: moments, label: label)
        }
        let split = starts.map { sample.split(at: moments, from: $0) }
        let parts = split.map { (RowTotals($0.earlier), RowTotals($0.later)) }
        return suffices(parts, &report) ? split : nil
    }

    /// The same of rows in partitions.
    static func parts(
        _ rows: PartitionedTotals, share: Double, _ report: inout TrainingReport
    ) throws(TrainingError) -> (earlier: RowTotals, later: RowTotals)? {
        guard share > 0 else { return nil }
        let group = rows.group
        let hasTimes = rows.summaries.contains { $0.hasTimes }
        if !hasTimes { try group.nameRows(.rowHashes) { .rowNames($0) } }
        let starts = try starts(share, hasTimes: hasTimes, rows.totals) {
            label throws(TrainingError) in
            let request = PartitionRequest.Kind.moments(label: label)
            guard case .moments(let moments) = try group.sum(request) else {
                throw group.unexpected(request)
            }
            return moments
        }
        var parts: (earlier: RowTotals, later: RowTotals)?
        if let starts {
            let request = PartitionRequest.Kind.split(from: starts)
            guard case .parts(let earlier, let later) = try group.sum(request) else {
                throw group.unexpected(request)
            }
            parts = (earlier, later)
        }
        return suffices(parts, &report) ? parts : nil
    }

    /// From which moment on rows are held out, for label 0 and for label 1; nil where none or all would be.
    private static func starts<Failure: Error>(
        _ share: Double, hasTimes: Bool, _ totals: RowTotals,
        _ moments: (_ label: UInt8?) throws(Failure) -> MomentWeights
    ) throws(Failure) -> [Int64]? {
        if hasTimes { return try moments(nil).start(ofLatest: share).map { [$0] } }
        var starts: [Int64] = []
        for label in [UInt8(0), 1] {
            let count = label == 1 ? totals.positives : totals.rows - totals.positives
            if count > mostCounted {
                // They are spread evenly.
                let start = (1 - share) * 0x1p64
                if start >= 0x1p64 { return nil }
                starts.append(moment(at: UInt64(start)))
            } else if let start = try moments(label).start(ofLatest: share) {
                starts.append(start)
            } else {
                return nil
            }
        }
        return starts
    }

    /// What stands for the times of rows with these names. It is not in the order of names, by which rows are
    /// drawn for other ends.
    static func moments(ofNames names: [UInt64]) -> [Int64] {
        names.map { name in
            var x = name ^ 0x6a09_e667_f3bc_c908
            x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
            x = (x ^ (x >> 27)) &* 0x94d0_49bb_1331_11eb
            return moment(at: x ^ (x >> 31))
        }
    }

    /// So far from the least of all moments.
    private static func moment(at place: UInt64) -> Int64 { Int64(bitPattern: place ^ (1 << 63)) }

    /// Whether both parts have enough rows of either class; else a warning says so.
    private static func suffices(
        _ parts: (earlier: RowTotals, later: RowTotals)?, _ report: inout TrainingReport
    ) -> Bool {
        guard let parts else {
            report.warnings.append("the rows cannot be divided in two, \(consequence)")
            return false
        }
        for (part, name) in [(parts.earlier, "rows that stay"), (parts.later, "rows held out")]
        where part.fewer < least {
            report.warnings.append(
                "the \(name) would have only \(part.fewer) of one class, \(consequence)")
            return false
        }
        report.heldOutRows = parts.later.rows
        report.heldOutPositives = parts.later.positives
        return true
    }
}

extension Sample {
    /// The time of each row.
    func moments(_ times: [Int64]) -> [Int64] {
        rows.map { rows in rows.map { times[Int($0)] } } ?? times
    }
}
