import CRiskKernels
import RiskColumns
import RiskLinearAlgebra

/// The design of a sample as a path of penalties walks over it some hundred times: standardised
/// once, in single precision (a rounding of 6e-8 of each value; what is summed is double), rows of one
/// part together, block after block.
///
/// What fits into a block stays in the cache while it is used for the margins of all problems and
/// for their gradients. Chunks of blocks are summed in a fixed order, so that sums do not depend on
/// the number of threads.
final class PathData {
    struct Block {
        let part: Int
        /// The first of its rows, in the order in which they lie here.
        let start: Int
        let count: Int
    }

    let design: Design
    let folds: LambdaFolds
    /// Columns with the intercept's.
    let order: Int
    let rowCount: Int
    let blocks: [Block]
    /// Ranges of blocks, each within one part: the units of work.
    let chunks: [Range<Int>]
    let labels: Storage<UInt8>
    let weights: Storage<Double>?
    let offsets: Storage<Double>?
    /// Σ w of each problem's rows.
    let totals: [Double]
    /// Σ w of the rows with an event.
    let events: [Double]
    /// The weighted standard deviation of each column over each problem's rows.
    let deviations: [[Double]]
    let threads: Int
    let values: Storage<Float>

    static let blockRows = 256
    /// Elements of single precision that are held: 4 GiB.
    static let largest = 1 << 30

    /// - Parameter sample: in canonical order, to be the same for any order of rows.
    /// - Complexity: O(rows × columns).
    init(
        _ design: Design, _ matrix: FeatureMatrix, _ sample: Sample, offsets: [Double]?,
        folds: LambdaFolds, threads: Int
    ) throws(TrainingError) {
        let width = design.columns.count
        guard sample.count * width <= Self.largest else {
            throw .badSetting(
                "\(sample.count) rows × \(width) columns are more than the "
                    + "\(Self.largest) values that a path is walked with: "
                    + "take fewer rows, or l2 without a path")
        }
        self.design = design
        self.folds = folds
        self.threads = threads
        order = width + 1
        rowCount = sample.count
        var counts = [Int](repeating: 0, count: folds.partCount)
        for part in folds.parts { counts[Int(part)] += 1 }
        var starts = [0]
        for count in counts { starts.append(starts.last! + count) }
        var places = [UInt32](repeating: 0, count: sample.count)
        var next = starts
        for (place, part) in folds.parts.enumerated() {
            places[next[Int(part)]] = UInt32(place)
            next[Int(part)] += 1
        }
        let sorted = folds.partCount == 1 ? sample : sample.selecting(places)
        var blocks: [Block] = []
        var chunks: [Range<Int>] = []
        let perPart = max(1, min(32 / folds.partCount, (1 << 25) / (order * order)))
        for part in 0..<folds.partCount {
            let first = blocks.count
            for start in stride(from: starts[part], to: starts[part + 1], by: Self.blockRows) {
                blocks.append(
                    Block(
                        part: part, start: start,
                        count: min(Self.blockRows, starts[part + 1] - start)))
            }
            let length = blocks.count - first
            let pieces = min(perPart, length)
            for piece in 0..<pieces {
                chunks.append(
                    first + length * piece / pieces..<first + length * (piece + 1) / pieces)
            }
        }
        self.blocks = blocks
        self.chunks = chunks
        labels = Storage(sorted.labels)
        weights = sorted.plainWeights.map { Storage($0) }
        self.offsets = offsets.map { offsets in Storage(places.map { offsets[Int($0)] }) }
        let values = Storage<Float>(repeating: 0, count: sample.count * width)
        self.values = values
        let rows = sorted.rows.map { Storage($0) }
        let moments = Storage<Double>(repeating: 0, count: chunks.count * (2 * width + 2))
        let (weightsHere, labelsHere) = (weights, labels)
        concurrently(min(threads, chunks.count)) { worker in
            let scratch = Storage<Double>(
                repeating: 0, count: Self.blockRows * (width + 1))
            for chunk in stride(from: worker, to: chunks.count, by: threads) {
                let sums = moments.base + chunk * (2 * width + 2)
                for block in blocks[chunks[chunk]] {
                    let count = block.count
                    design.fill(scratch.base, matrix, rows, start: block.start, count: count)
                    let out = values.base + block.start * width
                    for index in 0..<count * width {
                        out[index] = Float(scratch.base[count + index])
                    }
                    for row in 0..<count {
                        let weight = weightsHere.map { $0.base[block.start + row] } ?? 1
                        sums[0] += weight
                        if labelsHere.base[block.start + row] == 1 { sums[1] += weight }
                    }
                    for column in 0..<width {
                        let (from, to) = (
                            scratch.base + (column + 1) * count, sums + 2 + 2 * column
                        )
                        var (first, second) = (0.0, 0.0)
                        for row in 0..<count {
                            let weighted =
                                (weightsHere.map { $0.base[block.start + row] } ?? 1)
                                * from[row]
                            first += weighted
                            second += weighted * from[row]
                        }
                        to[0] += first
                        to[1] += second
                    }
                }
            }
        }
        var totals: [Double] = []
        var events: [Double] = []
        var deviations: [[Double]] = []
        for problem in 0..<folds.problemCount {
            var sums = [Double](repeating: 0, count: 2 * width + 2)
            for (chunk, range) in chunks.enumerated()
            where folds.trains(problem, on: blocks[range.lowerBound].part) {
                for index in sums.indices {
                    sums[index] += moments.base[chunk * (2 * width + 2) + index]
                }
            }
            totals.append(sums[0])
            events.append(sums[1])
            deviations.append(
                (0..<width).map { column in
                    let mean = sums[2 + 2 * column] / sums[0]
                    let square = sums[3 + 2 * column] / sums[0] - mean * mean
                    return square > 1e-10 ? square.squareRoot() : 0
                })
        }
        (self.totals, self.events, self.deviations) = (totals, events, deviations)
    }

    /// A block in double precision: a column of ones, then the design's columns, or those chosen.
    func load(_ block: Block, _ columns: [Int]? = nil, into out: UnsafeMutablePointer<Double>) {
        let count = block.count
        let from = values.base + block.start * (order - 1)
        out.update(repeating: 1, count: count)
        if let columns {
            for (place, column) in columns.enumerated() {
                let (source, target) = (from + column * count, out + (place + 1) * count)
                for row in 0..<count { target[row] = Double(source[row]) }
            }
        } else {
            let target = out + count
            for index in 0..<count * (order - 1) { target[index] = Double(from[index]) }
        }
    }
}
