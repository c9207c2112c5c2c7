import RiskColumns

extension CardMisuseWorld {
    /// Where somebody is away to.
    struct Trip {
        let town: Int
        /// On the amounts.
        let multiple: Double
    }

    /// The trip that a customer is on. In each slot of 60 days one trip may begin, of 3 to 14 days;
    /// it may reach into the next slot.
    func trip(of customer: Int, on day: Int) -> Trip? {
        let slot = (day + 60) / 60
        for slot in [slot, slot - 1] {
            var draw = draw(.trip, customer, slot)
            let chance = customers[customer].traits.contains(.traveller) ? 0.5 : 0.22
            guard draw.chance(chance) else { continue }
            let first = (slot - 1) * 60 + draw.below(60)
            guard (first..<first + draw.integer(3...14)).contains(day) else { continue }
            return Trip(town: draw.below(town.count), multiple: draw.uniform(1...2.2))
        }
        return nil
    }
}

/// What a date means to shoppers.
struct Calendar {
    /// Monday is 0.
    let weekday: Int
    /// 20 November to 24 December, 8 to 11 November and 16 to 18 June.
    let inGiftSeason: Bool

    init(midnight: Int64) {
        let number = midnight / Timestamps.day - (midnight % Timestamps.day < 0 ? 1 : 0)
        // 1970-01-01 was a Thursday.
        weekday = Int((number + 3) % 7 + 7) % 7
        let text = Timestamps.format(midnight)
        let monthAndDay = String(text.dropFirst(5).prefix(5))
        inGiftSeason =
            ("11-20"..."12-24").contains(monthAndDay) || ("11-08"..."11-11").contains(monthAndDay)
            || ("06-16"..."06-18").contains(monthAndDay)
    }
}
