import RiskJSON

/// Takes a policy's document apart. What is nil because of a mistake is noted; the rest is read on.
struct PolicyReader {
    typealias Place = DocumentReader.Place
    let reader = DocumentReader()
    /// The words that may stand where an action is asked for.
    var words: [Action] = Action.Kind.allCases.map { Action($0) }

    static let dayBounds = 1...3660

    /// nil only where a mistake was noted.
    mutating func read(_ root: Place) -> Policy? {
        let known = [
            "riskkit", "name", "version", "actions", "tiers", "capacities", "specialGroups",
            "greenChannel", "failedVerification", "related", "stores",
        ]
        guard let members = reader.members(of: root, known: known) else { return nil }
        if let found = members["riskkit"] {
            if let format = reader.string(found), format != Policy.format {
                reader.note("expected \"\(Policy.format)\", found \"\(format)\"", at: found)
            }
        } else {
            reader.note("\"riskkit: \(Policy.format)\" is missing", at: root)
        }
        let name = required("name", members, root).flatMap { readName($0) }
        let version = members["version"].flatMap { readName($0) }
        let actions = members["actions"].flatMap { readWords($0) } ?? []
        words += actions
        let capacities = members["capacities"].flatMap { placed($0, readActionCapacity) } ?? []
        let special = members["specialGroups"].flatMap { placed($0, readSpecialGroups) } ?? []
        noteOverlaps(members["specialGroups"])
        noteForbiddenFirstSteps(special)
        let green = members["greenChannel"].flatMap { readGreenChannel($0) }
        let failed = members["failedVerification"].flatMap { readAction($0) }
        let related = members["related"].flatMap { readRelated($0) }
        let stores = members["stores"].flatMap { readStores($0) }
        guard
            let tiers = readTiers(
                members, root, capacities: capacities.map(\.rule), green: green)
        else { return nil }
        guard let name, let first = tiers.first else { return nil }
        var policy = Policy(name: name, tiers: [first] + tiers.dropFirst())
        policy.version = version
        policy.actions = actions
        policy.actionCapacities = capacities.map(\.rule)
        policy.specialGroups = special.map(\.rule)
        policy.greenChannel = green
        policy.failedVerification = failed
        policy.related = related
        policy.stores = stores
        noteIdle(policy, capacities, special, members)
        return policy
    }

    // MARK: parts

    /// The operator's own words.
    private func readWords(_ place: Place) -> [Action]? {
        guard let entries = reader.entries(of: place) else { return nil }
        if tooMany(entries.count, place) { return nil }
        return entries.compactMap { name, place in
            if Action.Kind(rawValue: name) != nil || name == Override.nobody {
                reader.note("is a word of the toolkit already; choose another", at: place)
            } else if name.isEmpty || name.utf8.count > 64 || name.contains(where: \.isNewline) {
                reader.note("expected a word of 1 to 64 bytes on one line", at: place)
            } else if let kind: Action.Kind = reader.choice(place) {
                return Action(name: name, kind: kind)
            }
            return nil
        }
    }

    /// A word that is known.
    func readAction(_ place: Place) -> Action? {
        guard let word = reader.string(place) else { return nil }
        if let found = words.first(where: { $0.name == word }) { return found }
        let names = words.map(\.name)
        reader.note(
            "expected one of \(names.joined(separator: ", ")), found \(quoted(word))"
                + suggestion(for: word, among: names), at: place)
        return nil
    }

    private func readActions(_ place: Place) -> [Action]? {
        guard let elements = reader.elements(of: place) else { return nil }
        if elements.isEmpty { reader.note("expected at least one action, found none", at: place) }
        if tooMany(elements.count, place) { return nil }
        let actions = elements.compactMap { readAction($0) }
        return actions.count == elements.count && !elements.isEmpty ? actions : nil
    }

    private func readActionCapacity(_ place: Place) -> Policy.ActionCapacity? {
        let known = ["action"] + Self.capacityKeys
        guard let members = reader.members(of: place, known: known) else { return nil }
        let action = required("action", members, place).flatMap { readAction($0) }
        let capacity = readCapacity(members, place)
        if case .some(.none) = capacity {
            reader.note("\"capacityPerDay\" or \"capacityShare\" is missing", at: place)
        }
        guard let action, let capacity = capacity ?? nil else { return nil }
        return Policy.ActionCapacity(action: action, capacity: capacity)
    }

    private func readSpecialGroups(_ place: Place) -> SpecialGroups? {
        let known = ["groups", "first", "before", "days"]
        guard let members = reader.members(of: place, known: known) else { return nil }
        let groups = required("groups", members, place).flatMap { readNames($0) }
        let first = required("first", members, place).flatMap { readAction($0) }
        let before = members["before"].map { readActions($0) } ?? [.suspend]
        let days = members["days"].map { reader.integer($0, in: Self.dayBounds) } ?? 1
        if let first, let before, before.cover(first) {
            reader.note(
                "\"\(first)\" is to come first and is among what must not come first",
                at: members["first"] ?? place)
        }
        guard let groups, let first, let before, let days else { return nil }
        return SpecialGroups(groups: groups, first: first, before: before, days: days)
    }

