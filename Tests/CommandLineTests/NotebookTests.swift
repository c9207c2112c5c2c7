import Foundation
import Testing

/// The notebooks in Markdown are executed: what they show is what happens.
///
/// Blocks marked `sh` run in order in one folder, with `risk` on the PATH, the project's root in
/// `$RISKKIT` and the folder empty at first. A `text` block right after one is what it must print, on
/// both streams; a line `…` of its own stands for any lines, none among them. A block without a `text` block
/// must only succeed.
@Suite("Notebooks")
struct NotebookTests {
    static let notebooks: [String] = {
        let folder = Workplace.root.appending(path: "notebooks-md")
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".md") }.sorted()
    }()

    @Test("Each notebook's commands print what it shows", arguments: notebooks)
    func execute(notebook: String) async throws {
        let text = String(
            decoding: try Data(
                contentsOf: Workplace.root.appending(path: "notebooks-md/\(notebook)")),
            as: UTF8.self)
        let workplace = try Workplace()
        let steps = Notebook.steps(of: text)
        #expect(!steps.isEmpty, "a notebook without commands is none")
        for step in steps {
            let outcome = try await workplace.bash(
                "export RISKKIT='\(Workplace.root.path)'; exec 2>&1; set -euo pipefail\n\(step.script)"
            )
            let place = "\(notebook):\(step.line)"
            guard outcome.exitCode == 0 else {
                Issue.record("\(place): exit code \(outcome.exitCode)\n\(outcome.output)")
                return
            }
            guard let shown = step.shown else { continue }
            let printed = Notebook.lines(outcome.output)
            if !Notebook.matches(printed[...], shown[...]) {
                Issue.record(
                    "\(place): shown\n\(shown.joined(separator: "\n"))\n--- printed\n\(outcome.output)"
                )
            }
        }
    }

    @Test("A notebook is taken apart into its commands and what they print")
    func parse() {
        let steps = Notebook.steps(
            of:
                "# T\n```sh\necho a\n```\nso:\n```text\na\n```\n\n```swift\nlet x = 1\n```\n```sh\ntrue\n```\n"
        )
        #expect(steps.map(\.script) == ["echo a\n", "true\n"])
        #expect(steps.map(\.shown) == [["a"], nil])
        #expect(steps.map(\.line) == [2, 13])
    }

    @Test("A line … stands for any lines, and nothing else may differ")
    func match() {
        func matches(_ printed: String, _ shown: String) -> Bool {
            Notebook.matches(Notebook.lines(printed)[...], Notebook.lines(shown)[...])
        }
        #expect(matches("a\nb\n", "a\nb"))
        #expect(matches("a  \nb\n", "a\nb"))
        #expect(!matches("a\nb\n", "a"))
        #expect(!matches("a\n", "a\nb"))
        #expect(matches("a\nx\ny\nb\n", "a\n…\nb"))
        #expect(matches("a\nb\n", "a\n…\nb"))
        #expect(!matches("a\nx\nc\n", "a\n…\nb"))
        #expect(matches("x\nb\ny\nb\n", "…\nb"))
    }
}

/// How a notebook in Markdown is read.
enum Notebook {
    /// A block of commands and what it must print.
    struct Step {
        /// The line of the block's fence, from 1.
        let line: Int
        var script = ""
        var shown: [String]?
    }

    /// The `sh` blocks in their order, each with the `text` block that follows before any other block.
    static func steps(of text: String) -> [Step] {
        var steps: [Step] = []
        var open: String?
        var mayShow = false
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            if let language = open {
                if line == "```" {
                    open = nil
                } else if language == "sh" {
                    steps[steps.count - 1].script += line + "\n"
                } else if language == "text", mayShow {
                    steps[steps.count - 1].shown?.append(trimmed(line))
                }
                if open == nil { mayShow = language == "sh" }
            } else if line.hasPrefix("```") {
                let language = String(line.dropFirst(3))
                open = language
                if language == "sh" { steps.append(Step(line: number + 1)) }
                if language == "text", mayShow { steps[steps.count - 1].shown = [] }
            }
        }
        return steps
    }

    /// Lines without the spaces at their ends, and without the empty one behind the last line end.
    static func lines(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(trimmed)
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    /// Whether the printed lines are the shown ones.
    /// - Complexity: O(printed × shown) for few `…`.
    static func matches(_ printed: ArraySlice<String>, _ shown: ArraySlice<String>) -> Bool {
        guard let first = shown.first else { return printed.isEmpty }
        if first == "…" {
            return (printed.startIndex...printed.endIndex).contains {
                matches(printed[$0...], shown.dropFirst())
            }
        }
        return printed.first == first && matches(printed.dropFirst(), shown.dropFirst())
    }

    private static func trimmed(_ line: Substring) -> String {
        var line = line
        while line.last == " " || line.last == "\r" { line.removeLast() }
        return String(line)
    }
}
