import RiskColumns
import Testing

@Suite("SplitMix64")
struct SplitMix64Tests {
    @Test("gives the numbers of Vigna's splitmix64.c for the seed 1234567")
    func reference() {
        var generator = SplitMix64(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        #expect(expected.map { _ in generator.next() } == expected)
    }

    @Test("whole numbers below a bound: all of them, about as often")
    func below() {
        var generator = SplitMix64(seed: 5)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<7000 { counts[generator.below(7)] += 1 }
        // 1000 each with a deviation of 29.
        #expect(counts.allSatisfy { abs($0 - 1000) < 130 })
        #expect(generator.below(1) == 0)
    }

    @Test("children: the same number gives the same child, others give others, the parent stays")
    func children() {
        let parent = SplitMix64(seed: 9)
        #expect(parent.child(3) == parent.child(3))
        var firsts: Set<UInt64> = []
        for number in 0..<10_000 {
            var child = parent.child(UInt64(number))
            firsts.insert(child.next())
        }
        #expect(firsts.count == 10_000)
        #expect(parent == SplitMix64(seed: 9))
    }
}
