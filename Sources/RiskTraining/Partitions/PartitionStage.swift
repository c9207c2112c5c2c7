import RiskColumns
import RiskModel

/// What a partition knows of the rows that are learned at a time: bins, names, scores.
///
/// `@unchecked Sendable`: whoever asks is kept apart by the partition's lock; `distinct` only reads.
final class PartitionStage: @unchecked Sendable {
    let matrix: FeatureMatrix
    let sample: Sample
    private let heldOut: HeldOutSplit?
    private let warmStart: WarmStart?
    private let threads: Int
    private let gramMemory: Int
    private let rooms = SortingRooms()
    private var names: RowNames?
    /// The rows drawn for the choice of bins, after so many halvings.
    private var drawn: (halvings: Int, sample: Sample)?
    private(set) var bins: BinnedMatrix?
    private var bag: (multiples: [UInt32], total: Int64)?
    private(set) var run: PartitionRun?

    init(
        _ matrix: FeatureMatrix, _ sample: Sample, heldOut: HeldOutSplit?, warmStart: WarmStart?,
        threads: Int, gramMemory: Int
    ) {
        self.gramMemory = gramMemory
        self.matrix = matrix
        self.sample = sample
        self.heldOut = heldOut
        self.warmStart = warmStart
        self.threads = threads
    }

    /// Draws the rows that choose bins, once.
    /// - Returns: them; nil where all rows choose, or nobody named them.
    func draw(_ halvings: Int?) -> Sample? {
        guard let halvings, let names else { return nil }
        if drawn?.halvings != halvings {
            drawn = (halvings, sample.selecting(names.places(halvings: halvings)))
        }
        return drawn?.sample
    }

    /// The different values of a column, in all rows or in those drawn; whether some row has none is asked of
    /// all rows.
    /// - Parameter drawn: what `draw(_:)` gave: others may draw other rows meanwhile.
    func distinct(
        column: Int, halvings: Int?, drawn: Sample?
    ) throws(TrainingError) -> DistinctValues {
        guard matrix.columns.indices.contains(column) else {
            throw .badPartition("there is no column \(column)")
        }
        if halvings == nil { return DistinctValues(matrix.columns[column], sample, rooms) }
        guard let drawn else {
            throw .badPartition("rows are drawn by names that nobody gave")
        }
        var distinct = DistinctValues(matrix.columns[column], drawn, rooms)
        if !distinct.hasMissing { distinct.hasMissing = sample.hasMissing(matrix.columns[column]) }
        return distinct
    }

    func carryOut(
        _ request: PartitionRequest.Kind
    ) throws(TrainingError) -> PartitionStatistics {
        switch request {
        case .names(let all):
            guard all.count == sample.count else {
                throw .badPartition("\(all.count) names for \(sample.count) rows")
            }
            names = RowNames(numbered: all)
        case .bin(let features):
            try check(features)
            run = nil
            let bins = BinnedMatrix(
                matrix, sample, Binning(features: features), threads: threads)
            self.bins = bins
            return .counts(bins.counts(sample, threads: threads))
        case .merge(let features, let maps):
            guard let bins else { throw LocalPartition.early(request) }
            try check(features)
            let missing = Binning(features: features).missing
            guard features.count == bins.binning.features.count, maps.count == features.count,
                maps.allSatisfy({ $0.count == 256 && $0.allSatisfy { $0 <= missing } })
            else { throw .badPartition("maps of other bins") }
            run = nil
            self.bins = bins.mapped(by: maps, to: Binning(features: features), threads: threads)
        case .bag(let index):
            guard let names else { throw LocalPartition.early(request) }
            bag = names.weights(ofBag: index, sample.weights)
            return .total(bag?.total ?? 0)
        case .begin(let plan):
            guard let bins else { throw LocalPartition.early(request) }
            run = try begin(plan, bins)
        case .scores(let parts):
            guard let heldOut else { throw LocalPartition.early(request) }
            try check(parts.tables)
            return .scores(
                HeldOutScores(heldOut, units(parts, heldOut.later)))
        case .typical(let tables):
            try check(tables)
            return .typical(
                tables.map { WarmStart.weighted($0, matrix.columns[$0.feature], sample) })
        default:
            guard let run else { throw LocalPartition.early(request) }
            return try run.carryOut(request)
        }
        return .done
    }

