import Dispatch
import RiskColumns
import RiskJSON
import RiskModel
import RiskScoring

/// Rows made for a model, and how long scoring them takes.
struct ModelBench {
    /// What took how long.
    struct Measure {
        let name: String
        let threads: Int
        /// A row, all threads together.
        let nanoseconds: Double
        /// How long reading the same values takes, divided by it; nil for the reading itself.
        let share: Double?

        var rowsPerSecond: Double { 1e9 / nanoseconds }

        var node: Node {
            .object([
                "what": Node(name), "threads": Node(threads),
                "nanosecondsPerRow": Node(nanoseconds),
                "rowsPerSecond": Node(rowsPerSecond),
                "shareOfMemoryPace": share.map { Node($0) } ?? nil,
            ])
        }
    }

    /// Of single rows, in nanoseconds.
    struct Latency {
        let name: String
        let median: Double
        let high: Double

        var node: Node {
            .object([
                "what": Node(name), "medianNanoseconds": Node(median), "p99Nanoseconds": Node(high),
            ])
        }
    }

    private let scorer: Scorer
    private let vectors: FeatureMatrix
    private let runs: Int

    /// Makes the rows: of each feature any bin is as likely as any other.
    init(_ scorer: Scorer, rows: Int, runs: Int) {
        self.scorer = scorer
        self.runs = runs
        var cutPoints = [[Double]](repeating: [], count: scorer.layout.count)
        for table in scorer.model.tables { cutPoints[table.feature] = table.cutPoints }
        let columns = cutPoints.enumerated().map { feature, cuts -> [Double] in
            var generator = SplitMix64(seed: UInt64(feature))
            return (0..<rows).map { _ in
                if generator.below(50) == 0 { return .nan }
                let bin = generator.below(cuts.count + 1)
                if cuts.isEmpty { return Double(generator.below(1000)) }
                if bin == 0 { return cuts[0] }
                return bin == cuts.count ? cuts[bin - 1].nextUp : (cuts[bin - 1] + cuts[bin]) / 2
            }
        }
        vectors = FeatureMatrix(names: scorer.layout, columns: columns, rowCount: rows)
    }

    /// Reading and scoring all rows.
    func batch(threads: Int) -> [Measure] {
        let rows = vectors.rowCount
        var units = [Int64](repeating: 0, count: rows)
        var probability = [Double](repeating: 0, count: rows)
        var points = [Int32](repeating: 0, count: rows)
        return withExtendedLifetime(vectors) {
            // Arrays keep their storage while the matrix lives, and nobody writes to it.
            let places = vectors.columns.map { column in column.withUnsafeBufferPointer { $0 } }
            let columns = places.map { ScoringColumn($0) }
            var total = 0.0
            let reading = best { total += Self.sum(places, rows: rows, threads: threads) }
            let sums = best {
                units.withUnsafeMutableBufferPointer { units in
                    scorer.score(columns: columns, rows: rows, threads: threads, units: units)
                }
            }
            let all = best {
                units.withUnsafeMutableBufferPointer { units in
                    probability.withUnsafeMutableBufferPointer { probability in
                        points.withUnsafeMutableBufferPointer { points in
                            scorer.score(
                                columns: columns, rows: rows, threads: threads, units: units,
                                probability: probability, points: points)
                        }
                    }
                }
            }
            // The sums are looked at, so that nobody leaves the adding out.
            precondition(!total.isNaN)
            func measure(_ name: String, _ seconds: Double, _ share: Double?) -> Measure {
                Measure(
                    name: name, threads: threads, nanoseconds: seconds * 1e9 / Double(rows),
                    share: share)
            }
            return [
                measure("adding the values up", reading, nil),
                measure("log-odds", sums, reading / sums),
                measure("log-odds, probability, points", all, reading / all),
            ]
        }
    }

    /// One row after the other, of the first rows.
    func singleRows() -> [Latency] {
        let rows = min(vectors.rowCount, 20_000) / 32 * 32
        var values = [Double](repeating: 0, count: rows * vectors.columns.count)
        for row in 0..<rows {
            for (feature, column) in vectors.columns.enumerated() {
                values[row * vectors.columns.count + feature] = column[row]
            }
        }
        return [0, 3].map { reasons in
            var times: [Double] = []
            var sum: Int64 = 0
            withUnsafeTemporaryAllocation(of: RaisedTerm.self, capacity: max(reasons, 1)) { room in
                room.initialize(repeating: RaisedTerm())
                let terms = UnsafeMutableBufferPointer(rebasing: room[..<reasons])
                values.withUnsafeBufferPointer { values in
                    for _ in 0..<runs {
                        for group in 0..<rows / 32 {
                            let start = ContinuousClock.now
                            for row in group * 32..<group * 32 + 32 {
                                let width = vectors.columns.count
                                let row = UnsafeBufferPointer(
                                    rebasing: values[row * width..<(row + 1) * width])
                                let score =
                                    reasons == 0
                                    ? scorer.score(row: row)
                                    : scorer.score(row: row, reasons: terms).score
                                sum &+= score.units
                            }
                            times.append((ContinuousClock.now - start) / .nanoseconds(1) / 32)
                        }
                    }
                }
            }
            precondition(sum != .min)
            times.sort()
            return Latency(
                name: reasons == 0 ? "score" : "score and three reasons",
                median: times[times.count / 2], high: times[times.count * 99 / 100])
        }
    }

    /// The seconds of the fastest run.
    private func best(_ body: () -> Void) -> Double {
        body()
        return (0..<runs).map { _ in
            let start = ContinuousClock.now
            body()
            return (ContinuousClock.now - start) / .seconds(1)
        }.min() ?? .nan
    }

    /// The sum of all values, missing ones as they come, in eight times four lanes a thread: as fast as
    /// values can be read.
    private static func sum(
        _ columns: [UnsafeBufferPointer<Double>], rows: Int, threads: Int
    ) -> Double {
        let parts = UnsafeMutableBufferPointer<Double>.allocate(capacity: threads)
        defer { parts.deallocate() }
        nonisolated(unsafe) let (result, input) = (parts, columns)
        DispatchQueue.concurrentPerform(iterations: threads) { part in
            let range = rows * part / threads..<rows * (part + 1) / threads
            var lanes = (
                SIMD8<Double>.zero, SIMD8<Double>.zero, SIMD8<Double>.zero, SIMD8<Double>.zero
            )
            for column in input {
                let base = UnsafeRawPointer(column.baseAddress! + range.lowerBound)
                var byte = 0
                let end = range.count / 32 * 256
                while byte < end {
                    lanes.0 += base.loadUnaligned(fromByteOffset: byte, as: SIMD8<Double>.self)
                    lanes.1 += base.loadUnaligned(fromByteOffset: byte + 64, as: SIMD8<Double>.self)
                    lanes.2 += base.loadUnaligned(
                        fromByteOffset: byte + 128, as: SIMD8<Double>.self)
                    lanes.3 += base.loadUnaligned(
                        fromByteOffset: byte + 192, as: SIMD8<Double>.self)
                    byte += 256
                }
            }
            let sum = (lanes.0 + lanes.1 + lanes.2 + lanes.3).sum()
            result[part] = sum.isNaN ? 0 : sum
        }
        return parts.reduce(0, +)
    }
}
