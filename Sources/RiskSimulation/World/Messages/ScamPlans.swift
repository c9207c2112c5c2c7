import RiskColumns

/// What the senders of scam messages are going to do, drawn before the first day; begun up to 60 days
/// before it.
struct ScamPlans: GangPlans, Sendable {
    /// A gang's numbers that send for the same end.
    struct Campaign: Sendable {
        let tactic: Tactic
        let gang: Int32
        /// The day of its first message.
        let start: Int
        let region: Int32
        let cell: Int32
        /// The first of its device identities.
        let identity: Int32
        /// The first of its domains, and the days from registration to first use.
        let domain: Int32
        let domainAges: [Int32]
        /// Its first number in `numbers`, and how many.
        let first: Int
        let count: Int
    }

    /// A number that sends for a gang.
    struct Number: Sendable {
        let sim: Int32
        let campaign: Int
        /// Its place in the campaign.
        let slot: Int
        let activated: Int
        let holder: Int32
        let store: Int32
        /// Whether it is somebody's telephone on which a program sends.
        let isInfected: Bool
        /// The days of ageing, and those of sending.
        let ageing: Range<Int>
        let days: Range<Int>
        let known: Int?
    }

    /// Somebody honest whom a case is opened against.
    struct Mistake: Sendable {
        let sim: Int32
        let days: Range<Int>
        let known: Int
    }

    private(set) var campaigns: [Campaign] = []
    private(set) var numbers: [Number] = []
    private(set) var mistakes: [Mistake] = []
    /// The indices of the numbers at work, ageing or sending, by day.
    private(set) var numbersOfDay: [[Int32]]
    /// When each domain of the gangs was registered.
    private(set) var registered: [Int32] = []

    /// Numbers, identities and holders of gangs start here. The world's own lie below, but for numbers for
    /// codes and cards for data, which send no messages.
    static let firstNumber: Int32 = 1_600_000_000
    static let firstIdentity: Int32 = 1_650_000_000
    static let firstHolder: Int32 = 1_600_000_000
    /// The gangs' domains; those of honest people lie below.
    static let firstDomain: Int32 = 1_000_000_000

    private var identities = Self.firstIdentity
    private var holders = Self.firstHolder
    private var infected: Set<Int32> = []
    var gangs: Gangs
    let days: Int

    /// - Parameter isTaken: whether somebody is known for sending, so that no gang's program is on the
    ///   telephone.
    init(
        _ town: SubscriberWorld, _ parameters: ScamParameters, seed: SplitMix64,
        senders: [Int32], isTaken: (Int) -> Bool
    ) {
        days = town.days
        numbersOfDay = [[Int32]](repeating: [], count: days)
        gangs = Gangs(lead: 60, subscribers: town.population.subscribers.count)
        begin(
            0, parameters.easy, parameters.evasive, learning: parameters.learning, seed,
            size: { Double($0.numbers.lowerBound + $0.numbers.upperBound) / 2 }
        ) { plans, plan, start, draw in plans.recruit(start, plan, town, isTaken, &draw) }
        accuse(senders, parameters.mistakes, seed.child(1 << 40))
    }

    private mutating func recruit(
        _ start: GangStart, _ plan: ScamParameters.Campaign, _ town: SubscriberWorld,
        _ isTaken: (Int) -> Bool, _ draw: inout Draw
    ) {
        let day = start.day
        let population = town.population
        let region = population.anyRegion(&draw)
        let store = population.anyStore(in: population.anyRegion(&draw), &draw)
        let count = draw.integer(plan.numbers)
        let longest = plan.days.upperBound + 6
        let waves = longest / plan.domainLife + 1
        let ages = (0..<waves * plan.domains).map { _ in Int32(draw.integer(plan.domainAge)) }
        let domain = Self.firstDomain + Int32(registered.count)
        for (index, age) in ages.enumerated() {
            registered.append(Int32(day + index / plan.domains * plan.domainLife) - age)
        }
        // As many identities as a number uses in its life.
        let lives = plan.identityLife > 0 ? longest / plan.identityLife + 8 : 1
        let identity = identities
        identities += Int32((count / plan.numbersPerIdentity + 1) * lives)
        campaigns.append(
            Campaign(
                tactic: start.tactic, gang: start.gang, start: day, region: Int32(region),
                cell: population.anyCell(in: region, &draw), identity: identity, domain: domain,
                domainAges: ages, first: numbers.count, count: count))
        for slot in 0..<count {
            let first = day + draw.below(6)
            let known = gangs.discover(plan.discovery, from: first, gang: start.gang, &draw)
            let end = first + draw.integer(plan.days)
            // The number is cut off on the day after its case became known.
            let stop = known.map { min(end, $0 + 1) } ?? end
            let isInfected = draw.chance(plan.infected)
            let owner = isInfected ? owner(town, on: first, isTaken, &draw) : nil
            let ageing = draw.integer(plan.ageing)
            let tenure = max(ageing, draw.integer(plan.tenure))
            let opened =
                draw.chance(plan.sameStore)
                ? store : population.anyStore(in: population.anyRegion(&draw), &draw)
            let who = owner.map { population.subscribers[Int($0)] }
            let quiet = who == nil ? ageing : 0
            for active in (first - quiet..<stop).clamped(to: 0..<days) {
                numbersOfDay[active].append(Int32(numbers.count))
            }
            numbers.append(
                Number(
                    sim: owner ?? Self.firstNumber + Int32(numbers.count),
                    campaign: campaigns.count - 1, slot: slot,
                    activated: who.map { Int($0.activated) } ?? first - tenure,
                    holder: who?.holder ?? holders, store: who?.store ?? opened,
                    isInfected: who != nil, ageing: first - quiet..<first, days: first..<stop,
                    known: known))
            if who == nil { holders += 1 }
        }
    }

    /// Somebody ordinary whose telephone catches the gang's program; once at most.
    private mutating func owner(
        _ town: SubscriberWorld, on day: Int, _ isTaken: (Int) -> Bool, _ draw: inout Draw
    ) -> Int32? {
        for _ in 0..<8 {
            let index = draw.below(town.population.subscribers.count)
            let who = town.population.subscribers[index]
            if who.traits.isEmpty, Int(who.activated) + 30 < day, !isTaken(index),
                town.plans.soldDay[index] == .max, !town.plans.relays.contains(Int32(index)),
                infected.insert(Int32(index)).inserted
            {
                return Int32(index)
            }
        }
        return nil
    }

    /// Cases against those who write to many and mean no harm.
    private mutating func accuse(_ senders: [Int32], _ share: Double, _ seed: SplitMix64) {
        var draw = Draw(seed)
        let cases = numbers.count { $0.known.map { $0 >= 0 } ?? false }
        if senders.isEmpty { return }
        for _ in 0..<draw.count(Double(cases) * share) {
            let day = draw.below(days)
            mistakes.append(
                Mistake(
                    sim: senders[draw.below(senders.count)],
                    days: day..<day + draw.integer(1...6), known: day + draw.integer(1...10)))
        }
    }
}
