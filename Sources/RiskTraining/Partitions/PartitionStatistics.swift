import RiskModel

/// What a partition tells of its rows: a sum of whole numbers, which can be added to that of other rows.
///
/// `add` joins the statistics of two sets of rows into those of both. Every kind but `hashes` and `scores`,
/// which are a value a row, is of a size that depends on the features and not on the rows.
public enum PartitionStatistics: Sendable {
    /// A request was carried out, and there is nothing to tell.
    case done
    /// What the rows are.
    case summary(RowSummary)
    /// Observation weights as whole multiples of a unit.
    case weights(WeightSums)
    /// The weight at each moment.
    case moments(MomentWeights)
    /// How many rows are earlier than a moment, and how many later.
    case parts(earlier: RowTotals, later: RowTotals)
    /// A hash of what each row holds, one a row: 8 bytes.
    case hashes([UInt64])
    /// The different values of a column.
    case distinct(DistinctValues)
    /// The weight in each bin.
    case counts(BinCounts)
    /// A sum by itself: of weights, losses or Hessians.
    case total(Int64)
    /// Gradients and Hessians by bin, and the loss.
    case sums(GradientSums)
    /// Hessians by pairs of bins: the Gram matrix.
    case pairs(PairCounts)
    /// The score of each row held out: 25 bytes a row.
    case scores(HeldOutScores)
    /// Weighted sums of tables' entries.
    case typical([Int128])

    /// Adds the statistics of other rows.
    /// - Throws: `TrainingError.badPartition` where they are of another kind or of other features.
    /// - Complexity: O(size of both).
    public mutating func add(_ other: PartitionStatistics) throws(TrainingError) {
        switch (self, other) {
        case (.done, .done): return
        case (.summary(var a), .summary(let b)):
            try a.add(b)
            self = .summary(a)
        case (.weights(var a), .weights(let b)):
            a.add(b)
            self = .weights(a)
        case (.moments(let a), .moments(let b)): self = .moments(a.adding(b))
        case (.parts(let a, let b), .parts(let c, let d)):
            self = .parts(earlier: a.adding(c), later: b.adding(d))
        case (.hashes(let a), .hashes(let b)): self = .hashes(a + b)
        case (.distinct(let a), .distinct(let b)): self = .distinct(a.adding(b))
        case (.counts(var a), .counts(let b)):
            self = .done
            try a.add(b)
            self = .counts(a)
        case (.total(let a), .total(let b)): self = .total(a &+ b)
        case (.sums(var a), .sums(let b)):
            self = .done
            try a.add(b)
            self = .sums(a)
        case (.pairs(let a), .pairs(let b)): self = .pairs(try a.adding(b))
        case (.scores(var a), .scores(let b)):
            self = .done
            try a.add(b)
            self = .scores(a)
        case (.typical(let a), .typical(let b)):
            guard a.count == b.count else { throw .badPartition("tables of another number") }
            self = .typical(zip(a, b).map { $0 &+ $1 })
        default: throw .badPartition("statistics of different kinds cannot be added")
        }
    }
}

/// The rows of a partition: what features they have, and how their weights lie.
public struct RowSummary: Sendable, Equatable {
    /// The features' names, in the matrix's order.
    public internal(set) var names: [String]
    /// Whether rows have times.
    public internal(set) var hasTimes: Bool
    /// Rows with a weight above zero.
    public internal(set) var rows: Int
    /// Those of them where the event happened.
    public internal(set) var positives: Int
    /// The observation weights.
    var weights: WeightRange

    mutating func add(_ other: RowSummary) throws(TrainingError) {
        guard names == other.names else {
            throw .badPartition("the features are others")
        }
        guard hasTimes == other.hasTimes else {
            throw .badPartition("some partitions have times and some have none")
        }
        rows += other.rows
        positives += other.positives
        weights.add(other.weights)
    }
}

/// Sums of weight multiples.
public struct WeightSums: Sendable, Equatable {
    /// The bitwise or of all multiples: which powers of two divide them all.
    public internal(set) var union: UInt32
    /// Rows and weights.
    public internal(set) var totals: RowTotals

    mutating func add(_ other: WeightSums) {
        union |= other.union
        totals = totals.adding(other.totals)
    }
}

/// How many rows there are, and how much they weigh.
public struct RowTotals: Sendable, Equatable {
    /// How many there are.
    public internal(set) var rows = 0
    /// Those of them where the event happened.
    public internal(set) var positives = 0
    /// The sum of their weight multiples.
    public internal(set) var weight: Int64 = 0
    /// That of the rows where the event happened.
    public internal(set) var positiveWeight: Int64 = 0

    /// The weighted share of rows where the event happened.
    var baseRate: Double { Double(positiveWeight) / Double(weight) }
    /// The rows of the rarer class.
    var fewer: Int { min(positives, rows - positives) }

    init() {}

