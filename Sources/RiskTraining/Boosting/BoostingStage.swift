import CRiskKernels
import RiskModel

/// Rows made ready for boosting, in all partitions: bins, counts and the intercept.
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
    let group: PartitionGroup
    /// The names of the columns, in their order.
    let columns: [String]
    /// What is known of the weights of all rows.
    let weightUnit: Double
    /// The rows that are learned, and those that are held out.
    let totals: RowTotals
    let heldOut: RowTotals?
    let stage: TrainingProgress.Stage
    let threads: Int
    let binning: Binning
    /// The weight multiples in each bin, and those of events.
    let counts: BinCounts
    /// The log-odds of the base rate, in margin units.
    let intercept: Int32
    /// The model to go on from.
    let warmStart: WarmStart?

    /// - Parameters:
    ///   - rows: all rows.
    ///   - parts: those earlier and later, where the earlier ones are learned.
    /// - Complexity: O(rows × features).
    init(
        _ learner: StumpBoostingLearner, _ rows: PartitionedTotals,
        parts: (earlier: RowTotals, later: RowTotals)?, warmStart: WarmStart? = nil, threads: Int
    ) throws(TrainingError) {
        self.warmStart = warmStart
        self.learner = learner
        self.threads = threads
        let group = rows.group
        self.group = group
        columns = rows.names
        weightUnit = rows.weightUnit
        totals = parts?.earlier ?? rows.totals
        heldOut = parts?.later
        stage = parts == nil ? .allRows : .holdingOut
        let isLarge = totals.rows > min(Self.binningRows, Self.gramRows)
        let part = parts == nil ? PartitionRequest.Stage.all : .earlier
        if isLarge || learner.bagCount(totals) > 1 {
            try group.nameRows(.stage(part, names: true)) { .names($0) }
        } else {
            _ = try group.ask(.stage(part, names: false))
        }
        let halvings = RowNames.halvings(of: totals.rows, most: Self.binningRows)
        let fine = try Binning(
            group, names: columns, limit: min(255, learner.bins * Self.fineness),
            halvings: halvings > 0 ? halvings : nil, threads: threads)
        guard !fine.features.isEmpty else {
            throw fine.constant.isEmpty
                ? .allMissing(features: fine.allMissing)
                : .nothingVaries(features: fine.constant + fine.allMissing)
        }
        let counts = try Self.counts(fine, group)
        if fine.features.contains(where: { $0.cutPoints.count >= learner.bins }) {
            let merging = BinMerging(
                fine, counts: counts, length: fine.histogramLength, budget: learner.bins,
                threads: threads)
            _ = try group.ask(.merge(merging.features, maps: merging.byteMaps))
            self.counts = merging.merged(counts, length: fine.histogramLength)
            binning = fine.with(merging.features)
        } else {
            (self.counts, binning) = (counts, fine)
        }
        let rate = totals.baseRate
        intercept =
            warmStart?.intercept
            ?? Int32(
                (rk_log_f64(rate / (1 - rate)) * GradientHistogram.marginScale)
                    .rounded(.toNearestOrEven))
    }

    private static func counts(
        _ binning: Binning, _ group: PartitionGroup
    ) throws(TrainingError) -> BinCounts {
        let request = PartitionRequest.Kind.bin(binning.features)
        let entries = binning.features.count * binning.histogramLength
        guard case .counts(let counts) = try group.sum(request), counts.all.count == entries,
            counts.events.count == entries,
            zip(counts.all, counts.events).allSatisfy({ 0 <= $1 && $1 <= $0 && $0 <= 1 << 51 })
        else { throw group.unexpected(request) }
        return counts
    }

    /// Makes rounds, on all rows or on a bootstrap sample of them.
    /// - Parameter watching: whether the loss of the rows held out is taken.
    func boost(
        watching: Bool, rounds: Int, bag: Bag? = nil, only features: Set<Int>? = nil,
        _ progress: TrainingCallback?
    ) throws(TrainingError) -> Outcome {
        let rows = try begin(watching: watching, bag: bag?.index)
        let loop = loop(over: rows, only: features)
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
        let result = try loop.run(settings)
        return Outcome(
            tables: [[Int64]](
                result.stumps, features: binning.features.count, length: rows.length),
            hessians: result.hessians.map { $0 * rows.scale.unit }, rounds: result.stumps.count,
            end: result.end, progress: losses)
    }

    /// Sets all margins to where boosting begins.
    func begin(watching: Bool, bag: Int? = nil) throws(TrainingError) -> PartitionedRows {
        func scale(_ totals: RowTotals, total: Int64? = nil) -> SumScale {
            SumScale(
                total: total ?? totals.weight, rate: totals.baseRate, weightUnit: weightUnit)
        }
        var total: Int64?
        if let bag { total = try group.total(.bag(bag)) }
        let run = PartitionRequest.Run(
            intercept: intercept, isBag: bag != nil,
            gramHalvings: wantsGram
                ? RowNames.halvings(of: totals.rows, most: Self.gramRows) : nil,
            scale: scale(totals, total: total),
            heldOut: watching ? heldOut.map { scale($0) } : nil)
        _ = try group.ask(.begin(run))
        return PartitionedRows(
            group: group, features: binning.features.count, length: binning.histogramLength,
            scale: run.scale, heldOutScale: run.heldOut)
    }

    /// What grows on these rows.
    func loop(over rows: PartitionedRows, only features: Set<Int>? = nil) -> BoostingLoop {
        let search = StumpSearch(
            learningRate: learner.learningRate, l2: learner.l2,
            minimumHessian: learner.minimumLeafHessian,
            minimumCount: learner.minimumLeafCount / weightUnit,
            features: binning.features, counts: counts.all, length: rows.length,
            unit: rows.scale.unit, directions: directions)
        let gram =
            wantsGram
            ? GramMatrix(features: rows.features, length: rows.length, threads: threads) : nil
        return BoostingLoop(
            search: search, rows: rows, gram: gram, intercept: intercept, bound: warmStart?.bound,
            usage: usage(only: features))
    }

    /// Whether the Gram matrix is wanted and fits the memory.
    private var wantsGram: Bool {
        let size = GramMatrix.bytes(
            features: binning.features.count, length: binning.histogramLength)
        return learner.roundsPerLook > 1 && size <= learner.gramMemory * 1_000_000
    }

    /// The scores of the rows held out, by tables as they will be in the model.
    func scores(_ parts: ScoreTableBuilder.Parts) throws(TrainingError) -> HeldOutScores {
        let request = PartitionRequest.Kind.scores(parts)
        guard case .scores(let scores) = try group.sum(request), scores.isConsistent,
            scores.units.count == heldOut?.rows
        else { throw group.unexpected(request) }
        return scores
    }

    /// The score tables of one run, or the mean of several, smoothed.
    func parts(_ outcomes: [Outcome]) throws(TrainingError) -> ScoreTableBuilder.Parts {
        let smoothing = TableSmoothing(strength: learner.smoothing)
        // In rows of mean weight: weights that are all doubled tell no more of a step's noise.
        let unit = Double(totals.weight) * weightUnit / Double(totals.rows) * Double(outcomes.count)
        let tables = binning.features.indices.map { feature in
            let start = feature * binning.histogramLength
            let hessians = (0..<binning.histogramLength).map { bin in
                outcomes.reduce(0) { $0 + $1.hessians[start + bin] } / unit
            }
            let count = binning.features[feature].cutPoints.count + 1
            var table = smoothing.combine(
                outcomes.map { $0.tables[feature] }, hessians, bins: count)
            directions[feature]?.straighten(&table, bins: count)
            return table
        }
        let builder = ScoreTableBuilder(
            binning: binning, length: binning.histogramLength, counts: counts.all)
        guard let warmStart else { return builder.build(tables, intercept: intercept) }
        return try warmStart.adding(
            builder.build(tables, intercept: intercept, centred: false), total: totals.weight
        ) { tables throws(TrainingError) in
            let request = PartitionRequest.Kind.typical(tables)
            guard case .typical(let sums) = try group.sum(request), sums.count == tables.count,
                sums.allSatisfy({ $0.magnitude <= 1 << 100 })
            else { throw group.unexpected(request) }
            return sums
        }
    }

    /// Which way the table of each feature must run.
    var directions: [Monotonicity?] {
        binning.features.map { learner.monotone[columns[$0.column]] }
    }

    /// What may be used: `features` only, or as many as there may be.
    private func usage(only features: Set<Int>?) -> FeatureUsage? {
        guard learner.featureRounds > 0 || learner.maximumFeatures > 0 || features != nil else {
            return nil
        }
        let before = warmStart?.usedColumns ?? []
        let earlier = binning.features.indices.filter {
            before.contains(binning.features[$0].column)
        }
        // A feature of the earlier model that does not vary here counts too.
        let gone = before.count - earlier.count
        return FeatureUsage(
            binning.features.count, mostRounds: learner.featureRounds,
            mostFeatures: features?.count
                ?? (learner.maximumFeatures > 0 ? learner.maximumFeatures - gone : nil),
            used: features ?? Set(earlier))
    }
}
