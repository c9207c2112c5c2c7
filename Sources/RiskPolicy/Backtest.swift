/// A fraudulent act that became known as one.
public struct FraudAct: Equatable, Sendable {
    /// Whose.
    public var entityKey: String
    /// When it was done.
    public var day: PolicyDate
    /// When the operator knew of it otherwise than by the score.
    public var known: PolicyDate
    /// The loss, in the smallest unit of the currency; 0 where it is not known.
    public var amount: Int64

    /// Makes an act.
    public init(entityKey: String, day: PolicyDate, known: PolicyDate, amount: Int64 = 0) {
        self.entityKey = entityKey
        self.day = day
        self.known = known
        self.amount = amount
    }
}

/// A policy tried on history, day by day, with nothing known before its time.
///
/// Each day of the history is decided as `Policy.decide` would have, with the state of the day before.
/// An entity whose fraud is *known* is taken from the list from the next day on: it is dealt with, and
/// neither counts nor takes a place. Who has no known act in all of the history counts as
/// honest, so frauds that nobody found make a policy look worse than it is.
///
/// A fraud is **caught** where a settling action (all but `watch` and `remind`) is in force at the end of a day
/// from its first act on and before the first day on which it is known. Loss is **prevented** where a
/// restrictive action (`hold`, `suspend`, `refuse`) was in force at the end of the day before the act.
///
/// With `answerDays`, each new action of kind `verify` is answered so many days later: frauds whose first
/// act has been done fail, all others pass. So the green channel and `failedVerification` take part.
public struct Backtest: Sendable {
    /// The scores of each day that has some, ascending.
    public let days: [(day: PolicyDate, scores: [ScoredEntity])]
    /// The subscribers, over the whole history.
    public let subscribers: [Subscriber]
    /// Acts, in any order.
    public let acts: [FraudAct]
    /// After how many days a verification is answered, at least 1; nil for never.
    public let answerDays: Int?

    /// Makes the history.
    /// - Precondition: the days are ascending.
    public init(
        days: [(day: PolicyDate, scores: [ScoredEntity])], subscribers: [Subscriber] = [],
        acts: [FraudAct], answerDays: Int? = nil
    ) {
        precondition(zip(days, days.dropFirst()).allSatisfy { $0.day < $1.day })
        precondition(answerDays ?? 1 >= 1)
        self.days = days
        self.subscribers = subscribers
        self.acts = acts
        self.answerDays = answerDays
    }

    /// What a policy would have come to.
    public struct Outcome: Equatable, Sendable {
        /// New actions, by their words.
        public var actions: [String: Int] = [:]
        /// Days decided.
        public var days = 0
        /// The most new settling actions on one of them.
        public var busiestDay = 0
        /// Entities with an act in the history that could be caught.
        public var frauds = 0
        /// Those of them that were.
        public var caught = 0
        /// The loss by acts that were not known yet.
        public var loss: Int64 = 0
        /// What of it was prevented.
        public var prevented: Int64 = 0
        /// Entities without a known act; those of them with an action that they noticed, and with a
        /// restrictive one.
        public var honest = Hit()
        /// The same of the members of each group, by its name.
        public var groups: [String: Hit] = [:]

        /// Honest customers hit per case caught; infinite where none was, NaN without either.
        public var honestPerCaught: Double { Double(honest.noticed) / Double(caught) }
    }

    /// Honest entities and what was done to them.
    public struct Hit: Equatable, Sendable {
        /// All of them.
        public var members = 0
        /// With an action that they noticed.
        public var noticed = 0
        /// With a restrictive action.
        public var restricted = 0
    }
}

