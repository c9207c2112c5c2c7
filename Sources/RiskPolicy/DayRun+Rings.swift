extension DayRun {
    /// Proposes who shares a ring with a new case.
    mutating func addRelated() {
        guard let rule = policy.related else { return }
        let sources = decisions.filter { decision in
            decision.status == .new && decision.action.map { rule.of.cover($0) } ?? false
                && !(decision.subscriber?.ring ?? "").isEmpty
        }
        var members: [String: [(rank: Int, key: EntityKey)]] = [:]
        for source in sources { members[source.subscriber?.ring ?? ""] = [] }
        for subscriber in day.subscribers {
            guard let ring = subscriber.ring, members[ring] != nil else { continue }
            let key = EntityKey(subscriber.entityKey)
            members[ring]?.append((ranks[key] ?? .max, key))
        }
        for source in sources {
            guard let ring = source.subscriber?.ring,
                let others = members.removeValue(forKey: ring)
            else { continue }
            let link = "ring \(ring) with \(source.entityKey) (\(source.action?.name ?? ""))"
            for (_, key) in others.sorted(by: { ($0.rank, $0.key) < ($1.rank, $1.key) }) {
                if freeRelated == 0 { return }
                guard !decided.contains(key), entries[key]?.openCase == nil,
                    entries[key].flatMap({ openGreenChannel($0) }) == nil
                else { continue }
                let score = ranks[key].map { ranked[$0] }
                var notes = [link]
                guard let ruling = self.rule(rule.action, key, score, &notes),
                    take(Case.relatedTier, nil, ruling.action) == nil
                else { continue }
                decided.insert(key)
                settle(
                    key, score,
                    Outcome(
                        tier: Case.relatedTier, action: ruling.action, status: .new,
                        basis: .related, notes: notes, below: nil,
                        isFirstStep: ruling.isFirstStep))
            }
        }
    }

    /// The day's result, and what the next one needs.
    func finish() -> DayDecisions {
        var state = PolicyState()
        state.day = today
        state.entries = entries.compactMap { _, entry -> PolicyState.Entry? in
            var entry = entry
            // The first day of the next decision at which the green channel could count is tomorrow.
            if openGreenChannel(entry) == nil {
                entry.reopened = nil
                entry.evidence = nil
            }
            return entry.isEmpty ? nil : entry
        }.sorted { EntityKey($0.entityKey) < EntityKey($1.entityKey) }
        return DayDecisions(
            day: today, decisions: decisions, stores: assessStores(), state: state,
            expiredOverrides: day.overrides.filter { $0.expires <= today }.sorted {
                (EntityKey($0.entityKey), $0.expires) < (EntityKey($1.entityKey), $1.expires)
            }, scoredCount: ranked.count)
    }

    private func assessStores() -> [StoreAssessment] {
        guard let rule = policy.stores else { return [] }
        var counts: [EntityKey: (openings: Int, cases: Int)] = [:]
        for subscriber in day.subscribers {
            guard let store = subscriber.store, !store.isEmpty else { continue }
            let entry = entries[EntityKey(subscriber.entityKey)]
            let isCase =
                entry?.failed != nil || entry?.openCase.map { rule.of.cover($0.action) } ?? false
            var count = counts[EntityKey(store)] ?? (0, 0)
            count.openings += 1
            count.cases += isCase ? 1 : 0
            counts[EntityKey(store)] = count
        }
        return counts.filter { $0.value.cases > 0 }.map { store, count in
            let bound = rule.lowerBound(cases: count.cases, openings: count.openings)
            let isOver = count.openings >= rule.minimumOpenings && bound >= rule.minimumRate
            return StoreAssessment(
                store: store.text, openings: count.openings, cases: count.cases,
                lowerBound: bound, action: isOver ? rule.action : nil)
        }.sorted { a, b in
            a.lowerBound != b.lowerBound
                ? a.lowerBound > b.lowerBound : EntityKey(a.store) < EntityKey(b.store)
        }
    }
}
