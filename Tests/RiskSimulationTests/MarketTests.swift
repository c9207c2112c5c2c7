import RiskColumns
import RiskJSON
import Testing

@testable import RiskSimulation

/// A marketplace with so many gangs that a few weeks have all of them.
private let bazaar = Bazaar()

private struct Bazaar {
    let world: SubscriberWorld
    /// The lines of each of the marketplace's logs, without the header.
    let lines: [String: [[Substring]]]
    let digest: String

    static var crowded: SubscriberWorld {
        var parameters = WorldParameters()
        for path in [\WorldParameters.market.easyBrushing, \.market.evasiveBrushing] {
            parameters[keyPath: path].startsPerDay *= 6
        }
        for path in [\WorldParameters.market.easyRing, \.market.evasiveRing] {
            parameters[keyPath: path].startsPerDay *= 6
        }
        parameters.market.mistakes = 0.3
        parameters.market.mistakenOrders = 0.01
        return SubscriberWorld(
            subscribers: 1500, days: 24, seed: 6,
            start: Timestamps.microseconds(year: 2025, month: 12, day: 10), parameters: parameters)
    }

    init() {
        world = Self.crowded
        let logs = MarketLog.allCases.map(\.log)
        var bytes = logs.map { Array(($0.header + "\n").utf8) }
        var counts = logs.map { _ in 0 }
        var writer = LineWriter()
        _ = world.writeMarketTruth(&writer) { bytes[MarketLog.truth.rawValue] += $0 }
        var market = MarketRun(world: world)
        for day in -MarketRun.lead..<0 { market.make(day) }
        for day in 0..<world.days {
            market.write(day, base: 0, &writer, &counts) { bytes[$0] += $1 }
        }
        var found: [String: [[Substring]]] = [:]
        var hash = SHA256()
        for (index, log) in logs.enumerated() {
            hash.update(bytes[index])
            found[log.name] = String(decoding: bytes[index], as: UTF8.self)
                .split(separator: "\n").dropFirst()
                .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        }
        lines = found
        digest = hash.finish()
    }
}

@Suite("world: the marketplace")
struct MarketTests {
    var lines: [String: [[Substring]]] { bazaar.lines }

    func seconds(_ field: Substring) -> Int64 {
        (Timestamps.parse(String(field))?.microseconds ?? 0) / Timestamps.second
    }

