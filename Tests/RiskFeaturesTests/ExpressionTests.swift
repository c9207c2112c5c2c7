import Foundation
import RiskColumns
import RiskJSON
import Testing

@testable import RiskFeatures

/// The expression language, example by example: what a text means, and why another is refused.
@Suite struct ExpressionTests {
    /// One purchase: Monday, 2 March 2026, 20:30 in Shanghai.
    static let event = FeatureEngine.Event(
        type: "purchase", time: Story.time("2026-03-02T12:30:00Z"),
        values: [
            "ip": .text("10.1.2.3"), "amount": .integer(1250), "items": .integer(3),
            "weight": .number(-2.5), "flagged": .bool(true), "category": .text("gift"),
            "huge": .number(1e308),
        ])

    static let spec = try! Story.spec(
        """
        { "riskkit": "features/1", "timezone": "Asia/Shanghai",
          "lists": { "virtual": { "values": ["gift", "topup"] }, "home": { "cidr": "home.txt" } },
          "events": { "purchase": { "time": "at", "keys": ["ip", "device"], "fields": {
            "amount": "decimal(2)", "items": "integer", "none": "integer", "weight": "number",
            "huge": "number", "nowhere": "number", "flagged": "boolean", "unsure": "boolean",
            "category": "category", "unnamed": "category" } } },
          "vectors": { "unit": "purchase" },
          "features": { "f": { "derive": "1" } } }
        """)

    static func compile(
        _ text: String, _ wanted: ExpressionCompiler.Kind = .number
    ) throws(ExpressionFailure) -> (program: Program, tests: [TextTest]) {
        let type = spec.events[0]
        var compiler = ExpressionCompiler(
            names: type.fields.map(\.name) + ["time", "hour", "weekday"],
            lists: spec.lists.map(\.name), tests: []
        ) { name in
            if ["time", "hour", "weekday"].contains(name) { return .time(slot: 0) }
            return type.slot(of: name).map {
                .field(slot: $0, type.fields[$0 - EventStore.firstFieldSlot])
            }
        }
        let program = try compiler.compile(text, wanted: wanted)
        return (program, compiler.tests)
    }

    /// The value of an expression over the event.
    static func value(_ text: String) throws -> Double {
        let (program, tests) = try compile(text)
        let asking = FeatureSpec(
            zone: spec.zone, events: spec.events, lists: spec.lists, features: spec.features,
            vectors: spec.vectors, document: spec.document, tests: tests)
        let home = try #require(NetworkList.make(["10.0.0.0/8"]).list)
        var symbols = Symbols(
            spec: asking, lists: ["virtual": .values(["gift", "topup"]), "home": .networks(home)])
        let store = try EventStore(
            Story.logs(spec, [event])["purchase"]!, type: spec.events[0], symbols: &symbols,
            threads: 1)
        return program.value(
            .init(slots: store.slots, zone: spec.zone, tests: symbols.answers),
            row: 0)
    }

    static func failure(_ text: String, _ wanted: ExpressionCompiler.Kind = .number) -> String {
        do throws(ExpressionFailure) {
            _ = try compile(text, wanted)
            return "none"
        } catch {
            return "\(error.column): \(error.message)"
        }
    }

    static let missing = Double.nan

