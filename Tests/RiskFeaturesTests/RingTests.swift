import RiskColumns
import Testing

@testable import RiskFeatures

/// What rings are, told in stories. Hours are those after noon; every value is computed in batch and
/// live.
@Suite struct RingTests {
    // MARK: who belongs together

    @Test func whoSharesADeviceIsARing() throws {
        let sizes = try RingStory().values(
            "size",
            [
                .seen(0, "ann", device: "phone"),
                // Each vector is as of before its own event.
                .seen(1, "bob", device: "phone"),
                .seen(2, "bob", device: "phone"),
                .seen(3, "ann", device: "laptop"),
                .seen(4, "cid", device: "other"),
                .seen(5, "cid"),
            ])
        #expect(sizes == [1, 1, 2, 2, 1, 1])
    }

    @Test func theCurrentEventsOwnLinkCountsWhereTheFeatureSaysSo() throws {
        let story = RingStory(features: [
            "size": #""aggregate": "size", "include": "current""#,
            "before": #""aggregate": "size""#,
        ])
        let events: [FeatureEngine.Event] = [
            .seen(0, "ann", device: "phone"), .seen(1, "bob", device: "phone"),
        ]
        #expect(try story.values("size", events) == [1, 2])
        #expect(try story.values("before", events) == [1, 1])
    }

    /// A chain: ann and bob share a phone, bob and cid an address, cid and dan a laptop.
    @Test func ringsReachThroughOthers() throws {
        let events: [FeatureEngine.Event] = [
            .seen(0, "ann", device: "phone"), .seen(1, "bob", device: "phone"),
            .seen(2, "bob", ip: "home"), .seen(3, "cid", ip: "home"),
            .seen(4, "cid", device: "laptop"), .seen(5, "dan", device: "laptop"),
            .seen(6, "ann"),
        ]
        #expect(try RingStory().values("size", events) == [1, 1, 2, 1, 3, 1, 4])
    }

    @Test func twoGangsBecomeOneThroughADevice() throws {
        let story = RingStory(features: [
            "size": #""aggregate": "size""#, "frauds": #""aggregate": "frauds""#,
            "share": #""aggregate": "fraud_share""#, "age": #""aggregate": "age""#,
        ])
        let vectors = try story.vectors([
            .seen(0, "a1", device: "A"), .seen(1, "a2", device: "A"), .seen(2, "a3", device: "A"),
            .reported(2.5, "a1"),
            .seen(3, "b1", ip: "B"), .seen(4, "b2", ip: "B"),
            .seen(5, "b1"), .seen(5, "a2"),
            // A member of each on one tablet.
            .seen(6, "a3", device: "tablet"), .seen(7, "b2", device: "tablet"),
            .seen(8, "b1"),
        ])
        #expect(vectors[5] == [2, 0, 0, 3600])
        #expect(vectors[6] == [3, 1, 1.0 / 3, 4 * 3600])
        // As one, it is as old as the older of the two.
        #expect(vectors[9] == [5, 1, 0.2, 7 * 3600])
    }

    @Test func anEventWithoutMemberOrEntityLinksNothing() throws {
        let events: [FeatureEngine.Event] = [
            .seen(0, "ann", device: "phone"), .seen(1, nil, device: "phone"),
            .seen(2, "bob", device: nil), .seen(3, "bob"), .seen(4, "ann"),
        ]
        let sizes = try RingStory().values("size", events)
        // A vector without an account has no ring.
        #expect(agree(sizes, [1, .nan, 1, 1, 1]))
    }

