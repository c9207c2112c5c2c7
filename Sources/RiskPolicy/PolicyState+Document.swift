import RiskJSON

extension PolicyState {
    /// The format that is read and written.
    public static let format = "policy-state/1"

    /// The state as a file's content, with its digest; the same state gives the same bytes.
    public func document() -> Node {
        let content = content
        return .object([
            "riskkit": Node(Self.format), "sha256": Node(content.sha256()), "content": content,
        ])
    }

    private var content: Node {
        .object([
            "day": day.map { Node($0.description) } ?? nil,
            "entries": .array(entries.map(\.node)),
        ])
    }

    /// Reads a state that `document` wrote.
    /// - Throws: `Mistakes`: another format, a digest that is not that of the content, and what else is
    ///   no state.
    /// - Complexity: O(size).
    public init(document: Node) throws(Mistakes) {
        let reader = DocumentReader()
        let root = DocumentReader.Place(root: document)
        var state = PolicyState()
        if let members = reader.members(of: root, known: ["riskkit", "sha256", "content"]) {
            if let found = members["riskkit"] {
                if let format = reader.string(found), format != Self.format {
                    reader.note("expected \"\(Self.format)\", found \(quoted(format))", at: found)
                }
            } else {
                reader.note("\"riskkit: \(Self.format)\" is missing", at: root)
            }
            let digest = reader.text("sha256", members, root)
            if let content = reader.value("content", members, root) {
                if let digest, digest != content.node.sha256() {
                    reader.note("the state was changed since it was written", at: content)
                } else {
                    state.read(content, reader)
                }
            }
        }
        try reader.finish()
        self = state
    }

    private mutating func read(_ place: DocumentReader.Place, _ reader: DocumentReader) {
        guard let members = reader.members(of: place, known: ["day", "entries"]) else { return }
        if let found = reader.value("day", members, place), case .null = found.node.content {
            day = nil
        } else {
            day = reader.date("day", members, place)
        }
        guard let found = reader.value("entries", members, place),
            let elements = reader.elements(of: found)
        else { return }
        for element in elements {
            guard let entry = Entry(element, reader) else { continue }
            if let last = entries.last, !(EntityKey(last.entityKey) < EntityKey(entry.entityKey)) {
                reader.note("expected a key behind \(quoted(last.entityKey))", at: element)
            }
            let dates = [
                entry.openCase?.opened, entry.openCase?.since, entry.openCase?.below,
                entry.openCase?.firstStep, entry.reopened, entry.failed,
            ]
            if dates.contains(where: { $0.map { day == nil || $0 > day! } ?? false }) {
                reader.note("a date is after the day of the state", at: element)
            }
            entries.append(entry)
        }
    }
}

extension PolicyState.Entry {
    var node: Node {
        var members = [Node.Member("entity", Node(entityKey))]
        func add(_ key: String, _ value: Node?) {
            if let value { members.append(Node.Member(key, value)) }
        }
        add("case", openCase?.node)
        add("reopened", reopened.map { Node($0.description) })
        add("evidence", evidence?.node)
        add("failed", failed.map { Node($0.description) })
        return .object(members)
    }

    fileprivate init?(_ place: DocumentReader.Place, _ reader: DocumentReader) {
        let known = ["entity", "case", "reopened", "evidence", "failed"]
        guard let members = reader.members(of: place, known: known),
            let key = reader.text("entity", members, place)
        else { return nil }
        entityKey = key
        openCase = members["case"].flatMap { Case($0, reader) }
        reopened = members["reopened"].flatMap { reader.date($0) }
        evidence = members["evidence"].flatMap { Evidence($0, reader) }
        failed = members["failed"].flatMap { reader.date($0) }
        if isEmpty, members.count == 1 {
            reader.note("nothing is remembered of \(quoted(key))", at: place)
        }
    }
}

extension Case {
    /// As it stands in states and audit records.
    var node: Node {
        var members: [Node.Member] = [
            .init("tier", Node(tier)), .init("action", Node(action.name)),
            .init("kind", Node(action.kind.rawValue)), .init("opened", Node(opened.description)),
            .init("since", Node(since.description)),
        ]
        func add(_ key: String, _ value: Node?) {
            if let value { members.append(Node.Member(key, value)) }
        }
        add("below", below.map { Node($0.description) })
        add("firstStep", firstStep.map { Node($0.description) })
        add("evidence", evidence?.node)
        return .object(members)
    }

    fileprivate init?(_ place: DocumentReader.Place, _ reader: DocumentReader) {
        let known = [
            "tier", "action", "kind", "opened", "since", "below", "firstStep", "evidence",
        ]
        guard let members = reader.members(of: place, known: known) else { return nil }
        let tier = reader.text("tier", members, place)
        let action = reader.text("action", members, place)
        let kind: Action.Kind? = reader.value("kind", members, place).flatMap { reader.choice($0) }
        let opened = reader.date("opened", members, place)
        let since = reader.date("since", members, place)
        guard let tier, let action, let kind, let opened, let since else { return nil }
        self.init(
            tier: tier, action: Action(name: action, kind: kind), opened: opened, since: since,
            below: members["below"].flatMap { reader.date($0) },
            firstStep: members["firstStep"].flatMap { reader.date($0) },
            evidence: members["evidence"].flatMap { Evidence($0, reader) })
    }
}

extension Evidence {
    fileprivate var node: Node {
        .object([
            "probability": Node(probability), "reasons": .array(reasons.map { Node($0) }),
        ])
    }

    fileprivate init?(_ place: DocumentReader.Place, _ reader: DocumentReader) {
        guard let members = reader.members(of: place, known: ["probability", "reasons"]) else {
            return nil
        }
        let probability = reader.value("probability", members, place)
            .flatMap { reader.number($0, in: 0...1) }
        let list = reader.value("reasons", members, place).flatMap { reader.elements(of: $0) }
        guard let probability, let list, list.count <= Self.reasonLimit else {
            if list != nil, probability != nil { reader.note("too many reasons", at: place) }
            return nil
        }
        self.init(probability: probability, reasons: list.compactMap { reader.string($0) })
    }
}

extension DocumentReader {
    /// The value of a key that must be there.
    fileprivate func value(_ key: String, _ members: [String: Place], _ place: Place) -> Place? {
        if members[key] == nil { note("\"\(key)\" is missing", at: place) }
        return members[key]
    }

    fileprivate func text(_ key: String, _ members: [String: Place], _ place: Place) -> String? {
        value(key, members, place).flatMap { string($0) }
    }

    fileprivate func date(_ key: String, _ members: [String: Place], _ place: Place) -> PolicyDate?
    {
        value(key, members, place).flatMap { date($0) }
    }

    /// A day, as `2026-11-22`.
    fileprivate func date(_ place: Place) -> PolicyDate? {
        guard let text = string(place) else { return nil }
        if let date = PolicyDate(text) { return date }
        note("expected a day such as 2026-11-22, found \(quoted(text))", at: place)
        return nil
    }
}
