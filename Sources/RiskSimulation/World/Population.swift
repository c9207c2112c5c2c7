import CRiskKernels
import RiskColumns

/// What somebody is besides an ordinary subscriber. Most of it looks like fraud to somebody.
struct SubscriberTraits: OptionSet, Sendable {
    let rawValue: UInt16
    /// Calls strangers all day, on the way from cell to cell.
    static let courier = SubscriberTraits(rawValue: 1)
    /// A line of a call centre, not a person: dials strangers from one cell, no data.
    static let callCentre = SubscriberTraits(rawValue: 2)
    /// A network's test unit: calls at machine gaps from one cell, no data.
    static let probe = SubscriberTraits(rawValue: 4)
    /// A line that a company bought with many others on one morning.
    static let companyLine = SubscriberTraits(rawValue: 8)
    /// Uses a VPN.
    static let vpn = SubscriberTraits(rawValue: 16)
    /// Buys gift cards, in the season above all.
    static let giftShopper = SubscriberTraits(rawValue: 32)
    /// Away twice as often.
    static let traveller = SubscriberTraits(rawValue: 64)
    /// No data and few log-ins.
    static let withoutData = SubscriberTraits(rawValue: 128)
    /// The contract is in the name of somebody else of the family.
    static let familyContract = SubscriberTraits(rawValue: 256)
    /// Tops up other people's telephones for a living: honest virtual goods all day.
    static let reseller = SubscriberTraits(rawValue: 512)
    /// Sells houses, insurance or jobs by telephone from a number opened for it: strangers all day.
    static let sales = SubscriberTraits(rawValue: 1024)
    /// A second card, for calling out: hardly anybody knows its number.
    static let secondCard = SubscriberTraits(rawValue: 2048)
    /// A card that lay in a drawer and is taken out for a seasonal job: strangers by telephone.
    static let seasonal = SubscriberTraits(rawValue: 4096)
    /// Opened with many others of a school or a new staff on a day or two, in one shop.
    static let arrival = SubscriberTraits(rawValue: 8192)
    /// Bought by post from a shop of another region.
    static let byPost = SubscriberTraits(rawValue: 16_384)
}

/// One SIM card and the payment account that goes with it.
struct Subscriber: Sendable {
    var household: Int32
    /// -1 for none.
    var company: Int32
    var phone: Int32
    /// The telephone from `phoneDay` on.
    var nextPhone: Int32
    var phoneDay: Int16
    /// A tablet or computer, that the household may share; -1 for none.
    var other: Int32
    /// The day on which the card was activated, often long before the first.
    var activated: Int16
    /// Who the contract is with.
    var holder: Int32
    var store: Int32
    /// Events a day.
    var calls: Float
    var messages: Float
    var logins: Float
    var purchases: Float
    /// What purchases come to, in hundredths.
    var meanAmount: Float
    var rhythm: Rhythm
    var traits: SubscriberTraits

    func phone(on day: Int) -> Int32 { day < Int(phoneDay) ? phone : nextPhone }
}

/// Who lives together.
struct Household: Sendable {
    var first: Int32
    var size: Int16
    var region: Int16
    var cell: Int32
    /// The cell after moving house on `moveDay`.
    var nextCell: Int32
    var moveDay: Int16
    var isDormitory: Bool
    /// The broadband account; -1 for none.
    var line: Int32

    func cell(on day: Int) -> Int32 { day < Int(moveDay) ? cell : nextCell }
}

/// A company.
struct Company: Sendable {
    enum Kind: UInt8 { case ordinary, courier, callCentre, network }
    var kind: Kind
    var region: Int16
    var cell: Int32
    var store: Int32
    /// When it bought lines for its people, if it ever did; Int16.min for never.
    var bulkDay: Int16
}

