import RiskColumns
import RiskJSON
import Testing

@testable import RiskPolicy

/// A policy of one tier for suspensions, one for looking, and these further members.
private func with(_ members: String) -> String {
    """
    {"riskkit":"policy/1","name":"p","tiers":[
     {"name":"stop","action":"suspend","minimumProbability":0.8,"capacityPerDay":2},
     {"name":"look","action":"watch","minimumProbability":0.3}],
    \(members)}
    """
}

@Suite("Conditions of a policy's document")
struct PolicyConditionTests {
    @Test("a policy with every condition is read, and written as it was")
    func sound() throws {
        let found = try policy(ladder)
        #expect(found.version == "7")
        #expect(found.actions == [Action(name: "call", kind: .verify)])
        #expect(found.tiers.map(\.keepsFrom) == [0.6, 0.2, 0.1])
        #expect(found.tiers.map(\.keepDays) == [1, 3, 1])
        #expect(found.specialGroups[0].before == [.suspend, .refuse])
        #expect(found.greenChannel?.newOdds == 2)
        #expect(found.related?.capacity == .perDay(2))
        #expect(found.stores?.confidence == 0.95)
        #expect(try Policy(document: found.document()) == found)
        #expect(try policy(found.document().json()).fingerprint == found.fingerprint)
    }

    @Test("the fingerprint of a policy without conditions is that of earlier versions")
    func fingerprint() throws {
        // sha256sum of the compact JSON of document(), as 0.1.0 wrote it.
        let text =
            #"{"riskkit":"policy/1","name":"p","tiers":[{"name":"a","action":"hold","#
            + #""minimumProbability":0.5,"capacityPerDay":3},{"name":"b","action":"watch"}]}"#
        #expect(try policy(text).document().json() == text)
    }

