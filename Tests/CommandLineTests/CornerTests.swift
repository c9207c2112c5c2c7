import Foundation
import RiskJSON
import Testing

/// Corners of the command line in which people have lost their way: each tells where the mistake is
/// and whose it is.
@Suite("Corners")
struct CornerTests {
    // MARK: results and talk

    @Test("Help, version and completions that cannot be written are a failed write")
    func helpToFullDisk() async throws {
        let workplace = try Workplace()
        for arguments in [
            "--help", "train --help", "--version", "--generate-completion-script bash",
        ] {
            let full = try await workplace.bash("risk \(arguments) > /dev/full")
            #expect(full.exitCode == 74)
            #expect(full.errors == "risk: standard output: No space left on device\n")
            let sound = try await workplace.bash("risk \(arguments)")
            #expect(sound.exitCode == 0)
            #expect(!sound.output.isEmpty)
            #expect(sound.errors == "")
        }
        let wrong = try await workplace.risk("nothing")
        #expect(wrong.exitCode == 64)
        #expect(wrong.output == "")
        #expect(wrong.errors.hasPrefix("Error: Unexpected argument 'nothing'\nUsage: risk"))
    }

    @Test("A model on standard output is the model and nothing else")
    func modelOnStandardOutput() async throws {
        let world = try await World.shared()
        let workplace = try world.workplace()
        let options = ["train"] + World.training + ["--name", "card"]
        let outcome = try await workplace.risk(options + ["--output", "-"])
        #expect(outcome.exitCode == 0)
        #expect(Array(outcome.output.utf8) == world.model)
        #expect(outcome.errors.contains("Trained: boosted stumps"))
        let report = try await workplace.risk(options + ["--output", "m.json", "--report", "-"])
        #expect(try JSONParser.parse(Array(report.output.utf8))["training"] != nil)
        for option in [["--output", "-"], ["--output", "m.json", "--report", "-"]] {
            let both = try await workplace.risk(options + option + ["--json"])
            #expect(both.exitCode == 64)
            #expect(both.errors.contains("- both write to standard output"))
        }
    }

    // MARK: usage

