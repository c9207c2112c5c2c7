import RiskColumns

extension Today {
    /// A fraudster's payments of the day.
    mutating func commit(_ index: Int32) {
        let incident = world.plans.incidents[Int(index)]
        var draw = world.draw(.incident, Int(index), day)
        switch (incident.kind, incident.tactic) {
        case (.stolenCredentials, .easy): spend(incident, world.parameters.easyCredentials, &draw)
        case (.stolenCredentials, .evasive):
            spend(incident, world.parameters.evasiveCredentials, &draw)
        case (_, .easy): test(Int(index), incident, world.parameters.easyTesting)
        case (_, .evasive): test(Int(index), incident, world.parameters.evasiveTesting)
        }
    }

    private mutating func spend(
        _ incident: Plans.Incident, _ plan: CardMisuseParameters.Credentials, _ draw: inout Draw
    ) {
        let owner = world.customers[Int(incident.customer)]
        for _ in 0..<draw.poisson(plan.paymentsPerDay) {
            let terminal =
                draw.chance(plan.atHabitualTerminals)
                ? usualTerminal(owner, &draw)
                : incident.tactic == .easy
                    ? Int32(draw.below(world.terminals.count)) : anyTerminal(owner, &draw)
            let time =
                draw.chance(plan.atNight)
                ? (22 * 3600 + draw.below(8 * 3600)) % 86_400 : second(owner.rhythm, &draw)
            let amount =
                draw.uniform(plan.multiples) * amount(owner, terminal, &draw)
            steal(incident, terminal, time, Int64(amount))
        }
    }

    /// Tests first, then draws; on which day and when is fixed by the incident, not by the day, so
    /// that its days fit together.
    private mutating func test(
        _ index: Int, _ incident: Plans.Incident, _ plan: CardMisuseParameters.Testing
    ) {
        var draw = world.draw(.incident, index, .min)
        let owner = world.customers[Int(incident.customer)]
        let length = incident.days.count
        var time = draw.below(20 * 3600)
        let tests = draw.integer(plan.tests)
        for number in 0..<tests + draw.integer(plan.draws) {
            let isTest = number < tests
            // Tests on the first day; what empties the card on any day from then on.
            let offset = isTest ? 0 : draw.below(length)
            let terminal: Int32
            let amount: Int64
            if isTest {
                terminal =
                    incident.tactic == .easy
                    ? incident.testTerminal : world.online[draw.below(world.online.count)]
                amount = Int64(
                    draw.integer(plan.testAmounts.lowerBound...plan.testAmounts.upperBound))
            } else {
                terminal =
                    incident.tactic == .easy
                    ? Int32(draw.below(world.terminals.count)) : anyTerminal(owner, &draw)
                amount = max(
                    Int64(draw.uniform(plan.drawMultiples) * owner.meanAmount),
                    Int64(Double(plan.smallestDraw) * draw.uniform(1...1.8)))
            }
            time +=
                incident.tactic == .easy
                ? draw.integer(20...(isTest ? 300 : 3000)) : draw.integer(600...7200)
            let late = incident.tactic == .evasive && offset > 0
            let when = late ? second(owner.rhythm, &draw) : min(time, 86_399)
            if incident.days.lowerBound + offset == day { steal(incident, terminal, when, amount) }
        }
    }

    /// The fraudster pays.
    private mutating func steal(
        _ incident: Plans.Incident, _ terminal: Int32, _ second: Int, _ amount: Int64
    ) {
        payments.append(
            CardTransaction(
                time: midnight + Int64(second) * Timestamps.second, customer: incident.customer,
                terminal: terminal, amount: max(50, amount), fraud: incident.kind,
                tactic: incident.tactic, circumstance: .fraud))
    }
}
