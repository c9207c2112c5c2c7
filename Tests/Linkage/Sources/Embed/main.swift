import RiskModel
import RiskScoring

let table = ScoreTable(
    feature: 0, cutPoints: [100], units: [0, 262_144], missingUnits: 0, typicalUnits: 0)
let model = AdditiveModel(
    name: "linkage", features: [Feature(name: "spend_7d")], intercept: 0, tables: [table])
let scorer = Scorer(try AdditiveModel(artifact: model.artifact()))
let row: [Double] = [1250]
let score = scorer.score(row: row)
print(score.logOdds, score.probability, score.points)
for reason in scorer.reasons(row: row) { print(reason.text()) }
