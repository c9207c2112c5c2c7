import RiskColumns

extension CardMisuseWorld {
    /// The payments of a day, sorted by time.
    /// - Parameter day: 0..<days.
    /// - Complexity: O(customers + payments × log payments), memory for one day.
    public func transactions(day: Int) -> [CardTransaction] {
        precondition((0..<days).contains(day))
        var today = Today(world: self, day: day)
        for customer in customers.indices { today.live(customer) }
        for sale in plans.salesOfDay[day] { today.hold(sale) }
        for incident in plans.incidentsOfDay[day] { today.commit(incident) }
        today.payments.sort()
        return today.payments
    }
}

/// A day in the making.
private struct Today {
    let world: CardMisuseWorld
    let day: Int
    var payments: [CardTransaction] = []

    /// The index of the compromise of each terminal, -1 for none.
    private var compromiseOf: [Int32]
    private let midnight: Int64
    /// Monday is 0.
    private let weekday: Int
    private let inGiftSeason: Bool

    init(world: CardMisuseWorld, day: Int) {
        self.world = world
        self.day = day
        midnight = world.start + Int64(day) * Timestamps.day
        let date = Calendar(midnight: midnight)
        weekday = date.weekday
        inGiftSeason = date.inGiftSeason
        compromiseOf = [Int32](repeating: -1, count: world.terminals.count)
        for index in world.plans.compromisesOfDay[day] {
            compromiseOf[Int(world.plans.compromises[Int(index)].terminal)] = index
        }
        payments.reserveCapacity(world.customers.count * 5 / 2)
    }

    /// A customer's own payments of the day.
    mutating func live(_ index: Int) {
        let customer = world.customers[index]
        var draw = world.draw(.day, index, day)
        let trip = world.trip(of: index, on: day)
        let seasonal = inGiftSeason && trip == nil ? 1.15 : 1
        var mean = customer.rate * customer.rhythm.weekdays[weekday] * seasonal
        if trip != nil { mean = mean * 1.4 + 0.8 }
        for _ in 0..<draw.poisson(mean) {
            if let trip, draw.chance(0.85) {
                let near = world.town[trip.town]
                pay(
                    index, near[draw.below(near.count)], second(Rhythm.evening, &draw),
                    trip.multiple, .trip, &draw)
            } else if draw.chance(0.002) {
                pay(
                    index, anyTerminal(customer, &draw), second(customer.rhythm, &draw),
                    draw.uniform(3...10), .largePurchase, &draw)
            } else {
                pay(
                    index, usualTerminal(customer, &draw), second(customer.rhythm, &draw), 1,
                    .ordinary, &draw)
            }
        }
        if customer.traits.contains(.commuter), weekday < 5, trip == nil { commute(index, &draw) }
        if customer.traits.contains(.business), weekday < 6, draw.chance(0.25) {
            buyInBulk(index, &draw)
        }
        if trip == nil, draw.chance(giftChance(index)) { buyPresents(index, &draw) }
    }

    /// One to four tiny payments at two machines on the way.
    private mutating func commute(_ index: Int, _ draw: inout Draw) {
        let machines = world.smallChange
        for _ in 0..<draw.below(5) {
            let machine = machines[(index * 7 + draw.below(2)) % machines.count]
            let amount = Int64(draw.integer(60...380))
            book(
                index, machine, second(world.customers[index].rhythm, &draw), amount, .smallChange,
                &draw)
        }
    }

    /// Three to eight large payments at three suppliers within two hours.
    private mutating func buyInBulk(_ index: Int, _ draw: inout Draw) {
        let customer = world.customers[index]
        let suppliers = world.town[customer.town(on: day)]
        let start = draw.integer(7 * 3600...16 * 3600)
        for _ in 0..<draw.integer(3...8) {
            let supplier = suppliers[(index * 13 + draw.below(3)) % suppliers.count]
            pay(
                index, supplier, start + draw.below(7200), draw.uniform(1.5...5), .bulk, &draw)
        }
    }

