import RiskJSON

extension Policy {
    /// The format that is read and written.
    public static let format = "policy/1"

    /// The most tiers, special groups, own words or capacities that a policy may have.
    public static let largestTierCount = 64

    /// Reads a policy, or names everything that is wrong with it at once.
    ///
    /// Wrong is: a key or an action that nobody defined, a name that stands twice, a probability
    /// outside 0...1, a capacity that is no positive whole number or does not say per what, a
    /// tier that nobody can reach because one before it has no capacity and asks for no more, a threshold
    /// for staying above that for entering, conditions that overlap, and a condition on actions that
    /// the policy never takes.
    /// - Throws: `Mistakes`, at least one.
    public init(document: Node) throws(Mistakes) {
        var reader = PolicyReader()
        let policy = reader.read(DocumentReader.Place(root: document))
        try reader.reader.finish()
        self = policy!
    }

    /// The policy as a document; reading it back gives the same policy.
    public func document() -> Node {
        var members = [Node.Member("riskkit", Node(Self.format)), Node.Member("name", Node(name))]
        func add(_ key: String, _ value: Node?) {
            if let value { members.append(Node.Member(key, value)) }
        }
        add("version", version.map { Node($0) })
        if !actions.isEmpty {
            add("actions", .object(actions.map { .init($0.name, Node($0.kind.rawValue)) }))
        }
        add("tiers", .array(tiers.map(\.node)))
        if !actionCapacities.isEmpty {
            add(
                "capacities",
                .array(
                    actionCapacities.map {
                        .object([.init("action", Node($0.action.name))] + $0.capacity.members)
                    }))
        }
        if !specialGroups.isEmpty {
            add(
                "specialGroups",
                .array(
                    specialGroups.map { rule in
                        .object([
                            "groups": .array(rule.groups.map { Node($0) }),
                            "first": Node(rule.first.name), "before": rule.before.names,
                            "days": Node(rule.days),
                        ])
                    }))
        }
        add(
            "greenChannel",
            greenChannel.map { rule in
                .object([
                    "days": Node(rule.days), "blocks": rule.blocks.names,
                    "newOdds": Node(rule.newOdds), "newReasons": Node(rule.newReasons),
                ])
            })
        add("failedVerification", failedVerification.map { Node($0.name) })
        add(
            "related",
            related.map { rule in
                .object(
                    [
                        .init("of", rule.of.names), .init("action", Node(rule.action.name)),
                        .init("days", Node(rule.days)),
                    ] + rule.capacity.members)
            })
        add(
            "stores",
            stores.map { rule in
                .object([
                    "of": rule.of.names, "minimumOpenings": Node(rule.minimumOpenings),
                    "minimumRate": Node(rule.minimumRate), "confidence": Node(rule.confidence),
                    "action": Node(rule.action.name),
                ])
            })
        return .object(members)
    }

    /// SHA-256 of the policy's document: what an audit record names the policy by.
    public var fingerprint: String { document().sha256() }
}

extension Policy.Tier {
    fileprivate var node: Node {
        var members = [
            Node.Member("name", Node(name)), Node.Member("action", Node(action.name)),
        ]
        if let minimumProbability {
            members.append(.init("minimumProbability", Node(minimumProbability)))
        }
        members += capacity?.members ?? []
        if let keepProbability { members.append(.init("keepProbability", Node(keepProbability))) }
        if keepDays != 1 { members.append(.init("keepDays", Node(keepDays))) }
        return .object(members)
    }
}

extension Policy.Capacity {
    fileprivate var members: [Node.Member] {
        switch self {
        case .perDay(let count): [.init("capacityPerDay", Node(count))]
        case .share(let share): [.init("capacityShare", Node(share))]
        }
    }
}

extension [Action] {
    fileprivate var names: Node { .array(map { Node($0.name) }) }
}
