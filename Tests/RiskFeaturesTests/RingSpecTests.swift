import RiskColumns
import Testing

@testable import RiskFeatures

/// What a spec can say of rings, and which mistakes it is told.
@Suite struct RingSpecTests {
    static func mistakes(
        ring: String = #""members": "account", "through": ["device", "ip"]"#,
        feature: String = #""aggregate": "size""#, unit: String = #""login""#
    ) throws -> [String] {
        try Story.mistakes(RingStory(ring: ring, features: ["f": feature], unit: unit).text())
            .map { $0.split(separator: ": ", maxSplits: 1).dropFirst().joined() }
    }

    @Test func whatItLacksItSays() throws {
        #expect(try Self.mistakes() == [])
        let spec = try Story.spec(RingStory().text())
        #expect(spec.rings[0].cutOffs == [50, 50])
        #expect(spec.rings[0].eventTypes == [0, 1])
    }

    @Test func aNumberIsTheCutOffOfAll() throws {
        let spec = try Story.spec(
            RingStory(ring: #""members": "account", "through": ["device", "ip"], "degree": 7"#)
                .text())
        #expect(spec.rings[0].cutOffs == [7, 7])
    }

    @Test(arguments: [
        (#""through": ["device"]"#, #"rings.crew: expected "members""#),
        (#""members": "account""#, #"rings.crew: expected "through""#),
        (
            #""members": "acount", "through": ["device"]"#,
            #"rings.crew.members: no event has a key "acount"; did you mean "account"?"#
        ),
        (
            #""members": "account", "through": ["devise"]"#,
            #"rings.crew.through[0]: no event has a key "devise"; did you mean "device"?"#
        ),
        (
            #""members": "account", "through": ["amount"]"#,
            #"rings.crew.through[0]: no event has a key "amount"; did you mean "account"?"#
        ),
        (
            #""members": "account", "through": ["device", "account"]"#,
            "rings.crew.through[1]: members cannot be tied through themselves"
        ),
        (
            #""members": "account", "through": ["ip", "ip"]"#,
            #"rings.crew.through[1]: "ip" is named twice"#
        ),
        (
            #""members": "account", "through": []"#,
            "rings.crew.through: expected at least one key"
        ),
        (
            #""members": "account", "through": ["ip", "card"], "of": ["login"]"#,
            "rings.crew.through: no event that links has both account and card"
        ),
        (
            #""members": "account", "through": ["ip"], "of": ["logins"]"#,
            #"rings.crew.of[0]: there is no event "logins"; did you mean "login"?"#
        ),
        (
            #""members": "account", "through": ["ip"], "of": ["visit"]"#,
            #"rings.crew.of[0]: visit has no key "account""#
        ),
        (
            #""members": "account", "through": ["ip"], "of": ["purchase"]"#,
            "rings.crew.of[0]: purchase has none of the keys ip"
        ),
        (
            #""members": "account", "through": ["ip"], "of": ["login", "login"]"#,
            #"rings.crew.of[1]: "login" is named twice"#
        ),
        (
            #""members": "account", "through": ["ip"], "of": []"#,
            "rings.crew.of: expected at least one event"
        ),
        (
            #""members": "account", "through": ["ip"], "degree": 1"#,
            "rings.crew.degree: expected a whole number from 2 to 1000000, found 1"
        ),
        (
            #""members": "account", "through": ["ip"], "degree": { "ip": 0.5 }"#,
            "rings.crew.degree.ip: expected a whole number from 2 to 1000000, found 0.5"
        ),
        (
            #""members": "account", "through": ["ip"], "degree": { "device": 5 }"#,
            #"rings.crew.degree.device: "device" is not known here"#
        ),
        (
            #""members": "account", "through": ["ip"], "window": "30d""#,
            #"rings.crew.window: "window" is not known here"#
        ),
        (
            #""members": "account", "through": ["ip"], "fraud": {}"#,
            #"rings.crew.fraud: expected "of": the event that tells of a fraud"#
        ),
        (
            #""members": "account", "through": ["ip"], "fraud": { "of": "visit" }"#,
            #"rings.crew.fraud.of: visit has no key "account""#
        ),
        (
            #""members": "account", "through": ["ip"], "fraud": { "of": "fraud", "delay": "7" }"#,
            #"rings.crew.fraud.delay: expected a span such as 30s, 10m, 12h, 7d, 4w (1s to 3660d), found "7""#
        ),
        (
            #""members": "account", "through": ["ip"], "fraud": { "of": "purchase", "where": "fraud" }"#,
            #"rings.crew.fraud.where: "fraud" is known only 7d after the event: expected "delay: 7d" or more"#
        ),
        (
            #""members": "account", "through": ["ip"], "fraud": { "of": "purchase", "where": "frauds" }"#,
            #"rings.crew.fraud.where: "frauds" is not known here; did you mean "fraud"?; known are account, device, card, fraud, amount, time, hour, weekday"#
        ),
    ])
    func mistakesOfARing(ring: String, mistake: String) throws {
        // And the feature that asks it is not a second mistake.
        let found = try Self.mistakes(ring: ring)
        #expect(found == [mistake], "\(found)")
    }

    @Test(arguments: [
        ("", #"features.f: expected "aggregate""#),
        (
            #""aggregate": "sise""#,
            #"features.f.aggregate: a ring has no aggregate "sise"; did you mean "size"?; there are size, frauds, fraud_share, age, degree, growth(7d)"#
        ),
        (#""aggregate": "size(1)""#, "features.f.aggregate: size takes nothing in parentheses"),
        (#""aggregate": "growth""#, #"features.f.aggregate: expected growth(7d), found "growth""#),
        (
            #""aggregate": "growth(soon)""#,
            #"features.f.aggregate: expected growth(7d), found "growth(soon)""#
        ),
        (
            #""aggregate": "frauds""#,
            "features.f.aggregate: the ring crew does not say what a fraud is"
        ),
        (
            #""aggregate": "size", "window": "7d""#,
            #"features.f.window: a feature of a ring has no "window"; growth has its span itself: growth(7d)"#
        ),
        (
            #""aggregate": "size", "by": "account""#,
            #"features.f.by: a feature of a ring has no "by""#
        ),
        (#""aggregate": "size", "include": "now""#, #"features.f.include: expected "current""#),
    ])
    func mistakesOfAFeature(feature: String, mistake: String) throws {
        let feature = feature.isEmpty ? #""hidden": false"# : feature
        #expect(try Self.mistakes(feature: feature) == [mistake])
    }

    @Test func theUnitMustHaveTheMember() throws {
        #expect(
            try Self.mistakes(unit: #""visit""#) == [
                "features.f.ring: the unit visit has no key \"account\" to look the ring up by"
            ])
        #expect(
            try Self.mistakes(unit: #"{ "entity": "ip" }"#) == [
                "features.f.ring: the vector is one of ip; the ring's members are account"
            ])
        #expect(
            try Self.mistakes(
                feature: #""aggregate": "size", "include": "current""#, unit: #""fraud""#)
                == ["features.f.include: the unit is no event that links in crew"])
    }

    @Test func whatNeverMeetsLinksNothing() throws {
        let ring = #""members": "card", "through": ["ip"]"#
        #expect(
            try Self.mistakes(ring: ring, unit: #""purchase""#) == [
                "rings.crew.through: no event that links has both card and ip"
            ])
    }

    @Test func anUnknownRingIsNamed() throws {
        let text = RingStory().text().replacing(#""ring": "crew""#, with: #""ring": "crow""#)
        #expect(
            try Story.mistakes(text).map { $0.drop { $0 != "f" } } == [
                #"features.size.ring: there is no ring "crow"; did you mean "crew"?"#
            ])
    }

    /// A ring that nobody asks costs nothing.
    @Test func anUnusedRingIsNotComputed() throws {
        let text = RingStory(features: ["f": #""aggregate": "size""#]).text()
            .replacing(
                #""rings": {"#,
                with: #""rings": { "idle": { "members": "card", "through": ["device"] },"#)
        let spec = try Story.spec(text)
        #expect(spec.rings.count == 2)
        #expect(RingPlan.plans(spec).map(\.definition.name) == ["crew"])
        #expect(FeatureEngine(spec: spec).rings.count == 1)
    }
}
