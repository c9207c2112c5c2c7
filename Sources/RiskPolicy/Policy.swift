/// What an operator does with a score: tiers from the strictest to the mildest, and the conditions under
/// which they hold.
///
/// A tier takes who is likely enough (`minimumProbability`), up to as many a day as can be worked
/// (`capacityPerDay`, `capacityShare`). Everybody belongs to the first tier that takes them, so whom a
/// full tier cannot take falls to the next one.
///
///     riskkit: policy/1
///     name: card-misuse
///     tiers:
///       - { name: stop, action: hold, minimumProbability: 0.9, capacityPerDay: 20 }
///       - { name: call, action: verify, capacityPerDay: 100 }
///       - { name: look, action: watch, minimumProbability: 0.3 }
///
/// Thresholds are on calibrated probability and on nothing else: it keeps its meaning when a model
/// is retrained. What a policy is *not*: it trains nothing, reads no clock and no file, and draws no
/// lots; the same inputs give the same decisions in any order of rows.
public struct Policy: Equatable, Sendable {
    /// What the policy is called.
    public let name: String
    /// What the operator calls this state of it, for the record; nil where it is not said.
    public var version: String?
    /// The operator's own words, in the order of the document.
    public var actions: [Action] = []
    /// At least one, from the strictest to the mildest; names are distinct, each can be reached.
    public let tiers: [Tier]
    /// How often an action can be done, whichever tier asks for it.
    public var actionCapacities: [ActionCapacity] = []
    /// Who is called before anything stricter; no group stands in two of them.
    public var specialGroups: [SpecialGroups] = []
    /// What is not done again to who was re-opened after a check.
    public var greenChannel: GreenChannel?
    /// What is done about who failed a verification, before all tiers; nil for nothing of its own.
    public var failedVerification: Action?
    /// Who else is proposed because of a case.
    public var related: RelatedSubscribers?
    /// How stores and dealers are assessed.
    public var stores: StoreRule?

    init(name: String, tiers: [Tier]) {
        self.name = name
        self.tiers = tiers
    }

    /// One step of the ladder.
    public struct Tier: Equatable, Sendable {
        /// What the tier is called, in the operator's words.
        public let name: String
        /// What is done with who is in it.
        public let action: Action
        /// The calibrated probability from which on the tier takes somebody, 0...1; nil for any.
        public let minimumProbability: Double?
        /// How many new cases a day it takes at most; nil for as many as there are.
        public let capacity: Capacity?
        /// The calibrated probability from which on a case stays, at most `minimumProbability`; nil
        /// for that one.
        public var keepProbability: Double?
        /// On how many days in a row a case must be below to leave, at least 1.
        public var keepDays = 1

        /// The capacity where it is a number of cases.
        public var capacityPerDay: Int? {
            if case .perDay(let count)? = capacity { count } else { nil }
        }

        /// From where on a case stays; nil where the tier keeps nobody and is filled anew each day.
        var keepsFrom: Double? { keepProbability ?? minimumProbability }
    }

    /// How much can be done a day.
    public enum Capacity: Equatable, Sendable {
        /// So many new cases, at least 1.
        case perDay(Int)
        /// So many for each subscriber, above 0 and at most 1. The product is rounded up, unless it is a
        /// whole number but for the last bits: 0.07 of 100 are 7.
        case share(Double)

        /// How many new cases that is.
        /// - Parameter population: the subscribers.
        public func places(of population: Int) -> Int {
            switch self {
            case .perDay(let count): count
            case .share(let share): Self.roundedUp(share * Double(population))
            }
        }

        static func roundedUp(_ count: Double) -> Int {
            let nearest = count.rounded()
            return Int(abs(count - nearest) <= 1e-9 * count ? nearest : count.rounded(.up))
        }
    }

    /// How often an action can be done a day.
    public struct ActionCapacity: Equatable, Sendable {
        /// The action; a word of the toolkit bounds all actions of its kind together.
        public let action: Action
        /// How often.
        public let capacity: Capacity
    }
}

/// Why nothing can be proposed or decided.
public enum ProposalError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The probability is NaN or outside 0...1.
    case notAProbability(entityKey: String, value: Double)
    /// An entity stands twice in one day's list and would use up two places.
    case duplicateEntity(entityKey: String)
    /// A subscriber stands twice in the list of subscribers.
    case duplicateSubscriber(entityKey: String)
    /// Two overrides are in force for one entity.
    case twoOverrides(entityKey: String)
    /// The state that is carried over is not from an earlier day.
    case stateNotEarlier(state: PolicyDate, day: PolicyDate)

    /// What was found and what was expected.
    public var description: String {
        switch self {
        case .notAProbability(let key, let value):
            "\(key): expected a probability from 0 to 1, found \(value)"
        case .duplicateEntity(let key):
            "\(key) stands twice in the list of one day"
        case .duplicateSubscriber(let key):
            "\(key) stands twice among the subscribers"
        case .twoOverrides(let key):
            "two overrides are in force for \(key); end one of them"
        case .stateNotEarlier(let state, let day):
            "the state is that of \(state): it is carried to a later day, not to \(day)"
        }
    }
}
