import ArgumentParser
import RiskJSON
import RiskModel
import RiskTraining

/// What `risk train` can fit.
enum LearnerChoice: String, ExpressibleByArgument, CaseIterable {
    case stumps, logistic, scorecard

    /// A learner with its settings, ready to learn.
    typealias Fit = (TrainingData, String, @escaping TrainingCallback) throws -> (
        model: AdditiveModel, report: TrainingReport
    )

    /// The learner with the settings of a file, and the threads of the command line above them.
    func configured(
        by settings: String?, threads: Int?, _ options: LearnerOptions? = nil,
        logistic: LogisticOptions? = nil, foldsBy: FoldKind? = nil
    ) throws -> Fit {
        try options?.check(for: self)
        if self != .logistic, let option = logistic?.given {
            throw ValidationError("\(option) belongs to --learner logistic.")
        }
        switch self {
        case .stumps:
            var learner =
                try settings.map { try SpecFile.read($0, StumpBoostingLearner.init(reading:_:)) }
                ?? StumpBoostingLearner()
            if let threads { learner.threads = threads }
            options?.apply(to: &learner)
            let earlier = try options?.initModel.map { try ModelFile.load($0) }
            return { [learner] in
                try learner.trainWithReport($0, name: $1, from: earlier, progress: $2)
            }
        case .logistic:
            var learner =
                try settings.map {
                    try SpecFile.read($0, LogisticRegressionLearner.init(reading:_:))
                }
                ?? LogisticRegressionLearner()
            try logistic?.apply(to: &learner, foldsBy: foldsBy)
            if let threads { learner.threads = threads }
            return { [learner] in try learner.trainWithReport($0, name: $1, progress: $2) }
        case .scorecard:
            var learner =
                try settings.map { try SpecFile.read($0, ScorecardLearner.init(reading:_:)) }
                ?? ScorecardLearner()
            if let threads { learner.threads = threads }
            options?.apply(to: &learner)
            return { [learner] in try learner.trainWithReport($0, name: $1, progress: $2) }
        }
    }
}
