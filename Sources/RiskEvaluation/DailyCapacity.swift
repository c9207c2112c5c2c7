/// What N cases a day find: the entities of each day, ranked.
///
/// An operator works N cases a day and a case is an entity (a card, a subscriber), not a row. Each
/// day the entities are ranked by the highest score among their rows of that day, equal scores by
/// the lower entity code first, and the first N are worked. A worked entity is a hit where any of
/// its rows of that day is positive.
///
///     let days = try DailyCapacity(scores: s, labels: y, entities: cards, days: day)
///     let found = try days.worked(capacity: 100)   // found.precision, found.recall, …
///
/// With `removeDetected` an entity that was a hit is left out of later days: it has been dealt
/// with. `precision` is then the card precision top-k of the Fraud Detection Handbook (Le Borgne,
/// Siblini, Lebichot, Bontempi, ULB 2022, chapter 4) with `remove_detected_compromised_cards=True`.
public struct DailyCapacity: Sendable {
    /// The days that have rows, ascending.
    public let days: [Int32]
    /// The distinct entity codes, ascending. Inside, an entity is its place in here.
    public let entities: [Int32]

    /// The entities of all days, day after day, each day's from the highest rank to the lowest.
    let ranked: [Int32]
    /// Whether each has a positive row on that day.
    let positive: [Bool]
    /// Where each day ends in `ranked`.
    let ends: [Int]

    /// Ranks the entities of each day.
    /// - Parameters:
    ///   - entities: a code of at least 0 for each row.
    ///   - days: the day of each row, on any scale of whole days.
    /// - Throws: `EvaluationError` for sizes that differ, no rows, NaN, an entity below 0.
    /// - Complexity: O(n log n).
    public init(
        scores: [Double], labels: [Bool], entities: [Int32], days: [Int32]
    ) throws(EvaluationError) {
        let count = labels.count
        if count == 0 { throw .noRows }
        try Checks.size("scores", scores.count, expected: count)
        try Checks.size("entities", entities.count, expected: count)
        try Checks.size("days", days.count, expected: count)
        for row in 0..<count {
            if scores[row].isNaN { throw .notANumber(row: row) }
            if entities[row] < 0 { throw .missingEntity(row: row) }
        }
        let dense = DenseCodes(entities)
        let order = (0..<Int32(count)).sorted { a, b in
            let (a, b) = (Int(a), Int(b))
            return (days[a], dense.codes[a], a) < (days[b], dense.codes[b], b)
        }
        var cases: [Case] = []
        for row in order.map(Int.init) {
            let (day, entity) = (days[row], dense.codes[row])
            if let last = cases.last, last.day == day, last.entity == entity {
                cases[cases.count - 1].score = max(last.score, scores[row])
                cases[cases.count - 1].positive = last.positive || labels[row]
            } else {
                cases.append(
                    Case(day: day, entity: entity, score: scores[row], positive: labels[row]))
            }
        }
        cases.sort { a, b in
            if a.day != b.day { return a.day < b.day }
            return a.score != b.score ? a.score > b.score : a.entity < b.entity
        }
        self.entities = dense.values
        self.ranked = cases.map(\.entity)
        self.positive = cases.map(\.positive)
        let last = cases.indices.filter {
            $0 + 1 == cases.count || cases[$0 + 1].day != cases[$0].day
        }
        self.days = last.map { cases[$0].day }
        self.ends = last.map { $0 + 1 }
    }

    private struct Case {
        let day: Int32
        let entity: Int32
        var score: Double
        var positive: Bool
    }
}

/// What was found by working a number of cases a day.
public struct CapacityMetrics: Equatable, Sendable {
    /// One day's work.
    public struct Day: Equatable, Sendable {
        /// The day, on the scale of the input.
        public var day: Int32
        /// The positive among the worked entities.
        public var hits: Int
        /// The entities worked: the capacity, or fewer where fewer were there.
        public var worked: Int
        /// The entities with a positive row that day, worked or not, without those left out.
        public var positives: Int
    }

    /// The cases worked a day, N.
    public var capacity: Int
    /// The days in ascending order.
    public var days: [Day]
    /// The distinct entities that were a hit on some day.
    public var entitiesCaught: Int
    /// The distinct entities with a positive row on some day.
    public var entitiesPositive: Int

