import RiskColumns
import Testing

@testable import RiskEvaluation

@Suite("Ranking: AUC, average precision, Kolmogorov-Smirnov")
struct RankingTests {
    @Test("agrees with scikit-learn, with ties and weights")
    func agreesWithScikitLearn() throws {
        for known in try Reference().ranking {
            let ranking = try Ranking(
                scores: known.scores, labels: known.labels, weights: known.weights)
            let auc = ranking.rocAUC()
            let precision = ranking.averagePrecision()
            let distance = ranking.ksStatistic()
            #expect(abs(auc - known.value("rocAUC")) < 1e-12, "\(known.name)")
            #expect(abs(precision - known.value("averagePrecision")) < 1e-12, "\(known.name)")
            #expect(abs(distance - known.value("ksStatistic")) < 1e-12, "\(known.name)")
        }
    }

    @Test("AUC is the share of pairs in the right order, ties one half, to the bit")
    func agreesWithCountingPairs() throws {
        var generator = SplitMix64(seed: 1)
        for _ in 0..<60 {
            let sample = Sample(
                rows: 2 + generator.below(80), levels: 1 + generator.below(12), &generator)
            var twice = 0
            var pairs = 0
            for i in sample.labels.indices where sample.labels[i] {
                for j in sample.labels.indices where !sample.labels[j] {
                    pairs += 1
                    if sample.scores[i] > sample.scores[j] { twice += 2 }
                    if sample.scores[i] == sample.scores[j] { twice += 1 }
                }
            }
            let auc = try rocAUC(scores: sample.scores, labels: sample.labels)
            #expect(auc == Double(twice) / Double(2 * pairs))
            #expect(
                try Ranking(scores: sample.scores, labels: sample.labels).metrics().rocAUC == auc)
        }
    }

    @Test("average precision by its definition, threshold after threshold")
    func agreesWithNaiveAveragePrecision() throws {
        var generator = SplitMix64(seed: 2)
        for _ in 0..<60 {
            let sample = Sample(
                rows: 2 + generator.below(80), levels: 1 + generator.below(12), &generator)
            var sum = 0.0
            let positives = Double(sample.labels.filter { $0 }.count)
            for threshold in Set(sample.scores) {
                let at = sample.labels.indices.filter { sample.scores[$0] == threshold }
                let downTo = sample.labels.indices.filter { sample.scores[$0] >= threshold }
                let gained = Double(at.filter { sample.labels[$0] }.count) / positives
                let hits = Double(downTo.filter { sample.labels[$0] }.count)
                sum += gained * hits / Double(downTo.count)
            }
            let value = try averagePrecision(scores: sample.scores, labels: sample.labels)
            #expect(abs(value - sum) < 1e-12)
        }
    }

    @Test("a strictly increasing transform of the scores changes nothing, to the bit")
    func monotoneTransform() throws {
        var generator = SplitMix64(seed: 3)
        let sample = Sample(rows: 500, levels: 60, &generator)
        let before = try Ranking(scores: sample.scores, labels: sample.labels).metrics()
        let transforms: [(Double) -> Double] = [
            { 3 * $0 - 7 }, { $0 * $0 * $0 }, { -1 / ($0 + 1) },
        ]
        for transform in transforms {
            let after = try Ranking(scores: sample.scores.map(transform), labels: sample.labels)
            #expect(after.metrics() == before)
        }
    }

    @Test("a weight of 2 is a row that stands twice; a weight of 0 is no row")
    func weightIsDuplicate() throws {
        var generator = SplitMix64(seed: 4)
        let sample = Sample(rows: 300, levels: 25, &generator)
        let weights = sample.labels.indices.map { Double($0 < 2 ? 1 : $0 % 3) }
        var scores: [Double] = []
        var labels: [Bool] = []
        for row in sample.labels.indices {
            for _ in 0..<Int(weights[row]) {
                scores.append(sample.scores[row])
                labels.append(sample.labels[row])
            }
        }
        let weighted = try Ranking(scores: sample.scores, labels: sample.labels, weights: weights)
        let repeated = try Ranking(scores: scores, labels: labels)
        #expect(weighted.metrics() == repeated.metrics())
    }

    @Test("flipping labels and negating scores leaves AUC and KS as they are")
    func flipAndNegate() throws {
        var generator = SplitMix64(seed: 5)
        let sample = Sample(rows: 400, levels: 30, &generator)
        let one = try Ranking(scores: sample.scores, labels: sample.labels)
        let flipped = sample.labels.map { !$0 }
        let other = try Ranking(scores: sample.scores.map { -$0 }, labels: flipped)
        #expect(one.rocAUC() == other.rocAUC())
        #expect(one.ksStatistic() == other.ksStatistic())
        let reversed = try Ranking(scores: sample.scores, labels: flipped)
        #expect(abs(one.rocAUC() + reversed.rocAUC() - 1) < 1e-15)
    }

    @Test("the order of the rows does not matter")
    func shuffled() throws {
        var generator = SplitMix64(seed: 6)
        let sample = Sample(rows: 400, levels: 30, &generator)
        let order = sample.labels.indices.shuffled(using: &generator)
        let one = try Ranking(scores: sample.scores, labels: sample.labels)
        let other = try Ranking(
            scores: order.map { sample.scores[$0] }, labels: order.map { sample.labels[$0] })
        #expect(one.metrics() == other.metrics())
    }

    @Test("infinite scores rank, and -0 ties with 0")
    func extremes() throws {
        let labels = [true, false, true, false]
        #expect(try rocAUC(scores: [.infinity, -.infinity, 1, 0], labels: labels) == 1)
        #expect(try rocAUC(scores: [0.0, -0.0, 0.0, -0.0], labels: labels) == 0.5)
        #expect(try Ranking(scores: [0.0, -0.0, 1, 1], labels: labels).scores == [1, 0])
    }

    @Test("what cannot be ranked is refused, with the place")
    func errors() {
        #expect(throws: EvaluationError.noRows) { try rocAUC(scores: [], labels: []) }
        #expect(throws: EvaluationError.oneClassOnly(label: false)) {
            try rocAUC(scores: [1, 2], labels: [false, false])
        }
        #expect(throws: EvaluationError.oneClassOnly(label: true)) {
            try rocAUC(scores: [1, 2], labels: [true, false], weights: [1, 0])
        }
        #expect(throws: EvaluationError.notANumber(row: 1)) {
            try averagePrecision(scores: [1, .nan], labels: [true, false])
        }
        #expect(throws: EvaluationError.sizeMismatch(column: "scores", expected: 2, found: 1)) {
            try ksStatistic(scores: [1], labels: [true, false])
        }
        #expect(throws: EvaluationError.sizeMismatch(column: "weights", expected: 2, found: 3)) {
            try rocAUC(scores: [1, 2], labels: [true, false], weights: [1, 1, 1])
        }
        #expect(throws: EvaluationError.invalidWeight(row: 0, value: -1)) {
            try rocAUC(scores: [1, 2], labels: [true, false], weights: [-1, 1])
        }
        #expect(throws: EvaluationError.invalidWeight(row: 1, value: .infinity)) {
            try rocAUC(scores: [1, 2], labels: [true, false], weights: [1, .infinity])
        }
    }
}

/// Random scores on a few levels with labels that lean on them; both classes are present.
struct Sample {
    var scores: [Double] = []
    var labels: [Bool] = []

    init(rows: Int, levels: Int, _ generator: inout SplitMix64) {
        for row in 0..<rows {
            let level = generator.below(levels)
            scores.append(Double(level) / 16)
            labels.append(row == 0 || (row > 1 && generator.below(2 * levels) < level + 1))
        }
    }
}
