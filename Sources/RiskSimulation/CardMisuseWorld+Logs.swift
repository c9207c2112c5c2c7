import RiskColumns

extension CardMisuseWorld: SimulatedWorld {
    /// The payments in the form of the Fraud Detection Handbook, and what only the simulation
    /// knows.
    public var logs: [EventLog] {
        [
            EventLog(name: "transactions", header: CardTransaction.header, isObservable: true),
            EventLog(name: "truth", header: CardTransaction.truthHeader, isObservable: false),
        ]
    }

    /// Writes the days in their order; the payments are numbered from 0.
    public func write<Failure: Error>(
        dayDone: (Int) -> Bool, to sink: (_ log: Int, _ lines: [UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> [Int] {
        for (index, log) in logs.enumerated() { try sink(index, Array((log.header + "\n").utf8)) }
        var id = 0
        var lines: [UInt8] = []
        var truth: [UInt8] = []
        for day in 0..<days {
            lines.removeAll(keepingCapacity: true)
            truth.removeAll(keepingCapacity: true)
            let date = CardTransaction.date(start + Int64(day) * Timestamps.day)
            for payment in transactions(day: day) {
                payment.appendLine(id: id, date: date, to: &lines)
                payment.appendTruthLine(id: id, to: &truth)
                id += 1
            }
            try sink(0, lines)
            try sink(1, truth)
            if !dayDone(day + 1) { break }
        }
        return [id, id]
    }
}
