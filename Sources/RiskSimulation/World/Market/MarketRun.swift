import RiskColumns

/// The marketplace, day after day: orders, and what becomes of them on later days.
///
/// Each purpose has a stream of random numbers of its own for each day, apart from all others of the
/// world. A parcel takes days, so days are made in their order; what is held is what is under way.
struct MarketRun {
    let world: SubscriberWorld
    let seed: SplitMix64
    private(set) var day = 0
    private(set) var calendar: WorldCalendar

    private(set) var orders: [OrderEvent] = []
    var logins: [SellerLoginEvent] = []
    var domains: [DomainEvent] = []
    var supplies: [SupplyEvent] = []
    var shopDays: [ShopDayEvent] = []
    var shopCases: [MarketCaseEvent] = []
    private(set) var shipments: [ShipmentEvent] = []
    private(set) var receipts: [ReceiptEvent] = []
    private(set) var complaints: [ShopComplaintEvent] = []
    private(set) var pairCases: [MarketCaseEvent] = []
    /// Pairs that only look like false trading, with their group.
    private(set) var lookAlikes: [(pair: UInt64, group: String)] = []
    /// What happens on later days.
    private var due: [Int: Due] = [:]
    /// Orders of each shop on the day.
    private(set) var sold: [Int32: Int32] = [:]

    /// On how many later days something is due.
    var daysUnderWay: Int { due.count }

    private struct Due {
        var shipments: [ShipmentEvent] = []
        var receipts: [ReceiptEvent] = []
        var complaints: [ShopComplaintEvent] = []
        var cases: [MarketCaseEvent] = []
    }

    /// Days before the first on which orders are made, so that parcels arrive on it.
    static let lead = 14

    enum Stream: UInt64 {
        case shopper = 1
        case favourite, company, trader, groupBuy, live, opening, gift, shop, campaign, ring,
            regular,
            supplier
    }

    init(world: SubscriberWorld) {
        self.world = world
        seed = world.seed.child(40).child(9)
        calendar = WorldCalendar(midnight: world.start)
    }

    @inline(__always)
    func draw(_ stream: Stream, _ who: Int, _ day: Int) -> Draw {
        Draw(
            seed.child(stream.rawValue << 56 ^ UInt64(bitPattern: Int64(who)))
                .child(UInt64(bitPattern: Int64(day))))
    }

    var market: Market { world.market }
    var plans: MarketPlans { world.marketPlans }

    /// An honest shop as it trades on the day.
    func stock(_ index: Int32) -> Shop {
        var shop = world.market.shops[Int(index)]
        if shop.brand >= 0, day < Int(shop.branded) {
            (shop.brand, shop.price, shop.supplier) = (-1, 6000, -1)
            shop.buysFromTraders = false
        }
        return shop
    }

    /// Who a shop that buys from traders buys from on a day: another one every month or three, who
    /// supplies a dozen shops and was not there the month before.
    private func trader(_ index: Int) -> (supplier: Int32, region: Int16) {
        let period = 25 + index % 60
        let epoch = (day + 200 + index % period) / period
        var own = draw(.supplier, index, epoch)
        let month = max(0, epoch * period / 30)
        let traders = max(2, market.shops.count / Market.shopsPerTrader)
        // The months' numbers do not meet: twelve bits, or more where there are more traders.
        let bits = max(12, Int.bitWidth - (traders - 1).leadingZeroBitCount)
        let number = month << bits | own.below(traders)
        var home = draw(.supplier, ~number, -1)
        return (
            Market.firstTrader + Int32(number),
            Int16(home.chance(0.5) ? 3 + home.below(2) : home.below(Population.regions))
        )
    }

    /// A shop by its number, honest or a gang's.
    func shop(_ index: Int32) -> Shop {
        let honest = world.market.shops.count
        return Int(index) < honest
            ? stock(index) : world.marketPlans.newShops[Int(index) - honest]
    }

