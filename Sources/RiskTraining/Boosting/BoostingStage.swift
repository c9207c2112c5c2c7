import CRiskKernels
import RiskColumns

/// A sample made ready for boosting: bins, counts, the intercept, and what draws subsamples.
struct BoostingStage {
    /// Rows whose values choose the bins, at most.
    static let binningRows = 1 << 18
    /// Rows that the Gram matrix is estimated from, at most.
    static let gramRows = 1 << 17
    /// Fine bins for each bin that is left of them (`BinMerging`).
    static let fineness = 4

    /// What rounds of boosting brought.
    struct Outcome {
        /// For each feature the sum of its stumps, in margin units: an entry a bin, missing values last.
        var tables: [[Int64]]
        /// The sums of Hessians by bin at the end, on the scale of the weights.
        var hessians: [Double]
        var rounds: Int
        var end: BoostingLoop.End
        var progress: [TrainingProgress]
    }

    /// One of several runs on bootstrap samples.
    struct Bag {
        let index: Int
        let count: Int
    }

    let learner: StumpBoostingLearner
    let matrix: FeatureMatrix
    let sample: Sample
    let stage: TrainingProgress.Stage
    let threads: Int
    let bins: BinnedMatrix
    /// The weight multiples in each bin, and those of events.
    let counts: (all: [Int64], events: [Int64])
    /// The log-odds of the base rate, in margin units.
    let intercept: Int32
    /// The model to go on from.
    let warmStart: WarmStart?
    private let names: RowNames?

    /// - Complexity: O(rows × features).
    init(
        _ learner: StumpBoostingLearner, _ matrix: FeatureMatrix, _ sample: Sample,
        stage: TrainingProgress.Stage, warmStart: WarmStart? = nil, threads: Int
    ) throws(TrainingError) {
        self.warmStart = warmStart
        self.learner = learner
        self.matrix = matrix
        self.sample = sample
        self.stage = stage
        self.threads = threads
        let isLarge = sample.count > min(Self.binningRows, Self.gramRows)
        names =
            isLarge || learner.bagCount(sample) > 1
            ? RowNames(matrix, sample, threads: threads) : nil
        let halvings = RowNames.halvings(of: sample.count, most: Self.binningRows)
        let binning = Binning(
            matrix, sample, limit: min(255, learner.bins * Self.fineness),
            drawn: halvings > 0 ? names?.places(halvings: halvings) : nil, threads: threads)
        guard !binning.features.isEmpty else {
            throw binning.constant.isEmpty
                ? .allMissing(features: binning.allMissing)
                : .nothingVaries(features: binning.constant + binning.allMissing)
        }
        let fine = BinnedMatrix(matrix, sample, binning, threads: threads)
        (bins, counts) = fine.merged(
            fine.counts(sample, threads: threads), budget: learner.bins, threads: threads)
        let rate = sample.baseRate
        intercept =
            warmStart?.intercept
            ?? Int32(
                (rk_log_f64(rate / (1 - rate)) * GradientHistogram.marginScale)
                    .rounded(.toNearestOrEven))
    }

