import RiskColumns
import Testing

@testable import RiskFeatures

/// What a window covers, to the microsecond.
@Suite struct TimeTests {
    static func counts(
        _ members: String, of type: String = "purchase", _ events: [FeatureEngine.Event]
    ) throws -> [Double] {
        let feature = #""of": "\#(type)", "by": "account", "aggregate": "count", \#(members)"#
        return try #require(try PurchaseStory(features: ["f": feature]).columns(events)["f"])
    }

    /// A window W as of t covers (t - W, t].
    @Test func anEventExactlyAWindowAgoIsOutside() throws {
        #expect(
            try Self.counts(#""window": "60s""#, [.purchase(0), .purchase(59.999999)]) == [0, 1])
        #expect(try Self.counts(#""window": "60s""#, [.purchase(0), .purchase(60)]) == [0, 0])
    }

    @Test func anEventOfThatVeryMomentIsInsideIfItCameBefore() throws {
        // Three purchases at once: each sees those that stand before it in the log.
        let together: [FeatureEngine.Event] = [.purchase(0), .purchase(0), .purchase(0)]
        #expect(try Self.counts(#""window": "60s""#, together) == [0, 1, 2])
        #expect(try Self.counts(#""window": "60s", "include": "current""#, together) == [1, 2, 3])
        #expect(try Self.counts(#""window": "all""#, together) == [0, 1, 2])
    }

    /// Events of one moment are in the order of the spec's types: login, then purchase.
    @Test func tiesBetweenTypesGoByTheSpec() throws {
        #expect(
            try Self.counts(#""window": "60s""#, of: "login", [.purchase(0), .login(0)]) == [1])
    }

    /// Noon is a multiple of the minute; a window of 2 minutes with a hop of 1 covers
    /// (floor(t - 2m, 1m), t]: up to a hop more.
    @Test func aHopWindowReachesBackToTheHopBelow() throws {
        let hop = #""window": "2m", "hop": "1m""#
        // t = 12:02:30, t - W = 12:00:30, floor: 12:00:00. What happened after noon counts.
        #expect(try Self.counts(hop, [.purchase(0.000001), .purchase(150)]) == [0, 1])
        #expect(try Self.counts(hop, [.purchase(0), .purchase(150)]) == [0, 0])
        #expect(try Self.counts(hop, [.purchase(30), .purchase(150)]) == [0, 1])
        // t = 12:02:00 exactly: the window is exactly two minutes.
        #expect(try Self.counts(hop, [.purchase(0.000001), .purchase(120)]) == [0, 1])
        #expect(try Self.counts(hop, [.purchase(0), .purchase(120)]) == [0, 0])
        // A microsecond before, t - W is still in the minute before noon.
        #expect(try Self.counts(hop, [.purchase(0), .purchase(119.999999)]) == [0, 1])
        #expect(try Self.counts(hop, [.purchase(-60), .purchase(119.999999)]) == [0, 0])
    }

    @Test func aDelayHidesAnEventAndMovesItsWindow() throws {
        let delayed = #""window": "60s", "delay": "30s""#
        // Visible from 30 s on, the moment itself included, until 90 s, that moment excluded.
        for (moment, count) in [(29.999999, 0.0), (30, 1), (89.999999, 1), (90, 0)] {
            #expect(try Self.counts(delayed, [.purchase(0), .purchase(moment)]) == [0, count])
        }
        #expect(
            try Self.counts(#""delay": "30s""#, [.purchase(0), .purchase(20), .purchase(1e6)])
                == [0, 0, 2])
    }

    @Test func sinceCountsFromTheEventNotFromItsDelay() throws {
        let feature =
            #""of": "purchase", "by": "account", "aggregate": "since_last", "delay": "30s""#
        let values = try PurchaseStory(features: ["f": feature]).last(
            [.purchase(0), .purchase(10), .purchase(35)])
        // Only the first is visible.
        #expect(values == [35])
    }

    /// A login of second 0 that becomes known at 40 s: unseen before, then placed where it happened.
    @Test func lateKnowledgeIsUsedFromThenOn() throws {
        let late = FeatureEngine.Event.login(0, knownAfter: 40)
        let minute = #""window": "60s""#
        for (moment, count) in [(39.999999, 0.0), (40, 1), (59.999999, 1), (60, 0)] {
            #expect(try Self.counts(minute, of: "login", [late, .purchase(moment)]) == [count])
        }
        let story = PurchaseStory(features: [
            "last": #""of": "login", "by": "account", "aggregate": "last(success)""#,
            "first":
                #""of": "login", "by": "account", "aggregate": "first(success)", "window": "1h""#,
            "since": #""of": "login", "by": "account", "aggregate": "since_last", "window": "1h""#,
        ])
        // Known last, but it happened first.
        let values = try story.last([
            .login(0, knownAfter: 40, success: true), .login(10, success: false), .purchase(50),
        ])
        #expect(values == [0, 1, 40])
    }

    @Test func knownTooLateForItsWindowAnEventIsNeverSeen() throws {
        let late = FeatureEngine.Event.login(0, knownAfter: 100)
        #expect(
            try Self.counts(#""window": "60s""#, of: "login", [late, .purchase(100)]) == [0])
        #expect(try Self.counts(#""window": "all""#, of: "login", [late, .purchase(100)]) == [1])
    }

    @Test func ofTwoAtOnceTheLaterInTheLogIsLast() throws {
        let story = PurchaseStory(features: [
            "last":
                #""of": "purchase", "by": "account", "aggregate": "last(items)", "window": "1h""#,
            "first":
                #""of": "purchase", "by": "account", "aggregate": "first(items)", "window": "1h""#,
            "ever": #""of": "purchase", "by": "account", "aggregate": "last(items)""#,
            "tiles":
                #""of": "purchase", "by": "account", "aggregate": "last(items)", "window": "1h", "hop": "1m""#,
        ])
        let values = try story.last([
            .purchase(0, items: 1), .purchase(0, items: 2), .purchase(0, items: 3), .purchase(1),
        ])
        #expect(values == [3, 1, 3, 3])
    }

    @Test func eachKeyValueHasItsOwnPast() throws {
        let values = try Self.counts(
            #""window": "1h""#,
            [
                .purchase(0, account: "a"), .purchase(1, account: "b"), .purchase(2, account: nil),
                .purchase(3, account: "a"), .purchase(4, account: ""), .purchase(5, account: ""),
                .purchase(6, account: nil),
            ])
        // Nobody has no past; the empty text is somebody.
        #expect(agree(values, [0, 0, .nan, 1, 0, 1, .nan]))
    }

    /// Years of nothing, and the longest windows, at both ends of time.
    @Test func theEndsOfTimeAreSafe() throws {
        let longest = #""window": "3660d", "hop": "3660d", "delay": "3660d""#
        let story = PurchaseStory(
            features: [
                "a": #""of": "purchase", "by": "account", "aggregate": "count", \#(longest)"#,
                "b":
                    #""of": "purchase", "by": "account", "aggregate": "since_first", "window": "all""#,
                "c":
                    #""of": "purchase", "by": "account", "aggregate": "std(amount)", "window": "3660d""#,
                "d": #""derive": "current.time + current.hour + current.weekday""#,
            ], zone: "America/New_York")
        func purchase(_ time: Int64) -> FeatureEngine.Event {
            .init(
                type: "purchase", time: time,
                values: ["account": .text("a"), "amount": .integer(Decimals.largest)])
        }
        let values = try story.last([
            purchase(Timestamps.earliest), purchase(Timestamps.earliest + 1), purchase(0),
            purchase(Timestamps.end - 2), purchase(Timestamps.end - 1),
        ])
        let all = Double(Timestamps.end - 1 - Timestamps.earliest) / 1e6
        #expect(agree(Array(values.prefix(3)), [0, all, .nan]))
    }
}
