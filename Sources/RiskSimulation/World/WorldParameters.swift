/// What the gangs of the subscribers' world do, and how often. `docs/simulation.md` explains each
/// number.
///
/// Rates of starts are per day and 10,000 subscribers, so that a smaller world has as high a share of
/// fraud. Days are whole days of the world, amounts hundredths of the currency.
public struct WorldParameters: Equatable, Sendable {
    /// How an operator comes to know of a fraud.
    public struct Discovery: Equatable, Sendable {
        /// The share of the frauds that ever become a case.
        public var share: Double
        /// How many days after its first act a case becomes known.
        public var delay: ClosedRange<Int>
    }

    /// A stolen payment account that is emptied into goods that can be resold at once.
    public struct Takeover: GangTactic, Equatable, Sendable {
        /// Accounts taken over in a day.
        public var startsPerDay: Double
        /// Days over which the account is used.
        public var days: ClosedRange<Int>
        /// Log-ins on the days before the first purchase, to let the new device grow old.
        public var quietLogins: ClosedRange<Int>
        /// Purchases in all.
        public var purchases: ClosedRange<Int>
        /// Their amounts, in multiples of what the owner's purchases come to.
        public var multiples: ClosedRange<Double>
        /// The share of acts between 0:00 and 6:00; the others keep to the owner's hours.
        public var atNight: Double
        /// The share of purchases that are gift cards, top-ups and game credit.
        public var virtualGoods: Double
        /// The share of accounts for which a device of the gang is used again; the others get a
        /// device of their own.
        public var gangDevice: Double
        /// The share of accounts that are worked by remote control of the owner's own device, from the
        /// owner's own address.
        public var remoteControl: Double
        /// The share of acts from a home connection of the owner's region that is let as a proxy; of
        /// the others half come from VPN exits and half from data centres.
        public var homeProxy: Double
        /// How it becomes known.
        public var discovery: Discovery
    }

    /// A list of passwords tried one account after the other.
    public struct Sweep: GangTactic, Equatable, Sendable {
        /// Sweeps that start in a day.
        public var startsPerDay: Double
        /// Days that a sweep goes on.
        public var days: ClosedRange<Int>
        /// Addresses that it comes from on a day.
        public var addresses: ClosedRange<Int>
        /// Accounts tried from an address on a day.
        public var tries: ClosedRange<Int>
        /// Seconds between two tries from one address.
        public var gap: ClosedRange<Int>
        /// Tries between two changes of the device's fingerprint.
        public var triesPerDevice: Int
        /// The share of fingerprints that are copied from honest people's devices; the others are
        /// invented.
        public var copied: Double
        /// The share of passwords that fit.
        public var success: Double
        /// Whether it comes from homes let as proxies and not from a data centre.
        public var throughHomes: Bool
        /// How it becomes known.
        public var discovery: Discovery
    }

    /// A box of SIM cards that calls strangers.
    public struct Farm: GangTactic, Equatable, Sendable {
        /// SIM cards that begin to call in a day.
        public var startsPerDay: Double
        /// SIM cards in one box.
        public var slots: ClosedRange<Int>
        /// Days from the activation of a card to its first call.
        public var dormant: ClosedRange<Int>
        /// Days that a card calls unless it is shut down.
        public var days: ClosedRange<Int>
        /// Calls of a card on a day.
        public var calls: ClosedRange<Int>
        /// Seconds that they last, where a machine keeps the hours; else they last as people's do.
        public var seconds: ClosedRange<Int>
        /// Cards for each device identity of the box.
        public var simsPerIdentity: Double
        /// The share of days on which a card moves to another identity.
        public var swaps: Double
        /// Cells that the box seems to be in, one a day.
        public var cells: Int
        /// The share of calls that go to the gang's own cards and so come in there.
        public var mutual: Double
        /// The share of calls to somebody called before: who has taken the bait is called again.
        public var repeats: Double
        /// The share of callees who call back.
        public var callbacks: Double
        /// Messages sent in a day.
        public var messages: Double
        /// The share of days with some data.
        public var data: Double
        /// Whether calls keep the hours of people and not those of a machine.
        public var humanHours: Bool
        /// The share of calls about which somebody complains.
        public var complaints: Double
        /// The share of cards that were bought or rented from the people who used them before; they have
        /// been open for long, under names of their own, in shops all over the country.
        public var rented: Double
        /// The share of cards that stay in the telephones of people who are paid to let a gang call through
        /// them, while their own lives go on.
        public var relays: Double
        /// Cards on one identity document, of those opened for the box.
        public var simsPerHolder: ClosedRange<Int>
        /// Days over which the cards of one box are activated.
        public var activation: ClosedRange<Int>
        /// Dealers through which they are activated.
        public var stores: Int
        /// How it becomes known.
        public var discovery: Discovery
    }

