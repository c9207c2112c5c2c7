import RiskColumns
import RiskJSON
import Testing

@testable import RiskEvaluation

@Suite("Precision and recall at a daily capacity")
struct DailyCapacityTests {
    @Test("agrees with the plain pandas reading of card precision top-k")
    func agreesWithPandas() throws {
        for known in try Reference().capacity {
            let days = try DailyCapacity(
                scores: numbers(known["score"]!), labels: numbers(known["label"]!).map { $0 == 1 },
                entities: codes(known["card"]!), days: codes(known["day"]!))
            for (key, remove) in [("removed", true), ("kept", false)] {
                let found = try days.worked(
                    capacity: Int(number(known["capacity"]!)), removeDetected: remove)
                let expected = known[key]!
                #expect(found.days.map(\.hits) == integers(expected["hits"]!))
                #expect(found.days.map(\.positives) == integers(expected["positives"]!))
                #expect(abs(found.precision - number(expected["precision"]!)) < 1e-12)
            }
        }
    }

    @Test("a small case, by hand")
    func byHand() throws {
        // Day 1: a (its rows 0.9 and 0.1, the latter positive) before b before c; day 2: b, c, a.
        let capacity = try DailyCapacity(
            scores: [0.9, 0.1, 0.8, 0.5, 0.3, 0.9, 0.8],
            labels: [false, true, false, true, true, false, true],
            entities: [7, 7, 8, 9, 7, 8, 9], days: [1, 1, 1, 1, 2, 2, 2])
        let found = try capacity.worked(capacity: 2)
        #expect(
            found.days == [
                CapacityMetrics.Day(day: 1, hits: 1, worked: 2, positives: 2),
                CapacityMetrics.Day(day: 2, hits: 1, worked: 2, positives: 1),
            ])
        #expect(found.precision == 0.5)
        #expect(found.recall == 2.0 / 3)
        #expect(found.entitiesCaught == 2)
        #expect(found.entityRecall == 1)
        let kept = try capacity.worked(capacity: 2, removeDetected: false)
        #expect(kept.days.map(\.positives) == [2, 2])
        #expect(kept.recall == 0.5)
    }

    @Test("equal scores: the lower entity code is worked first")
    func ties() throws {
        let capacity = try DailyCapacity(
            scores: [0.5, 0.5, 0.5], labels: [false, true, false], entities: [30, 10, 20],
            days: [0, 0, 0])
        #expect(try capacity.worked(capacity: 1).precision == 1)
        #expect(capacity.entities == [10, 20, 30])
    }

    @Test("codes may be sparse, days negative; the order of the rows does not matter")
    func sparseAndShuffled() throws {
        var generator = SplitMix64(seed: 9)
        let count = 600
        let entities = (0..<count).map { _ in Int32(generator.below(40)) }
        let days = (0..<count).map { _ in Int32(generator.below(9)) - 4 }
        let scores = (0..<count).map { _ in Double(generator.below(20)) }
        let labels = (0..<count).map { _ in generator.below(5) == 0 }
        let plain = try DailyCapacity(
            scores: scores, labels: labels, entities: entities, days: days)
        let order = (0..<count).shuffled(using: &generator)
        let other = try DailyCapacity(
            scores: order.map { scores[$0] }, labels: order.map { labels[$0] },
            entities: order.map { entities[$0] * 50_000_000 + 3 }, days: order.map { days[$0] })
        for capacity in [1, 5, 30] {
            #expect(try plain.worked(capacity: capacity) == other.worked(capacity: capacity))
        }
    }

    @Test("two copies of everybody at twice the capacity find twice as many")
    func copies() throws {
        var generator = SplitMix64(seed: 10)
        let count = 500
        let days = try DailyCapacity(
            scores: (0..<count).map { _ in Double(generator.below(1000)) },
            labels: (0..<count).map { _ in generator.below(6) == 0 },
            entities: (0..<count).map { _ in Int32(generator.below(60)) },
            days: (0..<count).map { _ in Int32(generator.below(7)) })
        for remove in [true, false] {
            let one = try days.worked(capacity: 6, removeDetected: remove)
            let two = days.work(
                capacity: 12, removeDetected: remove,
                copies: [Int32](repeating: 2, count: days.entities.count))
            #expect(two.days.map(\.hits) == one.days.map { 2 * $0.hits })
            #expect(two.precision == one.precision)
            #expect(two.recall == one.recall)
            #expect(two.entityRecall == one.entityRecall)
        }
    }

    @Test("what cannot be worked is refused")
    func errors() throws {
        #expect(throws: EvaluationError.missingEntity(row: 1)) {
            try DailyCapacity(
                scores: [1, 2], labels: [true, false], entities: [0, -1], days: [0, 0])
        }
        #expect(throws: EvaluationError.notANumber(row: 0)) {
            try DailyCapacity(scores: [.nan], labels: [true], entities: [0], days: [0])
        }
        #expect(throws: EvaluationError.noRows) {
            try DailyCapacity(scores: [], labels: [], entities: [], days: [])
        }
        #expect(throws: EvaluationError.sizeMismatch(column: "days", expected: 1, found: 0)) {
            try DailyCapacity(scores: [1], labels: [true], entities: [0], days: [])
        }
        let one = try DailyCapacity(scores: [1], labels: [true], entities: [0], days: [0])
        #expect(throws: EvaluationError.self) { try one.worked(capacity: 0) }
    }
}

@Suite("Entities already known")
struct KnownEntitiesTests {
    @Test("is the book's test protocol")
    func agreesWithTheBook() throws {
        let known = try Reference().known
        let (days, cards) = (codes(known["day"]!), codes(known["card"]!))
        let testFrom = Int32(number(known["testFrom"]!))
        let history = LabelHistory(
            entities: cards, days: days, labels: numbers(known["label"]!).map { $0 == 1 })
        let stays = try rowsOfEntitiesNotYetKnown(
            entities: cards, days: days, history: history,
            firstDay: Int32(number(known["firstDay"]!)), delay: Int32(number(known["delay"]!)))
        let kept = days.indices.filter { days[$0] >= testFrom && stays[$0] }
        #expect(kept == integers(known["kept"]!))
        #expect(days.indices.contains { days[$0] >= testFrom && !stays[$0] })
    }

    @Test("a positive of day 10 with a delay of 7 is known from day 18 on")
    func boundary() throws {
        let history = LabelHistory(
            entities: [1, 1, 2], days: [10, 5, 10], labels: [true, true, false])
        let days: [Int32] = [16, 17, 18, 19]
        let stays = try rowsOfEntitiesNotYetKnown(
            entities: [1, 1, 1, 1], days: days, history: history, firstDay: 6, delay: 7)
        #expect(stays == [true, true, false, false])
        let other = try rowsOfEntitiesNotYetKnown(
            entities: [2, 2, 2, 3], days: days, history: history, firstDay: 6, delay: 7)
        #expect(other == [true, true, true, true])
    }
}
