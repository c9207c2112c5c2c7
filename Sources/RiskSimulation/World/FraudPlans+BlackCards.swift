import RiskColumns

extension FraudPlans {
    /// Batches of SIM cards that are opened to be sold, begun up to 90 days before the world.
    mutating func planBlackCards(
        _ population: Population, _ parameters: WorldParameters, _ seed: SplitMix64
    ) {
        // Documents that a gang has used before, with the region on them.
        var documents: [Int32: [(holder: Int32, region: Int)]] = [:]
        begin(
            5, parameters.easyBlackCards, parameters.evasiveBlackCards,
            learning: parameters.learning, seed
        ) { plans, plan, start, draw in
            plans.open(start, plan, population, &documents[start.gang, default: []], &draw)
        }
    }

    private mutating func open(
        _ start: GangStart, _ plan: WorldParameters.BlackCards, _ population: Population,
        _ documents: inout [(holder: Int32, region: Int)],
        _ draw: inout Draw
    ) {
        let region = population.anyRegion(&draw)
        let stores = (0..<plan.stores).map { _ in population.anyStore(in: region, &draw) }
        let waitingCell = population.anyCell(in: region, &draw)
        let span = draw.integer(plan.opening)
        let drawer = newDevice()
        let honest = population.subscribers.count
        var document = (holder: Int32(0), region: 0)
        var left = 0
        var together = start.day
        for _ in 0..<draw.integer(plan.cards) {
            if left == 0 {
                left = draw.integer(plan.perHolder)
                together = start.day + draw.below(span)
                if draw.chance(plan.knownHolders), !documents.isEmpty {
                    document = documents[draw.below(documents.count)]
                } else {
                    let isForeign = draw.chance(plan.foreignDocuments)
                    document = (people, isForeign ? population.anyRegion(&draw) : region)
                    people += 1
                    documents.append(document)
                }
            }
            left -= 1
            let sold = together + draw.integer(plan.waiting)
            let known = gangs.discover(plan.discovery, from: sold, gang: start.gang, &draw)
            let end = sold + draw.integer(plan.days)
            let stop = known.map { min(end, $0 + 1) } ?? end
            let isFar = draw.chance(plan.usedElsewhere)
            let cell = population.anyCell(in: isFar ? population.anyRegion(&draw) : region, &draw)
            note(together..<stop, blackCards.count, in: \.blackCardsOfDay)
            blackCards.append(
                BlackCard(
                    sim: Int32(honest + cards.count + blackCards.count), tactic: start.tactic,
                    gang: start.gang,
                    activated: together, days: sold..<stop, holder: document.holder,
                    store: stores[draw.below(stores.count)], homeRegion: Int32(document.region),
                    waitingCell: waitingCell, cell: cell, drawer: drawer, device: newDevice(),
                    known: known))
        }
    }

    /// Cases against the wrong cards: of those who came from far with many others, or bought by post.
    mutating func planMistakenCards(
        _ population: Population, _ parameters: WorldParameters, _ seed: SplitMix64
    ) {
        var draw = Draw(seed)
        let people = population.subscribers
        let suspects = people.indices.filter {
            Int(people[$0].activated) > -120
                && !people[$0].traits.isDisjoint(with: [.arrival, .byPost, .companyLine])
        }
        let cases = blackCards.count { $0.known.map { $0 >= 0 } ?? false }
        if suspects.isEmpty { return }
        for _ in 0..<draw.count(Double(cases) * parameters.mistakes) {
            let sim = suspects[draw.below(suspects.count)]
            let day = max(Int(people[sim].activated), draw.below(days))
            mistakenCards.append(
                Mistake(
                    entity: Int32(sim), days: day..<day + draw.integer(1...20),
                    known: day + draw.integer(2...14)))
        }
        for (index, mistake) in mistakenCards.enumerated() {
            note(mistake.days, index, in: \.mistakenCardsOfDay)
        }
    }

    /// Cases against the addresses of bookkeepers and of public terminals, as an operator who counts
    /// accounts on an address would open them.
    mutating func planMistakenAddresses(
        _ population: Population, _ parameters: WorldParameters, _ seed: SplitMix64
    ) {
        var draw = Draw(seed)
        let cases = sweeps.count { $0.known.map { $0 >= 0 } ?? false }
        // A sweep is several addresses.
        for _ in 0..<draw.count(4 * Double(cases) * parameters.mistakes) {
            let day = draw.below(days)
            mistakenAddresses.append(
                Mistake(
                    entity: Int32(draw.below(SharedAddresses.count(population))),
                    days: day..<day + 1, known: day + draw.integer(1...10)))
        }
    }
}
