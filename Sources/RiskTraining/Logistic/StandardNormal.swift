import Foundation

/// The standard normal distribution, as far as tests and intervals need it.
enum StandardNormal {
    /// The probability of a value at least as far from 0 on either side.
    static func twoSided(_ z: Double) -> Double { erfc(abs(z) / 2.0.squareRoot()) }

    /// The z that leaves (1 - confidence) / 2 above it.
    /// - Precondition: confidence in (0, 1).
    static func quantile(confidence: Double) -> Double {
        var (low, high) = (0.0, 40.0)
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if twoSided(middle) > 1 - confidence { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
