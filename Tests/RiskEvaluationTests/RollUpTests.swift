import RiskEvaluation
import Testing

/// Four shops and an account that was ordered at none, worked out by hand:
///
/// | shop | accounts | probabilities | expected | from 0.5 on | excess over 0.1 | (expected + 20 × 0.1) / (n + 20) |
/// | --- | --- | --- | --- | --- | --- | --- |
/// | lone | 1 | 0.9 | 0.9 | 1 | 0.8 | 2.9 / 21 = 0.138… |
/// | gang | 10 | 4 × 0.5, 6 × 0.125 | 2.75 | 4 | 1.75 | 4.75 / 30 = 0.158… |
/// | large | 40 | 40 × 0.03125 | 1.25 | 0 | −2.75 | 3.25 / 60 = 0.054… |
/// | small | 2 | 2 × 0.03125 | 0.0625 | 0 | −0.1375 | 2.0625 / 22 = 0.09375 |
/// | none | 1 | 0.4375 | | | | |
///
/// 5.4 expected of 54 accounts: 0.1 is the base.
@Suite("Roll-ups: scores of accounts as a list of shops")
struct RollUpTests {
    static let rows: [(String?, Double)] =
        [("lone", 0.9), (nil, 0.4375)] + Array(repeating: ("gang", 0.5), count: 4)
        + Array(repeating: ("large", 0.03125), count: 40)
        + Array(repeating: ("gang", 0.125), count: 6)
        + Array(repeating: ("small", 0.03125), count: 2)

    static func rolled(
        _ rows: [(String?, Double)] = rows, prior: Double = 20
    ) throws -> RollUp {
        try rollUp(
            probabilities: rows.map(\.1), groups: rows.map(\.0), above: 0.5, prior: prior)
    }

    @Test("the table above: expected, share above the bound, excess over the base")
    func table() throws {
        let found = try Self.rolled()
        #expect(found.entities == 54)
        // 0.9 is no multiple of 2^-32: sums are good to 2^-33 a row.
        #expect(abs(found.base - 0.1) < 1e-9)
        let expected: [(String, Int, Double, Int, Double, Double)] = [
            ("gang", 10, 2.75, 4, 1.75, 4.75 / 30), ("lone", 1, 0.9, 1, 0.8, 2.9 / 21),
            ("small", 2, 0.0625, 0, -0.1375, 2.0625 / 22), ("large", 40, 1.25, 0, -2.75, 3.25 / 60),
        ]
        #expect(found.groups.map(\.name) == expected.map(\.0))
        for (group, want) in zip(found.groups, expected) {
            #expect(group.entities == want.1 && group.above == want.3, "\(want.0)")
            #expect(abs(group.expected - want.2) < 1e-9, "\(want.0)")
            #expect(abs(group.excess - want.4) < 1e-8, "\(want.0)")
            #expect(abs(group.shrunkenRate - want.5) < 1e-9, "\(want.0)")
            #expect(abs(group.aboveShare - Double(want.3) / Double(want.1)) < 1e-12)
        }
    }

    @Test("a shop of one account is not first by luck, as it is by the bare rate")
    func luck() throws {
        #expect(try Self.rolled(prior: 0).groups.map(\.name).prefix(2) == ["lone", "gang"])
        #expect(try Self.rolled().groups.map(\.name).prefix(2) == ["gang", "lone"])
    }

    @Test("the interval is Wilson's, and narrows with accounts: 2.75 of 10 by its formula")
    func interval() throws {
        let gang = try Self.rolled().groups[0].interval
        // (0.275 + z²/20 ± z √(0.275·0.725/10 + z²/400)) / (1 + z²/10), z = 1.959964.
        #expect(abs(gang.lowerBound - 0.094_067_7) < 1e-6)
        #expect(abs(gang.upperBound - 0.580_822_1) < 1e-6)
        let lone = try Self.rolled().groups[1].interval
        #expect(lone.upperBound - lone.lowerBound > gang.upperBound - gang.lowerBound)
    }

    @Test("the order of the accounts changes no bit")
    func order() throws {
        let first = try Self.rolled()
        for turn in [1, 7, 23, 41] {
            let turned = Array(Self.rows[turn...] + Self.rows[..<turn])
            #expect(try Self.rolled(turned) == first)
            #expect(try Self.rolled(turned.reversed()) == first)
        }
        let thirds = (0..<50).map { ("\($0 % 3)", Double($0) / 97) as (String?, Double) }
        #expect(try Self.rolled(thirds.reversed()) == Self.rolled(thirds))
    }

    @Test("of equal groups the one whose name comes first")
    func ties() throws {
        let found = try Self.rolled([("b", 0.25), ("c", 0.25), ("a", 0.25)])
        #expect(found.groups.map(\.name) == ["a", "b", "c"])
        #expect(found.groups.allSatisfy { $0.excess == 0 })
    }

    @Test("what cannot be rolled up is refused")
    func refused() {
        #expect(throws: EvaluationError.noRows) { try Self.rolled([]) }
        #expect(throws: EvaluationError.notAProbability(row: 0, value: 1.5)) {
            try Self.rolled([("a", 1.5)])
        }
        #expect(throws: EvaluationError.self) { try Self.rolled(prior: -1) }
        #expect(throws: EvaluationError.self) {
            try rollUp(probabilities: [0.5], groups: ["a", "b"], above: 0.5, prior: 1)
        }
        #expect(throws: EvaluationError.self) {
            try rollUp(probabilities: [0.5], groups: ["a"], above: 2, prior: 1)
        }
    }
}
