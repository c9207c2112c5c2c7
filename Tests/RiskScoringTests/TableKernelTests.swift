import ModelCases
import CRiskKernels
import RiskModel
import Testing

/// The C kernels against the plain definition, over trees that this test lays out for itself from the
/// description in `risk_kernels.h`.
@Suite struct TableKernelTests {
    @Test(arguments: [
        0, 1, 2, 7, 8, 9, 10, 31, 63, 64, 79, 80, 81, 100, 254, 255, 727, 728, 729, 1000, 6560,
        6561,
    ])
    func everyVariantAgreesWithThePlainDefinition(_ count: Int) {
        var random = SeededGenerator(seed: 7)
        let cuts = Set((0..<count * 2).map { _ in Double.random(in: -9...9, using: &random) })
            .prefix(count).sorted()
        let table = ScoreTable(
            feature: 0, cutPoints: cuts, units: (0...count).map { Int32($0) - 500 },
            missingUnits: -77, typicalUnits: 0)
        let tree = Tree(cuts)
        tree.keys.withUnsafeBufferPointer { keys in
            (table.units + [table.missingUnits]).withUnsafeBufferPointer { units in
                var compiled = rk_table()
                compiled.keys = keys.baseAddress
                compiled.units = units.baseAddress
                compiled.missing = UInt32(table.units.count)
                compiled.depth = UInt32(tree.depth)
                withUnsafeMutableBytes(of: &compiled.level_start) {
                    _ = $0.bindMemory(to: UInt32.self).update(fromContentsOf: tree.levelStarts)
                }
                for rows in [0, 1, 2, 15, 16, 17, 100, 1031] {
                    let values = (0..<rows).map { _ in awkwardValue(for: table, using: &random) }
                    let start = (0..<rows).map { Int32($0) }
                    let expected = zip(start, values).map { $0 + table.units(of: $1) }
                    for variant in 1...rk_table_variants() {
                        var sums = start
                        rk_table_add_f64_variant(variant, &compiled, values, rows, &sums)
                        #expect(sums == expected, "variant \(variant)")
                        for (index, value) in values.enumerated() {
                            var row = value
                            var term = Int32.min
                            let sum = rk_tables_row_f64_variant(variant, &compiled, 1, &row, &term)
                            #expect(sum == Int64(expected[index] - start[index]))
                            #expect(Int64(term) == sum)
                        }
                    }
                }
            }
        }
    }

    /// A full tree: no node is left out, every absent cut point is +inf.
    private struct Tree {
        var keys: [Double] = []
        var levelStarts: [UInt32] = []
        var depth = 0

        init(_ cuts: [Double]) {
            var bins = 1
            while bins < cuts.count + 1 {
                bins *= 9
                depth += 1
            }
            var span = bins
            for _ in 0..<depth {
                levelStarts.append(UInt32(keys.count))
                for start in stride(from: 0, to: bins, by: span) {
                    for child in 1...8 {
                        let cut = start + child * span / 9 - 1
                        keys.append(cut < cuts.count ? cuts[cut] : .infinity)
                    }
                }
                span /= 9
            }
        }
    }
}