    @Test(arguments: [
        // Literals, and which operator binds tighter.
        ("2", 2), ("0.5", 0.5), ("1e3", 1000), ("2.5e-1", 0.25), ("true", 1), ("false", 0),
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("10 - 4 - 3", 3), ("64 / 4 / 2", 8),
        ("-2 * 3", -6), ("2 - -3", 5), ("- (1 + 2)", -3), ("1 + 1 = 2", 1), ("2 * 3 > 5", 1),
        ("true or false and false", 1), ("(true or false) and false", 0),
        ("not 1 = 2", 1), ("not true or true", 1), ("not not true", 1),
        // Fields: decimals are divided by their scale, booleans are 1 and 0.
        ("amount", 12.5), ("items", 3), ("weight", -2.5), ("flagged", 1), ("flagged + 1", 2),
        ("amount * items", 37.5), ("hour", 20), ("weekday", 1), ("time", 1_772_454_600),
        // Comparisons.
        ("amount = 12.5", 1), ("amount == 12.5", 1), ("amount != 12.5", 0), ("items < 3", 0),
        ("items <= 3", 1), ("items > 3", 0), ("items >= 3", 1),
        // Texts.
        ("category = 'gift'", 1), ("category = \"gift\"", 1), ("category != 'gift'", 0),
        ("category = 'Gift'", 0), ("category in ['food', 'gift']", 1), ("category in ['food']", 0),
        ("category in virtual", 1), ("ip in home", 1), ("not ip in home", 0),
        // Ranges: half-open, closed, and values from a list.
        ("items in 1..<3", 0), ("items in 1...3", 1), ("items in 3..<4", 1),
        ("hour in 0..<6", 0), ("items in [1, 2, 3]", 1), ("items in [1, 2]", 0),
        ("weight in -3...-2", 1), ("amount in items...items * 5", 1),
        // Functions.
        ("abs(weight)", 2.5), ("sqrt(16)", 4), ("floor(amount)", 12), ("floor(weight)", -3),
        ("min(items, 2)", 2), ("max(items, 2)", 3), ("coalesce(none, 7)", 7),
        ("coalesce(items, 7)", 3), ("is_missing(none)", 1), ("is_missing(items)", 0),
        ("is_missing(unnamed)", 1), ("is_missing(category)", 0),
        ("if(items > 2, 10, 20)", 10), ("if(items > 3, 10, 20)", 20),
    ])
    func hasTheValue(expression: String, expected: Double) throws {
        #expect(try Self.value(expression) == expected)
    }

    @Test(arguments: [
        // Arithmetic and comparisons with what is missing are missing.
        "none", "nowhere", "unsure", "none + 1", "none * 0", "-none", "none = none", "none != 1",
        "none < 1", "abs(none)", "floor(none)", "min(none, 1)", "max(1, none)", "not unsure",
        "none in 1...3", "none in [1, 2]", "unnamed = 'x'", "unnamed != 'x'",
        "unnamed in virtual", "device in home", "coalesce(none, none)", "if(unsure, 1, 2)",
        "if(flagged, none, 2)", "items in [1, none]",
        // A division by zero is missing, zero by zero too.
        "1 / 0", "0 / 0", "items / (items - 3)",
        // What overflows is missing, and so is the root of a negative.
        "huge * 10", "huge + huge", "-huge - huge", "huge / 0.01", "sqrt(-1)",
        // Kleene: unknown and true is unknown, unknown or false is unknown.
        "unsure and true", "true and unsure", "unsure or false", "false or unsure",
        "unsure and unsure", "unsure or unsure",
    ])
    func isMissing(expression: String) throws {
        #expect(try Self.value(expression).isNaN)
    }

    /// Where one side decides alone, the other may be missing.
    @Test(arguments: [
        ("unsure and false", 0), ("false and unsure", 0), ("unsure or true", 1),
        ("true or unsure", 1), ("items in [3, none]", 1), ("none in 1...3 and 1 > 2", 0),
        ("5 in none...4", 0), ("if(false, none, 2)", 2), ("is_missing(1 / 0)", 1),
        ("coalesce(items / 0, -1)", -1), ("is_missing(unsure)", 1),
    ])
    func missingDoesNotSpreadFurtherThanItMust(expression: String, expected: Double) throws {
        #expect(try Self.value(expression) == expected)
    }

