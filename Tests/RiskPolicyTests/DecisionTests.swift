import RiskJSON
import Testing

@testable import RiskPolicy

/// A policy with every condition: stop from 0.8 (2 a day, stays from 0.6), check from 0.3 (3 a day, stays
/// from 0.2 and until it was below on 3 days), look from 0.1.
let ladder = """
    {"riskkit":"policy/1","name":"ladder","version":"7","actions":{"call":"verify"},
     "tiers":[
      {"name":"stop","action":"suspend","minimumProbability":0.8,"keepProbability":0.6,"capacityPerDay":2},
      {"name":"check","action":"verify","minimumProbability":0.3,"keepProbability":0.2,"keepDays":3,"capacityPerDay":3},
      {"name":"look","action":"watch","minimumProbability":0.1}],
     "capacities":[{"action":"call","capacityPerDay":1}],
     "specialGroups":[{"groups":["elderly","disabled"],"first":"call","before":["suspend","refuse"],"days":2}],
     "greenChannel":{"days":30,"blocks":["suspend"],"newOdds":2,"newReasons":1},
     "failedVerification":"suspend",
     "related":{"of":["suspend"],"action":"verify","capacityPerDay":2,"days":5},
     "stores":{"of":["suspend"],"minimumOpenings":3,"minimumRate":0.2,"confidence":0.95,"action":"refuse"}}
    """

func date(_ text: String) -> PolicyDate { PolicyDate(text)! }

/// One day of a table: what is known, and who is expected to be decided how.
struct TableDay: Sendable {
    let day: String
    var scores: [(String, Double)] = []
    var reasons: [String: [String]] = [:]
    var overrides: [Override] = []
    var results: [(String, CheckResult.Outcome)] = []
    /// `entity status action`, in the order of the decisions.
    let expected: [String]

    init(
        _ day: String, _ scores: [(String, Double)] = [], reasons: [String: [String]] = [:],
        overrides: [Override] = [], results: [(String, CheckResult.Outcome)] = [],
        _ expected: [String]
    ) {
        self.day = day
        self.scores = scores
        self.reasons = reasons
        self.overrides = overrides
        self.results = results
        self.expected = expected
    }

    func input(_ subscribers: [Subscriber]) -> DecisionDay {
        DecisionDay(
            day: date(day),
            scores: scores.map {
                ScoredEntity(entityKey: $0.0, probability: $0.1, reasons: reasons[$0.0] ?? [])
            }, subscribers: subscribers, overrides: overrides,
            results: results.map {
                CheckResult(entityKey: $0.0, time: date(day).microseconds + 1, outcome: $0.1)
            })
    }
}

struct Scenario: Sendable, CustomTestStringConvertible {
    let name: String
    var policy = ladder
    var subscribers: [Subscriber] = []
    let days: [TableDay]
    var testDescription: String { name }
}

func shown(_ decisions: DayDecisions) -> [String] {
    decisions.decisions.map { decision in
        "\(decision.entityKey) \(decision.status)"
            + (decision.action.map { " \($0)" } ?? "")
    }
}

func hold(_ key: String, _ action: Action?, from: String? = nil, expires: String) -> Override {
    Override(
        entityKey: key, action: action, author: "li", reason: "checked by hand",
        from: from.map(date), expires: date(expires))
}

