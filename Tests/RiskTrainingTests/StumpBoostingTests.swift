import Foundation
import RiskColumns
import RiskJSON
import RiskModel
import Testing

@testable import RiskTraining

/// Boosted stumps against a brute-force definition and against laws that any learner of them obeys.
@Suite struct StumpBoostingTests {
    private var learner: StumpBoostingLearner {
        var learner = StumpBoostingLearner()
        learner.boostingRounds = 60
        learner.learningRate = 0.1
        learner.minimumLeafHessian = 0.5
        learner.minimumLeafCount = 5
        learner.bins = 16
        learner.holdOut = 0
        learner.l2 = 1
        learner.bags = 1
        return learner
    }

    // MARK: The definition

    /// Boosting in doubles, by trying every cut of every feature on every row.
    private func bruteForce(
        _ data: TrainingData, _ learner: StumpBoostingLearner, cuts: [[Double]]
    ) -> [Double] {
        let rows = data.labels.indices
        let weights = data.weights ?? rows.map { _ in 1 }
        let events = rows.reduce(0) { $0 + (data.labels[$1] ? weights[$1] : 0) }
        let rate = events / weights.reduce(0, +)
        var margins = rows.map { _ in log(rate / (1 - rate)) }
        for _ in 0..<learner.boostingRounds {
            let p = margins.map { 1 / (1 + exp(-$0)) }
            let g = rows.map { weights[$0] * (p[$0] - (data.labels[$0] ? 1 : 0)) }
            let h = rows.map { weights[$0] * p[$0] * (1 - p[$0]) }
            func side(_ members: [Bool], _ value: Bool) -> (g: Double, h: Double, w: Double) {
                rows.reduce((0, 0, 0)) {
                    members[$1] == value
                        ? ($0.0 + g[$1], $0.1 + h[$1], $0.2 + weights[$1]) : $0
                }
            }
            var best = (gain: 0.0, members: [Bool](), left: 0.0, right: 0.0)
            let (totalG, totalH) = (g.reduce(0, +), h.reduce(0, +))
            for (feature, column) in data.matrix.columns.enumerated() {
                for cut in cuts[feature] + [.infinity] {
                    for missingLeft in [false, true] {
                        let members = column.map { $0.isNaN ? missingLeft : $0 <= cut }
                        let (left, right) = (side(members, true), side(members, false))
                        guard min(left.w, right.w) >= learner.minimumLeafCount,
                            min(left.h, right.h) >= learner.minimumLeafHessian
                        else { continue }
                        let gain =
                            left.g * left.g / (left.h + learner.l2)
                            + right.g * right.g / (right.h + learner.l2)
                            - totalG * totalG / (totalH + learner.l2)
                        if gain > best.gain + 1e-9 {
                            best = (
                                gain, members, -left.g / (left.h + learner.l2),
                                -right.g / (right.h + learner.l2)
                            )
                        }
                    }
                }
            }
            guard best.gain > 0 else { break }
            for row in rows {
                margins[row] += learner.learningRate * (best.members[row] ? best.left : best.right)
            }
        }
        return margins
    }

    @Test(arguments: [false, true])
    func agreesWithBruteForceInDoubles(weighted: Bool) throws {
        var data = world(rows: 300, seed: 5)
        if weighted {
            var generator = Generator(6)
            data.weights = data.labels.map { _ in generator.uniform() * 3 + 0.01 }
        }
        var learner = learner
        learner.boostingRounds = 25
        learner.roundsPerLook = 1
        let stage = try LocalStage(learner, data).stage
        let cuts = data.matrix.columns.indices.map { column in
            stage.binning.features.first { $0.column == column }?.cutPoints ?? []
        }
        let expected = bruteForce(data, learner, cuts: cuts)
        let model = try learner.train(data, name: "m")
        for row in data.labels.indices {
            let found = LogOdds.value(units(model, data.matrix, row))
            // Five tables rounded to 2^-18, and weights to 2^-20 of the largest.
            #expect(abs(found - expected[row]) < 2e-5, "row \(row)")
        }
    }

    @Test func theTablesAreTheSumOfTheStumps() throws {
        let data = world(rows: 2000)
        var found: [Double] = []
        let model = try learner.train(data, name: "m") { progress in
            found.append(progress.trainingLoss)
            return true
        }
        #expect(zip(found, found.dropFirst()).allSatisfy { $0 > $1 })
        // Each of five entries of a row is rounded to 2^-18.
        #expect(abs(meanLoss(model, data) - found.last!) < 1e-5)
        for table in model.tables {
            #expect(table.units.count == table.cutPoints.count + 1)
            #expect(zip(table.cutPoints, table.cutPoints.dropFirst()).allSatisfy { $0 < $1 })
            #expect(zip(table.units, table.units.dropFirst()).allSatisfy { $0 != $1 })
            #expect(abs(table.typicalUnits) <= 1, "tables are centred")
        }
    }

