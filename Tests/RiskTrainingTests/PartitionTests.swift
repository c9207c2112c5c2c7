import RiskColumns
import RiskModel
import Testing

@testable import RiskTraining

/// Training from partitions: the model of one matrix with all the rows, byte for byte.
@Suite("Training from partitions")
struct PartitionTests {
    /// A partition that is somewhere else: requests and answers go there as bytes.
    private struct Distant: TrainingPartition {
        let rows: LocalPartition

        func answer(_ request: PartitionRequest) throws -> PartitionStatistics {
            let arrived = try PartitionRequest(bytes: request.bytes)
            #expect(arrived.bytes == request.bytes)
            let answer = try rows.answer(arrived)
            return try PartitionStatistics(bytes: answer.bytes)
        }
    }

    private var learner: StumpBoostingLearner {
        var learner = StumpBoostingLearner()
        learner.boostingRounds = 80
        learner.bins = 24
        learner.bags = 3
        learner.threads = 2
        return learner
    }

    /// Rows that are equal, in several partitions; values that only one has.
    private func rows(_ count: Int = 3000) -> TrainingData {
        var data = world(rows: count)
        var columns = data.matrix.columns
        for row in stride(from: 0, to: count, by: 7) {
            for column in columns.indices { columns[column][row] = 1 }
            data.labels[row] = row % 2 == 0
        }
        data.matrix = FeatureMatrix(
            names: ["b", "a", "e", "d", "c"], columns: columns, rowCount: count)
        return data
    }

    /// The rows dealt to partitions by chance, in their order.
    private func dealt(_ data: TrainingData, _ count: Int, seed: UInt64 = 5) -> [TrainingData] {
        var generator = Generator(seed)
        let of = data.labels.map { _ in Int.random(in: 0..<count, using: &generator) }
        return (0..<count).map { part in data.selecting(of.indices.filter { of[$0] == part }) }
    }

    private func artifacts(
        _ learner: StumpBoostingLearner, _ data: TrainingData, parts: [TrainingData],
        from earlier: AdditiveModel? = nil, distant: Bool = false
    ) throws -> (whole: [UInt8], parts: [UInt8]) {
        let partitions = try parts.map { part -> any TrainingPartition in
            let local = try LocalPartition(part)
            return distant ? Distant(rows: local) : local
        }
        let whole = try learner.trainWithReport(data, name: "m", from: earlier)
        let other = try learner.trainWithReport(
            partitions: partitions, name: "m", from: earlier,
            populationRate: data.populationRate)
        #expect(whole.report.node == other.report.node)
        #expect(!whole.model.tables.isEmpty)
        return (whole.model.artifact(), other.model.artifact())
    }

    @Test("Seven partitions, whoever has which row, by times")
    func sevenPartitions() throws {
        var data = rows()
        data.times = data.labels.indices.map { Int64($0 * 7919 % 3000) / 10 }
        for (distant, parts) in [(false, dealt(data, 7)), (true, dealt(data, 7, seed: 6))] {
            let (whole, other) = try artifacts(learner, data, parts: parts, distant: distant)
            #expect(whole == other)
        }
    }

    @Test("Without times too, and some partitions may be empty or of one class")
    func untimed() throws {
        let data = rows()
        let order = data.labels.indices
        let positives = order.filter { data.labels[$0] && $0 < 1500 }
        let negatives = order.filter { !data.labels[$0] && $0 < 1500 }
        let parts = [
            data.selecting([]), data.selecting(Array(1500..<2999)), data.selecting(positives),
            data.selecting([]), data.selecting(negatives), data.selecting([2999]),
        ]
        let (whole, other) = try artifacts(learner, data, parts: parts, distant: true)
        #expect(whole == other)
    }

    @Test("Weights that are all alike, or not, or not whole, or zero", arguments: 0..<4)
    func weighted(kind: Int) throws {
        var data = rows(1500)
        data.populationRate = 0.01
        data.weights = data.labels.indices.map { row in
            switch kind {
            case 0: 2.5
            case 1: Double(row % 3)
            case 2: 0.1 + Double(row % 17) / 7
            default: row < 750 ? 4 : 1e-9
            }
        }
        let parts = [
            data.selecting(Array(0..<400)), data.selecting(Array(400..<401)),
            data.selecting(Array(401..<1500)),
        ]
        var plain = learner
        plain.bags = 1
        let (whole, other) = try artifacts(plain, data, parts: parts, distant: true)
        #expect(whole == other)
    }

    @Test("An earlier model is gone on from, constraints hold, every round may look")
    func settings() throws {
        let data = rows(2000)
        var other = learner
        other.monotone = ["a": .ascending]
        other.maximumFeatures = 4
        other.bags = 2
        let earlier = try other.train(rows(900), name: "earlier")
        let parts = [data.selecting(Array(0..<900)), data.selecting(Array(900..<2000))]
        var (whole, split) = try artifacts(
            other, data, parts: parts, from: earlier, distant: true)
        #expect(whole == split)
        other.roundsPerLook = 1
        other.holdOut = 0
        (whole, split) = try artifacts(other, data, parts: parts, distant: true)
        #expect(whole == split)
    }

