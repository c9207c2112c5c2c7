import Testing

@testable import RiskFeatures

/// The table "State" of `docs/features.md`.
@Suite struct StateSizeTests {
    /// Words of an entry of each source.
    static func words(
        _ aggregates: [String], _ window: String, known: String = ""
    ) throws -> [Int] {
        let features = aggregates.enumerated().map { index, aggregate in
            #""f\#(index)": { "of": "purchase", "by": "account", "aggregate": "\#(aggregate)", \#(window) }"#
        }
        let text = """
            { "riskkit": "features/1", "events": { "purchase": { "time": "at", \(known) "keys": ["account"],
                "fields": { "amount": "decimal(2)", "category": "category" } } },
              "features": { \(features.joined(separator: ",")) }, "vectors": { "unit": "purchase" } }
            """
        let groups = PlanBuilder(spec: try Story.spec(text)).groups()
        return groups.flatMap(\.sources).map(\.shape.pointee.entryWords)
    }

    static let exact = #""window": "1d""#
    static let tiles = #""window": "1d", "hop": "1h""#
    static let all = #""window": "all""#

    /// Beside its key: an event; a tile, or all of the past.
    static let sizes: [(aggregate: String, event: Int, tile: Int)] = [
        ("count", 0, 1), ("rate", 0, 1), ("sum(amount)", 2, 2), ("mean(amount)", 2, 3),
        ("share(amount > 1)", 1, 2), ("std(amount)", 4, 5), ("min(amount)", 1, 1),
        ("max(amount)", 1, 1), ("last(amount)", 1, 2), ("since_last", 0, 1),
        ("first(amount)", 1, 2), ("since_first", 0, 1), ("distinct(category)", 2, 2),
    ]

    @Test(arguments: sizes)
    func anAggregateCostsWhatIsDocumented(
        _ size: (aggregate: String, event: Int, tile: Int)
    ) throws {
        #expect(try Self.words([size.aggregate], Self.exact) == [1 + size.event])
        #expect(try Self.words([size.aggregate], Self.tiles) == [1 + size.tile])
        if size.aggregate != "rate" {
            #expect(try Self.words([size.aggregate], Self.all) == [1 + size.tile])
        }
    }

    @Test(arguments: sizes)
    func whatMayBecomeKnownLateKeepsWhenWhereTheOrderOfTwoMatters(
        _ size: (aggregate: String, event: Int, tile: Int)
    ) throws {
        let more = size.aggregate.hasPrefix("last") || size.aggregate.hasPrefix("first") ? 1 : 0
        let known = #""known": "seen","#
        #expect(
            try Self.words([size.aggregate], Self.exact, known: known) == [1 + size.event + more])
        #expect(
            try Self.words([size.aggregate], Self.tiles, known: known) == [1 + size.tile + more])
    }

    @Test func whatTwoFeaturesNeedIsHeldOnce() throws {
        #expect(
            try Self.words(["sum(amount)", "mean(amount)", "max(amount)"], Self.exact)
                == Self.words(["sum(amount)", "max(amount)"], Self.exact))
        #expect(
            try Self.words(["count", "count", "rate"], Self.exact)
                == Self.words(["count"], Self.exact))
    }
}
