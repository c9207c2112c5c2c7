import RiskColumns
import RiskJSON
import Testing

@testable import RiskFeatures

/// A spec is read as a whole: either all of it is right, or every mistake is named with its place.
@Suite struct SpecTests {
    /// Every member that a spec can have.
    static let full = """
        { "riskkit": "features/1",
          "timezone": "Asia/Shanghai",
          "lists": {
            "virtual": { "values": ["gift", "topup"] },
            "bad_ids": { "file": "lists/ids.txt" },
            "proxy": { "cidr": "lists/vpn.txt" } },
          "events": {
            "login": { "time": "at", "known": { "column": "seen_ms", "format": "epoch_milliseconds" },
                       "keys": ["account", "ip"], "fields": { "success": "boolean" } },
            "purchase": {
              "time": { "column": "TX_DATETIME" },
              "keys": { "account": "CUSTOMER_ID", "ip": "ip" },
              "fields": {
                "amount": { "type": "decimal(2)", "column": "TX_AMOUNT", "round": true },
                "items": "integer", "weight": "number", "category": "category",
                "fraud": { "type": "boolean", "column": "TX_FRAUD", "known_after": "7d" } } } },
          "features": {
            "logins_1h": { "of": "login", "by": "account", "aggregate": "count", "window": "1h",
                           "where": "not success and ip in proxy" },
            "spend_30d": { "of": "purchase", "by": "account", "aggregate": "sum(amount)",
                           "window": "30d", "hop": "1d", "include": "current", "default": 0 },
            "risk_30d": { "of": "purchase", "by": "ip", "aggregate": "share(fraud)",
                          "window": "30d", "delay": "1w" },
            "ever": { "of": "login", "by": "ip", "aggregate": "rate", "per": "purchase",
                      "window": "all" },
            "jump": { "derive": "current.amount / (spend_30d / 30)",
                      "reason": { "investigator": { "en": "spends more than usual" },
                                  "customer": { "en": "unusual amount", "zh": "金额异常" } } } },
          "vectors": { "unit": "purchase", "label": { "field": "fraud" }, "carry": ["items"] } }
        """

