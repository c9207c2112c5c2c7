import RiskColumns

/// The services that send codes to telephones. The first ones are the operator's own platforms, whose
/// registrations are in the logs.
enum Services {
    static let all = 60
    static let own = 4
}

extension WorldDay {
    /// Codes and registrations of a day, of honest people and of others.
    mutating func register() {
        let population = world.population
        for index in population.subscribers.indices {
            let who = population.subscribers[index]
            if who.logins > 0, Int(who.activated) <= day { signUp(index, who) }
        }
        for number in 0..<SharedAddresses.terminals(population) { standAtCounter(number) }
        for household in population.households.indices
        where population.households[household].isDormitory { promote(household) }
        for index in world.plans.codeNumbersOfDay[day] { receiveCodes(Int(index)) }
    }

    /// Whether somebody collects coupons: codes and registrations by the dozen, all their own.
    static func huntsDeals(_ index: Int) -> Bool { index &* 7_368_787 % 1009 < 16 }

    /// Codes of the services that somebody uses, and now and then an account at another one.
    private mutating func signUp(_ index: Int, _ who: Subscriber) {
        var draw = world.draw(.signUp, index, day)
        let hunts = Self.huntsDeals(index)
        let mine = hunts ? 30 : 3 + index % 9
        // A new telephone asks for all of them again.
        let more = Int(who.phoneDay) == day ? draw.integer(3...mine + 3) : 0
        for _ in 0..<draw.poisson(hunts ? 4 : 0.3) + more {
            var own = world.draw(.service, index, draw.below(mine))
            let isApart = hunts && Self.keepsCodeNumber(index)
            code(
                to: isApart ? Self.firstCodeNumber + Int32(index) : Int32(index),
                second(who.rhythm, &draw), Int32(own.below(Services.all)))
        }
        for _ in 0..<draw.poisson(hunts ? 0.12 : 0.018) {
            let second = second(who.rhythm, &draw)
            let place = whereabouts(index, who, second, away: -1, &draw)
            register(
                codeNumber(of: index), second, seen(place, of: index, at: second),
                Int32(draw.below(Services.own)))
        }
        receiveOwnCodes(index, who)
    }

    /// Numbers that people keep for codes only start here, each with its owner's added.
    static let firstCodeNumber: Int32 = 1_600_000_000

    /// Whether somebody has an old number, or a second one, that only codes are sent to: 4 % of people, and
    /// two in three who collect coupons.
    static func keepsCodeNumber(_ index: Int) -> Bool {
        index &* 6_700_417 % 997 < 40 || huntsDeals(index) && index % 3 != 0
    }

    /// The number that somebody registers with today.
    private func codeNumber(of index: Int) -> Int32 {
        guard Self.keepsCodeNumber(index) else { return Int32(index) }
        var draw = world.draw(.codeNumber, index, day)
        return draw.chance(0.7) ? Self.firstCodeNumber + Int32(index) : Int32(index)
    }

    /// The codes that come to it: of banks and shops of years.
    private mutating func receiveOwnCodes(_ index: Int, _ who: Subscriber) {
        guard Self.keepsCodeNumber(index) else { return }
        var draw = world.draw(.codeNumber, ~index, day)
        for _ in 0..<draw.poisson(0.35) {
            var own = world.draw(.service, ~index, draw.below(4 + index % 14))
            code(
                to: Self.firstCodeNumber + Int32(index), second(who.rhythm, &draw),
                Int32(own.below(Services.all)))
        }
    }

    /// At some counters customers are signed up at the shop's device, elderly ones above all.
    private mutating func standAtCounter(_ number: Int) {
        guard number % 2 == 0 else { return }
        var draw = world.draw(.counter, number, day)
        let place = SharedAddresses.bookkeepers(world.population) + number
        let ip = SharedAddresses.address(place, world)
        for _ in 0..<draw.integer(0...7) {
            let account = draw.below(world.population.subscribers.count)
            guard Int(world.population.subscribers[account].activated) <= day else { continue }
            let device = SharedAddresses.firstDevice + 10_000_000 + Int32(number * 16)
            register(
                Int32(account), Int32(9 * 3600 + draw.below(10 * 3600)),
                Whereabouts(device: device, ip: ip), Int32(draw.below(2)))
        }
    }

    /// A stand in front of a dormitory: one afternoon many sign up, half of them at two telephones of
    /// the promoters.
    private mutating func promote(_ household: Int) {
        var fixed = world.draw(.counter, ~household, -1)
        guard fixed.chance(0.6), fixed.below(world.days) == day else { return }
        var draw = world.draw(.counter, ~household, day)
        let home = world.population.households[household]
        let ip = world.addresses.dormitory(household)
        for index in Int(home.first)..<Int(home.first) + Int(home.size) {
            let who = world.population.subscribers[index]
            guard Int(who.activated) <= day, draw.chance(0.45) else { continue }
            let device =
                draw.chance(0.5)
                ? SharedAddresses.firstDevice + 20_000_000 + Int32(household * 2 + draw.below(2))
                : who.phone(on: day)
            register(
                Int32(index), Int32(14 * 3600 + draw.below(3 * 3600)),
                Whereabouts(device: device, ip: ip), 1)
        }
    }

