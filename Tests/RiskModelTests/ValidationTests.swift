import ModelCases
import RiskJSON
import RiskModel
import Testing

/// What may not be: each change to a valid model is named with its path.
@Suite struct ValidationTests {
    @Test func theSampleIsValid() { #expect(AdditiveModel.sample().validate().isEmpty) }

    @Test func randomModelsAreValid() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<200 { #expect(AdditiveModel.random(using: &random).validate().isEmpty) }
    }

    struct Offence: Sendable, CustomTestStringConvertible {
        let path: String
        let change: @Sendable (inout AdditiveModel) -> Void

        init(_ path: String, _ change: @escaping @Sendable (inout AdditiveModel) -> Void) {
            self.path = path
            self.change = change
        }

        var testDescription: String { path }
    }

    static let offences: [Offence] = [
        Offence("name") { $0.name = "" },
        Offence("name") { $0.name = String(repeating: "n", count: 257) },
        Offence("name") { $0.name = "a\u{1b}[31m" },
        Offence("features[1].name") { $0.features[1].name = "spend_7d" },
        Offence("features[3].name") { $0.features[3].name = "" },
        Offence("features[3].name") { $0.features[3].name = "a\nb" },
        Offence("features[0].reason.customer") {
            $0.features[0].reason?.customer["English!"] = "x"
        },
        Offence("features[0].reason.customer.en") { $0.features[0].reason?.customer["en"] = "" },
        Offence("features[0].reason.investigator.en") {
            $0.features[0].reason?.investigator["en"] = String(repeating: "é", count: 2049)
        },
        Offence("tables[0].feature") { $0.tables[0].feature = 4 },
        Offence("tables[0].feature") { $0.tables[0].feature = -1 },
        Offence("tables[1].feature") { $0.tables[1].feature = 1 },
        Offence("linearTerms[0].feature") { $0.linearTerms[0].feature = 0 },
        Offence("linearTerms[0].feature") { $0.linearTerms[0].feature = .max },
        Offence("tables[0].cutPoints[1]") { $0.tables[0].cutPoints[1] = .nan },
        Offence("tables[0].cutPoints[2]") { $0.tables[0].cutPoints[2] = .infinity },
        Offence("tables[0].cutPoints[1]") { $0.tables[0].cutPoints[1] = 0 },
        Offence("tables[0].cutPoints[1]") { $0.tables[0].cutPoints[1] = -0.0 },
        Offence("tables[0].units") { $0.tables[0].units.removeLast() },
        Offence("tables[0].units") { $0.tables[0].cutPoints = [] },
        Offence("tables[0].typical") { $0.tables[0].typicalUnits = 131_073 },
        Offence("tables[0].typical") { $0.tables[0].typicalUnits = -20_001 },
        Offence("tables") { $0.tables[0].units[3] = 1 << 24 },
        Offence("tables") { $0.tables[0].missingUnits = .min },
        Offence("tables[0].cutPoints") {
            $0.tables[0].cutPoints = (0...65_535).map { Double($0) }
            $0.tables[0].units = [Int32](repeating: 0, count: 65_537)
        },
        Offence("linearTerms[0].coefficient") { $0.linearTerms[0].coefficient = .nan },
        Offence("linearTerms[0].coefficient") { $0.linearTerms[0].coefficient = -.infinity },
        Offence("linearTerms[0].missing") { $0.linearTerms[0].missingUnits = 8_388_609 },
        Offence("linearTerms[0].typical") { $0.linearTerms[0].typicalUnits = .min },
        Offence("intercept") { $0.intercept = .min },
        Offence("calibration.logOdds") {
            $0.calibration = .isotonic(logOdds: [], probabilities: [])
        },
        Offence("calibration.probabilities") {
            $0.calibration = .isotonic(logOdds: [1, 2], probabilities: [0.5])
        },
        Offence("calibration.logOdds[1]") {
            $0.calibration = .isotonic(logOdds: [1, 1], probabilities: [0.5, 0.5])
        },
        Offence("calibration.logOdds[0]") {
            $0.calibration = .isotonic(logOdds: [.min, .max], probabilities: [0.5, 0.5])
        },
        Offence("calibration.probabilities[1]") {
            $0.calibration = .isotonic(logOdds: [1, 2], probabilities: [0.5, 0.4])
        },
        Offence("calibration.probabilities[0]") {
            $0.calibration = .isotonic(logOdds: [1], probabilities: [.nan])
        },
        Offence("calibration.probabilities[0]") {
            $0.calibration = .isotonic(logOdds: [1], probabilities: [(1.0).nextUp])
        },
        Offence("calibration.slope") { $0.calibration = .platt(slope: 0, intercept: 0) },
        Offence("calibration.slope") { $0.calibration = .platt(slope: -1, intercept: 0) },
        Offence("calibration.slope") { $0.calibration = .platt(slope: .nan, intercept: 0) },
        Offence("calibration.intercept") {
            $0.calibration = .platt(slope: 1, intercept: .infinity)
        },
        Offence("points.basePoints") { $0.scaling.basePoints = .nan },
        Offence("points.baseOdds") { $0.scaling.baseOdds = 0 },
        Offence("points.pointsToDoubleOdds") { $0.scaling.pointsToDoubleOdds = -20 },
        Offence("goldenVectors[0].values") { $0.goldenVectors[0].values.removeLast() },
        Offence("goldenVectors[0].probability") { $0.goldenVectors[0].probability = 2 },
        Offence("goldenVectors") {
            $0.goldenVectors = .init(repeating: $0.goldenVectors[0], count: 1025)
        },
        Offence("featureSpec") { $0.featureSpec = [Node(.number(.nan))] },
        Offence("policy") { $0.policy = .object([Node.Member("a", 1), Node.Member("a", 2)]) },
        Offence("lineage") {
            $0.lineage = (0..<25).reduce(Node(1)) { node, _ in .array([node]) }
        },
    ]

    @Test(arguments: offences)
    func anOffenceIsNamedWithItsPath(_ offence: Offence) {
        var model = AdditiveModel.sample()
        offence.change(&model)
        let mistakes = model.validate()
        #expect(mistakes.contains { $0.path == offence.path }, "\(mistakes)")
        #expect(mistakes.count <= 2, "\(mistakes)")
    }

    @Test func withoutLinearTermsTheWholeSumFitsTwentyFourBits() {
        let table = ScoreTable(
            feature: 0, cutPoints: [], units: [1 << 23], missingUnits: 0, typicalUnits: 0)
        var model = AdditiveModel(
            name: "m", features: [Feature(name: "a")], intercept: -(1 << 23), tables: [table])
        #expect(model.validate().isEmpty)
        model.intercept -= 1
        #expect(model.validate().map(\.path) == ["intercept"])
        model.intercept = .min
        #expect(model.validate().map(\.path) == ["intercept"])
    }

    /// As many golden vectors as promised, each with the score that the model gives.
    @Test func goldenVectorsAreAddedFromAwkwardRows() {
        let model = AdditiveModel.sample()
        #expect((10...16).contains(model.goldenVectors.count))
        #expect(model.replayGoldenVectors().isEmpty)
        #expect(model.goldenVectors.contains { $0.values.allSatisfy(\.isNaN) })
        #expect(model.goldenVectors.contains { $0.values.contains(.infinity) })
        #expect(model.goldenVectors.contains { $0.values[0] == 50.0.nextUp.nextUp })
        var moved = model
        moved.intercept += 1
        #expect(moved.replayGoldenVectors().count == model.goldenVectors.count)
    }
}
