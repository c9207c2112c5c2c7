import RiskColumns
import RiskJSON
import Testing

@testable import RiskFeatures

/// A snapshot and what follows it give what an undisturbed run gives.
@Suite struct SnapshotTests {
    static let lists: [String: ListContents] = ["virtual": .values(["gift", "topup"])]

    @Test func aRestoredEngineGoesOnAsTheOneBefore() throws {
        var random = CaseGenerator(state: 41)
        for number in 0..<(EngineLawTests.isLong ? 500 : 40) {
            let spec = try RandomSpec(&random, unit: "\"purchase\"").spec
            let events = Story.inOrder(spec, RandomLog.events(80, keys: 3, &random))
            let undisturbed = FeatureEngine(spec: spec, lists: Self.lists)
            var disturbed = FeatureEngine(spec: spec, lists: Self.lists)
            let stops = Set((0..<3).map { _ in Int.random(in: 0...80, using: &random) })
            for (index, event) in events.enumerated() {
                if stops.contains(index) {
                    disturbed = try FeatureEngine(
                        spec: spec, lists: Self.lists, snapshot: disturbed.snapshot())
                }
                let (a, b) = try (undisturbed.process(event.event), disturbed.process(event.event))
                #expect(
                    a?.map(\.bitPattern) == b?.map(\.bitPattern)
                        || zip(a ?? [], b ?? []).allSatisfy { Story.same($0, $1) },
                    "case \(number), event \(index)")
            }
        }
    }

    static func engine() throws -> (FeatureSpec, FeatureEngine) {
        var random = CaseGenerator(state: 3)
        let spec = try RandomSpec(&random, unit: "\"purchase\"").spec
        let engine = FeatureEngine(spec: spec, lists: lists)
        for event in Story.inOrder(spec, RandomLog.events(60, keys: 2, &random)) {
            _ = try engine.process(event.event)
        }
        return (spec, engine)
    }

    @Test func theSameStateIsTheSameBytes() throws {
        let (spec, engine) = try Self.engine()
        let bytes = engine.snapshot()
        let again = try FeatureEngine(spec: spec, lists: Self.lists, snapshot: bytes)
        #expect(again.snapshot().count == bytes.count)
        #expect(engine.snapshot() == bytes)
    }

    @Test func whatIsCutOffChangedOrOfAnotherSpecIsRefused() throws {
        let (spec, engine) = try Self.engine()
        let bytes = engine.snapshot()
        func refusal(_ bytes: [UInt8], _ spec: FeatureSpec) -> String {
            do throws(SnapshotError) {
                _ = try FeatureEngine(spec: spec, lists: Self.lists, snapshot: bytes)
                return "none"
            } catch {
                return error.message
            }
        }
        #expect(refusal([], spec).contains("is no snapshot"))
        #expect(refusal(Array(bytes.dropLast()), spec).contains("cut off or changed"))
        var flipped = bytes
        flipped[100] ^= 1
        #expect(refusal(flipped, spec).contains("cut off or changed"))
        var random = CaseGenerator(state: 4)
        let other = try RandomSpec(&random, unit: "\"purchase\"").spec
        #expect(refusal(bytes, other) == "it is of another feature spec")
    }

    /// A snapshot with some of its bytes changed, from a place on, signed anew.
    static func mutated(
        _ snapshot: [UInt8], from start: Int = 96, _ random: inout CaseGenerator
    ) -> [UInt8] {
        var bytes = Array(snapshot.dropLast(64))
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = Int.random(in: start..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + 8))
            default:
                let words: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF]
                for next in place..<min(bytes.count, place + 8) {
                    bytes[next] = words.randomElement(using: &random)!
                }
            }
            if bytes.count <= start + 1 { break }
        }
        return bytes + Array(SHA256.hexadecimal(bytes).utf8)
    }

    /// Whoever changes a snapshot can also sign it anew: it is refused, or read, but never crashes.
    @Test func mutatedSnapshotsNeverCrash() throws {
        var random = CaseGenerator(state: 8)
        var refused = 0
        for seed in 0..<(EngineLawTests.isLong ? 40 : 4) {
            var draw = CaseGenerator(state: UInt64(seed))
            let spec = try RandomSpec(&draw, unit: "\"purchase\"").spec
            let events = Story.inOrder(spec, RandomLog.events(60, keys: 2, &draw))
            let engine = FeatureEngine(spec: spec, lists: Self.lists)
            for event in events.prefix(40) { _ = try engine.process(event.event) }
            let snapshot = engine.snapshot()
            for _ in 0..<60 {
                let bytes = Self.mutated(snapshot, &random)
                do throws(SnapshotError) {
                    let other = try FeatureEngine(spec: spec, lists: Self.lists, snapshot: bytes)
                    for event in events.suffix(20) { _ = try? other.process(event.event) }
                } catch {
                    refused += 1
                }
            }
        }
        #expect(refused > 60)
    }

    /// Each word in turn, and the one behind it, as large as the bounds of ids and times are.
    @Test func wordsAtTheBoundsNeverCrash() throws {
        let spec = try Story.spec(Self.sharing)
        let engine = FeatureEngine(spec: spec)
        let events = (0..<6).map { index in
            FeatureEngine.Event(
                type: "login", time: Int64(1_700_000_000 + index) * Timestamps.second,
                values: ["account": .text("a"), "ip": .text("i"), "amount": .integer(Int64(index))])
        }
        for event in events.prefix(4) { _ = try engine.process(event) }
        let snapshot = Array(engine.snapshot().dropLast(64))
        var taken = 0
        for place in stride(from: snapshot.count % 8, to: snapshot.count - 16, by: 8) {
            for word in [.max / 4, .max / 4 - 1, 1 << 48, 1 << 60, .max, .min, -1] as [Int64] {
                var bytes = snapshot
                for (offset, byte) in withUnsafeBytes(of: word.littleEndian, Array.init)
                    .enumerated()
                {
                    bytes[place + offset] = byte
                    bytes[place + 8 + offset] = byte
                }
                bytes += Array(SHA256.hexadecimal(bytes).utf8)
                guard let other = try? FeatureEngine(spec: spec, snapshot: bytes) else { continue }
                taken += 1
                for event in events.suffix(2) { _ = try? other.process(event) }
            }
        }
        #expect(taken > 0)
    }

    private static let sharing = """
        { "riskkit": "features/1",
          "events": { "login": { "time": "at", "keys": ["account", "ip"],
                                 "fields": { "amount": "decimal(2)" } } },
          "features": {
            "n": { "of": "login", "by": "account", "aggregate": "count", "window": "1h" },
            "s": { "of": "login", "by": "account", "aggregate": "std(amount)", "window": "1d" },
            "d": { "of": "login", "by": "account", "aggregate": "distinct(ip)", "window": "7d" },
            "m": { "of": "login", "by": "account", "aggregate": "max(amount)", "window": "1d" },
            "l": { "of": "login", "by": "account", "aggregate": "last(amount)" } },
          "vectors": { "unit": "login" } }
        """
}
