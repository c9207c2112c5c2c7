import Foundation
import RiskColumns
import RiskJSON
import RiskModel
import Testing

@Suite("risk train")
struct TrainTests {
    /// A number somewhere in a document.
    private func number(_ node: Node?) -> Double? {
        switch node?.content {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    @Test("The model says where it comes from: data digest, periods, rows, positives, metrics")
    func lineage() async throws {
        let world = try await World.shared()
        let model = try AdditiveModel(artifact: world.model)
        let lineage = model.lineage
        #expect(lineage["data"]?["file"] == "vectors.csv")
        #expect(lineage["data"]?["sha256"] == Node(SHA256.hexadecimal(world.csv.utf8)))

        // What the options say, by plain words: labelled rows before 07-10 less 3 days, and from it on.
        let labelled = world.rows.filter { $0[6] != "" }
        let training = labelled.filter { $0[1] < "2018-07-07" }
        let test = labelled.filter { $0[1] >= "2018-07-10" }
        for (name, rows) in [("training", training), ("test", test)] {
            #expect(lineage[name]?["rows"] == Node(rows.count))
            #expect(lineage[name]?["positives"] == Node(rows.count { $0[6] == "1" }))
        }
        #expect(lineage["data"]?["withoutLabel"] == Node(world.rows.count - labelled.count))
        #expect(lineage["training"]?["until"] == "2018-07-07T00:00:00Z")
        #expect(lineage["test"]?["from"] == "2018-07-10T00:00:00Z")
        #expect((number(lineage["test"]?["metrics"]?["rocAUC"]?["value"]) ?? 0) > 0.7)
        #expect(!model.goldenVectors.isEmpty)
        #expect(Set(model.features.map(\.name)).isSubset(of: Set(World.features)))
    }

    @Test(
        "The model is the same, byte for byte, at any number of threads",
        arguments: ["stumps", "logistic"])
    func deterministic(learner: String) async throws {
        let workplace = try await World.shared().workplace()
        for threads in ["1", "2"] {
            let outcome = try await workplace.risk(
                ["train"] + World.training
                    + [
                        "--learner", learner, "--threads", threads, "--output", "m.json", "--name",
                        "m",
                    ])
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            try workplace.write(workplace.bytes("m.json"), to: "\(threads).json")
        }
        #expect(try workplace.bytes("1.json") == workplace.bytes("2.json"))
        let verified = try await workplace.risk("verify", "1.json")
        #expect(verified.exitCode == 0)
    }

    @Test("A scorecard is printed with its bins, and its points are whole and add up")
    func scorecard() async throws {
        let workplace = try await World.shared().workplace()
        let outcome = try await workplace.risk(
            ["train"] + World.training
                + ["--learner", "scorecard", "--monotone", "ratio=+1", "--output", "c.risk.json"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        for word in ["Scorecard:", "base points", "WoE", "bad rate", "ratio", "missing"] {
            #expect(outcome.output.contains(word), "\(word)")
        }
        let model = try AdditiveModel(artifact: workplace.bytes("c.risk.json"))
        let table = try #require(model.tables.first { model.features[$0.feature].name == "ratio" })
        #expect(table.units == table.units.sorted() && table.units.count > 2)
        let json = try await workplace.risk(
            ["train"] + World.training
                + ["--learner", "scorecard", "--output", "c.risk.json", "--json"])
        let node = try JSONParser.parse(Array(json.output.utf8))
        #expect(node["run"]?["scorecard"]?["features"] != nil)
        let scored = try await workplace.risk(
            "score", "--model", "c.risk.json", "--input", "vectors.csv", "--output", "s.csv",
            "--reasons", "2")
        #expect(scored.exitCode == 0, "\(scored.errors)")
    }

    @Test(
        "Constraints, an earlier model and the population's rate are options, and stand in the model"
    )
    func options() async throws {
        let workplace = try await World.shared().workplace()
        let outcome = try await workplace.risk(
            ["train"] + World.training
                + [
                    "--monotone", "ratio=-1", "--init-model",
                    "card.risk.json", "--output", "m.risk.json",
                ])
        // The earlier model rises with the ratio.
        #expect(outcome.exitCode == 65)
        #expect(outcome.errors.contains("monotone.ratio: the model to go on from"))
        let more = try await workplace.risk(
            ["train"] + World.training
                + [
                    "--init-model", "card.risk.json", "--population-rate", "0.01", "--points-like",
                    "card.risk.json", "--output", "m.risk.json",
                ])
        #expect(more.exitCode == 0, "\(more.errors)")
        #expect(more.output.contains("corrected to the population's rate"))
        #expect(more.output.contains("points like those of card.risk.json"))
        let model = try AdditiveModel(artifact: workplace.bytes("m.risk.json"))
        #expect(number(model.lineage["populationRate"]) == 0.01)
        #expect(model.lineage["initModel"]?["file"] == "card.risk.json")
        guard case .array(let rates)? = model.lineage["pointsLike"]?["alertRates"]?.content else {
            Issue.record("no alert rates")
            return
        }
        for rate in rates {
            let (earlier, now) = (number(rate["earlier"]) ?? 0, number(rate["now"]) ?? 1)
            #expect(abs(earlier - now) < 0.02)
        }
        for (wrong, code) in [
            (["--monotone", "ratio=2"], 64), (["--monotone", "ration=1"], 65),
            (["--learner", "logistic", "--monotone", "ratio=1"], 64),
            (["--population-rate", "1.5"], 64), (["--max-features", "0"], 64),
            (["--learner", "scorecard", "--points-like", "card.risk.json"], 64),
            (["--init-model", "none.json"], 66),
        ] as [([String], Int32)] {
            let refused = try await workplace.risk(
                ["train"] + World.training + wrong + ["--output", "m.risk.json"])
            #expect(refused.exitCode == code, "\(wrong) \(refused.errors)")
        }
    }

    @Test("Rows of the test period and of the gap change nothing in what is learned")
    func noLeak() async throws {
        let world = try await World.shared()
        let workplace = try world.workplace()
        // Every label from the gap on turned round: what was learned must not notice.
        let turned = world.csv.split(separator: "\n").map { line -> String in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields[1] >= "2018-07-07", fields[1] != "at", fields[6] != "" else {
                return String(line)
            }
            return fields.dropLast().joined(separator: ",") + (fields[6] == "1" ? ",0" : ",1")
        }
        try workplace.write(turned.joined(separator: "\n") + "\n", to: "vectors.csv")
        let outcome = try await workplace.risk(
            ["train"] + World.training + ["--output", "turned.json"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let turnedModel = try AdditiveModel(artifact: workplace.bytes("turned.json"))
        let model = try AdditiveModel(artifact: world.model)
        #expect(turnedModel.tables == model.tables)
        #expect(turnedModel.intercept == model.intercept)
        #expect(turnedModel.calibration == model.calibration)
        #expect(turnedModel.lineage["test"] != model.lineage["test"])
    }

    @Test("--json, --report and the summary tell of the same run")
    func report() async throws {
        let workplace = try await World.shared().workplace()
        let outcome = try await workplace.risk(
            ["train"] + World.training + ["--output", "m.json", "--report", "r.json", "--json"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(try outcome.output == workplace.text("r.json"))
        let report = try workplace.json("r.json")
        #expect((number(report["evaluation"]?["averagePrecision"]?["value"]) ?? 0) > 0.1)
        #expect(report["test"]?["metrics"]?["rocAUC"] == report["evaluation"]?["rocAUC"])
    }

    @Test("risk evaluate over the test period measures what risk train measured")
    func evaluateAgrees() async throws {
        let workplace = try await World.shared().workplace()
        let trained = try await workplace.risk(
            ["train"] + World.training + ["--output", "m.json", "--json"])
        let evaluated = try await workplace.risk(
            "evaluate", "--model", "m.json", "--data", "vectors.csv", "--label", "fraud", "--time",
            "at",
            "--from", "2018-07-10", "--entity", "customer", "--resamples", "20", "--json")
        #expect(evaluated.exitCode == 0, "\(evaluated.errors)")
        let inTraining = try JSONParser.parse(Array(trained.output.utf8))["evaluation"]
        #expect(try JSONParser.parse(Array(evaluated.output.utf8)) == inTraining)
    }

    @Test(
        "Settings are read as a whole: every mistake is named with its line, and nothing is trained"
    )
    func settings() async throws {
        let workplace = try await World.shared().workplace()
        try workplace.write("boostingRounds: 12\nlearningRate: 0.3\n", to: "good.yaml")
        let good = try await workplace.risk(
            ["train"] + World.training + ["--settings", "good.yaml", "--output", "m.json"])
        #expect(good.exitCode == 0, "\(good.errors)")
        let model = try AdditiveModel(artifact: workplace.bytes("m.json"))
        #expect(model.lineage["settings"]?["boostingRounds"] == 12)

        try workplace.write("boostingRound: 12\nlearningRate: 3\n", to: "bad.yaml")
        let bad = try await workplace.risk(
            ["train"] + World.training + ["--settings", "bad.yaml", "--output", "n.json"])
        #expect(bad.exitCode == 65)
        #expect(bad.errors.contains("bad.yaml:1: boostingRound:"))
        #expect(bad.errors.contains("did you mean \"boostingRounds\"?"))
        #expect(bad.errors.contains("bad.yaml:2: learningRate: expected a number"))
        #expect(!workplace.files.contains("n.json"))
    }

    @Test(
        "Options that contradict each other are usage errors",
        arguments: [
            ["--test-from", "2018-07-10"],
            ["--time", "at", "--test-from", "2018-07-10", "--train-until", "2018-07-11"],
            ["--time", "at", "--test-from", "2018-07-10", "--test-until", "2018-07-09"],
            ["--time", "at", "--gap", "7d"],
            ["--gap", "seven"], ["--time", "fraud"], ["--resamples", "1"], ["--threads", "0"],
            ["--known-delay", "7d"],
        ])
    func contradictions(options: [String]) async throws {
        let workplace = try await World.shared().workplace()
        let outcome = try await workplace.risk(
            ["train", "--data", "vectors.csv", "--label", "fraud", "--output", "m.json"] + options)
        #expect(outcome.exitCode == 64)
        #expect(outcome.output == "")
        #expect(workplace.files == ["card.risk.json", "vectors.csv"])
    }
}
