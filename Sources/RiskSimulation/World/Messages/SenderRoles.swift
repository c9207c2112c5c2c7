import RiskColumns

/// Who writes to many and means no harm. Couriers, telephone sales and new numbers are the world's
/// own; the others are ordinary people and second cards with a task.
enum SenderRole: Sendable {
    /// A surgery or a hairdresser: "tomorrow at three", to its own clients.
    case reminder
    /// A shop: offers with a link to all customers, in bursts.
    case shop
    /// A club's organiser: the same members again and again, who answer.
    case organiser
    /// Some weeks of surveys, collections or hiring: strangers, and a link to a new site.
    case canvasser
    /// Buys and sells used things, looks for a flat or a job: a few strangers a day, who answer.
    case trader

    /// The group's name in the truth.
    var group: String {
        switch self {
        case .reminder: "appointment-reminder"
        case .shop: "shop-notice"
        case .organiser: "club-organiser"
        case .canvasser: "canvasser"
        case .trader: "private-trader"
        }
    }
}

/// The roles of a world's people, and the sites that honest messages link to. All of it is drawn by
/// somebody's own numbers, without a past.
struct SenderRoles: Sendable {
    private(set) var roles: [Int32: SenderRole] = [:]
    let seed: SplitMix64
    private let days: Int

    /// What a link leads to: shorteners, what is generally known, companies, what hardly anybody knows,
    /// shops, canvassers.
    enum Site {
        static let shorteners = 6
        static let known = 400
        static let rare: Int32 = 20_000_000
        static let rarities = 60_000
        static let company: Int32 = 10_000
        static let shop: Int32 = 100_000_000
        static let canvassers: Int32 = 500_000_000
    }

    init(_ town: SubscriberWorld, seed: SplitMix64) {
        self.seed = seed
        days = town.days
        for (index, who) in town.population.subscribers.enumerated() {
            var draw = Draw(seed.child(1).child(UInt64(index)))
            guard who.traits.isSubset(of: [.secondCard, .withoutData]),
                town.plans.soldDay[index] == .max, !town.plans.relays.contains(Int32(index))
            else { continue }
            // A shop's or a task's number is often a second card, or opened for it.
            let isOwn = who.traits.isEmpty
            let isYoung = Int(who.activated) > -120
            let kind = draw.uniform()
            let shares: [(SenderRole, Double)] = [
                (.reminder, isOwn ? 0.006 : 0.05), (.shop, isOwn ? 0.006 : 0.07),
                (.organiser, 0.012), (.canvasser, isYoung ? 0.1 : isOwn ? 0.005 : 0.05),
                (.trader, 0.03),
            ]
            var sum = 0.0
            for (role, share) in shares where roles[Int32(index)] == nil {
                sum += share
                if kind < sum { roles[Int32(index)] = role }
            }
        }
    }

    /// The numbers of those with a role, in their order.
    var senders: [Int32] { roles.keys.sorted() }

    /// When a canvasser has a task: one spell in each 90 days.
    func task(of index: Int, around day: Int) -> Range<Int> {
        var draw = Draw(seed.child(2).child(UInt64(index) << 8 | UInt64(day / 90)))
        let first = day / 90 * 90 + draw.below(70)
        return first..<first + draw.integer(5...25)
    }

    /// Which organisation a canvasser works for: several for one.
    func organisation(of index: Int) -> Int32 { Int32(index / 400) }

    /// The day on which an honest site was registered. Most are old; a task's is new, one in six of a
    /// shop's is, and one in twelve of those that hardly anybody knows.
    func registered(_ site: Int32) -> Int {
        var draw = Draw(seed.child(3).child(UInt64(site)))
        if site < Site.company { return -draw.integer(600...7000) }
        if site >= Site.canvassers { return draw.below(days + 60) - 60 }
        let share = site >= Site.shop ? 0.17 : site >= Site.rare ? 0.08 : 0.03
        return draw.chance(share) ? draw.below(days + 40) - 40 : -draw.integer(40...4000)
    }
}
