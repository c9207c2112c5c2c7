import RiskColumns

/// What the fraudsters are going to do and which shops hold a sale, drawn before the first day.
///
/// Plans begin up to eight weeks before the first day, so a world starts in the middle of things.
struct Plans: Sendable {
    /// A terminal in the wrong hands.
    struct Compromise: Sendable {
        let terminal: Int32
        let days: Range<Int>
        let share: Double
        let multiples: ClosedRange<Double>
        let tactic: Tactic
    }

    /// Payments that a fraudster makes with somebody's card over some days.
    struct Incident: Sendable {
        let kind: CardFraud
        let tactic: Tactic
        let customer: Int32
        let days: Range<Int>
        /// Where cards are tried in the easy way; the same few terminals for weeks.
        let testTerminal: Int32
    }

    /// A shop's sale.
    struct Sale: Sendable {
        let terminal: Int32
        let days: Range<Int>
        let visitorsPerDay: Double
        let multiple: Double
    }

    private(set) var compromises: [Compromise] = []
    private(set) var incidents: [Incident] = []
    private(set) var sales: [Sale] = []
    /// The indices of what is going on, by day.
    private(set) var compromisesOfDay: [[Int32]]
    private(set) var incidentsOfDay: [[Int32]]
    private(set) var salesOfDay: [[Int32]]

    init(
        parameters: CardMisuseParameters, customers: [Customer], terminals: [Terminal],
        online: [Int32], days: Int, seed: SplitMix64
    ) {
        let perCustomers = Double(customers.count) / 5000
        let perTerminals = Double(terminals.count) / 10_000
        compromisesOfDay = [[Int32]](repeating: [], count: days)
        incidentsOfDay = compromisesOfDay
        salesOfDay = compromisesOfDay
        for day in -56..<days {
            var draw = Draw(seed.child(UInt64(bitPattern: Int64(day))))
            for (tactic, plan) in [
                (Tactic.easy, parameters.easyTerminals), (.evasive, parameters.evasiveTerminals),
            ] {
                for _ in 0..<draw.count(plan.startsPerDay * perTerminals) {
                    let compromise = Compromise(
                        terminal: Int32(draw.below(terminals.count)),
                        days: day..<day + draw.integer(plan.days),
                        share: draw.uniform(plan.shares), multiples: plan.multiples,
                        tactic: tactic)
                    note(compromise.days, compromises.count, in: \.compromisesOfDay)
                    compromises.append(compromise)
                }
            }
            for (tactic, plan) in [
                (Tactic.easy, parameters.easyCredentials),
                (.evasive, parameters.evasiveCredentials),
            ] {
                for _ in 0..<draw.count(plan.startsPerDay * perCustomers) {
                    add(
                        Incident(
                            kind: .stolenCredentials, tactic: tactic,
                            customer: Int32(draw.below(customers.count)),
                            days: day..<day + draw.integer(plan.days), testTerminal: -1))
                }
            }
            for (tactic, plan) in [
                (Tactic.easy, parameters.easyTesting), (.evasive, parameters.evasiveTesting),
            ] {
                for _ in 0..<draw.count(plan.startsPerDay * perCustomers) {
                    // Four test terminals at a time, others every three weeks.
                    let place = (day + 63) / 21 * 4 + draw.below(4)
                    var pick = Draw(seed.child(1 << 40 | UInt64(place)))
                    add(
                        Incident(
                            kind: .testingAndLargeAmounts, tactic: tactic,
                            customer: Int32(draw.below(customers.count)),
                            days: day..<day + 1 + draw.integer(plan.days),
                            testTerminal: online[pick.below(online.count)]))
                }
            }
            for _ in 0..<draw.count(8 * perTerminals) {
                let sale = Sale(
                    terminal: Int32(draw.below(terminals.count)),
                    days: day..<day + draw.integer(3...9), visitorsPerDay: draw.uniform(2...9),
                    multiple: draw.uniform(1.2...2.4))
                guard terminals[Int(sale.terminal)].kind != .smallChange else { continue }
                note(sale.days, sales.count, in: \.salesOfDay)
                sales.append(sale)
            }
        }
    }

    private mutating func add(_ incident: Incident) {
        note(incident.days, incidents.count, in: \.incidentsOfDay)
        incidents.append(incident)
    }

    private mutating func note(
        _ span: Range<Int>, _ index: Int, in list: WritableKeyPath<Plans, [[Int32]]>
    ) {
        for day in span.clamped(to: 0..<compromisesOfDay.count) {
            self[keyPath: list][day].append(Int32(index))
        }
    }
}

extension Draw {
    /// A count with this mean, however large.
    mutating func count(_ mean: Double) -> Int {
        var sum = 0
        var left = mean
        while left > 20 {
            sum += poisson(20)
            left -= 20
        }
        return sum + poisson(left)
    }
}