/// What a broadband line is besides an ordinary one.
struct LineTraits: OptionSet, Sendable {
    let rawValue: UInt8
    /// Loses its connection for days at a time.
    static let unstable = LineTraits(rawValue: 1)
    /// Redials in the evening for a quicker route.
    static let gamer = LineTraits(rawValue: 2)
    /// Cameras, backups, streams: uploads as much as it downloads.
    static let uploader = LineTraits(rawValue: 4)
    /// A router that restarts every night.
    static let restarts = LineTraits(rawValue: 8)
    /// One of many in a landlord's name.
    static let landlord = LineTraits(rawValue: 16)
    /// One of many branches of a company, ordered on one day.
    static let chain = LineTraits(rawValue: 32)
    /// One of many flats of a new house, whose people all order within weeks at the nearest store.
    static let newEstate = LineTraits(rawValue: 64)
}

/// A broadband account.
struct BroadbandLine: Sendable {
    var region: Int16
    var ordered: Int16
    var purchaser: Int32
    var store: Int32
    var address: Int32
    var card: Int32
    /// Megabytes down a day.
    var traffic: Float
    var traits: LineTraits
}

/// The honest ones, fixed before the first day. The frauds' cards, lines and names have the numbers
/// after theirs.
struct Population: Sendable {
    var subscribers: [Subscriber] = []
    private(set) var households: [Household] = []
    private(set) var companies: [Company] = []
    private(set) var lines: [BroadbandLine] = []
    let storesPerRegion: Int
    let cellsPerRegion: Int
    /// Numbers of devices that are taken.
    var devices = 0
    /// Seasonal jobs by subscriber.
    var seasons: [Int32: Season] = [:]
    /// Shops that sell by post; their cards are used anywhere.
    var postStores: [Int32] = []
    var people: Int { subscribers.count + companies.count }
    /// Postal addresses and payment cards that are taken.
    private(set) var addresses = 0

    static let regions = AddressPlan.regions
    /// The first region is the largest.
    private static let regionWeights = cumulative((0..<regions).map { 1200 / (3 + $0) })
    private static let sizes = cumulative([26, 30, 24, 13, 7])
    private static let rhythms = cumulative([58, 17, 21, 4])

    init(subscribers count: Int, days: Int, seed: SplitMix64) {
        storesPerRegion = max(2, count / 400 / Self.regions)
        cellsPerRegion = max(6, count / 80 / Self.regions)
        makeCompanies(count: max(25, count / 60), days: days, seed: seed.child(1))
        var index = 0
        while subscribers.count < count {
            var draw = Draw(seed.child(2).child(UInt64(index)))
            settle(index, upTo: count, days: days, &draw)
            index += 1
        }
        addresses = households.count
        makeGroups(days: days, seed: seed.child(3))
        makeSeasons(days: days, seed: seed.child(4))
        makeOpenings(days: days, seed: seed.child(5))
    }

    func anyStore(in region: Int, _ draw: inout Draw) -> Int32 {
        Int32(region + Self.regions * draw.below(storesPerRegion))
    }

    func anyCell(in region: Int, _ draw: inout Draw) -> Int32 {
        Int32(region * cellsPerRegion + draw.below(cellsPerRegion))
    }

    func anyRegion(_ draw: inout Draw) -> Int { draw.place(cumulative: Self.regionWeights) }

    private mutating func makeCompanies(count: Int, days: Int, seed: SplitMix64) {
        for index in 0..<count {
            var draw = Draw(seed.child(UInt64(index)))
            let region = index % Self.regions
            let kind: Company.Kind =
                switch index % 25 {
                case 3: .callCentre
                case 7, 19: .courier
                case 11: index % 100 == 11 ? .network : .ordinary
                default: .ordinary
                }
            let buys = draw.chance(0.35) || kind == .callCentre || kind == .courier
            companies.append(
                Company(
                    kind: kind, region: Int16(region), cell: anyCell(in: region, &draw),
                    store: anyStore(in: region, &draw),
                    bulkDay: buys ? Int16(draw.integer(-500...max(0, days - 1))) : .min))
        }
    }

