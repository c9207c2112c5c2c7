import CRiskKernels
import RiskColumns

/// What a shop is, as somebody who looks for fraud may mistake it.
enum ShopKind: UInt8, CaseIterable, Sendable {
    /// Goods without a brand.
    case ordinary
    /// A brand's own shop, and those that it has authorised.
    case official, retailer
    /// Last year's goods, used goods, goods brought in by the lot: under the brand's price.
    case outlet, secondHand, importer
    /// Stickers, needles, covers: parcels that weigh nothing.
    case lightGoods
    /// Brought by a rider within hours, without a parcel.
    case localDelivery
    /// Sells by the box to companies and other shops, again and again.
    case wholesale
    /// Sells in live broadcasts: dozens of orders within an hour.
    case liveSale

    /// In the truth; nil for what resembles nothing.
    var group: String? {
        switch self {
        case .ordinary, .official, .retailer: nil
        case .outlet: "outlet"
        case .secondHand: "second-hand"
        case .importer: "honest-reseller"
        case .lightGoods: "light-goods"
        case .localDelivery: "local-delivery"
        case .wholesale: "wholesale"
        case .liveSale: "live-sale"
        }
    }
}

/// A shop of the marketplace.
struct Shop: Sendable {
    var kind: ShopKind
    /// Who it belongs to.
    var owner: Int32
    var region: Int16
    var opened: Int16
    /// How sought after it is.
    var weight: Int
    /// -1: goods without a brand.
    var brand: Int16
    /// Its prices, as a share of the brand's; of goods without a brand, what a unit comes to.
    var price: Float
    /// What a unit weighs.
    var grams: Float
    var warehouse: Int32
    var sender: Int32
    /// What it is run from.
    var device: Int32
    /// -1 for none.
    var domain: Int32 = -1
    /// Who supplies its branded goods; -1 for none that is on record.
    var supplier: Int32 = -1
    /// The region that they come from.
    var origin: Int16 = 0
    /// The day from which on it has sold the brand; before that, goods without one.
    var branded: Int16 = .min
    /// Whether it buys from traders, now from this one and now from that.
    var buysFromTraders = false
    /// Whether a small warehouse is shared with other honest shops, or the device with an agency's.
    var sharesWarehouse = false
    var hasAgency = false
}

/// A brand: what a unit costs in its own shops, and what it weighs.
struct Brand: Sendable {
    /// Hundredths.
    var price: Double
    var grams: Double
    var region: Int16
}

/// The honest half of the marketplace, fixed before the first day. The gangs' shops have the numbers
/// after these.
struct Market: Sendable {
    private(set) var shops: [Shop] = []
    private(set) var brands: [Brand] = []
    /// Cumulative weights of the shops.
    private(set) var weights: [Int] = []
    /// Shops that sell by the box.
    private(set) var wholesalers: [Int32] = []
    /// Numbers of warehouses, senders, suppliers and domains that are taken.
    private(set) var warehouses: Int32 = 0
    private(set) var senders: Int32 = 0
    private(set) var suppliers: Int32 = 0
    private(set) var domains: Int32 = 0
    /// Fulfilment centres that anybody can use: a warehouse and a sender each.
    private(set) var centres: [(warehouse: Int32, sender: Int32)] = []

    /// Shops' devices, the gangs' accounts, devices, addresses and cards: numbers that nobody else has.
    static let firstDevice: Int32 = 1_400_000_000
    static let firstAccount: Int32 = 1_400_000_000
    static let companyAccounts: Int32 = 1_600_000_000
    private static let kinds = cumulative([54, 2, 12, 5, 4, 6, 6, 4, 3, 4])
    private static let brandCount = 24
    static let subscribersPerShop = 8
    /// Traders of a month have numbers after those of all other suppliers.
    static let firstTrader: Int32 = 1_000_000
    /// Shops for each trader of a month.
    static let shopsPerTrader = 14

    init(_ population: Population, days: Int, seed: SplitMix64) {
        var draw = Draw(seed.child(1))
        for _ in 0..<Self.brandCount {
            brands.append(
                Brand(
                    price: draw.uniform(6000...60_000), grams: draw.uniform(180...1400),
                    region: Int16(population.anyRegion(&draw))))
        }
        // A brand's distributor, then those who deal in lots, in two market towns.
        suppliers = Int32(Self.brandCount + 10)
        let people = population.subscribers.count
        for number in 0..<max(80, people / Self.subscribersPerShop) {
            addShop(number, population, days: days, Draw(seed.child(2).child(UInt64(number))))
        }
        shareWarehouses(seed.child(3))
        wholesalers = shops.indices.filter { shops[$0].kind == .wholesale }.map { Int32($0) }
        var total = 0
        weights = shops.map { shop in
            total += shop.weight
            return total
        }
    }

