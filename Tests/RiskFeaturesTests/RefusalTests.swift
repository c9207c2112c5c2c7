import RiskColumns
import Testing

@testable import RiskFeatures

/// Events that are none: refused, with nothing changed.
@Suite struct RefusalTests {
    static let story = PurchaseStory(features: [
        "n": #""of": "purchase", "by": "account", "aggregate": "count", "window": "1h""#,
        "gifts": #""of": "purchase", "by": "account", "aggregate": "share(category = 'gift')""#,
        "last": #""of": "purchase", "by": "account", "aggregate": "last(amount)""#,
        "logins": #""of": "login", "by": "account", "aggregate": "count", "delay": "1m""#,
    ])

    static func event(
        type: String = "purchase", time: Int64 = Story.noon + 2_000_000, known: Int64? = nil,
        _ values: [String: FeatureEngine.Value] = [:]
    ) -> FeatureEngine.Event {
        var values = values
        values["account"] = values["account"] ?? .text("a")
        return .init(type: type, time: time, known: known, values: values)
    }

    static let refused: [(FeatureEngine.Event, FeatureEngine.Refusal)] = [
        (event(type: "sale"), .unknownType("sale")),
        (event(type: ""), .unknownType("")),
        (event(["amuont": .integer(1)]), .unknownField("amuont")),
        (event(["time": .integer(1)]), .unknownField("time")),
        (event(["account": .integer(1)]), .wrongType(field: "account")),
        (event(["amount": .number(1.5)]), .wrongType(field: "amount")),
        (event(["amount": .text("1.50")]), .wrongType(field: "amount")),
        (event(["amount": .integer(Decimals.largest + 1)]), .wrongType(field: "amount")),
        (event(["items": .integer(.max)]), .wrongType(field: "items")),
        (event(["items": .bool(true)]), .wrongType(field: "items")),
        (event(["weight": .integer(1)]), .wrongType(field: "weight")),
        (event(["fraud": .integer(1)]), .wrongType(field: "fraud")),
        (event(["category": .bool(true)]), .wrongType(field: "category")),
        (event(known: Story.noon + 1_999_999), .knownBeforeItHappened),
        (event(time: Story.noon), .outOfOrder),
        (event(time: .max), .timeOutOfRange),
        (event(time: .min), .timeOutOfRange),
        (event(time: Timestamps.end), .timeOutOfRange),
        (event(time: Timestamps.earliest - 1), .timeOutOfRange),
        (event(known: .max), .timeOutOfRange),
    ]

    static let before: [FeatureEngine.Event] = [
        .purchase(0, amount: 100, category: "gift"), .login(0), .purchase(1, amount: 200),
    ]
    static let after: [FeatureEngine.Event] = [
        .purchase(3, amount: 300, category: "food"), .purchase(90, amount: 400), .purchase(90),
    ]

    @Test func aRefusedEventLeavesTheEngineAsItWas() throws {
        let spec = try Self.story.spec()
        let undisturbed = FeatureEngine(spec: spec)
        let disturbed = FeatureEngine(spec: spec)
        for event in Self.before {
            _ = try undisturbed.process(event)
            _ = try disturbed.process(event)
        }
        for (event, refusal) in Self.refused {
            #expect(throws: refusal, "\(event)") { try disturbed.process(event) }
        }
        for event in Self.after {
            let expected = try #require(try undisturbed.process(event))
            let found = try #require(try disturbed.process(event))
            #expect(agree(found, expected))
        }
    }

    /// Events that are given together, with refused ones here and there among them.
    @Test func amongEventsThatAreGivenTogetherEachIsRefusedForItself() throws {
        let spec = try Self.story.spec()
        let undisturbed = FeatureEngine(spec: spec)
        let engine = FeatureEngine(spec: spec)
        let layout = try #require(engine.layout(of: "purchase"))
        func laidOut(_ event: FeatureEngine.Event) -> FeatureEngine.LaidOutEvent {
            .init(
                engine.layout(of: event.type)!, time: event.time, known: event.known,
                values: engine.layout(of: event.type)!.names.map { event.values[$0] })
        }
        let refused = Self.refused.filter { event, _ in
            event.type == "purchase" && event.values.keys.allSatisfy { layout.names.contains($0) }
        }
        #expect(refused.count > 12)
        let events = Self.before + refused.map(\.0) + Self.after
        let results = engine.process(events.map(laidOut))
        #expect(results.count == events.count)
        for (result, (event, refusal)) in zip(results.dropFirst(Self.before.count), refused) {
            #expect(result == .failure(refusal), "\(event)")
        }
        let accepted = results.prefix(Self.before.count) + results.suffix(Self.after.count)
        for (result, event) in zip(accepted, Self.before + Self.after) {
            let expected = try undisturbed.process(event)
            #expect(try agree(result.get() ?? [], expected ?? []))
        }
        #expect(engine.snapshot() == undisturbed.snapshot())
        #expect(engine.process([]).isEmpty)
    }

