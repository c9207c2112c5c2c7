import RiskColumns

/// What is evaluated: columns of equal length, one value a row.
public struct EvaluationInput: Sendable {
    /// What the rows are ranked by; the higher, the likelier positive. No NaN.
    public var scores: [Double]
    /// Calibrated probabilities, 0...1; nil where the scores are only a ranking.
    public var probabilities: [Double]?
    /// What came.
    public var labels: [Bool]
    /// Observation weights of at least 0; nil for 1 each. Capacities do not know them: a case is a
    /// case.
    public var weights: [Double]?
    /// Whom each row is about, a code of at least 0; nil where each row is an entity of its own.
    public var entities: [Int32]?
    /// The day of each row; nil where there is no daily work.
    public var days: [Int32]?

    /// Makes an input.
    public init(
        scores: [Double], probabilities: [Double]? = nil, labels: [Bool], weights: [Double]? = nil,
        entities: [Int32]? = nil, days: [Int32]? = nil
    ) {
        self.scores = scores
        self.probabilities = probabilities
        self.labels = labels
        self.weights = weights
        self.entities = entities
        self.days = days
    }
}

/// How it is evaluated.
public struct EvaluationSettings: Equatable, Sendable {
    /// Cases a day to evaluate at; used where the input has entities and days.
    public var capacities: [Int]
    /// Whether a hit is left out of later days.
    public var removeDetected: Bool
    /// How many bootstrap resamples; 0 for no intervals.
    public var resamples: Int
    /// The confidence of the intervals, in (0, 1).
    public var confidence: Double
    /// Bins of the calibration table and of the Brier score's parts.
    public var calibrationBins: Int
    /// Shares of the rows, from the top, in the gains table.
    public var gainShares: [Double]
    /// About how many points of the curves to keep.
    public var curvePoints: Int

    /// Makes settings.
    public init(
        capacities: [Int] = [100], removeDetected: Bool = true, resamples: Int = 200,
        confidence: Double = 0.95, calibrationBins: Int = 10,
        gainShares: [Double] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2],
        curvePoints: Int = 100
    ) {
        self.capacities = capacities
        self.removeDetected = removeDetected
        self.resamples = resamples
        self.confidence = confidence
        self.calibrationBins = calibrationBins
        self.gainShares = gainShares
        self.curvePoints = curvePoints
    }
}

/// All the metrics of a set of scores, with intervals that resample entities.
///
///     var generator = SplitMix64(seed: 1)
///     let report = try EvaluationReport(input, settings: EvaluationSettings(), using: &generator)
///     print(report.text())
///
/// The same input, settings and seed give the same report on every machine, to the bit.
public struct EvaluationReport: Equatable, Sendable {
    /// What is found by working so many cases a day.
    public struct Capacity: Equatable, Sendable {
        /// Day by day.
        public var metrics: CapacityMetrics
        /// The mean over days of hits / capacity.
        public var precision: Estimate
        /// Σ hits / Σ positives over the days.
        public var recall: Estimate
        /// Of the entities ever positive, the share caught on some day.
        public var entityRecall: Estimate
    }

    /// The number of rows.
    public var rows: Int
    /// The number of positive rows.
    public var positives: Int
    /// The number of distinct entities, nil where the input names none.
    public var entities: Int?
    /// The number of days that have rows, nil where the input names none.
    public var days: Int?
    /// How the intervals were made.
    public var resamples: Int
    /// The confidence of the intervals.
    public var confidence: Double
    /// Whether a hit was left out of later days.
    public var removeDetected: Bool
    /// The weighted share of positive rows.
    public var baseRate: Estimate
    /// See `Ranking.rocAUC()`.
    public var rocAUC: Estimate
    /// See `Ranking.averagePrecision()`.
    public var averagePrecision: Estimate
    /// See `Ranking.ksStatistic()`.
    public var ksStatistic: Estimate
    /// How good the probabilities are, nil where the input has none.
    public var probability: ProbabilityReport?
    /// One for each capacity asked for, where the input has entities and days.
    public var capacities: [Capacity]
    /// The top of the ranking.
    public var gains: GainsTable
    /// Points of the precision-recall and the ROC curve.
    public var curve: [CurvePoint]
}

