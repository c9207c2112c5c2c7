import RiskColumns

extension MarketRun {
    /// A subscriber's own payment card; households have one besides, with the household's number.
    static func ownCard(_ subscriber: Int) -> Int32 { 1_000_000_000 + Int32(subscriber) }

    /// Who comes to the same shop every week.
    private static func isRegular(_ index: Int) -> Bool { index &* 7_368_787 % 1009 < 55 }

    /// Who sells what others make: buys by the box, and honestly.
    private static func isTrader(_ index: Int) -> Bool { index &* 5_870_917 % 1009 < 7 }

    /// Honest orders of a day.
    mutating func trade() {
        let people = world.population.subscribers
        for index in people.indices {
            let who = people[index]
            if who.logins == 0 || Int(who.activated) > day { continue }
            visit(index, who)
        }
        for company in world.population.companies.indices { restock(company) }
        for index in world.market.shops.indices { promote(index) }
        for household in world.population.households.indices
        where world.population.households[household].isDormitory { orderTogether(household) }
    }

    /// One of a buyer's few shops.
    private func favourite(_ who: Int, _ slot: Int, region: Int16) -> Int32 {
        var own = draw(.favourite, who, slot)
        return anyShop(near: region, &own)
    }

    /// Any shop; half of what people buy comes from their own region.
    private func anyShop(near region: Int16, _ draw: inout Draw) -> Int32 {
        var shop = market.anyShop(&draw)
        if draw.chance(0.45) {
            for _ in 0..<6 where world.market.shops[Int(shop)].region != region {
                shop = market.anyShop(&draw)
            }
        }
        return shop
    }

    /// What somebody orders on a day.
    private mutating func visit(_ index: Int, _ who: Subscriber) {
        var draw = draw(.shopper, index, day)
        let household = world.population.households[Int(who.household)]
        let isFamily = household.size > 2 && !household.isDormitory
        let season = calendar.inGiftSeason ? 1.25 : 1.0
        for _ in 0..<draw.poisson(Double(who.purchases) * 0.26 * season) {
            var group: String?
            let chosen: Int32
            if draw.chance(0.55) {
                let shared = draw.chance(0.5)
                chosen = favourite(
                    shared ? ~Int(who.household) : index, draw.below(4), region: household.region)
                if shared, isFamily { group = "family" }
            } else {
                chosen = anyShop(near: household.region, &draw)
            }
            buy(index, who, chosen, group, &draw)
        }
        if Self.isRegular(index) {
            var own = self.draw(.regular, index, -1)
            let (period, shop) = (own.integer(4...10), anyShop(near: household.region, &own))
            if (day + Self.lead + index) % period == 0 {
                buy(index, who, shop, "regular-customer", &draw)
            }
        }
        if Self.isTrader(index), !market.wholesalers.isEmpty, draw.chance(0.6) {
            for _ in 0..<draw.integer(1...3) {
                var own = self.draw(.trader, index, draw.below(3))
                let shop = market.wholesalers[own.below(market.wholesalers.count)]
                buy(index, who, shop, "honest-reseller", &draw)
            }
        }
        if who.traits.contains(.giftShopper), draw.chance(calendar.inGiftSeason ? 0.16 : 0.015) {
            let shop = anyShop(near: household.region, &draw)
            for _ in 0..<draw.integer(3...8) { buy(index, who, shop, "gift-shopper", &draw) }
        }
    }

    /// One order of a subscriber.
    private mutating func buy(
        _ index: Int, _ who: Subscriber, _ chosen: Int32, _ group: String?, _ draw: inout Draw,
        second: Int32? = nil
    ) {
        let shop = stock(chosen)
        guard Int(shop.opened) <= day else { return }
        let household = world.population.households[Int(who.household)]
        let place = draw.uniform()
        // A parcel station, the office, or home.
        let address: Int32 =
            place < 0.12
            ? 1_500_000_000 + household.cell
            : place < 0.17 && who.company >= 0 ? 1_510_000_000 + who.company : who.household
        let order = OrderEvent(
            second: second ?? hour(who.rhythm, &draw), buyer: Int32(index), shop: chosen,
            device: who.other >= 0 && draw.chance(0.25) ? who.other : who.phone(on: day),
            address: address,
            card: draw.chance(0.5) && !household.isDormitory
                ? who.household : Self.ownCard(index),
            region: household.region, brand: shop.brand, units: units(shop, &draw),
            price: price(shop, &draw), list: list(shop))
        placeHonest(order, shop, group, &draw)
    }

    /// Places an honest order.
    private mutating func placeHonest(
        _ order: OrderEvent, _ shop: Shop, _ group: String?, _ draw: inout Draw
    ) {
        if let group { note(order, group) }
        if let group = shop.kind.group, shop.kind != .outlet, shop.kind != .secondHand,
            shop.kind != .importer
        {
            note(order, group)
        }
        let course = course(order, shop, &draw)
        // Some who only look like it are accused: those who come again, or many together.
        let isAccused =
            group != nil && group != "gift-shopper"
            && draw.chance(world.parameters.market.mistakenOrders)
        place(order, course, known: isAccused ? day + draw.integer(4...14) : nil)
    }

