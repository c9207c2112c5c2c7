import Foundation
import RiskJSON
import Testing

@Suite("Policies on the command line")
struct PolicyCommandTests {
    static let policy = """
        riskkit: policy/1
        name: sim-farm
        version: "2026-11"
        actions: { call: verify }
        tiers:
          - { name: stop, action: suspend, minimumProbability: 0.8, keepProbability: 0.6, capacityPerDay: 2 }
          - { name: check, action: verify, minimumProbability: 0.3, keepProbability: 0.2, keepDays: 3 }
        specialGroups:
          - { groups: [elderly], first: call, before: [suspend], days: 2 }
        greenChannel: { days: 30, blocks: [suspend] }
        failedVerification: suspend
        related: { of: [suspend], action: verify, capacityPerDay: 2 }
        stores: { of: [suspend], minimumOpenings: 2, minimumRate: 0.2, action: refuse }

        """

    static func workplace() throws -> Workplace {
        let workplace = try Workplace()
        try workplace.write(policy, to: "policy.yaml")
        try workplace.write(
            """
            entity,probability,points,reason_1,reason_2
            s1,0.95,880,40 calls to strangers,no data
            s2,0.9,850,12 calls to strangers,
            s2,0.4,500,the milder row of s2,
            s3,0.85,820,,
            s4,0.1,300,,

            """, to: "day1.csv")
        try workplace.write(
            """
            entity,group,ring,store
            s1,,r1,north
            s2,elderly;rural,,north
            s3,,,south
            s4,,r1,south
            s5,,r1,

            """, to: "people.csv")
        try workplace.write(
            """
            entity,action,author,reason,from,expires
            s9,suspend,li,by court order,,2026-12-24
            s4,none,wang,a journalist,2026-11-01,2026-11-21

            """, to: "overrides.csv")
        try workplace.write(
            """
            entity,at,result
            s1,2026-11-22T10:00:00Z,passed
            s2,2026-11-22T11:00:00Z,failed
            s7,2026-11-22T12:00:00Z,complaint

            """, to: "results.csv")
        return workplace
    }

    static let first = [
        "policy", "decide", "--policy", "policy.yaml", "--scores", "day1.csv", "--date",
        "2026-11-21", "--subscribers", "people.csv", "--overrides", "overrides.csv", "--output",
        "actions.csv", "--audit", "audit.jsonl", "--state-out", "state.json", "--stores",
        "stores.csv",
    ]

