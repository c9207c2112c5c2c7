import RiskColumns
import RiskTables

/// A group of members who hang together, with all that was known of it at a moment.
struct Lead {
    struct Member {
        let name: String
        let probability: Double
        /// Sentences for an investigator.
        let reasons: [String]
        let activity: LeadLogs.Span
        /// When the member's own case became known; nil where there is none.
        let caseKnown: Int64?
    }

    /// Something that two members or more share.
    struct Link {
        let tie: LeadPlan.Tie
        let value: String
        /// By member, in the members' order.
        let members: [(name: String, span: LeadLogs.Span)]
        /// Since when two of them have had it.
        let since: Int64
        /// How many have it who are not members.
        let others: Int
    }

    struct Source {
        let value: String
        /// What goes with it most often.
        let fields: [String]
        let members: Int
        let span: LeadLogs.Span
        /// How many get it from there who are not members.
        let others: Int
    }

    struct Entry {
        let time: Int64
        let text: String
    }

    var members: [Member] = []
    var links: [Link] = []
    var source: Source?
    var evidence: [(name: String, members: Int, span: LeadLogs.Span)] = []
    var timeline: [Entry] = []

    /// How many of the members are fraudulent, by their probabilities; a member with a known case is.
    var expectedMembers: Double {
        members.reduce(0) { $0 + ($1.caseKnown == nil ? $1.probability : 1) }
    }

    /// What is at stake: each member's amount times its probability, in units of 10^-2.
    var expectedAmount: Double {
        members.reduce(0) {
            $0 + ($1.caseKnown == nil ? $1.probability : 1) * Double($1.activity.amount)
        }
    }
}

/// Finds leads among scored members.
struct LeadFinder {
    let plan: LeadPlan
    let logs: LeadLogs
    let scores: LeadScores
    let moment: Int64

    /// The leads, those with most at stake first; of equal ones the one with more expected members,
    /// then the one with the first name.
    /// - Complexity: O(ties) in the number of members that have what is shared.
    func leads() -> [Lead] {
        let names = suspects()
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        var shared: [(tie: Int, value: String, members: [Int])] = []
        for (tie, values) in logs.ties.enumerated() {
            for (value, holders) in values where holders.count <= plan.ties[tie].degree {
                let members = holders.keys.compactMap { numbers[$0] }.sorted()
                if members.count > 1 { shared.append((tie, value, members)) }
            }
        }
        var groups = Groups(count: names.count)
        for (tie, _, members) in shared where plan.ties[tie].several == 1 {
            for member in members.dropFirst() { groups.unite(members[0], member) }
        }
        joinBySeveral(shared, &groups)
        var members: [Int: [String]] = [:]
        for index in names.indices { members[groups.root(index), default: []].append(names[index]) }
        var links: [Int: [(tie: Int, value: String)]] = [:]
        for (tie, value, holders) in shared {
            // A weak tie between two leads is a link of neither, but one within each where two hold it.
            let roots = Dictionary(grouping: holders) { groups.root($0) }
            for (root, own) in roots where own.count > 1 {
                links[root, default: []].append((tie, value))
            }
        }
        let found = members.filter { $0.value.count >= plan.least }
            .map { (lead: lead($0.value), links: links[$0.key] ?? []) }
        // Only those that are written get what is told of them.
        return found.sorted {
            ($1.lead.expectedAmount, $1.lead.expectedMembers, $0.lead.members[0].name)
                < ($0.lead.expectedAmount, $0.lead.expectedMembers, $1.lead.members[0].name)
        }.prefix(plan.most).map { complete($0.lead, $0.links) }
    }

    /// Unites groups that share several values of one tie. It is done once, over the groups as the
    /// sufficient ties leave them, so that chance does not add up over many groups.
    private func joinBySeveral(
        _ shared: [(tie: Int, value: String, members: [Int])], _ groups: inout Groups
    ) {
        let before = (0..<groups.count).map { groups.root($0) }
        for (tie, kind) in plan.ties.enumerated() where kind.several > 1 {
            var counts: [[Int]: Int] = [:]
            for (_, _, members) in shared.filter({ $0.tie == tie }) {
                let roots = Set(members.map { before[$0] }).sorted()
                for (place, one) in roots.enumerated() {
                    for other in roots[(place + 1)...] { counts[[one, other], default: 0] += 1 }
                }
            }
            for (pair, count) in counts where count >= kind.several {
                groups.unite(pair[0], pair[1])
            }
        }
    }

    /// Disjoint groups of numbers; the least number of each is its root, so that nothing depends on the
    /// order of uniting.
    private struct Groups {
        private var parents: [Int]
        var count: Int { parents.count }

        init(count: Int) { parents = Array(0..<count) }

        mutating func root(_ start: Int) -> Int {
            var place = start
            while parents[place] != place {
                parents[place] = parents[parents[place]]
                place = parents[place]
            }
            return place
        }

        mutating func unite(_ one: Int, _ other: Int) {
            let roots = (root(one), root(other))
            parents[max(roots.0, roots.1)] = min(roots.0, roots.1)
        }
    }

    /// Who is suspected by their own score or case, and who is tied to such a one and suspected a
    /// little; in the order of their names.
    private func suspects() -> [String] {
        var core = Set(scores.latest.filter { $0.value.probability >= plan.probability }.keys)
        core.formUnion(logs.cases.keys)
        var all = core
        for (tie, values) in logs.ties.enumerated() {
            for (_, holders) in values where holders.count <= plan.ties[tie].degree {
                guard holders.keys.contains(where: core.contains) else { continue }
                for name in holders.keys
                where (scores.latest[name]?.probability ?? 0) >= plan.joining {
                    all.insert(name)
                }
            }
        }
        return all.sorted()
    }

