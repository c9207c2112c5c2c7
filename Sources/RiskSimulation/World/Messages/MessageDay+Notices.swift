import RiskColumns

/// Those who write to many and mean no harm.
extension MessageDay {
    /// Where a sender writes from.
    private struct Desk {
        let sim: Int32
        let device: Int32
        let cell: Int32
    }

    /// Notices, reminders, invitations and surveys of a day.
    mutating func notify() {
        for (index, who) in population.subscribers.enumerated() {
            if Int(who.activated) > day { continue }
            let role = world.roles.roles[Int32(index)]
            let isNew = day - Int(who.activated) < 3
            let tells = !who.traits.isDisjoint(with: [.courier, .sales])
            guard role != nil || isNew || tells else { continue }
            var draw = world.draw(.notice, index, day)
            let home = population.households[Int(who.household)]
            let desk = Desk(
                sim: Int32(index), device: who.phone(on: day), cell: home.cell(on: day))
            if isNew, who.traits.isDisjoint(with: [.callCentre, .probe]) {
                announce(index, desk, opened: Int(who.activated), &draw)
            }
            switch role {
            case .reminder: remind(index, desk, &draw)
            case .shop: offer(index, desk, &draw)
            case .organiser: invite(index, desk, &draw)
            case .canvasser: canvass(index, desk, &draw)
            case .trader: trade(index, desk, &draw)
            case nil: break
            }
            guard tells, today.calendar.weekday < 6, !today.calendar.isHoliday else { continue }
            tell(who, desk, region: Int(home.region), &draw)
        }
    }

    /// One of somebody's own customers or members: always the same for a place in the list.
    private func client(_ place: Int, of index: Int) -> Int32 {
        var own = world.draw(.client, index << 16 | place, -1)
        return stranger(&own)
    }

    /// "This is my new number", to one's own people, in the first days.
    private mutating func announce(
        _ index: Int, _ desk: Desk, opened: Int, _ draw: inout Draw
    ) {
        var fixed = world.draw(.notice, index, -1)
        guard fixed.chance(0.5), opened + fixed.below(3) == day else { return }
        var second = Int32(9 * 3600 + draw.below(10 * 3600))
        for _ in 0..<draw.integer(8...40) {
            let friend = today.contact(index, &draw)
            second += Int32(draw.integer(4...40))
            guard friend >= 0 else { continue }
            send(
                from: desk.sim, desk.device, desk.cell, to: friend, at: second, replies: 0.35,
                reports: 0, &draw)
        }
    }

    private mutating func remind(_ index: Int, _ desk: Desk, _ draw: inout Draw) {
        guard today.calendar.isWorkday else { return }
        let clients = 60 + index % 240
        var second = Int32(9 * 3600 + draw.below(8 * 3600))
        for _ in 0..<draw.integer(4...24) {
            second += Int32(draw.integer(15...120))
            let link =
                draw.chance(0.25)
                ? draw.chance(0.5) ? SenderRoles.Site.shop + Int32(index) : anySite(&draw) : -1
            send(
                from: desk.sim, desk.device, desk.cell,
                to: client(draw.below(clients), of: index), at: second, link: link, replies: 0.12,
                reports: 0.000_3, &draw)
        }
    }

    private mutating func offer(_ index: Int, _ desk: Desk, _ draw: inout Draw) {
        guard draw.chance(0.22) else { return }
        let clients = 80 + index % 420
        // A small shop writes to some of its customers by hand.
        let isSmall = index % 2 == 0
        var second = Int32(9 * 3600 + draw.below(9 * 3600))
        let usesShortener = index % 5 < 2
        for _ in 0..<(isSmall ? draw.integer(4...22) : draw.integer(25...160)) {
            second += Int32(isSmall ? draw.integer(30...400) : draw.integer(4...30))
            let link =
                !draw.chance(0.75)
                ? -1
                : usesShortener
                    ? Int32(draw.below(SenderRoles.Site.shorteners))
                    : SenderRoles.Site.shop + Int32(index)
            send(
                from: desk.sim, desk.device, desk.cell,
                to: client(draw.below(clients), of: index), at: min(86_399, second), link: link,
                replies: 0.03, reports: 0.001, &draw)
        }
    }

    private mutating func invite(_ index: Int, _ desk: Desk, _ draw: inout Draw) {
        guard draw.chance(0.18) else { return }
        let members = 12 + index % 45
        var second = Int32(17 * 3600 + draw.below(4 * 3600))
        for place in 0..<members where draw.chance(0.85) {
            second += Int32(draw.integer(3...60))
            let link = draw.chance(0.15) ? anySite(&draw) : -1
            send(
                from: desk.sim, desk.device, desk.cell, to: client(place, of: index),
                at: min(86_399, second), link: link, replies: 0.3, reports: 0, &draw)
        }
    }

    /// A task's day: strangers, some of them again, and the organisation's site.
    private mutating func canvass(_ index: Int, _ desk: Desk, _ draw: inout Draw) {
        guard world.roles.task(of: index, around: day).contains(day), draw.chance(0.8) else {
            return
        }
        let organisation = world.roles.organisation(of: index)
        let sharing = index % 3 == 0
        let device = sharing ? ScamPlans.firstIdentity - 1 - organisation : desk.device
        for _ in 0..<draw.integer(index % 2 == 0 ? 2...9 : 5...40) {
            let customer =
                draw.chance(0.25) ? client(draw.below(25), of: index) : stranger(&draw)
            let link =
                draw.chance(0.45)
                ? draw.chance(0.3)
                    ? Int32(draw.below(SenderRoles.Site.shorteners))
                    : SenderRoles.Site.canvassers + organisation : -1
            send(
                from: desk.sim, device, desk.cell, to: customer,
                at: today.second(.dayWorker, &draw), link: link, replies: 0.15, reports: 0.001,
                &draw)
        }
    }

    /// "Is it still for sale?": some strangers, most of them for a few days, and what the thing looks
    /// like.
    private mutating func trade(_ index: Int, _ desk: Desk, _ draw: inout Draw) {
        guard draw.chance(0.6) else { return }
        for _ in 0..<draw.integer(1...7) {
            let other =
                draw.chance(0.35) ? client(day / 4 * 6 + draw.below(6), of: index) : stranger(&draw)
            let link = draw.chance(0.25) ? anySite(&draw) : -1
            send(
                from: desk.sim, desk.device, desk.cell, to: other,
                at: today.second(.dayWorker, &draw), link: link, replies: 0.3, reports: 0.000_2,
                &draw)
        }
    }

    /// A courier's "your parcel is at the door" and a seller's "as we said on the telephone".
    private mutating func tell(
        _ who: Subscriber, _ desk: Desk, region: Int, _ draw: inout Draw
    ) {
        let isCourier = who.traits.contains(.courier)
        guard draw.chance(isCourier ? 0.7 : 0.5) else { return }
        let site = SenderRoles.Site.company + max(0, who.company)
        for _ in 0..<draw.integer(isCourier ? 5...25 : 2...22) {
            let link = draw.chance(isCourier ? 0.25 : 0.5) ? site : -1
            let cell = isCourier ? population.anyCell(in: region, &draw) : desk.cell
            send(
                from: desk.sim, desk.device, cell, to: stranger(&draw),
                at: Int32(9 * 3600 + draw.below(10 * 3600)), link: link,
                replies: isCourier ? 0.1 : 0.04, reports: isCourier ? 0.000_3 : 0.0015, &draw)
        }
    }
}
