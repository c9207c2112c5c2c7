import RiskColumns

/// The messages of a day of the town: those of its people, those of senders to many, and those of
/// gangs. What is drawn for it comes from streams of its own, so nothing else in the town moves.
struct MessageDay {
    let world: MessageWorld
    /// The town's day, with what its people did.
    let today: WorldDay
    let day: Int

    var messages: [TextEvent] = []
    var nights: [SenderDayEvent] = []
    var reports: [ReportEvent] = []
    var cases: [CaseEvent] = []

    /// Calls made and received and megabytes of gangs' own numbers, which no other log has.
    var usage: [Int32: (made: Int32, received: Int32, megabytes: Int32)] = [:]

    init(_ world: MessageWorld, _ today: WorldDay, _ day: Int) {
        (self.world, self.today, self.day) = (world, today, day)
        talk()
        notify()
        for index in world.plans.numbersOfDay[day] { work(Int(index)) }
        close()
        accuse()
    }

    var population: Population { world.town.population }

    /// A message, and perhaps an answer and a report of it.
    mutating func send(
        from sender: Int32, _ device: Int32, _ cell: Int32, to recipient: Int32, at second: Int32,
        link domain: Int32 = -1, replies: Double, reports share: Double, _ draw: inout Draw
    ) {
        messages.append(
            TextEvent(
                second: second, sender: sender, recipient: recipient, device: device, cell: cell,
                domain: domain, domainAge: domain < 0 ? 0 : age(of: domain)))
        let reaction = draw.uniform()
        let later = second + Int32(draw.integer(40...5400))
        if reaction < replies {
            reply(from: recipient, to: sender, at: later)
        } else if reaction > 1 - share {
            self.reports.append(
                ReportEvent(second: min(86_399, later), sender: sender, domain: domain))
        }
    }

    /// An answer of somebody honest, if the day is long enough.
    private mutating func reply(from recipient: Int32, to sender: Int32, at second: Int32) {
        guard Int(recipient) < population.subscribers.count, second < 86_400 else { return }
        let who = population.subscribers[Int(recipient)]
        messages.append(
            TextEvent(
                second: second, sender: recipient, recipient: sender, device: who.phone(on: day),
                cell: population.households[Int(who.household)].cell(on: day), domain: -1,
                domainAge: 0))
    }

    /// Days since a domain was registered; 0 for one that is to be.
    func age(of domain: Int32) -> Int32 {
        let plans = world.plans
        let registered =
            domain >= ScamPlans.firstDomain
            ? Int(plans.registered[Int(domain - ScamPlans.firstDomain)])
            : world.roles.registered(domain)
        return Int32(max(0, day - registered))
    }

    /// Anybody honest with a telephone.
    func stranger(_ draw: inout Draw) -> Int32 {
        let count = population.subscribers.count
        var found = draw.below(count)
        for _ in 0..<3 where Int(population.subscribers[found].activated) > day {
            found = draw.below(count)
        }
        return Int32(found)
    }

    /// A shortener, a site that everybody knows, or one that hardly anybody does.
    func anySite(_ draw: inout Draw) -> Int32 {
        let kind = draw.uniform()
        if kind < 0.3 { return Int32(draw.below(SenderRoles.Site.shorteners)) }
        return kind < 0.6
            ? Int32(SenderRoles.Site.shorteners + draw.below(SenderRoles.Site.known))
            : SenderRoles.Site.rare + Int32(draw.below(SenderRoles.Site.rarities))
    }

    /// What people write to their own people: the town's messages, with answers and a few links.
    private mutating func talk() {
        for (index, message) in today.messages.enumerated() {
            var draw = world.draw(.echo, index, day)
            var domain: Int32 = -1
            if draw.chance(0.05) {
                domain =
                    draw.chance(0.1) ? SenderRoles.Site.shop + stranger(&draw) : anySite(&draw)
            }
            let isOwn = Int(message.sender) < population.subscribers.count
            send(
                from: message.sender, message.device, message.cell, to: message.recipient,
                at: message.second, link: domain, replies: isOwn ? 0.5 : 0.05,
                reports: isOwn ? 0.000_1 : 0.002, &draw)
        }
    }

    /// The nightly record of each number that sent a message.
    private mutating func close() {
        var last: [Int32: (second: Int32, place: Int, link: Int32, domain: Int32)] = [:]
        for (place, message) in messages.enumerated() {
            var now = last[message.sender] ?? (-1, 0, -1, -1)
            if message.second >= now.second { (now.second, now.place) = (message.second, place) }
            if message.domain >= 0, message.second >= now.link {
                (now.link, now.domain) = (message.second, message.domain)
            }
            last[message.sender] = now
        }
        for call in today.calls {
            usage[call.caller, default: (0, 0, 0)].made += 1
            if call.callee >= 0 { usage[call.callee, default: (0, 0, 0)].received += 1 }
        }
        for use in today.data { usage[use.sim, default: (0, 0, 0)].megabytes += use.megabytes }
        for (sim, now) in last.sorted(by: { $0.key < $1.key }) {
            let (holder, store, activated) = contract(of: sim)
            let used = usage[sim] ?? (0, 0, 0)
            nights.append(
                SenderDayEvent(
                    second: WorldDay.closing, sim: sim, device: messages[now.place].device,
                    cell: messages[now.place].cell, domain: now.domain,
                    domainAge: now.domain < 0 ? 0 : age(of: now.domain), holder: holder,
                    store: store, tenure: Int32(max(0, day - activated)), callsMade: used.made,
                    callsReceived: used.received, megabytes: used.megabytes))
        }
    }

    private func contract(of sim: Int32) -> (holder: Int32, store: Int32, activated: Int) {
        let place = Int(sim) - Int(ScamPlans.firstNumber)
        guard world.plans.numbers.indices.contains(place) else {
            return today.contract(of: Int(sim))
        }
        let number = world.plans.numbers[place]
        return (number.holder, number.store, number.activated)
    }

    /// The day's cases: of each number that sent for a gang, and of those accused by mistake.
    private mutating func accuse() {
        let sent = Dictionary(uniqueKeysWithValues: nights.map { ($0.sim, $0) })
        func add(_ sim: Int32, known: Int?) -> CaseEvent? {
            guard let night = sent[sim] else { return nil }
            return today.makeCase(
                second: WorldDay.closing + 30, known: known, (.sim, sim),
                others: [
                    (.identity, night.device), (.cell, night.cell), (.site, night.domain),
                    (.person, night.holder), (.store, night.store),
                ])
        }
        for index in world.plans.numbersOfDay[day] {
            let number = world.plans.numbers[Int(index)]
            guard number.days.contains(day), acts(Int(index)) else { continue }
            if let event = add(number.sim, known: number.known) { cases.append(event) }
        }
        for mistake in world.plans.mistakes where mistake.days.contains(day) {
            if let event = add(mistake.sim, known: max(day, mistake.known)) { cases.append(event) }
        }
    }
}
