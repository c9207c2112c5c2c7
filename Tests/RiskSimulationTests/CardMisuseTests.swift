import RiskColumns
import RiskEvaluation
import RiskJSON
import Testing

@testable import RiskSimulation

/// One world for all tests that look at rates: 1,200 customers from 1 October to 9 December, so
/// that the gift season is in it.
let season = SimulatedSeason()

struct SimulatedSeason {
    let world = CardMisuseWorld(
        customers: 1200, terminals: 2400, days: 70, seed: 11,
        start: Timestamps.microseconds(year: 2026, month: 10, day: 1))
    let payments: [CardTransaction]

    init() { payments = (0..<world.days).flatMap { [world] in world.transactions(day: $0) } }
}

func smallWorld(days: Int = 12, seed: UInt64 = 7) -> CardMisuseWorld {
    CardMisuseWorld(
        customers: 150, terminals: 300, days: days, seed: seed,
        start: Timestamps.microseconds(year: 2026, month: 4, day: 1))
}

func digests(_ world: some SimulatedWorld) -> [String] {
    var hashes = world.logs.map { _ in SHA256() }
    _ = world.write { log, lines in hashes[log].update(lines) }
    return hashes.indices.map { hashes[$0].finish() }
}

@Suite("card-misuse: the same on every machine")
struct CardMisuseDeterminismTests {
    @Test("the bytes of a seed are golden")
    func golden() {
        #expect(
            digests(smallWorld()) == [
                "46627b269a7692f4cb261ec0e338faeaeae63477edf79c409f645846812612c4",
                "b50c33338a3f9d5f0862db75fb009254fab303801d66ba296299bdc46c8cc7dd",
            ])
    }

    @Test("the same seed gives the same bytes, another seed others")
    func seeds() {
        #expect(digests(smallWorld()) == digests(smallWorld()))
        #expect(digests(smallWorld()) != digests(smallWorld(seed: 8)))
    }

    @Test("days made in any order are the days of the stream")
    func anyOrder() {
        let world = smallWorld()
        let stream = (0..<world.days).map { world.transactions(day: $0) }
        for day in [7, 0, 11, 3, 7] {
            #expect(smallWorld().transactions(day: day) == stream[day])
        }
    }

    @Test("a longer world begins like a shorter one")
    func prefix() {
        let (short, long) = (smallWorld(days: 5), smallWorld(days: 40))
        for day in 0..<5 { #expect(short.transactions(day: day) == long.transactions(day: day)) }
    }

    @Test("the written lines are the payments, numbered and in order")
    func lines() throws {
        let world = smallWorld(days: 3)
        var text = ["", ""]
        let counts = world.write { log, lines in text[log] += String(decoding: lines, as: UTF8.self)
        }
        let lines = text[0].split(separator: "\n").map(String.init)
        let truth = text[1].split(separator: "\n").map(String.init)
        let payments = (0..<3).flatMap { world.transactions(day: $0) }
        #expect(counts == [payments.count, payments.count])
        let header = [
            "TRANSACTION_ID", "TX_DATETIME", "CUSTOMER_ID", "TERMINAL_ID", "TX_AMOUNT", "TX_FRAUD",
            "TX_FRAUD_SCENARIO",
        ]
        #expect(lines[0] == header.joined(separator: ","))
        #expect(lines.count == payments.count + 1)
        #expect(truth.count == payments.count + 1)
        for (id, payment) in payments.enumerated() {
            let fields = lines[id + 1].split(separator: ",").map(String.init)
            #expect(fields[0] == String(id))
            let time = try #require(Timestamps.parse(fields[1]))
            #expect(time.microseconds == payment.time && time.isLocal)
            #expect(fields[2] == String(payment.customer))
            #expect(fields[3] == String(payment.terminal))
            var amount = fields[4]
            let cents = try amount.withUTF8 { bytes in try Decimals.parse(bytes, scale: 2) }
            #expect(cents == payment.amount)
            #expect(fields[5] == (payment.fraud == nil ? "0" : "1"))
            #expect(fields[6] == String(payment.fraud?.rawValue ?? 0))
            #expect(truth[id + 1].hasPrefix("\(id),\(payment.circumstance.name),"))
        }
    }

    @Test("a day's writing can be stopped")
    func stopped() {
        let world = smallWorld()
        let counts = world.write(dayDone: { $0 < 4 }, to: { _, _ in })
        #expect(counts[0] == (0..<4).reduce(0) { $0 + world.transactions(day: $1).count })
    }
}

