/// How much weight the rows of each moment have: what tells where the latest rows begin.
///
/// Where rows have no times their names stand for them (`HoldOut`).
public struct MomentWeights: Sendable, Equatable {
    /// The moments, strictly increasing.
    public internal(set) var moments: [Int64]
    /// The sum of weight multiples at each.
    public internal(set) var weights: [Int64]

    init(moments: [Int64], weights: [Int64]) { (self.moments, self.weights) = (moments, weights) }

    /// - Parameters:
    ///   - moments: one a row of the sample.
    ///   - label: nil for all rows, else only those with this one.
    /// - Complexity: O(n log n) where rows are in no order.
    init(_ sample: Sample, at rowMoments: [Int64], label: UInt8? = nil) {
        moments = []
        weights = []
        var entries: [(moment: Int64, weight: Int64)] = []
        for (place, moment) in rowMoments.enumerated()
        where label == nil || sample.labels[place] == label {
            entries.append((moment, sample.weights.multiples.map { Int64($0[place]) } ?? 1))
        }
        let isSorted = zip(entries, entries.dropFirst()).allSatisfy { $0.moment <= $1.moment }
        if !isSorted { entries.sort { $0.moment < $1.moment } }
        for entry in entries {
            if moments.last == entry.moment {
                weights[weights.count - 1] += entry.weight
            } else {
                moments.append(entry.moment)
                weights.append(entry.weight)
            }
        }
    }

    /// The two together.
    func adding(_ other: MomentWeights) -> MomentWeights {
        let sums = mergedSums(
            (moments, weights), (other.moments, other.weights), isBefore: { $0 < $1 })
        return MomentWeights(moments: sums.keys, weights: sums.weights)
    }

    /// The moment from which rows are the latest: they hold at most `fraction` of the weight. nil where they,
    /// or the others, would be none.
    func start(ofLatest fraction: Double) -> Int64? {
        let total = weights.reduce(0, &+)
        let budget = Int64((fraction * Double(total)).rounded(.down))
        var held: Int64 = 0
        var start = moments.count
        while start > 0, held + weights[start - 1] <= budget {
            start -= 1
            held += weights[start]
        }
        return start > 0 && start < moments.count ? moments[start] : nil
    }
}

/// Two increasing lists of keys with weights as one.
func mergedSums<Key: Equatable>(
    _ a: (keys: [Key], weights: [Int64]), _ b: (keys: [Key], weights: [Int64]),
    isBefore: (Key, Key) -> Bool
) -> (keys: [Key], weights: [Int64]) {
    if a.keys.isEmpty { return b }
    if b.keys.isEmpty { return a }
    var keys: [Key] = []
    var weights: [Int64] = []
    keys.reserveCapacity(max(a.keys.count, b.keys.count))
    weights.reserveCapacity(max(a.keys.count, b.keys.count))
    var (i, j) = (0, 0)
    while i < a.keys.count || j < b.keys.count {
        if j == b.keys.count || (i < a.keys.count && isBefore(a.keys[i], b.keys[j])) {
            keys.append(a.keys[i])
            weights.append(a.weights[i])
            i += 1
        } else if i == a.keys.count || isBefore(b.keys[j], a.keys[i]) {
            keys.append(b.keys[j])
            weights.append(b.weights[j])
            j += 1
        } else {
            keys.append(a.keys[i])
            weights.append(a.weights[i] &+ b.weights[j])
            i += 1
            j += 1
        }
    }
    return (keys, weights)
}
