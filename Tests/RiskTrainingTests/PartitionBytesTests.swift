import RiskColumns
import RiskModel
import Testing

@testable import RiskTraining

/// What goes between processes: whatever arrives, it is read or refused.
@Suite("Bytes of partitions")
struct PartitionBytesTests {
    /// Everything that a small training says, as bytes.
    private static let talk: (requests: [[UInt8]], answers: [[UInt8]]) = {
        final class Recorder: TrainingPartition, @unchecked Sendable {
            let rows: LocalPartition
            var requests: [[UInt8]] = []
            var answers: [[UInt8]] = []
            var seen: [String: Int] = [:]
            init(_ rows: LocalPartition) { self.rows = rows }

            func answer(_ request: PartitionRequest) throws -> PartitionStatistics {
                let answer = try rows.answer(request)
                seen[request.name, default: 0] += 1
                if seen[request.name, default: 0] <= 2 {
                    requests.append(request.bytes)
                    answers.append(answer.bytes)
                }
                return answer
            }
        }
        do {
            var data = world(rows: 320, features: 4)
            data.times = data.labels.indices.map { Int64($0 / 2) }
            data.weights = data.labels.indices.map { Double($0 % 5) + 0.5 }
            var learner = StumpBoostingLearner()
            learner.boostingRounds = 12
            learner.bins = 6
            learner.bags = 2
            learner.threads = 1
            learner.minimumLeafCount = 3
            let earlier = try learner.train(data, name: "earlier")
            let recorder = Recorder(try LocalPartition(data))
            _ = try learner.trainWithReport(partitions: [recorder], name: "m", from: earlier)
            return (recorder.requests, recorder.answers)
        } catch {
            Issue.record(error)
            return ([], [])
        }
    }()

    /// Every kind has been heard.
    @Test("Requests and statistics are read as they were written")
    func roundTrip() throws {
        #expect(Set(Self.talk.requests.map { $0[5] }).count >= 17)
        #expect(Set(Self.talk.answers.map { $0[5] }).count == 13)
        for bytes in Self.talk.requests {
            #expect(try PartitionRequest(bytes: bytes).bytes == bytes)
        }
        for bytes in Self.talk.answers {
            #expect(try PartitionStatistics(bytes: bytes).bytes == bytes)
        }
    }

    @Test("Every byte that changes, and every end that is cut off, is noticed")
    func corruption() throws {
        for bytes in Self.talk.answers where bytes.count < 3000 {
            for place in stride(from: 0, to: bytes.count, by: 1 + bytes.count / 200) {
                var other = bytes
                other[place] ^= 0x10
                #expect(throws: TrainingError.self) { try PartitionStatistics(bytes: other) }
                #expect(throws: TrainingError.self) {
                    try PartitionStatistics(bytes: Array(bytes[..<place]))
                }
            }
            #expect(throws: TrainingError.self) { try PartitionStatistics(bytes: bytes + [0]) }
        }
        let whole = try #require(Self.talk.answers.first)
        func message(_ bytes: [UInt8]) -> String {
            do {
                _ = try PartitionStatistics(bytes: bytes)
                return "none"
            } catch {
                return error.description
            }
        }
        #expect(message([]) == "these bytes are no statistics")
        #expect(message(Self.talk.requests[0]) == "these bytes are no statistics")
        var other = whole
        other[4] = 9
        #expect(message(other) == "version 9 of the bytes: this program reads 1")
        other = whole
        other[20] ^= 1
        #expect(message(other).contains("checksum"))
    }

    /// A checksum that fits, so that what is behind it is put to the test.
    private func sealed(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 24 else { return bytes }
        var bytes = Array(bytes.dropLast(8))
        let size = UInt64(bytes.count - 16)
        for place in 0..<8 {
            bytes[8 + place] = UInt8(truncatingIfNeeded: size >> UInt64(8 * place))
        }
        let sum = PartitionBytes.checksum(bytes)
        for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: sum >> UInt64(8 * place))) }
        return bytes
    }

    private func mutated(_ bytes: [UInt8], _ generator: inout Generator) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int.random(in: 0..<3, using: &generator) where bytes.count > 24 {
            let place = Int.random(in: 16..<bytes.count - 8, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[place] = [0, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(0xff, at: place)
            default:
                for index in place..<min(place + 8, bytes.count - 8) { bytes[index] = 0xff }
            }
        }
        if Int.random(in: 0..<10, using: &generator) == 0 {
            bytes[5] = UInt8.random(in: 0..<24, using: &generator)
        }
        return sealed(bytes)
    }

    @Test("Statistics that somebody made up are read or refused, and added or refused")
    func hostileStatistics() throws {
        var generator = Generator(11)
        var (read, refused) = (0, 0)
        for _ in 0..<3000 {
            let bytes = mutated(
                Self.talk.answers.randomElement(using: &generator) ?? [], &generator)
            do {
                var statistics = try PartitionStatistics(bytes: bytes)
                read += 1
                let other = Self.talk.answers.randomElement(using: &generator) ?? []
                try? statistics.add(PartitionStatistics(bytes: other))
                try? statistics.add(statistics)
            } catch { refused += 1 }
        }
        #expect(read > 100 && refused > 500)
    }

    @Test("Requests that somebody made up are carried out or refused")
    func hostileRequests() throws {
        var generator = Generator(12)
        var data = world(rows: 320, features: 4)
        data.times = data.labels.indices.map { Int64($0 / 2) }
        data.weights = data.labels.indices.map { Double($0 % 5) + 0.5 }
        var (done, refused) = (0, 0)
        for _ in 0..<40 {
            let partition = try LocalPartition(data)
            for bytes in Self.talk.requests {
                let isTrue = Int.random(in: 0..<3, using: &generator) > 0
                do {
                    let request = try PartitionRequest(
                        bytes: isTrue ? bytes : mutated(bytes, &generator))
                    _ = try partition.answer(request).bytes.count
                    done += 1
                } catch { refused += 1 }
            }
        }
        #expect(done > 200 && refused > 200)
    }

    @Test("A learner that is told nonsense ends with an error or a model, never otherwise")
    func hostilePartitions() throws {
        final class Liar: TrainingPartition, @unchecked Sendable {
            let rows: LocalPartition
            var generator: Generator
            let lie: (PartitionStatistics, inout Generator) -> PartitionStatistics
            init(
                _ rows: LocalPartition, seed: UInt64,
                lie: @escaping (PartitionStatistics, inout Generator) -> PartitionStatistics
            ) {
                self.rows = rows
                generator = Generator(seed)
                self.lie = lie
            }

            func answer(_ request: PartitionRequest) throws -> PartitionStatistics {
                let answer = try rows.answer(request)
                guard Int.random(in: 0..<5, using: &generator) == 0 else { return answer }
                return lie(answer, &generator)
            }
        }
        let data = world(rows: 320, features: 4)
        var learner = StumpBoostingLearner()
        learner.boostingRounds = 12
        learner.bins = 6
        learner.bags = 2
        learner.threads = 1
        learner.minimumLeafCount = 3
        var (models, errors) = (0, 0)
        for seed in 0..<40 {
            let liar = Liar(try LocalPartition(data), seed: UInt64(seed)) { answer, generator in
                let bytes = mutated(answer.bytes, &generator)
                return (try? PartitionStatistics(bytes: bytes)) ?? answer
            }
            do {
                let model = try learner.trainWithReport(partitions: [liar], name: "m").model
                #expect(model.validate().isEmpty)
                models += 1
            } catch { errors += 1 }
        }
        #expect(models > 2 && errors > 2)
    }
}