    /// Makes rounds, on all rows or on a bootstrap sample of them.
    func boost(
        heldOut: Sample?, rounds: Int, bag: Bag? = nil, only features: Set<Int>? = nil,
        _ progress: TrainingCallback?
    ) -> Outcome {
        let training = GradientHistogram(
            bins, sample, weights: bag.flatMap { weights(of: $0.index) }, intercept: intercept,
            margins: warmStart?.margins(matrix, sample), threads: threads)
        let search = StumpSearch(
            learningRate: learner.learningRate, l2: learner.l2,
            minimumHessian: learner.minimumLeafHessian,
            minimumCount: learner.minimumLeafCount / sample.weights.unit,
            features: bins.binning.features, counts: counts.all, length: training.length,
            unit: training.unit, directions: directions)
        let held = heldOut.map { later in
            GradientHistogram(
                BinnedMatrix(matrix, later, bins.binning, threads: threads), later,
                intercept: intercept, margins: warmStart?.margins(matrix, later),
                threads: threads)
        }
        let loop = BoostingLoop(
            search: search, training: training, heldOut: held, gram: gram(training),
            intercept: intercept, bound: warmStart?.bound, usage: usage(only: features))
        var losses: [TrainingProgress] = []
        let settings = BoostingLoop.Settings(
            rounds: rounds, patience: learner.earlyStoppingRounds,
            roundsPerLook: learner.roundsPerLook
        ) { round, trainingLoss, heldOutLoss in
            let now = TrainingProgress(
                stage: stage, round: (bag?.index ?? 0) * rounds + round,
                rounds: (bag?.count ?? 1) * rounds, trainingLoss: trainingLoss,
                heldOutLoss: heldOutLoss)
            losses.append(now)
            return progress?(now) ?? true
        }
        let result = loop.run(settings)
        return Outcome(
            tables: [[Int64]](result.stumps, features: search.cuts.count, length: search.length),
            hessians: result.hessians.map { $0 * training.unit }, rounds: result.stumps.count,
            end: result.end, progress: losses)
    }

    /// The weight multiples of a bootstrap sample, and their sum.
    private func weights(of bag: Int) -> (multiples: [UInt32], total: Int64)? {
        guard let draws = names?.bootstrap(bag) else { return nil }
        var multiples = draws.map { UInt32($0) }
        if let own = sample.weights.multiples {
            for row in multiples.indices { multiples[row] *= own[row] }
        }
        return (multiples, multiples.reduce(0) { $0 + Int64($1) })
    }

    /// The Gram matrix, where it is wanted and fits the memory.
    private func gram(_ training: GradientHistogram) -> GramMatrix? {
        let size = GramMatrix.bytes(features: bins.binning.features.count, length: training.length)
        guard learner.roundsPerLook > 1, size <= learner.gramMemory * 1_000_000 else { return nil }
        let halvings = RowNames.halvings(of: sample.count, most: Self.gramRows)
        let places =
            names?.places(halvings: halvings) ?? (0..<UInt32(sample.count)).map { $0 }
        return GramMatrix(bins, places: places, weights: training.weights, threads: threads)
    }

    /// The score tables of one run, or the mean of several, smoothed.
    func parts(_ outcomes: [Outcome]) -> ScoreTableBuilder.Parts {
        let smoothing = TableSmoothing(strength: learner.smoothing)
        let tables = bins.binning.features.indices.map { feature in
            let start = feature * bins.histogramLength
            let hessians = (0..<bins.histogramLength).map { bin in
                outcomes.reduce(0) { $0 + $1.hessians[start + bin] } / Double(outcomes.count)
            }
            let count = bins.binning.features[feature].cutPoints.count + 1
            var table = smoothing.combine(
                outcomes.map { $0.tables[feature] }, hessians, bins: count)
            directions[feature]?.straighten(&table, bins: count)
            return table
        }
        let builder = ScoreTableBuilder(
            binning: bins.binning, length: bins.histogramLength, counts: counts.all)
        guard let warmStart else { return builder.build(tables, intercept: intercept) }
        return warmStart.adding(
            builder.build(tables, intercept: intercept, centred: false), matrix, sample)
    }

    /// Which way the table of each feature must run.
    var directions: [Monotonicity?] {
        bins.binning.features.map { learner.monotone[matrix.names[$0.column]] }
    }

    /// What may be used: `features` only, or as many as there may be.
    private func usage(only features: Set<Int>?) -> FeatureUsage? {
        guard learner.featureRounds > 0 || learner.maximumFeatures > 0 || features != nil else {
            return nil
        }
        let before = warmStart?.usedColumns ?? []
        let earlier = bins.binning.features.indices.filter {
            before.contains(bins.binning.features[$0].column)
        }
        // A feature of the earlier model that does not vary here counts too.
        let gone = before.count - earlier.count
        return FeatureUsage(
            bins.binning.features.count, mostRounds: learner.featureRounds,
            mostFeatures: features?.count
                ?? (learner.maximumFeatures > 0 ? learner.maximumFeatures - gone : nil),
            used: features ?? Set(earlier))
    }
}
