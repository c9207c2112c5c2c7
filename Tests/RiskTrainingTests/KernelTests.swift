import CRiskKernels
import Foundation
import Testing

@testable import RiskTraining

/// The kernels against their plain definitions.
@Suite struct KernelTests {
    /// Margins from -128 to 128 of log-odds, dense near 0.
    private var margins: [Int32] {
        var generator = Generator(1)
        let dense = (0..<3000).map { _ in Int32(generator.normal() * 4 * 16_777_216) }
        return [0, 1, -1, .max, .min, 1 << 30, -(1 << 30)] + dense
    }

    @Test func gradientsHaveTheBitsOfTheLogisticFunction() {
        let margins = margins
        let labels = margins.indices.map { UInt8($0 % 3 == 0 ? 1 : 0) }
        let weights = margins.indices.map { UInt32($0 % 7 + 1) }
        let scale = 0x1p30
        for count in [0, 1, 7, 64, margins.count] {
            var plain = [Int64](repeating: 0, count: 2 * margins.count)
            var weighted = plain
            rk_gradients_i64(margins, labels, nil, count, scale, &plain)
            rk_gradients_i64(margins, labels, weights, count, scale, &weighted)
            for row in 0..<count {
                let p = rk_logistic_f64(Double(margins[row]) / 16_777_216)
                let gradient = Int64(((p - Double(labels[row])) * scale).rounded(.toNearestOrEven))
                let hessian = Int64((p * (1 - p) * scale).rounded(.toNearestOrEven))
                #expect(plain[2 * row] == gradient)
                #expect(plain[2 * row + 1] == hessian)
                #expect(weighted[2 * row] == gradient * Int64(weights[row]))
                #expect(weighted[2 * row + 1] == hessian * Int64(weights[row]))
            }
        }
    }

    @Test func logLossIsTheLogLoss() {
        let margins = margins
        let labels = margins.indices.map { UInt8($0 % 2) }
        let scale = 0x1p40
        for (row, margin) in margins.enumerated() {
            let x = Double(margin) / 16_777_216 * (labels[row] == 1 ? -1 : 1)
            let expected = max(x, 0) + log1p(exp(-abs(x)))
            let found = Double(rk_log_loss_i64([margin], [labels[row]], nil, 1, scale)) / scale
            #expect(abs(found - expected) <= 1e-12 + 1e-15 * expected)
        }
        let weights = margins.map { _ in UInt32(3) }
        let once = rk_log_loss_i64(margins, labels, nil, margins.count, 0x1p24)
        #expect(rk_log_loss_i64(margins, labels, weights, margins.count, 0x1p24) == 3 * once)
    }

    @Test func logisticRowsAreTheDerivativesOfTheLoss() {
        let logOdds =
            [0, 1e-300, -3.5, 12, -40, 700, -700, 1e6, -1e6] + margins.map { Double($0) / 1e8 }
        let labels = logOdds.indices.map { UInt8($0 % 2) }
        let weights = logOdds.indices.map { Double($0 % 5) * 0.3 }
        var residuals = [Double](repeating: .nan, count: logOdds.count)
        var roots = residuals
        let loss = rk_logistic_rows_f64(
            logOdds, labels, weights, logOdds.count, &residuals, &roots)
        var expectedLoss = 0.0
        for row in logOdds.indices {
            let p = 1 / (1 + exp(-logOdds[row]))
            let q = 1 / (1 + exp(logOdds[row]))
            let x = logOdds[row] * (labels[row] == 1 ? -1 : 1)
            expectedLoss += weights[row] * (max(x, 0) + log1p(exp(-abs(x))))
            let residual = weights[row] * (labels[row] == 1 ? -q : p)
            #expect(abs(residuals[row] - residual) <= 1e-14 * abs(residual) + 1e-300)
            let root = (weights[row] * p * q).squareRoot()
            #expect(abs(roots[row] - root) <= 1e-14 * root + 1e-150)
        }
        #expect(abs(loss - expectedLoss) <= 1e-12 * expectedLoss)
    }

