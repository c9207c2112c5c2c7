import RiskColumns
import RiskJSON
import Testing

@testable import RiskSimulation

/// One small world for all tests that look at rates: 2,400 subscribers for 30 days, made and written
/// once.
let town = SimulatedTown()

struct SimulatedTown {
    let world: SubscriberWorld
    /// The days of one week.
    let week: [WorldDay]
    /// The lines of the cases and of the truth, by log.
    let lines: [String: [[Substring]]]

    init() {
        let world = SubscriberWorld(
            subscribers: 2400, days: 30, seed: 5,
            start: Timestamps.microseconds(year: 2025, month: 12, day: 10))
        self.world = world
        let wanted = world.logs.map { $0.name.hasPrefix("case_") || $0.name == "truth" }
        var bytes = [[UInt8]](repeating: [], count: wanted.count)
        _ = world.write { log, lines in if wanted[log] { bytes[log] += lines } }
        var lines: [String: [[Substring]]] = [:]
        for (index, log) in world.logs.enumerated() where wanted[index] {
            lines[log.name] = String(decoding: bytes[index], as: UTF8.self).split(separator: "\n")
                .dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        }
        self.lines = lines
        week = Self.days(world, 5..<12)
    }

    /// The days' events, made one after the other.
    private static func days(_ world: SubscriberWorld, _ range: Range<Int>) -> [WorldDay] {
        range.map { day in
            var today = WorldDay(world: world)
            today.make(day)
            return today
        }
    }
}

func smallTown(days: Int = 6, seed: UInt64 = 3, shifted: Bool = false) -> SubscriberWorld {
    SubscriberWorld(
        subscribers: 400, days: days, seed: seed,
        start: Timestamps.microseconds(year: 2025, month: 12, day: 10),
        parameters: shifted ? WorldParameters().shifted : WorldParameters())
}

@Suite("world: the same on every machine")
struct SubscriberWorldDeterminismTests {
    @Test("the same seed gives the same bytes; another seed, or other habits, others")
    func seeds() {
        #expect(digests(smallTown()) == digests(smallTown()))
        #expect(digests(smallTown()) != digests(smallTown(seed: 4)))
        #expect(digests(smallTown()) != digests(smallTown(shifted: true)))
    }

    /// A world of 500 with so many gangs that each log has lines.
    static var crowded: SubscriberWorld {
        var parameters = WorldParameters()
        let common = [
            \WorldParameters.easyTakeover.startsPerDay, \.evasiveTakeover.startsPerDay,
            \.easyFarm.startsPerDay, \.evasiveFarm.startsPerDay, \.easyLines.startsPerDay,
            \.evasiveLines.startsPerDay, \.easyBlackCards.startsPerDay,
            \.evasiveBlackCards.startsPerDay,
        ]
        let rare = [
            \WorldParameters.easySweep.startsPerDay, \.evasiveSweep.startsPerDay,
            \.easyCodes.startsPerDay, \.evasiveCodes.startsPerDay,
        ]
        for path in common { parameters[keyPath: path] *= 15 }
        for path in rare { parameters[keyPath: path] *= 80 }
        return SubscriberWorld(
            subscribers: 500, days: 12, seed: 3,
            start: Timestamps.microseconds(year: 2025, month: 12, day: 10),
            parameters: parameters)
    }

    @Test("the bytes of a seed are golden, of every log but the marketplace's (MarketTests)")
    func golden() {
        let world = Self.crowded
        let logs = Array(world.logs.prefix { $0.name != "order" })
        var hashes = logs.map { _ in SHA256() }
        let counts = world.write { log, lines in
            if log < logs.count { hashes[log].update(lines) }
        }
        for (log, count) in zip(logs, counts) { #expect(count > 0, "\(log.name)") }
        let found = zip(logs, hashes).map { log, hash in
            var hash = hash
            return "\(log.name) \(hash.finish())"
        }
        var all = SHA256()
        all.update(Array(found.joined(separator: "\n").utf8))
        let digest = all.finish()
        #expect(
            digest == "b3beb073c3aa1b0845caba2b47de3edb960091db96b6e426f44c94ff2ad0a5ee",
            "\(found.joined(separator: "\n"))")
    }

