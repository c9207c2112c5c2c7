import Dispatch
import RiskModel
import Synchronization

/// A training under way: its progress as an asynchronous sequence, and what comes out.
///
/// ```swift
/// let training = learner.start(data, name: "card-misuse")
/// for await progress in training.progress {
///     print(progress.round, progress.trainingLoss)
/// }
/// let (model, report) = try await training.value
/// ```
///
/// Training runs on a thread of its own and starts at once. It stops early where `stop()` is called, or where the
/// task that awaits `value` or goes over `progress` is cancelled; then the best model so far comes out and
/// no error is thrown: `report.end` says so. Nobody needs to look at the progress.
public struct TrainingTask: Sendable {
    /// A model, and how it came about.
    public typealias Outcome = (model: AdditiveModel, report: TrainingReport)

    /// How far training has come, some fifty times a run. Of what nobody fetched in time the latest 64 are kept.
    /// It can be gone over once.
    public let progress: AsyncStream<TrainingProgress>
    private let task: Task<Result<Outcome, TrainingError>, Never>
    private let isStopped = StopMark()

    /// Starts a training.
    /// - Parameter train: calls back now and then, and stops where the answer is false.
    public init(
        _ train: @escaping @Sendable (TrainingCallback?) throws(TrainingError) -> Outcome
    ) {
        let (progress, news) = AsyncStream.makeStream(
            of: TrainingProgress.self, bufferingPolicy: .bufferingNewest(64))
        self.progress = progress
        let isStopped = isStopped
        news.onTermination = { if case .cancelled = $0 { isStopped.set() } }
        task = Task.detached {
            await withCheckedContinuation { done in
                // Not on the threads that tasks share: this one is taken for as long as training lasts.
                DispatchQueue.global().async {
                    let outcome = Result { () throws(TrainingError) in
                        try train { now in
                            news.yield(now)
                            return !isStopped.isSet
                        }
                    }
                    news.finish()
                    done.resume(returning: outcome)
                }
            }
        }
    }

    /// What comes out, as soon as training ends; cancelling the task that waits for it stops the training.
    /// - Throws: what the learner throws.
    public var value: Outcome {
        get async throws(TrainingError) {
            let outcome = await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                isStopped.set()
            }
            return try outcome.get()
        }
    }

    /// Asks the training to stop at its next report.
    public func stop() { isStopped.set() }
}

/// Whether somebody asked to stop.
private final class StopMark: Sendable {
    private let mark = Atomic<Bool>(false)
    var isSet: Bool { mark.load(ordering: .relaxed) }
    func set() { mark.store(true, ordering: .relaxed) }
}

extension StumpBoostingLearner {
    /// Starts training and returns at once (`trainWithReport`).
    public func start(
        _ data: TrainingData, name: String, from initialModel: AdditiveModel? = nil
    ) -> TrainingTask {
        TrainingTask { progress throws(TrainingError) in
            try trainWithReport(data, name: name, from: initialModel, progress: progress)
        }
    }

    /// Starts training from partitions and returns at once (`trainWithReport`).
    public func start(
        partitions: [any TrainingPartition], name: String,
        from initialModel: AdditiveModel? = nil, populationRate: Double? = nil
    ) -> TrainingTask {
        TrainingTask { progress throws(TrainingError) in
            try trainWithReport(
                partitions: partitions, name: name, from: initialModel,
                populationRate: populationRate, progress: progress)
        }
    }
}

extension LogisticRegressionLearner {
    /// Starts training and returns at once (`trainWithReport`).
    public func start(_ data: TrainingData, name: String) -> TrainingTask {
        TrainingTask { progress throws(TrainingError) in
            try trainWithReport(data, name: name, progress: progress)
        }
    }
}

extension ScorecardLearner {
    /// Starts training and returns at once (`trainWithReport`).
    public func start(_ data: TrainingData, name: String) -> TrainingTask {
        TrainingTask { progress throws(TrainingError) in
            try trainWithReport(data, name: name, progress: progress)
        }
    }
}
