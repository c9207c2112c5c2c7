@testable import RiskColumns
import Testing

@Suite("Timestamps: text to microseconds UTC and back")
struct TimestampsTests {
    /// Made with: python3 -c "from datetime import *; print(int(datetime.fromisoformat('…').replace(
    /// tzinfo=timezone.utc).timestamp() * 1e6))"
    static let known: [(text: String, microseconds: Int64)] = [
        ("1970-01-01T00:00:00Z", 0),
        ("1900-01-01", -2_208_988_800_000_000),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("2000-02-29T12:00:00Z", 951_825_600_000_000),
        ("2018-04-01 00:00:31", 1_522_540_831_000_000),
        ("2018-04-01T00:00", 1_522_540_800_000_000),
        ("2100-03-01T00:00:00Z", 4_107_542_400_000_000),
        ("2199-12-31T23:59:59.999999Z", 7_258_118_399_999_999),
    ]

    @Test("known times", arguments: known)
    func knownTimes(_ text: String, _ microseconds: Int64) {
        #expect(Timestamps.parse(text)?.microseconds == microseconds)
    }

    @Test(
        "offsets are taken off, and only a text without one is local",
        arguments: [
            ("2018-04-01T08:00:00+08:00", 1_522_540_800_000_000, false),
            ("2018-04-01T08:00:00+0800", 1_522_540_800_000_000, false),
            ("2018-04-01T08:00:00+08", 1_522_540_800_000_000, false),
            ("2018-03-31T18:30:00-05:30", 1_522_540_800_000_000, false),
            ("2018-04-01T00:00:00z", 1_522_540_800_000_000, false),
            ("2018-04-01t00:00:00", 1_522_540_800_000_000, true),
            ("2018-04-01", 1_522_540_800_000_000, true),
        ] as [(String, Int64, Bool)])
    func offsets(_ text: String, _ microseconds: Int64, _ isLocal: Bool) {
        #expect(
            Timestamps.parse(text)
                == Timestamps.Reading(microseconds: microseconds, isLocal: isLocal))
    }

    @Test(
        "up to nine digits behind the point, those past the sixth zero",
        arguments: [
            ("2018-04-01T00:00:00.5", 500_000), ("2018-04-01T00:00:00,25", 250_000),
            ("2018-04-01T00:00:00.000001", 1), ("2018-04-01T00:00:00.123456000", 123_456),
        ] as [(String, Int64)])
    func fractions(_ text: String, _ fraction: Int64) {
        #expect(Timestamps.parse(text)?.microseconds == 1_522_540_800_000_000 + fraction)
    }

    @Test(
        "what is no time",
        arguments: [
            "", "2018", "2018-04", "2018-4-1", "2018-02-29", "1900-02-29", "2018-04-31",
            "2018-13-01", "2018-00-01", "2018-01-00", "2018-04-01T24:00:00", "2018-04-01T00:60:00",
            "2018-04-01T00:00:60", "2018-04-01T00", "2018-04-01T", "2018-04-01T00:00:00.",
            "2018-04-01T00:00:00.1234567", "2018-04-01T00:00:00.0000000000",
            "2018-04-01T00:00:00+24:00", "2018-04-01T00:00:00+08:60", "2018-04-01T00:00:00+8",
            "2018-04-01T00:00:00 Z", " 2018-04-01", "2018-04-01 ", "2018/04/01", "01.04.2018",
            "1899-12-31T23:59:59Z", "2200-01-01", "1899-12-31T23:00:00-00:30",
            "2018-04-01T00:00:00Zx", "20180401", "２０１８-04-01",
        ])
    func refused(_ text: String) {
        #expect(Timestamps.parse(text) == nil)
    }

    @Test("1900 and 2100 are no leap years, 2000 is")
    func leapYears() {
        #expect(Timestamps.parse("2000-02-29") != nil)
        #expect(Timestamps.parse("2100-02-29") == nil)
        #expect(Timestamps.parse("2104-02-29") != nil)
    }

    @Test("every day from 1900 to 2199 is a day after the one before it, and reads back")
    func everyDay() {
        var time = Timestamps.earliest
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        for year in 1900..<2200 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for month in 1...12 {
                for day in 1...lengths[month - 1] + (isLeap && month == 2 ? 1 : 0) {
                    #expect(Timestamps.microseconds(year: year, month: month, day: day) == time)
                    if day == 1 {
                        #expect(Timestamps.parse(Timestamps.format(time))?.microseconds == time)
                    }
                    time += Timestamps.day
                }
            }
        }
        #expect(time == Timestamps.end)
    }

    @Test("what is formatted reads back to the microsecond")
    func roundTrip() {
        var state: UInt64 = 7
        for _ in 0..<2_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let span = UInt64(Timestamps.end - Timestamps.earliest)
            let time = Timestamps.earliest + Int64((state >> 3) % span)
            let text = Timestamps.format(time)
            #expect(
                Timestamps.parse(text) == Timestamps.Reading(microseconds: time, isLocal: false))
        }
    }

    @Test("division rounds down, before the epoch too")
    func floorDivision() {
        #expect(Timestamps.floorDivide(7, 3) == (2, 1))
        #expect(Timestamps.floorDivide(-7, 3) == (-3, 2))
        #expect(Timestamps.floorDivide(-6, 3) == (-2, 0))
        #expect(Timestamps.format(-1) == "1969-12-31T23:59:59.999999Z")
    }
}
