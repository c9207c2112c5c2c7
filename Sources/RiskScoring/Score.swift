import RiskModel

/// The score of one row.
public struct Score: Equatable, Sendable {
    /// The sum in units of 2^-18 of log-odds; exact.
    public let units: Int64
    /// The calibrated probability, in [0, 1].
    public let probability: Double
    /// The points of the probability; more points, more risk.
    public let points: Int32

    /// The log-odds before calibration.
    public var logOdds: Double { LogOdds.value(units) }
}

/// The scores of many rows, as columns.
public struct Scores: Equatable, Sendable {
    /// The sums in units of 2^-18 of log-odds; exact.
    public let units: [Int64]
    /// The calibrated probabilities, in [0, 1].
    public let probability: [Double]
    /// The points of the probabilities; more points, more risk.
    public let points: [Int32]

    /// The number of rows.
    public var count: Int { units.count }

    /// The score of a row.
    public subscript(row: Int) -> Score {
        Score(units: units[row], probability: probability[row], points: points[row])
    }
}
