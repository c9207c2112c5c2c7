import RiskColumns

extension WorldDay {
    /// A day of a card in a box.
    mutating func dial(_ index: Int) {
        let card = world.plans.cards[index]
        let plan = card.tactic == .easy ? parameters.easyFarm : parameters.evasiveFarm
        var draw = world.draw(.farm, index, day)
        // The identity in whose slot the card is, which changes on some days.
        var slot = world.draw(.farm, index, -1)
        var identity = slot.below(Int(card.identities))
        if plan.simsPerIdentity <= 1.5 { identity = Int(card.slot) % Int(card.identities) }
        if draw.chance(plan.swaps) { identity = draw.below(Int(card.identities)) }
        if card.isRelay { return relay(index, card, plan, &draw) }
        let device = card.identity + Int32(identity)
        let region = Int(card.region)
        let cells = world.population.cellsPerRegion
        func cell(_ place: Int) -> Int32 {
            Int32(region * cells + (Int(card.cell) + place) % cells)
        }
        let count = calendar.isHoliday ? draw.integer(plan.calls) / 2 : draw.integer(plan.calls)
        let opening = 8 * 3600 + draw.below(3600)
        let talkative = slot.uniform(45...140)
        let pace = 10 * 3600 / max(1, count)
        // Who takes trouble seems to live in one cell and to work in another.
        let (home, work) = (slot.below(plan.cells), slot.below(plan.cells))
        let roaming = plan.humanHours ? 0.15 * slot.uniform() : 0
        func place(_ second: Int32, _ draw: inout Draw) -> Int32 {
            if roaming > 0, draw.chance(roaming) { return cell(draw.below(plan.cells)) }
            return cell((9 * 3600..<18 * 3600).contains(second) ? work : home)
        }
        for number in 0..<count {
            let second =
                plan.humanHours
                ? second(.dayWorker, &draw)
                : Int32(min(86_000, opening + number * pace + draw.below(max(1, pace / 3))))
            if draw.chance(plan.mutual) {
                mutualCall(card, device, place(second, &draw), second, &draw)
                continue
            }
            // Some find somebody who listens; who takes trouble lets calls last as people's do.
            let seconds =
                plan.humanHours
                ? Int(min(3600, talkative * draw.spread(1.1)))
                : draw.chance(0.08) ? draw.integer(60...600) : draw.integer(plan.seconds)
            call(
                Int(card.sim), victim(of: index, plan.repeats, &draw), device,
                place(second, &draw), second, seconds,
                callback: plan.callbacks, complaint: plan.complaints, &draw)
        }
        for _ in 0..<draw.poisson(plan.messages) {
            let victim = victim(of: index, plan.repeats, &draw)
            guard victim >= 0 else { continue }
            messages.append(
                MessageEvent(
                    second: second(.dayWorker, &draw), sender: card.sim, recipient: victim,
                    device: device, cell: cell(home)))
        }
        if draw.chance(plan.data) {
            data.append(
                DataEvent(
                    second: second(.dayWorker, &draw), sim: card.sim, device: device,
                    cell: cell(home),
                    megabytes: Int32(
                        card.tactic == .easy
                            ? Double(draw.integer(5...150)) : 20 + 300 * draw.spread(1))))
        }
        if count > 0 { accuse(card, device, cell(home)) }
    }

    /// A day of a telephone that a gang calls through while its owner's life goes on: strangers in
    /// between, from the owner's own telephone and cell.
    private mutating func relay(
        _ index: Int, _ card: FraudPlans.FarmCard, _ plan: WorldParameters.Farm, _ draw: inout Draw
    ) {
        let owner = world.population.subscribers[Int(card.sim)]
        let device = owner.phone(on: day)
        let cell = world.population.households[Int(owner.household)].cell(on: day)
        let count = draw.integer(plan.calls)
        for _ in 0..<count {
            let second = second(.dayWorker, &draw)
            let seconds = Int(min(3600, 80 * draw.spread(1.1)))
            call(
                Int(card.sim), victim(of: index, plan.repeats, &draw), device, cell, second,
                seconds, callback: plan.callbacks, complaint: plan.complaints, &draw)
        }
        if count > 0 { accuse(card, device, cell) }
    }

