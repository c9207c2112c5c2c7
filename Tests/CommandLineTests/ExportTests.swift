import Foundation
import Testing

/// `risk export`: what the verb says and writes. That engines agree with the scorer to the bit is
/// `make test-exports`.
@Suite("risk export")
struct ExportTests {
    static let sample = Workplace.root.appending(
        path: "Tests/RiskModelTests/Fixtures/sample.risk.json"
    ).path

    @Test("Each target is written, and told", arguments: ["onnx", "pmml", "c"])
    func targets(target: String) async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.risk(
            "export", Self.sample, "--to", target, "--output", "out", "--json")
        #expect(outcome.exitCode == 0)
        #expect(outcome.errors == "")
        #expect(outcome.output.contains("\"to\": \"\(target)\""))
        #expect(try workplace.bytes("out").count > 1000)
    }

    @Test(
        "Each dialect is written, to standard output too",
        arguments: ["postgresql", "sqlite", "duckdb", "clickhouse", "spark"])
    func dialects(dialect: String) async throws {
        let workplace = try Workplace()
        let more = ["--dialect", dialect, "--table", "s.t", "--columns", "id,at", "--reasons", "2"]
        let arguments = ["export", Self.sample, "--to", "sql"] + more
        let piped = try await workplace.risk(arguments + ["--output", "-"])
        #expect(piped.exitCode == 0)
        #expect(piped.output.contains("AS risk_reason_2_log_odds"))
        #expect(try await workplace.risk(arguments + ["--output", "out.sql"]).exitCode == 0)
        #expect(try workplace.text("out.sql") == piped.output)
    }

    @Test(
        "What does not go together is a usage error, and nothing is written",
        arguments: [
            ["--to", "sql"], ["--to", "pmml", "--json", "--output", "-"],
            ["--to", "onnx", "--table", "t"], ["--to", "c", "--reasons", "1"],
            ["--to", "pmml", "--name", "x"], ["--to", "sql", "--dialect", "mysql"],
            ["--to", "sql", "--dialect", "sqlite", "--view", "v"], ["--to", "java"],
            ["--to", "sql", "--dialect", "sqlite", "--table", "t", "--reasons", "1"],
            ["--to", "onnx", "--reasons", "21"],
        ])
    func usage(options: [String]) async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.risk(
            ["export", Self.sample, "--output", "out"] + options)
        #expect(outcome.exitCode == 64)
        #expect(outcome.output == "")
        #expect(workplace.files == [])
    }

    @Test("A name that the engine would mistake is bad data, and nothing is written")
    func refusal() async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.risk(
            "export", Self.sample, "--to", "c", "--name", "a b", "--output", "out")
        #expect(outcome.exitCode == 65)
        #expect(outcome.errors.contains("a name as C knows them"))
        #expect(workplace.files == [])
    }
}
