import RiskColumns

extension WorldDay {
    /// Calls, messages and data of a day.
    mutating func talk(_ index: Int, _ who: Subscriber, away: Int, _ draw: inout Draw) {
        if who.traits.contains(.callCentre) { return serveCustomers(index, who, &draw) }
        if who.traits.contains(.probe) { return probe(index, who, &draw) }
        // Some put the card into another device now and then.
        let other = who.other >= 0 && draw.chance(index % 17 == 0 ? 0.3 : 0.003)
        let device = other ? who.other : who.phone(on: day)
        let talkative = 32 + Double(index &* 4099 % 101) * 1.5
        let home = world.population.households[Int(who.household)]
        let regionCell = away >= 0 ? world.population.anyCell(in: away, &draw) : home.cell(on: day)
        let works = who.company >= 0 && calendar.isWorkday && away < 0
        let workCell = works ? world.population.companies[Int(who.company)].cell : regionCell
        // Some people are seen in many cells, some in one or two.
        let still = !who.traits.isDisjoint(with: [.withoutData, .secondCard])
        let roaming = Double(index &* 7919 % 97) / 97 * (still ? 0.03 : 0.3)
        func cell(_ second: Int32, _ draw: inout Draw) -> Int32 {
            if draw.chance(roaming) {
                return world.population.anyCell(in: away >= 0 ? away : Int(home.region), &draw)
            }
            return (9 * 3600..<18 * 3600).contains(second) ? workCell : regionCell
        }
        // On a number of their own people are called; on a second card they call.
        let own = who.traits.isDisjoint(with: [.secondCard, .sales])
        for _ in 0..<draw.poisson(Double(who.calls) * (own ? 1 : 0.4)) {
            let second = second(who.rhythm, &draw)
            let kind = draw.uniform()
            let callee =
                kind < 0.12
                ? ~Int32(draw.below(500))
                : kind < 0.24 ? stranger(&draw) : contact(index, &draw)
            let length = min(5400, talkative * draw.spread(1.1))
            calls.append(
                CallEvent(
                    second: second, caller: Int32(index), callee: callee, device: device,
                    cell: cell(second, &draw), seconds: Int32(length)))
        }
        for _ in 0..<draw.poisson(Double(who.messages) * (own ? 1 : 0.2)) {
            let second = second(who.rhythm, &draw)
            let friend = contact(index, &draw)
            guard friend >= 0 else { continue }
            messages.append(
                MessageEvent(
                    second: second, sender: Int32(index), recipient: friend, device: device,
                    cell: cell(second, &draw)))
        }
        if !who.traits.contains(.withoutData), draw.chance(0.93) {
            let second = second(who.rhythm, &draw)
            data.append(
                DataEvent(
                    second: second, sim: Int32(index), device: device, cell: cell(second, &draw),
                    megabytes: Int32(20 + 400 * draw.spread(1))))
        }
        if who.traits.contains(.courier), calendar.weekday < 6, !calendar.isHoliday, away < 0 {
            deliver(index, device, home, &draw)
        }
        if who.traits.contains(.sales), calendar.weekday < 6, !calendar.isHoliday, away < 0,
            draw.chance(0.85)
        {
            sell(index, device, home, &draw)
        }
    }

    /// Anybody with a telephone.
    func stranger(_ draw: inout Draw) -> Int32 {
        // Cards of gangs have numbers too.
        for _ in 0..<4 {
            let sim = Int32(draw.below(world.simCount))
            if isOpen(sim) { return sim }
        }
        return ~Int32(draw.below(500))
    }

    /// Whether a number is in use on the day; nobody can call one that is not.
    func isOpen(_ sim: Int32) -> Bool {
        let honest = world.population.subscribers.count
        if Int(sim) < honest {
            return Int(world.population.subscribers[Int(sim)].activated) <= day
        }
        if let black = blackCard(sim) {
            return black.activated <= day && day < black.days.upperBound
        }
        let card = world.plans.cards[Int(sim) - honest]
        return card.sim == sim && card.activated <= day && day < card.days.upperBound
    }

    /// Whether hardly anybody has the number.
    private func isUnknown(_ index: Int) -> Bool {
        !world.population.subscribers[index].traits.isDisjoint(
            with: [.secondCard, .sales, .callCentre, .probe])
    }

