// What a row costs the scorer, beside the floor: what it costs to read the row's values once.
//
//     ScoringBenchmark [ROWS] [FEATURES] [BINS]     all shapes without FEATURES and BINS
//     ScoringBenchmark import FILE MODEL            another library's model as an artifact
//
// Benchmarks/scoring.sh runs it, and the rivals of rivals.py.
import Dispatch
import Foundation
import RiskColumns
import RiskModel
import RiskModelImport
import RiskScoring

nonisolated(unsafe) var sink: Double = 0

/// Adds all the values up, a share of the rows of each column a thread: the least that any scorer must
/// do.
func sum<Value: BinaryFloatingPoint & SIMDScalar>(
    _ values: UnsafeBufferPointer<Value>, threads: Int
) where Value.SIMD16Storage: Sendable {
    nonisolated(unsafe) let values = values
    DispatchQueue.concurrentPerform(iterations: threads) { worker in
        let share = values.count / threads
        let bytes = UnsafeRawPointer(values.baseAddress! + worker * share)
        var lanes = (SIMD16<Value>(repeating: 0), SIMD16<Value>(repeating: 0))
        let step = 16 * MemoryLayout<Value>.stride
        var place = 0
        while place + 2 * step <= share * MemoryLayout<Value>.stride {
            lanes.0 += bytes.loadUnaligned(fromByteOffset: place, as: SIMD16<Value>.self)
            lanes.1 += bytes.loadUnaligned(fromByteOffset: place + step, as: SIMD16<Value>.self)
            place += 2 * step
        }
        if worker == 0 { sink = Double((lanes.0 + lanes.1)[0]) }
    }
}

func line(_ what: String, _ floor: Cost, _ units: Cost, _ all: Cost) {
    let name = what + String(repeating: " ", count: max(0, 44 - what.count))
    print(
        name, text(floor.clock), text(units.clock), text(all.clock),
        text(all.clock / floor.clock) + " x", "   work", text(floor.work), text(units.work),
        text(all.work))
}

func measure<Value: BinaryFloatingPoint & SIMDScalar>(
    _ scorer: Scorer, _ what: String, _ values: [Value], rows: Int, byRow: Bool,
    column: (UnsafePointer<Value>, Int) -> ScoringColumn
) where Value.SIMD16Storage: Sendable {
    let features = scorer.layout.count
    let stride = MemoryLayout<Value>.stride
    var units = [Int64](repeating: 0, count: rows)
    var probability = [Double](repeating: 0, count: rows)
    var points = [Int32](repeating: 0, count: rows)
    values.withUnsafeBufferPointer { values in
        let columns = (0..<features).map { feature in
            byRow
                ? column(values.baseAddress! + feature, features * stride)
                : column(values.baseAddress! + feature * rows, stride)
        }
        for threads in 1...2 {
            let floor = Cost.best(of: 7, rows: rows) { sum(values, threads: threads) }
            units.withUnsafeMutableBufferPointer { units in
                let sums = Cost.best(of: 7, rows: rows) {
                    scorer.score(columns: columns, rows: rows, threads: threads, units: units)
                }
                probability.withUnsafeMutableBufferPointer { probability in
                    points.withUnsafeMutableBufferPointer { points in
                        let all = Cost.best(of: 7, rows: rows) {
                            scorer.score(
                                columns: columns, rows: rows, threads: threads, units: units,
                                probability: probability, points: points)
                        }
                        line("\(what), threads: \(threads)", floor, sums, all)
                    }
                }
            }
        }
    }
}

func batch(rows: Int, features: Int, bins: Int) {
    let world = World(rows: rows, features: features, bins: bins)
    let scorer = Scorer(world.model)
    let shape = "\(features) x \(bins)"
    let byColumn = world.columns.flatMap { $0 }
    measure(scorer, "\(shape), float, columns", byColumn, rows: rows, byRow: false) {
        ScoringColumn($0, stride: $1)
    }
    measure(
        scorer, "\(shape), double, columns", byColumn.map { Double($0) }, rows: rows, byRow: false
    ) { ScoringColumn($0, stride: $1) }
    let byRow = [Float](unsafeUninitializedCapacity: rows * features) { values, count in
        for (feature, column) in world.columns.enumerated() {
            for row in 0..<rows { values[row * features + feature] = column[row] }
        }
        count = rows * features
    }
    measure(scorer, "\(shape), float, rows", byRow, rows: rows, byRow: true) {
        ScoringColumn($0, stride: $1)
    }
    measure(scorer, "\(shape), double, rows", byRow.map { Double($0) }, rows: rows, byRow: true) {
        ScoringColumn($0, stride: $1)
    }
}

if CommandLine.arguments.count == 4, CommandLine.arguments[1] == "import" {
    let bytes = Array(try Data(contentsOf: URL(filePath: CommandLine.arguments[2])))
    let imported = try ImportedModel(file: bytes, name: "imported")
    let cuts = imported.model.tables.map(\.cutPoints.count)
    try Data(imported.model.artifact()).write(to: URL(filePath: CommandLine.arguments[3]))
    print(
        "imported from \(imported.source): \(cuts.count) tables of up to \(cuts.max() ?? 0) cut "
            + "points; log-odds differ by at most \(imported.largestDifference)")
    exit(0)
}

let sizes = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let rows = sizes.first ?? 1_000_000
print(
    "ns a row, \(rows) rows with 50 features (of others as many values): floor, units, "
        + "units + probability + points, and how often the floor that is")
if sizes.count == 3 {
    batch(rows: rows, features: sizes[1], bins: sizes[2])
} else {
    for (features, bins) in [(50, 8), (50, 20), (50, 64), (50, 255), (10, 64), (500, 64)] {
        batch(rows: rows * 50 / features, features: features, bins: bins)
    }
}