    /// A day of a number that receives codes for others.
    private mutating func receiveCodes(_ index: Int) {
        let number = world.plans.codeNumbers[index]
        guard number.days.contains(day) else { return }
        let plan = number.tactic == .easy ? parameters.easyCodes : parameters.evasiveCodes
        var draw = world.draw(.codes, index, day)
        for _ in 0..<draw.integer(plan.codes) {
            code(
                to: number.sim, Int32(8 * 3600 + draw.below(15 * 3600)),
                Int32(draw.below(Services.all)))
        }
        for (slot, (_, service)) in number.registrations.enumerated()
        where number.registrations[slot].day == day {
            var second = second(.evening, &draw)
            let place: Whereabouts
            if plan.devices > 0 {
                // The gang's numbers one after the other, within an hour or two.
                var session = world.draw(.codes, ~Int(number.batch), day)
                let start = session.integer(8 * 3600...20 * 3600)
                second = Int32(start + draw.below(5400))
                place = gangPlace(number, plan, second, &draw)
            } else if draw.chance(plan.handedOver) {
                let owner = world.population.subscribers[Int(number.sim)]
                place = whereabouts(Int(number.sim), owner, second, away: -1, &draw)
            } else {
                let region = world.population.anyRegion(&draw)
                place = Whereabouts(
                    device: 2_000_000_000 + Int32(index * 8 + slot),
                    ip: cover(plan.homeProxy, gang: number.gang, region: region, at: second, &draw))
            }
            register(number.sim, second, place, service)
            if let event = makeCase(
                second: second, known: number.known, (.sim, number.sim),
                others: [(.device, place.device)])
            {
                registrationCases.append(event)
            }
        }
        visit(index, number, plan)
    }

    /// One of a gang's telephones, and one of the addresses that it uses.
    private func gangPlace(
        _ number: FraudPlans.CodeNumber, _ plan: WorldParameters.CodeNumbers, _ second: Int32,
        _ draw: inout Draw
    ) -> Whereabouts {
        let origin = Int(number.batch) << 8 | draw.below(plan.addresses)
        var from = world.draw(.codes, ~origin, -1)
        let device = number.device + Int32(draw.below(plan.devices))
        let region = world.population.anyRegion(&from)
        return Whereabouts(
            device: device,
            ip: cover(plan.homeProxy, gang: number.gang, region: region, at: second, &from))
    }

    /// Now and then a gang logs in to the accounts that it has registered, so that they live.
    private mutating func visit(
        _ index: Int, _ number: FraudPlans.CodeNumber, _ plan: WorldParameters.CodeNumbers
    ) {
        guard plan.devices > 0 else { return }
        var draw = world.draw(.warmth, ~index, day)
        for slot in number.registrations.indices
        where number.registrations[slot].day < day && draw.chance(0.25) {
            let second = second(.evening, &draw)
            let place = gangPlace(number, plan, second, &draw)
            logins.append(
                LoginEvent(
                    second: second, account: Self.firstGangAccount + Int32(index * 8 + slot),
                    device: place.device, ip: place.ip, success: true))
        }
    }

    /// Accounts that gangs have registered: numbers of accounts that nobody has.
    static let firstGangAccount: Int32 = 1_700_000_000

    /// A day of a pool's card that is kept warm: a call to another card of the pool, some data. Pools use
    /// cards of virtual operators: what they do passes the network, but their contracts and nightly records
    /// are elsewhere, so this is made when the others are closed.
    mutating func keepWarm(_ index: Int) {
        let number = world.plans.codeNumbers[index]
        guard number.warmFrom < number.days.lowerBound else { return }
        var draw = world.draw(.warmth, index, day)
        let (modem, cell) = (number.device, anyCell(of: number.batch))
        if draw.chance(0.3) {
            let other =
                FraudPlans.firstPoolNumber + number.batch
                + Int32(draw.below(Int(number.batchCount)))
            let second = second(.dayWorker, &draw)
            if other != number.sim {
                calls.append(
                    CallEvent(
                        second: second, caller: number.sim, callee: other, device: modem,
                        cell: cell, seconds: Int32(draw.integer(5...150))))
            }
        }
        if draw.chance(0.4) {
            data.append(
                DataEvent(
                    second: second(.dayWorker, &draw), sim: number.sim, device: modem, cell: cell,
                    megabytes: Int32(draw.integer(1...60))))
        }
    }

    /// Where a pool's modems are.
    private func anyCell(of batch: Int32) -> Int32 {
        var draw = world.draw(.warmth, 1 << 40 | Int(batch), -1)
        return world.population.anyCell(in: world.population.anyRegion(&draw), &draw)
    }

    /// A code for a number.
    private mutating func code(to sim: Int32, _ second: Int32, _ service: Int32) {
        codes.append(CodeEvent(second: second, sim: sim, service: service))
    }

    /// An account registered with a number; its code comes first.
    private mutating func register(
        _ sim: Int32, _ second: Int32, _ place: Whereabouts, _ service: Int32
    ) {
        code(to: sim, max(0, second - 30), service)
        registrations.append(
            RegistrationEvent(
                second: second, sim: sim, device: place.device, ip: place.ip, service: service))
    }
}
