import RiskColumns

/// A population of telephone, broadband and payment subscribers, and the gangs among them.
///
/// Every subscriber, card, line and plan has a stream of random numbers of its own for each day, so a
/// day can be made without the days before it, and memory holds the population and one day. What is
/// fixed before the first day: who lives where with which devices, and what the gangs are going to
/// do (`FraudPlans`). `docs/simulation.md` describes both.
///
///     let world = SubscriberWorld(subscribers: 20_000, days: 70, seed: 1, start: start)
///     try world.write { log, bytes in try files[log].append(bytes) }
public final class SubscriberWorld: Sendable {
    /// How many days there are.
    public let days: Int
    /// Midnight of the first day, microseconds of local time without a zone.
    public let start: Int64
    /// What the gangs do.
    public let parameters: WorldParameters

    let population: Population
    let plans: FraudPlans
    let addresses: AddressPlan
    let market: Market
    let marketPlans: MarketPlans
    let seed: SplitMix64
    /// `2026-01-01T` for each day.
    let dates: [[UInt8]]

    /// SIM cards of both kinds.
    var simCount: Int {
        population.subscribers.count + plans.cards.count + plans.blackCards.count
    }

    /// Makes a world.
    /// - Parameters:
    ///   - subscribers: 100 to 10,000,000.
    ///   - days: 1 to 3660.
    ///   - start: midnight of the first day.
    ///   - parameters: what the gangs do.
    /// - Precondition: the bounds above.
    /// - Complexity: O(subscribers + frauds); about 150 bytes a subscriber.
    public init(
        subscribers: Int, days: Int, seed: UInt64, start: Int64,
        parameters: WorldParameters = WorldParameters()
    ) {
        precondition((100...10_000_000).contains(subscribers) && (1...3660).contains(days))
        precondition(start % Timestamps.day == 0)
        let root = SplitMix64(seed: seed)
        self.days = days
        self.start = start
        self.parameters = parameters
        self.seed = root
        dates = (0..<days).map { day in
            let text = Timestamps.format(start + Int64(day) * Timestamps.day)
            return Array(text.utf8.prefix(10)) + [UInt8(ascii: "T")]
        }
        population = Population(subscribers: subscribers, days: days, seed: root.child(1))
        plans = FraudPlans(population, parameters, days: days, seed: root.child(2))
        addresses = AddressPlan(subscribers: subscribers, seed: root.child(3))
        // Streams of its own: the other logs of a seed are what they would be without a marketplace.
        let trade = root.child(40)
        market = Market(population, days: days, seed: trade.child(1))
        marketPlans = MarketPlans(
            market, population, parameters.market, days: days, seed: trade.child(2))
    }

    /// The streams of random numbers; each purpose has its own, so that one does not move another.
    enum Stream: UInt64 {
        case day = 16
        case trip, contact, takeover, gang, sweep, farm, activation, line, fault, session, order,
            victim, season, blackCard, document, attempts, bookkeeper, terminal, changeover,
            signUp, service, counter, codes, fingerprint, oldPassword, archive, codeNumber,
            warmth, dataCard
    }

    /// The random numbers of a purpose for somebody on a day (or in a slot of days).
    @inline(__always)
    func draw(_ stream: Stream, _ who: Int, _ day: Int) -> Draw {
        Draw(
            seed.child(stream.rawValue << 56 ^ UInt64(bitPattern: Int64(who)))
                .child(UInt64(bitPattern: Int64(day))))
    }
}
