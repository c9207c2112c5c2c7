import ModelCases
import RiskJSON
import RiskModel
import Testing

@Suite struct ArtifactTests {
    @Test func everyModelSurvivesItsFileToTheBit() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<100 {
            var model = AdditiveModel.random(using: &random)
            for _ in 0..<4 { model.addGoldenVector(values: model.awkwardRow(using: &random)) }
            let bytes = model.artifact()
            let read = try AdditiveModel(artifact: bytes)
            #expect(read == model)
            #expect(read.artifact() == bytes)
        }
    }

    /// The golden file: it was written once, and every version to come must read it and give the same
    /// scores. It is never regenerated; a new format gets a file of its own beside it.
    @Test func theFileOfTheFirstVersionLoadsForEver() throws {
        let bytes = try Fixture.bytes("sample.risk.json")
        let model = try AdditiveModel(artifact: bytes)
        #expect(model == .sample())
        #expect(model.artifact() == bytes)
        let scores: [([Double], Int64, Double, Int)] = [
            ([49, 0, 10, 1], -1_249_649, 0.0016357055000000003, 528),
            ([.nan, .nan, .nan, .nan], -1_205_354, 0.002986703, 545),
            ([1e6, 0.9, 400, .nan], 498_073, 0.8055737285714286, 754),
        ]
        for (values, units, probability, points) in scores {
            #expect(model.units(values: values) == units)
            #expect(model.probability(values: values) == probability)
            #expect(model.scaling.points(probability: probability) == points)
        }
    }

    @Test func aPersonCanReadIt() throws {
        let text = try String(decoding: Fixture.bytes("sample.risk.json"), as: UTF8.self)
        #expect(text.hasPrefix("{\n  \"riskkit\": \"model/1\",\n  \"name\": \"sample\",\n"))
        #expect(
            text.contains(
                """
                    {
                      "feature": "night_share_30d",
                      "cutPoints": [0.0, 0.1, 0.3333333333333333],
                      "units": [-20000, 0, 30001, 131072],
                      "missing": 12,
                      "typical": -9000
                    },
                """))
        #expect(text.contains("\"zh\": \"七天内消费 {value}\""))
        #expect(text.contains("\"values\": [null, null, null, null]"))
        #expect(text.contains("\"values\": [\"-inf\", \"-inf\", \"-inf\", \"-inf\"]"))
        #expect(text.hasSuffix("\"\n}\n"))
    }

    /// The digest is over the content, so space between tokens may change; everything else is noticed.
    @Test func everyChangedByteIsNoticed() throws {
        let bytes = AdditiveModel.sample().artifact()
        let model = AdditiveModel.sample()
        var unnoticed = 0
        for index in bytes.indices {
            for mask: UInt8 in [0x01, 0x10] {
                var changed = bytes
                changed[index] ^= mask
                if let read = try? AdditiveModel(artifact: changed) {
                    #expect(read == model, "byte \(index)")
                    unnoticed += 1
                }
            }
        }
        // A space that became a tab or the like; nothing that is content.
        #expect(unnoticed < bytes.count { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") })
    }

    @Test func everyTruncationIsRefused() {
        let bytes = AdditiveModel.sample().artifact()
        for count in 0..<bytes.count - 2 {
            #expect(throws: ArtifactError.self) {
                try AdditiveModel(artifact: Array(bytes[..<count]))
            }
        }
    }

    @Test func aChangedNumberIsNamedAsSuch() {
        var text = String(decoding: AdditiveModel.sample().artifact(), as: UTF8.self)
        text.replace("131072", with: "131073")
        let error = #expect(throws: ArtifactError.self) {
            try AdditiveModel(artifact: Array(text.utf8))
        }
        #expect(error?.path == "sha256")
        #expect(error?.line == text.split(separator: "\n").count - 1)
        #expect(error?.message.hasPrefix("the file was changed after it was written") == true)
    }

    @Test func aLaterVersionIsRefusedInClearWords() {
        let later = AdditiveModel.sample().document.setting("riskkit", to: "model/2").sealed
        let error = #expect(throws: ArtifactError.self) { try AdditiveModel(artifact: later) }
        #expect(
            error?.description
                == "line 2: riskkit: this file is of format model/2; this RiskKit reads model/1")
    }

    @Test(arguments: [
        ("", "line 1: column 1: expected a value, found the end"),
        ("{}", "line 1: riskkit: expected \"model/1\": this file is no RiskKit model"),
        ("[]", "line 1: expected a model, found a list"),
        (
            "{\"riskkit\": 1}",
            "line 1: riskkit: expected \"model/1\": this file is no RiskKit model"
        ),
        (
            "{\"riskkit\": \"features/1\"}",
            "line 1: riskkit: expected \"model/1\", found \"features/1\""
        ),
        (
            "{\"riskkit\": \"model/-1\"}",
            "line 1: riskkit: expected \"model/1\", found \"model/-1\""
        ),
        (
            "{\"riskkit\": \"model/1\"}",
            "line 1: sha256: expected the digest of the content as the last member"
        ),
        (
            "{\"riskkit\": \"model/1\",\n\"a\": 1,\n\"a\": 2}",
            "line 3: column 4: the key \"a\" stands twice"
        ),
    ])
    func whatIsNoModelIsRefused(_ text: String, _ message: String) {
        let error = #expect(throws: ArtifactError.self) {
            try AdditiveModel(artifact: Array(text.utf8))
        }
        #expect(error?.description == message)
    }

    /// Wrong shapes behind a digest that fits: each is named with its line and path.
    @Test(
        arguments: [
            ("name", nil, "line 1: expected a member \"name\""),
            ("name", 7, "line 3: name: expected a text, found a whole number"),
            (
                "featuers", [],
                "featuers: \"featuers\" is not known here; did you mean \"features\"?"
            ),
            ("intercept", 0.5, "intercept: expected a whole number"),
            ("tables", .object(["a": 1]), "tables: expected a list, found a mapping"),
            ("tables[0]", 3, "tables[0]: expected a mapping, found a whole number"),
            (
                "tables[0].feature", "spend_7",
                "tables[0].feature: \"spend_7\" is no feature of this model; did you mean \"spend_7d\"?"
            ),
            ("tables[0].cutPoints[1]", "0.1", "tables[0].cutPoints[1]: expected a number"),
            (
                "tables[0].units[2]", Node(.integer(2_147_483_648)),
                "tables[0].units[2]: expected a whole number from -2147483648 to 2147483647"
            ),
            ("tables[0].units[2]", 1.5, "tables[0].units[2]: expected a whole number"),
            ("tables[0].points", [], "tables[0].points: \"points\" is not known here"),
            ("calibration.kind", "isotonik", "did you mean \"isotonic\"?"),
            ("calibration.slope", 1, "calibration.slope: \"slope\" is not known here"),
            ("calibration.logOdds", nil, "calibration: expected a member \"logOdds\""),
            ("points.baseOdds", "1%", "points.baseOdds: expected a number"),
            (
                "featureSpec.spec.timezone", "UTC",
                "featureSpec.fingerprint: expected the spec's SHA-256"
            ),
            (
                "goldenVectors[0].values[1]", "infinity",
                "goldenVectors[0].values: expected numbers, null, \"inf\" or \"-inf\""
            ),
            ("goldenVectors[0].units", "1", "goldenVectors[0].units: expected a whole number"),
            (
                "features[0].reason.customer.en", ["x"],
                "features[0].reason.customer.en: expected a text"
            ),
        ] as [(String, Node?, String)])
    func wrongShapesAreNamed(_ path: String, _ value: Node?, _ message: String) {
        let error = #expect(throws: ArtifactError.self) {
            try AdditiveModel(
                artifact: AdditiveModel.sample().document.setting(path, to: value).sealed)
        }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        #expect(error?.line != nil)
    }

    @Test func theSealMustComeLast() {
        let document = AdditiveModel.sample().document
        let moved = document.setting("sha256", to: Node(document.sha256())).setting("extra", to: 1)
        let error = #expect(throws: ArtifactError.self) {
            try AdditiveModel(artifact: Array(moved.json().utf8))
        }
        #expect(error?.path == "sha256")
    }

    @Test func mistakesAreNamedAllAtOnce() {
        let document = AdditiveModel.sample().document
            .setting("name", to: nil).setting("tables[1].missing", to: "x")
            .setting("points.baseOdds", to: true)
        let error = #expect(throws: ArtifactError.self) {
            try AdditiveModel(artifact: document.sealed)
        }
        #expect(error?.mistakes.count == 3)
    }

    @Test func goldenVectorsAreReplayedToTheBit() throws {
        let document = AdditiveModel.sample().document
        let wrongUnits = document.setting("goldenVectors[1].units", to: 5)
        let error = #expect(throws: ArtifactError.self) {
            try AdditiveModel(artifact: wrongUnits.sealed)
        }
        #expect(error?.path == "goldenVectors[1].units")
        let model = AdditiveModel.sample()
        let lastBit = model.goldenVectors[1].probability.nextUp
        let wrongBit = document.setting("goldenVectors[1].probability", to: Node(lastBit))
        let bitError = #expect(throws: ArtifactError.self) {
            try AdditiveModel(artifact: wrongBit.sealed)
        }
        #expect(bitError?.path == "goldenVectors[1].probability")
        #expect(bitError?.line ?? 0 > 10)
    }
}

extension AdditiveModel {
    /// The artifact as a document.
    var document: Node { try! JSONParser.parse(artifact()) }
}
