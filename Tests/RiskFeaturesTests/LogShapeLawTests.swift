import RiskColumns
import Testing

@testable import RiskFeatures

/// Logs of unusual shapes: batch, live and live from a snapshot in the middle agree to the bit on every
/// vector, and with the definition on some.
///
/// `RISKKIT_LONG=1 swift test --filter LogShapeLawTests` takes logs thirty times as long.
@Suite struct LogShapeLawTests {
    @Test func oneGiantKey() throws {
        var random = CaseGenerator(state: 31)
        for number in 0..<4 {
            let spec = try RandomSpec(&random, unit: "\"purchase\"")
            let events = RandomLog.events(EngineLawTests.isLong ? 30_000 : 1000, keys: 1, &random)
            try expectAgreement(spec, events, "giant \(number)", &random)
        }
    }

    @Test func manyTinyKeys() throws {
        var random = CaseGenerator(state: 32)
        for number in 0..<3 {
            let spec = try RandomSpec(&random, unit: "\"purchase\"")
            let count = EngineLawTests.isLong ? 100_000 : 3000
            let events = RandomLog.events(count * 5 / 4, keys: count, &random)
            try expectAgreement(spec, events, "tiny \(number)", &random)
        }
    }

    /// The same events up to four times over: each counts.
    @Test func duplicates() throws {
        var random = CaseGenerator(state: 33)
        for number in 0..<(EngineLawTests.isLong ? 300 : 20) {
            let spec = try RandomSpec(&random, unit: "\"purchase\"")
            var events: [FeatureEngine.Event] = []
            for event in RandomLog.events(30, keys: 3, &random) {
                let times = Int.random(in: 1...4, using: &random)
                events += Array(repeating: event, count: times)
            }
            try expectAgreement(spec, events, "duplicates \(number)", &random)
        }
    }

    /// Few events lack a field, so states that sources share are set apart late, and here and there.
    @Test func fieldsThatGoMissingLate() throws {
        var random = CaseGenerator(state: 34)
        for number in 0..<(EngineLawTests.isLong ? 300 : 20) {
            let spec = try RandomSpec(&random, unit: "\"purchase\"")
            var events = RandomLog.events(80, keys: 3, &random)
            for index in events.indices where Int.random(in: 0..<20, using: &random) > 0 {
                for (name, value) in Self.whole where events[index].type == "purchase" {
                    if events[index].values[name] == nil { events[index].values[name] = value }
                }
            }
            try expectAgreement(spec, events, "late \(number)", &random)
        }
    }

    private static let whole: [String: FeatureEngine.Value] = [
        "account": .text("a1"), "ip": .text("i1"), "amount": .integer(1250), "items": .integer(2),
        "weight": .number(0.5), "category": .text("food"),
    ]

    private func expectAgreement(
        _ spec: RandomSpec, _ events: [FeatureEngine.Event], _ name: String,
        _ random: inout CaseGenerator
    ) throws {
        let world = World(spec, events)
        let batch = try world.batch(threads: 2).vectors().matrix
        let engine = world.engine()
        let middle = world.events.count / 2
        var live = try world.events[..<middle].compactMap { try engine.process($0.event) }
        let restored = try FeatureEngine(
            spec: spec.spec, lists: World.lists, snapshot: engine.snapshot())
        for occurrence in world.events[middle...] {
            let before = try engine.process(occurrence.event)
            let after = try restored.process(occurrence.event)
            let isSame = zip(before ?? [], after ?? []).allSatisfy { Story.same($0, $1) }
            #expect(isSame, "\(name): the restored engine")
            if let before { live.append(before) }
        }
        #expect(live.count == batch.rowCount)
        var differences = 0
        for (column, values) in batch.columns.enumerated() {
            for (row, value) in values.enumerated() where !Story.same(live[row][column], value) {
                differences += 1
            }
        }
        #expect(differences == 0, "\(name): batch and live")
        let purchases = world.events.enumerated().filter { $0.element.event.type == "purchase" }
        for _ in 0..<8 {
            let row = Int.random(in: 0..<purchases.count, using: &random)
            let purchase = purchases[row].element
            let expected = world.expected(
                spec, key: { purchase.event.values[$0] }, current: purchase.event,
                now: purchase.known, sequence: purchase.sequence)
            for index in expected.indices {
                #expect(
                    spec.agrees(index, batch.columns[index][row], expected[index]),
                    "\(name), row \(row): \(spec.features[index])")
            }
        }
    }
}
