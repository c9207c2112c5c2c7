/// Everything of a report that a bootstrap resample needs, sorted and summed beforehand, so that
/// one resample is one pass over the ranking, one over the calibration bins and a walk down each
/// day's top.
///
/// The statistics in their order: AUC, average precision, KS, base rate; precision, recall and
/// entity recall of each capacity; with probabilities log loss, Brier score, calibration error and
/// each bin's observed rate.
struct Resampling: Sendable {
    let ranking: Ranking
    let daily: DailyCapacity?
    let entityCount: Int
    let statisticCount: Int
    /// The distinct entities of each calibration bin.
    let entitiesOfBin: [Int]

    private let settings: EvaluationSettings
    /// The entity of each place in the ranking.
    private let rankedEntities: [Int32]
    /// What the rows of each entity add up to; the losses are empty without probabilities.
    private var weightSums: [Double]
    private var positiveSums: [Double]
    private var logLossSums: [Double] = []
    private var squareSums: [Double] = []
    /// The rows in their calibration bins.
    private var binned: [BinnedRow] = []
    private var binEnds: [Int] = []

    private struct BinnedRow {
        let entity: Int32
        let weight: Double
        let probability: Double
        let positive: Double
    }

    init(_ input: EvaluationInput, settings: EvaluationSettings) throws(EvaluationError) {
        let count = input.labels.count
        self.settings = settings
        ranking = try Ranking(scores: input.scores, labels: input.labels, weights: input.weights)
        try Checks.confidence(settings.confidence)
        let codes: [Int32]
        if let entities = input.entities {
            try Checks.size("entities", entities.count, expected: count)
            if let row = entities.firstIndex(where: { $0 < 0 }) { throw .missingEntity(row: row) }
            let dense = DenseCodes(entities)
            codes = dense.codes
            entityCount = dense.values.count
        } else {
            codes = (0..<count).map { Int32($0) }
            entityCount = count
        }
        if let days = input.days {
            try Checks.size("days", days.count, expected: count)
        }
        if let entities = input.entities, let days = input.days, !settings.capacities.isEmpty {
            daily = try DailyCapacity(
                scores: input.scores, labels: input.labels, entities: entities, days: days)
        } else {
            daily = nil
        }
        rankedEntities = ranking.rows.map { codes[Int($0)] }
        weightSums = [Double](repeating: 0, count: entityCount)
        positiveSums = weightSums
        for row in 0..<count {
            let weight = input.weights?[row] ?? 1
            weightSums[Int(codes[row])] += weight
            if input.labels[row] { positiveSums[Int(codes[row])] += weight }
        }
        var statistics = 4 + (daily == nil ? 0 : 3 * settings.capacities.count)
        var entitiesOfBin: [Int] = []
        if let probabilities = input.probabilities {
            _ = try Checks.probabilityInput(probabilities, input.labels, input.weights)
            if settings.calibrationBins < 1 {
                throw .invalidSetting("expected at least 1 bin, found \(settings.calibrationBins)")
            }
            logLossSums = [Double](repeating: 0, count: entityCount)
            squareSums = logLossSums
            for row in 0..<count {
                let (p, label) = (probabilities[row], input.labels[row])
                let weight = input.weights?[row] ?? 1
                let distance = p - (label ? 1 : 0)
                logLossSums[Int(codes[row])] += weight * logLoss(p, label)
                squareSums[Int(codes[row])] += weight * distance * distance
            }
            let bins = ProbabilityBins(
                probabilities, weights: input.weights, count: settings.calibrationBins)
            binned.reserveCapacity(count)
            for range in bins.ranges {
                let rows = bins.rows[range].map(Int.init)
                // The table leaves a bin that weighs nothing out.
                guard rows.contains(where: { input.weights?[$0] ?? 1 > 0 }) else { continue }
                for row in rows {
                    let weight = input.weights?[row] ?? 1
                    binned.append(
                        BinnedRow(
                            entity: codes[row], weight: weight,
                            probability: weight * probabilities[row],
                            positive: input.labels[row] ? weight : 0))
                }
                binEnds.append(binned.count)
                entitiesOfBin.append(Set(rows.map { codes[$0] }).count)
            }
            statistics += 3 + binEnds.count
        }
        self.entitiesOfBin = entitiesOfBin
        statisticCount = statistics
    }

    /// The statistics where entity e stands `copies[e]` times.
    func compute(copies: [Int32], results: inout [Double]) {
        let drawn = copies.map(Double.init)
        let metrics: RankingMetrics?
        if let weights = ranking.weights {
            metrics = ranking.sweep { drawn[Int(rankedEntities[$0])] * weights[$0] }
        } else {
            metrics = ranking.sweep { drawn[Int(rankedEntities[$0])] }
        }
        if let metrics {
            results[0] = metrics.rocAUC
            results[1] = metrics.averagePrecision
            results[2] = metrics.ksStatistic
        }
        let weight = dot(drawn, weightSums)
        results[3] = dot(drawn, positiveSums) / weight
        var next = 4
        if let daily {
            for capacity in settings.capacities {
                let found = daily.work(
                    capacity: capacity, removeDetected: settings.removeDetected, copies: copies)
                results[next] = found.precision
                results[next + 1] = found.recall
                results[next + 2] = found.entityRecall
                next += 3
            }
        }
        guard !binEnds.isEmpty else { return }
        results[next] = dot(drawn, logLossSums) / weight
        results[next + 1] = dot(drawn, squareSums) / weight
        var error = 0.0
        var start = 0
        for (bin, end) in binEnds.enumerated() {
            var (w, p, y) = (0.0, 0.0, 0.0)
            for place in start..<end {
                let row = binned[place]
                let times = drawn[Int(row.entity)]
                w += times * row.weight
                p += times * row.probability
                y += times * row.positive
            }
            error += abs(y - p) / weight
            results[next + 3 + bin] = y / w
            start = end
        }
        results[next + 2] = error
    }

    private func dot(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for index in a.indices { sum += a[index] * b[index] }
        return sum
    }
}
