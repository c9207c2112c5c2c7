import Foundation
import ModelCases
import RiskColumns
import RiskJSON
import RiskModel
import RiskScoring
import Testing

/// Files that were made to hurt: each is refused, or loads and scores exactly as its golden vectors say.
@Suite struct HostileArtifactTests {
    /// Of each kind of mutant a part; with RISKKIT_LONG=1 ten thousand in all. (`make test-abi` puts as
    /// many through the C interface.)
    static let rounds = ProcessInfo.processInfo.environment["RISKKIT_LONG"] == nil ? 500 : 1250

    /// Mutated bytes: the digest alone would refuse nearly all of them, so each is tried again with a
    /// digest that fits what the mutation made of the content.
    @Test(arguments: 0..<4)
    func mutatedBytesNeverCrash(_ part: Int) throws {
        var random = SeededGenerator(seed: UInt64(100 + part))
        let bytes = AdditiveModel.sample().artifact()
        var accepted = 0
        for _ in 0..<Self.rounds {
            var mutant = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                mutant.mutateBytes(using: &random)
            }
            _ = try outcome(of: mutant, &random)
            guard let document = try? JSONParser.parse(mutant) else { continue }
            if try outcome(of: document.sealed, &random) { accepted += 1 }
        }
        #expect(accepted > 0)
    }

    /// Mutated content with a digest that fits: what stands behind the digest has to hold alone.
    @Test(arguments: 0..<4)
    func mutatedContentNeverCrashes(_ part: Int) throws {
        var random = SeededGenerator(seed: UInt64(200 + part))
        var accepted = 0
        for round in 0..<Self.rounds {
            var model =
                round % 2 == 0 ? AdditiveModel.sample() : .random(using: &random, features: 0...3)
            if round % 4 == 3 { model.goldenVectors = [] }
            var document = model.document
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                document = document.mutated(using: &random)
            }
            if try outcome(of: document.sealed, &random) { accepted += 1 }
        }
        #expect(accepted > 20 && accepted < Self.rounds - 20)
    }

    /// Offenders that were found or thought of, by hand.
    @Test(arguments: offenders)
    func knownOffendersAreRefused(_ name: String, _ bytes: [UInt8]) throws {
        var random = SeededGenerator(seed: 300)
        #expect(try !outcome(of: bytes, &random), "\(name)")
    }

    static let offenders: [(String, [UInt8])] = {
        let document = AdditiveModel.sample().document
        let text = document.json()
        func sealed(_ path: String, _ value: Node?) -> [UInt8] {
            document.setting(path, to: value).sealed
        }
        func spliced(_ old: String, _ new: String) -> [UInt8] {
            Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
        }
        let zeros = [Node](repeating: 0, count: 70_000)
        let deep = (0..<30).reduce(Node(1)) { node, _ in .array([node]) }
        return [
            ("nothing", []),
            ("zero bytes", [UInt8](repeating: 0, count: 4096)),
            ("brackets", [UInt8](repeating: UInt8(ascii: "["), count: 1 << 17)),
            (
                "a key that opens again and again",
                Array(String(repeating: "{\"a\":", count: 1 << 17).utf8)
            ),
            ("the NaN token", spliced("0.1,", "NaN,")),
            ("the Infinity token", spliced("-1205863", "-Infinity")),
            ("beyond doubles", spliced("0.1,", "1e999,")),
            ("a number of a megabyte", spliced("-1205863", String(repeating: "9", count: 1 << 17))),
            ("a key twice", spliced("\"intercept\"", "\"name\":\"x\",\"intercept\"")),
            (
                "a key twice by escape",
                spliced("\"intercept\"", "\"n\\u0061me\":\"x\",\"intercept\"")
            ),
            ("no UTF-8", Array(text.utf8).map { $0 == UInt8(ascii: "p") ? 0xC3 : $0 }),
            ("half a surrogate pair", spliced("\"sample\"", "\"\\ud83d\"")),
            ("a byte order mark", [0xEF, 0xBB, 0xBF] + Array(text.utf8)),
            ("two documents", Array((text + text).utf8)),
            ("lineage nested deeply", sealed("lineage.deep", deep)),
            ("more cut points than a bin has bits", sealed("tables[0].cutPoints", .array(zeros))),
            ("equal cut points", sealed("tables[0].cutPoints", [0.1, 0.1, 0.3])),
            ("falling cut points", sealed("tables[0].cutPoints", [0.3, 0.2, 0.1])),
            ("no units", sealed("tables[0].units", [])),
            (
                "units that overflow when summed",
                sealed("tables[0].units", [0, 0, 0, Node(Int(Int32.max))])
            ),
            ("an intercept at the edge", sealed("intercept", Node(.integer(.min)))),
            ("two tables of a feature", sealed("tables[0].feature", "spend_7d")),
            ("a feature that is none", sealed("tables[0].feature", "")),
            ("a name twice", sealed("features[1].name", "spend_7d")),
            (
                "a name in two normal forms",
                document
                    .setting("features[2].name", to: "caf\u{e9}").setting(
                        "features[3].name", to: "cafe\u{301}"
                    )
                    .setting("linearTerms", to: []).setting("goldenVectors", to: []).sealed
            ),
            ("a coefficient of nothing", sealed("linearTerms[0].coefficient", nil as Node?)),
            ("a coefficient of null", sealed("linearTerms[0].coefficient", Node(.null))),
            (
                "knots at both ends of the integers",
                document
                    .setting(
                        "calibration.logOdds",
                        to: [Node(.integer(.min)), 0, 1, Node(.integer(.max))]
                    )
                    .setting("goldenVectors", to: []).sealed
            ),
            ("knots without probabilities", sealed("calibration.probabilities", [])),
            ("falling probabilities", sealed("calibration.probabilities", [0.4, 0.3, 0.2, 0.1])),
            (
                "a slope of zero",
                sealed("calibration", .object(["kind": "platt", "slope": 0, "intercept": 0]))
            ),
            ("points without end", sealed("points.pointsToDoubleOdds", 1e300)),
            ("odds of nothing", sealed("points.baseOdds", 0)),
            ("golden vectors too short", sealed("goldenVectors[0].values", [])),
            ("golden vectors too long", sealed("goldenVectors[0].values", .array(zeros))),
            ("a terminal driven by a name", sealed("name", "\u{1b}]0;owned\u{7}")),
            ("a key that is a book", sealed(String(repeating: "k", count: 1 << 17), 1)),
            (
                "ten thousand unknown members",
                {
                    let extra = (0..<10_000).map { Node.Member("x\($0)", 0) }
                    guard case .object(let members) = document.content else { return [] }
                    return Node.object(members + extra).sealed
                }()
            ),
            ("the fingerprint of another spec", sealed("featureSpec.fingerprint", "00")),
            ("a seal that is none", Array(text.utf8.dropLast(4)) + Array("00\"}".utf8)),
        ]
    }()

    /// Whether the bytes are accepted; if so, everything that a model promises is held to.
    private func outcome(of bytes: [UInt8], _ random: inout SeededGenerator) throws -> Bool {
        let model: AdditiveModel
        do {
            model = try AdditiveModel(artifact: bytes)
        } catch {
            #expect(!error.description.isEmpty)
            #expect(!error.description.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
            #expect(error.description.utf8.count < 100_000)
            return false
        }
        let scorer = Scorer(model)
        for vector in model.goldenVectors {
            let score = scorer.score(row: vector.values)
            #expect(score.units == vector.units)
            #expect(score.probability.bitPattern == vector.probability.bitPattern)
        }
        for _ in 0..<3 {
            let row = model.awkwardRow(using: &random)
            let score = scorer.score(row: row)
            #expect(score.units == model.units(values: row))
            #expect((0...1).contains(score.probability))
            for reason in scorer.reasons(row: row) {
                #expect(!reason.text(language: "zh").isEmpty && reason.units > 0)
            }
        }
        #expect(try AdditiveModel(artifact: model.artifact()) == model)
        return true
    }
}