    private mutating func addShop(_ number: Int, _ population: Population, days: Int, _ own: Draw) {
        var draw = own
        let region = population.anyRegion(&draw)
        let kind = ShopKind.allCases[draw.place(cumulative: Self.kinds)]
        let brand = draw.below(Self.brandCount)
        let isNew = draw.chance(0.12)
        var shop = Shop(
            kind: kind, owner: Int32(draw.below(population.subscribers.count)),
            region: Int16(region),
            opened: Int16(isNew ? draw.below(days + 60) - 60 : -draw.integer(60...1800)),
            weight: 20 + Int(200 * draw.spread(1.1)), brand: -1,
            price: Float(2500 * rk_exp_f64(draw.uniform() * 2)),
            grams: Float(150 * rk_exp_f64(draw.uniform() * 3)), warehouse: warehouses,
            sender: senders, device: Self.firstDevice + Int32(number))
        switch kind {
        case .official: (shop.price, shop.brand) = (1, Int16(brand))
        case .retailer: (shop.price, shop.brand) = (Float(draw.uniform(0.82...1.05)), Int16(brand))
        case .outlet: (shop.price, shop.brand) = (Float(draw.uniform(0.45...0.8)), Int16(brand))
        case .secondHand:
            (shop.price, shop.brand) = (Float(draw.uniform(0.2...0.6)), Int16(brand))
        case .importer: (shop.price, shop.brand) = (Float(draw.uniform(0.5...0.85)), Int16(brand))
        case .lightGoods:
            (shop.price, shop.grams) = (
                Float(draw.uniform(600...6000)), Float(draw.uniform(15...90))
            )
        case .wholesale: shop.price *= 2
        case .ordinary, .localDelivery, .liveSale: break
        }
        if shop.brand >= 0 { shop.grams = Float(brands[brand].grams) }
        switch kind {
        case .official, .retailer, .outlet:
            (shop.supplier, shop.origin) = (Int32(brand), brands[brand].region)
        case .importer:
            let lot = draw.below(10)
            shop.supplier = Int32(Self.brandCount + lot)
            shop.origin = Int16(3 + lot % 2)
        case .secondHand: shop.buysFromTraders = draw.chance(0.5)
        default: break
        }
        if shop.supplier >= 0, kind != .official {
            shop.buysFromTraders = draw.chance(kind == .importer ? 0.7 : 0.4)
        }
        // Some took the brand up lately.
        if shop.brand >= 0, draw.chance(0.3) {
            shop.branded = Int16(max(Int(shop.opened), draw.below(days + 60) - 60))
        }
        warehouses += 1
        senders += 1
        if draw.chance(0.16) {
            shop.domain = domains
            domains += 1
        }
        shops.append(shop)
    }

    /// Fulfilment centres, small warehouses that a few shops share, and agencies that run several.
    private mutating func shareWarehouses(_ seed: SplitMix64) {
        var draw = Draw(seed)
        for _ in 0..<max(3, shops.count / 150) {
            centres.append((warehouses, senders))
            warehouses += 1
            senders += 1
        }
        var index = 0
        while index < shops.count {
            if draw.chance(0.3) {
                (shops[index].warehouse, shops[index].sender) = centres[draw.below(centres.count)]
            } else if draw.chance(0.06) {
                let end = min(shops.count, index + draw.integer(2...8))
                for other in index + 1..<max(end, index + 1) {
                    shops[other].warehouse = shops[index].warehouse
                    if draw.chance(0.7) { shops[other].sender = shops[index].sender }
                    shops[other].region = shops[index].region
                }
                for other in index..<end { shops[other].sharesWarehouse = true }
                index = end - 1
            } else if draw.chance(0.03) {
                let end = min(shops.count, index + draw.integer(3...10))
                let ownDomain = draw.chance(0.4) ? shops[index].domain : -1
                for other in index..<end {
                    shops[other].device = shops[index].device
                    shops[other].hasAgency = true
                    if ownDomain >= 0 { shops[other].domain = ownDomain }
                }
                index = end - 1
            }
            index += 1
        }
    }

    /// Any shop, the sought after ones more often.
    /// - Complexity: O(log shops).
    func anyShop(_ draw: inout Draw) -> Int32 {
        let drawn = draw.below(weights[weights.count - 1])
        var (low, high) = (0, weights.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if weights[middle] > drawn { high = middle } else { low = middle + 1 }
        }
        return Int32(low)
    }
}