    @Test("a day does not depend on the days made before it")
    func anyOrder() {
        var one = WorldDay(world: town.world)
        one.make(7)
        var other = WorldDay(world: town.world)
        for day in [3, 11, 7] { other.make(day) }
        #expect(one.calls.map(\.second) == other.calls.map(\.second))
        #expect(one.calls.map(\.callee) == other.calls.map(\.callee))
        #expect(one.logins.map(\.ip) == other.logins.map(\.ip))
        #expect(one.purchases.map(\.amount) == other.purchases.map(\.amount))
    }

    @Test("names are distinct: the number in them is a bijection")
    func names() {
        let numbers = Set((0..<200_000).map { EntityKind.sim.number(of: Int32($0)) })
        #expect(numbers.count == 200_000)
    }

    @Test("numbers are written as Swift writes them")
    func writing() {
        var writer = LineWriter()
        for number in [0, 7, 10, 99, 100, 86_399, UInt64(UInt32.max), UInt64.max] {
            writer.write(number: number)
            writer.newline()
        }
        // The first and the last of each length, up to the twenty digits of 64 bits.
        let powers = sequence(first: 10 as UInt64) { $0 < 1 << 60 ? $0 * 10 : nil }
        let borders = powers.flatMap { [$0 - 1, $0, $0 + 1] }
        for number in borders {
            writer.write(number: number)
            writer.newline()
        }
        writer.write(address: 0x2d08_00ff)
        let text = String(decoding: writer.take(), as: UTF8.self)
        #expect(
            text
                == "0\n7\n10\n99\n100\n86399\n4294967295\n18446744073709551615\n"
                + borders.map { "\($0)\n" }.joined() + "45.8.0.255")
        let isEmpty = writer.isEmpty
        #expect(isEmpty)
    }
}

@Suite("world: logs")
struct SubscriberWorldLogTests {
    @Test("every line has its header's columns, and days follow each other in the order of time")
    func shape() {
        let world = smallTown()
        var bytes = [[UInt8]](repeating: [], count: world.logs.count)
        let counts = world.write { log, lines in bytes[log] += lines }
        for (index, log) in world.logs.enumerated() {
            let text = String(decoding: bytes[index], as: UTF8.self).split(separator: "\n")
            #expect(text[0] == log.header)
            #expect(text.count == counts[index] + 1, "\(log.name)")
            let columns = log.header.split(separator: ",").count
            let fields = text.dropFirst().map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            }
            #expect(fields.allSatisfy { $0.count == columns }, "\(log.name)")
            if log.header.hasPrefix("at,") {
                let times = fields.map { $0[0] }
                #expect(times == times.sorted(), "\(log.name)")
                #expect(times.allSatisfy { Timestamps.parse(String($0)) != nil })
            }
        }
        #expect(world.logs.filter { !$0.isObservable }.map(\.name) == ["truth", "market_truth"])
    }

    @Test("a case is known after its act and before the world ends")
    func delays() {
        let end = town.world.start + Int64(town.world.days) * Timestamps.day
        var count = 0
        for name in [
            "case_takeover", "case_farm", "case_line", "case_sweep", "case_card",
            "case_registration",
        ] {
            for fields in town.lines[name] ?? [] {
                count += 1
                let at = Timestamps.parse(String(fields[0]))!.microseconds
                let known = Timestamps.parse(String(fields[1]))!.microseconds
                #expect(known >= at && known < end, "\(fields)")
            }
        }
        #expect(count > 0)
    }

    @Test("labels are few: most frauds never become a case, and some cases are mistakes")
    func labels() {
        let plans = SubscriberWorld(
            subscribers: 6000, days: 60, seed: 2,
            start: Timestamps.microseconds(year: 2025, month: 12, day: 10)
        ).plans
        // Of those that begin in the world: what was known before it is no case in it.
        func share(_ known: [Int?]) -> Double {
            Double(known.count { $0 != nil }) / Double(known.count)
        }
        #expect(
            (0.3...0.65).contains(
                share(plans.takeovers.filter { $0.days.lowerBound >= 0 }.map(\.known))))
        #expect(
            (0.25...0.6).contains(
                share(plans.cards.filter { $0.days.lowerBound >= 0 }.map(\.known))))
        #expect(
            (0.25...0.6).contains(
                share(plans.lines.filter { $0.days.lowerBound >= 0 }.map(\.known))))
        #expect(!plans.mistakenSims.isEmpty && !plans.mistakenAccounts.isEmpty)
    }

    @Test("memory holds one day: it does not grow with the days")
    func memory() {
        var today = WorldDay(world: town.world)
        var largest: [Int] = []
        for day in 0..<24 {
            today.make(day)
            largest.append(today.stateBytes)
        }
        // From the second week on nothing is larger than the growth of arrays that doubles.
        #expect(largest[23] <= 2 * largest[9])
        let perSubscriber = largest[23] / town.world.population.subscribers.count
        #expect(perSubscriber < 2000)
    }
}

