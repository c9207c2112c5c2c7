import RiskColumns

/// What the gangs are going to do, drawn before the first day; begun up to 90 days before it, so
/// that a world starts in the middle of things.
struct FraudPlans: GangPlans, Sendable {
    /// A stolen account.
    struct Takeover: Sendable {
        let account: Int32
        let tactic: Tactic
        let gang: Int32
        /// The device that the gang logs in from.
        let device: Int32
        /// Whether it is the owner's own, under remote control.
        let isRemote: Bool
        /// From the first quiet log-in to the last purchase.
        let days: Range<Int>
        /// Of these, the days before the first purchase.
        let quiet: Int
        let purchases: Int
        /// The day on which it becomes a case, below 0 before the world begins; nil for never.
        let known: Int?
    }

    /// A list of passwords being tried.
    struct Sweep: Sendable {
        let tactic: Tactic
        let gang: Int32
        let days: Range<Int>
        let known: Int?
    }

    /// A SIM card in a box.
    struct FarmCard: Sendable {
        /// Its number, after those of the subscribers; a subscriber's own where it was rented.
        let sim: Int32
        /// Its place in the box.
        let slot: Int32
        let tactic: Tactic
        let gang: Int32
        let activated: Int
        let days: Range<Int>
        let holder: Int32
        let store: Int32
        let region: Int32
        /// The box: its first identity, how many it has, its first card in `cards` and how many.
        let identity: Int32
        let identities: Int32
        let box: Int32
        let slots: Int32
        let cell: Int32
        /// Whether it stays in its owner's telephone, through which the gang calls.
        let isRelay: Bool
        let known: Int?
    }

    /// A SIM card that was opened to be sold.
    struct BlackCard: Sendable {
        let sim: Int32
        let tactic: Tactic
        let gang: Int32
        let activated: Int
        /// From the sale to the end.
        let days: Range<Int>
        let holder: Int32
        let store: Int32
        /// The region on the holder's document.
        let homeRegion: Int32
        /// Where it waits and where it is used.
        let waitingCell: Int32
        let cell: Int32
        /// The telephone that it is in until the sale, with the others of its batch, and the buyer's.
        let drawer: Int32
        let device: Int32
        let known: Int?
    }

    /// A number that receives codes for accounts that nobody is behind.
    struct CodeNumber: Sendable {
        /// Of a modem pool, or a subscriber's own.
        let sim: Int32
        let tactic: Tactic
        let gang: Int32
        /// The first number of its gang's batch in `codeNumbers`: what telephones and addresses go by.
        let batch: Int32
        /// How many numbers the batch was to have.
        let batchCount: Int32
        /// The first of the gang's telephones.
        let device: Int32
        /// The day from which on it is kept warm, that of its first use where it is not.
        let warmFrom: Int
        let days: Range<Int>
        /// When accounts are registered with it: a day and a service for each.
        let registrations: [(day: Int, service: Int32)]
        let known: Int?
    }

    /// A broadband account that feeds proxies.
    struct ProxyLine: Sendable {
        let line: Int32
        let tactic: Tactic
        let gang: Int32
        let ordered: Int
        let days: Range<Int>
        let purchaser: Int32
        let store: Int32
        let address: Int32
        let card: Int32
        let region: Int32
        let redials: Int
        let firstHour: Int
        let hours: Int
        let upload: Double
        let traffic: Double
        let known: Int?
    }

    /// Somebody honest whom a case is opened against.
    struct Mistake: Sendable {
        let entity: Int32
        let days: Range<Int>
        let known: Int
    }

    var takeovers: [Takeover] = []
    var sweeps: [Sweep] = []
    var cards: [FarmCard] = []
    var lines: [ProxyLine] = []
    var blackCards: [BlackCard] = []
    var codeNumbers: [CodeNumber] = []
    var codeNumbersOfDay: [[Int32]]
    /// Cards opened to be sold, from the opening to the end, by day.
    var blackCardsOfDay: [[Int32]]
    /// Addresses of bookkeepers and of public terminals that a case is opened against by mistake.
    var mistakenAddresses: [Mistake] = []
    var mistakenCards: [Mistake] = []
    var mistakenCardsOfDay: [[Int32]]
    var mistakenAccounts: [Mistake] = []
    var mistakenSims: [Mistake] = []
    var mistakenLines: [Mistake] = []
    /// The indices of what is going on, by day.
    var takeoversOfDay: [[Int32]]
    var sweepsOfDay: [[Int32]]
    var cardsOfDay: [[Int32]]
    var linesOfDay: [[Int32]]
    var activationsOfDay: [[Int32]]
    var ordersOfDay: [[Int32]]
    /// Accounts that a case is opened against on a day by mistake.
    var mistakenAccountsOfDay: [[Int32]]
    var mistakenSimsOfDay: [[Int32]]
    var mistakenLinesOfDay: [[Int32]]

    /// The day from which on each subscriber's card is in somebody else's hands; Int16.max for never.
    var soldDay: [Int16]

    /// Whose telephones gangs call through, though the card stays theirs.
    var relays: Set<Int32> = []

    let days: Int
    var people: Int32
    var devices: Int32
    var places: Int32
    var paymentCards: Int32
    var gangs: Gangs

    init(_ population: Population, _ parameters: WorldParameters, days: Int, seed: SplitMix64) {
        self.days = days
        gangs = Gangs(lead: 90, subscribers: population.subscribers.count)
        people = Int32(population.people)
        devices = Int32(population.devices)
        places = Int32(population.addresses)
        paymentCards = Int32(population.households.count + population.companies.count)
        let none = [[Int32]](repeating: [], count: days)
        (takeoversOfDay, sweepsOfDay, cardsOfDay, linesOfDay) = (none, none, none, none)
        (activationsOfDay, ordersOfDay) = (none, none)
        (mistakenAccountsOfDay, mistakenSimsOfDay, mistakenLinesOfDay) = (none, none, none)
        (blackCardsOfDay, mistakenCardsOfDay, codeNumbersOfDay) = (none, none, none)
        soldDay = [Int16](repeating: .max, count: population.subscribers.count)
        planTakeovers(population, parameters, seed.child(1))
        planSweeps(parameters, seed.child(2))
        planFarms(population, parameters, seed.child(3))
        planLines(population, parameters, seed.child(4))
        planMistakes(population, parameters, seed.child(5))
        planBlackCards(population, parameters, seed.child(6))
        planMistakenCards(population, parameters, seed.child(8))
        planMistakenAddresses(population, parameters, seed.child(7))
        planCodeNumbers(population, parameters, seed.child(9))
    }

    mutating func note(
        _ span: Range<Int>, _ index: Int, in list: WritableKeyPath<FraudPlans, [[Int32]]>
    ) {
        for day in span.clamped(to: 0..<days) { self[keyPath: list][day].append(Int32(index)) }
    }
}
