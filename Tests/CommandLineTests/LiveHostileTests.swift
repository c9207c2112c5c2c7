import Foundation
import RiskColumns
import RiskJSON
import Testing

/// Lines that are no events, and snapshots that are none.
@Suite("Hostile streams and snapshots")
struct LiveHostileTests {
    static let good =
        #"{"event":"purchase","paid_at":1772400000000,"ACCOUNT_ID":"a","AMOUNT":1.25,"items":3}"#

    /// A line, and what is said of it.
    static let lines: [(line: String, message: String)] = [
        ("[]", "expected an object in braces"),
        ("null", "expected an object in braces"),
        ("{", "byte 2 of the line"),
        (good + good, "expected the end of the line"),
        (String(good.dropLast(7)), "a text without its closing quote"),
        (#"{"event":"purchase","event":"login"}"#, "the key \"event\" stands twice"),
        ("{}", "column event: expected one of login, purchase, found nothing"),
        (#"{"event":null}"#, "column event: expected one of login, purchase, found \"null\""),
        (#"{"event":7}"#, "column event: expected one of login, purchase, found \"7\""),
        (
            #"{"event":"lgoin"}"#,
            "column event: expected one of login, purchase, found \"lgoin\"; did you mean \"login\"?"
        ),
        (#"{"event":"purchase"}"#, "column paid_at: expected a value, found nothing"),
        (#"{"event":"purchase","paid_at":null}"#, "column paid_at: expected milliseconds"),
        (#"{"event":"purchase","paid_at":1e300}"#, "column paid_at: expected milliseconds"),
        (#"{"event":"purchase","paid_at":"x"}"#, "column paid_at: expected milliseconds"),
        (#"{"event":"purchase","paid_at":253370764800000}"#, "from 1900 to 2199"),
        (
            #"{"event":"login","at":"9999-01-01T00:00:00Z","seen":"9999-01-01T00:00:00Z"}"#,
            "column at: expected a time like"
        ),
        (
            #"{"event":"login","at":"2026-06-01T00:00:00Z","seen":"2026-05-01T00:00:00Z"}"#,
            "column seen: expected a time not before at"
        ),
        (
            #"{"event":"login","at":"2026-01-01T00:00:00Z","seen":"2026-01-01T00:00:00Z"}"#,
            "column seen: expected events in the order in which they became known: "
                + "2026-01-01T00:00:00Z comes after 2026-03-01T21:20:00Z"
        ),
        (
            #"{"event":"purchase","paid_at":1772400000001,"AMOUNT":1.005}"#,
            "column AMOUNT: the decimal"
        ),
        (#"{"event":"purchase","paid_at":1772400000001,"AMOUNT":1e2}"#, "column AMOUNT: expected"),
        (#"{"event":"purchase","paid_at":1772400000001,"AMOUNT":true}"#, "column AMOUNT: expected"),
        (#"{"event":"purchase","paid_at":1772400000001,"items":1.5}"#, "column items: expected"),
        (
            #"{"event":"purchase","paid_at":1772400000001,"items":1000000000000000}"#,
            "column items: the whole number"
        ),
        (#"{"event":"purchase","paid_at":1772400000001,"weight":1e999}"#, "column weight: "),
        (#"{"event":"purchase","paid_at":1772400000001,"weight":"7"}"#, "column weight: expected"),
        (
            #"{"event":"purchase","paid_at":1772400000001,"category":[1]}"#,
            "column category: expected"
        ),
        (
            #"{"event":"purchase","paid_at":1772400000001,"IP":"\u0000"}"#,
            "column IP: a text with a zero"
        ),
        (
            #"{"event":"purchase","paid_at":1772400000001,"IP":"\ud800"}"#,
            "half of a surrogate pair"
        ),
        (
            #"{"event":"purchase","paid_at":1772400000001,"more":"#
                + String(repeating: "[", count: 100_000) + "}", "nested deeper than 64 levels"
        ),
        (
            #"{"event":"login","at":"2026-06-01T00:00:00Z","seen":"2026-06-01T00:00:00Z","success":"yes"}"#,
            "column success: expected"
        ),
    ]

    static func workplace() throws -> Workplace {
        let workplace = try Workplace()
        try workplace.write(LiveWorld.spec, to: "spec.yaml")
        return workplace
    }

    @Test("A line that is no event is named with its place, its member and what was expected")
    func named() async throws {
        let workplace = try Self.workplace()
        for (line, message) in Self.lines {
            try workplace.write("\(Self.good)\n\n\(line)\n\(Self.good)\n", to: "bad.jsonl")
            let outcome = try await workplace.risk(LiveTests.live + ["--events", "bad.jsonl"])
            #expect(outcome.exitCode == 65, "\(line.prefix(200))")
            #expect(outcome.errors.hasPrefix("risk: bad.jsonl:3: "), "\(outcome.errors)")
            #expect(outcome.errors.contains(message), "\(outcome.errors) lacks \(message)")
            #expect(outcome.errors.utf8.count < 1000)
            // What came before it was answered.
            #expect(outcome.output.hasPrefix(#"{"event_number":1,"#))
            #expect(outcome.output.split(separator: "\n").count == 1)
        }
    }

    @Test("With --rejects all of them go there, and the events between them change in nothing")
    func rejected() async throws {
        let workplace = try Self.workplace()
        let mixed = Self.lines.map { "\(Self.good)\n\($0.line)\n" }.joined() + Self.good
        try workplace.write(mixed, to: "bad.jsonl")
        let outcome = try await workplace.risk(
            LiveTests.live + ["--events", "bad.jsonl", "--rejects", "bad.csv"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let count = Self.lines.count
        #expect(outcome.errors.hasSuffix("risk: \(count) lines rejected: see bad.csv\n"))
        let numbers = try LiveWorld.vectors([outcome.output]).keys.sorted()
        #expect(numbers == Array(stride(from: 1, through: 2 * count + 1, by: 2)))
        let rejects = try workplace.text("bad.csv").split(separator: "\n")
        #expect(rejects.count == count + 1)
        #expect(rejects[0] == "file,line,field,reason,record")
        try workplace.write(
            Array(repeating: Self.good + "\n", count: count + 1).joined(), to: "good.jsonl")
        let good = try await workplace.risk(LiveTests.live + ["--events", "good.jsonl"])
        func values(_ text: String) -> [Substring] {
            text.split(separator: "\n").map { $0.drop { $0 != "," } }
        }
        #expect(values(outcome.output) == values(good.output))
    }

    @Test("After a bad line the snapshot is of what came before it, and the mended stream goes on")
    func mended() async throws {
        let (workplace, lines) = try await LiveWorld.workplace(100, seed: 20)
        var broken = lines
        broken[70] = "{\"event\":"
        try workplace.write(broken.map { $0 + "\n" }.joined(), to: "broken.jsonl")
        let options = LiveTests.live + ["--output", "out.jsonl", "--snapshot", "state.live"]
        let outcome = try await workplace.risk(options + ["--events", "broken.jsonl"])
        #expect(outcome.exitCode == 65)
        #expect(outcome.errors.contains("broken.jsonl:71: "))
        #expect(try LiveWorld.position(workplace, "state.live") == 70)
        let mended = try await workplace.risk(options + ["--events", "events.jsonl"])
        #expect(mended.exitCode == 0, "\(mended.errors)")
        #expect(try workplace.bytes("out.jsonl") == workplace.bytes("whole.jsonl"))
    }

    @Test("Mutated lines are events or are rejected; nothing crashes")
    func mutated() async throws {
        let workplace = try Self.workplace()
        let lines = LiveWorld.events(200, seed: 21).map { Array($0.line.utf8) }
        let strange = Array("\",\\{}[]:+-.eE0179tfn u".utf8) + [0, 0x80, 0xC3, 0xED, 0xFF, 0x0D]
        var draw = SplitMix64(seed: 22)
        var stream: [UInt8] = []
        let count = ProcessInfo.processInfo.environment["RISKKIT_LONG"] == "1" ? 200_000 : 5_000
        for number in 0..<count {
            var line = lines[number * lines.count / count]
            for _ in 0...draw.below(3) where !line.isEmpty {
                let place = draw.below(line.count)
                switch draw.below(5) {
                case 0: line[place] = strange[draw.below(strange.count)]
                case 1: line.insert(strange[draw.below(strange.count)], at: place)
                case 2: line.removeSubrange(place..<min(line.count, place + draw.below(20)))
                case 3:
                    line.insert(contentsOf: line[place..<min(line.count, place + 20)], at: place)
                default: line.removeSubrange(place...)
                }
            }
            stream += line + [0x0A]
        }
        try workplace.write(stream, to: "mutated.jsonl")
        let outcome = try await workplace.risk([
            "live", "--spec", "spec.yaml", "--events", "mutated.jsonl", "--rejects", "rejects.csv",
            "--output", "out.jsonl", "--snapshot", "state.live",
        ])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(try LiveWorld.position(workplace, "state.live") == count)
        #expect(try LiveWorld.vectors([workplace.text("out.jsonl")]).count > 10)
    }

    @Test("A line of 20 MB is refused with its place")
    func longLine() async throws {
        let workplace = try Self.workplace()
        let outcome = try await workplace.bash(
            "(echo '\(Self.good)'; head -c 20000000 /dev/zero | tr '\\0' ' ') "
                + "| risk live --spec spec.yaml --quiet")
        #expect(outcome.exitCode == 65)
        #expect(
            outcome.errors.hasPrefix("risk: standard input:2: the line that begins here is longer"))
        #expect(outcome.output.hasPrefix(#"{"event_number":1,"#))
    }

    @Test("Events of other types are passed over where that is asked for")
    func otherTypes() async throws {
        let workplace = try Self.workplace()
        let text = "\(Self.good)\n{\"event\":\"ping\"}\n\(Self.good)\n"
        try workplace.write(text.replacing("\"event\"", with: "\"type\""), to: "events.jsonl")
        let options = LiveTests.live + ["--events", "events.jsonl", "--type-member", "type"]
        let outcome = try await workplace.risk(options + ["--ignore-other-types"])
        #expect(outcome.exitCode == 0)
        #expect(outcome.errors.hasSuffix("risk: 1 events of other types passed over\n"))
        #expect(try LiveWorld.vectors([outcome.output]).keys.sorted() == [1, 3])
        #expect(try await workplace.risk(options).exitCode == 65)
    }

    @Test("A member that no event has is told")
    func absentMember() async throws {
        let workplace = try Self.workplace()
        let line = Self.good.replacing("AMOUNT", with: "amount")
        try workplace.write(line + "\n", to: "events.jsonl")
        let outcome = try await workplace.risk(LiveTests.live + ["--events", "events.jsonl"])
        #expect(outcome.exitCode == 0)
        #expect(
            outcome.errors
                == "risk: none of the first 1 events has the member IP, AMOUNT, weight, category\n")
    }

    @Test("A spec without events as its unit is refused")
    func entityUnit() async throws {
        let workplace = try Workplace()
        try workplace.write(
            LiveWorld.spec.split(separator: "\n").filter { !$0.contains("derive") }
                .joined(separator: "\n")
                .replacing("{ unit: purchase }", with: "{ unit: { entity: account } }")
                .replacing(", include: current", with: ""), to: "spec.yaml")
        let outcome = try await workplace.risk(LiveTests.live)
        #expect(outcome.exitCode == 65)
        #expect(!outcome.errors.isEmpty)
    }

    // MARK: snapshots

    @Test("A snapshot that is cut off, changed, or of another spec is refused, and stays as it was")
    func snapshots() async throws {
        let (workplace, _) = try await LiveWorld.workplace(60, seed: 23)
        let options =
            LiveTests.live
            + ["--events", "events.jsonl", "--output", "out.jsonl", "--snapshot", "state.live"]
        #expect(try await workplace.risk(options).exitCode == 0)
        let whole = try workplace.bytes("state.live")
        let vectors = try workplace.bytes("out.jsonl")
        var draw = SplitMix64(seed: 24)
        let engine = whole.split(separator: 0x0A, maxSplits: 2)[2]
        var offenders: [(String, [UInt8])] = [
            ("empty", []), ("a table", Array("a,b\n1,2\n".utf8)),
            ("the engine's alone", Array(engine)),
            ("a later version", Array("riskkit-live/2\n".utf8) + whole.dropFirst(15)),
            ("twice", whole + whole), ("a mark alone", Array(whole.prefix(15))),
        ]
        for _ in 0..<12 {
            let length = draw.below(whole.count)
            offenders.append(("cut off at \(length)", Array(whole.prefix(length))))
            var changed = whole
            let place = draw.below(whole.count)
            changed[place] ^= UInt8(1 + draw.below(255))
            offenders.append(("changed at \(place)", changed))
        }
        for (name, bytes) in offenders {
            try workplace.write(bytes, to: "state.live")
            let outcome = try await workplace.risk(options)
            #expect(outcome.exitCode == 65, "\(name): \(outcome.errors)")
            #expect(outcome.errors.hasPrefix("risk: state.live: "), "\(name): \(outcome.errors)")
            #expect(try workplace.bytes("state.live") == bytes)
            #expect(try workplace.bytes("out.jsonl") == vectors)
        }
        try workplace.write(whole, to: "state.live")
        let spec = try workplace.text("spec.yaml")
        try workplace.write(spec.replacing("window: 3d", with: "window: 4d"), to: "spec.yaml")
        let other = try await workplace.risk(options)
        #expect(other.exitCode == 65)
        #expect(other.errors == "risk: state.live: it is of another feature spec\n")
        #expect(try workplace.bytes("state.live") == whole)
        try workplace.write(spec, to: "spec.yaml")
        #expect(try await workplace.risk(options).exitCode == 0)
    }

    @Test("A snapshot that cannot be written ends the command, and the old one stays")
    func fileSizeLimit() async throws {
        let (workplace, _) = try await LiveWorld.workplace(2000, seed: 25)
        let outcome = try await workplace.bash(
            "ulimit -f 8; exec risk live --spec spec.yaml --events events.jsonl --quiet "
                + "--snapshot state.live --snapshot-every 0 > /dev/null")
        #expect(outcome.exitCode == 74)
        #expect(outcome.errors == "risk: state.live: cannot be written: File too large\n")
        #expect(!workplace.files.contains { $0.hasSuffix(".part") })
        let rest = try await workplace.risk(
            LiveTests.live + ["--events", "events.jsonl", "--snapshot", "state.live"])
        #expect(rest.exitCode == 0, "\(rest.errors)")
        let position = try #require(
            rest.errors.split(separator: " ").last { $0.first?.isNumber ?? false })
        #expect(position != "0")
    }
}
