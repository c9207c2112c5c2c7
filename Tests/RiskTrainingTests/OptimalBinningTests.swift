import Foundation
import RiskJSON
import Testing

@testable import RiskTraining

/// Weight of evidence and optimal bins, against all ways to join fine bins and against optbinning.
@Suite struct OptimalBinningTests {
    private typealias Bounds = OptimalBinning.Bounds

    /// Fine bins with 0 to 40 rows, some without events.
    private func tallies(_ count: Int, _ generator: inout Generator) -> [BinTally] {
        (0..<count).map { _ in
            let rows = Int64(generator.next() % 41)
            let rate = generator.uniform()
            let events = (0..<rows).reduce(Int64(0)) { sum, _ in
                sum + (generator.uniform() < rate ? 1 : 0)
            }
            return BinTally(rows: rows, events: events)
        }
    }

    private func joined(_ tallies: [BinTally], _ lasts: [Int]) -> [BinTally] {
        var first = 0
        return lasts.map { last in
            defer { first = last + 1 }
            return tallies[first...last].reduce(BinTally(), +)
        }
    }

    /// Whether the rates run as a shape says: written from its definition, by looking for the turn.
    private func isShaped(_ rates: [Double], _ shape: BinShape) -> Bool {
        func rises(_ part: ArraySlice<Double>) -> Bool {
            zip(part, part.dropFirst()).allSatisfy { $0 <= $1 }
        }
        func falls(_ part: ArraySlice<Double>) -> Bool {
            zip(part, part.dropFirst()).allSatisfy { $0 >= $1 }
        }
        let all = rates[...]
        let valley = rates.indices.contains { falls(all[...$0]) && rises(all[$0...]) }
        let peak = rates.indices.contains { rises(all[...$0]) && falls(all[$0...]) }
        switch shape {
        case .none: return true
        case .ascending: return rises(all)
        case .descending: return falls(all)
        case .monotone: return rises(all) || falls(all)
        case .valley: return valley
        case .peak: return peak
        case .uShaped: return valley || peak
        }
    }

    /// The share of events, with half a row more of each class where there is only one.
    private func rate(_ bin: BinTally) -> Double {
        bin.events == 0 || bin.others == 0
            ? (Double(bin.events) + 0.5) / (Double(bin.rows) + 1) : bin.rate
    }

    /// The most information of all 2^(n-1) ways; nil where none is within the bounds.
    private func exhaustive(_ tallies: [BinTally], _ bounds: Bounds) -> Double? {
        let whole = tallies.reduce(BinTally(), +)
        var best: Double?
        for cuts in 0..<(1 << (tallies.count - 1)) {
            let lasts =
                (0..<tallies.count - 1).filter { cuts >> $0 & 1 == 1 } + [tallies.count - 1]
            let bins = joined(tallies, lasts)
            guard bins.count <= bounds.bins,
                bins.allSatisfy({
                    $0.rows >= max(1, bounds.rows) && $0.events >= bounds.events
                        && $0.others >= bounds.others
                }), isShaped(bins.map(rate), bounds.shape)
            else { continue }
            let value = bins.reduce(0) { $0 + WeightOfEvidence($1, of: whole).information }
            best = max(best ?? 0, value)
        }
        return best
    }

