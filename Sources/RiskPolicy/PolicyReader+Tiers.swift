import RiskJSON

extension PolicyReader {
    /// A tier as far as it could be read: `bounds` is nil where one of them had a mistake, which is not
    /// what is nil because the author left it out.
    struct Draft {
        var name: String?
        var action: Action?
        var bounds: (probability: Double?, capacity: Policy.Capacity?)?
        var keepProbability: Double?
        var keepDays = 1

        var complete: Policy.Tier? {
            guard let name, let action, let bounds else { return nil }
            return Policy.Tier(
                name: name, action: action, minimumProbability: bounds.probability,
                capacity: bounds.capacity, keepProbability: keepProbability, keepDays: keepDays)
        }
    }

    /// nil only where a mistake was noted.
    func readTiers(
        _ members: [String: Place], _ root: Place, capacities: [Policy.ActionCapacity],
        green: GreenChannel?
    ) -> [Policy.Tier]? {
        guard let place = required("tiers", members, root),
            let elements = reader.elements(of: place)
        else { return nil }
        if elements.isEmpty { reader.note("expected at least one tier, found none", at: place) }
        if elements.count > Policy.largestTierCount {
            reader.note(
                "expected at most \(Policy.largestTierCount) tiers, found \(elements.count)",
                at: place)
            return nil
        }
        let drafts = elements.map { readTier($0) }
        noteDuplicates(elements, drafts)
        noteUnreachable(elements, drafts, capacities, green)
        let complete = drafts.compactMap(\.complete)
        return complete.count == drafts.count ? complete : nil
    }

    private func readTier(_ place: Place) -> Draft {
        var draft = Draft()
        let known =
            ["name", "action", "minimumProbability"] + Self.capacityKeys
            + ["keepProbability", "keepDays"]
        guard let members = reader.members(of: place, known: known) else { return draft }
        draft.name = required("name", members, place).flatMap { readName($0) }
        if let name = draft.name, Case.reservedTiers.contains(name), let found = members["name"] {
            reader.note("\"\(name)\" names cases that no tier made; choose another name", at: found)
        }
        draft.action = required("action", members, place).flatMap { readAction($0) }
        var sound = true
        var probability: Double?
        if let found = members["minimumProbability"] {
            probability = reader.number(found, in: 0...1)
            sound = probability != nil
        }
        if let capacity = readCapacity(members, place), sound {
            draft.bounds = (probability, capacity)
        }
        if let found = members["keepProbability"] {
            draft.keepProbability = reader.number(found, in: 0...1)
            if let keep = draft.keepProbability, let probability, keep > probability {
                reader.note(
                    "a case would leave at \(keep) that entered at \(probability): "
                        + "expected at most minimumProbability", at: found)
            }
        }
        if let found = members["keepDays"] {
            draft.keepDays = reader.integer(found, in: Self.dayBounds) ?? 1
            if members["minimumProbability"] == nil, members["keepProbability"] == nil {
                reader.note("needs keepProbability: below what would the days count?", at: found)
            }
        }
        return draft
    }

    private func noteDuplicates(_ places: [Place], _ tiers: [Draft]) {
        var seen: [String: Int] = [:]
        for (index, tier) in tiers.enumerated() {
            guard let name = tier.name else { continue }
            if let first = seen[name] {
                reader.note(
                    "the name \"\(name)\" is already that of tier \(first + 1)", at: places[index])
            } else {
                seen[name] = index
            }
        }
    }

    /// A tier is out of reach where one before it takes without limit everybody that it would take. What
    /// the green channel holds back passes on to milder tiers, so those can be reached by it.
    private func noteUnreachable(
        _ places: [Place], _ tiers: [Draft], _ capacities: [Policy.ActionCapacity],
        _ green: GreenChannel?
    ) {
        for (index, tier) in tiers.enumerated() {
            guard let bounds = tier.bounds else { continue }
            let blocking = tiers[..<index].firstIndex { earlier in
                guard let other = earlier.bounds, other.capacity == nil else { return false }
                if let strict = earlier.action, let action = tier.action {
                    if capacities.contains(where: { $0.action.covers(strict) }) { return false }
                    if let green, green.blocks.cover(strict), !green.blocks.cover(action) {
                        return false
                    }
                }
                return (other.probability ?? 0) <= (bounds.probability ?? 0)
            }
            guard let blocking, let other = tiers[blocking].bounds else { continue }
            let who =
                other.probability.map { "everybody from a probability of \($0) on" } ?? "everybody"
            reader.note(
                "nobody can reach this tier: tier \(blocking + 1)"
                    + (tiers[blocking].name.map { " (\"\($0)\")" } ?? "")
                    + " has no capacityPerDay and takes \(who)", at: places[index])
        }
    }

