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
