import ArgumentParser
import RiskJSON
import RiskModelImport
import RiskTables

/// `risk import`: a model of another library as score tables.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make score tables of a model of LightGBM, XGBoost or scikit-learn.",
        discussion: """
            Reads LightGBM's text and XGBoost's JSON, of trees of depth one with a logistic loss, and \
            the coefficients of scikit-learn's logistic regression as JSON. Deeper trees and other \
            losses are refused. Says how far the scores are from the original's at most, over rows of \
            cut points, their neighbours and missing values: rounding to 2^-18 a feature.

            Example:
              risk import lightgbm.txt --name login --output login.risk.json
            """)

    @Argument(help: "The other library's file.")
    var file: String

    @Option(help: "What the model shall be called.")
    var name = "imported"

    @Option(help: ArgumentHelp("Where the model goes.", valueName: "file"))
    var output: String

    @OptionGroup var results: ResultOptions

    func run() throws {
        try DistinctFiles.check(
            inputs: [("the file", file)], outputs: [("--output", output)])
        let bytes = try readFile(file, limit: ModelFile.largest)
        let imported: ImportedModel
        do throws(Mistakes) {
            imported = try ImportedModel(file: bytes, name: name)
        } catch {
            throw CommandFailure(.badData, messages: error.messages(in: file))
        }
        let written = try AtomicFile(path: output)
        try written.write(imported.model.artifact())
        try written.commit()
        let model = imported.model
        if results.json {
            return try StandardOutput.print(
                .object([
                    "model": Node(model.name), "from": Node(imported.source),
                    "features": Node(model.features.count), "tables": Node(model.tables.count),
                    "linearTerms": Node(model.linearTerms.count),
                    "rowsCompared": Node(ImportedModel.sampleRows),
                    "largestDifference": Node(imported.largestDifference), "output": Node(output),
                ]))
        }
        try StandardOutput.write(
            """
            \(output): \(model.name), from \(imported.source)
              \(model.features.count) features, \(model.tables.count) tables, \
            \(model.linearTerms.count) linear terms
              log-odds differ by at most \(imported.largestDifference) over \
            \(ImportedModel.sampleRows) rows

            """)
    }
}
