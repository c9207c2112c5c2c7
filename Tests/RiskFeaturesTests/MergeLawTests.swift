import RiskColumns
import RiskJSON
import Testing

@testable import RiskFeatures

/// Engines that saw parts of a stream, merged, go on as one that saw all of it, and as the batch over
/// all of it. `RISKKIT_LONG=1` tries 2,000 cases.
@Suite struct MergeLawTests {
    static let lists: [String: ListContents] = ["virtual": .values(["gift", "topup"])]

    /// A log of which the beginning was seen in parts.
    struct PartedLog {
        let spec: FeatureSpec
        var parts: [[FeatureEngine.Event]]
        /// The parts' events in the order of the whole: by known time, then part.
        let union: [FeatureEngine.Event]
        let rest: [FeatureEngine.Event]

        init(
            _ spec: FeatureSpec, _ events: [FeatureEngine.Event], parts count: Int,
            _ random: inout CaseGenerator
        ) {
            self.spec = spec
            let ordered = Story.inOrder(spec, events).map(\.event)
            let cut = Int.random(in: ordered.count / 4...ordered.count * 7 / 8, using: &random)
            let how = Int.random(in: 0..<3, using: &random)
            let types = spec.events.map(\.name)
            var parts = [[FeatureEngine.Event]](repeating: [], count: count)
            for event in ordered[..<cut] {
                var part = Int.random(in: 0..<count, using: &random)
                if how == 0, case .text(let account)? = event.values["account"] {
                    part = Int(account.dropFirst())! % count
                } else if how == 1 {
                    part = types.firstIndex(of: event.type)! % count
                }
                parts[part].append(event)
            }
            self.parts = parts
            union = parts.enumerated().flatMap { part, events in
                events.map { (known: $0.known ?? $0.time, part: part, event: $0) }
            }.enumerated().sorted {
                ($0.element.known, $0.element.part, $0.offset)
                    < ($1.element.known, $1.element.part, $1.offset)
            }.map(\.element.event)
            rest = Array(ordered[cut...])
        }

        func engine(_ events: [FeatureEngine.Event]) throws -> FeatureEngine {
            let engine = FeatureEngine(spec: spec, lists: lists)
            for event in events { _ = try engine.process(event) }
            return engine
        }

        func merged(_ snapshots: [[UInt8]]) throws -> FeatureEngine {
            try FeatureEngine(spec: spec, lists: lists, merging: snapshots)
        }

        /// The vectors of the rest.
        func goingOn(_ engine: FeatureEngine) throws -> [[Double]] {
            try rest.compactMap { try engine.process($0) }
        }

        func batch() throws -> [[Double]] {
            let matrix = try BatchExtractor(
                spec: spec, logs: Story.logs(spec, union + rest), lists: lists, threads: 1
            ).vectors().matrix
            let rows = rest.count { $0.type == "purchase" }
            return (matrix.rowCount - rows..<matrix.rowCount).map { row in
                matrix.columns.map { $0[row] }
            }
        }
    }

    /// Where two lists of vectors differ in a bit; missing equals missing.
    static func differences(_ a: [[Double]], _ b: [[Double]], _ spec: RandomSpec) -> [String] {
        if a.count != b.count { return ["\(a.count) and \(b.count) vectors"] }
        return zip(a, b).enumerated().flatMap { row, vectors in
            spec.features.indices.compactMap { index in
                let (a, b) = (vectors.0[index], vectors.1[index])
                return a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
                    ? nil : "vector \(row): \(spec.features[index])"
            }
        }
    }

    /// A random log, in every other case with coarse times, so that many events are of one moment, and
    /// with more logins that become known late.
    static func log(_ count: Int, _ random: inout CaseGenerator) -> [FeatureEngine.Event] {
        let keys = [1, 3, 20].randomElement(using: &random)!
        let events = RandomLog.events(count, keys: keys, &random)
        guard Bool.random(using: &random) else { return events }
        let step = [1, 60, 600].randomElement(using: &random)! * Timestamps.second
        return events.map { event in
            var event = event
            event.time -= event.time % step
            if event.type == "login" {
                event.known = event.time + Int64.random(in: 0...3, using: &random) * step
            } else {
                event.known = nil
            }
            return event
        }
    }

