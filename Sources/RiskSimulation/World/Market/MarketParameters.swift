/// What the marketplace's gangs do, and how often. `docs/simulation.md` explains each number.
///
/// Rates of starts are per day and 10,000 subscribers; days are whole days, amounts hundredths.
public struct MarketParameters: Equatable, Sendable {
    /// Orders that a shop has placed with itself, so that it looks sought after.
    public struct Brushing: GangTactic, Equatable, Sendable {
        /// Campaigns, each for one shop, that begin in a day.
        public var startsPerDay: Double
        /// Buyers that take part in a campaign.
        public var buyers: ClosedRange<Int>
        /// Orders of one buyer at the shop.
        public var ordersPerBuyer: ClosedRange<Int>
        /// Days over which the orders come.
        public var days: ClosedRange<Int>
        /// Whether buyers are people who are paid for it, with a telephone, an address and a card of
        /// their own; else they are accounts of the gang's.
        public var paidPeople: Bool
        /// Accounts of the gang on one device.
        public var perDevice: Int
        /// Accounts of the gang on one card.
        public var perCard: Int
        /// Accounts of the gang at one address.
        public var perAddress: Int
        /// The share of orders of which no parcel is ever picked up.
        public var withoutParcel: Double
        /// Grams of the parcels that are sent, whatever was ordered.
        public var grams: ClosedRange<Double>
        /// The share of parcels that a dispatch service of the gang sends; the shop sends the others.
        public var dispatched: Double
        /// The share of orders for which the shop sends the goods, which the buyer may keep as the pay.
        public var realGoods: Double
        /// Hours from the order to the confirmation of receipt where there is no parcel.
        public var hours: ClosedRange<Double>
        /// The share of buyers who confirm with the best rating.
        public var praise: Double
        /// How it becomes known; the days count from the campaign's first order.
        public var discovery: WorldParameters.Discovery
    }

    /// Shops of one workshop that sell fakes of a brand.
    public struct CounterfeitRing: GangTactic, Equatable, Sendable {
        /// Rings that begin in a day.
        public var startsPerDay: Double
        /// Shops of a ring.
        public var shops: ClosedRange<Int>
        /// Days over which they begin to sell.
        public var opening: ClosedRange<Int>
        /// Days for which a shop sells unless it is shut.
        public var days: ClosedRange<Int>
        /// The share of shops that a friend has had for long, and whose honest trade goes on.
        public var friends: Double
        /// Orders of a shop in a day.
        public var orders: ClosedRange<Double>
        /// Prices, as shares of the brand's.
        public var price: ClosedRange<Double>
        /// The share of shops that send under the ring's own sender; the others have one of their own.
        public var sharedSender: Double
        /// The share of shops whose goods lie in the ring's own warehouse; the others use a fulfilment
        /// centre that honest shops use too.
        public var sharedWarehouse: Double
        /// The share of shops that are run from the ring's one device.
        public var sharedDevice: Double
        /// The share of shops that send their customers to the ring's one domain.
        public var sharedDomain: Double
        /// Traders through whom the workshop supplies the shops.
        public var suppliers: Int
        /// Complaints for each order.
        public var complaints: Double
        /// The share of complaints that say "fake".
        public var fakeShare: Double
        /// The share of shops found out that go on as a friend's shop some days later.
        public var successors: Double
        /// How it becomes known; the days count from the shop's first sale.
        public var discovery: WorldParameters.Discovery
    }

    /// A telephone farm: few devices, cards and addresses, no parcels.
    public var easyBrushing = Brushing(
        startsPerDay: 0.35, buyers: 8...20, ordersPerBuyer: 1...4, days: 4...14,
        paidPeople: false, perDevice: 4, perCard: 5, perAddress: 7, withoutParcel: 0.45,
        grams: 15...120, dispatched: 0.7, realGoods: 0, hours: 6...60, praise: 0.9,
        discovery: .init(share: 0.55, delay: 3...12))
    /// Paid people from a chat group, a parcel with a token present each.
    public var evasiveBrushing = Brushing(
        startsPerDay: 0.25, buyers: 14...34, ordersPerBuyer: 1...2, days: 10...28,
        paidPeople: true, perDevice: 1, perCard: 1, perAddress: 1, withoutParcel: 0.03,
        grams: 30...260, dispatched: 0.5, realGoods: 0.15, hours: 20...80, praise: 0.85,
        discovery: .init(share: 0.35, delay: 6...20))
    /// New shops with one sender, warehouse and domain at a third of the price.
    public var easyRing = CounterfeitRing(
        startsPerDay: 0.1, shops: 4...9, opening: 5...25, days: 20...50, friends: 0.1,
        orders: 1.5...6, price: 0.22...0.5, sharedSender: 0.85, sharedWarehouse: 0.8,
        sharedDevice: 0.4, sharedDomain: 0.6, suppliers: 1, complaints: 0.05, fakeShare: 0.4,
        successors: 0.6, discovery: .init(share: 0.65, delay: 8...22))
    /// Friends' shops, fulfilment centres, prices of an outlet.
    public var evasiveRing = CounterfeitRing(
        startsPerDay: 0.08, shops: 3...6, opening: 15...45, days: 25...60, friends: 0.55,
        orders: 0.8...3, price: 0.5...0.82, sharedSender: 0.4, sharedWarehouse: 0.3,
        sharedDevice: 0.15, sharedDomain: 0.2, suppliers: 3, complaints: 0.025, fakeShare: 0.3,
        successors: 0.7, discovery: .init(share: 0.45, delay: 12...30))
    /// Mistaken cases against shops for each true one.
    public var mistakes = 0.05
    /// The share of orders of families, regular customers, companies and groups of buyers that become a
    /// mistaken case.
    public var mistakenOrders = 0.0008
    /// The share of gangs that turn evasive after a case against them became known.
    public var learning = 0.3

    /// The parameters of the registered scenario.
    public init() {}

    /// The same gangs with other habits: better spread, dearer, with heavier parcels.
    public var shifted: MarketParameters {
        var other = self
        for path in [\MarketParameters.easyBrushing, \.evasiveBrushing] {
            other[keyPath: path].perDevice = max(1, self[keyPath: path].perDevice - 1)
            other[keyPath: path].perCard = max(1, self[keyPath: path].perCard - 1)
            other[keyPath: path].perAddress = max(1, self[keyPath: path].perAddress - 2)
            other[keyPath: path].withoutParcel *= 0.75
            let grams = self[keyPath: path].grams
            other[keyPath: path].grams = grams.lowerBound * 1.3...grams.upperBound * 1.3
            other[keyPath: path].praise *= 0.95
        }
        for path in [\MarketParameters.easyRing, \.evasiveRing] {
            let price = self[keyPath: path].price
            other[keyPath: path].price = price.lowerBound * 1.12...price.upperBound * 1.12
            other[keyPath: path].sharedSender *= 0.85
            other[keyPath: path].sharedWarehouse *= 0.85
            other[keyPath: path].sharedDevice *= 0.8
            other[keyPath: path].sharedDomain *= 0.8
            other[keyPath: path].complaints *= 0.85
            other[keyPath: path].suppliers += 1
        }
        return other
    }
}
