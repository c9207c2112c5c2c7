import RiskColumns

/// Where somebody is, and by which connection they log in.
struct Whereabouts {
    var device: Int32
    var ip: UInt32
}

extension WorldDay {
    /// The day of an honest subscriber, if the card is activated by then.
    mutating func live(_ index: Int) {
        let who = world.population.subscribers[index]
        if Int(who.activated) > day { return }
        if Int(who.activated) == day { activateHonest(index, who) }
        var draw = world.draw(.day, index, day)
        let away = trip(of: index, who, &draw)
        // A card that was sold is in somebody else's hands; the account stays.
        let season = who.traits.contains(.seasonal) ? world.population.seasons[Int32(index)] : nil
        if Int(world.plans.soldDay[index]) > day, season?.silent.contains(day) != true {
            talk(index, who, away: away, &draw)
            if let season, season.work.contains(day) { work(index, season, who) }
        }
        if who.logins == 0 { return }
        for _ in 0..<draw.poisson(Double(who.logins)) {
            let second = second(who.rhythm, &draw)
            let place = whereabouts(index, who, second, away: away, &draw)
            logIn(index, second, seen(place, of: index, at: second), &draw)
        }
        retryOldPassword(index, who)
        shop(index, who, away: away, &draw)
    }

    /// The region that somebody is away in, -1 at home. In each slot of 60 days one trip may begin,
    /// of 2 to 12 days; more around holidays.
    private func trip(of index: Int, _ who: Subscriber, _ draw: inout Draw) -> Int {
        for slot in [day / 60, day / 60 - 1] {
            var own = world.draw(.trip, index, slot)
            guard own.chance(who.traits.contains(.traveller) ? 0.5 : 0.15) else { continue }
            let first = slot * 60 + own.below(60)
            if (first..<first + own.integer(2...12)).contains(day) {
                return world.population.anyRegion(&own)
            }
        }
        return -1
    }

    /// Device and address of an act.
    func whereabouts(
        _ index: Int, _ who: Subscriber, _ second: Int32, away: Int, _ draw: inout Draw
    ) -> Whereabouts {
        let hour = Int(second) / 3600
        let household = world.population.households[Int(who.household)]
        let usesOther = who.other >= 0 && draw.chance(hour >= 18 || hour < 1 ? 0.4 : 0.15)
        var device = usesOther ? who.other : who.phone(on: day)
        // Somebody else's device: a friend's, one in a café.
        if draw.chance(0.004) {
            device =
                world.population.subscribers[draw.below(world.population.subscribers.count)]
                .phone
        }
        let plan = world.addresses
        if who.traits.contains(.vpn), draw.chance(0.5) {
            return Whereabouts(device: device, ip: plan.vpn(index * 7 + day / 3))
        }
        let region = away >= 0 ? away : Int(household.region)
        let mobile = plan.gateway(region: region, of: index, hour: day * 24 + hour)
        if away >= 0 {
            // A hotel's network is a company's.
            let hotel = draw.below(world.population.companies.count)
            return Whereabouts(device: device, ip: draw.chance(0.3) ? plan.company(hotel) : mobile)
        }
        if who.company >= 0, calendar.isWorkday, (9..<18).contains(hour), draw.chance(0.6) {
            return Whereabouts(device: device, ip: plan.company(Int(who.company)))
        }
        if household.isDormitory, draw.chance(0.75) {
            return Whereabouts(device: device, ip: plan.dormitory(Int(who.household)))
        }
        if household.line >= 0, draw.chance(usesOther ? 0.97 : 0.65) {
            return Whereabouts(device: device, ip: address(ofLine: Int(household.line), at: second))
        }
        return Whereabouts(device: device, ip: mobile)
    }

    /// A log-in, now and then after a mistyped password.
    mutating func logIn(_ index: Int, _ second: Int32, _ place: Whereabouts, _ draw: inout Draw) {
        let mistakes = draw.chance(0.05) ? draw.integer(1...3) : 0
        for number in 0...mistakes {
            logins.append(
                LoginEvent(
                    second: min(86_399, second + Int32(20 * number)), account: Int32(index),
                    device: place.device, ip: place.ip, success: number == mistakes))
        }
    }

    /// What somebody buys on a day.
    private mutating func shop(
        _ index: Int, _ who: Subscriber, away: Int, _ draw: inout Draw
    ) {
        let season = calendar.inGiftSeason ? 1.25 : 1
        for _ in 0..<draw.poisson(Double(who.purchases) * season) {
            let second = second(who.rhythm, &draw)
            let virtual = draw.chance(calendar.inGiftSeason ? 0.17 : 0.13)
            let goods = Goods(
                rawValue: UInt8(virtual ? 5 + draw.below(3) : draw.below(5))
            ).unsafelyUnwrapped
            let large = draw.chance(0.012) ? draw.uniform(2.5...6) : 1
            let place = whereabouts(index, who, second, away: away, &draw)
            if draw.chance(0.45) {
                logIn(index, max(0, second - Int32(draw.integer(30...900))), place, &draw)
            }
            buy(index, who, second, place, goods, large, &draw)
        }
        let giver = who.traits.contains(.giftShopper)
        if draw.chance(giver ? (calendar.inGiftSeason ? 0.3 : 0.03) : 0.0006) {
            // Presents, prizes, a top-up for everybody: several cards within the hour.
            let start = second(who.rhythm, &draw)
            let place = whereabouts(index, who, start, away: away, &draw)
            logIn(index, start, place, &draw)
            let goods: Goods = draw.chance(0.7) ? .giftCard : .topUp
            for number in 0..<draw.integer(2...7) {
                let second = min(86_399, start + Int32(60 + number * draw.integer(40...400)))
                buy(index, who, second, place, goods, draw.uniform(1...5), &draw)
            }
        }
        if who.traits.contains(.reseller), draw.chance(0.8) {
            for _ in 0..<draw.integer(2...14) {
                let second = second(who.rhythm, &draw)
                let place = whereabouts(index, who, second, away: away, &draw)
                buy(index, who, second, place, .topUp, draw.uniform(0.5...3), &draw)
            }
        }
    }

    /// An honest purchase; disputed where a mistaken case hangs over the account.
    private mutating func buy(
        _ index: Int, _ who: Subscriber, _ second: Int32, _ place: Whereabouts, _ goods: Goods,
        _ multiple: Double, _ draw: inout Draw
    ) {
        let amount = Double(who.meanAmount) * goods.factor * multiple * draw.spread(0.5)
        purchase(Int32(index), second, place, goods, amount, merchant(index, goods, &draw))
        if let mistake = mistaken[Int32(index)],
            let event = makeCase(
                second: second, known: mistake.known, (.account, Int32(index)),
                others: [(.device, place.device)])
        {
            takeoverCases.append(event)
        }
    }

    mutating func purchase(
        _ account: Int32, _ second: Int32, _ place: Whereabouts, _ goods: Goods, _ amount: Double,
        _ merchant: Int32
    ) {
        purchases.append(
            PurchaseEvent(
                second: second, account: account, device: place.device, ip: place.ip,
                merchant: merchant, amount: Int32(min(50_000_000, max(100, amount))),
                goods: goods))
    }

    /// One of four shops that somebody knows, or any that has such goods.
    func merchant(_ index: Int, _ goods: Goods, _ draw: inout Draw) -> Int32 {
        let shops = max(4, world.population.subscribers.count / 400)
        let shop =
            draw.chance(0.75)
            ? (index &* 2_654_435_761 >> 7 + draw.below(4)) % shops : draw.below(shops)
        return Int32(shop * Goods.allCases.count + Int(goods.rawValue))
    }
}
