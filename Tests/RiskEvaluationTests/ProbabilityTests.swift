import RiskColumns
import Testing

@testable import RiskEvaluation

@Suite("Probabilities: log loss, Brier score, calibration")
struct ProbabilityTests {
    @Test("log loss and Brier score agree with scikit-learn, certainties and weights among them")
    func agreesWithScikitLearn() throws {
        for known in try Reference().ranking {
            let loss = try logLoss(
                probabilities: known.scores, labels: known.labels, weights: known.weights)
            let score = try brierScore(
                probabilities: known.scores, labels: known.labels, weights: known.weights)
            #expect(abs(loss - known.value("logLoss")) < 1e-11 * max(1, loss), "\(known.name)")
            #expect(abs(score - known.value("brierScore")) < 1e-13, "\(known.name)")
        }
    }

    @Test("one wrong certainty costs 52 ln 2 nats and not infinity")
    func certainty() throws {
        let loss = try logLoss(probabilities: [1], labels: [false])
        #expect(abs(loss - 36.0436533891) < 1e-9)
        #expect(try logLoss(probabilities: [1, 0], labels: [true, false]) < 1e-15)
    }

    @Test("the parts of the Brier score add up to it, whatever the bins")
    func decomposition() throws {
        for known in try Reference().ranking {
            for bins in [1, 3, 10, 1000] {
                let parts = try brierDecomposition(
                    probabilities: known.scores, labels: known.labels, weights: known.weights,
                    bins: bins)
                let sum =
                    parts.reliability - parts.resolution + parts.uncertainty
                    + parts.withinBinVariance - parts.withinBinCovariance
                #expect(abs(sum - parts.score) < 1e-14, "\(known.name), \(bins) bins")
                #expect(parts.binCount <= bins)
            }
        }
    }

    @Test("Murphy's three parts, by hand: two forecasts, four days")
    func murphy() throws {
        let parts = try brierDecomposition(
            probabilities: [0.25, 0.25, 0.75, 0.75], labels: [false, false, true, false], bins: 2)
        #expect(parts.binCount == 2)
        #expect(parts.reliability == 0.0625)
        #expect(parts.resolution == 0.0625)
        #expect(parts.uncertainty == 0.1875)
        #expect(parts.withinBinVariance == 0)
        #expect(parts.withinBinCovariance == 0)
        #expect(parts.score == 0.1875)
    }

    @Test("bins: equal probabilities stay together, and every row is in one")
    func bins() throws {
        var generator = SplitMix64(seed: 21)
        for _ in 0..<50 {
            let count = 1 + generator.below(300)
            let levels = 1 + generator.below(50)
            let values = (0..<count).map { _ in Double(generator.below(levels)) / 50 }
            let binned = ProbabilityBins(values, weights: nil, count: 10)
            #expect(binned.rows.map(Int.init).sorted() == Array(0..<count))
            #expect(binned.ends.count <= 10)
            #expect(binned.ends.last == count)
            var before = -1.0
            for range in binned.ranges {
                let inside = range.map { values[Int(binned.rows[$0])] }
                #expect(inside.first! > before)
                before = inside.last!
            }
        }
        let even = ProbabilityBins((0..<100).map { Double($0) / 100 }, weights: nil, count: 10)
        #expect(even.ends == (1...10).map { 10 * $0 })
    }

    @Test("a calibration table by hand")
    func calibration() throws {
        let table = try calibrationTable(
            probabilities: [0.1, 0.1, 0.1, 0.1, 0.8, 0.8, 0.8, 0.8],
            labels: [false, false, true, false, true, true, false, true], bins: 2)
        #expect(table.bins.count == 2)
        #expect(table.bins[0].probabilities == 0.1...0.1)
        #expect(table.bins[0].observedRate == 0.25)
        #expect(table.bins[1].observedRate == 0.75)
        #expect(abs(table.expectedCalibrationError - 0.1) < 1e-15)
        // Wilson's interval for 1 of 4, 95 %: statsmodels' proportion_confint(1, 4,
        // method="wilson").
        #expect(abs(table.bins[0].interval.lowerBound - 0.04558725) < 1e-7)
        #expect(abs(table.bins[0].interval.upperBound - 0.69935817) < 1e-7)
    }

    @Test(
        "the normal distribution's quantiles, as tables have them",
        arguments: [
            (0.5, 0.0), (0.75, 0.6744897501960817), (0.975, 1.959963984540054),
            (0.9995, 3.290526731491925),
        ])
    func normal(_ probability: Double, _ quantile: Double) {
        #expect(abs(normalQuantile(probability) - quantile) < 1e-9)
    }

    @Test("what is no probability is refused, with the row")
    func errors() {
        for value in [-0.1, 1.1, .infinity] {
            #expect(throws: EvaluationError.notAProbability(row: 1, value: value)) {
                try logLoss(probabilities: [0.5, value], labels: [true, false])
            }
        }
        #expect(throws: EvaluationError.self) {
            try brierScore(probabilities: [.nan], labels: [true])
        }
        #expect(throws: EvaluationError.noRows) { try brierScore(probabilities: [], labels: []) }
        #expect(throws: EvaluationError.noRows) {
            try logLoss(probabilities: [0.5], labels: [true], weights: [0])
        }
        #expect(throws: EvaluationError.self) {
            try calibrationTable(probabilities: [0.5], labels: [true], bins: 0)
        }
        #expect(throws: EvaluationError.self) {
            try calibrationTable(probabilities: [0.5], labels: [true], confidence: 1)
        }
    }
}