    private func begin(
        _ plan: PartitionRequest.Run, _ bins: BinnedMatrix
    ) throws(TrainingError) -> PartitionRun {
        let intercept = warmStart?.intercept ?? plan.intercept
        let bound = warmStart?.bound ?? abs(Int64(plan.intercept))
        if plan.isBag, bag == nil { throw .badPartition("there is no bag") }
        guard plan.scale.fits(plan.isBag ? bag?.total ?? 0 : sample.weights.total),
            plan.heldOut?.fits(heldOut?.later.weights.total ?? 0) ?? true,
            bound <= GradientHistogram.marginLimit
        else { throw .badPartition("a scale in which sums do not fit 64 bits") }
        let training = GradientHistogram(
            bins, sample, scale: plan.scale, multiples: plan.isBag ? bag?.multiples : nil,
            intercept: intercept, margins: warmStart?.margins(matrix, sample), threads: threads)
        var held: GradientHistogram?
        if let scale = plan.heldOut {
            guard let later = heldOut?.later else {
                throw .badPartition("no rows are held out")
            }
            held = GradientHistogram(
                BinnedMatrix(matrix, later, bins.binning, threads: threads), later, scale: scale,
                intercept: intercept, margins: warmStart?.margins(matrix, later), threads: threads)
        }
        var gram: GramRows?
        if let halvings = plan.gramHalvings {
            guard names != nil || halvings == 0 else {
                throw .badPartition("rows are drawn by names that nobody gave")
            }
            let (features, length) = (bins.binning.features.count, bins.binning.histogramLength)
            guard
                GramMatrix.bytes(features: features, length: length) / 1_000_000 <= gramMemory
            else { throw .badPartition("a Gram matrix of more than \(gramMemory) MB") }
            let places =
                names?.places(halvings: halvings) ?? (0..<UInt32(sample.count)).map { $0 }
            gram = GramRows(bins, places: places, weights: training.weights, threads: threads)
        }
        return PartitionRun(training: training, heldOut: held, gram: gram, bound: bound)
    }

    /// The scores of rows, by tables as they will be in the model.
    private func units(_ parts: ScoreTableBuilder.Parts, _ sample: Sample) -> [Int64] {
        var units = [Int64](repeating: parts.intercept, count: sample.count)
        for table in parts.tables {
            let column = matrix.columns[table.feature]
            for place in units.indices {
                let row = sample.rows.map { Int($0[place]) } ?? place
                units[place] &+= Int64(table.units(of: column[row]))
            }
        }
        return units
    }

    private func check(_ features: [Binning.FeatureBins]) throws(TrainingError) {
        guard features.count <= matrix.columns.count else {
            throw .badPartition("more bins than features")
        }
        for feature in features {
            let cuts = feature.cutPoints
            guard matrix.columns.indices.contains(feature.column), cuts.count < 255,
                zip(cuts, cuts.dropFirst()).allSatisfy({ $0 < $1 }),
                cuts.allSatisfy({ $0.isFinite })
            else { throw .badPartition("bins that do not fit the features") }
        }
    }

    private func check(_ tables: [ScoreTable]) throws(TrainingError) {
        for table in tables {
            guard matrix.columns.indices.contains(table.feature),
                table.units.count == table.cutPoints.count + 1,
                zip(table.cutPoints, table.cutPoints.dropFirst()).allSatisfy({ $0 < $1 })
            else { throw .badPartition("tables that do not fit the features") }
        }
    }
}

/// What a partition knows of rounds of boosting: the rows' scores so far.
final class PartitionRun {
    let training: GradientHistogram
    let heldOut: GradientHistogram?
    let gram: GramRows?
    /// What each feature's table has come to, and how far a score can be from 0 by it: scores are 32 bits.
    private var tables: [Int64]
    private var heldTables: [Int64]
    private let bound: Int64

    init(
        training: GradientHistogram, heldOut: GradientHistogram?, gram: GramRows?, bound: Int64
    ) {
        self.training = training
        self.heldOut = heldOut
        self.gram = gram
        self.bound = bound
        tables = [Int64](
            repeating: 0, count: training.length * training.bins.binning.features.count)
        heldTables = tables
    }

    func carryOut(
        _ request: PartitionRequest.Kind
    ) throws(TrainingError) -> PartitionStatistics {
        switch request {
        case .look(let added):
            if let added { try count(added, in: &tables) }
            return .sums(training.gradientSums(adding: added))
        case .takeAway(let added):
            try count(added, in: &tables)
            training.add(added)
            return .done
        case .heldOutLoss(let added):
            guard let heldOut else { throw .badPartition("no rows are watched") }
            if let added {
                try count(added, in: &heldTables)
                heldOut.add(added)
            }
            return .total(heldOut.loss())
        case .hessians:
            guard let gram else { throw .badPartition("no Gram matrix was asked for") }
            return .total(gram.take(training.margins))
        case .pairs(let shift):
            guard let gram, (0..<64).contains(shift) else {
                throw .badPartition("no Gram matrix was asked for")
            }
            return .pairs(
                gram.pairs(
                    shift: shift, features: training.bins.binning.features.count,
                    length: training.length))
        default:
            throw LocalPartition.early(request)
        }
    }

    /// Counts what is added to scores, and refuses what would take them out of 32 bits.
    private func count(_ added: MarginTables, in tables: inout [Int64]) throws(TrainingError) {
        guard added.fits(features: training.bins.binning.features.count, length: training.length)
        else { throw .badPartition("tables of other bins") }
        var next = tables
        added.add(to: &next)
        var sum = bound
        for start in stride(from: 0, to: next.count, by: training.length) {
            sum += next[start..<start + training.length].reduce(0) { max($0, abs($1)) }
        }
        guard sum <= GradientHistogram.marginLimit else {
            throw .badPartition("scores beyond 32 bits")
        }
        tables = next
    }
}
