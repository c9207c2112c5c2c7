import RiskColumns
import RiskJSON
import Testing

@testable import RiskPolicy

/// What holds on any days: random ones, with everything that a policy knows of.
@Suite("Laws of decisions")
struct DecisionLawTests {
    /// A run of days over forty people, of whom each fourth is elderly, in rings of five and stores of
    /// eight, with overrides and results.
    struct RandomDays {
        var generator: SplitMix64
        let people: [Subscriber]

        init(seed: UInt64) {
            generator = SplitMix64(seed: seed)
            people = (0..<40).map {
                Subscriber(
                    entityKey: "p\($0)", groups: $0 % 4 == 0 ? ["elderly"] : [],
                    ring: "r\($0 / 5)", store: "s\($0 / 8)")
            }
        }

        mutating func day(_ number: Int32) -> DecisionDay {
            let day = PolicyDate(days: 20_000 + number)
            var input = DecisionDay(day: day, scores: [], subscribers: people)
            for person in people where generator.below(5) > 0 {
                input.scores.append(
                    ScoredEntity(
                        entityKey: person.entityKey, probability: Double(generator.below(21)) / 20,
                        points: generator.below(900),
                        reasons: (0..<generator.below(3)).map { _ in
                            "\(generator.below(9)) of \(["a", "b", "c"][generator.below(3)])"
                        }))
            }
            for person in people where generator.below(12) == 0 {
                input.results.append(
                    CheckResult(
                        entityKey: person.entityKey,
                        time: day.microseconds + Int64(generator.below(1000)),
                        outcome: CheckResult.Outcome.allCases[generator.below(4)]))
            }
            for person in people where generator.below(20) == 0 {
                input.overrides.append(
                    Override(
                        entityKey: person.entityKey,
                        action: [nil, .refer, .watch][generator.below(3)], author: "a", reason: "r",
                        expires: day.adding(generator.below(3))))
            }
            return input
        }

        mutating func shuffled(_ day: DecisionDay) -> DecisionDay {
            var other = day
            other.scores.shuffle(using: &generator)
            other.subscribers.shuffle(using: &generator)
            other.overrides.shuffle(using: &generator)
            other.results.shuffle(using: &generator)
            return other
        }
    }

    func audit(_ policy: Policy, _ day: DecisionDay, _ state: PolicyState) throws -> String {
        try policy.decide(day, after: state).auditRecords(
            policy: policy, model: "m", inputs: day.digest(after: state), after: state
        ).map { $0.json() + "\n" }.joined()
    }

    /// The ladder, and what it may become overnight: others in the ring are refused new business, so
    /// that open cases of `related` take a further step, the elderly among them after the call.
    static let tightened = ladder(
        relatedLine,
        is: #""related":{"of":["suspend","verify"],"action":"refuse","capacityPerDay":2,"days":20}"#
    )

    @Test(
        "no capacity is ever exceeded, of tiers, actions or related ones, nor when a policy changes",
        arguments: 1...5)
    func capacity(seed: UInt64) throws {
        let policies = try [policy(ladder), policy(Self.tightened)]
        var world = RandomDays(seed: seed)
        var state = PolicyState()
        let quiet = Set(world.people.indices.filter { $0 % 5 > 2 }.map { "p\($0)" })
        var (full, fullOfRelated, furtherSteps) = (0, 0, 0)
        for number in 0..<60 {
            let policy = policies[number / 3 % 2]
            var day = world.day(Int32(number))
            // Two of each ring never have a score: they come in through the others, and stay.
            day.scores.removeAll { quiet.contains($0.entityKey) }
            let decided = try policy.decide(day, after: state)
            let new = decided.decisions.filter { $0.status == .new }
            for tier in policy.tiers {
                let count = new.count { $0.tier == tier.name }
                #expect(count <= tier.capacityPerDay ?? .max)
                full += count == tier.capacityPerDay ? 1 : 0
            }
            #expect(new.count { $0.action?.name == "call" } <= 1)
            let related = new.filter { $0.tier == Case.relatedTier }
            #expect(related.count <= 2, "day \(number)")
            fullOfRelated += related.count == 2 ? 1 : 0
            furtherSteps += related.count { $0.previous?.openCase?.tier == Case.relatedTier }
            #expect(Set(decided.decisions.map(\.entityKey)).count == decided.decisions.count)
            state = decided.state
        }
        #expect(full > 10 && fullOfRelated > 0, "the days were busy enough to tell")
        #expect(furtherSteps > 0, "open cases of related ones took places too")
    }

