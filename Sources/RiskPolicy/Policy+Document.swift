import RiskJSON

extension Policy {
    /// The format that is read and written.
    public static let format = "policy/1"

    /// The most tiers that a policy may have.
    public static let largestTierCount = 64

    /// Reads a policy, or names everything that is wrong with it at once.
    ///
    /// Wrong is: a key or an action that nobody defined, a name that stands twice, a probability
    /// outside 0...1, a capacity that is no positive whole number or does not say per what, and a
    /// tier that nobody can reach because one before it has no capacity and asks for no more.
    /// - Throws: `Mistakes`, at least one.
    public init(document: Node) throws(Mistakes) {
        let reader = DocumentReader()
        let policy = Self.read(reader, DocumentReader.Place(root: document))
        try reader.finish()
        self = policy!
    }

    /// The policy as a document; reading it back gives the same policy.
    public func document() -> Node {
        .object([
            "riskkit": Node(Self.format),
            "name": Node(name),
            "tiers": .array(
                tiers.map { tier in
                    var members = [
                        Node.Member("name", Node(tier.name)),
                        Node.Member("action", Node(tier.action.rawValue)),
                    ]
                    if let probability = tier.minimumProbability {
                        members.append(Node.Member("minimumProbability", Node(probability)))
                    }
                    if let capacity = tier.capacityPerDay {
                        members.append(Node.Member("capacityPerDay", Node(capacity)))
                    }
                    return .object(members)
                }),
        ])
    }

    /// SHA-256 of the policy's document: what an audit record names the policy by.
    public var fingerprint: String { SHA256.hexadecimal(document().json().utf8) }

    /// nil only where a mistake was noted.
    private static func read(_ reader: DocumentReader, _ root: DocumentReader.Place) -> Policy? {
        guard let members = reader.members(of: root, known: ["riskkit", "name", "tiers"]) else {
            return nil
        }
        if let found = members["riskkit"] {
            if let format = reader.string(found), format != Self.format {
                reader.note("expected \"\(Self.format)\", found \"\(format)\"", at: found)
            }
        } else {
            reader.note("\"riskkit: \(Self.format)\" is missing", at: root)
        }
        let name = required("name", members, reader, root).flatMap { readName(reader, $0) }
        guard let place = required("tiers", members, reader, root),
            let elements = reader.elements(of: place)
        else { return nil }
        if elements.isEmpty { reader.note("expected at least one tier, found none", at: place) }
        if elements.count > largestTierCount {
            reader.note(
                "expected at most \(largestTierCount) tiers, found \(elements.count)", at: place)
            return nil
        }
        let tiers = elements.map { readTier(reader, $0) }
        noteDuplicates(reader, elements, tiers)
        noteUnreachable(reader, elements, tiers)
        let complete = tiers.compactMap(\.complete)
        guard let name, complete.count == tiers.count else { return nil }
        return Policy(name: name, tiers: complete)
    }

    /// A tier as far as it could be read. What is nil because of a mistake is not what is nil
    /// because the author left it out: `bounds` is nil where either bound had a mistake.
    private struct Draft {
        var name: String?
        var action: Action?
        var bounds: (probability: Double?, capacity: Int?)?

        var complete: Tier? {
            guard let name, let action, let bounds else { return nil }
            return Tier(
                name: name, action: action, minimumProbability: bounds.probability,
                capacityPerDay: bounds.capacity)
        }
    }

    private static func readTier(_ reader: DocumentReader, _ place: DocumentReader.Place) -> Draft {
        var draft = Draft()
        // "capacity" is named here so that it gets a better message than "not known".
        let known = ["name", "action", "minimumProbability", "capacityPerDay", "capacity"]
        guard let members = reader.members(of: place, known: known) else { return draft }
        draft.name = required("name", members, reader, place).flatMap { readName(reader, $0) }
        draft.action = required("action", members, reader, place).flatMap { reader.choice($0) }
        var sound = true
        var probability: Double?
        var capacity: Int?
        if let found = members["minimumProbability"] {
            probability = reader.number(found, in: 0...1)
            sound = sound && probability != nil
        }
        if let found = members["capacityPerDay"] {
            capacity = reader.integer(found, in: 1...1_000_000_000)
            sound = sound && capacity != nil
        }
        if let found = members["capacity"] {
            reader.note("a capacity needs its unit: write capacityPerDay", at: found)
            sound = false
        }
        if sound { draft.bounds = (probability, capacity) }
        return draft
    }

    private static func required(
        _ key: String, _ members: [String: DocumentReader.Place], _ reader: DocumentReader,
        _ place: DocumentReader.Place
    ) -> DocumentReader.Place? {
        if members[key] == nil { reader.note("\"\(key)\" is missing", at: place) }
        return members[key]
    }

    private static func readName(_ reader: DocumentReader, _ place: DocumentReader.Place) -> String?
    {
        guard let name = reader.string(place) else { return nil }
        if name.isEmpty || name.utf8.count > 256 {
            reader.note("expected a name of 1 to 256 bytes, found \(name.utf8.count)", at: place)
            return nil
        }
        return name
    }

    private static func noteDuplicates(
        _ reader: DocumentReader, _ places: [DocumentReader.Place], _ tiers: [Draft]
    ) {
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

    /// A tier is out of reach where one before it takes without limit everybody that it would take.
    private static func noteUnreachable(
        _ reader: DocumentReader, _ places: [DocumentReader.Place], _ tiers: [Draft]
    ) {
        for (index, tier) in tiers.enumerated() {
            guard let bounds = tier.bounds else { continue }
            let blocking = tiers[..<index].firstIndex { earlier in
                guard let other = earlier.bounds, other.capacity == nil else { return false }
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
}
