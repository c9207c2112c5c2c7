/// Somebody with a score.
public struct RankedEntity: Equatable, Sendable {
    /// Who: the key that the operator's systems know.
    public let entityKey: String
    /// The calibrated probability, 0...1.
    public let probability: Double

    /// Makes an entry of a ranked list.
    public init(entityKey: String, probability: Double) {
        self.entityKey = entityKey
        self.probability = probability
    }
}

/// What a policy proposes to do about somebody.
public struct Proposal: Equatable, Sendable {
    /// Who.
    public let entityKey: String
    /// The calibrated probability, 0...1.
    public let probability: Double
    /// The place in the day's list, from 1.
    public let rank: Int
    /// The index of the tier in `Policy.tiers`.
    public let tier: Int
    /// What that tier does.
    public let action: Action
}

/// What a policy proposes for one day.
public struct DayProposals: Equatable, Sendable {
    /// From the highest probability to the lowest; who is in no tier is not here.
    public let proposals: [Proposal]
    /// For each tier, how many were likely enough for it but found it full.
    public let overflow: [Int]
    /// How many are in no tier.
    public let unproposedCount: Int
}

extension Policy {
    /// Proposes for one day's list under the tiers' capacities.
    ///
    /// The list may come in any order: it is worked from the highest probability down, equal
    /// probabilities by entity key, the lower (by its UTF-8 bytes) first. So the same list in any
    /// order gives the same proposals.
    /// - Throws: `ProposalError` for a value that is no probability and for a key that stands
    ///   twice.
    /// - Complexity: O(n log n + n × tiers).
    public func propose(ranked list: [RankedEntity]) throws(ProposalError) -> DayProposals {
        var keys: Set<EntityKey> = []
        keys.reserveCapacity(list.count)
        for entry in list {
            guard entry.probability >= 0, entry.probability <= 1 else {
                throw .notAProbability(entityKey: entry.entityKey, value: entry.probability)
            }
            guard keys.insert(EntityKey(entry.entityKey)).inserted else {
                throw .duplicateEntity(entityKey: entry.entityKey)
            }
        }
        let ranked = list.sorted { a, b in
            if a.probability != b.probability { return a.probability > b.probability }
            return a.entityKey.utf8.lexicographicallyPrecedes(b.entityKey.utf8)
        }
        var free = tiers.map { $0.capacity?.places(of: list.count) ?? .max }
        var overflow = [Int](repeating: 0, count: tiers.count)
        var proposals: [Proposal] = []
        for (place, entry) in ranked.enumerated() {
            for (index, tier) in tiers.enumerated() where tier.admits(entry.probability) {
                if free[index] == 0 {
                    overflow[index] += 1
                    continue
                }
                free[index] -= 1
                proposals.append(
                    Proposal(
                        entityKey: entry.entityKey, probability: entry.probability,
                        rank: place + 1, tier: index, action: tier.action))
                break
            }
        }
        return DayProposals(
            proposals: proposals, overflow: overflow,
            unproposedCount: list.count - proposals.count)
    }

    /// The index of the tier for one live event, nil for none.
    ///
    /// One event alone has no rank, so capacities do not count here, and a tier that only a
    /// capacity bounds is passed over.
    /// - Parameter probability: calibrated, 0...1; NaN is in no tier.
    /// - Complexity: O(tiers).
    public func propose(probability: Double) -> Int? {
        tiers.firstIndex { $0.minimumProbability.map { probability >= $0 } ?? false }
    }
}

extension Policy.Tier {
    /// Whether somebody is likely enough for this tier.
    func admits(_ probability: Double) -> Bool {
        minimumProbability.map { probability >= $0 } ?? true
    }
}
