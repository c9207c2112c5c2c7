import CRiskKernels
import Foundation
import RiskColumns
import RiskJSON
import RiskModel
import Testing

@testable import RiskTraining

/// Paths of penalties against R's glmnet (Fixtures/regression.py), the conditions of the optimum, and
/// laws.
@Suite struct LogisticPathTests {
    private func learner(_ penalty: LogisticPenalty = .l1) -> LogisticRegressionLearner {
        var learner = LogisticRegressionLearner()
        learner.penalty = penalty
        learner.holdOut = 0
        return learner
    }

    /// Reports list columns by name: in the fixture's order.
    private func name(_ index: Int) -> String { index < 10 ? "x0\(index)" : "x\(index)" }

    /// Data of a fixture; an offset becomes the last feature.
    private func data(_ fixture: Node) throws -> TrainingData {
        var columns = try #require(fixture["columns"]).elements.map(\.doubles)
        var names = columns.indices.map { name($0) }
        if let offset = fixture["offset"], offset != nil {
            columns.append(offset.doubles)
            names.append("offset")
        }
        return TrainingData(
            matrix: matrix(columns, names: names),
            labels: try #require(fixture["labels"]).doubles.map { $0 == 1 },
            weights: fixture["weights"].flatMap { $0 == nil ? nil : $0.doubles })
    }

