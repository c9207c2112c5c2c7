import RiskColumns

/// What the marketplace's gangs are going to do, drawn before the first day; begun up to 90 days before
/// it.
struct MarketPlans: GangPlans, Sendable {
    /// Who an order is placed by.
    struct Buyer: Sendable {
        let account: Int32
        let device: Int32
        let address: Int32
        let card: Int32
        let region: Int16
        /// Whether it is a subscriber who is paid; device, address and card are then the subscriber's.
        let isPerson: Bool
    }

    /// Orders that a shop has placed with itself.
    struct Campaign: Sendable {
        let shop: Int32
        let tactic: Tactic
        let gang: Int32
        let days: Range<Int>
        let buyers: [Buyer]
        /// The gang's dispatch service.
        let sender: Int32
        let known: Int?
    }

    /// An order of a campaign.
    struct FalseOrder: Sendable {
        let campaign: Int32
        let buyer: Int32
        let day: Int
    }

    /// A shop that sells a workshop's fakes.
    struct RingShop: Sendable {
        let shop: Int32
        let tactic: Tactic
        let gang: Int32
        let days: Range<Int>
        /// What it sells the fakes with: sender, warehouse, device, domain, supplier, brand, price.
        let record: Shop
        let isFriend: Bool
        let orders: Double
        /// The day on which its domain was registered.
        let registered: Int
        let known: Int?
    }

    private(set) var campaigns: [Campaign] = []
    private(set) var falseOrders: [FalseOrder] = []
    private(set) var falseOrdersOfDay: [Int: [Int32]] = [:]
    private(set) var ringShops: [RingShop] = []
    /// The gangs' own shops, numbered after the honest ones.
    private(set) var newShops: [Shop] = []
    /// Honest shops that a case is opened against, with the days that it is about.
    private(set) var mistakes: [(shop: Int32, days: Range<Int>, known: Int)] = []

    let days: Int
    var gangs: Gangs
    private var senders: Int32
    private var warehouses: Int32
    private var suppliers: Int32
    private var domains: Int32
    private var accounts: Int32 = 0
    private var taken: Set<Int32> = []

    init(
        _ market: Market, _ population: Population, _ parameters: MarketParameters, days: Int,
        seed: SplitMix64
    ) {
        self.days = days
        gangs = Gangs(lead: 90, subscribers: population.subscribers.count)
        (senders, warehouses) = (market.senders, market.warehouses)
        (suppliers, domains) = (market.suppliers, market.domains)
        planCampaigns(market, population, parameters, seed.child(1))
        planRings(market, population, parameters, seed.child(2))
        planMistakes(market, parameters, seed.child(3))
    }

    private mutating func next(_ counter: WritableKeyPath<Self, Int32>) -> Int32 {
        self[keyPath: counter] += 1
        return self[keyPath: counter] - 1
    }

    // MARK: false sales

    private mutating func planCampaigns(
        _ market: Market, _ population: Population, _ parameters: MarketParameters,
        _ seed: SplitMix64
    ) {
        // The accounts of each gang, the people it pays, and its dispatch service.
        var farms: [Int32: [Buyer]] = [:]
        var crews: [Int32: [Buyer]] = [:]
        var services: [Int32: Int32] = [:]
        begin(
            7, parameters.easyBrushing, parameters.evasiveBrushing, learning: parameters.learning,
            seed
        ) { plans, plan, start, draw in
            let sender = services[start.gang] ?? plans.next(\.senders)
            services[start.gang] = sender
            let isEasy = start.tactic == .easy
            var pool = (isEasy ? farms[start.gang] : crews[start.gang]) ?? []
            let count = draw.integer(plan.buyers)
            plans.recruit(into: &pool, count, plan, population, on: start.day, &draw)
            if isEasy { farms[start.gang] = pool } else { crews[start.gang] = pool }
            plans.run(plan, start, sender, pool, count, market, &draw)
        }
        for (index, order) in falseOrders.enumerated() {
            falseOrdersOfDay[order.day, default: []].append(Int32(index))
        }
    }

    /// Brings a gang's buyers up to what a campaign needs, and some more than that.
    private mutating func recruit(
        into pool: inout [Buyer], _ count: Int, _ plan: MarketParameters.Brushing,
        _ population: Population, on day: Int, _ draw: inout Draw
    ) {
        let wanted = max(count + (plan.paidPeople ? count / 2 : 0), pool.count + count / 5)
        let region = Int16(population.anyRegion(&draw))
        var tries = 0
        while pool.count < wanted, tries < 20 * wanted {
            tries += 1
            if plan.paidPeople {
                let index = draw.below(population.subscribers.count)
                let who = population.subscribers[index]
                guard who.logins > 0, Int(who.activated) < day else { continue }
                let household = Int(who.household)
                pool.append(
                    Buyer(
                        account: Int32(index), device: who.phone(on: day), address: who.household,
                        card: MarketRun.ownCard(index),
                        region: population.households[household].region, isPerson: true))
            } else {
                let number = next(\.accounts)
                let first = Market.firstAccount
                pool.append(
                    Buyer(
                        account: first + number,
                        device: first + 100_000_000 + number / Int32(plan.perDevice),
                        address: first + number / Int32(plan.perAddress),
                        card: first + number / Int32(plan.perCard), region: region, isPerson: false)
                )
            }
        }
    }

