import RiskColumns

extension WorldDay {
    /// How often an honest line connects again on a day, and whether all evening or all day.
    private func reconnections(_ index: Int) -> (count: Int, evening: Bool) {
        let traits = world.population.lines[index].traits
        var draw = world.draw(.line, index, day)
        if traits.contains(.unstable) {
            // Faults come for some days in three weeks.
            var fault = world.draw(.fault, index, day / 21)
            let first = fault.below(21)
            if (first..<first + fault.integer(2...9)).contains(day % 21) {
                return (draw.integer(3...80), false)
            }
        }
        if traits.contains(.gamer), draw.chance(0.35) { return (draw.integer(4...16), true) }
        return ((day + index) % 7 == 0 || draw.chance(0.06) ? 1 : 0, false)
    }

    /// The address of an honest line at a second of the day: one for a week, or till the fault.
    func address(ofLine index: Int, at second: Int32) -> UInt32 {
        guard index < world.population.lines.count else {
            return world.addresses.gateway(region: 0, of: index, hour: day)
        }
        let line = world.population.lines[index]
        var connection = (day + index) / 7 * 1000
        if !line.traits.isDisjoint(with: [.unstable, .gamer]) {
            let count = reconnections(index).count
            if count > 1 {
                connection = day * 1000 + 1 + Int(second) * count / 86_400
            }
        }
        return world.addresses.home(region: Int(line.region), line: index, connection: connection)
    }

    /// A proxy's address at a second of the day.
    func address(ofProxy line: FraudPlans.ProxyLine, at second: Int32) -> UInt32 {
        world.addresses.home(
            region: Int(line.region), line: Int(line.line),
            connection: day * 1000 + Int(second) * line.redials / 86_400)
    }

    /// The day of an honest line.
    mutating func connect(_ index: Int) {
        let line = world.population.lines[index]
        if Int(line.ordered) == day { orderHonest(index, line) }
        // Installed on the third day.
        if Int(line.ordered) + 3 > day { return }
        let again = reconnections(index)
        var draw = world.draw(.session, index, day)
        var count = again.count
        if line.traits.contains(.restarts), count == 0 { count = 1 }
        for number in 0..<count {
            let second: Int32 =
                again.evening
                ? Int32(18 * 3600 + draw.below(6 * 3600))
                : count == 1 && line.traits.contains(.restarts)
                    ? Int32(4 * 3600 + draw.below(60))
                    : Int32((number * 86_400 + draw.below(86_400)) / count)
            sessions.append(
                SessionEvent(
                    second: second, line: Int32(index), ip: address(ofLine: index, at: second)))
        }
        let down = Double(line.traffic) * draw.spread(0.7)
        let share =
            line.traits.contains(.uploader) ? draw.uniform(0.3...1.3) : draw.uniform(0.03...0.25)
        lineDays.append(
            LineDayEvent(
                second: Self.closing, order: record(Int32(index), line),
                tenure: Int32(day - Int(line.ordered)), down: Int32(down),
                up: Int32(down * share)))
    }

    private func record(_ index: Int32, _ line: BroadbandLine) -> LineOrderEvent {
        LineOrderEvent(
            second: 0, line: index, purchaser: line.purchaser, store: line.store,
            address: line.address, card: line.card, region: Int32(line.region))
    }

    private mutating func orderHonest(_ index: Int, _ line: BroadbandLine) {
        var event = record(Int32(index), line)
        var draw = world.draw(.order, index, day)
        // A landlord's or a chain's are filled in one after the other.
        event.second =
            line.traits.isDisjoint(with: [.landlord, .chain, .newEstate])
            ? Int32(9 * 3600 + draw.below(11 * 3600))
            : Int32(10 * 3600 + index % 40 * 240 + draw.below(120))
        orders.append(event)
    }

    /// A line for proxies is ordered.
    mutating func order(_ index: Int) {
        let line = world.plans.lines[index]
        var event = record(line)
        var draw = world.draw(.order, Int(line.line), day)
        event.second =
            line.tactic == .easy
            ? Int32(10 * 3600 + index % 40 * 200 + draw.below(150))
            : Int32(9 * 3600 + draw.below(11 * 3600))
        orders.append(event)
    }

    private func record(_ line: FraudPlans.ProxyLine) -> LineOrderEvent {
        LineOrderEvent(
            second: 0, line: line.line, purchaser: line.purchaser, store: line.store,
            address: line.address, card: line.card, region: line.region)
    }

    /// The day of a line that is let as a proxy.
    mutating func redial(_ index: Int) {
        let line = world.plans.lines[index]
        var draw = world.draw(.session, Int(line.line), day)
        for number in 0..<line.redials {
            let second = Int32((number * 86_400 + draw.below(60_000)) / line.redials)
            let hour = (Int(second) / 3600 - line.firstHour + 24) % 24
            guard hour < line.hours else { continue }
            sessions.append(
                SessionEvent(
                    second: second, line: line.line, ip: address(ofProxy: line, at: second)))
        }
        let down = line.traffic * draw.spread(0.4)
        lineDays.append(
            LineDayEvent(
                second: Self.closing, order: record(line), tenure: Int32(day - line.ordered),
                down: Int32(down), up: Int32(down * line.upload * draw.spread(0.3))))
        if let event = lineCase(
            line.line, line.purchaser, line.store, line.address, line.card,
            known: line.known)
        {
            lineCases.append(event)
        }
    }

    func lineCase(
        _ line: Int32, _ purchaser: Int32, _ store: Int32, _ address: Int32, _ card: Int32,
        known: Int?
    ) -> CaseEvent? {
        makeCase(
            second: Self.closing + 30, known: known, (.line, line),
            others: [(.person, purchaser), (.store, store), (.place, address), (.card, card)])
    }
}
