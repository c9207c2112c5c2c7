import ArgumentParser
import RiskJSON
import RiskPolicy

/// `risk policy test`: what a policy would have come to.
struct PolicyTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Try a policy on history, day by day, beside the one in force.",
        discussion: """
            Each day of the history is decided with the state of the day before. A label counts from the \
            day on which it became known: from then on the entity is off the list. A fraud is caught \
            where a verify, hold, suspend, refuse or refer is in force between its first act and that day; \
            loss is prevented where a hold, suspend or refuse was in force the day before the act. Who has \
            no label in all the history counts as honest, so frauds that nobody found make a policy look \
            worse than it is. Without --answer-days no verification is ever answered.

            Scores have a time beside what risk policy decide reads; labels have entity, at, known and, \
            where there is one, amount: a row for each act.

            Examples:
              risk policy test --policy policy.yaml --scores history.csv --labels cases.csv
              risk policy test --policy new.yaml --against policy.yaml --scores history.csv \
            --labels cases.csv --subscribers subscribers.csv --scale 0.5,1,2 --answer-days 2
            """)

    @Option(help: "The policy file.")
    var policy: String

    @Option(help: "The policy in force, to compare with.")
    var against: String?

    @Option(help: "The scores of all days.")
    var scores: String

    @Option(help: "The fraudulent acts, and when each became known.")
    var labels: String

    @Option(help: "The table of all subscribers: groups, rings, stores.")
    var subscribers: String?

    @Option(help: "Capacities to try, as factors of the policy's own, with commas between.")
    var scale = "1"

    @Option(help: "After how many days a verification is answered. (default: never)")
    var answerDays: Int?

    @Option(help: "Of the scores: the column with the time.")
    var time = "time"

    @Option(help: "Of the labels: the column with the time of the act.")
    var at = "at"

    @Option(help: "Of the labels: the column with the time at which the act became known.")
    var known = "known"

    @Option(help: "Of the labels: the column with the loss, to two digits behind the point.")
    var amount = "amount"

    @OptionGroup(title: "Columns") var names: PolicyColumnNames
    @OptionGroup var result: ResultOptions

    func validate() throws {
        if let answerDays, !(1...366).contains(answerDays) {
            throw ValidationError("--answer-days must be from 1 to 366.")
        }
        guard let factors, !factors.isEmpty, factors.count <= 20,
            factors.allSatisfy({ $0 >= 0.001 && $0 <= 1000 }), Set(factors).count == factors.count
        else {
            throw ValidationError(
                "--scale takes up to 20 different factors from 0.001 to 1000, such as 0.5,1,2.")
        }
    }

    /// nil where one is no number.
    private var factors: [Double]? {
        let parts = scale.split(separator: ",", omittingEmptySubsequences: false)
        let factors = parts.compactMap { Double($0) }
        return factors.count == parts.count ? factors : nil
    }

    func run() throws {
        let policies = try [policy, against].compactMap { path in
            try path.map { ($0, try PolicyColumns(path: $0).policy) }
        }
        let input = PolicyInput(names: names)
        let history = try input.history(scores, time: time)
        guard let first = history.first?.0, let last = history.last?.0 else {
            throw CommandFailure(.badData, "\(scores): there are no rows, so there is no history")
        }
        if last.days - first.days >= 3660 {
            throw CommandFailure(
                .badData, "\(scores): expected at most ten years, found \(first) to \(last)")
        }
        let backtest = Backtest(
            days: history.map { (day: $0.0, scores: $0.1) },
            subscribers: try input.subscribers(subscribers, for: policies.map(\.1), stores: false),
            acts: try input.acts(labels, time: at, known: known, amount: amount),
            answerDays: answerDays)
        var trials: [PolicyTrial] = []
        for (path, policy) in policies {
            for factor in factors ?? [] {
                trials.append(
                    PolicyTrial(
                        path: path, policy: policy, factor: factor,
                        outcome: try backtest.run(policy.scaled(by: factor))))
            }
        }
        let report = PolicyTrialReport(trials: trials, first: first, last: last)
        if result.json { return try StandardOutput.print(report.node) }
        try StandardOutput.write(report.text)
    }
}