    @Test("A feature that is not in the model is a wrong command line")
    func unknownFeature() async throws {
        let workplace = try await World.shared().workplace()
        let outcome = try await workplace.risk("show", "card.risk.json", "--feature", "amuont")
        #expect(outcome.exitCode == 64)
        #expect(
            outcome.errors
                == "risk: card.risk.json: there is no feature \"amuont\"; did you mean \"amount\"?\n"
        )
    }

    @Test("A capacity out of bounds is told with the bounds", arguments: ["0", "-3", "1000000001"])
    func capacity(_ value: String) async throws {
        let workplace = try await World.shared().workplace()
        let outcome = try await workplace.risk(
            "evaluate", "--model", "card.risk.json", "--data", "vectors.csv", "--label", "fraud",
            "--capacity=\(value)")
        #expect(outcome.exitCode == 64)
        #expect(outcome.errors.contains("--capacity must be from 1 to 1000000000, not \(value)."))
    }

    @Test("A recipe's own options are told in its own words")
    func recipeOptions() async throws {
        let workplace = try Workplace()
        let models = Workplace.root.appending(path: "models").path
        let recipe = ["recipe", "card-misuse", "--models", models, "--simulated"]
        let customers = try await workplace.risk(recipe + ["--customers", "0"])
        #expect(customers.exitCode == 64)
        #expect(customers.errors == "risk: --customers must be from 20 to 10000000, not 0\n")
        let days = try await workplace.risk(recipe + ["--days", "9999"])
        #expect(days.exitCode == 64)
        #expect(days.errors == "risk: --days must be from 1 to 3660, not 9999\n")
    }

    @Test("All files of a recipe are checked before its first step")
    func recipeFiles() async throws {
        let workplace = try Workplace()
        let models = Workplace.root.appending(path: "models").path
        let broken = try await workplace.bash(
            """
            cp -r '\(models)' models && chmod -R u+w models && cd models/card-misuse
            grep -oE '[a-z-]+\\.yaml' recipe.yaml | sort -u > ../files
            for file in $(cat ../files); do echo 'unknown_key: 1' >> $file; done
            """)
        #expect(broken.exitCode == 0, "\(broken.errors)")
        let names = try workplace.text("models/files").split(separator: "\n")
        #expect(names.count >= 3)
        let outcome = try await workplace.risk(
            "recipe", "card-misuse", "--simulated", "--customers", "20")
        #expect(outcome.exitCode == 65)
        #expect(outcome.output == "", "a step ran before the files were checked")
        for name in names { #expect(outcome.errors.contains("\(name):"), "\(outcome.errors)") }
        #expect(workplace.files == ["models"])
    }

    // MARK: rows

    static let spec = """
        riskkit: features/1
        timezone: UTC
        events:
          report: { time: at, known: known, keys: [customer], fields: { count: integer } }
        features:
          reports_7d: { of: report, by: customer, aggregate: count, window: 7d }
        vectors:
          unit: report

        """

    @Test("An event known before it happened is named with its line, or rejected")
    func knownBeforeTime() async throws {
        let workplace = try Workplace()
        try workplace.write(Self.spec, to: "spec.yaml")
        try workplace.write(
            """
            at,known,customer,count
            2018-06-01,2018-06-02,a,1
            2018-06-03,2018-06-02,b,1
            2018-06-04,2018-06-04,a,2000000000000000
            2018-06-05,2018-06-05,a,3

            """, to: "log.csv")
        let extract = ["features", "--spec", "spec.yaml", "--events", "report=log.csv"]
        let failed = try await workplace.risk(extract + ["--output", "out.csv"])
        #expect(failed.exitCode == 65)
        #expect(
            failed.errors.contains(
                "log.csv:3: column known: expected a time not before at, 2018-06-03T00:00:00Z, "
                    + "found 2018-06-02T00:00:00Z"))
        #expect(
            failed.errors.contains(
                "log.csv:4: column count: the whole number 2000000000000000 is beyond"))
        #expect(!workplace.files.contains("out.csv"))
        let rejected = try await workplace.risk(
            extract + ["--output", "out.csv", "--rejects", "bad.csv"])
        #expect(rejected.exitCode == 0, "\(rejected.errors)")
        #expect(try workplace.text("out.csv").split(separator: "\n").count == 3)
        #expect(try workplace.text("bad.csv").split(separator: "\n").count == 3)
        #expect(try workplace.text("bad.csv").contains("log.csv,3,known,"))
    }

    @Test(
        "What a labelled row lacks is named with its line",
        arguments: [
            ("$2=\"\"", "at", "expected a value, found nothing"),
            ("$3=\"\"", "customer", "expected a value, found nothing"),
            ("$8=\"\"", "weight", "expected a weight, a finite number of 0 or more, found nothing"),
            ("$8=-1", "weight", "expected a weight, a finite number of 0 or more, found -1.0"),
            ("$7=2", "fraud", "expected 0, 1, true or false, found \"2\""),
        ])
    func lines(_ change: String, _ column: String, _ reason: String) async throws {
        let workplace = try await World.shared().workplace()
        // A row without a label comes before, so that counting rows with one would be off.
        let prepared = try await workplace.bash(
            "awk -F, -v OFS=, 'NR==1{$8=\"weight\"} NR>1{$8=1} NR==3{$7=\"\"} NR>=7&&NR<9{\(change)} 1' "
                + "vectors.csv > bad.csv")
        #expect(prepared.exitCode == 0)
        let common =
            "--data bad.csv --label fraud --time at --entity customer --weight weight"
            .split(separator: " ").map(String.init)
        for verb in [
            ["train", "--ignore", "transaction", "--output", "m.json"],
            ["evaluate", "--model", "card.risk.json"],
        ] {
            let outcome = try await workplace.risk([verb[0]] + common + verb.dropFirst())
            #expect(outcome.exitCode == 65)
            for line in 7...8 {
                #expect(
                    outcome.errors.contains("bad.csv:\(line): column \(column): \(reason)"),
                    "\(outcome.errors)")
            }
        }
    }

    @Test("A list that is no UTF-8 is refused with its line")
    func listOfBytes() async throws {
        let workplace = try Workplace()
        try workplace.write(
            """
            riskkit: features/1
            timezone: UTC
            lists:
              bad: { file: bad.txt }
            events:
              login: { time: at, keys: [customer] }
            features:
              bad_7d: { of: login, by: customer, aggregate: count, where: customer in bad, window: 7d }
            vectors:
              unit: login

            """, to: "spec.yaml")
        try workplace.write("at,customer\n2018-06-01,a\n", to: "log.csv")
        let extract = [
            "features", "--spec", "spec.yaml", "--events", "login=log.csv", "--output", "out.csv",
        ]
        try workplace.write("a\n\u{5F20}\n", to: "bad.txt")
        #expect(try await workplace.risk(extract).exitCode == 0)
        try workplace.write(Array("a\nb".utf8) + [0xFF, 0x0A], to: "bad.txt")
        let outcome = try await workplace.risk(extract)
        #expect(outcome.exitCode == 65)
        #expect(outcome.errors == "risk: ./bad.txt:2: a text that is no UTF-8\n")
    }

    @Test("Nothing to score is told and is no failure, whatever the form of the input")
    func nothingToScore() async throws {
        let workplace = try await World.shared().workplace()
        try workplace.write("", to: "none.jsonl")
        try workplace.write("transaction,amount,ratio,night\n", to: "none.csv")
        for name in ["none.jsonl", "none.csv"] {
            let outcome = try await workplace.risk(
                "score", "--model", "card.risk.json", "--input", name, "--output", "out.csv")
            #expect(outcome.exitCode == 0)
            #expect(outcome.errors == "risk: \(name): there are no rows, so there are no scores\n")
            #expect(try workplace.text("out.csv").hasSuffix("log_odds,probability,points\n"))
        }
    }

    @Test("No vectors at all is told, with the period of the events")
    func noVectors() async throws {
        let workplace = try Workplace()
        try workplace.write(Self.spec, to: "spec.yaml")
        try workplace.write(
            "at,known,customer,count\n2018-06-01,2018-06-02,a,1\n2018-06-03,2018-06-03,a,1\n",
            to: "log.csv")
        let outcome = try await workplace.risk(
            "features", "--spec", "spec.yaml", "--events", "report=log.csv", "--as-of",
            "2017-01-01", "--output", "out.csv", "--quiet")
        #expect(outcome.exitCode == 0)
        #expect(
            outcome.errors
                == "risk: no vectors: the events are from 2018-06-01T00:00:00Z to "
                + "2018-06-03T00:00:00Z; asked for were those of --as-of 2017-01-01T00:00:00Z\n")
        #expect(try workplace.text("out.csv").split(separator: "\n").count == 1)
    }

    // MARK: training

    @Test("A spec that did not make the table is refused, one that made a part of it is doubted")
    func foreignSpec() async throws {
        let workplace = try await World.shared().workplace()
        try workplace.write(Self.spec, to: "spec.yaml")
        let options = ["train"] + World.training + ["--output", "m.json", "--spec", "spec.yaml"]
        let foreign = try await workplace.risk(options)
        #expect(foreign.exitCode == 65)
        #expect(
            foreign.errors.contains("spec.yaml: the spec did not make vectors.csv: none of the"))
        #expect(!workplace.files.contains("m.json"))
        try workplace.write(
            Self.spec.replacingOccurrences(of: "reports_7d", with: "amount"), to: "spec.yaml")
        let partial = try await workplace.risk(options)
        #expect(partial.exitCode == 0)
        #expect(
            partial.errors.contains(
                "columns that are no features of the spec train as well: ratio, night;"))
    }

    @Test("Weights between which nothing can be learned are told as such")
    func extremeWeights() async throws {
        let workplace = try await World.shared().workplace()
        let prepared = try await workplace.bash(
            "awk -F, -v OFS=, 'NR==1{$8=\"weight\"} NR>1{$8=1} NR==9{$8=1e300} 1' vectors.csv > w.csv"
        )
        #expect(prepared.exitCode == 0)
        let outcome = try await workplace.risk(
            "train", "--data", "w.csv", "--label", "fraud", "--weight", "weight", "--ignore",
            "transaction", "at", "customer", "--learner", "logistic", "--output", "m.json")
        #expect(outcome.exitCode == 65)
        #expect(
            outcome.errors
                == "risk: w.csv: column weight: the weights reach from 1 to 1e+300, so that a few rows "
                + "outweigh all others and nothing can be fitted: bring them closer together\n")
    }
}
