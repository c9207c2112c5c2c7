import RiskColumns

/// A simulated world of cards, terminals and payments with three kinds of fraud among them.
///
///     let world = CardMisuseWorld(customers: 5000, terminals: 10_000, days: 30, seed: 1,
///                                 start: Timestamps.microseconds(year: 2026, month: 4, day: 1))
///     for day in 0..<world.days { consume(world.transactions(day: day)) }
///
/// The population and the fraudsters' plans are drawn once; a day is then a pure function of the
/// world and the day's number. So days may be made in any order or at the same time, memory stays
/// at one day, and the same seed gives the same bytes on every machine (`Draw` says why). Nothing
/// here is real: `docs/simulation.md` tells what it can and cannot show.
public struct CardMisuseWorld: Sendable {
    /// How many days there are.
    public let days: Int
    /// Midnight of the first day, microseconds of local time without a zone.
    public let start: Int64
    /// What the fraudsters do.
    public let parameters: CardMisuseParameters

    let customers: [Customer]
    let terminals: [Terminal]
    /// Terminals of each town, and those that need no place.
    let town: [[Int32]]
    let online: [Int32]
    let smallChange: [Int32]
    let seed: SplitMix64
    /// The fraudsters' plans and the shops' sales.
    let plans: Plans

    /// Makes a world.
    /// - Parameters:
    ///   - customers: at least 20.
    ///   - terminals: at least 40.
    ///   - days: at least 1.
    ///   - start: midnight of the first day.
    /// - Precondition: the bounds above, and neither count above 2^30.
    /// - Complexity: O(customers + terminals + days); about 200 bytes a customer.
    public init(
        customers: Int = 5000, terminals: Int = 10_000, days: Int, seed: UInt64, start: Int64,
        parameters: CardMisuseParameters = CardMisuseParameters()
    ) {
        precondition((20...1 << 30).contains(customers) && (40...1 << 30).contains(terminals))
        precondition(days >= 1 && start % Timestamps.day == 0)
        let root = SplitMix64(seed: seed)
        let map = Map(customers: customers, terminals: terminals, seed: root.child(1))
        self.days = days
        self.start = start
        self.parameters = parameters
        self.seed = root
        self.terminals = map.terminals
        self.town = map.terminalsOfTown
        self.online = map.online
        self.smallChange = map.smallChange
        self.customers = map.customers(count: customers, days: days, seed: root.child(2))
        self.plans = Plans(
            parameters: parameters, customers: self.customers, terminals: map.terminals,
            online: map.online, days: days, seed: root.child(3))
    }

    /// The streams of random numbers; each purpose has its own, so that one does not move another.
    enum Stream: UInt64 {
        case map = 1
        case population
        case plans
        case day
        case sale
        case incident
        case trip
        case gift
    }

    /// The random numbers of a purpose for somebody on a day (or in a slot of days).
    func draw(_ stream: Stream, _ who: Int, _ day: Int) -> Draw {
        Draw(
            seed.child(stream.rawValue << 56 | UInt64(who)).child(UInt64(bitPattern: Int64(day))))
    }
}
