import Foundation
import RiskColumns
import RiskJSON
import RiskModel
import RiskScoring
import Testing

@Suite("risk score")
struct ScoreTests {
    /// A CSV without quotes, as columns by name.
    private func columns(_ csv: String) -> [String: [String]] {
        let lines = csv.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        var columns: [String: [String]] = [:]
        for (index, name) in (lines.first ?? []).enumerated() {
            columns[name] = lines.dropFirst().map { $0[index] }
        }
        return columns
    }

    /// The values of a row of the world, in a scorer's order.
    private func vector(_ row: [Substring], _ scorer: Scorer) -> [Double] {
        let names = World.header.split(separator: ",")
        return scorer.layout.map { name in
            Double(row[names.firstIndex { $0 == name }!]) ?? .nan
        }
    }

    @Test(
        "Each row gets the scorer's score to the bit, and everything else carried along as it stands"
    )
    func equalsScorer() async throws {
        let world = try await World.shared()
        let workplace = try world.workplace()
        let outcome = try await workplace.risk(
            "score", "--model", "card.risk.json", "--input", "vectors.csv", "--output", "s.csv")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output == "")
        let scorer = Scorer(try AdditiveModel(artifact: world.model))
        let scored = columns(try workplace.text("s.csv"))
        #expect(scored["transaction"] == world.rows.map { String($0[0]) })
        #expect(scored["at"] == world.rows.map { String($0[1]) })
        let expected = world.rows.map { scorer.score(row: vector($0, scorer)) }
        #expect(scored["log_odds"]?.map { Double($0) } == expected.map { $0.logOdds })
        #expect(scored["probability"]?.map { Double($0) } == expected.map { $0.probability })
        #expect(scored["points"] == expected.map { String($0.points) })
    }

    @Test(
        "The bytes are the same from a file and from a pipe, at one thread and at two, a million rows"
    )
    func sameBytes() async throws {
        let world = try await World.shared()
        let workplace = try world.workplace()
        let line = """
            (head -n 1 vectors.csv; for i in $(seq 170); do tail -n +2 vectors.csv; done) \
            | head -n 1000001 > big.csv
            set -eo pipefail
            score="risk score --model card.risk.json --columns transaction --reasons 1"
            $score --input big.csv --output 1.csv --threads 1
            $score --input big.csv --output 2.csv --threads 2
            cat big.csv | $score --input - --output 3.csv --threads 2
            $score --input big.csv --output - --threads 2 > 4.csv
            cmp 1.csv 2.csv; cmp 1.csv 3.csv; cmp 1.csv 4.csv; wc -l < 1.csv
            """
        let outcome = try await workplace.bash(line)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines) == "1000001")
    }

    @Test("Reasons are the scorer's, in either language, the strongest first")
    func reasons() async throws {
        let world = try await World.shared()
        let workplace = try world.workplace()
        let scorer = Scorer(try AdditiveModel(artifact: world.model))
        for (language, options) in [("en", []), ("zh", ["--language", "zh"])] {
            let outcome = try await workplace.risk(
                ["score", "--model", "card.risk.json", "--input", "vectors.csv", "--output", "-"]
                    + ["--columns", "transaction", "--reasons", "2"] + options)
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            let scored = columns(outcome.output)
            let expected = world.rows.map {
                scorer.reasons(row: vector($0, scorer), top: 2).map { $0.text(language: language) }
            }
            #expect(scored["reason_1"] == expected.map { $0.first ?? "" })
            #expect(scored["reason_2"] == expected.map { $0.count > 1 ? $0[1] : "" })
        }
    }

    @Test("--top ranks like sorting all the scores; --per keeps one row for each value")
    func top() async throws {
        let world = try await World.shared()
        let workplace = try world.workplace()
        let scorer = Scorer(try AdditiveModel(artifact: world.model))
        let ranked = world.rows.enumerated().sorted { a, b in
            let (left, right) = (
                scorer.score(row: vector(a.element, scorer)).units,
                scorer.score(row: vector(b.element, scorer)).units
            )
            return left != right ? left > right : a.offset < b.offset
        }.map(\.element)
        let score = [
            "score", "--model", "card.risk.json", "--input", "vectors.csv", "--output", "-",
        ]
        let all = try await workplace.risk(score + ["--top", "50"])
        #expect(columns(all.output)["transaction"] == ranked.prefix(50).map { String($0[0]) })
        #expect(columns(all.output)["rank"] == (1...50).map { String($0) })

        var seen: Set<Substring> = []
        let distinct = ranked.filter { seen.insert($0[2]).inserted }
        let per = try await workplace.risk(score + ["--top", "40", "--per", "customer"])
        #expect(columns(per.output)["transaction"] == distinct.prefix(40).map { String($0[0]) })

        let read = try await workplace.risk(
            "score", "--model", "card.risk.json", "--input", "vectors.csv", "--top", "3",
            "--reasons", "0")
        let lines = read.output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first?.contains("transaction \(ranked[0][0])") == true)
    }

    @Test(
        "A policy's tiers: by probability in a stream, under capacities in a ranked list of entities"
    )
    func policy() async throws {
        let world = try await World.shared()
        let workplace = try world.workplace()
        try workplace.write(
            """
            riskkit: policy/1
            name: two
            tiers:
              - { name: stop, action: hold, minimumProbability: 0.1, capacityPerDay: 2 }
              - { name: look, action: watch, minimumProbability: 0.05 }

            """, to: "policy.yaml")
        let score =
            ["score", "--model", "card.risk.json", "--input", "vectors.csv", "--output", "-"]
            + ["--policy", "policy.yaml"]
        let stream = columns(try await workplace.risk(score).output)
        let probabilities = try #require(stream["probability"]).map { Double($0)! }
        #expect(
            stream["tier"] == probabilities.map { $0 >= 0.1 ? "stop" : $0 >= 0.05 ? "look" : "" })
        #expect(
            stream["action"] == probabilities.map { $0 >= 0.1 ? "hold" : $0 >= 0.05 ? "watch" : "" }
        )
        let list = columns(
            try await workplace.risk(score + ["--top", "5", "--per", "customer"]).output)
        let listed = zip(list["tier"] ?? [], (list["probability"] ?? []).map { Double($0)! })
        let stopped = listed.filter { $0.0 == "stop" }.map(\.1)
        let watched = listed.filter { $0.0 == "look" }.map(\.1)
        #expect(stopped.count == 2 && watched.count == 3)
        #expect(stopped.min()! >= watched.max()!)
    }

    @Test("Rejected rows are named in their file, and the others are scored")
    func rejects() async throws {
        let workplace = try await World.shared().workplace()
        try workplace.write(
            "transaction,amount,ratio,night\na,1.50,2,0\nb,much,2,0\nc,3.25,,1\n", to: "some.csv")
        let outcome = try await workplace.risk(
            "score", "--model", "card.risk.json", "--input", "some.csv", "--output", "s.csv",
            "--rejects", "bad.csv")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(columns(try workplace.text("s.csv"))["transaction"] == ["a", "c"])
        let rejects = try workplace.text("bad.csv")
        #expect(rejects.contains("some.csv,3,amount,"))
        #expect(rejects.contains("b,much,2,0"))
        #expect(outcome.errors.contains("1 rows rejected: see bad.csv"))
    }

    @Test(
        "An input without rows gives an output with a header; gzip and JSON Lines by the names' endings"
    )
    func forms() async throws {
        let workplace = try await World.shared().workplace()
        try workplace.write("transaction,amount,ratio,night\n", to: "none.csv")
        let none = try await workplace.risk(
            "score", "--model", "card.risk.json", "--input", "none.csv", "--output", "-")
        #expect(none.exitCode == 0)
        #expect(none.output == "transaction,log_odds,probability,points\n")

        let line = """
            set -e
            risk score --model card.risk.json --input vectors.csv --output s.csv.gz
            risk score --model card.risk.json --input vectors.csv --output s.csv
            gzip -dc s.csv.gz | cmp - s.csv
            gzip -k vectors.csv; risk score --model card.risk.json --input vectors.csv.gz --output t.csv
            cmp s.csv t.csv
            risk score --model card.risk.json --input vectors.csv --output s.jsonl
            """
        let outcome = try await workplace.bash(line)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let first =
            try workplace.text("s.jsonl").split(separator: "\n").first.map(String.init) ?? ""
        #expect(try JSONParser.parse(Array(first.utf8))["transaction"] == "t0")
    }

    @Test("A closed pipe ends the command quietly; a kill leaves nothing behind")
    func ends() async throws {
        let workplace = try await World.shared().workplace()
        let closed = try await workplace.bash(
            """
            for i in $(seq 20); do tail -n +2 vectors.csv; done | cat <(head -n 1 vectors.csv) - > big.csv
            risk score --model card.risk.json --input big.csv --output - | head -n 1 > first.txt
            echo "${PIPESTATUS[0]}"
            """)
        #expect(closed.errors == "")
        #expect(closed.output == "141\n")
        #expect(try workplace.text("first.txt").hasPrefix("transaction,"))

        let killed = try await workplace.bash(
            """
            mkfifo pipe
            risk score --model card.risk.json --input pipe --output s.csv &
            exec 3> pipe
            cat vectors.csv >&3
            for i in $(seq 100); do ls -A | grep -q part && break; sleep 0.05; done
            kill -TERM $!
            wait $!
            echo $?
            """)
        #expect(killed.output == "143\n")
        #expect(!workplace.files.contains { $0 == "s.csv" || $0.hasSuffix(".part") })
    }
}
