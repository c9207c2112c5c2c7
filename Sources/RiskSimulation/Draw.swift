import CRiskKernels
import RiskColumns

/// Random numbers of the shapes that a world needs, the same on every machine.
///
/// Everything comes from 64-bit integers of SplitMix64 by integer operations, by the four
/// operations on doubles that IEEE 754 fixes to the bit, and by `rk_exp_f64`, which is made of
/// those. There is no libm in it, whose last digits depend on the machine.
struct Draw {
    private var generator: SplitMix64

    init(_ generator: SplitMix64) { self.generator = generator }

    /// A generator whose numbers have nothing to do with this one's.
    mutating func child() -> SplitMix64 {
        let number = generator.next()
        return generator.child(number)
    }

    /// A number in [0, 1), a multiple of 2^-53.
    mutating func uniform() -> Double { Double(generator.next() >> 11) * 0x1p-53 }

    /// A number of a range.
    mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + uniform() * (range.upperBound - range.lowerBound)
    }

    /// A whole number of a range.
    mutating func integer(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + generator.below(range.count)
    }

    /// A whole number in 0..<bound.
    mutating func below(_ bound: Int) -> Int { generator.below(bound) }

    /// True with this probability.
    mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

    /// A number of mean 0 and variance 1 that is close to normally distributed.
    ///
    /// The count of ones among 64 random bits is binomial; a uniform number fills the gaps between
    /// its steps. Within four deviations the tails agree with the normal's to a third; nothing is
    /// beyond 8.1.
    mutating func normal() -> Double {
        let ones = Double(generator.next().nonzeroBitCount)
        return (ones - 32.5 + uniform()) / 4.010_402_722_653_142
    }

    /// A factor with mean 1, log-normally distributed.
    mutating func spread(_ sigma: Double) -> Double {
        rk_exp_f64(sigma * normal() - sigma * sigma / 2)
    }

    /// A count with this mean, by Poisson's law (the product method); for means below about 30.
    mutating func poisson(_ mean: Double) -> Int {
        let limit = rk_exp_f64(-mean)
        var product = uniform()
        var count = 0
        while product > limit {
            product *= uniform()
            count += 1
        }
        return count
    }

    /// A place in a list of cumulative weights whose last one is the total.
    mutating func place(cumulative weights: [Int]) -> Int {
        let drawn = generator.below(weights[weights.count - 1])
        var place = 0
        while weights[place] <= drawn { place += 1 }
        return place
    }
}
