import RiskColumns
import RiskJSON

/// Leads for people and for machines.
struct LeadReport {
    let plan: LeadPlan
    let leads: [Lead]
    /// What became known later is in none of them.
    let moment: Int64

    private static let shownMembers = 15
    private static let shownLinks = 15
    private static let shownEntries = 25

    private func date(_ time: Int64) -> String { String(Timestamps.format(time).prefix(10)) }
    private func amount(_ hundredths: Double) -> String {
        plan.amount == nil ? "–" : Text.grouped(Int(exactly: (hundredths / 100).rounded()) ?? .max)
    }

    /// The line that a summary has.
    var summary: String {
        guard let first = leads.first else { return "no lead: nobody suspected hangs together" }
        return
            "\(leads.count) lead\(leads.count == 1 ? "" : "s"); the first: "
            + "\(first.members.count) members (\(plan.member)), \(first.links.count) links, "
            + "\(Text.fixed(first.expectedMembers, 1)) expected to be fraudulent"
    }

    private var order: String {
        guard let amount = plan.amount else {
            return "how many members are expected to be fraudulent"
        }
        return "what is at stake: the sum over members of probability × \(amount) in "
            + (plan.window % Timestamps.day == 0
                ? "\(plan.window / Timestamps.day) days"
                : "\(plan.window / Timestamps.hour) hours")
    }

    /// A page a lead.
    var text: String {
        var text = """
            \(plan.title): leads as of \(Timestamps.format(moment))
            Nothing that the logs knew only later is in them. Leads are ordered by \(order). A \
            member with a known case counts in full. A lead is a suspicion to be checked, not a finding.

            """
        for (index, lead) in leads.enumerated() { text += "\n" + page(lead, index + 1) }
        if leads.isEmpty { text += "\nThere is none.\n" }
        return text
    }

    private func page(_ lead: Lead, _ rank: Int) -> String {
        var page = """
            ── Lead \(rank) ──────────────────────────────────────────────────────────
            \(lead.members.count) members (\(plan.member)), \(lead.members.count { $0.caseKnown != nil }) with a \
            known case; \(Text.fixed(lead.expectedMembers, 1)) expected to be fraudulent; at stake \
            \(amount(lead.expectedAmount))
            They share \(shares(lead)).

            Source

            """
        if let source = lead.source, let plan = plan.source {
            let fields = zip(plan.fields, source.fields).map { ", \($0) \($1)" }.joined()
            page +=
                printable(
                    "  \(plan.key) \(source.value)\(fields): \(source.members) members, "
                        + "\(source.span.count) times since \(date(source.span.first))"
                        + others(source.others))
                + "\n"
        } else {
            page += "  not known\n"
        }
        page += "\nMembers\n"
        for member in lead.members.prefix(Self.shownMembers) {
            let known = member.caseKnown.map { "case known \(date($0))" }
            page +=
                printable(
                    "  \(member.name)  "
                        + (known ?? "probability \(Text.fixed(member.probability * 100, 1)) %")
                        + (member.activity.count == 0
                            ? ""
                            : "; \(member.activity.count) × \(plan.activity), "
                                + "\(date(member.activity.first)) to \(date(member.activity.last)), "
                                + amount(Double(member.activity.amount))))
                + "\n"
            for reason in member.reasons.prefix(3) { page += printable("    - \(reason)") + "\n" }
        }
        page += more(lead.members.count, Self.shownMembers)
        page += "\nLinks: what is shared, with whom, since when\n"
        for link in lead.links.prefix(Self.shownLinks) {
            let names = link.members.prefix(6).map {
                "\($0.name) (since \(date($0.span.first)))"
            }.joined(separator: ", ")
            let rest = link.members.count > 6 ? " and \(link.members.count - 6) more" : ""
            page +=
                printable(
                    "  \(link.members.count) \(link.tie.says) \(link.tie.name) \(link.value), shared since "
                        + "\(date(link.since))\(others(link.others))")
                + "\n" + printable("    \(names)\(rest)") + "\n"
        }
        page += more(lead.links.count, Self.shownLinks)
        page += "\nTimeline\n"
        for entry in lead.timeline.prefix(Self.shownEntries) {
            page += printable("  \(date(entry.time))  \(entry.text)") + "\n"
        }
        page += more(lead.timeline.count, Self.shownEntries)
        page += "\nEvidence\n"
        for item in lead.evidence {
            page +=
                printable(
                    "  \(item.name): \(item.span.count), of \(item.members) members, "
                        + "\(date(item.span.first)) to \(date(item.span.last))")
                + "\n"
        }
        if lead.evidence.isEmpty { page += "  none but the members' own reasons\n" }
        return page
    }

