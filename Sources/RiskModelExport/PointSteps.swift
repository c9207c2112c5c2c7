import RiskModel

/// The points as a step function of the sum of units, which is exact in engines whose logarithm is
/// not: `values[k]` for units u with limits[k-1] < u ≤ limits[k].
struct PointSteps {
    let limits: [Int64]
    let values: [Int]

    /// Steps at most.
    static let limit = ModelLimits.cutPoints + 1

    /// The steps of the sums that rows of the model can get; nil where there are more than `limit`.
    /// - Complexity: O(steps × log of the range × log knots).
    init?(_ model: AdditiveModel) {
        func points(_ units: Int64) -> Int {
            model.scaling.points(probability: model.calibration.probability(units: units))
        }
        let range = model.attainableUnits
        var limits: [Int64] = []
        var values: [Int] = []
        var start = range.lowerBound
        let last = points(range.upperBound)
        while true {
            guard values.count < Self.limit else { return nil }
            let value = points(start)
            values.append(value)
            if value == last { break }
            // The last sum of this value: points never decrease.
            var low = start
            var high = range.upperBound
            while high - low > 1 {
                let middle = low + (high - low) / 2
                if points(middle) == value { low = middle } else { high = middle }
            }
            limits.append(low)
            start = high
        }
        self.limits = limits
        self.values = values
    }

    /// What is said where there are too many.
    static let note = "points are left out: they have more than \(limit) steps"
}
