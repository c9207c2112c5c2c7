import RiskColumns

extension WorldDay {
    /// The card opened to be sold that has this number, nil for other cards.
    func blackCard(_ sim: Int32) -> FraudPlans.BlackCard? {
        let place = Int(sim) - world.population.subscribers.count - world.plans.cards.count
        // Beyond them are numbers of pools, for codes and for data, which are no such cards.
        return world.plans.blackCards.indices.contains(place) ? world.plans.blackCards[place] : nil
    }

    /// A day of a card opened to be sold: the opening, the wait, or the use by who bought it.
    mutating func useBlackCard(_ index: Int) {
        let card = world.plans.blackCards[index]
        let plan =
            card.tactic == .easy ? parameters.easyBlackCards : parameters.evasiveBlackCards
        var draw = world.draw(.blackCard, index, day)
        if day == card.activated { openBlackCard(index, card) }
        if card.days.contains(day) {
            for _ in 0..<draw.integer(plan.calls) {
                let second = second(.dayWorker, &draw)
                // Half to strangers, half to the few that the buyer deals with.
                var own = world.draw(.victim, 1 << 40 | index, draw.below(9))
                let callee = draw.chance(0.5) ? stranger(&draw) : stranger(&own)
                call(
                    Int(card.sim), callee, card.device, card.cell, second,
                    Int(min(3600, 75 * draw.spread(1.1))), callback: 0.15, complaint: 0.0015,
                    &draw)
            }
            useData(card.sim, card.device, card.cell, plan.data, &draw)
        } else if day > card.activated, draw.chance(plan.keptAlive) {
            for _ in 0..<draw.integer(0...2) {
                let second = second(.dayWorker, &draw)
                call(
                    Int(card.sim), ~Int32(draw.below(500)), card.drawer, card.waitingCell, second,
                    draw.integer(5...120), callback: 0, complaint: 0, &draw)
            }
            useData(card.sim, card.drawer, card.waitingCell, 0.6, &draw)
        }
        accuseOpened(card.sim, card.holder, card.store, known: card.known)
    }

    private mutating func useData(
        _ sim: Int32, _ device: Int32, _ cell: Int32, _ share: Double, _ draw: inout Draw
    ) {
        guard draw.chance(share) else { return }
        data.append(
            DataEvent(
                second: second(.dayWorker, &draw), sim: sim, device: device, cell: cell,
                megabytes: Int32(10 + 250 * draw.spread(1))))
    }

    private mutating func openBlackCard(_ index: Int, _ card: FraudPlans.BlackCard) {
        var draw = world.draw(.activation, 1 << 40 | Int(card.holder), day)
        // A holder's cards one after the other.
        let together = Int32(9 * 3600 + draw.below(9 * 3600))
        activations.append(
            ActivationEvent(
                second: together + Int32(index % 16) * 140, sim: card.sim, holder: card.holder,
                store: card.store, isCompany: false))
    }

    /// The day's case that a card was opened to be sold, if there ever is one.
    mutating func accuseOpened(_ sim: Int32, _ holder: Int32, _ store: Int32, known: Int?) {
        if let event = makeCase(
            second: Self.closing + 31, known: known, (.sim, sim),
            others: [(.person, holder), (.store, store)])
        {
            openedCases.append(event)
        }
    }

    /// Days from the opening for which a card has a nightly record of its use.
    static let youth = 120

    /// The nightly record of each card opened within `youth` days that was used on the day, and of each
    /// that was opened on it: where it was opened, who for, and where it is.
    mutating func closeYoungCards() {
        // The cell that each was last seen in; of calls, messages and data, by calls before the others.
        let (unseen, unused) = (Int32(-2), Int32(-1))
        var cells = [Int32](repeating: unseen, count: world.simCount)
        for activation in activations { cells[Int(activation.sim)] = unused }
        for event in data { cells[Int(event.sim)] = event.cell }
        for message in messages { cells[Int(message.sender)] = message.cell }
        for call in calls { cells[Int(call.caller)] = call.cell }
        for sim in cells.indices where cells[sim] != unseen {
            let contract = contract(of: sim)
            let tenure = day - contract.activated
            guard (0...Self.youth).contains(tenure) else { continue }
            let cell = cells[sim]
            youngCards.append(
                YoungCardEvent(
                    second: Self.closing, sim: Int32(sim), holder: contract.holder,
                    store: contract.store, opened: contract.store % Int32(Population.regions),
                    document: Int32(documentRegion(of: Int32(sim))),
                    used: cell == unused ? nil : cell / Int32(world.population.cellsPerRegion),
                    tenure: Int32(tenure)))
        }
        for index in world.plans.mistakenCardsOfDay[day] {
            let mistake = world.plans.mistakenCards[Int(index)]
            let contract = contract(of: Int(mistake.entity))
            accuseOpened(
                mistake.entity, contract.holder, contract.store, known: max(day, mistake.known))
        }
    }

    /// The region on the document that a card was opened with.
    func documentRegion(of sim: Int32) -> Int {
        let honest = world.population.subscribers.count
        if Int(sim) < honest {
            return world.population.homeRegion(
                of: Int(sim), seed: world.seed.child(SubscriberWorld.Stream.document.rawValue))
        }
        if let black = blackCard(sim) { return Int(black.homeRegion) }
        // Those of a box are opened by people from anywhere.
        var draw = world.draw(.document, Int(contract(of: Int(sim)).holder), -1)
        return world.population.anyRegion(&draw)
    }
}