    private func readGreenChannel(_ place: Place) -> GreenChannel? {
        let known = ["days", "blocks", "newOdds", "newReasons"]
        guard let members = reader.members(of: place, known: known) else { return nil }
        let days = required("days", members, place)
            .flatMap { reader.integer($0, in: Self.dayBounds) }
        let blocks = members["blocks"].map { readActions($0) } ?? [.hold, .suspend, .refuse]
        let odds = members["newOdds"].map { reader.number($0, in: 1...1e9) } ?? 2
        let reasons = members["newReasons"].map { reader.integer($0, in: 0...20) } ?? 0
        guard let days, let blocks, let odds, let reasons else { return nil }
        return GreenChannel(days: days, blocks: blocks, newOdds: odds, newReasons: reasons)
    }

    private func readRelated(_ place: Place) -> RelatedSubscribers? {
        let known = ["of", "action", "days"] + Self.capacityKeys
        guard let members = reader.members(of: place, known: known) else { return nil }
        let of = required("of", members, place).flatMap { readActions($0) }
        let action = required("action", members, place).flatMap { readAction($0) }
        let days = members["days"].map { reader.integer($0, in: Self.dayBounds) } ?? 14
        let capacity = readCapacity(members, place)
        if case .some(.none) = capacity {
            reader.note(
                "\"capacityPerDay\" or \"capacityShare\" is missing: a ring may be a whole dormitory",
                at: place)
        }
        guard let of, let action, let days, let capacity = capacity ?? nil else { return nil }
        return RelatedSubscribers(of: of, action: action, capacity: capacity, days: days)
    }

    private func readStores(_ place: Place) -> StoreRule? {
        let known = ["of", "minimumOpenings", "minimumRate", "confidence", "action"]
        guard let members = reader.members(of: place, known: known) else { return nil }
        let of = required("of", members, place).flatMap { readActions($0) }
        let openings = required("minimumOpenings", members, place)
            .flatMap { reader.integer($0, in: 1...1_000_000_000) }
        let rate = required("minimumRate", members, place).flatMap { readShare($0) }
        let action = required("action", members, place).flatMap { readAction($0) }
        var confidence: Double? = 0.95
        if let place = members["confidence"] {
            confidence = reader.number(place, in: 0...1)
            if let found = confidence,
                !StoreRule.quantiles.contains(where: { $0.confidence == found })
            {
                reader.note("expected 0.9, 0.95 or 0.99, found \(found)", at: place)
            }
        }
        guard let of, let openings, let rate, let confidence, let action else { return nil }
        return StoreRule(
            of: of, minimumOpenings: openings, minimumRate: rate, confidence: confidence,
            action: action)
    }

    // MARK: values

    /// "capacity" is named here so that it gets a better message than "not known".
    static let capacityKeys = ["capacityPerDay", "capacityShare", "capacity"]

    /// nil where there was a mistake, nil within where there is none.
    func readCapacity(_ members: [String: Place], _ place: Place) -> Policy.Capacity?? {
        if let found = members["capacity"] {
            reader.note(
                "a capacity needs its unit: write capacityPerDay or capacityShare", at: found)
            return nil
        }
        if members["capacityPerDay"] != nil, let found = members["capacityShare"] {
            reader.note("stands beside capacityPerDay: give one of the two", at: found)
            return nil
        }
        if let found = members["capacityPerDay"] {
            return reader.integer(found, in: 1...1_000_000_000).map { .some(.perDay($0)) }
        }
        if let found = members["capacityShare"] {
            return readShare(found).map { .some(.share($0)) }
        }
        return .some(nil)
    }

    private func readShare(_ place: Place) -> Double? {
        guard let share = reader.number(place, in: 0...1) else { return nil }
        if share > 0 { return share }
        reader.note("expected a share above 0, found 0", at: place)
        return nil
    }

    func readName(_ place: Place) -> String? {
        guard let name = reader.string(place) else { return nil }
        if name.isEmpty || name.utf8.count > 256 {
            reader.note("expected a name of 1 to 256 bytes, found \(name.utf8.count)", at: place)
            return nil
        }
        return name
    }

    private func readNames(_ place: Place) -> [String]? {
        let names = list(place) { readName($0) }
        if names?.isEmpty == true {
            reader.note("expected at least one name, found none", at: place)
        }
        return names?.isEmpty == true ? nil : names
    }

    /// All the elements that could be read; nil where it is no list.
    private func list<Element>(_ place: Place, _ read: (Place) -> Element?) -> [Element]? {
        guard let elements = reader.elements(of: place), !tooMany(elements.count, place) else {
            return nil
        }
        return elements.compactMap(read)
    }

    /// The same with the place of each, for what is to be said of it later.
    private func placed<Rule>(_ place: Place, _ read: (Place) -> Rule?) -> [Placed<Rule>]? {
        list(place) { place in read(place).map { Placed(rule: $0, place: place) } }
    }

    /// A rule and where it stands.
    struct Placed<Rule> {
        let rule: Rule
        let place: Place
    }

    func tooMany(_ count: Int, _ place: Place) -> Bool {
        if count > Policy.largestTierCount {
            reader.note(
                "expected at most \(Policy.largestTierCount) of them, found \(count)", at: place)
        }
        return count > Policy.largestTierCount
    }

    func required(_ key: String, _ members: [String: Place], _ place: Place) -> Place? {
        if members[key] == nil { reader.note("\"\(key)\" is missing", at: place) }
        return members[key]
    }
}
