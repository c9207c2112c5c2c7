import Foundation
import Testing

@Suite("risk features --memory")
struct MemoryTests {
    static let spec = """
        riskkit: features/1
        timezone: Asia/Shanghai
        events:
          purchase:
            time: at
            known: seen
            keys: [customer, shop]
            fields: { amount: decimal(2), kind: category }
          fraud: { time: at, known: told, keys: [customer] }
        features:
          spend_1h: { of: purchase, by: customer, aggregate: sum(amount), window: 1h, include: current }
          kinds_1d: { of: purchase, by: [customer, shop], aggregate: distinct(kind), window: 1d }
          frauds: { of: fraud, by: customer, aggregate: count, delay: 1h }
          first_time: { of: purchase, by: customer, aggregate: new(shop) }
          over: { derive: current.amount / spend_1h, default: -1 }
        vectors:
          unit: purchase
          label: { from: fraud, within: 1d }
          carry: [kind]

        """

    /// Purchases that are not in the order in which they became known, with rows that do not parse, and
    /// frauds.
    static func workplace() async throws -> Workplace {
        let workplace = try Workplace()
        try workplace.write(spec, to: "spec.yaml")
        try workplace.write(
            spec.replacingOccurrences(
                of: "unit: purchase", with: "unit: { entity: customer, every: 6h }"
            )
            .split(separator: "\n", omittingEmptySubsequences: false)
            .filter { line in
                !["kinds_1d:", "first_time:", "over:", "carry:"].contains { line.contains($0) }
            }
            .joined(separator: "\n")
            .replacingOccurrences(of: ", include: current", with: ""), to: "entity.yaml")
        var purchases = "at,seen,customer,shop,amount,kind\n"
        var frauds = "at,told,customer\n"
        for index in 0..<4000 {
            let day = 1 + index / 300
            let minute = index % 1440
            let time = String(
                format: "2018-06-%02dT%02d:%02d:00", day, minute / 60, minute % 60)
            let customer = index % 97 == 0 ? "" : "c\(index * 7 % 131)"
            let amount = index % 501 == 500 ? "much" : "\(index % 90).50"
            let late = index % 3 == 0 ? "2018-06-\(String(format: "%02d", day + 1))" : time
            purchases += "\(time),\(late),\(customer),s\(index % 5),\(amount),k\(index % 4)\n"
            if index % 40 == 0 { frauds += "\(time),2018-06-20,\(customer)\n" }
        }
        try workplace.write(purchases, to: "purchases.csv")
        try workplace.write(frauds, to: "frauds.csv")
        _ = try await workplace.bash("gzip -k purchases.csv")
        return workplace
    }

    @Test(
        "The files are the same as without it",
        arguments: [
            ("spec.yaml", "purchases.csv", "csv"), ("spec.yaml", "purchases.csv.gz", "csv.gz"),
            ("entity.yaml", "purchases.csv", "jsonl"),
        ])
    func sameBytes(_ spec: String, _ log: String, _ form: String) async throws {
        let workplace = try await Self.workplace()
        for bounds in ["", "--from 2018-06-03 --until 2018-06-07 --as-of 2018-06-19"] {
            let features =
                "risk features --spec \(spec) --events purchase=\(log) fraud=frauds.csv \(bounds) -q"
            let outcome = try await workplace.bash(
                """
                set -e
                \(features) --rejects a.rejects.csv -o a.\(form)
                \(features) --rejects b.rejects.csv -o b.\(form) --memory 200MB
                cmp a.\(form) b.\(form); cmp a.rejects.csv b.rejects.csv
                test $(wc -l < a.rejects.csv) -gt 7
                """)
            #expect(outcome.exitCode == 0, "\(outcome.errors)\(outcome.output)")
            #expect(workplace.files.allSatisfy { !$0.hasPrefix(".") }, "\(workplace.files)")
        }
    }

    @Test(
        "The card transactions come out the same, from a file and from a pipe",
        .enabled(
            if: CardDataTests.folder != nil,
            "skipped: the card transactions are not on this machine"))
    func cards() async throws {
        let workplace = try Workplace()
        let data = try #require(CardDataTests.folder)
        let outcome = try await workplace.bash(
            """
            set -e
            zcat '\(data)/cards/transactions.csv.gz' 2>/dev/null | head -n 200001 > log.csv
            cp '\(Workplace.root.path)/models/card-misuse/features.yaml' 1.yaml
            # Rings need all of the log in memory.
            grep -v '{ ring:' '\(Workplace.root.path)/Tests/CommandLineTests/Specs/every-operator.yaml' > 2.yaml
            for spec in 1.yaml 2.yaml; do
              spec="--spec $spec -q"
              risk features $spec --events transaction=log.csv -o 1.csv
              risk features $spec --events transaction=log.csv --memory 250MB -o 2.csv
              risk features $spec --events transaction=- --memory 250MB --threads 1 --scratch . -o - < log.csv > 3.csv
              cmp 1.csv 2.csv; cmp 1.csv 3.csv
            done
            """)
        #expect(outcome.exitCode == 0, "\(outcome.errors)\(outcome.output)")
    }

    @Test(
        "What is wrong is told and leaves nothing behind",
        arguments: [
            (["--memory", "2"], 64, "--memory"), (["--memory", "-2GB"], 64, "--memory"),
            (["--memory", "10MB"], 64, "--memory must be at least 200MB."),
            (["--scratch", "."], 64, "--scratch needs --memory."),
            (
                ["--memory", "1GiB", "--scratch", "nowhere"], 73,
                "nowhere: no scratch file can be made"
            ),
            (["--memory", "1GB"], 65, "purchases.csv:502: column amount"),
        ])
    func refused(_ options: [String], _ code: Int32, _ message: String) async throws {
        let workplace = try await Self.workplace()
        let before = workplace.files
        let outcome = try await workplace.risk(
            [
                "features", "--spec", "spec.yaml", "--events", "purchase=purchases.csv",
                "fraud=frauds.csv", "--output", "out.csv", "--quiet",
            ] + options)
        #expect(outcome.exitCode == code)
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
        #expect(workplace.files == before)
    }

    @Test("A full disk is told, and nothing is left behind")
    func fullDisk() async throws {
        let workplace = try await Self.workplace()
        let before = workplace.files
        // A limit on the size of files stands for the disk's end.
        let outcome = try await workplace.bash(
            """
            ulimit -f 16
            risk features --spec spec.yaml --events purchase=purchases.csv fraud=frauds.csv \
              --rejects rejects.csv --memory 200MB -o out.csv
            """)
        #expect(outcome.exitCode == 74)
        #expect(
            outcome.errors.contains(".: a scratch file of"), "\(outcome.errors)")
        #expect(outcome.errors.contains("cannot be written: File too large"))
        #expect(workplace.files == before)
    }
}
