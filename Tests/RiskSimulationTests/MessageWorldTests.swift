import RiskColumns
import RiskJSON
import Testing

@testable import RiskSimulation

/// One world of messages for all tests: 1,200 subscribers for 12 days, written once, with more gangs than
/// the registered one has.
private let post = SimulatedPost()

private struct SimulatedPost {
    let world: MessageWorld
    /// All logs' lines, split, by name.
    let lines: [String: [[Substring]]]
    /// Some days in a row.
    let week: [(day: Int, sent: MessageDay)]

    static let start = Timestamps.microseconds(year: 2025, month: 12, day: 10)

    init() {
        var scams = ScamParameters()
        scams.easy.startsPerDay *= 12
        scams.evasive.startsPerDay *= 12
        scams.mistakes = 0.4
        world = MessageWorld(
            subscribers: 1200, days: 12, seed: 11, start: Self.start, scams: scams)
        var bytes = [[UInt8]](repeating: [], count: world.logs.count)
        let counts = world.write { log, lines in bytes[log] += lines }
        var lines: [String: [[Substring]]] = [:]
        for (index, log) in world.logs.enumerated() {
            let text = String(decoding: bytes[index], as: UTF8.self).split(separator: "\n")
            lines[log.name] = text.dropFirst().map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            }
            #expect(text.count == counts[index] + 1, "\(log.name)")
        }
        self.lines = lines
        week = (4..<11).map { [world] day in
            var today = WorldDay(world: world.town)
            today.make(day)
            return (day, MessageDay(world, today, day))
        }
    }

    /// Answers and messages of numbers on a day: how many came in for each that went out.
    func answers(of wanted: (Int32) -> Bool) -> (sent: Int, answers: Double) {
        var (sent, received) = (0, 0)
        for (_, day) in week {
            sent += day.messages.count { wanted($0.sender) }
            received += day.messages.count { wanted($0.recipient) && !wanted($0.sender) }
        }
        return (sent, Double(received) / Double(max(1, sent)))
    }

    func numbers(_ tactic: Tactic) -> [ScamPlans.Number] {
        world.plans.numbers.filter { world.plans.campaigns[$0.campaign].tactic == tactic }
    }
}

private func written(_ world: some SimulatedWorld) -> [String: [UInt8]] {
    var bytes = [[UInt8]](repeating: [], count: world.logs.count)
    _ = world.write { log, lines in bytes[log] += lines }
    return Dictionary(uniqueKeysWithValues: zip(world.logs.map(\.name), bytes))
}

@Suite("messages: the same world, with what its people are sent")
struct MessageWorldTests {
    /// So many gangs that a small world has some.
    static var crowded: ScamParameters {
        var scams = ScamParameters()
        scams.easy.startsPerDay *= 60
        scams.evasive.startsPerDay *= 60
        return scams
    }

    @Test("no log of the world has another byte for the messages; the truth has lines more")
    func untouched() {
        let start = SimulatedPost.start
        let town = written(SubscriberWorld(subscribers: 200, days: 3, seed: 4, start: start))
        let both = written(
            MessageWorld(
                subscribers: 200, days: 3, seed: 4, start: start, scams: Self.crowded))
        #expect(both.count == town.count + 4)
        for (name, bytes) in town where name != "truth" {
            #expect(both[name] == bytes, "\(name)")
        }
        let (before, after) = (town["truth"] ?? [], both["truth"] ?? [])
        #expect(after.starts(with: before) && after.count > before.count)
    }

    @Test("the same seed gives the same bytes, which are golden; other habits give others")
    func golden() {
        func digest(shifted: Bool) -> String {
            let scams = Self.crowded
            let logs = written(
                MessageWorld(
                    subscribers: 200, days: 3, seed: 3, start: SimulatedPost.start,
                    scams: shifted ? scams.shifted : scams))
            var hash = SHA256()
            for name in ["message", "sender_day", "message_report", "case_message", "truth"] {
                hash.update(logs[name] ?? [])
            }
            return hash.finish()
        }
        let found = digest(shifted: false)
        #expect(found == "31f4fbe830901389e1d8eed6820b644a916cad46358f11288714df20f1cfb3ef")
        #expect(found == digest(shifted: false))
        #expect(found != digest(shifted: true))
    }

