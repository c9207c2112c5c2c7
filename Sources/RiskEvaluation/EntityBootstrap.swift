/// The interval in which a metric lies with a stated confidence.
public struct Estimate: Equatable, Sendable {
    /// The metric on the rows as they are.
    public var value: Double
    /// Its interval, nil where too few resamples had a value.
    public var interval: ClosedRange<Double>?

    /// Makes an estimate.
    public init(value: Double, interval: ClosedRange<Double>? = nil) {
        self.value = value
        self.interval = interval
    }
}

/// Resamples entities with replacement, all rows of an entity together (the cluster bootstrap;
/// Efron 1979, doi:10.1214/aos/1176344552; Field and Welsh 2007,
/// doi:10.1111/j.1467-9868.2007.00593.x).
///
/// Rows of one card or subscriber resemble each other, so resampling rows would make intervals far
/// too narrow. A resample draws as many entities as there are; nothing is copied, an entity just
/// counts as often as it was drawn.
public struct EntityBootstrap: Sendable {
    /// How many resamples.
    public let resamples: Int
    /// The confidence of the intervals, in (0, 1).
    public let confidence: Double

    /// Makes a bootstrap.
    /// - Throws: `EvaluationError.invalidSetting` outside 2...100,000 resamples or confidence in
    ///   (0, 1).
    public init(resamples: Int = 200, confidence: Double = 0.95) throws(EvaluationError) {
        if !(2...100_000).contains(resamples) {
            throw .invalidSetting("expected 2 to 100,000 resamples, found \(resamples)")
        }
        try Checks.confidence(confidence)
        self.resamples = resamples
        self.confidence = confidence
    }

    /// The percentile intervals of some statistics.
    ///
    /// - Parameters:
    ///   - entities: how many there are, at least 1.
    ///   - statistics: how many numbers `compute` writes.
    ///   - compute: gets how often each entity was drawn, and writes the statistics of the
    ///     resample,
    ///     NaN where one is not defined there (a resample without positives has no AUC).
    /// - Returns: an interval for each; nil where less than half of the resamples defined it.
    /// - Complexity: O(resamples × (entities + cost of compute)).
    public func intervals(
        entities: Int, statistics: Int, using generator: inout some RandomNumberGenerator,
        compute: (_ copies: [Int32], _ results: inout [Double]) -> Void
    ) -> [ClosedRange<Double>?] {
        precondition(entities > 0)
        var copies = [Int32](repeating: 0, count: entities)
        var results = [Double](repeating: .nan, count: statistics)
        var drawn = [[Double]](repeating: [], count: statistics)
        for _ in 0..<resamples {
            for entity in 0..<entities { copies[entity] = 0 }
            for _ in 0..<entities {
                let draw = generator.next().multipliedFullWidth(by: UInt64(entities)).high
                copies[Int(draw)] += 1
            }
            for index in 0..<statistics { results[index] = .nan }
            compute(copies, &results)
            for index in 0..<statistics where !results[index].isNaN {
                drawn[index].append(results[index])
            }
        }
        return drawn.map { values in
            guard values.count * 2 >= resamples, values.count > 1 else { return nil }
            let sorted = values.sorted()
            let tail = (1 - confidence) / 2
            return quantile(sorted, tail)...quantile(sorted, 1 - tail)
        }
    }
}

/// The quantile of sorted values, by straight lines between them.
func quantile(_ sorted: [Double], _ probability: Double) -> Double {
    let place = probability * Double(sorted.count - 1)
    let below = min(Int(place), sorted.count - 1)
    let above = min(below + 1, sorted.count - 1)
    let part = place - Double(below)
    return sorted[below] + part * (sorted[above] - sorted[below])
}
