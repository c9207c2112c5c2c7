import Foundation
import RiskColumns
import RiskJSON
import RiskModel
import RiskScoring
import Testing

@testable import RiskTraining

/// Scorecards: bins, coefficients, points, and what is on the card.
@Suite struct ScorecardTests {
    private var learner: ScorecardLearner {
        var learner = ScorecardLearner()
        learner.threads = 1
        return learner
    }

    /// Ages with a valley, incomes with special values and gaps, a yes/no, and noise.
    private func applications(_ rows: Int, seed: UInt64 = 1) -> TrainingData {
        var generator = Generator(seed)
        var columns = [[Double]](repeating: [], count: 4)
        var labels: [Bool] = []
        for _ in 0..<rows {
            let age = 18 + floor(60 * generator.uniform())
            var income = (1000 * exp(generator.normal())).rounded()
            let owner = generator.uniform() < 0.4 ? 1.0 : 0.0
            var margin = -2.5 + pow((age - 48) / 20, 2) - 1.2 * owner
            margin -= 0.8 * log(income / 1000)
            if generator.uniform() < 0.1 {
                income = -1
                margin += 1
            } else if generator.uniform() < 0.1 {
                income = .nan
                margin -= 1
            }
            for (index, value) in [age, income, owner, generator.normal()].enumerated() {
                columns[index].append(value)
            }
            labels.append(generator.uniform() < 1 / (1 + exp(-margin)))
        }
        return TrainingData(
            matrix: matrix(columns, names: ["age", "income", "owner", "noise"]), labels: labels)
    }

    private var applicationLearner: ScorecardLearner {
        var learner = learner
        learner.rules["age"] = learner.rule
        learner.rules["age"]?.shape = .valley
        learner.rules["income"] = learner.rule
        learner.rules["income"]?.specialValues = [-1, 999_999]
        return learner
    }

    @Test func theCardIsWhatTheWorldIs() throws {
        let data = applications(8000)
        let (model, report) = try applicationLearner.trainWithReport(data, name: "m")
        #expect(model.validate().isEmpty)
        let card = try #require(report.scorecard)
        #expect(card.features.map(\.name) == ["age", "income", "owner"])
        #expect(card.leftOut.map(\.name) == ["noise"])
        #expect(card.leftOut[0].reason == .information && card.leftOut[0].informationValue < 0.02)

        let age = card.features[0].bins.filter { $0.count > 0 }.map(\.badRate)
        let turn = try #require(age.indices.min { age[$0] < age[$1] })
        #expect(turn > 0 && turn < age.count - 1 && age.count > 3)
        #expect(
            zip(age, age.dropFirst()).enumerated().allSatisfy { index, pair in
                index < turn ? pair.0 >= pair.1 : pair.0 <= pair.1
            })
        let income = card.features[1].bins
        #expect(income[income.count - 2].kind == .special(-1))
        #expect(income.last?.kind == .missing && income.allSatisfy { $0.count > 0 })
        let ranges = income.dropLast(2).map(\.badRate)
        #expect(ranges == ranges.sorted(by: >) && ranges.count > 3)
        #expect(income[income.count - 2].points > income[income.count - 1].points)

