import CRiskKernels
import Foundation
import RiskColumns
import Synchronization
import Testing

@testable import RiskTraining

/// What binning is made of, against its plain definitions: long columns take other ways than short ones.
@Suite struct BinningKernelTests {
    /// Columns of many kinds, none with a missing value.
    private static func column(
        _ kind: Int, _ count: Int, _ generator: inout Generator
    ) -> [Double] {
        (0..<count).map { index in
            switch kind {
            case 0: generator.normal()
            case 1: Double(Float(generator.normal()))
            case 2: floor(exp(2 * generator.normal()))
            case 3: exp(20 * generator.normal())
            case 4: exp(4 * generator.normal()) * (index % 2 == 0 ? 1 : -1)
            case 5: 1.6e9 + Double(Int.random(in: 0...1_000_000, using: &generator)) / 1000
            case 6: generator.normal() * 0x1p-1060
            case 7: generator.normal() * 0x1p1022
            // Alike in the upper bits, and only there.
            case 8: 1 + Double(Int.random(in: 0...5000, using: &generator)) * 0x1p-52
            case 9: Double(Int.random(in: -3...3, using: &generator))
            case 10: -Double(Int.random(in: 0...2_147_483_648, using: &generator))
            default: 7
            }
        }
    }
    private static let kinds = 12

    @Test(arguments: 0..<kinds) func binsOfLongColumnsCountTheCutPointsBelow(kind: Int) {
        var generator = Generator(UInt64(kind) + 1)
        for cutCount in [1, 2, 7, 30, 120, 255] {
            let cuts = Set(Self.column(kind, cutCount, &generator).map { $0 + 0 }).sorted()
            var values = Self.column(kind, 4200, &generator)
            values += cuts + cuts.map(\.nextUp) + cuts.map(\.nextDown)
            values += [.nan, .infinity, -.infinity, 0, -0.0, -.nan]
            let rows = values.indices.map { UInt32(values.count - 1 - $0) }
            var bins = [UInt8](repeating: 0, count: values.count)
            var reversed = bins
            rk_bin_f64(values, nil, values.count, cuts, cuts.count, 255, &bins)
            rk_bin_f64(values, rows, values.count, cuts, cuts.count, 255, &reversed)
            let expected = values.map { value -> UInt8 in
                value.isNaN ? 255 : UInt8(cuts.count { $0 < value })
            }
            #expect(bins == expected)
            #expect(bins == reversed.reversed())
        }
    }

    @Test func zerosOfEitherSignAreInOneBin() {
        // A cut point of -0 is 0: neither zero is above it.
        let cuts = [-0x1p-1074, -0.0, 0x1p-1074, 1e300]
        let values = [Double](repeating: 0, count: 4096) + [Double](repeating: -0.0, count: 4096)
        var bins = [UInt8](repeating: 9, count: values.count)
        rk_bin_f64(values, nil, values.count, cuts, cuts.count, 255, &bins)
        #expect(bins.allSatisfy { $0 == 1 })
    }

    @Test(arguments: 0..<kinds) func columnsAreSortedWhateverTheyHold(kind: Int) {
        var generator = Generator(UInt64(kind) + 100)
        for count in [2, 49, 1000, 5000] {
            let values = Self.column(kind, count, &generator)
            var (sorted, scratch) = (values, values)
            rk_sort_f64(&sorted, nil, count, &scratch, nil)
            #expect(sorted == values.sorted())
            var carried = values.indices.map { UInt32($0) }
            var other = carried
            sorted = values
            carried.withUnsafeMutableBufferPointer {
                rk_sort_f64(&sorted, $0.baseAddress, count, &scratch, &other)
            }
            #expect(sorted == values.sorted())
            #expect(Set(carried).count == count)
            #expect(zip(sorted, carried).allSatisfy { $0 == values[Int($1)] })
        }
    }