@Suite("Decisions, day by day")
struct DecisionTests {
    static let scenarios: [Scenario] = [
        Scenario(
            name: "hysteresis keeps a noisy case on the list; it leaves below the lower threshold",
            days: [
                TableDay("2026-11-01", [("a", 0.85)], ["a new suspend"]),
                TableDay("2026-11-02", [("a", 0.75)], ["a kept suspend"]),
                TableDay("2026-11-03", [("a", 0.61)], ["a kept suspend"]),
                TableDay("2026-11-04", [("a", 0.82)], ["a kept suspend"]),
                TableDay("2026-11-05", [("a", 0.59)], ["a new verify"]),
                TableDay("2026-11-06", [("a", 0.79)], ["a kept verify"]),
            ]),
        Scenario(
            name: "a case leaves only after three days in a row below, and a day above begins anew",
            days: [
                TableDay("2026-11-01", [("a", 0.3)], ["a new verify"]),
                TableDay("2026-11-02", [("a", 0.05)], ["a kept verify"]),
                TableDay("2026-11-03", [("a", 0.2)], ["a kept verify"]),
                TableDay("2026-11-04", [("a", 0.05)], ["a kept verify"]),
                TableDay("2026-11-05", [], ["a kept verify"]),
                TableDay("2026-11-06", [("a", 0.05)], ["a left"]),
                TableDay("2026-11-07", [("a", 0.25)], ["a new watch"]),
            ]),
        Scenario(
            name:
                "kept cases take no place, new ones do, and who finds none falls to the next tier",
            days: [
                TableDay(
                    "2026-11-01", [("a", 0.9), ("b", 0.9), ("c", 0.9)],
                    ["a new suspend", "b new suspend", "c new verify"]),
                TableDay(
                    "2026-11-02", [("a", 0.9), ("b", 0.9), ("c", 0.9), ("d", 0.95)],
                    ["d new suspend", "a kept suspend", "b kept suspend", "c new suspend"]),
                TableDay(
                    "2026-11-03",
                    [
                        ("e", 0.81), ("f", 0.82), ("g", 0.83), ("h", 0.84), ("i", 0.85),
                        ("j", 0.86),
                    ],
                    [
                        "j new suspend", "i new suspend", "h new verify", "g new verify",
                        "f new verify", "e new watch", "a left", "b left", "c left", "d left",
                    ]),
            ]),
        Scenario(
            name:
                "special groups are called first, and suspended two days after the call at the earliest",
            subscribers: [Subscriber(entityKey: "old", groups: ["rural", "elderly"])],
            days: [
                TableDay("2026-11-01", [("old", 0.99)], ["old new call"]),
                TableDay("2026-11-02", [("old", 0.99)], ["old kept call"]),
                TableDay("2026-11-03", [("old", 0.99)], ["old new suspend"]),
            ]),
        Scenario(
            name:
                "a call that found no place is made on the next day, and nothing stricter before it",
            subscribers: [
                Subscriber(entityKey: "x", groups: ["elderly"]),
                Subscriber(entityKey: "y", groups: ["disabled"]),
            ],
            days: [
                TableDay(
                    "2026-11-01", [("x", 0.9), ("y", 0.9)], ["x new call", "y new verify"]),
                TableDay("2026-11-02", [("x", 0.9), ("y", 0.9)], ["x kept call", "y new call"]),
                TableDay(
                    "2026-11-03", [("x", 0.9), ("y", 0.9)], ["x new suspend", "y kept call"]),
                TableDay(
                    "2026-11-04", [("x", 0.9), ("y", 0.9)], ["x kept suspend", "y new suspend"]),
            ]),
        Scenario(
            name: "a case that left begins with the call again",
            subscribers: [Subscriber(entityKey: "old", groups: ["elderly"])],
            days: [
                TableDay("2026-11-01", [("old", 0.9)], ["old new call"]),
                TableDay("2026-11-02", [("old", 0.01)], ["old left"]),
                TableDay("2026-11-09", [("old", 0.9)], ["old new call"]),
            ]),
        Scenario(
            name: "a failed verification opens the stricter action at once, for special groups too",
            subscribers: [Subscriber(entityKey: "old", groups: ["elderly"])],
            days: [
                TableDay(
                    "2026-11-01", [("old", 0.9), ("b", 0.4)], ["old new call", "b new verify"]),
                TableDay(
                    "2026-11-02", [("b", 0.4)], results: [("old", .failed), ("b", .failed)],
                    ["b new suspend", "old new suspend"]),
                TableDay("2026-11-03", [], ["b kept suspend", "old kept suspend"]),
            ]),
        Scenario(
            name: "the green channel: passed, so not suspended again on the same evidence",
            days: [
                TableDay("2026-11-01", [("a", 0.9)], ["a new suspend"]),
                TableDay("2026-11-02", [("a", 0.9)], results: [("a", .passed)], ["a new verify"]),
                TableDay("2026-11-03", [("a", 0.94)], ["a kept verify"]),
            ]),
        Scenario(
            name: "new evidence lifts it: odds of 18 are not above twice 9, odds of 19 are",
            days: [
                TableDay("2026-11-01", [("a", 0.9)], ["a new suspend"]),
                TableDay("2026-11-02", [("a", 0.9)], results: [("a", .reopened)], ["a new verify"]),
                TableDay("2026-11-03", [("a", 18.0 / 19 - 1e-9)], ["a kept verify"]),
                TableDay("2026-11-04", [("a", 0.95)], ["a new suspend"]),
            ]),
        Scenario(
            name: "a new leading reason lifts it, the same one with another number does not",
            days: [
                TableDay(
                    "2026-11-01", [("a", 0.9)],
                    reasons: ["a": ["12 calls to strangers", "no data"]],
                    ["a new suspend"]),
                TableDay(
                    "2026-11-02", [("a", 0.9)], reasons: ["a": ["1,040.5 calls to strangers"]],
                    results: [("a", .passed)], ["a new verify"]),
                TableDay(
                    "2026-11-03", [("a", 0.85)], reasons: ["a": ["7 swaps between phones"]],
                    ["a new suspend"]),
            ]),
        Scenario(
            name: "the green channel ends after its days, counted from the day of the check",
            days: [
                TableDay("2026-11-01", [("a", 0.9)], ["a new suspend"]),
                TableDay("2026-11-02", [("a", 0.9)], results: [("a", .passed)], ["a new verify"]),
                TableDay("2026-12-01", [("a", 0.9)], ["a kept verify"]),
                TableDay("2026-12-02", [("a", 0.9)], ["a new suspend"]),
            ]),
        Scenario(
            name: "re-opened without a case: the next score is the evidence on record",
            days: [
                TableDay("2026-11-01", [], results: [("a", .reopened)], ["a none"]),
                TableDay("2026-11-02", [("a", 0.9)], ["a new verify"]),
                TableDay("2026-11-03", [("a", 0.94)], ["a kept verify"]),
                TableDay("2026-11-04", [("a", 0.96)], ["a new suspend"]),
            ]),
        Scenario(
            name:
                "asked without ever having had a score, and passed: the first score is new evidence",
            subscribers: [
                Subscriber(entityKey: "a", ring: "r"), Subscriber(entityKey: "b", ring: "r"),
            ],
            days: [
                TableDay("2026-11-01", [("a", 0.9)], ["a new suspend", "b new verify"]),
                TableDay(
                    "2026-11-02", [("a", 0.9)], results: [("b", .passed)],
                    ["a kept suspend", "b left"]),
                TableDay(
                    "2026-11-03", [("a", 0.9), ("b", 0.8)], ["a kept suspend", "b new suspend"]),
            ]),
        Scenario(
            name: "overrides stand above the score until they expire; expired ones are gone",
            days: [
                TableDay(
                    "2026-11-01", [("a", 0.99), ("b", 0.01)],
                    overrides: [
                        hold("a", nil, expires: "2026-11-03"),
                        hold("b", .refer, expires: "2026-11-03"),
                    ], ["a none", "b new refer"]),
                TableDay(
                    "2026-11-02", [("a", 0.99), ("b", 0.01)],
                    overrides: [
                        hold("a", nil, expires: "2026-11-03"),
                        hold("b", .refer, expires: "2026-11-03"),
                    ], ["a none", "b kept refer"]),
                TableDay(
                    "2026-11-03", [("a", 0.99), ("b", 0.01)],
                    overrides: [
                        hold("a", nil, expires: "2026-11-03"),
                        hold("b", .refer, expires: "2026-11-03"),
                        hold("c", .suspend, from: "2026-11-04", expires: "2026-11-09"),
                    ], ["a new suspend", "b left"]),
            ]),
        Scenario(
            name: "who shares a ring with a new suspension is proposed for verification, two a day",
            subscribers: [
                Subscriber(entityKey: "a", ring: "r1"), Subscriber(entityKey: "b", ring: "r1"),
                Subscriber(entityKey: "c", ring: "r1"), Subscriber(entityKey: "d", ring: "r1"),
                Subscriber(entityKey: "e", ring: "r2"),
            ],
            days: [
                TableDay(
                    "2026-11-01", [("a", 0.9), ("d", 0.05), ("c", 0.5)],
                    ["a new suspend", "c new verify", "d new verify", "b new verify"]),
                TableDay(
                    "2026-11-02", [("a", 0.9)],
                    ["a kept suspend", "b kept verify", "c kept verify", "d kept verify"]),
                TableDay(
                    "2026-11-06", [("a", 0.9)],
                    ["a kept suspend", "b left", "c left", "d left"]),
            ]),
    ]

