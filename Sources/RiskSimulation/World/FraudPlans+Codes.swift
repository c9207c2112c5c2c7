import RiskColumns

extension FraudPlans {
    /// Numbers of modem pools start here. Where a pool is kept warm they call each other and use data;
    /// contracts and nightly records are elsewhere.
    static let firstPoolNumber: Int32 = 1_500_000_000

    /// Gangs that register accounts for others with numbers that receive codes, begun up to 90
    /// days before the world.
    mutating func planCodeNumbers(
        _ population: Population, _ parameters: WorldParameters, _ seed: SplitMix64
    ) {
        begin(
            6, parameters.easyCodes, parameters.evasiveCodes, learning: parameters.learning, seed
        ) { plans, plan, start, draw in plans.gather(start, plan, population, &draw) }
    }

    private mutating func gather(
        _ start: GangStart, _ plan: WorldParameters.CodeNumbers, _ population: Population,
        _ draw: inout Draw
    ) {
        let batch = Int32(codeNumbers.count)
        let device = devices
        devices += Int32(plan.devices)
        let count = draw.integer(plan.numbers)
        let warmth = draw.chance(plan.warm) ? draw.integer(4...20) : 0
        for _ in 0..<count {
            var sim = Self.firstPoolNumber + Int32(codeNumbers.count)
            if !plan.inPool {
                guard let owner = seller(population, on: start.day, &draw) else { continue }
                relays.insert(owner)
                sim = owner
            }
            let first = start.day + draw.below(6)
            let known = gangs.discover(plan.discovery, from: first, gang: start.gang, &draw)
            let end = first + draw.integer(plan.days)
            let stop = known.map { min(end, $0 + 1) } ?? end
            var registrations: [(day: Int, service: Int32)] = []
            // One account a service at most.
            let service = draw.below(Services.own)
            for number in 0..<draw.integer(plan.registrations) {
                let chosen = first + draw.below(max(1, stop - first))
                registrations.append((chosen, Int32((service + number) % Services.own)))
            }
            note(first - warmth..<stop, codeNumbers.count, in: \.codeNumbersOfDay)
            codeNumbers.append(
                CodeNumber(
                    sim: sim, tactic: start.tactic, gang: start.gang, batch: batch,
                    batchCount: Int32(count), device: device, warmFrom: first - warmth,
                    days: first..<stop, registrations: registrations, known: known))
        }
    }
}
