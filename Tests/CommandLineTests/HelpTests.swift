import Foundation
import Testing

@Suite("Help texts")
struct HelpTests {
    static let verbs = [
        "features", "live", "parity", "train", "evaluate", "score", "explain", "drift", "show",
        "verify", "bench", "import", "export", "policy", "leads",
        "simulate", "recipe",
    ]
    /// Verbs of verbs.
    static let nested = ["policy check", "policy decide", "policy test"]

    /// Golden files, so that a change of a help text is seen and read; RISK_RECORD=1 writes them anew.
    @Test("The help of each verb is as recorded", arguments: [""] + verbs + nested)
    func recorded(verb: String) async throws {
        let workplace = try Workplace()
        let outcome =
            verb.isEmpty
            ? try await workplace.risk("--help")
            : try await workplace.risk(verb.split(separator: " ").map(String.init) + ["--help"])
        #expect(outcome.exitCode == 0)
        #expect(outcome.errors == "")
        let file = Workplace.root.appending(
            path:
                "Tests/CommandLineTests/Help/\(verb.isEmpty ? "risk" : verb.replacing(" ", with: "-")).txt"
        )
        if ProcessInfo.processInfo.environment["RISK_RECORD"] == "1" {
            try Data(outcome.output.utf8).write(to: file)
        }
        let golden = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(outcome.output == golden)
    }

    @Test("Every verb shows an example that begins with its own name", arguments: verbs + nested)
    func example(verb: String) async throws {
        let outcome = try await Workplace().risk(
            verb.split(separator: " ").map(String.init) + ["--help"])
        #expect(outcome.output.contains("Example"))
        #expect(
            outcome.output.contains("\n  risk \(verb) ")
                || outcome.output.contains("| risk \(verb) "))
    }

    @Test("Each verb of the help has its golden file, and each golden file its verb")
    func complete() async throws {
        let outcome = try await Workplace().risk("--help")
        let listed = outcome.output.split(separator: "SUBCOMMANDS:").last.map(String.init) ?? ""
        let found = listed.split(separator: "\n").compactMap { line -> String? in
            guard line.hasPrefix("  "), !line.hasPrefix("   "), !line.contains("See '") else {
                return nil
            }
            return line.split(separator: " ").first.map(String.init)
        }
        #expect(found.sorted() == Self.verbs.sorted())
    }

    @Test("Without a verb the help is shown; a wrong one is a usage error and nothing is printed")
    func usage() async throws {
        let workplace = try Workplace()
        let bare = try await workplace.risk()
        #expect(bare.exitCode == 0)
        #expect(bare.output.contains("SUBCOMMANDS"))
        let wrong = try await workplace.risk("scroe")
        #expect(wrong.exitCode == 64)
        #expect(wrong.output == "")
        let missing = try await workplace.risk("score", "--input", "x.csv")
        #expect(missing.exitCode == 64)
        #expect(missing.errors.contains("--model"))
    }

    @Test("Completions for bash, zsh and fish name the verbs", arguments: ["bash", "zsh", "fish"])
    func completions(shell: String) async throws {
        let outcome = try await Workplace().risk("--generate-completion-script", shell)
        #expect(outcome.exitCode == 0)
        for verb in Self.verbs { #expect(outcome.output.contains(verb)) }
    }

    @Test("The version is the changelog's newest, or what it calls unreleased")
    func version() async throws {
        let outcome = try await Workplace().risk("--version")
        let parts = outcome.output.trimmingCharacters(in: .whitespacesAndNewlines).split(
            separator: ".")
        #expect(parts.count == 3 && parts.allSatisfy { Int($0) != nil })
        let changelog = String(
            decoding: try Data(contentsOf: Workplace.root.appending(path: "CHANGELOG.md")),
            as: UTF8.self)
        let newest = changelog.split(separator: "\n").first { $0.hasPrefix("## [") } ?? ""
        let version = parts.joined(separator: ".")
        #expect(newest.hasPrefix("## [Unreleased]") || newest.hasPrefix("## [\(version)]"))
    }
}
