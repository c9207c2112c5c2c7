import CRiskKernels
import RiskColumns

/// What a terminal sells.
enum TerminalKind: Int, CaseIterable {
    case grocery, restaurant, fuel, clothing, electronics, pharmacy, hotel, online, smallChange

    /// Terminals of each kind among 100.
    static let cumulativeShares = [27, 48, 55, 68, 75, 83, 87, 95, 100]

    /// What a payment there comes to, in multiples of the customer's mean.
    var amountFactor: Double {
        switch self {
        case .grocery: 0.8
        case .restaurant: 0.7
        case .fuel: 1.1
        case .clothing: 1.3
        case .electronics: 2.2
        case .pharmacy: 0.5
        case .hotel: 2.0
        case .online: 1.0
        case .smallChange: 0.08
        }
    }
}

struct Terminal: Sendable {
    let kind: TerminalKind
    /// In the plane, hundredths of a kilometre.
    let x: Double
    let y: Double
    let town: Int32
}

/// When in the day and in the week somebody pays.
enum Rhythm: Int, CaseIterable {
    case dayWorker, retired, evening, nightShift

    static let cumulativeShares = [55, 75, 96, 100]

    /// Cumulative weights of the 24 hours.
    var hours: [Int] { Self.hourTables[rawValue] }

    /// Monday to Sunday, mean 1.
    var weekdays: [Double] { Self.weekdayTables[rawValue] }

    private static let hourTables: [[Int]] = [
        [1, 1, 0, 0, 1, 3, 10, 22, 24, 14, 14, 22, 45, 34, 16, 15, 22, 45, 52, 44, 30, 18, 8, 3],
        [1, 0, 0, 0, 0, 2, 8, 22, 45, 62, 66, 58, 40, 30, 40, 46, 40, 28, 16, 10, 6, 3, 2, 1],
        [16, 10, 6, 4, 2, 1, 2, 5, 9, 12, 16, 20, 30, 30, 24, 24, 28, 36, 48, 56, 58, 52, 40, 28],
        [
            30, 28, 26, 28, 32, 36, 44, 40, 18, 6, 3, 2, 2, 4, 10, 22, 32, 36, 34, 28, 26, 34, 36,
            32,
        ],
    ].map(cumulative)

    private static let weekdayTables: [[Double]] = [
        [0.9, 0.88, 0.9, 0.95, 1.15, 1.25, 0.97],
        [1.05, 1.1, 1.05, 1.1, 1.05, 0.95, 0.7],
        [0.8, 0.82, 0.88, 1.0, 1.3, 1.35, 0.85],
        [1, 1, 1, 1, 1, 1, 1],
    ]
}

/// What else somebody is.
struct Traits: OptionSet, Sendable {
    let rawValue: UInt8
    /// Buys in bulk for a business.
    static let business = Traits(rawValue: 1)
    /// Pays for tickets and at vending machines on workdays.
    static let commuter = Traits(rawValue: 2)
    /// Buys presents, in the season above all.
    static let giver = Traits(rawValue: 4)
    /// Travels twice as often.
    static let traveller = Traits(rawValue: 8)
}

struct Customer: Sendable {
    /// The mean of everyday payments, in hundredths.
    let meanAmount: Double
    /// The deviation of an amount's logarithm.
    let sigma: Double
    /// Everyday payments a day.
    let rate: Double
    let rhythm: Rhythm
    let traits: Traits
    let town: Int32
    /// Where they pay, the usual ones first.
    let habitual: [Int32]
    /// From this day on they live elsewhere and pay at `habitualAfterMove`; `Int32.max` for never.
    let moveDay: Int32
    let townAfterMove: Int32
    let habitualAfterMove: [Int32]

    func habitual(on day: Int) -> [Int32] { day < Int(moveDay) ? habitual : habitualAfterMove }
    func town(on day: Int) -> Int { Int(day < Int(moveDay) ? town : townAfterMove) }
}

/// Towns and terminals in a square of 100 by 100 km.
struct Map {
    private(set) var terminals: [Terminal] = []
    private(set) var terminalsOfTown: [[Int32]] = []
    private(set) var online: [Int32] = []
    private(set) var smallChange: [Int32] = []
    private var centres: [(x: Double, y: Double)] = []
    private var townWeights: [Int] = []