    @Test("as the tables say", arguments: scenarios)
    func table(_ scenario: Scenario) throws { try scenario.check() }

    @Test("each decision says what decided it, and in words what stood in the way")
    func basis() throws {
        let policy = try policy(ladder)
        let people = [
            Subscriber(entityKey: "a", ring: "r"), Subscriber(entityKey: "b", ring: "r"),
            Subscriber(entityKey: "old", groups: ["elderly"]),
        ]
        let first = try policy.decide(
            TableDay(
                "2026-11-01",
                [("a", 0.99), ("c", 0.98), ("d", 0.97), ("old", 0.96)],
                overrides: [hold("o", .watch, expires: "2026-12-01")], []
            ).input(people))
        let basis = Dictionary(
            uniqueKeysWithValues: first.decisions.map { ($0.entityKey, $0.basis) })
        #expect(
            basis == [
                "o": .override, "a": .tier, "c": .tier, "d": .capacity, "old": .capacity,
                "b": .related,
            ])
        let notes = Dictionary(
            uniqueKeysWithValues: first.decisions.map { ($0.entityKey, $0.notes) })
        #expect(notes["o"] == ["li: checked by hand; until 2026-12-01"])
        #expect(notes["d"] == ["stop is full"])
        #expect(notes["old"] == ["elderly: call before suspend", "stop is full"])
        #expect(notes["b"] == ["ring r with a (suspend)"])
        let second = try policy.decide(
            TableDay("2026-11-02", [("a", 0.99), ("old", 0.96)], results: [("a", .passed)], [])
                .input(people), after: first.state)
        #expect(second.decisions.prefix(2).map(\.basis) == [.greenChannel, .group])
        #expect(
            second.decisions[0].notes == [
                "passed on 2026-11-02",
                "suspend held back: re-opened on 2026-11-02, same evidence, until 2026-12-02",
            ])
    }

    @Test("a result counts once, on the first day decided after it")
    func resultsOnce() throws {
        let policy = try policy(ladder)
        let failed = [
            CheckResult(entityKey: "a", time: date("2026-11-02").microseconds, outcome: .failed)
        ]
        func decide(_ day: String, _ state: PolicyState) throws -> DayDecisions {
            try policy.decide(
                DecisionDay(
                    day: date(day), scores: [ScoredEntity(entityKey: "a", probability: 0.4)],
                    results: failed), after: state)
        }
        let first = try decide("2026-11-01", PolicyState())
        #expect(shown(first) == ["a new verify"], "not known yet")
        let second = try decide("2026-11-03", first.state)
        #expect(shown(second) == ["a new suspend"])
        #expect(second.decisions[0].results == failed)
        let third = try decide("2026-11-04", second.state)
        #expect(third.decisions[0].results == [])
    }

    @Test("what cannot be decided is refused by name")
    func errors() throws {
        let policy = try policy(ladder)
        func day(_ scores: [(String, Double)]) -> DecisionDay {
            TableDay("2026-11-01", scores, []).input([])
        }
        #expect(throws: ProposalError.duplicateEntity(entityKey: "a")) {
            try policy.decide(day([("a", 0.1), ("a", 0.2)]))
        }
        #expect(throws: ProposalError.notAProbability(entityKey: "a", value: 1.5)) {
            try policy.decide(day([("a", 1.5)]))
        }
        #expect(throws: ProposalError.self) { try policy.decide(day([("a", .nan)])) }
        let state = try policy.decide(day([])).state
        #expect(
            throws: ProposalError.stateNotEarlier(
                state: date("2026-11-01"), day: date("2026-11-01"))
        ) { try policy.decide(day([]), after: state) }
        var two = day([])
        two.overrides = [
            hold("a", nil, expires: "2027-01-01"), hold("a", .watch, expires: "2027-01-01"),
        ]
        #expect(throws: ProposalError.twoOverrides(entityKey: "a")) { try policy.decide(two) }
        two.overrides[0].expires = date("2026-11-01")
        #expect(shown(try policy.decide(two)) == ["a new watch"])
        #expect(try policy.decide(two).expiredOverrides == [two.overrides[0]])
        two.subscribers = [Subscriber(entityKey: "s"), Subscriber(entityKey: "s")]
        #expect(throws: ProposalError.duplicateSubscriber(entityKey: "s")) {
            try policy.decide(two)
        }
    }

    @Test("a store is assessed by the lower bound of its rate, not by three bad openings")
    func stores() throws {
        let policy = try policy(ladder)
        var people: [Subscriber] = []
        for (store, openings) in [("big", 12), ("small", 2), ("chance", 40)] {
            people += (0..<openings).map {
                Subscriber(entityKey: "\(store)\($0)", store: store)
            }
        }
        var state = PolicyState()
        var stores: [StoreAssessment] = []
        for day in 1...4 {
            let scores = ["big0", "big1", "big2", "big3", "big4", "small0", "small1", "chance0"]
            let decided = try policy.decide(
                TableDay("2026-11-0\(day)", scores.map { ($0, 0.9) }, []).input(people),
                after: state)
            state = decided.state
            stores = decided.stores
        }
        let found = stores.map {
            "\($0.store) \($0.cases)/\($0.openings) \($0.action?.name ?? "-")"
        }
        #expect(found == ["small 2/2 -", "big 5/12 refuse", "chance 1/40 -"])
        // scipy: stats.binomtest(5, 12).proportion_ci(0.9, "wilson").low
        #expect(abs(stores[1].lowerBound - 0.21997788069178084) < 1e-12)
    }
}
