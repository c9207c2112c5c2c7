import RiskColumns
import RiskJSON

/// What a lead is made of: `leads.yaml` of a recipe.
///
/// A lead is handed to investigators: who hangs together, by what and since when, where it comes from,
/// what happened when, and what speaks for it.
struct LeadPlan {
    /// Something that members share: a key of a log.
    struct Tie {
        let name: String
        let event: String
        let key: String
        /// A value that more members have than this ties nobody.
        let degree: Int
        /// Two groups that hang together by other ties are one where they share at least so many values
        /// of this one; 1 for a tie that is enough by itself.
        let several: Int
        /// "send parcels under"
        let says: String
    }

    /// Events that speak for a lead, of those of one log that a column picks.
    struct Evidence {
        let name: String
        let event: String
        let column: String?
        let value: String
    }

    /// Where the goods, or the orders, come from: the key's value that most members have, and the fields
    /// that go with it most often.
    struct Source {
        let event: String
        let key: String
        let fields: [String]
    }

    let name: String
    let title: String
    /// The key whose values are members, such as `shop`.
    let member: String
    /// The logs that tell when a member was first and last active, and what is at stake with it.
    let activity: String
    /// The decimal column whose sum is at stake; nil where leads come by their expected members.
    let amount: String?
    let ties: [Tie]
    let evidence: [Evidence]
    let source: Source?
    /// The log of cases; nil for none.
    let cases: String?
    /// Scores and events older than this are no part of a lead.
    let window: Int64
    /// From which probability on somebody is a member, and from which on somebody tied to one is.
    let probability: Double
    let joining: Double
    /// Fewer members make no lead; and no more leads than this are written.
    let least: Int
    let most: Int

    /// Reads the file; all its mistakes are named at once.
    init(path: String) throws {
        let plan = try SpecFile.read(path) { LeadPlanReader(reader: $1).read($0) }
        guard let plan else { preconditionFailure("leads without mistakes were not read") }
        self = plan
    }

    fileprivate init(
        name: String, title: String, member: String, activity: String, amount: String?,
        ties: [Tie], evidence: [Evidence], source: Source?, cases: String?, window: Int64,
        probability: Double, joining: Double, least: Int, most: Int
    ) {
        self.name = name
        self.title = title
        self.member = member
        self.activity = activity
        self.amount = amount
        self.ties = ties
        self.evidence = evidence
        self.source = source
        self.cases = cases
        self.window = window
        self.probability = probability
        self.joining = joining
        self.least = least
        self.most = most
    }

    /// The logs that are read, each once.
    var events: [String] {
        var seen: Set<String> = []
        let all =
            [activity] + ties.map(\.event) + evidence.map(\.event)
            + [source?.event, cases].compactMap { $0 }
        return all.filter { seen.insert($0).inserted }
    }
}

/// Takes `leads.yaml` apart; nil is returned only where mistakes were noted.
private struct LeadPlanReader {
    typealias Place = DocumentReader.Place

    let reader: DocumentReader

    func read(_ root: Place) -> LeadPlan? {
        let keys = [
            "riskkit", "name", "title", "member", "activity", "ties", "evidence", "source", "cases",
            "window", "probability", "joining", "members", "leads",
        ]
        guard let members = reader.members(of: root, known: keys) else { return nil }
        if let format = text("riskkit", members, root), format != "leads/1" {
            reader.note("expected \"leads/1\", found \"\(format)\"", at: root)
        }
        let ties = place("ties", members, root).flatMap { reader.entries(of: $0) } ?? []
        if ties.isEmpty, members["ties"] != nil {
            reader.note("expected at least one tie", at: members["ties"] ?? root)
        }
        let evidence = members["evidence"].flatMap { reader.entries(of: $0) } ?? []
        let probability = number("probability", 0...1, members, root)
        let joining = number("joining", 0...1, members, root)
        if let probability, let joining, joining > probability {
            reader.note(
                "expected at most the probability, \(probability)", at: members["joining"] ?? root)
        }
        let activity = place("activity", members, root).flatMap { readActivity($0) }
        let read = (
            ties.compactMap { readTie($0.key, $0.place) },
            evidence.compactMap { readEvidence($0.key, $0.place) },
            members["source"].flatMap { readSource($0) },
            members["cases"].flatMap { reader.string($0) }
        )
        // Each is looked at before any is given up, so that all mistakes are named.
        let texts = ["name", "title", "member"].map { text($0, members, root) }
        let window = span("window", members, root)
        let least = integer("members", 2...1000, members, root)
        let most = integer("leads", 1...10_000, members, root)
        guard let name = texts[0], let title = texts[1], let member = texts[2], let activity,
            let window, let probability, let joining, let least, let most
        else { return nil }
        let plan = LeadPlan(
            name: name, title: title, member: member, activity: activity.of,
            amount: activity.sum, ties: read.0, evidence: read.1, source: read.2, cases: read.3,
            window: window, probability: probability, joining: joining, least: least, most: most)
        noteColumns(plan, members, root)
        return plan
    }

