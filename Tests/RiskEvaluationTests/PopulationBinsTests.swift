import RiskEvaluation
import Testing

@Suite("Counted populations")
struct PopulationBinsTests {
    private func values(_ seed: UInt64, _ count: Int, shift: Double = 0) -> [Double] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Double(state >> 33) / Double(UInt64(1) << 31)
            return value < 0.05 ? .nan : (value * 20).rounded() / 20 + shift
        }
    }

    @Test("The index of bins counted apart is that of the values themselves")
    func apart() throws {
        let (before, after) = (values(1, 5000), values(2, 3000, shift: 0.1))
        let whole = try populationStabilityIndex(reference: before, current: after)
        let reference = PopulationBins(quantilesOf: before)
        // In two halves, added; the second counted two rows at a time.
        var (first, second) = (reference.emptied, reference.emptied)
        for value in after.prefix(1000) { first.add(value) }
        for value in after.dropFirst(1000) { second.add(value) }
        first.add(second)
        #expect(try PopulationStability(reference: reference, current: first) == whole)
        #expect(first.rows == 3000 && reference.rows == 5000)
        #expect(whole.index > 0.05)
        var doubled = reference.emptied
        for value in after { doubled.add(value, rows: 2) }
        #expect(doubled.rows == 6000)
        #expect(doubled.counts == first.counts.map { 2 * $0 })
    }

    @Test(
        "A value at a bound is below it, one above it is not; infinities and missing have their places"
    )
    func bounds() {
        var bins = PopulationBins(upperBounds: [0, 1], counts: [0, 0, 0], missing: 0)
        for value in [-Double.infinity, 0, -0.0, 0.0.nextUp, 1, 1.0.nextUp, .infinity, .nan] {
            bins.add(value)
        }
        #expect(bins.counts == [3, 2, 2] && bins.missing == 1)
        bins.empty()
        #expect(bins == bins.emptied && bins.rows == 0)
    }

    @Test("Known figures: one bin against another, by hand; no rows have no index")
    func known() throws {
        // Shares with half a row added to each: r = 0.75, c = 0.25, and (c - r) ln(c / r) twice.
        let stability = try PopulationStability(
            reference: PopulationBins(upperBounds: [0], counts: [1, 0], missing: 0),
            current: PopulationBins(upperBounds: [0], counts: [0, 1], missing: 0))
        #expect(abs(stability.index - 1.098_612_288_668_109_8) < 1e-15)
        #expect(stability.expectedByChance == 2)
        let none = PopulationBins(upperBounds: [], counts: [0], missing: 0)
        #expect(throws: EvaluationError.noRows) {
            try PopulationStability(reference: none, current: none)
        }
        // Nothing but missing values is a population too.
        let missing = PopulationBins(quantilesOf: [.nan, .nan])
        #expect(missing.upperBounds.isEmpty && missing.missing == 2)
        #expect(try PopulationStability(reference: missing, current: missing).index == 0)
    }
}
