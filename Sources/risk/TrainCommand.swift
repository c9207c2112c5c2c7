import ArgumentParser

/// `risk train`: a table with labels becomes a model file.
struct TrainCommand: ParsableCommand {
    /// What can be fitted.
    enum Learner: String, ExpressibleByArgument, CaseIterable {
        case stumps, logistic
    }

    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Fit a model on a table of vectors, calibrate it and evaluate it out of time.",
        discussion: """
            Every column of the table is a feature but those that another option names. Rows before \
            --test-from train, less the --gap in which labels were not yet known; the latest of them \
            calibrate and stop the boosting early; rows from --test-from on are evaluated and never \
            trained on. Without --time the order of the rows stands for time and nothing is tested.

            Example:
              risk train --data vectors.csv.gz --label fraud --time at --entity customer \\
                --test-from 2018-08-08 --gap 7d --ignore transaction --output card.risk.json
            """)

    @Option(name: .shortAndLong, help: "The table with one row a vector: CSV or JSON Lines.")
    var data: String

    @Option(name: .shortAndLong, help: "The column with the label, 0 or 1. Rows without one are left out.")
    var label: String

    @Option(help: "What to fit: boosted stumps or logistic regression.")
    var learner = Learner.stumps

    @OptionGroup(title: "Time") var period: TrainingPeriod

    @Option(help: "The column with the entity, by whom metrics are resampled and cases counted.")
    var entity: String?

    @Option(help: "The column with observation weights, 0 or more.")
    var weight: String?

    @Option(parsing: .upToNextOption, help: "Columns that are no features.")
    var ignore: [String] = []

    @Option(help: "Settings of the learner, a YAML file; see docs/training-settings.md.")
    var settings: String?

    @Option(help: "The feature spec that made the table: goes into the model, with its reason texts.")
    var spec: String?

    @Option(help: "What the model is called; the output's name otherwise.")
    var name: String?

    @Option(help: "Cases that can be worked a day, for the metrics.")
    var capacity: Int = 100

    @Option(name: .shortAndLong, help: "The model file to write.")
    var output: String

    @Option(help: "Also write the report, as JSON, to this file.")
    var report: String?

    @OptionGroup var work: WorkOptions
    @OptionGroup var results: ResultOptions
    @OptionGroup var talk: TalkOptions

    func run() throws {
    }
}
