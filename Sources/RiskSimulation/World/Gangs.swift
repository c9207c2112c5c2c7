import RiskColumns

/// The gangs of a world: who is at work on a day, and what being caught teaches them.
struct Gangs: Sendable {
    /// How many days before the world's first one something may have begun, so that a world starts in the
    /// middle of things.
    let lead: Int
    /// Frauds go with the population: 1 for 10,000 subscribers.
    let scale: Double
    /// Of each kind, at a time.
    private let count: Int
    /// When a gang was first caught, by kind and number.
    private var caught: [Int32: Int] = [:]

    init(lead: Int, subscribers: Int) {
        self.lead = lead
        scale = Double(subscribers) / 10_000
        count = max(3, subscribers / 4000)
    }

    /// A gang that is at work on a day. Every 45 days others take over.
    func gang(_ kind: Int, on day: Int, _ draw: inout Draw) -> Int32 {
        Int32(kind * 1_000_000 + (day + lead) / 45 * count + draw.below(count))
    }

    /// The tactic of a gang that would go the easy way: who was caught may have learnt.
    func tactic(
        _ planned: Tactic, of gang: Int32, on day: Int, _ learning: Double, _ draw: inout Draw
    ) -> Tactic {
        let learnt = draw.chance(learning)
        if planned == .easy, learnt, let since = caught[gang], since <= day { return .evasive }
        return planned
    }

    /// When something that began on a day becomes a case, which may be before the first day; nil for
    /// never.
    mutating func discover(
        _ discovery: WorldParameters.Discovery, from day: Int, gang: Int32, _ draw: inout Draw
    ) -> Int? {
        let found = draw.chance(discovery.share)
        let known = day + draw.integer(discovery.delay)
        if !found { return nil }
        caught[gang] = min(caught[gang] ?? .max, known)
        return known
    }
}

/// What a kind of fraud is like, by one tactic.
protocol GangTactic {
    /// In a world of 10,000 subscribers.
    var startsPerDay: Double { get }
}

/// Something that a gang begins.
struct GangStart {
    let gang: Int32
    let tactic: Tactic
    let day: Int
}

/// What gangs are going to do, drawn before the first day.
protocol GangPlans {
    var gangs: Gangs { get set }
    /// The days of the world.
    var days: Int { get }
}

extension GangPlans {
    /// Draws what begins on each day, by either tactic from a stream of its own.
    /// - Parameters:
    ///   - kind: of fraud; gangs of different kinds have different numbers.
    ///   - first: the first day on which something begins; as a rule `gangs.lead` days before the world.
    ///   - size: over how many `startsPerDay` counts, such as the cards of a box; 1 unless given.
    ///   - begin: what the start is, with the parameters of the tactic that the gang chose.
    mutating func begin<Parameters: GangTactic>(
        _ kind: Int, _ easy: Parameters, _ evasive: Parameters, learning: Double,
        from first: Int? = nil, _ seed: SplitMix64, size: (Parameters) -> Double = { _ in 1 },
        _ begin: (inout Self, Parameters, GangStart, inout Draw) -> Void
    ) {
        for day in (first ?? -gangs.lead)..<days {
            for planned in Tactic.allCases {
                var draw = Draw(
                    seed.child(UInt64(bitPattern: Int64(day)) << 1 | UInt64(planned.rawValue)))
                let expected = planned == .easy ? easy : evasive
                let rate = expected.startsPerDay * gangs.scale / size(expected)
                for _ in 0..<draw.count(rate) {
                    let gang = gangs.gang(kind, on: day, &draw)
                    let tactic = gangs.tactic(planned, of: gang, on: day, learning, &draw)
                    begin(
                        &self, tactic == .easy ? easy : evasive,
                        GangStart(gang: gang, tactic: tactic, day: day), &draw)
                }
            }
        }
    }
}
