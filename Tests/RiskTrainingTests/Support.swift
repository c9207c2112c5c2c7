import Foundation
import RiskColumns
import RiskJSON
@testable import RiskTraining

/// A small generator with a seed (SplitMix64), so that a failing test fails again.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func normal() -> Double {
        (-2 * log(uniform() + 1e-300)).squareRoot() * cos(2 * .pi * uniform())
    }
}

/// A world of continuous, counting, binary and partly missing features, some 20 % events.
func world(rows: Int, seed: UInt64 = 1, features: Int = 5) -> TrainingData {
    var generator = Generator(seed)
    var columns = Array(repeating: [Double](), count: features)
    var labels: [Bool] = []
    for _ in 0..<rows {
        var margin = -2.0
        for feature in 0..<features {
            var value = generator.normal()
            switch feature % 4 {
            case 1: value = floor(exp(value))
            case 2: value = value > 0.5 ? 1 : 0
            default: break
            }
            margin += sin(2 * value) * Double(feature + 1) / 3
            if feature % 4 == 3, generator.uniform() < 0.2 {
                value = .nan
                margin += 0.5
            }
            columns[feature].append(value)
        }
        labels.append(generator.uniform() < 1 / (1 + exp(-margin)))
    }
    return TrainingData(
        matrix: FeatureMatrix(
            names: (0..<features).map { "feature\($0)" }, columns: columns, rowCount: rows),
        labels: labels)
}

extension TrainingData {
    /// The chosen rows, in the order given, a row as often as it is chosen.
    func selecting(_ rows: [Int]) -> TrainingData { selecting(rows: rows) }
}

/// A fixture beside the tests; its script, with the command, is beside it.
func fixture(_ name: String) throws -> Node {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/\(name).json")
    return try JSONParser.parse([UInt8](Data(contentsOf: url)))
}

extension Node {
    /// A number; NaN for null.
    var double: Double {
        switch content {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: .nan
        }
    }

    var elements: [Node] {
        if case .array(let values) = content { Array(values) } else { [] }
    }

    var doubles: [Double] { elements.map(\.double) }

    var isTrue: Bool { self == true }
}

func matrix(_ columns: [[Double]], names: [String]? = nil) -> FeatureMatrix {
    FeatureMatrix(
        names: names ?? columns.indices.map { "x\($0)" }, columns: columns,
        rowCount: columns.first?.count ?? 0)
}

/// Rows in one partition, made ready for boosting, with a view of what the partition holds.
struct LocalStage {
    let partition: LocalPartition
    let stage: BoostingStage
    /// The rows, with all margins where boosting begins.
    let rows: PartitionedRows

    init(_ learner: StumpBoostingLearner, _ data: TrainingData, threads: Int = 1) throws {
        partition = try LocalPartition(data, threads: threads)
        let totals = try PartitionedTotals(PartitionGroup([partition], threads: threads))
        stage = try BoostingStage(learner, totals, parts: nil, threads: threads)
        rows = try stage.begin(watching: false)
    }

    var bins: BinnedMatrix {
        get throws {
            guard let bins = partition.stage?.bins else { throw TrainingError.noRows }
            return bins
        }
    }

    var training: GradientHistogram {
        get throws {
            guard let run = partition.stage?.run else { throw TrainingError.noRows }
            return run.training
        }
    }

    /// What grows on the rows, with the Gram matrix or with a look every round.
    func loop(withGram: Bool = true) -> BoostingLoop {
        let loop = stage.loop(over: rows)
        return withGram
            ? loop
            : BoostingLoop(search: loop.search, rows: rows, gram: nil, intercept: loop.intercept)
    }

    var search: StumpSearch { loop(withGram: false).search }
}