    /// Broadband accounts bought to feed a service that lets addresses.
    public struct ProxyLines: GangTactic, Equatable, Sendable {
        /// Gangs that begin to order in a day.
        public var startsPerDay: Double
        /// Accounts of one gang.
        public var accounts: ClosedRange<Int>
        /// Days over which they are ordered.
        public var ordering: ClosedRange<Int>
        /// Accounts in one purchaser's name.
        public var perPurchaser: Int
        /// Accounts at one address.
        public var perAddress: Int
        /// Accounts on one payment card.
        public var perCard: Int
        /// Stores that sell them.
        public var stores: Int
        /// Days that an account runs unless it is shut down.
        public var days: ClosedRange<Int>
        /// The share of lines that families let for money: old lines in names of their own.
        public var rented: Double
        /// Megabytes down a day.
        public var traffic: ClosedRange<Double>
        /// New connections a day.
        public var redials: ClosedRange<Int>
        /// The hours of a day in which it redials, of 24.
        public var hours: ClosedRange<Int>
        /// Upload for each unit of download.
        public var upload: ClosedRange<Double>
        /// How it becomes known.
        public var discovery: Discovery
    }

    /// A raid within one night.
    public var easyTakeover = Takeover(
        startsPerDay: 2.2, days: 1...1, quietLogins: 0...0, purchases: 3...7, multiples: 2.5...7,
        atNight: 0.8, virtualGoods: 0.92, gangDevice: 0.8, remoteControl: 0, homeProxy: 0.15,
        discovery: Discovery(share: 0.6, delay: 1...9))
    /// A few purchases like the owner's, from an aged device in the owner's region.
    public var evasiveTakeover = Takeover(
        startsPerDay: 1.6, days: 2...5, quietLogins: 2...6, purchases: 2...4, multiples: 0.8...2.2,
        atNight: 0.1, virtualGoods: 0.6, gangDevice: 0.1, remoteControl: 0.45, homeProxy: 0.85,
        discovery: Discovery(share: 0.45, delay: 3...14))
    /// One address, machine pace.
    public var easySweep = Sweep(
        startsPerDay: 0.5, days: 1...2, addresses: 1...2, tries: 15...120, gap: 2...4,
        triesPerDevice: 300, copied: 0, success: 0.02, throughHomes: false,
        discovery: Discovery(share: 0.6, delay: 1...5))
    /// Many homes, few tries each, new fingerprints.
    public var evasiveSweep = Sweep(
        startsPerDay: 0.5, days: 2...5, addresses: 8...25, tries: 1...6, gap: 60...1500,
        triesPerDevice: 2, copied: 0.4, success: 0.03, throughHomes: true,
        discovery: Discovery(share: 0.35, delay: 3...10))
    /// A gateway that dials all day.
    public var easyFarm = Farm(
        startsPerDay: 4, slots: 8...32, dormant: 0...12, days: 4...14, calls: 35...120,
        seconds: 4...45, simsPerIdentity: 4, swaps: 0.3, cells: 1, mutual: 0, repeats: 0.06,
        callbacks: 0.04, messages: 0.3, data: 0.05, humanHours: false, complaints: 0.006,
        rented: 0.25, relays: 0, simsPerHolder: 2...5, activation: 1...3, stores: 1,
        discovery: Discovery(share: 0.55, delay: 2...10))
    /// Aged cards, few calls, an identity each, some traffic of their own; or telephones of people who
    /// are paid.
    public var evasiveFarm = Farm(
        startsPerDay: 3, slots: 8...24, dormant: 15...45, days: 10...25, calls: 4...18,
        seconds: 10...240, simsPerIdentity: 1, swaps: 0.04, cells: 4, mutual: 0.25, repeats: 0.35,
        callbacks: 0.12, messages: 1, data: 0.7, humanHours: true, complaints: 0.002,
        rented: 0.6, relays: 0.35, simsPerHolder: 1...2, activation: 10...30, stores: 3,
        discovery: Discovery(share: 0.35, delay: 4...16))
    /// One purchaser, one store, round the clock.
    public var easyLines = ProxyLines(
        startsPerDay: 0.09, accounts: 5...18, ordering: 1...4, perPurchaser: 8, perAddress: 6,
        perCard: 12, stores: 1, days: 20...50, rented: 0.05, traffic: 4000...40_000,
        redials: 40...200, hours: 24...24, upload: 0.4...1.1,
        discovery: Discovery(share: 0.6, delay: 6...20))
    /// Many names over weeks, redialling like an unstable line.
    public var evasiveLines = ProxyLines(
        startsPerDay: 0.07, accounts: 5...15, ordering: 14...35, perPurchaser: 1, perAddress: 1,
        perCard: 3, stores: 3, days: 25...60, rented: 0.4, traffic: 2500...20_000,
        redials: 3...20, hours: 12...20, upload: 0.08...0.4,
        discovery: Discovery(share: 0.35, delay: 8...25))
    /// Cards by the handful on each document, sold within weeks and used far away.
    public var easyBlackCards = BlackCards(
        startsPerDay: 0.08, cards: 6...22, perHolder: 3...5, stores: 1, opening: 1...2,
        foreignDocuments: 0.75, knownHolders: 0.3, waiting: 4...25, days: 8...40, keptAlive: 0.03,
        usedElsewhere: 0.9, calls: 3...22, data: 0.35,
        discovery: Discovery(share: 0.5, delay: 3...12))
    /// One or two on a document, opened over weeks in several shops and used a little while they wait.
    public var evasiveBlackCards = BlackCards(
        startsPerDay: 0.08, cards: 5...14, perHolder: 1...2, stores: 4, opening: 8...30,
        foreignDocuments: 0.3, knownHolders: 0.05, waiting: 15...60, days: 12...50, keptAlive: 0.45,
        usedElsewhere: 0.55, calls: 0...7, data: 0.8,
        discovery: Discovery(share: 0.3, delay: 5...18))
    /// A modem pool whose numbers receive codes all day; accounts are registered by the dozen.
    public var easyCodes = CodeNumbers(
        startsPerDay: 0.12, numbers: 6...20, inPool: true, days: 8...30, codes: 3...14,
        registrations: 1...4, devices: 4, addresses: 3, homeProxy: 0.3, warm: 0.5, handedOver: 0,
        discovery: Discovery(share: 0.55, delay: 2...10))
    /// Numbers of people who are paid a little for each code.
    public var evasiveCodes = CodeNumbers(
        startsPerDay: 0.14, numbers: 4...14, inPool: false, days: 8...30, codes: 0...3,
        registrations: 1...2, devices: 0, addresses: 0, homeProxy: 0.85, warm: 0, handedOver: 0.3,
        discovery: Discovery(share: 0.3, delay: 4...16))
    /// What the marketplace's gangs do.
    public var market = MarketParameters()
    /// The share of gangs that turn evasive after a case against them became known.
    public var learning = 0.3
    /// Mistaken cases for each true one; most of them against look-alikes.
    public var mistakes = 0.05