    // MARK: conditions that contradict each other, or never come to anything

    /// A group that two conditions claim, or one twice.
    func noteOverlaps(_ place: Place?) {
        guard let place, let rules = quietElements(place) else { return }
        var seen: [String: Int] = [:]
        for (index, rule) in rules.enumerated() {
            for group in quietElements(rule.child("groups")) ?? [] {
                guard case .string(let name) = group.node.content else { continue }
                if let first = seen[name] {
                    reader.note(
                        "the group \(quoted(name)) is already in specialGroups[\(first)]",
                        at: group)
                } else {
                    seen[name] = index
                }
            }
        }
    }

    /// A first step that another rule forbids: who is in the groups of both could be given neither.
    func noteForbiddenFirstSteps(_ rules: [Placed<SpecialGroups>]) {
        for (index, special) in rules.enumerated() {
            let first = special.rule.first
            for (other, rule) in rules.enumerated()
            where other != index && rule.rule.before.cover(first) {
                reader.note(
                    "\"\(first)\" is to come first and is among what must not come first by "
                        + "\(rule.place.path): neither could be done for somebody in both",
                    at: special.place.child("first") ?? special.place)
            }
        }
    }

    private func quietElements(_ place: Place?) -> [Place]? {
        guard let place, case .array = place.node.content else { return nil }
        return reader.elements(of: place)
    }

    /// Conditions on actions that nothing in the policy ever takes: a word that was meant otherwise.
    ///
    /// What draws others in or is bounded must be taken word by word. What protects somebody
    /// (`before`, `blocks`) may name more than is taken today, so that a tier can be made stricter
    /// on any day; but it must protect from something.
    func noteIdle(
        _ policy: Policy, _ capacities: [Placed<Policy.ActionCapacity>],
        _ special: [Placed<SpecialGroups>], _ members: [String: Place]
    ) {
        let firstSteps = policy.specialGroups.map(\.first)
        var decided = policy.tiers.map(\.action)
        if let failed = policy.failedVerification { decided.append(failed) }
        if let related = policy.related { decided.append(related.action) }
        var taken = decided + firstSteps
        if let stores = policy.stores { taken.append(stores.action) }
        func check(_ words: [Action], _ place: Place?) {
            guard let place else { return }
            for word in words where !taken.contains(where: { word.covers($0) }) {
                reader.note("nothing in this policy takes the action \"\(word)\"", at: place)
            }
        }
        func checkProtection(_ words: [Action], of actions: [Action], _ key: String, _ rule: Place)
        {
            if actions.contains(where: { words.cover($0) }) { return }
            let place = rule.child(key)
            let names = words.map(\.name).joined(separator: ", ")
            reader.note(
                "nothing in this policy takes one of the actions \(names)"
                    + (place == nil ? ", which \"\(key)\" is as a rule" : ""), at: place ?? rule)
        }
        for (index, bound) in capacities.enumerated() {
            check([bound.rule.action], bound.place.child("action"))
            if capacities[..<index].contains(where: { $0.rule.action == bound.rule.action }) {
                reader.note("the action \"\(bound.rule.action)\" is bounded twice", at: bound.place)
            }
        }
        for special in special {
            checkProtection(special.rule.before, of: decided, "before", special.place)
        }
        if let green = policy.greenChannel, let place = members["greenChannel"] {
            checkProtection(green.blocks, of: decided + firstSteps, "blocks", place)
        }
        check(policy.related?.of ?? [], members["related"]?.child("of"))
        check(policy.stores?.of ?? [], members["stores"]?.child("of"))
    }
}

extension DocumentReader.Place {
    /// The value of a key, nil where there is none.
    fileprivate func child(_ key: String) -> DocumentReader.Place? {
        guard case .object = node.content else { return nil }
        return DocumentReader().entries(of: self)?.first { $0.key == key }?.place
    }
}
