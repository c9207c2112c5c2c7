import RiskColumns
import Testing

@testable import RiskFeatures

/// Every aggregate on a few events, computed by hand.
@Suite struct AggregateTests {
    static let missing = Double.nan

    /// Four purchases in a minute; the vector is that of a fifth, ten seconds after the last.
    static let events: [FeatureEngine.Event] = [
        .purchase(0, amount: 1000, items: 2, weight: 1.5, category: "food"),
        .purchase(20, amount: 250, items: -1, weight: -4, category: "gift"),
        .purchase(30, amount: nil, items: nil, weight: nil, category: nil),
        .purchase(50, amount: 1750, items: 2, weight: 0.25, category: "gift"),
        .purchase(60, amount: 99_999, items: 9, weight: 9, category: "other"),
    ]

    /// What an aggregate is of the events before the last one.
    static func value(
        _ aggregate: String, more: String = "", window: String = #""window": "1h""#,
        of events: [FeatureEngine.Event] = events
    ) throws -> Double {
        let feature =
            #""of": "purchase", "by": "account", "aggregate": "\#(aggregate)" \#(window.isEmpty ? "" : ", " + window) \#(more)"#
        return try PurchaseStory(features: ["f": feature]).last(events)[0]
    }

    static let examples: [(aggregate: String, expected: Double)] = [
        ("count", 4),
        // 10.00 + 2.50 + 17.50; the purchase without an amount does not count.
        ("sum(amount)", 30), ("mean(amount)", 10), ("sum(items)", 3), ("mean(items)", 1),
        ("min(amount)", 2.5), ("max(amount)", 17.5), ("min(weight)", -4), ("max(weight)", 1.5),
        ("min(items)", -1), ("max(items)", 2),
        // Deviations 0, -7.5, 7.5 from the mean 10: √(112.5 / 2).
        ("std(amount)", 7.5), ("std(items)", 3.0.squareRoot()),
        ("first(amount)", 10), ("last(amount)", 17.5), ("first(weight)", 1.5),
        ("last(items)", 2), ("last(weight)", 0.25),
        ("since_last", 10), ("since_first", 60),
        // food and gift; 2 and -1; missing values are no value.
        ("distinct(category)", 2), ("distinct(items)", 2), ("distinct(amount)", 3),
        ("distinct(account)", 1),
        // Of the three whose category is known, two.
        ("share(category = 'gift')", 2.0 / 3), ("share(amount >= 10)", 2.0 / 3),
        ("share(is_missing(amount))", 0.25), ("share(category in virtual)", 2.0 / 3),
        ("share(hour < 12)", 0),
    ]

    /// In every form of window that holds all four, the values are the same.
    @Test(
        arguments: examples,
        [
            #""window": "1h""#, #""window": "1h", "hop": "10m""#, #""window": "1h", "hop": "1h""#,
            #""window": "all""#,
        ])
    func ofFourPurchases(_ example: (aggregate: String, expected: Double), window: String) throws {
        #expect(try Self.value(example.aggregate, window: window) == example.expected)
    }

    /// Those that need every event kept apart. The times are 0, 20, 30 and 50 s.
    static let apart: [(aggregate: String, expected: Double)] = [
        // 20 and 30 lie within 15 s of each other; with 50 they lie within 31 s.
        ("peak(15s)", 2), ("peak(31s)", 3), ("peak(5s)", 1),
        // Gaps of 20, 10 and 20 s: deviations 10/3, -20/3, 10/3 from the mean.
        ("gap_mean", 50.0 / 3), ("gap_std", (100.0 / 3).squareRoot()),
        ("gap_cv", (100.0 / 3).squareRoot() / (50.0 / 3)),
        // food once, gift twice; 10.00, 2.50 and 17.50 once each.
        ("top_share(category)", 2.0 / 3), ("top_share(amount)", 1.0 / 3),
        ("quantile(amount, 0)", 2.5), ("quantile(amount, 0.5)", 10), ("quantile(amount, 1)", 17.5),
        ("quantile(amount, 0.75)", 13.75), ("quantile(weight, 0.5)", 0.25),
        ("last(amount, 1)", 17.5), ("last(amount, 2)", 2.5), ("last(amount, 3)", 10),
        ("hour_distance", 0),
    ]

