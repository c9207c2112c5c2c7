import RiskColumns
import Testing

@testable import RiskTables

/// The oracle is the standard library: its `description` is the shortest text that reads back as the
/// same double, and of those the nearest to it. Whole numbers up to 2^53 have no ".0" here.
@Suite("Doubles as text")
struct DoubleWritingTests {
    /// The values whose text is not the standard library's.
    static func wrong(_ values: some Sequence<Double>) -> [Double] {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: NumberWriting.longest) { space in
            let start = space.baseAddress!
            return values.filter { value in
                let end = NumberWriting.double(value, at: start)
                var expected = value.description
                if value.magnitude <= 0x1p53, expected.hasSuffix(".0") { expected.removeLast(2) }
                if value.magnitude == 0x1p53 { expected = "9007199254740992" }
                if value == -0x1p53 { expected = "-9007199254740992" }
                return expected.withUTF8 { expected in
                    !expected.elementsEqual(UnsafeBufferPointer(start: start, count: end - start))
                }
            }
        }
    }

    /// The exponents, with their bias, of all that is written without the standard library, and some
    /// on either side.
    static let exponents = UInt64(1005)...1080

    @Test("any bits")
    func random() {
        var generator = SeededGenerator(seed: 11)
        let values = (0..<250_000).map { _ in Double(bitPattern: generator.next()) }
        #expect(Self.wrong(values.filter { !$0.isNaN }) == [])
    }

    @Test("any significand, exponent for exponent", arguments: [UInt64(12), 13])
    func exponents(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for exponent in Self.exponents {
            let values = (0..<6_000).map { index -> Double in
                // Every other one has few bits: there the ties are.
                let fraction = generator.next() >> 12
                let zeros = index % 2 == 0 ? 0 : UInt64.random(in: 0..<52, using: &generator)
                return Double(bitPattern: exponent << 52 | (fraction >> zeros) << zeros)
            }
            #expect(Self.wrong(values) == [])
        }
    }

    @Test("powers of two and their neighbours, where the interval is not symmetric")
    func powersOfTwo() {
        let values = Self.exponents.flatMap { exponent -> [Double] in
            let power = Double(bitPattern: exponent << 52)
            return [power, power.nextUp, power.nextDown, -power, power.nextUp.nextUp]
                + (0..<52).map { Double(bitPattern: exponent << 52 | 1 << $0) }
        }
        #expect(Self.wrong(values) == [])
    }

    @Test("short decimals and their neighbours", arguments: 0...15)
    func decimals(_ places: Int) {
        var generator = SeededGenerator(seed: 14 + UInt64(places))
        let power = Double((0..<places).reduce(1) { power, _ in power * 10 })
        let values = (0..<15_000).flatMap { _ -> [Double] in
            let bound = UInt64.random(in: 1..<1_000_000_000_000_000, using: &generator)
            let digits = UInt64.random(in: 0..<bound, using: &generator)
            let value = Double(digits) / power
            return [value, -value, value.nextUp, value.nextDown]
        }
        #expect(Self.wrong(values) == [])
    }

    @Test("means and shares: a whole number of cents over a count")
    func ratios() {
        var generator = SeededGenerator(seed: 40)
        let values = (0..<300_000).map { _ in
            Double(Int.random(in: -10_000_000...10_000_000, using: &generator)) / 100
                / Double(Int.random(in: 1...5_000, using: &generator))
        }
        #expect(Self.wrong(values) == [])
    }

    @Test("the edges of each way")
    func edges() {
        let edges = [
            1e-4, 1e-5, 0.1, 1e11, 1e15, 1e16, 0x1p53, 0x1p52, 1e22, .leastNonzeroMagnitude,
            .leastNormalMagnitude, .greatestFiniteMagnitude, .pi, 1 / 3, 2 / 3, 99_999_999_999.9999,
            99_999_999_999.99999, 0.00010001, 4_503_599_627_370_497.5, 562_949_953_421_312.25,
        ]
        let values = edges.flatMap { [$0, -$0, $0.nextUp, $0.nextDown, -$0.nextUp] }
        #expect(Self.wrong(values + [.infinity, -.infinity, 0, -0.0]) == [])
    }
}
