import Foundation
import RiskColumns
import RiskJSON
import Testing

/// What `risk live` says is what `risk features` says, and it says so at once.
@Suite("risk live")
struct LiveTests {
    static let live = ["live", "--spec", "spec.yaml", "--quiet"]

    @Test("Vectors are those of risk features, each value the same text")
    func isBatch() async throws {
        let (workplace, _) = try await LiveWorld.workplace(800, seed: 1)
        let events = LiveWorld.events(800, seed: 1)
        for type in ["login", "purchase"] {
            try workplace.write(
                events.filter { $0.type == type }.map { $0.line + "\n" }.joined(),
                to: "\(type).jsonl")
        }
        let batch = try await workplace.risk(
            "features", "--spec", "spec.yaml", "--events", "login=login.jsonl",
            "purchase=purchase.jsonl", "--output", "batch.jsonl", "--quiet")
        #expect(batch.exitCode == 0, "\(batch.errors)")
        try expectSame(workplace, "whole.jsonl", "batch.jsonl", from: #""time":"#)
        let numbers = try LiveWorld.vectors([workplace.text("whole.jsonl")]).keys.sorted()
        #expect(numbers == events.indices.filter { events[$0].type == "purchase" }.map { $0 + 1 })
    }

    @Test("So they are for every operator")
    func everyOperator() async throws {
        let workplace = try Workplace()
        _ = try await workplace.risk(
            "simulate", "card-misuse", "--subscribers", "40", "--days", "40", "--seed", "5",
            "--output", "world", "--quiet")
        let rows = try workplace.text("world/transactions.csv").split(separator: "\n")
            .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let names = rows[0]
        let lines = rows.dropFirst().map { row in
            let members = zip(names, row).map { name, value in
                ["TX_DATETIME", "CUSTOMER_ID", "TERMINAL_ID"].contains(name)
                    ? "\"\(name)\":\"\(value)\"" : "\"\(name)\":\(value.isEmpty ? "null" : value)"
            }
            return "{\(members.joined(separator: ","))}\n"
        }
        try workplace.write(lines.joined(), to: "events.jsonl")
        let batch = try await workplace.risk(
            "features", "--spec", ParityTests.everyOperator, "--events",
            "transaction=world/transactions.csv", "--output", "batch.jsonl", "--quiet")
        #expect(batch.exitCode == 0, "\(batch.errors)")
        // One type: no line needs to name it.
        let live = try await workplace.risk(
            "live", "--spec", ParityTests.everyOperator, "--events", "events.jsonl", "--output",
            "live.jsonl", "--quiet")
        #expect(live.exitCode == 0, "\(live.errors)")
        try expectSame(workplace, "live.jsonl", "batch.jsonl", from: #""count":"#)
    }

    @Test("Lists with versions and databases are those of risk features")
    func addresses() async throws {
        let workplace = try AddressTests.workplace()
        let rows = try workplace.text("log.csv").split(separator: "\n").dropFirst()
        let lines = rows.map { row in
            let cells = row.split(separator: ",")
            return #"{"at":"\#(cells[0])","account":"\#(cells[1])","ip":"\#(cells[2])"}"# + "\n"
        }
        try workplace.write(lines.joined(), to: "events.jsonl")
        let live = try await workplace.risk(Self.live + ["--events", "events.jsonl"])
        #expect(live.exitCode == 0, "\(live.errors)")
        try workplace.write(live.output, to: "live.jsonl")
        _ = try await workplace.risk(
            "features", "--spec", "spec.yaml", "--events", "login=log.csv", "--output",
            "batch.jsonl", "--quiet")
        try expectSame(workplace, "live.jsonl", "batch.jsonl", from: #""proxied":"#)
    }

    /// Compares lines from a member on.
    private func expectSame(
        _ workplace: Workplace, _ a: String, _ b: String, from member: String
    ) throws {
        func tails(_ name: String) throws -> [Substring] {
            var tails: [Substring] = []
            for line in try workplace.text(name).split(separator: "\n") {
                tails.append(line[try #require(line.firstRange(of: member)).lowerBound...])
            }
            return tails
        }
        let tails = [try tails(a), try tails(b)]
        #expect(tails[0].count > 0 && tails[0].count == tails[1].count)
        if let place = zip(tails[0], tails[1]).enumerated().first(where: { $1.0 != $1.1 }) {
            Issue.record(
                "vector \(place.offset): \(place.element.0) is \(place.element.1) in batch")
        }
    }

    // MARK: a service

    @Test(
        "An answer comes before the next event, and a snapshot while nothing comes",
        // It is there for an answer that never comes: waiting for a thread counts too.
        .timeLimit(.minutes(15)))
    func answersAtOnce() async throws {
        let (workplace, lines) = try await LiveWorld.workplace(30, seed: 9)
        let whole = try LiveWorld.vectors([workplace.text("whole.jsonl")])
        let process = try RunningRisk(
            workplace, Self.live + ["--snapshot", "state.live", "--snapshot-every", "50ms"])
        for (index, line) in lines.enumerated() {
            process.feed([line])
            guard let vector = whole[index + 1] else { continue }
            #expect(process.answer() == vector + "\n")
        }
        while !process.hasEnded, try LiveWorld.position(workplace, "state.live") < lines.count {
            try await Task.sleep(for: .milliseconds(10))
        }
        process.close()
        #expect(await process.end() == 0, "\(process.said)")
    }

    @Test("A signal ends it well: after a last snapshot, with 0", arguments: [SIGTERM, SIGINT])
    func signals(signal: Int32) async throws {
        let (workplace, lines) = try await LiveWorld.workplace(200, seed: 10)
        let options = [
            "--snapshot", "state.live", "--snapshot-every", "1h", "--output", "out.jsonl",
        ]
        let process = try RunningRisk(workplace, Self.live + options)
        process.feed(lines[..<120])
        // A line that has not come in full is not taken.
        process.feed([String(lines[120].prefix(30))], ended: false)
        var seen = 0
        while seen < 110, !process.hasEnded {
            try await Task.sleep(for: .milliseconds(5))
            guard workplace.files.contains("out.jsonl") else { continue }
            seen = try LiveWorld.vectors([workplace.text("out.jsonl")]).keys.max() ?? 0
        }
        process.send(signal)
        #expect(await process.end() == 0, "\(process.said)")
        let position = try LiveWorld.position(workplace, "state.live")
        #expect((110...120).contains(position))
        let rest = try await workplace.risk(Self.live + options + ["--events", "events.jsonl"])
        #expect(rest.exitCode == 0, "\(rest.errors)")
        #expect(rest.errors.hasPrefix("risk: continues after event \(position)\n"))
        #expect(try workplace.bytes("out.jsonl") == workplace.bytes("whole.jsonl"))
    }

    @Test("A second process does not take another's snapshots")
    func lock() async throws {
        let (workplace, lines) = try await LiveWorld.workplace(10, seed: 11)
        let process = try RunningRisk(workplace, Self.live + ["--snapshot", "state.live"])
        process.feed(lines)
        while !workplace.files.contains("state.live"), !process.hasEnded {
            try await Task.sleep(for: .milliseconds(5))
        }
        let second = try await workplace.risk(Self.live + ["--snapshot", "state.live"])
        #expect(second.exitCode == 73)
        #expect(second.errors == "risk: state.live: another process keeps its snapshots there\n")
        process.close()
        #expect(await process.end() == 0)
    }

    // MARK: the place in the stream

    @Test("The whole stream and its rest are told apart, and from another stream")
    func places() async throws {
        let (workplace, lines) = try await LiveWorld.workplace(100, seed: 12)
        func write(_ lines: some Sequence<String>, _ name: String) throws {
            try workplace.write(lines.map { $0 + "\n" }.joined(), to: name)
        }
        try write(lines[..<60], "first.jsonl")
        try write(lines[60...], "rest.jsonl")
        try write(lines[1...], "other.jsonl")
        func run(_ events: String, _ stream: String) async throws -> Workplace.Outcome {
            try await workplace.risk(
                Self.live + [
                    "--snapshot", "state.live", "--output", "out.jsonl", "--events", events,
                    "--stream", stream,
                ])
        }
        #expect(try await run("first.jsonl", "whole").exitCode == 0)
        let state = try workplace.bytes("state.live")
        for (events, message) in [
            (
                "rest.jsonl",
                "risk: rest.jsonl: ends after line 40, but state.live was taken after line 60: "
            ),
            (
                "other.jsonl",
                "risk: other.jsonl: line 60 is not the one after which state.live was taken: "
            ),
        ] {
            let wrong = try await run(events, "whole")
            #expect(wrong.exitCode == 65)
            #expect(wrong.errors.contains(message), "\(wrong.errors)")
            #expect(try workplace.bytes("state.live") == state)
        }
        let rest = try await run("rest.jsonl", "rest")
        #expect(rest.exitCode == 0, "\(rest.errors)")
        #expect(try workplace.bytes("out.jsonl") == workplace.bytes("whole.jsonl"))
        // Nothing is left to do.
        let again = try await run("events.jsonl", "whole")
        #expect(again.exitCode == 0, "\(again.errors)")
        #expect(try workplace.bytes("out.jsonl") == workplace.bytes("whole.jsonl"))
    }

    @Test("A file of vectors that the snapshot does not know is left alone")
    func outputs() async throws {
        let (workplace, _) = try await LiveWorld.workplace(50, seed: 13)
        let run = Self.live + ["--events", "events.jsonl", "--output", "out.jsonl"]
        try workplace.write("precious\n", to: "out.jsonl")
        for options in [[], ["--snapshot", "state.live"]] {
            let refused = try await workplace.risk(run + options)
            #expect(refused.exitCode == 73)
            #expect(refused.errors.contains("out.jsonl: is not empty, and no snapshot says"))
            #expect(try workplace.text("out.jsonl") == "precious\n")
            #expect(!workplace.files.contains("state.live"))
        }
        let other = ["--events", "events.jsonl", "--output", "a.jsonl", "--snapshot", "state.live"]
        #expect(try await workplace.risk(Self.live + other).exitCode == 0)
        let refused = try await workplace.risk(run + ["--snapshot", "state.live"])
        #expect(refused.exitCode == 73)
        try workplace.write(Array(try workplace.bytes("a.jsonl").dropLast(9)), to: "a.jsonl")
        let shorter = try await workplace.risk(Self.live + other)
        #expect(shorter.exitCode == 65)
        #expect(shorter.errors.contains("but had"))
        try FileManager.default.removeItem(at: workplace.folder.appending(path: "a.jsonl"))
        let gone = try await workplace.risk(Self.live + other)
        #expect(gone.exitCode == 0)
        #expect(gone.errors.contains("a.jsonl is gone or was emptied: it begins anew"))
    }
}
