/// Which rows are learned and which predicted when λ is chosen.
///
/// The rows are divided into parts. Problem 0 is the fit to all of them; problem f > 0 learns some
/// parts and predicts one.
struct LambdaFolds: Sendable {
    /// The part of each row.
    let parts: [UInt8]
    let partCount: Int
    /// How many problems, with problem 0.
    let problemCount: Int
    let isByTime: Bool

    /// All rows in one part, and nothing predicted.
    init(rows: Int) {
        parts = [UInt8](repeating: 0, count: rows)
        (partCount, problemCount, isByTime) = (1, 1, false)
    }

    func trains(_ problem: Int, on part: Int) -> Bool {
        problem == 0 || (isByTime ? part < problem : part != problem - 1)
    }

    /// The part that a problem predicts.
    func tested(by problem: Int) -> Int? {
        problem == 0 ? nil : (isByTime ? problem : problem - 1)
    }

    /// The problem that predicts a part; nil for the first period.
    func tester(of part: Int) -> Int? {
        if problemCount == 1 { return nil }
        return isByTime ? (part == 0 ? nil : part) : part + 1
    }

    /// - Parameters:
    ///   - times: of the matrix's rows.
    /// - Throws: `TrainingError.cannotFold` where a part would have one class only.
    init(
        _ sample: Sample, times: [Int64]?, kind: LambdaFoldKind, folds: Int
    ) throws(TrainingError) {
        let byTime = kind == .time || (kind == .automatic && times != nil)
        isByTime = byTime
        if byTime {
            guard let times else {
                throw .cannotFold("folds by time need the time of each row")
            }
            partCount = folds + 1
            parts = ValidationFolds.periods(sample, times, count: folds + 1)
        } else {
            let fewer = min(sample.positives, sample.count - sample.positives)
            partCount = min(folds, fewer)
            guard fewer >= 2 else {
                throw .cannotFold(
                    "one class has \(fewer == 1 ? "one row" : "no rows") only, and folds need two")
            }
            var seen = [0, 0]
            var parts = [UInt8]()
            parts.reserveCapacity(sample.count)
            for label in sample.labels {
                parts.append(UInt8(seen[Int(label)] % partCount))
                seen[Int(label)] += 1
            }
            self.parts = parts
        }
        problemCount = byTime ? partCount : partCount + 1
        var classes = [(Bool, Bool)](repeating: (false, false), count: partCount)
        for (part, label) in zip(parts, sample.labels) {
            if label == 1 { classes[Int(part)].1 = true } else { classes[Int(part)].0 = true }
        }
        for (part, both) in classes.enumerated() where !(both.0 && both.1) {
            throw .cannotFold(
                "period \(part + 1) of \(partCount) has "
                    + (both.0 ? "no event" : both.1 ? "events only" : "no rows")
                    + ": fewer folds, or stratified ones")
        }
    }
}