    @Test(arguments: [
        // Syntax, with the character where it goes wrong.
        ("", "1: expected a value"), ("1 +", "4: expected a value"),
        ("(1", "3: expected \")\""), ("1)", "2: expected the end"), ("1 2", "3: expected the end"),
        ("a = b = c", "7: expected the end"), ("items in", "9: expected a value"),
        ("items in 3", "11: expected a range a..<b or a...b, a [list] or the name of a list"),
        ("items in [1, 2", "15: expected \"]\""), ("items in []", "11: expected a value"),
        ("abs(1", "6: expected \")\""), ("abs(1,)", "7: expected a value"),
        ("1 % 2", "3: \"%\" has no meaning here"), ("1 & 2", "3: \"&\" has no meaning here"),
        ("items > 3;", "10: \";\" has no meaning here"), (".5", "1: \".\" has no meaning here"),
        ("category = 'gift", "12: a text without its closing quote"),
        ("1e999", "1: 1e999 is too large"), ("and", "1: \"and\" is no value"),
        ("items > or 2", "9: \"or\" is no value"),
        // Meaning.
        (
            "amuont > 3",
            "0: \"amuont\" is not known here; did you mean \"amount\"?; known are ip, device, "
                + "amount, items, none, weight, huge, nowhere, flagged, unsure, category, unnamed, …"
        ),
        ("items in nowhere_list", "0: there is no list \"nowhere_list\""),
        ("items in virtul", "0: there is no list \"virtul\"; did you mean \"virtual\"?"),
        ("items in virtual", "0: only a key or a category can be in a list"),
        ("category", "0: \"category\" is a text; compare it with a text or use `in`"),
        ("category > 1", "0: \"category\" is a text; compare it with a text or use `in`"),
        ("category in [1]", "0: \"category\" is a text; the list must hold texts"),
        ("'gift' = category", "0: the text 'gift' stands alone; compare a field with it"),
        ("1 and 2", "0: expected true or false, found a number"),
        ("not items", "0: expected true or false, found a number"),
        ("if(1, 2, 3)", "0: expected true or false, found a number"),
        ("abs(1, 2)", "0: abs takes 1 values, found 2"),
        (
            "log(3)",
            "0: there is no function \"log\"; there are abs, coalesce, floor, if, is_missing, max, "
                + "min, sqrt"
        ),
    ])
    func isRefused(expression: String, failure: String) {
        #expect(Self.failure(expression) == failure)
    }

    @Test func aConditionMustBeTrueOrFalse() {
        #expect(
            Self.failure("items + 1", .boolean)
                == "0: the expression is a number; expected true or false")
        #expect(Self.failure("items > 1", .boolean) == "none")
    }

    @Test func lengthAndDepthAreBounded() {
        let long = String(repeating: " ", count: 4096)
        #expect(Self.failure("1" + long) == "1: the expression is longer than 4096 characters")
        #expect(Self.failure("1" + long.dropLast()) == "none")
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "1" + String(repeating: ")", count: depth)
        }
        #expect(Self.failure(nested(47)) == "none")
        #expect(Self.failure(nested(48)) == "49: nested too deep")
        #expect(Self.failure(nested(2000)) == "49: nested too deep")
        #expect(Self.failure(String(repeating: "-", count: 60) + "1").hasSuffix("nested too deep"))
        let nots = String(repeating: "not ", count: 60) + "true"
        #expect(Self.failure(nots).hasSuffix("nested too deep"))
        // Five operands wait at each level, more than the stack of a program holds.
        let waiting = String(repeating: "false or true and 1 = 1 + 2 * (", count: 40)
        #expect(
            Self.failure(waiting + "1" + String(repeating: ")", count: 40))
                == "0: the expression is too deep")
    }

    /// `x in a...b` writes x down twice: without a bound, 40 levels would be 2^40 steps.
    @Test func nestedRangesDoNotGrowWithoutBound() {
        let ranges =
            String(repeating: "(", count: 40) + "items"
            + String(repeating: " in 0...1)", count: 40)
        #expect(Self.failure(ranges) == "0: the expression comes to more than 16384 steps")
        let lists =
            String(repeating: "(", count: 10) + "items"
            + String(repeating: " in [0,1,2,3,4,5,6,7])", count: 10)
        #expect(Self.failure(lists) == "0: the expression comes to more than 16384 steps")
    }

    /// A chain nests to the left: it must not exhaust the small stack of a thread.
    @Test func longChainsAreRefusedOnASmallStack() {
        let chain = "1" + String(repeating: "+1", count: 2000)
        let atMost = "1" + String(repeating: "+1", count: 256)
        let outcome = OnASmallStack { [Self.failure(chain), Self.failure(atMost)] }
        #expect(outcome.run() == ["516: more than 256 operators", "none"])
    }
}

/// Runs work on a thread of 512 KiB of stack.
private final class OnASmallStack: @unchecked Sendable {
    private let work: @Sendable () -> [String]
    private var result: [String] = []

    init(_ work: @escaping @Sendable () -> [String]) { self.work = work }

    func run() -> [String] {
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            self.result = self.work()
            done.signal()
        }
        thread.stackSize = 512 << 10
        thread.start()
        done.wait()
        return result
    }
}
