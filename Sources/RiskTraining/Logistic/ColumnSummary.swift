import RiskColumns

/// What a linear model must know of a column before it starts.
struct ColumnSummary: Sendable {
    /// Lowest and highest present value, in all rows and by class; infinite where there is none.
    var lowest = Double.infinity
    var highest = -Double.infinity
    var lowestByClass = [Double.infinity, Double.infinity]
    var highestByClass = [-Double.infinity, -Double.infinity]
    var missingRows = 0
    var infiniteRows = 0
    /// The weighted share of missing values.
    var missingShare = 0.0
    /// A power of two that brings the values into [-1, 1], so that no sum of squares overflows.
    var scale = 1.0
    /// Of the values times `scale`: the weighted mean of those present, and the weighted standard
    /// deviation over all rows with the mean in place of missing values.
    var mean = 0.0
    var deviation = 0.0

    /// - Complexity: O(rows), three passes.
    init(_ column: [Double], _ sample: Sample) {
        let count = sample.count
        var presentWeight = 0.0
        var totalWeight = 0.0
        column.withUnsafeBufferPointer { column in
            func value(_ place: Int) -> Double {
                column[sample.rows.map { Int($0[place]) } ?? place]
            }
            for place in 0..<count {
                let x = value(place)
                let weight = sample.plainWeights?[place] ?? 1
                totalWeight += weight
                if x.isNaN {
                    missingRows += 1
                    continue
                }
                presentWeight += weight
                if x.isInfinite { infiniteRows += 1 }
                let label = Int(sample.labels[place])
                if x < lowestByClass[label] { lowestByClass[label] = x }
                if x > highestByClass[label] { highestByClass[label] = x }
            }
            lowest = min(lowestByClass[0], lowestByClass[1])
            highest = max(highestByClass[0], highestByClass[1])
            missingShare = 1 - presentWeight / totalWeight
            guard infiniteRows == 0, lowest < highest else { return }
            let largest = max(abs(lowest), abs(highest))
            scale = Double(
                sign: .plus, exponent: min(-Int(largest.exponent) - 1, 1000), significand: 1)
            var sum = 0.0
            for place in 0..<count {
                let x = value(place)
                if !x.isNaN { sum += x * scale * (sample.plainWeights?[place] ?? 1) }
            }
            mean = sum / presentWeight
            var squares = 0.0
            for place in 0..<count {
                let x = value(place)
                if x.isNaN { continue }
                let difference = x * scale - mean
                squares += difference * difference * (sample.plainWeights?[place] ?? 1)
            }
            deviation = (squares / totalWeight).squareRoot()
        }
    }

    /// Whether a model can use the values: two different ones, and not so close to each other that a
    /// coefficient on the column's own scale would overflow.
    var varies: Bool {
        infiniteRows == 0 && lowest < highest && deviation > 0 && (scale / deviation) < 1e305
    }

    /// How the feature alone separates the classes or part of the rows, in words; nil where the
    /// classes overlap.
    var separation: String? {
        guard lowest < highest, lowestByClass[0] <= highestByClass[0],
            lowestByClass[1] <= highestByClass[1]
        else { return nil }
        for (lower, upper, isUpwards) in [(0, 1, true), (1, 0, false)] {
            let (end, start) = (highestByClass[lower], lowestByClass[upper])
            if end < start {
                return "alone separates the classes: events lie \(isUpwards ? "from" : "up to") "
                    + "\(isUpwards ? start : end) only, the others \(isUpwards ? "up to" : "from") "
                    + "\(isUpwards ? end : start)"
            }
            if end == start {
                return "alone separates part of the rows: no event lies "
                    + "\(isUpwards ? "below" : "above") \(end), none of the others "
                    + "\(isUpwards ? "above" : "below")"
            }
        }
        return nil
    }
}
