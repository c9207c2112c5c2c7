import RiskColumns
import RiskJSON

extension AdditiveModel {
    /// The golden vectors that do not get their score, to the bit; none, where all do.
    /// - Precondition: `validate()` has no complaint.
    /// - Complexity: O(golden vectors × terms × log cut points).
    public func replayGoldenVectors() -> [Mistake] {
        goldenVectors.indices.flatMap { index -> [Mistake] in
            let vector = goldenVectors[index]
            let path = "goldenVectors[\(index)]"
            let sum = units(values: vector.values)
            if sum != vector.units {
                return [
                    Mistake(
                        line: 0, path: "\(path).units",
                        message: "the model gives \(sum) units, the file says \(vector.units)")
                ]
            }
            let probability = calibration.probability(units: sum)
            if probability.bitPattern != vector.probability.bitPattern {
                return [
                    Mistake(
                        line: 0, path: "\(path).probability",
                        message: "the model gives \(probability), the file says "
                            + "\(vector.probability)")
                ]
            }
            return []
        }
    }

    /// Appends the golden vector of an input: its score is what this model gives it now.
    /// - Precondition: one value a feature, in the model's order.
    public mutating func addGoldenVector(values: [Double]) {
        let sum = units(values: values)
        goldenVectors.append(
            GoldenVector(
                values: values, units: sum, probability: calibration.probability(units: sum)))
    }

    /// Appends up to sixteen awkward inputs with their scores: of the given rows (of 4096 evenly spaced
    /// ones, where there are more) the first, those with the lowest, the middle and the highest score
    /// and the one with the most missing values; and made ones: all missing, each feature at a cut
    /// point, just beside it, and infinite.
    ///
    /// To be called last, when calibration is set. A feature that `rows` lacks is missing in every row.
    /// - Parameter rows: columns are matched by name; no row at all is fine.
    /// - Complexity: O(4096 × terms × log cut points).
    public mutating func addGoldenVectors(rows: FeatureMatrix) {
        for values in awkwardRows(of: rows) + awkwardInputs() { addGoldenVector(values: values) }
    }

    private func awkwardRows(of matrix: FeatureMatrix) -> [[Double]] {
        guard matrix.rowCount > 0 else { return [] }
        let columns = features.map { feature in
            matrix.names.firstIndex(of: feature.name).map { matrix.columns[$0] }
        }
        let candidates = Array(
            stride(from: 0, to: matrix.rowCount, by: (matrix.rowCount + 4095) / 4096))
        let inputs = candidates.map { row in columns.map { $0?[row] ?? .nan } }
        let sums = inputs.map(units(values:))
        let order = inputs.indices.sorted { (sums[$0], $0) < (sums[$1], $1) }
        let missing = inputs.map { $0.count { $0.isNaN } }
        var chosen = [0, inputs.indices.max { missing[$0] < missing[$1] } ?? 0]
        for share in 0...4 { chosen.append(order[(order.count - 1) * share / 4]) }
        var seen: Set<Int> = []
        return chosen.filter { seen.insert($0).inserted }.map { inputs[$0] }
    }

    /// Nine made inputs, where comparisons and sums go wrong if they ever do.
    private func awkwardInputs() -> [[Double]] {
        let made: [(ScoreTable) -> Double] = [
            { _ in .nan }, { _ in .infinity }, { _ in -.infinity }, { _ in 0 },
            { $0.cutPoints.first ?? 0 }, { $0.cutPoints.last ?? 0 },
            { table in
                table.cutPoints.isEmpty ? -1 : table.cutPoints[table.cutPoints.count / 2].nextUp
            },
            { table in
                table.cutPoints.isEmpty ? 1 : table.cutPoints[table.cutPoints.count / 2].nextDown
            },
            { _ in .leastNonzeroMagnitude },
        ]
        let fallback = ScoreTable(
            feature: 0, cutPoints: [], units: [0], missingUnits: 0, typicalUnits: 0)
        var tableOf = [ScoreTable](repeating: fallback, count: features.count)
        for table in tables { tableOf[table.feature] = table }
        return made.map { make in tableOf.map(make) }
    }
}
