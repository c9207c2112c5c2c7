import Foundation
import Testing

@Suite("risk parity")
struct ParityTests {
    static let everyOperator = Workplace.root.appending(
        path: "Tests/CommandLineTests/Specs/every-operator.yaml"
    ).path

    @Test("Live is batch, to the bit, for every operator", arguments: ["1", "2"])
    func everyOperator(threads: String) async throws {
        let workplace = try Workplace()
        _ = try await workplace.risk(
            "simulate", "card-misuse", "--subscribers", "150", "--days", "60", "--seed", "5",
            "--output", "world", "--quiet")
        let outcome = try await workplace.risk(
            "parity", "--spec", Self.everyOperator, "--events",
            "transaction=world/transactions.csv", "--threads", threads, "--json", "--quiet")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains(#""differences": 0"#))
        #expect(!outcome.output.contains(#""vectors": 0"#))
    }

    @Test(
        "Live is batch on the card transactions, all 1,754,155",
        .enabled(
            if: CardDataTests.folder != nil
                && ProcessInfo.processInfo.environment["RISKKIT_LONG"] == "1",
            "skipped: RISKKIT_LONG=1 replays them, where they are on this machine"),
        arguments: [
            "models/card-misuse/features.yaml", "Tests/CommandLineTests/Specs/every-operator.yaml",
        ])
    func cardTransactions(spec: String) async throws {
        let data = try #require(CardDataTests.folder)
        let outcome = try await Workplace().risk(
            "parity", "--spec", Workplace.root.appending(path: spec).path, "--events",
            "transaction=\(data)/cards/transactions.csv.gz", "--quiet")
        #expect(outcome.exitCode == 0)
        #expect(
            outcome.output
                == "1,754,155 events replayed, 1,754,155 vectors compared: 0 differences\n")
    }
}
