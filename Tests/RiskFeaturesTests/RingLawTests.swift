import RiskColumns
import RiskJSON
import Testing

@testable import RiskFeatures

/// Random rings over random logs: batch, live, live after a snapshot, merged partitions and the
/// definition agree to the bit.
@Suite struct RingLawTests {
    @Test func batchLiveASnapshotInTheMiddleAndTheDefinitionAgree() throws {
        var random = CaseGenerator(state: 31)
        for number in 0..<(EngineLawTests.isLong ? 3000 : 100) {
            let spec = try RandomRings(&random).spec
            let events = Story.inOrder(
                spec, RandomRings.events(EngineLawTests.isLong ? 120 : 60, &random))
            let oracle = RingOracle(spec: spec, events: events)
            let batch = try Self.batch(spec, events, threads: 1 + number % 3).vectors().matrix
            var engine = FeatureEngine(spec: spec)
            let middle = Int.random(in: 0...events.count, using: &random)
            var row = 0
            for (place, event) in events.enumerated() {
                if place == middle {
                    engine = try FeatureEngine(spec: spec, snapshot: engine.snapshot())
                }
                guard let live = try engine.process(event.event) else { continue }
                let expected = oracle.values(
                    of: Self.account(event.event), now: event.known, sequence: event.sequence)
                Self.compare(
                    spec, live, batch.columns.map { $0[row] }, expected, "case \(number), \(row)")
                row += 1
            }
            #expect(row == batch.rowCount)
        }
    }

    @Test func entitiesAtMomentsAgreeToo() throws {
        var random = CaseGenerator(state: 32)
        for number in 0..<(EngineLawTests.isLong ? 500 : 25) {
            let every = ["1h", "6h", "1d"].randomElement(using: &random)!
            let spec = try RandomRings(
                &random, unit: #"{ "entity": "account", "every": "\#(every)" }"#
            ).spec
            let events = Story.inOrder(spec, RandomRings.events(60, &random))
            let oracle = RingOracle(spec: spec, events: events)
            let vectors = try Self.batch(spec, events, threads: 2).vectors()
            guard case .codes(let codes, let names) = vectors.keys[0].storage else { continue }
            let engine = FeatureEngine(spec: spec)
            var next = 0
            for row in vectors.times.indices where row % max(1, vectors.count / 60) == 0 {
                let now = vectors.times[row]
                while next < events.count, events[next].known <= now {
                    _ = try engine.process(events[next].event)
                    next += 1
                }
                let entity = names[codes[row]]
                let live = try #require(try engine.features(of: entity, asOf: now))
                let expected = oracle.values(of: entity, now: now, sequence: .max)
                let batch = spec.features.indices.map { vectors.value(row, $0) }
                Self.compare(spec, live, batch, expected, "case \(number), \(row)")
            }
        }
    }

