import RiskColumns
import RiskJSON

extension RecipeRun {
    /// Writes the leads as of the end of the test: `leads.json` and `leads.txt` in the output folder.
    func writeLeads() throws -> LeadReport? {
        guard let file = recipe.leads,
            let main = recipe.variants.first(where: { $0.name == recipe.main }),
            let vectors = vectors[main.spec]
        else { return nil }
        let plan = try LeadPlan(path: "\(recipe.folder)/\(file)")
        let scores = "\(output)/scores.csv"
        try run(
            ScoreCommand.self,
            [
                "score", "--model", model(main.name), "--input", vectors, "--output", scores,
                "--columns", "\(plan.member),time", "--reasons", "3",
            ])
        let until = testFrom + recipe.schedule.test
        let files = logs
        let command = try parse(
            LeadsCommand.self,
            [
                "leads", "--plan", "\(recipe.folder)/\(file)", "--scores", scores, "--events",
            ] + plan.events.map { "\($0)=\(files[$0] ?? "")" }
                + [
                    "--scores-from", Timestamps.format(testFrom), "--as-of",
                    Timestamps.format(until), "--output", "\(output)/leads.json",
                    "--text", "\(output)/leads.txt",
                ])
        let report = try command.report()
        try command.write(report)
        return report
    }

    /// What a simulated world's truth says of the members that leads name.
    struct LeadJudgement {
        var named = 0
        /// Of these, those who had a case by then.
        var known = 0
        /// Of the others, those who are fraudulent, and those who are of the gang that most of their
        /// lead's fraudulent members are of.
        var fraudulent = 0
        var ofTheGang = 0
    }

    func judge(_ report: LeadReport) throws -> LeadJudgement? {
        guard isSimulated, let plan = recipe.assessment else { return nil }
        let truth = try SimulatedTruth(
            path: "\(output)/\(plan.truth)", type: plan.type, fraud: plan.fraud)
        let day = Int32(
            Timestamps.floorDivide(testFrom + recipe.schedule.test, Timestamps.day).quotient)
        var judgement = LeadJudgement()
        for lead in report.leads {
            let guilty = lead.members.filter { member in
                truth.spells[member.name]?.contains { $0.from < day } ?? false
            }
            var gangs: [String: Int] = [:]
            for member in guilty { gangs[truth.gangs[member.name] ?? "", default: 0] += 1 }
            let gang = gangs.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
            judgement.named += lead.members.count
            judgement.known += lead.members.count { $0.caseKnown != nil }
            let new = guilty.filter { $0.caseKnown == nil }
            judgement.fraudulent += new.count
            judgement.ofTheGang += new.count { truth.gangs[$0.name] == gang }
        }
        return judgement
    }

    /// Refuses a plan that needs a log which the recipe has not.
    func checkLeads(_ path: String) throws {
        let plan = try LeadPlan(path: path)
        let missing = plan.events.filter { event in !recipe.logs.contains { $0.type == event } }
        if !missing.isEmpty {
            throw CommandFailure(
                .badData,
                "\(recipe.folder)/recipe.yaml: logs: \(path) needs the events "
                    + missing.joined(separator: ", "))
        }
        if plan.member != recipe.schedule.entity {
            throw CommandFailure(
                .badData,
                "\(path): member: expected \"\(recipe.schedule.entity)\", the entity that the recipe "
                    + "scores, found \"\(plan.member)\"")
        }
    }

    /// What the summary says of the leads.
    func leadText(_ report: LeadReport) throws -> String {
        var text = "\nLeads, as of the end of the test: \(report.summary)\n"
        text += "  \(output)/leads.txt for reading, \(output)/leads.json for machines\n"
        if let judged = try judge(report) {
            text +=
                "  \(judged.named) members named, \(judged.known) with a case known by then; of the other "
                + "\(judged.named - judged.known), \(judged.fraudulent) are fraudulent in the truth of the "
                + "SIMULATED world, \(judged.ofTheGang) of the gang that most of their lead are of\n"
        }
        return text
    }

    /// The same for machines.
    func leadMembers(_ report: LeadReport?) throws -> [Node.Member] {
        guard let report else { return [] }
        let judged = try judge(report)
        return [
            .init(
                "leads",
                .object([
                    .init("file", Node("\(output)/leads.json")),
                    .init("count", Node(report.leads.count)),
                    .init("membersNamed", judged.map { Node($0.named) } ?? nil),
                    .init("withKnownCase", judged.map { Node($0.known) } ?? nil),
                    .init("ofOneGangInTruth", judged.map { Node($0.ofTheGang) } ?? nil),
                    .init("othersFraudulentInTruth", judged.map { Node($0.fraudulent) } ?? nil),
                ]))
        ]
    }
}
