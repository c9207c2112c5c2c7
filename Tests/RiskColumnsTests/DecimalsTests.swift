import RiskColumns
import Testing

@Suite("Decimals: text to scaled integers, exactly")
struct DecimalsTests {
    func parse(
        _ text: String, _ scale: Int, rounding: Bool = false
    ) -> Result<Int64, Decimals.Failure> {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBufferPointer { bytes in
            do throws(Decimals.Failure) {
                return .success(try Decimals.parse(bytes, scale: scale, rounding: rounding))
            } catch {
                return .failure(error)
            }
        }
    }

    @Test(
        "what a text is worth",
        arguments: [
            ("12.30", 2, 1230), ("12.3", 2, 1230), ("12", 2, 1200), ("+12.", 2, 1200),
            (".5", 2, 50), ("-.05", 2, -5), ("-0", 2, 0), ("0012.30", 2, 1230),
            ("12.3000", 2, 1230), ("7", 0, 7), ("7.000", 0, 7), ("0.000000001", 9, 1),
            ("9999999999999.99", 2, 999_999_999_999_999),
            ("-999999999999999", 0, -999_999_999_999_999),
        ] as [(String, Int, Int64)])
    func values(_ text: String, _ scale: Int, _ units: Int64) {
        #expect(parse(text, scale) == .success(units))
    }

    @Test(
        "what is refused, and why",
        arguments: [
            ("", 2, .malformed), (".", 2, .malformed), ("-", 2, .malformed),
            ("1.2.3", 2, .malformed),
            ("1e3", 2, .malformed), (" 1", 2, .malformed), ("1 ", 2, .malformed),
            ("1,5", 2, .malformed), ("--1", 2, .malformed), ("0x1", 2, .malformed),
            ("1.234", 2, .tooManyDigits), ("1.2300001", 2, .tooManyDigits),
            ("10000000000000.00", 2, .tooLarge), ("1000000000000000", 0, .tooLarge),
            ("99999999999999999999999999", 0, .tooLarge),
            // Right in itself until a wrong character comes, however long the text.
            ("1.23x", 2, .malformed), ("1.230000000000000000000000000x", 2, .malformed),
        ] as [(String, Int, Decimals.Failure)])
    func refused(_ text: String, _ scale: Int, _ failure: Decimals.Failure) {
        #expect(parse(text, scale) == .failure(failure))
    }

    @Test(
        "rounding, where it is asked for, goes to the nearest unit and from its half away from zero",
        arguments: [
            ("85.64999999999999", 2, 8565), ("87.69999999999999", 2, 8770),
            ("83.10000000000001", 2, 8310), ("1.005", 2, 101), ("-1.005", 2, -101),
            ("1.00499999", 2, 100), ("0.5", 0, 1), ("0.4999", 0, 0), ("9.999", 2, 1000),
            ("12.30", 2, 1230), ("12.3", 2, 1230),
        ] as [(String, Int, Int64)])
    func rounding(_ text: String, _ scale: Int, _ units: Int64) {
        #expect(parse(text, scale, rounding: true) == .success(units))
    }

    @Test("rounding does not lead past the largest decimal, nor past a wrong character")
    func roundingBounds() {
        #expect(parse("9999999999999.995", 2, rounding: true) == .failure(.tooLarge))
        #expect(parse("1.005x", 2, rounding: true) == .failure(.malformed))
    }

    @Test("any units at any scale read back from their digits")
    func roundTrip() {
        var state: UInt64 = 3
        for _ in 0..<2_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let units = Int64(state >> 13) % (Decimals.largest + 1)
            let scale = Int(state % 10)
            var digits = String(units)
            digits = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
            let text = "\(digits.dropLast(scale)).\(digits.suffix(scale))"
            #expect(parse(text, scale) == .success(units))
            #expect(parse("-" + text, scale) == .success(-units))
        }
    }
}
