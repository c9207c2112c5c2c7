import Foundation
import Testing

@testable import RiskFeatures

@Suite struct NetworkListTests {
    static func list(_ networks: String...) throws -> NetworkList {
        try #require(NetworkList.make(networks).list)
    }

    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.0", true), ("192.0.2.0/24", "192.0.2.255", true),
        ("192.0.2.0/24", "192.0.1.255", false), ("192.0.2.0/24", "192.0.3.0", false),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false),
        ("192.0.2.7/32", "192.0.2.7", true), ("192.0.2.128/25", "192.0.2.127", false),
        ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "0.0.0.0", true),
        ("0.0.0.0/0", "::1", false),
        // A network may be named by any of its addresses.
        ("192.0.2.77/24", "192.0.2.1", true),
        ("2001:db8::/32", "2001:db8::1", true), ("2001:db8::/32", "2001:db9::", false),
        ("2001:db8::/32", "2001:0DB8:ffff:ffff:ffff:ffff:ffff:ffff", true),
        ("2001:db8::/127", "2001:db8::1", true), ("2001:db8::/127", "2001:db8::2", false),
        ("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true), ("::/0", "::", true),
        ("::1", "0:0:0:0:0:0:0:1", true), ("fe80::/10", "febf::1", true),
        ("fe80::/10", "fec0::1", false), ("1::8", "1:0:0:0:0:0:0:8", true),
        // IPv4 in IPv6's clothes is the same address (RFC 4291, 2.5.5.2).
        ("192.0.2.0/24", "::ffff:192.0.2.9", true), ("::ffff:192.0.2.0/120", "192.0.2.9", true),
        ("192.0.2.0/24", "::192.0.2.9", false),
    ])
    func contains(network: String, address: String, isInside: Bool) throws {
        #expect(try Self.list(network).contains(address) == isInside)
    }

    static let malformed = [
        "", " ", "a", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.-4", "01.2.3.4", "1.2.3.4 ",
        " 1.2.3.4", "1..2.3", "0x1.2.3.4", "1.2.3.4:80", ":", ":::", ":1", "1:", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:", ":2:3:4:5:6:7:8", "1::2::3", "12345::", "g::",
        "1:2:3:4:5:6:7::8", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "fe80::1%eth0",
        "::ffff:1.2.3.400",
        "１.2.3.4",
    ]

    @Test(arguments: malformed)
    func whatIsNoAddressIsInNoNetwork(address: String) throws {
        #expect(try !Self.list("0.0.0.0/0", "::/0").contains(address))
    }

    @Test(
        arguments: malformed + [
            "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/08", "1.2.3.4/8/8", "/8", "::/129",
            "::/",
            "1.2.3.4/1e1", "1.2.3.0-1.2.3.9", "1.2.3.4/4294967297",
        ])
    func whatIsNoNetworkIsNamedByItsPlace(network: String) {
        let made = NetworkList.make(["10.0.0.0/8", network, "also wrong"])
        #expect(made.list == nil)
        #expect(made.invalid == 1)
    }

    @Test func networksThatTouchOrOverlapAreMerged() throws {
        #expect(
            try Self.list("10.0.1.0/24", "10.0.0.0/24") == Self.list("10.0.0.0/23"))
        #expect(
            try Self.list("10.0.0.0/8", "10.1.0.0/16", "10.255.255.255") == Self.list("10.0.0.0/8"))
        #expect(
            try Self.list("::/1", "8000::/1", "ffff::/16", "::/0") == Self.list("::/0"))
        let apart = try Self.list("10.0.0.0/32", "10.0.0.2/32")
        #expect(apart.contains("10.0.0.0"))
        #expect(!apart.contains("10.0.0.1"))
        #expect(apart.contains("10.0.0.2"))
    }

    @Test func anEmptyListHasNobody() throws {
        let list = try #require(NetworkList.make([]).list)
        #expect(!list.contains("10.0.0.1"))
    }

    /// Against looking at every network.
    @Test func manyNetworksAgreeWithALookAtEach() throws {
        var random = CaseGenerator(state: 4)
        func address() -> UInt32 { UInt32.random(in: 0...0xFFFF, using: &random) << 8 | 7 }
        func text(_ value: UInt32) -> String {
            "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
        }
        for _ in 0..<30 {
            let networks = (0..<40).map { _ in
                (address(), Int.random(in: 16...32, using: &random))
            }
            let list = try #require(
                NetworkList.make(networks.map { "\(text($0.0))/\($0.1)" }).list)
            for _ in 0..<50 {
                let candidate = address()
                let expected = networks.contains { network, length in
                    candidate >> (32 - UInt32(length)) == network >> (32 - UInt32(length))
                }
                #expect(list.contains(text(candidate)) == expected)
            }
        }
    }
}

