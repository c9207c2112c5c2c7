import RiskColumns

extension MessageWorld {
    /// Writes who sends for a gang from when to when, and who only writes to many; after the town's
    /// own truth, in its form.
    /// - Returns: the number of lines.
    func writeTruth<Failure: Error>(
        _ writer: inout LineWriter, to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> Int {
        var count = 0
        func write(
            _ sim: Int32, tactic: Tactic?, gang: Int32 = -1, group: String = "",
            _ active: Range<Int> = 0..<0
        ) throws(Failure) {
            let seen = active.clamped(to: 0..<days)
            if tactic != nil, seen.isEmpty { return }
            count += 1
            writer.write(Array("sim".utf8))
            writer.field(.sim, sim)
            writer.comma()
            if let tactic {
                writer.write(Array("scam-messages,".utf8))
                writer.write(Array((tactic == .easy ? "easy" : "evasive").utf8))
            } else {
                writer.comma()
            }
            writer.comma()
            if gang >= 0 { writer.write(number: UInt64(gang)) }
            writer.comma()
            writer.write(Array(group.utf8))
            for day in [seen.first, seen.last] {
                writer.comma()
                if let day { writer.write(Array(town.dates[day].dropLast())) }
            }
            writer.newline()
            if writer.isFull { try sink(writer.take()) }
        }
        for number in plans.numbers {
            let campaign = plans.campaigns[number.campaign]
            try write(
                number.sim, tactic: campaign.tactic, gang: campaign.gang, number.days)
        }
        for sim in roles.senders {
            try write(sim, tactic: nil, group: roles.roles[sim]?.group ?? "")
        }
        for (index, who) in town.population.subscribers.enumerated()
        where (-2..<days).contains(Int(who.activated)) {
            try write(Int32(index), tactic: nil, group: "new-number")
        }
        try sink(writer.take())
        return count
    }
}