    /// A text that only a refused event had is not known afterwards.
    @Test func aRefusedEventTeachesNoNames() throws {
        var story = Self.story
        story.vectors = #""unit": { "entity": "account" }"#
        let engine = FeatureEngine(spec: try story.spec())
        #expect(throws: FeatureEngine.Refusal.wrongType(field: "items")) {
            try engine.process(Self.event(["account": .text("z"), "items": .bool(true)]))
        }
        #expect(try engine.features(of: "z", asOf: Story.noon + 2_000_000) == nil)
    }

    @Test func entitiesAreAskedForInTheOrderOfTime() throws {
        var story = Self.story
        story.vectors = #""unit": { "entity": "account" }"#
        let engine = FeatureEngine(spec: try story.spec())
        for event in Self.before { #expect(try engine.process(event) == nil) }
        let now = Story.noon + 60_000_000
        // Asked again at the same moment, the same.
        for _ in 0..<2 {
            let vector = try #require(try engine.features(of: "a", asOf: now))
            #expect(vector == [2, 1, 2, 1])
        }
        #expect(try engine.features(of: "nobody", asOf: now) == nil)
        #expect(throws: FeatureEngine.Refusal.outOfOrder) {
            try engine.features(of: "a", asOf: now - 1)
        }
        for moment in [Int64.max, .min] {
            #expect(throws: FeatureEngine.Refusal.timeOutOfRange) {
                try engine.features(of: "a", asOf: moment)
            }
        }
        #expect(throws: FeatureEngine.Refusal.outOfOrder) {
            try engine.process(.purchase(59))
        }
        _ = try engine.process(.purchase(60))
        #expect(try engine.features(of: "a", asOf: now)?[0] == 3)
    }

    @Test func anEngineOfEventsHasNoEntities() throws {
        let engine = FeatureEngine(spec: try Self.story.spec())
        _ = try engine.process(.purchase(0))
        #expect(try engine.features(of: "a", asOf: Story.noon) == nil)
    }

    /// The same of a log: the first event that is none is named by its row.
    @Test func aLogIsRefusedByItsFirstEventThatIsNone() throws {
        let spec = try Self.story.spec()
        func refusal(_ events: [FeatureEngine.Event]) -> String {
            do {
                _ = try BatchExtractor(spec: spec, logs: Story.logs(spec, events), threads: 1)
                return "none"
            } catch {
                return "\(error)"
            }
        }
        #expect(refusal(Self.before) == "none")
        #expect(
            refusal(Self.before + [Self.event(time: Timestamps.end)])
                == "purchase, event 3: at is outside the years 1900 to 2199")
        #expect(
            refusal([Self.event(time: Column.missing)]) == "purchase, event 1: at is missing")
        #expect(
            refusal([Self.event(type: "login", known: Story.noon)])
                == "login, event 1: known (seen) at 2026-03-02T12:00:00Z, before it happened at "
                + "2026-03-02T12:00:02Z")
        let tooLarge = Decimals.largest + 1
        #expect(
            refusal([Self.event(["items": .integer(tooLarge)])])
                == "purchase, event 1: items is 1000000000000000; integers are read up to "
                + "999999999999999, beyond which sums would not be exact")
        #expect(refusal([Self.event(["amount": .integer(-tooLarge)])]).contains("amount is -"))
    }

    @Test func listsInTheSpecNeedNotBeGivenAgain() throws {
        var story = Self.story
        story.features = [
            "n":
                #""of": "purchase", "by": "account", "aggregate": "count", "where": "category in virtual", "include": "current""#
        ]
        #expect(try story.last([.purchase(0, category: "topup")]) == [1])
    }
}
