import RiskColumns
import RiskJSON
import RiskModel

extension AdditiveModel {
    /// A model with one of everything, whose figures are chosen and never change: the committed
    /// `Fixtures/sample.risk.json` is this model's file.
    static func sample() -> AdditiveModel {
        var model = AdditiveModel(
            name: "sample",
            features: [
                Feature(
                    name: "spend_7d",
                    reason: ReasonTexts(
                        investigator: ["en": "{value} spent in seven days", "zh": "七天内消费 {value}"],
                        customer: ["en": "More was spent than usual"])),
                Feature(name: "night_share_30d"),
                Feature(name: "amount"),
                Feature(name: "unused"),
            ],
            intercept: -1_205_863,
            tables: [
                ScoreTable(
                    feature: 1, cutPoints: [0, 0.1, 1.0 / 3], units: [-20_000, 0, 30_001, 131_072],
                    missingUnits: 12, typicalUnits: -9_000),
                ScoreTable(
                    feature: 0, cutPoints: [-1e300, 50, 50.0.nextUp, 1e5],
                    units: [-70_000, -50_000, 1, 262_144, 524_288], missingUnits: -3,
                    typicalUnits: -31_415),
            ],
            linearTerms: [
                LinearTerm(feature: 2, coefficient: 0.01, missingUnits: 500, typicalUnits: 2_000)
            ],
            calibration: .isotonic(
                logOdds: [-1_300_000, -900_000, 0, 700_000],
                probabilities: [0.0001, 0.0123, 0.4, 0.97]),
            scaling: PointsScaling(basePoints: 600, baseOdds: 0.02, pointsToDoubleOdds: 20),
            featureSpec: .object(["riskkit": "features/1", "timezone": "Asia/Shanghai"]),
            policy: .object(["capacity": 100]),
            lineage: .object([
                "rows": 201_295, "positives": 1761, "learner": "stumps", "rocAUC": 0.8705,
            ]))
        model.addGoldenVectors(
            rows: FeatureMatrix(
                names: ["amount", "spend_7d", "night_share_30d", "unused"],
                columns: [
                    [10, 20.5, .nan, 1e9, 0.1 + 0.2], [49, 50, 50.0.nextUp, .nan, 7e4],
                    [0, 0.05, 1.0 / 3, 1, .nan], [1, 2, 3, 4, 5],
                ], rowCount: 5))
        return model
    }
}

extension Node {
    /// The document with another value at a path such as `tables[0].units[2]`; nil removes the member.
    func setting(_ path: String, to value: Node?) -> Node {
        setting(path.split { ".[]".contains($0) }[...], to: value)
    }

    private func setting(_ steps: ArraySlice<Substring>, to value: Node?) -> Node {
        guard let step = steps.first else { return value ?? self }
        switch content {
        case .object(var members):
            let place = members.firstIndex { $0.key == step }
            if steps.count == 1, value == nil {
                members.removeAll { $0.key == step }
            } else if let place {
                members[place] = Member(
                    String(step), members[place].value.setting(steps.dropFirst(), to: value))
            } else {
                members.append(Member(String(step), value ?? nil))
            }
            return .object(members)
        case .array(var values):
            let index = Int(step)!
            if index == values.count {
                values.append(value!)
            } else {
                values[index] = values[index].setting(steps.dropFirst(), to: value)
            }
            return .array(values)
        default: return value ?? self
        }
    }

    /// The bytes of an artifact with this content and a digest that fits, whatever the content is.
    var sealed: [UInt8] {
        guard case .object(var members) = content else { return Array(json().utf8) }
        members.removeAll { $0.key == "sha256" }
        members.append(Member("sha256", Node(Node.object(members).sha256())))
        return Array(Node.object(members).json(.indented).utf8)
    }
}
