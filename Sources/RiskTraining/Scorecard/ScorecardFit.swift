import RiskColumns
import RiskModel

/// Bins and a logistic regression on their weights of evidence.
struct ScorecardFit {
    /// A feature on the card.
    struct Entry {
        let column: Int
        let bins: FeatureBins
        var coefficient: Double
    }

    /// The features on the card, in the matrix's order.
    private(set) var features: [Entry] = []
    /// Those that are not, and why.
    private(set) var leftOut: [Scorecard.LeftOut] = []
    /// Log-odds where all weights of evidence are 0.
    private(set) var intercept = 0.0
    private(set) var steps = 0
    private(set) var end = ""
    private(set) var isStopped = false
    private(set) var warnings: [String] = []
    private(set) var losses: [TrainingProgress] = []

    /// - Complexity: O(rows × features + features × bins × fineBins³ + fits × steps × rows × features²).
    init(
        _ learner: ScorecardLearner, _ matrix: FeatureMatrix, _ given: Sample, threads: Int,
        stage: TrainingProgress.Stage, _ progress: TrainingCallback?
    ) throws(TrainingError) {
        let names = matrix.names
        var kept: [Entry] = []
        var best = (name: "", information: -1.0)
        for (column, bins) in Self.bins(learner, matrix, given, threads).enumerated() {
            let information = bins.information
            if information > best.information { best = (names[column], information) }
            let values = Set(bins.evidence.map(\.value))
            if information >= learner.minimumInformation, values.count > 1 {
                kept.append(Entry(column: column, bins: bins, coefficient: 1))
            } else {
                leftOut.append(
                    .init(name: names[column], informationValue: information, reason: .information))
            }
        }
        guard !kept.isEmpty else {
            throw names.isEmpty
                ? .nothingVaries(features: [])
                : .badSetting(
                    "no feature has an information value of minimumInformation, "
                        + "\(learner.minimumInformation): the highest is "
                        + "\((best.information * 10_000).rounded() / 10_000) of \"\(best.name)\"")
        }
        // What is not a sum of whole numbers is summed in an order of its own.
        let sample = given.inCanonicalOrder(matrix, threads: threads)
        warnings += Self.leakage(leftOut.map(\.name), matrix, sample, threads)
        let columns = kept.map { Self.evidence($0.bins, matrix.columns[$0.column], sample) }
        let regression = try EvidenceRegression(
            columns, names: kept.map { names[$0.column] }, sample, learner, threads: threads,
            stage: stage, progress)
        for index in kept.indices { kept[index].coefficient = regression.coefficients[index] }
        intercept = regression.intercept
        (steps, end, isStopped) = (regression.steps, regression.end, regression.isStopped)
        losses = regression.losses
        warnings += regression.warnings
        features = kept.filter { $0.coefficient != 0 }
        leftOut += kept.filter { $0.coefficient == 0 }.map {
            .init(
                name: names[$0.column], informationValue: $0.bins.information, reason: .coefficient)
        }
    }

    private static func bins(
        _ learner: ScorecardLearner, _ matrix: FeatureMatrix, _ sample: Sample, _ threads: Int
    ) -> [FeatureBins] {
        var found = [FeatureBins?](repeating: nil, count: matrix.columns.count)
        found.withUnsafeMutableBufferPointer { found in
            nonisolated(unsafe) let found = found
            concurrently(threads) { worker in
                for column in stride(from: worker, to: found.count, by: threads) {
                    found[column] = FeatureBins(
                        matrix.columns[column], sample,
                        learner.rules[matrix.names[column]] ?? learner.rule,
                        fineBins: learner.fineBins)
                }
            }
        }
        return found.compactMap { $0 }
    }

    /// Warnings of features that are not on the card: one that tells the classes apart perfectly has no
    /// two bins with both classes in them. (Those on the card are checked by the regression.)
    private static func leakage(
        _ names: [String], _ matrix: FeatureMatrix, _ sample: Sample, _ threads: Int
    ) -> [String] {
        let columns = matrix.names.indices.filter { names.contains(matrix.names[$0]) }
        let part = FeatureMatrix(
            names: columns.map { matrix.names[$0] }, columns: columns.map { matrix.columns[$0] },
            rowCount: matrix.rowCount)
        let places = stride(from: 0, to: sample.count, by: max(1, sample.count / 65_536))
        let few = sample.selecting(places.map { UInt32($0) })
        let binning = Binning(part, few, limit: 255, threads: threads)
        guard !binning.features.isEmpty else { return [] }
        let bins = BinnedMatrix(part, few, binning, threads: threads)
        return LeakageCheck.warnings(bins, bins.counts(few, threads: threads), names: part.names)
    }

    /// The weight of evidence of each row.
    private static func evidence(
        _ bins: FeatureBins, _ column: [Double], _ sample: Sample
    ) -> [Double] {
        let values = bins.evidence.map(\.value)
        return (0..<sample.count).map { place in
            values[bins.bin(of: column[sample.rows.map { Int($0[place]) } ?? place])]
        }
    }

    /// The scores of a sample's rows before calibration, in units.
    func scores(_ matrix: FeatureMatrix, _ sample: Sample) -> [Int64] {
        var logOdds = [Double](repeating: intercept, count: sample.count)
        for feature in features {
            let values = Self.evidence(feature.bins, matrix.columns[feature.column], sample)
            for place in logOdds.indices { logOdds[place] += feature.coefficient * values[place] }
        }
        return logOdds.map { LogOdds.units($0) }
    }
}
