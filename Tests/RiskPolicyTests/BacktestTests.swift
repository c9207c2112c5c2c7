import RiskJSON
import Testing

@testable import RiskPolicy

@Suite("A policy tried on history")
struct BacktestTests {
    /// Ten days from 2026-11-01 on.
    static func day(_ number: Int) -> PolicyDate { date("2026-11-01").adding(number - 1) }

    static func history(_ scores: [Int: [(String, Double)]]) -> [(
        day: PolicyDate, scores: [ScoredEntity]
    )] {
        scores.sorted { $0.key < $1.key }.map { number, scores in
            (
                day(number),
                scores.map { ScoredEntity(entityKey: $0.0, probability: $0.1) }
            )
        }
    }

    static func act(_ key: String, _ number: Int, known: Int, _ amount: Int64) -> FraudAct {
        FraudAct(entityKey: key, day: day(number), known: day(known), amount: amount)
    }

    static let stop = """
        {"riskkit":"policy/1","name":"p","tiers":[
         {"name":"stop","action":"suspend","minimumProbability":0.8,"capacityPerDay":1},
         {"name":"check","action":"verify","minimumProbability":0.5},
         {"name":"look","action":"watch","minimumProbability":0.3}]}
        """

    @Test("caught, prevented and hit, by a history that is counted by hand")
    func byHand() throws {
        let backtest = Backtest(
            days: Self.history([
                // f acts on days 1 to 5 and is known on day 4; suspended at the end of day 2.
                1: [("f", 0.2), ("h", 0.9)],
                2: [("f", 0.9), ("g", 0.6), ("h", 0.9)],
                // g acts on days 2 and 5 and is known on day 6; asked at the end of day 2.
                3: [("f", 0.9), ("g", 0.6), ("h", 0.1), ("k", 0.4)],
                4: [("f", 0.99), ("g", 0.6), ("l", 0.8)],
                // l is honest, m acts after the history's end, n was known before it began.
                5: [("g", 0.6), ("n", 0.9), ("m", 0.99)],
            ]),
            subscribers: [
                Subscriber(entityKey: "h", groups: ["courier", "rural"]),
                Subscriber(entityKey: "k", groups: ["courier"]),
                Subscriber(entityKey: "f", groups: ["courier"]), Subscriber(entityKey: "z"),
            ],
            acts: [
                Self.act("f", 1, known: 4, 100), Self.act("f", 2, known: 4, 200),
                Self.act("f", 3, known: 5, 400), Self.act("f", 5, known: 9, 800),
                Self.act("g", 2, known: 6, 1000), Self.act("g", 5, known: 6, 2000),
                Self.act("m", 8, known: 9, 5000), Self.act("n", 0, known: 1, 7000),
            ])
        let outcome = try backtest.run(policy(Self.stop))
        #expect(outcome.days == 5)
        #expect(outcome.frauds == 2, "f and g; n was known before, m comes after")
        #expect(outcome.caught == 2, "f suspended, g asked")
        #expect(outcome.loss == 100 + 200 + 400 + 1000 + 2000, "f's last act was known already")
        #expect(outcome.prevented == 400, "a question stops nobody")
        // h on day 1, f on 2 (h kept), l on 4, m on 5 suspended; g on 2 asked; k watched.
        #expect(outcome.actions == ["suspend": 4, "verify": 1, "watch": 1])
        #expect(outcome.busiestDay == 2)
        #expect(outcome.honest == Backtest.Hit(members: 4, noticed: 2, restricted: 2), "h k l z")
        #expect(
            outcome.groups == [
                "courier": Backtest.Hit(members: 2, noticed: 1, restricted: 1),
                "rural": Backtest.Hit(members: 1, noticed: 1, restricted: 1),
            ])
        #expect(outcome.honestPerCaught == 1)
    }

    @Test("answers to verifications: frauds fail and are suspended, honest ones pass")
    func answers() throws {
        let text = Self.stop.replacing(
            #""name":"p","#,
            with: #""name":"p","failedVerification":"suspend","greenChannel":{"days":30},"#)
        func run(_ answerDays: Int?) throws -> Backtest.Outcome {
            try Backtest(
                days: Self.history(
                    Dictionary(
                        uniqueKeysWithValues: (1...6).map { ($0, [("g", 0.6), ("h", 0.6)]) })),
                acts: [
                    Self.act("g", 1, known: 9, 10), Self.act("g", 3, known: 9, 20),
                    Self.act("g", 4, known: 9, 40), Self.act("g", 6, known: 9, 80),
                ], answerDays: answerDays
            ).run(policy(text))
        }
        // Asked on day 1, answered and suspended on day 3, so the acts of days 4 and 6 are prevented;
        // h passed on day 3, is asked again, and passes again on day 5.
        let answered = try run(2)
        #expect(answered.prevented == 120)
        #expect(answered.actions == ["verify": 4, "suspend": 1])
        #expect(answered.honest == Backtest.Hit(members: 1, noticed: 1, restricted: 0))
        let silent = try run(nil)
        #expect(silent.prevented == 0)
        #expect(silent.actions == ["verify": 2])
    }

    @Test("a known fraud takes no place from the next case")
    func knownOnesMakeRoom() throws {
        func run(known: Int) throws -> Int {
            try Backtest(
                days: Self.history([2: [("f", 0.99), ("g", 0.9)]]),
                acts: [Self.act("f", 1, known: known, 0), Self.act("g", 1, known: 9, 0)]
            ).run(policy(Self.stop)).caught
        }
        #expect(try run(known: 3) == 2, "f suspended, g asked for want of a place")
        #expect(try run(known: 2) == 1, "f is off the list; g alone can be caught")
        let only = Self.stop.replacing(
            #""minimumProbability":0.5"#, with: #""minimumProbability":0.95,"capacityPerDay":1"#)
        let caught = try Backtest(
            days: Self.history([2: [("f", 0.99), ("g", 0.9)]]),
            acts: [Self.act("f", 1, known: 2, 0), Self.act("g", 1, known: 9, 0)]
        ).run(policy(only)).actions
        #expect(caught == ["suspend": 1])
    }

    @Test("more hands catch no less of a history of simple tiers")
    func scaled() throws {
        let policy = try policy(
            #"{"riskkit":"policy/1","name":"p","tiers":[{"name":"a","action":"hold","minimumProbability":0.1,"capacityPerDay":2}]}"#
        )
        let backtest = Backtest(
            days: Self.history([
                1: (0..<20).map { ("e\($0)", 0.1 + Double($0) / 40) },
                2: (0..<20).map { ("e\($0)", 0.1 + Double($0) / 50) },
            ]), acts: (0..<20).map { Self.act("e\($0)", 1, known: 9, 1) })
        let caught = try [0.1, 0.5, 1, 2.5, 10].map {
            try backtest.run(policy.scaled(by: $0)).caught
        }
        // 1, 1, 2, 5 and 20 places a day; kept cases take none, so two days catch twice as many.
        #expect(caught == [2, 2, 4, 10, 20])
        #expect(try backtest.run(policy.scaled(by: 1)) == backtest.run(policy))
    }

    @Test("without days nothing comes of it")
    func empty() throws {
        let outcome = try Backtest(days: [], acts: []).run(policy(Self.stop))
        #expect(outcome == Backtest.Outcome())
        #expect(outcome.honestPerCaught.isNaN)
    }
}