    @Test func logarithmIsWithinTwoULP() {
        var generator = Generator(2)
        let values =
            [1, 2, 0.5, 1 + 0x1p-52, 1 - 0x1p-53, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
            + (0..<5000).map { _ in exp(generator.normal() * 20) }
            + (0..<5000).map { _ in 1 + generator.normal() * 1e-3 }
        for value in values {
            let expected = log(value)
            #expect(abs(rk_log_f64(value) - expected) <= 2 * expected.ulp)
        }
        #expect(rk_log_f64(0) == -.infinity)
        #expect(rk_log_f64(.infinity) == .infinity)
        #expect(rk_log_f64(-1).isNaN)
        #expect(rk_log_f64(.nan).isNaN)
    }

    @Test func sortingSortsAndCarriesWeights() {
        var generator = Generator(3)
        let special: [Double] = [
            .infinity, -.infinity, 0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1, -1,
        ]
        for count in [0, 1, 2, 100, 3000] {
            let values = (0..<count).map { index in
                switch index % 4 {
                case 0: special[index / 4 % special.count]
                case 1: Double(Int.random(in: -20...20, using: &generator))
                default: generator.normal() * exp(generator.normal() * 30)
                }
            }
            let weights = values.indices.map { UInt32($0) }
            var scratch = [Double](repeating: 0, count: count)
            var plain = values
            rk_sort_f64(&plain, nil, count, &scratch, nil)
            #expect(plain == values.sorted())
            var sorted = values
            var carried = weights
            var weightScratch = weights
            carried.withUnsafeMutableBufferPointer {
                rk_sort_f64(&sorted, $0.baseAddress, count, &scratch, &weightScratch)
            }
            #expect(sorted == values.sorted())
            #expect(carried.sorted() == weights)
            #expect(zip(sorted, carried).allSatisfy { $0 == values[Int($1)] })
        }
    }

    @Test func binningCountsTheCutPointsBelow() {
        var generator = Generator(4)
        for cutCount in [0, 1, 2, 3, 7, 63, 64, 200, 254] {
            let cuts = Set((0..<cutCount).map { _ in (generator.normal() * 100).rounded() / 10 })
                .sorted()
            var values = (0..<100).map { _ in generator.normal() * 10 }
            values +=
                cuts + cuts.map(\.nextUp) + cuts.map(\.nextDown) + [.nan, .infinity, -.infinity]
            let rows = values.indices.map { UInt32(values.count - 1 - $0) }
            var bins = [UInt8](repeating: 0, count: values.count)
            var reversed = bins
            rk_bin_f64(values, nil, values.count, cuts, cuts.count, 255, &bins)
            rk_bin_f64(values, rows, values.count, cuts, cuts.count, 255, &reversed)
            for (value, bin) in zip(values, bins) {
                #expect(bin == (value.isNaN ? 255 : UInt8(cuts.count { $0 < value })))
            }
            #expect(bins == reversed.reversed())
        }
    }

    @Test func histogramsSumGradientsByBin() {
        var generator = Generator(5)
        for features in [1, 3, 4, 5, 9] {
            let (rows, length) = (137, 11)
            let bins = (0..<rows * features).map { _ in UInt8.random(in: 0..<11, using: &generator)
            }
            let pairs = (0..<2 * rows).map { _ in Int64.random(in: -1000...1000, using: &generator)
            }
            var sums = [Int64](repeating: 5, count: 2 * length * features)
            rk_histogram_i64(bins, rows, features, pairs, rows, &sums, length)
            var expected = [Int64](repeating: 5, count: 2 * length * features)
            for feature in 0..<features {
                for row in 0..<rows {
                    let entry = 2 * (feature * length + Int(bins[feature * rows + row]))
                    expected[entry] += pairs[2 * row]
                    expected[entry + 1] += pairs[2 * row + 1]
                }
            }
            #expect(sums == expected)
        }
    }
}
