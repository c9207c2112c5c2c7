import RiskJSON
import RiskModel

/// The standard deviation of a table's entries over bags, as a model's lineage has it.
struct ShownBand {
    /// In log-odds, one a bin of the table.
    let deviations: [Double]
    let missing: Double

    /// nil where the lineage has none that fits the table: it may say anything.
    init?(of table: ScoreTable, feature: String, lineage: Node) {
        guard case .array(let entries)? = lineage["bands"]?.content,
            let entry = entries.first(where: { $0["feature"] == Node(feature) }),
            case .array(let nodes)? = entry["deviations"]?.content,
            let missing = entry["missing"].flatMap(Self.number)
        else { return nil }
        let deviations = nodes.compactMap(Self.number)
        guard deviations.count == table.units.count else { return nil }
        self.deviations = deviations
        self.missing = missing
    }

    private static func number(_ node: Node) -> Double? {
        switch node.content {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// `± 0.123`.
    static func text(_ deviation: Double) -> String { "± \(Text.fixed(deviation, 3))" }
}
