import ArgumentParser
import Foundation
import RiskColumns
import RiskJSON
import RiskModel
import RiskScoring
import RiskTraining

/// The steps of a recipe for a table: every model by folds, the main one kept and shown at work.
struct TableRecipeRun {
    let recipe: TableRecipe
    let output: String
    let json: Bool
    let threads: Int?
    let talk: TalkOptions

    /// The table's file, and that of the links where there is one.
    private let paths: [String]
    let linked: LinkedTable
    let folds: StratifiedFolds
    private let fits: [LearnerChoice.Fit]
    /// In the order of the recipe's models, as far as they are measured.
    private(set) var figures: [FoldFigures] = []

    /// Reads all that the recipe needs, so that a mistake in the last file does not show at the end.
    /// - Parameter data: the data folder; nil where a simulated world was asked for.
    init(
        _ recipe: TableRecipe, data: String?, output: String, json: Bool, threads: Int?,
        talk: TalkOptions
    ) throws {
        self.recipe = recipe
        self.output = output
        self.json = json
        self.threads = threads
        self.talk = talk
        if let policy = recipe.policy { _ = try PolicyColumns(path: "\(recipe.folder)/\(policy)") }
        if let reasons = recipe.reasons { _ = try ReasonFile(path: "\(recipe.folder)/\(reasons)") }
        fits = try recipe.variants.map { variant in
            try variant.learner.configured(
                by: variant.settings.map { "\(recipe.folder)/\($0)" }, threads: threads)
        }
        let names = [recipe.source.path] + (recipe.links.map { [$0.path] } ?? [])
        guard let data,
            names.allSatisfy({ FileManager.default.fileExists(atPath: "\(data)/\($0)") })
        else {
            throw RealData.missing(
                names, in: data, recipe: recipe.name, source: recipe.source.origin)
        }
        paths = names.map { "\(data)/\($0)" }
        linked = try LinkedTable(
            path: paths[0], source: recipe.source,
            links: recipe.links.map { (path: "\(data)/\($0.path)", columns: $0) }, talk: talk)
        try Self.checkColumns(recipe, linked.table.matrix.names, path: paths[0])
        folds = try StratifiedFolds(
            labels: linked.table.labels, count: recipe.schedule.folds, seed: recipe.schedule.seed)
    }

    /// Columns that the recipe names must be there.
    private static func checkColumns(
        _ recipe: TableRecipe, _ names: [String], path: String
    ) throws {
        let asked =
            recipe.variants.flatMap { variant in variant.without.map { ("without", $0) } }
            + recipe.groups.map { ("groups", $0.column) }
        let messages = asked.filter { !names.contains($0.1) }.map { place, name in
            "\(recipe.folder)/recipe.yaml: \(place): \(path) has no column "
                + printable(name) + suggestion(for: name, among: names)
        }
        if !messages.isEmpty { throw CommandFailure(.badData, messages: messages) }
    }

