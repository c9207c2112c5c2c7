import ArgumentParser
import Foundation
import RiskColumns
import RiskJSON
import RiskTables

/// `risk leads`: scored members who hang together become leads for investigators.
struct LeadsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leads",
        abstract: "Turn scores and logs into leads: members, links, source, timeline, evidence.",
        discussion: """
            The plan says who is a member, what ties members and from which probability on (docs/recipes.md). \
            Scores are those of risk score, with the vectors' times; a member's latest counts. What became \
            known after --as-of is in no lead. Leads come by what is at stake: the sum of probability × amount.

            Example:
              risk leads --plan leads.yaml --scores scores.csv --events order=order.csv shipment=shipment.csv \
            --as-of 2026-02-08 --output leads.json --text leads.txt
            """)

    @Option(help: "What a lead is made of, a YAML file.")
    var plan: String

    @Option(help: "The table of scores, with the members and the times.")
    var scores: String

    @Option(
        name: .shortAndLong, parsing: .upToNextOption,
        help: "The log of each type of event: TYPE=FILE.")
    var events: [EventArgument]

    @Option(help: "The moment of the leads.")
    var asOf: TimeArgument

    @Option(
        help: "Scores of an earlier moment are not used. (default: all within the plan's window)")
    var scoresFrom: TimeArgument?

    @Option(name: .shortAndLong, help: "The JSON file to write; - is standard output.")
    var output: String

    @Option(help: "The pages to write.")
    var text: String?

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        var seen: Set<String> = []
        for event in events where !seen.insert(event.type).inserted {
            throw ValidationError("--events names \(event.type) twice.")
        }
    }

    func run() throws { try write(report()) }

    /// Finds the leads.
    func report() throws -> LeadReport {
        try DistinctFiles.check(
            inputs: [("--plan", plan), ("--scores", scores)]
                + events.map { ("--events \($0.type)", $0.path) },
            outputs: [("--output", output), ("--text", text)])
        let plan = try LeadPlan(path: plan)
        let files = Dictionary(uniqueKeysWithValues: events.map { ($0.type, $0.path) })
        let missing = plan.events.filter { files[$0] == nil }
        if !missing.isEmpty {
            throw CommandFailure(
                .usage, "\(self.plan) needs the events \(missing.joined(separator: ", "))")
        }
        let logs = try LeadLogs(plan, files: files, asOf: asOf.microseconds)
        let scores = try LeadScores(
            path: scores, plan: plan, from: scoresFrom?.microseconds, asOf: asOf.microseconds)
        let finder = LeadFinder(
            plan: plan, logs: logs, scores: scores, moment: asOf.microseconds)
        return LeadReport(plan: plan, leads: finder.leads(), moment: asOf.microseconds)
    }

    /// Writes the files.
    func write(_ report: LeadReport) throws {
        let file = try AtomicFile(path: output)
        try file.write(report.node.json(.indented) + "\n")
        if let text {
            let pages = try AtomicFile(path: text)
            try pages.write(report.text)
            try pages.commit()
        }
        try file.commit()
    }
}
