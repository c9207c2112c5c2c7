import Foundation
import Testing

/// Lists with versions and MaxMind DB files, from the command line.
@Suite("Addresses") struct AddressTests {
    static let fixtures = Workplace.root.appending(path: "Tests/RiskFeaturesTests/Fixtures")

    static let spec = """
        riskkit: features/1
        timezone: UTC
        lists:
          proxy:
            versions:
              - { from: 2025-02-01, cidr: vpn-2025-02.txt }
              - { from: 2025-03-01, values: [], until: 2026-01-01 }
        databases:
          places:
            versions:
              - { from: 2025-01-01, mmdb: places-1.mmdb }
              - { from: 2025-03-01, mmdb: places-2.mmdb }
          owners: { mmdb: owners.mmdb }
        events:
          login:
            time: at
            keys: [account, ip]
            fields:
              country: { lookup: country(ip), in: places }
              asn: { lookup: asn(ip), in: owners }
              user_type: { lookup: ip, in: places, path: [traits, user_type] }
        features:
          proxied: { derive: current.ip in proxy }
          asns: { of: login, by: account, aggregate: distinct(asn), window: 90d, include: current }
          new_country: { of: login, by: account, aggregate: new(country) }
          hosted: { derive: current.user_type == "hosting" }
        vectors:
          unit: login
          carry: [country, asn]

        """

    static func workplace() throws -> Workplace {
        let workplace = try Workplace()
        try workplace.write(spec, to: "spec.yaml")
        try workplace.write("# February\n198.51.100.0/24\n", to: "vpn-2025-02.txt")
        try workplace.write(
            """
            at,account,ip
            2025-01-31T23:00:00,a,198.51.100.65
            2025-02-01T00:00:00,a,198.51.100.65
            2025-03-01T00:00:00,a,198.51.100.65
            2025-03-02T00:00:00,a,203.0.113.7
            2025-03-03T00:00:00,a,2001:db8::9
            2025-03-04T00:00:00,a,nowhere

            """, to: "log.csv")
        for name in ["places-1", "places-2", "owners"] {
            try FileManager.default.copyItem(
                at: fixtures.appending(path: "\(name).mmdb"),
                to: workplace.folder.appending(path: "\(name).mmdb"))
        }
        return workplace
    }

    static let features = [
        "features", "--spec", "spec.yaml", "--events", "login=log.csv", "--output", "out.csv",
        "--quiet",
    ]

    @Test("Each event meets the list and the database of its time, and live is batch")
    func versions() async throws {
        let workplace = try Self.workplace()
        let outcome = try await workplace.risk(Self.features)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(
            try workplace.text("out.csv") == """
                time,account,ip,country,asn,proxied,asns,new_country,hosted
                2025-01-31T23:00:00Z,a,198.51.100.65,FR,64500,,1,1,
                2025-02-01T00:00:00Z,a,198.51.100.65,FR,64500,1,1,0,
                2025-03-01T00:00:00Z,a,198.51.100.65,DE,64500,0,1,1,
                2025-03-02T00:00:00Z,a,203.0.113.7,US,,0,1,1,1
                2025-03-03T00:00:00Z,a,2001:db8::9,JP,,0,1,1,
                2025-03-04T00:00:00Z,a,nowhere,,,0,1,,

                """)
        let parity = try await workplace.risk(
            "parity", "--spec", "spec.yaml", "--events", "login=log.csv", "--quiet")
        #expect(parity.exitCode == 0, "\(parity.errors)")
        #expect(parity.output == "6 events replayed, 6 vectors compared: 0 differences\n")
    }

    @Test("What cannot be read is named: missing, none, cut off, damaged")
    func hostileDatabases() async throws {
        let workplace = try Self.workplace()
        let whole = try workplace.bytes("owners.mmdb")
        func outcome(_ bytes: [UInt8]) async throws -> Workplace.Outcome {
            try workplace.write(bytes, to: "owners.mmdb")
            return try await workplace.risk(Self.features)
        }
        for (bytes, message) in [
            ([], "risk: ./owners.mmdb: is no MaxMind DB"),
            (Array("country,asn\n".utf8), "risk: ./owners.mmdb: is no MaxMind DB"),
            (Array(whole.prefix(whole.count / 2)), "risk: ./owners.mmdb: is no MaxMind DB"),
            (Array(whole.suffix(400)), "risk: ./owners.mmdb: is cut off: a tree of"),
        ] {
            let outcome = try await outcome(bytes)
            #expect(outcome.exitCode == 65)
            #expect(outcome.errors.hasPrefix(message), "\(outcome.errors)")
        }
        // The tree goes on, the data are zeros.
        let marker = whole.count - 200
        let tree = 600
        let damaged = try await outcome(
            Array(whole.prefix(tree)) + Array(repeating: 0, count: marker - tree)
                + Array(whole.suffix(200)))
        #expect(damaged.exitCode == 65)
        #expect(
            damaged.errors.hasPrefix("risk: ./owners.mmdb: is damaged: "), "\(damaged.errors)")
        #expect(damaged.errors.contains("(looking up "))
        #expect(!workplace.files.contains("out.csv"))
        try FileManager.default.removeItem(at: workplace.folder.appending(path: "owners.mmdb"))
        let missing = try await workplace.risk(Self.features)
        #expect(missing.exitCode == 66)
        #expect(missing.errors.contains("owners.mmdb"))
    }

    @Test("A network that is none is named with the file of its version, and its line")
    func hostileLists() async throws {
        let workplace = try Self.workplace()
        try workplace.write("# February\n198.51.100.0/33\n", to: "vpn-2025-02.txt")
        let outcome = try await workplace.risk(Self.features)
        #expect(outcome.exitCode == 65)
        #expect(outcome.errors.contains("vpn-2025-02.txt:2: expected a network"))
    }
}
