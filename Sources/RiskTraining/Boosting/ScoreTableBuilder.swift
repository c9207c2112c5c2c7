import RiskModel

/// Turns stumps into score tables in units of 2^-18.
///
/// A feature's entries are added up, shifted so that their weighted mean is 0 (the intercept takes the
/// difference, so a table reads as "more or less than the average row"), rounded, and neighbouring
/// bins with the same units are joined. Where the training rows had no missing value, a missing one
/// gets the mean: it says nothing.
struct ScoreTableBuilder {
    let binning: Binning
    /// Entries a feature; the last is for missing values.
    let length: Int
    /// The weight multiples in each bin.
    let counts: [Int64]

    /// Margin units in a model's unit: 2^24 / 2^18.
    private static let step: Int64 = 64

    /// What a model is made of; a table's `feature` is the matrix's column.
    struct Parts: Sendable {
        var intercept: Int64
        var tables: [ScoreTable]

        /// The largest magnitude that a score can have.
        var bound: Int64 {
            tables.reduce(abs(intercept)) { sum, table in
                sum + table.units.reduce(abs(Int64(table.missingUnits))) { max($0, abs(Int64($1))) }
            }
        }
    }

    /// - Parameter sums: for each feature the sum of its stumps, in margin units.
    /// - Returns: the intercept in a model's units, and a table for each feature that a stump splits.
    func build(_ sums: [[Int64]], intercept: Int32) -> Parts {
        let centred = build(sums, intercept: intercept, centred: true)
        // The margins stayed below the limit; shifted tables may not, in a model near the limit.
        return centred.bound <= LogOdds.limit
            ? centred : build(sums, intercept: intercept, centred: false)
    }

    func build(_ sums: [[Int64]], intercept: Int32, centred: Bool) -> Parts {
        var base = Int64(intercept)
        var tables: [ScoreTable] = []
        for (feature, bins) in binning.features.enumerated() {
            var entries = sums[feature]
            guard entries.contains(where: { $0 != 0 }) else { continue }
            let mean = weightedMean(entries, feature)
            if !bins.hasMissing { entries[length - 1] = mean }
            if centred {
                base += mean
                for index in entries.indices { entries[index] -= mean }
            }
            var cutPoints: [Double] = []
            var units: [Int32] = []
            for bin in 0...bins.cutPoints.count {
                let value = Self.rounded(entries[bin])
                if value == units.last { cutPoints.removeLast() } else { units.append(value) }
                if bin < bins.cutPoints.count { cutPoints.append(bins.cutPoints[bin]) }
            }
            let missing = Self.rounded(entries[length - 1])
            if units.count == 1 && units[0] == missing {
                base += Int64(missing) * Self.step
                continue
            }
            tables.append(
                ScoreTable(
                    feature: bins.column, cutPoints: cutPoints, units: units, missingUnits: missing,
                    typicalUnits: typical(entries, feature)))
        }
        return Parts(
            intercept: Int64(Self.rounded(base)), tables: tables.sorted { $0.feature < $1.feature })
    }

    /// The weighted mean of entries, rounded to a whole unit.
    private func weightedMean(_ entries: [Int64], _ feature: Int) -> Int64 {
        // Products may need 86 bits.
        var sum: Int128 = 0
        var weight: Int128 = 0
        for bin in 0..<length {
            let count = Int128(counts[feature * length + bin])
            sum += count * Int128(entries[bin])
            weight += count
        }
        return Int64(floored(2 * sum + weight, 2 * weight))
    }

    private func typical(_ entries: [Int64], _ feature: Int) -> Int32 {
        let rounded = entries.map { Int64(Self.rounded($0)) }
        return Int32(weightedMean(rounded, feature))
    }

    /// The nearest unit, halves up.
    private static func rounded(_ entry: Int64) -> Int32 {
        Int32(floored(Int128(2 * entry + step), Int128(2 * step)))
    }
}

/// The largest whole number at or below a quotient.
/// - Precondition: divisor > 0.
private func floored(_ dividend: Int128, _ divisor: Int128) -> Int128 {
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
}
