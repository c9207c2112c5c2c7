import ArgumentParser

/// `risk simulate`: a labelled world, the same for the same seed.
struct SimulateCommand: ParsableCommand {
    /// Worlds that can be made.
    enum Scenario: String, ExpressibleByArgument, CaseIterable {
        case cardMisuse = "card-misuse"
    }

    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Make a simulated, labelled world: event logs for trying things out.",
        discussion: """
            Nothing in it is real. The same options give the same bytes on every machine.

            Example:
              risk simulate card-misuse --customers 2000 --days 120 --seed 1 --output world
            """)

    @Argument(help: "The world: card-misuse.")
    var scenario: Scenario

    @Option(help: "How many customers live in it.")
    var customers: Int = 2000

    @Option(help: "How many days it runs.")
    var days: Int = 120

    @Option(help: "What decides every chance in it.")
    var seed: UInt64 = 1

    @Option(name: .shortAndLong, help: "The folder to write to; made where it is missing.")
    var output: String

    @OptionGroup var talk: TalkOptions

    func run() throws {
    }
}
