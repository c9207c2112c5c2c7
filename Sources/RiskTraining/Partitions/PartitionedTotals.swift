/// What is known of the rows of all partitions before anything is learned: their names, and their weights as whole
/// multiples of one unit (`LatticeWeights`).
struct PartitionedTotals {
    let group: PartitionGroup
    let summaries: [RowSummary]
    /// The features' names, in the columns' order.
    let names: [String]
    let totals: RowTotals
    /// The weight of one multiple.
    let weightUnit: Double
    /// Whether weights had to be raised by more than a rounding.
    let isCoarse: Bool

    /// Asks the partitions, and tells them the unit.
    /// - Throws: `TrainingError` where all together they cannot be learned from.
    init(_ group: PartitionGroup) throws(TrainingError) {
        self.group = group
        var summaries: [RowSummary] = []
        for (index, answer) in try group.ask(.summary).enumerated() {
            guard case .summary(let summary) = answer else { throw group.unexpected(.summary) }
            do {
                var first = summaries.first ?? summary
                try first.add(summary)
            } catch {
                throw .partition(index + 1, "\(error)")
            }
            summaries.append(summary)
        }
        guard let first = summaries.first else { throw .noRows }
        self.summaries = summaries
        names = first.names
        var range = WeightRange()
        for summary in summaries { range.add(summary.weights) }
        try Sample.check(
            rows: summaries.reduce(0) { $0 + $1.rows },
            positives: summaries.reduce(0) { $0 + $1.positives })
        if range.isUniform {
            weightUnit = range.first ?? 1
            isCoarse = false
            totals = try Self.weights(.unweighted(unit: weightUnit), group).totals
        } else {
            let exponent = range.exponent
            var sums = try Self.weights(.weigh(exponent: exponent, shift: 0), group)
            let shift = sums.union.trailingZeroBitCount
            if shift > 0 {
                sums = try Self.weights(.weigh(exponent: exponent, shift: shift), group)
            }
            totals = sums.totals
            weightUnit =
                Double(sign: .plus, exponent: exponent, significand: 1)
                * Double(UInt32(1) << UInt32(min(shift, 31)))
            isCoarse = range.least < weightUnit / 2
        }
        guard totals.rows <= 1 << 40, totals.weight > 0, totals.positiveWeight > 0,
            totals.positiveWeight < totals.weight
        else { throw group.unexpected(.weigh(exponent: 0, shift: 0)) }
    }

    private static func weights(
        _ request: PartitionRequest.Kind, _ group: PartitionGroup
    ) throws(TrainingError) -> WeightSums {
        guard case .weights(let sums) = try group.sum(request) else {
            throw group.unexpected(request)
        }
        return sums
    }
}
