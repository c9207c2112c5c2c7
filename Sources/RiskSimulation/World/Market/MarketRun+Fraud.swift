import RiskColumns

extension MarketRun {
    /// An order of a campaign: nobody wants the goods.
    mutating func brush(_ planned: MarketPlans.FalseOrder) {
        let campaign = world.marketPlans.campaigns[Int(planned.campaign)]
        let plan =
            campaign.tactic == .easy
            ? world.parameters.market.easyBrushing : world.parameters.market.evasiveBrushing
        let buyer = campaign.buyers[Int(planned.buyer)]
        let shop = stock(campaign.shop)
        var draw = draw(.campaign, orders.count << 32 | Int(planned.campaign), day)
        var device = buyer.device
        var address = buyer.address
        var card = buyer.card
        if buyer.isPerson {
            let who = world.population.subscribers[Int(buyer.account)]
            device = who.other >= 0 && draw.chance(0.25) ? who.other : who.phone(on: day)
            if draw.chance(0.12) {
                address =
                    1_500_000_000 + world.population.households[Int(who.household)].cell
            }
            if draw.chance(0.5) { card = who.household }
        }
        let order = OrderEvent(
            second: hour(.evening, &draw), buyer: buyer.account, shop: campaign.shop,
            device: device, address: address, card: card, region: buyer.region, brand: shop.brand,
            units: units(shop, &draw), price: price(shop, &draw), list: list(shop))
        var course = course(order, shop, &draw)
        course.complaint = nil
        if draw.chance(plan.withoutParcel) {
            course.pickup = nil
            course.hours = draw.uniform(plan.hours)
        } else if !draw.chance(plan.realGoods) {
            course.grams = draw.uniform(plan.grams)
            if draw.chance(plan.dispatched) {
                course.sender = campaign.sender
                course.warehouse = -1
            }
            let pickup = draw.uniform(3...40)
            (course.pickup, course.hours) = (pickup, pickup + draw.uniform(plan.hours))
        }
        if draw.chance(plan.praise) {
            course.rating = 5
            course.words = draw.chance(0.7) ? Int32(draw.integer(6...45)) : 0
        }
        // Of a campaign found out, most orders can be proved.
        let proved = draw.chance(0.8)
        place(order, course, known: proved ? campaign.known : nil)
    }

    /// A day of a shop that sells fakes: orders from everywhere, and what keeps it running.
    mutating func sellFakes(_ index: Int) {
        let ring = world.marketPlans.ringShops[index]
        let plan =
            ring.tactic == .easy
            ? world.parameters.market.easyRing : world.parameters.market.evasiveRing
        var draw = draw(.ring, index, day)
        let people = world.population.subscribers
        for _ in 0..<draw.poisson(ring.orders) {
            let buyer = draw.below(people.count)
            let who = people[buyer]
            guard who.logins > 0, Int(who.activated) <= day else { continue }
            let home = world.population.households[Int(who.household)]
            let order = OrderEvent(
                second: hour(who.rhythm, &draw), buyer: Int32(buyer), shop: ring.shop,
                device: who.phone(on: day), address: who.household, card: Self.ownCard(buyer),
                region: home.region, brand: ring.record.brand, units: units(ring.record, &draw),
                price: price(ring.record, &draw), list: list(ring.record))
            var course = course(order, ring.record, &draw)
            course.origin = ring.record.origin
            if draw.chance(plan.complaints) {
                course.complaint =
                    draw.chance(plan.fakeShare)
                    ? .fake
                    : [.late, .damaged, .other][draw.below(3)]
                if course.rating != nil { course.rating = Int32(draw.integer(1...4)) }
            }
            place(order, course)
        }
        if draw.chance(0.4) {
            logins.append(
                SellerLoginEvent(
                    second: Int32(draw.integer(28_800...82_000)), shop: ring.shop,
                    device: ring.record.device))
        }
        if ring.record.domain >= 0, draw.chance(0.3) {
            domains.append(
                DomainEvent(
                    second: Int32(draw.integer(0...86_000)), domain: ring.record.domain,
                    shop: ring.shop, age: Int32(day - ring.registered)))
        }
        if (day + Self.lead + index) % 8 == 0 {
            supplies.append(
                SupplyEvent(
                    second: Int32(draw.integer(25_000...70_000)), shop: ring.shop,
                    supplier: ring.record.supplier, brand: ring.record.brand,
                    region: ring.record.origin, units: Int32(draw.integer(40...400))))
        }
    }
}
