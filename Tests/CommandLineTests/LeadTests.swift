import Foundation
import RiskJSON
import Testing

/// A log made by hand:
///
///     a ── x1 ── b          c is suspected a little, and tied to a: a member
///     └─── x1 ── c          d only shares the hub x2, which four use: no member of anything
///     e ── x3 ── f          shares one buyer, k1, with a: not enough to be one lead
///     g                     suspected, but alone
@Suite("risk leads")
struct LeadTests {
    static let plan = """
        riskkit: leads/1
        name: ring
        title: Shops of one workshop
        member: shop
        activity: { of: order, sum: price }
        ties:
          sender: { of: shipment, degree: 3, says: send parcels under }
          buyer: { of: order, degree: 50, several: 2, says: sold to }
        evidence:
          "complaints of fakes": { of: complaint, where: { reason: fake } }
        source: { of: supply, key: supplier, fields: [region] }
        cases: case
        window: 60d
        probability: 0.3
        joining: 0.05
        members: 2
        leads: 10
        """
    static let files = [
        "leads.yaml": plan,
        "scores.csv": """
        shop,time,probability,reason_1
        a,2026-01-08T00:00:00,0.2,old
        a,2026-01-09T00:00:00,0.9,"prices at 0.3, of the brand's"
        b,2026-01-09T00:00:00,0.5,
        c,2026-01-09T00:00:00,0.08,
        d,2026-01-09T00:00:00,0.04,
        e,2026-01-09T00:00:00,0.6,
        f,2026-01-09T00:00:00,0.4,
        g,2026-01-09T00:00:00,0.99,
        """,
        "order.csv": """
        at,shop,buyer,price
        2026-01-01T10:00:00,a,k1,60.00
        2026-01-02T10:00:00,a,k2,40.00
        2026-01-03T10:00:00,b,k3,40.00
        2026-01-03T11:00:00,c,k4,10.00
        2026-01-04T10:00:00,e,k1,50.00
        2026-01-05T10:00:00,f,k5,50.00
        2026-01-06T10:00:00,g,k6,9000.00
        """,
        "shipment.csv": """
        at,shop,sender
        2026-01-02T12:00:00,a,x1
        2026-01-04T12:00:00,b,x1
        2026-01-05T12:00:00,c,x1
        2026-01-05T13:00:00,b,x1
        2026-01-02T12:00:00,a,x2
        2026-01-02T12:00:00,b,x2
        2026-01-02T12:00:00,c,x2
        2026-01-02T12:00:00,d,x2
        2026-01-06T12:00:00,e,x3
        2026-01-07T12:00:00,f,x3
        """,
        "complaint.csv": """
        at,shop,reason
        2026-01-06T08:00:00,b,fake
        2026-01-06T09:00:00,b,late
        2026-01-07T08:00:00,c,fake
        2026-01-07T08:00:00,g,fake
        """,
        "supply.csv": """
        at,shop,supplier,region
        2025-12-28T08:00:00,a,u7,3
        2025-12-29T08:00:00,b,u7,3
        2025-12-29T08:00:00,c,u8,5
        2025-12-30T08:00:00,c,u8,5
        2025-12-30T08:00:00,z,u7,3
        """,
        "case.csv": """
        at,known,shop
        2026-01-03T20:00:00,2026-01-08T09:00:00,b
        2026-01-05T20:00:00,2026-01-12T09:00:00,d
        """,
    ]

    static let arguments = [
        "leads", "--plan", "leads.yaml", "--scores", "scores.csv", "--events", "order=order.csv",
        "shipment=shipment.csv", "complaint=complaint.csv", "supply=supply.csv", "case=case.csv",
        "--as-of", "2026-01-10", "--output", "leads.json", "--text", "leads.txt",
    ]

    /// A workplace with the files, of which some say something else or more.
    func workplace(_ changes: [String: (String) -> String] = [:]) throws -> Workplace {
        let workplace = try Workplace()
        for (name, text) in Self.files {
            let text = changes[name]?(text) ?? text
            try Data((text + "\n").utf8).write(to: workplace.folder.appending(path: name))
        }
        return workplace
    }

    func leads(_ workplace: Workplace) async throws -> [Node] {
        let outcome = try await workplace.risk(Self.arguments)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let bytes = try Data(contentsOf: workplace.folder.appending(path: "leads.json"))
        guard case .array(let list)? = try JSONParser.parse(Array(bytes))["leads"]?.content else {
            Issue.record("no leads")
            return []
        }
        return Array(list)
    }

    func elements(_ node: Node?) -> [Node] {
        guard case .array(let list)? = node?.content else { return [] }
        return Array(list)
    }

    func names(_ lead: Node) -> [String] {
        elements(lead["members"]).compactMap { member in
            if case .string(let name)? = member["shop"]?.content { return name }
            return nil
        }
    }