/// The longest prefix, found by trying each length: the definition, and the oracle.
struct NaivePrefixes {
    private struct Network: Hashable {
        let value: UInt128
        let length: Int
    }

    private var networks: Set<Network> = []
    private var lengths: Set<Int> = []

    /// - Parameter length: of 128 bits, so that an IPv4 network has 96 more than it is written with.
    mutating func insert(_ value: UInt128, _ length: Int) {
        networks.insert(Network(value: Self.masked(value, length), length: length))
        lengths.insert(length)
    }

    func longest(_ value: UInt128) -> Int? {
        lengths.sorted(by: >).first {
            networks.contains(Network(value: Self.masked(value, $0), length: $0))
        }
    }

    private static func masked(_ value: UInt128, _ length: Int) -> UInt128 {
        length == 0 ? 0 : (value >> UInt128(128 - length)) << UInt128(128 - length)
    }
}

/// Lists of the size that services have, against the longest prefix.
@Suite struct LargeNetworkListTests {
    static func text(_ value: UInt128) -> String {
        if value >> 32 == 0xFFFF {
            return [24, 16, 8, 0].map { "\(UInt8(truncatingIfNeeded: value >> $0))" }
                .joined(separator: ".")
        }
        return (0..<8).map {
            String(UInt16(truncatingIfNeeded: value >> (112 - 16 * $0)), radix: 16)
        }
        .joined(separator: ":")
    }

    /// The ends of a network and what lies around it, where mistakes are.
    static func around(_ value: UInt128, _ length: Int) -> [UInt128] {
        let hosts: UInt128 = length == 0 ? .max : (1 << UInt128(128 - length)) - 1
        let (first, last) = (value & ~hosts, value | hosts)
        return [first, last, first &- 1, last &+ 1, first | hosts >> 1]
    }

    @Test func aHundredThousandPrefixesAgreeWithTheLongestPrefix() throws {
        var random = CaseGenerator(state: 19)
        var naive = NaivePrefixes()
        var texts: [String] = []
        var probes: [UInt128] = []
        for index in 0..<100_000 {
            let isIPv4 = Bool.random(using: &random)
            let width = isIPv4 ? 32 : 128
            let bits =
                isIPv4
                ? Int.random(in: 12...32, using: &random)
                : Int.random(in: 20...128, using: &random)
            // Few high bits, so that networks meet and lie in one another.
            let value: UInt128 =
                isIPv4
                ? 0xFFFF_0000_0000 | UInt128(UInt32.random(in: 0...0x0FFF_FFFF, using: &random))
                : 0x2001_0DB8 << 96 | UInt128.random(in: 0...(1 << 96 - 1), using: &random)
            naive.insert(value, 128 - width + bits)
            texts.append("\(Self.text(value))/\(bits)")
            if index % 100 == 0 { probes += Self.around(value, 128 - width + bits) }
        }
        let list = try #require(NetworkList.make(texts).list)
        probes += (0..<3000).map { _ in
            0xFFFF_0000_0000 | UInt128(UInt32.random(in: .min ... .max, using: &random))
        }
        var inside = 0
        for probe in probes {
            let expected = naive.longest(probe) != nil
            if expected { inside += 1 }
            #expect(list.contains(Self.text(probe)) == expected, "\(Self.text(probe))")
        }
        #expect(inside > 500)
        #expect(inside < probes.count - 500)
    }

    @Test(
        .enabled(if: folder != nil, "skipped: the lists of data/ip are not on this machine"),
        arguments: ["vpn-ipv4.txt", "datacenter-ipv4.txt"])
    func publishedListsAgreeWithTheLongestPrefix(name: String) throws {
        let text = try String(
            contentsOf: try #require(Self.folder).appending(path: name), encoding: .utf8)
        let networks = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
        let list = try #require(NetworkList.make(networks).list)
        var naive = NaivePrefixes()
        var probes: [UInt128] = []
        for (index, network) in networks.enumerated() {
            let parts = network.split(separator: "/")
            let value = try #require(InternetAddress(parts[0])).value
            let length = 96 + (parts.count > 1 ? Int(parts[1])! : 32)
            naive.insert(value, length)
            if index % 7 == 0 { probes += Self.around(value, length) }
        }
        var inside = 0
        for probe in probes {
            let expected = naive.longest(probe) != nil
            if expected { inside += 1 }
            #expect(list.contains(Self.text(probe)) == expected, "\(Self.text(probe))")
        }
        #expect(inside > networks.count / 7)
        #expect(inside < probes.count)
    }

    static let folder: URL? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let data =
            ProcessInfo.processInfo.environment["RISKKIT_DATA"].map { URL(filePath: $0) }
            ?? root.appending(path: "../shared/data")
        let folder = data.appending(path: "ip")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()
}
