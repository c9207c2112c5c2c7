import ArgumentParser
import RiskJSON
import RiskModel

/// `risk verify`: is a model file whole, and does it score as it did when it was made?
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a model file: its digest, its every bound, its golden vectors.",
        discussion: """
            Ends with 0 where all holds, 65 where the file is no valid model, and 1 where it is one but \
            its golden vectors score differently here.

            Example:
              risk verify card.risk.json
            """)

    @Argument(help: "The model file.")
    var model: String

    @OptionGroup var results: ResultOptions

    func run() throws {
        let loaded = try ModelFile.load(model, scoresDiffer: .doesNotHold)
        let digest = try FileDigest(model)
        let report: Node = .object([
            "model": Node(loaded.name), "file": Node(digest.name),
            "sha256": digest.sha256.map { Node($0) } ?? nil,
            "features": Node(loaded.features.count), "tables": Node(loaded.tables.count),
            "linearTerms": Node(loaded.linearTerms.count),
            "goldenVectors": Node(loaded.goldenVectors.count), "holds": true,
        ])
        if results.json { return try StandardOutput.print(report) }
        try StandardOutput.write(
            """
            \(model): \(loaded.name) holds
              the content has the digest that it names
              \(loaded.features.count) features, \(loaded.tables.count) tables and \
            \(loaded.linearTerms.count) linear terms are within their bounds
              \(loaded.goldenVectors.count) golden vectors get their scores to the bit

            """)
    }
}
