import RiskColumns

extension MessageWorld: SimulatedWorld {
    /// The logs of messages, after those of the town.
    private static let own = [
        EventLog(
            name: "message", header: "at,sender,recipient,imei,cell,domain,domain_age",
            isObservable: true),
        EventLog(
            name: "sender_day",
            header:
                "at,sim,imei,cell,domain,holder,store,tenure,domain_age,calls_made,calls_received,megabytes",
            isObservable: true),
        EventLog(name: "message_report", header: "at,sim,domain", isObservable: true),
        EventLog(
            name: "case_message", header: "at,known,sim,imei,cell,domain,holder,store",
            isObservable: true),
    ]

    /// How many days there are.
    public var days: Int { town.days }

    /// The town's logs, then those of messages.
    public var logs: [EventLog] { town.logs + Self.own }

    /// Writes the days in their order.
    /// - Complexity: O(events); the memory of one day's events.
    public func write<Failure: Error>(
        dayDone: (Int) -> Bool, to sink: (_ log: Int, _ lines: [UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> [Int] {
        let first = town.logs.count
        let truth = town.logs.firstIndex { $0.name == "truth" }
        var own = [Int](repeating: 0, count: Self.own.count)
        var facts = 0
        var writer = LineWriter()
        var day = 0
        var counts = try town.write(
            dayDone: dayDone, others: Self.own,
            alongside: { today throws(Failure) in
                if day == 0, let truth {
                    facts = try writeTruth(&writer) { lines throws(Failure) in
                        try sink(truth, lines)
                    }
                }
                let sent = MessageDay(self, today, day)
                try write(sent.messages, first, day, &writer, to: sink)
                try write(sent.nights, first + 1, day, &writer, to: sink)
                try write(sent.reports, first + 2, day, &writer, to: sink)
                try write(sent.cases, first + 3, day, &writer, to: sink)
                for (index, count) in [
                    sent.messages.count, sent.nights.count, sent.reports.count, sent.cases.count,
                ].enumerated() { own[index] += count }
                day += 1
            }, to: sink)
        if let truth { counts[truth] += facts }
        return counts + own
    }

    /// Writes a day's events of a log in the order of their seconds.
    private func write<Event: WorldEvent, Failure: Error>(
        _ events: [Event], _ log: Int, _ day: Int, _ writer: inout LineWriter,
        to sink: (_ log: Int, _ lines: [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        for index in events.orderedBySecond() {
            writer.write(date: town.dates[day], second: Int(events[Int(index)].second))
            events[Int(index)].write(&writer)
            writer.newline()
            if writer.isFull { try sink(log, writer.take()) }
        }
        if !writer.isEmpty { try sink(log, writer.take()) }
    }
}
