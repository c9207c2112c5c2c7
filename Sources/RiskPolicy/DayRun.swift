/// One day's work of a policy; see `Policy.decide`.
struct DayRun {
    let policy: Policy
    let day: DecisionDay
    let today: PolicyDate
    /// By rank.
    let ranked: [ScoredEntity]
    let ranks: [EntityKey: Int]
    let subscribers: [EntityKey: Int]
    let overrides: [EntityKey: Override]
    /// What was remembered before today.
    let before: [EntityKey: PolicyState.Entry]
    let lastDay: PolicyDate?

    var entries: [EntityKey: PolicyState.Entry]
    var results: [EntityKey: [CheckResult]] = [:]
    /// Places left today, by tier and by action's capacity, and for the related ones of new cases.
    var freeTiers: [Int]
    var freeActions: [Int]
    var freeRelated: Int
    var decisions: [Decision] = []
    var decided: Set<EntityKey> = []

    init(_ policy: Policy, _ day: DecisionDay, _ state: PolicyState) throws(ProposalError) {
        if let last = state.day, last >= day.day {
            throw .stateNotEarlier(state: last, day: day.day)
        }
        for entry in day.scores where !(entry.probability >= 0 && entry.probability <= 1) {
            throw .notAProbability(entityKey: entry.entityKey, value: entry.probability)
        }
        let ranked = day.scores.map { (key: EntityKey($0.entityKey), score: $0) }.sorted { a, b in
            a.score.probability != b.score.probability
                ? a.score.probability > b.score.probability : a.key < b.key
        }
        var ranks: [EntityKey: Int] = [:]
        ranks.reserveCapacity(ranked.count)
        for (rank, entry) in ranked.enumerated()
        where ranks.updateValue(rank, forKey: entry.key) != nil {
            throw .duplicateEntity(entityKey: entry.score.entityKey)
        }
        var subscribers: [EntityKey: Int] = [:]
        subscribers.reserveCapacity(day.subscribers.count)
        for (index, subscriber) in day.subscribers.enumerated()
        where subscribers.updateValue(index, forKey: EntityKey(subscriber.entityKey)) != nil {
            throw .duplicateSubscriber(entityKey: subscriber.entityKey)
        }
        var overrides: [EntityKey: Override] = [:]
        for override in day.overrides where override.isInForce(on: day.day) {
            if overrides.updateValue(override, forKey: EntityKey(override.entityKey)) != nil {
                throw .twoOverrides(entityKey: override.entityKey)
            }
        }
        self.policy = policy
        self.day = day
        today = day.day
        self.ranked = ranked.map(\.score)
        self.ranks = ranks
        self.subscribers = subscribers
        self.overrides = overrides
        before = Dictionary(
            uniqueKeysWithValues: state.entries.map { (EntityKey($0.entityKey), $0) })
        lastDay = state.day
        entries = before
        let population = day.population
        freeTiers = policy.tiers.map { $0.capacity?.places(of: population) ?? .max }
        freeActions = policy.actionCapacities.map { $0.capacity.places(of: population) }
        freeRelated = policy.related?.capacity.places(of: population) ?? 0
    }

    // MARK: what came back

    /// Takes in the results since the last day: a passed check closes the case and begins the green
    /// channel, a failed one is remembered.
    mutating func takeResults() {
        let new = day.results.filter { result in
            let date = PolicyDate(microseconds: result.time)
            return date <= today && (lastDay.map { date > $0 } ?? true)
        }
        for result in new.sorted(by: { $0.order < $1.order }) {
            let key = EntityKey(result.entityKey)
            results[key, default: []].append(result)
            var entry = entries[key] ?? PolicyState.Entry(entityKey: result.entityKey)
            let date = PolicyDate(microseconds: result.time)
            switch result.outcome {
            case .complaint: continue
            case .failed:
                // The newest evidence there is.
                entry.failed = date
                entry.reopened = nil
                entry.evidence = nil
            case .passed, .reopened:
                entry.failed = nil
                entry.reopened = policy.greenChannel == nil ? nil : date
                // A case that never had a score rests on nothing: whatever score comes is new evidence.
                if let open = entry.openCase {
                    entry.evidence = open.evidence ?? Evidence(probability: 0, reasons: [])
                }
                entry.openCase = nil
            }
            entries[key] = entry.isEmpty ? nil : entry
        }
    }

    // MARK: the list

    /// Decides about everybody who has a score, a case, an override or a result.
    mutating func decideAll() {
        for (key, override) in overrides.sorted(by: { $0.key < $1.key }) {
            decide(key, by: override)
            decided.insert(key)
        }
        var others: [EntityKey] = []
        for (key, entry) in entries where ranks[key] == nil && entry.openCase != nil {
            others.append(key)
        }
        for key in results.keys where ranks[key] == nil && entries[key]?.openCase == nil {
            others.append(key)
        }
        // Who failed a verification and found no place then: it stands until somebody has acted on it.
        if policy.failedVerification != nil {
            for (key, entry) in entries
            where ranks[key] == nil && results[key] == nil && entry.openCase == nil
                && entry.failed != nil
            {
                others.append(key)
            }
        }
        others.sort()
        let keys = ranked.map { EntityKey($0.entityKey) } + others
        if policy.failedVerification != nil {
            for key in keys where entries[key]?.failed != nil && !decided.contains(key) {
                decide(key)
                decided.insert(key)
            }
        }
        for key in keys where !decided.contains(key) { decide(key) }
        for decision in decisions { decided.insert(EntityKey(decision.entityKey)) }
    }

