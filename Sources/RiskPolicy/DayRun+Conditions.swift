extension DayRun {
    /// What becomes of an action under the conditions.
    struct Ruling {
        let action: Action
        let isFirstStep: Bool
    }

    /// - Returns: nil where the green channel holds the action back.
    mutating func rule(
        _ action: Action, _ key: EntityKey, _ score: ScoredEntity?, _ notes: inout [String]
    ) -> Ruling? {
        guard passesGreenChannel(action, key, score, &notes) else { return nil }
        guard let (special, group) = waitsFor(action, key) else {
            return Ruling(action: action, isFirstStep: false)
        }
        guard passesGreenChannel(special.first, key, score, &notes) else { return nil }
        notes.append("\(group): \(special.first) before \(action)")
        return Ruling(action: special.first, isFirstStep: true)
    }

    /// The rule that an action has to wait for, and the group that it is for; nil where it is open.
    ///
    /// Of several rules for somebody the strictest counts: that with the most `days`, of equal ones
    /// the first in the policy. So the action is open once it is by all of them, and one first step
    /// is taken, which the reader of policies has found to be forbidden by no other rule.
    private func waitsFor(
        _ action: Action, _ key: EntityKey
    ) -> (rule: SpecialGroups, group: String)? {
        guard let subscriber = subscribers[key].map({ day.subscribers[$0] }) else { return nil }
        let entry = entries[key]
        if entry?.failed != nil { return nil }
        let waited = entry?.openCase?.firstStep.map { today.days(since: $0) }
        var strictest: (rule: SpecialGroups, group: String)?
        for special in policy.specialGroups where special.before.cover(action) {
            guard let group = special.groups.first(where: { subscriber.groups.contains($0) }),
                waited.map({ $0 < special.days }) ?? true,
                strictest.map({ $0.rule.days < special.days }) ?? true
            else { continue }
            strictest = (special, group)
        }
        return strictest
    }

    private mutating func passesGreenChannel(
        _ action: Action, _ key: EntityKey, _ score: ScoredEntity?, _ notes: inout [String]
    ) -> Bool {
        guard let green = policy.greenChannel, green.blocks.cover(action),
            let entry = entries[key], let since = openGreenChannel(entry)
        else { return true }
        if let score, let record = entry.evidence,
            green.isNew(probability: score.probability, reasons: score.reasons, against: record)
        {
            notes.append("new evidence: the green channel of \(since) ends")
            entries[key]?.reopened = nil
            entries[key]?.evidence = nil
            return true
        }
        let note =
            "\(action) held back: re-opened on \(since), same evidence, "
            + "until \(since.adding(green.days))"
        if !notes.contains(note) { notes.append(note) }
        return false
    }

    /// Since when the green channel is open; nil where it is not.
    func openGreenChannel(_ entry: PolicyState.Entry) -> PolicyDate? {
        guard let green = policy.greenChannel, let since = entry.reopened,
            today.days(since: since) < green.days
        else { return nil }
        return since
    }

    /// The evidence of a case with a day's score.
    func evidence(of score: ScoredEntity?, _ earlier: Evidence?) -> Evidence? {
        guard let score else { return earlier }
        var evidence = earlier ?? Evidence(probability: score.probability, reasons: [])
        evidence.take(
            score.probability, score.reasons.prefix(policy.greenChannel?.newReasons ?? 0))
        return evidence
    }

    // MARK: decisions on record

    /// What came out for somebody.
    struct Outcome {
        let tier: String
        let action: Action?
        let status: Decision.Status
        let basis: Decision.Basis
        let notes: [String]
        var below: PolicyDate?
        var isFirstStep = false

        static func nothing(
            _ status: Decision.Status, _ basis: Decision.Basis, _ notes: [String]
        ) -> Outcome {
            Outcome(tier: "", action: nil, status: status, basis: basis, notes: notes)
        }
    }

    /// An action is new or stays: the case is brought up to date.
    mutating func settle(_ key: EntityKey, _ score: ScoredEntity?, _ outcome: Outcome) {
        guard let action = outcome.action else { return }
        var entry = entries[key] ?? PolicyState.Entry(entityKey: key.text)
        let open = entry.openCase
        entry.openCase = Case(
            tier: outcome.tier, action: action, opened: open?.opened ?? today,
            since: outcome.status == .kept ? open?.since ?? today : today, below: outcome.below,
            firstStep: open?.firstStep ?? (outcome.isFirstStep ? today : nil),
            evidence: evidence(of: score, open?.evidence))
        entries[key] = entry
        record(key, score, outcome)
    }

    /// Nothing is done: a case that there was is closed.
    mutating func settleNothing(
        _ key: EntityKey, _ score: ScoredEntity?, _ obstacle: Decision.Basis?, _ notes: [String]
    ) {
        let hadCase = before[key]?.openCase != nil
        entries[key]?.openCase = nil
        if let obstacle {
            record(key, score, .nothing(hadCase ? .left : .none, obstacle, notes))
        } else if hadCase || results[key] != nil {
            record(
                key, score,
                .nothing(hadCase ? .left : .none, results[key] == nil ? .left : .result, notes))
        }
    }

    mutating func record(_ key: EntityKey, _ score: ScoredEntity?, _ outcome: Outcome) {
        decisions.append(
            Decision(
                entityKey: key.text, score: score, rank: ranks[key].map { $0 + 1 },
                subscriber: subscribers[key].map { day.subscribers[$0] }, tier: outcome.tier,
                action: outcome.action, status: outcome.status, basis: outcome.basis,
                notes: outcome.notes, since: entries[key]?.openCase?.since, previous: before[key],
                override: overrides[key], results: results[key] ?? []))
    }
}
