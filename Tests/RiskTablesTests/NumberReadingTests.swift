import RiskColumns
import Testing

@testable import RiskTables

@Suite("Numbers: the double nearest to the text")
struct NumberReadingTests {
    func read(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBufferPointer { try? NumberReading.double($0) }
    }

    @Test(
        "what is a number",
        arguments: ["0", "-0", "1.", ".5", "+1", "1e3", "1E-3", "1.5e+3", "007"])
    func accepted(_ text: String) {
        #expect(read(text)?.bitPattern == Double(text)?.bitPattern)
    }

    @Test(
        "what is none",
        arguments: [
            "", ".", "-", "+", "e3", "1e", "1e+", "1.2.3", "1,5", " 1", "1 ", "0x1p3", "--1",
            "1e3x",
            "nan", "NaN", "infinity", "Inf", "INF", "in", "inff", "1_0", "٣", "1\0",
        ])
    func refused(_ text: String) {
        #expect(read(text) == nil)
    }

    @Test("infinity has one word, and a number beyond the doubles is not infinity")
    func infinity() {
        #expect(read("inf") == .infinity)
        #expect(read("-inf") == -.infinity)
        #expect(read("+inf") == .infinity)
        #expect(read("1e309") == nil)
        #expect(read("1e99999999999999999999") == nil)
        #expect(read("1.7976931348623157e308") == Double.greatestFiniteMagnitude)
        #expect(read("1.7976931348623159e308") == nil)
        #expect(read("1e-400") == 0)
        #expect(read("4.9e-324") == Double.leastNonzeroMagnitude)
        #expect(read(String(repeating: "1", count: 401)) == nil)
    }

    @Test("ties and near ties, where a second rounding would show")
    func ties() {
        for text in [
            "9007199254740993", "9007199254740995", "9007199254740992.5",
            "0.500000000000000166533453694",
            "1.00000000000000011102230246251565", "2.2250738585072011e-308",
            "0.1000000000000000055",
            "8.5889346079999", "123456789012345678", "1234567890123456789", "9999999999999999999",
            "18446744073709551615", "18446744073709551616", "0.0000000000000000001",
            "1.8446744073709551615", "5e-324", "9007199254740993e-22", "9007199254740993e22",
        ] {
            #expect(read(text) == Double(text), "\(text)")
        }
    }

    @Test("agrees with the standard library on the shortest form of any double")
    func shortest() {
        var generator = SeededGenerator(seed: 1)
        for index in 0..<40_000 {
            let bits = Double(bitPattern: generator.next())
            let unit = Double.random(in: 0..<1, using: &generator)
            let value = index % 2 == 0 ? bits : unit
            guard value.isFinite else { continue }
            #expect(read(value.description)?.bitPattern == value.bitPattern)
        }
    }

    @Test("agrees with the standard library on random digits, points and exponents")
    func random() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<40_000 {
            let whole = Int.random(in: 0...22, using: &generator)
            let fraction = Int.random(in: whole == 0 ? 1...1 : 0...22, using: &generator)
            func digits(_ count: Int) -> String {
                (0..<count).map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
            }
            var text = digits(whole)
            if fraction > 0 { text += "." + digits(fraction) }
            if Bool.random(using: &generator) {
                text += "e\(Int.random(in: -40...40, using: &generator))"
            }
            if Bool.random(using: &generator) { text = "-" + text }
            #expect(read(text)?.bitPattern == Double(text)?.bitPattern, "\(text)")
        }
    }

    @Test("what is written reads back to the last bit, and whole numbers have no point")
    func written() {
        func written(_ value: Double) -> String { stored { NumberWriting.double(value, at: $0) } }
        #expect(
            [0, -0.0, 1, -7, 0.1, 1e15, 1e300, .infinity, -.infinity].map(written)
                == ["0", "-0", "1", "-7", "0.1", "1000000000000000", "1e+300", "inf", "-inf"])
        var generator = SeededGenerator(seed: 3)
        for index in 0..<20_000 {
            let bits = Double(bitPattern: generator.next())
            let value = index % 2 == 0 ? bits : bits.rounded()
            guard !value.isNaN else { continue }
            #expect(read(written(value))?.bitPattern == value.bitPattern)
        }
    }

    @Test("UTF-8 is told as the standard library tells it")
    func utf8() {
        var generator = SeededGenerator(seed: 4)
        let pieces: [[UInt8]] = [
            [0x61], [0xC3, 0xA9], [0xE5, 0xBC, 0xA0], [0xF0, 0x9F, 0x99, 0x82], [0xED, 0x9F, 0xBF],
            [0xF4, 0x8F, 0xBF, 0xBF], [0xE0, 0xA0, 0x80],
        ]
        for _ in 0..<20_000 {
            var bytes = (0..<4).flatMap { _ in pieces.randomElement(using: &generator)! }
            if Bool.random(using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
                    UInt8.random(in: 0...255, using: &generator)
            }
            if Int.random(in: 0..<4, using: &generator) == 0 { bytes.removeLast() }
            let expected = String(validating: bytes, as: UTF8.self) != nil
            #expect(bytes.withUnsafeBufferPointer { UTF8Text.isValid($0) } == expected, "\(bytes)")
        }
    }
}