@Suite("card-misuse: what is in it")
struct CardMisuseContentTests {
    let payments = season.payments

    @Test("payments are in order, within their day, of known customers and terminals, above 0")
    func sound() {
        for day in [0, 30, 69] {
            let today = season.world.transactions(day: day)
            let midnight = season.world.start + Int64(day) * Timestamps.day
            #expect(zip(today, today.dropFirst()).allSatisfy { $0 <= $1 })
            #expect(
                today.allSatisfy {
                    ($0.time - midnight) / Timestamps.day == 0 && $0.time >= midnight
                        && $0.time % Timestamps.second == 0 && (0..<1200).contains($0.customer)
                        && (0..<2400).contains($0.terminal) && $0.amount >= 50
                        && ($0.fraud != nil) == ($0.circumstance == .fraud)
                })
        }
    }

    @Test("as many payments and as much fraud as docs/simulation.md says")
    func rates() {
        let perCustomer = Double(payments.count) / (1200 * 70)
        #expect((1.8...2.4).contains(perCustomer))
        let fraud = payments.filter { $0.fraud != nil }
        #expect((0.005...0.012).contains(Double(fraud.count) / Double(payments.count)))
        for (kind, range) in [
            (CardFraud.testingAndLargeAmounts, 0.05...0.25), (.compromisedTerminal, 0.2...0.6),
            (.stolenCredentials, 0.3...0.7),
        ] {
            let share = Double(fraud.filter { $0.fraud == kind }.count) / Double(fraud.count)
            #expect(range.contains(share), "\(kind): \(share)")
        }
    }

    @Test("each kind of fraud has its easy and its evasive tactic", arguments: CardFraud.allCases)
    func tactics(_ kind: CardFraud) {
        for tactic in Tactic.allCases {
            #expect(payments.filter { $0.fraud == kind && $0.tactic == tactic }.count >= 30)
        }
    }

    @Test("there is honest business of every look-alike", arguments: CardCircumstance.allCases)
    func lookAlikes(_ circumstance: CardCircumstance) {
        let share =
            Double(payments.filter { $0.circumstance == circumstance }.count)
            / Double(payments.count)
        #expect(share > 0.0004)
    }

    @Test("night-shift workers pay at night, so night is no proof")
    func night() {
        let honest = payments.filter { $0.fraud == nil && Self.hour($0) < 6 }
        let workers = honest.filter {
            season.world.customers[Int($0.customer)].rhythm == .nightShift
        }
        let fraud = payments.filter { $0.fraud != nil && Self.hour($0) < 6 }
        #expect(workers.count > 2 * fraud.count)
        #expect(Double(honest.count) / Double(payments.count) > 0.01)
    }

    @Test("the gift season comes in November, with givers' bursts")
    func gifts() {
        let presents = payments.filter { $0.circumstance == .gift }
        let later = presents.filter { $0.time >= season.world.start + 50 * Timestamps.day }
        #expect(later.count > 2 * (presents.count - later.count))
    }

    @Test("who is on a trip pays at terminals that they never used before")
    func trips() {
        var known: Set<Int64> = []
        var (tripNew, trips, homeNew, home) = (0.0, 0.0, 0.0, 0.0)
        for payment in payments where payment.fraud == nil {
            let pair = Int64(payment.customer) << 32 | Int64(payment.terminal)
            let isNew = known.insert(pair).inserted
            guard payment.time > season.world.start + 35 * Timestamps.day else { continue }
            if payment.circumstance == .trip {
                trips += 1
                if isNew { tripNew += 1 }
            } else if payment.circumstance == .ordinary {
                home += 1
                if isNew { homeNew += 1 }
            }
        }
        #expect(tripNew / trips > 0.6)
        #expect(homeNew / home < 0.4)
    }

    @Test("a card is tested before it is emptied, in hours or over days")
    func testing() {
        let easy = payments.filter { $0.fraud == .testingAndLargeAmounts && $0.tactic == .easy }
        let tests = easy.filter { $0.amount <= 300 }
        let draws = easy.filter { $0.amount >= 15_000 }
        #expect(tests.count + draws.count == easy.count)
        for draw in draws {
            #expect(
                tests.contains {
                    $0.customer == draw.customer && $0.time <= draw.time
                        && draw.time - $0.time < Timestamps.day
                })
        }
        let evasive = payments.filter {
            $0.fraud == .testingAndLargeAmounts && $0.tactic == .evasive
        }
        #expect(evasive.allSatisfy { $0.amount >= 200 })
    }

    @Test(
        "evasive terminals abuse fewer payments, evasive thieves take smaller multiples"
    )
    func evasion() {
        func share(_ tactic: Tactic) -> Double {
            var (fraud, all) = (0.0, 0.0)
            let plans = season.world.plans
            for day in 0..<70 {
                let abused = Set(
                    plans.compromisesOfDay[day].map { plans.compromises[Int($0)] }
                        .filter { $0.tactic == tactic }.map(\.terminal))
                for payment in season.world.transactions(day: day)
                where abused.contains(payment.terminal) {
                    all += 1
                    if payment.fraud == .compromisedTerminal && payment.tactic == tactic {
                        fraud += 1
                    }
                }
            }
            return fraud / all
        }
        let (easy, evasive) = (share(.easy), share(.evasive))
        #expect(easy > 0.7)
        #expect((0.1...0.45).contains(evasive))

        func multiple(_ tactic: Tactic) -> Double {
            let stolen = payments.filter { $0.fraud == .stolenCredentials && $0.tactic == tactic }
            let ratios = stolen.map {
                Double($0.amount) / season.world.customers[Int($0.customer)].meanAmount
            }.sorted()
            return ratios[ratios.count / 2]
        }
        #expect(multiple(.easy) > 1.8 * multiple(.evasive))
        #expect(multiple(.evasive) > 1)
    }

    @Test("no single thing about a payment gives fraud away")
    func notTriviallySeparable() throws {
        var (amounts, counts) = ([Int32: Double](), [Int32: Double]())
        var lastSeen: [Int32: Int64] = [:]
        var seen: Set<Int64> = []
        var features = [
            "amount": [Double](), "over the card's mean": [], "haste": [], "night": [], "new": [],
            "small": [],
        ]
        var labels: [Bool] = []
        for payment in payments {
            let card = payment.customer
            let mean = counts[card].map { amounts[card]! / $0 }
            let isNew = seen.insert(Int64(card) << 32 | Int64(payment.terminal)).inserted
            let wait = payment.time - (lastSeen[card] ?? 0)
            let amount = Double(payment.amount)
            amounts[card, default: 0] += amount
            counts[card, default: 0] += 1
            lastSeen[card] = payment.time
            guard payment.time > season.world.start + 30 * Timestamps.day else { continue }
            features["amount"]!.append(amount)
            features["over the card's mean"]!.append(mean.map { amount / $0 } ?? 1)
            features["haste"]!.append(-Double(wait))
            features["night"]!.append(Self.hour(payment) < 6 ? 1 : 0)
            features["new"]!.append(isNew ? 1 : 0)
            features["small"]!.append(-amount)
            labels.append(payment.fraud != nil)
        }
        let base = Double(labels.filter { $0 }.count) / Double(labels.count)
        for (name, values) in features {
            let ranking = try Ranking(scores: values, labels: labels)
            let precision = ranking.averagePrecision()
            #expect(precision < 0.25, "\(name): \(precision)")
            #expect(ranking.rocAUC() < 0.85, "\(name)")
        }
        // And not hopeless either: the best of them tells something.
        let best = try Ranking(scores: features["over the card's mean"]!, labels: labels)
        #expect(best.averagePrecision() > 4 * base)
    }

    static func hour(_ payment: CardTransaction) -> Int {
        Int((payment.time - season.world.start) / Timestamps.hour % 24)
    }
}

@Suite("Scenarios")
struct ScenarioTests {
    @Test("are found by name, with names that are distinct")
    func names() {
        #expect(Scenario.named("card-misuse")?.defaultSubscribers == 5000)
        #expect(Scenario.named("card_misuse") == nil)
        #expect(Set(Scenario.all.map(\.name)).count == Scenario.all.count)
    }

    @Test("make a world of the smallest size", arguments: Scenario.all.map(\.name))
    func smallest(_ name: String) throws {
        let scenario = try #require(Scenario.named(name))
        let world = scenario.makeWorld(
            WorldSettings(
                subscribers: scenario.subscriberBounds.lowerBound,
                days: scenario.dayBounds.lowerBound, seed: 1, start: scenario.defaultStart))
        var headers: [String] = []
        let counts = world.write { log, lines in
            if log == headers.count { headers.append(String(decoding: lines, as: UTF8.self)) }
        }
        #expect(headers == world.logs.map { $0.header + "\n" })
        #expect(counts.count == world.logs.count)
        #expect(world.logs.contains { $0.isObservable })
    }
}
