import RiskModel

extension PartitionStatistics {
    /// The statistics as bytes, in the form that `PartitionBytes` describes.
    ///
    /// Pairs of bins that were not counted yet are counted now.
    /// - Complexity: O(size); of pairs O(rows × features²) besides.
    public var bytes: [UInt8] {
        var writer = PartitionWriter("RKPS", kind: code)
        switch self {
        case .done: break
        case .summary(let summary):
            writer.put(list: summary.names) { $0.put($1) }
            writer.put(summary.hasTimes)
            writer.put(summary.rows)
            writer.put(summary.positives)
            let weights = summary.weights
            writer.put(optional: weights.first) { $0.put($1) }
            writer.put(weights.isUniform)
            writer.put(weights.lowestBit)
            writer.put(weights.largest)
            writer.put(weights.least)
        case .weights(let sums):
            writer.put(sums.union)
            writer.put(sums.totals)
        case .moments(let moments):
            writer.put(moments.moments)
            writer.put(moments.weights)
        case .parts(let earlier, let later):
            writer.put(earlier)
            writer.put(later)
        case .hashes(let hashes): writer.put(hashes)
        case .distinct(let distinct):
            writer.put(distinct.values)
            writer.put(distinct.weights)
            writer.put(distinct.hasMissing)
        case .counts(let counts):
            writer.put(counts.all)
            writer.put(counts.events)
        case .total(let total): writer.put(total)
        case .sums(let sums):
            writer.put(sums.pairs)
            writer.put(sums.loss)
        case .pairs(let pairs):
            writer.put(pairs.features)
            writer.put(pairs.length)
            writer.put(pairs.singles)
            writer.put(pairs.cells)
        case .scores(let scores):
            writer.put(scores.times)
            writer.put(scores.units)
            writer.put(scores.weights)
            writer.put(scores.labels)
        case .typical(let sums): writer.put(sums)
        }
        return writer.finished()
    }

    private var code: UInt8 {
        switch self {
        case .done: 0
        case .summary: 1
        case .weights: 2
        case .moments: 3
        case .parts: 4
        case .hashes: 5
        case .distinct: 6
        case .counts: 7
        case .total: 8
        case .sums: 9
        case .pairs: 10
        case .scores: 11
        case .typical: 12
        }
    }

    /// Reads statistics.
    /// - Throws: `TrainingError.badPartition` for anything but what `bytes` gives.
    /// - Complexity: O(bytes).
    public init(bytes: [UInt8]) throws(TrainingError) {
        var reader = try PartitionReader(bytes, magic: "RKPS")
        switch reader.kind {
        case 0: self = .done
        case 1: self = .summary(try reader.takeSummary())
        case 2:
            let union = try reader.take(UInt32.self)
            self = .weights(WeightSums(union: union, totals: try reader.takeTotals()))
        case 3:
            let moments = MomentWeights(
                moments: try reader.takeList(Int64.self), weights: try reader.takeList(Int64.self))
            guard Self.isIncreasing(moments.moments), Self.areWeights(moments.weights),
                moments.moments.count == moments.weights.count
            else { throw .badPartition("moments that do not increase") }
            self = .moments(moments)
        case 4:
            let earlier = try reader.takeTotals()
            self = .parts(earlier: earlier, later: try reader.takeTotals())
        case 5: self = .hashes(try reader.takeList(UInt64.self))
        case 6:
            let values = try reader.takeDoubles()
            let distinct = DistinctValues(
                values: values, weights: try reader.takeList(Int64.self),
                hasMissing: try reader.takeBool())
            guard Self.isIncreasing(values), !(values.first?.isNaN ?? false),
                Self.areWeights(distinct.weights), values.count == distinct.weights.count
            else { throw .badPartition("values that do not increase") }
            self = .distinct(distinct)
        case 7:
            let all = try reader.takeList(Int64.self)
            self = .counts(BinCounts(all: all, events: try reader.takeList(Int64.self)))
        case 8: self = .total(try reader.take(Int64.self))
        case 9:
            let pairs = try reader.takeList(Int64.self)
            self = .sums(GradientSums(pairs: pairs, loss: try reader.take(Int64.self)))
        case 10: self = .pairs(try reader.takePairs())
        case 11:
            let scores = HeldOutScores(
                times: try reader.takeList(Int64.self), units: try reader.takeList(Int64.self),
                weights: try reader.takeDoubles(), labels: try reader.takeList(UInt8.self))
            guard scores.isConsistent, scores.weights.allSatisfy({ $0 > 0 && $0.isFinite }),
                scores.labels.allSatisfy({ $0 <= 1 }),
                scores.units.allSatisfy({ $0.magnitude <= UInt64(LogOdds.limit) })
            else { throw .badPartition("scores of no rows") }
            self = .scores(scores)
        case 12: self = .typical(try reader.takeList(Int128.self))
        default: throw .badPartition("there is no kind \(reader.kind) of statistics")
        }
        try reader.finish()
    }

