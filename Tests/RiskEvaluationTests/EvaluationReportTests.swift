import RiskColumns
import RiskJSON
import Testing

@testable import RiskEvaluation

@Suite("Bootstrap over entities")
struct EntityBootstrapTests {
    @Test("as many entities are drawn as there are, each about once on average")
    func draws() throws {
        var generator = SplitMix64(seed: 51)
        var sums = [Int](repeating: 0, count: 40)
        _ = try EntityBootstrap(resamples: 2000).intervals(
            entities: 40, statistics: 1, using: &generator
        ) { copies, results in
            #expect(copies.reduce(0, +) == 40)
            for entity in sums.indices { sums[entity] += Int(copies[entity]) }
            results[0] = 0
        }
        #expect(sums.allSatisfy { abs($0 - 2000) < 250 })
    }

    @Test("the interval of a mean is the textbook's")
    func mean() throws {
        // 1000 values of variance 1/12: the mean's standard error is sqrt(1/12000).
        var generator = SplitMix64(seed: 52)
        let values = (0..<1000).map { _ in Double(generator.below(1 << 40)) / Double(1 << 40) }
        let interval = try EntityBootstrap(resamples: 2000).intervals(
            entities: 1000, statistics: 1, using: &generator
        ) { copies, results in
            results[0] = zip(copies, values).reduce(0) { $0 + Double($1.0) * $1.1 } / 1000
        }[0]!
        let halfWidth = 1.96 * (1.0 / 12_000).squareRoot()
        let width = interval.upperBound - interval.lowerBound
        #expect(abs(width / (2 * halfWidth) - 1) < 0.1)
        #expect(interval.contains(values.reduce(0, +) / 1000))
    }

    @Test("a statistic that most resamples do not have gets no interval")
    func undefined() throws {
        var generator = SplitMix64(seed: 53)
        var resample = 0
        let intervals = try EntityBootstrap(resamples: 10).intervals(
            entities: 3, statistics: 2, using: &generator
        ) { _, results in
            resample += 1
            if resample > 6 { results[0] = 1 }
            if resample > 5 { results[1] = 1 }
        }
        #expect(intervals == [nil, 1...1])
        #expect(throws: EvaluationError.self) { try EntityBootstrap(resamples: 1) }
        #expect(throws: EvaluationError.self) { try EntityBootstrap(confidence: 0) }
    }
}

@Suite("The report")
struct EvaluationReportTests {
    /// Cards of which some are bad on all their days, with scores and probabilities that lean on
    /// it.
    static func input(rows: Int, cards: Int, seed: UInt64) -> EvaluationInput {
        var generator = SplitMix64(seed: seed)
        var input = EvaluationInput(scores: [], labels: [])
        var (probabilities, entities, days): ([Double], [Int32], [Int32]) = ([], [], [])
        for _ in 0..<rows {
            let card = generator.below(cards)
            let bad = card % 8 == 0 && generator.below(3) > 0
            let level = generator.below(bad ? 100 : 60)
            input.scores.append(Double(level) - 50)
            input.labels.append(bad)
            probabilities.append(Double(level) / 200)
            entities.append(Int32(card))
            days.append(Int32(generator.below(7)))
        }
        input.probabilities = probabilities
        input.entities = entities
        input.days = days
        return input
    }

