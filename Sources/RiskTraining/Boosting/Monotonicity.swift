import CRiskKernels
import RiskModel

/// Which way a feature's table may run from low values to high; missing values are free.
public enum Monotonicity: Int, CaseIterable, Sendable {
    /// A higher value is never less risky: +1.
    case ascending = 1
    /// A higher value is never riskier: -1.
    case descending = -1

    /// Whether entries run this way.
    func admits<Entry: Comparable>(_ entries: some Sequence<Entry>) -> Bool {
        zip(entries, entries.dropFirst()).allSatisfy { self == .ascending ? $0 <= $1 : $0 >= $1 }
    }

    /// Takes back what the rounding of a smoothed table did to the order, in units of 2^-24.
    /// - Parameter bins: how many entries come before that of missing values.
    func straighten(_ entries: inout [Int64], bins: Int) {
        for bin in 1..<max(bins, 1) {
            let before = entries[bin - 1]
            entries[bin] =
                self == .ascending ? max(entries[bin], before) : min(entries[bin], before)
        }
    }
}

extension StumpSearch {
    /// The best cut of a feature whose table must run one way: as `rk_best_cut_f64`, and the step on the
    /// right is not below (above) that on the left. A sum of such stumps runs that way too.
    ///
    /// A cut that parts only missing values from all others says nothing of the order of values.
    /// - Returns: whether it found a cut with more gain than `best`.
    /// - Complexity: O(bins).
    func bestMonotoneCut(
        _ gradients: UnsafePointer<Double>, _ hessians: UnsafePointer<Double>, _ cuts: rk_cuts,
        _ direction: Monotonicity, _ best: inout rk_cut
    ) -> Bool {
        let absent = (gradient: gradients[cuts.missing], hessian: hessians[cuts.missing])
        var total = (gradient: 0.0, hessian: 0.0)
        for bin in 0..<cuts.bins {
            total.gradient += gradients[bin]
            total.hessian += hessians[bin]
        }
        total.gradient += absent.gradient
        total.hessian += absent.hessian
        var sum = (gradient: 0.0, hessian: 0.0)
        var found = false
        for bin in 0..<cuts.bins {
            sum.gradient += gradients[bin]
            sum.hessian += hessians[bin]
            for isMissingLeft in [false, true] {
                let range =
                    isMissingLeft ? cuts.first.1..<cuts.end.1 : cuts.first.0..<cuts.end.0
                guard range.contains(bin) else { continue }
                let leftGradient = sum.gradient + (isMissingLeft ? absent.gradient : 0)
                let leftHessian = sum.hessian + (isMissingLeft ? absent.hessian : 0)
                let rightGradient = total.gradient - leftGradient
                let rightHessian = total.hessian - leftHessian
                let (low, high) = (leftHessian + l2, rightHessian + l2)
                guard min(leftHessian, rightHessian) >= minimumHessian, min(low, high) > 0 else {
                    continue
                }
                let gain =
                    leftGradient * leftGradient / low + rightGradient * rightGradient / high
                guard gain > best.gain else { continue }
                if bin < cuts.bins - 1 {
                    let steps = [-leftGradient / low, -rightGradient / high]
                    guard direction.admits(steps) else { continue }
                }
                best = rk_cut(
                    gain: gain, left_gradient: leftGradient, left_hessian: leftHessian,
                    right_gradient: rightGradient, right_hessian: rightHessian,
                    last_left: UInt32(bin), missing_left: isMissingLeft ? 1 : 0)
                found = true
            }
        }
        return found
    }
}
