import RiskColumns

extension WorldDay {
    /// The connection that a gang uses: a home let as a proxy, a VPN's exit, a rented server.
    func cover(
        _ homes: Double, gang: Int32, region: Int, at second: Int32, _ draw: inout Draw
    ) -> UInt32 {
        let running = world.plans.linesOfDay[day]
        if draw.chance(homes) {
            // One in the victim's region, where the service has one.
            var chosen = -1
            for _ in 0..<6 where !running.isEmpty {
                chosen = Int(running[draw.below(running.count)])
                if Int(world.plans.lines[chosen].region) == region { break }
            }
            if chosen >= 0 { return address(ofProxy: world.plans.lines[chosen], at: second) }
            let lines = world.population.lines
            // Malware on an honest home's router.
            return address(ofLine: draw.below(max(1, lines.count)), at: second)
        }
        return draw.chance(0.5)
            ? world.addresses.vpn(Int(gang) * 3 + draw.below(6))
            : world.addresses.dataCentre(Int(gang) * 5 + draw.below(4))
    }

    /// A stolen account's day.
    mutating func steal(_ index: Int) {
        let theft = world.plans.takeovers[index]
        let plan =
            theft.tactic == .easy ? parameters.easyTakeover : parameters.evasiveTakeover
        var draw = world.draw(.takeover, index, day)
        let owner = world.population.subscribers[Int(theft.account)]
        let region = Int(world.population.households[Int(owner.household)].region)
        // Which purchase is on which day is fixed by the theft, not by the day.
        let spending = max(1, theft.days.count - theft.quiet)
        let today = day - theft.days.lowerBound - theft.quiet
        let count =
            today < 0
            ? 0 : (0..<theft.purchases).count { $0 * spending / theft.purchases == today }
        var own = world.draw(.takeover, index, -1)
        let atNight = own.chance(plan.atNight)
        let cover = cover(
            plan.homeProxy, gang: theft.gang, region: region, at: 12 * 3600, &own)
        let start =
            atNight ? Int32(draw.below(6 * 3600)) : second(owner.rhythm, &draw)
        var place = Whereabouts(device: theft.device, ip: cover)
        if theft.isRemote {
            place.ip =
                whereabouts(
                    Int(theft.account), owner, start, away: -1, &draw
                ).ip
        }
        let failures = !theft.isRemote && draw.chance(0.2) ? 1 : 0
        for number in 0...failures {
            logins.append(
                LoginEvent(
                    second: min(86_300, start + Int32(number * 15)), account: theft.account,
                    device: place.device, ip: place.ip, success: number == failures))
        }
        var time = start
        for _ in 0..<count {
            time += Int32(draw.integer(40...900))
            let second = min(86_399, time)
            let virtual = draw.chance(plan.virtualGoods)
            let goods: Goods = virtual ? (draw.chance(0.6) ? .giftCard : .topUp) : .electronics
            let amount =
                Double(owner.meanAmount) * (virtual ? 1 : 1.6) * draw.uniform(plan.multiples)
            // A gang sells through few shops.
            var shop = world.draw(.gang, Int(theft.gang), draw.below(5))
            let merchant = merchant(shop.below(1 << 30), goods, &draw)
            purchase(theft.account, second, place, goods, amount, merchant)
            if let event = makeCase(
                second: second, known: theft.known, (.account, theft.account),
                others: [(.device, theft.device)])
            {
                takeoverCases.append(event)
            }
        }
    }

    /// The addresses that a sweep comes from on the day, and the second at which each begins.
    func origins(ofSweep index: Int) -> [(start: Int32, ip: UInt32)] {
        let sweep = world.plans.sweeps[index]
        let plan = sweep.tactic == .easy ? parameters.easySweep : parameters.evasiveSweep
        var draw = world.draw(.sweep, index, day)
        return (0..<draw.integer(plan.addresses)).map { origin in
            let start = Int32(draw.below(22 * 3600))
            let region = world.population.anyRegion(&draw)
            let ip =
                plan.throughHomes
                ? cover(1, gang: sweep.gang, region: region, at: start, &draw)
                : world.addresses.dataCentre(Int(sweep.gang) * 5 + origin)
            return (start, ip)
        }
    }

    /// The device that a sweep shows: copied from somebody honest, or invented, the number of one that
    /// nobody has.
    private func fingerprint(
        _ sweep: Int, _ origin: Int, _ number: Int, copied: Double
    ) -> Int32 {
        var draw = world.draw(.fingerprint, ~(sweep << 16 | origin << 9 | number), day)
        let other = draw.below(world.population.subscribers.count)
        if draw.chance(copied) { return world.population.subscribers[other].phone }
        return 1_000_000_000 + Int32(sweep % 4096) * 200_000 + Int32(origin * 400 + number)
    }

    /// A day of trying passwords.
    mutating func sweep(_ index: Int) {
        let sweep = world.plans.sweeps[index]
        let plan = sweep.tactic == .easy ? parameters.easySweep : parameters.evasiveSweep
        for (origin, (start, ip)) in origins(ofSweep: index).enumerated() {
            var draw = world.draw(.attempts, index << 8 | origin, day)
            var second = start
            let tries = draw.integer(plan.tries)
            var last: Int32 = start
            for number in 0..<tries {
                let device = fingerprint(
                    index, origin, number / plan.triesPerDevice, copied: plan.copied)
                second += Int32(draw.integer(plan.gap))
                if second >= 86_400 { break }
                last = second
                logins.append(
                    LoginEvent(
                        second: second,
                        account: Int32(draw.below(world.population.subscribers.count)),
                        device: device, ip: ip,
                        success: draw.chance(plan.success)))
            }
            if let event = makeCase(
                second: last, known: sweep.known.map { max(day, $0) }, (.account, -1), ip: ip)
            {
                sweepCases.append(event)
            }
        }
    }
}
