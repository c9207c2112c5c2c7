import Foundation
import RiskColumns
import RiskModel

/// A partition whose rows are in memory.
///
/// It answers what a learner asks, here or for a learner elsewhere (`TrainingPartition`). A request that
/// cannot be carried out, because it comes too early or names what is not there, is refused with a
/// `TrainingError`, whoever made it; it changes nothing.
///
/// `@unchecked Sendable`: a lock keeps requests apart, but for values of columns, which only read.
public final class LocalPartition: TrainingPartition, @unchecked Sendable {
    let matrix: FeatureMatrix
    let times: [Int64]?
    let threads: Int
    private let gramMemory: Int
    /// The matrix's rows with a weight above zero; nil for all of them.
    private let rows: [UInt32]?
    private let labels: [UInt8]
    /// The weights of these rows; nil where all are 1.
    private let given: [Double]?
    private let range: WeightRange

    private let lock = NSLock()
    /// All rows, as soon as the unit of weights is known, and those earlier and later.
    private var whole: Sample?
    private var parts: HeldOutSplit?
    /// When each row happened, or what stands for it.
    private var moments: [Int64]?
    private var warmStart: WarmStart?
    /// What is learned from now on.
    private(set) var stage: PartitionStage?

    /// Takes rows in.
    /// - Parameters:
    ///   - data: `populationRate` does not count here: it is told to the learner.
    ///   - threads: 0 = as many as the machine has processors. Nothing depends on it.
    ///   - gramMemory: in megabytes, 0 or more: a learner who wants a larger Gram matrix is refused.
    /// - Throws: `TrainingError` where labels, weights or times do not match the rows, a weight is negative or
    ///   not finite, two features have one name. Neither rows nor both classes are asked for: other partitions
    ///   have some.
    public convenience init(
        _ data: TrainingData, threads: Int = 1, gramMemory: Int = 4096
    ) throws(TrainingError) {
        let rows = try Sample.Rows(data)
        self.init(data, rows, threads: threadCount(threads), gramMemory: gramMemory)
    }

    private init(_ data: TrainingData, _ rows: Sample.Rows, threads: Int, gramMemory: Int) {
        self.gramMemory = gramMemory
        matrix = data.matrix.inNameOrder
        times = data.times
        self.threads = threads
        self.rows = rows.kept
        labels = rows.labels
        given = rows.weights
        range = rows.weights.map { WeightRange($0) } ?? WeightRange(ones: rows.labels.count)
    }

    /// Carries a request out.
    /// - Throws: `TrainingError.badPartition` where it cannot be carried out.
    public func answer(_ request: PartitionRequest) throws(TrainingError) -> PartitionStatistics {
        if case .distinct(let column, let halvings) = request.kind {
            lock.lock()
            let stage = stage
            let drawn = stage?.draw(halvings)
            lock.unlock()
            guard let stage else { throw Self.early(request.kind) }
            return .distinct(
                try stage.distinct(column: column, halvings: halvings, drawn: drawn))
        }
        lock.lock()
        defer { lock.unlock() }
        return try carryOut(request.kind)
    }

    static func early(_ request: PartitionRequest.Kind) -> TrainingError {
        .badPartition("\"\(request.name)\" was asked for too early")
    }

    private func carryOut(
        _ request: PartitionRequest.Kind
    ) throws(TrainingError) -> PartitionStatistics {
        switch request {
        case .summary:
            // A training begins.
            (whole, parts, moments, warmStart, stage) = (nil, nil, nil, nil, nil)
            return .summary(
                RowSummary(
                    names: matrix.names, hasTimes: times != nil, rows: labels.count,
                    positives: labels.count { $0 == 1 }, weights: range))
        case .weigh(let exponent, let shift):
            let weights = given ?? [Double](repeating: 1, count: labels.count)
            guard
                let lattice = LatticeWeights(weights, exponent: exponent, shift: shift)
            else { throw .badPartition("weights in a unit that does not hold them") }
            return setWeights(lattice, plain: weights)
        case .unweighted(let unit):
            guard range.isUniform, range.first == nil || range.first == unit else {
                throw .badPartition("weights that are not all alike")
            }
            return setWeights(
                LatticeWeights(uniform: unit, count: labels.count), plain: unit == 1 ? nil : given)
        case .rowHashes:
            guard let whole else { throw Self.early(request) }
            return .hashes(RowNames.hashes(matrix, whole, threads: threads))
        case .rowNames(let names):
            guard names.count == whole?.count else {
                throw .badPartition("\(names.count) names for \(whole?.count ?? 0) rows")
            }
            moments = HoldOut.moments(ofNames: names)
            return .done
        case .moments(let label):
            guard let whole, let moments else { throw Self.early(request) }
            return .moments(MomentWeights(whole, at: moments, label: label))
        case .split(let starts):
            guard let whole, let moments else { throw Self.early(request) }
            let parts = whole.split(at: moments, from: starts)
            self.parts = parts
            return .parts(earlier: RowTotals(parts.earlier), later: RowTotals(parts.later))
        case .goOn(let model):
            warmStart = try WarmStart(model, names: matrix.names)
            return .done
        case .stage(let kind, let needsNames):
            guard let sample = kind == .all ? whole : parts?.earlier else {
                throw Self.early(request)
            }
            let stage = PartitionStage(
                matrix, sample, heldOut: parts, warmStart: warmStart, threads: threads,
                gramMemory: gramMemory)
            self.stage = stage
            return needsNames
                ? .hashes(RowNames.hashes(matrix, sample, threads: threads)) : .done
        default:
            guard let stage else { throw Self.early(request) }
            return try stage.carryOut(request)
        }
    }

    private func setWeights(_ weights: LatticeWeights, plain: [Double]?) -> PartitionStatistics {
        let sample = Sample(rows: rows, labels: labels, weights: weights, plainWeights: plain)
        whole = sample
        moments = times.map { sample.moments($0) }
        let union = weights.multiples.map { $0.reduce(0) { $0 | $1 } } ?? 1
        return .weights(WeightSums(union: union, totals: RowTotals(sample)))
    }
}
