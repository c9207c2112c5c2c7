import Foundation
import RiskJSON
import RiskTables
import Testing

@Suite("YAML into the shape of JSON")
struct YAMLTests {
    func parse(_ text: String) throws(Mistakes) -> Node { try parseYAML(Array(text.utf8)) }

    func mistakes(_ text: String) -> [String] {
        do throws(Mistakes) {
            _ = try parse(text)
            return []
        } catch {
            return error.list.map(\.description)
        }
    }

    @Test("mappings, lists and scalars, each with its line")
    func lines() throws {
        let root = try parse(
            """
            # A spec.
            riskkit: features/1
            events:
              login: { time: at, keys: [account, device] }
              purchase:
                fields:
                  - amount
                  - 'x'
            empty: {}
            """)
        #expect(root["riskkit"]?.content == .string("features/1"))
        #expect(root["riskkit"]?.line == 2)
        #expect(root["events"]?["login"]?["keys"]?.content == .array(["account", "device"]))
        #expect(root["events"]?["login"]?["keys"]?.line == 4)
        guard case .array(let fields)? = root["events"]?["purchase"]?["fields"]?.content else {
            Issue.record("no list")
            return
        }
        #expect(fields == ["amount", "x"])
        #expect(fields.map(\.line) == [7, 8])
        #expect(root["empty"]?.content == .object([]))
    }

    @Test(
        "what a plain scalar means by the core schema",
        arguments: [
            ("null", .null), ("~", .null), ("", .null), ("Null", .null), ("true", .bool(true)),
            ("FALSE", .bool(false)), ("True", .bool(true)), ("12", .integer(12)),
            ("-7", .integer(-7)), ("+7", .integer(7)), ("007", .integer(7)), ("0x1F", .integer(31)),
            ("0o17", .integer(15)), ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1.5", .number(1.5)),
            ("-.5", .number(-0.5)), ("1e3", .number(1000)), ("2.", .number(2)),
            ("1.0", .number(1)), ("7d", .string("7d")), ("0..<6", .string("0..<6")),
            ("yes", .string("yes")), ("no", .string("no")), ("on", .string("on")),
            ("12:30", .string("12:30")), ("2018-04-01", .string("2018-04-01")),
            ("1_000", .string("1_000")), ("inf", .string("inf")), ("nan", .string("nan")),
            (".", .string(".")), ("tRUE", .string("tRUE")),
            ("0x", .string("0x")), ("1.2.3", .string("1.2.3")), ("'12'", .string("12")),
            ("\"true\"", .string("true")), ("''", .string("")), ("\"\\u00e9\\n\"", .string("é\n")),
            ("spend_1d / (spend_30d / 30)", .string("spend_1d / (spend_30d / 30)")),
            ("a * b & c", .string("a * b & c")), ("R&D *x", .string("R&D *x")),
        ] as [(String, Node.Content)])
    func scalars(_ text: String, _ content: Node.Content) throws {
        #expect(try parse("v: \(text)\n")["v"]?.content == content)
    }

    @Test("texts of several lines")
    func blocks() throws {
        let root = try parse("a: |\n  one\n  two\nb: >\n  one\n  two\nc: one\n  two\n")
        #expect(root["a"] == "one\ntwo\n")
        #expect(root["b"] == "one two\n")
        #expect(root["c"] == "one two")
    }

