import RiskColumns

/// Looks for features that know the answer.
enum LeakageCheck {
    /// The area under the ROC curve from which a feature by itself is suspicious.
    static let limit = 0.99

    /// Rows of either class that are looked at first, and the area from which a feature is looked at
    /// again. At 0.99 the area of so few rows has a standard error of 0.006: ten of them lie between.
    static let firstRows = 256
    static let firstLimit = 0.93

    /// The columns that may be above the limit.
    /// - Complexity: O(rows + features).
    static func suspects(_ matrix: FeatureMatrix, _ sample: Sample, threads: Int) -> [Int] {
        // Weights may be all on a few rows: then each is looked at.
        if sample.plainWeights != nil { return Array(matrix.columns.indices) }
        var seen = [0, 0]
        let counts = [sample.count - sample.positives, sample.positives]
        var places: [[Int]] = [[], []]
        for (place, label) in sample.labels.enumerated() {
            let label = Int(label)
            // As many as there may be, evenly spread.
            let (before, after) = (seen[label], seen[label] + 1)
            let most = min(firstRows, counts[label])
            if before * most / counts[label] != after * most / counts[label] {
                places[label].append(sample.rows.map { Int($0[place]) } ?? place)
            }
            seen[label] = after
        }
        let chosen = places
        var isSuspect = [Bool](repeating: false, count: matrix.columns.count)
        isSuspect.withUnsafeMutableBufferPointer { isSuspect in
            nonisolated(unsafe) let isSuspect = isSuspect
            concurrently(threads) { worker in
                for column in stride(from: worker, to: isSuspect.count, by: threads) {
                    let values = matrix.columns[column]
                    for missing in [-Double.infinity, .infinity] {
                        let (others, events) = (
                            chosen[0].map { values[$0].isNaN ? missing : values[$0] }.sorted(),
                            chosen[1].map { values[$0].isNaN ? missing : values[$0] }.sorted()
                        )
                        let area = rocAUC(events: events, others: others)
                        if max(area, 1 - area) > firstLimit { isSuspect[column] = true }
                    }
                }
            }
        }
        return isSuspect.indices.filter { isSuspect[$0] }
    }

    /// The area under the ROC curve of sorted values, ties counting half.
    private static func rocAUC(events: [Double], others: [Double]) -> Double {
        var (below, upTo) = (0, 0)
        var sum = 0
        for event in events {
            while below < others.count, others[below] < event { below += 1 }
            upTo = max(upTo, below)
            while upTo < others.count, others[upTo] <= event { upTo += 1 }
            sum += below + upTo
        }
        return Double(sum) / Double(2 * events.count * others.count)
    }

    /// A warning for each feature whose bins alone tell the classes apart with an area under the ROC
    /// curve above 0.99, in either direction, missing values as lowest or as highest.
    /// - Parameter counts: the weight multiples of all rows and of events, as `BinnedMatrix.counts`.
    /// - Complexity: O(features × bins).
    static func warnings(_ binning: Binning, _ counts: BinCounts, names: [String]) -> [String] {
        let length = binning.histogramLength
        var warnings: [String] = []
        for (feature, entry) in binning.features.enumerated() {
            let start = feature * length
            let events = counts.events[start..<start + length].map { Double($0) }
            let others = (start..<start + length).map {
                Double(counts.all[$0] - counts.events[$0])
            }
            let present = Array(0...entry.cutPoints.count)
            let orders = [present + [length - 1], [length - 1] + present]
            var area = 0.5
            for order in orders {
                let upwards = rocAUC(order.map { events[$0] }, order.map { others[$0] })
                area = max(area, upwards, 1 - upwards)
            }
            if area > limit {
                let rounded = (area * 10000).rounded(.down) / 10000
                warnings.append(
                    "feature \"\(names[entry.column])\" alone tells the classes apart "
                        + "(area under the ROC curve \(rounded)): does it know the answer?")
            }
        }
        return warnings.sorted()
    }

    /// The same of rows in bins.
    static func warnings(
        _ bins: BinnedMatrix, _ counts: BinCounts, names: [String]
    ) -> [String] {
        warnings(bins.binning, counts, names: names)
    }

    /// The area under the ROC curve of groups in increasing order of score, ties counting half.
    private static func rocAUC(_ events: [Double], _ others: [Double]) -> Double {
        var below = 0.0
        var area = 0.0
        for (event, other) in zip(events, others) {
            area += event * (below + other / 2)
            below += other
        }
        let total = events.reduce(0, +) * below
        return total > 0 ? area / total : 0.5
    }
}
