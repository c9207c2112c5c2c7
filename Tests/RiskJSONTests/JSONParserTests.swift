import RiskJSON
import Testing

@Suite struct JSONParserTests {
    @Test func valuesOfEveryKindAreRead() throws {
        let read = try parse(
            #"""
            {"a": [null, true, false, 0, -0, -7, 1.5, 1e3, 9223372036854775807, 9223372036854775808],
             "b": {"": "\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00é😀"}}
            """#)
        #expect(
            read
                == .object([
                    "a": [
                        nil, true, false, 0, Node(-0.0), -7, 1.5, 1000.0,
                        Node(.integer(.max)), 9.223372036854775808e18,
                    ],
                    "b": .object(["": "\"\\/\u{8}\u{c}\n\r\té😀é😀"]),
                ]))
    }

    /// RFC 8259, section by section.
    @Test(arguments: [
        "{}", "[]", " [ ] ", "\t\n\r {\n}\r", "0", "-0", "-1", "0.0", "10", "1E5", "1e+5", "1e-5",
        "1.5e300", "123456789012345678901234567890", "1e-400", "\"\"", "\"\\u0000\"", "\"\\uFFFF\"",
        "\"\u{7f}\"", "\"\u{2028}\"", "\"\\ud800\\udc00\"", "null", "true", "false",
        "[[[[]]]]", "{\"a\":{\"a\":1}}", "[1,[2],{\"k\":[3]}]",
    ])
    func acceptsWhatTheStandardAllows(_ text: String) throws {
        _ = try parse(text)
    }

    @Test(arguments: [
        "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1,,2]", "{\"a\"}",
        "{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}", "{'a':1}", "{1:2}", "{\"a\":1 \"b\":2}",
        "{\"a\":1}{}", "1 2", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "-", "+1",
        "01",
        "-01", "1.", ".5", "1.e5", "1e", "1e+", "0x10", "1_000", "1e400", "-1e400", "\"", "\"a",
        "\"\\\"", "\"\\x41\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
        "\"\\udc00\"", "\"\n\"", "\"\t\"", "\"\u{0}\"", "'a'", "// a\n1", "/* */1", "\u{feff}1",
        "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "\u{c}1", "\u{a0}1",
    ])
    func refusesWhatItForbids(_ text: String) {
        #expect(throws: JSONParser.Failure.self) { try parse(text) }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22], [0x80],
            [0xEF, 0xBB, 0xBF, 0x31],
            [0x22, 0x5C, 0x6E, 0xFF, 0x22],
        ] as [[UInt8]])
    func refusesWhatIsNoUTF8(_ bytes: [UInt8]) {
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(bytes) }
    }

    @Test func aFailureNamesItsPlace() {
        let failure = #expect(throws: JSONParser.Failure.self) {
            try parse("{\n  \"a\": 1,\n  \"b\": nul\n}")
        }
        #expect(failure?.description == "line 3, column 8: expected null")
    }

    @Test func valuesKnowTheirLines() throws {
        let read = try parse("{\n\"a\": [\n1,\n2]}")
        #expect(read.line == 1)
        #expect(read["a"]?.line == 2)
        guard case .array(let values) = read["a"]?.content else { return #expect(Bool(false)) }
        #expect(values.map(\.line) == [3, 4])
    }

    @Test func aBombIsRefusedBeforeItExplodes() {
        for bomb in [
            String(repeating: "[", count: 1_000_000),
            String(repeating: "{\"a\":", count: 1_000_000),
        ] {
            let failure = #expect(throws: JSONParser.Failure.self) { try parse(bomb) }
            #expect(failure?.message == "nested deeper than 64 levels")
        }
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(throws: Never.self) { try parse(deepest) }
        #expect(throws: JSONParser.Failure.self) { try parse("[" + deepest + "]") }
        #expect(throws: JSONParser.Failure.self) {
            try JSONParser.parse(Array("[1, 2]".utf8), limits: JSONParser.Limits(bytes: 5))
        }
        #expect(throws: JSONParser.Failure.self) { try parse(String(repeating: "1", count: 401)) }
    }

    @Test func aKeyInAMessageCannotDriveTheTerminal() {
        let failure = #expect(throws: JSONParser.Failure.self) {
            try parse(#"{"\u001b[2J": 1, "\u001b[2J": 2}"#)
        }
        #expect(failure?.message == #"the key "\u{1b}[2J" stands twice"#)
    }

    /// Truncations, flipped bits and spliced pieces of valid documents: read or refused, and what is
    /// read survives writing and reading.
    @Test func noBytesCrashTheParser() throws {
        var random = SeededGenerator(seed: 11)
        var read = 0
        for _ in 0..<3000 {
            var bytes = Array(Node.random(depth: 4, using: &random).json(.indented).utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1: bytes.removeSubrange(place...)
                case 2:
                    bytes.insert(
                        "[]{},:\"\\eE.-0\u{0}".utf8.randomElement(using: &random)!, at: place)
                default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: 0)
                }
            }
            guard let node = try? JSONParser.parse(bytes) else { continue }
            read += 1
            for layout in [Node.Layout.compact, .indented] {
                #expect(try JSONParser.parse(Array(node.json(layout).utf8)) == node)
            }
        }
        #expect(read > 500 && read < 2900)
    }

    private func parse(_ text: String) throws -> Node { try JSONParser.parse(Array(text.utf8)) }
}

@Suite struct JSONWriterTests {
    @Test func compactHasNoSpaceAndIndentedReadsLikeAPage() {
        let node = Node.object([
            "name": "a \"b\"\\\n\u{1}", "list": [1, 2.5, nil], "rows": [[1], .object(["k": true])],
            "none": [], "empty": .object([Node.Member]()),
        ])
        #expect(
            node.json()
                == #"{"name":"a \"b\"\\\n\u0001","list":[1,2.5,null],"rows":[[1],{"k":true}],"none":[],"empty":{}}"#
        )
        #expect(
            node.json(.indented) == #"""
                {
                  "name": "a \"b\"\\\n\u0001",
                  "list": [1, 2.5, null],
                  "rows": [
                    [1],
                    {
                      "k": true
                    }
                  ],
                  "none": [],
                  "empty": {}
                }
                """#)
    }

    @Test func everyDoubleSurvivesToTheBit() throws {
        var random = SeededGenerator(seed: 12)
        let fixed: [Double] = [
            0, -0.0, 1, 0.1, 1 / 3, 1e15, 1e16, 1e17, .leastNonzeroMagnitude,
            .leastNormalMagnitude, .leastNormalMagnitude.nextDown, .greatestFiniteMagnitude, .pi,
            9007199254740992, 1e23,
        ]
        let drawn = (0..<20_000).map { _ in Double(bitPattern: random.next()) }.filter(\.isFinite)
        for value in fixed + drawn {
            let text = Node(value).json()
            guard case .number(let read) = try JSONParser.parse(Array(text.utf8)).content else {
                Issue.record("\(text) is read as something else than a number")
                continue
            }
            #expect(read.bitPattern == value.bitPattern, "\(text)")
        }
    }

    @Test func theDigestIsThatOfTheCompactText() {
        var random = SeededGenerator(seed: 13)
        for _ in 0..<50 {
            let node = Node.random(depth: 4, using: &random)
            #expect(node.sha256() == SHA256.hexadecimal(node.json().utf8))
        }
        let long = Node.array((0..<20_000).map { Node($0) })
        #expect(long.sha256() == SHA256.hexadecimal(long.json().utf8))
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers for a seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}

extension Node {
    /// A document of random shape.
    static func random(depth: Int, using random: inout SeededGenerator) -> Node {
        let words = ["a", "b", "key", "é", "\u{1}\"", "😀\\", "", "a longer text with spaces"]
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: return nil
        case 1: return Node(Bool.random(using: &random))
        case 2: return Node(.integer(Int64(bitPattern: random.next())))
        case 3: return Node(Double.random(in: -1000...1000, using: &random))
        case 4: return Node(Double(bitPattern: random.next()))
        case 5: return Node(words.randomElement(using: &random)!)
        case 6:
            return .array(
                (0..<Int.random(in: 0...5, using: &random)).map { _ in
                    .random(depth: depth - 1, using: &random)
                })
        default:
            let keys = words.shuffled(using: &random).prefix(Int.random(in: 0...5, using: &random))
            return .object(keys.map { Member($0, .random(depth: depth - 1, using: &random)) })
        }
    }
}
