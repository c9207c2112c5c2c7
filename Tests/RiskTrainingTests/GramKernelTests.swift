import CRiskKernels
import Foundation
import Testing

@testable import RiskTraining

/// The kernels of boosting between looks against their plain definitions.
@Suite struct GramKernelTests {
    @Test func packedGradientsAreThePairs() {
        var generator = Generator(1)
        let count = 1000
        let margins = (0..<count).map { _ in Int32(generator.normal() * 4 * 0x1p24) }
        let labels = (0..<count).map { _ in UInt8.random(in: 0...1, using: &generator) }
        let weights = (0..<count).map { _ in UInt32.random(in: 0...3, using: &generator) }
        for weighted in [false, true] {
            var pairs = [Int64](repeating: 0, count: 2 * count)
            var packed = [Int64](repeating: 0, count: count)
            var loss: Int64 = 100
            let weights = weighted ? weights : nil
            rk_gradients_i64(margins, labels, weights, count, 0x1p18, &pairs)
            let magnitude = rk_gradients_packed_i64(
                margins, labels, weights, count, 0x1p18, 0x1p24, &packed, &loss)
            #expect(magnitude == (0..<count).reduce(0) { $0 + abs(pairs[2 * $1]) })
            var unpacked = [Int64](repeating: 0, count: 2 * count)
            rk_unpack_sums_i64(&packed, count, &unpacked)
            #expect(unpacked == pairs)
            #expect(packed.allSatisfy { $0 == 0 })
            let full = rk_log_loss_i64(margins, labels, weights, count, 0x1p24)
            #expect(abs(loss - 100 - full) <= Int64(3 * count), "rounding to 2^-24")
        }
    }

    @Test func packedHistogramsHoldBothSumsToTheirLimit() {
        var generator = Generator(2)
        for features in [1, 3, 4, 7] {
            let (rows, length) = (211, 9)
            let bins = (0..<rows * features).map { _ in UInt8.random(in: 0..<9, using: &generator) }
            // Gradients of one sign, or of both, that fill 2^31 together.
            let sizes = (0..<rows).map { _ in Int64.random(in: 0...10_000_000, using: &generator) }
            let gradients = sizes.map { Bool.random(using: &generator) ? $0 : -$0 }
            let hessians = sizes.map { Int64.random(in: 0...$0, using: &generator) }
            #expect(sizes.reduce(0, +) <= Int64(Int32.max))
            let packed = zip(gradients, hessians).map { ($0 << 32) + $1 }
            let pairs = zip(gradients, hessians).flatMap { [$0, $1] }
            var expected = [Int64](repeating: 0, count: 2 * length * features)
            rk_histogram_i64(bins, rows, features, pairs, rows, &expected, length)
            var sums = [Int64](repeating: 0, count: length * features)
            rk_histogram_packed_i64(bins, rows, features, packed, rows, &sums, length)
            var found = [Int64](repeating: 0, count: 2 * length * features)
            rk_unpack_sums_i64(&sums, length * features, &found)
            #expect(found == expected)
        }
    }

    /// Every cut tried one after the other.
    private func naiveCut(
        _ g: [Double], _ h: [Double], _ cuts: rk_cuts, _ l2: Double, _ least: Double
    ) -> (gain: Double, bin: Int, missingLeft: Bool)? {
        let (totalG, totalH) = (
            (g[..<cuts.bins] + [g[cuts.missing]]).reduce(0, +),
            (h[..<cuts.bins] + [h[cuts.missing]]).reduce(0, +)
        )
        var best: (gain: Double, bin: Int, missingLeft: Bool)?
        for bin in 0..<cuts.bins {
            for missingLeft in [false, true] {
                let range = missingLeft ? cuts.first.1..<cuts.end.1 : cuts.first.0..<cuts.end.0
                guard range.contains(bin) else { continue }
                let left = g[...bin].reduce(0, +) + (missingLeft ? g[cuts.missing] : 0)
                let hessian = h[...bin].reduce(0, +) + (missingLeft ? h[cuts.missing] : 0)
                let (right, other) = (totalG - left, totalH - hessian)
                guard min(hessian, other) >= least else { continue }
                let gain = left * left / (hessian + l2) + right * right / (other + l2)
                if gain > best?.gain ?? -1 { best = (gain, bin, missingLeft) }
            }
        }
        return best
    }