    @Test("anchors and aliases are refused")
    func aliases() {
        let refused = "anchors (&name) and aliases (*name) are not read; write the value out"
        #expect(mistakes("a: &x 1\n") == ["line 1: a: \(refused)"])
        #expect(mistakes("a: &x [1]\nb: *x\n") == ["line 2: \(refused)"])
        #expect(mistakes("a: 1\nb: *y\n") == ["line 2: \(refused)"])
        #expect(mistakes("a: {&k b: 1}\n") == ["line 1: a.b: \(refused)"])
        // Nine levels of nine: 3.9e8 values from some lines, as values and as keys.
        for lead in ["", "? "] {
            var bomb = "l0: &l0 [x, x, x, x, x, x, x, x, x]\n"
            for level in 1...9 {
                let parts = Array(repeating: "*l\(level - 1)", count: 9).joined(separator: ", ")
                bomb += "\(lead)l\(level)\(lead.isEmpty ? "" : "\n"): &l\(level) [\(parts)]\n"
            }
            #expect(mistakes(bomb) == ["line \(lead.isEmpty ? 2 : 3): \(refused)"])
        }
    }

    @Test("every mistake is named with its line and the way to it")
    func all() {
        let found = mistakes(
            """
            a: .nan
            b:
              - 1
              - { c: -.inf, ? [x] : 1 }
            d: !!int 3
            e: !thing { x: 1 }
            f: 1e400
            """)
        #expect(
            found == [
                "line 1: a: the number .nan is not finite",
                "line 4: b[1].c: the number -.inf is not finite",
                "line 4: b[1]: expected a key that is a text",
                "line 5: d: tags (tag:yaml.org,2002:int) are not read",
                "line 6: e: tags (!thing) are not read",
                "line 7: f: the number 1e400 is not finite",
            ])
    }

    @Test("keys that stand twice")
    func duplicates() {
        #expect(mistakes("a: 1\nb: 2\na: 3\n") == ["line 1: the key \"a\" stands twice"])
        #expect(mistakes("x:\n  a: 1\n  'a': 3\n") == ["line 2: the key \"a\" stands twice"])
    }

    @Test(
        "what is no YAML",
        arguments: [
            ("a: [1, 2\n", 2), ("a: 'x\n", 2), ("a: 1\n b: 2\n", 2), ("\ta: 1\n", 1),
            ("a: 1\n---\nb: 2\n", 2), ("a: @x\n", 1), ("a: b: c\n", 1), ("a: \"\\q\"\n", 1),
        ])
    func malformed(_ text: String, _ line: Int) {
        let found = mistakes(text)
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("line \(line): no YAML: "), "\(found)")
        #expect(!found[0].contains("\n"))
    }

    @Test("bounds on size, depth and bytes")
    func bounds() {
        #expect(mistakes("") == ["the document is empty"])
        #expect(mistakes("# nothing\n") == ["the document is empty"])
        let nested = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(mistakes(nested) == [])
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect(mistakes(deep).first?.hasSuffix("nested deeper than 32 levels") == true)
        for open in ["[", "{a: ", "- ", "? ", "a:\n "] {
            #expect(!mistakes(String(repeating: open, count: 100_000)).isEmpty)
        }
        let long = [UInt8](repeating: UInt8(ascii: "a"), count: 4 << 20 + 1)
        #expect(throws: Mistakes.self) { try parseYAML(long) }
        #expect(throws: Mistakes.self) { try parseYAML([0x61, 0x3A, 0x20, 0xFF]) }
    }

    @Test("mutated specs never crash")
    func fuzz() {
        let spec = Array(
            """
            riskkit: features/1
            events:
              login: { time: at, keys: [account, 'ip'], fields: { success: boolean } }
            features: # comment
              a_1h: { of: login, window: 1h, where: "success = 1" }
              b: &x
                - -1.5e3
                - *x
              text: |
                two
                lines
            ? key
            : value

            """.utf8)
        var generator = SeededGenerator(seed: 77)
        var failures = 0
        for _ in 0..<1500 {
            var bytes = FuzzTests.mutated(spec, &generator)
            if Bool.random(using: &generator) {
                bytes.removeAll { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: "*") }
            }
            do throws(Mistakes) {
                _ = try parseYAML(bytes)
            } catch {
                #expect(!error.list.isEmpty)
                failures += 1
            }
        }
        #expect(failures > 300 && failures < 1500)
    }
}