    @Test(arguments: BinShape.allCases)
    func noWayToJoinFineBinsHasMoreInformation(shape: BinShape) {
        var generator = Generator(1)
        var bounded = 0
        for trial in 0..<60 {
            let tallies = tallies(1 + trial % 9, &generator)
            let whole = tallies.reduce(BinTally(), +)
            guard whole.events > 0, whole.others > 0 else { continue }
            let bounds = Bounds(
                bins: 1 + Int(generator.next() % 6), rows: Int64(generator.next() % 30),
                events: Int64(generator.next() % 4), others: Int64(generator.next() % 4),
                shape: shape)
            let found = OptimalBinning(tallies, of: whole, bounds)
            let bins = joined(tallies, found.lasts)
            #expect(found.lasts.last == tallies.count - 1)
            let sum = bins.reduce(0) { $0 + WeightOfEvidence($1, of: whole).information }
            #expect(abs(found.information - sum) < 1e-12 * max(1, sum))
            guard let best = exhaustive(tallies, bounds) else {
                #expect(found.lasts == [tallies.count - 1])
                continue
            }
            #expect(abs(found.information - best) <= 1e-11 * max(1, best))
            #expect(bins.count <= bounds.bins && isShaped(bins.map(rate), shape))
            #expect(
                bins.allSatisfy {
                    $0.rows >= bounds.rows && $0.events >= bounds.events
                        && $0.others >= bounds.others
                })
            if best > 0, bins.count > 1 { bounded += 1 }
        }
        #expect(bounded > 10)
    }

    @Test func toleranceGivesUpLittleInformationForFewerBins() {
        var generator = Generator(2)
        let tallies = tallies(30, &generator)
        let whole = tallies.reduce(BinTally(), +)
        let best = OptimalBinning(tallies, of: whole, Bounds(bins: 20))
        let fewer = OptimalBinning(tallies, of: whole, Bounds(bins: 20, tolerance: 0.05))
        #expect(fewer.lasts.count < best.lasts.count)
        #expect(fewer.information < best.information)
        #expect(fewer.information >= 0.95 * best.information)
        let one = OptimalBinning(
            tallies, of: whole, Bounds(bins: fewer.lasts.count - 1))
        #expect(one.information < 0.95 * best.information)
    }

    @Test func neighboursOfOneRateAreOneBin() {
        let tallies = [(100, 10), (50, 5), (80, 40), (40, 20)].map {
            BinTally(rows: $0, events: $1)
        }
        let whole = tallies.reduce(BinTally(), +)
        #expect(OptimalBinning(tallies, of: whole, Bounds(bins: 4)).lasts == [1, 3])
    }

    @Test func theShapeIsThatOfTheWeightsOfEvidence() {
        func lasts(_ bins: [(Int64, Int64)], _ shape: BinShape) -> [Int] {
            let tallies = bins.map { BinTally(rows: $0, events: $1) }
            return OptimalBinning(
                tallies, of: tallies.reduce(BinTally(), +), Bounds(bins: 3, shape: shape)
            ).lasts
        }
        // Three rows without events count as half an event in four: riskier than one in a thousand.
        #expect(lasts([(5000, 8), (5000, 2), (3, 0)], .descending) == [0, 2])
        #expect(lasts([(5000, 2), (5000, 8), (3, 0)], .ascending) == [0, 1, 2])
    }

    @Test func halfARowIsHalfOfOneOfAverageWeight() {
        let whole = BinTally(rows: 1300, events: 130)
        let bin = WeightOfEvidence(BinTally(rows: 39, events: 0), of: whole, row: 1.3)
        #expect(abs(bin.value - log((0.65 / 130) / (39.65 / 1170))) < 1e-14)
        #expect(abs(bin.rate - 0.65 / 40.3) < 1e-16)
    }

    @Test func weightOfEvidenceByHand() {
        // 20 of 100 events and 380 of 900 others: ln((20/100) / (380/900)).
        let whole = BinTally(rows: 1000, events: 100)
        let bin = WeightOfEvidence(BinTally(rows: 400, events: 20), of: whole)
        #expect(abs(bin.value - log(0.2 / (380.0 / 900))) < 1e-15)
        #expect(abs(bin.information - (0.2 - 380.0 / 900) * bin.value) < 1e-15)
        // One class only: half a row to each.
        let pure = WeightOfEvidence(BinTally(rows: 30, events: 30), of: whole)
        #expect(abs(pure.value - log((30.5 / 100) / (0.5 / 900))) < 1e-14)
        let none = WeightOfEvidence(BinTally(), of: whole)
        #expect(none.value == 0 && none.information == 0)
    }

    // MARK: optbinning

    @Test func informationIsThatOfOptbinning() throws {
        let fixture = try fixture("optimal_binning")
        var shapes: Set<String> = []
        for problem in fixture["problems"]?.elements ?? [] {
            func number(_ key: String) -> Int { Int(problem[key]?.double ?? .nan) }
            guard case .string(let name)? = problem["shape"]?.content else { continue }
            shapes.insert(name)
            let tallies = zip(
                try #require(problem["rows"]).doubles, try #require(problem["events"]).doubles
            ).map { BinTally(rows: Int64($0), events: Int64($1)) }
            let whole = tallies.reduce(BinTally(), +)
            let found = OptimalBinning(
                tallies, of: whole,
                Bounds(
                    bins: number("bins"), rows: Int64(number("minimumRows")),
                    events: Int64(number("minimumEvents")), others: 1,
                    shape: try #require(BinShape(rawValue: name))))
            let information = try #require(problem["information"]).double
            #expect(abs(found.information - information) < 1e-9, "\(name)")
            let lasts = try #require(problem["lasts"]).doubles.map { Int($0) }
            #expect(found.lasts == lasts, "\(name)")
        }
        #expect(shapes.count == 6)
    }
}
