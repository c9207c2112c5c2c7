import ArgumentParser
import RiskTraining

extension LogisticPenalty: ExpressibleByArgument {}
extension LambdaSelection: ExpressibleByArgument {}

/// A feature and the sign of its coefficient, as `FEATURE=+` or `FEATURE=-`.
struct SignArgument: ExpressibleByArgument {
    let feature: String
    let sign: CoefficientSign

    init?(argument: String) {
        guard let place = argument.lastIndex(of: "="), place != argument.startIndex else {
            return nil
        }
        feature = String(argument[..<place])
        switch argument[argument.index(after: place)...] {
        case "+", "positive": sign = .positive
        case "-", "negative": sign = .negative
        default: return nil
        }
    }
}

/// What a logistic regression is asked for on the command line; it goes above a file of settings.
struct LogisticOptions: ParsableArguments {
    @Option(
        help: "Its penalty; firth is Firth's, for rare events and separated classes. (default: l2)")
    var penalty: LogisticPenalty?

    @Option(
        help: "The share of l1 in --penalty elasticnet, from 0 to 1: glmnet's alpha. (default: 0.5)"
    )
    var l1Ratio: Double?

    @Option(
        help: """
            The penalty's strength on glmnet's scale. Without it, l1 and elasticnet choose one by folds.
            """)
    var lambda: Double?

    @Flag(
        help: "Walk the whole path of penalties, for the report; without --lambda, l2 chooses too.")
    var path = false

    @Option(
        help: """
            Which lambda is taken: that of the least loss on the folds, or the largest within one \
            standard error of it. (default: min)
            """)
    var select: LambdaSelection?

    @Option(help: "How many folds choose lambda, from 2 to 50. (default: 10)")
    var lambdaFolds: Int?

    @Option(
        help: ArgumentHelp(
            "A coefficient that must not be negative (+) or positive (-); may be given several times.",
            valueName: "feature=+|-"))
    var sign: [SignArgument] = []

    @Option(help: "A column of log-odds known already: its coefficient is 1.")
    var offset: String?

    @Option(help: "The confidence of the coefficients' intervals. (default: 0.95)")
    var confidence: Double?

    func validate() throws {
        func check(_ option: String, _ value: Double?, _ range: ClosedRange<Double>) throws {
            if let value, !range.contains(value) {
                throw ValidationError(
                    "\(option) must be from \(Text.exact(range.lowerBound)) to "
                        + "\(Text.exact(range.upperBound)).")
            }
        }
        try check("--l1-ratio", l1Ratio, 0...1)
        try check("--lambda", lambda, 0...1e12)
        try check("--lambda-folds", lambdaFolds.map(Double.init), 2...50)
        try check("--confidence", confidence, 0.5...0.9999)
        if let penalty, [LogisticPenalty.none, .firth].contains(penalty) {
            for (option, isGiven) in [("--lambda", lambda != nil), ("--path", path)] where isGiven {
                throw ValidationError(
                    "\(option) sets a penalty's strength, and \(penalty.rawValue) has none.")
            }
        }
        if penalty == .firth, !sign.isEmpty {
            throw ValidationError("--sign does not go with --penalty firth.")
        }
        var signs: [String: CoefficientSign] = [:]
        for sign in sign {
            if let other = signs.updateValue(sign.sign, forKey: sign.feature), other != sign.sign {
                throw ValidationError("--sign: \(sign.feature) cannot be both + and -.")
            }
            if sign.feature == offset {
                throw ValidationError("--sign: the offset's coefficient is 1.")
            }
        }
    }

    /// The first option given, in words; nil where there is none.
    var given: String? {
        let options: [(String, Bool)] = [
            ("--penalty", penalty != nil), ("--l1-ratio", l1Ratio != nil),
            ("--lambda", lambda != nil), ("--path", path), ("--select", select != nil),
            ("--lambda-folds", lambdaFolds != nil),
            ("--sign", !sign.isEmpty), ("--offset", offset != nil),
            ("--confidence", confidence != nil),
        ]
        return options.first { $0.1 }?.0
    }

    /// Sets what was given.
    /// - Parameter foldsBy: how rows are folded; by entity is for measuring only.
    func apply(
        to learner: inout LogisticRegressionLearner, foldsBy: FoldKind? = nil
    ) throws {
        if let penalty { learner.penalty = penalty }
        if let l1Ratio {
            guard learner.penalty == .elasticnet else {
                throw ValidationError("--l1-ratio belongs to --penalty elasticnet.")
            }
            learner.l1Ratio = l1Ratio
        }
        if let lambda { learner.lambda = lambda }
        if path { learner.choosesLambda = true }
        if let select { learner.path.selection = select }
        if let lambdaFolds { learner.path.folds = lambdaFolds }
        if let kind = foldsBy.flatMap({ LambdaFoldKind(rawValue: $0.rawValue) }) {
            learner.path.foldKind = kind
        }
        for sign in sign { learner.signs[sign.feature] = sign.sign }
        if let offset { learner.offset = offset }
        if let confidence { learner.confidence = confidence }
    }
}
