import RiskColumns

/// A card that nobody calls with: a tablet's, a car's, a child's watch, a camera's.
struct DataCard {
    let opened: Int
    /// The first day on which it may be used.
    let first: Int
    /// The share of days on which it is.
    let used: Double
    let store: Int32
    let cell: Int32
}

/// Honest cards that are used little. They have numbers, and random numbers, of their own, so that no
/// other card calls anybody else because of them.
extension WorldDay {
    /// Their numbers start here, each with its owner's added.
    static let firstDataCard: Int32 = 1_650_000_000

    /// The card for data that somebody opened within 150 days before the world or in it, nil for most.
    static func dataCard(of index: Int, in world: SubscriberWorld) -> DataCard? {
        guard index &* 7_027_567 % 1019 < 41 else { return nil }
        let who = world.population.subscribers[index]
        let household = world.population.households[Int(who.household)]
        var draw = world.draw(.dataCard, index, -1)
        let opened = draw.integer(-150...max(0, world.days - 1))
        let region = Int(household.region)
        // Some are for parents or a camera far away.
        let isFar = draw.chance(0.25)
        let used = isFar ? world.population.anyRegion(&draw) : region
        return DataCard(
            opened: opened, first: opened + draw.below(40), used: draw.uniform(0.05...0.6),
            store: world.population.anyStore(in: region, &draw),
            cell: world.population.anyCell(in: used, &draw))
    }

    /// The day of cards for data: opened, used or in a drawer. They call nobody, so that of the nightly
    /// records they are in that of young cards only, which is made here.
    mutating func useDataCards() {
        for index in world.population.subscribers.indices {
            guard let card = Self.dataCard(of: index, in: world), card.opened <= day else {
                continue
            }
            let who = world.population.subscribers[index]
            let sim = Self.firstDataCard + Int32(index)
            var draw = world.draw(.dataCard, index, day)
            let isUsed = day >= card.first && draw.chance(card.used)
            if card.opened == day {
                activations.append(
                    ActivationEvent(
                        second: Int32(9 * 3600 + draw.below(10 * 3600)), sim: sim,
                        holder: who.holder, store: card.store, isCompany: false))
            }
            if isUsed {
                data.append(
                    DataEvent(
                        second: second(who.rhythm, &draw), sim: sim,
                        device: Fingerprints.oldDevice + Int32(index), cell: card.cell,
                        megabytes: Int32(5 + 120 * draw.spread(1))))
            }
            guard isUsed || card.opened == day, day - card.opened <= Self.youth else { continue }
            youngCards.append(
                YoungCardEvent(
                    second: Self.closing, sim: sim, holder: who.holder, store: card.store,
                    opened: card.store % Int32(Population.regions),
                    document: Int32(documentRegion(of: Int32(index))),
                    used: isUsed ? card.cell / Int32(world.population.cellsPerRegion) : nil,
                    tenure: Int32(day - card.opened)))
        }
    }
}
