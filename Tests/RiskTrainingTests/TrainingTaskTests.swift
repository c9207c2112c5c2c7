import Foundation
import RiskModel
import Testing

@testable import RiskTraining

/// Training as a task: progress as a sequence, and a cancelled task gets the best model so far.
@Suite("A training under way")
struct TrainingTaskTests {
    private var learner: StumpBoostingLearner {
        var learner = StumpBoostingLearner()
        learner.boostingRounds = 60
        learner.bins = 16
        learner.bags = 1
        learner.threads = 1
        return learner
    }

    /// More rounds than anybody waits for.
    private var endless: StumpBoostingLearner {
        var endless = learner
        endless.boostingRounds = 100_000
        endless.learningRate = 1e-4
        endless.holdOut = 0
        return endless
    }

    @Test("Reports arrive in their order, and the model is the one that is trained without a task")
    func sameModel() async throws {
        let data = world(rows: 800)
        let training = learner.start(data, name: "m")
        var seen: [TrainingProgress] = []
        for await progress in training.progress { seen.append(progress) }
        let (model, report) = try await training.value
        let plain = try learner.trainWithReport(data, name: "m")
        #expect(model == plain.model && report == plain.report)
        // Whoever is slow misses some, and never the last.
        #expect(seen.last == report.losses.last)
        var left = report.losses[...]
        for progress in seen {
            let place = try #require(left.firstIndex(of: progress))
            left = left[(place + 1)...]
        }
        let partitions = try [LocalPartition(data)]
        #expect(
            try await learner.start(partitions: partitions, name: "m").value.model == model)
    }

    @Test("The other learners are started likewise, and errors come with the value")
    func others() async throws {
        var data = world(rows: 800)
        var logistic = LogisticRegressionLearner()
        logistic.threads = 1
        var scorecard = ScorecardLearner()
        scorecard.threads = 1
        #expect(
            try await logistic.start(data, name: "m").value.model
                == logistic.train(data, name: "m"))
        #expect(
            try await scorecard.start(data, name: "m").value.model
                == scorecard.train(data, name: "m"))
        data.labels = data.labels.map { _ in true }
        let training = learner.start(data, name: "m")
        for await _ in training.progress { Issue.record("there is nothing to report") }
        await #expect(throws: TrainingError.oneClass(label: true, rows: 800)) {
            try await training.value
        }
    }

    @Test("Who stops while all rows are learned gets the whole model of the earlier ones")
    func stoppedLate() throws {
        let data = world(rows: 800)
        var earlier = learner
        earlier.bags = 3
        for bags in [1, 3] {
            earlier.bags = bags
            var stages: [TrainingProgress.Stage] = []
            let stopped = try earlier.trainWithReport(data, name: "m") { now in
                stages.append(now.stage)
                return now.stage == .holdingOut
            }
            #expect(stages.last == .allRows && stages.first == .holdingOut)
            #expect(stopped.report.end == "stopped from outside")
            // Not a fiftieth of the rounds under a calibration of other scores.
            #expect(stopped.report.rounds > 10 && stopped.report.bags == bags)
            let whole = try earlier.trainWithReport(data, name: "m")
            #expect(stopped.report.calibration == whole.report.calibration)
            #expect(stopped.model.calibration == whole.model.calibration)
        }
        // Rows enough, and a calibration that is never the identity.
        let many = world(rows: 3000)
        var logistic = LogisticRegressionLearner()
        logistic.calibration = .platt
        logistic.threads = 1
        var scorecard = ScorecardLearner()
        scorecard.calibration = .platt
        scorecard.threads = 1
        typealias Training = (TrainingCallback?) throws -> (AdditiveModel, TrainingReport)
        let trainings: [Training] = [
            { try logistic.trainWithReport(many, name: "m", progress: $0) },
            { try scorecard.trainWithReport(many, name: "m", progress: $0) },
        ]
        for training in trainings {
            var last: TrainingProgress?
            let stopped = try training { now in
                if now.stage == .holdingOut { last = now }
                return now.stage == .holdingOut
            }
            #expect(stopped.1.end == NewtonMethod.End.stopped.rawValue)
            let rounds = try #require(last).round
            #expect(stopped.1.rounds == rounds && rounds > 1)
            let whole = try training(nil)
            #expect(stopped.0.calibration == whole.0.calibration)
            #expect(stopped.1.calibration == whole.1.calibration)
            #expect(stopped.1.calibration?.chosen == .platt)
            // The coefficients are those of the earlier rows.
            #expect(stopped.0 != whole.0)
        }
    }

    @Test("A large fit without a penalty can be stopped, too")
    func stoppedWithoutPenalty() throws {
        var logistic = LogisticRegressionLearner()
        logistic.l2 = 0
        logistic.holdOut = 0
        logistic.threads = 2
        // Beyond 2^26 products the way leads over single precision.
        let data = world(rows: 20_000, features: 58)
        let (model, report) = try logistic.trainWithReport(data, name: "m") { _ in false }
        #expect(report.end == NewtonMethod.End.stopped.rawValue)
        #expect(model.validate().isEmpty)
    }

    @Test("A cancelled task gets the best model so far: waiting for the value, or for progress")
    func cancelled() async throws {
        let data = world(rows: 300)
        // The tasks are cancelled before they begin, so that nothing depends on when they run.
        let endless = endless
        let waiting = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await endless.start(data, name: "m").value
        }
        let (model, report) = try await waiting.value
        #expect(report.end == "stopped from outside" && report.rounds < 100_000)
        #expect(model.validate().isEmpty)

        let watching = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            let training = endless.start(data, name: "m")
            for await _ in training.progress {}
            return training
        }
        #expect(try await watching.value.value.report.end == "stopped from outside")

        let third = endless.start(data, name: "m")
        third.stop()
        #expect(try await third.value.report.end == "stopped from outside")
    }

    /// The lines between the two marks stand in docs/training.md, and this is where they are compiled.
    @Test("The example of the documentation is this one, and it runs")
    func documented() async throws {
        let (data, learner) = (world(rows: 400), learner)
        // docs
        let training = learner.start(data, name: "card-misuse")
        for await progress in training.progress {
            print(progress.stage.rawValue, progress.round, progress.trainingLoss)
            if progress.round > 1000 { training.stop() }
        }
        let (model, report) = try await training.value
        print(model.tables.count, report.end)
        // end
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let lines = source.components(separatedBy: "        // docs\n")[1]
            .components(separatedBy: "        // end\n")[0]
            .split(separator: "\n").map { String($0.dropFirst(8)) }.joined(separator: "\n")
        let page = try String(
            contentsOf: root.appending(path: "docs/training.md"), encoding: .utf8)
        #expect(page.contains("```swift\n\(lines)\n```"))
    }
}