/// How good probabilities are.
public struct ProbabilityReport: Equatable, Sendable {
    /// Mean negative log-likelihood, nats.
    public var logLoss: Estimate
    /// Mean squared distance.
    public var brierScore: Estimate
    /// The parts of the Brier score.
    public var brier: BrierDecomposition
    /// Its interval is reflected at the estimate (the basic bootstrap), because a resample's error
    /// is too large on average by what the sample's own is.
    public var expectedCalibrationError: Estimate
    /// The bins' intervals resample entities; a bin whose rows all have one label has Wilson's
    /// interval for as many trials as it has entities, because resampling cannot show there what
    /// was not seen.
    public var calibration: CalibrationTable
}

extension EvaluationReport {
    /// Evaluates.
    /// - Throws: `EvaluationError` for anything wrong with the input or the settings.
    /// - Complexity: O(n log n + resamples × n).
    public init(
        _ input: EvaluationInput, settings: EvaluationSettings = EvaluationSettings(),
        using generator: inout some RandomNumberGenerator
    ) throws(EvaluationError) {
        let resampling = try Resampling(input, settings: settings)
        var intervals = [ClosedRange<Double>?](
            repeating: nil, count: resampling.statisticCount)
        if settings.resamples > 0 {
            let bootstrap = try EntityBootstrap(
                resamples: settings.resamples, confidence: settings.confidence)
            intervals = bootstrap.intervals(
                entities: resampling.entityCount, statistics: resampling.statisticCount,
                using: &generator, compute: resampling.compute)
        }
        var next = intervals[...]
        func estimate(_ value: Double) -> Estimate {
            Estimate(value: value, interval: next.removeFirst())
        }
        rows = input.labels.count
        positives = input.labels.reduce(0) { $0 + ($1 ? 1 : 0) }
        entities = input.entities == nil ? nil : resampling.entityCount
        days = resampling.daily?.days.count
        resamples = settings.resamples
        confidence = settings.confidence
        removeDetected = settings.removeDetected
        let ranked = resampling.ranking.metrics()
        rocAUC = estimate(resampling.ranking.rocAUC())
        averagePrecision = estimate(ranked.averagePrecision)
        ksStatistic = estimate(ranked.ksStatistic)
        gains = try resampling.ranking.gains(shares: settings.gainShares)
        curve = resampling.ranking.curve(limit: settings.curvePoints)
        baseRate = estimate(gains.baseRate)
        capacities = []
        for capacity in settings.capacities {
            guard let daily = resampling.daily else { break }
            let metrics = try daily.worked(
                capacity: capacity, removeDetected: settings.removeDetected)
            capacities.append(
                Capacity(
                    metrics: metrics, precision: estimate(metrics.precision),
                    recall: estimate(metrics.recall), entityRecall: estimate(metrics.entityRecall)))
        }
        if let probabilities = input.probabilities {
            probability = try ProbabilityReport(
                probabilities, input, settings, resampling, intervals: Array(next))
        }
    }
}

extension ProbabilityReport {
    init(
        _ probabilities: [Double], _ input: EvaluationInput, _ settings: EvaluationSettings,
        _ resampling: Resampling, intervals: [ClosedRange<Double>?]
    ) throws(EvaluationError) {
        let (labels, weights) = (input.labels, input.weights)
        logLoss = Estimate(
            value: try RiskEvaluation.logLoss(
                probabilities: probabilities, labels: labels, weights: weights),
            interval: intervals[0])
        brier = try brierDecomposition(
            probabilities: probabilities, labels: labels, weights: weights,
            bins: settings.calibrationBins)
        brierScore = Estimate(value: brier.score, interval: intervals[1])
        calibration = try calibrationTable(
            probabilities: probabilities, labels: labels, weights: weights,
            bins: settings.calibrationBins, confidence: settings.confidence)
        let error = calibration.expectedCalibrationError
        expectedCalibrationError = Estimate(
            value: error,
            interval: intervals[2].map {
                max(0, 2 * error - $0.upperBound)...max(0, 2 * error - $0.lowerBound)
            })
        for index in calibration.bins.indices where settings.resamples > 0 {
            let rate = calibration.bins[index].observedRate
            if rate > 0 && rate < 1 {
                if let found = intervals[3 + index] { calibration.bins[index].interval = found }
            } else {
                calibration.bins[index].interval = wilsonInterval(
                    rate: rate, count: Double(resampling.entitiesOfBin[index]),
                    confidence: settings.confidence)
            }
        }
    }
}