    /// A household and its people.
    private mutating func settle(_ index: Int, upTo count: Int, days: Int, _ draw: inout Draw) {
        let region = anyRegion(&draw)
        let isDormitory = draw.chance(0.0025)
        let size =
            isDormitory
            ? draw.integer(25...80) : draw.place(cumulative: Self.sizes) + 1
        let cell = anyCell(in: region, &draw)
        let moves = draw.uniform() * 365 * 12
        let hasLine = !isDormitory && draw.chance(0.82)
        households.append(
            Household(
                first: Int32(subscribers.count), size: Int16(min(size, count - subscribers.count)),
                region: Int16(region), cell: cell, nextCell: anyCell(in: region, &draw),
                moveDay: moves < Double(days) ? Int16(moves) : .max, isDormitory: isDormitory,
                line: hasLine ? Int32(lines.count) : -1))
        let tablet = isDormitory || !draw.chance(0.55) ? -1 : newDevice()
        let parent = Int32(subscribers.count)
        for place in 0..<size where subscribers.count < count {
            addSubscriber(
                household: index, region: region, tablet: tablet,
                parent: place > 0 && !isDormitory && draw.chance(0.3) ? parent : nil, days: days,
                isStudent: isDormitory, &draw)
        }
        if hasLine { addLine(of: index, region: region, days: days, &draw) }
    }

    private mutating func newDevice() -> Int32 {
        devices += 1
        return Int32(devices - 1)
    }

    private mutating func addSubscriber(
        household: Int, region: Int, tablet: Int32, parent: Int32?, days: Int, isStudent: Bool,
        _ draw: inout Draw
    ) {
        let index = Int32(subscribers.count)
        let isEmployed = !isStudent && draw.chance(0.52)
        let company =
            isEmployed
            ? min(
                companies.count - 1,
                region + Self.regions * draw.below((companies.count + 11) / Self.regions)) : -1
        let rhythm =
            isStudent ? Rhythm.evening : Rhythm.allCases[draw.place(cumulative: Self.rhythms)]
        var traits: SubscriberTraits = []
        var activated = draw.chance(0.035) ? draw.below(days) - 5 : -draw.integer(6...2500)
        var holder = index
        var store = anyStore(in: region, &draw)
        if draw.chance(0.045) { traits.insert(.vpn) }
        if draw.chance(0.035) { traits.insert(.giftShopper) }
        if draw.chance(0.08) { traits.insert(.traveller) }
        if draw.chance(rhythm == .retired ? 0.45 : 0.06) { traits.insert(.withoutData) }
        if draw.chance(0.003) { traits.insert(.reseller) }
        if isEmployed, draw.chance(0.035) {
            // Staff comes and goes, and numbers with complaints are given up.
            traits.insert(.sales)
            if draw.chance(0.5) { traits.insert(.withoutData) }
            if draw.chance(0.5) { activated = days - draw.below(days + 120) }
        } else if draw.chance(0.06) {
            traits.insert(.secondCard)
            if draw.chance(0.6) { traits.insert(.withoutData) }
            if draw.chance(0.2) { activated = days - draw.below(days + 60) }
        }
        if let parent {
            holder = parent
            traits.insert(.familyContract)
            store = subscribers[Int(parent)].store
            if draw.chance(0.4) { activated = Int(subscribers[Int(parent)].activated) }
        }
        if company >= 0 {
            let employer = companies[company]
            switch employer.kind {
            case .callCentre where draw.chance(0.35):
                traits = [.callCentre, .companyLine, .withoutData]
            case .courier where draw.chance(0.3): traits.insert(.courier)
            case .network where draw.chance(0.4): traits = [.probe, .withoutData, .companyLine]
            default: break
            }
            if employer.bulkDay > .min, traits.contains(.companyLine) || draw.chance(0.12) {
                traits.insert(.companyLine)
                traits.remove(.familyContract)
                activated = Int(employer.bulkDay)
                // A call centre's lines are given up and opened anew.
                if traits.contains(.callCentre), draw.chance(0.5) {
                    activated = days - (Int(index) / 4 % 9 + 1) * 20
                }
                holder = Int32(-2 - company)
                store = employer.store
            }
        }
        let isMachine = !traits.isDisjoint(with: [.callCentre, .probe])
        let talk = rk_exp_f64(draw.uniform(-1.4...1.5))
        let phone = newDevice()
        let changes = draw.uniform() * 800
        let phoneDay = changes < Double(days) ? Int16(changes) : Int16.max
        subscribers.append(
            Subscriber(
                household: Int32(household), company: Int32(company), phone: phone,
                nextPhone: phoneDay < .max ? newDevice() : phone, phoneDay: phoneDay,
                other: isMachine ? -1 : tablet >= 0 ? tablet : draw.chance(0.3) ? newDevice() : -1,
                activated: Int16(activated), holder: holder, store: store,
                calls: Float(2.1 * talk), messages: Float(draw.uniform(0.1...1.2)),
                logins: Float(isMachine ? 0 : draw.uniform(0.15...1.9)),
                purchases: Float(isMachine ? 0 : draw.uniform(0.02...0.75)),
                meanAmount: Float(2500 * rk_exp_f64(draw.uniform() * 2)), rhythm: rhythm,
                traits: traits))
    }

