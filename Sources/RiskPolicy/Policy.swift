import RiskJSON

/// What an operator does with a score: tiers from the strictest to the mildest.
///
/// A tier takes who is likely enough (`minimumProbability`), up to as many a day as can be worked
/// (`capacityPerDay`). Everybody belongs to the first tier that takes them, so whom a full tier
/// cannot take falls to the next one.
///
///     riskkit: policy/1
///     name: card-misuse
///     tiers:
///       - { name: stop, action: hold, minimumProbability: 0.9, capacityPerDay: 20 }
///       - { name: call, action: verify, capacityPerDay: 100 }
///       - { name: look, action: watch, minimumProbability: 0.3 }
///
/// Thresholds are on calibrated probability and on nothing else: it keeps its meaning when a model
/// is retrained.
public struct Policy: Equatable, Sendable {
    /// What the policy is called.
    public let name: String
    /// At least one, from the strictest to the mildest; names are distinct, each can be reached.
    public let tiers: [Tier]

    /// One step of the ladder.
    public struct Tier: Equatable, Sendable {
        /// What the tier is called, in the operator's words.
        public let name: String
        /// What is done with who is in it.
        public let action: Action
        /// The calibrated probability from which on the tier takes somebody, 0...1; nil for any.
        public let minimumProbability: Double?
        /// How many a day it takes at most, at least 1; nil for as many as there are.
        public let capacityPerDay: Int?
    }
}

/// What can be done about somebody. The words are those of policy files.
public enum Action: String, CaseIterable, Equatable, Sendable {
    /// Keep an eye on; nothing that the customer notices.
    case watch
    /// Tell or warn the customer.
    case remind
    /// Ask for a second identity verification.
    case verify
    /// Hold this one transaction, order or shipment until it is cleared.
    case hold
    /// Suspend the account or the number.
    case suspend
    /// Refuse new business.
    case refuse
    /// Hand the case to investigators.
    case refer
}

/// Why no proposal can be made for a list.
public enum ProposalError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The probability is NaN or outside 0...1.
    case notAProbability(entityKey: String, value: Double)
    /// An entity stands twice in one day's list and would use up two places.
    case duplicateEntity(entityKey: String)

    /// What was found and what was expected.
    public var description: String {
        switch self {
        case .notAProbability(let key, let value):
            "\(key): expected a probability from 0 to 1, found \(value)"
        case .duplicateEntity(let key):
            "\(key) stands twice in the list of one day"
        }
    }
}
