/// Scored entities taken together by what they share: a dealer's accounts, a region's, an address's.
///
/// A list of groups for inspection has one enemy: luck. A shop with one account that scores 0.9 has a
/// rate of 0.9 and has done nothing that a thousand other shops could not have. So groups are ranked by a
/// rate that is drawn towards the rate of all, the more the fewer accounts there are:
///
///     shrunken rate = (expected + prior × base) / (entities + prior)
///
/// which is what the rate would be if `prior` average entities were added to each group: the posterior
/// mean of a beta distribution with mean `base` and strength `prior`. `expected` stands in for a count of
/// frauds, which nobody has yet.
public struct RollUp: Equatable, Sendable {
    /// What a group's entities come to.
    public struct Group: Equatable, Sendable {
        /// What they share.
        public var name: String
        /// How many they are, at least 1.
        public var entities: Int
        /// The sum of their probabilities: how many of them are expected to be positive.
        public var expected: Double
        /// How many have a probability of at least the bound.
        public var above: Int
        /// `expected` beyond what as many average entities come to; below 0 for fewer.
        public var excess: Double
        /// The rate by which groups are ranked, in 0...1.
        public var shrunkenRate: Double
        /// Where the group's rate lies, were the entities independent trials of it (Wilson 1927).
        public var interval: ClosedRange<Double>

        /// The mean probability.
        public var rate: Double { expected / Double(entities) }
        /// The share of entities at or above the bound.
        public var aboveShare: Double { Double(above) / Double(entities) }
    }

    /// The highest shrunken rate first; of equal ones the larger expected number, then by name.
    public var groups: [Group]
    /// The mean probability of all entities, those without a group among them.
    public var base: Double
    /// All entities.
    public var entities: Int
}

/// Rolls probabilities up to groups.
///
/// Sums are sums of integers, multiples of 2^-32 of a probability, so that they do not depend on the
/// order of the rows.
/// - Parameters:
///   - probabilities: one for each entity, each in 0...1.
///   - groups: what each entity shares with others; nil for one that belongs to none, which counts for
///     the base and nothing else.
///   - bound: entities from this probability on are counted as `above`; in 0...1.
///   - prior: how many average entities are added to each group, at least 0 and finite; 0 ranks by the
///     bare rate.
///   - confidence: of the intervals, in (0, 1).
/// - Throws: `EvaluationError` for no rows, sizes that differ, no probability, a setting out of range.
/// - Complexity: O(n + g log g) for g groups.
public func rollUp(
    probabilities: [Double], groups: [String?], above bound: Double, prior: Double,
    confidence: Double = 0.95
) throws(EvaluationError) -> RollUp {
    try Checks.size("groups", groups.count, expected: probabilities.count)
    try Checks.probabilities(probabilities, expected: probabilities.count)
    if probabilities.isEmpty { throw .noRows }
    guard (0...1).contains(bound) else {
        throw .invalidSetting("expected a bound from 0 to 1, found \(bound)")
    }
    guard prior >= 0, prior.isFinite else {
        throw .invalidSetting("expected a prior of at least 0 entities, found \(prior)")
    }
    try Checks.confidence(confidence)
    var sums: [String: (entities: Int, units: Int64, above: Int)] = [:]
    var total: Int64 = 0
    for (probability, group) in zip(probabilities, groups) {
        let units = Int64((probability * 0x1p32).rounded())
        total += units
        guard let group else { continue }
        sums[group, default: (0, 0, 0)].entities += 1
        sums[group, default: (0, 0, 0)].units += units
        sums[group, default: (0, 0, 0)].above += probability >= bound ? 1 : 0
    }
    let base = Double(total) * 0x1p-32 / Double(probabilities.count)
    let rolled = sums.map { name, sum in
        let (count, expected) = (Double(sum.entities), Double(sum.units) * 0x1p-32)
        return RollUp.Group(
            name: name, entities: sum.entities, expected: expected, above: sum.above,
            excess: expected - count * base,
            shrunkenRate: (expected + prior * base) / (count + prior),
            interval: wilsonInterval(
                rate: expected / count, count: count, confidence: confidence))
    }
    return RollUp(
        groups: rolled.sorted {
            if $0.shrunkenRate != $1.shrunkenRate { return $0.shrunkenRate > $1.shrunkenRate }
            return $0.expected != $1.expected ? $0.expected > $1.expected : $0.name < $1.name
        }, base: base, entities: probabilities.count)
}
