import RiskColumns
import Testing

@testable import RiskFeatures

/// What an engine need not know any more: key values whose windows are all empty, and events that
/// became known too late. That values stay the same to the bit is in `EngineLawTests`.
@Suite struct ForgettingTests {
    static func spec(_ features: String, lateness: String = "") throws -> FeatureSpec {
        try Story.spec(
            """
            { "riskkit": "features/1",
              "events": { "login": { "time": "at", "known": "seen", \(lateness) "keys": ["account"] } },
              "features": { \(features) }, "vectors": { "unit": "login" } }
            """)
    }

    static let count = #""of": "login", "by": "account", "aggregate": "count""#

    /// A login a minute, each of an account that was never seen before.
    static func mostKeyValues(_ spec: FeatureSpec) throws -> Int {
        let engine = FeatureEngine(spec: spec)
        var most = 0
        for minute in 0..<5_000 {
            let time = Story.noon + Int64(minute) * Timestamps.minute
            _ = try engine.process(
                .init(type: "login", time: time, values: ["account": .text("a\(minute)")]))
            most = max(most, engine.keyValues)
        }
        return most
    }

    @Test func keyValuesAreForgottenWhenNoWindowReachesBackToThem() throws {
        let hour = try Self.spec(#""n": { \#(Self.count), "window": "1h" }"#)
        #expect(try Self.mostKeyValues(hour) <= 62)
        let delayed = try Self.spec(#""n": { \#(Self.count), "window": "1h", "delay": "1h" }"#)
        #expect(try Self.mostKeyValues(delayed) <= 122)
        let tiled = try Self.spec(#""n": { \#(Self.count), "window": "1h", "hop": "10m" }"#)
        #expect(try Self.mostKeyValues(tiled) <= 72)
    }

    @Test func allOfThePastIsNeverForgotten() throws {
        let all = try Self.spec(
            #""n": { \#(Self.count), "window": "1h" }, "m": { \#(Self.count) }"#)
        #expect(try Self.mostKeyValues(all) == 5_000)
    }

    @Test func aKeyValueThatIsAskedForStays() throws {
        let spec = try Self.spec(#""n": { \#(Self.count), "window": "1h" }"#)
        let engine = FeatureEngine(spec: spec)
        for minute in 0..<500 {
            let time = Story.noon + Int64(minute) * Timestamps.minute
            for account in ["one", "a\(minute)"] {
                let vector = try engine.process(
                    .init(type: "login", time: time, values: ["account": .text(account)]))
                #expect(vector == [account == "one" ? Double(min(minute, 59)) : 0])
            }
        }
    }

    @Test func whatBecomesKnownTooLateIsCountedAndCountsForNothing() throws {
        let spec = try Self.spec(#""n": { \#(Self.count) }"#, lateness: #""lateness": "1h","#)
        // The second one became known an hour late, the third a microsecond later than that.
        let events = [0, Timestamps.hour, Timestamps.hour + 1].map {
            FeatureEngine.Event(
                type: "login", time: Story.noon, known: Story.noon + $0,
                values: ["account": .text("a")])
        }
        let last = FeatureEngine.Event(
            type: "login", time: Story.noon + Timestamps.day, values: ["account": .text("a")])
        let engine = FeatureEngine(spec: spec)
        let vectors = try (events + [last]).map { try engine.process($0)! }
        #expect(vectors == [[0], [1], [2], [2]])
        #expect(engine.lateEvents == ["login": 1])
        let batch = try BatchExtractor(
            spec: spec, logs: Story.logs(spec, events + [last]), threads: 1)
        #expect(batch.lateEvents == ["login": 1])
        #expect(try batch.vectors().matrix.columns == [[0, 1, 2, 2]])
    }

    @Test func latenessNeedsAKnownTime() throws {
        let mistakes = try Story.mistakes(
            """
            { "riskkit": "features/1",
              "events": { "login": { "time": "at", "lateness": "1h", "keys": ["account"] } },
              "features": { "n": { \(Self.count) } }, "vectors": { "unit": "login" } }
            """)
        #expect(mistakes.count == 1 && mistakes[0].contains("nothing is late"))
    }

    /// A late event makes room, which drops the entry before its place: the gap to that one is in no
    /// window, and must not be counted to the late event's.
    @Test func aGapToADroppedEntryIsNotCounted() throws {
        let spec = try Self.spec(
            #""g": { "of": "login", "by": "account", "aggregate": "gap_std", "window": "1h" }"#)
        let seconds: [(time: Int64, known: Int64)] = [
            (0, 0), (1, 1), (36_060, 36_060), (36_061, 36_061), (36_000, 36_062),
            (36_063, 36_063),
        ]
        let events = seconds.map {
            FeatureEngine.Event(
                type: "login", time: Story.noon + $0.time * Timestamps.second,
                known: Story.noon + $0.known * Timestamps.second, values: ["account": .text("a")])
        }
        // Gaps of 60 s and 1 s.
        let expected = 1740.5.squareRoot()
        let batch = try BatchExtractor(spec: spec, logs: Story.logs(spec, events), threads: 1)
        #expect(try batch.vectors().matrix.columns[0][5] == expected)
        let engine = FeatureEngine(spec: spec)
        #expect(try events.map { try engine.process($0)! }[5] == [expected])
    }
}