extension Backtest {
    /// Tries a policy.
    /// - Throws: `ProposalError` as `Policy.decide` does.
    /// - Complexity: that of deciding each day.
    public func run(_ policy: Policy) throws(ProposalError) -> Outcome {
        var outcome = Outcome()
        let frauds = Dictionary(grouping: acts) { EntityKey($0.entityKey) }
        let firstAct = frauds.compactMapValues { $0.map(\.day).min() }
        let firstKnown = frauds.compactMapValues { $0.map(\.known).min() }
        let groups = Dictionary(
            subscribers.map { (EntityKey($0.entityKey), $0.groups) }
        ) { first, _ in first }
        var state = PolicyState()
        var results: [CheckResult] = []
        var caught: Set<EntityKey> = []
        var noticed: Set<EntityKey> = []
        var restricted: Set<EntityKey> = []
        var seen: Set<EntityKey> = []
        guard let first = days.first?.day, let last = days.last?.day else { return outcome }
        let actsByDay = Dictionary(grouping: acts) { $0.day }
        var next = 0
        var inForce: [EntityKey: Action] = [:]
        for number in first.days...last.days {
            let today = PolicyDate(days: number)
            for act in actsByDay[today] ?? [] {
                let key = EntityKey(act.entityKey)
                guard let known = firstKnown[key], today < known else { continue }
                outcome.loss.add(act.amount)
                if inForce[key]?.kind.isRestrictive == true { outcome.prevented.add(act.amount) }
            }
            var scores: [ScoredEntity] = []
            if next < days.count, days[next].day == today {
                scores = days[next].scores
                next += 1
            }
            for score in scores { seen.insert(EntityKey(score.entityKey)) }
            func isOpen(_ key: EntityKey) -> Bool { firstKnown[key].map { today < $0 } ?? true }
            scores.removeAll { !isOpen(EntityKey($0.entityKey)) }
            state.entries.removeAll { !isOpen(EntityKey($0.entityKey)) }
            let decided = try policy.decide(
                DecisionDay(
                    day: today, scores: scores,
                    subscribers: subscribers.filter { isOpen(EntityKey($0.entityKey)) },
                    results: results.filter {
                        PolicyDate(microseconds: $0.time) == today
                            && isOpen(EntityKey($0.entityKey))
                    }),
                after: state)
            state = decided.state
            outcome.days += 1
            var worked = 0
            for decision in decided.decisions where decision.status == .new {
                guard let action = decision.action else { continue }
                let key = EntityKey(decision.entityKey)
                outcome.actions[action.name, default: 0] += 1
                worked += action.kind.isSettling ? 1 : 0
                if action.kind.isNoticed { noticed.insert(key) }
                if action.kind.isRestrictive { restricted.insert(key) }
                if action.kind == .verify, let answerDays {
                    let answered = today.adding(answerDays)
                    let isFraud = firstAct[key].map { $0 <= today } ?? false
                    results.append(
                        CheckResult(
                            entityKey: decision.entityKey, time: answered.microseconds,
                            outcome: isFraud ? .failed : .passed))
                }
            }
            results.removeAll { PolicyDate(microseconds: $0.time) <= today }
            outcome.busiestDay = max(outcome.busiestDay, worked)
            inForce = [:]
            for entry in state.entries {
                guard let action = entry.openCase?.action else { continue }
                let key = EntityKey(entry.entityKey)
                inForce[key] = action
                if action.kind.isSettling, let begun = firstAct[key], begun <= today {
                    caught.insert(key)
                }
            }
        }
        let everybody = seen.union(subscribers.map { EntityKey($0.entityKey) })
        for key in everybody where firstAct[key] == nil {
            let isNoticed = noticed.contains(key)
            let isRestricted = restricted.contains(key)
            func count(_ hit: inout Hit) {
                hit.members += 1
                hit.noticed += isNoticed ? 1 : 0
                hit.restricted += isRestricted ? 1 : 0
            }
            count(&outcome.honest)
            for group in groups[key] ?? [] { count(&outcome.groups[group, default: Hit()]) }
        }
        outcome.caught = caught.count
        outcome.frauds = firstAct.count { key, day in
            day <= last && firstKnown[key].map { $0 > first && $0 > day } ?? false
        }
        return outcome
    }
}

extension Int64 {
    /// Adds up to the bounds of the type and not beyond: no file can stop the process.
    fileprivate mutating func add(_ other: Int64) {
        let (sum, overflow) = addingReportingOverflow(other)
        self = overflow ? (other < 0 ? .min : .max) : sum
    }
}

extension Policy {
    /// The same policy with more hands, or fewer: all capacities times a factor, at least one case a day.
    /// - Parameter factor: above 0.
    public func scaled(by factor: Double) -> Policy {
        func scale(_ capacity: Capacity) -> Capacity {
            switch capacity {
            case .perDay(let count):
                .perDay(max(1, Capacity.roundedUp(min(1e9, Double(count) * factor))))
            case .share(let share): .share(min(1, share * factor))
            }
        }
        var policy = Policy(
            name: name,
            tiers: tiers.map { tier in
                Tier(
                    name: tier.name, action: tier.action,
                    minimumProbability: tier.minimumProbability,
                    capacity: tier.capacity.map(scale), keepProbability: tier.keepProbability,
                    keepDays: tier.keepDays)
            })
        policy.version = version
        policy.actions = actions
        policy.actionCapacities = actionCapacities.map {
            ActionCapacity(action: $0.action, capacity: scale($0.capacity))
        }
        policy.specialGroups = specialGroups
        policy.greenChannel = greenChannel
        policy.failedVerification = failedVerification
        policy.related = related.map {
            RelatedSubscribers(
                of: $0.of, action: $0.action, capacity: scale($0.capacity), days: $0.days)
        }
        policy.stores = stores
        return policy
    }
}