    @Test func theBestCutIsTheBestOfAll() {
        var generator = Generator(3)
        for round in 0..<400 {
            let bins = Int.random(in: 1...(round % 2 == 0 ? 6 : 255), using: &generator)
            // Whole numbers, few of them: ties are common.
            let g = (0...bins).map { _ in Double(Int.random(in: -3...3, using: &generator)) }
            let h = (0...bins).map { _ in Double(Int.random(in: 0...2, using: &generator)) }
            func range() -> (Int, Int) {
                let first = Int.random(in: 0..<bins, using: &generator)
                return (first, Int.random(in: first...bins, using: &generator))
            }
            let (right, left) = (range(), range())
            var cuts = rk_cuts(
                bins: bins, missing: bins, first: (right.0, left.0), end: (right.1, left.1))
            let (l2, least) = (Double(round % 3) + 0.5, Double(round % 4))
            var found = rk_cut()
            found.gain = -0.5
            let has = rk_best_cut_f64(g, h, &cuts, l2, least, &found) != 0
            let expected = naiveCut(g, h, cuts, l2, least)
            #expect(has == (expected != nil))
            guard let expected, has else { continue }
            #expect(found.gain == expected.gain)
            #expect(Int(found.last_left) == expected.bin)
            #expect((found.missing_left != 0) == expected.missingLeft)
            #expect(found.left_gradient + found.right_gradient == g.reduce(0, +))
            // A better one elsewhere is not displaced.
            var better = rk_cut()
            better.gain = expected.gain
            #expect(rk_best_cut_f64(g, h, &cuts, l2, least, &better) == 0)
        }
    }

    @Test func tablesAreAddedByBin() {
        var generator = Generator(4)
        let (rows, length, features) = (77, 5, 9)
        let bins = (0..<rows * features).map { _ in UInt8.random(in: 0..<5, using: &generator) }
        let tables = (0..<length * features).map { _ in
            Int32.random(in: -1_000_000...1_000_000, using: &generator)
        }
        for used in [[], [3], [0, 1, 2, 3], [0, 2, 4, 5, 6, 8]] as [[UInt32]] {
            var margins = (0..<rows).map { Int32($0) }
            rk_add_tables_i32(&margins, bins, rows, used, used.count, tables, length, rows)
            for row in 0..<rows {
                let sum = used.reduce(Int32(row)) {
                    $0 + tables[Int($1) * length + Int(bins[Int($1) * rows + row])]
                }
                #expect(margins[row] == sum)
            }
        }
    }

    @Test func pairHistogramsAreSpreadCumulated() {
        var generator = Generator(5)
        let (rows, length) = (500, 6)
        func column() -> [UInt8] {
            (0..<rows).map { _ in UInt8.random(in: 0..<6, using: &generator) }
        }
        let (a, b, c) = (column(), column(), column())
        let values = (0..<rows).map { _ in Int32.random(in: 0...1000, using: &generator) }
        let starts = a.map { UInt16(Int($0) * length) }
        var (withB, withC) = (
            [Int32](repeating: 0, count: 36), [Int32](repeating: 0, count: 36)
        )
        rk_pair_histograms_i32(starts, b, c, values, rows, &withB, &withC)
        var alone = [Int32](repeating: 0, count: 36)
        rk_pair_histograms_i32(starts, c, nil, values, rows, &alone, nil)
        #expect(alone == withC)
        func mass(_ isA: (Int) -> Bool, _ isB: (Int) -> Bool) -> Float {
            Float(
                (0..<rows).reduce(0) {
                    $0 + (isA(Int(a[$1])) && isB(Int(b[$1])) ? Int(values[$1]) : 0)
                })
        }
        var (forward, backward) = (
            [Float](repeating: -1, count: 48), [Float](repeating: -1, count: 48)
        )
        rk_spread_cells_f32(&withB, length, &forward, &backward, 8)
        for row in 0..<length {
            // The last row is that of missing values, which stand by themselves.
            func isIn(_ bin: Int) -> Bool { row == length - 1 ? bin == row : bin <= row }
            for bin in 0..<length {
                #expect(forward[row * 8 + bin] == mass(isIn) { $0 == bin })
                #expect(backward[row * 8 + bin] == mass({ $0 == bin }, isIn))
            }
            #expect(forward[row * 8 + 6] == -1 && backward[row * 8 + 7] == -1)
        }
    }

    @Test func missingValuesAreFoundAndZerosAreEqual() {
        var values = [Double](repeating: 1, count: 3000)
        #expect(rk_has_nan_f64(values, nil, 3000) == 0)
        values[2999] = .nan
        #expect(rk_has_nan_f64(values, nil, 3000) == 1)
        #expect(rk_has_nan_f64(values, nil, 2999) == 0)
        #expect(rk_has_nan_f64(values, [0, 5, 2999], 3) == 1)
        #expect(rk_has_nan_f64(values, [0, 5, 7], 3) == 0)
        var hashes = [UInt64](repeating: 0, count: 5)
        rk_hash_rows_u64([0.0, -0.0, .nan, -.nan, 1], nil, 5, 7, &hashes)
        #expect(hashes[0] == hashes[1] && hashes[2] == hashes[3] && hashes[0] != hashes[4])
    }
}