        // Every bin counts its rows, and a feature's bins count all of them.
        for feature in card.features {
            #expect(feature.bins.reduce(0) { $0 + $1.count } == 8000)
            #expect(
                feature.bins.reduce(0) { $0 + $1.positives } == Double(data.labels.count { $0 }))
            #expect(
                abs(feature.bins.reduce(0) { $0 + $1.informationValue } - feature.informationValue)
                    < 1e-12)
        }
        let missing = data.matrix.columns[1].count(where: \.isNaN)
        #expect(income.last?.count == Double(missing))
    }

    /// The bin of a value on the printed card.
    private func points(_ feature: Scorecard.Feature, _ value: Double) -> Double? {
        feature.bins.first { bin in
            switch bin.kind {
            case .special(let special): value == special
            case .missing: value.isNaN
            case .range(let above, let upTo):
                !feature.bins.contains { $0.kind == .special(value) } && !value.isNaN
                    && (above.map { value > $0 } ?? true) && (upTo.map { value <= $0 } ?? true)
            }
        }?.points
    }

    @Test(arguments: [CalibrationChoice.identity, .platt], [40.0, 20])
    func pointsAddUpExactly(calibration: CalibrationChoice, doubling: Double) throws {
        let data = applications(6000)
        var learner = applicationLearner
        learner.calibration = calibration
        learner.scaling = PointsScaling(
            basePoints: 600, baseOdds: 1.0 / 50, pointsToDoubleOdds: doubling)
        let (model, report) = try learner.trainWithReport(data, name: "m")
        #expect(model.calibration == .identity && model.scaling == learner.scaling)
        let card = try #require(report.scorecard)
        let scorer = Scorer(model)
        for row in 0..<data.labels.count {
            let values = model.features.map { feature in
                data.matrix.columns[data.matrix.names.firstIndex(of: feature.name)!][row]
            }
            let sum = try zip(card.features, values).reduce(card.basePoints) {
                $0 + (try #require(points($1.0, $1.1)))
            }
            let score = scorer.score(row: values)
            #expect(Double(score.points) == sum)
        }
        let bins = card.features.flatMap(\.bins)
        #expect(bins.allSatisfy { $0.points == $0.points.rounded() })
        // 600 points are odds of 1 to 50, and doubled odds `doubling` more.
        #expect(model.scaling.points(probability: 1.0 / 51) == 600)
        #expect(model.scaling.points(probability: 2.0 / 52) == 600 + Int(doubling))
    }

    @Test func coefficientsAreThoseOfARegressionOnTheWeightsOfEvidence() throws {
        let data = applications(5000)
        var learner = applicationLearner
        learner.holdOut = 0
        learner.wholePoints = false
        learner.l2 = 0.5
        let (model, report) = try learner.trainWithReport(data, name: "m")
        let card = try #require(report.scorecard)
        // At the optimum the penalised likelihood's slope in every coefficient is 0.
        var slopes = [Double](repeating: 0, count: card.features.count)
        var total = 0.0
        for row in 0..<data.labels.count {
            let values = model.features.map { feature in
                data.matrix.columns[data.matrix.names.firstIndex(of: feature.name)!][row]
            }
            let residual = model.probability(values: values) - (data.labels[row] ? 1 : 0)
            total += residual
            for (index, feature) in card.features.enumerated() {
                let bin = try #require(
                    feature.bins.first { bin in
                        switch bin.kind {
                        case .special(let special): values[index] == special
                        case .missing: values[index].isNaN
                        case .range(let above, let upTo):
                            values[index] != -1 && !values[index].isNaN
                                && (above.map { values[index] > $0 } ?? true)
                                && (upTo.map { values[index] <= $0 } ?? true)
                        }
                    })
                slopes[index] += residual * bin.weightOfEvidence
            }
        }
        #expect(abs(total) < 0.05)
        for (slope, feature) in zip(slopes, card.features) {
            #expect(abs(slope + 0.5 * feature.coefficient) < 0.05, "\(feature.name)")
        }
    }

    @Test func coefficientsAreThoseOfScikitLearn() throws {
        let fixture = try fixture("scorecard")
        let columns = try #require(fixture["columns"]).elements.map(\.doubles)
        let data = TrainingData(
            matrix: matrix(columns), labels: try #require(fixture["labels"]).doubles.map { $0 == 1 }
        )
        var learner = learner
        learner.holdOut = 0
        learner.wholePoints = false
        learner.positiveCoefficients = false
        learner.minimumInformation = 0
        learner.rule.minimumShare = 0
        learner.rule.minimumPositives = 1
        learner.rule.minimumNegatives = 1
        learner.rule.tolerance = 0
        learner.l2 = 1
        learner.rule.shape = .none
        learner.rule.bins = 20
        let (model, report) = try learner.trainWithReport(data, name: "m")
        let card = try #require(report.scorecard)
        let coefficients = try #require(fixture["coefficients"]).doubles
        for (feature, coefficient) in zip(card.features, coefficients) {
            #expect(abs(feature.coefficient - coefficient) < 1e-6)
        }
        let expected = try #require(fixture["logOdds"]).doubles
        for row in expected.indices {
            let units = model.units(values: columns.map { $0[row] })
            #expect(abs(LogOdds.value(units) - expected[row]) < 1e-4)
        }
    }

    @Test func neitherThreadsNorWeightsOfTwoNorOrderOfRowsChangeTheBins() throws {
        var data = applications(3000)
        data.times = (0..<3000).map { Int64($0) }
        let expected = try applicationLearner.trainWithReport(data, name: "m")
        var other = applicationLearner
        other.threads = 3
        #expect(try other.train(data, name: "m") == expected.model)
        var generator = Generator(9)
        let order = Array(0..<3000).shuffled(using: &generator)
        let turned = try other.trainWithReport(data.selecting(order), name: "m")
        #expect(turned.report == expected.report)
        #expect(turned.model == expected.model)
        // A row of weight 2 is the row twice (but for the choice of the calibration, which counts rows).
        other.calibration = .platt
        var weighted = data
        weighted.weights = (0..<3000).map { $0 % 3 == 0 ? 2 : 1 }
        let doubled = data.selecting((0..<3000).flatMap { $0 % 3 == 0 ? [$0, $0] : [$0] })
        let a = try other.trainWithReport(weighted, name: "m").report.scorecard
        let b = try other.trainWithReport(doubled, name: "m").report.scorecard
        for figure in [\Scorecard.Bin.points, \.count] {
            #expect(
                a?.features.map { $0.bins.map { $0[keyPath: figure] } }
                    == b?.features.map { $0.bins.map { $0[keyPath: figure] } })
        }
    }

    @Test func aBinWithoutEventsHasHalfARowOfThemWhateverTheWeightsAre() throws {
        // Every tenth row has the value 2, and no event.
        var generator = Generator(4)
        let column = (0..<2000).map { Double($0 % 10 == 0 ? 2 : $0 % 2) }
        let labels = column.map { $0 < 2 && generator.uniform() < 0.1 + 0.2 * $0 }
        var data = TrainingData(matrix: matrix([column], names: ["x"]), labels: labels)
        var learner = learner
        learner.holdOut = 0
        learner.rule.shape = .none
        learner.rule.minimumPositives = 0
        // Of 1 on average; the same in tens of them; and one weight for all rows.
        for (weights, half) in [([1.3, 0.7], 0.5), ([13, 7], 5), ([1.3, 1.3], 0.65)] {
            data.weights = (0..<2000).map { weights[$0 / 10 % 2] }
            let card = try #require(
                try learner.trainWithReport(data, name: "m").report.scorecard)
            let bin = try #require(
                card.features[0].bins.first { $0.positives == 0 && $0.count > 0 })
            var (events, others) = (0.0, 0.0)
            for (weight, label) in zip(data.weights!, labels) {
                if label { events += weight } else { others += weight }
            }
            let expected = log((half / events) / ((bin.count + half) / others))
            #expect(abs(bin.weightOfEvidence - expected) < 1e-5)
        }
    }

    @Test func noCoefficientIsNegativeUnlessAskedFor() throws {
        var generator = Generator(3)
        var columns = [[Double]](repeating: [], count: 3)
        var labels: [Bool] = []
        // The second says nothing but how much of the first is noise: alone it is slightly risky.
        for _ in 0..<6000 {
            let (truth, noise) = (generator.normal(), generator.normal())
            columns[0].append(truth + noise)
            columns[1].append(noise + 0.3 * truth)
            columns[2].append(generator.normal() + 0.5 * truth)
            labels.append(generator.uniform() < 1 / (1 + exp(1.5 - 1.5 * truth)))
        }
        let data = TrainingData(matrix: matrix(columns), labels: labels)
        var free = learner
        free.positiveCoefficients = false
        let freely = try #require(try free.trainWithReport(data, name: "m").report.scorecard)
        #expect(freely.features.contains { $0.coefficient < 0 })
        let card = try #require(try learner.trainWithReport(data, name: "m").report.scorecard)
        #expect(card.features.allSatisfy { $0.coefficient > 0 } && card.features.count == 2)
        #expect(card.leftOut.map(\.reason) == [.coefficient])
    }

    @Test func featuresLeftOutWouldNotLowerTheLoss() throws {
        var data = world(rows: 4000, features: 12)
        data.labels = zip(data.labels, data.matrix.columns[0]).map { $0 && $1 < 2 }
        var learner = learner
        learner.holdOut = 0
        learner.minimumInformation = 0
        let sample = try Sample(data)
        let fit = try ScorecardFit(
            learner, data.matrix, sample, threads: 1, stage: .allRows, nil)
        #expect(fit.features.count > 3 && fit.features.allSatisfy { $0.coefficient > 0 })
        let scores = fit.scores(data.matrix, sample).map { LogOdds.value($0) }
        let left = fit.leftOut.filter { $0.reason == .coefficient }
        for feature in left {
            let column = try #require(data.matrix.names.firstIndex(of: feature.name))
            let bins = FeatureBins(
                data.matrix.columns[column], sample, learner.rule, fineBins: learner.fineBins)
            var slope = 0.0
            for row in scores.indices {
                let evidence = bins.evidence[bins.bin(of: data.matrix.columns[column][row])].value
                slope += evidence * ((data.labels[row] ? 1 : 0) - 1 / (1 + exp(-scores[row])))
            }
            #expect(slope < 0.01, "\(feature.name)")
        }
    }

    // MARK: Corners

    @Test func aSpecialValueAmongOthersIsCutOut() throws {
        var data = applications(4000)
        // 999 among the incomes: much riskier than its neighbours.
        var columns = data.matrix.columns
        for row in stride(from: 0, to: 4000, by: 10) {
            columns[1][row] = 999
            data.labels[row] = row % 3 != 0
        }
        data.matrix = matrix(columns, names: data.matrix.names)
        var learner = learner
        learner.rules["income"] = learner.rule
        learner.rules["income"]?.specialValues = [999]
        let model = try learner.train(data, name: "m")
        let feature = try #require(model.features.firstIndex { $0.name == "income" })
        let table = try #require(model.tables.first { $0.feature == feature })
        #expect(table.units(of: 999) > table.units(of: 998.9))
        #expect(table.units(of: 998.9) == table.units(of: 999.1))
        #expect(table.units(of: Double(999).nextDown) == table.units(of: 998.9))
        #expect(table.units(of: Double(999).nextUp) == table.units(of: 998.9))
    }

    @Test func aFeatureThatKnowsTheAnswerIsNamed() throws {
        var data = applications(3000)
        let answer = data.labels.map { $0 ? 1.0 : 0 }
        data.matrix = matrix(
            data.matrix.columns + [answer], names: data.matrix.names + ["answer"])
        let report = try learner.trainWithReport(data, name: "m").report
        let warning = "\"answer\" alone tells the classes apart"
        #expect(report.warnings.contains { $0.contains(warning) })
    }

    @Test func refusalsNameTheSetting() throws {
        let data = applications(1000)
        func message(_ change: (inout ScorecardLearner) -> Void) -> String {
            var learner = learner
            change(&learner)
            do {
                _ = try learner.train(data, name: "m")
                return "learned"
            } catch { return "\(error)" }
        }
        #expect(message { $0.rule.bins = 0 }.contains("bins: expected"))
        #expect(message { $0.rules["agee"] = $0.rule }.contains("did you mean \"age\"?"))
        #expect(message { $0.calibration = .isotonic }.contains("calibration: the points"))
        #expect(message { $0.minimumInformation = 50 }.contains("the highest is"))
        #expect(message { $0.rule.specialValues = [.nan] }.contains("specialValues"))
        #expect(message { $0.scaling.pointsToDoubleOdds = 0 }.contains("pointsToDoubleOdds"))
    }

    @Test func constantAndEmptyColumnsAreLeftOut() throws {
        var data = applications(1500)
        data.matrix = matrix(
            data.matrix.columns + [
                [Double](repeating: 7, count: 1500), [Double](repeating: .nan, count: 1500),
                (0..<1500).map { $0 % 2 == 0 ? Double.infinity : -.infinity },
            ], names: data.matrix.names + ["constant", "empty", "infinite"])
        let (model, report) = try learner.trainWithReport(data, name: "m")
        let left = Set(report.scorecard?.leftOut.map(\.name) ?? [])
        #expect(left.isSuperset(of: ["constant", "empty", "infinite"]))
        #expect(model.validate().isEmpty)
    }

    @Test func settingsAreReadBackAsWritten() throws {
        var learner = applicationLearner
        learner.rule.bins = 5
        learner.l2 = 3
        let reader = DocumentReader()
        var again = ScorecardLearner(reading: .init(root: learner.settings), reader)
        again.threads = learner.threads
        #expect(reader.mistakes.isEmpty && again.settings == learner.settings)
        #expect(again.rules["age"]?.shape == .valley)
        let wrong = try JSONParser.parse(
            Array(#"{"shape": "monotonic", "features": {"age": {"bin": 3}}}"#.utf8))
        let noted = DocumentReader()
        _ = ScorecardLearner(reading: .init(root: wrong), noted)
        #expect(noted.mistakes.count == 2)
        #expect(noted.mistakes.contains { $0.message.contains("did you mean \"monotone\"?") })
        #expect(noted.mistakes.contains { $0.path == "features.age.bin" })
    }
}
