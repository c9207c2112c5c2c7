import ArgumentParser
import Foundation
import RiskColumns
import RiskJSON
import RiskTables

/// `risk recipe`: a recipe end to end, as a run of the other verbs.
struct RecipeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recipe",
        abstract:
            "Run a recipe end to end: logs, vectors, models, out-of-time metrics, ranked list.",
        discussion: """
            A recipe is a folder of models/: feature spec, settings, policy, and recipe.yaml, which says \
            how they go together. It runs on real logs where the data folder has them, and on a \
            simulated world otherwise, and says which; some run on real data only. A table without \
            times is measured by folds. Every command that it runs is shown and can \
            be run by hand.

            Example:
              risk recipe card-misuse
              risk recipe card-misuse --simulated --customers 2000 --days 120 --output demo
            """)

    @Argument(help: "The recipe: a folder of --models.")
    var name: String

    @Option(help: "The folder with the recipes. (default: $RISKKIT_MODELS, or models)")
    var models: String?

    @Option(help: "The folder with the data. (default: $RISKKIT_DATA, or ../shared/data)")
    var data: String?

    @Flag(help: "Simulate the world even where there are logs.")
    var simulated = false

    @Option(help: "How many customers the simulated world has. (default: as the recipe says)")
    var customers: Int?

    @Option(help: "How many days the simulated world runs. (default: as the recipe says)")
    var days: Int?

    @Option(help: "What decides every chance in the simulated world. (default: as the recipe says)")
    var seed: UInt64?

    @Flag(
        help:
            "Also measure the model on another world whose gangs have other habits. Simulated only."
    )
    var shift = false

    @Option(name: .shortAndLong, help: "The folder for all that is made. (default: runs/NAME)")
    var output: String?

    @Option(help: "Bootstrap resamples for the intervals; 0 for none.")
    var resamples = 200

    @OptionGroup var work: WorkOptions
    @OptionGroup var results: ResultOptions
    @OptionGroup var talk: TalkOptions

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        let models = models ?? environment["RISKKIT_MODELS"] ?? "models"
        let folder = "\(models)/\(name)"
        guard FileManager.default.fileExists(atPath: "\(folder)/recipe.yaml") else {
            let known = (try? FileManager.default.contentsOfDirectory(atPath: models)) ?? []
            let recipes = known.filter {
                FileManager.default.fileExists(atPath: "\(models)/\($0)/recipe.yaml")
            }.sorted()
            throw CommandFailure(
                .noInput,
                "there is no recipe \(folder)"
                    + (recipes.isEmpty
                        ? "; name the folder of the recipes with --models"
                        : "; there are \(recipes.joined(separator: ", "))"))
        }
        let data = data ?? environment["RISKKIT_DATA"] ?? "../shared/data"
        if TableRecipe.describes(try SpecFile.document("\(folder)/recipe.yaml")) {
            return try runTable(folder, data: data)
        }
        var run = RecipeRun(
            try Recipe(folder: folder), output: output ?? "runs/\(name)", json: results.json,
            resamples: resamples, threads: work.threads, quiet: talk.quiet)
        try run.check()
        try run.findLogs(
            data: simulated ? nil : data, customers: customers, days: days, seed: seed)
        for variant in run.recipe.variants { try run.train(variant) }
        let rollUps = try run.rollUp()
        let assessment = try run.assess(shift: shift)
        try run.report(assessment, rollUps, leads: run.writeLeads())
        if !results.json { try run.rank(top: 20) }
        if let rollUps, !results.json { try StandardOutput.write(rollUps.text) }
    }

    /// Runs a recipe for a table, which knows no world and no days.
    private func runTable(_ folder: String, data: String) throws {
        let recipe = try TableRecipe(folder: folder)
        let given = [
            ("--customers", customers != nil), ("--days", days != nil), ("--seed", seed != nil),
            ("--shift", shift),
        ]
        if let option = given.first(where: \.1)?.0 {
            throw CommandFailure(.usage, "\(option): \(name) has no simulated world to make")
        }
        var run = try TableRecipeRun(
            recipe, data: simulated ? nil : data, output: output ?? "runs/\(name)",
            json: results.json, threads: work.threads, talk: talk)
        try run.run()
    }
}