    // MARK: Laws

    @Test func threadsRowOrderAndWeightsOfOneDoNotMatter() throws {
        let data = world(rows: 20_000)
        var one = learner
        one.threads = 1
        one.boostingRounds = 20
        let expected = try one.train(data, name: "m")
        #expect(!expected.tables.isEmpty)
        for threads in [2, 3, 5] {
            var other = one
            other.threads = threads
            #expect(try other.train(data, name: "m") == expected)
        }
        var generator = Generator(2)
        let shuffled = data.selecting(Array(0..<20_000).shuffled(using: &generator))
        #expect(try one.train(shuffled, name: "m") == expected)
        var weighted = data
        weighted.weights = data.labels.map { _ in 1 }
        #expect(try one.train(weighted, name: "m") == expected)
    }

    @Test func weightTwoIsTheRowTwiceAndWeightZeroIsNoRow() throws {
        var generator = Generator(3)
        let data = world(rows: 1500)
        let times = data.labels.map { _ in Int.random(in: 0...3, using: &generator) }
        var weighted = data
        weighted.weights = times.map { Double($0) }
        let repeated = data.selecting(
            data.labels.indices.flatMap { Array(repeating: $0, count: times[$0]) })
        let (a, b) = try (
            learner.train(weighted, name: "m"), learner.train(repeated, name: "m")
        )
        #expect(a.tables == b.tables)
        #expect(a.intercept == b.intercept)
        #expect(!a.tables.isEmpty)
    }

    @Test func weightsAndPenaltiesDoubledIsTheSameModel() throws {
        var generator = Generator(4)
        var data = world(rows: 1500)
        data.weights = data.labels.map { _ in generator.uniform() + 0.1 }
        var doubled = data
        doubled.weights = data.weights!.map { 2 * $0 }
        var twice = learner
        twice.l2 *= 2
        twice.minimumLeafHessian *= 2
        twice.minimumLeafCount *= 2
        let (a, b) = try (learner.train(data, name: "m"), twice.train(doubled, name: "m"))
        #expect(a.tables == b.tables)
        #expect(a.intercept == b.intercept)
    }

    @Test func featureOrderDoesNotMatterAndTiesGoByName() throws {
        let data = world(rows: 2000)
        // The last two features are the first two under later names: every split of theirs is a tie.
        let columns = data.matrix.columns + data.matrix.columns[..<2]
        let names = data.matrix.names + ["twin0", "twin1"]
        var wide = data
        wide.matrix = FeatureMatrix(names: names, columns: columns, rowCount: 2000)
        let order = [6, 3, 5, 0, 2, 4, 1]
        var turned = data
        turned.matrix = FeatureMatrix(
            names: order.map { names[$0] }, columns: order.map { columns[$0] }, rowCount: 2000)
        let (plain, a, b) = try (
            learner.train(data, name: "m"), learner.train(wide, name: "m"),
            learner.train(turned, name: "m")
        )
        func tables(_ model: AdditiveModel) -> [String: ScoreTable] {
            Dictionary(
                uniqueKeysWithValues: model.tables.map { table in
                    var table = table
                    let name = model.features[table.feature].name
                    table.feature = 0
                    return (name, table)
                })
        }
        #expect(tables(a) == tables(b))
        #expect(tables(a) == tables(plain))
        #expect(a.intercept == b.intercept)
    }

    @Test func increasingTransformationsChangeOnlyTheCuts() throws {
        let data = world(rows: 1500)
        var scaled = data
        scaled.matrix = FeatureMatrix(
            names: data.matrix.names, columns: data.matrix.columns.map { $0.map { $0 * 8 } },
            rowCount: 1500)
        let (a, b) = try (learner.train(data, name: "m"), learner.train(scaled, name: "m"))
        #expect(a.tables.map(\.units) == b.tables.map(\.units))
        #expect(a.tables.map { $0.cutPoints.map { $0 * 8 } } == b.tables.map(\.cutPoints))
    }

    // MARK: Missing values

    @Test func missingValuesGoToTheSideThatFits() throws {
        // Missing is as risky as high in x0, as low in x1.
        var columns: [[Double]] = [[], []]
        var labels: [Bool] = []
        var generator = Generator(8)
        for row in 0..<4000 {
            let x = Double(row % 10)
            let isMissing = row % 7 == 0
            columns[0].append(isMissing ? .nan : x)
            columns[1].append(isMissing ? .nan : 9 - x)
            let high = isMissing || x >= 5
            labels.append(generator.uniform() < (high ? 0.4 : 0.05))
        }
        for feature in 0..<2 {
            let data = TrainingData(matrix: matrix([columns[feature]]), labels: labels)
            let model = try learner.train(data, name: "m")
            let table = try #require(model.tables.first)
            let risky = table.units(of: feature == 0 ? 9 : 0)
            let safe = table.units(of: feature == 0 ? 0 : 9)
            #expect(abs(table.missingUnits - risky) < 30_000)
            #expect(table.missingUnits - safe > 400_000)
        }
    }

