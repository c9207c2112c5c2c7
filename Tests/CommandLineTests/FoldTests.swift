import RiskColumns
import RiskEvaluation
import RiskJSON
import Testing

@Suite("risk train --folds")
struct FoldTests {
    /// The table's rows with a label before the test period less the gap: those that learn.
    private static func labelled(_ world: World) -> [[Substring]] {
        world.rows.filter { $0[6] != "" && $0[1] < "2018-07-07" }
    }

    private static func csv(_ rows: [[Substring]]) -> String {
        World.header + "\n" + rows.map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n"
    }

    private static func numbers(_ node: Node?) -> [Double] {
        guard case .array(let values)? = node?.content else { return [] }
        return values.map {
            switch $0.content {
            case .integer(let value): Double(value)
            case .number(let value): value
            default: .nan
            }
        }
    }

    private static func texts(_ node: Node?) -> [String] {
        guard case .array(let values)? = node?.content else { return [] }
        return values.map { if case .string(let text) = $0.content { text } else { "" } }
    }

    @Test(
        "By time: the figures of each fold are those of a model trained by hand on the rows before it",
        arguments: ["stumps", "logistic"])
    func byHand(learner: String) async throws {
        let world = try await World.shared()
        let workplace = try world.workplace()
        let options = ["--learner", learner, "--name", "m"]
        let outcome = try await workplace.risk(
            ["train"] + World.training + options
                + ["--folds", "2", "--output", "with.json", "--report", "r.json"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("2 folds by time, each predicted from the rows before it"))
        let report = try JSONParser.parse(workplace.bytes("r.json"))
        let folds = try #require(report["folds"])
        #expect(folds["by"] == "time" && folds["gapSeconds"] == Node(3 * 86_400))
        // What is written is what is written without folds.
        let plain = try await workplace.risk(
            ["train"] + World.training + options + ["--output", "without.json"])
        #expect(plain.exitCode == 0, "\(plain.errors)")
        #expect(try workplace.bytes("with.json") == workplace.bytes("without.json"))

        let rows = Self.labelled(world)
        let starts = Self.texts(folds["from"])
        #expect(starts.count == 2)
        for (fold, start) in starts.enumerated() {
            let end = fold + 1 < starts.count ? starts[fold + 1] : "9"
            let from = try #require(Timestamps.parse(start)).microseconds
            let known = Timestamps.format(from - 3 * Timestamps.day)
            let (train, test) = (
                rows.filter { $0[1] < known }, rows.filter { start <= $0[1] && $0[1] < end }
            )
            #expect(Self.numbers(folds["trainedRows"])[fold] == Double(train.count))
            #expect(Self.numbers(folds["rows"])[fold] == Double(test.count))
            #expect(Self.numbers(folds["positives"])[fold] == Double(test.count { $0[6] == "1" }))
            try workplace.write(Self.csv(train), to: "a.csv")
            try workplace.write(Self.csv(test), to: "b.csv")
            let steps = [
                [
                    "train", "--data", "a.csv", "--label", "fraud", "--time", "at", "--ignore",
                    "transaction", "customer", "--learner", learner, "--output", "m.json",
                ],
                ["score", "--model", "m.json", "--input", "b.csv", "--output", "s.csv"],
            ]
            for step in steps {
                let outcome = try await workplace.risk(step)
                #expect(outcome.exitCode == 0, "\(outcome.errors)")
            }
            let lines = try String(decoding: workplace.bytes("s.csv"), as: UTF8.self)
                .split(separator: "\n").map { $0.split(separator: ",") }
            func column(_ name: String) throws -> [Double] {
                let place = try #require(lines[0].firstIndex(of: Substring(name)))
                return lines.dropFirst().map { Double($0[place]) ?? .nan }
            }
            let labels = test.map { $0[6] == "1" }
            let ranking = try Ranking(scores: column("log_odds"), labels: labels)
            let probabilities = try column("probability")
            let expected: [(String, Double)] = try [
                ("rocAUC", ranking.rocAUC()), ("averagePrecision", ranking.averagePrecision()),
                ("logLoss", logLoss(probabilities: probabilities, labels: labels)),
                ("brierScore", brierScore(probabilities: probabilities, labels: labels)),
            ]
            for (name, value) in expected {
                let found = Self.numbers(folds[name]?["folds"])
                #expect(found.count == 2 && abs(found[fold] - value) < 1e-9, "\(name)")
            }
        }
        let values = Self.numbers(folds["logLoss"]?["folds"])
        let mean = Self.numbers(.array([folds["logLoss"]?["mean"] ?? nil])).first
        #expect(abs((mean ?? 0) - values.reduce(0, +) / 2) < 1e-12)
    }

    @Test("Without times they are by the customers, of whom none is on both sides, or by chance")
    func byEntity() async throws {
        let workplace = try await World.shared().workplace()
        for (options, kind) in [
            ([], "entity"), (["--folds-by", "stratified", "--seed", "7"], "stratified"),
        ] as [([String], String)] {
            let outcome = try await workplace.risk(
                [
                    "train", "--data", "vectors.csv", "--label", "fraud", "--entity", "customer",
                    "--ignore", "transaction", "at", "--learner", "scorecard", "--folds", "3",
                    "--output", "m.json", "--json",
                ] + options)
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            let folds = try JSONParser.parse(Array(outcome.output.utf8))["folds"]
            #expect(folds?["by"] == Node(kind))
            let (trained, tested) = (
                Self.numbers(folds?["trainedRows"]), Self.numbers(folds?["rows"])
            )
            let all = try await World.shared().rows.count { $0[6] != "" }
            #expect(tested.reduce(0, +) == Double(all))
            #expect(zip(trained, tested).allSatisfy { $0 + $1 == Double(all) })
            #expect(Self.numbers(folds?["rocAUC"]?["folds"]).allSatisfy { $0 > 0.6 })
        }
    }

    @Test("Rows drawn by their label are measured as the population that the probabilities are of")
    func populationRate() async throws {
        let workplace = try await World.shared().workplace()
        let options = [
            "train", "--data", "vectors.csv", "--label", "fraud", "--ignore", "transaction", "at",
            "customer", "--learner", "logistic", "--folds", "2", "--output", "m.json", "--json",
        ]
        func losses(_ more: [String]) async throws -> [Double] {
            let outcome = try await workplace.risk(options + more)
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            let folds = try JSONParser.parse(Array(outcome.output.utf8))["folds"]
            return Self.numbers(folds?["logLoss"]?["folds"])
        }
        // At a rate of 0.2 % nobody can be wrong by as much as at 10 %; at half each by more.
        let (plain, rare, half) = try await (
            losses([]), losses(["--population-rate", "0.002"]),
            losses(["--population-rate", "0.5"])
        )
        for fold in 0..<2 {
            #expect(rare[fold] < 0.02 && rare[fold] < plain[fold])
            #expect(half[fold] > plain[fold] && half[fold] < 0.69)
        }
    }

    @Test("Options that leave no ground for folds are refused in words")
    func refusals() async throws {
        let workplace = try await World.shared().workplace()
        let base = [
            "train", "--data", "vectors.csv", "--label", "fraud", "--ignore", "transaction",
            "--output", "m.json",
        ]
        for (wrong, code, words) in [
            (["--folds", "1"], 64, "--folds must be from 2 to 50"),
            (["--folds-by", "time"], 64, "--folds-by needs --folds, or --learner logistic"),
            (["--folds", "3", "--folds-by", "time"], 64, "--folds-by time needs --time"),
            (["--folds", "3", "--folds-by", "entity"], 64, "--folds-by entity needs --entity"),
            (
                ["--folds", "3", "--time", "at", "--gap", "7d", "--folds-by", "stratified"], 64,
                "--gap is between a time and the next: not with --folds-by stratified."
            ),
            (["--folds", "3", "--gap", "7d"], 64, "--gap needs --test-from, or --folds with"),
            (["--folds", "3", "--init-model", "card.risk.json"], 64, "does not go with --init"),
            (
                ["--learner", "logistic", "--folds-by", "entity", "--entity", "customer"], 64,
                "lambda is not chosen so"
            ),
            (
                ["--folds", "5", "--time", "at", "--entity", "customer", "--gap", "50d"], 65,
                "what fold 1 of 5 is trained on has no rows: fewer folds, or a shorter gap"
            ),
        ] as [([String], Int32, String)] {
            let refused = try await workplace.risk(base + wrong)
            #expect(refused.exitCode == code, "\(wrong) \(refused.errors)")
            #expect(refused.errors.contains(words), "\(wrong) \(refused.errors)")
        }
    }
}