    private mutating func addLine(of household: Int, region: Int, days: Int, _ draw: inout Draw) {
        var traits: LineTraits = []
        if draw.chance(0.06) { traits.insert(.unstable) }
        if draw.chance(0.012) { traits.insert(.gamer) }
        if draw.chance(0.05) { traits.insert(.uploader) }
        if draw.chance(0.03) { traits.insert(.restarts) }
        let ordered = draw.chance(0.07) ? draw.below(days) : -draw.integer(1...2000)
        lines.append(
            BroadbandLine(
                region: Int16(region), ordered: Int16(ordered),
                purchaser: households[household].first, store: anyStore(in: region, &draw),
                address: Int32(household), card: Int32(household),
                traffic: Float(6000 * rk_exp_f64(draw.uniform(-1.8...1.8))), traits: traits))
    }

    /// Landlords, who order for their tenants, and chains, which order for their branches.
    private mutating func makeGroups(days: Int, seed: SplitMix64) {
        var index = 0
        while index < lines.count {
            var draw = Draw(seed.child(UInt64(index)))
            let kind = draw.uniform()
            let size = draw.integer(4...18)
            if kind < 0.006 {
                let isLandlord = kind < 0.0035
                let span = draw.integer(1...40)
                let first = draw.integer(-120...days)
                let owner = lines[index]
                // Flats of one house.
                let isOneHouse = !isLandlord || draw.chance(0.6)
                for tenant in index..<min(lines.count, index + size) {
                    lines[tenant].store = owner.store
                    lines[tenant].ordered = Int16(min(days - 1, first + draw.below(span)))
                    lines[tenant].traits.insert(isLandlord ? .landlord : .newEstate)
                    if isOneHouse { lines[tenant].address = owner.address }
                    if isLandlord {
                        lines[tenant].purchaser = owner.purchaser
                        lines[tenant].card = owner.card
                    }
                }
                index += size
            }
            index += draw.integer(1...3)
        }
        for company in companies.indices {
            var draw = Draw(seed.child(1 << 40 | UInt64(company)))
            guard draw.chance(0.03) else { continue }
            let day = Int16(draw.integer(-100...max(0, days - 1)))
            for _ in 0..<draw.integer(6...25) {
                lines.append(
                    BroadbandLine(
                        region: Int16(anyRegion(&draw)), ordered: day,
                        purchaser: Int32(subscribers.count + company),
                        store: companies[company].store, address: Int32(addresses),
                        card: Int32(households.count + company),
                        traffic: Float(draw.uniform(1000...9000)),
                        traits: draw.chance(0.1) ? [.chain, .uploader] : .chain))
                addresses += 1
            }
        }
        for place in subscribers.indices where subscribers[place].holder < -1 {
            subscribers[place].holder = Int32(subscribers.count) - 2 - subscribers[place].holder
        }
    }
}
