import ArgumentParser
import RiskModel
import RiskTraining

/// What the command line says to a learner, above the settings file.
struct LearnerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A feature of which a higher value is never less risky (+1) or never riskier (-1); may be given several times. Stumps and scorecards.",
            valueName: "feature=+1"))
    var monotone: [MonotoneArgument] = []

    @Option(help: "The most features in the model. Stumps.")
    var maxFeatures: Int?

    @Option(help: "A model to go on from: its tables are part of the new one. Stumps.")
    var initModel: String?

    func validate() throws {
        if let maxFeatures, !(1...65_536).contains(maxFeatures) {
            throw ValidationError("--max-features must be from 1 to 65536.")
        }
        var seen: Set<String> = []
        if let twice = monotone.first(where: { !seen.insert($0.feature).inserted }) {
            throw ValidationError("--monotone \(twice.feature) is given twice.")
        }
    }

    /// Refuses what a learner does not know.
    func check(for learner: LearnerChoice) throws {
        if learner == .logistic, !monotone.isEmpty {
            throw CommandFailure(.usage, "--monotone is for stumps and scorecards")
        }
        if learner != .stumps, initModel != nil {
            throw CommandFailure(.usage, "--init-model is for stumps")
        }
        if learner != .stumps, maxFeatures != nil {
            throw CommandFailure(.usage, "--max-features is for stumps")
        }
    }

    func apply(to learner: inout StumpBoostingLearner) {
        for argument in monotone { learner.monotone[argument.feature] = argument.direction }
        if let maxFeatures { learner.maximumFeatures = maxFeatures }
    }

    func apply(to learner: inout ScorecardLearner) {
        for argument in monotone {
            learner.rules[argument.feature, default: learner.rule].shape =
                argument.direction == .ascending ? .ascending : .descending
        }
    }
}

/// `spend=+1`: a feature and which way its table runs.
struct MonotoneArgument: ExpressibleByArgument {
    let feature: String
    let direction: Monotonicity

    init?(argument: String) {
        guard let sign = argument.lastIndex(of: "="), sign > argument.startIndex,
            let value = Int(argument[argument.index(after: sign)...]),
            let direction = Monotonicity(rawValue: value)
        else { return nil }
        feature = String(argument[..<sign])
        self.direction = direction
    }
}