    @Test func aFeatureThatIsOnlyMissingOrPresentIsSplit() throws {
        var generator = Generator(8)
        let column = (0..<2000).map { $0 % 3 == 0 ? Double.nan : 7 }
        let labels = column.map { generator.uniform() < ($0.isNaN ? 0.5 : 0.1) }
        let model = try learner.train(
            TrainingData(matrix: matrix([column]), labels: labels), name: "m")
        let table = try #require(model.tables.first)
        #expect(table.cutPoints.isEmpty)
        #expect(table.missingUnits > table.units[0])
    }

    @Test func whereNothingWasMissingAMissingValueSaysNothing() throws {
        let data = world(rows: 2000)
        let model = try learner.train(data, name: "m")
        let table = try #require(
            model.tables.first { model.features[$0.feature].name != "feature3" })
        #expect(table.units.count > 1)
        #expect(abs(table.missingUnits - table.typicalUnits) <= 1)
    }

    // MARK: Extremes

    @Test func infiniteAndSubnormalValuesAreOrdinary() throws {
        var generator = Generator(8)
        let tiny = Double.leastNonzeroMagnitude
        let values: [Double] = [-.infinity, -1e308, -tiny, 0, tiny, 2 * tiny, 1e308, .infinity]
        let column = (0..<4000).map { values[$0 % 8] }
        let labels = column.map { generator.uniform() < ($0 > tiny ? 0.4 : 0.1) }
        let model = try learner.train(
            TrainingData(matrix: matrix([column]), labels: labels), name: "m")
        let table = try #require(model.tables.first)
        #expect(table.cutPoints.allSatisfy { $0.isFinite })
        #expect(table.units(of: 2 * tiny) > table.units(of: tiny) + 100_000)
        #expect(table.units(of: .infinity) > table.units(of: -.infinity) + 100_000)
    }

    @Test func separatedClassesEndWithinTheLimit() throws {
        let column = (0..<2000).map { Double($0) }
        let data = TrainingData(matrix: matrix([column]), labels: column.map { $0 >= 1000 })
        var extreme = learner
        extreme.l2 = 0
        extreme.minimumLeafHessian = 0
        extreme.learningRate = 1
        extreme.boostingRounds = 500
        let (model, report) = try extreme.trainWithReport(data, name: "m")
        let bound = model.tables.reduce(abs(model.intercept)) { sum, table in
            sum + Int64(table.units.map { abs($0) }.max()!)
        }
        #expect(bound <= LogOdds.limit)
        #expect(meanLoss(model, data) < 1e-3)
        #expect(report.warnings.contains { $0.contains("does it know the answer") })
    }

    @Test func onePositiveInManyRowsIsLearned() throws {
        let rows = 50_000
        var generator = Generator(1)
        let columns = (0..<2).map { _ in (0..<rows).map { _ in generator.normal() } }
        var labels = [Bool](repeating: false, count: rows)
        labels[123] = true
        let (model, report) = try StumpBoostingLearner().trainWithReport(
            TrainingData(matrix: matrix(columns), labels: labels), name: "m")
        #expect(report.heldOutRows == 0)
        #expect(report.warnings.contains { $0.contains("nothing was held out") })
        #expect(model.calibration == .identity)
        #expect(LogOdds.value(model.intercept) < -9)
    }

    @Test func noiseAndStrictBoundsGiveAnInterceptOnly() throws {
        let data = world(rows: 500)
        var strict = learner
        strict.minimumLeafCount = 300
        let (model, report) = try strict.trainWithReport(data, name: "m")
        #expect(model.tables.isEmpty)
        #expect(report.rounds == 0)
        #expect(report.end == "no stump lowers the loss within the bounds")
        let rate = Double(data.labels.count { $0 }) / 500
        #expect(abs(LogOdds.value(model.intercept) - log(rate / (1 - rate))) < 1e-5)
    }
}

/// The sum of a model's terms for a row.
func units(_ model: AdditiveModel, _ matrix: FeatureMatrix, _ row: Int) -> Int64 {
    func value(_ feature: Int) -> Double {
        let column = matrix.names.firstIndex(of: model.features[feature].name)!
        return matrix.columns[column][row]
    }
    return model.intercept
        + model.tables.reduce(0) { $0 + Int64($1.units(of: value($1.feature))) }
        + model.linearTerms.reduce(0) { $0 + $1.units(of: value($1.feature)) }
}

/// The mean log loss of a model, uncalibrated.
func meanLoss(_ model: AdditiveModel, _ data: TrainingData) -> Double {
    let losses = data.labels.indices.map { row in
        let x = LogOdds.value(units(model, data.matrix, row)) * (data.labels[row] ? -1 : 1)
        return max(x, 0) + log1p(exp(-abs(x)))
    }
    return losses.reduce(0, +) / Double(losses.count)
}