    /// Somebody's people: 8 to 31, most of them near, some called far more often than others.
    func contact(_ index: Int, _ draw: inout Draw) -> Int32 {
        let count = 8 + index % 24
        let place = min(draw.below(count), draw.below(count))
        var own = world.draw(.contact, index, place)
        let all = world.population.subscribers.count
        // Some are known to many, some to few: who is drawn may be nobody's friend after all.
        for _ in 0..<5 {
            let near = own.chance(0.65)
            let other = near ? (index + own.integer(1...600)) % all : own.below(all)
            let renown = Double(other &* 6151 % 1009) / 1009
            if isUnknown(other) ? own.chance(0.04) : own.chance(renown * renown),
                isOpen(Int32(other))
            {
                return Int32(other)
            }
        }
        return ~Int32(own.below(500))
    }

    /// A day of selling by telephone: strangers, most calls short, few call back.
    private mutating func sell(
        _ index: Int, _ device: Int32, _ home: Household, _ draw: inout Draw
    ) {
        let office = home.cell(on: day)
        for _ in 0..<draw.integer(8...70) {
            let second = Int32(9 * 3600 + draw.below(10 * 3600))
            let customer: Int32
            if draw.chance(0.25) {
                var own = world.draw(.victim, ~index, draw.below(40))
                customer = stranger(&own)
            } else {
                customer = stranger(&draw)
            }
            let cell =
                draw.chance(0.7)
                ? office : world.population.anyCell(in: Int(home.region), &draw)
            call(
                index, customer, device, cell, second,
                draw.chance(0.8) ? draw.integer(4...60) : draw.integer(60...900), callback: 0.05,
                complaint: 0.002, &draw)
        }
    }

    /// A day of a seasonal job: strangers, some of them again, at people's hours.
    mutating func work(_ index: Int, _ season: Season, _ who: Subscriber) {
        guard calendar.weekday < 6, !calendar.isHoliday else { return }
        var draw = world.draw(.season, index, day)
        let home = world.population.households[Int(who.household)]
        let device = season.device >= 0 && draw.chance(0.7) ? season.device : who.phone(on: day)
        // Where the job is: one place, or from door to door.
        let isOutdoors = index % 3 == 0
        for _ in 0..<draw.integer(season.calls) {
            let second = second(.dayWorker, &draw)
            let customer: Int32
            if draw.chance(0.35) {
                var own = world.draw(.victim, ~index, draw.below(25))
                customer = stranger(&own)
            } else {
                customer = stranger(&draw)
            }
            let cell =
                isOutdoors && draw.chance(0.5)
                ? world.population.anyCell(in: Int(home.region), &draw) : home.nextCell
            call(
                index, customer, device, cell, second, Int(min(3600, 70 * draw.spread(1.1))),
                callback: 0.1, complaint: 0.001, &draw)
        }
    }

    /// A courier's round: strangers, short calls, from cell to cell; some call back.
    private mutating func deliver(
        _ index: Int, _ device: Int32, _ home: Household, _ draw: inout Draw
    ) {
        let first = draw.below(world.population.cellsPerRegion)
        let round = draw.integer(15...60)
        for number in 0..<round {
            let second = Int32(8 * 3600 + draw.below(11 * 3600))
            let cell =
                Int(home.region) * world.population.cellsPerRegion
                + (first + number * 5 / round) % world.population.cellsPerRegion
            let customer = stranger(&draw)
            call(
                index, customer, device, Int32(cell), second, draw.integer(6...60),
                callback: 0.12, complaint: 0.0006, &draw)
            if draw.chance(0.2), customer >= 0 {
                messages.append(
                    MessageEvent(
                        second: second, sender: Int32(index), recipient: customer, device: device,
                        cell: Int32(cell)))
            }
        }
    }

    /// A line of a call centre: half of its calls to its own customers, half to strangers. Half of
    /// the centres have gateways with four lines each.
    private mutating func serveCustomers(_ index: Int, _ who: Subscriber, _ draw: inout Draw) {
        guard calendar.isWorkday || calendar.weekday == 5 && draw.chance(0.4) else { return }
        let company = world.population.companies[Int(who.company)]
        let device =
            who.company % 2 == 0
            ? world.population.subscribers[index & ~3].phone : who.phone(on: day)
        for _ in 0..<draw.integer(20...85) {
            let second = Int32(9 * 3600 + draw.below(9 * 3600))
            let customer: Int32
            if draw.chance(0.45) {
                var own = world.draw(.contact, ~Int(who.company), draw.below(900))
                customer = stranger(&own)
            } else {
                customer = stranger(&draw)
            }
            call(
                index, customer, device, company.cell, second,
                draw.chance(0.6) ? draw.integer(4...40) : draw.integer(40...400), callback: 0.06,
                complaint: 0.0025, &draw)
        }
    }

