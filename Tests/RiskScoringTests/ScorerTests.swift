import ModelCases
import CRiskKernels
import RiskColumns
import RiskModel
import RiskScoring
import Testing

@Suite struct ScorerTests {
    /// Batch, one row and any number of threads equal the plain definition, on models and rows made
    /// of awkward values.
    @Test func everyPathGivesTheBitsOfThePlainDefinition() throws {
        var random = SeededGenerator(seed: 2)
        for round in 0..<40 {
            let model = AdditiveModel.random(using: &random)
            let scorer = Scorer(model)
            let count = round < 4 ? 9000 : Int.random(in: 0...600, using: &random)
            let rows = (0..<count).map { _ in model.awkwardRow(using: &random) }
            let order = model.features.indices.shuffled(using: &random)
            let matrix = FeatureMatrix(
                names: order.map { model.features[$0].name } + ["of no use"],
                columns: order.map { feature in rows.map { $0[feature] } } + [rows.map { _ in 7 }],
                rowCount: rows.count)
            let scores = try scorer.score(matrix, threads: 1)
            #expect(scores.units == rows.map(model.units(values:)))
            for threads in 2...3 { #expect(try scorer.score(matrix, threads: threads) == scores) }
            let alone = rows.map { scorer.score(row: $0) }
            #expect(alone == rows.indices.map { scores[$0] })
            #expect(scores.probability == rows.map(model.probability(values:)))
            #expect(
                scores.points
                    == scores.probability.map { Int32(model.scaling.points(probability: $0)) })
        }
    }

    @Test func aModelWithoutFeaturesScoresItsIntercept() throws {
        let scorer = Scorer(AdditiveModel(name: "constant", features: [], intercept: 262_144))
        #expect(scorer.score(row: []).logOdds == 1)
        #expect(scorer.reasons(row: []).isEmpty)
        let matrix = FeatureMatrix(names: [], columns: [], rowCount: 3)
        #expect(try scorer.score(matrix, threads: 2).units == [262_144, 262_144, 262_144])
    }

    @Test func noRowsAreFine() throws {
        let scorer = Scorer(AdditiveModel(name: "m", features: [Feature(name: "a")], intercept: 0))
        let matrix = FeatureMatrix(names: ["a"], columns: [[]], rowCount: 0)
        #expect(try scorer.score(matrix, threads: 4).count == 0)
    }

    /// Tables as large as a model may have: 65,535 cut points, and none at all.
    @Test func theLargestTableIsSearchedRight() {
        var random = SeededGenerator(seed: 6)
        let cuts = (0..<65_535).map { Double($0) / 7 }
        let table = ScoreTable(
            feature: 0, cutPoints: cuts, units: (0...65_535).map { Int32($0) }, missingUnits: -1,
            typicalUnits: 0)
        let scorer = Scorer(
            AdditiveModel(
                name: "m", features: [Feature(name: "a")], intercept: 0, tables: [table]))
        for _ in 0..<3000 {
            let value = awkwardValue(for: table, using: &random)
            #expect(scorer.score(row: [value]).units == Int64(table.units(of: value)))
        }
    }

    @Test func columnsAreMatchedByNameOrRefused() {
        let features = ["spend_7d", "night_share"].map { Feature(name: $0) }
        let scorer = Scorer(AdditiveModel(name: "m", features: features, intercept: 0))
        func error(_ names: [String]) -> ScoringError? {
            let matrix = FeatureMatrix(names: names, columns: names.map { _ in [1] }, rowCount: 1)
            return #expect(throws: ScoringError.self) { try scorer.score(matrix, threads: 1) }
        }
        #expect(
            error(["spend_7", "nigth_share"])?.description == """
                column "spend_7d" is missing; did you mean "spend_7"?
                column "night_share" is missing; did you mean "nigth_share"?
                """)
        #expect(error(["spend_7d", "night_share", "spend_7d"]) == .duplicateColumn("spend_7d"))
        #expect(error([])?.description.contains("\"spend_7d\" is missing") == true)
    }
}