    /// Bins and the Gram matrix are drawn from some of the rows, by what they hold.
    @Test("More rows than are looked at for bins and Gram matrix")
    func sampledRows() throws {
        let count = BoostingStage.binningRows + 5000
        let data = world(rows: count, features: 3)
        var quick = learner
        quick.bags = 1
        quick.boostingRounds = 30
        quick.holdOut = 0
        let parts = [data.selecting(Array(0..<70_000)), data.selecting(Array(70_000..<count))]
        let (whole, other) = try artifacts(quick, data, parts: parts)
        #expect(whole == other)
    }

    @Test("Statistics add up to those of all rows, whatever is asked")
    func statisticsAddUp() throws {
        let data = rows(1200)
        let one = try LocalPartition(data)
        let two = try [data.selecting(Array(0..<500)), data.selecting(Array(500..<1200))].map {
            try LocalPartition($0)
        }
        // What the learner asks of one, in its order, is asked of both.
        final class Witness: TrainingPartition, @unchecked Sendable {
            let one: LocalPartition
            let two: [LocalPartition]
            var kinds: Set<String> = []
            init(_ one: LocalPartition, _ two: [LocalPartition]) {
                self.one = one
                self.two = two
            }

            func answer(_ request: PartitionRequest) throws -> PartitionStatistics {
                let whole = try one.answer(request)
                switch request.kind {
                case .names(let names), .rowNames(let names):
                    func part(_ some: ArraySlice<UInt64>) -> PartitionRequest {
                        if case .names = request.kind {
                            return .init(kind: .names(Array(some)))
                        }
                        return .init(kind: .rowNames(Array(some)))
                    }
                    _ = try two[0].answer(part(names[..<first]))
                    _ = try two[1].answer(part(names[first...]))
                    return whole
                default: break
                }
                var sum = try two[0].answer(request)
                if case .hashes(let some) = sum { first = some.count }
                try sum.add(two[1].answer(request))
                #expect(sum.bytes == whole.bytes, "\(request.name)")
                kinds.insert(request.name)
                return whole
            }

            /// How many of the rows that were named last are the first partition's.
            private var first = 0
        }
        let witness = Witness(one, two)
        var plain = learner
        plain.threads = 1
        _ = try plain.trainWithReport(partitions: [witness], name: "m")
        #expect(witness.kinds.count >= 12, "\(witness.kinds)")
        #expect(witness.kinds.isSuperset(of: ["look", "pairs", "bins", "distinct values"]))
    }

    @Test("A partition that does not fit is named by its number")
    func refusals() throws {
        let data = rows(600)
        let good = try LocalPartition(data)
        func refusal(_ partitions: [any TrainingPartition]) -> String {
            let error = #expect(throws: TrainingError.self) {
                try learner.trainWithReport(partitions: partitions, name: "m")
            }
            return error?.description ?? "no refusal"
        }
        struct Silent: TrainingPartition {
            struct Gone: Error, CustomStringConvertible { let description = "the line is dead" }
            func answer(_ request: PartitionRequest) throws -> PartitionStatistics { throw Gone() }
        }
        struct Mistaken: TrainingPartition {
            let rows: LocalPartition
            let name: String
            func answer(_ request: PartitionRequest) throws -> PartitionStatistics {
                request.name == name ? .total(-7) : try rows.answer(request)
            }
        }
        #expect(refusal([]) == "there are no rows to learn from (none has a weight above 0)")
        #expect(refusal([good, Silent()]) == "partition 2: the line is dead")
        var other = world(rows: 100)
        #expect(
            try refusal([good, LocalPartition(other)])
                == "partition 2: the features are others")
        other = data
        other.times = Array(0..<600)
        #expect(
            try refusal([good, LocalPartition(other)])
                == "partition 2: some partitions have times and some have none")
        other = data
        other.weights = [-1] + [Double](repeating: 1, count: 599)
        #expect(throws: TrainingError.badWeight(row: 0, value: "-1.0")) {
            try LocalPartition(other)
        }
        for name in ["weights", "moments", "bins", "look", "pairs", "scores", "distinct values"] {
            let found = refusal([Mistaken(rows: good, name: name)])
            #expect(found.contains("\"\(name)\" is of another kind"), "\(found)")
        }
        // Before anything was said nothing can be answered.
        let fresh = try LocalPartition(data)
        #expect(throws: TrainingError.badPartition("\"look\" was asked for too early")) {
            try fresh.answer(PartitionRequest(kind: .look(nil)))
        }
    }
}
