import RiskJSON
import RiskModel

extension TrainingReport {
    /// The bands of a model's tables, as they stand in its lineage under `bands`; nil without bags.
    ///
    /// A list of `feature`, `deviations` (in log-odds, one a bin of the table) and `missing`. A bin of the
    /// model may hold several of those in which it was learned; the widest of them stands for it. Scorers
    /// do not look at lineage, and older readers take it as it is.
    /// - Complexity: O(bins × learned bins) a table.
    public func bands(of model: AdditiveModel) -> Node? {
        let entries = model.tables.compactMap { table -> Node? in
            let name = model.features[table.feature].name
            guard let band = bands.first(where: { $0.feature == name }) else { return nil }
            let deviations = table.units.indices.map { bin in
                band.widest(
                    above: bin > 0 ? table.cutPoints[bin - 1] : -.infinity,
                    upTo: bin < table.cutPoints.count ? table.cutPoints[bin] : .infinity)
            }
            return .object([
                .init("feature", Node(name)),
                .init("deviations", .array(deviations.map { Node(Self.rounded($0)) })),
                .init("missing", Node(Self.rounded(band.missingDeviation))),
            ])
        }
        return entries.isEmpty ? nil : .array(entries)
    }

    /// To 10^-6: nobody needs more of a deviation.
    private static func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
}

extension TableBand {
    /// The largest deviation among the bins that reach into a range.
    fileprivate func widest(above low: Double, upTo high: Double) -> Double {
        deviations.indices.filter { bin in
            let from = bin > 0 ? cutPoints[bin - 1] : -.infinity
            let to = bin < cutPoints.count ? cutPoints[bin] : .infinity
            return from < high && to > low
        }.map { deviations[$0] }.max() ?? 0
    }
}
