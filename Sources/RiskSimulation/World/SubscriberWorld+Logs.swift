import RiskColumns

extension SubscriberWorld: SimulatedWorld {
    /// The logs in the order in which they are written.
    private enum Log: Int, CaseIterable {
        case login, purchase, call, sms, data, simDay, activation, lineOrder, lineSession, lineDay
        case complaint, takeoverCase, sweepCase, farmCase, lineCase, youngCard, openedCase
        case registration, code, registrationCase, store, truth

        var log: EventLog {
            switch self {
            case .login: .init("login", "at,account,device,ip,success")
            case .purchase: .init("purchase", "at,account,device,ip,merchant,amount,category")
            case .call: .init("call", "at,caller,callee,imei,cell,seconds")
            case .sms: .init("sms", "at,sender,recipient,imei,cell")
            case .data: .init("data_session", "at,sim,imei,cell,megabytes")
            case .simDay: .init("sim_day", "at,sim,imei,cell,holder,store,tenure")
            case .activation: .init("sim_activation", "at,sim,holder,store,company")
            case .lineOrder:
                .init("broadband_order", "at,line,purchaser,store,address,card,region")
            case .lineSession: .init("broadband_session", "at,line,ip")
            case .lineDay:
                .init(
                    "broadband_day",
                    "at,line,purchaser,store,address,card,region,tenure,down,up")
            case .complaint: .init("complaint", "at,sim")
            case .takeoverCase: .init("case_takeover", "at,known,account,device")
            case .sweepCase: .init("case_sweep", "at,known,ip")
            case .farmCase: .init("case_farm", "at,known,sim,imei,cell,holder,store")
            case .lineCase: .init("case_line", "at,known,line,purchaser,store,address,card")
            case .youngCard:
                .init(
                    "young_card",
                    "at,sim,holder,store,opened_region,document_region,used_region,tenure")
            case .openedCase: .init("case_card", "at,known,sim,holder,store")
            case .registration: .init("registration", "at,sim,device,ip,service")
            case .code: .init("code_received", "at,sim,service")
            case .registrationCase: .init("case_registration", "at,known,sim,device")
            case .store: .init("stores", "store,region")
            case .truth: .init("truth", "type,entity,fraud,tactic,gang,group,from,until", false)
            }
        }
    }

    /// Events, cases and the table of stores, as an operator has them; and the truth, as nobody has.
    public var logs: [EventLog] { Log.allCases.map(\.log) + MarketLog.allCases.map(\.log) }

    /// Writes the days in their order. The truth and the stores are written before the first day,
    /// because all of it is fixed by then.
    /// - Complexity: O(events); the memory of one day's events, whatever the number of days.
    public func write<Failure: Error>(
        dayDone: (Int) -> Bool, to sink: (_ log: Int, _ lines: [UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> [Int] {
        try write(dayDone: dayDone, others: [], alongside: { _ throws(Failure) in }, to: sink)
    }

    /// The same for a world that has more logs than this one.
    /// - Parameters:
    ///   - others: the logs after these, whose headers are written with theirs.
    ///   - alongside: gets each day once its events are written.
    func write<Failure: Error>(
        dayDone: (Int) -> Bool, others: [EventLog],
        alongside: (WorldDay) throws(Failure) -> Void,
        to sink: (_ log: Int, _ lines: [UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> [Int] {
        for (index, log) in (logs + others).enumerated() {
            try sink(index, Array((log.header + "\n").utf8))
        }
        var counts = [Int](repeating: 0, count: logs.count)
        var writer = LineWriter()
        counts[Log.truth.rawValue] = try writeTruth(&writer) { lines throws(Failure) in
            try sink(Log.truth.rawValue, lines)
        }
        counts[Log.store.rawValue] = try writeStores(&writer) { lines throws(Failure) in
            try sink(Log.store.rawValue, lines)
        }
        let marketBase = Log.allCases.count
        let marketTruth = marketBase + MarketLog.truth.rawValue
        counts[marketTruth] = try writeMarketTruth(&writer) { lines throws(Failure) in
            try sink(marketTruth, lines)
        }
        var market = MarketRun(world: self)
        for day in -MarketRun.lead..<0 { market.make(day) }
        var today = WorldDay(world: self)
        for day in 0..<days {
            today.make(day)
            try write(today.logins, .login, day, &writer, &counts, to: sink)
            try write(today.purchases, .purchase, day, &writer, &counts, to: sink)
            try write(today.calls, .call, day, &writer, &counts, to: sink)
            try write(today.messages, .sms, day, &writer, &counts, to: sink)
            try write(today.data, .data, day, &writer, &counts, to: sink)
            try write(today.simDays, .simDay, day, &writer, &counts, to: sink)
            try write(today.activations, .activation, day, &writer, &counts, to: sink)
            try write(today.orders, .lineOrder, day, &writer, &counts, to: sink)
            try write(today.sessions, .lineSession, day, &writer, &counts, to: sink)
            try write(today.lineDays, .lineDay, day, &writer, &counts, to: sink)
            try write(today.complaints, .complaint, day, &writer, &counts, to: sink)
            try write(today.takeoverCases, .takeoverCase, day, &writer, &counts, to: sink)
            try write(today.sweepCases, .sweepCase, day, &writer, &counts, to: sink)
            try write(today.farmCases, .farmCase, day, &writer, &counts, to: sink)
            try write(today.lineCases, .lineCase, day, &writer, &counts, to: sink)
            try write(today.youngCards, .youngCard, day, &writer, &counts, to: sink)
            try write(today.openedCases, .openedCase, day, &writer, &counts, to: sink)
            try write(today.registrations, .registration, day, &writer, &counts, to: sink)
            try write(today.codes, .code, day, &writer, &counts, to: sink)
            try write(
                today.registrationCases, .registrationCase, day, &writer, &counts, to: sink)
            try market.write(day, base: marketBase, &writer, &counts, to: sink)
            try alongside(today)
            if !dayDone(day + 1) { break }
        }
        return counts
    }

    /// Writes a day's events of a log in the order of their seconds.
    ///
    /// Inlined, so that it is compiled for each kind of event: the caller knows it, and does not know
    /// the sink's errors, for which alone nothing would be specialised.
    @inline(__always)
    private func write<Event: WorldEvent, Failure: Error>(
        _ events: [Event], _ log: Log, _ day: Int, _ writer: inout LineWriter,
        _ counts: inout [Int],
        to sink: (_ log: Int, _ lines: [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        counts[log.rawValue] += events.count
        for index in events.orderedBySecond() {
            let event = events[Int(index)]
            writer.write(date: dates[day], second: Int(event.second))
            event.write(&writer)
            writer.newline()
            if writer.isFull { try sink(log.rawValue, writer.take()) }
        }
        if !writer.isEmpty { try sink(log.rawValue, writer.take()) }
    }

    private func writeStores<Failure: Error>(
        _ writer: inout LineWriter, to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> Int {
        let count = population.storesPerRegion * Population.regions
        for store in 0..<count {
            writer.write(.store, Int32(store))
            writer.field(Int32(store % Population.regions))
            writer.newline()
            if writer.isFull { try sink(writer.take()) }
        }
        try sink(writer.take())
        return count
    }
}

extension EventLog {
    fileprivate init(_ name: String, _ header: String, _ isObservable: Bool = true) {
        self.init(name: name, header: header, isObservable: isObservable)
    }
}
