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

            --explain shows the events behind each value of one vector and writes no table. The vector is \
            named by its number in the output, from 1, or by keys and its time, and with the same --from, \
            --until and --as-of:
              risk features --spec features.yaml --events transaction=transactions.csv.gz \\
                --explain customer=4354@2018-08-08T10:00:00Z
            """)

    @OptionGroup var input: EventInput

    @Option(
        help:
            "As of when labels, and entities without `every`, are asked for. (default: the end of the logs)"
    )
    var asOf: TimeArgument?

    @Option(name: .shortAndLong, help: "The table to write, or -.")
    var output: String?

    @OptionGroup var limits: MemoryOptions
    @OptionGroup(title: "One vector explained") var explaining: ExplainOptions

    @OptionGroup(title: "Rows that do not parse") var rejection: RejectionOptions
    @OptionGroup var work: WorkOptions
    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if output == nil, explaining.explain == nil {
            throw ValidationError("Missing expected argument '--output <output>'")
        }
        if output != nil, explaining.explain != nil {
            throw ValidationError("--explain writes no table: leave --output out.")
        }
        if limits.memory != nil, explaining.explain != nil {
            throw ValidationError("--explain has the logs in memory: leave --memory out.")
        }
    }

    private var range: ExtractionRange {
        ExtractionRange(
            from: input.from?.microseconds, until: input.until?.microseconds,
            asOf: asOf?.microseconds)
    }

    func run() throws {
        try DistinctFiles.check(
            inputs: input.files,
            outputs: [("--output", output), ("--rejects", rejection.rejects)])
        let spec = try input.readSpec()
        let rejects = try rejection.open()
        if let memory = limits.memory, let output {
            return try run(spec, within: memory.bytes, rejects, output)
        }
        let logs = try input.readLogs(spec, onError: rejects.mode, talk: talk)
        let extractor = try input.extractor(spec, logs, threads: work.threadCount)
        guard let output else {
            try explaining.show(extractor, range)
            return try rejects.finish()
        }
        let vectors = try extractor.vectors(range)
        let writer = try TableWriter(path: output, threads: work.threadCount)
        try writer.write(rowCount: vectors.count) { vectors.table($0) }
        // The rejects first: where they cannot be kept, there is no output either.
        try rejects.finish()
        try writer.finish()
        tell(vectors.count, spec, logs.period, late: extractor.lateEvents)
    }

    /// The same with what does not fit in memory on the disk.
    private func run(
        _ spec: FeatureSpec, within memory: Int, _ rejects: Rejection, _ output: String
    ) throws {
        let folder = SpecFile.folder(of: input.spec)
        let extractor = try SpillingExtractor(
            spec: spec, lists: try EventLogs.lists(spec, folder: folder),
            databases: try EventLogs.databases(spec, folder: folder), threads: work.threadCount,
            memory: memory, taken: MemoryOptions.bytes(of: spec.databases, folder: folder),
            storage: limits.folder(output: output))
        try input.spill(spec, extractor, onError: rejects.mode, talk: talk)
        try input.check(extractor.damagedDatabases, spec)
        let writer = try TableWriter(path: output, threads: work.threadCount)
        let progress = Progress("computing", unit: "of 100 parts", options: talk)
        let count = try extractor.vectors(
            range, multiple: { writer.blockRows(of: $0) },
            progress: { progress.update(count: Int($0 * 100), share: $0) }
        ) { vectors in
            try writer.write(rowCount: vectors.count) { vectors.table($0) }
        }
        progress.finish()
        try rejects.finish()
        try writer.finish()
        tell(count, spec, extractor.period, late: extractor.lateEvents)
    }
}

extension FeaturesCommand {
    /// Says how many vectors there are, and how many events came too late.
    fileprivate func tell(
        _ count: Int, _ spec: FeatureSpec, _ period: (Int64, Int64)?, late: [String: Int]
    ) {
        for (type, late) in late.sorted(by: { $0.key < $1.key }) where late > 0 {
            StandardError.remark(
                "\(Text.grouped(late)) events of \(type) became known later than its lateness "
                    + "allows: no feature counts them")
        }
        if count == 0 {
            StandardError.remark("no vectors: \(emptiness(period))")
        } else if !talk.quiet {
            let rows = Text.grouped(count)
            StandardError.remark("\(rows) vectors of \(spec.featureNames.count) features")
        }
    }

    /// Why there may be no vectors: from when to when there are events, beside what was asked for.
    private func emptiness(_ period: (Int64, Int64)?) -> String {
        guard let (first, last) = period else { return "the logs have no events" }
        let bounds = [("--from", input.from), ("--until", input.until), ("--as-of", asOf)]
            .compactMap {
                (option, time) in time.map { "\(option) \(Timestamps.format($0.microseconds))" }
            }
        let asked =
            bounds.isEmpty ? "" : "; asked for were those of " + bounds.joined(separator: " ")
        return "the events are from \(Timestamps.format(first)) to \(Timestamps.format(last))"
            + asked
    }
}
