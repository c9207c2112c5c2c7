import Foundation
import RiskColumns
import RiskJSON
import Testing

@testable import RiskFeatures

/// Random specs over random logs: batch, live and the definition must agree to the bit.
///
/// `RISKKIT_LONG=1 swift test --filter EngineLawTests` tries thousands of cases instead of dozens.
@Suite struct EngineLawTests {
    static let isLong = ProcessInfo.processInfo.environment["RISKKIT_LONG"] == "1"

    @Test func batchLiveAndTheDefinitionAgreeOnEveryPurchase() throws {
        var random = CaseGenerator(state: 1)
        for number in 0..<(Self.isLong ? 2000 : 60) {
            let spec = try RandomSpec(&random, unit: "\"purchase\"")
            let events = RandomLog.events(
                Self.isLong ? 80 : 50, keys: [1, 4, 40].randomElement(using: &random)!, &random)
            let world = World(spec, events)
            let batch = try world.batch(threads: 1 + number % 3).vectors().matrix
            let engine = world.engine()
            let live = try world.events.compactMap { try engine.process($0.event) }
            let together = world.engine()
            let groups = try world.groups(for: together, seed: UInt64(number))
                .flatMap { try together.process($0).compactMap { try $0.get() } }
            #expect(groups.elementsEqual(live) { $0.elementsEqual($1, by: Story.same) })
            #expect(together.snapshot() == engine.snapshot(), "case \(number)")
            let purchases = world.events.filter { $0.event.type == "purchase" }
            #expect(batch.rowCount == purchases.count)
            #expect(live.count == purchases.count)
            for (row, purchase) in purchases.enumerated() {
                let expected = world.expected(
                    spec, key: { purchase.event.values[$0] }, current: purchase.event,
                    now: purchase.known, sequence: purchase.sequence)
                for index in expected.indices {
                    let place = "case \(number), row \(row): \(spec.features[index])"
                    let value = batch.columns[index][row]
                    #expect(spec.agrees(index, value, expected[index]), "batch, \(place)")
                    #expect(Story.same(live[row][index], value), "live, \(place)")
                }
            }
        }
    }

    @Test func batchLiveAndTheDefinitionAgreeOnSnapshots() throws {
        var random = CaseGenerator(state: 77)
        for number in 0..<(Self.isLong ? 500 : 16) {
            let every = ["10m", "1h", "6h"].randomElement(using: &random)!
            let spec = try RandomSpec(
                &random, unit: #"{ "entity": "account", "every": "\#(every)" }"#)
            let world = World(spec, RandomLog.events(50, keys: 4, &random))
            let vectors = try world.batch(threads: 1 + number % 2).vectors()
            guard case .codes(let codes, let names) = vectors.keys[0].storage else {
                Issue.record("the entity is no key")
                return
            }
            let matrix = vectors.matrix
            let engine = world.engine()
            var next = 0
            for row in vectors.times.indices {
                let now = vectors.times[row]
                while next < world.events.count, world.events[next].known <= now {
                    _ = try engine.process(world.events[next].event)
                    next += 1
                }
                let entity = names[codes[row]]
                let live = try #require(try engine.features(of: entity, asOf: now))
                let expected = world.expected(
                    spec, key: { _ in .text(entity) }, current: nil, now: now, sequence: .max)
                for index in expected.indices {
                    let place = "case \(number), row \(row): \(spec.features[index])"
                    let value = matrix.columns[index][row]
                    #expect(spec.agrees(index, value, expected[index]), "batch, \(place)")
                    #expect(Story.same(live[index], value), "live, \(place)")
                }
            }
        }
    }

    @Test func whatBecomesKnownLaterChangesNoEarlierVector() throws {
        var random = CaseGenerator(state: 5)
        for _ in 0..<(Self.isLong ? 300 : 20) {
            let spec = try RandomSpec(&random, unit: "\"purchase\"")
            let all = World(spec, RandomLog.events(80, keys: 3, &random))
            let cut = all.events[40].known
            let early = World(spec, all.events.map(\.event).filter { ($0.known ?? $0.time) < cut })
            let some = try early.batch(threads: 1).vectors(ExtractionRange(until: cut)).matrix
            let same = try all.batch(threads: 1).vectors(ExtractionRange(until: cut)).matrix
            for (a, b) in zip(same.columns, some.columns) {
                #expect(a.elementsEqual(b) { Story.same($0, $1) })
            }
        }
    }

    /// What is asked about one key value does not depend on the events of others.
    @Test func otherKeyValuesDoNotMatter() throws {
        var random = CaseGenerator(state: 6)
        for _ in 0..<(Self.isLong ? 300 : 20) {
            let spec = try RandomSpec(&random, unit: "\"purchase\"", keys: ["account"])
            let all = RandomLog.events(60, keys: 3, &random)
            let own = all.filter { $0.values["account"] == .text("a1") }
            let alone = try World(spec, own).batch(threads: 1).vectors()
            let among = try World(spec, all).batch(threads: 2).vectors()
            guard case .codes(let codes, let names) = among.keys[0].storage else { return }
            let rows = codes.indices.filter { codes[$0] >= 0 && names[codes[$0]] == "a1" }
            for (a, b) in zip(alone.matrix.columns, among.matrix.selecting(rows: rows).columns) {
                #expect(a.elementsEqual(b) { Story.same($0, $1) })
            }
        }
    }

    /// Time has no origin: moved by whole weeks and whole hops (5 h, 3 d) where clocks are never moved,
    /// nothing changes.
    @Test func movingAllTimesChangesNothing() throws {
        var random = CaseGenerator(state: 8)
        for _ in 0..<(Self.isLong ? 300 : 20) {
            let spec = try RandomSpec(&random, unit: "\"purchase\"", zone: "Asia/Shanghai")
            let events = RandomLog.events(50, keys: 3, &random)
            let weeks = [-45, 15, 60].randomElement(using: &random)! * 7 * Timestamps.day
            let moved = events.map { event in
                var event = event
                event.time += weeks
                event.known = event.known.map { $0 + weeks }
                return event
            }
            let here = try World(spec, events).batch(threads: 1).vectors().matrix
            let there = try World(spec, moved).batch(threads: 1).vectors().matrix
            for (a, b) in zip(here.columns, there.columns) {
                #expect(a.elementsEqual(b) { Story.same($0, $1) })
            }
        }
    }
}

/// A spec and a log, and the three ways to its vectors.
struct World {
    let spec: FeatureSpec
    let events: [NaiveOracle.Occurrence]
    let oracle: NaiveOracle
    static let lists: [String: ListContents] = ["virtual": .values(["gift", "topup"])]