    /// One mistake each, and a part of what must be said of it.
    static let mistakes: [(String, String)] = [
        (#""actions":{"suspend":"verify"}"#, "actions.suspend: is a word of the toolkit already"),
        (#""actions":{"none":"verify"}"#, "actions.none: is a word of the toolkit already"),
        (#""actions":{"call":"verfy"}"#, "did you mean \"verify\"?"),
        (#""actions":{"":"verify"}"#, "a word of 1 to 64 bytes"),
        (
            #""actions":{"call":"verify"},"failedVerification":"cal""#,
            "failedVerification: expected one of watch, remind, verify, hold, suspend, refuse, refer, "
                + "call, found \"cal\"; did you mean \"call\"?"
        ),
        (
            #""capacities":[{"action":"suspend"}]"#,
            "\"capacityPerDay\" or \"capacityShare\" is missing"
        ),
        (#""capacities":[{"action":"suspend","capacity":3}]"#, "a capacity needs its unit"),
        (
            #""capacities":[{"action":"suspend","capacityPerDay":3,"capacityShare":0.1}]"#,
            "give one of the two"
        ),
        (#""capacities":[{"action":"suspend","capacityShare":0}]"#, "a share above 0"),
        (#""capacities":[{"action":"suspend","capacityShare":1.5}]"#, "from 0.0 to 1.0"),
        (
            #""capacities":[{"action":"hold","capacityPerDay":3}]"#,
            "capacities[0].action: nothing in this policy takes the action \"hold\""
        ),
        (
            #""capacities":[{"action":"watch","capacityPerDay":3},{"action":"watch","capacityPerDay":4}]"#,
            "capacities[1]: the action \"watch\" is bounded twice"
        ),
        (#""specialGroups":[{"first":"verify"}]"#, "\"groups\" is missing"),
        (#""specialGroups":[{"groups":["a"]}]"#, "\"first\" is missing"),
        (#""specialGroups":[{"groups":[],"first":"verify"}]"#, "at least one name"),
        (#""specialGroups":[{"groups":["a"],"first":"verify","days":0}]"#, "from 1 to 3660"),
        (
            #""specialGroups":[{"groups":["a"],"first":"suspend"}]"#,
            "specialGroups[0].first: \"suspend\" is to come first and is among what must not"
        ),
        (
            #""specialGroups":[{"groups":["a","b"],"first":"verify"},{"groups":["b"],"first":"remind"}]"#,
            "specialGroups[1].groups[0]: the group \"b\" is already in specialGroups[0]"
        ),
        (
            #""specialGroups":[{"groups":["a","a"],"first":"verify"}]"#,
            "specialGroups[0].groups[1]: the group \"a\" is already in specialGroups[0]"
        ),
        (
            #""specialGroups":[{"groups":["a"],"first":"verify"},"#
                + #"{"groups":["b"],"first":"remind","before":["suspend","verify"]}]"#,
            "specialGroups[0].first: \"verify\" is to come first and is among what must not come first "
                + "by specialGroups[1]"
        ),
        (
            // A word of the toolkit means the operator's own words for it too.
            #""actions":{"call":"verify"},"specialGroups":[{"groups":["a"],"first":"remind","#
                + #""before":["verify","suspend"]},{"groups":["b"],"first":"call"}]"#,
            "specialGroups[1].first: \"call\" is to come first and is among what must not come first "
                + "by specialGroups[0]"
        ),
        (
            #""specialGroups":[{"groups":["a"],"first":"verify"},"#
                + #"{"groups":["b"],"first":"verify","before":["hold","refuse"]}]"#,
            "specialGroups[1].before: nothing in this policy takes one of the actions hold, refuse"
        ),
        (
            #""greenChannel":{"days":30,"blocks":["refer","hold"]}"#,
            "greenChannel.blocks: nothing in this policy takes one of the actions refer, hold"
        ),
        (#""greenChannel":{"blocks":["suspend"]}"#, "\"days\" is missing"),
        (#""greenChannel":{"days":30,"newOdds":0.5}"#, "from 1.0 to"),
        (#""greenChannel":{"days":30,"blocks":[]}"#, "at least one action"),
        (#""greenChannel":{"days":30,"block":["hold"]}"#, "did you mean \"blocks\"?"),
        (#""related":{"of":["suspend"],"action":"verify"}"#, "a ring may be a whole dormitory"),
        (
            #""related":{"of":["refer"],"action":"verify","capacityPerDay":5}"#,
            "related.of: nothing in this policy takes the action \"refer\""
        ),
        (
            #""stores":{"of":["suspend"],"minimumOpenings":0,"minimumRate":0.1,"action":"refuse"}"#,
            "from 1 to 1000000000"
        ),
        (
            #""stores":{"of":["suspend"],"minimumOpenings":5,"minimumRate":0.1,"action":"refuse","confidence":0.5}"#,
            "expected 0.9, 0.95 or 0.99, found 0.5"
        ),
        (#""version":7"#, "version: expected a text"),
    ]

    @Test("each mistake is named", arguments: mistakes)
    func mistake(_ members: String, _ message: String) {
        let error = #expect(throws: Mistakes.self, "\(members)") { try policy(with(members)) }
        #expect(
            error?.description.contains(message) == true,
            "\(members): \(error?.description ?? "")")
    }

    @Test(
        "mistakes of tiers that stay",
        arguments: [
            (
                #"{"name":"a","action":"hold","minimumProbability":0.5,"keepProbability":0.6}"#,
                "a case would leave at 0.6 that entered at 0.5"
            ),
            (#"{"name":"a","action":"hold","keepDays":3}"#, "needs keepProbability"),
            (#"{"name":"a","action":"hold","minimumProbability":0.5,"keepDays":0}"#, "from 1 to"),
            (#"{"name":"related","action":"hold"}"#, "names cases that no tier made"),
            (
                #"{"name":"a","action":"hold","capacityPerDay":1,"capacityShare":0.5}"#,
                "tiers[0].capacityShare: stands beside capacityPerDay"
            ),
        ])
    func tierMistake(_ tier: String, _ message: String) {
        let error = #expect(throws: Mistakes.self) { try policy(tiers(tier)) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test(
        "a tier behind one whose action is bounded, or that the green channel passes, can be reached"
    )
    func reachable() throws {
        let two = """
            {"riskkit":"policy/1","name":"p","tiers":[
             {"name":"stop","action":"suspend","minimumProbability":0.5},
             {"name":"check","action":"verify","minimumProbability":0.5}]
            """
        #expect(throws: Mistakes.self) { try policy(two + "}") }
        _ = try policy(two + #","capacities":[{"action":"suspend","capacityPerDay":3}]}"#)
        _ = try policy(two + #","greenChannel":{"days":3,"blocks":["suspend"]}}"#)
        #expect(throws: Mistakes.self) {
            try policy(two + #","greenChannel":{"days":3,"blocks":["suspend","verify"]}}"#)
        }
    }

    @Test("all mistakes are named at once, with line and path")
    func together() throws {
        let document = """
            { "riskkit": "policy/1", "name": "p",
              "tiers": [ { "name": "a", "action": "suspend", "minimumProbability": 0.8, "keepProbability": 0.9 },
                         { "name": "b", "action": "verify", "minimumProbability": 0.9 },
                         { "name": "c", "action": "call", "capacity": 5 } ],
              "specialGroups": [ { "groups": ["x"], "first": "verfy" },
                                 { "groups": ["y", "x"], "first": "verify" } ],
              "greenChanel": { "days": 30 } }
            """
        let error = #expect(throws: Mistakes.self) { try policy(document) }
        #expect(
            error?.list.map { "\($0.line) \($0.path)" } == [
                "2 tiers[0].keepProbability", "3 tiers[1]", "4 tiers[2].action",
                "4 tiers[2].capacity", "5 specialGroups[0].first", "6 specialGroups[1].groups[1]",
                "7 greenChanel",
            ])
    }

    @Test(
        "what protects must protect from something that is taken, and may protect from more",
        arguments: [
            (
                #""specialGroups":[{"groups":["a"],"first":"remind"}]"#,
                "specialGroups[0]: nothing in this policy takes one of the actions suspend, which "
                    + "\"before\" is as a rule"
            ),
            (
                #""greenChannel":{"days":3}"#,
                "greenChannel: nothing in this policy takes one of the actions hold, suspend, refuse, "
                    + "which \"blocks\" is as a rule"
            ),
        ])
    func idleProtection(_ members: String, _ message: String) throws {
        let mild = """
            {"riskkit":"policy/1","name":"p","tiers":[
             {"name":"check","action":"verify","minimumProbability":0.8}],
            \(members)
            """
        let error = #expect(throws: Mistakes.self) { try policy(mild + "}") }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        // A step that is no tier's counts too; what is protected from besides is no mistake.
        let strict = try policy(mild + #","failedVerification":"suspend"}"#)
        #expect(try Policy(document: strict.document()) == strict)
        _ = try policy(
            mild + #","related":{"of":["verify"],"action":"suspend","capacityPerDay":1}}"#)
    }

    @Test("what a later rule does wrong is said at its own place, whatever is wrong before it")
    func places() {
        let error = #expect(throws: Mistakes.self) {
            try policy(
                with(
                    #""capacities":[{"action":"watch"},{"action":"hold","capacityPerDay":3}],"#
                        + #""specialGroups":[{"groups":["a"],"first":"verfy"},"#
                        + #"{"groups":["b"],"first":"verify","before":["hold"]}]"#))
        }
        #expect(
            error?.list.map(\.path) == [
                "capacities[0]", "specialGroups[0].first", "capacities[1].action",
                "specialGroups[1].before",
            ])
    }

    @Test("a share of the subscribers is rounded up, but not for the last bits' sake")
    func share() {
        #expect(Policy.Capacity.share(0.07).places(of: 100) == 7)
        #expect(Policy.Capacity.share(0.002).places(of: 1_000_000) == 2000)
        #expect(Policy.Capacity.share(0.002).places(of: 1001) == 3)
        #expect(Policy.Capacity.share(0.002).places(of: 3) == 1)
        #expect(Policy.Capacity.share(1).places(of: 0) == 0)
        #expect(Policy.Capacity.perDay(5).places(of: 3) == 5)
    }

    /// Changes some bytes of a text.
    private func mutated(_ text: String, _ generator: inout SplitMix64) -> [UInt8] {
        var bytes = [UInt8](text.utf8)
        for _ in 0...generator.below(3) {
            let place = generator.below(bytes.count)
            switch generator.below(4) {
            case 0: bytes[place] = UInt8(generator.below(256))
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(UInt8(ascii: "0") + UInt8(generator.below(10)), at: place)
            default: bytes.swapAt(place, generator.below(bytes.count))
            }
        }
        return bytes
    }

    @Test("no policy crashes: 1,500 mutations are refused, or read, written and decided by")
    func fuzzPolicy() throws {
        var generator = SplitMix64(seed: 20_261_123)
        var world = DecisionLawTests.RandomDays(seed: 3)
        let day = world.day(0)
        var accepted = 0
        for _ in 0..<1500 {
            let bytes = mutated(ladder, &generator)
            guard let node = try? JSONParser.parse(bytes), let read = try? Policy(document: node)
            else { continue }
            accepted += 1
            #expect((try? Policy(document: read.document())) == read)
            let state = try read.decide(day).state
            var next = day
            next.day = day.day.adding(1)
            _ = try read.decide(next, after: state)
        }
        #expect(accepted > 20)
    }

    @Test("no state crashes: a changed one is refused, or decides as the whole one does")
    func fuzzState() throws {
        let policy = try policy(ladder)
        var world = DecisionLawTests.RandomDays(seed: 4)
        var state = PolicyState()
        for number in 0..<4 {
            state = try policy.decide(world.day(Int32(number)), after: state).state
        }
        let text = state.document().json(.indented)
        var generator = SplitMix64(seed: 7)
        var unharmed = 0
        for _ in 0..<300 {
            let bytes = mutated(text, &generator)
            guard let node = try? JSONParser.parse(bytes),
                let read = try? PolicyState(document: node)
            else { continue }
            unharmed += 1
            #expect(read == state, "what is accepted is the state that was written")
        }
        #expect(unharmed < 150, "most changes do harm")
    }

    @Test("no state with a digest of its own crashes either: it is refused, or carried on")
    func forgedState() throws {
        let policy = try policy(ladder)
        var world = DecisionLawTests.RandomDays(seed: 4)
        var state = PolicyState()
        for number in 0..<4 {
            state = try policy.decide(world.day(Int32(number)), after: state).state
        }
        let content = try #require(state.document()["content"]).json()
        var generator = SplitMix64(seed: 8)
        var carried = 0
        for _ in 0..<400 {
            guard let node = try? JSONParser.parse(mutated(content, &generator)) else { continue }
            let forged: Node = .object([
                "riskkit": Node(PolicyState.format), "sha256": Node(node.sha256()), "content": node,
            ])
            guard let read = try? PolicyState(document: forged) else { continue }
            carried += 1
            #expect(try PolicyState(document: read.document()) == read)
            _ = try policy.decide(world.day(9), after: read)
        }
        #expect(carried > 10)
    }

    @Test("a state of another format, or that was changed, says so")
    func stateMessages() throws {
        var state = PolicyState()
        state = try policy(ladder).decide(
            TableDay("2026-11-01", [("a", 0.9)], []).input([]), after: state
        ).state
        let text = state.document().json(.indented)
        for (from, to, message) in [
            ("0.9", "0.8", "the state was changed since it was written"),
            ("policy-state/1", "policy-state/2", "expected \"policy-state/1\""),
            ("\"content\"", "\"contents\"", "did you mean \"content\"?"),
        ] {
            let changed = [UInt8](text.replacing(from, with: to).utf8)
            let error = #expect(throws: Mistakes.self) {
                try PolicyState(document: JSONParser.parse(changed))
            }
            #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        }
    }
}
