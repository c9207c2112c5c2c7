import CRiskKernels
import RiskModel

/// Makes score tables in whole points of a fitted scorecard.
struct ScorecardBuilder {
    let intercept: Int64
    let tables: [ScoreTable]

    private let fit: ScorecardFit
    private let scaling: PointsScaling
    private let slope: Double
    /// For each feature the units of each bin, in the order of `FeatureBins.tallies`.
    private let units: [[Int32]]

    /// Units of log-odds in a point: they double the odds in `pointsToDoubleOdds`.
    static func unitsPerPoint(_ scaling: PointsScaling) -> Double {
        0.6931471805599453 / scaling.pointsToDoubleOdds * LogOdds.unitsPerOne
    }

    /// - Parameter calibration: identity or Platt's; its slope and intercept go into the tables.
    init(
        _ fit: ScorecardFit, _ calibration: Calibration, _ scaling: PointsScaling, whole: Bool
    ) {
        self.fit = fit
        self.scaling = scaling
        var (slope, shift) = (1.0, 0.0)
        if case .platt(let a, let b) = calibration { (slope, shift) = (a, b) }
        self.slope = slope
        let step = Self.unitsPerPoint(scaling)
        /// The nearest units that are a whole number of points away from `origin`.
        func rounded(_ units: Double, from origin: Double) -> Double {
            let value =
                whole ? ((units - origin) / step).rounded(.toNearestOrEven) * step + origin : units
            return min(max(value, -0x1p30), 0x1p30).rounded(.toNearestOrEven)
        }
        // Where the points are 0.
        let origin =
            rk_log_f64(scaling.baseOdds) * LogOdds.unitsPerOne - scaling.basePoints * step
        intercept = Int64(
            rounded((fit.intercept * slope + shift) * LogOdds.unitsPerOne, from: origin))
        units = fit.features.map { feature in
            feature.bins.evidence.map { evidence in
                let value = feature.coefficient * slope * evidence.value
                return Int32(rounded(value * LogOdds.unitsPerOne, from: 0))
            }
        }
        var tables: [ScoreTable] = []
        for (index, feature) in fit.features.enumerated() {
            tables.append(Self.table(index, feature.bins, units[index]))
        }
        self.tables = tables
    }

    /// The largest magnitude that a score can have.
    var bound: Int64 {
        units.reduce(abs(intercept)) { sum, bins in
            sum + (bins.map { abs(Int64($0)) }.max() ?? 0)
        }
    }

    /// The table of a feature. A special value within the ranges is cut out of its range: bin (a, b]
    /// ends at the number before it, and begins again behind it.
    private static func table(_ index: Int, _ bins: FeatureBins, _ units: [Int32]) -> ScoreTable {
        var cuts = Set(bins.cutPoints)
        for special in bins.specials {
            cuts.insert(special.value)
            cuts.insert(special.value.nextDown)
        }
        let sorted = cuts.filter(\.isFinite).sorted()
        var cutPoints: [Double] = []
        var entries: [Int32] = []
        for end in sorted + [.infinity] {
            let value = units[bins.bin(of: end)]
            if value == entries.last { cutPoints.removeLast() } else { entries.append(value) }
            if end.isFinite { cutPoints.append(end) }
        }
        var sum: Int128 = 0
        for (tally, value) in zip(bins.tallies, units) {
            sum += Int128(tally.rows) * Int128(value)
        }
        let total = Int128(max(bins.whole.rows, 1))
        let (quotient, remainder) = sum.quotientAndRemainder(dividingBy: total)
        return ScoreTable(
            feature: index, cutPoints: cutPoints, units: entries,
            missingUnits: units[units.count - 1],
            typicalUnits: Int32(remainder < 0 ? quotient - 1 : quotient))
    }

    /// The card for reading.
    /// - Parameter unit: the weight of one multiple.
    func scorecard(_ names: [String], _ unit: Double) -> Scorecard {
        let step = Self.unitsPerPoint(scaling)
        let origin =
            rk_log_f64(scaling.baseOdds) * LogOdds.unitsPerOne - scaling.basePoints * step
        func points(_ units: Double) -> Double { (units / step * 100).rounded() / 100 }
        return Scorecard(
            basePoints: points(Double(intercept) - origin), scaling: scaling,
            features: fit.features.enumerated().map { index, feature in
                let bins = feature.bins
                var kinds: [Scorecard.Bin.Kind] = []
                for range in bins.ranges.indices {
                    kinds.append(
                        .range(
                            above: range > 0 ? bins.cutPoints[range - 1] : nil,
                            upTo: range < bins.cutPoints.count ? bins.cutPoints[range] : nil))
                }
                kinds += bins.specials.map { .special($0.value) } + [.missing]
                let entries = zip(kinds, zip(bins.tallies, bins.evidence)).enumerated()
                let whole = Double(bins.whole.rows)
                return Scorecard.Feature(
                    name: names[feature.column], coefficient: feature.coefficient * slope,
                    informationValue: bins.information,
                    bins: entries.map { place, entry in
                        let (kind, (tally, evidence)) = entry
                        return Scorecard.Bin(
                            kind: kind, count: Double(tally.rows) * unit,
                            positives: Double(tally.events) * unit,
                            share: Double(tally.rows) / whole,
                            weightOfEvidence: evidence.value,
                            informationValue: evidence.information,
                            points: points(Double(units[index][place])))
                    })
            },
            leftOut: fit.leftOut)
    }
}
