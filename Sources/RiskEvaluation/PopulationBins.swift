/// How often values fall between given bounds: what is kept of a population, so that another one can be
/// held against it without the first one's rows.
public struct PopulationBins: Equatable, Sendable {
    /// Strictly increasing: bin k holds the values above `upperBounds[k - 1]` and up to `upperBounds[k]`;
    /// the last bin, behind the last bound, has no end.
    public let upperBounds: [Double]
    /// Rows in each bin, one bin more than there are bounds.
    public private(set) var counts: [Int]
    /// Rows without a value (NaN).
    public private(set) var missing: Int

    /// Bins with what has been counted.
    /// - Precondition: bounds strictly increase, one more count than bounds, none negative.
    public init(upperBounds: [Double], counts: [Int], missing: Int) {
        precondition(
            counts.count == upperBounds.count + 1 && counts.allSatisfy { $0 >= 0 } && missing >= 0
                && zip(upperBounds, upperBounds.dropFirst()).allSatisfy { $0 < $1 })
        self.upperBounds = upperBounds
        self.counts = counts
        self.missing = missing
    }

    /// Bins of about equal count of some values, equal values never apart, with these values in them.
    /// - Parameter bins: how many to aim at, at least 2.
    /// - Complexity: O(n log n).
    public init(quantilesOf values: [Double], bins: Int = 10) {
        precondition(bins >= 2)
        let sorted = values.filter { !$0.isNaN }.sorted()
        var bounds: [Double] = []
        for bin in 1..<bins where !sorted.isEmpty {
            let bound = sorted[min((bin * sorted.count + bins - 1) / bins, sorted.count) - 1]
            if bound < sorted.last!, bounds.last.map({ $0 < bound }) ?? true {
                bounds.append(bound)
            }
        }
        self.init(
            upperBounds: bounds, counts: [Int](repeating: 0, count: bounds.count + 1), missing: 0)
        for value in values { add(value) }
    }

    /// The same bins with nothing in them.
    public var emptied: PopulationBins {
        PopulationBins(
            upperBounds: upperBounds, counts: [Int](repeating: 0, count: counts.count), missing: 0)
    }

    /// Forgets what was counted.
    public mutating func empty() {
        for bin in counts.indices { counts[bin] = 0 }
        missing = 0
    }

    /// All rows, those without a value included.
    public var rows: Int { counts.reduce(missing, +) }

    /// The bin of a value that is none of the missing ones.
    /// - Complexity: O(log bounds).
    public func bin(of value: Double) -> Int {
        var low = 0
        var high = upperBounds.count
        while low < high {
            let middle = (low + high) / 2
            if upperBounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Counts a value, as so many rows.
    public mutating func add(_ value: Double, rows: Int = 1) {
        if value.isNaN { missing += rows } else { counts[bin(of: value)] += rows }
    }

    /// Adds what another one has counted between the same bounds.
    /// - Precondition: the bounds are the same.
    public mutating func add(_ other: PopulationBins) {
        precondition(upperBounds == other.upperBounds)
        for bin in counts.indices { counts[bin] += other.counts[bin] }
        missing += other.missing
    }
}

extension PopulationStability {
    /// The index of two populations counted between the same bounds; see `populationStabilityIndex`.
    /// - Precondition: the bounds are the same.
    /// - Throws: `EvaluationError.noRows` where either has none.
    /// - Complexity: O(bins).
    public init(
        reference: PopulationBins, current: PopulationBins
    ) throws(EvaluationError) {
        precondition(reference.upperBounds == current.upperBounds)
        let upper: [Double?] = reference.upperBounds + [.infinity, nil]
        let before = reference.counts + [reference.missing]
        let after = current.counts + [current.missing]
        try self.init(
            bins: upper.indices.filter { before[$0] + after[$0] > 0 }.map { index in
                Bin(upperBound: upper[index], reference: before[index], current: after[index])
            })
    }

    /// The index of counted bins, of values or of categories.
    /// - Throws: `EvaluationError.noRows` where either population has none.
    public init(bins: [Bin]) throws(EvaluationError) {
        let (n, m) = (bins.reduce(0) { $0 + $1.reference }, bins.reduce(0) { $0 + $1.current })
        if n == 0 || m == 0 { throw .noRows }
        let half = 0.5 * Double(bins.count)
        var sum = 0.0
        for bin in bins {
            let r = (Double(bin.reference) + 0.5) / (Double(n) + half)
            let c = (Double(bin.current) + 0.5) / (Double(m) + half)
            sum += (c - r) * naturalLogarithm(c / r)
        }
        self.init(
            index: sum,
            expectedByChance: Double(bins.count - 1) * (1 / Double(n) + 1 / Double(m)), bins: bins)
    }
}
