import ModelCases
import RiskModel
import Testing

@testable import RiskModelExport

/// The parts that exports are made of, against their definitions.
@Suite struct PartsTests {
    /// The examples of protobuf.dev/programming-guides/encoding.
    @Test func wireFormatIsTheGuides() {
        var writer = ProtobufWriter()
        writer.add(1, 150)
        #expect(writer.bytes == [0x08, 0x96, 0x01])
        writer = ProtobufWriter()
        writer.add(2, "testing")
        #expect(writer.bytes == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67])
        writer = ProtobufWriter()
        writer.add(3) { $0.add(1, 150) }
        #expect(writer.bytes == [0x1a, 0x03, 0x08, 0x96, 0x01])
        writer = ProtobufWriter()
        writer.add(1, -2)
        #expect(writer.bytes == [0x08, 0xfe] + [UInt8](repeating: 0xff, count: 8) + [0x01])
        writer = ProtobufWriter()
        writer.add(16, 0)
        #expect(writer.bytes == [0x80, 0x01, 0x00])
    }

    @Test(arguments: [
        0.5, -0.3, 3.25, 1e-305, -1e305, 1e-6, -1, .leastNonzeroMagnitude, 1.7e308, 0, 0x1p-19,
    ])
    func linearTermsAreWhereTheRangeSaysSo(_ coefficient: Double) {
        let term = LinearTerm(
            feature: 0, coefficient: coefficient, missingUnits: 0, typicalUnits: 0)
        let range = LinearRange(term)
        let limit = Int64(LogOdds.linearLimit)
        #expect(term.units(of: range.zero) == 0)
        #expect(term.units(of: -range.zero) == 0)
        if range.zero.isFinite { #expect(term.units(of: range.zero.nextUp) != 0) }
        #expect(range.limit == (coefficient == 0 ? 0 : coefficient > 0 ? limit : -limit))
        if range.bound.isFinite {
            #expect(term.units(of: range.bound) == range.limit)
            #expect(term.units(of: -range.bound) == -range.limit)
            #expect(abs(term.units(of: range.bound.nextDown)) < limit)
        } else {
            #expect(abs(term.units(of: .greatestFiniteMagnitude)) < limit)
        }
    }

    @Test func pointStepsAreThePoints() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<30 {
            let model = AdditiveModel.random(using: &random)
            let steps = try #require(PointSteps(model))
            #expect(steps.values.count == steps.limits.count + 1)
            let range = model.attainableUnits
            var sums = (0..<200).map { _ in Int64.random(in: range, using: &random) }
            for limit in steps.limits { sums += [limit, limit + 1] }
            sums += [range.lowerBound, range.upperBound]
            for units in sums {
                let step = steps.limits.firstIndex { units <= $0 } ?? steps.limits.count
                let expected = model.scaling.points(
                    probability: model.calibration.probability(units: units))
                #expect(steps.values[step] == expected)
            }
        }
    }

    @Test func tooManyStepsAreNone() {
        var model = GoldenTests.model
        model.scaling.pointsToDoubleOdds = 1e6
        #expect(PointSteps(model) == nil)
    }

    static let doubles: [Double] = [
        0, -0.0, 1, -1, 0.1, 1 / 3.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
        .leastNormalMagnitude / 1024, .leastNormalMagnitude, 1e22, 1e23, 8.5e307,
        .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 123_456_789.12345679,
        9_007_199_254_740_992,
        9_007_199_254_740_994, 3.0000000000000004, 0.30000000000000004, 2.5e-8,
    ]

    @Test(arguments: SQLDialect.allCases)
    func literalsReadBackToTheSameBits(_ dialect: SQLDialect) throws {
        var random = SeededGenerator(seed: 9)
        let drawn = (0..<2000).map { _ in Double(bitPattern: random.next()) }.filter(\.isFinite)
        for value in Self.doubles + drawn {
            let text = dialect.real(value)
            let plain = text.trimmingPrefix("float8 '").filter { !"'D()".contains($0) }
            let read: Double
            if dialect == .sqlite {
                read = try #require(quotient(plain))
            } else {
                // DuckDB and Spark read a number without an exponent as a decimal.
                #expect(dialect == .postgresql || plain.contains("e"))
                read = try #require(Double(plain))
            }
            #expect(read == value, "\(text)")
        }
    }

    /// The value of a text such as -3.0/4.0/4.0: of whole numbers, each exact by itself.
    private func quotient(_ text: String) -> Double? {
        let sign = text.hasPrefix("-") ? -1.0 : 1.0
        let parts = text.drop { $0 == "-" }.split { "*/".contains($0) }.map { Double($0) }
        let isProduct = text.contains("*")
        guard let first = parts.first, var value = first, value <= 9_007_199_254_740_992 else {
            return nil
        }
        for part in parts.dropFirst() {
            guard let part, part <= 4_503_599_627_370_496 else { return nil }
            value = isProduct ? value * part : value / part
        }
        return sign * value
    }

    @Test(arguments: [
        (SQLDialect.postgresql, "a\"b`c'd\\", "\"a\"\"b`c'd\\\"", "E'a\"b`c\\'d\\\\'"),
        (.duckdb, "a\"b`c'd\\", "\"a\"\"b`c'd\\\"", "'a\"b`c''d\\'"),
        (.sqlite, "a\"b`c'd\\", "`a\"b``c'd\\`", "'a\"b`c''d\\'"),
        (.spark, "a\"b`c'd\\", "`a\"b``c'd\\`", "'a\"b`c\\'d\\\\'"),
        (.clickhouse, "a\"b`c'd\\", "`a\"b\\`c'd\\\\`", "'a\"b`c\\'d\\\\'"),
    ])
    func namesAndTextsStayWhatTheyAre(
        _ dialect: SQLDialect, _ name: String, _ identifier: String, _ text: String
    ) {
        #expect(dialect.identifier(name) == identifier)
        #expect(dialect.text(name) == text)
    }

    @Test(arguments: [
        ("card", "card"), ("int", "int"), ("7 days", "model7_days"), ("消费", "model__"),
        ("a-b*/c", "a_b__c"),
        ("", "model"), ("_x", "model_x"),
    ])
    func namesOfC(_ text: String, _ identifier: String) {
        #expect(CSource.identifier(text) == identifier)
    }

    @Test func textsOfC() {
        #expect(CSource.literal("a\"\\?\u{e9}\n1") == "\"a\\\"\\\\\\077\\303\\251\\0121\"")
        for value in Self.doubles {
            #expect(Double(CSource.hexadecimal(value)) == value)
        }
    }

    @Test func sumsAreNotDeep() {
        let sum = SQLDialect.sqlite.sum((0..<100_000).map(String.init))
        var depth = 0
        var deepest = 0
        for byte in sum.utf8 {
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") { depth -= 1 }
            deepest = max(deepest, depth)
        }
        #expect(depth == 0 && deepest <= 6)
    }
}
