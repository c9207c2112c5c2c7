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
    let left: Int32
    let right: Int32

    /// Adds this stump to margins.
    func add(
        to margins: UnsafeMutablePointer<Int32>, _ count: Int, bins: UnsafePointer<UInt8>,
        _ missing: UInt8
    ) {
        rk_add_stump_i32(
            margins, bins, count, UInt8(lastLeft), missing, left, right, missingLeft ? left : right)
    }
}

/// The best stump for gradient sums, by the second-order gain of gradient boosting (Friedman 2001;
/// Chen and Guestrin 2016, equation 7, without its constant).
///
/// With G and H a side's sums of gradients and Hessians, a side is worth G² / (H + λ) and its value is
/// -rate × G / (H + λ). Every cut is tried with the missing values on either side. Of equal gains the
/// first wins: features by name, cuts from below, missing values right before left.
struct StumpSearch {
    let learningRate: Double
    let l2: Double
    let minimumHessian: Double
    /// In weight multiples.
    let minimumCount: Double
    /// For each feature the bins and whether missing values occur.
    let features: [Binning.FeatureBins]
    /// For each feature, the weight multiples in each bin, the missing bin at `length - 1`.
    let counts: [Int64]
    /// Histogram entries a feature.
    let length: Int
    /// What one unit of a sum is worth.
    let unit: Double

    /// One leaf moves log-odds by at most this much times the learning rate.
    static let largestStep = 16.0

    /// - Parameter sums: for each feature and bin the sum of gradients and the sum of Hessians.
    /// - Returns: nil where no stump lowers the loss within the bounds.
    /// - Complexity: O(features × bins).
    func best(_ sums: UnsafePointer<Int64>) -> Stump? {
        guard !features.isEmpty else { return nil }
        var total = Side()
        for bin in 0..<length { total.add(sums, counts, bin) }
        var bestGain = worth(total) * (1 + 1e-12)
        var best: (feature: Int, bin: Int, missingLeft: Bool, left: Side, right: Side)?
        for (feature, bins) in features.enumerated() {
            let base = feature * length
            var left = Side()
            var absent = Side()
            absent.add(sums, counts, base + length - 1)
            let lastBin = bins.cutPoints.count
            for bin in 0...lastBin {
                left.add(sums, counts, base + bin)
                let right = total.minus(left)
                if right.count == 0 { break }
                let gain = worth(left) + worth(right)
                if gain > bestGain, isAllowed(left), isAllowed(right) {
                    bestGain = gain
                    best = (feature, bin, false, left, right)
                }
                guard bins.hasMissing, bin < lastBin else { continue }
                let leftToo = left.plus(absent)
                let presentRight = total.minus(leftToo)
                let gainToo = worth(leftToo) + worth(presentRight)
                if gainToo > bestGain, isAllowed(leftToo), isAllowed(presentRight) {
                    bestGain = gainToo
                    best = (feature, bin, true, leftToo, presentRight)
                }
            }
        }
        guard let best else { return nil }
        return Stump(
            feature: best.feature, lastLeft: best.bin, missingLeft: best.missingLeft,
            left: value(best.left), right: value(best.right))
    }

    private func worth(_ side: Side) -> Double {
        let denominator = Double(side.hessian) * unit + l2
        if denominator <= 0 { return 0 }
        let gradient = Double(side.gradient) * unit
        return gradient * gradient / denominator
    }

    private func isAllowed(_ side: Side) -> Bool {
        let hessian = Double(side.hessian) * unit
        return Double(side.count) >= minimumCount && side.count > 0 && hessian >= minimumHessian
            && hessian + l2 > 0
    }

    private func value(_ side: Side) -> Int32 {
        let newton = -Double(side.gradient) * unit / (Double(side.hessian) * unit + l2)
        let step = learningRate * min(max(newton, -Self.largestStep), Self.largestStep)
        return Int32((step * GradientHistogram.marginScale).rounded(.toNearestOrEven))
    }

    /// The sums of one side of a cut.
    private struct Side {
        var gradient: Int64 = 0
        var hessian: Int64 = 0
        var count: Int64 = 0

        mutating func add(_ sums: UnsafePointer<Int64>, _ counts: [Int64], _ index: Int) {
            gradient &+= sums[2 * index]
            hessian &+= sums[2 * index + 1]
            count &+= counts[index]
        }

        func plus(_ other: Side) -> Side {
            Side(
                gradient: gradient &+ other.gradient, hessian: hessian &+ other.hessian,
                count: count &+ other.count)
        }

        func minus(_ other: Side) -> Side {
            Side(
                gradient: gradient &- other.gradient, hessian: hessian &- other.hessian,
                count: count &- other.count)
        }
    }
}
