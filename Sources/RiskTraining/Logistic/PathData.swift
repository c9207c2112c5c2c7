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
        /// Where its values lie, in rows: blocks have room for whole tiles.
        let base: Int
        var room: Int { (count + Int(RK_TILE) - 1) / Int(RK_TILE) * Int(RK_TILE) }
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
        var places: [UInt32]?
        if folds.partCount > 1 {
            var sorted = [UInt32](repeating: 0, count: sample.count)
            var next = starts
            for (place, part) in folds.parts.enumerated() {
                sorted[next[Int(part)]] = UInt32(place)
                next[Int(part)] += 1
            }
            places = sorted
        }
        let sorted = places.map { sample.selecting($0) } ?? sample
        var blocks: [Block] = []
        var chunks: [Range<Int>] = []
        let perPart = max(1, min(32 / folds.partCount, (1 << 25) / (order * order)))
        for part in 0..<folds.partCount {
            let first = blocks.count
            for start in stride(from: starts[part], to: starts[part + 1], by: Self.blockRows) {
                blocks.append(
                    Block(
                        part: part, start: start,
                        count: min(Self.blockRows, starts[part + 1] - start),
                        base: blocks.last.map { $0.base + $0.room } ?? 0))
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
        self.offsets = offsets.map { offsets in
            Storage(places.map { places in places.map { offsets[Int($0)] } } ?? offsets)
        }
        let values = Storage<Float>(
            uninitialized: width * blocks.reduce(0) { max($0, $1.base + $1.room) })
        self.values = values
        let rows = sorted.rows.map { Storage($0) }
        let terms = design.columns.map(\.term)
        // Sixteen blocks at a time: long enough a stretch of each column for memory to run ahead.
        let stretch = 16
        let stretches = (blocks.count + stretch - 1) / stretch
        concurrently(min(threads, stretches)) { worker in
            for index in stride(from: worker, to: stretches, by: min(threads, stretches)) {
                let mine = blocks[index * stretch..<min((index + 1) * stretch, blocks.count)]
                for (place, column) in design.columns.enumerated() {
                    matrix.columns[column.source].withUnsafeBufferPointer { from in
                        for block in mine {
                            withUnsafePointer(to: terms[place]) { term in
                                rk_fill_f32(
                                    term,
                                    rows == nil
                                        ? from.baseAddress! + block.start : from.baseAddress!,
                                    rows.map { UnsafePointer($0.base + block.start) }, block.count,
                                    Int(RK_TILE) * width,
                                    values.base + block.base * width + place * Int(RK_TILE))
                            }
                        }
                    }
                }
            }
        }
        guard folds.partCount > 1 else {
            // The design is standardised over just these rows.
            totals = [Double(sample.weights.total) * sample.weights.unit]
            events = [Double(sample.positiveMultiples) * sample.weights.unit]
            deviations = [[Double](repeating: 1, count: width)]
            return
        }
        let moments = Storage<Double>(repeating: 0, count: chunks.count * (2 * width + 2))
        let (weightsHere, labelsHere) = (weights, labels)
        concurrently(min(threads, chunks.count)) { worker in
            let scratch = Storage<Double>(repeating: 0, count: Self.blockRows * width)
            for chunk in stride(from: worker, to: chunks.count, by: threads) {
                let sums = moments.base + chunk * (2 * width + 2)
                for block in blocks[chunks[chunk]] {
                    let count = block.count
                    rk_widen_f32(values.base + block.base * width, count, width, scratch.base)
                    for row in 0..<count {
                        let weight = weightsHere.map { $0.base[block.start + row] } ?? 1
                        sums[0] += weight
                        if labelsHere.base[block.start + row] == 1 { sums[1] += weight }
                    }
                    for column in 0..<width {
                        let (from, to) = (scratch.base + column * count, sums + 2 + 2 * column)
                        var (first, second) = (0.0, 0.0)
                        for row in 0..<count {
                            let weighted =
                                (weightsHere.map { $0.base[block.start + row] } ?? 1) * from[row]
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

    /// A block in double precision: a column of ones, then the design's columns.
    func load(_ block: Block, into out: UnsafeMutablePointer<Double>) {
        out.update(repeating: 1, count: block.count)
        rk_widen_f32(tiles(block), block.count, order - 1, out + block.count)
    }

    /// A block's values.
    func tiles(_ block: Block) -> UnsafeMutablePointer<Float> {
        values.base + block.base * (order - 1)
    }
}