    init(_ random: RandomSpec, _ events: [FeatureEngine.Event]) {
        spec = random.spec
        self.events = Story.inOrder(spec, events)
        oracle = NaiveOracle(
            spec: spec, events: self.events, condition: Self.condition(random.spec))
    }

    func batch(threads: Int) throws -> BatchExtractor {
        try BatchExtractor(
            spec: spec, logs: Story.logs(spec, events.map(\.event)), lists: Self.lists,
            threads: threads)
    }

    func engine() -> FeatureEngine { FeatureEngine(spec: spec, lists: Self.lists) }

    /// The events as an engine takes them together, some at a time.
    func groups(for engine: FeatureEngine, seed: UInt64) -> [[FeatureEngine.LaidOutEvent]] {
        var random = SplitMix64(seed: seed)
        let most = 1 + random.below(2 * FeatureEngine.together + 4)
        var groups: [[FeatureEngine.LaidOutEvent]] = [[]]
        for event in events.map(\.event) {
            if groups.last!.count >= 1 + random.below(most) { groups.append([]) }
            let layout = engine.layout(of: event.type)!
            groups[groups.count - 1].append(
                .init(
                    layout, time: event.time, known: event.known,
                    values: layout.names.map { event.values[$0] }))
        }
        return groups
    }

    /// The features' values by their definitions.
    func expected(
        _ random: RandomSpec, key: (String) -> FeatureEngine.Value?,
        current: FeatureEngine.Event?, now: Int64, sequence: Int
    ) -> [Double] {
        var values: [Double] = []
        for (index, feature) in spec.features.enumerated() {
            var value: Double
            if case .window(let window) = feature.definition {
                value = oracle.value(
                    window, key: key, now: now, sequence: sequence)
            } else {
                value = random.derived[index - (spec.features.count - random.derived.count)]
                    .value(values, current)
            }
            if value.isNaN { value = random.defaults[index] ?? .nan }
            values.append(value)
        }
        return values
    }

    /// Evaluates a condition on one event, through a store of its own.
    private static func condition(_ spec: FeatureSpec) -> (Program, FeatureEngine.Event) -> Double {
        { program, event in
            var symbols = Symbols(spec: spec, lists: lists)
            let type = spec.events.first { $0.name == event.type }!
            let table = Story.logs(spec, [event])[event.type]!
            let store = try! EventStore(table, type: type, symbols: &symbols, threads: 1)
            return program.value(
                .init(
                    slots: store.slots, zone: spec.zone, tests: symbols.answers),
                row: 0)
        }
    }
}
