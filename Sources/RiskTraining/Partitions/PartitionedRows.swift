/// The rows of all partitions while a model grows: what `BoostingLoop` looks at.
struct PartitionedRows {
    /// What a look at the rows shows.
    struct Look {
        /// For each feature and bin the sum of gradients and the sum of Hessians, `length` a feature,
        /// in units of `SumScale.unit`.
        var gradients: [Double]
        var hessians: [Double]
        /// The sum of the rows' losses, an integer: comparable with that of another look.
        var loss: Int64
    }

    let group: PartitionGroup
    let features: Int
    /// Entries a feature: its bins, and the last for missing values.
    let length: Int
    let scale: SumScale
    /// That of the rows held out; nil where none are watched.
    let heldOutScale: SumScale?

    var watchesHeldOut: Bool { heldOutScale != nil }

    /// Adds tables to the margins, then sums gradients and losses: one pass over the rows.
    func look(adding tables: MarginTables?) throws(TrainingError) -> Look {
        let request = PartitionRequest.Kind.look(tables)
        let entries = features * length
        guard case .sums(let sums) = try group.sum(request), sums.pairs.count == 2 * entries else {
            throw group.unexpected(request)
        }
        // `SumScale` keeps sums within 2^61; of Hessians none is below 0.
        let most = UInt64(1) << 61
        var isSound = sums.loss.magnitude <= most
        for entry in 0..<entries {
            let (gradient, hessian) = (sums.pairs[2 * entry], sums.pairs[2 * entry + 1])
            isSound = isSound && gradient.magnitude <= most && hessian >= 0 && hessian <= most
        }
        guard isSound else { throw .badPartition("sums that no rows have") }
        func doubles(_ first: Int) -> [Double] {
            [Double](unsafeUninitializedCapacity: entries) { buffer, count in
                for index in 0..<entries { buffer[index] = Double(sums.pairs[2 * index + first]) }
                count = entries
            }
        }
        return Look(gradients: doubles(0), hessians: doubles(1), loss: sums.loss)
    }

    /// Takes tables away from the margins again.
    func takeAway(_ tables: MarginTables) throws(TrainingError) {
        _ = try group.ask(.takeAway(tables))
    }

    /// Adds tables to the margins of the rows held out; their mean loss, nil where none are watched.
    func heldOutLoss(adding tables: MarginTables?) throws(TrainingError) -> Double? {
        guard let heldOutScale else { return nil }
        return heldOutScale.mean(try group.total(.heldOutLoss(tables)))
    }

    /// Hessians by pairs of bins, of each partition.
    func pairs() throws(TrainingError) -> [PairCounts] {
        let shift = GramRows.shift(ofSum: try group.total(.hessians))
        let request = PartitionRequest.Kind.pairs(shift: shift)
        var all: [PairCounts] = []
        var weight: Int64 = 0
        for answer in try group.ask(request) {
            guard case .pairs(let pairs) = answer, pairs.features == features,
                pairs.length == length, pairs.isConsistent
            else { throw group.unexpected(request) }
            weight += pairs.singles.prefix(length).reduce(0, +)
            all.append(pairs)
        }
        guard weight <= Int64(Int32.max) else { throw .badPartition("Hessians beyond 32 bits") }
        return all
    }
}