    init(rows: Int, positives: Int, weight: Int64, positiveWeight: Int64) {
        (self.rows, self.positives) = (rows, positives)
        (self.weight, self.positiveWeight) = (weight, positiveWeight)
    }

    init(_ sample: Sample) {
        self.init(
            rows: sample.count, positives: sample.positives, weight: sample.weights.total,
            positiveWeight: sample.positiveMultiples)
    }

    func adding(_ other: RowTotals) -> RowTotals {
        RowTotals(
            rows: rows &+ other.rows, positives: positives &+ other.positives,
            weight: weight &+ other.weight, positiveWeight: positiveWeight &+ other.positiveWeight)
    }
}

/// The weight multiples in each bin, and those of rows where the event happened.
public struct BinCounts: Sendable, Equatable {
    /// Of all rows: `length` entries a feature, the last for missing values.
    public internal(set) var all: [Int64]
    /// Of the rows where the event happened.
    public internal(set) var events: [Int64]

    mutating func add(_ other: BinCounts) throws(TrainingError) {
        guard all.count == other.all.count, events.count == other.events.count else {
            throw .badPartition("counts of other bins")
        }
        for index in all.indices { all[index] &+= other.all[index] }
        for index in events.indices { events[index] &+= other.events[index] }
    }
}

/// Gradients and Hessians summed by bin, and the sum of losses, in whole multiples of `SumScale`.
public struct GradientSums: Sendable, Equatable {
    /// Gradient and Hessian of each feature and bin in turn.
    public internal(set) var pairs: [Int64]
    /// The sum of the rows' losses.
    public internal(set) var loss: Int64

    mutating func add(_ other: GradientSums) throws(TrainingError) {
        guard pairs.count == other.pairs.count else { throw .badPartition("sums of other bins") }
        for index in pairs.indices { pairs[index] &+= other.pairs[index] }
        loss &+= other.loss
    }
}

/// The scores of rows that were held out, before calibration; partitions one after the other.
public struct HeldOutScores: Sendable, Equatable {
    /// Their moments: the times, or what stands for them (`HoldOut`).
    public internal(set) var times: [Int64]
    /// In units of 2^-18 of log-odds.
    public internal(set) var units: [Int64]
    /// Empty where all are 1.
    public internal(set) var weights: [Double]
    /// 1 where the event happened.
    public internal(set) var labels: [UInt8]

    init(times: [Int64], units: [Int64], weights: [Double], labels: [UInt8]) {
        (self.times, self.units, self.weights, self.labels) = (times, units, weights, labels)
    }

    init(_ split: HeldOutSplit, _ units: [Int64]) {
        self.init(
            times: split.moments, units: units, weights: split.later.plainWeights ?? [],
            labels: split.later.labels)
    }

    /// Whether there is one of each for every row, or none.
    var isConsistent: Bool {
        units.count == labels.count && times.count == units.count
            && (weights.isEmpty || weights.count == units.count)
    }

    mutating func add(_ other: HeldOutScores) throws(TrainingError) {
        let isAlike =
            units.isEmpty || other.units.isEmpty
            || weights.isEmpty == other.weights.isEmpty
        guard isAlike, isConsistent, other.isConsistent else {
            throw .badPartition("scores with and without weights")
        }
        times += other.times
        units += other.units
        weights += other.weights
        labels += other.labels
    }

    /// The rows in the order of time, and those of one time in an order that does not depend on theirs.
    /// - Complexity: O(n log n).
    var order: [Int] {
        units.indices.map { place -> (Int64, Int64, Double, UInt8, Int) in
            (
                times[place], units[place], weights.isEmpty ? 1 : weights[place], labels[place],
                place
            )
        }.sorted { $0 < $1 }.map(\.4)
    }

    /// Chooses and fits a calibration on these rows, the least of which weighs from 1 to 2: Platt's targets
    /// count rows, and weights that are all doubled are not twice as many.
    func calibration(
        _ choice: CalibrationChoice,
        among candidates: [CalibrationChoice] = CalibrationChoice.allCases
    ) -> (calibration: Calibration, report: CalibrationReport) {
        let order = order
        return CalibrationFit.fit(
            choice, among: candidates, units: order.map { units[$0] },
            labels: order.map { labels[$0] == 1 },
            weights: weights.isEmpty ? nil : Self.relative(order.map { weights[$0] }))
    }

    /// Weights over the power of two that is in the least of them.
    private static func relative(_ weights: [Double]) -> [Double] {
        let exponent = weights.min().map { Int($0.exponent) } ?? 0
        // In two steps, because one may leave the range of doubles.
        let half = Double(sign: .plus, exponent: -(exponent / 2), significand: 1)
        let rest = Double(sign: .plus, exponent: -(exponent - exponent / 2), significand: 1)
        return weights.map { min($0 * half * rest, 0x1p900) }
    }
}
