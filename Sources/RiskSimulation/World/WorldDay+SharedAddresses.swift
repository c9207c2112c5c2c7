import RiskColumns

/// Addresses from which many accounts log in honestly, besides those of homes, companies and carriers.
enum SharedAddresses {
    /// Services that keep the books of many small shops and log in to all of their accounts each day.
    static func bookkeepers(_ population: Population) -> Int {
        max(2, population.subscribers.count / 2500)
    }

    /// Internet cafés, libraries, counters of shops.
    static func terminals(_ population: Population) -> Int {
        max(2, population.subscribers.count / 3000)
    }

    /// Both together: bookkeepers come first.
    static func count(_ population: Population) -> Int {
        bookkeepers(population) + terminals(population)
    }

    /// The address with a number below `count`.
    static func address(_ number: Int, _ world: SubscriberWorld) -> UInt32 {
        let first = bookkeepers(world.population)
        return number < first
            ? world.addresses.dataCentre(1_000_000 + number)
            : world.addresses.terminal(number - first)
    }

    /// Fingerprints of bookkeepers' servers and of terminals: numbers of devices that nobody has.
    static let firstDevice: Int32 = 1_900_000_000

    /// Whether a bookkeeper goes through the accounts of former clients on a day.
    static func closesBooks(_ number: Int, on day: Int) -> Bool { (day + 5 * number) % 15 == 0 }

    /// The day on which a company makes everybody log in anew, nil for most.
    static func changeover(_ company: Int, _ world: SubscriberWorld) -> Int? {
        var draw = world.draw(.changeover, company, -1)
        return draw.chance(0.35) ? draw.below(world.days) : nil
    }
}

extension WorldDay {
    /// Log-ins from shared addresses: what a sweep looks like and is none.
    mutating func shareAddresses() {
        let population = world.population
        for number in 0..<SharedAddresses.bookkeepers(population) {
            keepBooks(number)
            closeBooks(number)
        }
        for number in 0..<SharedAddresses.terminals(population) { openTerminal(number) }
        for company in population.companies.indices
        where SharedAddresses.changeover(company, world) == day { changeOver(company) }
    }

    /// One account after the other at a machine's pace; some passwords have been changed since, and fail
    /// until the client tells the new one.
    private mutating func keepBooks(_ number: Int) {
        var fixed = world.draw(.bookkeeper, number, -1)
        let clients = fixed.integer(15...70)
        let gap = fixed.integer(2...25)
        let start = fixed.below(20 * 3600)
        let outdated = fixed.uniform(0.02...0.2)
        var draw = world.draw(.bookkeeper, number, day)
        if draw.chance(0.1) { return }
        let ip = SharedAddresses.address(number, world)
        var second = Int32(start + draw.below(1200))
        for client in 0..<clients {
            // A client leaves and another one comes every 60 days.
            let term = (day + client * 7) / 60
            var who = world.draw(.bookkeeper, ~(number * 128 + client), term)
            let account = who.below(world.population.subscribers.count)
            guard uses(account) else { continue }
            var password = world.draw(.bookkeeper, ~(number * 128 + client), 1000 + day / 5)
            let fails = password.chance(outdated)
            for _ in 0..<(fails ? 2 : 1) {
                second += Int32(draw.integer(gap...gap + 4))
                if second >= 86_400 { return }
                logins.append(
                    LoginEvent(
                        second: second, account: Int32(account),
                        device: SharedAddresses.firstDevice + Int32(number), ip: ip, success: !fails
                    ))
            }
        }
    }

    /// Twice a month a bookkeeper goes through the accounts of former clients too: at the same pace, with
    /// passwords of long ago.
    private mutating func closeBooks(_ number: Int) {
        guard SharedAddresses.closesBooks(number, on: day) else { return }
        var draw = world.draw(.archive, number, day)
        let outdated = draw.uniform(0.3...0.8)
        let ip = SharedAddresses.address(number, world)
        var second = Int32(draw.below(20 * 3600))
        for client in 0..<draw.integer(40...150) {
            var who = world.draw(.archive, ~(number * 256 + client), -1)
            let account = who.below(world.population.subscribers.count)
            guard uses(account) else { continue }
            second += Int32(draw.integer(2...9))
            if second >= 86_400 { return }
            logins.append(
                LoginEvent(
                    second: second, account: Int32(account),
                    device: SharedAddresses.firstDevice + Int32(number), ip: ip,
                    success: !draw.chance(outdated)))
        }
    }

    /// People of the region one after the other at a few devices; some have forgotten their password.
    private mutating func openTerminal(_ number: Int) {
        var fixed = world.draw(.terminal, number, -1)
        let region = world.population.anyRegion(&fixed)
        let devices = fixed.integer(2...12)
        let visitors = fixed.integer(6...45)
        let place = SharedAddresses.bookkeepers(world.population) + number
        let ip = SharedAddresses.address(place, world)
        var draw = world.draw(.terminal, number, day)
        for _ in 0..<draw.integer(visitors / 2...visitors) {
            var account = draw.below(world.population.subscribers.count)
            for _ in 0..<8 where self.region(of: account) != region {
                account = draw.below(world.population.subscribers.count)
            }
            let second = Int32(8 * 3600 + draw.below(15 * 3600))
            let failures = draw.chance(0.25) ? draw.integer(1...4) : 0
            let givesUp = failures > 0 && draw.chance(0.35)
            guard uses(account) else { continue }
            let device =
                SharedAddresses.firstDevice + 10_000_000 + Int32(number * 16 + draw.below(devices))
            for attempt in 0...failures where attempt < failures || !givesUp {
                logins.append(
                    LoginEvent(
                        second: second + Int32(25 * attempt), account: Int32(account),
                        device: device, ip: ip, success: attempt == failures))
            }
        }
    }

    /// New sign-on at a company: everybody logs in within an hour, half of them with the old password.
    private mutating func changeOver(_ company: Int) {
        var draw = world.draw(.changeover, company, day)
        let ip = world.addresses.company(company)
        for index in world.population.subscribers.indices
        where world.population.subscribers[index].company == Int32(company) {
            let second = Int32(9 * 3600 + draw.below(3600))
            let failures = draw.chance(0.5) ? draw.integer(1...3) : 0
            guard uses(index) else { continue }
            let device = world.population.subscribers[index].phone(on: day)
            for number in 0...failures {
                logins.append(
                    LoginEvent(
                        second: second + Int32(20 * number), account: Int32(index),
                        device: device, ip: ip, success: number == failures))
            }
        }
    }

    /// Whether somebody has an account that is in use on the day.
    private func uses(_ account: Int) -> Bool {
        let who = world.population.subscribers[account]
        return who.logins > 0 && Int(who.activated) <= day
    }

    private func region(of account: Int) -> Int {
        let who = world.population.subscribers[account]
        return Int(world.population.households[Int(who.household)].region)
    }

    /// Cases against addresses from which many accounts log in honestly.
    mutating func accuseAddresses() {
        for mistake in world.plans.mistakenAddresses where mistake.days.lowerBound == day {
            if let event = makeCase(
                second: 12 * 3600, known: mistake.known, (.account, -1),
                ip: SharedAddresses.address(Int(mistake.entity), world))
            {
                sweepCases.append(event)
            }
        }
    }
}
