import CRiskKernels
import Foundation
import Testing

@testable import RiskTraining

/// Cut points separate, are finite, spend their budget, and give heavy values and tails their own bins.
@Suite struct CutPointTests {
    /// The bin of each value.
    private func bins(_ cuts: [Double], _ values: [Double]) -> [Int] {
        values.map { value in cuts.count { $0 < value } }
    }

    @Test func fewValuesGetABinEach() {
        let cuts = CutPoints.choose(values: [-1, 0, 3, 10], weights: [5, 1, 1, 9], budget: 64)
        #expect(cuts == [-0.5, 1.5, 6.5])
        #expect(CutPoints.choose(values: [4], weights: [3], budget: 64).isEmpty)
    }

    @Test func everyCutSeparatesAndTheBudgetIsSpent() {
        var generator = Generator(1)
        for round in 0..<60 {
            let count = Int.random(in: 1...2000, using: &generator)
            let budget = [2, 3, 7, 64, 255][round % 5]
            let values = Set((0..<count).map { _ in exp(generator.normal() * 5) - 1 }).sorted()
            let weights = values.map { _ in
                Int64(exp(generator.uniform() * generator.uniform() * 12))
            }
            let cuts = CutPoints.choose(values: values, weights: weights, budget: budget)
            #expect(cuts.count == min(budget, values.count) - 1)
            #expect(zip(cuts, cuts.dropFirst()).allSatisfy { $0 < $1 })
            #expect(cuts.allSatisfy { $0.isFinite })
            // No bin is empty: each cut lies at or above one value and below the next.
            #expect(Set(bins(cuts, values)).count == cuts.count + 1)
        }
    }

    @Test func aHeavyValueHasABinOfItsOwn() {
        let values = (0..<1000).map { Double($0) }
        for heavy in [0, 1, 500, 999] {
            let weights = (0..<1000).map { Int64($0 == heavy ? 3000 : 1) }
            let cuts = CutPoints.choose(values: values, weights: weights, budget: 16)
            let all = bins(cuts, values)
            #expect(all.count { $0 == all[heavy] } == 1)
        }
    }

    @Test func tailsAreFinerThanTheMiddle() {
        let values = (0..<100_000).map { Double($0) }
        let cuts = CutPoints.choose(
            values: values, weights: values.map { _ in 1 }, budget: 64)
        #expect(cuts[0] < 100)
        #expect(cuts[62] > 99_900)
        let widths = zip(cuts, cuts.dropFirst()).map { $1 - $0 }
        #expect(widths.max()! < 3500)
        #expect(widths[31] > 4 * widths[0])
    }

    @Test func extremesAreSeparatedByFiniteCuts() {
        let largest = Double.greatestFiniteMagnitude
        let tiny = Double.leastNonzeroMagnitude
        let values = [-.infinity, -largest, -1, -tiny, 0, tiny, 1, 1.0.nextUp, largest, .infinity]
        let cuts = CutPoints.choose(values: values, weights: values.map { _ in 1 }, budget: 64)
        #expect(cuts.allSatisfy { $0.isFinite })
        // Only -∞ and the lowest finite number cannot be told apart by a finite number.
        #expect(bins(cuts, values) == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test func midpointsNeverReachTheUpperValue() throws {
        var generator = Generator(9)
        for _ in 0..<20_000 {
            let a = Double(bitPattern: generator.next())
            let b = Bool.random(using: &generator) ? Double(bitPattern: generator.next()) : a.nextUp
            guard !a.isNaN, !b.isNaN, a != b else { continue }
            let (lower, upper) = (min(a, b), max(a, b))
            guard let cut = CutPoints.between(lower, upper) else {
                #expect(lower == -.infinity && upper == -.greatestFiniteMagnitude)
                continue
            }
            #expect(cut.isFinite && lower <= cut && cut < upper)
        }
    }

    @Test func weightTwoIsTheValueTwice() {
        var generator = Generator(11)
        let values = (0..<500).map { _ in generator.normal() }.sorted()
        let weights = values.map { _ in Int64.random(in: 1...5, using: &generator) }
        #expect(
            CutPoints.choose(values: values, weights: weights, budget: 32)
                == CutPoints.choose(values: values, weights: weights.map { 2 * $0 }, budget: 32))
    }
}

/// Weights as integers: exact where they can be, and the same whatever their unit.
@Suite struct LatticeWeightTests {
    @Test func wholeAndBinaryFractionsAreExact() {
        let weights = LatticeWeights([1, 2, 0.25, 7.5])
        #expect(weights.multiples == [4, 8, 1, 30])
        #expect(weights.unit == 0.25)
        #expect(weights.total == 43)
        #expect(!weights.isCoarse)
    }

    @Test func equalWeightsAreOnes() {
        let weights = LatticeWeights([0.1, 0.1, 0.1])
        #expect(weights.multiples == nil)
        #expect(weights.unit == 0.1)
        #expect(weights.total == 3)
    }

    @Test func doublingChangesTheUnitOnly() {
        var generator = Generator(1)
        let plain = (0..<1000).map { _ in generator.uniform() + 1e-6 }
        let once = LatticeWeights(plain)
        let twice = LatticeWeights(plain.map { 2 * $0 })
        #expect(once.multiples == twice.multiples)
        #expect(once.unit * 2 == twice.unit)
        for (weight, multiple) in zip(plain, once.multiples ?? []) {
            #expect(abs(Double(multiple) * once.unit - weight) <= once.unit / 2)
        }
    }

    @Test func noWeightBecomesZero() {
        let weights = LatticeWeights([1e12, 1, .leastNonzeroMagnitude])
        #expect(weights.multiples?.allSatisfy { $0 >= 1 } == true)
        #expect(weights.isCoarse)
        let tiny = LatticeWeights([.leastNonzeroMagnitude, 3 * .leastNonzeroMagnitude])
        #expect(tiny.multiples == [1, 3])
    }
}
