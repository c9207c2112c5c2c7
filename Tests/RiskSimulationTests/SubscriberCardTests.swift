import RiskColumns
import Testing

@testable import RiskSimulation

@Suite("world: cases before the first day, cards opened to be sold, shared addresses")
struct SubscriberCardTests {
    var world: SubscriberWorld { SubscriberFraudTests.world }
    var days: [WorldDay] { SubscriberFraudTests.days }
    var plans: FraudPlans { world.plans }
    let firstDay = 10

    @Test("what was known before the first day ended then; what never is known runs its course")
    func knownBefore() {
        let spells: [(known: Int?, days: Range<Int>)] =
            plans.cards.map { ($0.known, $0.days) } + plans.lines.map { ($0.known, $0.days) }
            + plans.blackCards.map { ($0.known, $0.days) }
            + plans.takeovers.map { ($0.known, $0.days) }
        let before = spells.filter { $0.known.map { $0 < 0 } ?? false }
        #expect(before.count > 50)
        #expect(before.allSatisfy { $0.days.upperBound <= 0 })
        #expect(before.contains { $0.known == -1 })
        #expect(spells.contains { $0.known == nil && $0.days.contains(0) && $0.days.contains(-1) })
    }

    @Test(
        "a sweep that was known before the first day and goes on is a case on its first day in it")
    func knownSweep() {
        var parameters = WorldParameters()
        parameters.evasiveSweep.startsPerDay = 400
        parameters.evasiveSweep.days = 12...12
        let world = SubscriberWorld(
            subscribers: 400, days: 2, seed: 1, start: self.world.start, parameters: parameters)
        let going = world.plans.sweeps.indices.filter {
            let sweep = world.plans.sweeps[$0]
            return sweep.days.contains(0) && sweep.known.map { $0 < 0 } ?? false
        }
        #expect(!going.isEmpty)
        var today = WorldDay(world: world)
        today.stand(on: 0)
        for index in going {
            let before = today.sweepCases.count
            today.sweep(index)
            #expect(today.sweepCases.count > before)
        }
        #expect(today.sweepCases.allSatisfy { $0.delay == 0 })
    }

    @Test("a telephone that a gang calls through stays its owner's: device, cell, own calls")
    func relays() {
        let relays = plans.cards.filter(\.isRelay)
        #expect(!relays.isEmpty && relays.allSatisfy { $0.tactic == .evasive })
        for relay in relays {
            let index = Int(relay.sim)
            #expect(index < world.population.subscribers.count)
            #expect(plans.soldDay[index] == .max)
            for (offset, today) in days.enumerated() where relay.days.contains(firstDay + offset) {
                let owner = world.population.subscribers[index]
                let devices = Set(today.calls.filter { $0.caller == relay.sim }.map(\.device))
                #expect(devices.isSubset(of: [owner.phone(on: firstDay + offset), owner.other]))
            }
        }
    }

    @Test("a seasonal card is silent, then calls strangers")
    func seasons() {
        var silent = 0, calls = 0
        for (index, season) in world.population.seasons {
            for (offset, today) in days.enumerated() {
                let own = today.calls.filter { $0.caller == index }
                if season.silent.contains(firstDay + offset) {
                    silent += 1
                    // A card that rests may still call back who calls it.
                    #expect(own.count <= 6)
                } else if season.work.contains(firstDay + offset) {
                    calls += own.count
                }
            }
        }
        #expect(silent > 20 && calls > 100)
    }

    @Test(
        "cards opened to be sold: several on a document where it is easy, in many shops where not")
    func blackCards() {
        let expected = [
            (Tactic.easy, 0.1...0.45, 1.0...1.3), (.evasive, 0.5...1.0, 1.4...9.0),
        ]
        for (tactic, documents, shops) in expected {
            let cards = plans.blackCards.filter { $0.tactic == tactic }
            #expect(cards.count > 25)
            let perCard = Double(Set(cards.map(\.holder)).count) / Double(cards.count)
            #expect(documents.contains(perCard), "\(tactic): \(perCard)")
            let batches = Dictionary(grouping: cards, by: \.drawer).values
            let stores = batches.map { Double(Set($0.map(\.store)).count) }
            let mean = stores.reduce(0, +) / Double(stores.count)
            #expect(shops.contains(mean), "\(tactic): \(mean)")
            #expect(cards.allSatisfy { $0.activated < $0.days.lowerBound })
        }
        for today in days {
            for call in today.calls {
                guard let card = today.blackCard(call.caller) else { continue }
                #expect(call.device == card.device || call.device == card.drawer)
            }
        }
    }

