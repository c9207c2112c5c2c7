import RiskColumns
import RiskJSON
import RiskModel

/// A logistic regression as JSON: what scikit-learn's `LogisticRegression` learnt, and where there was
/// a `StandardScaler` before it, its means and scales.
///
///     {"features": ["a", "b"], "coefficients": [0.5, -2], "intercept": -3.1,
///      "mean": [10, 0.2], "scale": [4, 0.1], "missing": [10, 0.2]}
///
/// log-odds = intercept + Σ coefficient × (x - mean) / scale. A missing x is taken for `missing`, by
/// default the mean, and where there is none for 0.
struct LogisticDocument {
    let names: [String]
    let coefficients: [Double]
    let intercept: Double
    let means: [Double]
    let scales: [Double]
    let missing: [Double]

    init(_ root: Node) throws(Mistakes) {
        let reader = DocumentReader()
        let place = DocumentReader.Place(root: root)
        let known = ["features", "coefficients", "intercept", "mean", "scale", "missing"]
        guard let members = reader.members(of: place, known: known) else {
            try reader.finish()
            throw .one("expected a mapping")
        }
        let finite = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        for key in known.prefix(3) where members[key] == nil {
            reader.note("expected a member \"\(key)\"", at: place)
        }
        let names = members["features"].flatMap(reader.elements)?.compactMap(reader.string) ?? []
        func numbers(_ key: String) -> [Double]? {
            guard let place = members[key], let list = reader.numbers(place, in: finite) else {
                return nil
            }
            if list.count != names.count {
                reader.note(
                    "expected one a feature, \(names.count), found \(list.count)", at: place)
            }
            return list
        }
        coefficients = numbers("coefficients") ?? []
        intercept = members["intercept"].flatMap { reader.number($0, in: finite) } ?? 0
        let zeros = names.map { _ in 0.0 }
        means = numbers("mean") ?? zeros
        scales = numbers("scale") ?? names.map { _ in 1 }
        missing = numbers("missing") ?? means
        if scales.contains(0), let place = members["scale"] {
            reader.note("expected no scale of 0", at: place)
        }
        self.names = names
        try reader.finish()
    }

    func model(name: String) -> AdditiveModel {
        var shift = intercept
        var terms: [LinearTerm] = []
        for index in names.indices {
            let coefficient = coefficients[index] / scales[index]
            shift -= coefficient * means[index]
            var term = LinearTerm(
                feature: index, coefficient: coefficient, missingUnits: 0, typicalUnits: 0)
            guard coefficient.isFinite else {
                terms.append(term)
                continue
            }
            term.missingUnits = term.units(of: missing[index])
            term.typicalUnits = term.units(of: means[index])
            terms.append(term)
        }
        return AdditiveModel(
            name: name, features: names.map { Feature(name: $0) },
            intercept: shift.isFinite ? LogOdds.units(min(max(shift, -1e6), 1e6)) : .max,
            linearTerms: terms, lineage: .object([Node.Member]()))
    }

    /// The log-odds by the formula, in doubles.
    func logOdds(_ row: [Double]) -> Double {
        var sum = intercept
        for (index, value) in row.enumerated() {
            let x = value.isNaN ? missing[index] : value
            sum += coefficients[index] * (x - means[index]) / scales[index]
        }
        return sum
    }

    /// How far the log-odds of a model are from these at most, over rows within four scales of the means
    /// and with missing values. (A term is held within ±32 of log-odds; values that far out are none of a
    /// sample.)
    func largestDifference(from model: AdditiveModel, rows: Int) -> Double {
        var random = SplitMix64(seed: 1)
        var largest = 0.0
        for _ in 0..<rows {
            let row = names.indices.map { index -> Double in
                let share = Double(random.below(1 << 20)) / Double(1 << 17) - 4
                return random.below(10) == 0 ? .nan : means[index] + share * scales[index]
            }
            let own = LogOdds.value(model.units(values: row))
            largest = max(largest, abs(own - logOdds(row)))
        }
        return largest
    }
}

extension FeatureMatrix {
    /// No rows of a model's features.
    static func none(of model: AdditiveModel) -> FeatureMatrix {
        FeatureMatrix(
            names: model.features.map(\.name), columns: model.features.map { _ in [] }, rowCount: 0)
    }
}
