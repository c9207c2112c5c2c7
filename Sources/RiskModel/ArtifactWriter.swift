import RiskJSON

extension AdditiveModel {
    /// The members of the artifact but for the digest. Whole numbers of units stay whole numbers, and
    /// what is absent is left out, so that the file reads like the model.
    func artifactMembers() -> [Node.Member] {
        var members: [Node.Member] = [
            Node.Member("riskkit", Node(Artifact.format)),
            Node.Member("name", Node(name)),
            Node.Member("features", .array(features.map(\.node))),
            Node.Member("intercept", Node(.integer(intercept))),
            Node.Member("tables", .array(tables.map { $0.node(features) })),
            Node.Member("linearTerms", .array(linearTerms.map { $0.node(features) })),
            Node.Member("calibration", calibration.node),
            Node.Member("points", scaling.node),
        ]
        if let featureSpec {
            members.append(
                Node.Member(
                    "featureSpec",
                    .object(["fingerprint": Node(featureSpec.sha256()), "spec": featureSpec])))
        }
        if let policy { members.append(Node.Member("policy", policy)) }
        members.append(Node.Member("lineage", lineage))
        members.append(Node.Member("goldenVectors", .array(goldenVectors.map(\.node))))
        return members
    }
}

extension Feature {
    fileprivate var node: Node {
        var members = [Node.Member("name", Node(name))]
        if let reason { members.append(Node.Member("reason", reason.node)) }
        return .object(members)
    }
}

extension ReasonTexts {
    fileprivate var node: Node {
        .object([
            "investigator": Self.node(of: investigator), "customer": Self.node(of: customer),
        ])
    }

    private static func node(of texts: [String: String]) -> Node {
        .object(texts.sorted { $0.key < $1.key }.map { Node.Member($0.key, Node($0.value)) })
    }
}

extension ScoreTable {
    fileprivate func node(_ features: [Feature]) -> Node {
        .object([
            "feature": Node(features[feature].name),
            "cutPoints": .array(cutPoints.map { Node($0) }),
            "units": .array(units.map { Node(Int($0)) }),
            "missing": Node(Int(missingUnits)),
            "typical": Node(Int(typicalUnits)),
        ])
    }
}

extension LinearTerm {
    fileprivate func node(_ features: [Feature]) -> Node {
        .object([
            "feature": Node(features[feature].name),
            "coefficient": Node(coefficient),
            "missing": Node(.integer(missingUnits)),
            "typical": Node(.integer(typicalUnits)),
        ])
    }
}

extension Calibration {
    fileprivate var node: Node {
        switch self {
        case .identity:
            return .object(["kind": "identity"])
        case .platt(let slope, let intercept):
            return .object([
                "kind": "platt", "slope": Node(slope), "intercept": Node(intercept),
            ])
        case .isotonic(let logOdds, let probabilities):
            return .object([
                "kind": "isotonic",
                "logOdds": .array(logOdds.map { Node(.integer($0)) }),
                "probabilities": .array(probabilities.map { Node($0) }),
            ])
        }
    }
}

extension PointsScaling {
    fileprivate var node: Node {
        .object([
            "basePoints": Node(basePoints), "baseOdds": Node(baseOdds),
            "pointsToDoubleOdds": Node(pointsToDoubleOdds),
        ])
    }
}

extension GoldenVector {
    fileprivate var node: Node {
        .object([
            "values": .array(values.map(Self.node)),
            "units": Node(.integer(units)),
            "probability": Node(probability),
        ])
    }

    /// JSON has neither infinities nor NaN: the former are words, a missing value is null.
    private static func node(of value: Double) -> Node {
        if value.isInfinite { return value > 0 ? "inf" : "-inf" }
        return Node(value)
    }
}
