import CRiskKernels
import Foundation
import RiskJSON
import RiskModel
import Testing

@testable import RiskTraining

/// Monotone tables, sparse models, and going on from an earlier model.
@Suite struct ConstraintTests {
    private var learner: StumpBoostingLearner {
        var learner = StumpBoostingLearner()
        learner.boostingRounds = 120
        learner.bins = 32
        learner.bags = 1
        learner.threads = 1
        return learner
    }

    // MARK: Monotone constraints

    /// Effects that go up and down, noise, missing values: whatever is asked for must hold.
    @Test(arguments: 0..<12)
    func tablesRunAsAsked(seed: Int) throws {
        var generator = Generator(UInt64(seed))
        let data = world(rows: 1500, seed: UInt64(seed), features: 6)
        var learner = learner
        learner.bags = seed % 3 == 0 ? 3 : 1
        learner.smoothing = seed % 2 == 0 ? 5 : 0
        learner.learningRate = [0.1, 0.7, 1][seed % 3]
        learner.roundsPerLook = seed % 4 == 0 ? 1 : 50
        learner.minimumLeafCount = 5
        for name in data.matrix.names where generator.uniform() < 0.7 {
            learner.monotone[name] = generator.uniform() < 0.5 ? .ascending : .descending
        }
        let model = try learner.train(data, name: "m")
        var constrained = 0
        for table in model.tables {
            switch learner.monotone[model.features[table.feature].name] {
            case nil: continue
            case .ascending: #expect(zip(table.units, table.units.dropFirst()).allSatisfy(<=))
            case .descending: #expect(zip(table.units, table.units.dropFirst()).allSatisfy(>=))
            }
            if table.units.count > 1 { constrained += 1 }
        }
        #expect(constrained > 0)
        // Without the constraints some table runs another way, or nothing would be shown here.
        var free = learner
        free.monotone = [:]
        let freely = try free.train(data, name: "m")
        #expect(
            freely.tables.contains { table in
                guard let way = learner.monotone[freely.features[table.feature].name] else {
                    return false
                }
                return !way.admits(table.units)
            })
    }

    @Test func theBestMonotoneCutIsTheBestOfThoseAllowed() {
        var generator = Generator(3)
        var refused = 0
        for round in 0..<300 {
            let bins = 2 + Int(generator.next() % 12)
            let gradients = (0...bins).map { _ in Double(Int(generator.next() % 9)) - 4 }
            let hessians = (0...bins).map { _ in Double(1 + generator.next() % 4) }
            let (l2, least) = (Double(round % 3), Double(round % 5))
            let search = StumpSearch(
                learningRate: 0.1, l2: l2, minimumHessian: least, minimumCount: 0,
                features: [
                    .init(
                        column: 0, cutPoints: (1..<bins).map { Double($0) },
                        hasMissing: round % 2 == 0)
                ], counts: [Int64](repeating: 1, count: bins + 1), length: bins + 1, unit: 1)
            let direction: Monotonicity = round % 4 < 2 ? .ascending : .descending
            // All cuts by their definition.
            var expected: (gain: Double, bin: Int, isMissingLeft: Bool)?
            var most = -1.0
            for bin in 0..<bins {
                for isMissingLeft in round % 2 == 0 && bin < bins - 1 ? [false, true] : [false] {
                    func sum(_ values: [Double], left: Bool) -> Double {
                        values.enumerated().reduce(0) { sum, entry in
                            let isLeft = entry.offset == bins ? isMissingLeft : entry.offset <= bin
                            return isLeft == left ? sum + entry.element : sum
                        }
                    }
                    let (a, b) = (sum(gradients, left: true), sum(gradients, left: false))
                    let (c, d) = (sum(hessians, left: true), sum(hessians, left: false))
                    guard min(c, d) >= least else { continue }
                    let gain = a * a / (c + l2) + b * b / (d + l2)
                    most = max(most, gain)
                    let (left, right) = (-a / (c + l2), -b / (d + l2))
                    let isOrdered = direction == .ascending ? left <= right : left >= right
                    guard bin == bins - 1 || isOrdered else { continue }
                    if gain > expected?.gain ?? -1 { expected = (gain, bin, isMissingLeft) }
                }
            }
            var best = rk_cut()
            best.gain = -1
            let found = search.bestMonotoneCut(
                gradients, hessians, search.cuts[0], direction, &best)
            #expect(found == (expected != nil))
            guard let expected, found else { continue }
            #expect(best.gain == expected.gain && Int(best.last_left) == expected.bin)
            #expect((best.missing_left != 0) == expected.isMissingLeft)
            if expected.gain < most { refused += 1 }
        }
        #expect(refused > 50)
    }

    @Test func aConstraintThatTheDataObeyCostsNothing() throws {
        var data = world(rows: 4000, features: 2)
        data.labels = data.matrix.columns[0].enumerated().map { row, value in
            var generator = Generator(UInt64(row))
            return generator.uniform() < 1 / (1 + exp(1 - 2 * value))
        }
        let free = try learner.trainWithReport(data, name: "m").report
        var constrained = learner
        constrained.monotone["feature0"] = .ascending
        let report = try constrained.trainWithReport(data, name: "m").report
        let losses = [free, report].map { $0.losses.compactMap(\.heldOutLoss).min() ?? .nan }
        #expect(losses[1] < losses[0] + 0.005)
    }

    // MARK: Sparsity

    @Test(arguments: [1, 3])
    func featuresAreNoMoreThanAskedFor(bags: Int) throws {
        let data = world(rows: 3000, features: 10)
        var learner = learner
        learner.bags = bags
        #expect(try learner.train(data, name: "m").features.count > 6)
        learner.maximumFeatures = 4
        let model = try learner.train(data, name: "m")
        #expect(model.features.count == 4)
    }

    @Test func aFeatureHasNoMoreRoundsThanAskedFor() throws {
        let data = world(rows: 3000)
        var learner = learner
        learner.featureRounds = 1
        let (model, report) = try learner.trainWithReport(data, name: "m")
        #expect(report.rounds <= 5 && report.rounds > 2)
        #expect(model.tables.allSatisfy { $0.units.count <= 2 })
    }

    // MARK: Warm start

    @Test func goingOnAddsTablesToTheEarlierModel() throws {
        let data = world(rows: 3000)
        var first = learner
        first.boostingRounds = 30
        var earlier = try first.train(data, name: "first")
        earlier.scaling = PointsScaling(basePoints: 600)
        earlier.features[0].reason = ReasonTexts(investigator: ["en": "high"])
        let (model, report) = try learner.trainWithReport(data, name: "m", from: earlier)
        #expect(model.validate().isEmpty && model.scaling == earlier.scaling)
        let same = try #require(model.features.first { $0.name == earlier.features[0].name })
        #expect(same.reason == earlier.features[0].reason)
        func loss(_ model: AdditiveModel) -> Double {
            (0..<3000).reduce(0) { sum, row in
                let z = LogOdds.value(
                    model.units(
                        values: model.features.map { feature in
                            data.matrix.columns[data.matrix.names.firstIndex(of: feature.name)!][
                                row]
                        }))
                return sum + log(1 + exp(data.labels[row] ? -z : z))
            } / 3000
        }
        #expect(loss(model) < loss(earlier) - 0.01)
        // The training loss begins where the earlier model ends, and ends where the model says.
        let stages = report.losses.filter { $0.stage == .allRows }
        #expect(try #require(stages.first).trainingLoss < loss(earlier) + 1e-6)
        #expect(abs(try #require(stages.last).trainingLoss - loss(model)) < 1e-5)
    }

    @Test func withoutARoundTheModelIsTheEarlierOne() throws {
        let data = world(rows: 2000)
        var first = learner
        first.holdOut = 0
        let earlier = try first.train(data, name: "m")
        var blocked = first
        blocked.boostingRounds = 1
        blocked.minimumLeafCount = 2000
        let model = try blocked.train(data, name: "m", from: earlier)
        #expect(model.intercept == earlier.intercept && model.tables == earlier.tables)
    }

    @Test func anEarlierModelThatHasAllFeaturesAllowedGetsNoOther() throws {
        var data = world(rows: 2000)
        var learner = learner
        learner.holdOut = 0
        learner.maximumFeatures = 2
        let earlier = try learner.train(data, name: "m")
        #expect(earlier.features.count == 2)
        // Its features do not vary any more.
        let names = data.matrix.names
        let used = earlier.features.map(\.name)
        data.matrix = matrix(
            zip(names, data.matrix.columns).map { name, column in
                used.contains(name) ? column.map { _ in 0.25 } : column
            }, names: names)
        let model = try learner.train(data, name: "m", from: earlier)
        #expect(model.features.map(\.name) == used)
        learner.maximumFeatures = 3
        #expect(try learner.train(data, name: "m", from: earlier).features.count == 3)
    }

    @Test func roundsInTwoGoesAreThoseInOne() throws {
        // A look every round, and steps that are whole units: nothing is lost between.
        let data = world(rows: 2000)
        var learner = learner
        learner.roundsPerLook = 1
        learner.holdOut = 0
        learner.boostingRounds = 40
        let whole = try learner.train(data, name: "m")
        learner.boostingRounds = 20
        let half = try learner.train(data, name: "m")
        let both = try learner.train(data, name: "m", from: half)
        for row in 0..<200 {
            func score(_ model: AdditiveModel) -> Double {
                LogOdds.value(
                    model.units(
                        values: model.features.map { feature in
                            data.matrix.columns[data.matrix.names.firstIndex(of: feature.name)!][
                                row]
                        }))
            }
            #expect(abs(score(both) - score(whole)) < 0.01)
        }
    }

    @Test func tablesAddUpForEveryValue() {
        let a = ScoreTable(
            feature: 0, cutPoints: [1, 3], units: [5, -2, 7], missingUnits: 1, typicalUnits: 0)
        let b = ScoreTable(
            feature: 0, cutPoints: [1, 2, 9], units: [1, 2, -3, 4], missingUnits: -4,
            typicalUnits: 1)
        let sum = WarmStart.sum(a, b)
        for value in [-.infinity, 0, 1, 1.5, 2, 2.5, 3, 5, 9, 10, .infinity, .nan] {
            #expect(sum.units(of: value) == a.units(of: value) + b.units(of: value))
        }
    }

    @Test func refusalsSayWhy() throws {
        let data = world(rows: 1500)
        let earlier = try learner.train(data, name: "m")
        func message(
            _ model: AdditiveModel? = nil, _ change: (inout StumpBoostingLearner) -> Void = { _ in }
        ) -> String {
            var learner = learner
            change(&learner)
            do {
                _ = try learner.train(data, name: "m", from: model)
                return "learned"
            } catch { return "\(error)" }
        }
        #expect(message { $0.monotone["featur0"] = .ascending }.contains("did you mean"))
        #expect(message(earlier) { $0.maximumFeatures = 1 }.contains("features already"))
        var foreign = earlier
        foreign.features[0].name = "gone"
        #expect(message(foreign).contains("\"gone\", which the data does not have"))
        let linear = AdditiveModel(
            name: "l", features: [Feature(name: "feature0")], intercept: 0,
            linearTerms: [
                LinearTerm(feature: 0, coefficient: 1, missingUnits: 0, typicalUnits: 0)
            ])
        #expect(message(linear).contains("tables only"))
        let bent = AdditiveModel(
            name: "b", features: [Feature(name: "feature0")], intercept: 0,
            tables: [
                ScoreTable(
                    feature: 0, cutPoints: [0, 1], units: [0, 5, 0], missingUnits: 0,
                    typicalUnits: 0)
            ])
        #expect(message(bent) { $0.monotone["feature0"] = .ascending }.contains("not monotone"))
    }

    @Test func constraintsAreReadBackAsWritten() {
        var learner = learner
        learner.monotone = ["a": .ascending, "b": .descending]
        learner.maximumFeatures = 7
        learner.featureRounds = 9
        let reader = DocumentReader()
        var again = StumpBoostingLearner(reading: .init(root: learner.settings), reader)
        again.threads = 1
        #expect(reader.mistakes.isEmpty && again == learner)
        #expect(StumpBoostingLearner().settings["monotone"] == nil)
    }
}