    @Test("a day does not depend on the days made before it")
    func anyOrder() {
        var today = WorldDay(world: post.world.town)
        today.make(3)
        today.make(6)
        let again = MessageDay(post.world, today, 6)
        let first = post.week[2].sent
        #expect(again.messages.map(\.recipient) == first.messages.map(\.recipient))
        #expect(again.messages.map(\.second) == first.messages.map(\.second))
        #expect(again.nights.map(\.megabytes) == first.nights.map(\.megabytes))
    }

    @Test("every line has its header's columns; a link has an age, what is no link has none")
    func shape() {
        for log in post.world.logs.suffix(4) {
            let lines = post.lines[log.name] ?? []
            #expect(!lines.isEmpty, "\(log.name)")
            let columns = log.header.split(separator: ",").count
            #expect(lines.allSatisfy { $0.count == columns }, "\(log.name)")
            #expect(lines.map { $0[0] } == lines.map { $0[0] }.sorted(), "\(log.name)")
        }
        let messages = post.lines["message"] ?? []
        #expect(messages.allSatisfy { $0[5].isEmpty == $0[6].isEmpty })
    }

    @Test("each number that wrote on a day has one nightly record, and nobody else has")
    func nights() {
        for (_, day) in post.week {
            #expect(Set(day.nights.map(\.sim)) == Set(day.messages.map(\.sender)))
            #expect(Set(day.nights.map(\.sim)).count == day.nights.count)
        }
    }

    @Test("a case is known after the messages and before the end; some are mistakes")
    func cases() throws {
        let cases = post.lines["case_message"] ?? []
        for fields in cases {
            let at = try #require(Timestamps.parse(String(fields[0]))).microseconds
            let known = try #require(Timestamps.parse(String(fields[1]))).microseconds
            #expect(known >= at)
            #expect(known < SimulatedPost.start + 12 * Timestamps.day)
        }
        let numbers = post.world.plans.numbers
        let share = Double(numbers.count { $0.known != nil }) / Double(numbers.count)
        #expect((0.3...0.7).contains(share))
        #expect(!post.world.plans.mistakes.isEmpty)
        let guilty = Set(numbers.map(\.sim))
        #expect(post.world.plans.mistakes.allSatisfy { !guilty.contains($0.sim) })
    }

    @Test("who only writes to many is nowhere called fraud; each group is there")
    func truth() {
        let facts = post.lines["truth"] ?? []
        let frauds = Set(facts.filter { $0[2] == "scam-messages" }.map { $0[1] })
        let roles: [Substring] = [
            "appointment-reminder", "shop-notice", "club-organiser", "canvasser", "private-trader",
        ]
        for role in roles {
            let members = facts.filter { $0[5] == role }
            #expect(!members.isEmpty, "\(role)")
            #expect(members.allSatisfy { !frauds.contains($0[1]) }, "\(role)")
        }
        #expect(facts.contains { $0[5] == "new-number" })
        #expect(facts.contains { $0[2] == "scam-messages" && $0[3] == "evasive" })
    }
}

@Suite("messages: who writes to many")
struct MessageSendersTests {
    @Test("friends answer, members of a club do, strangers hardly: the gangs least")
    func answers() {
        let gangs = Set(post.world.plans.numbers.filter { !$0.isInfected }.map(\.sim))
        let roles = post.world.roles.roles
        let town = Int32(post.world.town.population.subscribers.count)
        func share(_ role: SenderRole) -> Double {
            post.answers { roles[$0] == role }.answers
        }
        let ordinary = post.answers { $0 < town && roles[$0] == nil }.answers
        let gang = post.answers { gangs.contains($0) }
        #expect(gang.sent > 500 && gang.answers < 0.08)
        #expect(ordinary > 0.3)
        #expect(share(.organiser) > share(.shop))
        #expect(share(.shop) < 0.4)
    }

