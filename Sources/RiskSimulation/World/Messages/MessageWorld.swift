import RiskColumns

/// The subscribers' world with the messages that they get: people's own, notices of all kinds, and
/// those of gangs.
///
/// It is a `SubscriberWorld` of the same seed with four logs more. Every number drawn for them comes
/// from a stream of its own, so the other logs have the bytes that they have without the messages; the
/// truth has lines more at its end. `docs/simulation.md` describes who sends what.
///
///     let world = MessageWorld(subscribers: 20_000, days: 70, seed: 1, start: start)
///     try world.write { log, bytes in try files[log].append(bytes) }
public final class MessageWorld: Sendable {
    /// What the gangs do that send messages.
    public let parameters: ScamParameters
    /// The world that the messages are sent in.
    public let town: SubscriberWorld

    let roles: SenderRoles
    let plans: ScamPlans
    private let seed: SplitMix64

    /// Makes a world.
    /// - Parameters:
    ///   - subscribers: 100 to 10,000,000.
    ///   - days: 1 to 3660.
    ///   - start: midnight of the first day.
    ///   - town: what the other gangs do.
    ///   - scams: what those do that send messages.
    /// - Precondition: the bounds above.
    /// - Complexity: O(subscribers + frauds).
    public init(
        subscribers: Int, days: Int, seed: UInt64, start: Int64,
        town parameters: WorldParameters = WorldParameters(),
        scams: ScamParameters = ScamParameters()
    ) {
        let town = SubscriberWorld(
            subscribers: subscribers, days: days, seed: seed, start: start, parameters: parameters)
        let root = SplitMix64(seed: seed).child(41)
        self.town = town
        self.parameters = scams
        self.seed = root
        let roles = SenderRoles(town, seed: root.child(1))
        self.roles = roles
        plans = ScamPlans(
            town, scams, seed: root.child(2), senders: roles.senders,
            isTaken: { roles.roles[Int32($0)] != nil })
    }

    /// The streams of random numbers.
    enum Stream: UInt64 {
        case echo = 16
        case notice, client, scam, pause, victim
    }

    /// The random numbers of a purpose for somebody on a day.
    func draw(_ stream: Stream, _ who: Int, _ day: Int) -> Draw {
        Draw(
            seed.child(stream.rawValue << 56 ^ UInt64(bitPattern: Int64(who)))
                .child(UInt64(bitPattern: Int64(day))))
    }
}