    /// A place to be, and whether somebody may come, or stay.
    struct Step {
        let name: String
        /// The index of the tier, nil for none.
        let tier: Int?
        let action: Action
        let admits: Bool
        let keeps: Bool
        /// Since when the probability is below what the tier keeps.
        var below: PolicyDate?
    }

    private func steps(_ score: ScoredEntity?, _ entry: PolicyState.Entry?) -> [Step] {
        let open = entry?.openCase
        var steps: [Step] = []
        if let action = policy.failedVerification, entry?.failed != nil {
            steps.append(
                Step(
                    name: Case.failedTier, tier: nil, action: action, admits: true,
                    keeps: open?.tier == Case.failedTier))
        }
        for (index, tier) in policy.tiers.enumerated() {
            var step = Step(
                name: tier.name, tier: index, action: tier.action,
                admits: score.map { tier.admits($0.probability) } ?? false, keeps: false)
            if let open, open.tier == tier.name, let bound = tier.keepsFrom {
                let isBelow = score.map { $0.probability < bound } ?? true
                let below = isBelow ? open.below ?? today : nil
                let stays = below.map { today.days(since: $0) + 1 < tier.keepDays } ?? true
                step = Step(
                    name: tier.name, tier: index, action: tier.action, admits: step.admits,
                    keeps: stays, below: below)
            }
            if step.admits || step.keeps { steps.append(step) }
        }
        if let open, open.tier == Case.relatedTier, let rule = policy.related,
            today.days(since: open.since) < rule.days
        {
            steps.append(
                Step(
                    name: Case.relatedTier, tier: nil, action: rule.action, admits: false,
                    keeps: true))
        }
        return steps
    }

    private mutating func decide(_ key: EntityKey) {
        let score = ranks[key].map { ranked[$0] }
        if let score, entries[key]?.reopened != nil, entries[key]?.evidence == nil {
            let first = evidence(of: score, nil)
            entries[key]?.evidence = first
        }
        let open = entries[key]?.openCase
        let steps = steps(score, entries[key])
        var notes = resultNotes(key)
        var obstacle: Decision.Basis?
        for step in steps {
            guard let ruling = rule(step.action, key, score, &notes) else {
                obstacle = obstacle ?? .greenChannel
                continue
            }
            func outcome(_ action: Action, _ status: Decision.Status) -> Outcome {
                let basis: Decision.Basis =
                    ruling.isFirstStep
                    ? .group
                    : status == .kept
                        ? .kept : step.name == Case.failedTier ? .result : obstacle ?? .tier
                return Outcome(
                    tier: step.name, action: action, status: status, basis: basis, notes: notes,
                    below: step.below, isFirstStep: ruling.isFirstStep)
            }
            if step.keeps, let open, open.action == ruling.action {
                if let below = step.below {
                    notes.append("below what keeps the case since \(below)")
                }
                return settle(key, score, outcome(open.action, .kept))
            }
            guard let full = take(step.name, step.tier, ruling.action) else {
                return settle(key, score, outcome(ruling.action, .new))
            }
            notes.append(full)
            obstacle = obstacle ?? .capacity
            var silent: [String] = []
            if step.keeps, let open,
                rule(open.action, key, score, &silent)?.action == open.action
            {
                return settle(key, score, outcome(open.action, .kept))
            }
        }
        settleNothing(key, score, obstacle, notes)
    }

    private mutating func decide(_ key: EntityKey, by override: Override) {
        let score = ranks[key].map { ranked[$0] }
        var notes = resultNotes(key)
        notes.append("\(override.author): \(override.reason); until \(override.expires)")
        let open = entries[key]?.openCase
        guard let action = override.action else {
            entries[key]?.openCase = nil
            return record(key, score, .nothing(open == nil ? .none : .left, .override, notes))
        }
        let isKept = open?.tier == Case.overrideTier && open?.action == action
        if !isKept, let full = take(Case.overrideTier, nil, action) {
            notes.append(full)
            guard let open else { return settleNothing(key, score, .capacity, notes) }
            return settle(
                key, score,
                Outcome(
                    tier: open.tier, action: open.action, status: .kept, basis: .capacity,
                    notes: notes, below: open.below))
        }
        settle(
            key, score,
            Outcome(
                tier: Case.overrideTier, action: action, status: isKept ? .kept : .new,
                basis: .override, notes: notes))
    }

    /// Takes a place in the tier, or among the related ones, and of the action.
    /// - Parameters:
    ///   - name: where the case is to be, a tier or one of `Case.reservedTiers`.
    ///   - tier: the index of the tier, nil for none.
    /// - Returns: nil where there was one, else what is full.
    mutating func take(_ name: String, _ tier: Int?, _ action: Action) -> String? {
        let isRelated = name == Case.relatedTier
        if tier.map({ freeTiers[$0] == 0 }) ?? (isRelated && freeRelated == 0) {
            return "\(name) is full"
        }
        let bounds = policy.actionCapacities.indices.filter {
            policy.actionCapacities[$0].action.covers(action)
        }
        if bounds.contains(where: { freeActions[$0] == 0 }) {
            return "\(action) cannot be done more often today"
        }
        if let tier { freeTiers[tier] -= 1 }
        if isRelated { freeRelated -= 1 }
        for bound in bounds { freeActions[bound] -= 1 }
        return nil
    }

    private func resultNotes(_ key: EntityKey) -> [String] {
        (results[key] ?? []).map {
            "\($0.outcome.rawValue) on \(PolicyDate(microseconds: $0.time))"
        }
    }
}
