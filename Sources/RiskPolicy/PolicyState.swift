/// A stay on the list: from the day on which somebody was first given an action to the day on which
/// they leave.
public struct Case: Equatable, Sendable {
    /// The tier, or one of `reservedTiers`.
    public var tier: String
    /// What is in force.
    public var action: Action
    /// When the case came on the list.
    public var opened: PolicyDate
    /// Since when this action is in force.
    public var since: PolicyDate
    /// Since when the probability is below that from which the tier keeps a case; nil where it is not.
    public var below: PolicyDate?
    /// When the first step for a special group was decided; nil for not yet.
    public var firstStep: PolicyDate?
    /// What the case rests on; nil where there never was a score.
    public var evidence: Evidence?

    /// A person's decision.
    public static let overrideTier = "override"
    /// A verification that was not passed.
    public static let failedTier = "failed verification"
    /// Somebody related to a case.
    public static let relatedTier = "related"
    /// Where a case can be that no tier of the policy made.
    static let reservedTiers = [overrideTier, failedTier, relatedTier]
}

/// What is carried from one day to the next.
public struct PolicyState: Equatable, Sendable {
    /// The day that was decided last; nil for none.
    public internal(set) var day: PolicyDate?
    /// About whom there is something to remember, by the bytes of the key.
    public internal(set) var entries: [Entry] = []

    /// Nothing is remembered.
    public init() {}

    /// What is remembered of somebody; at least one of it.
    public struct Entry: Equatable, Sendable {
        /// Who.
        public let entityKey: String
        /// The open case.
        public var openCase: Case?
        /// When they were re-opened after a check.
        public var reopened: PolicyDate?
        /// The evidence on record for the green channel; nil: the next score is.
        public var evidence: Evidence?
        /// When a verification failed, with none passed since.
        public var failed: PolicyDate?

        var isEmpty: Bool { openCase == nil && reopened == nil && failed == nil }
    }
}