    @Test(
        "the nightly record of young cards: used or opened on the day, within 120 days, each once")
    func youngCards() {
        for (offset, today) in days.enumerated() {
            let day = firstDay + offset
            #expect(Set(today.youngCards.map(\.sim)).count == today.youngCards.count)
            let opened = Set(today.activations.map(\.sim))
            #expect(opened.isSubset(of: Set(today.youngCards.map(\.sim))))
            for card in today.youngCards {
                #expect((0...WorldDay.youth).contains(Int(card.tenure)))
                #expect(Int(card.tenure) == day - today.contract(of: Int(card.sim)).activated)
                #expect(card.used != nil || opened.contains(card.sim))
            }
            let abroad = today.youngCards.count { $0.used != nil && $0.used != $0.opened }
            // Honest people use cards away from where they were opened too.
            #expect(abroad > 10)
        }
    }

    @Test("the truth's addresses are those that passwords were tried from")
    func origins() {
        for (offset, today) in days.enumerated() {
            let day = firstDay + offset
            let tried = Set(
                today.logins.filter {
                    (1_000_000_000..<SharedAddresses.firstDevice).contains($0.device)
                }.map(\.ip))
            var scout = WorldDay(world: world)
            scout.stand(on: day)
            let told = Set(
                plans.sweepsOfDay[day].flatMap { scout.origins(ofSweep: Int($0)).map(\.ip) })
            // Other fingerprints are copied from honest devices.
            #expect(tried.isSubset(of: told) && !tried.isEmpty)
            #expect(told.isSubset(of: Set(today.logins.map(\.ip))))
        }
    }

    @Test("a bookkeeper logs in to many accounts at a machine's pace, and mostly gets in")
    func bookkeepers() {
        let count = SharedAddresses.bookkeepers(world.population)
        let usual = (0..<count).filter { !SharedAddresses.closesBooks($0, on: firstDay) }
        let addresses = Set(usual.map { SharedAddresses.address($0, world) })
        let byAddress = Dictionary(
            grouping: days[0].logins.filter { addresses.contains($0.ip) }, by: \.ip)
        #expect(!byAddress.isEmpty)
        for (_, own) in byAddress {
            #expect(Set(own.map(\.account)).count >= 8)
            #expect(Double(own.count { $0.success }) > 0.5 * Double(own.count))
            #expect(Set(own.map(\.device)).count == 1)
        }
    }

    @Test("twice a month a bookkeeper tries the passwords of former clients, many of which fail")
    func archives() {
        let count = SharedAddresses.bookkeepers(world.population)
        var tried = 0
        for (offset, today) in days.enumerated() {
            for number in 0..<count
            where SharedAddresses.closesBooks(number, on: firstDay + offset) {
                let ip = SharedAddresses.address(number, world)
                let own = today.logins.filter { $0.ip == ip }
                tried += own.count
                #expect(Set(own.map(\.account)).count > 25)
                #expect(Double(own.count { !$0.success }) > 0.1 * Double(own.count))
            }
        }
        #expect(tried > 0)
    }

    @Test("a browser that keeps nothing shows a new device nearly each time, and nobody else's")
    func privateBrowsers() {
        let range = Fingerprints.first..<Fingerprints.first + Int32(Fingerprints.count)
        let strange = days.flatMap(\.logins).filter { range.contains($0.device) }
        #expect(strange.allSatisfy { WorldDay.browsesPrivately(Int($0.account)) })
        let all = days.flatMap(\.logins).filter { WorldDay.browsesPrivately(Int($0.account)) }
        #expect(Double(strange.count) > 0.25 * Double(all.count))
        // A mistyped password is typed again in the same window; another log-in has another device.
        let perDevice = Dictionary(grouping: strange, by: \.device).values.map(\.count)
        #expect(perDevice.allSatisfy { $0 <= 4 } && perDevice.count > 50)
    }

    @Test("an app with an old password fails at one account, on a device that got in before")
    func oldPasswords() {
        let range = Fingerprints.oldDevice..<Fingerprints.oldDevice + Int32(honest)
        let apps = days.flatMap(\.logins).filter { range.contains($0.device) }
        #expect(apps.contains { !$0.success } && apps.contains { $0.success })
        for (device, own) in Dictionary(grouping: apps, by: \.device) {
            #expect(Set(own.map(\.account)) == [device - Fingerprints.oldDevice])
        }
        // Of those that fail now, some were seen to get in on the days before.
        let failing = Set(apps.filter { !$0.success }.map(\.device))
        let gotIn = failing.filter { device in
            let index = Int(device - Fingerprints.oldDevice)
            return (0..<firstDay).contains { day in
                var earlier = WorldDay(world: world)
                earlier.stand(on: day)
                earlier.retryOldPassword(index, world.population.subscribers[index])
                return earlier.logins.contains { $0.device == device && $0.success }
            }
        }
        #expect(!gotIn.isEmpty)
    }

