import ArgumentParser

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
    }
}
