import RiskColumns

/// What a date means to the subscribers.
struct WorldCalendar {
    /// Monday is 0.
    let weekday: Int
    /// People are at home: 1 to 3 January, 16 to 22 February, 1 to 5 May, 1 to 7 October.
    let isHoliday: Bool
    /// Gift cards and red envelopes: 24 December to 2 January, 9 to 16 February, 8 to 11 November.
    let inGiftSeason: Bool

    init(midnight: Int64) {
        let number = Timestamps.floorDivide(midnight, Timestamps.day).quotient
        weekday = Int((number + 3) % 7 + 7) % 7
        let date = String(Timestamps.format(midnight).dropFirst(5).prefix(5))
        isHoliday = [
            "01-01"..."01-03", "02-16"..."02-22", "05-01"..."05-05", "10-01"..."10-07",
        ].contains { $0.contains(date) }
        inGiftSeason = [
            "12-24"..."12-31", "01-01"..."01-02", "02-09"..."02-16", "11-08"..."11-11",
        ].contains { $0.contains(date) }
    }

    /// Whether offices are open.
    var isWorkday: Bool { weekday < 5 && !isHoliday }
}
