import ArgumentParser
import RiskColumns
import RiskScoring

/// `risk evaluate`: how good a model's scores are on labelled rows.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a model on labelled rows, with bootstrap intervals.",
        discussion: """
            Prints ROC AUC, average precision, KS, log loss, Brier score, calibration, lift, and with \
            --time and --entity the precision and recall of working --capacity entities a day, each \
            with an interval from resampled entities. With --known-delay an entity is left out of a \
            day once one of its positives was known by then: finding it again is no merit.

            Example:
              risk evaluate --model card.risk.json --data vectors.csv.gz --label fraud \\
                --time at --from 2018-08-08 --entity customer --capacity 100 --known-delay 7d
            """)

    @Option(name: .shortAndLong, help: "The model file.")
    var model: String

    @Option(name: .shortAndLong, help: "The table with one row a vector: CSV or JSON Lines.")
    var data: String

    @Option(
        name: .shortAndLong,
        help: "The column with the label, 0 or 1. Rows without one are left out.")
    var label: String

    @Option(help: "The column with the time of each row.")
    var time: String?

    @Option(help: "Rows before this moment are left out.")
    var from: TimeArgument?

    @Option(help: "Rows from this moment on are left out.")
    var until: TimeArgument?

    @Option(help: "The column with observation weights, 0 or more.")
    var weight: String?

    @OptionGroup(title: "Cases") var cases: CaseOptions

    @Option(help: "Positives before this moment are forgotten by --known-delay.")
    var knownFrom: TimeArgument?

    @OptionGroup var work: WorkOptions
    @OptionGroup var results: ResultOptions
    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if time == nil, from != nil || until != nil || cases.knownDelay != nil {
            throw ValidationError("--from, --until and --known-delay need --time.")
        }
        if knownFrom != nil, cases.knownDelay == nil {
            throw ValidationError("--known-from needs --known-delay.")
        }
    }

    func run() throws {
        let scorer = Scorer(try ModelFile.load(model))
        let table = try LabelledTable(
            path: data,
            roles: LabelledTable.Roles(
                label: label, time: time, entity: cases.entity, weight: weight,
                features: scorer.layout),
            talk: talk)
        let rows = table.rows(from: from?.microseconds, until: until?.microseconds)
        if rows.isEmpty { throw CommandFailure(.badData, "\(data): there is no row in the period") }
        let firstDay = knownFrom.map {
            Int32(Timestamps.floorDivide($0.microseconds, Timestamps.day).quotient)
        }
        let evaluation = try Evaluation(
            of: scorer, on: rows.count == table.rowCount ? table : table.selecting(rows: rows),
            history: table, firstDay: firstDay, file: data, options: cases,
            threads: work.threadCount)
        if table.unlabelled > 0 {
            StandardError.remark("\(Text.grouped(table.unlabelled)) rows without a label left out")
        }
        if results.json { return try StandardOutput.print(evaluation.node) }
        try StandardOutput.write(evaluation.text)
    }
}
