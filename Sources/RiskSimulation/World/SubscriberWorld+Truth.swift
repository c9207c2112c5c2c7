import RiskColumns

extension SubscriberWorld {
    /// One line of the truth: an entity that is fraudulent for some days, or one of a look-alike
    /// group.
    private struct Fact {
        let type: String
        let kind: EntityKind
        let entity: Int32
        var fraud = ""
        var tactic: Tactic?
        var gang: Int32 = -1
        var group = ""
        var days: Range<Int> = 0..<0
        /// In place of the kind and the number, where it is an address.
        var ip: UInt32?
    }

    /// Writes what only a simulation knows. `from` and `until` are the first and the last day of a
    /// fraud, empty for a group. Days before the world are shown as its first day.
    /// - Returns: the number of lines.
    func writeTruth<Failure: Error>(
        _ writer: inout LineWriter, to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> Int {
        var count = 0
        func write(_ fact: Fact) throws(Failure) {
            let seen = fact.days.clamped(to: 0..<days)
            if !fact.fraud.isEmpty, seen.isEmpty { return }
            count += 1
            writer.write(Array(fact.type.utf8))
            if let ip = fact.ip {
                writer.field(address: ip)
            } else {
                writer.field(fact.kind, fact.entity)
            }
            writer.comma()
            writer.write(Array(fact.fraud.utf8))
            writer.comma()
            if let tactic = fact.tactic {
                writer.write(Array((tactic == .easy ? "easy" : "evasive").utf8))
            }
            writer.comma()
            if fact.gang >= 0 { writer.write(number: UInt64(fact.gang)) }
            writer.comma()
            writer.write(Array(fact.group.utf8))
            for day in [seen.first, seen.last] {
                writer.comma()
                if let day { writer.write(Array(dates[day].dropLast())) }
            }
            writer.newline()
            if writer.isFull { try sink(writer.take()) }
        }
        for theft in plans.takeovers {
            try write(
                Fact(
                    type: "account", kind: .account, entity: theft.account,
                    fraud: "account-takeover", tactic: theft.tactic, gang: theft.gang,
                    days: theft.days.lowerBound + theft.quiet..<theft.days.upperBound))
        }
        for card in plans.cards {
            try write(
                Fact(
                    type: "sim", kind: .sim, entity: card.sim, fraud: "sim-farm",
                    tactic: card.tactic, gang: card.gang, days: card.days))
        }
        for line in plans.lines {
            try write(
                Fact(
                    type: "line", kind: .line, entity: line.line, fraud: "bulk-broadband",
                    tactic: line.tactic, gang: line.gang, days: line.days))
        }
        for fact in openedCards() + sweeps() + codeNumbers() { try write(fact) }
        for index in population.subscribers.indices {
            for (type, kind, group) in groups(of: index) {
                try write(Fact(type: type, kind: kind, entity: Int32(index), group: group))
            }
            for (sim, group) in otherNumbers(of: index) {
                try write(Fact(type: "sim", kind: .sim, entity: sim, group: group))
            }
        }
        for index in population.lines.indices {
            for group in groups(ofLine: index) {
                try write(Fact(type: "line", kind: .line, entity: Int32(index), group: group))
            }
        }
        for (ip, group) in sharedAddresses() {
            try write(Fact(type: "ip", kind: .account, entity: -1, group: group, ip: ip))
        }
        try sink(writer.take())
        return count
    }

    /// Cards opened to be sold, from the opening on; those that were opened for a box are too.
    private func openedCards() -> [Fact] {
        let honest = population.subscribers.count
        func fact(_ sim: Int32, _ tactic: Tactic, _ gang: Int32, _ days: Range<Int>) -> Fact {
            Fact(
                type: "sim", kind: .sim, entity: sim, fraud: "black-card", tactic: tactic,
                gang: gang, days: days)
        }
        var facts: [Fact] = []
        for card in plans.blackCards {
            let days = card.activated..<card.days.upperBound
            facts.append(fact(card.sim, card.tactic, card.gang, days))
        }
        for card in plans.cards where Int(card.sim) >= honest {
            let days = card.activated..<card.days.upperBound
            facts.append(fact(card.sim, card.tactic, card.gang, days))
        }
        return facts
    }

    /// Numbers that receive codes for others.
    private func codeNumbers() -> [Fact] {
        plans.codeNumbers.map { number in
            Fact(
                type: "sim", kind: .sim, entity: number.sim, fraud: "fake-registration",
                tactic: number.tactic, gang: number.gang, days: number.days)
        }
    }

    /// The addresses that passwords are tried from, each for a day.
    private func sweeps() -> [Fact] {
        var scout = WorldDay(world: self)
        var facts: [Fact] = []
        for day in 0..<days {
            scout.stand(on: day)
            for index in plans.sweepsOfDay[day] {
                let sweep = plans.sweeps[Int(index)]
                for origin in scout.origins(ofSweep: Int(index)) {
                    facts.append(
                        Fact(
                            type: "ip", kind: .account, entity: -1, fraud: "credential-sweep",
                            tactic: sweep.tactic, gang: sweep.gang, days: day..<day + 1,
                            ip: origin.ip))
                }
            }
        }
        return facts
    }

    /// Addresses that many accounts share honestly, by group.
    private func sharedAddresses() -> [(UInt32, String)] {
        let bookkeepers = SharedAddresses.bookkeepers(population)
        var found: [(UInt32, String)] = []
        for number in 0..<SharedAddresses.count(population) {
            let group = number < bookkeepers ? "bookkeeper" : "public-terminal"
            found.append((SharedAddresses.address(number, self), group))
        }
        for company in population.companies.indices {
            let ip = addresses.company(company)
            found.append((ip, "company"))
            if SharedAddresses.changeover(company, self) != nil { found.append((ip, "changeover")) }
        }
        for household in population.households.indices
        where population.households[household].isDormitory {
            found.append((addresses.dormitory(household), "dormitory"))
        }
        for ip in addresses.allGateways { found.append((ip, "carrier-gateway")) }
        for ip in addresses.allExits { found.append((ip, "vpn-exit")) }
        return found
    }

    /// The look-alike groups that a subscriber is in, as an account and as a SIM card.
    private func groups(of index: Int) -> [(String, EntityKind, String)] {
        let who = population.subscribers[index]
        let traits = who.traits
        var groups: [(String, EntityKind, String)] = []
        func add(_ condition: Bool, _ type: String, _ kind: EntityKind, _ group: String) {
            if condition { groups.append((type, kind, group)) }
        }
        add(traits.contains(.courier), "sim", .sim, "courier")
        add(traits.contains(.sales), "sim", .sim, "telephone-sales")
        add(traits.contains(.secondCard), "sim", .sim, "second-card")
        add(traits.contains(.seasonal), "sim", .sim, "seasonal")
        add(traits.contains(.arrival), "sim", .sim, "arrival")
        add(traits.contains(.byPost), "sim", .sim, "by-post")
        add(traits.contains(.traveller), "sim", .sim, "traveller")
        add(who.logins > 0 && WorldDay.huntsDeals(index), "sim", .sim, "deal-hunter")
        add(who.logins > 0 && WorldDay.browsesPrivately(index), "sim", .sim, "private-browser")
        add(who.phoneDay < .max, "sim", .sim, "new-phone")
        add(
            population.households[Int(who.household)].isDormitory, "sim", .sim, "dormitory")
        add(traits.contains(.callCentre), "sim", .sim, "call-centre")
        add(traits.contains(.probe), "sim", .sim, "network-probe")
        add(traits.contains(.companyLine), "sim", .sim, "company-line")
        add(traits.contains(.familyContract), "sim", .sim, "family")
        add(traits.contains(.withoutData), "sim", .sim, "without-data")
        guard who.logins > 0 else { return groups }
        add(traits.contains(.vpn), "account", .account, "vpn-user")
        add(traits.contains(.giftShopper), "account", .account, "gift-card-shopper")
        add(traits.contains(.reseller), "account", .account, "top-up-reseller")
        add(traits.contains(.traveller), "account", .account, "traveller")
        add(who.rhythm == .nightShift, "account", .account, "night-shift")
        add(WorldDay.browsesPrivately(index), "account", .account, "private-browser")
        add(who.phoneDay < .max, "account", .account, "new-phone")
        add(
            population.households[Int(who.household)].isDormitory, "account", .account,
            "dormitory")
        add(
            population.households[Int(who.household)].size > 2 && who.other >= 0, "account",
            .account, "family")
        return groups
    }

    /// The numbers that somebody has besides: for codes only, and for data only.
    private func otherNumbers(of index: Int) -> [(Int32, String)] {
        var numbers: [(Int32, String)] = []
        if population.subscribers[index].logins > 0, WorldDay.keepsCodeNumber(index) {
            numbers.append((WorldDay.firstCodeNumber + Int32(index), "code-number"))
        }
        if WorldDay.dataCard(of: index, in: self) != nil {
            numbers.append((WorldDay.firstDataCard + Int32(index), "data-card"))
        }
        return numbers
    }

    private func groups(ofLine index: Int) -> [String] {
        let names: [(LineTraits, String)] = [
            (.landlord, "landlord"), (.chain, "chain"), (.newEstate, "new-estate"),
            (.unstable, "unstable-line"),
            (.gamer, "gamer"), (.uploader, "uploader"), (.restarts, "nightly-restart"),
        ]
        return names.filter { population.lines[index].traits.contains($0.0) }.map(\.1)
    }
}