extension [UInt8] {
    /// One change of the kind that disks, editors and attackers make.
    fileprivate mutating func mutateBytes(using random: inout SeededGenerator) {
        guard !isEmpty else { return }
        let place = Int.random(in: 0..<count, using: &random)
        let end = Swift.min(count, place + Int.random(in: 1...40, using: &random))
        switch Int.random(in: 0..<8, using: &random) {
        case 0: self[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: removeSubrange(place...)
        case 2: removeSubrange(place..<end)
        case 3:
            insert(
                contentsOf: Array(self[place..<end]), at: Int.random(in: 0...count, using: &random))
        case 4:
            let tokens = [
                "NaN", "1e999", "-0", "99999999999999999999", "null", "[[[[[[", "{}", "\"\"",
                "1e-999", ",",
                "\"name\":1,", "\u{0}",
            ]
            replaceSubrange(place..<place, with: Array(tokens.randomElement(using: &random)!.utf8))
        case 5: self[place] = UInt8.random(in: 0...255, using: &random)
        case 6:
            // One digit for another: content changes, shape does not.
            let digits = indices.filter { (48...57).contains(self[$0]) }
            if let digit = digits.randomElement(using: &random) {
                self[digit] = UInt8.random(in: 48...57, using: &random)
            }
        default: swapAt(place, Int.random(in: 0..<count, using: &random))
        }
    }
}

extension Node {
    /// The document with one of its values changed.
    fileprivate func mutated(using random: inout SeededGenerator) -> Node {
        var place = Int.random(in: 0..<size, using: &random)
        return changed(at: &place, using: &random)
    }