    /// Runs the recipe.
    mutating func run() throws {
        do {
            try FileManager.default.createDirectory(
                atPath: output, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(.cannotCreate, "\(output): the folder cannot be made")
        }
        let table = linked.table
        say(
            "\(recipe.title). \(paths.joined(separator: ", ")): "
                + "\(Text.grouped(table.rowCount)) rows, \(Text.grouped(table.positives)) with label 1"
        )
        if linked.strangers > 0 {
            say("\(Text.grouped(linked.strangers)) links lead out of the table and are left out")
        }
        for (variant, fit) in zip(recipe.variants, fits) {
            figures.append(try measure(variant, fit))
        }
        try report()
        try keep()
        if !json { try rank(top: 20) }
    }

    // MARK: folds

    /// Trains a model without each fold and measures it there. Of neighbours only the labels of the folds
    /// that train are known.
    private func measure(
        _ variant: TableRecipe.Variant, _ fit: LearnerChoice.Fit
    ) throws -> FoldFigures {
        let table = linked.table
        var figures = FoldFigures(rowCount: table.rowCount)
        let progress = Progress("folds of \(variant.name)", unit: "folds", options: talk)
        for fold in 0..<folds.count {
            let (train, test) = (folds.training(without: fold), folds.rows(of: fold))
            let features = linked.features(
                without: variant.without, known: variant.neighbours ? train : nil)
            let data = TrainingData(
                matrix: features.selecting(rows: train), labels: train.map { table.labels[$0] })
            let model = try fit(data, variant.name) { _ in true }.model
            let scores = try Scorer(model).score(
                features.selecting(rows: test), threads: threads ?? 2)
            try figures.add(
                rows: test, margins: scores.units.map { LogOdds.value($0) },
                probabilities: scores.probability, labels: test.map { table.labels[$0] })
            progress.update(count: fold + 1, share: Double(fold + 1) / Double(folds.count))
        }
        progress.finish()
        return figures
    }

    // MARK: the model that is kept, and its list

    private var main: TableRecipe.Variant {
        guard let main = recipe.variants.first(where: { $0.name == recipe.main }) else {
            preconditionFailure("a recipe without its main model was read")
        }
        return main
    }

    /// Trains the main model on all rows.
    private func keep() throws {
        var file = paths[0]
        if main.neighbours {
            file = "\(output)/table.csv"
            let rows = Array(0..<linked.table.rowCount)
            try linked.write(
                rows, linked.features(without: [], known: rows), source: recipe.source, to: file)
            say("\nThe table with what is known of neighbours: \(file)")
        }
        try train(on: file, model: "\(output)/\(main.name).risk.json")
    }

    /// Ranks the rows of the last fold by a model that was trained without them.
    private func rank(top: Int) throws {
        let last = folds.count - 1
        let others = folds.training(without: last)
        let features = linked.features(without: [], known: main.neighbours ? others : nil)
        let (trainFile, file) = ("\(output)/other-folds.csv", "\(output)/last-fold.csv")
        try linked.write(others, features, source: recipe.source, to: trainFile)
        try linked.write(
            folds.rows(of: last), features, source: recipe.source, to: file)
        say("\nThe last fold, ranked by a model that was trained without it")
        let model = "\(output)/without-last-fold.risk.json"
        try train(on: trainFile, model: model)
        var arguments = [
            "score", "--model", model, "--input", file, "--top", String(top), "--columns",
            "\(recipe.source.entity),\(recipe.source.label)", "--reasons", "3",
        ]
        if let policy = recipe.policy { arguments += ["--policy", "\(recipe.folder)/\(policy)"] }
        let command = try parse(ScoreCommand.self, arguments)
        try command.run()
    }

    private func train(on file: String, model: String) throws {
        var arguments = [
            "train", "--data", file, "--label", recipe.source.label, "--learner",
            main.learner.rawValue, "--name", main.name, "--entity", recipe.source.entity,
            "--output", model,
        ]
        if let settings = main.settings {
            arguments += ["--settings", "\(recipe.folder)/\(settings)"]
        }
        if let reasons = recipe.reasons {
            arguments += ["--reason-texts", "\(recipe.folder)/\(reasons)"]
        }
        if !main.without.isEmpty { arguments += ["--ignore"] + main.without }
        _ = try parse(TrainCommand.self, arguments).train()
    }

    /// Shows a command and makes it, as the command line would.
    private func parse<Command: ParsableCommand>(
        _ type: Command.Type, _ arguments: [String]
    ) throws -> Command {
        let arguments = arguments + (threads.map { ["--threads", String($0)] } ?? [])
        let shown = arguments.map { $0.contains(" ") ? "'\($0)'" : $0 }.joined(separator: " ")
        say("\n$ risk \(shown)")
        return try type.parse(
            Array(arguments.dropFirst()) + (talk.quiet || json ? ["--quiet"] : []))
    }

    /// Talk, which is no result where results are JSON.
    func say(_ text: String) {
        if json { StandardError.write(text + "\n") } else { try? StandardOutput.write(text + "\n") }
    }
}
