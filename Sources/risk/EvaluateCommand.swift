import ArgumentParser

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

    @Option(name: .shortAndLong, help: "The column with the label, 0 or 1. Rows without one are left out.")
    var label: String

    @Option(help: "The column with the time of each row.")
    var time: String?

    @Option(help: "Rows before this moment are left out.")
    var from: TimeArgument?

    @Option(help: "Rows from this moment on are left out.")
    var until: TimeArgument?

    @Option(help: "The column with the entity.")
    var entity: String?

    @Option(help: "The column with observation weights, 0 or more.")
    var weight: String?

    @Option(help: "Cases that can be worked a day.")
    var capacity: Int = 100

    @Option(help: "How long after an act its label is known; entities known by then are left out.")
    var knownDelay: DurationArgument?

    @Option(help: "Positives before this moment are forgotten by --known-delay.")
    var knownFrom: TimeArgument?

    @Option(help: "Bootstrap resamples; 0 for no intervals.")
    var resamples: Int = 200

    @Option(help: "Seed of the resampling.")
    var seed: UInt64 = 1

    @OptionGroup var work: WorkOptions
    @OptionGroup var results: ResultOptions
    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if time == nil, from != nil || until != nil || knownDelay != nil {
            throw ValidationError("--from, --until and --known-delay need --time.")
        }
        if entity == nil, knownDelay != nil { throw ValidationError("--known-delay needs --entity.") }
        if capacity < 1 { throw ValidationError("--capacity must be at least 1.") }
        if !(0...10_000).contains(resamples) {
            throw ValidationError("--resamples must be from 0 to 10000.")
        }
    }

    func run() throws {
    }
}
