import RiskColumns
import Testing

@testable import RiskFeatures

/// The events behind a value are exactly those that count.
@Suite struct ExplanationTests {
    private static func window(_ explanation: Explanation, _ name: String) throws
        -> Explanation.Window
    {
        let feature = try #require(explanation.features.first { $0.name == name })
        guard case .window(let window) = feature.origin else {
            throw Missing(name: name)
        }
        return window
    }

    private struct Missing: Error { let name: String }

    private static let lists: [String: ListContents] = ["virtual": .values(["gift", "topup"])]

    /// Values made anew from the listed events equal the engine's, bit for bit.
    @Test func listedEventsLeadToTheEnginesValues() throws {
        var random = CaseGenerator(state: 31)
        var (anew, events) = (0, 0)
        for number in 0..<(EngineLawTests.isLong ? 600 : 40) {
            let unit = number % 4 == 3 ? #"{ "entity": "account", "every": "1h" }"# : #""purchase""#
            let spec = try RandomSpec(&random, unit: unit)
            let log = RandomLog.events(
                50, keys: [1, 4, 40].randomElement(using: &random)!, &random)
            let extractor = try BatchExtractor(
                spec: spec.spec, logs: Story.logs(spec.spec, log), lists: Self.lists, threads: 1)
            let vectors = try extractor.vectors()
            for _ in 0..<min(8, vectors.count) {
                let vector = Int.random(in: 0..<vectors.count, using: &random)
                let explanation = try extractor.explain(.number(vector))
                #expect(explanation.time == vectors.times[vector])
                for (index, feature) in explanation.features.enumerated() {
                    // No spec of these hides a feature.
                    #expect(Story.same(feature.value, vectors.value(vector, index)))
                    guard case .window(let window) = feature.origin else { continue }
                    events += window.events.count
                    guard let value = window.recomputed else { continue }
                    anew += 1
                    #expect(
                        Story.same(value, feature.value),
                        "case \(number), vector \(vector): \(spec.features[index])")
                    #expect(!feature.contradicts)
                }
            }
        }
        #expect(anew > 500)
        #expect(events > 500)
    }

    @Test func windowsBoundsDelaysHopsAndTheOwnEvent() throws {
        let story = PurchaseStory(features: [
            "own":
                #""of": "purchase", "by": "account", "aggregate": "sum(amount)", "window": "1m", "include": "current""#,
            "past": #""of": "purchase", "by": "account", "aggregate": "count", "window": "1m""#,
            "tiles":
                #""of": "purchase", "by": "account", "aggregate": "count", "window": "2m", "hop": "1m""#,
            "delayed":
                #""of": "purchase", "by": "account", "aggregate": "count", "window": "1m", "delay": "1m""#,
            "logins":
                #""of": "login", "by": "account", "aggregate": "count", "where": "success", "window": "1h""#,
            "ratio": #""derive": "own / past + current.amount", "default": -1"#,
        ])
        let spec = try story.spec()
        let log: [FeatureEngine.Event] = [
            .purchase(0, amount: 100), .purchase(30, amount: 250), .purchase(60, amount: 5),
            .purchase(60, amount: 7), .purchase(90),
            .purchase(90, account: "b", amount: 1), .purchase(90, amount: 1234),
            // Happened before all of them; known at noon + 100 s, so after the vectors.
            .login(-10, knownAfter: 110, success: true),
            .login(10, knownAfter: 20, success: true), .login(20, success: false),
            .login(40, success: nil), .login(50, success: true),
        ]
        let extractor = try BatchExtractor(spec: spec, logs: Story.logs(spec, log), threads: 1)
        // The last purchase, at 90 s.
        let explanation = try extractor.explain(.number(6))
        func rows(_ name: String) throws -> [Int] {
            try Self.window(explanation, name).events.map(\.row)
        }
        let noon = Story.noon
        #expect(explanation.time == noon + 90 * Timestamps.second)
        #expect(try rows("own") == [2, 3, 6])
        #expect(try rows("past") == [2, 3, 4])
        // floor(90 s - 120 s) to the minute: from -60 s on.
        #expect(try rows("tiles") == [0, 1, 2, 3, 4])
        #expect(try Self.window(explanation, "tiles").start == noon - 60 * Timestamps.second)
        // What was so a minute ago: (-30 s, 30 s].
        #expect(try rows("delayed") == [0, 1])
        #expect(try Self.window(explanation, "delayed").start == noon - 30 * Timestamps.second)
        #expect(try Self.window(explanation, "delayed").end == noon + 30 * Timestamps.second)
        #expect(try rows("logins") == [1, 4])
        let own = try Self.window(explanation, "own")
        #expect(own.events.map(\.isOwn) == [false, false, true])
        #expect(
            own.events.map { $0.arguments.map(\.value) } == [["0.05"], ["0.07"], ["12.34"]])
        #expect(own.events[2].keys == [.init(name: "account", value: "a")])
        let derived = try #require(explanation.features.last)
        guard case .derived(let features, let current) = derived.origin else {
            Issue.record("it is derived")
            return
        }
        #expect(features == [.init(name: "own", value: 12.46), .init(name: "past", value: 3)])
        #expect(current == [.init(name: "current.amount", value: "12.34")])
        #expect(derived.definition == "own / past + current.amount; -1 where there is none")
        #expect(
            explanation.features[2].definition
                == "count of purchase by account, window 2m, hop 1m")
        #expect(
            explanation.features[4].definition
                == "count of login by account, where success, window 1h")
    }

    @Test func vectorsAreFoundByKeysAndTime() throws {
        let story = PurchaseStory(features: [
            "n": #""of": "purchase", "by": "account", "aggregate": "count""#
        ])
        let spec = try story.spec()
        let log: [FeatureEngine.Event] = [
            .purchase(0), .purchase(5, account: "b"), .purchase(5), .purchase(5),
            .purchase(7, account: nil),
        ]
        let extractor = try BatchExtractor(spec: spec, logs: Story.logs(spec, log), threads: 1)
        func at(_ seconds: Int64) -> Int64 { Story.noon + seconds * Timestamps.second }
        func find(_ account: String, _ seconds: Int64) -> Result<Int, ExtractionError> {
            Result { () throws(ExtractionError) in
                try extractor.explain(
                    .keys([.init(name: "account", value: account)], time: at(seconds))
                ).vector
            }
        }
        #expect(find("b", 5) == .success(1))
        #expect(find("a", 0) == .success(0))
        #expect(
            find("a", 5)
                == .failure(
                    ExtractionError(
                        description: "there are 2 vectors of account=a 2026-03-02T12:00:05Z: take "
                            + "one by its number, 3, 4")))
        #expect(
            find("c", 5)
                == .failure(
                    ExtractionError(
                        description: "there is no vector of account=c 2026-03-02T12:00:05Z")))
        #expect(throws: ExtractionError.self) {
            try extractor.explain(.keys([.init(name: "device", value: "x")], time: at(5)))
        }
        #expect(throws: ExtractionError.self) { try extractor.explain(.number(5)) }
        #expect(throws: ExtractionError.self) { try extractor.explain(.number(-1)) }
        // A vector without its key: nothing counts, and nothing is there to count.
        let without = try extractor.explain(.number(4))
        #expect(without.features[0].value.isNaN)
        #expect(try Self.window(without, "n").key == [.init(name: "account", value: nil)])
        #expect(!without.features[0].contradicts)
        // Numbers are those among the vectors of the range.
        let later = try extractor.explain(.number(0), among: ExtractionRange(from: at(5)))
        #expect(later.keys == [.init(name: "account", value: "b")])
    }
}
