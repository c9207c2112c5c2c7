import Foundation
import RiskJSON
import Testing

@Suite("risk recipe and risk simulate")
struct RecipeTests {
    @Test("A recipe runs on a small simulated world, says so, and ends with a ranked list")
    func simulated() async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.risk(
            "recipe", "card-misuse", "--models", Workplace.root.appending(path: "models").path,
            "--simulated", "--customers", "400", "--days", "60", "--resamples", "0", "--output",
            "run")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("the world is SIMULATED, nothing in it is real"))
        #expect(outcome.output.contains("of a SIMULATED world"))
        #expect(outcome.output.contains("\n20. "))
        #expect(outcome.output.components(separatedBy: "\n    - ").count == 61)
        // What it made can be checked and scored with by hand.
        let verified = try await workplace.risk("verify", "run/card-misuse.risk.json")
        #expect(verified.exitCode == 0, "\(verified.errors)")
    }

    @Test("As JSON, the reports of every model")
    func json() async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.risk(
            "recipe", "card-misuse", "--models", Workplace.root.appending(path: "models").path,
            "--simulated", "--customers", "400", "--days", "60", "--resamples", "0", "--json")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let document = try JSONParser.parse(Array(outcome.output.utf8))
        #expect(document["simulated"] == true)
        guard case .object(let models)? = document["models"]?.content else {
            Issue.record("no models in the report")
            return
        }
        #expect(
            models.map(\.key) == [
                "handbook-logistic", "handbook-stumps", "handbook-bags", "logistic", "card-misuse",
            ])
    }

    @Test(
        "A recipe of the subscribers' world runs small, and measures itself against the truth",
        arguments: [
            ("account-takeover", "account", 3000, 1), ("sim-farm", "sim", 3000, 1),
            ("bulk-broadband", "line", 3000, 1), ("black-card", "sim", 2000, 1),
            // Smaller worlds, and most seeds, have no case in one of the periods.
            ("credential-sweep", "ip", 2500, 4), ("fake-registration", "sim", 9000, 1),
            ("scam-messages", "sim", 2500, 1),
        ])
    func subscribers(
        _ name: String, _ entity: String, _ customers: Int, _ seed: Int
    ) async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.risk(
            "recipe", name, "--models", Workplace.root.appending(path: "models").path,
            "--simulated", "--customers", "\(customers)", "--seed", "\(seed)", "--resamples", "0",
            "--json", "--output", "run")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let document = try JSONParser.parse(Array(outcome.output.utf8))
        let assessment = try #require(document["assessment"])
        for key in ["models", "singleFeatures", "worked", "caughtWithinSevenDays", "groups"] {
            #expect(assessment[key] != nil, "\(key)")
        }
        // A fraud counts as seen where a vector shows it on one of its days, and not on another.
        guard case .integer(let days)? = assessment["days"]?.content else {
            Issue.record("no days in the assessment")
            return
        }
        let seen = try await SeenFrauds.count(
            in: "run", entity: entity, fraud: name, days: Int(days), workplace)
        #expect(!seen.isEmpty)
        for (tactic, count) in seen {
            #expect(assessment["seen"]?[tactic] == Node(count), "\(tactic)")
        }
        // The truth is for measuring: no spec asks for it, so no command was given it.
        #expect(!outcome.errors.contains("truth.csv="))
        let verified = try await workplace.risk("verify", "run/\(name).risk.json")
        #expect(verified.exitCode == 0, "\(verified.errors)")
    }

    @Test(
        "A recipe that ends in leads writes them, for reading and for machines, and tells of them",
        arguments: [("false-trading", 1500, 1), ("counterfeit-ring", 3000, 1)])
    func leads(_ name: String, _ customers: Int, _ seed: Int) async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.risk(
            "recipe", name, "--models", Workplace.root.appending(path: "models").path,
            "--simulated", "--customers", "\(customers)", "--seed", "\(seed)", "--resamples", "0",
            "--output", "run")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("Against the truth of the SIMULATED world"))
        #expect(outcome.output.contains("Leads, as of the end of the test: "))
        #expect(outcome.output.contains("  run/leads.txt for reading, run/leads.json for machines"))
        #expect(!outcome.output.contains("truth.csv="))
        let bytes = try Data(contentsOf: workplace.folder.appending(path: "run/leads.json"))
        let document = try JSONParser.parse(Array(bytes))
        guard case .array(let leads)? = document["leads"]?.content, let first = leads.first else {
            Issue.record("no leads")
            return
        }
        for key in ["members", "links", "source", "timeline", "evidence"] {
            #expect(first[key] != nil, "\(key)")
        }
        let text = try String(
            contentsOf: workplace.folder.appending(path: "run/leads.txt"), encoding: .utf8)
        #expect(text.contains("\nLinks: what is shared, with whom, since when\n"))
    }

    @Test("--shift is for worlds whose gangs have other habits")
    func shift() async throws {
        let workplace = try Workplace()
        let refused = try await workplace.risk(
            "simulate", "card-misuse", "--shift", "--output", "world")
        #expect(refused.exitCode == 64)
        #expect(refused.errors.contains("have no other habits"))
        let outcome = try await workplace.bash(
            """
            set -e
            risk simulate world --subscribers 200 --days 4 --output a --quiet
            risk simulate world --subscribers 200 --days 4 --output b --quiet
            for file in a/*.csv; do cmp $file b/${file#a/}; done
            ls a | wc -l
            """)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output == "33\n")
    }

    @Test("A recipe's logs must each have a file in the simulated world, and its raw model exist")
    func simulatedLogs() async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.bash(
            """
            mkdir -p models; cp -r '\(Workplace.root.path)/models/sim-farm' models/bad
            sed -i '/^    sms: /d; s/raw: raw-logistic/raw: raw-logistics/' models/bad/recipe.yaml
            risk recipe bad
            """)
        #expect(outcome.exitCode == 65)
        #expect(outcome.errors.contains("expected the file of sms"))
        #expect(outcome.errors.contains("did you mean \"raw-logistic\"?"))
    }

    @Test("A recipe that is not there, and what there is")
    func unknown() async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.risk(
            "recipe", "card-misue", "--models", Workplace.root.appending(path: "models").path)
        #expect(outcome.exitCode == 66)
        #expect(outcome.errors.contains("there are account-takeover, black-card, bulk-broadband, "))
    }

    @Test("Every mistake in a recipe is named at once")
    func mistakes() async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.bash(
            """
            mkdir -p models; cp -r '\(Workplace.root.path)/models/card-misuse' models/bad
            sed -i 's/learner: logistic/learner: logistics/; s/^main: .*/main: card-misus/' models/bad/recipe.yaml
            risk recipe bad
            """)
        #expect(outcome.exitCode == 65)
        #expect(outcome.errors.contains("did you mean \"logistic\"?"))
        #expect(outcome.errors.contains("did you mean \"card-misuse\"?"))
    }

    @Test("The committed model verifies, and is of the committed spec")
    func committedModel() async throws {
        let workplace = try Workplace()
        let folder = Workplace.root.appending(path: "models/card-misuse").path
        let outcome = try await workplace.risk("verify", "\(folder)/card-misuse.risk.json")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }

    @Test("The same seed makes the same bytes; another seed others")
    func seeds() async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.bash(
            """
            set -e
            for run in "a 1" "b 1" "c 2"; do set -- $run
              risk simulate card-misuse --customers 50 --days 5 --seed $2 --output $1 --quiet
            done
            cmp a/transactions.csv b/transactions.csv && ! cmp -s a/transactions.csv c/transactions.csv
            """)
        #expect(outcome.exitCode == 0, "\(outcome.output)\(outcome.errors)")
    }
}
