import ArgumentParser
import RiskJSON
import RiskModel

/// `risk show`: a model, as a person reads it.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Read a model: what it is, where it comes from, what it looks at.",
        discussion: """
            Features are listed by how far they can move the score, each with its table drawn small: \
            from the lowest values on the left to the highest, taller is riskier. --feature shows \
            every bin of one.

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
        let loaded = try ModelFile.load(model)
        let shapes = loaded.shapes()
        if let feature {
            guard let shape = shapes.first(where: { $0.feature.name == feature }) else {
                let near = suggestion(for: feature, among: loaded.features.map(\.name))
                throw CommandFailure(
                    .usage, "\(model): there is no feature \"\(feature)\"\(near)")
            }
            return results.json
                ? try StandardOutput.print(shape.node) : try StandardOutput.write(shape.text)
        }
        if results.json { return try StandardOutput.print(loaded.summary) }
        try StandardOutput.write(loaded.overview(shapes))
    }
}
