import RiskColumns

extension FraudPlans {
    mutating func planTakeovers(
        _ population: Population, _ parameters: WorldParameters, _ seed: SplitMix64
    ) {
        // The devices of each gang, handed from victim to victim.
        var benches: [Int32: [Int32]] = [:]
        var victims: Set<Int32> = []
        begin(
            1, parameters.easyTakeover, parameters.evasiveTakeover, learning: parameters.learning,
            seed
        ) { plans, plan, start, draw in
            let account = Int32(draw.below(population.subscribers.count))
            let quiet = draw.integer(plan.quietLogins)
            let length = draw.integer(plan.days)
            let purchases = draw.integer(plan.purchases)
            var bench = benches[start.gang] ?? []
            if bench.isEmpty || draw.chance(0.04) { bench.append(plans.newDevice()) }
            let isRemote = draw.chance(plan.remoteControl)
            let owner = population.subscribers[Int(account)]
            let device =
                draw.chance(plan.gangDevice)
                ? bench[draw.below(bench.count)] : plans.newDevice()
            benches[start.gang] = bench
            let first = start.day + quiet
            let known = plans.gangs.discover(
                plan.discovery, from: first, gang: start.gang, &draw)
            guard owner.logins > 0, owner.activated < start.day, victims.insert(account).inserted
            else { return }
            // The owner changes the password once the theft is known.
            let end = first + length
            let stop = known.map { max(first + 1, min(end, $0 + 1)) } ?? end
            plans.note(start.day..<stop, plans.takeovers.count, in: \.takeoversOfDay)
            plans.takeovers.append(
                Takeover(
                    account: account, tactic: start.tactic, gang: start.gang,
                    device: isRemote ? owner.phone(on: start.day) : device, isRemote: isRemote,
                    days: start.day..<stop, quiet: quiet, purchases: purchases, known: known))
        }
    }

    /// A device that nobody had before.
    mutating func newDevice() -> Int32 {
        devices += 1
        return devices - 1
    }

    mutating func planSweeps(_ parameters: WorldParameters, _ seed: SplitMix64) {
        begin(
            2, parameters.easySweep, parameters.evasiveSweep, learning: parameters.learning,
            from: -20, seed
        ) { plans, plan, start, draw in
            let end = start.day + draw.integer(plan.days)
            let known = plans.gangs.discover(
                plan.discovery, from: start.day, gang: start.gang, &draw)
            plans.note(start.day..<end, plans.sweeps.count, in: \.sweepsOfDay)
            plans.sweeps.append(
                Sweep(
                    tactic: start.tactic, gang: start.gang, days: start.day..<end, known: known))
        }
    }

    /// Cases against honest people: most of them against those who look like it.
    mutating func planMistakes(
        _ population: Population, _ parameters: WorldParameters, _ seed: SplitMix64
    ) {
        var draw = Draw(seed)
        // Of those that the logs can hold.
        func isCase(_ known: Int?) -> Bool { known.map { $0 >= 0 } ?? false }
        func mistaken(_ count: Int, entity: (inout Draw) -> Int32?) -> [Mistake] {
            let wanted = draw.count(Double(count) * parameters.mistakes)
            return (0..<wanted).compactMap { _ in
                let day = draw.below(days)
                let length = draw.integer(1...5)
                let known = day + draw.integer(1...14)
                return entity(&draw).map {
                    Mistake(entity: $0, days: day..<day + length, known: known)
                }
            }
        }
        let people = population.subscribers
        let guilty = Set(takeovers.map(\.account))
        let suspects = people.indices.filter {
            !people[$0].traits.isDisjoint(with: [.courier, .callCentre, .probe])
        }
        let shoppers = people.indices.filter {
            !people[$0].traits.isDisjoint(with: [.vpn, .giftShopper])
        }
        let busy = population.lines.indices.filter {
            !population.lines[$0].traits.isDisjoint(with: [
                .unstable, .landlord, .chain, .newEstate,
            ])
        }
        mistakenAccounts = mistaken(takeovers.count { isCase($0.known) }) { draw in
            let account =
                draw.chance(0.6) && !shoppers.isEmpty
                ? shoppers[draw.below(shoppers.count)] : draw.below(people.count)
            return guilty.contains(Int32(account)) ? nil : Int32(account)
        }
        mistakenSims = mistaken(cards.count { isCase($0.known) }) { draw in
            draw.chance(0.7) && !suspects.isEmpty
                ? Int32(suspects[draw.below(suspects.count)]) : Int32(draw.below(people.count))
        }
        mistakenLines = mistaken(lines.count { isCase($0.known) }) { draw in
            draw.chance(0.7) && !busy.isEmpty
                ? Int32(busy[draw.below(busy.count)])
                : Int32(draw.below(max(1, population.lines.count)))
        }
        for (index, mistake) in mistakenAccounts.enumerated() {
            note(mistake.days, index, in: \.mistakenAccountsOfDay)
        }
        for (index, mistake) in mistakenSims.enumerated() {
            note(mistake.days, index, in: \.mistakenSimsOfDay)
        }
        for (index, mistake) in mistakenLines.enumerated() {
            note(mistake.days, index, in: \.mistakenLinesOfDay)
        }
    }
}