    /// A network's test unit: calls the same few numbers every 12 minutes or so, day and night.
    private mutating func probe(_ index: Int, _ who: Subscriber, _ draw: inout Draw) {
        let cell = world.population.companies[Int(who.company)].cell + Int32(index % 5)
        var second = draw.below(700)
        while second < 86_400 {
            let callee =
                draw.chance(0.7) ? ~Int32(draw.below(12)) : stranger(&draw)
            calls.append(
                CallEvent(
                    second: Int32(second), caller: Int32(index), callee: callee,
                    device: who.phone(on: day), cell: cell, seconds: Int32(draw.integer(8...30))))
            second += draw.integer(700...1500)
        }
    }

    /// A call to somebody, who may call back or complain.
    mutating func call(
        _ caller: Int, _ callee: Int32, _ device: Int32, _ cell: Int32, _ second: Int32,
        _ seconds: Int, callback: Double, complaint: Double, _ draw: inout Draw
    ) {
        calls.append(
            CallEvent(
                second: second, caller: Int32(caller), callee: callee, device: device, cell: cell,
                seconds: Int32(seconds)))
        let reaction = draw.uniform()
        if reaction < callback, callee >= 0, Int(callee) < world.population.subscribers.count {
            let other = world.population.subscribers[Int(callee)]
            let later = second + Int32(draw.integer(60...7200))
            guard later < 86_400, Int(other.activated) < day else { return }
            calls.append(
                CallEvent(
                    second: later, caller: callee, callee: Int32(caller),
                    device: other.phone(on: day),
                    cell: world.population.households[Int(other.household)].cell(on: day),
                    seconds: Int32(draw.integer(5...90))))
        } else if reaction > 1 - complaint {
            complaints.append(
                ComplaintEvent(
                    second: min(86_399, second + Int32(draw.integer(300...9000))),
                    sim: Int32(caller)))
        }
    }

    /// The nightly record of every card that called or wrote; the identity and the cell are those of
    /// the last act made.
    mutating func closeSims() {
        var last = [Int32](repeating: -1, count: world.simCount)
        for (index, call) in calls.enumerated() { last[Int(call.caller)] = Int32(index) }
        for (index, message) in messages.enumerated() where last[Int(message.sender)] < 0 {
            last[Int(message.sender)] = ~Int32(index) - 1
        }
        for sim in last.indices where last[sim] != -1 {
            let (device, cell) =
                last[sim] >= 0
                ? (calls[Int(last[sim])].device, calls[Int(last[sim])].cell)
                : (
                    messages[Int(~(last[sim] + 1))].device, messages[Int(~(last[sim] + 1))].cell
                )
            let (holder, store, activated) = contract(of: sim)
            simDays.append(
                SimDayEvent(
                    second: Self.closing, sim: Int32(sim), device: device, cell: cell,
                    holder: holder, store: store, tenure: Int32(max(0, day - activated))))
        }
    }

    /// Who a card is contracted with, through which dealer and since which day.
    func contract(of sim: Int) -> (holder: Int32, store: Int32, activated: Int) {
        let honest = world.population.subscribers.count
        if sim < honest {
            let who = world.population.subscribers[sim]
            return (who.holder, who.store, Int(who.activated))
        }
        if sim >= Int(Self.firstDataCard) {
            let owner = sim - Int(Self.firstDataCard)
            if let card = Self.dataCard(of: owner, in: world) {
                return (world.population.subscribers[owner].holder, card.store, card.opened)
            }
        }
        if let black = blackCard(Int32(sim)) {
            return (black.holder, black.store, black.activated)
        }
        let card = world.plans.cards[sim - honest]
        return (card.holder, card.store, card.activated)
    }

    /// When the nightly records are made, a minute before midnight.
    static let closing: Int32 = 86_340
}
