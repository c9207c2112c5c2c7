import RiskColumns

extension FraudPlans {
    /// Boxes of SIM cards: each is filled with cards activated for it, far from where it calls.
    mutating func planFarms(
        _ population: Population, _ parameters: WorldParameters, _ seed: SplitMix64
    ) {
        begin(
            3, parameters.easyFarm, parameters.evasiveFarm, learning: parameters.learning, seed,
            size: { Double($0.slots.lowerBound + $0.slots.upperBound) / 2 }
        ) { plans, plan, start, draw in plans.fill(start, plan, population, &draw) }
    }

    private mutating func fill(
        _ start: GangStart, _ plan: WorldParameters.Farm, _ population: Population,
        _ draw: inout Draw
    ) {
        let slots = draw.integer(plan.slots)
        let opened = population.anyRegion(&draw)
        let region = population.anyRegion(&draw)
        let stores = (0..<plan.stores).map { _ in population.anyStore(in: opened, &draw) }
        let identities = max(1, Int(Double(slots) / plan.simsPerIdentity))
        let identity = devices
        devices += Int32(identities)
        let box = Int32(cards.count)
        let cell = population.anyCell(in: region, &draw)
        var (holder, left) = (Int32(0), 0)
        for slot in 0..<slots {
            let bought = start.day + draw.below(draw.integer(plan.activation))
            let first = bought + draw.integer(plan.dormant)
            let known = gangs.discover(plan.discovery, from: first, gang: start.gang, &draw)
            let end = first + draw.integer(plan.days)
            // A case shuts the card down on the day after it became known.
            let stop = known.map { min(end, $0 + 1) } ?? end
            var sim = Int32(population.subscribers.count + cards.count)
            var activated = bought
            var store = stores[draw.below(stores.count)]
            var isHired = false
            let isRelay = plan.relays > 0 && draw.chance(plan.relays)
            if isRelay || draw.chance(plan.rented),
                let seller = seller(population, on: bought, &draw)
            {
                let who = population.subscribers[Int(seller)]
                isHired = isRelay
                if isRelay {
                    relays.insert(seller)
                } else {
                    soldDay[Int(seller)] = Int16(clamping: bought)
                }
                (sim, activated, store) = (seller, Int(who.activated), who.store)
                holder = who.holder
                left = 0
            } else {
                if left == 0 {
                    (holder, left) = (people, draw.integer(plan.simsPerHolder))
                    people += 1
                }
                left -= 1
                note(bought..<bought + 1, cards.count, in: \.activationsOfDay)
            }
            note(first..<stop, cards.count, in: \.cardsOfDay)
            cards.append(
                FarmCard(
                    sim: sim, slot: Int32(slot), tactic: start.tactic, gang: start.gang,
                    activated: activated,
                    days: first..<stop, holder: holder, store: store, region: Int32(region),
                    identity: identity, identities: Int32(identities), box: box,
                    slots: Int32(slots), cell: cell, isRelay: isHired, known: known))
        }
    }

    /// Somebody who lets a card of years, or a telephone, for money; ordinary people, of no look-alike group.
    func seller(
        _ population: Population, on day: Int, _ draw: inout Draw
    ) -> Int32? {
        for _ in 0..<8 {
            let index = draw.below(population.subscribers.count)
            let who = population.subscribers[index]
            if who.traits.isEmpty, Int(who.holder) == index, Int(who.activated) + 60 < day,
                soldDay[index] == .max, !relays.contains(Int32(index))
            {
                return Int32(index)
            }
        }
        return nil
    }

    /// Broadband accounts that are ordered to be let as proxies.
    mutating func planLines(
        _ population: Population, _ parameters: WorldParameters, _ seed: SplitMix64
    ) {
        begin(
            4, parameters.easyLines, parameters.evasiveLines, learning: parameters.learning, seed
        ) { plans, plan, start, draw in plans.order(start, plan, population, &draw) }
    }

    private mutating func order(
        _ start: GangStart, _ plan: WorldParameters.ProxyLines, _ population: Population,
        _ draw: inout Draw
    ) {
        let region = population.anyRegion(&draw)
        let stores = (0..<plan.stores).map { _ in population.anyStore(in: region, &draw) }
        let span = draw.integer(plan.ordering)
        let count = draw.integer(plan.accounts)
        for number in 0..<count {
            let isRented = draw.chance(plan.rented)
            if isRented || number % plan.perPurchaser == 0 { people += 1 }
            if isRented || number % plan.perAddress == 0 { places += 1 }
            if isRented || number % plan.perCard == 0 { paymentCards += 1 }
            let joined = start.day + number * span / count
            let ordered = isRented ? joined - draw.integer(30...1500) : joined
            // Installed some days later.
            let first = joined + draw.integer(1...4)
            let known = gangs.discover(plan.discovery, from: first, gang: start.gang, &draw)
            let end = first + draw.integer(plan.days)
            let stop = known.map { min(end, $0 + 1) } ?? end
            note(ordered..<ordered + 1, lines.count, in: \.ordersOfDay)
            note(first..<stop, lines.count, in: \.linesOfDay)
            lines.append(
                ProxyLine(
                    line: Int32(population.lines.count + lines.count), tactic: start.tactic,
                    gang: start.gang,
                    ordered: ordered, days: first..<stop, purchaser: people - 1,
                    store: isRented
                        ? population.anyStore(in: region, &draw)
                        : stores[draw.below(stores.count)],
                    address: places - 1,
                    card: paymentCards - 1, region: Int32(region),
                    redials: draw.integer(plan.redials), firstHour: draw.below(24),
                    hours: draw.integer(plan.hours), upload: draw.uniform(plan.upload),
                    traffic: draw.uniform(plan.traffic), known: known))
        }
    }
}