    private mutating func run(
        _ plan: MarketParameters.Brushing, _ start: GangStart, _ sender: Int32, _ pool: [Buyer],
        _ count: Int, _ market: Market, _ draw: inout Draw
    ) {
        let day = start.day
        var shop = Int32(draw.below(market.shops.count))
        for _ in 0..<20 {
            let candidate = market.shops[Int(shop)]
            if candidate.kind == .ordinary || candidate.kind == .retailer,
                Int(candidate.opened) < day
            {
                break
            }
            shop = Int32(draw.below(market.shops.count))
        }
        let known = gangs.discover(plan.discovery, from: day, gang: start.gang, &draw)
        let end = day + draw.integer(plan.days)
        let stop = known.map { min(end, $0 + 1) } ?? end
        var members = pool
        for place in 0..<min(count, members.count) {
            members.swapAt(place, place + draw.below(members.count - place))
        }
        members = Array(members.prefix(count))
        let index = Int32(campaigns.count)
        campaigns.append(
            Campaign(
                shop: shop, tactic: start.tactic, gang: start.gang, days: day..<stop,
                buyers: members, sender: sender, known: known))
        for buyer in members.indices {
            for _ in 0..<draw.integer(plan.ordersPerBuyer) {
                let chosen = day + draw.below(end - day)
                if chosen < stop {
                    falseOrders.append(
                        FalseOrder(campaign: index, buyer: Int32(buyer), day: chosen))
                }
            }
        }
    }

    // MARK: counterfeits

    private mutating func planRings(
        _ market: Market, _ population: Population, _ parameters: MarketParameters,
        _ seed: SplitMix64
    ) {
        begin(
            8, parameters.easyRing, parameters.evasiveRing, learning: parameters.learning, seed
        ) { plans, plan, start, draw in plans.open(start, plan, market, population, &draw) }
    }

    private mutating func open(
        _ start: GangStart, _ plan: MarketParameters.CounterfeitRing, _ market: Market,
        _ population: Population, _ draw: inout Draw
    ) {
        let brand = draw.below(market.brands.count)
        let origin = Int16(population.anyRegion(&draw))
        let (sender, warehouse) = (next(\.senders), next(\.warehouses))
        let domain = next(\.domains)
        let device = Market.firstDevice + 50_000_000 + domain
        let traders = (0..<plan.suppliers).map { _ in next(\.suppliers) }
        for _ in 0..<draw.integer(plan.shops) {
            var first = start.day + draw.below(draw.integer(plan.opening))
            // A shop found out goes on as a friend's, twice at most.
            for generation in 0..<3 {
                let isFriend = draw.chance(generation == 0 ? plan.friends : max(0.5, plan.friends))
                let (shop, own) = place(isFriend, first, origin, market, population, &draw)
                var record = own
                record.kind = .ordinary
                record.brand = Int16(brand)
                record.price = Float(draw.uniform(plan.price))
                record.grams = Float(market.brands[brand].grams * 0.9)
                let centre = market.centres[draw.below(market.centres.count)]
                record.warehouse = draw.chance(plan.sharedWarehouse) ? warehouse : centre.warehouse
                record.sender =
                    draw.chance(plan.sharedSender)
                    ? sender : draw.chance(0.5) ? centre.sender : next(\.senders)
                if draw.chance(plan.sharedDevice) { record.device = device }
                record.domain =
                    draw.chance(plan.sharedDomain)
                    ? domain : draw.chance(0.3) ? next(\.domains) : -1
                record.supplier = traders[draw.below(traders.count)]
                record.origin = origin
                let known = gangs.discover(
                    plan.discovery, from: first, gang: start.gang, &draw)
                let end = first + draw.integer(plan.days)
                let stop = known.map { min(end, $0 + 1) } ?? end
                ringShops.append(
                    RingShop(
                        shop: shop, tactic: start.tactic, gang: start.gang, days: first..<stop,
                        record: record, isFriend: isFriend, orders: draw.uniform(plan.orders),
                        registered: first - draw.integer(3...40), known: known))
                guard let known, draw.chance(plan.successors) else { break }
                first = known + 1 + draw.integer(1...9)
            }
        }
    }

    /// A shop for a ring: a friend's, or a new one.
    private mutating func place(
        _ isFriend: Bool, _ day: Int, _ region: Int16, _ market: Market, _ population: Population,
        _ draw: inout Draw
    ) -> (Int32, Shop) {
        if isFriend {
            for _ in 0..<40 {
                let index = Int32(draw.below(market.shops.count))
                let shop = market.shops[Int(index)]
                if shop.kind == .ordinary, Int(shop.opened) + 60 < day, !shop.sharesWarehouse,
                    !shop.hasAgency, taken.insert(index).inserted
                {
                    return (index, shop)
                }
            }
        }
        let index = Int32(market.shops.count + newShops.count)
        let shop = Shop(
            kind: .ordinary, owner: Int32(draw.below(population.subscribers.count)),
            region: region, opened: Int16(day - draw.integer(0...25)), weight: 0, brand: -1,
            price: 1, grams: 1, warehouse: -1, sender: -1,
            device: Market.firstDevice + 20_000_000 + index)
        newShops.append(shop)
        return (index, shop)
    }

    /// Cases against the wrong shops, most of them cheap ones or run by an agency.
    private mutating func planMistakes(
        _ market: Market, _ parameters: MarketParameters, _ seed: SplitMix64
    ) {
        var draw = Draw(seed)
        let suspects = market.shops.indices.filter {
            [.outlet, .secondHand, .importer].contains(market.shops[$0].kind)
                || market.shops[$0].hasAgency
        }
        let cases = ringShops.count { $0.known.map { $0 >= 0 } ?? false }
        if suspects.isEmpty { return }
        for _ in 0..<draw.count(Double(cases) * parameters.mistakes) {
            let day = draw.below(days)
            mistakes.append(
                (
                    Int32(suspects[draw.below(suspects.count)]), day..<day + draw.integer(2...10),
                    day + draw.integer(2...14)
                ))
        }
    }
}
