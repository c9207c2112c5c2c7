import RiskJSON
import RiskModel
import Testing

@Suite("risk show and risk verify")
struct ShowTests {
    @Test(
        "The overview names the model, its origin and every feature; those that move the score most first"
    )
    func overview() async throws {
        let world = try await World.shared()
        let workplace = try world.workplace()
        let outcome = try await workplace.risk("show", "card.risk.json")
        #expect(outcome.exitCode == 0)
        let model = try AdditiveModel(artifact: world.model)
        #expect(outcome.output.hasPrefix("card\n"))
        #expect(outcome.output.contains(SHA256.hexadecimal(world.csv.utf8)))
        let reach = model.tables.map { table in
            (model.features[table.feature].name, Int(table.units.max()!) - Int(table.units.min()!))
        }
        #expect(reach.count > 1)
        let shown = outcome.output.split(separator: "\n").compactMap { line in
            reach.first { line.hasPrefix("  \($0.0) ") }?.0
        }
        #expect(shown.sorted() == reach.map(\.0).sorted())
        let strongest = try #require(reach.max { $0.1 < $1.1 })
        #expect(shown.first == strongest.0)
    }

    @Test("A feature's table for machines is the model's own, in log-odds")
    func feature() async throws {
        let world = try await World.shared()
        let workplace = try world.workplace()
        let outcome = try await workplace.risk(
            "show", "card.risk.json", "--feature", "ratio", "--json")
        #expect(outcome.exitCode == 0)
        let shown = try JSONParser.parse(Array(outcome.output.utf8))
        let model = try AdditiveModel(artifact: world.model)
        let table = try #require(model.tables.first { model.features[$0.feature].name == "ratio" })
        #expect(shown["cutPoints"] == .array(table.cutPoints.map { Node($0) }))
        #expect(shown["logOdds"] == .array(table.units.map { Node(LogOdds.value(Int64($0))) }))

        let text = try await workplace.risk("show", "card.risk.json", "--feature", "ratio")
        #expect(text.output.contains("missing"))
        let unknown = try await workplace.risk("show", "card.risk.json", "--feature", "ration")
        #expect(unknown.exitCode == 64)
        #expect(unknown.errors.contains("did you mean \"ratio\"?"))
    }

    @Test("Beside each bin stands its standard deviation over bags, where the model has one")
    func bands() async throws {
        let world = try await World.shared()
        let workplace = try world.workplace()
        let plain = try AdditiveModel(artifact: world.model)
        let arguments = ["show", "card.risk.json", "--feature", "ratio"]
        // Few events: the model of this world is one of bags.
        let shown = try await workplace.risk(arguments + ["--json"])
        let node = try JSONParser.parse(Array(shown.output.utf8))
        let table = try #require(plain.tables.first { plain.features[$0.feature].name == "ratio" })
        guard case .array(let deviations)? = node["deviations"]?.content else {
            Issue.record("no deviations")
            return
        }
        #expect(deviations.count == table.units.count)
        #expect(try await workplace.risk(arguments).output.contains("± 0."))
        // Bands that do not fit the table are not believed.
        for wrong in [
            Node.array([.object(["feature": "ratio", "deviations": [1], "missing": 0])]), "none",
        ] {
            var model = plain
            model.lineage = .object(["bands": wrong])
            try workplace.write(model.artifact(), to: "card.risk.json")
            let outcome = try await workplace.risk(arguments)
            #expect(outcome.exitCode == 0 && !outcome.output.contains("±"))
        }
    }

    @Test("verify says what it checked, and the file's digest")
    func verify() async throws {
        let world = try await World.shared()
        let workplace = try world.workplace()
        let outcome = try await workplace.risk("verify", "card.risk.json")
        #expect(outcome.exitCode == 0)
        #expect(outcome.output.contains("golden vectors get their scores to the bit"))
        let json = try await workplace.risk("verify", "card.risk.json", "--json")
        let report = try JSONParser.parse(Array(json.output.utf8))
        #expect(report["holds"] == true)
        #expect(report["sha256"] == Node(SHA256.hexadecimal(world.model)))
    }

    @Test(
        "A sound file whose golden vectors score differently does not hold: 1 to verify, 65 to score"
    )
    func doesNotHold() async throws {
        let world = try await World.shared()
        let workplace = try world.workplace()
        var model = try AdditiveModel(artifact: world.model)
        model.goldenVectors[1].units += 1
        try workplace.write(model.artifact(), to: "card.risk.json")
        let verified = try await workplace.risk("verify", "card.risk.json")
        #expect(verified.exitCode == 1)
        #expect(verified.output == "")
        #expect(verified.errors.contains("goldenVectors[1]"))
        let scored = try await workplace.risk(
            "score", "--model", "card.risk.json", "--input", "vectors.csv", "--output", "s.csv")
        #expect(scored.exitCode == 65)
    }
}
