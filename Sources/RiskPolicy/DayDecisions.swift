/// What is decided about somebody, and why: all that an audit record says.
public struct Decision: Equatable, Sendable {
    /// What changes.
    public enum Status: String, Sendable {
        /// The action is new today, and takes a place of its capacities.
        case new
        /// The action is in force since an earlier day; nothing is to be done, and no place is taken.
        case kept
        /// The case of an earlier day is closed.
        case left
        /// Something would have been done, and nothing is.
        case none
    }

    /// What decided it.
    public enum Basis: String, Sendable {
        /// The probability, and the tier that takes it.
        case tier
        /// The case stays where it was.
        case kept
        /// A special group: the first step comes first.
        case group
        /// The green channel held back a stricter action.
        case greenChannel
        /// A person.
        case override
        /// What a check came back with.
        case result
        /// Somebody else's case, by a link that is named.
        case related
        /// A full tier, or an action that cannot be done more often.
        case capacity
        /// The score, too low for the list now.
        case left
    }

    /// Who.
    public let entityKey: String
    /// The day's score; nil for none.
    public let score: ScoredEntity?
    /// The place of the score in the day's list, from 1.
    public let rank: Int?
    /// What is known of the subscriber; nil where they are not in the table.
    public let subscriber: Subscriber?
    /// The tier, or one of `override`, `failed verification`, `related`; empty for none.
    public let tier: String
    /// What is done; nil for nothing.
    public let action: Action?
    /// What changes.
    public let status: Status
    /// What decided it.
    public let basis: Basis
    /// In words: what stood in the way, who decided, which link; in the order in which it came up.
    public let notes: [String]
    /// Since when the action is in force.
    public let since: PolicyDate?
    /// What was remembered before this day.
    public let previous: PolicyState.Entry?
    /// The override in force.
    public let override: Override?
    /// The results taken in today.
    public let results: [CheckResult]
}

/// How a store stands by its openings.
public struct StoreAssessment: Equatable, Sendable {
    /// The store, as the subscribers' table names it.
    public let store: String
    /// The subscribers that it opened.
    public let openings: Int
    /// Those of them that are cases by the policy's rule.
    public let cases: Int
    /// The lower bound of cases / openings.
    public let lowerBound: Double
    /// What is proposed; nil for nothing.
    public let action: Action?

    /// Cases / openings.
    public var rate: Double { Double(cases) / Double(openings) }
}

/// One day's decisions.
public struct DayDecisions: Equatable, Sendable {
    /// The day.
    public let day: PolicyDate
    /// Everybody about whom something is or would have been done, overrides first, then failed
    /// verifications, then by rank; who is drawn in stands behind all others. Who is in no tier and has no
    /// case is not here.
    public let decisions: [Decision]
    /// Stores with at least one case, from the highest lower bound on; empty without a rule.
    public let stores: [StoreAssessment]
    /// What the next day needs.
    public let state: PolicyState
    /// Overrides that have expired by this day: they have no effect.
    public let expiredOverrides: [Override]
    /// How many had a score.
    public let scoredCount: Int
}

extension Policy {
    /// Decides a day.
    ///
    /// The day's list is worked from the highest probability down, equal ones by the bytes of the key.
    /// For each, tiers are tried from the strictest on:
    ///
    /// 1. An **override** in force decides alone; it takes the places of its action before anybody else.
    /// 2. Who **failed** a verification gets `failedVerification`, if the policy has it, before all tiers.
    /// 3. A tier takes who is likely enough, and keeps whose case it is while the probability is not
    ///    below `keepProbability`, or was not on `keepDays` days in a row (a day without a score counts as below).
    /// 4. The **green channel** may hold its action back; then the next tier is tried.
    /// 5. A **special group** gets its first step in place of the tier's action.
    /// 6. A case whose tier and action stay the same is *kept* and takes no place. Any other is *new*
    ///    and takes one of the tier's and of the action's places; where there is none it keeps what it
    ///    had in that tier, or the next tier is tried.
    ///
    /// Then those **related** to new cases are proposed, and stores assessed.
    ///
    /// - Parameter state: what the last decided day left; an empty one at the beginning.
    /// - Returns: the same for the same inputs, in whatever order their rows come.
    /// - Throws: `ProposalError` for a value that is no probability, a key that stands twice, two
    ///   overrides for one entity, a state that is not earlier than the day.
    /// - Complexity: O(n log n + n × tiers) for n scores, subscribers and entries of the state.
    public func decide(
        _ day: DecisionDay, after state: PolicyState = PolicyState()
    ) throws(ProposalError) -> DayDecisions {
        var run = try DayRun(self, day, state)
        run.takeResults()
        run.decideAll()
        run.addRelated()
        return run.finish()
    }
}
