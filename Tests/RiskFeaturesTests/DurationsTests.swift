import RiskColumns
import Testing

@testable import RiskFeatures

@Suite struct DurationsTests {
    @Test(arguments: [
        ("1s", 1_000_000), ("90s", 90_000_000), ("10m", 600_000_000), ("12h", 43_200_000_000),
        ("1d", 86_400_000_000), ("2w", 1_209_600_000_000), ("007d", 604_800_000_000),
        ("3660d", 316_224_000_000_000), ("522w", 315_705_600_000_000),
    ])
    func spansAreRead(text: String, microseconds: Int64) {
        #expect(Durations.parse(text) == microseconds)
    }

    @Test(arguments: [
        "", "s", "5", "0s", "0d", "-1d", "+1d", "1.5h", "1 d", " 1d", "1d ", "1D", "1y", "1ms",
        "3661d", "523w", "9223372036854775807w", "99999999999999999999d", "١d", "1\u{301}d", "d1",
        "1h30m",
    ])
    func othersAreNot(text: String) {
        #expect(Durations.parse(text) == nil)
    }

    @Test(arguments: ["1s", "90s", "10m", "36h", "7d", "45d"])
    func spansAreWrittenInTheLargestUnitThatDividesThem(text: String) throws {
        #expect(Durations.format(try #require(Durations.parse(text))) == text)
    }

    @Test func unitsThatDivideAreMerged() throws {
        #expect(Durations.format(try #require(Durations.parse("2w"))) == "14d")
        #expect(Durations.format(try #require(Durations.parse("48h"))) == "2d")
        #expect(Durations.format(1_500_000) == "1.5s")
    }
}

/// Doubles as integers of the same order, which is how minima and maxima of them are kept.
@Suite struct OrderedNumberTests {
    static let rising: [Double] = [
        -.infinity, -.greatestFiniteMagnitude, -1e300, -1.5, -1, -Double.leastNonzeroMagnitude,
        -0.0, 0.0, .leastNonzeroMagnitude,
        .leastNormalMagnitude, 1, 1.0.nextUp, 2.5, 1e300, .greatestFiniteMagnitude, .infinity,
    ]

    static func encode(_ value: Double) -> Int64 {
        OrderedNumber.encode(bits: Int64(bitPattern: value.bitPattern))
    }

    @Test func theOrderIsKept() {
        for (a, b) in zip(Self.rising, Self.rising.dropFirst()) {
            #expect(Self.encode(a) < Self.encode(b), "\(a) and \(b)")
        }
    }

    @Test func everyNumberIsFoundAgain() {
        var random = CaseGenerator(state: 9)
        let drawn = (0..<1000).map { _ in Double(bitPattern: random.next()) }.filter { !$0.isNaN }
        for value in Self.rising + drawn {
            #expect(OrderedNumber.decode(Self.encode(value)).bitPattern == value.bitPattern)
        }
    }

    @Test func whatIsNoNumberIsSkipped() {
        #expect(Self.encode(.nan) == SourcePlan.missing)
        #expect(Self.encode(-.nan) == SourcePlan.missing)
        #expect(Self.encode(.signalingNaN) == SourcePlan.missing)
        #expect(Self.rising.allSatisfy { Self.encode($0) != SourcePlan.missing })
    }
}