    @Test(arguments: 0..<kinds) func differentValuesHaveTheWeightOfTheirRows(kind: Int) throws {
        var generator = Generator(UInt64(kind) + 200)
        var column = Self.column(kind, 3000, &generator)
        for row in stride(from: 0, to: 3000, by: 7) { column[row] = .nan }
        let plain = TrainingData(
            matrix: FeatureMatrix(names: ["x"], columns: [column], rowCount: 3000),
            labels: (0..<3000).map { $0 % 2 == 0 })
        var weighted = plain
        weighted.weights = (0..<3000).map { Double($0 % 5) }
        let rooms = SortingRooms()
        for data in [plain, weighted, plain] {
            var sums: [Double: Int64] = [:]
            for (row, value) in column.enumerated() where !value.isNaN {
                let weight = data.weights.map { Int64($0[row]) } ?? 1
                if weight > 0 { sums[value, default: 0] += weight }
            }
            // The memory lent is used again: nothing of the last column stays.
            let distinct = DistinctValues(column, try Sample(data), rooms)
            #expect(distinct.values == sums.keys.sorted())
            #expect(distinct.weights == sums.keys.sorted().map { sums[$0] })
            #expect(distinct.hasMissing)
        }
    }

    @Test func equalRowsAreNumberedByAnyNumberOfThreads() {
        var generator = Generator(5)
        var hashes = (0..<20_000).map { _ in generator.next() }
        for row in 0..<5000 { hashes[3 * row] = hashes[row % 10] }
        let names = RowNames.numbered(hashes, threads: 1)
        #expect(Set(names).count == names.count)
        for threads in 2...5 { #expect(RowNames.numbered(hashes, threads: threads) == names) }
        // In another order the same names, each with a row of its hash.
        let backwards = RowNames.numbered(hashes.reversed(), threads: 3)
        var (byHash, byHashBackwards) = ([UInt64: Set<UInt64>](), [UInt64: Set<UInt64>]())
        for (hash, name) in zip(hashes, names) { byHash[hash, default: []].insert(name) }
        for (hash, name) in zip(hashes.reversed(), backwards) {
            byHashBackwards[hash, default: []].insert(name)
        }
        #expect(byHash == byHashBackwards)
        #expect(RowNames.numbered([], threads: 2).isEmpty)
    }

    @Test func rowsOfOneHashAreAllInOnePart() {
        // Whatever the hashes, a part's table has room for its rows.
        let names = RowNames.numbered([UInt64](repeating: 3, count: 30_000), threads: 4)
        #expect(Set(names).count == 30_000)
    }

    @Test func weightsAreCountedByBin() throws {
        var data = world(rows: 9000, seed: 4)
        let heaviest = Double(1 << LatticeWeights.bits)
        var uneven: [Double] = []
        for row in 0..<9000 { uneven.append(row % 3 == 0 ? heaviest : Double(row % 5 + 1)) }
        for weights: [Double]? in [nil, uneven] {
            data.weights = weights
            let sample = try Sample(data)
            let binning = Binning(data.matrix, sample, limit: 40, threads: 2)
            for threads in [1, 2] {
                let binned = BinnedMatrix(data.matrix, sample, binning, threads: threads)
                let counts = binned.counts(sample, threads: threads)
                let length = binned.histogramLength
                var all = counts.all.map { _ in Int64(0) }
                var events = all
                for feature in binning.features.indices {
                    for row in 0..<9000 {
                        let bin = Int(binned.bytes.base[feature * 9000 + row])
                        let weight = sample.weights.multiples.map { Int64($0[row]) } ?? 1
                        all[feature * length + bin] += weight
                        if data.labels[row] { events[feature * length + bin] += weight }
                    }
                }
                #expect(counts.all == all)
                #expect(counts.events == events)
            }
        }
    }

    @Test func everyItemIsDealtOnce() {
        for (workers, count) in [(1, 5), (2, 1), (3, 100), (4, 0)] {
            let times = (0..<count).map { _ in 0 }
            let seen = Mutex(times)
            concurrently(workers, count) { item in seen.withLock { $0[item] += 1 } }
            #expect(seen.withLock { $0 } == times.map { $0 + 1 })
        }
    }
}