    /// Features of logins, which may become known late, that tell two of one moment apart.
    static func whereOrderMatters(_ random: inout CaseGenerator) -> [String] {
        (0..<4).map { _ in
            var aggregates = ["last(latitude)", "first(latitude)", "last(longitude)"]
            aggregates += ["first(longitude)", "ratio(latitude)", "zscore(latitude)"]
            var window = ""
            switch Int.random(in: 0..<3, using: &random) {
            case 0: window = #", "window": "1h", "hop": "10m""#
            case 1:
                window = #", "window": "5h""#
                aggregates += ["last(longitude, 2)", "speed(latitude, longitude)"]
            default: break
            }
            if Int.random(in: 0..<3, using: &random) == 0 { window += #", "delay": "1m""# }
            let by = ["account", "ip"].randomElement(using: &random)!
            return #""of": "login", "by": "\#(by)", "aggregate": "#
                + "\"\(aggregates.randomElement(using: &random)!)\"\(window)"
        }
    }

    @Test func mergedEnginesGoOnAsOneThatSawAll() throws {
        var random = CaseGenerator(state: 1903)
        for number in 0..<(EngineLawTests.isLong ? 2000 : 200) {
            let spec = try RandomSpec(
                &random, unit: "\"purchase\"", more: Self.whereOrderMatters(&random))
            let count = Int.random(in: 1...3, using: &random)
            var log = PartedLog(spec.spec, Self.log(80, &random), parts: count, &random)
            let one = try log.engine(log.union)
            if Int.random(in: 0..<4, using: &random) == 0 {
                // One that has seen nothing.
                log.parts.insert([], at: Int.random(in: 0...log.parts.count, using: &random))
            }
            let merged = try log.merged(log.parts.map { try log.engine($0).snapshot() })
            #expect(merged.lateEvents == one.lateEvents)
            #expect(merged.lastKnown == one.lastKnown)
            let again = try FeatureEngine(
                spec: spec.spec, lists: Self.lists, snapshot: merged.snapshot())
            let expected = try log.goingOn(one)
            let batch = Self.differences(try log.batch(), expected, spec)
            #expect(batch == [], "case \(number), batch")
            let live = Self.differences(try log.goingOn(merged), expected, spec)
            #expect(live == [], "case \(number)")
            let restored = Self.differences(try log.goingOn(again), expected, spec)
            #expect(restored == [], "case \(number), restored")
        }
    }

    @Test func aMergeOfMergesIsOneMerge() throws {
        var random = CaseGenerator(state: 57)
        for number in 0..<(EngineLawTests.isLong ? 500 : 40) {
            let spec = try RandomSpec(&random, unit: "\"purchase\"")
            let log = PartedLog(spec.spec, Self.log(60, &random), parts: 4, &random)
            let parts = try log.parts.map { try log.engine($0).snapshot() }
            let expected = try log.goingOn(log.merged(parts))
            let left = try log.merged(
                [log.merged([log.merged([parts[0], parts[1]]).snapshot(), parts[2]]).snapshot()]
                    + [parts[3]])
            let right = try log.merged([
                parts[0],
                log.merged([parts[1], log.merged([parts[2], parts[3]]).snapshot()]).snapshot(),
            ])
            for engine in [left, right] {
                let differences = Self.differences(try log.goingOn(engine), expected, spec)
                #expect(differences == [], "case \(number)")
            }
        }
    }

    /// What is asked of entities at later moments, with nothing in between.
    @Test func mergedEnginesAnswerAboutEntities() throws {
        var random = CaseGenerator(state: 99)
        for number in 0..<(EngineLawTests.isLong ? 500 : 40) {
            let spec = try RandomSpec(&random, unit: #"{ "entity": "account" }"#)
            let log = PartedLog(spec.spec, Self.log(60, &random), parts: 2, &random)
            let one = try log.engine(log.union)
            let merged = try log.merged(log.parts.map { try log.engine($0).snapshot() })
            var now = one.lastKnown
            for step in [0, 0, 1, 60, 3600, 86_400, 864_000] as [Int64] {
                now += step * Timestamps.second
                for account in 0..<20 {
                    let vectors = try (
                        one.features(of: "a\(account)", asOf: now),
                        merged.features(of: "a\(account)", asOf: now)
                    )
                    #expect((vectors.0 == nil) == (vectors.1 == nil))
                    let differences = Self.differences(
                        [vectors.1 ?? []].filter { $0 != [] },
                        [vectors.0 ?? []].filter { $0 != [] },
                        spec)
                    #expect(differences == [], "case \(number), a\(account), after \(step) s")
                }
            }
        }
    }

    /// Texts that are looked up, and what is found, have other codes in every engine.
    @Test func lookUpsAndTheirAnswersAreMerged() throws {
        var random = CaseGenerator(state: 3)
        for number in 0..<(EngineLawTests.isLong ? 300 : 30) {
            let knowledge = LookupLawTests.Knowledge(&random)
            let spec = try Story.spec(
                """
                { "riskkit": "features/1", \(knowledge.members)
                  "events": { "login": { "time": "at", "known": "seen",
                    "keys": { "account": "account", "ip": "ip",
                              "asn": { "lookup": "asn(ip)", "in": "owners" } },
                    "fields": { "amount": "decimal(2)",
                                "country": { "lookup": "country(ip)", "in": "geo" } } } },
                  "vectors": { "unit": "login" },
                  "features": { \(LookupLawTests.features(&random)) } }
                """)
            func engine(_ snapshots: [[UInt8]]) throws -> FeatureEngine {
                try FeatureEngine(
                    spec: spec, lists: knowledge.lists, databases: knowledge.databases,
                    merging: snapshots)
            }
            let events = Story.inOrder(spec, (0..<80).map { _ in LookupLawTests.event(&random) })
            let (one, parts) = try (engine([]), [engine([]), engine([])])
            var known: [Int64] = []
            for event in events.prefix(50) where !known.contains(event.known) {
                known.append(event.known)
                _ = try one.process(event.event)
                _ = try parts.randomElement(using: &random)!.process(event.event)
            }
            let merged = try engine(parts.map { $0.snapshot() })
            for event in events.dropFirst(50) {
                let (a, b) = try (merged.process(event.event)!, one.process(event.event)!)
                #expect(
                    zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN },
                    "case \(number)")
            }
        }
    }

    /// Whoever changes a snapshot can also sign it anew: it is refused, or merged, but never crashes.
    @Test func mutatedSnapshotsNeverCrashAMerge() throws {
        var random = CaseGenerator(state: 12)
        var (refused, merged) = (0, 0)
        for _ in 0..<(EngineLawTests.isLong ? 100 : 10) {
            let spec = try RandomSpec(&random, unit: "\"purchase\"")
            let log = PartedLog(spec.spec, Self.log(60, &random), parts: 2, &random)
            let parts = try log.parts.map { try log.engine($0).snapshot() }
            for _ in 0..<60 {
                var changed = parts
                let part = Int.random(in: 0..<2, using: &random)
                changed[part] = SnapshotTests.mutated(parts[part], &random)
                do throws(SnapshotError) {
                    let engine = try FeatureEngine(
                        spec: spec.spec, lists: Self.lists, merging: changed)
                    merged += 1
                    for event in log.rest { _ = try? engine.process(event) }
                } catch {
                    refused += 1
                    #expect(error.message.hasPrefix("snapshot \(part + 1) of 2: "))
                }
            }
        }
        #expect(refused > 60)
        #expect(merged > 20)
    }
}