/// A policy tried at a capacity.
struct PolicyTrial {
    let path: String
    let policy: Policy
    /// What all capacities were multiplied by.
    let factor: Double
    let outcome: Backtest.Outcome
}

/// What trials on the same history came to, side by side.
struct PolicyTrialReport {
    let trials: [PolicyTrial]
    let first: PolicyDate
    let last: PolicyDate

    var text: String {
        guard let base = trials.first?.outcome else { return "" }
        var rows = [
            [
                "policy", "capacity", "caught", "of", "loss prevented", "of", "honest hit",
                "restricted", "hit per caught", "busiest day",
            ]
        ]
        var actions = [["policy", "capacity", "new actions"]]
        var groups = [["group", "policy", "capacity", "honest members", "hit", "restricted"]]
        for trial in trials {
            let outcome = trial.outcome
            let name = [trial.path, "× \(Text.exact(trial.factor))"]
            rows.append(
                name + [
                    Text.grouped(outcome.caught), Text.grouped(outcome.frauds),
                    money(outcome.prevented), money(outcome.loss),
                    Text.grouped(outcome.honest.noticed), Text.grouped(outcome.honest.restricted),
                    outcome.caught == 0 ? "–" : Text.fixed(outcome.honestPerCaught, 2),
                    Text.grouped(outcome.busiestDay),
                ])
            actions.append(
                name + [
                    trial.outcome.actions.sorted { $0.key < $1.key }
                        .map { "\($0.key) \(Text.grouped($0.value))" }.joined(separator: ", ")
                ])
            let all = [("(all)", outcome.honest)] + outcome.groups.sorted { $0.key < $1.key }
            groups += all.map { group, hit in
                [group] + name + [
                    Text.grouped(hit.members), share(hit.noticed, hit.members),
                    share(hit.restricted, hit.members),
                ]
            }
        }
        return """
            \(first) to \(last), \(base.days) days; \(Text.grouped(base.honest.members)) honest, \
            \(Text.grouped(base.frauds)) frauds that could be caught

            \(Text.table(rows, right: [2, 3, 4, 5, 6, 7, 8, 9]))

            \(Text.table(actions))

            \(Text.table(groups, right: [3, 4, 5]))

            """
    }

    private func money(_ cents: Int64) -> String { Text.grouped(Int(cents / 100)) }

    private func share(_ part: Int, _ whole: Int) -> String {
        whole == 0
            ? "–"
            : "\(Text.grouped(part)) (\(Text.fixed(Double(part) / Double(whole) * 100, 2)) %)"
    }

    var node: Node {
        func hit(_ hit: Backtest.Hit) -> Node {
            .object([
                "members": Node(hit.members), "noticed": Node(hit.noticed),
                "restricted": Node(hit.restricted),
            ])
        }
        return .object([
            "from": Node(first.description), "until": Node(last.description),
            "trials": .array(
                trials.map { trial in
                    let outcome = trial.outcome
                    return .object([
                        "policy": Node(trial.path), "sha256": Node(trial.policy.fingerprint),
                        "scale": Node(trial.factor), "days": Node(outcome.days),
                        "frauds": Node(outcome.frauds), "caught": Node(outcome.caught),
                        "loss": Node(Double(outcome.loss) / 100),
                        "lossPrevented": Node(Double(outcome.prevented) / 100),
                        "honest": hit(outcome.honest),
                        "honestPerCaught": Node(outcome.honestPerCaught),
                        "busiestDay": Node(outcome.busiestDay),
                        "actions": .object(
                            outcome.actions.sorted { $0.key < $1.key }.map {
                                .init($0.key, Node($0.value))
                            }),
                        "groups": .object(
                            outcome.groups.sorted { $0.key < $1.key }.map {
                                .init($0.key, hit($0.value))
                            }),
                    ])
                }),
        ])
    }
}
