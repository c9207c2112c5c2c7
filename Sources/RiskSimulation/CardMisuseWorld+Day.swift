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
struct Today {
    let world: CardMisuseWorld
    let day: Int
    var payments: [CardTransaction] = []

    /// The index of the compromise of each terminal, -1 for none.
    private var compromiseOf: [Int32]
    let midnight: Int64
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
            } else if draw.chance(0.0012) {
                pay(
                    index, anyTerminal(customer, &draw), second(customer.rhythm, &draw),
                    draw.uniform(2...8), .largePurchase, &draw)
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
}

extension Today {
    /// A terminal that the customer knows, the usual ones more often; now and then any of the
    /// region.
    func usualTerminal(_ customer: Customer, _ draw: inout Draw) -> Int32 {
        if draw.chance(0.06) { return anyTerminal(customer, &draw) }
        let own = customer.habitual(on: day)
        return own[min(draw.below(own.count), draw.below(own.count))]
    }

    /// A terminal of the customer's town, of another town, or an online one.
    func anyTerminal(_ customer: Customer, _ draw: inout Draw) -> Int32 {
        if draw.chance(0.25) { return world.online[draw.below(world.online.count)] }
        let near = world.town[
            draw.chance(0.7) ? customer.town(on: day) : draw.below(world.town.count)]
        return near[draw.below(near.count)]
    }

    /// A second of the day.
    func second(_ rhythm: Rhythm, _ draw: inout Draw) -> Int {
        draw.place(cumulative: rhythm.hours) * 3600 + draw.below(3600)
    }

    /// What a payment of the customer at the terminal comes to, in hundredths.
    func amount(_ customer: Customer, _ terminal: Int32, _ draw: inout Draw) -> Double {
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
}