    /// Notes columns that are read as something else already.
    private func noteColumns(_ plan: LeadPlan, _ members: [String: Place], _ root: Place) {
        func note(_ column: String, of event: String?, _ key: String) {
            var taken = ["at", "known"]
            if event == nil || event == plan.activity { taken += [plan.amount].compactMap { $0 } }
            if event == nil { taken += ["time", "probability"] + (1...20).map { "reason_\($0)" } }
            if taken.contains(column) {
                reader.note(
                    "expected another column, \"\(column)\" is read as something else already",
                    at: members[key] ?? root)
            }
        }
        note(plan.member, of: nil, "member")
        for tie in plan.ties { note(tie.key, of: tie.event, "ties") }
        for item in plan.evidence {
            if let column = item.column { note(column, of: item.event, "evidence") }
        }
        if let source = plan.source {
            for column in [source.key] + source.fields { note(column, of: source.event, "source") }
        }
        if let amount = plan.amount, ["at", "known"].contains(amount) {
            reader.note(
                "expected a column of decimals, \"\(amount)\" is a time",
                at: members["activity"] ?? root)
        }
    }

    private func readActivity(_ place: Place) -> (of: String, sum: String?)? {
        guard let members = reader.members(of: place, known: ["of", "sum"]),
            let event = text("of", members, place)
        else { return nil }
        return (event, members["sum"].flatMap { reader.string($0) })
    }

    private func readTie(_ name: String, _ place: Place) -> LeadPlan.Tie? {
        guard
            let members = reader.members(
                of: place, known: ["of", "key", "degree", "several", "says"]),
            let event = text("of", members, place),
            let degree = integer("degree", 2...1_000_000, members, place),
            let says = text("says", members, place)
        else { return nil }
        let key = members["key"].flatMap { reader.string($0) } ?? name
        let several = members["several"].flatMap { reader.integer($0, in: 1...1000) } ?? 1
        return .init(
            name: name, event: event, key: key, degree: degree, several: several, says: says)
    }

    private func readEvidence(_ name: String, _ place: Place) -> LeadPlan.Evidence? {
        guard let members = reader.members(of: place, known: ["of", "where"]),
            let event = text("of", members, place)
        else { return nil }
        let condition = members["where"].flatMap { reader.entries(of: $0) } ?? []
        if condition.count > 1, let place = members["where"] {
            reader.note("expected one column and its value", at: place)
        }
        let value = condition.first.flatMap { reader.string($0.place) } ?? ""
        return .init(name: name, event: event, column: condition.first?.key, value: value)
    }

    private func readSource(_ place: Place) -> LeadPlan.Source? {
        guard let members = reader.members(of: place, known: ["of", "key", "fields"]),
            let event = text("of", members, place), let key = text("key", members, place)
        else { return nil }
        let fields = members["fields"].flatMap { reader.elements(of: $0) } ?? []
        return .init(event: event, key: key, fields: fields.compactMap { reader.string($0) })
    }

    private func place(_ key: String, _ members: [String: Place], _ parent: Place) -> Place? {
        if members[key] == nil { reader.note("expected \"\(key)\"", at: parent) }
        return members[key]
    }

    private func text(_ key: String, _ members: [String: Place], _ parent: Place) -> String? {
        place(key, members, parent).flatMap { reader.string($0) }
    }

    private func number(
        _ key: String, _ range: ClosedRange<Double>, _ members: [String: Place], _ parent: Place
    ) -> Double? {
        place(key, members, parent).flatMap { reader.number($0, in: range) }
    }

    private func integer(
        _ key: String, _ range: ClosedRange<Int>, _ members: [String: Place], _ parent: Place
    ) -> Int? {
        place(key, members, parent).flatMap { reader.integer($0, in: range) }
    }

    private func span(_ key: String, _ members: [String: Place], _ parent: Place) -> Int64? {
        guard let place = place(key, members, parent), let text = reader.string(place) else {
            return nil
        }
        if let span = DurationArgument(argument: text), span.microseconds > 0 {
            return span.microseconds
        }
        reader.note("expected a span such as 60d, found \"\(text)\"", at: place)
        return nil
    }
}
