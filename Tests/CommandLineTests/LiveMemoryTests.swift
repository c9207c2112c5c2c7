import Foundation
import Testing

/// A stream whose key values outgrow the memory: said, with nothing lost, before the system would kill.
@Suite("risk live, within its memory")
struct LiveMemoryTests {
    static let spec = """
        riskkit: features/1
        events:
          login:
            time: { column: at, format: epoch_seconds }
            keys: [account]
        features:
          logins_1d: { of: login, by: account, aggregate: count, window: 1d }
          since: { of: login, by: account, aggregate: since_last }
        vectors: { unit: login }

        """

    @Test("The run ends with 65 and a snapshot, and goes on from there when it is given more")
    func bounded() async throws {
        let workplace = try Workplace()
        try workplace.write(Self.spec, to: "spec.yaml")
        // Every account is new, and none is forgotten within the day.
        let lines = (0..<150_000).map {
            #"{"at":\#(1_772_400_000 + $0 / 4),"account":"account number \#($0)"}"#
        }
        try workplace.write(lines.map { $0 + "\n" }.joined(), to: "events.jsonl")
        let arguments = [
            "live", "--spec", "spec.yaml", "--events", "events.jsonl", "--output", "out.jsonl",
            "--snapshot", "state.live", "--snapshot-every", "1h", "--quiet", "--memory",
        ]
        let ended = try await workplace.risk(arguments + ["90MB"])
        #expect(ended.exitCode == 65, "\(ended.errors)")
        #expect(ended.errors.contains("does not fit in --memory 90 MB"))
        let position = try LiveWorld.position(workplace, "state.live")
        #expect((1000..<150_000).contains(position))
        #expect(ended.errors.contains("\(position / 1000),"))

        let went = try await workplace.risk(arguments + ["4GB"])
        #expect(went.exitCode == 0, "\(went.errors)")
        let whole = try await workplace.risk(
            "live", "--spec", "spec.yaml", "--events", "events.jsonl", "--output", "whole.jsonl",
            "--quiet")
        #expect(whole.exitCode == 0, "\(whole.errors)")
        #expect(try workplace.bytes("out.jsonl") == workplace.bytes("whole.jsonl"))
    }
}