    /// A lead of its members.
    private func lead(_ names: [String]) -> Lead {
        var lead = Lead()
        lead.members = names.map { name in
            let score = scores.latest[name]
            return Lead.Member(
                name: name, probability: score?.probability ?? 0, reasons: score?.reasons ?? [],
                activity: logs.activity[name] ?? LeadLogs.Span(), caseKnown: logs.cases[name])
        }.sorted {
            // Who is not known yet comes first: it is they who are to be looked at.
            ($0.caseKnown ?? .min, $1.probability, $0.name)
                < ($1.caseKnown ?? .min, $0.probability, $1.name)
        }
        return lead
    }

    /// With what its members share, where it comes from, what speaks for it and what happened when.
    private func complete(_ members: Lead, _ shared: [(tie: Int, value: String)]) -> Lead {
        var lead = members
        let order = lead.members.map(\.name)
        lead.links = shared.map { tie, value in
            let holders = logs.ties[tie][value] ?? [:]
            let members = order.compactMap { name in holders[name].map { (name, $0) } }
            return Lead.Link(
                tie: plan.ties[tie], value: value, members: members,
                since: members.map(\.1.first).sorted()[1], others: holders.count - members.count)
        }.sorted {
            ($1.members.count, $0.since, $0.tie.name, $0.value)
                < ($0.members.count, $1.since, $1.tie.name, $1.value)
        }
        let set = Set(order)
        lead.source = source(of: set)
        for (item, spans) in zip(plan.evidence, logs.evidence) {
            let own = spans.filter { set.contains($0.key) }
            if own.isEmpty { continue }
            lead.evidence.append((item.name, own.count, own.values.reduce(LeadLogs.Span(), +)))
        }
        lead.timeline = timeline(lead)
        return lead
    }

    private func source(of members: Set<String>) -> Lead.Source? {
        let candidates = logs.sources.compactMap { value, origins -> Lead.Source? in
            var all: [String: LeadLogs.Span] = [:]
            var most: (count: Int, fields: [String])?
            for (fields, spans) in origins {
                var count = 0
                for (member, span) in spans {
                    all[member, default: LeadLogs.Span()].unite(span)
                    if members.contains(member) { count += span.count }
                }
                let isMore = most.map {
                    count > $0.count
                        || (count == $0.count && fields.lexicographicallyPrecedes($0.fields))
                }
                if isMore ?? true { most = (count, fields) }
            }
            let own = all.filter { members.contains($0.key) }
            guard !own.isEmpty, let most else { return nil }
            return Lead.Source(
                value: value, fields: most.fields, members: own.count,
                span: own.values.reduce(LeadLogs.Span(), +), others: all.count - own.count)
        }
        return candidates.max {
            ($0.members, $0.span.count, $1.value) < ($1.members, $1.span.count, $0.value)
        }
    }

    private func timeline(_ lead: Lead) -> [Lead.Entry] {
        var entries: [Lead.Entry] = []
        for member in lead.members {
            if member.activity.count > 0 {
                entries.append(
                    .init(
                        time: member.activity.first,
                        text: "\(plan.member) \(member.name): first \(plan.activity) seen"))
            }
            if let known = member.caseKnown {
                entries.append(
                    .init(time: known, text: "\(plan.member) \(member.name): its case became known")
                )
            }
        }
        for link in lead.links {
            entries.append(
                .init(
                    time: link.since,
                    text: "\(link.tie.name) \(link.value) shared by two members for the first time")
            )
        }
        for item in lead.evidence {
            entries.append(.init(time: item.span.first, text: "first \(item.name)"))
        }
        if let source = lead.source {
            entries.append(
                .init(
                    time: source.span.first,
                    text: "first \(plan.source?.event ?? "") from \(source.value)"))
        }
        return entries.sorted { ($0.time, $0.text) < ($1.time, $1.text) }
    }
}

extension LeadLogs.Span {
    /// Both together.
    static func + (one: Self, other: Self) -> Self {
        var sum = one
        sum.unite(other)
        return sum
    }
}

/// The latest score of each member up to a moment.
struct LeadScores {
    struct Score {
        let time: Int64
        let probability: Double
        let reasons: [String]

        /// The later of two, of one time the likelier; the order of rows has no say.
        func counts(before other: Score) -> Bool {
            if time != other.time { return time > other.time }
            if probability != other.probability { return probability > other.probability }
            return !other.reasons.lexicographicallyPrecedes(reasons)
        }
    }

    private(set) var latest: [String: Score] = [:]

    /// Reads a table that `risk score` wrote with the vectors' times.
    /// - Parameter first: scores of an earlier moment are not used; nil for all of the plan's window.
    init(path: String, plan: LeadPlan, from first: Int64?, asOf moment: Int64) throws {
        let first = max(first ?? .min, moment - plan.window + 1)
        let reasons = (1...20).map { "reason_\($0)" }
        let reader = try TableReader(
            path: path,
            requests: .columns(
                [
                    ColumnRequest(plan.member, .category),
                    ColumnRequest("time", .time, required: true),
                    ColumnRequest("probability", .number),
                ] + reasons.map { ColumnRequest($0, .text, optional: true) }))
        while let batch = try reader.next() {
            guard let members = batch[plan.member],
                case .integers(let times)? = batch["time"]?.storage,
                let probabilities = batch["probability"]?.doubles
            else { continue }
            for row in times.indices
            where times[row] <= moment && times[row] >= first {
                let name = members.text(at: row)
                if name.isEmpty || probabilities[row].isNaN { continue }
                let score = Score(
                    time: times[row], probability: probabilities[row],
                    reasons: reasons.compactMap { batch[$0]?.text(at: row) }.filter { !$0.isEmpty })
                if let before = latest[name], before.counts(before: score) { continue }
                latest[name] = score
            }
        }
    }
}
