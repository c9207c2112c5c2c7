import RiskColumns

extension FraudPlans {
    /// Boxes of SIM cards: each is filled with cards activated for it, far from where it calls.
    mutating func planFarms(
        _ population: Population, _ parameters: WorldParameters, _ seed: SplitMix64
    ) {
        for day in -Self.lead..<days {
            for planned in Tactic.allCases {
                var draw = Draw(
                    seed.child(UInt64(bitPattern: Int64(day)) << 1 | UInt64(planned.rawValue)))
                let rates = planned == .easy ? parameters.easyFarm : parameters.evasiveFarm
                let slots = Double(rates.slots.lowerBound + rates.slots.upperBound) / 2
                for _ in 0..<draw.count(rates.startsPerDay * scale / slots) {
                    let gang = gang(3, on: day, &draw)
                    let tactic = tactic(planned, of: gang, on: day, parameters.learning, &draw)
                    fill(
                        gang, tactic,
                        tactic == .easy ? parameters.easyFarm : parameters.evasiveFarm,
                        day, population, &draw)
                }
            }
        }
    }

    private mutating func fill(
        _ gang: Int32, _ tactic: Tactic, _ plan: WorldParameters.Farm, _ day: Int,
        _ population: Population, _ draw: inout Draw
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
            let bought = day + draw.below(draw.integer(plan.activation))
            let first = bought + draw.integer(plan.dormant)
            let known = discover(plan.discovery, from: first, gang: gang, &draw)
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
                    sim: sim, slot: Int32(slot), tactic: tactic, gang: gang, activated: activated,
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
        for day in -Self.lead..<days {
            for planned in Tactic.allCases {
                var draw = Draw(
                    seed.child(UInt64(bitPattern: Int64(day)) << 1 | UInt64(planned.rawValue)))
                let rates = planned == .easy ? parameters.easyLines : parameters.evasiveLines
                for _ in 0..<draw.count(rates.startsPerDay * scale) {
                    let gang = gang(4, on: day, &draw)
                    let tactic = tactic(planned, of: gang, on: day, parameters.learning, &draw)
                    order(
                        gang, tactic,
                        tactic == .easy ? parameters.easyLines : parameters.evasiveLines, day,
                        population, &draw)
                }
            }
        }
    }

    private mutating func order(
        _ gang: Int32, _ tactic: Tactic, _ plan: WorldParameters.ProxyLines, _ day: Int,
        _ population: Population, _ draw: inout Draw
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
            let joined = day + number * span / count
            let ordered = isRented ? joined - draw.integer(30...1500) : joined
            // Installed some days later.
            let first = joined + draw.integer(1...4)
            let known = discover(plan.discovery, from: first, gang: gang, &draw)
            let end = first + draw.integer(plan.days)
            let stop = known.map { min(end, $0 + 1) } ?? end
            note(ordered..<ordered + 1, lines.count, in: \.ordersOfDay)
            note(first..<stop, lines.count, in: \.linesOfDay)
            lines.append(
                ProxyLine(
                    line: Int32(population.lines.count + lines.count), tactic: tactic, gang: gang,
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
