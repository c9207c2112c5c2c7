import RiskColumns
import Testing

@testable import RiskSimulation

@Suite("world: every tactic leaves its traces")
struct SubscriberFraudTests {
    /// With more thefts and sweeps than are usual, so that a few days have enough of them.
    static let world: SubscriberWorld = {
        var parameters = WorldParameters()
        parameters.easyTakeover.startsPerDay *= 4
        parameters.easySweep.startsPerDay *= 4
        return SubscriberWorld(
            subscribers: 8000, days: 20, seed: 9,
            start: Timestamps.microseconds(year: 2025, month: 12, day: 10),
            parameters: parameters)
    }()
    static let days: [WorldDay] = (10..<13).map { day in
        var today = WorldDay(world: world)
        today.make(day)
        return today
    }

    var plans: FraudPlans { Self.world.plans }
    var honest: Int { Self.world.population.subscribers.count }

    /// The card in a box that has this number, nil for all other cards.
    func card(_ sim: Int32) -> FraudPlans.FarmCard? {
        let place = Int(sim) - honest
        return plans.cards.indices.contains(place) ? plans.cards[place] : nil
    }

    @Test("an easy box: strangers by the dozen from one cell, several cards in one identity")
    func easyFarm() {
        let calls = Self.days[0].calls.filter { card($0.caller)?.tactic == .easy }
        let byCard = Dictionary(grouping: calls, by: \.caller)
        #expect(byCard.count >= 5)
        for (_, own) in byCard {
            #expect((20...125).contains(own.count))
            #expect(Set(own.map(\.cell)).count == 1)
            #expect(Double(Set(own.map(\.callee)).count) > 0.75 * Double(own.count))
        }
        let cards = Dictionary(grouping: calls, by: \.device).values.map { Set($0.map(\.caller)) }
        #expect(cards.contains { $0.count >= 3 })
    }

    @Test("an evasive box: few calls, some again to the same, an identity each, aged cards")
    func evasiveFarm() {
        let cards = plans.cards.filter { $0.tactic == .evasive }
        let aged = cards.filter { $0.days.lowerBound - $0.activated >= 15 }
        #expect(aged.count == cards.count)
        #expect(Double(cards.count { $0.identities == $0.slots }) == Double(cards.count))
        let calls = Self.days[0].calls.filter { card($0.caller)?.tactic == .evasive }
        let perCard = Dictionary(grouping: calls, by: \.caller).values.map(\.count)
        #expect(!perCard.isEmpty && perCard.allSatisfy { $0 <= 22 })
    }

    @Test("a card is silent before its days and after them, and shut down by a case")
    func spells() {
        for (offset, today) in Self.days.enumerated() {
            let day = 10 + offset
            let callers = Set(today.calls.map(\.caller)).compactMap(card)
            #expect(callers.allSatisfy { $0.days.contains(day) })
        }
        for card in plans.cards {
            if let known = card.known { #expect(card.days.upperBound <= known + 1) }
        }
    }

    @Test("an easy raid: a strange device, mostly by night, goods that can be resold")
    func easyTakeover() {
        var night = 0, all = 0, virtual = 0
        for (offset, today) in Self.days.enumerated() {
            for index in plans.takeoversOfDay[10 + offset] {
                let theft = plans.takeovers[Int(index)]
                guard theft.tactic == .easy else { continue }
                let bought = today.purchases.filter {
                    $0.account == theft.account && $0.device == theft.device
                }
                #expect((1...7).contains(bought.count))
                all += bought.count
                night += bought.count { $0.second < 7 * 3600 }
                virtual += bought.count { $0.goods.isVirtual }
            }
        }
        #expect(all > 10)
        #expect(Double(night) / Double(all) > 0.5)
        #expect(Double(virtual) / Double(all) > 0.75)
    }

    @Test("an evasive theft: days of quiet log-ins first, or the owner's own device")
    func evasiveTakeover() {
        let thefts = plans.takeovers.filter { $0.tactic == .evasive }
        #expect(thefts.allSatisfy { $0.quiet >= 2 })
        let remote = Double(thefts.count { $0.isRemote }) / Double(thefts.count)
        #expect((0.3...0.6).contains(remote))
        for theft in thefts where theft.isRemote {
            #expect(
                Self.world.population.subscribers[Int(theft.account)].phone(
                    on: theft.days.lowerBound) == theft.device)
        }
    }

    @Test("an easy sweep: one address, many accounts, hardly any success, machine pace")
    func sweep() {
        let tries = Dictionary(
            grouping: Self.days.flatMap(\.logins).filter {
                (1_000_000_000..<SharedAddresses.firstDevice).contains($0.device)
            }, by: \.ip)
        let large = tries.values.filter { $0.count >= 40 }
        #expect(!large.isEmpty)
        for own in large {
            #expect(Double(own.count { $0.success }) < 0.2 * Double(own.count))
            #expect(Double(Set(own.map(\.account)).count) > 0.9 * Double(own.count))
        }
    }

    @Test("lines for proxies redial by day and night, on many addresses; ordered together")
    func lines() {
        let first = Self.world.population.lines.count
        let sessions = Dictionary(
            grouping: Self.days[0].sessions.filter { Int($0.line) >= first }, by: \.line)
        #expect(!sessions.isEmpty)
        for (line, own) in sessions {
            let plan = plans.lines[Int(line) - first]
            #expect(own.count <= plan.redials)
            if plan.tactic == .easy {
                #expect(own.count >= 30)
                #expect(own.contains { $0.second < 5 * 3600 })
                #expect(Set(own.map(\.ip)).count > own.count / 2)
            }
        }
        let easy = plans.lines.filter { $0.tactic == .easy }
        #expect(Set(easy.map(\.card)).count * 2 < easy.count)
    }

    @Test("other habits: smaller and better spread, in every kind")
    func shifted() {
        let (base, other) = (WorldParameters(), WorldParameters().shifted)
        #expect(other.easyFarm.calls.upperBound < base.easyFarm.calls.upperBound)
        #expect(other.easyTakeover.gangDevice < base.easyTakeover.gangDevice)
        #expect(other.easyLines.redials.upperBound < base.easyLines.redials.upperBound)
        #expect(other.easySweep.gap.lowerBound > base.easySweep.gap.lowerBound)
        #expect(other.easyFarm.startsPerDay == base.easyFarm.startsPerDay)
    }
}