@Suite("Gains and curves")
struct GainsTests {
    @Test("the curve has scikit-learn's precision and recall at every threshold")
    func curve() throws {
        for known in try Reference().ranking {
            // scikit-learn lists thresholds upwards.
            let points = try Ranking(
                scores: known.scores, labels: known.labels, weights: known.weights
            ).curve().reversed()
            let thresholds = numbers(known.node["thresholds"]!)
            let precision = numbers(known.node["precision"]!)
            let recall = numbers(known.node["recall"]!)
            for point in points {
                let place = try #require(thresholds.firstIndex(of: point.threshold))
                #expect(abs(point.precision - precision[place]) < 1e-12, "\(known.name)")
                #expect(abs(point.recall - recall[place]) < 1e-12, "\(known.name)")
            }
            #expect(points.first?.recall == 1)
        }
    }

    @Test("a thinned curve keeps points of the full one, the last among them")
    func thinned() throws {
        var generator = SplitMix64(seed: 31)
        let sample = Sample(rows: 2000, levels: 700, &generator)
        let ranking = try Ranking(scores: sample.scores, labels: sample.labels)
        let (full, thin) = (ranking.curve(), ranking.curve(limit: 20))
        #expect((15...22).contains(thin.count))
        #expect(thin.allSatisfy { full.contains($0) })
        #expect(thin.last == full.last)
    }

    @Test("the top of a list by hand; rows of equal score count with the same part")
    func byHand() throws {
        let ranking = try Ranking(
            scores: [9, 8, 5, 5, 5, 5, 1, 1, 1, 1],
            labels: [true, false, true, true, false, false, false, false, true, false])
        let table = try ranking.gains(shares: [0.1, 0.2, 0.4, 1])
        #expect(table.baseRate == 0.4)
        #expect(table.lines.map(\.positives) == [1, 1, 2, 4])
        #expect(table.lines.map(\.threshold) == [9, 8, 5, 1])
        #expect(table.lines.map(\.precision) == [1, 0.5, 0.5, 0.4])
        #expect(table.lines.map(\.gain) == [0.25, 0.25, 0.5, 1])
        #expect(table.lines[0].lift == 2.5)
        #expect(table.lines[3].lift == 1)
        #expect(throws: EvaluationError.self) { try ranking.gains(shares: [0]) }
        #expect(throws: EvaluationError.self) { try ranking.gains(shares: [1.5]) }
    }
}

@Suite("Population stability index")
struct PopulationStabilityTests {
    @Test("nothing has moved: 0")
    func still() throws {
        let values = (0..<1000).map { Double($0 % 37) }
        let found = try populationStabilityIndex(reference: values, current: values)
        #expect(found.index == 0)
        #expect(found.bins.reduce(0) { $0 + $1.reference } == 1000)
        #expect(found.bins.last?.upperBound == .infinity)
    }

    @Test("two bins by the formula")
    func formula() throws {
        // Shares of (0, 1] and (1, ∞): 50:50 becomes 80:20, each count with one half added.
        let reference = [Double](repeating: 0, count: 500) + [Double](repeating: 2, count: 500)
        let current = [Double](repeating: 0, count: 800) + [Double](repeating: 2, count: 200)
        let found = try populationStabilityIndex(reference: reference, current: current, bins: 2)
        #expect(found.bins.map(\.current) == [800, 200])
        // (800.5 - 500.5) / 1001 × ln(800.5 / 500.5) + (200.5 - 500.5) / 1001 × ln(200.5 / 500.5)
        #expect(abs(found.index - 0.41491178) < 1e-6)
    }

    @Test("missing values are a bin; a bin that empties gives a large index and not infinity")
    func missing() throws {
        let reference = [Double](repeating: .nan, count: 100) + (0..<900).map { Double($0) }
        let found = try populationStabilityIndex(
            reference: reference, current: (0..<900).map { Double($0) })
        #expect(found.bins.last == .init(upperBound: nil, reference: 100, current: 0))
        #expect(found.index > 0.25 && found.index.isFinite)
        let all = try populationStabilityIndex(reference: [.nan, .nan], current: [.nan])
        #expect(all.index == 0)
    }

    @Test("without a shift the index is on average what chance makes of it")
    func chance() throws {
        var generator = SplitMix64(seed: 41)
        var sum = 0.0
        var expected = 0.0
        for _ in 0..<200 {
            let reference = (0..<800).map { _ in Double(generator.below(1 << 30)) }
            let current = (0..<400).map { _ in Double(generator.below(1 << 30)) }
            let found = try populationStabilityIndex(reference: reference, current: current)
            sum += found.index
            expected = found.expectedByChance
        }
        #expect(expected == 9.0 * (1.0 / 800 + 1.0 / 400))
        #expect(abs(sum / 200 / expected - 1) < 0.1)
    }

    @Test("what cannot be compared is refused")
    func errors() {
        #expect(throws: EvaluationError.noRows) {
            try populationStabilityIndex(reference: [], current: [1])
        }
        #expect(throws: EvaluationError.self) {
            try populationStabilityIndex(reference: [1], current: [1], bins: 1)
        }
    }
}
