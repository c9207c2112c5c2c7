import RiskJSON
import RiskModel
import Testing

@Suite struct ArtifactTests {
    @Test func everyModelSurvivesItsFileToTheBit() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<300 {
            var model = AdditiveModel.random(using: &random)
            for _ in 0..<4 { model.addGoldenVector(values: model.awkwardRow(using: &random)) }
            let bytes = model.artifact()
            let read = try AdditiveModel(artifact: bytes)
            #expect(read == model)
            #expect(read.artifact() == bytes)
        }
    }
}
