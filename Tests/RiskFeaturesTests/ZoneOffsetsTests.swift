import RiskColumns
import Testing

@testable import RiskFeatures

/// What clocks show, against the IANA time zone database's published transitions.
@Suite struct ZoneOffsetsTests {
    /// Local time as text, from UTC as text.
    static func clock(_ zone: String, _ utc: String) throws -> String {
        let zone = try #require(ZoneOffsets(zone))
        let time = Story.time(utc)
        return String(Timestamps.format(time + zone.offset(at: time)).dropLast())
    }

    @Test(arguments: [
        ("Asia/Shanghai", "2026-03-02T00:00:00Z", "2026-03-02T08:00:00"),
        // China had summer time from 1986 to 1991.
        ("Asia/Shanghai", "1988-07-01T00:00:00Z", "1988-07-01T09:00:00"),
        // New York: 2026-03-08 02:00 EST → 03:00 EDT, 2026-11-01 02:00 EDT → 01:00 EST.
        ("America/New_York", "2026-03-08T06:59:59Z", "2026-03-08T01:59:59"),
        ("America/New_York", "2026-03-08T07:00:00Z", "2026-03-08T03:00:00"),
        ("America/New_York", "2026-11-01T05:59:59Z", "2026-11-01T01:59:59"),
        ("America/New_York", "2026-11-01T06:00:00Z", "2026-11-01T01:00:00"),
        // Lord Howe moves by half an hour: +11 in summer, +10:30 in winter.
        ("Australia/Lord_Howe", "2026-04-04T14:59:59Z", "2026-04-05T01:59:59"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-05T01:30:00"),
        ("Australia/Lord_Howe", "2026-10-03T15:29:59Z", "2026-10-04T01:59:59"),
        ("Australia/Lord_Howe", "2026-10-03T15:30:00Z", "2026-10-04T02:30:00"),
        // Samoa had no 30 December 2011.
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T23:59:59"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T00:00:00"),
        // Before 1970, with a summer time of the war.
        ("America/New_York", "1943-01-15T12:00:00Z", "1943-01-15T08:00:00"),
        ("America/New_York", "1955-01-15T12:00:00Z", "1955-01-15T07:00:00"),
        ("Asia/Kolkata", "1969-12-31T23:00:00Z", "1970-01-01T04:30:00"),
        ("UTC", "1900-01-01T00:00:00Z", "1900-01-01T00:00:00"),
    ])
    func clocksShow(zone: String, utc: String, local: String) throws {
        #expect(try Self.clock(zone, utc) == local)
    }

    @Test(arguments: [
        ("UTC", "2026-03-02T12:00:00Z", 12, 1), ("UTC", "2026-03-08T23:59:59Z", 23, 7),
        ("Asia/Shanghai", "2026-03-01T16:00:00Z", 0, 1),
        ("America/New_York", "2026-03-02T04:59:59Z", 23, 7),
        ("UTC", "1969-12-31T23:59:59Z", 23, 3), ("UTC", "1970-01-01T00:00:00Z", 0, 4),
        ("UTC", "1900-01-01T00:00:00Z", 0, 1), ("UTC", "2199-12-31T23:00:00Z", 23, 2),
    ])
    func hourAndWeekday(zone: String, utc: String, hour: Int64, weekday: Int64) throws {
        let zone = try #require(ZoneOffsets(zone))
        #expect(zone.hour(of: Story.time(utc)) == hour)
        #expect(zone.weekday(of: Story.time(utc)) == weekday)
    }

    /// A log without offsets: the moment of a local time, at gaps as if clocks had not been moved, at
    /// folds the first of the two.
    @Test(arguments: [
        ("America/New_York", "2026-03-08T01:59:00Z", "2026-03-08T06:59:00Z"),
        ("America/New_York", "2026-03-08T02:30:00Z", "2026-03-08T07:30:00Z"),
        ("America/New_York", "2026-03-08T03:00:00Z", "2026-03-08T07:00:00Z"),
        ("America/New_York", "2026-11-01T00:59:00Z", "2026-11-01T04:59:00Z"),
        ("America/New_York", "2026-11-01T01:30:00Z", "2026-11-01T05:30:00Z"),
        ("America/New_York", "2026-11-01T02:00:00Z", "2026-11-01T07:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-05T01:45:00Z", "2026-04-04T14:45:00Z"),
        ("Australia/Lord_Howe", "2026-10-04T02:15:00Z", "2026-10-03T15:45:00Z"),
        ("Asia/Shanghai", "2026-03-02T00:00:00Z", "2026-03-01T16:00:00Z"),
        ("Pacific/Apia", "2011-12-31T00:00:00Z", "2011-12-30T10:00:00Z"),
    ])
    func momentsOfLocalTimes(zone: String, local: String, utc: String) throws {
        let zone = try #require(ZoneOffsets(zone))
        #expect(Timestamps.format(zone.moment(ofLocal: Story.time(local))) == utc)
    }

    /// Snapshots are taken at these: never twice, never backwards, in a gap when it begins.
    @Test(arguments: [
        ("America/New_York", "2026-03-08T02:00:00Z", "2026-03-08T07:00:00Z"),
        ("America/New_York", "2026-03-08T02:30:00Z", "2026-03-08T07:00:00Z"),
        ("America/New_York", "2026-03-08T03:10:00Z", "2026-03-08T07:10:00Z"),
        ("America/New_York", "2026-11-01T01:30:00Z", "2026-11-01T05:30:00Z"),
        // Beirut's clocks skip midnight: the day begins at one o'clock.
        ("Asia/Beirut", "2026-03-29T00:00:00Z", "2026-03-28T22:00:00Z"),
        ("Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T10:00:00Z"),
    ])
    func firstMomentsShowingALocalTime(zone: String, local: String, utc: String) throws {
        let zone = try #require(ZoneOffsets(zone))
        #expect(Timestamps.format(zone.firstMoment(showing: Story.time(local))) == utc)
    }

    @Test(arguments: [
        "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia",
    ])
    func firstMomentsNeverDecreaseAndEveryMomentIsFoundAgain(name: String) throws {
        let zone = try #require(ZoneOffsets(name))
        var random = CaseGenerator(state: 3)
        for _ in 0..<2000 {
            let time = Int64.random(in: Timestamps.earliest..<Timestamps.end, using: &random)
            let local = time + zone.offset(at: time)
            let moment = zone.moment(ofLocal: local)
            // In a fold the first moment is found; it shows the same.
            #expect(moment <= time)
            #expect(moment + zone.offset(at: moment) == local)
            let step = Int64.random(in: 1...2 * Timestamps.hour, using: &random)
            #expect(zone.firstMoment(showing: local) <= zone.firstMoment(showing: local + step))
        }
    }

    @Test(arguments: [
        "GMT", "Etc/UTC", "Asia/Kolkata", "Asia/Calcutta", "Europe/Kyiv", "US/Eastern",
    ])
    func oldAndNewNamesAreKnown(name: String) {
        #expect(ZoneOffsets(name)?.name == name)
    }

    @Test func unknownZonesAreNil() {
        for name in [
            "", "Mars/Olympus", "asia/shanghai", "+08:00", "GMT+8", "EST5EDT4", "../etc/passwd",
        ] {
            #expect(ZoneOffsets(name) == nil, "\(name)")
        }
    }
}