    /// Two engines see a part of the events each; what they know together is what one knows that saw
    /// all of them, whatever the parts are.
    @Test func partitionsMergeToTheWhole() throws {
        var random = CaseGenerator(state: 33)
        for number in 0..<(EngineLawTests.isLong ? 2000 : 120) {
            let spec = try RandomRings(&random).spec
            let events = Story.inOrder(spec, RandomRings.events(80, &random)).map(\.event)
            let cut = events.count * 2 / 3
            let whole = FeatureEngine(spec: spec)
            let parts = [FeatureEngine(spec: spec), FeatureEngine(spec: spec)]
            let byMember = Bool.random(using: &random)
            for event in events.prefix(cut) {
                _ = try whole.process(event)
                let part =
                    byMember
                    ? (Self.account(event)?.utf8.last ?? 0) & 1
                    : UInt8.random(in: 0...1, using: &random)
                _ = try parts[Int(part)].process(event)
            }
            var merged = try FeatureEngine(spec: spec, merging: parts.map { $0.snapshot() })
            if Bool.random(using: &random) {
                // And a merged state can be written and read.
                merged = try FeatureEngine(spec: spec, snapshot: merged.snapshot())
            }
            for event in events.dropFirst(cut) {
                let (one, two) = (try whole.process(event), try merged.process(event))
                #expect((one == nil) == (two == nil))
                #expect(
                    (one ?? []).elementsEqual(two ?? []) { Story.same($0, $1) }, "case \(number)")
            }
        }
    }

    /// Links of one moment have no order.
    @Test func theOrderOfLinksDoesNotMatter() throws {
        var random = CaseGenerator(state: 34)
        for number in 0..<(EngineLawTests.isLong ? 1000 : 60) {
            let spec = try RandomRings(&random).spec
            let plan = try #require(RingPlan.plans(spec).first)
            var links = (0..<60).map { _ in
                (
                    member: Int32.random(in: 0..<25, using: &random),
                    kind: Int.random(in: 0..<plan.definition.entities.count, using: &random),
                    code: Int32.random(in: 0..<12, using: &random)
                )
            }
            var first: (content: RingContent, values: [Double])?
            for _ in 0..<4 {
                var state = RingState(plan)
                state.advance(to: Story.noon)
                for link in links {
                    state.link(link.member, kind: link.kind, code: link.code, at: Story.noon)
                }
                state.advance(to: Story.noon + Timestamps.hour / 2)
                var values: [Double] = []
                for member in 0..<Int32(25) {
                    let rows = VectorRows(width: spec.features.count, count: 1)
                    let asked = plan.before + plan.after
                    state.answer(
                        asked, of: member, now: Story.noon + Timestamps.hour / 2, into: rows, 0)
                    values += asked.map { rows[0, $0.feature] }
                }
                if let first {
                    #expect(first.content == state.content, "case \(number)")
                    #expect(agree(first.values, values), "case \(number)")
                }
                first = (state.content, values)
                links.shuffle(using: &random)
            }
        }
    }

    /// No label is used before it is known: where all of them become known only in the future, no
    /// vector of before changes, and there is not one fraud in them.
    @Test func labelsMovedToTheFutureChangeNoEarlierVector() throws {
        var random = CaseGenerator(state: 35)
        var seen = 0
        for _ in 0..<(EngineLawTests.isLong ? 500 : 60) {
            let spec = try RandomRings(&random).spec
            let events = RandomRings.events(80, &random)
            let cut = events[Int.random(in: 20..<80, using: &random)].time
            let future = cut + 400 * Timestamps.day
            func moved(_ all: Bool) -> [FeatureEngine.Event] {
                events.compactMap { event in
                    var event = event
                    let known = event.known ?? event.time
                    if event.type == "fraud", all || known >= cut {
                        event.known = future + known - cut
                    }
                    // A field's label is known an hour after its event.
                    if event.type == "purchase", all || event.time + Timestamps.hour >= cut {
                        event.values["fraud"] = .bool(false)
                    }
                    return event
                }
            }
            let range = ExtractionRange(until: cut)
            func columns(_ events: [FeatureEngine.Event]) throws -> [[Double]] {
                try Self.batch(spec, Story.inOrder(spec, events), threads: 1).vectors(range).matrix
                    .columns
            }
            let here = try columns(events)
            let later = try columns(moved(false))
            for (a, b) in zip(here, later) { #expect(agree(a, b)) }
            let never = try columns(moved(true))
            for (index, feature) in spec.features.enumerated() {
                guard case .ring(let ring) = feature.definition else { continue }
                guard ring.aggregate == .frauds else {
                    if ring.aggregate != .fraudShare { #expect(agree(here[index], never[index])) }
                    continue
                }
                #expect(never[index].allSatisfy { $0 == 0 || $0.isNaN })
                seen += here[index].count { $0 > 0 }
            }
        }
        // Otherwise nothing was shown.
        #expect(seen > 100)
    }

    /// What happens after t is no matter of vectors as of t: events after it are dropped, changed and
    /// put in another order.
    @Test func whatComesLaterChangesNoVector() throws {
        var random = CaseGenerator(state: 36)
        for _ in 0..<(EngineLawTests.isLong ? 500 : 60) {
            let spec = try RandomRings(&random).spec
            let events = RandomRings.events(80, &random)
            let cut = events[40].time
            var after = events.filter { ($0.known ?? $0.time) >= cut }
            let texts = after.map { $0.values["device"] }.shuffled(using: &random)
            for index in after.indices where after[index].type != "fraud" {
                after[index].values["device"] = texts[index]
            }
            after.removeAll { _ in Int.random(in: 0..<3, using: &random) == 0 }
            let other = events.filter { ($0.known ?? $0.time) < cut } + after
            let range = ExtractionRange(until: cut)
            let one = try Self.batch(spec, Story.inOrder(spec, events), threads: 1).vectors(range)
            let two = try Self.batch(spec, Story.inOrder(spec, other), threads: 1).vectors(range)
            #expect(one.count == two.count)
            for (a, b) in zip(one.matrix.columns, two.matrix.columns) { #expect(agree(a, b)) }
        }
    }

    /// What the sums of a ring say is what its members say, after any number of links and hubs.
    @Test func theStateIsConsistentThroughout() throws {
        var random = CaseGenerator(state: 37)
        for _ in 0..<(EngineLawTests.isLong ? 200 : 20) {
            let spec = try RandomRings(&random).spec
            let plan = try #require(RingPlan.plans(spec).first)
            var state = RingState(plan)
            for step in 0..<400 {
                let now = Story.noon + Int64(step) * 7 * Timestamps.minute
                state.advance(to: now)
                state.link(
                    Int32.random(in: 0..<60, using: &random),
                    kind: Int.random(in: 0..<plan.definition.entities.count, using: &random),
                    code: Int32.random(in: 0..<50, using: &random), at: now)
                if step % 5 == 0 { state.mark(Int32.random(in: 0..<60, using: &random)) }
                #expect(state.isConsistent)
            }
        }
    }

    // MARK: snapshots

    @Test func aStateIsItsContent() throws {
        var random = CaseGenerator(state: 38)
        for _ in 0..<20 {
            let spec = try RandomRings(&random).spec
            let engine = FeatureEngine(spec: spec)
            for event in Story.inOrder(spec, RandomRings.events(80, &random)) {
                _ = try engine.process(event.event)
            }
            let again = try FeatureEngine(spec: spec, snapshot: engine.snapshot())
            #expect(again.snapshot() == engine.snapshot())
            for (a, b) in zip(engine.rings, again.rings) { #expect(a.content == b.content) }
        }
    }

    /// Whoever changes a snapshot can also sign it anew: it is refused, or read, but never crashes.
    @Test func mutatedSnapshotsNeverCrash() throws {
        var random = CaseGenerator(state: 39)
        var refused = 0
        for _ in 0..<(EngineLawTests.isLong ? 100 : 8) {
            let spec = try RandomRings(&random).spec
            let events = Story.inOrder(spec, RandomRings.events(60, &random))
            let engine = FeatureEngine(spec: spec)
            for event in events.prefix(40) { _ = try engine.process(event.event) }
            let snapshot = engine.snapshot()
            for _ in 0..<120 {
                // The rings stand at the end.
                let bytes = SnapshotTests.mutated(snapshot, from: snapshot.count / 2, &random)
                do throws(SnapshotError) {
                    let other = try FeatureEngine(spec: spec, snapshot: bytes)
                    for event in events.suffix(20) { _ = try? other.process(event.event) }
                    #expect(!other.rings.contains { !$0.isConsistent })
                } catch {
                    refused += 1
                }
            }
        }
        #expect(refused > 300)
    }

    // MARK: ways to the vectors

    private static func batch(
        _ spec: FeatureSpec, _ events: [NaiveOracle.Occurrence], threads: Int
    ) throws -> BatchExtractor {
        try BatchExtractor(
            spec: spec, logs: Story.logs(spec, events.map(\.event)), threads: threads)
    }

    private static func account(_ event: FeatureEngine.Event) -> String? {
        if case .text(let text)? = event.values["account"] { return text }
        return nil
    }

    private static func compare(
        _ spec: FeatureSpec, _ live: [Double], _ batch: [Double], _ expected: [Double],
        _ place: String
    ) {
        for index in expected.indices
        where !Story.same(live[index], expected[index])
            || !Story.same(batch[index], expected[index])
        {
            guard case .ring(let ring) = spec.features[index].definition else { continue }
            Issue.record(
                "\(place): \(ring.aggregate) is \(expected[index]), not \(batch[index]), \(live[index])"
            )
        }
    }
}
