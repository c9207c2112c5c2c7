import RiskColumns

/// The marketplace's logs, in the order in which they are written, after all the others of a world.
enum MarketLog: Int, CaseIterable {
    case order, shipment, receipt, sellerLogin, domain, supply, complaint, shopDay, pairCase,
        shopCase
    case truth

    var log: EventLog {
        switch self {
        case .order:
            make(
                "order",
                "at,order,pair,buyer,shop,device,address,card,region,brand,units,price,list_price")
        case .shipment:
            make("shipment", "at,order,shop,sender,warehouse,origin,region,grams")
        case .receipt:
            make(
                "receipt",
                "at,order,pair,buyer,shop,device,address,card,sender,amount,rating,words,hours")
        case .sellerLogin: make("seller_login", "at,shop,device")
        case .domain: make("domain_seen", "at,domain,shop,age")
        case .supply: make("supply", "at,shop,supplier,brand,region,units")
        case .complaint: make("shop_complaint", "at,shop,buyer,order,reason")
        case .shopDay: make("shop_day", "at,shop,owner,warehouse,region,brand,tenure,orders")
        case .pairCase: make("case_pair", "at,known,order,pair,buyer,shop")
        case .shopCase: make("case_shop", "at,known,shop,owner")
        case .truth: make("market_truth", "type,entity,fraud,tactic,gang,group,from,until", false)
        }
    }

    private func make(_ name: String, _ header: String, _ isObservable: Bool = true) -> EventLog {
        EventLog(name: name, header: header, isObservable: isObservable)
    }
}

extension MarketRun {
    /// Makes a day and writes it.
    /// - Parameter base: the index of the first of the marketplace's logs among all of the world's.
    mutating func write<Failure: Error>(
        _ day: Int, base: Int, _ writer: inout LineWriter, _ counts: inout [Int],
        to sink: (_ log: Int, _ lines: [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        make(day)
        try write(orders, .order, base, &writer, &counts, to: sink)
        try write(shipments, .shipment, base, &writer, &counts, to: sink)
        try write(receipts, .receipt, base, &writer, &counts, to: sink)
        try write(logins, .sellerLogin, base, &writer, &counts, to: sink)
        try write(domains, .domain, base, &writer, &counts, to: sink)
        try write(supplies, .supply, base, &writer, &counts, to: sink)
        try write(complaints, .complaint, base, &writer, &counts, to: sink)
        try write(shopDays, .shopDay, base, &writer, &counts, to: sink)
        try write(pairCases, .pairCase, base, &writer, &counts, to: sink)
        try write(shopCases, .shopCase, base, &writer, &counts, to: sink)
        let truth = base + MarketLog.truth.rawValue
        counts[truth] += lookAlikes.count
        for (pair, group) in lookAlikes {
            writer.write(Array("pair".utf8))
            writer.field("q", pair)
            writer.write(Array(",,,,\(group),,".utf8))
            writer.newline()
            if writer.isFull { try sink(truth, writer.take()) }
        }
        if !writer.isEmpty { try sink(truth, writer.take()) }
    }

    private func write<Event: WorldEvent, Failure: Error>(
        _ events: [Event], _ log: MarketLog, _ base: Int, _ writer: inout LineWriter,
        _ counts: inout [Int], to sink: (_ log: Int, _ lines: [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        let index = base + log.rawValue
        counts[index] += events.count
        for place in events.orderedBySecond() {
            let event = events[Int(place)]
            writer.write(date: world.dates[day], second: Int(event.second))
            event.write(&writer)
            writer.newline()
            if writer.isFull { try sink(index, writer.take()) }
        }
        if !writer.isEmpty { try sink(index, writer.take()) }
    }
}

extension SubscriberWorld {
    /// Writes what only a simulation knows of the marketplace's frauds and of its shops' groups. Pairs
    /// that only look like fraud follow with their days.
    /// - Returns: the number of lines.
    func writeMarketTruth<Failure: Error>(
        _ writer: inout LineWriter, to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> Int {
        var count = 0
        func fraud(
            _ span: Range<Int>, _ name: String, _ tactic: Tactic, _ gang: Int32,
            _ entity: (inout LineWriter) -> Void
        ) throws(Failure) {
            let seen = span.clamped(to: 0..<days)
            guard let first = seen.first, let last = seen.last else { return }
            count += 1
            entity(&writer)
            writer.write(
                Array(",\(name),\(tactic == .easy ? "easy" : "evasive"),\(gang),,".utf8))
            writer.write(Array(dates[first].dropLast()))
            writer.comma()
            writer.write(Array(dates[last].dropLast()))
            writer.newline()
            if writer.isFull { try sink(writer.take()) }
        }
        // A pair's spell: its campaign's orders, and a week for the last parcel.
        var spells: [[UInt64]: Range<Int>] = [:]
        for order in marketPlans.falseOrders {
            let campaign = marketPlans.campaigns[Int(order.campaign)]
            let buyer = campaign.buyers[Int(order.buyer)].account
            let key = [UInt64(order.campaign), OrderEvent.pair(buyer, campaign.shop)]
            let span = order.day..<order.day + 8
            spells[key] =
                spells[key].map {
                    min($0.lowerBound, span.lowerBound)..<max($0.upperBound, span.upperBound)
                } ?? span
        }
        for (key, span) in spells.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let campaign = marketPlans.campaigns[Int(key[0])]
            try fraud(span, "false-trading", campaign.tactic, campaign.gang) { writer in
                writer.write(Array("pair".utf8))
                writer.field("q", key[1])
            }
        }
        for ring in marketPlans.ringShops {
            try fraud(ring.days, "counterfeit-ring", ring.tactic, ring.gang) { writer in
                writer.write(Array("shop".utf8))
                writer.field(.shop, ring.shop)
            }
        }
        for (index, shop) in market.shops.enumerated() {
            var groups = [shop.kind.group].compactMap { $0 }
            if shop.sharesWarehouse { groups.append("shared-warehouse") }
            if shop.hasAgency { groups.append("shop-agency") }
            if shop.opened > -30 { groups.append("new-shop") }
            for group in groups {
                count += 1
                writer.write(Array("shop".utf8))
                writer.field(.shop, Int32(index))
                writer.write(Array(",,,,\(group),,".utf8))
                writer.newline()
                if writer.isFull { try sink(writer.take()) }
            }
        }
        try sink(writer.take())
        return count
    }
}
