import RiskEvaluation
import RiskJSON
import RiskModel

/// What `risk score` tells at its end of the rows that it scored.
struct ScoreSummary {
    let model: AdditiveModel
    let population: ScoredPopulation
    let reference: TrainingPopulation?
    let rejected: Int
    /// What this run took, and how many rows it scored itself; the others an earlier run had.
    let seconds: Double
    let rowsNow: Int

    /// From here on a feature counts as shifted; by custom.
    static let shifted = 0.25
    /// A feature whose missing rate moved by so much is named.
    static let missingRateMoved = 0.05

    /// How a feature, or the score, stands against the training population.
    struct Shift {
        let name: String
        let stability: PopulationStability?
        let missing: Double
        let missingBefore: Double?

        /// Whether there is something to say: an index beyond custom and beyond chance, or a missing rate
        /// that moved.
        var isWorthAWord: Bool {
            if let stability, stability.index > ScoreSummary.shifted,
                stability.index > 3 * stability.expectedByChance
            {
                return true
            }
            return missingBefore.map { abs(missing - $0) > ScoreSummary.missingRateMoved } ?? false
        }
    }

    /// The features in the model's order.
    var features: [Shift] {
        model.features.indices.map { index in
            // Without rows: nothing is told of that feature.
            let before = reference?.features[index].nonEmpty
            let now = population.features?[index]
            var stability: PopulationStability?
            if let before, let now {
                stability = try? PopulationStability(reference: before, current: now)
            }
            return Shift(
                name: model.features[index].name, stability: stability,
                missing: share(population.missing[index]),
                missingBefore: before.map { Double($0.missing) / Double(max($0.rows, 1)) })
        }
    }

    private var scoreStability: PopulationStability? {
        guard let before = reference?.score, let now = population.score else { return nil }
        return try? PopulationStability(reference: before, current: now)
    }

    private func share(_ rows: Int) -> Double { Double(rows) / Double(max(population.rows, 1)) }

    private static let quantiles: [(name: String, share: Double)] = [
        ("median", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999),
    ]

    private func probability(_ units: Int64) -> Double {
        model.calibration.probability(units: units)
    }

    /// For reading, on standard error.
    var text: String {
        guard population.rows > 0 else { return "no rows were scored\n" }
        var lines = [
            "\(Text.grouped(population.rows)) rows scored"
                + (rowsNow < population.rows ? ", \(Text.grouped(rowsNow)) of them now" : "")
                + (rejected > 0 ? ", \(Text.grouped(rejected)) rejected" : "")
                + ", \(Text.fixed(seconds, 1)) s"
                + (seconds > 0
                    ? ", \(Text.grouped(Int(Double(rowsNow) / seconds))) rows/s" : "")
        ]
        let shares = Self.quantiles.map { name, share in
            let label = name == "median" ? name : "\(Text.plain(share * 100)) %"
            return "\(label) \(percent(probability(population.quantile(share))))"
        }
        lines.append(
            "probability: mean \(percent(population.meanProbability)), "
                + (shares + ["highest \(percent(probability(population.most)))"])
                .joined(separator: ", "))
        let features = features
        let gaps = features.filter { $0.missing > 0 }.sorted { $0.missing > $1.missing }
        if !gaps.isEmpty {
            lines.append(
                "missing: "
                    + Text.listed(gaps.map { "\($0.name) \(percent($0.missing))" }))
        }
        if let scoreStability {
            let moved = features.filter(\.isWorthAWord)
            lines.append(
                "against the training population: the score's stability index is "
                    + Text.fixed(scoreStability.index, 3) + Self.verdict(scoreStability)
                    + (moved.isEmpty ? "; no feature has shifted" : ""))
            for shift in moved.prefix(20) { lines.append("  \(line(shift))") }
            if moved.count > 20 { lines.append("  and \(moved.count - 20) more features") }
        } else {
            lines.append("the model does not say what it was trained on: nothing to compare with")
        }
        return lines.map { "\($0)\n" }.joined()
    }

    private func line(_ shift: Shift) -> String {
        var parts: [String] = []
        if let stability = shift.stability {
            parts.append("stability index \(Text.fixed(stability.index, 3))")
        }
        if let before = shift.missingBefore {
            parts.append("missing \(percent(shift.missing)), in training \(percent(before))")
        }
        return "\(shift.name) has shifted: \(parts.joined(separator: ", "))"
    }

    /// What custom says of an index.
    static func verdict(_ stability: PopulationStability) -> String {
        if stability.index <= 3 * stability.expectedByChance { return " (as chance would have it)" }
        return stability.index > shifted ? " (shifted)" : stability.index > 0.1 ? " (moved)" : ""
    }

    private func percent(_ share: Double) -> String {
        share > 0 && share < 0.0001
            ? "< 0.01 %" : "\(Text.fixed(share * 100, 2)) %"
    }

    /// For machines.
    var node: Node {
        var members: [Node.Member] = [
            .init("model", Node(model.name)), .init("rows", Node(population.rows)),
            .init("rowsNow", Node(rowsNow)), .init("rejected", Node(rejected)),
            .init("seconds", Node(seconds)),
        ]
        if population.rows > 0 {
            var quantiles: [Node.Member] = Self.quantiles.map { name, share in
                .init(name, Node(probability(population.quantile(share))))
            }
            quantiles.append(.init("mean", Node(population.meanProbability)))
            quantiles.append(.init("lowest", Node(probability(population.least))))
            quantiles.append(.init("highest", Node(probability(population.most))))
            members.append(.init("probability", .object(quantiles)))
            members.append(
                .init(
                    "logOdds",
                    .object([
                        "lowest": Node(LogOdds.value(population.least)),
                        "highest": Node(LogOdds.value(population.most)),
                        "stabilityIndex": scoreStability.map { Node($0.index) } ?? nil,
                        "expectedByChance": scoreStability.map { Node($0.expectedByChance) } ?? nil,
                    ])))
        }
        members.append(
            .init(
                "features",
                .array(
                    features.map { shift in
                        .object([
                            "name": Node(shift.name), "missing": Node(shift.missing),
                            "missingInTraining": shift.missingBefore.map { Node($0) } ?? nil,
                            "stabilityIndex": shift.stability.map { Node($0.index) } ?? nil,
                            "shifted": shift.stability == nil ? nil : Node(shift.isWorthAWord),
                        ])
                    })))
        return .object(members)
    }
}
