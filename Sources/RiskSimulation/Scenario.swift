import RiskColumns

/// A kind of world that can be simulated by name.
///
///     let scenario = Scenario.named("card-misuse")!
///     let world = scenario.makeWorld(WorldSettings(subscribers: 500, days: 30, seed: 7,
///                                                  start: scenario.defaultStart))
///     try world.write { log, bytes in try files[log.name].append(bytes) }
public struct Scenario: Sendable {
    /// What it is called on the command line.
    public let name: String
    /// What it is, in a sentence.
    public let summary: String
    /// Who the subscribers are: "customers".
    public let subscribers: String
    /// How many there are unless somebody asks for others.
    public let defaultSubscribers: Int
    /// How many subscribers it can have.
    public let subscriberBounds: ClosedRange<Int>
    /// How many days unless somebody asks for others.
    public let defaultDays: Int
    /// How many days it can have.
    public let dayBounds: ClosedRange<Int>
    /// The first midnight unless somebody asks for another.
    public let defaultStart: Int64
    /// Whether its gangs have other habits to shift to (`WorldSettings.shifted`).
    public var canShift = false
    /// Makes the world.
    /// - Precondition: the settings are within the bounds.
    public let makeWorld: @Sendable (WorldSettings) -> any SimulatedWorld

    /// All scenarios, in the order in which they are listed.
    public static let all: [Scenario] = [cardMisuse, world, messages]

    /// The scenario of that name, nil where there is none.
    public static func named(_ name: String) -> Scenario? { all.first { $0.name == name } }

    /// Payment cards, terminals and three kinds of fraud; two terminals a customer.
    public static let cardMisuse = Scenario(
        name: "card-misuse",
        summary: "payment cards and terminals with tested, skimmed and stolen cards among them",
        subscribers: "customers", defaultSubscribers: 5000, subscriberBounds: 20...10_000_000,
        defaultDays: 183, dayBounds: 1...3660,
        defaultStart: Timestamps.microseconds(year: 2026, month: 4, day: 1)
    ) { settings in
        CardMisuseWorld(
            customers: settings.subscribers, terminals: max(40, 2 * settings.subscribers),
            days: settings.days, seed: settings.seed, start: settings.start)
    }

    /// Subscribers of telephone, broadband and payment accounts, the gangs that rob them, and those who
    /// only look like gangs.
    public static let world = Scenario(
        name: "world",
        summary: "subscribers, their telephones, lines and accounts, and the gangs among them",
        subscribers: "subscribers", defaultSubscribers: 20_000, subscriberBounds: 100...10_000_000,
        defaultDays: 70, dayBounds: 1...3660,
        defaultStart: Timestamps.microseconds(year: 2025, month: 12, day: 10), canShift: true
    ) { settings in
        let parameters = WorldParameters()
        return SubscriberWorld(
            subscribers: settings.subscribers, days: settings.days, seed: settings.seed,
            start: settings.start, parameters: settings.shifted ? parameters.shifted : parameters)
    }

    /// The same subscribers with the messages that they get, and the gangs that send some of them.
    public static let messages = Scenario(
        name: "messages",
        summary: "the world with its messages, and the gangs that write to strangers",
        subscribers: "subscribers", defaultSubscribers: 20_000, subscriberBounds: 100...10_000_000,
        defaultDays: 70, dayBounds: 1...3660, defaultStart: world.defaultStart, canShift: true
    ) { settings in
        let (town, scams) = (WorldParameters(), ScamParameters())
        return MessageWorld(
            subscribers: settings.subscribers, days: settings.days, seed: settings.seed,
            start: settings.start, town: settings.shifted ? town.shifted : town,
            scams: settings.shifted ? scams.shifted : scams)
    }
}

/// What is asked of a world.
public struct WorldSettings: Equatable, Sendable {
    /// How many subscribers.
    public var subscribers: Int
    /// How many days.
    public var days: Int
    /// The same seed gives the same bytes.
    public var seed: UInt64
    /// Midnight of the first day, microseconds of local time without a zone.
    public var start: Int64
    /// Whether the gangs have other habits than those that a model was trained on.
    public var shifted: Bool

    /// Makes settings.
    public init(
        subscribers: Int, days: Int, seed: UInt64, start: Int64, shifted: Bool = false
    ) {
        self.subscribers = subscribers
        self.days = days
        self.seed = seed
        self.start = start
        self.shifted = shifted
    }
}

/// One file of events that a world leaves behind.
public struct EventLog: Equatable, Sendable {
    /// What it is called, without an ending: "transactions".
    public let name: String
    /// The columns, separated by commas.
    public let header: String
    /// Whether an operator would have it too. The others hold what only a simulation knows; no
    /// feature may read them.
    public let isObservable: Bool
}

/// A world that can be written as event logs.
public protocol SimulatedWorld: Sendable {
    /// How many days there are.
    var days: Int { get }
    /// The logs, always in this order.
    var logs: [EventLog] { get }
    /// Writes the logs as CSV: for each first the header, then the days in their order.
    ///
    /// - Parameters:
    ///   - dayDone: called after each day with the number of days done; false stops.
    ///   - sink: gets whole lines of a log, by its index in `logs`.
    /// - Returns: the number of events in each log.
    func write<Failure: Error>(
        dayDone: (Int) -> Bool, to sink: (_ log: Int, _ lines: [UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> [Int]
}

extension SimulatedWorld {
    /// Writes all days.
    public func write<Failure: Error>(
        to sink: (_ log: Int, _ lines: [UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> [Int] {
        try write(dayDone: { _ in true }, to: sink)
    }
}
