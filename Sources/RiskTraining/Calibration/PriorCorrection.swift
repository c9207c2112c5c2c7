import CRiskKernels
import RiskModel

/// Probabilities of the population from a sample in which events are more or less frequent.
///
/// Where events and other rows were drawn, or weighted, by factors of their own that depend on nothing else,
/// the odds of every row are off by the same factor (Prentice and Pyke 1979; King and Zeng 2001, "Logistic
/// regression in rare events data"): that of the population's odds over the sample's. So the log-odds of
/// every row are shifted by
///
///     ln(π / (1 - π)) - ln(ρ / (1 - ρ))
///
/// with π the rate of events in the population and ρ that in the sample, by weight. Ranks do not change.
public enum PriorCorrection {
    /// The shift of the log-odds.
    /// - Parameters: both in (0, 1).
    public static func shift(populationRate: Double, sampleRate: Double) -> Double {
        logOdds(populationRate) - logOdds(sampleRate)
    }

    private static func logOdds(_ rate: Double) -> Double { rk_log_f64(rate / (1 - rate)) }

    /// The shift that training data ask for; 0 where they name no population rate.
    static func shift(_ data: TrainingData, _ sample: Sample) throws(TrainingError) -> Double {
        try shift(populationRate: data.populationRate, sampleRate: sample.baseRate)
    }

    /// The shift to a population's rate of events; 0 where there is none.
    static func shift(
        populationRate: Double?, sampleRate: Double
    ) throws(TrainingError) -> Double {
        guard let rate = populationRate else { return 0 }
        guard rate > 0, rate < 1 else {
            throw .badSetting("populationRate: expected more than 0 and less than 1, found \(rate)")
        }
        return shift(populationRate: rate, sampleRate: sampleRate)
    }
}

extension Calibration {
    /// The same calibration with the log-odds of its probabilities shifted.
    ///
    /// Straight lines between knots are bent by a shift, so there are more knots in an isotonic one.
    /// - Parameter logOdds: finite; 0 changes nothing.
    /// - Complexity: O(knots).
    public func shifted(by logOdds: Double) -> Calibration {
        if logOdds == 0 { return self }
        switch self {
        case .identity: return .platt(slope: 1, intercept: logOdds)
        case .platt(let slope, let intercept):
            return .platt(slope: slope, intercept: intercept + logOdds)
        case .isotonic(let knots, let probabilities):
            let factor = rk_exp_f64(logOdds)
            func moved(_ p: Double) -> Double { p * factor / (1 - p + p * factor) }
            var units: [Int64] = []
            var values: [Double] = []
            // Many knots are close together already, and a limit of the model's is far.
            let pieces = Int64(max(1, min(16, 4096 / max(knots.count, 1))))
            for (index, knot) in knots.enumerated() {
                units.append(knot)
                values.append(max(moved(probabilities[index]), values.last ?? 0))
                guard index + 1 < knots.count, probabilities[index + 1] > probabilities[index]
                else { continue }
                let gap = knots[index + 1] - knot
                for piece in 1..<max(pieces, 1) where gap >= 2 * pieces {
                    units.append(knot + gap * piece / pieces)
                    values.append(
                        max(moved(probability(units: units.last ?? knot)), values.last ?? 0))
                }
            }
            return .isotonic(logOdds: units, probabilities: values.map { min($0, 1) })
        }
    }
}
