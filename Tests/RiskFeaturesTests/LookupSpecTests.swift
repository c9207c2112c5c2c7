import RiskColumns
import RiskJSON
import Testing

@testable import RiskFeatures

/// What is wrong with versions and look-ups, each with its place.
@Suite struct LookupSpecTests {
    static let count: KeyValuePairs = [
        "n": #""of": "login", "by": "account", "aggregate": "count""#
    ]

    static func mistakes(
        lists: String = "", databases: String = LookupStory.databases, fields: String = "",
        keys: String = #"["account", "ip"]"#, features: KeyValuePairs<String, String> = count
    ) throws -> [String] {
        try Story.mistakes(
            LookupStory.text(
                features, lists: lists, databases: databases, keys: keys, fields: fields))
    }

    @Test(arguments: [
        ("", "lists.p: expected one of values, file, cidr"),
        (#""versions": []"#, "lists.p.versions: expected at least one version"),
        (#""versions": {}"#, "lists.p.versions: expected a list, found a mapping"),
        (
            #""cidr": "x", "versions": [{ "from": "2025-01-01", "cidr": "x" }]"#,
            "lists.p.cidr: \"cidr\" stands in each of the versions"
        ),
        (
            #""versions": [{ "cidr": "x" }]"#,
            "lists.p.versions[0]: expected \"from\": when the version came into force"
        ),
        (
            #""versions": [{ "from": "2025-01-01" }]"#,
            "lists.p.versions[0]: expected one of values, file, cidr"
        ),
        (
            #""versions": [{ "from": "2025-13-01", "cidr": "x" }]"#,
            "lists.p.versions[0].from: expected a time such as 2025-01-01 or "
                + "2025-01-01T00:00:00Z, found \"2025-13-01\""
        ),
        (
            #""versions": [{ "from": "9999-01-01", "cidr": "x" }]"#,
            "lists.p.versions[0].from: expected a time such as 2025-01-01 or "
                + "2025-01-01T00:00:00Z, found \"9999-01-01\""
        ),
        (
            #""versions": [{ "from": 2025, "cidr": "x" }]"#,
            "lists.p.versions[0].from: expected a text, found a whole number"
        ),
        (
            #""versions": [{ "from": "2025-02-01", "cidr": "x" }, { "from": "2025-01-01", "cidr": "x" }]"#,
            "lists.p.versions[1].from: expected a later moment than that of the version before, "
                + "2025-02-01T00:00:00Z"
        ),
        (
            #""versions": [{ "from": "2025-02-01", "cidr": "x" }, { "from": "2025-02-01T00:00:00Z", "file": "x" }]"#,
            "lists.p.versions[1].from: expected a later moment than that of the version before, "
                + "2025-02-01T00:00:00Z"
        ),
        (
            #""versions": [{ "from": "2025-02-01", "until": "2025-02-01", "cidr": "x" }]"#,
            "lists.p.versions[0].until: expected a later moment than \"from\""
        ),
        (
            #""versions": [{ "from": "2025-01-01", "until": "2025-02-01", "cidr": "x" }, { "from": "2025-03-01", "cidr": "x" }]"#,
            "lists.p.versions[0].until: a version ends where the next begins; only the last has one"
        ),
        (
            #""versions": [{ "form": "2025-01-01", "cidr": "x" }]"#,
            "lists.p.versions[0].form: \"form\" is not known here; did you mean \"from\"?"
        ),
    ])
    func aListIsRefused(list: String, mistake: String) throws {
        let found = try Self.mistakes(lists: "\"p\": { \(list) }")
        #expect(found.contains("line 2: \(mistake)"), "\(found)")
    }

    @Test(arguments: [
        (#""lookup": "country(ip)""#, "expected \"in\": one of geo, owners"),
        (#""lookup": "country(ip)", "in": "gео""#, "there is no database \"gео\""),
        (#""lookup": "country(ip)", "in": "owner""#, "did you mean \"owners\"?"),
        (
            #""lookup": "cuntry(ip)", "in": "geo""#,
            "no look-up \"cuntry\"; did you mean \"country\"?"
        ),
        (#""lookup": "ip", "in": "geo""#, "expected country, registered_country,"),
        (#""lookup": "country(amount)", "in": "geo""#, "only a key or a category is looked up"),
        (
            #""lookup": "country(ipp)", "in": "geo""#,
            "there is no key or category \"ipp\" to look up"
        ),
        (#""lookup": "asn(other)", "in": "geo""#, "\"other\" is itself looked up"),
        (#""lookup": "country(ip)", "in": "geo", "path": ["a"]"#, "expected the key alone"),
        (#""lookup": "ip", "in": "geo", "path": []"#, "expected one to sixteen names"),
        (#""lookup": "ip", "in": "geo", "path": [-1]"#, "expected a text"),
        (#""lookup": "ip", "in": "geo", "path": "country""#, "expected a list"),
        (
            #""lookup": "country(ip)", "in": "geo", "type": "category""#,
            "\"type\" is not known here"
        ),
        (#""lookup": "country(ip)", "in": "geo", "known_after": "1d""#, "is not known here"),
        (#""lookup": 7, "in": "geo""#, "expected a text, found a whole number"),
        (#""lookup": "country(", "in": "geo""#, "expected country, registered_country"),
    ])
    func aLookUpIsRefused(lookup: String, mistake: String) throws {
        let found = try Self.mistakes(
            fields: """
                "amount": "decimal(2)", "other": { "lookup": "asn(ip)", "in": "owners" },
                "x": { \(lookup) }
                """)
        #expect(found.count >= 1)
        #expect(
            found.contains { $0.contains("events.login.fields.x") && $0.contains(mistake) },
            "\(found)")
    }

    @Test func databasesAreRefused() throws {
        let fields = #""x": { "lookup": "country(ip)", "in": "geo" }"#
        for (databases, mistake) in [
            ("", "there is no database \"geo\""),
            (#""geo": { "cidr": "x" }"#, "\"cidr\" is not known here"),
            (#""geo": {}"#, "databases.geo: expected \"mmdb\""),
            (#""geo": { "mmdb": 5 }"#, "databases.geo.mmdb: expected a text"),
            (#""geo": { "versions": [{ "from": "x", "mmdb": "x" }] }"#, "expected a time such as"),
        ] {
            let found = try Self.mistakes(databases: databases, fields: fields)
            #expect(found.contains { $0.contains(mistake) }, "\(found)")
            // One that could not be read is not also unknown.
            if !databases.isEmpty {
                #expect(!found.contains { $0.contains("there is no database") }, "\(found)")
            }
        }
        let alone = try Self.mistakes(databases: "", fields: #""x": { "lookup": "country(ip)" }"#)
        #expect(alone.contains { $0.contains("the spec has no \"databases\"") })
    }

    @Test func theOnlyDatabaseNeedsNoName() throws {
        #expect(
            try Self.mistakes(
                databases: #""geo": { "mmdb": "x" }"#,
                fields: #""x": { "lookup": "country(ip)" }"#) == [])
    }

    /// What is found of a field that is known late is known late itself.
    @Test func whatIsFoundIsKnownWhenItsFieldIs() throws {
        let fields = #"""
            "found_ip": { "type": "category", "known_after": "7d" },
            "country": { "lookup": "country(found_ip)", "in": "geo" }
            """#
        let early = try Self.mistakes(
            fields: fields,
            features: [
                "n": #""of": "login", "by": "account", "aggregate": "distinct(country)""#,
                "d": #""derive": "current.country == 'CN'""#,
            ])
        #expect(early.contains { $0.contains("\"country\" is known only 7d after the event") })
        #expect(early.contains { $0.contains("\"country\" is not yet known") })
        let late = try Self.mistakes(
            fields: fields,
            features: [
                "n":
                    #""of": "login", "by": "account", "aggregate": "distinct(country)", "delay": "7d""#
            ])
        #expect(late == [])
        let key = try Self.mistakes(
            fields: #""found_ip": { "type": "category", "known_after": "7d" }"#,
            keys: #"{ "account": "a", "c": { "lookup": "country(found_ip)", "in": "geo" } }"#)
        #expect(key.contains { $0.contains("a key is known with its event") })
    }

    @Test func aNameThatIsAKeyElsewhereIsNoLookUp() throws {
        let found = try Self.mistakes(
            fields: #""ip": { "lookup": "country(account)", "in": "geo" }"#)
        #expect(found.contains { $0.contains("the name \"ip\" is taken") })
    }

    @Test func severalMistakesAreNamedAtOnce() throws {
        let found = try Self.mistakes(
            lists: #""a": { "versions": [] }, "b": { "versions": [{ "cidr": "x" }] }"#,
            databases: #""geo": { "mmdb": "x" }"#,
            fields: #""x": { "lookup": "contry(ip)" }, "y": { "lookup": "city(up)" }"#)
        #expect(found.count == 4, "\(found)")
    }
}