    private static func isIncreasing<Value: Comparable>(_ values: [Value]) -> Bool {
        zip(values, values.dropFirst()).allSatisfy { $0 < $1 }
    }

    /// Whether these are sums of multiples above 0, small enough to be added up.
    private static func areWeights(_ weights: [Int64]) -> Bool {
        var total: Int64 = 0
        for weight in weights {
            guard weight > 0, weight <= 1 << 51 else { return false }
            total += weight
            if total > 1 << 51 { return false }
        }
        return true
    }
}

extension PartitionWriter {
    fileprivate mutating func put(_ totals: RowTotals) {
        put(totals.rows)
        put(totals.positives)
        put(totals.weight)
        put(totals.positiveWeight)
    }
}

extension PartitionReader {
    fileprivate mutating func takeTotals() throws(TrainingError) -> RowTotals {
        let totals = RowTotals(
            rows: try takeInt(), positives: try takeInt(), weight: try take(Int64.self),
            positiveWeight: try take(Int64.self))
        guard (0...Int(Int32.max)).contains(totals.rows),
            (0...totals.rows).contains(totals.positives),
            (Int64(totals.rows)...1 << 51).contains(totals.weight),
            (Int64(totals.positives)...totals.weight).contains(totals.positiveWeight),
            totals.weight - totals.positiveWeight >= Int64(totals.rows - totals.positives)
        else { throw .badPartition("numbers of rows that no rows have") }
        return totals
    }

    fileprivate mutating func takeSummary() throws(TrainingError) -> RowSummary {
        let names = try takeList { reader throws(TrainingError) in try reader.takeText() }
        let (hasTimes, rows) = (try takeBool(), try takeInt())
        let positives = try takeInt()
        var weights = WeightRange()
        weights.first = try takeOptional { reader throws(TrainingError) in
            try reader.takeDouble()
        }
        weights.isUniform = try takeBool()
        weights.lowestBit = try takeInt()
        weights.largest = try takeDouble()
        weights.least = try takeDouble()
        guard (0...Int(Int32.max)).contains(rows), (0...rows).contains(positives),
            Set(names).count == names.count
        else { throw .badPartition("numbers of rows that no rows have, or names twice") }
        if let first = weights.first {
            guard first.isFinite, weights.least > 0, weights.least <= first,
                first <= weights.largest, weights.largest.isFinite,
                (-1100...1100).contains(weights.lowestBit)
            else { throw .badPartition("weights that are none") }
        } else {
            guard weights == WeightRange() else { throw .badPartition("weights of no rows") }
        }
        return RowSummary(
            names: names, hasTimes: hasTimes, rows: rows, positives: positives, weights: weights)
    }

    fileprivate mutating func takePairs() throws(TrainingError) -> PairCounts {
        let (features, length) = (try takeInt(), try takeInt())
        let singles = try takeList(Int64.self)
        let cells = try takeList(Int32.self)
        guard (0...1 << 16).contains(features), (1...256).contains(length) else {
            throw .badPartition("a Gram matrix of no features")
        }
        let pairs = PairCounts(
            features: features, length: length, singles: singles, source: .cells(cells))
        guard pairs.isConsistent else {
            throw .badPartition("a Gram matrix that no rows have")
        }
        return pairs
    }
}