    /// Makes a day, which must follow the one made before.
    mutating func make(_ day: Int) {
        self.day = day
        calendar = WorldCalendar(midnight: world.start + Int64(day) * Timestamps.day)
        orders.removeAll(keepingCapacity: true)
        logins.removeAll(keepingCapacity: true)
        domains.removeAll(keepingCapacity: true)
        supplies.removeAll(keepingCapacity: true)
        shopDays.removeAll(keepingCapacity: true)
        shopCases.removeAll(keepingCapacity: true)
        lookAlikes.removeAll(keepingCapacity: true)
        sold.removeAll(keepingCapacity: true)
        trade()
        for index in plans.falseOrdersOfDay[day] ?? [] { brush(plans.falseOrders[Int(index)]) }
        for index in plans.ringShops.indices where plans.ringShops[index].days.contains(day) {
            sellFakes(index)
        }
        for index in market.shops.indices { keep(index) }
        closeShops()
        let arrived = due.removeValue(forKey: day) ?? Due()
        shipments = arrived.shipments
        receipts = arrived.receipts
        complaints = arrived.complaints
        pairCases = arrived.cases
    }

    // MARK: an order and what follows from it

    /// What becomes of an order.
    struct Course {
        var sender: Int32
        var warehouse: Int32
        var origin: Int16
        var grams: Double
        /// Hours to the first scan; nil for no parcel.
        var pickup: Double?
        /// Hours to the receipt.
        var hours: Double
        var rating: Int32?
        var words: Int32
        var complaint: ShopComplaintEvent.Reason?
    }

    /// An order is placed; its parcel, receipt and complaint come on later days.
    /// - Parameter known: the day on which it becomes a case; nil for never.
    mutating func place(_ event: OrderEvent, _ course: Course, known: Int? = nil) {
        var order = event
        let sequence = EntityKind.line.number(of: Int32(orders.count))
        order.number = UInt64(day + Self.lead) << 32 | UInt64(sequence)
        orders.append(order)
        sold[order.shop, default: 0] += 1
        let placed = Double(order.second)
        if let pickup = course.pickup {
            let (day, second) = moment(placed + pickup * 3600)
            due[day, default: Due()].shipments.append(
                ShipmentEvent(
                    second: second, order: order.number, shop: order.shop, sender: course.sender,
                    warehouse: course.warehouse, origin: course.origin, region: order.region,
                    grams: Int32(max(5, course.grams))))
        }
        let (arrival, second) = moment(placed + course.hours * 3600)
        due[arrival, default: Due()].receipts.append(
            ReceiptEvent(
                second: second, order: order, sender: course.pickup == nil ? -1 : course.sender,
                rating: course.rating, words: course.words, hours: Int32(course.hours)))
        if let reason = course.complaint {
            let (late, at) = moment(placed + (course.hours + 20) * 3600)
            due[late, default: Due()].complaints.append(
                ShopComplaintEvent(
                    second: at, shop: order.shop, buyer: order.buyer, order: order.number,
                    reason: reason))
        }
        if let known, known < world.days {
            // Not before the day after the receipt, nor before the world.
            let date = max(known, arrival + 1)
            guard arrival >= 0, date < world.days else { return }
            due[arrival, default: Due()].cases.append(
                MarketCaseEvent(
                    second: second, knownDate: world.dates[date],
                    knownSecond: 9 * 3600 + Int(sequence % 32_400), order: order, shop: order.shop))
        }
    }

    private func moment(_ seconds: Double) -> (day: Int, second: Int32) {
        let whole = Int(seconds)
        return (day + whole / 86_400, Int32(whole % 86_400))
    }

