import RiskColumns
import RiskEvaluation
import RiskJSON
import RiskModel
import RiskScoring

/// A recipe's models measured against the truth of a simulated world: what a label cannot tell,
/// because most fraud never gets one.
struct RecipeAssessment {
    /// What is measured, as the recipe's file has it.
    struct Plan {
        let truth: String
        let type: String
        let fraud: String
        /// Cases that can be worked a day, as a share of the subscribers.
        let share: Double
        /// The calibrated probability from which on a case is worth working.
        let probability: Double
        /// Days after which an entity that was worked can be worked again; nil for never. An address is
        /// soon somebody else's.
        let again: Int?
        /// The variant that has raw counts without windows and no more.
        let raw: String?
    }

    /// A ranking measured by labels and by truth.
    struct Ranked {
        let name: String
        let byLabel: Double
        let byTruth: Double
        let area: Double
    }

    /// What working the list each day came to.
    struct Work {
        var capacity = 0
        var days = 0
        var worked = 0
        var hits = 0
        /// The same without the first seven days, in which a backlog is worked off.
        var laterWorked = 0
        var laterHits = 0
        /// Frauds that began in the period, early enough for seven days of it; and those of them
        /// that were worked within seven days of their first act. By tactic.
        var begun: [String: Int] = [:]
        var caught: [String: Int] = [:]
        /// Of all fraudulent entities seen in the period: how many, and how many were worked.
        var seen: [String: Int] = [:]
        var found: [String: Int] = [:]
        /// Honest entities, and those of them that were worked; of each group too.
        var honest = 0
        var accused = 0
        var groups: [(name: String, members: Int, accused: Int)] = []
    }

    let plan: Plan
    var variants: [Ranked] = []
    /// The five best single features.
    var singles: [Ranked] = []
    var work = Work()
    /// The share of vectors that are fraud in truth, and by label.
    var truthRate = 0.0
    var labelRate = 0.0
    /// The main model on the gangs' other habits.
    var shifted: Ranked?

    /// How a scorer's ranking of vectors does.
    static func rank(
        _ name: String, _ scores: [Double], _ vectors: NamedVectors, _ truth: [Bool]
    ) -> Ranked {
        let byTruth = try? Ranking(scores: scores, labels: truth)
        let byLabel = try? Ranking(scores: scores, labels: vectors.labels)
        return Ranked(
            name: name, byLabel: byLabel?.averagePrecision() ?? .nan,
            byTruth: byTruth?.averagePrecision() ?? .nan, area: byTruth?.rocAUC() ?? .nan)
    }

    /// The best single features, each in its better direction; a missing value ranks last.
    static func singles(_ vectors: NamedVectors, _ truth: [Bool]) -> [Ranked] {
        let all = zip(vectors.matrix.names, vectors.matrix.columns).map { name, values in
            let up = rank(name, values.map { $0.isNaN ? -.infinity : $0 }, vectors, truth)
            let down = rank(
                "low " + name, values.map { $0.isNaN ? -.infinity : -$0 }, vectors, truth)
            return up.byTruth >= down.byTruth ? up : down
        }
        return Array(all.sorted { $0.byTruth > $1.byTruth }.prefix(5))
    }

    /// Whether each vector is fraud in truth.
    static func truth(_ vectors: NamedVectors, _ truth: SimulatedTruth) -> [Bool] {
        let names = (0..<vectors.names.count).map { vectors.names[Int32($0)] }
        return vectors.entities.indices.map {
            truth.isFraud(names[Int(vectors.entities[$0])], on: vectors.days[$0])
        }
    }

    /// Works the list day by day: the likeliest entities first, up to the capacity, nobody below the
    /// probability, nobody twice, or not before the days that the plan says.
    mutating func workList(
        _ vectors: NamedVectors, _ scores: Scores, _ truth: SimulatedTruth, isFraud: [Bool],
        capacity: Int
    ) {
        work = Work()
        work.capacity = capacity
        let names = (0..<vectors.names.count).map { vectors.names[Int32($0)] }
        let order = vectors.days.indices.sorted {
            (vectors.days[$0], -scores.units[$0], $0) < (vectors.days[$1], -scores.units[$1], $1)
        }
        guard let first = order.first.map({ vectors.days[$0] }), let last = vectors.days.max()
        else { return }
        work.days = Int(last - first) + 1
        var workedOn: [Int32: [Int32]] = [:]
        var fraudulentOn: [Int32: [Int32]] = [:]
        // An entity's day is fraud where any of its vectors of the day is.
        var today: (day: Int32, left: Int) = (first - 1, 0)
        for row in order {
            let (day, entity) = (vectors.days[row], vectors.entities[row])
            if day != today.day { today = (day, capacity) }
            if isFraud[row] { fraudulentOn[entity, default: []].append(day) }
            if let last = workedOn[entity]?.last {
                guard let again = plan.again, day >= last + Int32(again) else { continue }
            }
            guard today.left > 0, scores.probability[row] >= plan.probability else { continue }
            today.left -= 1
            workedOn[entity, default: []].append(day)
            let hit = isFraud[row]
            work.worked += 1
            work.hits += hit ? 1 : 0
            if day >= first + 7 {
                work.laterWorked += 1
                work.laterHits += hit ? 1 : 0
            }
        }
        let seen = Set(vectors.entities)
        let spells = truth.spells.flatMap { entity, spells in spells.map { (entity, $0) } }
        for (entity, spell) in spells where spell.from <= last && spell.until >= first {
            // An address is somebody else's before and after: only who was seen in the spell counts.
            guard let code = vectors.names.code(of: entity),
                fraudulentOn[code]?.contains(where: { spell.from <= $0 && $0 <= spell.until })
                    ?? false
            else { continue }
            let day = workedOn[code]?.first { $0 >= spell.from && $0 <= spell.until }
            let hit = day != nil
            work.seen[spell.tactic, default: 0] += 1
            if hit { work.found[spell.tactic, default: 0] += 1 }
            if spell.from >= first, spell.from + 7 <= last {
                work.begun[spell.tactic, default: 0] += 1
                if let day, day <= spell.from + 7 {
                    work.caught[spell.tactic, default: 0] += 1
                }
            }
        }
        let honest = seen.filter { truth.spells[names[Int($0)]] == nil }
        work.honest = honest.count
        work.accused = honest.count { workedOn[$0] != nil }
        for group in truth.groups {
            let members = honest.filter { group.members.contains(names[Int($0)]) }
            if members.isEmpty { continue }
            work.groups.append(
                (group.name, members.count, members.count { workedOn[$0] != nil }))
        }
    }
}