    init(customers: Int, terminals count: Int, seed: SplitMix64) {
        var draw = Draw(seed)
        let towns = max(3, min(400, customers / 150))
        for town in 0..<towns {
            centres.append((draw.uniform(5...95), draw.uniform(5...95)))
            // Sizes as 1, 1/2, 1/3, …: the first towns are large.
            townWeights.append((townWeights.last ?? 0) + 12_000 / (town + 4))
            terminalsOfTown.append([])
        }
        for index in 0..<count {
            // The first of each town's terminals are spread over the towns, so that none is empty.
            let town = index < 2 * towns ? index % towns : draw.place(cumulative: townWeights)
            // The first ones are of every kind, so that a small world has them all.
            let kind =
                index < 36
                ? TerminalKind.allCases[index % 9]
                : TerminalKind.allCases[draw.place(cumulative: TerminalKind.cumulativeShares)]
            let spread = 3.0
            terminals.append(
                Terminal(
                    kind: kind, x: centres[town].x + spread * draw.normal(),
                    y: centres[town].y + spread * draw.normal(), town: Int32(town)))
            switch kind {
            case .online: online.append(Int32(index))
            case .smallChange: smallChange.append(Int32(index))
            default: terminalsOfTown[town].append(Int32(index))
            }
        }
        for town in terminalsOfTown.indices where terminalsOfTown[town].isEmpty {
            terminalsOfTown[town] = [0]
        }
    }

    func customers(count: Int, days: Int, seed: SplitMix64) -> [Customer] {
        (0..<count).map { index in
            var draw = Draw(seed.child(UInt64(index)))
            let town = draw.place(cumulative: townWeights)
            // The means' logarithms are uniform: many small budgets, few large ones.
            let mean = 1500 * rk_exp_f64(draw.uniform() * 2.16)
            let rhythm = Rhythm.allCases[draw.place(cumulative: Rhythm.cumulativeShares)]
            var traits: Traits = []
            if draw.chance(0.03) { traits.insert(.business) }
            if draw.chance(0.08) { traits.insert(.commuter) }
            if draw.chance(0.25) { traits.insert(.giver) }
            if draw.chance(0.1) { traits.insert(.traveller) }
            let rate = draw.uniform(0.05...3.3)
            let sigma = draw.uniform(0.3...0.6)
            let habitual = habitual(town: town, &draw)
            // One in twelve moves in a year.
            let moves = draw.uniform() * 365 * 12
            let moveDay = moves < Double(days) ? Int32(moves) : Int32.max
            let next = draw.place(cumulative: townWeights)
            return Customer(
                meanAmount: mean, sigma: sigma, rate: rate, rhythm: rhythm, traits: traits,
                town: Int32(town), habitual: habitual, moveDay: moveDay,
                townAfterMove: Int32(next),
                habitualAfterMove: moveDay < .max ? self.habitual(town: next, &draw) : [])
        }
    }

    /// Terminals in walking distance first: of a few drawn from the town, the nearest to the home.
    private func habitual(town: Int, _ draw: inout Draw) -> [Int32] {
        let homeX = centres[town].x + 3 * draw.normal()
        let homeY = centres[town].y + 3 * draw.normal()
        let near = terminalsOfTown[town]
        var chosen: [Int32] = []
        for _ in 0..<draw.integer(12...40) {
            var best = near[draw.below(near.count)]
            for _ in 0..<2 {
                let other = near[draw.below(near.count)]
                if distance(other, homeX, homeY) < distance(best, homeX, homeY) { best = other }
            }
            chosen.append(best)
        }
        for _ in 0..<draw.integer(1...4) {
            chosen.insert(online[draw.below(online.count)], at: draw.below(chosen.count))
        }
        return chosen
    }

    private func distance(_ terminal: Int32, _ x: Double, _ y: Double) -> Double {
        let dx = terminals[Int(terminal)].x - x
        let dy = terminals[Int(terminal)].y - y
        return dx * dx + dy * dy
    }
}

/// 1, 2, 3 as 1, 3, 6.
func cumulative(_ weights: [Int]) -> [Int] {
    var sum = 0
    return weights.map { weight in
        sum += weight
        return sum
    }
}