    /// What honestly becomes of an order at a shop.
    func course(_ order: OrderEvent, _ shop: Shop, _ draw: inout Draw) -> Course {
        let pickup = draw.uniform(3...44)
        let near = order.region == shop.region
        let waits = draw.chance(0.22)
        let isRated = !waits && draw.chance(0.72)
        let fan = shop.kind == .liveSale || shop.kind == .lightGoods ? 0.9 : 0.78
        let rating: Int32? = isRated ? (draw.chance(fan) ? 5 : Int32(draw.integer(1...4))) : nil
        var course = Course(
            sender: shop.sender, warehouse: shop.warehouse, origin: shop.region,
            grams: 25 + Double(shop.grams) * Double(order.units) * draw.spread(0.2),
            pickup: pickup,
            hours: pickup + (waits ? 240 : draw.uniform(near ? 14...60 : 30...110)),
            rating: rating,
            words: isRated && draw.chance(0.55) ? Int32(draw.integer(2...40)) : 0)
        if shop.kind == .localDelivery {
            course.pickup = nil
            course.hours = draw.uniform(0.6...(draw.chance(0.7) ? 5 : 40))
        }
        if draw.chance(0.012) {
            let fakes = [ShopKind.outlet, .secondHand, .importer].contains(shop.kind) ? 0.25 : 0.04
            course.complaint =
                draw.chance(fakes) ? .fake : [.late, .damaged, .other][draw.below(3)]
        }
        return course
    }

    /// A pair that only looks like false trading.
    mutating func note(_ order: OrderEvent, _ group: String) {
        lookAlikes.append((order.pair, group))
    }

    // MARK: what runs beside the orders

    /// Log-ins, domains and supplies of an honest shop on a day.
    private mutating func keep(_ index: Int) {
        let shop = stock(Int32(index))
        guard Int(shop.opened) <= day else { return }
        var draw = draw(.shop, index, day)
        if draw.chance(0.35) {
            logins.append(
                SellerLoginEvent(
                    second: Int32(draw.integer(28_800...82_000)), shop: Int32(index),
                    device: shop.device))
        }
        if shop.domain >= 0, draw.chance(0.25) {
            // Registered when the shop was, or for a campaign of its own.
            var own = self.draw(.shop, ~Int(shop.domain), -1)
            let registered = Int(shop.opened) - own.integer(0...600)
            domains.append(
                DomainEvent(
                    second: Int32(draw.integer(0...86_000)), domain: shop.domain,
                    shop: Int32(index), age: Int32(day - registered)))
        }
        if draw.chance(0.03) {
            // What everybody uses to track parcels.
            domains.append(
                DomainEvent(
                    second: Int32(draw.integer(0...86_000)), domain: -2 - Int32(draw.below(3)),
                    shop: Int32(index), age: Int32(2000 + day)))
        }
        if shop.supplier >= 0 || shop.buysFromTraders, (day + Self.lead + index) % 11 == 0 {
            let bulk = shop.kind == .importer
            let trader = trader(index)
            supplies.append(
                SupplyEvent(
                    second: Int32(draw.integer(25_000...70_000)), shop: Int32(index),
                    supplier: shop.buysFromTraders ? trader.supplier : shop.supplier,
                    brand: shop.brand,
                    region: shop.buysFromTraders ? trader.region : shop.origin,
                    units: Int32(draw.integer(bulk ? 60...500 : 10...150))))
        }
    }

    /// The nightly record of each shop that sold something, and the cases of the day.
    private mutating func closeShops() {
        let second: Int32 = 86_340
        var fakes: [Int32: MarketPlans.RingShop] = [:]
        for ring in plans.ringShops where ring.days.contains(day) { fakes[ring.shop] = ring }
        for (index, count) in sold.sorted(by: { $0.key < $1.key }) {
            let record = shop(index)
            shopDays.append(
                ShopDayEvent(
                    second: second, shop: index, record: fakes[index]?.record ?? record,
                    tenure: Int32(max(0, day - Int(record.opened))), orders: count))
            if let known = fakes[index]?.known { accuse(index, record, known) }
        }
        for mistake in plans.mistakes where mistake.days.contains(day) {
            accuse(mistake.shop, shop(mistake.shop), mistake.known)
        }
    }

    private mutating func accuse(_ index: Int32, _ record: Shop, _ known: Int) {
        let date = max(day + 1, known)
        guard day >= 0, date < world.days else { return }
        shopCases.append(
            MarketCaseEvent(
                second: 86_340, knownDate: world.dates[date],
                knownSecond: 9 * 3600 + Int(EntityKind.line.number(of: index) % 32_400),
                order: nil, shop: index, owner: record.owner))
    }
}
