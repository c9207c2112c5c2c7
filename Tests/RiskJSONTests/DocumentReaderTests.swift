import RiskJSON
import Testing

@Suite struct DocumentReaderTests {
    private let reader = DocumentReader()

    private func place(_ json: String) throws -> DocumentReader.Place {
        try DocumentReader.Place(root: JSONParser.parse(Array(json.utf8)))
    }

    private var messages: [String] { reader.mistakes.map(\.description) }

    @Test func everyMistakeIsNamedWithItsPlaceAndTheNearestWord() throws {
        let root = try place(
            """
            {"window": "30d",
             "agregate": "count",
             "delay": -1,
             "by": ["account", 7],
             "exact": "yes"}
            """)
        let known = ["window", "aggregate", "delay", "by", "exact"]
        let members = try #require(reader.members(of: root, known: known))
        let window = try #require(members["window"])
        let delay = try #require(members["delay"])
        let by = try #require(members["by"])
        let exact = try #require(members["exact"])
        #expect(reader.string(window) == "30d")
        #expect(reader.integer(delay, in: 0...10) == nil)
        #expect(reader.elements(of: by)?.compactMap(reader.string) == ["account"])
        #expect(reader.bool(exact) == nil)
        let error = #expect(throws: Mistakes.self) { try reader.finish() }
        #expect(
            error?.description == """
                line 2: agregate: "agregate" is not known here; did you mean "aggregate"?
                line 3: delay: expected a whole number from 0 to 10, found -1
                line 4: by[1]: expected a text, found a whole number
                line 5: exact: expected true or false, found "yes"
                """)
    }

    private enum Kind: String, CaseIterable { case count, sum, distinct }

    @Test func aChoiceNamesTheChoices() throws {
        #expect(reader.choice(try place("\"sum\""), of: Kind.self) == .sum)
        #expect(reader.choice(try place("\"distinkt\""), of: Kind.self) == nil)
        #expect(
            messages == [
                "line 1: expected one of count, sum, distinct, found \"distinkt\"; did you mean "
                    + "\"distinct\"?"
            ])
    }

    @Test func numbersHaveRangesAndListsNameTheirFirstOffender() throws {
        #expect(reader.number(try place("3"), in: 0...4) == 3)
        #expect(reader.number(try place("4.5"), in: 0...4) == nil)
        #expect(reader.numbers(try place("[1, 2.5]"), in: 0...4) == [1, 2.5])
        #expect(reader.numbers(try place("[1,\n\"a\", null, 9]"), in: 0...4) == nil)
        #expect(reader.integers(try place("[1, -2]"), in: -5...4) == [1, -2])
        #expect(reader.integers(try place("[1, 2.0]"), in: -5...4) == nil)
        #expect(reader.integers(try place("{}"), in: -5...4) == nil)
        #expect(
            messages == [
                "line 1: expected a number from 0.0 to 4.0, found 4.5",
                "line 2: [1]: expected a number from 0.0 to 4.0, found \"a\"",
                "line 1: [1]: expected a whole number from -5 to 4, found 2.0",
                "line 1: expected a list, found a mapping",
            ])
    }

    @Test func aFloodOfMistakesIsCounted() throws {
        let members = (0..<5000).map { "\"key\($0)\": 0" }.joined(separator: ", ")
        _ = reader.members(of: try place("{\(members)}"), known: ["name"])
        #expect(reader.mistakes.count == DocumentReader.mistakeLimit)
        let error = #expect(throws: Mistakes.self) { try reader.finish() }
        #expect(error?.list.last?.message == "and 4900 more mistakes")
    }

    @Test func longAndUnprintableKeysAreShownShortAndPrintable() throws {
        let long = String(repeating: "x", count: 100_000)
        let members = reader.entries(of: try place("{\"\(long)\": 1, \"a\\u001b\\n\": 2}"))
        #expect(
            members?.map(\.place.path) == [
                String(repeating: "x", count: 80) + "…", #"a\u{1b}\u{a}"#,
            ])
        #expect(members?[0].key == long)
    }

    @Test(arguments: [
        ("windwo", "window"), ("Window", "window"), ("spend_1d", "spend_7d"), ("amuont", "amount"),
        ("", ""), ("quite different", ""), ("xx", ""),
    ])
    func theNearestWordIsSuggestedWhereOneIsNear(_ word: String, _ nearest: String) {
        let text = suggestion(
            for: word, among: ["window", "amount", "spend_7d", "accounts_on_ip_1d"])
        #expect(text == (nearest.isEmpty ? "" : "; did you mean \"\(nearest)\"?"))
    }
}
