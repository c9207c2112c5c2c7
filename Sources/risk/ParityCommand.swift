import ArgumentParser
import RiskColumns
import RiskFeatures
import RiskJSON
import RiskTables

/// `risk parity`: does a log give the same vectors live as in batch?
struct ParityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parity",
        abstract: "Replay logs live, event by event, and compare every vector with the batch's.",
        discussion: """
            Events are replayed in the order in which they became known. Every value is compared to the \
            last bit. The first differences are shown with the events before them. Ends with 0 where \
            there is no difference, and with 1 where there is one.

            Example:
              risk parity --spec features.yaml --events transaction=transactions.csv.gz
            """)

    @OptionGroup var input: EventInput
    @OptionGroup var work: WorkOptions
    @OptionGroup var results: ResultOptions
    @OptionGroup var talk: TalkOptions

    func run() throws {
        let spec = try input.readSpec()
        let logs = try input.readLogs(spec, onError: .fail, talk: talk)
        let extractor = try input.extractor(spec, logs, threads: work.threadCount)
        let total = logs.tables.values.reduce(0) { $0 + $1.rowCount }
        let progress = Progress("replaying", options: talk)
        let report = try extractor.parity(
            ExtractionRange(
                from: input.from?.microseconds, until: input.until?.microseconds)
        ) { progress.update(count: $0, share: Double($0) / Double(max(1, total))) }
        progress.finish()
        try results.json
            ? StandardOutput.print(Self.node(report)) : StandardOutput.write(Self.text(report))
        if report.differences > 0 { throw CommandFailure(.doesNotHold, "live is not batch") }
    }

    private static func text(_ report: ParityReport) -> String {
        var lines = [
            "\(Text.grouped(report.events)) events replayed, \(Text.grouped(report.vectors)) vectors "
                + "compared: \(Text.grouped(report.differences)) differences"
        ]
        for difference in report.first {
            lines.append(
                "vector \(difference.vector + 1), \(Timestamps.format(difference.time)), "
                    + "\(difference.keys.joined(separator: " ")): \(difference.feature) is "
                    + "\(difference.batch) in batch, \(difference.live) live, after")
            lines += difference.history.map { "  \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func node(_ report: ParityReport) -> Node {
        .object([
            "events": Node(report.events), "vectors": Node(report.vectors),
            "differences": Node(report.differences),
            "first": .array(
                report.first.map { difference in
                    .object([
                        "vector": Node(difference.vector + 1),
                        "time": Node(Timestamps.format(difference.time)),
                        "keys": .array(difference.keys.map { Node($0) }),
                        "feature": Node(difference.feature), "batch": Node("\(difference.batch)"),
                        "live": Node("\(difference.live)"),
                        "history": .array(difference.history.map { Node($0) }),
                    ])
                }),
        ])
    }
}
