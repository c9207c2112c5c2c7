import RiskJSON

extension DayDecisions {
    /// The day's audit records, one JSON object a line of an audit file: first `run`, then a `decision` for
    /// each of `decisions`, then a `store` for each of `stores`.
    ///
    /// A record holds all that decided it: digests of its inputs, of model and policy, score, points,
    /// reasons, tier, action, what decided it, and what was remembered before. Two runs on the same
    /// inputs give the same records to the byte, in whatever order the rows came.
    /// - Parameters:
    ///   - policy: the one that decided.
    ///   - model: the SHA-256 of the model file whose scores these are; nil where it was not told.
    ///   - inputs: `DecisionDay.digest(after:)` of the day.
    ///   - state: what the day began with.
    /// - Complexity: O(decisions).
    public func auditRecords(
        policy: Policy, model: String?, inputs: String, after state: PolicyState
    ) -> [Node] {
        let fingerprint = policy.fingerprint
        let modelNode = model.map { Node($0) } ?? nil
        func record(_ kind: String, _ rest: [Node.Member]) -> Node {
            let head: [Node.Member] = [
                .init("record", Node(kind)), .init("date", Node(day.description)),
                .init("model", modelNode), .init("policy", Node(fingerprint)),
            ]
            return .object(head + rest)
        }
        var counts: [String: Int] = [:]
        for decision in decisions {
            counts["\(decision.status.rawValue) \(decision.action?.name ?? "")", default: 0] += 1
        }
        let run = record(
            "run",
            [
                .init("policyName", Node(policy.name)),
                .init("policyVersion", policy.version.map { Node($0) } ?? nil),
                .init("inputs", Node(inputs)), .init("state", Node(state.digest)),
                .init("stateAfter", Node(self.state.digest)), .init("scored", Node(scoredCount)),
                .init(
                    "decisions",
                    .object(
                        counts.sorted { EntityKey($0.key) < EntityKey($1.key) }.map {
                            Node.Member($0.key.trimmed, Node($0.value))
                        })),
                .init("expiredOverrides", .array(expiredOverrides.map(\.node))),
            ])
        return [run] + decisions.map { record("decision", $0.members(on: day)) }
            + stores.map { record("store", $0.members) }
    }
}

extension PolicyState {
    /// SHA-256 of the state's content.
    public var digest: String {
        document()["sha256"].flatMap { node in
            if case .string(let digest) = node.content { digest } else { nil }
        } ?? ""
    }
}

extension DecisionDay {
    /// SHA-256 over all that a day's decisions depend on besides policy and model, whatever the order
    /// of the rows.
    /// - Complexity: O(n log n).
    public func digest(after state: PolicyState) -> String {
        var hash = SHA256()
        func add(_ node: Node) { hash.update(Array((node.json() + "\n").utf8)) }
        add(["day", Node(day.description), Node(state.digest)])
        for score in scores.sorted(by: { EntityKey($0.entityKey) < EntityKey($1.entityKey) }) {
            add(score.node)
        }
        add("subscribers")
        for subscriber in subscribers.sorted(by: {
            EntityKey($0.entityKey) < EntityKey($1.entityKey)
        }) {
            add(subscriber.node)
        }
        add("overrides")
        for text in overrides.map({ EntityKey($0.node.json()) }).sorted() { add(Node(text.text)) }
        add("results")
        for result in results.sorted(by: { $0.order < $1.order }) { add(result.node) }
        return hash.finish()
    }
}

extension Decision {
    fileprivate func members(on day: PolicyDate) -> [Node.Member] {
        let inputs: Node = [
            Node(day.description), score?.node ?? nil, subscriber?.node ?? nil,
            previous?.node ?? nil, override?.node ?? nil, .array(results.map(\.node)),
        ]
        return [
            .init("entity", Node(entityKey)), .init("inputs", Node(inputs.sha256())),
            .init("probability", score.map { Node($0.probability) } ?? nil),
            .init("points", score?.points.map { Node($0) } ?? nil),
            .init("rank", rank.map { Node($0) } ?? nil),
            .init("reasons", .array((score?.reasons ?? []).map { Node($0) })),
            .init("groups", .array((subscriber?.groups ?? []).map { Node($0) })),
            .init("tier", Node(tier)), .init("action", action.map { Node($0.name) } ?? nil),
            .init("status", Node(status.rawValue)), .init("basis", Node(basis.rawValue)),
            .init("notes", .array(notes.map { Node($0) })),
            .init("since", since.map { Node($0.description) } ?? nil),
            .init("previous", previous?.node ?? nil),
        ]
    }
}

extension StoreAssessment {
    fileprivate var members: [Node.Member] {
        [
            .init("store", Node(store)), .init("openings", Node(openings)),
            .init("cases", Node(cases)), .init("rate", Node(rate)),
            .init("lowerBound", Node(lowerBound)),
            .init("action", action.map { Node($0.name) } ?? nil),
        ]
    }
}

extension ScoredEntity {
    fileprivate var node: Node {
        [
            Node(entityKey), Node(probability), points.map { Node($0) } ?? nil,
            .array(reasons.map { Node($0) }),
        ]
    }
}

extension Subscriber {
    fileprivate var node: Node {
        [
            Node(entityKey), .array(groups.map { Node($0) }), ring.map { Node($0) } ?? nil,
            store.map { Node($0) } ?? nil,
        ]
    }
}

extension Override {
    fileprivate var node: Node {
        .object([
            "entity": Node(entityKey), "action": Node(action?.name ?? Self.nobody),
            "author": Node(author), "reason": Node(reason),
            "from": from.map { Node($0.description) } ?? nil, "expires": Node(expires.description),
        ])
    }
}

extension CheckResult {
    fileprivate var node: Node { [Node(entityKey), Node(Int(time)), Node(outcome.rawValue)] }
}

extension String {
    fileprivate var trimmed: String { hasSuffix(" ") ? String(dropLast()) : self }
}