    @Test("has the values of the single functions, inside their intervals")
    func values() throws {
        let input = Self.input(rows: 1200, cards: 160, seed: 61)
        var generator = SplitMix64(seed: 1)
        let report = try EvaluationReport(
            input, settings: EvaluationSettings(capacities: [2, 5]), using: &generator)
        #expect(report.rows == 1200)
        #expect(report.entities == 160)
        #expect(report.days == 7)
        #expect(report.rocAUC.value == (try rocAUC(scores: input.scores, labels: input.labels)))
        let probability = try #require(report.probability)
        #expect(
            probability.logLoss.value
                == (try logLoss(probabilities: input.probabilities!, labels: input.labels)))
        let daily = try DailyCapacity(
            scores: input.scores, labels: input.labels, entities: input.entities!,
            days: input.days!)
        #expect(report.capacities.map(\.metrics.capacity) == [2, 5])
        for capacity in report.capacities {
            let metrics = try daily.worked(capacity: capacity.metrics.capacity)
            #expect(capacity.metrics == metrics)
            #expect(capacity.precision.value == metrics.precision)
        }
        let estimates =
            [
                report.baseRate, report.rocAUC, report.averagePrecision, report.ksStatistic,
                probability.logLoss, probability.brierScore,
            ] + report.capacities.flatMap { [$0.precision, $0.recall] }
        for estimate in estimates {
            let interval = try #require(estimate.interval)
            #expect(interval.contains(estimate.value))
            #expect(interval.upperBound > interval.lowerBound)
        }
        #expect(probability.calibration.bins.allSatisfy { $0.interval.contains($0.observedRate) })
    }

    @Test("a resample is an evaluation of the drawn rows")
    func resample() throws {
        var generator = SplitMix64(seed: 62)
        var input = Self.input(rows: 800, cards: 60, seed: 63)
        input.weights = (0..<800).map { _ in Double(1 + generator.below(3)) }
        let settings = EvaluationSettings(capacities: [4], calibrationBins: 5)
        let resampling = try Resampling(input, settings: settings)
        let copies = (0..<60).map { _ in Int32(generator.below(4)) }
        var results = [Double](repeating: .nan, count: resampling.statisticCount)
        resampling.compute(copies: copies, results: &results)

        // The same by copying rows; a copy of a card is a card of its own, next to the first.
        var drawn = EvaluationInput(
            scores: [], probabilities: [], labels: [], weights: [], entities: [], days: [])
        for row in 0..<800 {
            for copy in 0..<copies[Int(input.entities![row])] {
                drawn.scores.append(input.scores[row])
                drawn.probabilities!.append(input.probabilities![row])
                drawn.labels.append(input.labels[row])
                drawn.weights!.append(input.weights![row])
                drawn.entities!.append(input.entities![row] * 4 + copy)
                drawn.days!.append(input.days![row])
            }
        }
        let report = try EvaluationReport(
            drawn, settings: EvaluationSettings(capacities: [4], resamples: 0), using: &generator)
        let capacity = report.capacities[0].metrics
        let expected = [
            report.rocAUC.value, report.averagePrecision.value, report.ksStatistic.value,
            report.baseRate.value, capacity.precision, capacity.recall, capacity.entityRecall,
            report.probability!.logLoss.value, report.probability!.brierScore.value,
        ]
        for (found, expected) in zip(results, expected) { #expect(abs(found - expected) < 1e-12) }
        #expect(report.rocAUC.interval == nil)
    }

    @Test("rows of one entity are drawn together: repeating rows does not narrow an interval")
    func clusters() throws {
        let input = Self.input(rows: 600, cards: 120, seed: 64)
        func width(_ copies: Int, entities: Bool) throws -> Double {
            var repeated = EvaluationInput(scores: [], labels: [], entities: entities ? [] : nil)
            for _ in 0..<copies {
                repeated.scores += input.scores
                repeated.labels += input.labels
                repeated.entities?.append(contentsOf: input.entities!)
            }
            var generator = SplitMix64(seed: 2)
            let interval = try EvaluationReport(repeated, using: &generator).rocAUC.interval!
            return interval.upperBound - interval.lowerBound
        }
        #expect(try width(9, entities: true) == width(1, entities: true))
        #expect(try width(9, entities: false) < 0.5 * width(1, entities: false))
    }

    @Test("the same seed gives the same report; the intervals cover the truth as often as they say")
    func coverage() throws {
        let input = Self.input(rows: 500, cards: 50, seed: 65)
        var (one, other) = (SplitMix64(seed: 3), SplitMix64(seed: 3))
        #expect(try EvaluationReport(input, using: &one) == EvaluationReport(input, using: &other))

        // The truth: the AUC of very many cards.
        var generator = SplitMix64(seed: 66)
        let settings = EvaluationSettings(resamples: 0)
        let large = Self.input(rows: 30_000, cards: 10_000, seed: 67)
        let truth = try EvaluationReport(large, settings: settings, using: &generator).rocAUC.value
        var covered = 0
        for seed in 0..<60 {
            let sample = Self.input(rows: 300, cards: 100, seed: 1000 + UInt64(seed))
            let interval = try EvaluationReport(
                sample, settings: EvaluationSettings(capacities: []), using: &generator
            ).rocAUC.interval!
            if interval.contains(truth) { covered += 1 }
        }
        // Binomial with 60 trials of 0.95, and a little too narrow, as percentile intervals are.
        #expect((50...60).contains(covered))
    }

    @Test("is written for machines and for people")
    func written() throws {
        let input = Self.input(rows: 1500, cards: 90, seed: 68)
        var generator = SplitMix64(seed: 4)
        let report = try EvaluationReport(
            input, settings: EvaluationSettings(capacities: [10]), using: &generator)
        let document = try JSONParser.parse([UInt8](report.document().json(.indented).utf8))
        #expect(number(document["rocAUC"]!["value"]!) == report.rocAUC.value)
        #expect(elements(document["atDailyCapacity"]!).count == 1)
        #expect(
            elements(document["calibration"]!).count == report.probability!.calibration.bins.count)
        let text = report.text()
        #expect(text.hasPrefix("1,500 rows, \(report.positives) positive, 90 entities, 7 days\n"))
        for part in ["ROC AUC", "precision at 10 a day", "lift", "predicted"] {
            #expect(text.contains(part))
        }
        #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 160 })
    }

    @Test(
        "numbers for people",
        arguments: [
            (0.12345, 3, "0.123"), (0.9996, 3, "1.000"), (-0.5, 0, "-1"), (-0.0001, 2, "0.00"),
            (1234.5, 1, "1234.5"), (.nan, 2, "-"), (.infinity, 2, "inf"), (2, 0, "2"),
        ])
    func numbersForPeople(_ value: Double, _ digits: Int, _ expected: String) {
        #expect(fixed(value, digits) == expected)
    }

    @Test("thousands are grouped")
    func thousands() {
        #expect([0, 999, 1000, 1_754_155].map(grouped) == ["0", "999", "1,000", "1,754,155"])
    }

    @Test("what cannot be evaluated is refused")
    func errors() {
        var generator = SplitMix64(seed: 5)
        #expect(throws: EvaluationError.oneClassOnly(label: false)) {
            try EvaluationReport(
                EvaluationInput(scores: [1, 2], labels: [false, false]), using: &generator)
        }
        let two = EvaluationInput(
            scores: [1, 2], probabilities: [0.5, 1.5], labels: [true, false], entities: [0, 1],
            days: [0, 0])
        #expect(throws: EvaluationError.notAProbability(row: 1, value: 1.5)) {
            try EvaluationReport(two, using: &generator)
        }
        var short = two
        short.probabilities = nil
        short.entities = [0]
        #expect(throws: EvaluationError.sizeMismatch(column: "entities", expected: 2, found: 1)) {
            try EvaluationReport(short, using: &generator)
        }
        var sound = two
        sound.probabilities = nil
        #expect(throws: EvaluationError.self) {
            try EvaluationReport(
                sound, settings: EvaluationSettings(capacities: [0]), using: &generator)
        }
        #expect(throws: EvaluationError.self) {
            try EvaluationReport(
                sound, settings: EvaluationSettings(confidence: 2), using: &generator)
        }
    }
}
