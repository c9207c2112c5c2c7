import Foundation
import RiskJSON
import Testing

@testable import RiskFeatures

/// The reader of MaxMind DB files, against MaxMind's own and against hostile bytes.
@Suite struct MaxMindDatabaseTests {
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures")

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: fixtures.appending(path: "\(name).mmdb")))
    }

    static func database(_ name: String) throws -> MaxMindDatabase {
        try MaxMindDatabase(bytes(name))
    }

    /// What MaxMind's reader found (Fixtures/addresses.py).
    struct Case: Decodable {
        let file: String
        let address: String
        let values: [Expected]
    }

    struct Expected: Decodable {
        let path: [String]
        let text: String?

        init(from decoder: any Decoder) throws {
            var parts = try decoder.unkeyedContainer()
            path = try parts.decode([String].self)
            text = try parts.decodeNil() ? nil : parts.decode(String.self)
        }
    }

    @Test(arguments: [
        ("places-1", "Test-Places"), ("places-2", "Test-Places"), ("owners", "Test-Owners"),
    ])
    func itSaysWhatItIs(name: String, type: String) throws {
        let database = try Self.database(name)
        #expect(database.type == type)
        #expect(try #require(database.buildEpoch) > 1_700_000_000)
    }

    /// Records of 24, 28 and 32 bits, IPv4 and IPv6, every kind of value.
    @Test func itAgreesWithMaxMindsReader() throws {
        let data = try Data(contentsOf: Self.fixtures.appending(path: "addresses.json"))
        let cases = try JSONDecoder().decode([Case].self, from: data)
        #expect(cases.count == 117)
        for file in Set(cases.map(\.file)) {
            let database = try Self.database(file)
            for own in cases where own.file == file {
                let address = try #require(InternetAddress(own.address))
                for expected in own.values {
                    #expect(
                        try database.text(of: address, at: expected.path) == expected.text,
                        "\(file) \(own.address) \(expected.path)")
                }
            }
        }
    }

    @Test func anAddressOfIPv4IsTheSameHoweverItIsWritten() throws {
        for name in ["places-1", "owners"] {
            let database = try Self.database(name)
            for path in [["country", "iso_code"], ["autonomous_system_number"]] {
                let plain = try #require(InternetAddress("198.51.100.9"))
                let mapped = try #require(InternetAddress("::ffff:198.51.100.9"))
                #expect(plain == mapped)
                #expect(
                    try database.text(of: plain, at: path) == database.text(of: mapped, at: path))
            }
        }
    }

    // MARK: a real one

    /// `make test-mmdb` gets a database of 57 MB and what MaxMind's reader finds in it.
    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["RISKKIT_MMDB"] != nil,
            "skipped: `make test-mmdb` runs it on a real database"))
    func aRealOneAgreesWithMaxMindsReader() throws {
        let environment = ProcessInfo.processInfo.environment
        let file = URL(filePath: try #require(environment["RISKKIT_MMDB"]))
        let expected = URL(filePath: try #require(environment["RISKKIT_MMDB_EXPECTED"]))
        let database = try MaxMindDatabase(Array(Data(contentsOf: file)))
        let lines = try String(contentsOf: expected, encoding: .utf8).split(separator: "\n")
        #expect(lines.count > 10_000)
        var known = 0
        for line in lines {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            let address = try #require(InternetAddress(parts[0]))
            let paths = [
                ["country", "iso_code"], ["city", "names", "en"],
                ["subdivisions", "0", "iso_code"],
                ["location", "accuracy_radius"], ["location", "latitude"],
            ]
            for (path, text) in zip(paths, parts.dropFirst()) {
                let found = try database.text(of: address, at: path)
                #expect(found ?? "" == text, "\(parts[0]) \(path)")
                if found != nil { known += 1 }
            }
        }
        #expect(known > 20_000)
    }

    // MARK: hostile bytes

    /// Asks for everything that there might be; what comes of it does not matter, that it ends does.
    /// - Returns: whether it could be opened, and how many questions found damage.
    @discardableResult
    static func ask(_ bytes: [UInt8]) -> (isOpen: Bool, damage: Int) {
        guard let database = try? MaxMindDatabase(bytes) else { return (false, 0) }
        var damage = 0
        for text in [
            "0.0.0.0", "198.51.100.65", "203.0.113.7", "255.255.255.255", "::", "2001:db8::1",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ] {
            let address = InternetAddress(text)!
            for path in [
                [], ["country", "iso_code"], ["city", "names", "en"], ["extra", "inf"],
                ["extra", "list", "2", "four"], ["autonomous_system_organization"], ["zzz"],
            ] {
                do { _ = try database.text(of: address, at: path) } catch { damage += 1 }
            }
        }
        return (true, damage)
    }

    @Test(arguments: ["places-1", "owners"])
    func cutOffAnywhereItIsRefusedOrHarmless(name: String) throws {
        let bytes = try Self.bytes(name)
        for count in 0..<bytes.count {
            #expect(!Self.ask(Array(bytes.prefix(count))).isOpen || count > bytes.count - 150)
        }
        for count in stride(from: 1, to: bytes.count, by: 7) {
            Self.ask(Array(bytes.suffix(count)))
        }
    }

    @Test func flippedBytesAreRefusedOrHarmless() throws {
        var random = CaseGenerator(state: 71)
        var (refused, damaged) = (0, 0)
        for name in ["places-1", "places-2", "owners"] {
            let bytes = try Self.bytes(name)
            for _ in 0..<(EngineLawTests.isLong ? 100_000 : 1500) {
                var changed = bytes
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    // Half of the time among the metadata.
                    let start = Bool.random(using: &random) ? 0 : bytes.count - 250
                    let place = Int.random(in: start..<changed.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                    case 1: changed[place] = UInt8.random(in: .min ... .max, using: &random)
                    case 2: changed[place] = [0, 0x1F, 0x3F, 0xFF].randomElement(using: &random)!
                    default:
                        let end = min(changed.count, place + 4)
                        let other = Int.random(in: 0..<changed.count - 4, using: &random)
                        for index in place..<end { changed[index] = changed[other + index - place] }
                    }
                }
                let (isOpen, damage) = Self.ask(changed)
                if !isOpen { refused += 1 }
                if damage > 0 { damaged += 1 }
            }
        }
        #expect(refused > 300)
        #expect(damaged > 300)
    }

    /// A tree of one node, both of whose sides are the data's first value.
    static func small(
        data: [UInt8], nodes: UInt32 = 1, tree: [UInt8] = [0, 0, 17, 0, 0, 17], bits: UInt8 = 24,
        version: UInt8 = 2, family: UInt8 = 4
    ) -> [UInt8] {
        func text(_ text: String) -> [UInt8] { [0x40 | UInt8(text.utf8.count)] + Array(text.utf8) }
        let members: [(String, [UInt8])] = [
            ("node_count", [0xC4] + (0..<4).reversed().map { UInt8(nodes >> ($0 * 8) & 255) }),
            ("record_size", [0xA1, bits]), ("ip_version", [0xA1, family]),
            ("binary_format_major_version", [0xA1, version]),
        ]
        return tree + Array(repeating: 0, count: 16) + data + [0xAB, 0xCD, 0xEF]
            + Array("MaxMind.com".utf8) + [0xE4] + members.flatMap { text($0.0) + $0.1 }
    }

    /// The text at a path, or what is wrong.
    static func text(_ bytes: [UInt8], _ path: String...) -> String {
        do throws(AddressDatabaseError) {
            let database = try MaxMindDatabase(bytes)
            return try database.text(of: InternetAddress("192.0.2.1")!, at: path) ?? "missing"
        } catch {
            return "\(error)"
        }
    }

    @Test func whatIsWrongIsSaid() {
        #expect(Self.text(Self.small(data: [0x42, 0x61, 0x62])) == "ab")
        #expect(Self.text([]).contains("is no MaxMind DB"))
        #expect(Self.text(Array("hello".utf8)).contains("is no MaxMind DB"))
        #expect(Self.text(Self.small(data: [0xE0], version: 3)).contains("version 2"))
        #expect(Self.text(Self.small(data: [0xE0], bits: 26)).contains("record_size"))
        #expect(Self.text(Self.small(data: [0xE0], family: 5)).contains("ip_version"))
        #expect(Self.text(Self.small(data: [0xE0], nodes: 0)).contains("node_count"))
        #expect(
            Self.text(Self.small(data: [0xE0], nodes: 1000)).contains("is cut off: a tree of 1000"))
        #expect(
            Self.text(Self.small(data: [0xE0], nodes: .max, bits: 32)).contains(
                "is cut off: a tree"))
        #expect(Self.text(Self.small(data: [])).contains("cut off"))
        let outside: [UInt8] = [0, 255, 17, 0, 255, 17]
        #expect(
            Self.text(Self.small(data: [0xE0], tree: outside)).contains("outside of its data"))
        #expect(
            Self.text(Self.small(data: [0xE0], tree: [0, 0, 2, 0, 0, 2])).contains("outside of its")
        )
        // A tree that goes round for ever.
        #expect(
            Self.text(Self.small(data: [0xE0], tree: [0, 0, 0, 0, 0, 0])).contains("tree is deeper")
        )
        #expect(Self.text(Self.small(data: [0xE0], tree: [0, 0, 1, 0, 0, 1])) == "missing")
        #expect(Self.text(Self.small(data: [0x42, 0xC3, 0x28])).contains("no UTF-8 at byte 1"))
        #expect(Self.text(Self.small(data: [0x43, 0x61])).contains("a value is cut off"))
        #expect(Self.text(Self.small(data: [0x00, 0x05])).contains("no kind of value"))
        #expect(Self.text(Self.small(data: [0x00, 0x00])).contains("no kind of value"))
        #expect(
            Self.text(Self.small(data: [0xE1, 0xA1, 1, 0x40]), "x").contains("name that is no"))
        // A pointer to itself; one to a pointer; one to nowhere.
        #expect(Self.text(Self.small(data: [0x20, 0x00])).contains("points to another"))
        #expect(
            Self.text(Self.small(data: [0x20, 0x02, 0x20, 0x00])).contains("points to another"))
        #expect(Self.text(Self.small(data: [0x27, 0xFF])).contains("cut off at byte 2047"))
        #expect(Self.text(Self.small(data: [0x20, 0x02, 0x41, 0x61])) == "a")
        // A number of five bytes where four are the most.
        #expect(Self.text(Self.small(data: [0xC5, 1, 2, 3, 4, 5])).contains("number too long"))
        #expect(Self.text(Self.small(data: [0xC0])) == "0")
        #expect(Self.text(Self.small(data: [0x04, 0x01, 0xFF, 0xFF, 0xFF, 0xFE])) == "-2")
    }

    /// A million lists, one in another, to be stepped over, which ends Debian 12's libmaxminddb
    /// (1.7.1: `mmdblookup --file deep.mmdb --ip 192.0.2.1 b`); a mapping of sixteen million members.
    @Test func depthAndBreadthCostNeitherStackNorTime() {
        let a: [UInt8] = [0x41, 0x61]
        let nested = (0..<2_000_000).map { $0 % 2 == 0 ? UInt8(0x01) : 0x04 }
        let nest = [0xE2] + a + nested + [0xA0, 0x41, 0x62, 0x41, 0x63]
        let deep = Self.small(data: nest)
        #expect(Self.text(deep, "b").contains("more values than a record can have"))
        let empty = [UInt8](repeating: 0x40, count: 80_000)
        let wide = Self.small(data: [0xFF, 0xFF, 0xFF, 0xFF] + empty)
        #expect(Self.text(wide, "b").contains("more values than a record can have"))
        // A text as long as the file, which many records could share in part.
        let letters = [UInt8](repeating: 0x61, count: 8477)
        let text = Self.small(data: [0x5E, 0x20, 0x00] + letters)
        #expect(Self.text(text).contains("more than 4096 bytes"))
        // { a: "x" × 70,000, b: "c" }: what is not asked for may be long.
        let long = [0x5F, 0x00, 0x10, 0x53] + [UInt8](repeating: 0x78, count: 65821 + 0x1053)
        let passedBy = [0xE2] + a + long + [0x41, 0x62, 0x41, 0x63]
        #expect(Self.text(Self.small(data: passedBy), "b") == "c")
    }
}
