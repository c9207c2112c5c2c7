/// How many rounds each feature has had, and which features may have more.
struct FeatureUsage: Sendable {
    private var rounds: [Int]
    private var isUsed: [Bool]
    private var used: Int
    private let mostRounds: Int
    private let mostFeatures: Int

    /// - Parameters:
    ///   - mostRounds: stumps a feature; 0 = as many as there are rounds.
    ///   - mostFeatures: features in all; nil = as many as there are. Where no more are left than `used`
    ///     has, no other comes in.
    ///   - used: features that count as used from the start.
    init(_ features: Int, mostRounds: Int = 0, mostFeatures: Int? = nil, used: Set<Int> = []) {
        rounds = [Int](repeating: 0, count: features)
        isUsed = (0..<features).map(used.contains)
        self.used = used.count
        self.mostRounds = mostRounds > 0 ? mostRounds : .max
        self.mostFeatures = mostFeatures ?? .max
    }

    /// Whether a feature may have one more round.
    func admits(_ feature: Int) -> Bool {
        rounds[feature] < mostRounds && (isUsed[feature] || used < mostFeatures)
    }

    mutating func add(_ feature: Int) {
        rounds[feature] += 1
        if !isUsed[feature] { used += 1 }
        isUsed[feature] = true
    }
}