    @Test("A day is decided: the list, its audit records, the stores, the state")
    func decide() async throws {
        let workplace = try Self.workplace()
        let outcome = try await workplace.risk(Self.first)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output == "")
        #expect(
            outcome.errors.contains("1 overrides have expired and have no effect: s4 on 2026-11-21")
        )
        #expect(
            try workplace.text("actions.csv") == """
                status,action,entity,tier,rank,probability,points,since,basis,note,reason_1,reason_2
                new,suspend,s9,override,,,,2026-11-21,override,li: by court order; until 2026-12-24,,
                new,suspend,s1,stop,1,0.95,880,2026-11-21,tier,,40 calls to strangers,no data
                new,call,s2,stop,2,0.9,850,2026-11-21,group,elderly: call before suspend,12 calls to strangers,
                new,verify,s3,check,3,0.85,820,2026-11-21,capacity,stop is full,,
                new,verify,s4,related,4,0.1,300,2026-11-21,related,ring r1 with s1 (suspend),,
                new,verify,s5,related,,,,2026-11-21,related,ring r1 with s1 (suspend),,

                """)
        #expect(
            try workplace.text("stores.csv") == """
                store,openings,cases,rate,lower_bound,action
                north,2,1,0.5,0.12086631942227365,

                """)
        let lines = try workplace.text("audit.jsonl").split(separator: "\n")
        #expect(lines.count == 1 + 6 + 1)
        let run = try JSONParser.parse([UInt8](lines[0].utf8))
        #expect(run["policyVersion"] == "2026-11")
        #expect(run["scored"] == 4)
        let decision = try JSONParser.parse([UInt8](lines[3].utf8))
        #expect(decision["entity"] == "s2")
        #expect(decision["notes"] == ["elderly: call before suspend"])
        #expect(decision["policy"] == run["policy"])
    }

    @Test("The next day goes on from the state; results become events and labels")
    func nextDay() async throws {
        let workplace = try Self.workplace()
        _ = try await workplace.risk(Self.first)
        let outcome = try await workplace.risk([
            "policy", "decide", "--policy", "policy.yaml", "--scores", "day1.csv", "--date",
            "2026-11-22", "--subscribers", "people.csv", "--results", "results.csv", "--state",
            "state.json", "--state-out", "state.json", "--output", "actions.csv", "--audit",
            "audit.jsonl", "--events", "events.csv", "--labels", "labels.csv", "--json",
        ])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let summary = try JSONParser.parse([UInt8](outcome.output.utf8))
        #expect(summary["left"] == 1, "the override is not given any more")
        let rows = try workplace.text("actions.csv").split(separator: "\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false).prefix(4).joined(
                separator: " ")
        }
        #expect(
            rows == [
                "new suspend s2 failed verification", "new verify s1 check", "new suspend s3 stop",
                "kept verify s4 related", "kept verify s5 related",
            ])
        #expect(
            try workplace.text("labels.csv") == """
                entity,at,known,label
                s2,2026-11-21T00:00:00Z,2026-11-22T11:00:00Z,1
                s1,2026-11-21T00:00:00Z,2026-11-22T10:00:00Z,0

                """)
        #expect(
            try workplace.text("events.csv").split(separator: "\n").dropFirst().map(String.init)
                == [
                    "2026-11-22T10:00:00Z,s1,result,,passed,stop",
                    "2026-11-22T11:00:00Z,s2,result,,failed,stop",
                    "2026-11-22T12:00:00Z,s7,result,,complaint,",
                    "2026-11-23T00:00:00Z,s2,action,suspend,,failed verification",
                    "2026-11-23T00:00:00Z,s1,action,verify,,check",
                    "2026-11-23T00:00:00Z,s3,action,suspend,,stop",
                    "2026-11-23T00:00:00Z,s9,closed,,,",
                ])
        // The events are a log like any other.
        try workplace.write(
            """
            riskkit: features/1
            events:
              response: { time: at, keys: [entity], fields: { event: category, result: category } }
            features:
              failed_30d: { of: response, by: entity, aggregate: count, where: result == "failed", window: 30d }
            vectors: { unit: { entity: entity, every: 1d } }

            """, to: "spec.yaml")
        let features = try await workplace.risk(
            "features", "--spec", "spec.yaml", "--events", "response=events.csv", "--as-of",
            "2026-11-24", "--output", "vectors.csv")
        #expect(features.exitCode == 0, "\(features.errors)")
        #expect(try workplace.text("vectors.csv").contains("s2,"))
    }

    @Test("The same inputs, their rows in another order, give the same bytes")
    func sameBytes() async throws {
        let workplace = try Self.workplace()
        _ = try await workplace.risk(Self.first)
        let files = ["actions.csv", "audit.jsonl", "state.json", "stores.csv"]
        let before = try files.map { try workplace.bytes($0) }
        for name in ["day1.csv", "people.csv", "overrides.csv"] {
            let lines = try workplace.text(name).split(separator: "\n")
            let turned = [lines[0]] + lines.dropFirst().reversed()
            try workplace.write(turned.joined(separator: "\n") + "\n", to: name)
        }
        let again = try await workplace.risk(Self.first)
        #expect(again.exitCode == 0)
        #expect(try files.map { try workplace.bytes($0) } == before)
    }

    @Test("A policy with mistakes is refused with all of them; a sound one is told in words")
    func check() async throws {
        let workplace = try Self.workplace()
        let sound = try await workplace.risk("policy", "check", "policy.yaml")
        #expect(sound.exitCode == 0)
        #expect(sound.output.contains("stop   suspend   0.8  2                from 0.6"))
        #expect(sound.output.contains("elderly: call before suspend, which is open 2 days later"))
        try workplace.write(
            """
            riskkit: policy/1
            name: broken
            tiers:
              - { name: a, action: suspend, minimumProbability: 0.5 }
              - { name: b, action: verfy, minimumProbability: 0.6 }
              - { name: c, action: watch, capacity: 20 }
            specialGroups:
              - { groups: [elderly], first: verify }
              - { groups: [elderly], first: remind }

            """, to: "broken.yaml")
        for verb in [
            ["check", "broken.yaml"],
            [
                "decide", "--policy", "broken.yaml", "--scores", "day1.csv", "--date", "2026-11-21",
                "--output", "a.csv", "--audit", "a.jsonl",
            ],
        ] {
            let outcome = try await workplace.risk(["policy"] + verb)
            #expect(outcome.exitCode == 65)
            #expect(outcome.output == "")
            for message in [
                "broken.yaml:5: tiers[1]: nobody can reach this tier: tier 1 (\"a\")",
                "broken.yaml:5: tiers[1].action: expected one of watch, remind, verify, hold, suspend, "
                    + "refuse, refer, found \"verfy\"; did you mean \"verify\"?",
                "broken.yaml:6: tiers[2].capacity: a capacity needs its unit",
                "broken.yaml:9: specialGroups[1].groups[0]: the group \"elderly\" is already in "
                    + "specialGroups[0]",
            ] { #expect(outcome.errors.contains(message)) }
        }
        #expect(!workplace.files.contains("a.csv"))
    }

    @Test("What is wrong with the inputs is said, and nothing is written")
    func mistakes() async throws {
        let workplace = try Self.workplace()
        _ = try await workplace.risk(Self.first)
        let state = try workplace.text("state.json")
        try workplace.write(state.replacing("0.95", with: "0.15"), to: "forged.json")
        try workplace.write(
            "entity,action,author,reason,expires\ns1,suspnd,li,x,2026-12-24\ns2,none,,x,tomorrow\n",
            to: "wrong.csv")
        try workplace.write("entity,at,result\ns1,2026-11-22,pased\n", to: "pased.csv")
        try workplace.write("entity,probability\ns1,1.5\n", to: "high.csv")
        let decide = [
            "policy", "decide", "--policy", "policy.yaml", "--output", "new.csv", "--audit",
            "new.jsonl", "--subscribers", "people.csv", "--date",
        ]
        try workplace.write("entity,groups,ring,store\ns1,elderly,,\n", to: "misnamed.csv")
        let cases: [([String], Int32, [String])] = [
            (
                ["2026-11-21", "--scores", "high.csv"], 65,
                ["s1: expected a probability from 0 to 1"]
            ),
            (["2026-11-22", "--scores", "none.csv"], 66, ["none.csv"]),
            // A rule that would meet nobody, without a word.
            (
                ["2026-11-22", "--scores", "day1.csv", "--subscribers", "misnamed.csv"], 65,
                ["misnamed.csv", "column group"]
            ),
            (
                ["2026-11-22", "--scores", "day1.csv", "--ring", "store"], 64,
                ["people.csv: the column \"store\" is named for two things"]
            ),
            (["soon", "--scores", "day1.csv"], 64, ["soon"]),
            (
                ["2026-11-22", "--scores", "day1.csv", "--overrides", "wrong.csv"], 65,
                [
                    "wrong.csv: row 1: column action: expected one of watch",
                    "did you mean \"suspend\"?", "wrong.csv: row 2: column author",
                    "wrong.csv: row 2: column expires: expected a day such as 2026-11-22",
                ]
            ),
            (
                ["2026-11-22", "--scores", "day1.csv", "--results", "pased.csv"], 65,
                ["did you mean \"passed\"?"]
            ),
            (
                ["2026-11-22", "--scores", "day1.csv", "--state", "forged.json"], 65,
                ["forged.json", "the state was changed since it was written"]
            ),
            (
                ["2026-11-21", "--scores", "day1.csv", "--state", "state.json"], 65,
                ["the state is that of 2026-11-21: it is carried to a later day"]
            ),
        ]
        let alone = try await workplace.risk(
            decide.filter { $0 != "--subscribers" && $0 != "people.csv" } + [
                "2026-11-22", "--scores", "day1.csv",
            ])
        #expect(alone.exitCode == 64)
        #expect(alone.errors.contains("--subscribers: the policy has a rule for special groups"))
        for (arguments, code, messages) in cases {
            let outcome = try await workplace.risk(decide + arguments)
            #expect(outcome.exitCode == code, "\(arguments)")
            for message in messages { #expect(outcome.errors.contains(message), "\(arguments)") }
            #expect(!workplace.files.contains("new.csv"))
            #expect(!workplace.files.contains("new.jsonl"))
        }
    }

    @Test("A policy is tried on history beside the one in force")
    func test() async throws {
        let workplace = try Self.workplace()
        try workplace.write(
            """
            riskkit: policy/1
            name: old
            tiers: [{ name: look, action: verify, minimumProbability: 0.9 }]

            """, to: "old.yaml")
        try workplace.write(
            """
            entity,time,probability
            f,2026-11-01T08:00:00Z,0.95
            h,2026-11-01T09:00:00Z,0.5
            f,2026-11-02T08:00:00Z,0.95
            h,2026-11-02T08:00:00Z,0.1

            """, to: "history.csv")
        try workplace.write(
            """
            entity,at,known,amount
            f,2026-11-01T03:00:00Z,2026-11-09T00:00:00Z,100.25
            f,2026-11-02T03:00:00Z,2026-11-09T00:00:00Z,20.50

            """, to: "cases.csv")
        try workplace.write("entity,group,ring\nh,elderly,\nf,,\n", to: "people.csv")
        let outcome = try await workplace.risk(
            "policy", "test", "--policy", "policy.yaml", "--against", "old.yaml", "--scores",
            "history.csv", "--labels", "cases.csv", "--subscribers", "people.csv", "--scale",
            "1,2", "--json")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let trials = try #require(
            JSONParser.parse([UInt8](outcome.output.utf8))["trials"]?.elements)
        #expect(
            trials.map { $0["policy"] } == ["policy.yaml", "policy.yaml", "old.yaml", "old.yaml"])
        #expect(trials.map { $0["caught"] } == [1, 1, 1, 1])
        #expect(trials.map { $0["lossPrevented"] } == [20.5, 20.5, 0.0, 0.0])
        #expect(trials.map { $0["loss"] } == [120.75, 120.75, 120.75, 120.75])
        #expect(
            trials.map { $0["groups"]?["elderly"]?["noticed"] } == [1, 1, 0, 0])
        let table = try await workplace.risk(
            "policy", "test", "--policy", "policy.yaml", "--scores", "history.csv", "--labels",
            "cases.csv", "--subscribers", "people.csv")
        #expect(table.output.contains("2026-11-01 to 2026-11-02, 2 days"))
        for (scale, code) in [("0", 64), ("1,1", 64), ("a", 64), ("", 64)] {
            let wrong = try await workplace.risk(
                "policy", "test", "--policy", "policy.yaml", "--scores", "history.csv",
                "--labels", "cases.csv", "--scale", scale)
            #expect(wrong.exitCode == Int32(code))
        }
    }

    @Test("The policies of the models are sound")
    func models() async throws {
        let folder = Workplace.root.appending(path: "models").path
        var found = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            let path = "\(folder)/\(name)/policy.yaml"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            found += 1
            let outcome = try await Workplace().risk("policy", "check", path)
            #expect(outcome.exitCode == 0, "\(path): \(outcome.errors)")
        }
        #expect(found >= 4)
    }
}

extension Node {
    fileprivate var elements: [Node]? {
        if case .array(let list) = content { Array(list) } else { nil }
    }
}