    @Test("a card for data calls nobody, and is used on few days")
    func dataCards() {
        let owners = (0..<honest).filter { WorldDay.dataCard(of: $0, in: world) != nil }
        #expect((0.03...0.05).contains(Double(owners.count) / Double(honest)))
        let cards = Set(owners.map { WorldDay.firstDataCard + Int32($0) })
        for today in days {
            #expect(today.calls.allSatisfy { !cards.contains($0.caller) })
            let nights = today.youngCards.filter { cards.contains($0.sim) }
            let used = Set(today.data.map(\.sim))
            #expect(!nights.isEmpty && Double(nights.count) < 0.5 * Double(cards.count))
            for night in nights where night.used != nil { #expect(used.contains(night.sim)) }
        }
    }

    @Test("a number kept for codes gets codes and registers, and is in no other log")
    func ownCodeNumbers() {
        let owners = (0..<honest).filter { WorldDay.keepsCodeNumber($0) }
        let numbers = Set(owners.map { WorldDay.firstCodeNumber + Int32($0) })
        #expect(days.flatMap(\.codes).contains { numbers.contains($0.sim) })
        #expect(days.flatMap(\.registrations).contains { numbers.contains($0.sim) })
        for today in days {
            #expect(today.calls.allSatisfy { !numbers.contains($0.callee) })
            #expect(today.simDays.allSatisfy { !numbers.contains($0.sim) })
        }
    }

    @Test(
        "a pool's numbers get codes of dozens of services and call at most each other; people's do call"
    )
    func codeNumbers() {
        let pool = Set(plans.codeNumbers.filter { $0.tactic == .easy }.map(\.sim))
        #expect(pool.count > 20)
        let all = days.flatMap(\.codes)
        let services = Dictionary(grouping: all.filter { pool.contains($0.sim) }, by: \.sim)
        #expect(services.values.contains { Set($0.map(\.service)).count >= 18 })
        for today in days {
            #expect(
                today.calls.allSatisfy { pool.contains($0.caller) == pool.contains($0.callee) })
        }
        // Some pools are kept warm, for days before they are used; their numbers are in no nightly record.
        #expect(days.flatMap(\.calls).contains { pool.contains($0.caller) })
        #expect(days.flatMap(\.simDays).allSatisfy { !pool.contains($0.sim) })
        let warm = plans.codeNumbers.filter { $0.warmFrom < $0.days.lowerBound }
        #expect(!warm.isEmpty && warm.allSatisfy { $0.tactic == .easy })
        let rented = plans.codeNumbers.filter { $0.tactic == .evasive }
        #expect(!rented.isEmpty)
        let callers = Set(days.flatMap(\.calls).map(\.caller))
        #expect(rented.contains { callers.contains($0.sim) })
    }

    @Test("each registration has its code before it, and honest ones are the most")
    func registrations() {
        for today in days {
            let codes = Set(today.codes.map { [$0.sim, $0.second, $0.service] })
            for event in today.registrations {
                #expect(codes.contains([event.sim, max(0, event.second - 30), event.service]))
            }
            let honestOnes = today.registrations.count {
                Int($0.sim) < honest || $0.sim >= WorldDay.firstCodeNumber
            }
            #expect(Double(honestOnes) > 0.7 * Double(today.registrations.count))
        }
        let first = Self.counters(world)
        let shared = Dictionary(
            grouping: days.flatMap(\.registrations).filter { first.contains($0.ip) }, by: \.ip)
        #expect(shared.values.contains { Set($0.map(\.sim)).count >= 3 })
    }

    var honest: Int { world.population.subscribers.count }

    static func counters(_ world: SubscriberWorld) -> Set<UInt32> {
        let count = SharedAddresses.terminals(world.population)
        let first = SharedAddresses.bookkeepers(world.population)
        return Set((0..<count).map { SharedAddresses.address(first + $0, world) })
    }

    @Test("a changeover makes a company's people fail from one address on one morning")
    func changeovers() {
        let companies = world.population.companies.indices.filter { company in
            (10..<13).contains(SharedAddresses.changeover(company, world) ?? -1)
        }
        #expect(!companies.isEmpty)
        var failures = 0
        for company in companies {
            let day = SharedAddresses.changeover(company, world) ?? 0
            failures += days[day - firstDay].logins.count {
                $0.ip == world.addresses.company(company) && !$0.success
            }
        }
        #expect(failures > 20)
    }
}
