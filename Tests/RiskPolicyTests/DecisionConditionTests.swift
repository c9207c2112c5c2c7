import RiskJSON
import Testing

@testable import RiskPolicy

/// The ladder with another rule in place of one of its lines.
func ladder(_ line: String, is other: String) -> String {
    precondition(ladder.contains(line), "the ladder has no such line")
    return ladder.replacing(line, with: other)
}

/// The line of `ladder` for special groups, and the one for related subscribers.
let elderlyLine =
    #""specialGroups":[{"groups":["elderly","disabled"],"first":"call","before":["suspend","refuse"],"days":2}]"#
let relatedLine = #""related":{"of":["suspend"],"action":"verify","capacityPerDay":2,"days":5}"#

extension Scenario {
    /// Decides the days one after the other.
    func check() throws {
        let policy = try RiskPolicyTests.policy(policy)
        var state = PolicyState()
        for day in days {
            let decided = try policy.decide(day.input(subscribers), after: state)
            #expect(shown(decided) == day.expected, "\(day.day)")
            // What is carried over goes through its file.
            let bytes = [UInt8](decided.state.document().json(.indented).utf8)
            state = try PolicyState(document: JSONParser.parse(bytes))
            #expect(state == decided.state)
        }
    }
}

@Suite("Decisions under conditions that meet")
struct DecisionConditionTests {
    /// Two rules, of which one is the stricter, in either order.
    private static func ofTwoRules(_ place: String, _ rules: String) -> Scenario {
        Scenario(
            name: "in the groups of two rules: the stricter counts, where it stands \(place)",
            policy: ladder(
                elderlyLine,
                is: #""specialGroups":[\#(rules)]"#),
            subscribers: [
                Subscriber(entityKey: "both", groups: ["elderly", "disabled"]),
                Subscriber(entityKey: "old", groups: ["elderly"]),
            ],
            days: [
                TableDay(
                    "2026-11-01", [("both", 0.9), ("old", 0.9)],
                    ["both new call", "old new remind"]),
                TableDay(
                    "2026-11-02", [("both", 0.9), ("old", 0.9)],
                    ["both kept call", "old new suspend"]),
                TableDay("2026-11-03", [("both", 0.9)], ["both kept call", "old left"]),
                TableDay("2026-11-04", [("both", 0.9)], ["both new suspend"]),
            ])
    }

    static let scenarios: [Scenario] = [
        ofTwoRules(
            "last",
            #"{"groups":["elderly"],"first":"remind"},{"groups":["disabled"],"first":"call","days":3}"#
        ),
        ofTwoRules(
            "first",
            #"{"groups":["disabled"],"first":"call","days":3},{"groups":["elderly"],"first":"remind"}"#
        ),
        Scenario(
            name: "a failed verification that found no place is not forgotten for want of a score",
            policy: ladder(
                #""capacities":[{"action":"call","capacityPerDay":1}]"#,
                is: #""capacities":[{"action":"suspend","capacityPerDay":1}]"#),
            days: [
                TableDay(
                    "2026-11-01", [], results: [("a", .failed), ("b", .failed), ("c", .failed)],
                    ["a new suspend", "b none", "c none"]),
                TableDay(
                    "2026-11-02", [], results: [("b", .complaint), ("d", .complaint)],
                    ["a kept suspend", "b new suspend", "c none", "d none"]),
                TableDay(
                    "2026-11-03", [], results: [("c", .passed)],
                    ["a kept suspend", "b kept suspend", "c none"]),
                TableDay("2026-11-04", [], ["a kept suspend", "b kept suspend"]),
            ]),
        Scenario(
            name: "the next step of a related case takes a place of the related ones",
            policy: ladder(
                relatedLine,
                is: #""related":{"of":["suspend"],"action":"refuse","capacityPerDay":1,"days":9}"#),
            subscribers: [
                Subscriber(entityKey: "a", ring: "r1"), Subscriber(entityKey: "b", ring: "r2"),
                Subscriber(entityKey: "old", groups: ["elderly"], ring: "r1"),
                Subscriber(entityKey: "other", ring: "r2"),
            ],
            days: [
                TableDay("2026-11-01", [("a", 0.9)], ["a new suspend", "old new call"]),
                TableDay("2026-11-02", [("a", 0.9)], ["a kept suspend", "old kept call"]),
                TableDay(
                    "2026-11-03", [("a", 0.9), ("b", 0.9)],
                    ["a kept suspend", "b new suspend", "old new refuse"]),
            ]),
    ]

    @Test("as the tables say", arguments: scenarios)
    func table(_ scenario: Scenario) throws { try scenario.check() }
}