    /// The parameters of the registered scenario.
    public init() {}
}

extension WorldParameters {
    /// The same gangs with other habits: smaller, slower, better spread. A model that was trained on
    /// the others has not seen them.
    public var shifted: WorldParameters {
        var other = self
        other.market = market.shifted
        for path in [\WorldParameters.easyTakeover, \.evasiveTakeover] {
            other[keyPath: path].multiples = Self.scale(self[keyPath: path].multiples, 0.8)
            other[keyPath: path].atNight *= 0.7
            other[keyPath: path].virtualGoods *= 0.9
            other[keyPath: path].gangDevice *= 0.7
            other[keyPath: path].homeProxy = min(1, self[keyPath: path].homeProxy * 1.5)
        }
        for path in [\WorldParameters.easySweep, \.evasiveSweep] {
            other[keyPath: path].tries = Self.scale(self[keyPath: path].tries, 0.7)
            other[keyPath: path].gap = Self.scale(self[keyPath: path].gap, 2)
            other[keyPath: path].copied *= 1.3
        }
        for path in [\WorldParameters.easyFarm, \.evasiveFarm] {
            other[keyPath: path].calls = Self.scale(self[keyPath: path].calls, 0.75)
            other[keyPath: path].seconds = Self.scale(self[keyPath: path].seconds, 1.3)
            other[keyPath: path].simsPerIdentity = max(
                1, self[keyPath: path].simsPerIdentity * 0.75)
            other[keyPath: path].cells += 1
            other[keyPath: path].complaints *= 0.8
            other[keyPath: path].callbacks *= 1.3
            other[keyPath: path].rented = min(1, self[keyPath: path].rented * 1.3)
            other[keyPath: path].relays = min(1, self[keyPath: path].relays * 1.3)
        }
        for path in [\WorldParameters.easyBlackCards, \.evasiveBlackCards] {
            other[keyPath: path].perHolder =
                max(
                    1, self[keyPath: path].perHolder.lowerBound - 1)...max(
                    1, self[keyPath: path].perHolder.upperBound - 1)
            other[keyPath: path].stores += 1
            other[keyPath: path].opening = Self.scale(self[keyPath: path].opening, 1.5)
            other[keyPath: path].foreignDocuments *= 0.8
            other[keyPath: path].usedElsewhere *= 0.85
            other[keyPath: path].keptAlive *= 1.3
        }
        for path in [\WorldParameters.easyCodes, \.evasiveCodes] {
            other[keyPath: path].codes = 0...max(2, self[keyPath: path].codes.upperBound * 7 / 10)
            other[keyPath: path].devices *= 2
            other[keyPath: path].addresses *= 2
            other[keyPath: path].homeProxy = min(1, self[keyPath: path].homeProxy * 1.2)
            other[keyPath: path].warm *= 1.3
        }
        for path in [\WorldParameters.easyLines, \.evasiveLines] {
            other[keyPath: path].redials = Self.scale(self[keyPath: path].redials, 0.7)
            other[keyPath: path].perPurchaser = max(1, self[keyPath: path].perPurchaser * 3 / 4)
            other[keyPath: path].perCard = max(1, self[keyPath: path].perCard * 3 / 4)
            other[keyPath: path].stores += 1
        }
        return other
    }

    private static func scale(_ range: ClosedRange<Int>, _ factor: Double) -> ClosedRange<Int> {
        let low = max(1, Int(Double(range.lowerBound) * factor))
        return low...max(low, Int(Double(range.upperBound) * factor))
    }

    private static func scale(
        _ range: ClosedRange<Double>, _ factor: Double
    ) -> ClosedRange<Double> {
        range.lowerBound * factor...range.upperBound * factor
    }
}
