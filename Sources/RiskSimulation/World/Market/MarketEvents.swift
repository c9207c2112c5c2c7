/// What has a name in the marketplace's logs; the raw value is the name's first letter.
enum MarketKind: UInt8 {
    case brand = 0x65  // e
    case supplier = 0x75  // u
    case shop = 0x76  // v
    case domain = 0x77  // w
    case sender = 0x78  // x
    case warehouse = 0x79  // y
}

extension LineWriter {
    /// `,v1234567890`; nothing after the comma for an entity below 0.
    mutating func field(_ kind: MarketKind, _ index: Int32) {
        comma()
        if index < 0 { return }
        write(kind.rawValue)
        // The same bijection as the other names', so that a name does not tell who came first.
        write(number: UInt64(EntityKind.account.number(of: index) ^ UInt32(kind.rawValue) << 24))
        if kind == .domain { write(Array(".example".utf8)) }
    }

    /// `,o1234567890`, the name of an order or of a pair.
    mutating func field(_ letter: Unicode.Scalar, _ number: UInt64) {
        comma()
        write(UInt8(ascii: letter))
        write(number: number)
    }
}

/// An order, and what is known of it later: it is written three times, as an order, as the parcel's
/// first scan and as the receipt.
struct OrderEvent: WorldEvent {
    var second: Int32
    /// A number of the order that does not tell which came first of a day.
    var number: UInt64 = 0
    var buyer: Int32
    var shop: Int32
    var device: Int32
    var address: Int32
    var card: Int32
    /// Where it goes.
    var region: Int16
    var brand: Int16
    var units: Int32
    /// Of a unit, in hundredths; the brand's own price where there is a brand, else 0.
    var price: Int32
    var list: Int32

    /// The relation of a buyer and a shop: the buyer's customer number there.
    var pair: UInt64 { Self.pair(buyer, shop) }

    static func pair(_ buyer: Int32, _ shop: Int32) -> UInt64 {
        UInt64(EntityKind.account.number(of: buyer)) << 32
            | UInt64(EntityKind.store.number(of: shop))
    }

    func write(_ line: inout LineWriter) {
        line.field("o", number)
        line.field("q", pair)
        line.field(.account, buyer)
        line.field(.shop, shop)
        line.field(.device, device)
        line.field(.place, address)
        line.field(.card, card)
        line.field(Int32(region))
        line.field(.brand, Int32(brand))
        line.field(units)
        line.field(hundredths: price)
        if list > 0 { line.field(hundredths: list) } else { line.comma() }
    }
}

/// The first scan of a parcel.
struct ShipmentEvent: WorldEvent {
    var second: Int32
    var order: UInt64
    var shop: Int32
    var sender: Int32
    var warehouse: Int32
    /// Where it was handed in and where it goes.
    var origin: Int16
    var region: Int16
    var grams: Int32

    func write(_ line: inout LineWriter) {
        line.field("o", order)
        line.field(.shop, shop)
        line.field(.sender, sender)
        line.field(.warehouse, warehouse)
        line.field(Int32(origin))
        line.field(Int32(region))
        line.field(grams)
    }
}

/// The buyer confirms the receipt, with a rating of 1 to 5 or none.
struct ReceiptEvent: WorldEvent {
    var second: Int32
    var order: OrderEvent
    /// Who sent it; -1 where there was no parcel.
    var sender: Int32
    var rating: Int32?
    /// Of the review.
    var words: Int32
    /// From the order, in hours.
    var hours: Int32

    func write(_ line: inout LineWriter) {
        line.field("o", order.number)
        line.field("q", order.pair)
        line.field(.account, order.buyer)
        line.field(.shop, order.shop)
        line.field(.device, order.device)
        line.field(.place, order.address)
        line.field(.card, order.card)
        line.field(.sender, sender)
        line.field(hundredths: Int32(clamping: Int(order.price) * Int(order.units)))
        if let rating { line.field(rating) } else { line.comma() }
        line.field(words)
        line.field(hours)
    }
}

/// Somebody logs in to run a shop.
struct SellerLoginEvent: WorldEvent {
    var second: Int32
    var shop: Int32
    var device: Int32

    func write(_ line: inout LineWriter) {
        line.field(.shop, shop)
        line.field(.device, device)
    }
}

/// A domain that a shop sends its customers to.
struct DomainEvent: WorldEvent {
    var second: Int32
    var domain: Int32
    var shop: Int32
    /// Days since it was registered.
    var age: Int32

    func write(_ line: inout LineWriter) {
        line.field(.domain, domain)
        line.field(.shop, shop)
        line.field(age)
    }
}

/// Goods of a brand that come in.
struct SupplyEvent: WorldEvent {
    var second: Int32
    var shop: Int32
    var supplier: Int32
    var brand: Int16
    var region: Int16
    var units: Int32

    func write(_ line: inout LineWriter) {
        line.field(.shop, shop)
        line.field(.supplier, supplier)
        line.field(.brand, Int32(brand))
        line.field(Int32(region))
        line.field(units)
    }
}

/// A customer complains about a shop.
struct ShopComplaintEvent: WorldEvent {
    enum Reason: String { case late, damaged, fake, other }
    var second: Int32
    var shop: Int32
    var buyer: Int32
    var order: UInt64
    var reason: Reason

    func write(_ line: inout LineWriter) {
        line.field(.shop, shop)
        line.field(.account, buyer)
        line.field("o", order)
        line.comma()
        line.write(Array(reason.rawValue.utf8))
    }
}

/// The nightly record of a shop that sold something on the day.
struct ShopDayEvent: WorldEvent {
    var second: Int32
    var shop: Int32
    var record: Shop
    var tenure: Int32
    var orders: Int32

    func write(_ line: inout LineWriter) {
        line.field(.shop, shop)
        line.field(.person, record.owner)
        line.field(.warehouse, record.warehouse)
        line.field(Int32(record.region))
        line.field(.brand, Int32(record.brand))
        line.field(tenure)
        line.field(orders)
    }
}

/// A case about a pair's order or about a shop's day, and when it became known.
struct MarketCaseEvent: WorldEvent {
    var second: Int32
    var knownDate: [UInt8]
    var knownSecond: Int
    /// The order, of a false sale; nil for a shop's day.
    var order: OrderEvent?
    var shop: Int32
    var owner: Int32 = -1

    func write(_ line: inout LineWriter) {
        line.comma()
        line.write(date: knownDate, second: knownSecond)
        if let order {
            line.field("o", order.number)
            line.field("q", order.pair)
            line.field(.account, order.buyer)
            line.field(.shop, shop)
        } else {
            line.field(.shop, shop)
            line.field(.person, owner)
        }
    }
}
