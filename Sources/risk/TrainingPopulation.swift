import RiskColumns
import RiskEvaluation
import RiskJSON
import RiskModel
import RiskScoring

/// What a model was trained on, feature by feature: bins of values and how many rows were in each.
///
/// It is kept in the model's lineage, where the format allows any JSON, so that an older reader takes the
/// file as before. A model without it, or with something else in its place, has none.
struct TrainingPopulation: Equatable, Sendable {
    /// The most rows that are counted, evenly spaced: more would not make the bins' shares any surer than
    /// they need be.
    static let sampleRows = 100_000
    private static let key = "population"

    /// One a feature of the model, in its order; one without rows where nothing is told of it.
    let features: [PopulationBins]
    /// Of the log-odds.
    let score: PopulationBins

    /// Counts the rows that a model was trained on.
    /// - Complexity: O(features × sample log sample).
    init(_ scorer: Scorer, trainedOn matrix: FeatureMatrix) throws {
        let step = (matrix.rowCount + Self.sampleRows - 1) / Self.sampleRows
        let sample =
            step > 1
            ? matrix.selecting(rows: Array(stride(from: 0, to: matrix.rowCount, by: step))) : matrix
        let places = Dictionary(
            zip(sample.names, sample.columns.indices), uniquingKeysWith: { first, _ in first })
        features = scorer.layout.map { name in
            PopulationBins(quantilesOf: places[name].map { sample.columns[$0] } ?? []).finite
        }
        let scores = try scorer.score(sample)
        score = PopulationBins(quantilesOf: scores.units.map { LogOdds.value($0) })
    }

    /// Reads what a model says of the rows it was trained on.
    /// - Returns: nil where it says nothing, or nothing that can be read.
    init?(of model: AdditiveModel) {
        guard let node = model.lineage[Self.key], let score = node["score"].flatMap(Self.bins),
            case .array(let list)? = node["features"]?.content,
            list.count == model.features.count
        else { return nil }
        var features: [PopulationBins] = []
        for (entry, feature) in zip(list, model.features) {
            guard entry["name"] == Node(feature.name) else { return nil }
            // Of infinite bounds there was `null` in the files of earlier versions.
            features.append(
                Self.bins(entry) ?? PopulationBins(upperBounds: [], counts: [0], missing: 0))
        }
        self.features = features
        self.score = score
    }

    /// A lineage with this in it.
    func added(to lineage: Node, _ model: AdditiveModel) -> Node {
        guard case .object(let members) = lineage.content else { return lineage }
        let list = zip(model.features, features).map { feature, bins -> Node in
            .object([Node.Member("name", Node(feature.name))] + Self.members(bins))
        }
        return .object(
            members + [
                Node.Member(
                    Self.key,
                    .object([
                        "score": .object(Self.members(score)), "features": .array(list),
                    ]))
            ])
    }

    private static func members(_ bins: PopulationBins) -> [Node.Member] {
        [
            Node.Member("upTo", .array(bins.upperBounds.map { Node($0) })),
            Node.Member("rows", .array(bins.counts.map { Node($0) })),
            Node.Member("missing", Node(bins.missing)),
        ]
    }

    private static func bins(_ node: Node) -> PopulationBins? {
        guard case .array(let upTo)? = node["upTo"]?.content,
            case .array(let rows)? = node["rows"]?.content,
            case .integer(let missing)? = node["missing"]?.content
        else { return nil }
        let most = Int64(1) << 40
        var bounds: [Double] = []
        for node in upTo {
            switch node.content {
            case .number(let value): bounds.append(value)
            case .integer(let value): bounds.append(Double(value))
            default: return nil
            }
        }
        var counts: [Int] = []
        for node in rows {
            guard case .integer(let value) = node.content, (0...most).contains(value) else {
                return nil
            }
            counts.append(Int(value))
        }
        guard counts.count == bounds.count + 1, counts.count <= 1024, (0...most).contains(missing),
            zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        return PopulationBins(upperBounds: bounds, counts: counts, missing: Int(missing))
    }
}

extension PopulationBins {
    /// The same bins where there are rows, else nil.
    var nonEmpty: PopulationBins? { rows > 0 ? self : nil }

    /// The same rows between the finite bounds only: JSON knows no others. Quantiles end below the highest
    /// value, so that a bound can be -∞ and none can be ∞.
    var finite: PopulationBins {
        guard upperBounds.first == -.infinity else { return self }
        return PopulationBins(
            upperBounds: Array(upperBounds.dropFirst()),
            counts: [counts[0] + counts[1]] + counts.dropFirst(2), missing: missing)
    }
}
