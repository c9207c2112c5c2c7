import RiskColumns

/// Who has which IPv4 addresses. The plan is the same in all worlds, so that a list of networks that
/// was published for one fits the others; which home has which address differs.
struct AddressPlan: Sendable {
    /// Regions there are room for.
    static let regions = 12

    private let seed: SplitMix64
    /// Addresses of each region's pool of homes.
    private let homes: Int
    private let gateways: Int
    private let exits: Int

    init(subscribers: Int, seed: SplitMix64) {
        self.seed = seed
        homes = min(1 << 18, max(64, subscribers / 3 * 4 / Self.regions))
        gateways = min(1 << 16, max(4, subscribers / 100 / Self.regions))
        exits = min(1 << 14, max(16, subscribers / 250))
    }

    private func pick(_ a: Int, _ b: Int, below bound: Int) -> UInt32 {
        var generator = seed.child(UInt64(bitPattern: Int64(a))).child(
            UInt64(bitPattern: Int64(b)))
        return UInt32(generator.below(bound))
    }

    /// The address of a broadband line at its n-th connection: any of its region's pool, where others
    /// had it before.
    func home(region: Int, line: Int, connection: Int) -> UInt32 {
        0x2400_0000 | UInt32(region) << 18 | pick(line, connection, below: homes)
    }

    /// A carrier's gateway, behind which hundreds of telephones are at a time.
    func gateway(region: Int, of subscriber: Int, hour: Int) -> UInt32 {
        0x2700_0000 | UInt32(region) << 16 | pick(~subscriber, hour, below: gateways)
    }

    /// The one address of a dormitory.
    func dormitory(_ household: Int) -> UInt32 { 0x3b00_0000 | UInt32(household & 0xff_ffff) }

    /// The one address of a company.
    func company(_ company: Int) -> UInt32 { 0x3c00_0000 | UInt32(company & 0xff_ffff) }

    /// The one address of a public terminal: an Internet café, a library, a shop's counter.
    func terminal(_ number: Int) -> UInt32 { 0x3d00_0000 | UInt32(number & 0xff_ffff) }

    /// All carriers' gateways.
    var allGateways: [UInt32] {
        (0..<Self.regions).flatMap { region in
            (0..<gateways).map { 0x2700_0000 | UInt32(region) << 16 | UInt32($0) }
        }
    }

    /// All exits of VPN services.
    var allExits: [UInt32] { (0..<exits).map { 0x2d08_0000 | UInt32($0) } }

    /// An exit of a VPN service, shared by its customers: 45.8.0.0/18.
    func vpn(_ number: Int) -> UInt32 { 0x2d08_0000 | pick(-1, number, below: exits) }

    /// A server rented in a data centre: 47.96.0.0/16, the lower half of which is on public lists.
    func dataCentre(_ number: Int) -> UInt32 { 0x2f60_0000 | pick(-2, number, below: 1 << 16) }
}
