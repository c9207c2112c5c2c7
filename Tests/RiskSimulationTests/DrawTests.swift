import RiskColumns
import Testing

@testable import RiskSimulation

@Suite("Random draws")
struct DrawTests {
    static let count = 40_000

    static func moments(_ draw: (inout Draw) -> Double) -> (mean: Double, variance: Double) {
        var generator = Draw(SplitMix64(seed: 77))
        let values = (0..<count).map { _ in draw(&generator) }
        let mean = values.reduce(0, +) / Double(count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        return (mean, variance)
    }

    @Test("uniform numbers have mean 1/2 and variance 1/12")
    func uniform() {
        let found = Self.moments { $0.uniform() }
        #expect(abs(found.mean - 0.5) < 0.006)
        #expect(abs(found.variance - 1.0 / 12) < 0.003)
    }

    @Test("normal numbers have mean 0, variance 1 and the normal's share beyond 1, 2 and 3")
    func normal() {
        let found = Self.moments { $0.normal() }
        #expect(abs(found.mean) < 0.02)
        #expect(abs(found.variance - 1) < 0.03)
        for (bound, share) in [(1.0, 0.3173), (2, 0.0455), (3, 0.0027)] {
            let beyond = Self.moments { abs($0.normal()) > bound ? 1 : 0 }.mean
            #expect(
                abs(beyond - share) < 4 * (share / Double(Self.count)).squareRoot() + 0.01 * share)
        }
    }

    @Test("counts have the mean and the variance of Poisson's law", arguments: [0.3, 2, 9, 75])
    func poisson(_ mean: Double) {
        let found = Self.moments { Double($0.count(mean)) }
        let error = (mean / Double(Self.count)).squareRoot()
        #expect(abs(found.mean - mean) < 4 * error)
        #expect(abs(found.variance / mean - 1) < 0.06)
    }

    @Test("spread factors have mean 1")
    func spread() {
        #expect(abs(Self.moments { $0.spread(0.5) }.mean - 1) < 0.015)
    }

    @Test("weights are the shares of their places")
    func weights() {
        let weights = cumulative([1, 0, 3])
        #expect(weights == [1, 1, 4])
        let places = [0, 1, 2].map { place in
            Self.moments { $0.place(cumulative: weights) == place ? 1 : 0 }.mean
        }
        #expect(abs(places[0] - 0.25) < 0.01)
        #expect(places[1] == 0)
    }

    @Test("whole numbers of a range reach both ends")
    func integers() {
        var draw = Draw(SplitMix64(seed: 1))
        #expect(Set((0..<200).map { _ in draw.integer(3...6) }) == [3, 4, 5, 6])
    }
}
