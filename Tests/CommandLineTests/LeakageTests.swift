import Foundation
import RiskColumns
import Testing

/// Rings and shared entities never know what was not known: on the card transactions where they are on
/// this machine, else on the simulated ones.
@Suite("risk features, rings and labels")
struct LeakageTests {
    /// A card transaction, and when its fraud is told, if it is one.
    struct Transaction {
        var at: Int64
        var customer: Substring
        var terminal: Substring
        var amount: Substring
        var told: Int64?
    }

    static let spec = Workplace.root.appending(
        path: "Tests/CommandLineTests/Specs/shared-entities.yaml"
    ).path

    @Test("Labels that become known later change no vector of before; there are some to be seen")
    func labelsInTheFuture() async throws {
        let workplace = try Workplace()
        let log = try await transactions(workplace)
        let moment = midnight(log)
        let far = 1000 * Timestamps.day
        let original = try await vectors(workplace, log, until: moment)
        var moved = log
        for row in moved.indices {
            moved[row].told = moved[row].told.map { $0 >= moment ? $0 + far : $0 }
        }
        #expect(try await vectors(workplace, moved, until: moment) == original)
        for row in moved.indices { moved[row].told = log[row].told.map { $0 + far } }
        let without = try await vectors(workplace, moved, until: moment)
        #expect(without != original)
        let frauds = [
            "crew_frauds", "crew_fraud_share", "wary_frauds", "frauds_here_30d", "frauds_before",
        ]
        for name in frauds {
            #expect(sum(name, original) > 0, "\(name)")
            #expect(sum(name, without) == 0, "\(name)")
        }
        for name in ["crew_size", "crew_age", "crew_growth", "crew_degree", "customers_here_7d"] {
            #expect(sum(name, original) == sum(name, without), "\(name)")
        }
    }

    @Test("Events after a moment, given to others and in another order, change no vector of before")
    func eventsOfLater() async throws {
        let workplace = try Workplace()
        let log = try await transactions(workplace)
        let moment = midnight(log)
        let first = try #require(log.firstIndex { $0.at >= moment })
        var other = log
        for row in first..<log.count {
            // Everybody's later transactions become their neighbours'.
            let next = row + 1 < log.count ? row + 1 : first
            other[row].customer = log[next].customer
            other[row].terminal = log[log.count - 1 - (row - first)].terminal
            other[row].amount = log[next].amount
        }
        for row in other.indices where (other[row].told ?? moment) >= moment {
            other[row].told = row % 2 == 0 ? moment + Timestamps.day * Int64(row % 50 + 20) : nil
        }
        let original = try await vectors(workplace, log, until: moment)
        #expect(try await vectors(workplace, other, until: moment) == original)
        #expect(original.count(where: { $0 == "\n" }) == first + 1)
    }

    @Test("Live is batch where frauds are events of their own")
    func parity() async throws {
        let workplace = try Workplace()
        try write(workplace, Array(try await transactions(workplace).prefix(20_000)))
        let outcome = try await workplace.risk(
            ["parity", "--spec", Self.spec, "--quiet"] + Self.logs)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.hasSuffix("20,000 vectors compared: 0 differences\n"))
    }

    // MARK: logs and vectors

    private static let logs = [
        "--events", "transaction=transactions.csv", "--events", "report=reports.csv",
    ]

    /// The first 150,000 transactions; a fraud is told one to ten days after it happened.
    private func transactions(_ workplace: Workplace) async throws -> [Transaction] {
        let outcome: Workplace.Outcome
        if let data = CardDataTests.folder {
            outcome = try await workplace.bash(
                "zcat '\(data)/cards/transactions.csv.gz' 2>/dev/null | head -n 150001")
        } else {
            outcome = try await workplace.bash(
                """
                risk simulate card-misuse --subscribers 1500 --days 60 --seed 5 --output world --quiet
                head -n 150001 world/transactions.csv
                """)
        }
        return try outcome.output.split(separator: "\n").dropFirst().enumerated().map { row, line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            let time = try #require(Timestamps.parse(String(fields[1]))).microseconds
            let days = Int64(row % 10 + 1) * Timestamps.day
            return Transaction(
                at: time, customer: fields[2], terminal: fields[3], amount: fields[4],
                told: fields[5] == "1" ? time + days : nil)
        }
    }

    /// A midnight behind about two thirds of the transactions.
    private func midnight(_ log: [Transaction]) -> Int64 {
        let time = log[log.count * 2 / 3].at
        return time - Timestamps.floorDivide(time, Timestamps.day).remainder
    }

    private func write(_ workplace: Workplace, _ log: [Transaction]) throws {
        var transactions = "at,customer,terminal,amount\n"
        var reports = "at,told,customer,terminal\n"
        for event in log {
            let at = Timestamps.format(event.at)
            transactions += "\(at),\(event.customer),\(event.terminal),\(event.amount)\n"
            guard let told = event.told else { continue }
            reports += "\(at),\(Timestamps.format(told)),\(event.customer),\(event.terminal)\n"
        }
        try workplace.write(transactions, to: "transactions.csv")
        try workplace.write(reports, to: "reports.csv")
    }

    /// The vectors before a moment, as they are written.
    private func vectors(
        _ workplace: Workplace, _ log: [Transaction], until moment: Int64
    ) async throws -> String {
        try write(workplace, log)
        let outcome = try await workplace.risk(
            ["features", "--spec", Self.spec, "--until", Timestamps.format(moment), "--output"]
                + ["vectors.csv", "--quiet"] + Self.logs)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        return try workplace.text("vectors.csv")
    }

    /// The sum of a column of vectors.
    private func sum(_ name: String, _ vectors: String) -> Double {
        let lines = vectors.utf8.split(separator: UInt8(ascii: "\n"))
        let comma = UInt8(ascii: ",")
        let names = lines[0].split(separator: comma).map { String(Substring($0)) }
        guard let column = names.firstIndex(of: name) else { return .nan }
        return lines.dropFirst().reduce(0) { sum, line in
            let fields = line.split(separator: comma, omittingEmptySubsequences: false)
            return sum + (Double(Substring(fields[column])) ?? 0)
        }
    }
}
