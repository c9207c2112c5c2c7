import ArgumentParser

/// `risk show`: a model, as a person reads it.
struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read a model: what it is, where it comes from, what it looks at.",
        discussion: """
            Examples:
              risk show card.risk.json
              risk show card.risk.json --feature customer_spend_ratio
            """)

    @Argument(help: "The model file.")
    var model: String

    @Option(help: "Only this feature, with every bin and its reason texts.")
    var feature: String?

    @OptionGroup var results: ResultOptions

    func run() throws {
    }
}
