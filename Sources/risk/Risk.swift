import ArgumentParser
import Foundation

/// The command line: parses, runs one verb, and turns whatever it throws into a message on standard
/// error and an exit code.
@main
struct Risk: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "risk",
        abstract: "Scores of risk from the behaviour in event logs, with reasons.",
        discussion: """
            A FILE is CSV (.csv, .csv.gz) or JSON Lines (.jsonl, .ndjson, each also .gz); - is \
            standard input or output. Results go to standard output, talk to standard error; \
            progress is drawn on a terminal only. An output file appears whole or not at all; those of \
            live grow.

            Exit codes: 0 done; 1 checked, and it does not hold; 64 the command line is wrong; \
            65 bad data, standard error names the place; 66 an input cannot be opened; 73 an output \
            cannot be created; 74 reading or writing failed. A closed pipe ends a command quietly, \
            as it ends cat.

            Shell completions: risk --generate-completion-script bash (or zsh, fish).
            """,
        version: version,
        subcommands: [
            FeaturesCommand.self, LiveCommand.self, ParityCommand.self, TrainCommand.self,
            EvaluateCommand.self, ScoreCommand.self, ExplainCommand.self, DriftCommand.self,
            ShowCommand.self, VerifyCommand.self, BenchCommand.self, ImportCommand.self,
            ExportCommand.self, PolicyCommand.self, LeadsCommand.self, SimulateCommand.self,
            RecipeCommand.self,
        ])

    /// As CHANGELOG.md has it.
    static let version = "0.1.0"

    static func main() {
        // A descriptor that was closed by the caller would be given to the next file that is opened.
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
        }
        Interruption.prepare()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            Progress.clear()
            end(CommandFailure(error))
        }
    }

    /// Says what went wrong, or what was asked for, and ends the process.
    private static func end(_ failure: CommandFailure) -> Never {
        switch failure.end {
        case .parser(let error):
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            guard code.isSuccess else {
                StandardError.write(text.isEmpty ? "" : text + "\n")
                Foundation.exit(code.rawValue)
            }
            // Help is a result like any other: where it cannot be written, that is told.
            do throws(CommandFailure) {
                if !text.isEmpty { try StandardOutput.print(text) }
            } catch {
                end(error)
            }
            Foundation.exit(code.rawValue)
        case .signal(let signal):
            Interruption.end(by: signal)
        case .code(let code):
            StandardError.write(failure.messages.map { "risk: \($0)\n" }.joined())
            Foundation.exit(code.rawValue)
        }
    }
}