    private func configured(_ fixture: Node) throws -> LogisticRegressionLearner {
        var learner = learner(.elasticnet)
        learner.l1Ratio = try #require(fixture["alpha"]).double
        learner.standardize = try #require(fixture["standardize"]).isTrue
        if fixture["offset"] != nil, fixture["offset"] != .some(nil) { learner.offset = "offset" }
        if try #require(fixture["isPositive"]).isTrue {
            for index in try #require(fixture["columns"]).elements.indices {
                learner.signs[name(index)] = .positive
            }
        }
        return learner
    }

    /// Coefficients within 2e-6 of their size or of 1, the intercept and the deviance too.
    private func compare(_ point: LambdaPathReport.Point, _ expected: Node, _ what: String) throws {
        let coefficients = try #require(expected["coefficients"]).doubles
        for (ours, theirs) in zip(point.coefficients, coefficients) {
            #expect(
                abs(ours - theirs) <= 2e-6 * max(1, abs(theirs)), "\(what), lambda \(point.lambda)")
        }
        let intercept = try #require(expected["intercept"]).double
        #expect(abs(point.intercept - intercept) <= 2e-6 * max(1, abs(intercept)), "\(what)")
        #expect(abs(point.devianceExplained - expected["deviance"]!.double) < 1e-7, "\(what)")
    }

    @Test(arguments: 0..<6)
    func theWholePathIsGlmnets(index: Int) throws {
        let fixture = try #require(try fixture("regression")["path"]).elements[index]
        let name = "\(try #require(fixture["name"]))"
        let learner = try configured(fixture)
        let data = try data(fixture)
        let path = try #require(try learner.trainWithReport(data, name: "m").report.path)
        for expected in try #require(fixture["points"]).elements {
            let place = Int(try #require(expected["place"]).double)
            let lambda = try #require(expected["lambda"]).double
            // A ridge's path begins, with glmnet, at an infinite lambda by another name.
            if learner.l1Ratio == 0, place == 0 { continue }
            if path.points.indices.contains(place) {
                // The two agree on where a path begins and how it descends.
                #expect(abs(path.points[place].lambda / lambda - 1) < 1e-6, "\(name)")
            }
            var single = learner
            single.lambda = lambda
            let report = try single.trainWithReport(data, name: "m").report
            let point = try #require(report.path?.points.last)
            #expect(point.lambda == lambda)
            try compare(point, expected, name)
        }
    }

    @Test func aLambdaThatIsGivenIsTakenFromTheWholePath() throws {
        let data = world(rows: 500)
        var learner = learner()
        learner.lambda = 0.0123
        let alone = try learner.trainWithReport(data, name: "m")
        learner.choosesLambda = true
        let (model, report) = try learner.trainWithReport(data, name: "m")
        let path = try #require(report.path)
        #expect(path.points.count > 20 && path.chosen == 0.0123)
        #expect(path.points.map(\.lambda) == path.points.map(\.lambda).sorted(by: >))
        for (a, b) in zip(model.linearTerms, alone.model.linearTerms) {
            #expect(abs(a.coefficient - b.coefficient) < 2e-6)
        }
    }

    @Test func rollingFoldsChooseAsALoopOverGlmnetDoes() throws {
        let fixture = try #require(try fixture("regression")["folds"]).elements[0]
        let points = try #require(fixture["points"]).elements
        var data = try data(fixture)
        data.times = data.labels.indices.map { Int64($0) }
        var learner = try configured(fixture)
        learner.path.folds = 10
        for selection in LambdaSelection.allCases {
            learner.path.selection = selection
            let path = try #require(try learner.trainWithReport(data, name: "m").report.path)
            for (point, expected) in zip(path.points, points) {
                try compare(point, expected, "rolling origin")
                let loss = try #require(point.foldLoss)
                let error = try #require(point.foldLossError)
                #expect(abs(loss - expected["loss"]!.double) < 2e-6)
                #expect(abs(error - expected["error"]!.double) < 2e-6)
            }
            // The choice by glmnet's own losses.
            let seen = points.prefix(path.points.count)
            let best = try #require(
                seen.min { $0["loss"]!.double < $1["loss"]!.double })
            let limit = best["loss"]!.double + best["error"]!.double
            let largest = try #require(seen.first { $0["loss"]!.double <= limit })
            let expected = (selection == .minimum ? best : largest)["lambda"]!.double
            #expect(abs(path.chosen / expected - 1) < 1e-6)
        }
    }

    // MARK: The optimum

    /// The largest violation of the lasso's conditions, by their definition, on data without missing
    /// values: |∂ loss| ≤ λ where a coefficient is 0, = λ with its sign where not.
    private func violation(
        _ data: TrainingData, _ point: LambdaPathReport.Point, _ names: [String]
    ) -> Double {
        let count = data.labels.count
        let columns = Dictionary(
            uniqueKeysWithValues: zip(data.matrix.names, data.matrix.columns))
        var margins = [Double](repeating: point.intercept, count: count)
        for (name, coefficient) in zip(names, point.coefficients) where coefficient != 0 {
            let column = columns[name]!
            for row in 0..<count { margins[row] += coefficient * column[row] }
        }
        let residuals = zip(margins, data.labels).map { 1 / (1 + exp(-$0)) - ($1 ? 1 : 0) }
        var worst = abs(residuals.reduce(0, +)) / Double(count)
        for (name, coefficient) in zip(names, point.coefficients) {
            let column = columns[name]!
            let mean = column.reduce(0, +) / Double(count)
            let deviation =
                (column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot()
            let slope =
                zip(column, residuals).reduce(0) { $0 + ($1.0 - mean) * $1.1 } / deviation
                / Double(count)
            worst = max(
                worst,
                coefficient == 0
                    ? abs(slope) - point.lambda
                    : abs(slope + (coefficient > 0 ? 1 : -1) * point.lambda))
        }
        return worst
    }

    @Test func tenThousandColumnsOfNoiseAreWalkedThrough() throws {
        var generator = Generator(4)
        let columns = (0..<10_000).map { _ in (0..<60).map { _ in generator.normal() } }
        let labels = (0..<60).map { generator.uniform() < 1 / (1 + exp(-2 * columns[77][$0])) }
        let data = TrainingData(matrix: matrix(columns), labels: labels)
        var learner = learner()
        learner.path.folds = 2
        learner.path.count = 5
        learner.path.ratio = 0.4
        let (model, report) = try learner.trainWithReport(data, name: "m")
        let path = try #require(report.path)
        #expect(path.points.allSatisfy { violation(data, $0, path.columns) < 2e-6 })
        #expect(path.points.last!.nonzero > 10)
        #expect(model.features.count < 60)
        #expect(model.validate() == [])
        // A ridge would work with all of them at a time: refused, with what to do.
        let error = #expect(throws: TrainingError.self) {
            try self.learner(.l2).train(data, name: "m")
        }
        #expect(error == .tooManyColumnsForNewton(10_000, most: 4096))
        #expect("\(try #require(error))".contains("penalty l1 or elasticnet takes more"))
    }

    @Test func twoEqualColumnsGiveThePredictionsOfOne() throws {
        let data = world(rows: 500, features: 2)
        var twice = data
        twice.matrix = matrix(data.matrix.columns + [data.matrix.columns[0]])
        var learner = learner()
        learner.lambda = 0.01
        let (one, _) = try learner.trainWithReport(
            TrainingData(matrix: matrix(data.matrix.columns), labels: data.labels), name: "m")
        let (two, report) = try learner.trainWithReport(twice, name: "m")
        #expect(report.warnings.contains { $0.contains("is a linear combination of") })
        for row in 0..<500 {
            #expect(
                abs(units(one, matrix(data.matrix.columns), row) - units(two, twice.matrix, row))
                    < 30)
        }
    }

    @Test func signsHoldAndTheOthersAreTheConstrainedOptimum() throws {
        let data = world(rows: 2000)
        var learner = learner(.l2)
        learner.l2 = 1
        let free = try #require(try learner.trainWithReport(data, name: "m").report.coefficients)
        let names = data.matrix.names
        for row in free.rows.dropFirst() where names.contains(row.name) {
            learner.signs[row.name] = row.estimate > 0 ? .positive : .negative
        }
        // Signs that the optimum has anyway change nothing.
        let same = try #require(try learner.trainWithReport(data, name: "m").report.path)
        for (name, coefficient) in zip(same.columns, same.points.last!.coefficients) {
            let expected = free.rows.first { $0.name == name }!.estimate
            #expect(abs(coefficient - expected) < 2e-6 * max(1, abs(expected)))
        }
        // The opposite of one makes it 0, and the fit that without it.
        let victim = names[1]
        learner.signs = [victim: learner.signs[victim] == .positive ? .negative : .positive]
        let (model, _) = try learner.trainWithReport(data, name: "m")
        #expect(!model.features.contains { $0.name == victim })
        var without = data
        without.matrix = FeatureMatrix(
            names: names.filter { $0 != victim },
            columns: zip(names, data.matrix.columns).filter { $0.0 != victim }.map(\.1),
            rowCount: 2000)
        learner.signs = [:]
        let reference = try learner.train(without, name: "m")
        for row in stride(from: 0, to: 2000, by: 31) {
            #expect(abs(units(model, data.matrix, row) - units(reference, without.matrix, row)) < 8)
        }
    }

    @Test func signsThatDoNotBindLeaveTheRidgeAsItIsWhereRowsAreHeldOut() throws {
        let data = world(rows: 2000)
        var learner = LogisticRegressionLearner()
        learner.l2 = 400
        let free = try learner.trainWithReport(data, name: "m")
        for row in try #require(free.report.coefficients).rows.dropFirst()
        where data.matrix.names.contains(row.name) {
            learner.signs[row.name] = row.estimate > 0 ? .positive : .negative
        }
        let (model, report) = try learner.trainWithReport(data, name: "m")
        #expect(report.heldOutRows > 300)
        #expect(report.path?.chosen == 400.0 / 2000)
        #expect(model.features == free.model.features)
        for (a, b) in zip(model.linearTerms, free.model.linearTerms) {
            #expect(abs(a.coefficient - b.coefficient) < 2e-6)
        }
    }

    // MARK: The same bits

    @Test(arguments: [LogisticPenalty.l1, .elasticnet, .l2])
    func threadsAndTheOrderOfRowsDoNotMatter(penalty: LogisticPenalty) throws {
        var generator = Generator(9)
        var data = world(rows: 3000)
        data.weights = data.labels.map { _ in Double.random(in: 0.1...3, using: &generator) }
        data.times = data.labels.indices.map { Int64($0) }
        for (kind, calibration) in [
            (LambdaFoldKind.stratified, CalibrationChoice.platt), (.time, .beta),
        ] {
            var learner = LogisticRegressionLearner()
            learner.penalty = penalty
            learner.choosesLambda = true
            learner.calibration = calibration
            learner.path.foldKind = kind
            learner.path.folds = 4
            learner.path.count = 20
            learner.threads = 1
            let expected = try learner.trainWithReport(data, name: "m")
            for threads in [2, 3, 7] {
                learner.threads = threads
                let other = try learner.trainWithReport(data, name: "m")
                #expect(other.model == expected.model)
                #expect(other.report == expected.report)
            }
            let order = data.labels.indices.shuffled(using: &generator)
            let shuffled = try learner.trainWithReport(data.selecting(order), name: "m")
            #expect(shuffled.model == expected.model)
            #expect(shuffled.report.calibration == expected.report.calibration)
            #expect(shuffled.report.path == expected.report.path)
            #expect(shuffled.report.coefficients == expected.report.coefficients)
        }
    }

    @Test func weightTwoIsTheRowTwiceAndZeroIsNone() throws {
        var generator = Generator(5)
        let data = world(rows: 800)
        var weighted = data
        let times = data.labels.map { _ in Int.random(in: 0...2, using: &generator) }
        weighted.weights = times.map { Double($0) }
        let repeated = data.selecting(
            data.labels.indices.flatMap { Array(repeating: $0, count: times[$0]) })
        var learner = learner()
        learner.lambda = 0.003
        let (a, b) = try (learner.train(weighted, name: "m"), learner.train(repeated, name: "m"))
        #expect(a.features.map(\.name) == b.features.map(\.name))
        for (x, y) in zip(a.linearTerms, b.linearTerms) {
            #expect(abs(x.coefficient - y.coefficient) < 2e-6)
        }
    }

    @Test(arguments: [0, 1, 3, 4, 5, 9], [1, 7, 8, 250])
    func kernelsAreTheirPlainSums(columns: Int, rows: Int) {
        var generator = Generator(UInt64(columns * 1000 + rows))
        let tile = Int(RK_TILE)
        let tiles = (rows + tile - 1) / tile
        var block = [Float](repeating: 0, count: tiles * tile * columns)
        func place(_ row: Int, _ column: Int) -> Int {
            (row / tile * columns + column) * tile + row % tile
        }
        for column in 0..<columns {
            for row in 0..<rows { block[place(row, column)] = Float(generator.normal()) }
        }
        // Every third column is not read.
        let theta = (0...columns).map { $0 % 3 == 2 ? 0 : generator.normal() }
        let residuals = (0..<rows).map { _ in generator.normal() }
        var margins = [Double](repeating: 9, count: tiles * tile)
        var sums = [Double](repeating: 0.125, count: 8 * (columns + 1))
        rk_margins_f32(block, rows, columns, theta, &margins)
        rk_add_gradient_f32(block, rows, columns, residuals, &sums)
        let gradient = (0...columns).map { sums[8 * $0..<8 * $0 + 8].reduce(0, +) }
        for row in 0..<rows {
            let sum = (0..<columns).reduce(theta[0]) {
                $0 + theta[$1 + 1] * Double(block[place(row, $1)])
            }
            #expect(abs(margins[row] - sum) < 1e-12)
        }
        #expect(abs(gradient[0] - 1 - residuals.reduce(0, +)) < 1e-11)
        for column in 0..<columns {
            let sum = (0..<rows).reduce(1.0) {
                $0 + residuals[$1] * Double(block[place($1, column)])
            }
            #expect(abs(gradient[column + 1] - sum) < 1e-11)
        }
        // Sums of whole numbers: half a step a row from the plain ones.
        let step = ExactSums.Step(exponent: -40)
        let magics = [Double](repeating: step.magic, count: columns + 1)
        var whole = [Int64](repeating: 0, count: 8 * (columns + 1))
        rk_add_gradient_i64(block, rows, columns, residuals, magics, &whole)
        for column in 0...columns {
            let sum = step.value(whole[8 * column..<8 * column + 8].reduce(0, +))
            let plain = gradient[column] - 1
            #expect(abs(sum - plain) <= Double(rows) * step.value(1) / 2 + 1e-11)
        }
        // Rows times their factors, of some columns.
        let factors = residuals.map { Float($0) }
        let chosen = (0..<columns).filter { $0 % 2 == 0 }.map { Int32($0) }
        var all = [Float](repeating: 7, count: rows * max(1, chosen.count))
        rk_scale_rows_f32(block, columns, chosen, chosen.count, factors, rows, &all, rows)
        // Some of the rows, as whole numbers, of all columns.
        let selected = (0..<rows).filter { $0 % 3 != 1 }.map { UInt32($0) }
        let scales = (0...columns).map { Double(1 << ($0 % 4 + 10)) }
        var numbers = [Double](repeating: 7, count: rows * (columns + 1))
        let own = selected.map { residuals[Int($0)] }
        rk_whole_rows_f64(block, columns, selected, own, selected.count, scales, &numbers, rows)
        for (i, row) in selected.enumerated() {
            #expect(numbers[i] == (own[i] * scales[0]).rounded(.toNearestOrEven))
            for column in 0..<columns {
                let value = Double(block[place(Int(row), column)]) * own[i] * scales[column + 1]
                #expect(numbers[(column + 1) * rows + i] == value.rounded(.toNearestOrEven))
            }
        }
        var wide = [Double](repeating: 7, count: rows * max(1, columns))
        rk_widen_f32(block, rows, columns, &wide)
        for (index, column) in chosen.enumerated() {
            for row in 0..<rows {
                let value = block[place(row, Int(column))]
                #expect(all[index * rows + row] == value * factors[row])
                #expect(wide[Int(column) * rows + row] == Double(value))
            }
        }
    }

    // MARK: Refusals

    @Test func foldsNeedBothClassesAndTimes() throws {
        var data = world(rows: 100)
        data.labels = data.labels.indices.map { $0 == 50 }
        #expect(throws: TrainingError.self) { try self.learner().train(data, name: "m") }
        data.labels = data.labels.indices.map { $0 > 50 }
        var learner = learner()
        learner.path.foldKind = .time
        #expect(
            throws: TrainingError.cannotFold("folds by time need the time of each row")
        ) { try learner.train(data, name: "m") }
        data.times = data.labels.indices.map { Int64($0) }
        let error = #expect(throws: TrainingError.self) { try learner.train(data, name: "m") }
        #expect("\(try #require(error))".contains("period 1 of 11 has no event"))
    }

    @Test func aSignOfAnUnknownFeatureAndABadOffsetAreRefused() throws {
        let data = world(rows: 200)
        var learner = learner()
        learner.signs = ["nobody": .positive]
        #expect(throws: TrainingError.badSetting("signs: there is no feature called \"nobody\"")) {
            try learner.train(data, name: "m")
        }
        learner.signs = [:]
        learner.offset = "feature3"
        let missing = data.matrix.columns[3].count { $0.isNaN }
        #expect(throws: TrainingError.badOffset(feature: "feature3", rows: missing)) {
            try learner.train(data, name: "m")
        }
    }

    @Test func stoppingKeepsThePathSoFar() throws {
        let (model, report) = try learner().trainWithReport(world(rows: 500), name: "m") {
            $0.round < 7
        }
        #expect(report.path?.points.count == 7)
        #expect(report.end == "stopped from outside")
        #expect(model.validate() == [])
    }

    @Test func separatedClassesEndThePathBeforeItExplodes() throws {
        let column = (0..<100).map { Double($0) }
        let data = TrainingData(
            matrix: matrix([column], names: ["amount"]), labels: column.map { $0 >= 60 })
        let (model, report) = try learner().trainWithReport(data, name: "m")
        #expect(report.warnings.contains { $0.contains("\"amount\" alone separates the classes") })
        #expect(model.linearTerms.allSatisfy { $0.coefficient.isFinite })
    }
}