    private var size: Int {
        switch content {
        case .array(let values): 1 + values.reduce(0) { $0 + $1.size }
        case .object(let members): 1 + members.reduce(0) { $0 + $1.value.size }
        default: 1
        }
    }

    private func changed(at place: inout Int, using random: inout SeededGenerator) -> Node {
        if place == 0 {
            place = -1
            return replacement(using: &random)
        }
        place -= 1
        switch content {
        case .array(let values):
            return .array(
                values.map { place >= 0 ? $0.changed(at: &place, using: &random) : $0 })
        case .object(let members):
            return .object(
                members.map {
                    place >= 0
                        ? Member($0.key, $0.value.changed(at: &place, using: &random)) : $0
                })
        default: return self
        }
    }

    private func replacement(using random: inout SeededGenerator) -> Node {
        let strange: [Node] = [
            nil, true, "", "inf", "-inf", 0, -1, 1, Node(.integer(.max)), Node(.integer(.min)),
            Node(.integer(1 << 24)), 1e308, -1e308, 0.5, Node(-0.0), 5e-300, [],
            .object([Member]()),
            [[]], "spend_7d",
        ]
        switch (content, Int.random(in: 0..<4, using: &random)) {
        case (.array(let values), 0): return .array(values.shuffled(using: &random))
        case (.array(let values), 1): return .array(values + values)
        case (.array(let values), 2): return .array(Array(values.dropLast()))
        case (.object(let members), 0): return .object(Array(members.dropLast()))
        case (.object(let members), 1): return .object(members.shuffled(using: &random))
        case (.object(let members), 2): return .object(members + [Member("unknown", 1)])
        case (.integer(let value), 0...1):
            return Node(.integer(value &+ Int64.random(in: -3...3, using: &random)))
        case (.number(let value), 0...1):
            return Node([value.nextUp, -value, value * 2].randomElement(using: &random)!)
        default: return strange.randomElement(using: &random)!
        }
    }
}
