import RiskJSON
import RiskModel

extension AdditiveModel {
    /// What the model makes of each feature, those that can move the score furthest first; linear
    /// terms, which have no bound, by the features' order, and unused features last.
    func shapes() -> [FeatureShape] {
        var terms = [FeatureShape.Term](repeating: .unused, count: features.count)
        for table in tables { terms[table.feature] = .table(table) }
        for term in linearTerms { terms[term.feature] = .linear(term) }
        let shapes = zip(features, terms).map { feature, term in
            var band: ShownBand?
            if case .table(let table) = term {
                band = ShownBand(of: table, feature: feature.name, lineage: lineage)
            }
            return FeatureShape(feature: feature, term: term, band: band)
        }
        return shapes.enumerated().sorted { a, b in
            let (left, right) = (a.element.reach ?? .infinity, b.element.reach ?? .infinity)
            return left != right ? left > right : a.offset < b.offset
        }.map(\.element)
    }

    /// The model on one page.
    func overview(_ shapes: [FeatureShape]) -> String {
        var text = "\(name)\n"
        let rows = facts.map { ["  \($0)", $1] }
        text += Text.table(rows) + "\n\nFeatures, by how far they can move the log-odds:\n"
        let used = shapes.filter { if case .unused = $0.term { false } else { true } }
        text +=
            Text.table(
                used.map { shape in
                    if case .linear(let term) = shape.term {
                        return [
                            "  \(shape.feature.name)", "linear",
                            "\(Text.plain(term.coefficient)) each",
                        ]
                    }
                    return [
                        "  \(shape.feature.name)", Text.fixed(shape.reach ?? 0, 2),
                        shape.sparkline(width: 40),
                    ]
                }, right: [1]) + "\n"
        if used.count < shapes.count {
            let names = shapes.dropFirst(used.count).map(\.feature.name).joined(separator: ", ")
            text += "\nNot used: \(names)\n"
        }
        return text
    }

    /// What there is to say in a line each.
    private var facts: [(String, String)] {
        var facts: [(String, String)] = []
        if let learner = lineage["learner"], case .string(let name) = learner.content {
            facts.append(("learner", name))
        }
        for (label, path) in [("data", "data"), ("training", "training"), ("test", "test")] {
            if let node = lineage[path], let line = Self.line(node) { facts.append((label, line)) }
        }
        facts.append(("intercept", "\(Text.fixed(LogOdds.value(intercept), 3)) log-odds"))
        facts.append(("calibration", calibrationText))
        let odds =
            scaling.baseOdds < 1
            ? "1 to \(Text.plain(1 / scaling.baseOdds))" : "\(Text.plain(scaling.baseOdds)) to 1"
        let step = Text.plain(scaling.pointsToDoubleOdds)
        facts.append(
            (
                "points",
                "\(Text.plain(scaling.basePoints)) at odds of \(odds), \(step) more each time they double"
            ))
        facts.append(("feature spec", featureSpec.map { "sha256 \($0.sha256())" } ?? "none"))
        facts.append(("golden vectors", String(goldenVectors.count)))
        return facts
    }

    private var calibrationText: String {
        switch calibration {
        case .identity: "none needed"
        case .platt(let slope, let intercept):
            "Platt: \(Text.plain(slope)) × log-odds \(intercept < 0 ? "-" : "+") \(Text.plain(abs(intercept)))"
        case .isotonic(let logOdds, _): "isotonic, \(logOdds.count) knots"
        }
    }

    /// The plain members of a mapping in one line.
    private static func line(_ node: Node) -> String? {
        guard case .object(let members) = node.content else { return nil }
        let parts = members.compactMap { member -> String? in
            switch member.value.content {
            case .string(let text): "\(member.key) \(text)"
            case .integer(let value): "\(member.key) \(Text.grouped(Int(value)))"
            case .number(let value): "\(member.key) \(Text.plain(value))"
            default: nil
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// For machines: all but the tables' figures, which `--feature` has, and the golden vectors.
    var summary: Node {
        .object([
            "name": Node(name), "features": .array(shapes().map(\.node)),
            "intercept": Node(LogOdds.value(intercept)), "calibration": Node(calibrationText),
            "lineage": lineage, "goldenVectors": Node(goldenVectors.count),
        ])
    }
}