@Suite("world: people and their look-alikes")
struct SubscriberWorldPeopleTests {
    var days: [WorldDay] { town.week }
    var people: [Subscriber] { town.world.population.subscribers }

    @Test("who only looks like fraud is nowhere called fraud")
    func truth() {
        let facts = town.lines["truth"] ?? []
        #expect(!facts.isEmpty)
        let frauds = facts.filter { !$0[2].isEmpty }
        let groups = facts.filter { !$0[5].isEmpty }
        #expect(frauds.allSatisfy { $0[5].isEmpty && !$0[3].isEmpty && !$0[6].isEmpty })
        #expect(groups.allSatisfy { $0[2].isEmpty && $0[3].isEmpty })
        // Cards and lines of gangs are nobody's of the groups; an account can be a victim's.
        let guilty = Set(frauds.filter { $0[0] != "account" }.map { $0[1] })
        // What anybody may have, a new telephone for one, those who let theirs have too.
        let circumstances: Set<Substring> = [
            "new-phone", "dormitory", "deal-hunter", "private-browser",
        ]
        #expect(
            groups.allSatisfy {
                $0[0] == "account" || circumstances.contains($0[5]) || !guilty.contains($0[1])
            })
    }

    @Test(
        "groups of a size that tells",
        arguments: [
            (SubscriberTraits.courier, 0.004...0.03), (.callCentre, 0.002...0.02),
            (.sales, 0.008...0.03), (.vpn, 0.03...0.06), (.giftShopper, 0.02...0.05),
            (.secondCard, 0.04...0.08), (.familyContract, 0.08...0.25),
        ])
    func shares(_ trait: SubscriberTraits, _ bounds: ClosedRange<Double>) {
        let share = Double(people.count { $0.traits.contains(trait) }) / Double(people.count)
        #expect(bounds.contains(share), "\(share)")
    }

    @Test("days have a rhythm: most calls by day, night-shift workers at night")
    func rhythm() {
        let calls = days.flatMap(\.calls)
        let night = calls.count { $0.second < 6 * 3600 }
        #expect((0.005...0.12).contains(Double(night) / Double(calls.count)))
        let logins = days.flatMap(\.logins).filter { Int($0.account) < people.count }
        let late = logins.filter { $0.second < 5 * 3600 }
        let workers = late.count { people[Int($0.account)].rhythm == .nightShift }
        #expect(Double(workers) / Double(late.count) > 0.1)
    }

    @Test("couriers and telephone sales call many strangers, as boxes of cards do")
    func strangers() {
        for trait in [SubscriberTraits.courier, .sales, .callCentre] {
            var callees: [Int32: Set<Int32>] = [:]
            for call in days[0].calls
            where Int(call.caller) < people.count
                && people[Int(call.caller)].traits.contains(trait)
            {
                callees[call.caller, default: []].insert(call.callee)
            }
            let most = callees.values.map(\.count).max() ?? 0
            #expect(most > 20, "\(trait)")
        }
    }

    @Test("a dormitory's people share an address, a company's lines one morning")
    func shared() {
        let dormitories = town.world.population.households.indices.filter {
            town.world.population.households[$0].isDormitory
        }
        #expect(!dormitories.isEmpty)
        let address = town.world.addresses.dormitory(dormitories[0])
        let accounts = Set(days.flatMap(\.logins).filter { $0.ip == address }.map(\.account))
        #expect(accounts.count > 5)
        let bulk = Dictionary(
            grouping: people.filter { $0.traits.contains(.companyLine) }, by: \.holder)
        #expect(bulk.values.contains { $0.count >= 4 })
    }
}
