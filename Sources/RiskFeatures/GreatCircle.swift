/// Distances on the globe, the same to the last bit on every machine: sums, products and square roots
/// alone, where the C library's sine may differ from one version to the next.
enum GreatCircle {
    /// The Earth's mean radius (IUGG).
    private static let radius = 6371.0088
    private static let pi = 3.141592653589793

    /// Kilometres between two places in degrees, by the haversine formula; NaN where one is no place.
    static func kilometres(
        _ a: (latitude: Double, longitude: Double), _ b: (latitude: Double, longitude: Double)
    ) -> Double {
        for place in [a, b] where !(abs(place.latitude) <= 90 && abs(place.longitude) <= 180) {
            return .nan
        }
        let degree = pi / 180
        let across = sine((b.latitude - a.latitude) * degree / 2)
        let along = sine((b.longitude - a.longitude) * degree / 2)
        let h =
            across * across
            + cosine(a.latitude * degree) * cosine(b.latitude * degree) * along * along
        return 2 * radius * arcsine(min(1, h).squareRoot())
    }

    /// For |x| ≤ π; the series is cut behind x^25 / 25!, below 10^-19 for |x| ≤ π / 2.
    private static func sine(_ x: Double) -> Double {
        let x = x > pi / 2 ? pi - x : x < -pi / 2 ? -pi - x : x
        var sum = 0.0
        for n in stride(from: 25, to: 1, by: -2) {
            sum = (1 + sum) * (-x * x) / Double(n * (n - 1))
        }
        return x * (1 + sum)
    }

    private static func cosine(_ x: Double) -> Double { sine(pi / 2 - abs(x)) }

    /// For 0 ≤ y ≤ 1.
    private static func arcsine(_ y: Double) -> Double {
        // Halving the angle three times leaves a tangent below 0.2.
        var tangent = y / (1 + ((1 - y) * (1 + y)).squareRoot())
        for _ in 0..<2 { tangent /= 1 + (1 + tangent * tangent).squareRoot() }
        var sum = 0.0
        for n in stride(from: 23, to: 1, by: -2) { sum = (1 / Double(n) - sum) * tangent * tangent }
        return 8 * tangent * (1 - sum)
    }
}