    @Test(arguments: apart)
    func ofEventsKeptApart(_ example: (aggregate: String, expected: Double)) throws {
        #expect(try Self.value(example.aggregate) == example.expected)
    }

    /// log2 3 - 2/3, within the rounding of one term to a multiple of 2^-20, over n.
    @Test func entropyIsInBits() throws {
        let entropy = try Self.value("entropy(category)")
        #expect(abs(entropy - (1.584_962_500_721_156 - 2.0 / 3)) <= 0x1p-20)
        #expect(try Self.value("entropy(account)") == 0)
    }

    @Test func theLatestIsComparedWithThoseBeforeIt() throws {
        // 17.50 beside 10.00 and 2.50: mean 6.25, deviation √28.125.
        #expect(try Self.value("ratio(amount)") == 17.5 / 6.25)
        #expect(abs(try Self.value("zscore(amount)") - 11.25 / 28.125.squareRoot()) < 1e-15)
        // 2 beside 2 and -1.
        #expect(try Self.value("ratio(items)", window: #""window": "all""#) == 4)
        // 999.99 beside the three.
        #expect(
            try Self.value("ratio(amount)", more: #", "include": "current""#) == 99_999 / 1000)
        #expect(try Self.value("zscore(amount)", of: Array(Self.events.prefix(3))).isNaN)
    }

    /// Half of what happened a half-life ago, a quarter of what happened two ago.
    @Test func whatDecaysHalvesWithEachHalfLife() throws {
        let events: [FeatureEngine.Event] = [
            .purchase(0, amount: 800), .purchase(80, amount: 400), .purchase(160, amount: 100),
            .purchase(240),
        ]
        #expect(try Self.value("decayed_count(80s)", window: "", of: events) == 0.5 + 0.25 + 0.125)
        #expect(try Self.value("decayed_sum(amount, 80s)", window: "", of: events) == 2.5)
        #expect(try Self.value("decayed_count(1s)", window: "", of: events) == 0)
    }

    @Test func newIsWhatNoneBeforeHad() throws {
        #expect(try Self.value("new(category)") == 1)
        #expect(try Self.value("new(category)", of: Array(Self.events.prefix(4))) == 0)
        // The third has no category; the second's gift is 30 s old when the fourth comes.
        #expect(try Self.value("new(category)", of: Array(Self.events.prefix(3))).isNaN)
        #expect(
            try Self.value(
                "new(category)", window: #""window": "30s""#, of: Array(Self.events.prefix(4))) == 1
        )
    }

    @Test func ratesAreEventsADay() throws {
        #expect(try Self.value("rate", window: #""window": "1d""#) == 4)
        #expect(try Self.value("rate", window: #""window": "8d""#) == 0.5)
        #expect(try Self.value("rate", window: #""window": "1h""#) == 96)
    }

    @Test func ratesPerAnotherEvent() throws {
        let rate = #""of": "purchase", "by": "account", "aggregate": "rate", "per": "login""#
        let story = PurchaseStory(features: [
            "of_logins": rate + #", "window": "1h""#,
            "in_20s": rate + #", "window": "20s""#,
            "gifts": rate + #", "window": "1h", "where": "category = 'gift'""#,
            "gift_share":
                #""of": "purchase", "by": "account", "aggregate": "rate", "per": "purchase", "window": "all", "where": "category = 'gift'""#,
        ])
        let logins: [FeatureEngine.Event] = [.login(1), .login(25)]
        let values = try story.last(Self.events + logins)
        // Four by two; in the last 20 seconds no login at all; two gifts by two logins, by four purchases.
        #expect(agree(values, [2, Self.missing, 1, 0.5]))
    }

    @Test(arguments: [
        ("count", 0), ("sum(amount)", 0), ("distinct(items)", 0), ("rate", 0),
    ])
    func nothingCountsAsZero(aggregate: String, expected: Double) throws {
        #expect(try Self.value(aggregate, of: [.purchase(0)]) == expected)
    }

    @Test(arguments: [
        "mean(amount)", "std(amount)", "min(amount)", "max(weight)", "first(amount)",
        "last(weight)", "since_last", "since_first", "share(amount > 1)",
    ])
    func nothingHasNoOther(aggregate: String) throws {
        #expect(try Self.value(aggregate, of: [.purchase(0)]).isNaN)
        #expect(try Self.value(aggregate, window: #""window": "all""#, of: [.purchase(0)]).isNaN)
        #expect(
            try Self.value(aggregate, window: #""window": "1h", "hop": "1m""#, of: [.purchase(0)])
                .isNaN)
    }

    @Test func theDeviationOfOneIsMissingAndOfEqualsZero() throws {
        let one: [FeatureEngine.Event] = [.purchase(0, amount: 100), .purchase(1)]
        #expect(try Self.value("std(amount)", of: one).isNaN)
        let equal = (0..<3).map { FeatureEngine.Event.purchase(Double($0), amount: 33) }
        #expect(try Self.value("std(amount)", of: equal) == 0)
    }

    /// 0.1 + 0.2 - 0.3 is 0, and the deviation of large equal amounts too.
    @Test func sumsAreExact() throws {
        let tenths: [FeatureEngine.Event] = [
            .purchase(0, amount: 10), .purchase(1, amount: 20), .purchase(2, amount: -30),
            .purchase(3),
        ]
        #expect(try Self.value("sum(amount)", of: tenths) == 0)
        let large = Decimals.largest
        let extremes: [FeatureEngine.Event] = [
            .purchase(0, amount: large), .purchase(1, amount: -large), .purchase(2, amount: large),
            .purchase(3, amount: -large), .purchase(4),
        ]
        #expect(try Self.value("sum(amount)", of: extremes) == 0)
        #expect(try Self.value("mean(amount)", of: extremes) == 0)
        // √(4 L² / 3)
        let deviation = (4.0 / 3).squareRoot() * Double(large) / 100
        #expect(abs(try Self.value("std(amount)", of: extremes) / deviation - 1) < 1e-15)
    }

    @Test func conditionsChooseTheEvents() throws {
        #expect(try Self.value("count", more: #", "where": "category in virtual""#) == 2)
        #expect(try Self.value("count", more: #", "where": "not category in virtual""#) == 1)
        #expect(
            try Self.value("sum(amount)", more: #", "where": "amount < 10 or items > 1""#) == 30)
        #expect(try Self.value("since_last", more: #", "where": "category = 'food'""#) == 60)
        #expect(try Self.value("first(amount)", more: #", "where": "items < 2""#) == 2.5)
        #expect(try Self.value("last(amount)", more: #", "where": "items < 2""#) == 2.5)
        #expect(try Self.value("max(weight)", more: #", "where": "weight < 0""#) == -4)
        #expect(try Self.value("distinct(category)", more: #", "where": "items = 2""#) == 2)
    }

    @Test func theCurrentEventCountsWhereItIsIncluded() throws {
        let current = #", "include": "current""#
        #expect(try Self.value("count", more: current) == 5)
        #expect(try Self.value("sum(amount)", more: current) == 1029.99)
        #expect(try Self.value("last(amount)", more: current) == 999.99)
        #expect(try Self.value("since_last", more: current) == 0)
        #expect(try Self.value("distinct(category)", more: current) == 3)
        #expect(try Self.value("count", more: current, of: [.purchase(0)]) == 1)
    }

    @Test func anInfiniteNumberIsMissing() throws {
        let events: [FeatureEngine.Event] = [
            .purchase(0, weight: .infinity), .purchase(1, weight: 2),
            .purchase(2, weight: -.infinity),
            .purchase(3),
        ]
        #expect(try Self.value("max(weight)", of: events) == 2)
        #expect(try Self.value("min(weight)", of: events) == 2)
        #expect(try Self.value("last(weight)", of: events) == 2)
    }
}
