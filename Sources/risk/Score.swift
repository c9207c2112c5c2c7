import ArgumentParser

/// `risk score`: vectors become scores with reasons, in the order of the input.
struct Score: ParsableCommand {
    /// Languages that reasons are written in.
    enum Language: String, ExpressibleByArgument, CaseIterable {
        case en, zh
    }

    static let configuration = CommandConfiguration(
        abstract: "Score a table of vectors, with reasons.",
        discussion: """
            Writes for each row the columns carried along, then log_odds, probability, points and \
            reason_1 … reason_K. Rows keep their order; the bytes are the same at any number of \
            threads, from a file and from a pipe. With --top the riskiest rows come first. Columns \
            are matched by name; one that the model needs and the input lacks is an error.

            Examples:
              risk score --model card.risk.json --input vectors.csv --output scores.csv --reasons 3
              zcat day.csv.gz | risk score --model card.risk.json --input - --output - --top 20
            """)

    @Option(name: .shortAndLong, help: "The model file.")
    var model: String

    @Option(name: .shortAndLong, help: "The table with one row a vector; - is standard input.")
    var input: String

    @Option(name: .shortAndLong, help: "The file to write; - is standard output.")
    var output: String

    @Option(help: "Reasons a row, the strongest first.")
    var reasons: Int = 0

    @Option(help: "The language of the reasons.")
    var language = Language.en

    @Flag(help: "Reasons in words that are safe to show to the customer.")
    var forCustomers = false

    @Option(
        help: "Columns carried along, with commas between. (default: all that the model does not use)")
    var columns: String?

    @Option(help: "Only the riskiest rows, so many, ranked; ties by the order of the input.")
    var top: Int?

    @Option(help: "Rows that do not parse go to this file, and the others are scored.")
    var rejects: String?

    @OptionGroup var format: FormatOptions
    @OptionGroup var work: WorkOptions
    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if !(0...20).contains(reasons) { throw ValidationError("--reasons must be from 0 to 20.") }
        if let top, !(1...10_000_000).contains(top) {
            throw ValidationError("--top must be from 1 to 10000000.")
        }
    }

    func run() throws {
    }
}
