import RiskColumns
import RiskJSON
import Testing

@testable import RiskPolicy

func policy(_ json: String) throws -> Policy {
    try Policy(document: JSONParser.parse([UInt8](json.utf8)))
}

/// A policy of these tiers.
func tiers(_ tiers: String) -> String { #"{"riskkit":"policy/1","name":"p","tiers":[\#(tiers)]}"# }

/// Tiers of a name, an action, and a least probability or a capacity where given.
func tiers(_ list: (String, String, p: Double?, capacity: Int?)...) -> String {
    tiers(
        list.map { name, action, probability, capacity in
            let p = probability.map { #","minimumProbability":\#($0)"# } ?? ""
            let c = capacity.map { #","capacityPerDay":\#($0)"# } ?? ""
            return #"{"name":"\#(name)","action":"\#(action)"\#(p)\#(c)}"#
        }.joined(separator: ","))
}

@Suite("Policy documents")
struct PolicyDocumentTests {
    static let sound = tiers(
        """
        {"name":"stop","action":"hold","minimumProbability":0.9,"capacityPerDay":2},
        {"name":"call","action":"verify","capacityPerDay":3},
        {"name":"look","action":"watch","minimumProbability":0.3}
        """)

    @Test("a sound policy is read, and written as it was")
    func sound() throws {
        let policy = try policy(Self.sound)
        #expect(policy.name == "p")
        #expect(policy.tiers.map(\.action) == [.hold, .verify, .watch])
        #expect(policy.tiers.map(\.minimumProbability) == [0.9, nil, 0.3])
        #expect(policy.tiers.map(\.capacityPerDay) == [2, 3, nil])
        #expect(try Policy(document: policy.document()) == policy)
        #expect(policy.fingerprint.count == 64)
    }

    /// One mistake each, and a part of what must be said of it.
    static let mistakes: [(String, String, String)] = [
        ("no mapping", "[]", "expected a mapping"),
        (
            "no format", #"{"name":"p","tiers":[{"name":"a","action":"watch"}]}"#,
            "riskkit: policy/1"
        ),
        (
            "a later format",
            #"{"riskkit":"policy/2","name":"p","tiers":[{"name":"a","action":"watch"}]}"#,
            "expected \"policy/1\", found \"policy/2\""
        ),
        (
            "no name", #"{"riskkit":"policy/1","tiers":[{"name":"a","action":"watch"}]}"#,
            "\"name\" is missing"
        ),
        ("no tiers", #"{"riskkit":"policy/1","name":"p"}"#, "\"tiers\" is missing"),
        ("empty tiers", tiers(""), "at least one tier"),
        (
            "misspelt key", tiers(#"{"name":"a","action":"watch","capacityPerDy":1}"#),
            "did you mean \"capacityPerDay\"?"
        ),
        (
            "unknown action", tiers(#"{"name":"a","action":"explode"}"#),
            "expected one of watch, remind"
        ),
        ("misspelt action", tiers(#"{"name":"a","action":"verfy"}"#), "did you mean \"verify\"?"),
        ("action missing", tiers(#"{"name":"a"}"#), "\"action\" is missing"),
        ("empty name", tiers(#"{"name":"","action":"watch"}"#), "1 to 256 bytes"),
        ("capacity 0", tiers(#"{"name":"a","action":"watch","capacityPerDay":0}"#), "from 1 to"),
        (
            "capacity below 0", tiers(#"{"name":"a","action":"watch","capacityPerDay":-5}"#),
            "found -5"
        ),
        ("half a case", tiers(#"{"name":"a","action":"watch","capacityPerDay":1.5}"#), "found 1.5"),
        ("no unit", tiers(#"{"name":"a","action":"watch","capacity":5}"#), "needs its unit"),
        (
            "above 1", tiers(#"{"name":"a","action":"watch","minimumProbability":1.01}"#),
            "found 1.01"
        ),
        (
            "below 0", tiers(#"{"name":"a","action":"watch","minimumProbability":-0.1}"#),
            "found -0.1"
        ),
        (
            "a text", tiers(#"{"name":"a","action":"watch","minimumProbability":"high"}"#),
            "found \"high\""
        ),
        (
            "twice",
            tiers(("a", "hold", 0.9, nil), ("a", "watch", nil, nil)),
            "already that of tier 1"
        ),
        (
            "out of reach, lower before higher",
            tiers(("a", "hold", 0.5, nil), ("b", "watch", 0.6, nil)),
            "tiers[1]: nobody can reach this tier: tier 1 (\"a\")"
        ),
        (
            "out of reach, equal",
            tiers(("a", "hold", 0.5, nil), ("b", "watch", 0.5, 5)), "nobody can reach this tier"
        ),
        (
            "out of reach, behind everybody",
            tiers(("a", "hold", nil, nil), ("b", "watch", 0, nil)),
            "takes everybody"
        ),
    ]

    @Test("each mistake is named", arguments: mistakes)
    func mistake(_ name: String, _ document: String, _ message: String) {
        let error = #expect(throws: Mistakes.self, "\(name)") { try policy(document) }
        #expect(
            error?.description.contains(message) == true, "\(name): \(error?.description ?? "")")
    }

    @Test("all mistakes are named at once, with line and path")
    func together() throws {
        let document = """
            { "riskkit": "policy/1", "name": "p", "tiers": [
              { "name": "a", "action": "hodl", "minimumProbability": 0.2 },
              { "name": "a", "action": "verify", "minimumProbability": 0.5, "capacity": 3 },
              { "name": "c", "action": "watch", "minimumProbability": 0.3 } ],
              "tier": 1 }
            """
        let error = #expect(throws: Mistakes.self) { try policy(document) }
        #expect(
            error?.list.map { "\($0.line) \($0.path)" } == [
                "2 tiers[0].action", "3 tiers[1].capacity", "3 tiers[1]", "4 tiers[2]", "5 tier",
            ])
    }

    @Test("a tier behind a full one, or below a stricter one, can be reached")
    func reachable() throws {
        _ = try policy(
            tiers(("a", "hold", 0.5, 1), ("b", "watch", 0.9, nil)))
        _ = try policy(
            tiers(("a", "hold", 0.5, nil), ("b", "watch", nil, nil)))
    }

    @Test("no document crashes the reader: 20,000 mutations of a sound one")
    func fuzz() {
        var generator = SplitMix64(seed: 20_261_122)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = [UInt8](Self.sound.utf8)
            for _ in 0...generator.below(3) {
                let place = generator.below(bytes.count)
                switch generator.below(4) {
                case 0: bytes[place] = UInt8(generator.below(256))
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(UInt8(ascii: "0") + UInt8(generator.below(10)), at: place)
                default: bytes.swapAt(place, generator.below(bytes.count))
                }
            }
            guard let node = try? JSONParser.parse(bytes), let read = try? Policy(document: node)
            else {
                continue
            }
            accepted += 1
            #expect((try? Policy(document: read.document())) == read)
        }
        #expect(accepted > 0)
    }
}

@Suite("Proposals")
struct ProposalTests {
    static func list(_ entries: KeyValuePairs<String, Double>) -> [RankedEntity] {
        entries.map { RankedEntity(entityKey: $0.key, probability: $0.value) }
    }

    struct Row: Sendable {
        let name: String
        let list: [RankedEntity]
        let expected: [String]
        let overflow: [Int]
    }

    /// Under `PolicyDocumentTests.sound`: stop from 0.9 (two a day), call (three a day), look from
    /// 0.3.
    static let rows: [Row] = [
        Row(name: "nobody", list: [], expected: [], overflow: [0, 0, 0]),
        Row(
            name: "everybody in the first tier that takes them",
            list: list(["a": 0.95, "b": 0.5, "c": 0.1]),
            expected: ["a hold", "b verify", "c verify"], overflow: [0, 0, 0]),
        Row(
            name: "a full tier passes on to the next",
            list: list(["a": 0.95, "b": 0.94, "c": 0.93, "d": 0.92, "e": 0.91, "f": 0.9]),
            expected: ["a hold", "b hold", "c verify", "d verify", "e verify", "f watch"],
            overflow: [4, 1, 0]),
        Row(
            name: "a threshold is reached by equality",
            list: list(["a": 0.9, "b": 0.8999999]), expected: ["a hold", "b verify"],
            overflow: [0, 0, 0]),
        Row(
            name: "equal probabilities go by key, whatever their order in the list",
            list: list(["d": 0.95, "b": 0.95, "a": 0.95, "c": 0.95]),
            expected: ["a hold", "b hold", "c verify", "d verify"], overflow: [2, 0, 0]),
        Row(
            name: "who is too unlikely for what has room is in no tier",
            list: list(["a": 0.2, "b": 0.2, "c": 0.2, "d": 0.2, "e": 0.4]),
            expected: ["e verify", "a verify", "b verify"], overflow: [0, 2, 0]),
    ]

    @Test("proposals for a day", arguments: rows)
    func day(_ row: Row) throws {
        let found = try policy(PolicyDocumentTests.sound).propose(ranked: row.list)
        #expect(found.proposals.map { "\($0.entityKey) \($0.action)" } == row.expected)
        #expect(found.overflow == row.overflow)
        #expect(found.unproposedCount == row.list.count - row.expected.count)
    }

    @Test("the order of the list changes nothing, and no capacity is ever exceeded")
    func orderAndCapacity() throws {
        var generator = SplitMix64(seed: 12)
        let policy = try policy(PolicyDocumentTests.sound)
        for _ in 0..<200 {
            let list = (0..<generator.below(30)).map {
                RankedEntity(entityKey: "k\($0)", probability: Double(generator.below(21)) / 20)
            }
            let found = try policy.propose(ranked: list)
            #expect(try policy.propose(ranked: list.shuffled(using: &generator)) == found)
            for (index, tier) in policy.tiers.enumerated() {
                let taken = found.proposals.filter { $0.tier == index }
                #expect(taken.count <= tier.capacityPerDay ?? .max)
                #expect(taken.allSatisfy { $0.probability >= tier.minimumProbability ?? 0 })
            }
        }
    }

    @Test(
        "one live event: thresholds only",
        arguments: [(1.0, 0), (0.9, 0), (0.899, 2), (0.3, 2), (0.299, nil), (0, nil), (.nan, nil)]
            as [(Double, Int?)])
    func live(_ probability: Double, _ tier: Int?) throws {
        #expect(try policy(PolicyDocumentTests.sound).propose(probability: probability) == tier)
    }

    @Test("a key twice or a value that is no probability is refused, by name")
    func errors() throws {
        let policy = try policy(PolicyDocumentTests.sound)
        #expect(throws: ProposalError.duplicateEntity(entityKey: "a")) {
            try policy.propose(ranked: Self.list(["a": 0.1, "b": 0.2, "a": 0.3]))
        }
        for value in [-0.01, 1.01, .infinity] {
            #expect(throws: ProposalError.notAProbability(entityKey: "x", value: value)) {
                try policy.propose(ranked: Self.list(["x": value]))
            }
        }
        #expect(throws: ProposalError.self) { try policy.propose(ranked: Self.list(["x": .nan])) }
    }

    @Test("keys that only look alike are different entities")
    func bytes() throws {
        let found = try policy(PolicyDocumentTests.sound).propose(
            ranked: Self.list(["caf\u{e9}": 0.95, "cafe\u{301}": 0.95]))
        #expect(found.proposals.map(\.entityKey.utf8.count) == [6, 5])
    }
}
