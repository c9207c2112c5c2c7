/// Somebody with the day's score.
public struct ScoredEntity: Equatable, Sendable {
    /// Who: the key that the operator's systems know.
    public var entityKey: String
    /// The calibrated probability, 0...1.
    public var probability: Double
    /// The points, where the model has a scaling.
    public var points: Int?
    /// The reasons, the strongest first; empty ones count as none.
    public var reasons: [String]

    /// Makes an entry of a day's list.
    public init(
        entityKey: String, probability: Double, points: Int? = nil, reasons: [String] = []
    ) {
        self.entityKey = entityKey
        self.probability = probability
        self.points = points
        self.reasons = reasons
    }
}

/// What the operator knows of a subscriber besides behaviour.
public struct Subscriber: Equatable, Sendable {
    /// Who, by the same key as in the scores.
    public var entityKey: String
    /// Special groups that the subscriber belongs to.
    public var groups: [String]
    /// Who hangs together has the same; nil for nobody.
    public var ring: String?
    /// The store or dealer that opened the account; nil where it is not known.
    public var store: String?

    /// Makes a subscriber.
    public init(
        entityKey: String, groups: [String] = [], ring: String? = nil, store: String? = nil
    ) {
        self.entityKey = entityKey
        self.groups = groups
        self.ring = ring
        self.store = store
    }
}

/// A decision by a person that stands above score and conditions, until it expires.
public struct Override: Equatable, Sendable {
    /// The word for "nothing is done about this one".
    public static let nobody = "none"

    /// About whom.
    public var entityKey: String
    /// What is done; nil for nothing.
    public var action: Action?
    /// Who decided it.
    public var author: String
    /// Why.
    public var reason: String
    /// The first day on which it holds; nil for any.
    public var from: PolicyDate?
    /// The first day on which it does not hold any more.
    public var expires: PolicyDate

    /// Makes an override.
    public init(
        entityKey: String, action: Action?, author: String, reason: String,
        from: PolicyDate? = nil, expires: PolicyDate
    ) {
        self.entityKey = entityKey
        self.action = action
        self.author = author
        self.reason = reason
        self.from = from
        self.expires = expires
    }

    /// Whether it holds on a day.
    public func isInForce(on day: PolicyDate) -> Bool {
        (from.map { $0 <= day } ?? true) && day < expires
    }
}

/// What a check of a case, or a customer, came back with.
public struct CheckResult: Equatable, Sendable {
    /// What came back. The words are those of results' files.
    public enum Outcome: String, CaseIterable, Sendable {
        /// A verification that was not passed, or not answered in time.
        case failed
        /// The customer complains; on record, without effect on decisions.
        case complaint
        /// A verification that was passed: the case ends, the green channel begins.
        case passed
        /// Re-opened through the green channel after a check, whatever had been done.
        case reopened

        /// What a learner may take it for: 1 for a fraud, 0 for none; nil where it says nothing.
        public var label: Bool? {
            switch self {
            case .failed: true
            case .passed, .reopened: false
            case .complaint: nil
            }
        }
    }

    /// About whom.
    public var entityKey: String
    /// When it became known, in microseconds since 1970-01-01T00:00:00Z.
    public var time: Int64
    /// What came back.
    public var outcome: Outcome

    /// Makes a result.
    public init(entityKey: String, time: Int64, outcome: Outcome) {
        self.entityKey = entityKey
        self.time = time
        self.outcome = outcome
    }

    /// Everything about it that counts for the order in which results are taken in.
    var order: (Int64, EntityKey, Int) {
        (time, EntityKey(entityKey), Outcome.allCases.firstIndex(of: outcome) ?? 0)
    }
}

/// All that is known at the end of a day, when it is decided.
public struct DecisionDay: Sendable {
    /// The day.
    public var day: PolicyDate
    /// The day's scores, each entity once, in any order.
    public var scores: [ScoredEntity]
    /// The subscribers, each once, in any order; who is not here is in no group, ring and store.
    public var subscribers: [Subscriber]
    /// Overrides; those that are not in force have no effect.
    public var overrides: [Override]
    /// Results that became known up to this day; those of days that the state has seen are passed over.
    public var results: [CheckResult]

    /// Makes a day.
    public init(
        day: PolicyDate, scores: [ScoredEntity], subscribers: [Subscriber] = [],
        overrides: [Override] = [], results: [CheckResult] = []
    ) {
        self.day = day
        self.scores = scores
        self.subscribers = subscribers
        self.overrides = overrides
        self.results = results
    }

    /// How many a share of the subscribers is a share of: the subscribers, where they are given, else
    /// who has a score.
    var population: Int { subscribers.isEmpty ? scores.count : subscribers.count }
}
