import CRiskKernels

/// What lies in a bin, and in all bins: rows and events, each counted by weight.
public struct BinTally: Sendable, Equatable {
    /// The weight of the rows, in whole multiples of a unit: 0 or more.
    public var rows: Int64
    /// The weight of those where the event happened: in 0 ... rows.
    public var events: Int64

    /// Makes a tally.
    public init(rows: Int64 = 0, events: Int64 = 0) {
        self.rows = rows
        self.events = events
    }

    /// The weight of the rows where it did not happen.
    public var others: Int64 { rows - events }
    /// The share of events; 0 where there are no rows.
    public var rate: Double { rows > 0 ? Double(events) / Double(rows) : 0 }

    static func + (a: BinTally, b: BinTally) -> BinTally {
        BinTally(rows: a.rows + b.rows, events: a.events + b.events)
    }

    static func - (a: BinTally, b: BinTally) -> BinTally {
        BinTally(rows: a.rows - b.rows, events: a.events - b.events)
    }
}

/// The weight of evidence of a bin (Good 1950) and its part of the information value (Kullback 1959).
///
/// With e and q a bin's events and other rows, E and Q those of all bins,
///
///     weight of evidence  ln((e / E) / (q / Q))
///     information value   Σ (e / E - q / Q) × weight of evidence
///
/// The weight of evidence is above 0 where the bin is riskier than the whole, as more points are more
/// risk here; books on credit scoring often have the opposite sign (Siddiqi 2006). The information
/// value is the same either way: Jeffreys' divergence of the two classes over the bins.
public struct WeightOfEvidence: Sendable, Equatable {
    /// ln of the odds of the bin over the odds of the whole; 0 where the bin has no rows.
    public let value: Double
    /// The bin's part of the information value: 0 or more.
    public let information: Double
    /// The share of events that the value is of: it rises with the value, and bins of the same odds
    /// have the very same. 0 where the bin has no rows.
    public let rate: Double

    /// - Parameters:
    ///   - bin: where it has rows of one class only, half a row is counted to each class.
    ///   - whole: of all bins together; both classes present.
    ///   - row: what a row is, in the multiples that tallies count; of average weight where rows
    ///     have weights.
    public init(_ bin: BinTally, of whole: BinTally, row: Double = 1) {
        guard bin.rows > 0, whole.events > 0, whole.others > 0 else {
            (value, information, rate) = (0, 0, 0)
            return
        }
        let adjustment = bin.events == 0 || bin.others == 0 ? row / 2 : 0
        rate = (Double(bin.events) + adjustment) / (Double(bin.rows) + 2 * adjustment)
        let events = (Double(bin.events) + adjustment) / Double(whole.events)
        let others = (Double(bin.others) + adjustment) / Double(whole.others)
        value = rk_log_f64(events / others)
        information = (events - others) * value
    }
}
