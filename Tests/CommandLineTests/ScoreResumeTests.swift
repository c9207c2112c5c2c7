import Foundation
import RiskColumns
import RiskJSON
import RiskModel
import Testing

/// Real processes, killed by SIGKILL wherever they are: in the end the files are those of one that
/// nothing disturbed, byte by byte.
@Suite("risk score --resume")
struct ScoreResumeTests {
    /// How many kills there are; fifty with RISKKIT_LONG=1.
    static let kills = ProcessInfo.processInfo.environment["RISKKIT_LONG"] == "1" ? 50 : 10

    /// The world's table several times over, a row that does not parse now and then.
    private func workplace(copies: Int) async throws -> Workplace {
        let workplace = try await World.shared().workplace()
        let lines = try workplace.text("vectors.csv").split(separator: "\n")
        var text = lines[0] + "\n"
        for copy in 0..<copies {
            for (index, line) in lines.dropFirst().enumerated() {
                text += index % 997 == copy % 997 ? line + ",x\n" : line + "\n"
            }
        }
        try workplace.write(String(text), to: "base.csv")
        return workplace
    }

    static let score = [
        "score", "--model", "card.risk.json", "--input", "base.csv", "--columns", "transaction",
        "--reasons", "2", "--quiet",
    ]

    @Test("Killed at random moments and started again, a run leaves the undisturbed one's bytes")
    func killed() async throws {
        let workplace = try await workplace(copies: 20)
        let lines = try workplace.text("base.csv").split(separator: "\n").map(String.init)
        let piped = Self.score.map { $0 == "base.csv" ? "-" : $0 }
        let whole = try await self.piped(
            workplace, "base.csv",
            piped + ["--output", "whole.csv", "--rejects", "whole-bad.csv", "--json"])
        try #require(whole.exitCode == 0, "\(whole.errors)")

        var draw = SplitMix64(seed: 11)
        let arguments =
            piped + [
                "--output", "out.csv", "--rejects", "out-bad.csv", "--resume", "--resume-every",
                "0", "--json",
            ]
        // How many began anew, went on from where another was killed, and had come to their last steps.
        var (began, went, ended) = (0, 0, 0)
        var last = 0
        for kill in 0..<Self.kills {
            let process = try RunningRisk(workplace, arguments)
            // A file is longer than what the process has read: it cannot end before its input does.
            var fed = min(lines.count, last + draw.below(lines.count / Self.kills))
            process.feed(lines[..<fed])
            if kill % 5 == 4 {
                process.feed(lines[fed...])
                process.close()
                while !process.hasEnded, !workplace.files.contains("out-bad.csv"),
                    rows(workplace) <= max(last, lines.count * 9 / 10)
                {
                    try await Task.sleep(for: .milliseconds(1))
                }
            } else if kill % 4 > 0 {
                // Once it has gone on; else wherever it is, while it starts or reads what was scored.
                while !process.hasEnded, rows(workplace) <= last, fed < lines.count {
                    let next = min(lines.count, fed + 500)
                    process.feed(lines[fed..<next])
                    fed = next
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            try await Task.sleep(for: .microseconds(draw.below(20_000)))
            process.send(SIGKILL)
            let code = await process.end()
            if code == 0 || workplace.files.contains("out.csv") {
                // Its last steps are behind it, or all but one of them: the next run begins anew.
                #expect(try workplace.bytes("out.csv") == workplace.bytes("whole.csv"))
                #expect(try workplace.bytes("out-bad.csv") == workplace.bytes("whole-bad.csv"))
                for name in ["out.csv", "out-bad.csv"] {
                    try FileManager.default.removeItem(at: workplace.folder.appending(path: name))
                }
                (ended, last) = (ended + 1, 0)
                continue
            }
            #expect(code == 128 + SIGKILL, "\(process.said)")
            let now = rows(workplace)
            #expect(now >= last, "\(process.said)")
            if now > last { (began, went) = last == 0 ? (began + 1, went) : (began, went + 1) }
            last = now
        }
        let end = try await self.piped(workplace, "base.csv", arguments)
        #expect(end.exitCode == 0, "\(end.errors)")
        #expect(try workplace.bytes("out.csv") == workplace.bytes("whole.csv"))
        #expect(
            try workplace.text("out-bad.csv") == workplace.text("whole-bad.csv"))
        #expect(began > 0 && went > 0, "began \(began), went on \(went), ended \(ended)")
        // The counts, too, are those of all rows.
        let (counted, expected) = (
            try JSONParser.parse(Array(end.output.utf8)),
            try JSONParser.parse(Array(whole.output.utf8))
        )
        for key in ["rows", "rejected", "probability", "logOdds", "features"] {
            #expect(counted[key] == expected[key])
        }
        #expect(
            !workplace.files.contains {
                $0.hasSuffix(".part") || $0.hasSuffix(".partial") || $0.hasSuffix(".resume")
            })
    }