    @Test("special groups are never suspended first", arguments: 1...5)
    func specialGroups(seed: UInt64) throws {
        let policy = try policy(ladder)
        var world = RandomDays(seed: seed)
        var state = PolicyState()
        var called: [String: PolicyDate] = [:]
        var failed: Set<String> = []
        var suspended = 0
        for number in 0..<60 {
            let day = world.day(Int32(number))
            let decided = try policy.decide(day, after: state)
            for decision in decided.decisions where decision.subscriber?.groups == ["elderly"] {
                for result in decision.results {
                    switch result.outcome {
                    case .failed: failed.insert(decision.entityKey)
                    case .passed, .reopened:
                        failed.remove(decision.entityKey)
                        called[decision.entityKey] = nil
                    case .complaint: break
                    }
                }
                if decision.action == nil { called[decision.entityKey] = nil }
                if decision.action?.name == "call", called[decision.entityKey] == nil {
                    called[decision.entityKey] = day.day
                }
                if decision.action == .suspend {
                    suspended += 1
                    let since = called[decision.entityKey].map { day.day.days(since: $0) }
                    #expect(failed.contains(decision.entityKey) || (since ?? 0) >= 2)
                }
            }
            state = decided.state
        }
        #expect(suspended > 0, "some were suspended, later")
    }

    @Test("the same inputs give the same audit bytes, in any order of rows", arguments: 1...3)
    func sameBytes(seed: UInt64) throws {
        let policy = try policy(ladder)
        var world = RandomDays(seed: seed)
        var state = PolicyState()
        for number in 0..<4 {
            let day = world.day(Int32(number))
            let once = try audit(policy, day, state)
            #expect(try audit(policy, day, state) == once)
            #expect(try audit(policy, world.shuffled(day), state) == once)
            #expect(once.split(separator: "\n").count > 5)
            var other = day
            other.scores[0].probability = other.scores[0].probability == 1 ? 0.5 : 1
            #expect(other.digest(after: state) != day.digest(after: state))
            state = try policy.decide(day, after: state).state
        }
    }

    @Test(
        "with all entries' history in the state, a day decides the same after a restart from the file"
    )
    func restart() throws {
        let policy = try policy(ladder)
        var world = RandomDays(seed: 5)
        var (whole, carried) = (PolicyState(), PolicyState())
        for number in 0..<12 {
            let day = world.day(Int32(number))
            let expected = try audit(policy, day, whole)
            #expect(try audit(policy, day, carried) == expected)
            whole = try policy.decide(day, after: whole).state
            let bytes = [UInt8](whole.document().json().utf8)
            carried = try PolicyState(document: JSONParser.parse(bytes))
        }
        #expect(whole.entries.count > 15)
    }

    @Test("a policy of tiers alone decides a first day as its proposals do")
    func asProposed() throws {
        let policy = try policy(PolicyDocumentTests.sound)
        var world = RandomDays(seed: 9)
        for number in 0..<50 {
            let day = world.day(Int32(number))
            let list = day.scores.map {
                RankedEntity(entityKey: $0.entityKey, probability: $0.probability)
            }
            let proposed = try policy.propose(ranked: list).proposals
            let decided = try policy.decide(DecisionDay(day: day.day, scores: day.scores))
            #expect(
                decided.decisions.filter { $0.action != nil }.map {
                    "\($0.rank ?? 0) \($0.entityKey) \($0.tier)"
                } == proposed.map { "\($0.rank) \($0.entityKey) \(policy.tiers[$0.tier].name)" })
        }
    }
}