    /// "2 × sender, 1 × domain".
    private func shares(_ lead: Lead) -> String {
        let counts = plan.ties.compactMap { tie -> String? in
            let count = lead.links.count { $0.tie.name == tie.name }
            return count == 0 ? nil : "\(count) × \(tie.name)"
        }
        return counts.joined(separator: ", ")
    }

    private func others(_ count: Int) -> String {
        count == 0 ? "" : "; and \(count) who are no members"
    }

    private func more(_ count: Int, _ shown: Int) -> String {
        count > shown ? "  … and \(count - shown) more\n" : ""
    }

    /// For machines: all members, links and entries.
    var node: Node {
        .object([
            .init("riskkit", "leads/1"), .init("name", Node(plan.name)),
            .init("member", Node(plan.member)), .init("asOf", Node(Timestamps.format(moment))),
            .init("orderedBy", plan.amount == nil ? "expectedMembers" : "expectedAmount"),
            .init("leads", .array(leads.enumerated().map { node($1, $0 + 1) })),
        ])
    }

    private func units(_ hundredths: Double) -> Node {
        plan.amount == nil ? nil : Node(hundredths.rounded() / 100)
    }

    private func node(_ span: LeadLogs.Span) -> [Node.Member] {
        [
            .init("count", Node(span.count)), .init("first", Node(Timestamps.format(span.first))),
            .init("last", Node(Timestamps.format(span.last))),
        ]
    }

    private func node(_ lead: Lead, _ rank: Int) -> Node {
        .object([
            .init("rank", Node(rank)), .init("expectedMembers", Node(lead.expectedMembers)),
            .init("expectedAmount", units(lead.expectedAmount)),
            .init("members", .array(lead.members.map(node))),
            .init("links", .array(lead.links.map(node))),
            .init("source", lead.source.map(node) ?? nil),
            .init(
                "timeline",
                .array(
                    lead.timeline.map {
                        .object([
                            "at": Node(Timestamps.format($0.time)), "what": Node($0.text),
                        ])
                    })),
            .init(
                "evidence",
                .array(
                    lead.evidence.map { item in
                        .object(
                            [
                                .init("what", Node(item.name)),
                                .init("members", Node(item.members)),
                            ] + node(item.span))
                    })),
        ])
    }

    private func node(_ member: Lead.Member) -> Node {
        .object(
            [
                .init(plan.member, Node(member.name)),
                .init("probability", Node(member.probability)),
                .init("caseKnown", member.caseKnown.map { Node(Timestamps.format($0)) } ?? nil),
                .init("amount", units(Double(member.activity.amount))),
            ] + (member.activity.count > 0 ? node(member.activity) : [])
                + [.init("reasons", .array(member.reasons.map { Node($0) }))])
    }

    private func node(_ link: Lead.Link) -> Node {
        .object([
            .init("through", Node(link.tie.name)), .init("value", Node(link.value)),
            .init("since", Node(Timestamps.format(link.since))), .init("others", Node(link.others)),
            .init(
                "members",
                .array(
                    link.members.map { name, span in
                        .object([.init(plan.member, Node(name))] + node(span))
                    })),
        ])
    }

    private func node(_ source: Lead.Source) -> Node {
        let fields = zip(plan.source?.fields ?? [], source.fields)
        return .object(
            [.init(plan.source?.key ?? "key", Node(source.value))]
                + fields.map { .init($0, Node($1)) }
                + [.init("members", Node(source.members)), .init("others", Node(source.others))]
                + node(source.span))
    }
}
