import CRiskKernels

/// A tree of one split: what a round of boosting adds.
struct Stump: Equatable, Sendable {
    /// The index into `Binning.features`.
    let feature: Int
    /// The last bin of the left side.
    let lastLeft: Int
    /// Whether missing values go left.
    let missingLeft: Bool
    /// What is added on the left and on the right, in margin units of 2^-24.
    var left: Int32
    var right: Int32
}

/// The best stump for gradient sums, by the second-order gain of gradient boosting (Friedman 2001;
/// Chen and Guestrin 2016, equation 7, without its constant).
///
/// With G and H a side's sums of gradients and Hessians, a side is worth G² / (H + λ) and its value is
/// -rate × G / (H + λ). Every cut is tried with the missing values on either side. Of equal gains the
/// first wins: features by name, cuts from below, missing values right before left.
///
/// Sums are whole numbers in doubles, below 2^53 for as many rows as k leaves room; they are compared
/// in their own unit, by which λ and the bounds are divided, so that weights and penalties all doubled
/// give the same bits.
struct StumpSearch: Sendable {
    /// A stump, and what it is expected to do to the loss, in units of gradient × log-odds.
    struct Choice {
        var stump: Stump
        var change: Double
    }

    let learningRate: Double
    /// Added to each side's Hessian, in units of the sums.
    let l2: Double
    /// The least Hessian of a side, in units of the sums.
    let minimumHessian: Double
    /// Histogram entries a feature.
    let length: Int
    /// The cuts of each feature that leave enough weight on either side.
    let cuts: [rk_cuts]
    /// Which way the table of each feature must run; empty where all are free.
    let directions: [Monotonicity?]

    /// One leaf moves log-odds by at most this much times the learning rate.
    static let largestStep = 16.0

    /// - Parameters:
    ///   - minimumCount: the least weight of a side, in weight multiples.
    ///   - counts: for each feature, the weight multiples in each bin, the missing bin last.
    ///   - unit: what one unit of a sum is worth.
    init(
        learningRate: Double, l2: Double, minimumHessian: Double, minimumCount: Double,
        features: [Binning.FeatureBins], counts: [Int64], length: Int, unit: Double,
        directions: [Monotonicity?] = []
    ) {
        self.learningRate = learningRate
        self.l2 = l2 / unit
        self.minimumHessian = minimumHessian / unit
        self.length = length
        self.directions = directions.contains { $0 != nil } ? directions : []
        cuts = features.enumerated().map { feature, bins in
            Self.cuts(
                bins, Array(counts[feature * length..<(feature + 1) * length]),
                least: max(1, minimumCount))
        }
    }

    private static func cuts(
        _ bins: Binning.FeatureBins, _ counts: [Int64], least: Double
    ) -> rk_cuts {
        let total = counts.reduce(0, +)
        let absent = counts[counts.count - 1]
        let last = bins.cutPoints.count
        // Missing values alone against all others is the last cut of the first kind.
        var ranges: [Range<Int>] = []
        for (end, shift) in [(last + 1, 0), (bins.hasMissing ? last : 0, absent)] {
            var left = Int64(shift)
            var allowed: Range<Int>?
            for bin in 0..<end {
                left += counts[bin]
                guard Double(left) >= least, Double(total - left) >= least else { continue }
                allowed = (allowed?.lowerBound ?? bin)..<bin + 1
            }
            ranges.append(allowed ?? 0..<0)
        }
        return rk_cuts(
            bins: last + 1, missing: counts.count - 1,
            first: (ranges[0].lowerBound, ranges[1].lowerBound),
            end: (ranges[0].upperBound, ranges[1].upperBound))
    }

    /// - Parameters:
    ///   - gradients, hessians: their sums for each feature and bin.
    ///   - usage: which features may be cut; nil for all.
    /// - Returns: nil where no stump lowers the loss within the bounds.
    /// - Complexity: O(features × bins).
    func best(
        _ gradients: [Double], _ hessians: [Double], among usage: FeatureUsage? = nil
    ) -> Choice? {
        var total = (gradient: 0.0, hessian: 0.0)
        for bin in 0..<min(length, gradients.count) {
            total.gradient += gradients[bin]
            total.hessian += hessians[bin]
        }
        var best = rk_cut()
        best.gain = worth(total.gradient, total.hessian) * (1 + 1e-12)
        var found: Int?
        gradients.withUnsafeBufferPointer { gradients in
            hessians.withUnsafeBufferPointer { hessians in
                guard let gradients = gradients.baseAddress, let hessians = hessians.baseAddress
                else { return }
                for feature in cuts.indices where usage?.admits(feature) ?? true {
                    let start = feature * length
                    var cut = cuts[feature]
                    if !directions.isEmpty, let direction = directions[feature] {
                        if bestMonotoneCut(
                            gradients + start, hessians + start, cut, direction, &best)
                        {
                            found = feature
                        }
                        continue
                    }
                    if rk_best_cut_f64(
                        gradients + start, hessians + start, &cut, l2, minimumHessian, &best) != 0
                    {
                        found = feature
                    }
                }
            }
        }
        guard let feature = found else { return nil }
        let stump = Stump(
            feature: feature, lastLeft: Int(best.last_left), missingLeft: best.missing_left != 0,
            left: value(best.left_gradient, best.left_hessian),
            right: value(best.right_gradient, best.right_hessian))
        let left = Double(stump.left) / GradientHistogram.marginScale
        let right = Double(stump.right) / GradientHistogram.marginScale
        return Choice(
            stump: stump,
            change: left * (best.left_gradient + left * best.left_hessian / 2)
                + right * (best.right_gradient + right * best.right_hessian / 2))
    }

    private func worth(_ gradient: Double, _ hessian: Double) -> Double {
        let denominator = hessian + l2
        return denominator > 0 ? gradient * gradient / denominator : 0
    }

    private func value(_ gradient: Double, _ hessian: Double) -> Int32 {
        let newton = -gradient / (hessian + l2)
        let step = learningRate * min(max(newton, -Self.largestStep), Self.largestStep)
        return Int32((step * GradientHistogram.marginScale).rounded(.toNearestOrEven))
    }
}
