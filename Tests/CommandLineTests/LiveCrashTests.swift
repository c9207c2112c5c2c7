import Foundation
import RiskColumns
import Testing

/// Real processes, killed by SIGKILL wherever they are: what comes out in the end is what comes out of
/// one that nothing disturbed.
@Suite("risk live is killed")
struct LiveCrashTests {
    /// How many kills each test makes.
    static let kills = ProcessInfo.processInfo.environment["RISKKIT_LONG"] == "1" ? 100 : 10

    @Test("A file of vectors and one of rejects are those of an undisturbed run, byte by byte")
    func files() async throws {
        var (workplace, lines) = try await LiveWorld.workplace(1500, seed: 3)
        for place in stride(from: 40, to: lines.count, by: 97) { lines[place] += "}" }
        try workplace.write(lines.map { $0 + "\n" }.joined(), to: "events.jsonl")
        let options = ["live", "--spec", "spec.yaml", "--quiet"]
        let outcome = try await workplace.risk(
            options + ["--events", "-", "--output", "all.jsonl", "--rejects", "all.csv"],
            input: "events.jsonl")
        try #require(outcome.exitCode == 0, "\(outcome.errors)")
        var draw = SplitMix64(seed: 4)
        let arguments =
            options + [
                "--events", "-", "--output", "out.jsonl", "--rejects", "out.csv", "--snapshot",
                "state.live", "--snapshot-every", "5ms",
            ]
        try await crash(workplace, lines, &draw, arguments, outputs: nil)
        #expect(try workplace.bytes("out.jsonl") == workplace.bytes("all.jsonl"))
        #expect(try workplace.bytes("out.csv") == workplace.bytes("all.csv"))
        #expect(try workplace.text("out.csv").split(separator: "\n").count == 17)
        #expect(try LiveWorld.position(workplace, "state.live") == lines.count)
        // Nothing is left of the snapshots that were being written.
        #expect(!workplace.files.contains { $0.hasSuffix(".part") })
    }

    @Test(
        "On standard output, with the rest of the stream, no vector is lost and doubles are equal")
    func standardOutput() async throws {
        let (workplace, lines) = try await LiveWorld.workplace(1500, seed: 5)
        var draw = SplitMix64(seed: 6)
        let outputs = try await crash(
            workplace, lines, &draw,
            [
                "live", "--spec", "spec.yaml", "--quiet", "--snapshot", "state.live",
                "--snapshot-every", "5ms", "--stream", "rest",
            ], outputs: "run")
        let whole = try LiveWorld.vectors([workplace.text("whole.jsonl")])
        let union = try LiveWorld.vectors(outputs)
        #expect(union == whole)
        #expect(whole.count > 500)
    }

    /// Feeds a process a little further than where the last one was, kills it, and so on; the last one
    /// comes to the end.
    /// - Parameter outputs: the name of each run's standard output; then only the rest of the stream is
    ///   given to each run. nil: the whole stream, and nothing on standard output.
    @discardableResult
    private func crash(
        _ workplace: Workplace, _ lines: [String], _ draw: inout SplitMix64,
        _ arguments: [String], outputs: String?
    ) async throws -> [String] {
        var texts: [String] = []
        for run in 0...Self.kills {
            let isLast = run == Self.kills
            let position = try position(workplace)
            let name = outputs.map { "\($0)-\(run)" } ?? "nothing"
            let process = try RunningRisk(workplace, arguments, outputFile: name)
            let from = outputs == nil ? 0 : position
            if isLast {
                process.feed(lines[from...])
                process.close()
                #expect(await process.end() == 0, "\(process.said)")
                #expect(
                    process.said.hasPrefix(
                        "risk: continues after event \(Self.grouped(position))\n"))
            } else {
                // All steps together stay below the whole, so that there is always something to go on to.
                let target = position + 1 + draw.below(lines.count / Self.kills)
                process.feed(lines[from..<position])
                for start in stride(from: position, to: target, by: 8) {
                    process.feed(lines[start..<min(target, start + 8)])
                    try await Task.sleep(for: .microseconds(500))
                }
                // Now and then wherever it is, while it starts or restores; else once it has gone on.
                let waits = draw.below(4) > 0
                while waits, !process.hasEnded, try self.position(workplace) <= position {
                    try await Task.sleep(for: .milliseconds(2))
                }
                try await Task.sleep(for: .microseconds(draw.below(30_000)))
                process.send(SIGKILL)
                #expect(await process.end() == 128 + SIGKILL, "\(process.said)")
            }
            texts.append(try workplace.text(name))
        }
        return texts
    }

    private func position(_ workplace: Workplace) throws -> Int {
        let exists = workplace.files.contains("state.live")
        return exists ? try LiveWorld.position(workplace, "state.live") : 0
    }

    private static func grouped(_ count: Int) -> String {
        count < 1000 ? "\(count)" : "\(count / 1000),\(String(count + 1000).suffix(3))"
    }

    @Test("Killed while it writes a snapshot, a process leaves the old one or the new one")
    func whileWriting() async throws {
        let (workplace, lines) = try await LiveWorld.workplace(60 * Self.kills, seed: 7)
        var draw = SplitMix64(seed: 8)
        let arguments = [
            "live", "--spec", "spec.yaml", "--events", "-", "--output", "out.jsonl",
            "--snapshot", "state.live", "--snapshot-every", "0", "--quiet",
        ]
        var leftovers = 0
        for _ in 0..<Self.kills {
            let before = hidden(workplace)
            let process = try RunningRisk(workplace, arguments)
            // Its input stays open: it never comes to its end.
            var fed = try position(workplace)
            process.feed(lines[..<fed])
            var writes = false
            while fed < lines.count, !writes {
                process.feed([lines[fed]])
                fed += 1
                try await Task.sleep(for: .microseconds(draw.below(3000)))
                // Stopped, it stays wherever it is: the hidden file is there while it writes.
                process.send(SIGSTOP)
                writes = !hidden(workplace).isSubset(of: before)
                if !writes { process.send(SIGCONT) }
            }
            process.send(SIGKILL)
            #expect(await process.end() == 128 + SIGKILL, "\(process.said)")
            if !hidden(workplace).isSubset(of: before) { leftovers += 1 }
        }
        let last = try await workplace.risk(arguments, input: "events.jsonl")
        #expect(last.exitCode == 0, "\(last.errors)")
        #expect(try workplace.bytes("out.jsonl") == workplace.bytes("whole.jsonl"))
        #expect(hidden(workplace).isEmpty)
        #expect(leftovers > 0, "no process was killed while it wrote")
    }

    private func hidden(_ workplace: Workplace) -> Set<String> {
        Set(workplace.files.filter { $0.hasSuffix(".part") })
    }
}
