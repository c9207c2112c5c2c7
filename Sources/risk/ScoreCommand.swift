import ArgumentParser
import Foundation
import RiskColumns
import RiskJSON
import RiskModel
import RiskScoring
import RiskTables

/// `risk score`: vectors become scores with reasons, in the order of the input.
struct ScoreCommand: ParsableCommand {
    /// Languages that reasons are written in.
    enum Language: String, ExpressibleByArgument, CaseIterable {
        case en, zh
    }

    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Score a table of vectors, with reasons.",
        discussion: """
            Writes for each row the columns carried along, then log_odds, probability, points and \
            reason_1 … reason_K. Rows keep their order; the bytes are the same at any number of \
            threads, from a file and from a pipe. Columns are matched by name; one that the model \
            needs and the input lacks is an error. With --top only the riskiest rows are written, \
            ranked; without --output they are printed for reading. Memory does not grow with the input.

            With --resume the output grows as OUTPUT.partial, and OUTPUT.resume says how far it is: the \
            same command after a crash, or a kill, goes on from there and writes the bytes that an \
            undisturbed run would have. A changed model, input or option is refused.

            Examples:
              risk score --model card.risk.json --input vectors.csv --output scores.csv --reasons 3
              zcat day.csv.gz | risk score --model card.risk.json --input - --output - > scores.csv
              risk score --model card.risk.json --input vectors.csv --top 20 --per customer
              risk score --model card.risk.json --input base.csv --output scores.csv --resume --summary
            """)

    @Option(name: .shortAndLong, help: "The model file.")
    var model: String

    @Option(name: .shortAndLong, help: "The table with one row a vector; - is standard input.")
    var input: String

    @Option(name: .shortAndLong, help: "The file to write; - is standard output.")
    var output: String?

    @Option(help: "Reasons a row, the strongest first. (default: 0, and 3 with --top)")
    var reasons: Int?

    @Option(help: "The language of the reasons.")
    var language = Language.en

    @Flag(help: "Reasons in words that are safe to show to the customer.")
    var forCustomers = false

    @Option(
        help:
            "Columns carried along, with commas between. (default: all that the model does not use)"
    )
    var columns: String?

    @Option(help: "Only the riskiest rows, so many, ranked; of equal ones the earlier comes first.")
    var top: Int?

    @Option(help: "With --top: only the riskiest row for each value of this column.")
    var per: String?

    @Option(
        help:
            "A policy file: adds tier and action. Its capacities count with --top and --per, as one day."
    )
    var policy: String?

    @Option(
        name: .customLong("format"),
        help: "The form of the output, csv or jsonl: the same as --output-format.")
    var outputForm: TableFormat?

    @Flag(
        help: "Go on where the same command was interrupted; keep what that takes from the start.")
    var resume = false

    @Option(help: "How long it is between two states that --resume keeps: 500ms, 5s, 1m, or 0.")
    var resumeEvery = SnapshotInterval(argument: "5s")!

    @Flag(
        help: """
            Tell at the end how the scores are distributed, what was missing, and what has shifted since \
            the training. (default: where standard error is a terminal)
            """)
    var summary = false

    @Flag(help: "Print that summary as JSON on standard output.")
    var json = false

    @OptionGroup(title: "Rows that do not parse") var rejection: RejectionOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var work: WorkOptions
    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if let reasons, !(0...20).contains(reasons) {
            throw ValidationError("--reasons must be from 0 to 20.")
        }
        if let top, !(1...1_000_000).contains(top) {
            throw ValidationError("--top must be from 1 to 1000000.")
        }
        var named: Set<Substring> = []
        for name in columns?.split(separator: ",") ?? [] where !named.insert(name).inserted {
            throw ValidationError("--columns names \(name) twice.")
        }
        if per != nil, top == nil { throw ValidationError("--per needs --top.") }
        if output == nil, top == nil {
            throw ValidationError("Missing expected argument '--output <output>'")
        }
        if outputForm != nil, format.output != nil {
            throw ValidationError("--format and --output-format are the same option: give one.")
        }
        if json, output == nil || output == "-" {
            throw ValidationError("--json and the scores both write to standard output.")
        }
        if json, rejection.rejects == "-" {
            throw ValidationError("--json and --rejects both write to standard output.")
        }
        if resume { try validateResume() }
    }

    private func validateResume() throws {
        if top != nil {
            throw ValidationError(
                "--top writes nothing before the end, so there is nothing that --resume could keep."
            )
        }
        for (option, path) in [("--output", output), ("--rejects", rejection.rejects)] {
            if path == "-" {
                throw ValidationError("--resume needs files that can be cut back: name \(option).")
            }
            if path?.lowercased().hasSuffix(".gz") ?? false {
                throw ValidationError(
                    "\(option): --resume does not compress; name it without .gz.")
            }
        }
    }

    func run() throws {
        try DistinctFiles.check(
            inputs: [("--model", model), ("--input", input), ("--policy", policy)],
            outputs: outputs)
        let scorer = Scorer(try ModelFile.load(model))
        let scored = ScoredColumns(
            scorer: scorer, reasonCount: reasons ?? (top == nil ? 0 : 3),
            language: language.rawValue, audience: forCustomers ? .customer : .investigator,
            policy: try policy.map { try PolicyColumns(path: $0) })
        let rejects = rejection.rejects
        let pieces = try TablePieces(
            path: input, format: format.input, requests: selection(for: scorer),
            notesAll: rejects != nil)
        let carried = try carriedNames(pieces.header, scored)
        let form = outputForm ?? format.output ?? TableFormat(path: output ?? "-")
        let run = ScoreRun(
            scored, pieces: pieces, carried: carried,
            ranked: top.map { count in
                RankedList(capacity: count, distinctBy: per.flatMap { carried.firstIndex(of: $0) })
            }, format: form, threads: work.threadCount)

        var fresh: ScoreCheckpoint?
        let files: ScoreOutput
        if resume, let output {
            var state = ScoreCheckpoint(empty: run.population)
            state.model = SHA256.hexadecimal(scorer.model.artifact())
            state.settings = settings(pieces, carried, form).sha256()
            state.inputBytes = pieces.totalBytes
            files = try ScoreOutput(
                resuming: state, input: input, output: output, rejects: rejects)
            fresh = state
            if let before = files.checkpoint, !talk.quiet {
                StandardError.remark(
                    "continues after \(Text.grouped(before.population.rows)) rows that were scored")
            }
        } else {
            files = try ScoreOutput(
                input: input, output: top == nil ? output : nil, rejects: rejects)
        }
        let start = ContinuousClock.now
        let progress = Progress("scoring", options: talk)
        try run.run(
            to: files, keeping: fresh, every: resumeEvery.duration, rejects: rejects != nil,
            progress: progress)
        progress.finish()
        if run.population.rows == 0, !talk.quiet {
            StandardError.remark(
                files.rejected == 0
                    ? "\(input): there are no rows, so there are no scores"
                    : "\(input): all rows were rejected, so there are no scores")
        }
        // Not before the rejects are in their place where there is a list for reading.
        try files.finish(rejectsPath: rejects, fresh, run)
        if let ranked = run.ranked { try write(ranked, carried, scored, form) }
        try tell(
            ScoreSummary(
                model: scorer.model, population: run.population, reference: run.reference,
                rejected: files.rejected, seconds: (ContinuousClock.now - start) / .seconds(1),
                rowsNow: run.rowsNow))
    }

    private func tell(_ summary: ScoreSummary) throws {
        if json { try StandardOutput.print(summary.node) }
        if self.summary || (!talk.quiet && isatty(STDERR_FILENO) == 1) {
            StandardError.write(summary.text)
        }
    }

    /// All that is written, what grows while a run that can be resumed is at work included.
    private var outputs: [(option: String, path: String?)] {
        var outputs: [(option: String, path: String?)] = [
            ("--output", output), ("--rejects", rejection.rejects),
        ]
        guard resume else { return outputs }
        for (option, path) in outputs {
            outputs.append(("the growing \(option)", path.map(ResumableOutput.partialPath)))
        }
        outputs.append(("the state of --resume", output.map(ResumableOutput.statePath)))
        return outputs
    }

    /// What the bytes of the output depend on besides model and input.
    private func settings(_ pieces: TablePieces, _ carried: [String], _ form: TableFormat) -> Node {
        .object([
            "header": .array(pieces.header.map { Node($0) }),
            "input": rejection.rejects == nil ? nil : Node(input),
            "inputFormat": Node(pieces.format.rawValue),
            "carried": .array(carried.map { Node($0) }),
            "format": Node(form.rawValue), "reasons": Node(reasons ?? 0),
            "language": Node(language.rawValue), "customers": Node(forCustomers),
            "policy": policy.flatMap { try? FileDigest($0).sha256 }.map { Node($0) } ?? nil,
            "rejects": rejection.rejects.map {
                Node(URL(filePath: $0).standardizedFileURL.path)
            } ?? nil,
            "bytes": Node(ScoreCheckpoint.outputVersion),
        ])
    }

    /// The model's features as numbers; of the other columns those that are carried, as they stand.
    private func selection(for scorer: Scorer) -> ColumnSelection {
        let features = scorer.layout.map { ColumnRequest($0, .number) }
        guard let named = namedColumns else { return .all(as: .text, except: features) }
        let others = named.filter { !scorer.layout.contains($0) }
        return .columns(others.map { ColumnRequest($0, .text) } + features)
    }

    private var namedColumns: [String]? {
        guard let columns else { return nil }
        var names = columns.split(separator: ",").map(String.init)
        if let per, !names.contains(per) { names.append(per) }
        return names
    }

    /// The carried columns in their order; none may have the name of a column that is made here.
    private func carriedNames(_ header: [String], _ scored: ScoredColumns) throws -> [String] {
        let carried = namedColumns ?? header.filter { !scored.scorer.layout.contains($0) }
        if let per, !carried.contains(per) {
            throw CommandFailure(
                .badData,
                "\(input): column \(per): there is none\(suggestion(for: per, among: header))")
        }
        if let taken = carried.first(where: (["rank"] + scored.names).contains) {
            throw CommandFailure(
                .badData,
                "\(input): column \(taken): a score has that name; choose others with --columns")
        }
        return carried
    }

    /// Writes the ranked rows as a table, or prints them for reading.
    private func write(
        _ list: RankedList, _ carried: [String], _ scored: ScoredColumns, _ form: TableFormat
    ) throws {
        let matrix = list.matrix(names: scored.scorer.layout)
        let scores = scored.scores(of: matrix)
        var tiers: [Int?]?
        if let policy = scored.policy {
            let entities = list.distinctBy.map { index in list.rows.map { $0.carried[index] } }
            tiers =
                try entities.map { try policy.tiers(ranked: $0, scores.probability) }
                ?? policy.tiers(scores.probability)
        }
        guard let output else {
            return try StandardOutput.write(
                list.text(carried: carried, scores, tiers: tiers, scored: scored))
        }
        let ranks = Column(
            name: "rank", type: .integer,
            storage: .integers((0..<scores.count).map { Int64($0 + 1) }))
        let kept = carried.enumerated().map { index, name in
            Column(
                name: name, type: .text,
                storage: .text(TextBuffer(list.rows.map { $0.carried[index] })))
        }
        let writer = try TableWriter(path: output, format: form, threads: work.threadCount)
        try writer.write(
            Table(
                columns: [ranks] + kept + scored.columns(of: matrix, scores, tiers: tiers),
                rowCount: scores.count))
        try writer.finish()
    }
}
