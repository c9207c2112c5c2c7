import Foundation
import RiskJSON
import RiskModel
import Testing

/// The recipes for real data. Every machine runs them on small made-up files with the columns of the real
/// ones; where the real ones are, `RISKKIT_LONG=1` runs them there too.
@Suite("Recipes for real data")
struct RealDataRecipeTests {
    static let models = Workplace.root.appending(path: "models").path
    static let tables = ["credit-default", "telecom-subscriber"]

    /// A folder of data with made-up files.
    private func workplace() throws -> Workplace {
        let workplace = try Workplace()
        for folder in ["registrations", "credit", "telecom"] {
            try FileManager.default.createDirectory(
                at: workplace.folder.appending(path: "data/\(folder)"),
                withIntermediateDirectories: true)
        }
        return workplace
    }

    @Test(
        "Without the data it says which files are missing, whence they come, and how to name the folder",
        arguments: tables + ["registration"])
    func missing(_ name: String) async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.risk(
            "recipe", name, "--models", Self.models, "--data", "nowhere")
        #expect(outcome.exitCode == 66)
        #expect(outcome.output == "")
        #expect(outcome.errors.contains("which is not here: nowhere/"))
        #expect(outcome.errors.contains("it comes from "))
        #expect(outcome.errors.contains("--data or RISKKIT_DATA; datasets/README.md"))
        #expect(workplace.files == ["runs"] || workplace.files == [])
    }

    @Test("They have no simulated world", arguments: tables + ["registration"])
    func simulated(_ name: String) async throws {
        let workplace = try Workplace()
        for option in [["--simulated"], ["--days", "9"], ["--shift"]] {
            let outcome = try await workplace.risk(
                ["recipe", name, "--models", Self.models, "--data", "nowhere"] + option)
            // A recipe of events looks for its logs before it looks at --shift.
            #expect(outcome.exitCode == (option == ["--shift"] && name == "registration" ? 66 : 64))
            #expect(outcome.errors.contains(name))
        }
    }

    @Test("registration: words become labels, and fraud from new addresses is found")
    func registration() async throws {
        let workplace = try workplace()
        try workplace.write(
            MadeUpData.registrations, to: "data/registrations/registrations.csv")
        let arguments = [
            "recipe", "registration", "--models", Self.models, "--data", "data", "--resamples", "0",
        ]
        let outcome = try await workplace.risk(arguments + ["--output", "run"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("EVENT_LABEL of registration: fraud 1, legit 0"))
        #expect(
            outcome.output.contains("tested on 2022-11-18 to 2023-03-07; 95 % intervals"))
        #expect(!outcome.output.contains("SIMULATED"))
        #expect(outcome.output.contains("\n1. "))
        #expect(try workplace.text("run/registration.csv").contains(",1\n"))
        let verified = try await workplace.risk("verify", "run/registration.risk.json")
        #expect(verified.exitCode == 0, "\(verified.errors)")
        let json = try await workplace.risk(arguments + ["--json", "--output", "run"])
        let document = try JSONParser.parse(Array(json.output.utf8))
        #expect(document["simulated"] == false)
        // Every registration of the period is tested, also of the last days.
        let rows = document["models"]?["registration"]?["test"]?["rows"]
        let expected = MadeUpData.registrations.split(separator: "\n").count {
            let time = $0.split(separator: ",").dropFirst(2).first ?? ""
            return time >= "2022-11-18" && time < "2023-03-07" && $0.hasPrefix("1")
        }
        #expect(rows == Node(expected))
    }

    @Test("A word that is neither is refused, with its row")
    func otherWord() async throws {
        let workplace = try workplace()
        try workplace.write(
            "ip_address,email_address,EVENT_TIMESTAMP,EVENT_LABEL\n"
                + "1.2.3.4,a@x,2022-05-30T00:00:18Z,legit\n1.2.3.4,b@x,2022-05-30T00:00:18Z,frod\n",
            to: "data/registrations/registrations.csv")
        let outcome = try await workplace.risk(
            "recipe", "registration", "--models", Self.models, "--data", "data")
        #expect(outcome.exitCode == 65)
        #expect(
            outcome.errors.contains(
                "row 2: column EVENT_LABEL: expected fraud or legit, found \"frod\""))
    }

    @Test("credit-default: all models by folds, groups, a model that verifies, a list with reasons")
    func credit() async throws {
        let workplace = try workplace()
        try workplace.write(MadeUpData.credit, to: "data/credit/uci-default.csv")
        let outcome = try await workplace.bash(
            """
            set -e
            gzip data/credit/uci-default.csv
            risk recipe credit-default --models '\(Self.models)' --data data --output run
            risk verify run/credit-default.risk.json
            risk show run/credit-default.risk.json
            """)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("5 folds by chance (seed 42, stratified)"))
        for name in ["logistic", "scorecard", "all-columns", "credit-default", "women", "below 30"]
        {
            #expect(outcome.output.contains("\n\(name) "), "\(name)")
        }
        #expect(outcome.output.contains("- months behind with payments in September"))
        // Who somebody is is in no model that is kept.
        let model = try AdditiveModel(artifact: workplace.bytes("run/credit-default.risk.json"))
        let person: Set = ["GENDER", "EDUCATION", "MARRIAGE", "AGE", "ID"]
        #expect(person.isDisjoint(with: model.features.map(\.name)))
        #expect(model.features.allSatisfy { $0.reason?.investigator["zh"] != nil })
    }

    @Test("telecom-subscriber: neighbours' labels help where fraud comes in rings")
    func rings() async throws {
        let document = try await telecom(rings: true)
        let (own, with) = (
            area(document, "telecom-subscriber"), area(document, "stumps-neighbours")
        )
        #expect(with > own + 0.05)
    }

    @Test("telecom-subscriber: where neighbours say nothing nothing is gained: no label leaks")
    func noLeak() async throws {
        // Own behaviour is noise too, and each row is linked with itself as well.
        let document = try await telecom(rings: false)
        for name in ["stumps-neighbours", "logistic-neighbours", "scorecard-neighbours"] {
            #expect(abs(area(document, name) - 0.5) < 0.1, "\(name)")
        }
    }

    private func telecom(rings: Bool) async throws -> Node {
        let workplace = try workplace()
        let (subscribers, edges) = MadeUpData.telecom(rings: rings)
        try workplace.write(subscribers, to: "data/telecom/subscribers.csv")
        try workplace.write(edges, to: "data/telecom/edges.csv")
        let outcome = try await workplace.bash(
            """
            set -e
            gzip data/telecom/edges.csv
            risk recipe telecom-subscriber --models '\(Self.models)' --data data --output run --json
            risk verify run/telecom-subscriber.risk.json > /dev/null
            """)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        return try JSONParser.parse(Array(outcome.output.utf8))
    }

    private func area(_ document: Node, _ name: String) -> Double {
        guard
            case .number(let value)? = document["models"]?[name]?["rocAUC"]?["mean"]?.content
        else { return .nan }
        return value
    }

    @Test("Every mistake in a recipe for a table is named at once")
    func mistakes() async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.bash(
            """
            mkdir models; cp -r '\(Self.models)/telecom-subscriber' models/bad; cd models/bad
            sed -i 's/^main: .*/main: telecom-subscribers/; s/learner: scorecard }/learner: scorecards }/
              s/capacity: 100/capacity: 0/; /^neighbours:/d; s/  spends .*/  spends: { column: arpu, from: 9, to: 1 }/
              s/  label: label/  labl: label/' recipe.yaml
            cd ../..; risk recipe bad
            """)
        #expect(outcome.exitCode == 65)
        for message in [
            "did you mean \"telecom-subscriber\"?", "did you mean \"scorecard\"?",
            "folds.capacity", "the recipe has no \"neighbours\"",
            "expected \"from\" at most \"to\"",
            "did you mean \"label\"?",
        ] {
            #expect(outcome.errors.contains(message), "\(message)")
        }
    }

    @Test("A subscriber with two rows, and a column that is not there, are refused")
    func badTables() async throws {
        let workplace = try workplace()
        let lines = MadeUpData.credit.split(separator: "\n")
        try workplace.write(
            (lines + [lines[1]]).joined(separator: "\n") + "\n", to: "data/credit/uci-default.csv")
        let run =
            "gzip -f data/credit/uci-default.csv; risk recipe credit-default --models "
            + "'\(Self.models)' --data data"
        let twice = try await workplace.bash(run)
        #expect(twice.exitCode == 65)
        #expect(twice.errors.contains("column ID: 1 has two rows"))
        try workplace.write(
            MadeUpData.credit.replacing("GENDER", with: "SEX"), to: "data/credit/uci-default.csv")
        let column = try await workplace.bash(run)
        #expect(column.exitCode == 65)
        #expect(column.errors.contains("has no column GENDER"))
    }

    // MARK: the real files

    private static func real(_ path: String) -> String? {
        let given = ProcessInfo.processInfo.environment["RISKKIT_DATA"]
        let folder = given ?? Workplace.root.appending(path: "../shared/data").path
        let isLong = ProcessInfo.processInfo.environment["RISKKIT_LONG"] == "1"
        return isLong && FileManager.default.fileExists(atPath: "\(folder)/\(path)")
            ? folder : nil
    }

    @Test(
        "On the real table: the AUC that the card promises",
        .enabled(
            if: real("telecom/subscribers.csv") != nil && real("credit/uci-default.csv.gz") != nil,
            "skipped: RISKKIT_LONG=1 runs it, where the data is on this machine"),
        arguments: [("telecom-subscriber", 0.957), ("credit-default", 0.77)])
    func realTables(_ name: String, _ least: Double) async throws {
        let workplace = try Workplace()
        let data = try #require(Self.real("telecom/subscribers.csv"))
        let outcome = try await workplace.risk(
            "recipe", name, "--models", Self.models, "--data", data, "--json")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(area(try JSONParser.parse(Array(outcome.output.utf8)), name) >= least)
    }

    @Test(
        "On the real registrations: an AUC of 0.99 on the last 30 %",
        .enabled(
            if: real("registrations/registrations.csv") != nil,
            "skipped: RISKKIT_LONG=1 runs it, where the data is on this machine"))
    func realRegistrations() async throws {
        let workplace = try Workplace()
        let data = try #require(Self.real("registrations/registrations.csv"))
        let outcome = try await workplace.risk(
            "recipe", "registration", "--models", Self.models, "--data", data, "--json",
            "--resamples", "0")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let document = try JSONParser.parse(Array(outcome.output.utf8))
        let metrics = document["models"]?["registration"]?["test"]?["metrics"]
        guard case .number(let area)? = metrics?["rocAUC"]?["value"]?.content else {
            Issue.record("no AUC")
            return
        }
        #expect(area >= 0.99)
    }

    @Test("The committed models verify", arguments: tables + ["registration"])
    func committedModels(_ name: String) async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.risk(
            "verify", "\(Self.models)/\(name)/\(name).risk.json")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }
}
