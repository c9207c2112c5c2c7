import ArgumentParser
import RiskColumns
import RiskFeatures
import RiskTables

/// `risk features`: event logs become vectors.
struct FeaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Compute point-in-time vectors from event logs, as a spec defines them.",
        discussion: """
            Each vector sees what was known at its moment and nothing later. The spec says what there \
            is a vector of: an event, or an entity and a moment. Labels are as known at --as-of; one \
            that was not yet mature is left empty.

            Example:
              risk features --spec features.yaml --events transaction=transactions.csv.gz \\
                --from 2018-07-25 --until 2018-08-15 --output vectors.csv.gz
            """)

    @Option(name: .shortAndLong, help: "The feature spec, a YAML file; see docs/features.md.")
    var spec: String

    @Option(
        name: .shortAndLong, parsing: .upToNextOption,
        help: "The log of each type of event: TYPE=FILE.")
    var events: [EventArgument]

    @Option(help: "The first moment that has vectors.")
    var from: TimeArgument?

    @Option(help: "The first moment that has none any more.")
    var until: TimeArgument?

    @Option(
        help:
            "As of when labels, and entities without `every`, are asked for. (default: the end of the logs)"
    )
    var asOf: TimeArgument?

    @Option(name: .shortAndLong, help: "The table to write, or -.")
    var output: String

    @OptionGroup(title: "Rows that do not parse") var rejection: RejectionOptions
    @OptionGroup var work: WorkOptions
    @OptionGroup var talk: TalkOptions

    func validate() throws {
        var seen: Set<String> = []
        for event in events where !seen.insert(event.type).inserted {
            throw ValidationError("--events names \(event.type) twice.")
        }
        if let from, let until, until.microseconds <= from.microseconds {
            throw ValidationError("--until must come after --from.")
        }
    }

    func run() throws {
        try DistinctFiles.check(
            inputs: [("--spec", spec)] + events.map { ("--events \($0.type)", $0.path) },
            outputs: [("--output", output), ("--rejects", rejection.rejects)])
        let spec = try SpecFile.features(spec)
        for event in events where !spec.events.contains(where: { $0.name == event.type }) {
            let names = spec.events.map(\.name).joined(separator: ", ")
            throw CommandFailure(.usage, "the spec has no event \(event.type); it has \(names)")
        }
        let rejects = try rejection.open()
        let logs = try EventLogs(
            spec, files: Dictionary(uniqueKeysWithValues: events.map { ($0.type, $0.path) }),
            folder: SpecFile.folder(of: self.spec), onError: rejects.mode, talk: talk)
        let extractor: BatchExtractor
        do throws(EventLogError) {
            extractor = try BatchExtractor(
                spec: spec, logs: logs.tables, lists: logs.lists, threads: work.threadCount)
        } catch {
            let path = events.first { $0.type == error.event }?.path ?? ""
            throw CommandFailure(.badData, "\(path): event \(error.row + 1): \(error.message)")
        }
        let vectors = try extractor.vectors(
            ExtractionRange(
                from: from?.microseconds, until: until?.microseconds, asOf: asOf?.microseconds))
        let writer = try TableWriter(path: output, threads: work.threadCount)
        try writer.write(vectors.table)
        // The rejects first: where they cannot be kept, there is no output either.
        try rejects.finish()
        try writer.finish()
        if vectors.matrix.rowCount == 0 {
            StandardError.remark("no vectors: \(emptiness(logs))")
        } else if !talk.quiet {
            let rows = Text.grouped(vectors.matrix.rowCount)
            StandardError.remark("\(rows) vectors of \(vectors.matrix.names.count) features")
        }
    }
}

extension FeaturesCommand {
    /// Why there may be no vectors: from when to when there are events, beside what was asked for.
    fileprivate func emptiness(_ logs: EventLogs) -> String {
        guard let (first, last) = logs.period else { return "the logs have no events" }
        let bounds = [("--from", from), ("--until", until), ("--as-of", asOf)].compactMap {
            (option, time) in time.map { "\(option) \(Timestamps.format($0.microseconds))" }
        }
        let asked =
            bounds.isEmpty ? "" : "; asked for were those of " + bounds.joined(separator: " ")
        return "the events are from \(Timestamps.format(first)) to \(Timestamps.format(last))"
            + asked
    }
}

/// `TYPE=FILE`.
struct EventArgument: ExpressibleByArgument {
    let type: String
    let path: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
            return nil
        }
        type = String(argument[..<equals])
        path = String(argument[argument.index(after: equals)...])
        if path.isEmpty { return nil }
    }
}
