import ArgumentParser
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
            ranked; without --output they are printed for reading.

            Examples:
              risk score --model card.risk.json --input vectors.csv --output scores.csv --reasons 3
              zcat day.csv.gz | risk score --model card.risk.json --input - --output - > scores.csv
              risk score --model card.risk.json --input vectors.csv --top 20 --per customer
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
    }

    func run() throws {
        try DistinctFiles.check(
            inputs: [("--model", model), ("--input", input), ("--policy", policy)],
            outputs: [("--output", output), ("--rejects", rejection.rejects)])
        let scorer = Scorer(try ModelFile.load(model))
        let scored = ScoredColumns(
            scorer: scorer, reasonCount: reasons ?? (top == nil ? 0 : 3),
            language: language.rawValue, audience: forCustomers ? .customer : .investigator,
            threads: work.threadCount, policy: try policy.map { try PolicyColumns(path: $0) })
        let rejects = try rejection.open()
        let reader = try TableReader(
            path: input, format: format.input, requests: selection(for: scorer),
            onError: rejects.mode)
        let carried = try carriedNames(reader.header, scored)

        var ranked = top.map { count in
            RankedList(capacity: count, distinctBy: per.flatMap { carried.firstIndex(of: $0) })
        }
        var writer: TableWriter?
        if let output, ranked == nil {
            writer = try TableWriter(
                path: output, format: format.output, threads: work.threadCount)
        }
        let progress = Progress("scoring", options: talk)
        while let batch = try reader.next() {
            let matrix = scored.matrix(of: batch)
            let scores = try scorer.score(matrix, threads: work.threadCount)
            let kept = carried.compactMap { batch[$0] }
            ranked?.add(scores, matrix, carried: kept)
            try writer?.write(
                Table(
                    columns: kept + scored.columns(of: matrix, scores), rowCount: batch.rowCount))
            progress.update(count: reader.rowsRead, share: reader.share)
        }
        progress.finish()
        if reader.rowsRead == 0, !talk.quiet {
            StandardError.remark(
                reader.rowsRejected == 0
                    ? "\(input): there are no rows, so there are no scores"
                    : "\(input): all rows were rejected, so there are no scores")
        }
        if let writer, writer.rowCount == 0 { try writer.write(scored.empty(carried: carried)) }
        if let ranked { try write(ranked, carried, scored) }
        // The rejects first: where they cannot be kept, there is no output either.
        try rejects.finish()
        try writer?.finish()
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
    private func write(_ list: RankedList, _ carried: [String], _ scored: ScoredColumns) throws {
        let matrix = list.matrix(names: scored.scorer.layout)
        let scores = try scored.scorer.score(matrix)
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
        let writer = try TableWriter(
            path: output, format: format.output, threads: work.threadCount)
        try writer.write(
            Table(
                columns: [ranks] + kept + scored.columns(of: matrix, scores, tiers: tiers),
                rowCount: scores.count))
        try writer.finish()
    }
}
