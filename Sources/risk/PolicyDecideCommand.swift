import ArgumentParser
import RiskJSON
import RiskPolicy
import RiskTables

/// `risk policy decide`: a day's scores become actions, each on record.
struct PolicyDecideCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decide",
        abstract: "Decide a day: scores become actions, with an audit record of each.",
        discussion: """
            Tables are CSV or JSON Lines, their rows in any order; the bytes written are the same. \
            Scores have the entity's column, probability, and where there are such, points and reason_1, \
            reason_2, …: what risk score writes. Of an entity's rows the riskiest counts.
              subscribers: entity, group (several with ; between), ring, store
              overrides:   entity, action (or none), author, reason, expires, and from
              results:     entity, at, result: passed, failed, reopened or complaint
            A result counts on the first day decided after it; results of days before the state's are \
            passed over, so the file may grow. The state is written last: what is killed before can be run again.

            Examples:
              risk policy decide --policy policy.yaml --scores scores.csv --date 2026-11-21 \
            --output actions.csv --audit audit-21.jsonl --state-out state.json
              risk policy decide --policy policy.yaml --scores scores.csv --date 2026-11-22 \
            --subscribers subscribers.csv --overrides overrides.csv --results results.csv \
            --state state.json --state-out state.json --output actions.csv --audit audit-22.jsonl
            """)

    @Option(help: "The policy file.")
    var policy: String

    @Option(help: "The day's scores.")
    var scores: String

    @Option(help: "The day that is decided, such as 2026-11-22.")
    var date: PolicyDate

    @Option(name: .shortAndLong, help: "The list of actions to write; - is standard output.")
    var output: String

    @Option(help: "The audit records to write, a JSON object a line.")
    var audit: String

    @Option(help: "The table of all subscribers: groups, rings, stores.")
    var subscribers: String?

    @Option(help: "Decisions by people, each with author, reason and expiry.")
    var overrides: String?

    @Option(help: "What verifications came back with, and complaints.")
    var results: String?

    @Option(help: "The state that the day before left. (default: none, the first day)")
    var state: String?

    @Option(help: "Where to write the state for the next day; may be the same file.")
    var stateOut: String?

    @Option(help: "Where to write the stores with cases, as the policy's rule assesses them.")
    var stores: String?

    @Option(help: "Where to write the day's decisions and results as a log for risk features.")
    var events: String?

    @Option(help: "Where to write what the results say as labels: entity, at, known, label.")
    var labels: String?

    @Option(help: "The model file whose scores these are: its SHA-256 goes on record.")
    var model: String?

    @OptionGroup(title: "Columns") var names: PolicyColumnNames
    @OptionGroup var result: ResultOptions
    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if result.json, [output, audit, stores, events, labels, stateOut].contains("-") {
            throw ValidationError("--json and a file - both write to standard output.")
        }
    }

    func run() throws {
        try DistinctFiles.check(
            inputs: [
                ("--policy", policy), ("--scores", scores), ("--subscribers", subscribers),
                ("--overrides", overrides), ("--results", results), ("--model", model),
                ("--state", state == stateOut ? nil : state),
            ],
            outputs: [
                ("--output", output), ("--audit", audit), ("--stores", stores),
                ("--events", events), ("--labels", labels), ("--state-out", stateOut),
            ])
        let policy = try PolicyColumns(path: self.policy).policy
        if stores != nil, policy.stores == nil {
            throw CommandFailure(.usage, "--stores: \(self.policy) has no rule for stores")
        }
        let before = try state.map { try PolicyStateFile.read($0) } ?? PolicyState()
        let input = PolicyInput(names: names)
        let day = DecisionDay(
            day: date, scores: try input.scores(scores),
            subscribers: try input.subscribers(subscribers, for: [policy]),
            overrides: try overrides.map { try input.overrides($0, policy) } ?? [],
            results: try results.map { try input.results($0) } ?? [])
        let model = try self.model.map { path in
            SHA256.hexadecimal(try readFile(path, limit: ModelFile.largest))
        }
        let decided = try policy.decide(day, after: before)
        let records = decided.auditRecords(
            policy: policy, model: model, inputs: day.digest(after: before), after: before)
        try write(decided, records)
        try tell(decided, policy)
    }

    /// The state last: before it is there, the same command can be run again.
    private func write(_ decided: DayDecisions, _ records: [Node]) throws {
        let tables = DecisionTables(decided: decided, entity: names.entity)
        let file = try AtomicFile(path: audit)
        for record in records { try file.write(record.json() + "\n") }
        try file.commit()
        for (path, table) in [
            (output, tables.actions), (stores, tables.stores), (events, tables.events),
            (labels, tables.labels),
        ] {
            guard let path else { continue }
            let writer = try TableWriter(path: path)
            try writer.write(table)
            try writer.finish()
        }
        if let stateOut { try PolicyStateFile.write(decided.state, to: stateOut) }
    }

    private func tell(_ decided: DayDecisions, _ policy: Policy) throws {
        let summary = DecisionSummary(decided: decided, policy: policy)
        if result.json { try StandardOutput.print(summary.node) }
        if !talk.quiet {
            StandardError.write(summary.text)
            let expired = decided.expiredOverrides
            if !expired.isEmpty {
                StandardError.remark(
                    "\(expired.count) overrides have expired and have no effect: "
                        + Text.listed(expired.map { "\($0.entityKey) on \($0.expires)" }))
            }
        }
    }
}

/// The file that carries a policy's state from one day to the next.
enum PolicyStateFile {
    static let largest = 1 << 30

    static func read(_ path: String) throws -> PolicyState {
        let bytes = try readFile(path, limit: largest)
        let document: Node
        do throws(JSONParser.Failure) {
            document = try JSONParser.parse(bytes)
        } catch {
            throw CommandFailure(.badData, "\(path):\(error.line): \(error.message)")
        }
        return try SpecFile.mistakes(in: path) { () throws(Mistakes) in
            try PolicyState(document: document)
        }
    }

    static func write(_ state: PolicyState, to path: String) throws {
        let file = try AtomicFile(path: path)
        try file.write(state.document().json(.indented) + "\n")
        try file.commit()
    }
}
