import RiskColumns
import RiskJSON
import Testing

@testable import RiskFeatures

/// What it means that engines are merged. That they give the same bits is in `MergeLawTests`.
@Suite struct MergeTests {
    static func spec(_ features: String) throws -> FeatureSpec {
        try Story.spec(
            """
            { "riskkit": "features/1",
              "events": {
                "login": { "time": "at", "known": "seen", "lateness": "1h",
                           "keys": ["account", "ip"], "fields": { "amount": "integer" } },
                "purchase": { "time": "at", "keys": ["account", "ip"],
                              "fields": { "amount": "integer" } } },
              "features": { \(features) }, "vectors": { "unit": "purchase" } }
            """)
    }

    /// A login at noon or so many seconds later, known so many seconds after it.
    static func login(
        _ amount: Int64, at second: Int64 = 0, late: Int64 = 0, account: String = "a"
    ) -> FeatureEngine.Event {
        let time = Story.noon + second * Timestamps.second
        return .init(
            type: "login", time: time, known: time + late * Timestamps.second,
            values: ["account": .text(account), "ip": .text("i"), "amount": .integer(amount)])
    }

    static func snapshot(
        _ spec: FeatureSpec, _ events: [FeatureEngine.Event]
    ) throws -> [UInt8] {
        let engine = FeatureEngine(spec: spec)
        for event in events { _ = try engine.process(event) }
        return engine.snapshot()
    }

    /// The vector of a purchase a minute after noon, by an engine that is merged of parts.
    static func vector(
        _ spec: FeatureSpec, _ parts: [[FeatureEngine.Event]], account: String = "a"
    ) throws -> [Double] {
        let engine = try FeatureEngine(
            spec: spec, merging: parts.map { try snapshot(spec, $0) })
        let purchase = FeatureEngine.Event(
            type: "purchase", time: Story.noon + Timestamps.minute,
            values: ["account": .text(account), "ip": .text("i")])
        return try #require(try engine.process(purchase))
    }

    static let ends = ["", #", "window": "1h""#, #", "window": "1h", "hop": "1h""#]
        .enumerated().map { index, window in
            #""last\#(index)": { "of": "login", "by": "ip", "aggregate": "last(amount)"\#(window) },"#
                + #""first\#(index)": { "of": "login", "by": "ip", "aggregate": "first(amount)"\#(window) }"#
        }.joined(separator: ",")

    @Test func anAddressIsSeenInEveryPart() throws {
        let spec = try Self.spec(
            #"""
            "accounts": { "of": "login", "by": "ip", "aggregate": "distinct(account)", "window": "1h" },
            "own": { "of": "login", "by": ["account", "ip"], "aggregate": "count" },
            "spent": { "of": "login", "by": "ip", "aggregate": "sum(amount)", "window": "1h", "hop": "1h" }
            """#)
        let a = [Self.login(1, account: "a"), Self.login(2, at: 1, account: "b")]
        // Here "b" is the first account that is seen.
        let b = [Self.login(4, account: "b"), Self.login(8, at: 1, account: "c")]
        #expect(try Self.vector(spec, [a, b], account: "b") == [3, 2, 15])
        #expect(try Self.vector(spec, [b, a], account: "a") == [3, 1, 15])
        #expect(try Self.vector(spec, [a], account: "a") == [2, 1, 3])
        #expect(try Self.vector(spec, [], account: "a") == [0, 0, 0])
    }

    @Test func ofOneMomentWhatBecameKnownLaterIsLater() throws {
        let spec = try Self.spec(Self.ends)
        let (early, late) = ([Self.login(1, late: 5)], [Self.login(2, late: 9)])
        for parts in [[early, late], [late, early]] {
            #expect(try Self.vector(spec, parts) == [2, 1, 2, 1, 2, 1])
        }
    }

    @Test func ofOneMomentAndKnownAtOnceTheFirstSnapshotsComeFirst() throws {
        let spec = try Self.spec(Self.ends)
        let parts = [1, 2, 3].map { [Self.login($0, late: 5)] }
        #expect(try Self.vector(spec, parts) == [3, 1, 3, 1, 3, 1])
        #expect(try Self.vector(spec, parts.reversed()) == [1, 3, 1, 3, 1, 3])
    }

    /// What is delayed waits until its key is next asked for, in one part longer than in another.
    @Test func theOrderHoldsForWhatIsDelayed() throws {
        let spec = try Self.spec(
            #""last": { "of": "login", "by": "ip", "aggregate": "last(amount)", "delay": "10s" },"#
                + #""ended": { "of": "login", "by": "ip", "aggregate": "last(amount)", "#
                + #""delay": "10s", "window": "1h" }"#)
        let early = [Self.login(1, late: 5)]
        let late = [Self.login(2, late: 9), Self.login(3, at: 55)]
        for parts in [[early, late], [late, early]] {
            #expect(try Self.vector(spec, parts) == [2, 2])
        }
    }

    @Test func lateEventsAddUpAndTimeGoesOnFromTheLatest() throws {
        let spec = try Self.spec(Self.ends)
        let parts = try [
            Self.snapshot(spec, [Self.login(1, late: 4000), Self.login(1, late: 4000)]),
            Self.snapshot(spec, [Self.login(2), Self.login(2, late: 5000)]),
        ]
        let engine = try FeatureEngine(spec: spec, merging: parts)
        #expect(engine.lateEvents == ["login": 3])
        #expect(throws: FeatureEngine.Refusal.outOfOrder) {
            try engine.process(Self.login(3, late: 4999))
        }
        _ = try engine.process(Self.login(3, late: 5000))
        #expect(engine.lateEvents == ["login": 4])
        let again = try FeatureEngine(spec: spec, snapshot: engine.snapshot())
        #expect(again.lateEvents == ["login": 4])
    }

    @Test func aSnapshotOfAnotherSpecIsRefusedWithItsNumber() throws {
        let spec = try Self.spec(Self.ends)
        let other = try Self.spec(
            #""n": { "of": "login", "by": "ip", "aggregate": "count" }"#)
        let parts = try [Self.snapshot(spec, []), Self.snapshot(other, [])]
        do throws(SnapshotError) {
            _ = try FeatureEngine(spec: spec, merging: parts)
            Issue.record("it was merged")
        } catch {
            #expect(error.message == "snapshot 2 of 2: it is of another feature spec")
        }
    }
}
