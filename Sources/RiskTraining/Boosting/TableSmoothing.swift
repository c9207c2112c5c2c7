/// Draws neighbouring bins of a table together, as far as bootstrap runs disagree about their difference.
///
/// With f the entries of the mean of the runs and H the sums of Hessians of a table's bins it finds the
/// x that minimise
///
///     Σ H (x - f)² / 2 + λ Σ (x of the next bin - x)² / 2
///
/// (Whittaker 1923): a bin in which the curvature is far above λ keeps its entry, one with few or
/// clear-cut rows takes part of its neighbours'. Missing values have no neighbours.
///
/// λ is empirical Bayes: were the true differences of neighbours of variance τ², the squared differences
/// of f would on the average be τ² and the variance of a difference between runs. So 1/λ = τ² is what
/// is left of the former after the latter. In a table with a cliff that is much, and it keeps the
/// cliff; in one whose steps are no larger than their noise nothing is left, and it becomes a
/// gentle slope.
struct TableSmoothing {
    /// Multiplies λ; 0 leaves tables as they are.
    let strength: Double

    /// The table that stands for several runs.
    /// - Parameters:
    ///   - runs: a table each, the missing bin last, in margin units.
    ///   - hessians: of each bin.
    ///   - bins: how many come before the missing bin.
    /// - Complexity: O(runs × bins).
    func combine(_ runs: [[Int64]], _ hessians: [Double], bins: Int) -> [Int64] {
        let mean = runs[0].indices.map { bin in Self.mean(runs.map { $0[bin] }) }
        guard strength > 0, runs.count > 1, bins > 1 else { return mean }
        return smooth(
            mean, hessians, bins: bins, strength: strength * stiffness(runs, hessians, bins))
    }

    /// λ: at most the sum of the Hessians.
    private func stiffness(_ runs: [[Int64]], _ hessians: [Double], _ bins: Int) -> Double {
        var (left, weights) = (0.0, 0.0)
        for bin in 0..<bins - 1 {
            let steps = runs.map {
                Double($0[bin + 1] - $0[bin]) / GradientHistogram.marginScale
            }
            let mean = steps.reduce(0, +) / Double(steps.count)
            let squares = steps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let weight =
                hessians[bin] * hessians[bin + 1] / max(hessians[bin] + hessians[bin + 1], 1e-300)
            left += weight * (mean * mean - squares / Double(steps.count - 1))
            weights += weight
        }
        let information = hessians[..<bins].reduce(0, +)
        return left * information > weights ? weights / left : information
    }

    /// The x for one λ.
    /// - Complexity: O(bins), by elimination in a tridiagonal system.
    func smooth(
        _ entries: [Int64], _ hessians: [Double], bins: Int, strength: Double
    ) -> [Int64] {
        guard strength > 0, bins > 1 else { return entries }
        var diagonal = [Double](repeating: 0, count: bins)
        var right = diagonal
        for bin in 0..<bins {
            // A bin that no row of a sample is in must not make the system singular.
            let hessian = max(hessians[bin], 1e-9 * strength)
            let neighbours = bin == 0 || bin == bins - 1 ? 1.0 : 2.0
            diagonal[bin] = hessian + neighbours * strength
            right[bin] = hessian * Double(entries[bin])
        }
        for bin in 1..<bins {
            let factor = strength / diagonal[bin - 1]
            diagonal[bin] -= factor * strength
            right[bin] += factor * right[bin - 1]
        }
        var smooth = entries
        var next = 0.0
        for bin in stride(from: bins - 1, through: 0, by: -1) {
            next = (right[bin] + (bin < bins - 1 ? strength * next : 0)) / diagonal[bin]
            smooth[bin] = Int64(next.rounded(.toNearestOrEven))
        }
        return smooth
    }

    /// The mean, rounded downwards.
    static func mean(_ values: [Int64]) -> Int64 {
        let (quotient, remainder) = values.reduce(0, +)
            .quotientAndRemainder(dividingBy: Int64(values.count))
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension [[Int64]] {
    /// The sums of stumps, a table a feature: an entry a bin, the last one for missing values.
    init(_ stumps: some Sequence<Stump>, features: Int, length: Int) {
        self.init(repeating: [Int64](repeating: 0, count: length), count: features)
        for stump in stumps { self[stump.feature].add(stump) }
    }
}
