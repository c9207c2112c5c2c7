import Foundation
import RiskJSON
import RiskModel
import Testing

@Suite("risk train --learner logistic")
struct LogisticOptionsTests {
    private func train(_ options: String...) async throws -> (
        outcome: Workplace.Outcome, model: AdditiveModel?, report: Node?
    ) {
        let workplace = try await World.shared().workplace()
        let outcome = try await workplace.risk(
            ["train"] + World.training
                + ["--learner", "logistic", "--output", "m.json", "--report", "r.json"] + options)
        guard outcome.exitCode == 0 else { return (outcome, nil, nil) }
        return (
            outcome, try AdditiveModel(artifact: workplace.bytes("m.json")),
            try JSONParser.parse(workplace.bytes("r.json"))
        )
    }

    @Test("A plain fit tells its coefficients' errors, as text and in the report")
    func errors() async throws {
        let (outcome, model, report) = try await train("--confidence", "0.9")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("(intercept)") && outcome.output.contains("to 90 %"))
        #expect(outcome.output.contains("variance of the penalised estimates"))
        let coefficients = try #require(report?["run"]?["coefficients"])
        #expect(coefficients["confidence"] == 0.9)
        guard case .array(let rows)? = coefficients["rows"]?.content else {
            Issue.record("no rows")
            return
        }
        #expect(rows.count > (model?.linearTerms.count ?? 0))
        // They are for the report; the model file stays as small as it was.
        #expect(model?.lineage["run"]?["coefficients"] == nil)
    }

    @Test("An elastic net chooses lambda by folds and names it")
    func net() async throws {
        let (outcome, model, report) = try await train(
            "--penalty", "elasticnet", "--l1-ratio", "0.9", "--select", "1se", "--lambda-folds", "4"
        )
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("lambda ") && outcome.output.contains("1se"))
        let path = try #require(report?["run"]?["path"])
        #expect(path["chosen"] == path["1se"])
        #expect(report?["settings"]?["l1Ratio"] == 0.9)
        #expect(model != nil)
    }

    @Test("Firth's penalty fits, and signs are kept")
    func firthAndSigns() async throws {
        let (outcome, _, report) = try await train("--penalty", "firth")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("penalised likelihood"))
        #expect(report?["settings"]?["penalty"] == "firth")
        let feature = try #require(World.features.first)
        for sign in ["+", "-"] {
            let (outcome, model, _) = try await train("--sign", "\(feature)=\(sign)")
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            for term in model?.linearTerms ?? []
            where model?.features[term.feature].name == feature {
                #expect(sign == "+" ? term.coefficient >= 0 : term.coefficient <= 0)
            }
        }
    }

    @Test(
        "What does not go together is refused before anything is read",
        arguments: [
            (["--penalty", "firth", "--lambda", "1"], "has none"),
            (["--penalty", "none", "--path"], "has none"),
            (["--l1-ratio", "2"], "--l1-ratio must be from 0 to 1"),
            (["--l1-ratio", "0.5"], "belongs to --penalty elasticnet"),
            (["--lambda-folds", "1"], "--lambda-folds must be from 2 to 50"),
            (["--sign", "a=+", "--sign", "a=-"], "cannot be both"),
            (["--sign", "a"], "--sign"), (["--penalty", "lasso"], "--penalty"),
            (["--learner", "stumps", "--penalty", "l1"], "belongs to --learner logistic"),
        ])
    func refusals(options: [String], word: String) async throws {
        let workplace = try await World.shared().workplace()
        let learner = options.contains("--learner") ? [] : ["--learner", "logistic"]
        let outcome = try await workplace.risk(
            ["train"] + World.training + learner + ["--output", "n.json"] + options)
        #expect(outcome.exitCode == 64)
        #expect(outcome.errors.contains(word), "\(outcome.errors)")
    }

    @Test("A sign or an offset of a column that is not there is named")
    func unknown() async throws {
        for options in [["--sign", "nobody=+"], ["--offset", "nobody"]] {
            let (outcome, _, _) = try await train(options[0], options[1])
            #expect(outcome.exitCode == 65)
            #expect(outcome.errors.contains("there is no feature called \"nobody\""))
        }
    }
}