    @Test("who hangs together is one lead, the one with most at stake first, a lone one none")
    func members() async throws {
        let leads = try await leads(workplace())
        #expect(leads.map(names) == [["a", "c", "b"], ["e", "f"]])
        // 0.9 × 100 + 0.08 × 10 + 40, whose case is known; 0.6 × 50 + 0.4 × 50.
        #expect(leads[0]["expectedAmount"] == 130.8)
        #expect(leads[1]["expectedAmount"] == 50.0)
        #expect(leads[0]["rank"] == 1)
        let b = elements(leads[0]["members"])[2]
        #expect(b["caseKnown"] == "2026-01-08T09:00:00Z")
        #expect(elements(leads[0]["members"])[0]["reasons"] == ["prices at 0.3, of the brand's"])
    }

    @Test("what is shared, with whom, and since when two have had it; a hub is no link")
    func links() async throws {
        let links = elements(try await leads(workplace())[0]["links"])
        #expect(links.count == 1)
        #expect(links[0]["value"] == "x1" && links[0]["others"] == 0)
        #expect(links[0]["since"] == "2026-01-04T12:00:00Z")
        let holders = elements(links[0]["members"])
        #expect(holders.count == 3)
        #expect(holders[0]["first"] == "2026-01-02T12:00:00Z")
        #expect(holders[2]["count"] == 2 && holders[2]["last"] == "2026-01-05T13:00:00Z")
    }

    @Test("source, evidence and timeline")
    func evidence() async throws {
        let lead = try await leads(workplace())[0]
        let source = try #require(lead["source"])
        // u7 has two of the members, and one shop that is none of them; u8 has one.
        #expect(source["supplier"] == "u7" && source["region"] == "3")
        #expect(source["members"] == 2 && source["others"] == 1)
        let evidence = elements(lead["evidence"])
        #expect(evidence.count == 1)
        #expect(evidence[0]["count"] == 2 && evidence[0]["members"] == 2)
        let times = elements(lead["timeline"]).compactMap { entry -> String? in
            if case .string(let text)? = entry["at"]?.content { return text }
            return nil
        }
        #expect(times == times.sorted() && times.first == "2025-12-28T08:00:00Z")
        #expect(times.contains("2026-01-08T09:00:00Z"))
    }

    @Test("what became known after the moment is in no lead, to the byte")
    func nothingLater() async throws {
        let before = try workplace()
        let after = try workplace([
            "order.csv": { $0 + "\n2026-01-10T00:00:01,d,k1,70.00\n2026-01-11T00:00:00,a,k9,1.00" },
            "shipment.csv": { $0 + "\n2026-01-10T00:00:01,g,x1\n2026-01-12T00:00:00,e,x1" },
            "complaint.csv": { $0 + "\n2026-01-11T00:00:00,a,fake" },
            "case.csv": { $0 + "\n2026-01-02T00:00:00,2026-01-10T00:00:01,e" },
            "scores.csv": { $0 + "\nd,2026-01-11T00:00:00,0.99," },
        ])
        _ = try await leads(before)
        _ = try await leads(after)
        for name in ["leads.json", "leads.txt"] {
            let one = try Data(contentsOf: before.folder.appending(path: name))
            #expect(try one == Data(contentsOf: after.folder.appending(path: name)), "\(name)")
            #expect(!one.isEmpty)
        }
    }

    @Test("a case that nobody has decided yet is none; a log of cases without that time is refused")
    func undecided() async throws {
        let one = try workplace()
        let other = try workplace(["case.csv": { $0 + "\n2026-01-02T00:00:00,,e" }])
        let known = try await leads(one)
        #expect(known.map { names($0) } == (try await leads(other)).map { names($0) })
        let refused = try workplace(["case.csv": { $0.replacing("at,known,", with: "at,told,") }])
        let outcome = try await refused.risk(Self.arguments)
        #expect(outcome.exitCode == 65 && outcome.errors.contains("known"), "\(outcome.errors)")
    }

    @Test("a source is the value that most members have, whatever goes with it")
    func sourceWithManyFields() async throws {
        let workplace = try workplace([
            "supply.csv": {
                $0.replacing("b,u7,3", with: "b,u7,4") + "\n2025-12-31T08:00:00,c,u8,5"
            }
        ])
        let text = try await leads(workplace)[0].json()
        #expect(text.contains("u7") && !text.contains("u8"), "\(text)")
    }