    @Test func aRingIsOfTheEventsItNames() throws {
        var story = RingStory(
            ring: #""members": "account", "through": ["device"], "of": ["purchase"]"#)
        let events: [FeatureEngine.Event] = [
            .seen(0, "ann", device: "phone"), .seen(1, "bob", device: "phone"), .seen(2, "bob"),
            .bought(3, "ann", device: "till"), .bought(4, "bob", device: "till"), .seen(5, "bob"),
        ]
        #expect(try story.values("size", events) == [1, 1, 1, 2])
        // All that can, where it names none: logins and purchases.
        story.ring = #""members": "account", "through": ["device"]"#
        #expect(try story.values("size", events) == [1, 1, 2, 2])
    }

    /// The same text as another key is another thing.
    @Test func keysAreNotConfused() throws {
        let events: [FeatureEngine.Event] = [
            .seen(0, "ann", device: "x"), .seen(1, "bob", ip: "x"), .seen(2, "bob"),
        ]
        #expect(try RingStory().values("size", events) == [1, 1, 1])
    }

    // MARK: hubs

    @Test func aDormitorysAddressGluesNobody() throws {
        let story = RingStory(
            ring: #""members": "account", "through": ["device", "ip"], "degree": { "ip": 3 }"#,
            features: [
                "size": #""aggregate": "size""#, "degree": #""aggregate": "degree""#,
                "age": #""aggregate": "age""#,
            ])
        let vectors = try story.vectors([
            .seen(0, "s1", device: "shared", ip: "dorm"), .seen(1, "s2", ip: "dorm"),
            .seen(2, "s2", device: "shared"), .seen(3, "s3", ip: "dorm"),
            .seen(4, "s1"),
            // The fourth is one too many: from now on only the shared device counts.
            .seen(5, "s4", ip: "dorm"),
            .seen(6, "s1"), .seen(6, "s2"), .seen(6, "s3"), .seen(6, "s4"),
            // And it stays so.
            .seen(7, "s3", ip: "dorm"), .seen(8, "s3"),
        ])
        #expect(vectors[4] == [3, 2, 3 * 3600])
        #expect(vectors[6] == [2, 1, 4 * 3600])
        #expect(vectors[7] == [2, 1, 4 * 3600])
        for alone in [8, 9, 11] { #expect(agree(vectors[alone], [1, 0, .nan])) }
    }

    /// Two families, each with an address of its own, that a hub held together.
    @Test func withoutItsHubARingFallsApart() throws {
        let families: [FeatureEngine.Event] = [
            .seen(0, "a1", ip: "A"), .seen(0, "a2", ip: "A"), .seen(0, "a3", ip: "A"),
            .seen(1, "b1", ip: "B"), .seen(1, "b2", ip: "B"), .reported(1, "b2"),
            .seen(2, "a1", device: "kiosk"), .seen(2, "b1", device: "kiosk"),
        ]
        let story = RingStory(
            ring: """
                "members": "account", "through": ["device", "ip"], "degree": { "device": 2 },
                "fraud": { "of": "fraud" }
                """,
            features: ["size": #""aggregate": "size""#, "frauds": #""aggregate": "frauds""#])
        let asked: [FeatureEngine.Event] = [.seen(4, "a2"), .seen(4, "b2"), .seen(4, "c")]
        let before = try story.vectors(families + asked).suffix(3)
        #expect(before == [[5, 1], [5, 1], [1, 0]])
        let after = try story.vectors(families + [.seen(3, "c", device: "kiosk")] + asked).suffix(3)
        #expect(after == [[3, 0], [2, 1], [1, 0]])
    }

    @Test func withoutACutOffFiftyShare() throws {
        let crowd = (0..<51).map { FeatureEngine.Event.seen(Double($0), "m\($0)", ip: "hall") }
        let last = FeatureEngine.Event.seen(60, "m0")
        #expect(try RingStory().values("size", Array(crowd.prefix(50)) + [last]).last == 50)
        #expect(try RingStory().values("size", crowd + [last]).last == 1)
    }

    // MARK: frauds

    @Test func aFraudCountsFromWhenItIsKnown() throws {
        let story = RingStory(features: ["frauds": #""aggregate": "frauds""#])
        let frauds = try story.values(
            "frauds",
            [
                .seen(0, "ann", device: "phone"), .seen(1, "bob", device: "phone"),
                // It happened at 2 and is told at 5.
                .reported(2, "ann", after: 3),
                .seen(4, "bob"),
                // Logins stand before reports in the spec, and so at one moment in the order.
                .seen(5, "bob"), .seen(6, "bob"), .seen(6, "ann"),
                // Told again, it is no other.
                .reported(7, "ann"), .seen(8, "bob"),
            ])
        #expect(frauds == [0, 0, 0, 0, 1, 1, 1])
    }

    @Test func aDelayedFraudIsSeenThatMuchLater() throws {
        let story = RingStory(
            ring: """
                "members": "account", "through": ["device"],
                "fraud": { "of": "fraud", "delay": "2h" }
                """,
            features: ["frauds": #""aggregate": "frauds""#])
        let frauds = try story.values(
            "frauds",
            [
                .seen(0, "ann", device: "phone"), .seen(0, "bob", device: "phone"),
                .reported(1, "ann"), .seen(2.9, "bob"), .seen(3, "bob"),
            ])
        #expect(frauds == [0, 0, 0, 1])
    }

    @Test func aFieldCanTellOfFraudOnceItIsKnown() throws {
        let story = RingStory(
            ring: """
                "members": "account", "through": ["card"],
                "fraud": { "of": "purchase", "where": "fraud", "delay": "7d" }
                """,
            features: ["frauds": #""aggregate": "frauds", "include": "current""#],
            unit: #""purchase""#)
        let week = 7.0 * 24
        let frauds = try story.values(
            "frauds",
            [
                .bought(0, "ann", card: "visa", fraud: true),
                .bought(1, "bob", card: "visa", fraud: false),
                .bought(week - 1, "bob"), .bought(week, "bob"),
            ])
        #expect(frauds == [0, 0, 0, 1])
    }

    /// `include: current` is about links: what the vector's own event says of fraud is its label.
    @Test func theCurrentEventNeverTellsOfItsOwnFraud() throws {
        let story = RingStory(
            ring: """
                "members": "account", "through": ["card"],
                "fraud": { "of": "purchase", "where": "amount > 100" }
                """,
            features: ["frauds": #""aggregate": "frauds", "include": "current""#],
            unit: #""purchase""#)
        var large = FeatureEngine.Event.bought(0, "ann", card: "visa")
        large.values["amount"] = .integer(100_01)
        #expect(try story.values("frauds", [large, .bought(1, "ann")]) == [0, 1])
    }

    @Test func aMemberOnItsOwnCanBeAFraud() throws {
        let story = RingStory(features: [
            "frauds": #""aggregate": "frauds""#, "share": #""aggregate": "fraud_share""#,
        ])
        let vectors = try story.vectors([
            .reported(0, "ann"), .seen(1, "ann"), .seen(2, "ann", device: "phone"),
            .seen(3, "bob", device: "phone"), .seen(4, "bob"),
        ])
        #expect(vectors == [[1, 1], [1, 1], [0, 0], [1, 0.5]])
    }

    // MARK: age, growth, degree

    @Test func ageCountsFromTheFirstTie() throws {
        let story = RingStory(features: ["age": #""aggregate": "age""#])
        let ages = try story.values(
            "age",
            [
                .seen(0, "ann", device: "phone"), .seen(1, "ann"),
                .seen(2, "bob", device: "phone"), .seen(2, "bob"), .seen(3.5, "ann"),
                .seen(4, "cid", device: "phone"), .seen(5, "cid"),
            ])
        #expect(agree(ages, [.nan, .nan, .nan, 0, 1.5 * 3600, .nan, 3 * 3600]))
    }

    /// Whoever began to share something within the window has come to the ring in it, however long ago
    /// its own device was first seen.
    @Test func growthCountsThoseWhoCame() throws {
        let story = RingStory(features: [
            "hour": #""aggregate": "growth(1h)""#, "day": #""aggregate": "growth(1d)""#,
        ])
        let vectors = try story.vectors([
            .seen(0, "ann", device: "phone"), .seen(0, "dan", device: "old"),
            .seen(1, "bob", device: "phone"), .seen(1.5, "ann"),
            .seen(2, "ann"),
            .seen(2, "dan", device: "phone"), .seen(2.5, "ann"),
            .seen(25, "ann"), .seen(26, "ann"),
        ])
        #expect(vectors[0] == [0, 0])
        #expect(vectors[3] == [2, 2])
        // Exactly an hour old is outside.
        #expect(vectors[4] == [0, 2])
        #expect(vectors[6] == [1, 3])
        #expect(vectors[7] == [0, 1])
        #expect(vectors[8] == [0, 0])
    }

    @Test func degreeCountsWhatTheMemberItselfShares() throws {
        let story = RingStory(features: ["degree": #""aggregate": "degree""#])
        let degrees = try story.values(
            "degree",
            [
                .seen(0, "ann", device: "phone", ip: "home"), .seen(1, "ann", device: "own"),
                .seen(2, "bob", device: "phone"), .seen(3, "ann"),
                .seen(4, "bob", ip: "home"), .seen(5, "ann"),
                .seen(6, "cid", device: "phone"), .seen(7, "cid"),
            ])
        #expect(degrees == [0, 0, 0, 1, 1, 2, 0, 1])
    }

    /// A login of 1 o'clock that is known at 5 ties from 5 on, and its ring is as old as that.
    @Test func aLateLinkTiesFromWhenItIsKnown() throws {
        let story = RingStory(features: [
            "size": #""aggregate": "size""#, "age": #""aggregate": "age""#,
        ])
        let vectors = try story.vectors([
            .seen(0, "ann", device: "phone"), .seen(1, "bob", device: "phone", knownAfter: 4),
            .seen(4, "ann"), .seen(6, "ann"),
        ])
        #expect(agree(vectors[1], [1, .nan]))
        #expect(vectors[3] == [2, 3600])
    }

    // MARK: among other features

    @Test func derivedFeaturesAndDefaultsTakeThem() throws {
        let story = RingStory(
            features: [
                "size": #""aggregate": "size""#, "age": #""aggregate": "age", "default": -1"#,
            ],
            derived: #""twice": { "derive": "size * 2 + age" }"#)
        let vectors = try story.vectors([
            .seen(0, "ann", device: "phone"), .seen(1, "bob", device: "phone"),
            .seen(1, "bob"),
        ])
        #expect(vectors == [[1, -1, 1], [1, -1, 1], [2, 0, 4]])
    }

    @Test func anAccountsRingAtMidnight() throws {
        let story = RingStory(
            features: ["size": #""aggregate": "size""#, "frauds": #""aggregate": "frauds""#],
            unit: #"{ "entity": "account", "every": "1d" }"#)
        let events: [FeatureEngine.Event] = [
            .seen(0, "ann", device: "phone"), .seen(1, "bob", device: "phone"),
            // At midnight itself: seen then.
            .reported(12, "ann"), .seen(12, "cid", device: "phone"), .seen(40, "cid"),
        ]
        let spec = try Story.spec(story.text())
        let batch = try BatchExtractor(spec: spec, logs: Story.logs(spec, events), threads: 1)
        let matrix = try batch.vectors().matrix
        // Two midnights, three accounts.
        #expect(matrix.columns == [[3, 3, 3, 3, 3, 3], [1, 1, 1, 1, 1, 1]])
        #expect(try batch.parity().differences == 0)
        let engine = FeatureEngine(spec: spec)
        for event in events.prefix(2) { _ = try engine.process(event) }
        #expect(try engine.features(of: "ann", asOf: Story.noon + Timestamps.day) == [2, 0])
        #expect(try engine.features(of: "nobody", asOf: Story.noon + Timestamps.day) == nil)
    }

    /// A link costs 40 to 48 bytes, whatever the number of events by which it is seen.
    @Test func theStateIsThatOfLinksNotOfEvents() throws {
        let spec = try Story.spec(RingStory().text())
        let engine = FeatureEngine(spec: spec)
        func see(_ account: Int, at seconds: Double) throws {
            _ = try engine.process(
                .seen(
                    seconds / 3600, "a\(account)", device: "d\(account / 3)", ip: "i\(account)"))
        }
        for account in 0..<3000 { try see(account, at: Double(account)) }
        let bytes = engine.stateBytes
        // 6000 links, 3000 members, 4000 entities, 1000 rings; storage at most twice what is needed.
        #expect(bytes < 2 * (6000 * 48 + 3000 * 32 + 4000 * 36 + 1000 * 72))
        for round in 1..<4 {
            for account in 0..<3000 { try see(account, at: Double(round * 3000 + account)) }
        }
        #expect(engine.stateBytes == bytes)
    }
}