    @Test func aFullSpecIsReadWithAllItSays() throws {
        let spec = try Story.spec(Self.full)
        #expect(spec.zone.name == "Asia/Shanghai")
        #expect(
            spec.lists.map(\.source) == [
                .values(["gift", "topup"]), .file("lists/ids.txt"), .cidr("lists/vpn.txt"),
            ])
        let (login, purchase) = (spec.events[0], spec.events[1])
        #expect(login.time == TimeColumn(column: "at", format: .iso8601))
        #expect(login.known == TimeColumn(column: "seen_ms", format: .epochMilliseconds))
        #expect(login.keys.map(\.name) == ["account", "ip"])
        #expect(purchase.keys.map(\.column) == ["CUSTOMER_ID", "ip"])
        let amount = try #require(purchase.fields.first { $0.name == "amount" })
        #expect(amount.type == .decimal(scale: 2))
        #expect(amount.rounds)
        let fraud = try #require(purchase.fields.first { $0.name == "fraud" })
        #expect(fraud.knownAfter == 7 * Timestamps.day)
        #expect(spec.featureNames == ["logins_1h", "spend_30d", "risk_30d", "ever", "jump"])
        guard case .window(let spend) = spec.features[1].definition else {
            Issue.record("spend_30d is no window feature")
            return
        }
        #expect(spend.window == 30 * Timestamps.day)
        #expect(spend.hop == Timestamps.day)
        #expect(spend.includesCurrent)
        #expect(spec.features[1].defaultValue == 0)
        #expect(spec.features[4].reason?.customer["zh"] == "金额异常")
        #expect(spec.vectors.unit == .event(1))
        #expect(spec.vectors.label == .field("fraud"))
        #expect(spec.vectors.carry == ["items"])
    }

    @Test func aLogMustHaveTheColumnsOfItsTypeEachOnce() throws {
        let spec = try Story.spec(Self.full)
        let login = spec.events[0].requests
        #expect(login.map(\.column) == ["at", "seen_ms", "account", "ip", "success"])
        #expect(login.map(\.isRequired) == [true, true, false, false, false])
        #expect(login[1].timeFormat == .epochMilliseconds)
        #expect(
            spec.events[1].requests.map(\.column) == [
                "TX_DATETIME", "CUSTOMER_ID", "ip", "TX_AMOUNT", "items", "weight", "category",
                "TX_FRAUD",
            ])
    }

    @Test func aSpecIsReadTheSameFromItsOwnDocument() throws {
        let spec = try Story.spec(Self.full)
        let again = try FeatureSpec(
            document: JSONParser.parse(Array(spec.document.json(.indented).utf8)))
        #expect(again.document == spec.document)
        #expect(again.featureNames == spec.featureNames)
    }

    @Test func everyMistakeIsNamedAtOnceWithItsLine() throws {
        let text = """
            { "riskkit": "features/2",
              "timezone": "Asia/Shanghia",
              "lists": { "both": { "values": [], "file": "x" } },
              "events": {
                "login": { "time": "at", "keys": ["account", "ip"],
                           "fields": { "success": "bool", "at2": { "type": "integer", "column": "at" } } },
                "purchase": { "time": { "column": "at", "format": "unix" }, "keys": ["account", "account"],
                  "fields": { "amount": "decimal(2)", "ip": "category", "category": "category",
                              "fraud": { "type": "boolean", "known_after": "7d" } } },
                "refund": { "keys": ["account"], "feilds": {} } },
              "features": {
                "a": { "of": "purchase", "by": "account", "aggregate": "median(amount)", "window": "1h" },
                "b": { "of": "purchase", "by": "account", "agregate": "count", "window": "1h" },
                "c": { "of": "purchase", "by": "account", "aggregate": "sum(amuont)", "window": "1h" },
                "d": { "of": "purchase", "by": "account", "aggregate": "count", "window": "1h", "hop": "25m" },
                "e": { "of": "purchase", "by": "account", "aggregate": "share(fraud)", "window": "1h", "delay": "6d" },
                "f": { "of": "login", "by": "account", "aggregate": "count", "window": "1h", "include": "current" },
                "g": { "derive": "a + nothing" },
                "h": { "of": "purchase", "by": "account", "aggregate": "sum(category)", "window": "1 hour" },
                "i": { "of": "login", "by": "ip", "aggregate": "count", "window": "0s" },
                "j": { "of": "purchase", "by": "account", "aggregate": "count", "where": "amount >", "window": "1h" },
                "k": { "of": "sale", "by": "account", "aggregate": "count", "window": "9999d" },
                "account": { "derive": "1", "window": "1h" },
                "l": { "of": "purchase", "by": "account", "aggregate": "rate", "default": "none" },
                "m": { "derive": "current.fraud" } },
              "vectors": { "unit": "purchase", "label": { "from": "purchase", "within": "30d" },
                "carry": ["amont"] } }
            """
        #expect(
            try Story.mistakes(text) == [
                #"line 1: riskkit: expected "features/1", found "features/2""#,
                #"line 2: timezone: there is no time zone "Asia/Shanghia"; did you mean "#
                    + #""Asia/Shanghai"?"#,
                "line 3: lists.both: expected one of values, file, cidr",
                "line 5: events.login: the column at is read as two types",
                "line 6: events.login.fields.success: expected a type (boolean, integer, "
                    + #"decimal(0…9), number, category), found "bool""#,
                "line 7: events.purchase.time.format: expected one of iso8601, epoch_seconds, "
                    + #"epoch_milliseconds, epoch_microseconds, found "unix""#,
                #"line 7: events.purchase.keys[1]: the name "account" is taken"#,
                #"line 8: events.purchase.fields.ip: "ip" is a key of login: make it a key here "#
                    + "too, or give the field another name",
                #"line 10: events.refund.feilds: "feilds" is not known here; did you mean "#
                    + #""fields"?"#,
                #"line 10: events.refund: expected "time": the column with the event's time"#,
                #"line 12: features.a.aggregate: there is no aggregate "median"; there are count, "#
                    + "sum, mean, min, max, std, last, first, since_last, since_first, distinct, "
                    + "share, rate, peak, gap_mean, gap_std, gap_cv, entropy, top_share, new, "
                    + "decayed_count, decayed_sum, quantile, ratio, zscore, hour_distance, speed",
                #"line 13: features.b.agregate: "agregate" is not known here; did you mean "#
                    + #""aggregate"?"#,
                #"line 13: features.b: expected "aggregate""#,
                #"line 14: features.c.aggregate: purchase has no field "amuont"; did you mean "#
                    + #""amount"?"#,
                "line 15: features.d.hop: the window must be a multiple of the hop",
                #"line 16: features.e.aggregate: "fraud" is known only 7d after the event: "#
                    + #"expected "delay: 7d" or more"#,
                "line 17: features.f.include: the unit is not an event of this type",
                #"line 18: features.g.derive: "nothing" is not known here; known are d, e, f, "#
                    + "current.account, current.amount, current.ip, current.category, "
                    + "current.fraud, current.time, current.hour, current.weekday",
                "line 19: features.h.window: expected a span such as 30s, 10m, 12h, 7d, 4w (1s to "
                    + #"3660d), found "1 hour""#,
                #"line 19: features.h.aggregate: sum needs an integer or a decimal, and "category" "#
                    + "is neither: what is summed must be exact",
                #"line 20: features.i.by: the unit purchase has no key "ip" to look the feature up "#
                    + "by",
                "line 20: features.i.window: expected a span such as 30s, 10m, 12h, 7d, 4w (1s to "
                    + #"3660d), found "0s""#,
                "line 21: features.j.where: at character 9: expected a value",
                #"line 22: features.k.of: there is no event "sale""#,
                "line 22: features.k.window: expected a span such as 30s, 10m, 12h, 7d, 4w (1s to "
                    + #"3660d), found "9999d""#,
                #"line 23: features.account: the name "account" is taken by the vector itself"#,
                #"line 23: features.account.window: a derived feature has no "window""#,
                #"line 24: features.l: a rate needs a window, or "per": another event"#,
                "line 24: features.l.default: expected a number from -1000000000000000.0 to "
                    + #"1000000000000000.0, found "none""#,
                #"line 25: features.m.derive: "fraud" is not yet known when the vector is made"#,
                "line 26: vectors.label.from: the unit itself cannot be its label's event",
                #"line 27: vectors.carry[0]: purchase has no field "amont"; did you mean "amount"?"#,
            ])
    }

    @Test(arguments: [
        (
            "{}",
            [
                #"expected a line "riskkit: features/1""#, #"expected "events""#,
            ]
        ),
        (
            #"{ "riskkit": "features/1", "events": {} }"#,
            [
                "events: expected at least one type of event",
                #"expected "vectors": what there is a vector of"#, #"expected "features""#,
            ]
        ),
        ("[]", ["expected a mapping, found a list"]),
        (
            #"{ "riskkit": 1, "events": [], "features": 3, "vectors": "x" }"#,
            [
                "riskkit: expected a text, found a whole number",
                "events: expected a mapping, found a list",
                "vectors: expected a mapping, found a text",
                "features: expected a mapping, found a whole number",
            ]
        ),
    ])
    func missingSectionsAreNamed(text: String, expected: [String]) throws {
        #expect(Set(try Story.mistakes(text)) == Set(expected.map { "line 1: " + $0 }))
    }

    /// A spec of one purchase feature; each mistake by itself, by what stands where.
    static func spec(
        fields: String = #""amount": "decimal(2)", "flag": "boolean""#,
        feature: String = #""of": "purchase", "by": "account", "aggregate": "count""#,
        name: String = "f", vectors: String = #""unit": "purchase""#, more: String = ""
    ) -> String {
        """
        { "riskkit": "features/1", "events": {
            "login": { "time": "at", "keys": ["account", "device"] },
            "purchase": { "time": "at", "keys": ["account"], "fields": { \(fields) } } \(more) },
          "features": { "\(name)": { \(feature) } }, "vectors": { \(vectors) } }
        """
    }

    @Test func theSpecOfTheNextTestsIsValid() throws {
        #expect(try Story.mistakes(Self.spec()) == [])
    }

    @Test(arguments: [
        (#""amount": "decimal(10)""#, "fields.amount: expected a type"),
        (#""amount": "decimal(-1)""#, "fields.amount: expected a type"),
        (#""amount": "intger""#, #"did you mean "integer"?"#),
        (#""amount": 3"#, "fields.amount: expected a text, found a whole number"),
        (#""amount": { "column": "x" }"#, #"fields.amount: expected "type""#),
        (#""amount": { "type": "integer", "round": true }"#, "only a decimal is rounded"),
        (#""2nd": "integer""#, #""2nd" is no name"#),
        (#""a b": "integer""#, #""a b" is no name"#),
        (#""": "integer""#, #""" is no name"#),
        (#""hour": "integer""#, #"the name "hour" is taken"#),
        (#""in": "integer""#, #""in" is a word of the expression language"#),
        (#""amount": { "type": "integer", "column": "account" }"#, "is read as two types"),
        (#""device": "integer""#, #""device" is a key of login"#),
    ])
    func fieldsAreRefused(fields: String, message: String) throws {
        let mistakes = try Story.mistakes(Self.spec(fields: fields))
        #expect(mistakes.count == 1)
        #expect(mistakes.first?.contains(message) == true, "\(mistakes)")
    }

    @Test(arguments: [
        (#""aggregate": "count(amount)""#, #"count takes nothing in parentheses; use "where""#),
        (#""aggregate": "sum""#, "expected sum(…)"),
        (#""aggregate": "sum(flag)", "where": "amount""#, "expected true or false"),
        (#""aggregate": "share(amount)""#, "the expression is a number; expected true or false"),
        (#""aggregate": "max(account)""#, #"max needs a number, and "account" is a text"#),
        (#""aggregate": "count", "per": "login""#, #"only a rate has "per""#),
        (#""aggregate": "rate", "per": "lgoin""#, #"did you mean "login"?"#),
        (#""aggregate": "count", "hop": "1d""#, "a hop needs a window"),
        (#""aggregate": "count", "window": "1h", "hop": "1d""#, "a multiple of the hop"),
        (#""aggregate": "count", "window": "all", "hop": "1d""#, "a hop needs a window"),
        (#""aggregate": "count", "window": 30"#, "expected a text, found a whole number"),
        (#""aggregate": "count", "include": "all""#, #"expected "current""#),
        (
            #""aggregate": "count", "delay": "1d", "include": "current""#,
            "a delayed event is never current"
        ),
        (#""aggregate": "count", "default": 1e16"#, "expected a number from"),
        (#""aggregate": "count", "reason": { "clerk": {} }"#, #""clerk" is not known here"#),
    ])
    func featuresAreRefused(members: String, message: String) throws {
        let feature = #""of": "purchase", "by": "account", "# + members
        let mistakes = try Story.mistakes(Self.spec(feature: feature))
        #expect(mistakes.count == 1)
        #expect(mistakes.first?.contains(message) == true, "\(mistakes)")
    }

    @Test(arguments: [
        (#""unit": "purchsae""#, #"did you mean "purchase"?"#),
        (#""unit": { "entity": "acount" }"#, #"did you mean "account"?"#),
        (#""unit": { "entity": "device" }"#, "the vector is one of device; expected by: device"),
        (#""unit": { "entity": "account" }, "carry": ["amount"]"#, "only the vector of an event"),
        (
            #""unit": { "entity": "account" }, "label": { "field": "flag" }"#,
            "needs an event as unit"
        ),
        (#""unit": "purchase", "carry": ["amount", "amount"]"#, #"has a column "amount" already"#),
        (#""unit": "purchase", "label": {}"#, "expected { field: NAME } or { from: EVENT"),
        (#""unit": "purchase", "label": { "field": "amount" }"#, "no boolean field"),
        (
            #""unit": "purchase", "label": { "field": "flag", "within": "3d" }"#,
            #"a label that is a field has no "within""#
        ),
        (#""unit": "purchase", "label": { "from": "login" }"#, #"expected "within": 30d"#),
        (
            #""unit": "purchase", "label": { "from": "login", "within": "1d", "by": "device" }"#,
            #"do not share a key "device""#
        ),
        (
            #""unit": "login", "label": { "from": "visit", "within": "1d" }"#,
            #"expected "by": one of the shared keys (account, device)"#
        ),
    ])
    func vectorsAreRefused(vectors: String, message: String) throws {
        let more = #", "visit": { "time": "at", "keys": ["device", "account"] }"#
        let mistakes = try Story.mistakes(Self.spec(vectors: vectors, more: more))
        #expect(mistakes.count == 1)
        #expect(mistakes.first?.contains(message) == true, "\(mistakes)")
    }

    /// A vector's table has each column once.
    @Test(arguments: ["time", "label", "account", "flag"])
    func noFeatureHasTheNameOfAnotherColumnOfTheVector(name: String) throws {
        let text = Self.spec(name: name, vectors: #""unit": "purchase", "carry": ["flag"]"#)
        #expect(
            try Story.mistakes(text) == [
                "line 4: features.\(name): the name \"\(name)\" is taken by the vector itself"
            ])
    }

    @Test(arguments: [
        #""of": "purchase", "by": "account", "aggregate": "share(flag)", "include": "current""#,
        #""of": "purchase", "by": "account", "aggregate": "count", "where": "flag", "include": "current""#,
        #""derive": "current.flag""#,
    ])
    func noFeatureReadsTheLabelOfItsOwnVector(feature: String) throws {
        let mistakes = try Story.mistakes(
            Self.spec(
                feature: feature, vectors: #""unit": "purchase", "label": { "field": "flag" }"#))
        #expect(mistakes.count == 1)
        #expect(mistakes.first?.contains(#""flag" is the label of the"#) == true, "\(mistakes)")
    }

    @Test func timesOfOneColumnHaveOneFormat() throws {
        let more = """
            , "fraud": { "time": "at", "known": { "column": "at", "format": "epoch_seconds" },
                         "keys": ["account"] }
            """
        #expect(
            try Story.mistakes(Self.spec(more: more)) == [
                "line 3: events.fraud: the column at is read in two formats"
            ])
    }
}
