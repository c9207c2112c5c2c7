import RiskJSON
import RiskModel

/// How certain a feature's table is: the standard deviation of its entries over runs on bootstrap samples.
///
/// That is the bootstrap's standard error of a table from one run; the mean of all runs is less noisy.
public struct TableBand: Sendable, Equatable {
    /// The feature's name.
    public let feature: String
    /// The cuts between the bins before equal neighbours were joined: finer than the model's.
    public let cutPoints: [Double]
    /// The standard deviation of each bin's entry, in log-odds, one more than there are cuts.
    public let deviations: [Double]
    /// The same for missing values.
    public let missingDeviation: Double

    /// The band as a document.
    var node: Node {
        .object([
            .init("feature", Node(feature)), .init("cutPoints", .array(cutPoints.map { Node($0) })),
            .init("deviations", .array(deviations.map { Node($0) })),
            .init("missingDeviation", Node(missingDeviation)),
        ])
    }
}

extension BoostingStage {
    /// The bands of the features that a run used.
    func bands(_ outcomes: [Outcome]) -> [TableBand] {
        guard outcomes.count > 1 else { return [] }
        return binning.features.enumerated().compactMap { feature, entry in
            let tables = outcomes.map { $0.tables[feature] }
            guard tables.contains(where: { $0.contains { $0 != 0 } }) else { return nil }
            // A table says the same whatever is added to all of it: each is taken about its own mean.
            let centred = tables.map { centre($0, feature) }
            let deviations = (0..<binning.histogramLength).map { bin in
                deviation(centred.map { $0[bin] }) / GradientHistogram.marginScale
            }
            return TableBand(
                feature: columns[entry.column], cutPoints: entry.cutPoints,
                deviations: Array(deviations[...entry.cutPoints.count]),
                missingDeviation: deviations[binning.histogramLength - 1])
        }
    }

    private func centre(_ table: [Int64], _ feature: Int) -> [Double] {
        let start = feature * binning.histogramLength
        var (sum, weight) = (0.0, 0.0)
        for bin in table.indices {
            sum += Double(table[bin]) * Double(counts.all[start + bin])
            weight += Double(counts.all[start + bin])
        }
        return table.map { Double($0) - sum / max(weight, 1) }
    }

    private func deviation(_ values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }
}
