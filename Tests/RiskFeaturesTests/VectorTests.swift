import RiskColumns
import Testing

@testable import RiskFeatures

/// What there is a vector of, its label, and what identifies it.
@Suite struct VectorTests {
    static let count = #""of": "purchase", "by": "account", "aggregate": "count", "window": "1d""#
    static let missing = Column.missing

    static func vectors(
        _ vectors: String, zone: String = "UTC", range: ExtractionRange = ExtractionRange(),
        features: KeyValuePairs<String, String> = ["n": count], _ events: [FeatureEngine.Event]
    ) throws -> FeatureVectors {
        let spec = try PurchaseStory(features: features, vectors: vectors, zone: zone).spec()
        return try BatchExtractor(spec: spec, logs: Story.logs(spec, events), threads: 2)
            .vectors(range)
    }

    static func texts(_ column: Column) -> [String] {
        guard case .codes(let codes, let names) = column.storage else { return [] }
        return codes.map { $0 < 0 ? "-" : names[$0] }
    }

    static func seconds(_ times: [Int64]) -> [Double] {
        times.map { Double($0 - Story.noon) / 1e6 }
    }

    // MARK: one vector an event

    @Test func aTableHoldsTimeKeysCarriedFieldsLabelAndFeatures() throws {
        let table = try Self.vectors(
            #""unit": "purchase", "label": { "field": "fraud" }, "carry": ["amount", "category"]"#,
            [.purchase(5, amount: 150, category: "gift", fraud: true), .purchase(0, account: nil)]
        ).table
        #expect(
            table.columns.map(\.name) == ["time", "account", "amount", "category", "label", "n"])
        // In the order in which they became known.
        guard case .integers(let times)? = table["time"]?.storage,
            case .integers(let amounts)? = table["amount"]?.storage
        else {
            Issue.record("columns are missing")
            return
        }
        #expect(Self.seconds(times) == [0, 5])
        #expect(Self.texts(table.columns[1]) == ["-", "a"])
        #expect(amounts == [Self.missing, 150])
        #expect(Self.texts(table.columns[3]) == ["-", "gift"])
    }

    @Test func aRangeChoosesVectorsButHidesNoEvents() throws {
        let range = ExtractionRange(
            from: Story.noon + 10_000_000, until: Story.noon + 30_000_000)
        let vectors = try Self.vectors(
            #""unit": "purchase""#, range: range,
            [.purchase(0), .purchase(10), .purchase(20), .purchase(30)])
        #expect(Self.seconds(vectors.times) == [10, 20])
        #expect(vectors.matrix.columns[0] == [1, 2])
    }

    @Test func defaultsFillWhatIsMissingBeforeOthersReadIt() throws {
        let last = #""of": "purchase", "by": "account", "aggregate": "last(amount)""#
        let vectors = try Self.vectors(
            #""unit": "purchase""#,
            features: [
                "plain": last, "filled": last + #", "default": -1"#,
                "next": #""derive": "filled * 2""#,
                "guarded": #""derive": "plain * 2", "default": 7"#,
            ], [.purchase(0, amount: 300), .purchase(1)])
        let columns = vectors.matrix.columns
        #expect(agree(columns[0], [.nan, 3]))
        #expect(columns[1] == [-1, 3])
        #expect(columns[2] == [-2, 6])
        #expect(columns[3] == [7, 6])
    }

    /// A hidden feature serves others and is no column; it keeps its default.
    @Test func hiddenFeaturesAreReadButNotShown() throws {
        let vectors = try Self.vectors(
            #""unit": "purchase""#,
            features: [
                "habit":
                    #""of": "purchase", "by": "account", "aggregate": "mean(amount)", "default": 4, "hidden": true"#,
                "ratio": #""derive": "current.amount / habit""#,
            ], [.purchase(0, amount: 800), .purchase(1, amount: 800)])
        #expect(vectors.matrix.names == ["ratio"])
        #expect(vectors.matrix.columns == [[2, 1]])
        #expect(vectors.table["habit"] == nil)
    }

    // MARK: labels

    /// A field that is known 7 days after the event is a label from then on.
    @Test func aFieldIsALabelOnceItIsKnown() throws {
        let events: [FeatureEngine.Event] = [
            .purchase(0, fraud: true), .purchase(1, fraud: false), .purchase(2),
        ]
        let week = 7 * Timestamps.day
        func labels(_ asOf: Int64) throws -> [Int64]? {
            try Self.vectors(
                #""unit": "purchase", "label": { "field": "fraud" }"#,
                range: ExtractionRange(asOf: asOf), events
            ).labels
        }
        let m = Self.missing
        #expect(try labels(Story.noon + week - 1) == [m, m, m])
        #expect(try labels(Story.noon + week) == [1, m, m])
        // The third has no value at any time.
        #expect(try labels(Story.noon + week + 2_000_000) == [1, 0, m])
    }

    static let within = #""unit": "purchase", "label": { "from": "report", "within": "60s" }"#

    /// [t, t + 60 s]: both ends count.
    @Test(arguments: [(-0.000001, 0), (0, 1), (60, 1), (60.000001, 0)])
    func anEventIsALabelWhereItHappensWithin(second: Double, label: Int64) throws {
        let labels = try Self.vectors(
            Self.within, range: ExtractionRange(asOf: Story.noon + Timestamps.day),
            [.purchase(0), .report(second, toldAfter: 0, account: "a")]
        ).labels
        #expect(labels == [label])
    }

    @Test func aLabelIsOneAsSoonAsTheEventIsKnownAndZeroOnceTheSpanIsOver() throws {
        let events: [FeatureEngine.Event] = [
            .purchase(0, account: "a"), .purchase(0, account: "b"), .purchase(0, account: nil),
            .report(10, toldAfter: 20, account: "a"),
        ]
        func labels(_ second: Double) throws -> [Int64]? {
            try Self.vectors(
                Self.within, range: ExtractionRange(asOf: Story.noon + Int64(second * 1e6)), events
            ).labels
        }
        let m = Self.missing
        // It happened at 10 s, and nobody knew before 30 s.
        #expect(try labels(29.999999) == [m, m, m])
        #expect(try labels(30) == [1, m, m])
        #expect(try labels(59.999999) == [1, m, m])
        #expect(try labels(60) == [1, 0, 0])
    }

    @Test func labelsAreAskedForAtTheEndOfTheLogUnlessToldOtherwise() throws {
        let labels = try Self.vectors(
            Self.within, [.purchase(0), .purchase(60), .purchase(61)]
        ).labels
        #expect(labels == [0, Self.missing, Self.missing])
    }

    @Test func withoutALabelThereIsNoColumn() throws {
        let vectors = try Self.vectors(#""unit": "purchase""#, [.purchase(0)])
        #expect(vectors.labels == nil)
        #expect(vectors.table["label"] == nil)
    }

    // MARK: one vector an entity and moment

    @Test func everyEntitySeenSoFarHasAVectorAtEachSnapshot() throws {
        let day = 86_400.0
        let vectors = try Self.vectors(
            #""unit": { "entity": "account", "every": "1d" }"#, zone: "Asia/Shanghai",
            [
                .purchase(0, account: "a"), .purchase(1, account: nil),
                .login(day, account: "b"), .purchase(2 * day, account: "a"),
            ])
        // Noon UTC is 20:00 in Shanghai; its midnights are 4 hours, 1 day 4 hours … after noon.
        #expect(Self.seconds(vectors.times) == [14_400, 14_400 + day, 14_400 + day])
        #expect(Self.texts(vectors.keys[0]) == ["a", "a", "b"])
        #expect(vectors.matrix.columns[0] == [1, 0, 0])
    }

    @Test func aSnapshotSeesWhatIsKnownAtItsMoment() throws {
        let vectors = try Self.vectors(
            #""unit": { "entity": "account", "every": "1m" }"#,
            features: [
                "n": Self.count,
                "logins": #""of": "login", "by": "account", "aggregate": "count""#,
            ],
            [
                .purchase(0), .login(30, knownAfter: 60), .purchase(60), .purchase(60),
                .purchase(119),
            ])
        #expect(Self.seconds(vectors.times) == [0, 60])
        #expect(vectors.matrix.columns[0] == [1, 3])
        #expect(vectors.matrix.columns[1] == [0, 0])
    }

    @Test func withoutARhythmThereIsOneSnapshotAsOfTheEnd() throws {
        let events: [FeatureEngine.Event] = [
            .purchase(0, account: "a"), .purchase(10, account: "b"), .purchase(20, account: "a"),
        ]
        let unit = #""unit": { "entity": "account" }"#
        let end = try Self.vectors(unit, events)
        #expect(Self.seconds(end.times) == [20, 20])
        #expect(end.matrix.columns[0] == [2, 1])
        let early = try Self.vectors(
            unit, range: ExtractionRange(asOf: Story.noon + 5_000_000), events)
        #expect(Self.texts(early.keys[0]) == ["a"])
        #expect(early.matrix.columns[0] == [1])
        let never = try Self.vectors(unit, range: ExtractionRange(asOf: Story.noon - 1), events)
        #expect(never.times == [])
    }

    /// The night that New York's clocks skip from two to three: six snapshots an hour, none twice,
    /// none backwards, and the same values live.
    @Test func snapshotsAreInOrderWhereClocksAreMoved() throws {
        let begin = Story.time("2026-03-08T06:30:00Z")
        let events = (0..<12).map { index in
            FeatureEngine.Event(
                type: "purchase", time: begin + Int64(index) * 10 * Timestamps.minute,
                values: ["account": .text("a")])
        }
        let hour = #""of": "purchase", "by": "account", "aggregate": "count", "window": "1h""#
        let vectors = try Self.vectors(
            #""unit": { "entity": "account", "every": "10m" }"#, zone: "America/New_York",
            features: ["n": hour], events)
        let expected = (0..<12).map { begin + Int64($0) * 10 * Timestamps.minute }
        // 06:30, 06:40, 06:50, then 07:00, when the clocks show three.
        #expect(vectors.times == expected)
        #expect(vectors.matrix.columns[0] == [1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 6, 6])
    }

    @Test func labelsOfSnapshots() throws {
        let labels = try Self.vectors(
            #""unit": { "entity": "account", "every": "1m" }, "label": { "from": "report", "within": "1m" }"#,
            [
                .purchase(0, account: "a"), .purchase(0, account: "b"),
                .report(90, toldAfter: 0, account: "b"), .purchase(150, account: "a"),
            ]
        ).labels
        // Snapshots at 0, 60 and 120 s, each of a and b; as of 150 s the last is not mature.
        #expect(labels == [0, 0, 0, 1, Self.missing, Self.missing])
    }

    // MARK: bounds

    /// A snapshot a second over ten years is an error, at once, not a full memory.
    @Test func tooManySnapshotsAreRefused() throws {
        let years: [FeatureEngine.Event] = [.purchase(0), .purchase(10 * 365 * 86_400)]
        #expect(
            throws: ExtractionError(
                description: "a vector of each entity every 1s from 2026-03-02T12:00:00Z to "
                    + "2036-02-28T12:00:00Z would make more than 200000000 vectors; take a longer "
                    + "\"every\" or a shorter range")
        ) { try Self.vectors(#""unit": { "entity": "account", "every": "1s" }"#, years) }
        let many = (0..<10).map { FeatureEngine.Event.purchase(Double($0), account: "\($0)") }
        let unit = #""unit": { "entity": "account", "every": "1s" }"#
        #expect(throws: ExtractionError.self) {
            try Self.vectors(unit, range: ExtractionRange(vectorLimit: 54), many)
        }
        #expect(
            try Self.vectors(unit, range: ExtractionRange(vectorLimit: 55), many).times.count == 55)
    }

    @Test func asOfMustBeATimeOfALog() throws {
        for asOf in [Int64.min, Timestamps.earliest - 1, Timestamps.end, .max] {
            #expect(throws: ExtractionError.self) {
                try Self.vectors(
                    #""unit": "purchase""#, range: ExtractionRange(asOf: asOf), [.purchase(0)])
            }
        }
    }

    @Test(arguments: [
        #""unit": "purchase", "label": { "field": "fraud" }, "carry": ["amount"]"#,
        #""unit": { "entity": "account", "every": "1s" }, "label": { "from": "report", "within": "1d" }"#,
        #""unit": { "entity": "account" }"#,
    ])
    func emptyLogsAndLogsWithoutKeysAreFine(unit: String) throws {
        let none = try Self.vectors(unit, [])
        #expect(none.times == [])
        #expect(none.matrix.names == ["n"])
        let nobody = try Self.vectors(
            unit,
            [.purchase(0, account: nil), .purchase(1e6, account: nil), .login(2e6, account: nil)])
        #expect(nobody.matrix.columns[0].allSatisfy { $0.isNaN })
        #expect(nobody.times.count == (unit.contains("entity") ? 0 : 2))
    }

    /// A spec may name any number of types of events.
    @Test func threeHundredTypesOfEventsAreToldApart() throws {
        let types = (0..<300).map { #""e\#($0)": { "time": "at", "keys": ["account"] }"# }
        let spec = try Story.spec(
            """
            { "riskkit": "features/1", "events": { \(types.joined(separator: ",")) },
              "features": { "n": { "of": "e299", "by": "account", "aggregate": "count" } },
              "vectors": { "unit": "e299" } }
            """)
        let events = (0..<6).map { number in
            FeatureEngine.Event(
                type: number % 2 == 0 ? "e299" : "e43", time: Story.noon + Int64(number),
                values: ["account": .text("a")])
        }
        let vectors = try BatchExtractor(
            spec: spec, logs: Story.logs(spec, events), threads: 2
        ).vectors()
        #expect(vectors.matrix.columns[0] == [0, 1, 2])
    }

    /// Chunks hold what their moments cost, not their events alone.
    @Test func keyValuesThatAreAskedOftenMakeSmallerChunks() throws {
        let spec = try Story.spec(
            """
            { "riskkit": "features/1", "events": { "e": { "time": "at", "keys": ["account"] } },
              "features": { "n": { "of": "e", "by": "account", "aggregate": "count" } },
              "vectors": { "unit": { "entity": "account" } } }
            """)
        let events = (0..<100).map { number in
            FeatureEngine.Event(
                type: "e", time: Story.noon + Int64(number),
                values: ["account": .text("a\(number)")])
        }
        let extractor = try BatchExtractor(
            spec: spec, logs: Story.logs(spec, events), threads: 1)
        let items = KeyedEvents(extractor, group: extractor.groups[0])
        #expect(items.chunks(of: 2048, moments: 1) == [0..<100])
        #expect(items.chunks(of: 2048, moments: 200).map(\.count).max() == 10)
        #expect(items.chunks(of: 2048, moments: 5000).count == 100)
        #expect(items.chunks(of: 2048, moments: 200).flatMap { Array($0) } == Array(0..<100))
    }
}