    func hour(_ rhythm: Rhythm, _ draw: inout Draw) -> Int32 {
        Int32(draw.place(cumulative: rhythm.hours) * 3600 + draw.below(3600))
    }

    func units(_ shop: Shop, _ draw: inout Draw) -> Int32 {
        Int32(
            shop.kind == .wholesale
                ? draw.integer(3...30) : draw.chance(0.8) ? 1 : draw.integer(2...4))
    }

    func list(_ shop: Shop) -> Int32 {
        shop.brand >= 0 ? Int32(world.market.brands[Int(shop.brand)].price) : 0
    }

    func price(_ shop: Shop, _ draw: inout Draw) -> Int32 {
        let list = Double(list(shop))
        let price =
            list > 0
            ? list * Double(shop.price) * draw.spread(0.12)
            : Double(shop.price) * draw.spread(0.4)
        return Int32(min(5_000_000, max(100, price)))
    }

    /// A company buys from the same few shops, to its own address and on its own card.
    private mutating func restock(_ company: Int) {
        var own = draw(.company, company, -1)
        guard own.chance(0.4), calendar.isWorkday else { return }
        var draw = draw(.company, company, day)
        let home = world.population.companies[company]
        for slot in 0..<own.integer(1...3) where draw.chance(0.28) {
            var choice = self.draw(.company, ~company, slot)
            let chosen =
                choice.chance(0.6) && !market.wholesalers.isEmpty
                ? market.wholesalers[choice.below(market.wholesalers.count)]
                : anyShop(near: home.region, &choice)
            let shop = stock(chosen)
            guard Int(shop.opened) <= day else { continue }
            for _ in 0..<draw.integer(1...3) {
                // A buyer for each department, some on one computer.
                let department = draw.below(3)
                let order = OrderEvent(
                    second: Int32(draw.integer(32_400...64_000)),
                    buyer: Market.companyAccounts + Int32(company * 4 + department), shop: chosen,
                    device: Market.companyAccounts + Int32(company * 4 + department / 2),
                    address: 1_510_000_000 + Int32(company),
                    card: 1_510_000_000 + Int32(company), region: home.region, brand: shop.brand,
                    units: Int32(draw.integer(2...25)), price: price(shop, &draw), list: list(shop))
                placeHonest(order, shop, "company-buyer", &draw)
            }
        }
    }

    /// A live sale's hour, and the friends who come to the opening of a new shop.
    private mutating func promote(_ index: Int) {
        let shop = world.market.shops[index]
        let age = day - Int(shop.opened)
        let people = world.population.subscribers
        if shop.kind == .liveSale, age >= 0 {
            var draw = draw(.live, index, day)
            guard draw.chance(0.09) else { return }
            let start = draw.integer(18 * 3600...22 * 3600)
            for _ in 0..<draw.integer(8...35) {
                let buyer = draw.below(people.count)
                guard people[buyer].logins > 0, Int(people[buyer].activated) <= day else {
                    continue
                }
                buy(
                    buyer, people[buyer], Int32(index), nil, &draw,
                    second: Int32(start + draw.below(4000)))
            }
        } else if (0..<12).contains(age), shop.opened > -30 {
            var fixed = draw(.opening, index, -1)
            guard fixed.chance(0.5) else { return }
            var draw = draw(.opening, index, day)
            for _ in 0..<draw.poisson(0.8) {
                // The owner's household, colleagues, neighbours.
                let owner = Int(shop.owner)
                let home = world.population.households[Int(people[owner].household)]
                let near = Int(home.first) + draw.below(max(1, Int(home.size)) + 12)
                let friend = near < people.count ? near : owner
                guard people[friend].logins > 0, Int(people[friend].activated) <= day else {
                    continue
                }
                buy(friend, people[friend], Int32(index), "opening", &draw)
            }
        }
    }

    /// A dormitory orders together, to one address, within two hours.
    private mutating func orderTogether(_ household: Int) {
        var draw = draw(.groupBuy, household, day)
        guard draw.chance(0.06) else { return }
        let home = world.population.households[household]
        let chosen = anyShop(near: home.region, &draw)
        let shop = stock(chosen)
        guard Int(shop.opened) <= day else { return }
        let start = draw.integer(17 * 3600...21 * 3600)
        for index in Int(home.first)..<Int(home.first) + Int(home.size) where draw.chance(0.3) {
            let who = world.population.subscribers[index]
            guard who.logins > 0, Int(who.activated) <= day else { continue }
            let order = OrderEvent(
                second: Int32(start + draw.below(7200)), buyer: Int32(index), shop: chosen,
                device: who.phone(on: day), address: Int32(household), card: Self.ownCard(index),
                region: home.region, brand: shop.brand, units: 1, price: price(shop, &draw),
                list: list(shop))
            placeHonest(order, shop, "group-buy", &draw)
        }
    }
}
