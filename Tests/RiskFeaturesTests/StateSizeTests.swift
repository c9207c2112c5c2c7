import Testing

@testable import RiskFeatures

/// The table "State" of `docs/features.md`.
@Suite struct StateSizeTests {
    /// Words of the state and of an entry.
    static func words(_ aggregates: [String], _ window: String) throws -> [Int] {
        let features = aggregates.enumerated().map { index, aggregate in
            #""f\#(index)": { "of": "purchase", "by": "account", "aggregate": "\#(aggregate)", \#(window) }"#
        }
        let text = """
            { "riskkit": "features/1", "events": { "purchase": { "time": "at", "keys": ["account"],
                "fields": { "amount": "decimal(2)", "category": "category" } } },
              "features": { \(features.joined(separator: ",")) }, "vectors": { "unit": "purchase" } }
            """
        let groups = PlanBuilder(spec: try Story.spec(text)).groups()
        let sources = groups.flatMap(\.sources)
        return [
            sources.reduce(0) { $0 + $1.stateWords }, sources.reduce(0) { $0 + $1.entryWords },
        ]
    }

    static let exact = #""window": "1d""#
    static let tiles = #""window": "1d", "hop": "1h""#
    static let all = #""window": "all""#

    /// Beside what is shared: a window, an event; a window, a tile; in all.
    static let sizes: [(aggregate: String, words: [Int])] = [
        ("count", [1, 1, 1, 1, 1]), ("sum(amount)", [3, 1, 3, 3, 3]),
        ("mean(amount)", [3, 1, 3, 3, 3]),
        ("share(amount > 1)", [3, 1, 3, 3, 3]), ("std(amount)", [5, 1, 5, 5, 5]),
        ("min(amount)", [0, 1, 0, 1, 1]), ("max(amount)", [0, 1, 0, 1, 1]),
        ("last(amount)", [2, 1, 2, 0, 2]), ("since_last", [2, 1, 2, 0, 2]),
        ("first(amount)", [1, 1, 1, 2, 2]), ("since_first", [1, 1, 1, 2, 2]),
        ("distinct(category)", [1, 1, 1, 1, 1]),
    ]

    @Test(arguments: sizes)
    func anAggregateCostsWhatIsDocumented(_ size: (aggregate: String, words: [Int])) throws {
        let exact = try Self.words([size.aggregate], Self.exact)
        let tiles = try Self.words([size.aggregate], Self.tiles)
        let all = try Self.words([size.aggregate], Self.all)
        #expect(
            [exact[0] - 1, exact[1] - 1, tiles[0] - 1, tiles[1] - 1, all[0] - 1] == size.words)
    }

    @Test func whatTwoFeaturesNeedIsHeldOnce() throws {
        #expect(
            try Self.words(["sum(amount)", "mean(amount)"], Self.exact)
                == Self.words(["sum(amount)"], Self.exact))
        #expect(
            try Self.words(["count", "count", "rate"], Self.exact)
                == Self.words(["count"], Self.exact))
    }
}
