import CRiskKernels
import RiskColumns

/// A sample made ready for boosting: bins, counts, the intercept, and what draws subsamples.
struct BoostingStage {
    /// Rows whose values choose the bins, at most.
    static let binningRows = 1 << 18
    /// Rows that the Gram matrix is estimated from, at most.
    static let gramRows = 1 << 17

    /// What rounds of boosting brought.
    struct Outcome {
        var stumps: [Stump]
        var end: BoostingLoop.End
        var progress: [TrainingProgress]
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
    private let names: RowNames?

    /// - Complexity: O(rows × features).
    init(
        _ learner: StumpBoostingLearner, _ matrix: FeatureMatrix, _ sample: Sample,
        stage: TrainingProgress.Stage, threads: Int
    ) throws(TrainingError) {
        self.learner = learner
        self.matrix = matrix
        self.sample = sample
        self.stage = stage
        self.threads = threads
        let isLarge = sample.count > min(Self.binningRows, Self.gramRows)
        names = isLarge ? RowNames(matrix, sample, threads: threads) : nil
        let halvings = RowNames.halvings(of: sample.count, most: Self.binningRows)
        let binning = Binning(
            matrix, sample, limit: learner.bins,
            drawn: halvings > 0 ? names?.places(halvings: halvings) : nil, threads: threads)
        guard !binning.features.isEmpty else {
            throw binning.constant.isEmpty
                ? .allMissing(features: binning.allMissing)
                : .nothingVaries(features: binning.constant + binning.allMissing)
        }
        bins = BinnedMatrix(matrix, sample, binning, threads: threads)
        counts = bins.counts(sample, threads: threads)
        let rate = sample.baseRate
        intercept = Int32(
            (rk_log_f64(rate / (1 - rate)) * GradientHistogram.marginScale)
                .rounded(.toNearestOrEven))
    }

    /// Makes rounds.
    func boost(
        heldOut: Sample?, rounds: Int, _ progress: TrainingCallback?
    ) -> Outcome {
        let training = GradientHistogram(bins, sample, intercept: intercept, threads: threads)
        let search = StumpSearch(
            learningRate: learner.learningRate, l2: learner.l2,
            minimumHessian: learner.minimumLeafHessian,
            minimumCount: learner.minimumLeafCount / sample.weights.unit,
            features: bins.binning.features, counts: counts.all, length: training.length,
            unit: training.unit)
        let held = heldOut.map { later in
            GradientHistogram(
                BinnedMatrix(matrix, later, bins.binning, threads: threads), later,
                intercept: intercept, threads: threads)
        }
        let loop = BoostingLoop(
            search: search, training: training, heldOut: held, gram: gram(training),
            intercept: intercept)
        var losses: [TrainingProgress] = []
        let settings = BoostingLoop.Settings(
            rounds: rounds, patience: learner.earlyStoppingRounds,
            roundsPerLook: learner.roundsPerLook
        ) { round, trainingLoss, heldOutLoss in
            let now = TrainingProgress(
                stage: stage, round: round, rounds: rounds, trainingLoss: trainingLoss,
                heldOutLoss: heldOutLoss)
            losses.append(now)
            return progress?(now) ?? true
        }
        let result = loop.run(settings)
        return Outcome(stumps: result.stumps, end: result.end, progress: losses)
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

    /// The score tables of stumps.
    func parts(_ stumps: [Stump]) -> ScoreTableBuilder.Parts {
        ScoreTableBuilder(
            binning: bins.binning, length: bins.histogramLength, counts: counts.all
        ).build(stumps, intercept: intercept)
    }
}