    func rows(_ workplace: Workplace) -> Int {
        // A state without what it speaks of is one of a run that had come to its end; and a run that comes
        // to its end takes it away at any moment.
        guard workplace.files.contains("out.csv.partial"),
            (try? workplace.bytes("out.csv.partial"))?.isEmpty == false,
            let state = try? workplace.json("out.csv.resume"),
            case .integer(let rows)? = state["population"]?["rows"]?.content
        else { return 0 }
        return Int(rows)
    }

    /// A run that was killed once it had kept a state: `out.csv.resume` and `out.csv.partial` are there.
    func interrupted(_ options: [String] = []) async throws -> Workplace {
        let workplace = try await workplace(copies: 1)
        let lines = try workplace.text("base.csv").split(separator: "\n").filter {
            !$0.hasSuffix(",x")
        }
        try workplace.write(lines.map { $0 + "\n" }.joined(), to: "base.csv")
        // Its input stays open behind the first pieces, so that it cannot come to its end.
        let process = try RunningRisk(
            workplace,
            Self.score.map { $0 == "base.csv" ? "-" : $0 }
                + ["--output", "out.csv", "--resume", "--resume-every", "0"] + options)
        process.feed([String(lines[0])])
        for _ in 0..<4 { process.feed(lines[1...].map(String.init)) }
        while rows(workplace) <= 0, !process.hasEnded {
            try await Task.sleep(for: .milliseconds(5))
        }
        process.send(SIGKILL)
        #expect(await process.end() == 128 + SIGKILL, "\(process.said)")
        return workplace
    }

    /// Runs with a file coming through a pipe, whose length nobody knows.
    func piped(
        _ workplace: Workplace, _ file: String, _ arguments: [String]
    ) async throws -> Workplace.Outcome {
        try await workplace.bash("cat \(file) | risk \(arguments.joined(separator: " "))")
    }

    @Test(
        "What an interrupted run depended on must be the same: model, options, input, its own files"
    )
    func refused() async throws {
        let workplace = try await interrupted()
        let stream =
            try workplace.text("base.csv").split(separator: "\n").dropFirst().map { $0 + "\n" }
            .joined()
        let header = World.header + "\n"
        try workplace.write(header + String(repeating: stream, count: 4), to: "same.csv")
        let options =
            Self.score.map { $0 == "base.csv" ? "-" : $0 } + ["--output", "out.csv", "--resume"]
        let state = try workplace.bytes("out.csv.resume")
        let partial = try workplace.bytes("out.csv.partial")

        func refusal(_ arguments: [String], input: String = "same.csv") async throws -> String {
            let outcome = try await piped(workplace, input, arguments)
            #expect(outcome.exitCode == 65, "\(outcome.errors)")
            #expect(try workplace.bytes("out.csv.resume") == state)
            #expect(!workplace.files.contains("out.csv"))
            #expect(outcome.errors.contains("to begin anew"))
            return outcome.errors
        }
        #expect(try await refusal(options + ["--reasons", "1"]).contains("other options"))
        try workplace.write(
            header + String(repeating: stream, count: 4).replacing("t5,", with: "u5,"),
            to: "other.csv")
        #expect(
            try await refusal(options, input: "other.csv").contains("was changed since"))
        try workplace.write(header + stream.prefix(5000), to: "short.csv")
        #expect(try await refusal(options, input: "short.csv").contains("was changed since"))
        let named = try await refusal(
            options.map { $0 == "-" ? "same.csv" : $0 })
        #expect(named.contains("the input is another one"))