    /// The day's case against a card, if there ever is one.
    private mutating func accuse(_ card: FraudPlans.FarmCard, _ device: Int32, _ cell: Int32) {
        if let event = makeCase(
            second: Self.closing + 30, known: card.known, (.sim, card.sim),
            others: [
                (.identity, device), (.cell, cell), (.person, card.holder), (.store, card.store),
            ])
        {
            farmCases.append(event)
        }
        if Int(card.sim) >= world.population.subscribers.count {
            accuseOpened(card.sim, card.holder, card.store, known: card.known)
        }
    }

    /// Somebody new, or somebody who was called before.
    private func victim(of index: Int, _ repeats: Double, _ draw: inout Draw) -> Int32 {
        guard draw.chance(repeats) else { return stranger(&draw) }
        var own = world.draw(.victim, index, draw.below(12))
        return stranger(&own)
    }

    /// A call to another card of the box, so that something comes in as well.
    private mutating func mutualCall(
        _ card: FraudPlans.FarmCard, _ device: Int32, _ cell: Int32, _ second: Int32,
        _ draw: inout Draw
    ) {
        let other = world.plans.cards[Int(card.box) + draw.below(Int(card.slots))].sim
        guard other != card.sim else { return }
        calls.append(
            CallEvent(
                second: second, caller: card.sim, callee: other, device: device, cell: cell,
                seconds: Int32(draw.integer(20...300))))
    }

    /// The activation of a card for a box: of several within minutes of each other, or one.
    mutating func activate(_ index: Int) {
        let card = world.plans.cards[index]
        var draw = world.draw(.activation, Int(card.holder), day)
        let together = Int32(10 * 3600 + draw.below(7 * 3600))
        activations.append(
            ActivationEvent(
                second: min(86_399, together + Int32(index % 16) * 130), sim: card.sim,
                holder: card.holder, store: card.store, isCompany: false))
        accuseOpened(card.sim, card.holder, card.store, known: card.known)
    }

    /// An honest activation; a company's lines all on one morning.
    mutating func activateHonest(_ index: Int, _ who: Subscriber) {
        var draw = world.draw(.activation, ~index, day)
        let isCompany = who.traits.contains(.companyLine)
        activations.append(
            ActivationEvent(
                second: Int32(
                    isCompany ? 9 * 3600 + index % 90 * 80 : 9 * 3600 + draw.below(11 * 3600)),
                sim: Int32(index), holder: who.holder, store: who.store, isCompany: isCompany))
    }

    /// Cases against the wrong ones.
    mutating func accuseByMistake() {
        for index in world.plans.mistakenSimsOfDay[day] {
            let mistake = world.plans.mistakenSims[Int(index)]
            let who = world.population.subscribers[Int(mistake.entity)]
            if let event = makeCase(
                second: Self.closing + 30, known: max(day, mistake.known), (.sim, mistake.entity),
                others: [
                    (.identity, who.phone(on: day)),
                    (.cell, world.population.households[Int(who.household)].cell(on: day)),
                    (.person, who.holder), (.store, who.store),
                ])
            {
                farmCases.append(event)
            }
        }
        for index in world.plans.mistakenLinesOfDay[day] {
            let mistake = world.plans.mistakenLines[Int(index)]
            guard Int(mistake.entity) < world.population.lines.count else { continue }
            let line = world.population.lines[Int(mistake.entity)]
            if let event = lineCase(
                mistake.entity, line.purchaser, line.store, line.address, line.card,
                known: mistake.known)
            {
                lineCases.append(event)
            }
        }
    }
}
