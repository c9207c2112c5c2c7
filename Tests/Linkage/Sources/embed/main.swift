// The scorer in somebody else's service: a model file, a vector, a score, its reasons.
import Glibc
import RiskModel
import RiskScoring

func bytes(of path: String) -> [UInt8] {
    guard let file = fopen(path, "rb") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&piece, 1, piece.count, file), count > 0 {
        bytes += piece[..<count]
    }
    return bytes
}

let scorer = Scorer(try AdditiveModel(artifact: bytes(of: CommandLine.arguments[1])))
let row = scorer.layout.map { _ in 1.0 }
let score = scorer.score(row: row)
print("\(scorer.model.name): probability \(score.probability), \(score.points) points")
for reason in scorer.reasons(row: row, top: 3) { print("- \(reason.text(language: "en"))") }
