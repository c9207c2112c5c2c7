import RiskColumns

/// Looks for features that know the answer.
enum LeakageCheck {
    /// The area under the ROC curve from which a feature by itself is suspicious.
    static let limit = 0.99

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
