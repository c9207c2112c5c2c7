// What a row costs the scorer, beside what it costs to read the row.
//   swift run -c release --package-path Benchmarks/Scoring ScoringBenchmark [rows] [features] [cut points]
import Dispatch
import Glibc
import RiskColumns
import RiskModel
import RiskScoring

let sizes = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let rows = sizes.first ?? 1_000_000
let featureCount = sizes.dropFirst().first ?? 50
let cutPointCount = sizes.dropFirst(2).first ?? 63

nonisolated(unsafe) var state: UInt64 = 42
func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) / 9_007_199_254_740_992
}

let names = (0..<featureCount).map { "feature_\($0)" }
let tables = (0..<featureCount).map { feature in
    ScoreTable(
        feature: feature, cutPoints: Set((0..<cutPointCount).map { _ in uniform() }).sorted(),
        units: (0...cutPointCount).map { _ in Int32(uniform() * 20_000) - 10_000 }, missingUnits: 0,
        typicalUnits: 0)
}
let model = AdditiveModel(
    name: "benchmark", features: names.map { Feature(name: $0) }, intercept: -300_000,
    tables: tables, calibration: .platt(slope: 0.9, intercept: -0.1))
let matrix = FeatureMatrix(
    names: names,
    columns: names.map { _ in
        (0..<rows).map { _ in uniform() < 0.02 ? Double.nan : uniform() }
    }, rowCount: rows)
let scorer = Scorer(model)

/// The best of several runs: nanoseconds a row on the clock, and of processor time, which says what
/// a row costs on a machine that has other things to do.
func best(_ runs: Int, perRow count: Int, _ body: () -> Void) -> (clock: Double, processor: Double)
{
    var best = (clock: Double.infinity, processor: Double.infinity)
    for _ in 0..<runs {
        let start = (clock: now(CLOCK_MONOTONIC), processor: now(CLOCK_PROCESS_CPUTIME_ID))
        body()
        best.clock = min(best.clock, now(CLOCK_MONOTONIC) - start.clock)
        best.processor = min(best.processor, now(CLOCK_PROCESS_CPUTIME_ID) - start.processor)
    }
    return (best.clock / Double(count), best.processor / Double(count))
}

func now(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

func report(_ what: String, _ cost: (clock: Double, processor: Double)) {
    func short(_ value: Double) -> Double { (value * 10).rounded() / 10 }
    print("\(what): \(short(cost.clock)) ns a row (\(short(cost.processor)) ns of processor time)")
}

nonisolated(unsafe) var sink: Double = 0
func sumColumns(threads: Int) {
    DispatchQueue.concurrentPerform(iterations: threads) { worker in
        var total: Double = 0
        for column in stride(from: worker, to: matrix.columns.count, by: threads) {
            matrix.columns[column].withUnsafeBufferPointer { values in
                var lanes = SIMD8<Double>(repeating: 0)
                for start in stride(from: 0, to: values.count - 7, by: 8) {
                    lanes += UnsafeRawPointer(values.baseAddress! + start)
                        .loadUnaligned(as: SIMD8<Double>.self)
                }
                total += lanes.sum()
            }
        }
        if worker == 0 { sink = total }
    }
}

print("\(rows) rows, \(featureCount) features, \(cutPointCount) cut points each")
for threads in 1...2 {
    report(
        "reading the matrix, threads: \(threads)",
        best(5, perRow: rows) { sumColumns(threads: threads) })
    report(
        "scoring it, threads: \(threads)",
        best(5, perRow: rows) { sink = try! scorer.score(matrix, threads: threads).probability[0] })
}
func reportSingleRows() {
    let count = min(rows, 1000)
    let samples = (0..<count).map { row in matrix.columns.map { $0[row] } }
    let scorer = scorer
    var total: Double = 0
    report(
        "one row at a time",
        best(200, perRow: count) {
            for row in samples { total += scorer.score(row: row).probability }
        })
    report(
        "one row's score and three reasons",
        best(200, perRow: count) {
            for row in samples {
                total += scorer.score(row: row).probability
                total += Double(scorer.reasons(row: row, top: 3).count)
            }
        })
    sink = total
}
reportSingleRows()
