import CRiskKernels
import RiskModel

/// A points scaling that gives a new model's points the distribution of an earlier one's, so that a threshold
/// set for the earlier model keeps its alert rate, nearly, with the new one.
///
/// Both models score the same rows. At forty alert rates, evenly on a logarithmic scale from ten rows to half of
/// them, the earlier model's points are regressed on the new model's log-odds: two numbers, base points
/// and points to double the odds, are what a model's scaling has, so a bend between the two distributions
/// stays. `Fit.alertRates` tells how much is left of it.
public enum PointsReference {
    /// A threshold, and what it did and does.
    public struct AlertRate: Sendable, Equatable {
        /// Rows with so many points or more are alerts.
        public let threshold: Int
        /// The share of rows that are alerts by the earlier model.
        public let earlier: Double
        /// And by the new one, with its new scaling.
        public let now: Double
    }

    /// The scaling, and what it does.
    public struct Fit: Sendable, Equatable {
        /// The new model's scaling; its odds are those of the earlier model's.
        public let scaling: PointsScaling
        /// At alert rates of 0.1, 0.5, 1, 5, 10 and 20 %, as far as they are ten rows or more.
        public let alertRates: [AlertRate]
    }

    /// Rows below which nothing is fitted.
    public static let fewRows = 100

    /// Fits a scaling.
    /// - Parameters:
    ///   - earlier: the earlier model's probabilities, and its scaling.
    ///   - now: the new model's probabilities of the same rows.
    /// - Returns: nil where there are fewer than `fewRows` rows, or where one of the models scores so many
    ///   of them alike that there is no slope above 0.
    /// - Complexity: O(n log n).
    public static func fit(
        earlier: (probabilities: [Double], scaling: PointsScaling), now: [Double]
    ) -> Fit? {
        precondition(earlier.probabilities.count == now.count)
        let count = now.count
        guard count >= fewRows else { return nil }
        let doublings = now.map { Self.doublings($0, earlier.scaling) }.sorted(by: >)
        let before = earlier.probabilities.map {
            earlier.scaling.basePoints
                + earlier.scaling.pointsToDoubleOdds * Self.doublings($0, earlier.scaling)
        }.sorted(by: >)
        // Even on a logarithmic scale: rk_exp_f64 keeps it the same on every machine.
        let first = rk_log_f64(10 / Double(count))
        let last = rk_log_f64(0.5)
        let places = (0..<40).map { step in
            min(
                Int(Double(count) * rk_exp_f64(first + (last - first) * Double(step) / 39)),
                count - 1)
        }
        let (x, y) = (places.map { doublings[$0] }, places.map { before[$0] })
        let (meanX, meanY) = (x.reduce(0, +) / 40, y.reduce(0, +) / 40)
        let spread = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
        let joint = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
        // Values that are all the same have a spread of rounding errors.
        guard x[0] - x[39] > 1e-9, y[0] - y[39] > 1e-9, joint > 0 else { return nil }
        let slope = joint / spread
        let scaling = PointsScaling(
            basePoints: meanY - slope * meanX, baseOdds: earlier.scaling.baseOdds,
            pointsToDoubleOdds: slope)
        guard abs(scaling.basePoints) <= 1e6, slope <= 1e6 else { return nil }

        let old = earlier.probabilities.map { earlier.scaling.points(probability: $0) }
        let new = now.map { scaling.points(probability: $0) }
        var alertRates: [AlertRate] = []
        for rate in [0.001, 0.005, 0.01, 0.05, 0.1, 0.2] where rate * Double(count) >= 10 {
            let threshold = Int(before[Int(rate * Double(count))].rounded())
            func share(_ points: [Int]) -> Double {
                Double(points.count { $0 >= threshold }) / Double(count)
            }
            alertRates.append(
                AlertRate(threshold: threshold, earlier: share(old), now: share(new)))
        }
        return Fit(scaling: scaling, alertRates: alertRates)
    }

    /// log2 of the odds over the base odds, ln(odds) held within ±40 as `PointsScaling` does.
    private static func doublings(_ probability: Double, _ scaling: PointsScaling) -> Double {
        let logOdds = min(max(rk_log_f64(probability / (1 - probability)), -40), 40)
        return (logOdds - rk_log_f64(scaling.baseOdds)) * 1.4426950408889634
    }
}
