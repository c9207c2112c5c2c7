import ArgumentParser
import RiskJSON
import RiskPolicy

/// `risk policy`: the operator's response to scores.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Check a policy, decide a day by it, try it on history.",
        discussion: """
            A policy is a YAML file: tiers with thresholds on calibrated probability and capacities, and \
            the conditions under which they hold. A changed policy needs no training and holds from the \
            next decision on. docs/policy.md describes it.

            Examples:
              risk policy check policy.yaml
              risk policy decide --policy policy.yaml --scores scores.csv --date 2026-11-22 \
            --output actions.csv --audit audit.jsonl --state-out state.json
              risk policy test --policy policy.yaml --scores history.csv --labels cases.csv
            """,
        subcommands: [
            PolicyCheckCommand.self, PolicyDecideCommand.self, PolicyTestCommand.self,
        ])
}

/// `risk policy check`: is a policy sound, and what does it say?
struct PolicyCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read a policy; name all its mistakes at once.",
        discussion: """
            Ends with 0 where the policy is sound, and then tells it in words; with 65 where it is not.

            Example:
              risk policy check models/sim-farm/policy.yaml
            """)

    @Argument(help: "The policy file.")
    var file: String

    @OptionGroup var results: ResultOptions

    func run() throws {
        let policy = try PolicyColumns(path: file).policy
        if results.json {
            return try StandardOutput.print(
                .object([
                    "file": Node(file), "sha256": Node(policy.fingerprint),
                    "policy": policy.document(),
                ]))
        }
        try StandardOutput.write(PolicyText.described(policy))
    }
}

/// A policy in words.
enum PolicyText {
    static func described(_ policy: Policy) -> String {
        let version = policy.version.map { ", version \($0)" } ?? ""
        var lines = [
            printable("\(policy.name)\(version): sha256 \(policy.fingerprint.prefix(12))…"), "",
        ]
        var table = [["tier", "action", "from", "new cases a day", "stays"]]
        table += policy.tiers.map { tier in
            [
                tier.name, tier.action.name, tier.minimumProbability.map(Text.exact) ?? "any",
                tier.capacity.map(capacity) ?? "all", stays(tier),
            ]
        }
        lines.append(Text.table(table, right: [2], indent: "  "))
        let conditions = conditions(policy)
        if !conditions.isEmpty { lines += [""] + conditions.map(printable) }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func stays(_ tier: Policy.Tier) -> String {
        guard let from = tier.keepProbability ?? tier.minimumProbability else {
            return "filled anew each day"
        }
        return "from \(Text.exact(from))"
            + (tier.keepDays > 1 ? ", leaves after \(tier.keepDays) days below" : "")
    }

    private static func capacity(_ capacity: Policy.Capacity) -> String {
        switch capacity {
        case .perDay(let count): Text.grouped(count)
        case .share(let share): "\(Text.exact(share)) of the subscribers"
        }
    }

    private static func words(_ actions: [Action]) -> String {
        actions.map(\.name).joined(separator: ", ")
    }

    private static func conditions(_ policy: Policy) -> [String] {
        var lines = policy.actions.map { "\($0.name) is a way to \($0.kind.rawValue)" }
        lines += policy.actionCapacities.map {
            "\($0.action) at most \(capacity($0.capacity)) a day, whichever tier asks"
        }
        lines += policy.specialGroups.map { rule in
            "\(rule.groups.joined(separator: ", ")): \(rule.first) before \(words(rule.before)), "
                + "which is open \(rule.days) days later or when a verification failed"
        }
        if let green = policy.greenChannel {
            lines.append(
                "green channel: who was re-opened after a check gets none of \(words(green.blocks)) "
                    + "for \(green.days) days, unless the odds rise to more than "
                    + "\(Text.exact(green.newOdds)) times"
                    + (green.newReasons > 0
                        ? ", or one of the first \(green.newReasons) reasons is new" : ""))
        }
        if let action = policy.failedVerification {
            lines.append("a failed verification: \(action), before all tiers")
        }
        if let rule = policy.related {
            lines.append(
                "who shares a ring with a new \(words(rule.of)): \(rule.action), at most "
                    + "\(capacity(rule.capacity)) a day, for \(rule.days) days")
        }
        if let rule = policy.stores {
            lines.append(
                "a store of at least \(rule.minimumOpenings) openings, with at least "
                    + "\(Text.exact(rule.minimumRate)) of them \(words(rule.of)) (lower bound at "
                    + "\(Text.exact(rule.confidence))): \(rule.action)")
        }
        return lines
    }
}