    @Test("the easy kind sends in bursts to hundreds, the evasive kind a few a day")
    func pace() {
        for (tactic, range) in [(Tactic.easy, 40.0...240), (.evasive, 2.0...20)] {
            let sims = Set(post.numbers(tactic).filter { !$0.isInfected }.map(\.sim))
            var counts: [Int] = []
            for (day, sent) in post.week {
                let working = Set(
                    post.numbers(tactic).filter { $0.days.contains(day) }.map(\.sim)
                ).intersection(sims)
                let by = Dictionary(
                    grouping: sent.messages.filter { working.contains($0.sender) }, by: \.sender)
                counts += by.values.map(\.count)
            }
            #expect(counts.count > 20)
            let mean = Double(counts.reduce(0, +)) / Double(counts.count)
            #expect(range.contains(mean), "\(tactic): \(mean)")
        }
    }

    @Test("numbers of a campaign share identities and domains where it is easy; else they move on")
    func shared() {
        let easy = post.world.plans.campaigns.filter { $0.tactic == .easy }
        #expect(!easy.isEmpty)
        func spread(_ tactic: Tactic) -> Double {
            let sims = Set(post.numbers(tactic).filter { !$0.isInfected }.map(\.sim))
            let sent = post.week.flatMap(\.sent.messages).filter { sims.contains($0.sender) }
            return Double(Set(sent.map(\.device)).count) / Double(Set(sent.map(\.sender)).count)
        }
        #expect(spread(.easy) < 0.75)
        #expect(spread(.evasive) >= 0.9)
        // Domains of the easy kind are days old; honest links lead to old sites, but not all.
        let links = post.week.flatMap(\.sent.messages).filter { $0.domain >= 0 }
        let young = links.filter { $0.domain >= ScamPlans.firstDomain && $0.domainAge <= 10 }
        let honest = links.filter { $0.domain < ScamPlans.firstDomain }
        #expect(!young.isEmpty)
        #expect(honest.contains { $0.domainAge <= 10 })
        #expect(honest.count { $0.domainAge > 100 } > honest.count / 2)
    }

    @Test("a program on somebody's telephone sends from there, while the owner's life goes on")
    func infected() {
        let numbers = post.world.plans.numbers.filter(\.isInfected)
        let owners = post.world.town.population.subscribers
        #expect(numbers.count > 3)
        var own = 0
        for number in numbers {
            #expect(Int(number.sim) < owners.count && number.ageing.isEmpty)
            for (day, sent) in post.week where number.days.contains(day) {
                let messages = sent.messages.filter { $0.sender == number.sim }
                let who = owners[Int(number.sim)]
                #expect(
                    messages.allSatisfy { [who.phone(on: day), who.other].contains($0.device) })
                own += messages.count { $0.domain < 0 }
            }
        }
        #expect(own > 0)
    }

    @Test("evasive numbers write to each other as a family does before they write to strangers")
    func ageing() {
        let ageing = post.numbers(.evasive).filter { !$0.isInfected }
        let sims = Set(ageing.map(\.sim))
        var (messages, outside) = (0, 0)
        for (day, sent) in post.week {
            let young = Set(ageing.filter { $0.ageing.contains(day) }.map(\.sim))
            for message in sent.messages where young.contains(message.sender) {
                messages += 1
                if !sims.contains(message.recipient) { outside += 1 }
            }
        }
        #expect(messages > 20)
        #expect(outside == 0)
    }

    @Test("the smallest world has messages too")
    func smallest() {
        let world = MessageWorld(
            subscribers: 100, days: 1, seed: 1, start: SimulatedPost.start)
        #expect((written(world)["message"] ?? []).count > 100)
    }
}