    @Test("its bytes are golden, and every log has lines")
    func golden() {
        for log in MarketLog.allCases {
            #expect(!(lines[log.log.name] ?? []).isEmpty, "\(log.log.name)")
        }
        #expect(
            bazaar.digest
                == "e4f1de4d20090353ed2c57cd0096278df90d790c67aba416db1372d2ebe8912c")
    }

    @Test("what its gangs do changes nothing in the other logs")
    func ownStreams() {
        func digest(_ parameters: WorldParameters) -> [String] {
            let world = SubscriberWorld(
                subscribers: 300, days: 5, seed: 8,
                start: Timestamps.microseconds(year: 2025, month: 12, day: 10),
                parameters: parameters)
            let count = world.logs.prefix { $0.name != "order" }.count
            var hashes = (0...count).map { _ in SHA256() }
            _ = world.write { log, lines in hashes[min(log, count)].update(lines) }
            return hashes.map { hash in
                var hash = hash
                return hash.finish()
            }
        }
        var other = WorldParameters()
        other.market = other.market.shifted
        other.market.easyBrushing.startsPerDay *= 20
        let (one, two) = (digest(WorldParameters()), digest(other))
        #expect(one.dropLast() == two.dropLast())
        #expect(one.last != two.last)
    }

    @Test("an order comes before its parcel, the parcel before its receipt, a complaint after it")
    func course() {
        let orders = Dictionary(
            uniqueKeysWithValues: (lines["order"] ?? []).map { ($0[1], seconds($0[0])) })
        #expect(orders.count == lines["order"]?.count)
        let parcels = Dictionary(
            uniqueKeysWithValues: (lines["shipment"] ?? []).map { ($0[1], seconds($0[0])) })
        var met = 0
        for receipt in lines["receipt"] ?? [] {
            guard let order = orders[receipt[1]] else { continue }
            met += 1
            #expect(order < seconds(receipt[0]))
            if let parcel = parcels[receipt[1]] {
                #expect(order < parcel && parcel < seconds(receipt[0]))
            } else {
                #expect(receipt[8].isEmpty)
            }
        }
        #expect(met > 1000)
        for complaint in lines["shop_complaint"] ?? [] {
            if let order = orders[complaint[4]] { #expect(order < seconds(complaint[0])) }
        }
    }

    @Test("a case is about a line of the log, known after it and before the world ends")
    func cases() {
        let receipts = Set((lines["receipt"] ?? []).map { [$0[0], $0[1]] })
        let shopDays = Set((lines["shop_day"] ?? []).map { [$0[0], $0[1]] })
        let end = (bazaar.world.start + 24 * Timestamps.day) / Timestamps.second
        var mistakenDays = 0
        for (name, log) in [("case_pair", receipts), ("case_shop", shopDays)] {
            let cases = lines[name] ?? []
            for fields in cases {
                #expect(seconds(fields[1]) > seconds(fields[0]) && seconds(fields[1]) < end)
                if !log.contains([fields[0], fields[2]]) { mistakenDays += 1 }
            }
            #expect(cases.count > 20, "\(name)")
        }
        // A mistaken case against a shop can be about a day on which it sold nothing.
        #expect(mistakenDays < 60)
    }

    @Test("labels are few, late and sometimes wrong")
    func labels() {
        let truth = lines["market_truth"] ?? []
        let pairs = Set(truth.filter { $0[2] == "false-trading" }.map { $0[1] })
        let accused = Set((lines["case_pair"] ?? []).map { $0[3] })
        let share = Double(accused.intersection(pairs).count) / Double(pairs.count)
        #expect((0.05...0.6).contains(share), "\(share)")
        #expect(!accused.subtracting(pairs).isEmpty)
        let shops = Set(truth.filter { $0[2] == "counterfeit-ring" }.map { $0[1] })
        let sued = Set((lines["case_shop"] ?? []).map { $0[2] })
        #expect(!sued.intersection(shops).isEmpty && !sued.subtracting(shops).isEmpty)
        #expect(!shops.subtracting(sued).isEmpty)
    }

    @Test("easy campaigns share devices, cards and addresses; paid people have their own")
    func brushing() {
        for campaign in bazaar.world.marketPlans.campaigns where campaign.buyers.count >= 8 {
            let devices = Set(campaign.buyers.map(\.device)).count
            if campaign.tactic == .easy {
                // Accounts of a farm are mixed anew for each campaign.
                #expect(devices < campaign.buyers.count)
                #expect(campaign.buyers.allSatisfy { !$0.isPerson })
            } else {
                #expect(devices == Set(campaign.buyers.map(\.account)).count)
                #expect(campaign.buyers.allSatisfy { $0.isPerson })
            }
            if let known = campaign.known { #expect(campaign.days.upperBound <= known + 1) }
        }
        let tactics = Set(bazaar.world.marketPlans.campaigns.map(\.tactic))
        #expect(tactics == [.easy, .evasive])
    }

    @Test("a ring's shops share a workshop; what was found out goes on elsewhere")
    func rings() {
        let plans = bazaar.world.marketPlans
        func mean(_ tactic: Tactic, _ value: (MarketPlans.RingShop) -> Double) -> Double {
            let own = plans.ringShops.filter { $0.tactic == tactic }
            return own.map(value).reduce(0, +) / Double(own.count)
        }
        #expect(mean(.easy) { Double($0.record.price) } < 0.45)
        #expect(mean(.evasive) { Double($0.record.price) } > 0.55)
        #expect(mean(.easy) { $0.isFriend ? 1 : 0 } < mean(.evasive) { $0.isFriend ? 1 : 0 })
        let workshops = Dictionary(grouping: plans.ringShops.filter { $0.tactic == .easy }) {
            $0.record.supplier
        }
        #expect(workshops.values.allSatisfy { Set($0.map(\.record.brand)).count == 1 })
        #expect(
            workshops.values.contains { shops in
                shops.contains { shop in
                    shop.known.map { known in shops.contains { $0.days.lowerBound > known } }
                        ?? false
                }
            })
        // No shop sells before it is open.
        let honest = bazaar.world.market.shops.count
        for ring in plans.ringShops where Int(ring.shop) >= honest {
            #expect(Int(plans.newShops[Int(ring.shop) - honest].opened) <= ring.days.lowerBound)
        }
    }

    @Test("who only looks like it is there too, and no look-alike shop is a ring's")
    func lookAlikes() {
        let truth = lines["market_truth"] ?? []
        let groups = Set(truth.map { $0[5] })
        for group in [
            "family", "regular-customer", "company-buyer", "honest-reseller",
            "light-goods", "local-delivery", "live-sale", "shared-warehouse", "shop-agency",
            "outlet", "second-hand", "new-shop",
        ] {
            #expect(groups.contains(Substring(group)), "\(group)")
        }
        let guilty = Set(truth.filter { $0[2] == "counterfeit-ring" }.map { $0[1] })
        let cheap = truth.filter { ["outlet", "second-hand", "shop-agency"].contains($0[5]) }
        #expect(cheap.allSatisfy { !guilty.contains($0[1]) })
    }

    @Test("a dormitory orders together, at one shop and to one address")
    func groupBuy() throws {
        var market = MarketRun(world: town.world)
        var largest = 0
        for day in -MarketRun.lead..<14 {
            market.make(day)
            let pairs = Set(market.lookAlikes.filter { $0.group == "group-buy" }.map(\.pair))
            let orders = market.orders.filter { pairs.contains($0.pair) }
            for own in Dictionary(grouping: orders, by: \.address).values {
                largest = max(largest, Set(own.map(\.buyer)).count)
            }
        }
        #expect(largest >= 8)
    }

    @Test("what is under way is all that is held: a parcel's days, however long the world")
    func memory() {
        var market = MarketRun(world: smallTown(days: 40))
        var largest = 0
        for day in -MarketRun.lead..<40 {
            market.make(day)
            largest = max(largest, market.daysUnderWay)
        }
        #expect((5...20).contains(largest))
    }
}
