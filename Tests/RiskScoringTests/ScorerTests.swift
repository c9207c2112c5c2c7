import RiskColumns
import RiskModel
import RiskScoring
import Testing

@Suite struct ScorerTests {
    /// Batch, one row and any number of threads equal the plain definition, on models and rows made
    /// of awkward values.
    @Test func everyPathGivesTheBitsOfThePlainDefinition() throws {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<60 {
            let model = AdditiveModel.random(using: &random)
            let scorer = Scorer(model)
            let rows = (0..<Int.random(in: 0...5000, using: &random)).map { _ in
                model.awkwardRow(using: &random)
            }
            let order = model.features.indices.shuffled(using: &random)
            let matrix = FeatureMatrix(
                names: order.map { model.features[$0].name } + ["of no use"],
                columns: order.map { feature in rows.map { $0[feature] } } + [rows.map { _ in 7 }],
                rowCount: rows.count)
            let scores = try scorer.score(matrix, threads: 1)
            #expect(scores.units == rows.map(model.units(values:)))
            for threads in 2...3 { #expect(try scorer.score(matrix, threads: threads) == scores) }
            for (index, row) in rows.enumerated() {
                let score = scorer.score(row: row)
                #expect(score == scores[index])
                #expect(score.probability == model.probability(values: row))
                #expect(Int(score.points) == model.scaling.points(probability: score.probability))
            }
        }
    }
}
