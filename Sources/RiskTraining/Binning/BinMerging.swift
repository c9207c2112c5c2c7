import CRiskKernels

/// Fewer bins out of fine ones, so that those remain where the rate of events changes.
///
/// A bin is spent twice where it is cut by rank alone: a cliff (amounts above 220 are fraud) lies somewhere
/// within a bin, and a plateau takes ten. So features are cut finely first, and neighbours are joined, the
/// pair first that loses least, until as many are left as there may be. What joining two bins of n rows
/// with e events loses is the likelihood-ratio statistic of their rates,
///
///     2 (L(n₁, e₁) + L(n₂, e₂) - L(n₁ + n₂, e₁ + e₂)),   L(n, e) = e ln(e / n) + (n - e) ln((n - e) / n)
///
/// (ChiMerge, Kerber 1992, uses Pearson's statistic), and n₁n₂ / (n₁ + n₂) × p (1 - p) × δ² besides: the
/// share of other features' effects that a plateau of the rate may hide, were neighbours to differ by log-odds
/// of δ. It keeps bins of a plateau even. Counts are integers, so the order of rows does not matter.
struct BinMerging {
    /// For each feature and fine bin, the bin that it becomes.
    let maps: [[UInt8]]
    let features: [Binning.FeatureBins]

    /// The difference of log-odds that neighbours may have unseen.
    private static let unseen = 0.1

    /// - Parameters:
    ///   - counts: the weight multiples of all rows and of events, `length` entries a feature.
    ///   - budget: bins a feature.
    /// - Complexity: O(features × bins²).
    init(
        _ binning: Binning, counts: BinCounts, length: Int, budget: Int, threads: Int
    ) {
        var merged = binning.features.map { (map: [UInt8](), bins: $0) }
        merged.withUnsafeMutableBufferPointer { merged in
            nonisolated(unsafe) let merged = merged
            concurrently(threads, merged.count) { feature in
                let bins = binning.features[feature]
                let range = feature * length..<feature * length + bins.cutPoints.count + 1
                let lasts = Self.merge(
                    Array(counts.all[range]), Array(counts.events[range]), budget: budget)
                var map: [UInt8] = []
                for (bin, last) in lasts.enumerated() {
                    while map.count <= last { map.append(UInt8(bin)) }
                }
                merged[feature] = (
                    map,
                    Binning.FeatureBins(
                        column: bins.column, cutPoints: lasts.dropLast().map { bins.cutPoints[$0] },
                        hasMissing: bins.hasMissing)
                )
            }
        }
        maps = merged.map(\.map)
        features = merged.map(\.bins)
    }

    /// The last fine bin of each bin that is left.
    static func merge(_ all: [Int64], _ events: [Int64], budget: Int) -> [Int] {
        let rows = Double(max(1, all.reduce(0, +)))
        let rate = Double(events.reduce(0, +)) / rows
        let hidden = rate * (1 - rate) * unseen * unseen
        var groups = all.indices.map {
            (last: $0, all: Double(all[$0]), events: Double(events[$0]))
        }
        func loss(_ index: Int) -> Double {
            let (a, b) = (groups[index], groups[index + 1])
            let joined = likelihood(a.all + b.all, a.events + b.events)
            let apart = likelihood(a.all, a.events) + likelihood(b.all, b.events)
            let both = a.all + b.all
            return 2 * (apart - joined) + (both > 0 ? a.all * b.all / both * hidden : 0)
        }
        var losses = groups.indices.dropLast().map { loss($0) }
        while groups.count > budget, let least = losses.indices.min(by: { losses[$0] < losses[$1] })
        {
            let joined = groups.remove(at: least + 1)
            groups[least] = (
                joined.last, groups[least].all + joined.all, groups[least].events + joined.events
            )
            losses.remove(at: least)
            if least > 0 { losses[least - 1] = loss(least - 1) }
            if least < losses.count { losses[least] = loss(least) }
        }
        return groups.map(\.last)
    }

    private static func likelihood(_ all: Double, _ events: Double) -> Double {
        var sum = 0.0
        if events > 0 { sum += events * rk_log_f64(events / all) }
        if events < all { sum += (all - events) * rk_log_f64((all - events) / all) }
        return sum
    }
}

extension BinMerging {
    /// The maps as bytes, 256 a feature: what was missing is missing.
    var byteMaps: [[UInt8]] {
        let missing = Binning(features: features).missing
        return maps.map { $0 + Array(repeating: missing, count: 256 - $0.count) }
    }

    /// The counts of the bins that are left.
    /// - Parameter length: entries a feature before.
    func merged(_ counts: BinCounts, length: Int) -> BinCounts {
        let (maps, new) = (byteMaps, Binning(features: features).histogramLength)
        var all = [Int64](repeating: 0, count: maps.count * new)
        var events = all
        for feature in maps.indices {
            for bin in 0..<length {
                let to = feature * new + Int(maps[feature][bin])
                all[to] += counts.all[feature * length + bin]
                events[to] += counts.events[feature * length + bin]
            }
        }
        return BinCounts(all: all, events: events)
    }
}

extension BinnedMatrix {
    /// The same rows in fewer bins. This matrix is not to be used any more: its bytes are overwritten.
    /// - Parameter maps: for each feature the new bin of each old one, 256 of them.
    /// - Complexity: O(rows × features).
    func mapped(by maps: [[UInt8]], to binning: Binning, threads: Int) -> BinnedMatrix {
        let (bytes, rowCount) = (bytes, rowCount)
        concurrently(threads, maps.count) { feature in
            rk_map_u8(bytes.base + feature * rowCount, rowCount, maps[feature])
        }
        return BinnedMatrix(
            binning: binning, rowCount: rowCount, missing: binning.missing, bytes: bytes)
    }
}