    @Test("the order of rows changes nothing")
    func rowOrder() async throws {
        let backwards: (String) -> String = { text in
            let lines = text.split(separator: "\n").map(String.init)
            return ([lines[0]] + lines.dropFirst().reversed()).joined(separator: "\n")
        }
        let (one, two) = (
            try workplace(),
            try workplace([
                "order.csv": backwards, "shipment.csv": backwards, "scores.csv": backwards,
                "supply.csv": backwards, "case.csv": backwards,
            ])
        )
        _ = try await leads(one)
        _ = try await leads(two)
        let bytes = try [one, two].map {
            try Data(contentsOf: $0.folder.appending(path: "leads.json"))
        }
        #expect(bytes[0] == bytes[1])
    }

    @Test("two leads that share one buyer are two; that share several are one")
    func several() async throws {
        let workplace = try workplace([
            "order.csv": { $0 + "\n2026-01-08T10:00:00,f,k2,1.00" }
        ])
        let leads = try await leads(workplace)
        #expect(leads.map { Set(names($0)) } == [["a", "b", "c", "e", "f"]])
        #expect(Set(elements(leads[0]["links"]).compactMap { $0["value"]?.json() }).count == 4)
    }

    @Test("a page of readable text: the lead, its source, members, links, timeline, evidence")
    func page() async throws {
        let workplace = try workplace()
        _ = try await leads(workplace)
        let text = String(
            decoding: try Data(contentsOf: workplace.folder.appending(path: "leads.txt")),
            as: UTF8.self)
        for part in [
            "Shops of one workshop: leads as of 2026-01-10T00:00:00Z",
            "3 members (shop), 1 with a known case; 2.0 expected to be fraudulent; at stake 131",
            "They share 1 × sender.",
            "  supplier u7, region 3: 2 members, 2 times since 2025-12-28; and 1 who are no members",
            "  a  probability 90.0 %; 2 × order, 2026-01-01 to 2026-01-02, 100",
            "    - prices at 0.3, of the brand's",
            "  3 send parcels under sender x1, shared since 2026-01-04",
            "    a (since 2026-01-02), c (since 2026-01-05), b (since 2026-01-04)",
            "  2026-01-08  shop b: its case became known",
            "  complaints of fakes: 2, of 2 members, 2026-01-06 to 2026-01-07",
            "A lead is a suspicion to be checked, not a finding.",
        ] {
            #expect(text.contains(part), "\(part)\n\(text)")
        }
    }

    @Test("every mistake in a plan is named at once, with its place")
    func mistakes() async throws {
        let workplace = try workplace([
            "leads.yaml": {
                $0.replacing("degree: 3", with: "degree: 1").replacing(
                    "joining: 0.05", with: "joining: 0.6"
                )
                .replacing("window: 60d", with: "window: sixty").replacing("title:", with: "titel:")
            }
        ])
        let outcome = try await workplace.risk(Self.arguments)
        #expect(outcome.exitCode == 65)
        for part in [
            "leads.yaml:7", "expected at most the probability, 0.3", "expected a span such as 60d",
            "did you mean \"title\"?",
        ] {
            #expect(outcome.errors.contains(part), "\(part): \(outcome.errors)")
        }
    }

    @Test(
        "a column that is read as something else already is a mistake",
        arguments: [
            ("member: shop", "member: time"), ("key: supplier", "key: at"),
            ("fields: [region]", "fields: [region, known]"), ("sum: price", "sum: at"),
            ("sum: price", "sum: buyer"),
        ])
    func columns(_ plain: String, _ taken: String) async throws {
        let workplace = try workplace(["leads.yaml": { $0.replacing(plain, with: taken) }])
        let outcome = try await workplace.risk(Self.arguments)
        #expect(outcome.exitCode == 65, "\(outcome.errors)")
        #expect(outcome.errors.contains("leads.yaml:"), "\(outcome.errors)")
    }

    @Test("logs that the plan needs and the command lacks, and columns that a log lacks, are named")
    func missing() async throws {
        let workplace = try workplace(["supply.csv": { $0.replacing("region", with: "town") }])
        let without = Self.arguments.filter { !$0.hasPrefix("case=") }
        let outcome = try await workplace.risk(without)
        #expect(outcome.exitCode == 64 && outcome.errors.contains("needs the events case"))
        let same = try await workplace.risk(
            Self.arguments.map { $0 == "leads.txt" ? "case.csv" : $0 })
        #expect(same.exitCode == 64 && same.errors.contains("name the same file"))
        let lacking = try await workplace.risk(Self.arguments)
        #expect(lacking.exitCode == 65 && lacking.errors.contains("region"), "\(lacking.errors)")
    }

    @Test("nobody suspected hangs together: no lead, and it is said")
    func none() async throws {
        let workplace = try workplace([
            "leads.yaml": { $0.replacing("members: 2", with: "members: 9") }
        ])
        let leads = try await leads(workplace)
        #expect(leads.isEmpty)
        let text = try String(
            contentsOf: workplace.folder.appending(path: "leads.txt"), encoding: .utf8)
        #expect(text.hasSuffix("\nThere is none.\n"))
    }
}