        var model = try AdditiveModel(artifact: workplace.bytes("card.risk.json"))
        model.name = "another"
        try workplace.write(model.artifact(), to: "another.risk.json")
        #expect(
            try await refusal(options.map { $0 == "card.risk.json" ? "another.risk.json" : $0 })
                .contains("another model"))

        // The state and what has grown, damaged in turn.
        for (bytes, word) in [
            (Array(state.dropLast(40)), "no state of risk score"),
            (
                Array(
                    String(decoding: state, as: UTF8.self).replacing(
                        "\"pieces\": ", with: "\"pieces\": 1"
                    ).utf8), "changed after it was written"
            ), (Array("{}".utf8), "no state of risk score"), ([0, 255, 7], "no state"),
        ] {
            try workplace.write(bytes, to: "out.csv.resume")
            let outcome = try await piped(workplace, "same.csv", options)
            #expect(outcome.exitCode == 65)
            #expect(outcome.errors.contains(word), "\(outcome.errors)")
        }
        try workplace.write(state, to: "out.csv.resume")
        try workplace.write(Array(partial.prefix(100)), to: "out.csv.partial")
        #expect(try await refusal(options).contains("not as the interrupted run left it"))

        // Nothing of all that has hurt: with its own files the run goes on.
        try workplace.write(partial, to: "out.csv.partial")
        let end = try await piped(workplace, "same.csv", options)
        #expect(end.exitCode == 0, "\(end.errors)")
        let whole = try await workplace.risk(
            Self.score.map { $0 == "base.csv" ? "same.csv" : $0 } + ["--output", "whole.csv"])
        #expect(whole.exitCode == 0)
        #expect(try workplace.bytes("out.csv") == workplace.bytes("whole.csv"))
    }

    @Test("An output that is gone begins anew; an output that is done is done again")
    func anew() async throws {
        let workplace = try await interrupted()
        let stream = try workplace.text("base.csv")
        try FileManager.default.removeItem(
            at: workplace.folder.appending(path: "out.csv.partial"))
        let options =
            Self.score.map { $0 == "base.csv" ? "-" : $0 } + ["--output", "out.csv", "--resume"]
        for _ in 0..<2 {
            let outcome = try await piped(workplace, "base.csv", options)
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            let lines = try workplace.text("out.csv").split(separator: "\n").count
            #expect(lines == stream.split(separator: "\n").count)
        }
        #expect(!workplace.files.contains { $0.hasPrefix("out.csv.") })
    }

    @Test("What cannot be resumed is refused before anything is done")
    func usage() async throws {
        let workplace = try await World.shared().workplace()
        let score = [
            "score", "--model", "card.risk.json", "--input", "vectors.csv", "--resume",
        ]
        for options in [
            ["--output", "-"], ["--output", "s.csv.gz"], ["--output", "s.csv", "--top", "3"],
            ["--output", "s.csv", "--rejects", "bad.csv.gz"], ["--output", "/dev/null"],
            ["--output", "s.csv", "--rejects", "s.csv.partial"],
            ["--output", "s.csv", "--rejects", "-", "--json"],
        ] {
            let outcome = try await workplace.risk(score + options)
            #expect(outcome.exitCode == 64, "\(options): \(outcome.errors)")
        }
        #expect(!workplace.files.contains { $0.hasPrefix("s.csv") })
    }
}
