import CRiskKernels
import RiskColumns
import Testing

@Suite("Heads of windows: the first entry inside each")
struct WindowHeadTests {
    @Test("as the definition says, for random keys, moments, tails and lengths", arguments: 1...40)
    func againstDefinition(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let count = random.below(60)
        let windows = 1 + random.below(Int(RK_MOST_WINDOWS))
        let first = random.below(5)
        // Ties are frequent; what is before the first entry and behind the last may be anything.
        var keys = ascending(count, step: 4, &random)
        keys = (0..<first).map { _ in anything(&random) } + keys
        let moments = 1 + random.below(80)
        let now = ascending(moments, step: 5, &random)
        let tails = ascending(moments, step: 3, &random)
            .map { Int64(first) + min($0, Int64(count)) }
        keys += (0..<4).map { _ in anything(&random) }
        let lengths = (0..<windows).map { _ in Int64(1 + random.below(60)) }
        let from = random.below(moments)

        var heads = [[Int64]](repeating: .init(repeating: -1, count: moments), count: windows)
        let rooms: [UnsafeMutablePointer<Int64>?] = (0..<windows).map { _ in
            .allocate(capacity: moments)
        }
        defer { for room in rooms { room?.deallocate() } }
        for room in rooms { room!.initialize(repeating: -1, count: moments) }
        rk_window_heads_i64(
            keys, now, tails, from, moments, Int64(first), lengths, windows, rooms)
        for window in 0..<windows {
            for moment in from..<moments {
                let inside = (Int64(first)..<tails[moment]).first {
                    keys[Int($0)] > now[moment] - lengths[window]
                }
                heads[window][moment] = inside ?? tails[moment]
            }
            let found = UnsafeBufferPointer(start: rooms[window], count: moments)
            #expect(Array(found) == heads[window])
        }
    }

    /// Numbers that never fall, from 0 or a few steps above on.
    private func ascending(_ count: Int, step: Int, _ random: inout SplitMix64) -> [Int64] {
        var last: Int64 = 0
        return (0..<count).map { _ in
            last += Int64(random.below(step))
            return last
        }
    }

    private func anything(_ random: inout SplitMix64) -> Int64 {
        random.below(2) == 0 ? Int64(random.below(200)) : Int64(truncatingIfNeeded: random.next())
    }
}
