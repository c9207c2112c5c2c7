/// What the gangs do that send messages to strangers, and how often. `docs/simulation.md` explains each
/// number.
///
/// Rates of starts are per day and 10,000 subscribers; days are whole days of the world.
public struct ScamParameters: Equatable, Sendable {
    /// How a gang sends.
    public struct Campaign: GangTactic, Equatable, Sendable {
        /// Numbers that begin to send in a day.
        public var startsPerDay: Double
        /// Numbers of one campaign.
        public var numbers: ClosedRange<Int>
        /// Days from the opening of a number to its first message to a stranger.
        public var tenure: ClosedRange<Int>
        /// Days before it on which the campaign's numbers write to each other, as a family does.
        public var ageing: ClosedRange<Int>
        /// Days for which a number sends, unless it is cut off.
        public var days: ClosedRange<Int>
        /// The share of its days on which it sends.
        public var sendingDays: Double
        /// Messages of a number on a day.
        public var messages: ClosedRange<Int>
        /// Bursts in which they go out, seconds apart; 0 for people's hours.
        public var bursts: ClosedRange<Int>
        /// The share of messages to other numbers of the campaign, who answer.
        public var mutual: Double
        /// The share of messages to somebody written to before.
        public var repeats: Double
        /// The share of recipients who answer.
        public var replies: Double
        /// The share of messages that somebody reports.
        public var reports: Double
        /// The share of messages with a link.
        public var links: Double
        /// Of these, the share behind a shortener that everybody uses.
        public var shorteners: Double
        /// Domains of a campaign at a time.
        public var domains: Int
        /// Days after which others take their place.
        public var domainLife: Int
        /// Days from the registration of a domain to its first use.
        public var domainAge: ClosedRange<Int>
        /// Numbers for each device identity.
        public var numbersPerIdentity: Int
        /// Days after which a number moves to an identity that nobody saw before; 0 for never.
        public var identityLife: Int
        /// Cells that a campaign is seen in.
        public var cells: Int
        /// Calls made by a number on a day.
        public var callsMade: Double
        /// Calls received.
        public var callsReceived: Double
        /// The share of days with data.
        public var data: Double
        /// The share of numbers that are telephones of others, on which a program sends while their
        /// owners' lives go on.
        public var infected: Double
        /// The share of shops in one region: else the numbers were opened anywhere.
        public var sameStore: Double
        /// How it becomes known.
        public var discovery: WorldParameters.Discovery
    }

    /// Hundreds a day from new cards, a new domain for all.
    public var easy = Campaign(
        startsPerDay: 4.5, numbers: 8...30, tenure: 0...6, ageing: 0...0, days: 1...4,
        sendingDays: 1, messages: 20...200, bursts: 1...3, mutual: 0, repeats: 0.02,
        replies: 0.008, reports: 0.004, links: 0.9, shorteners: 0.05, domains: 1, domainLife: 4,
        domainAge: 0...4, numbersPerIdentity: 4, identityLife: 0, cells: 1, callsMade: 0.2,
        callsReceived: 0.5, data: 0.1, infected: 0.05, sameStore: 0.9,
        discovery: .init(share: 0.6, delay: 1...6))
    /// A few a day from aged numbers that write to each other; new identities, old domains, or
    /// other people's telephones.
    public var evasive = Campaign(
        startsPerDay: 2.4, numbers: 8...20, tenure: 40...700, ageing: 10...35, days: 8...25,
        sendingDays: 0.6, messages: 2...9, bursts: 0...0, mutual: 0.35, repeats: 0.4,
        replies: 0.25, reports: 0.0008, links: 0.25, shorteners: 0.5, domains: 10, domainLife: 10,
        domainAge: 15...400, numbersPerIdentity: 1, identityLife: 14, cells: 5, callsMade: 1.7,
        callsReceived: 1.4, data: 0.85, infected: 0.35, sameStore: 0.2,
        discovery: .init(share: 0.4, delay: 3...14))
    /// The share of gangs that turn evasive after a case against them became known.
    public var learning = 0.3
    /// Mistaken cases for each true one, against those who write to many.
    public var mistakes = 0.05

    /// The parameters of the registered scenario.
    public init() {}

    /// The same gangs with other habits: fewer messages, older domains, better spread.
    public var shifted: ScamParameters {
        var other = self
        for path in [\ScamParameters.easy, \.evasive] {
            let plan = self[keyPath: path]
            other[keyPath: path].messages =
                max(
                    2, plan.messages.lowerBound * 3 / 4)...max(
                    3, plan.messages.upperBound * 3 / 4)
            other[keyPath: path].replies *= 1.3
            other[keyPath: path].reports *= 0.8
            other[keyPath: path].links *= 0.85
            other[keyPath: path].shorteners = min(1, plan.shorteners * 1.3)
            other[keyPath: path].domains += 1
            other[keyPath: path].domainAge =
                plan.domainAge.lowerBound...plan.domainAge.upperBound * 3 / 2
            other[keyPath: path].numbersPerIdentity = max(1, plan.numbersPerIdentity * 3 / 4)
            other[keyPath: path].cells += 1
            other[keyPath: path].infected = min(1, plan.infected * 1.3)
        }
        return other
    }
}
