import RiskColumns

/// Numbers that send for gangs.
extension MessageDay {
    private func plan(_ campaign: ScamPlans.Campaign) -> ScamParameters.Campaign {
        campaign.tactic == .easy ? world.parameters.easy : world.parameters.evasive
    }

    /// Whether a number sends on the day.
    func acts(_ index: Int) -> Bool {
        let number = world.plans.numbers[index]
        if number.days.lowerBound == day { return true }
        var draw = world.draw(.pause, index, day)
        return draw.chance(plan(world.plans.campaigns[number.campaign]).sendingDays)
    }

    /// The day of a number that is ageing or sends.
    mutating func work(_ index: Int) {
        let number = world.plans.numbers[index]
        let campaign = world.plans.campaigns[number.campaign]
        let plan = plan(campaign)
        var draw = world.draw(.scam, index, day)
        let who =
            number.isInfected ? population.subscribers[Int(number.sim)] : nil
        let device = who?.phone(on: day) ?? identity(number, campaign, plan)
        var fixed = world.draw(.scam, index, -1)
        let places = (0..<2).map { _ in fixed.below(plan.cells) }
        func cell(_ second: Int32) -> Int32 {
            if let who { return population.households[Int(who.household)].cell(on: day) }
            let isWork = (9 * 3600..<18 * 3600).contains(second)
            let count = population.cellsPerRegion
            let place = (Int(campaign.cell) + places[isWork ? 1 : 0]) % count
            return campaign.region * Int32(count) + Int32(place)
        }
        if who == nil { live(number, plan, &draw) }
        if number.days.contains(day), acts(index) {
            let count = draw.integer(plan.messages)
            let burst = draw.integer(plan.bursts)
            let starts = (0..<burst).map { _ in Int32(8 * 3600 + draw.below(12 * 3600)) }
            for place in 0..<(today.calendar.isHoliday ? (count + 1) / 2 : count) {
                let second =
                    burst == 0
                    ? today.second(.dayWorker, &draw)
                    : min(86_399, starts[place % burst] + Int32(place / burst * 9 + draw.below(8)))
                if who == nil, draw.chance(plan.mutual) {
                    greet(number, campaign, device, cell(second), second, &draw)
                    continue
                }
                send(
                    from: number.sim, device, cell(second), to: victim(index, plan, &draw),
                    at: second, link: link(number, campaign, plan, &draw), replies: plan.replies,
                    reports: plan.reports, &draw)
            }
        } else if number.ageing.contains(day) || who == nil && number.days.contains(day) {
            for _ in 0..<draw.integer(0...3) {
                let second = today.second(.evening, &draw)
                greet(number, campaign, device, cell(second), second, &draw)
            }
        }
    }

    /// The identity that a number is in on the day.
    private func identity(
        _ number: ScamPlans.Number, _ campaign: ScamPlans.Campaign, _ plan: ScamParameters.Campaign
    ) -> Int32 {
        let identities = campaign.count / plan.numbersPerIdentity + 1
        // Negative before the campaign, while it ages.
        let life = plan.identityLife > 0 ? (day - campaign.start) / plan.identityLife + 7 : 0
        return campaign.identity + Int32(number.slot % identities + identities * max(0, life))
    }

    /// Calls and data of a gang's own number.
    private mutating func live(
        _ number: ScamPlans.Number, _ plan: ScamParameters.Campaign, _ draw: inout Draw
    ) {
        let (made, received) = (
            draw.poisson(plan.callsMade), draw.poisson(plan.callsReceived)
        )
        let megabytes = draw.chance(plan.data) ? 20 + 350 * draw.spread(1) : 0
        usage[number.sim] = (Int32(made), Int32(received), Int32(megabytes))
    }

    /// A message to another number of the campaign, as to one's family; most answer.
    private mutating func greet(
        _ number: ScamPlans.Number, _ campaign: ScamPlans.Campaign, _ device: Int32, _ cell: Int32,
        _ second: Int32, _ draw: inout Draw
    ) {
        // A few of them, always the same.
        let place = (number.slot + 1 + draw.below(min(4, campaign.count))) % campaign.count
        let other = world.plans.numbers[campaign.first + place]
        let isThere = other.ageing.contains(day) || other.days.contains(day)
        guard isThere, other.sim != number.sim, !other.isInfected else { return }
        send(
            from: number.sim, device, cell, to: other.sim, at: second, replies: 0, reports: 0, &draw
        )
        let later = second + Int32(draw.integer(60...4000))
        guard draw.chance(0.6), later < 86_400 else { return }
        let answerer = plan(campaign)
        send(
            from: other.sim, identity(other, campaign, answerer), cell, to: number.sim, at: later,
            replies: 0, reports: 0, &draw)
    }

    /// Somebody new, or somebody who was written to before.
    private func victim(
        _ index: Int, _ plan: ScamParameters.Campaign, _ draw: inout Draw
    ) -> Int32 {
        guard draw.chance(plan.repeats) else { return stranger(&draw) }
        var own = world.draw(.victim, index, draw.below(12))
        return stranger(&own)
    }

    /// What a message links to; -1 for no link.
    private func link(
        _ number: ScamPlans.Number, _ campaign: ScamPlans.Campaign,
        _ plan: ScamParameters.Campaign, _ draw: inout Draw
    ) -> Int32 {
        // A program on somebody's telephone mostly wants to be installed on the next one.
        guard draw.chance(number.isInfected ? 0.65 : plan.links) else { return -1 }
        if draw.chance(plan.shorteners) { return Int32(draw.below(SenderRoles.Site.shorteners)) }
        let wave = max(0, day - campaign.start) / plan.domainLife
        let place = wave * plan.domains + number.slot % plan.domains
        return campaign.domain + Int32(min(place, campaign.domainAges.count - 1))
    }
}