    /// Three to six larger payments of one afternoon, most of them in shops never visited before.
    private mutating func buyPresents(_ index: Int, _ draw: inout Draw) {
        let start = draw.integer(10 * 3600...17 * 3600)
        for _ in 0..<draw.integer(3...6) {
            let shop = anyTerminal(world.customers[index], &draw)
            pay(index, shop, start + draw.below(4 * 3600), draw.uniform(1.2...3.5), .gift, &draw)
        }
    }

    private func giftChance(_ index: Int) -> Double {
        let giver = world.customers[index].traits.contains(.giver)
        if inGiftSeason { return giver ? 0.15 : 0.02 }
        return giver ? 0.012 : 0.003
    }

    /// A sale's visitors of the day.
    mutating func hold(_ index: Int32) {
        let sale = world.plans.sales[Int(index)]
        var draw = world.draw(.sale, Int(index), day)
        for _ in 0..<draw.poisson(sale.visitorsPerDay) {
            let visitor = draw.below(world.customers.count)
            pay(
                visitor, sale.terminal, second(world.customers[visitor].rhythm, &draw),
                sale.multiple, .sale, &draw)
        }
    }

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

    /// Tests first, then draws; on which day and when is fixed by the incident, not by the day, so that
    /// its days fit together.
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
                amount = Int64(draw.integer(plan.testAmounts.lowerBound...plan.testAmounts.upperBound))
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
}

extension Today {
    /// A terminal that the customer knows, the usual ones more often; now and then any of the region.
    private func usualTerminal(_ customer: Customer, _ draw: inout Draw) -> Int32 {
        if draw.chance(0.06) { return anyTerminal(customer, &draw) }
        let own = customer.habitual(on: day)
        return own[min(draw.below(own.count), draw.below(own.count))]
    }

    /// A terminal of the customer's town, of another town, or an online one.
    private func anyTerminal(_ customer: Customer, _ draw: inout Draw) -> Int32 {
        if draw.chance(0.25) { return world.online[draw.below(world.online.count)] }
        let near = world.town[
            draw.chance(0.7) ? customer.town(on: day) : draw.below(world.town.count)]
        return near[draw.below(near.count)]
    }

    /// A second of the day.
    private func second(_ rhythm: Rhythm, _ draw: inout Draw) -> Int {
        draw.place(cumulative: rhythm.hours) * 3600 + draw.below(3600)
    }

    /// What a payment of the customer at the terminal comes to, in hundredths.
    private func amount(_ customer: Customer, _ terminal: Int32, _ draw: inout Draw) -> Double {
        customer.meanAmount * world.terminals[Int(terminal)].kind.amountFactor
            * draw.spread(customer.sigma)
    }

    /// The customer pays.
    private mutating func pay(
        _ index: Int, _ terminal: Int32, _ second: Int, _ multiple: Double,
        _ circumstance: CardCircumstance, _ draw: inout Draw
    ) {
        let amount = multiple * amount(world.customers[index], terminal, &draw)
        book(index, terminal, second, Int64(amount), circumstance, &draw)
    }

    /// The payment is booked, or abused where the terminal is in the wrong hands.
    private mutating func book(
        _ index: Int, _ terminal: Int32, _ second: Int, _ amount: Int64,
        _ circumstance: CardCircumstance, _ draw: inout Draw
    ) {
        var payment = CardTransaction(
            time: midnight + Int64(min(second, 86_399)) * Timestamps.second,
            customer: Int32(index), terminal: terminal, amount: max(50, amount), fraud: nil,
            tactic: .easy, circumstance: circumstance)
        let compromise = compromiseOf[Int(terminal)]
        if compromise >= 0 {
            let plan = world.plans.compromises[Int(compromise)]
            if draw.chance(plan.share) {
                payment.fraud = .compromisedTerminal
                payment.tactic = plan.tactic
                payment.circumstance = .fraud
                payment.amount = Int64(Double(payment.amount) * draw.uniform(plan.multiples))
            }
        }
        payments.append(payment)
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

extension CardMisuseWorld {
    /// Where somebody is away to.
    struct Trip {
        let town: Int
        /// On the amounts.
        let multiple: Double
    }

    /// The trip that a customer is on. In each slot of 60 days one trip may begin, of 3 to 14 days; it may
    /// reach into the next slot.
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
private struct Calendar {
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