    /// The mean over days of hits / N; a day with fewer than N entities is divided by N all the
    /// same.
    public var precision: Double {
        let hits = days.reduce(0) { $0 + $1.hits }
        return Double(hits) / (Double(capacity) * Double(days.count))
    }

    /// Of the cases that were there day by day, the share found: Σ hits / Σ positives; NaN without
    /// any.
    public var recall: Double {
        let hits = days.reduce(0) { $0 + $1.hits }
        return Double(hits) / Double(days.reduce(0) { $0 + $1.positives })
    }

    /// Of the entities that were ever positive, the share that was caught on some day; NaN without
    /// any.
    public var entityRecall: Double { Double(entitiesCaught) / Double(entitiesPositive) }
}

extension DailyCapacity {
    /// Works the first `capacity` entities of each day.
    /// - Parameter removeDetected: whether a hit is left out of later days.
    /// - Throws: `EvaluationError.invalidSetting` for a capacity below 1.
    /// - Complexity: O(entities + days × capacity + positive entity-days).
    public func worked(
        capacity: Int, removeDetected: Bool = true
    ) throws(EvaluationError) -> CapacityMetrics {
        if capacity < 1 {
            throw .invalidSetting("expected a capacity of at least 1, found \(capacity)")
        }
        return work(
            capacity: capacity, removeDetected: removeDetected,
            copies: [Int32](repeating: 1, count: entities.count))
    }

    /// The same with `copies[e]` copies of entity e, each a case of its own, as in a resample.
    /// Copies are ranked together; where only some fit into the day's capacity, the others stay.
    func work(capacity: Int, removeDetected: Bool, copies: [Int32]) -> CapacityMetrics {
        var left = copies
        var caught = [Int32](repeating: 0, count: copies.count)
        var everPositive = [Bool](repeating: false, count: copies.count)
        var result: [CapacityMetrics.Day] = []
        result.reserveCapacity(days.count)
        var start = 0
        for (day, end) in zip(days, ends) {
            var positives = 0
            for place in start..<end where positive[place] {
                let entity = Int(ranked[place])
                positives += Int(left[entity])
                everPositive[entity] = true
            }
            var free = capacity
            var hits = 0
            var place = start
            while place < end && free > 0 {
                let entity = Int(ranked[place])
                let taken = min(Int(left[entity]), free)
                free -= taken
                if positive[place] {
                    hits += taken
                    if removeDetected {
                        left[entity] -= Int32(taken)
                        caught[entity] += Int32(taken)
                    } else {
                        caught[entity] = max(caught[entity], Int32(taken))
                    }
                }
                place += 1
            }
            result.append(
                CapacityMetrics.Day(
                    day: day, hits: hits, worked: capacity - free, positives: positives))
            start = end
        }
        var all = 0
        for entity in 0..<copies.count where everPositive[entity] { all += Int(copies[entity]) }
        return CapacityMetrics(
            capacity: capacity, days: result, entitiesCaught: caught.reduce(0) { $0 + Int($1) },
            entitiesPositive: all)
    }
}

/// Codes of any size as places in the sorted list of the distinct ones.
struct DenseCodes {
    /// A place in `values` for each row.
    let codes: [Int32]
    /// The distinct codes, ascending.
    let values: [Int32]

    init(_ sparse: [Int32]) {
        let largest = Int(sparse.max() ?? 0)
        if largest < 4 * sparse.count + 1024, (sparse.min() ?? 0) >= 0 {
            // A table, because codes of a dictionary are dense already.
            var place = [Int32](repeating: -1, count: largest + 1)
            for code in sparse { place[Int(code)] = 0 }
            var values: [Int32] = []
            for code in place.indices where place[code] == 0 {
                place[code] = Int32(values.count)
                values.append(Int32(code))
            }
            self.codes = sparse.map { place[Int($0)] }
            self.values = values
        } else {
            let values = Array(Set(sparse)).sorted()
            let place = Dictionary(
                uniqueKeysWithValues: values.enumerated().map { ($1, Int32($0)) })
            self.codes = sparse.map { place[$0]! }
            self.values = values
        }
    }
}
