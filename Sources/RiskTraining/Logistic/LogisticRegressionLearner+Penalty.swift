import RiskColumns
import RiskJSON

extension LogisticRegressionLearner {
    /// Whether the fit walks a path by coordinate descent; Newton's method does the others.
    var walksPath: Bool {
        switch penalty {
        case .l1, .elasticnet: true
        case .l2: !signs.isEmpty || choosesLambda
        case .none: !signs.isEmpty
        case .firth: false
        }
    }

    /// Whether the whole path is wanted beside a penalty that is given.
    var walksWholePath: Bool { choosesLambda && lambda != nil }

    /// The lasso's share of the penalty.
    var mixture: Double {
        switch penalty {
        case .l1: 1
        case .elasticnet: l1Ratio
        case .none, .l2, .firth: 0
        }
    }

    /// The ridge's strength for a sum of losses over rows of this weight.
    func ridge(weight: Double) -> Double {
        switch penalty {
        case .l2: lambda.map { $0 * weight } ?? l2
        case .none, .l1, .elasticnet, .firth: 0
        }
    }

    /// Fits a sample.
    ///
    /// The weights' unit is 1 in all sums (not for Firth's penalty, which no unit divides).
    /// - Parameter lambda: nil to choose it where the penalty asks for one.
    func fitted(
        _ data: TrainingData, _ rows: Sample, lambda: Double?, threads: Int,
        stage: TrainingProgress.Stage, _ progress: TrainingCallback?
    ) throws(TrainingError) -> LogisticFit {
        var learner = self
        let unit = penalty == .firth ? 1 : rows.weights.unit
        learner.l2 = min(l2 / unit, 0x1p1000)
        let sample = penalty == .firth ? rows : rows.inUnits
        guard walksPath else {
            return try LogisticFit(
                learner, data.matrix, sample, weightUnit: unit, threads: threads, stage: stage,
                progress)
        }
        let weight = Double(sample.weights.total) * sample.weights.unit
        let isRidge = penalty == .l2 || penalty == .none
        let given =
            lambda ?? (isRidge && !choosesLambda ? learner.ridge(weight: weight) / weight : nil)
        if isRidge, signs.isEmpty, !walksWholePath, let given {
            learner.lambda = given
            return try LogisticFit(
                learner, data.matrix, sample, weightUnit: unit, threads: threads, stage: stage,
                progress)
        }
        var fit = try LogisticFit(
            path: learner, data.matrix,
            sample.inCanonicalOrder(data.matrix, threads: threads), times: data.times,
            lambda: given, threads: threads, stage: stage, progress)
        guard isRidge, signs.isEmpty, let path = fit.path, fit.end != .stopped else { return fit }
        // A ridge is finished by Newton's method, which knows the errors of its coefficients.
        learner.lambda = path.chosen
        fit = try LogisticFit(
            learner, data.matrix, sample, weightUnit: unit, threads: threads, stage: stage,
            progress)
        fit.path = path
        return fit
    }

    /// Reads what belongs to penalties.
    mutating func readPenalty(_ members: [String: DocumentReader.Place], _ reader: DocumentReader) {
        func read<Value>(
            _ key: String, _ body: (DocumentReader.Place) -> Value?, _ set: (Value) -> Void
        ) {
            if let place = members[key], let value = body(place) { set(value) }
        }
        read("penalty", { reader.choice($0, of: LogisticPenalty.self) }) { penalty = $0 }
        read("l1Ratio", { reader.number($0, in: 0...1) }) { l1Ratio = $0 }
        read("lambda", { reader.number($0, in: 0...1e12) }) { lambda = $0 }
        read("path", { reader.bool($0) }) { choosesLambda = $0 }
        read("lambdas", { reader.integer($0, in: 2...1000) }) { path.count = $0 }
        read("lambdaRatio", { reader.number($0, in: 1e-10...0.99) }) { path.ratio = $0 }
        read("select", { reader.choice($0, of: LambdaSelection.self) }) { path.selection = $0 }
        read("folds", { reader.integer($0, in: 2...50) }) { path.folds = $0 }
        read("foldsBy", { reader.choice($0, of: LambdaFoldKind.self) }) { path.foldKind = $0 }
        read("offset", { reader.string($0) }) { offset = $0 }
        read("confidence", { reader.number($0, in: 0.5...0.9999) }) { confidence = $0 }
        read("signs", { reader.entries(of: $0) }) { entries in
            for (name, place) in entries {
                if let sign = reader.choice(place, of: CoefficientSign.self) { signs[name] = sign }
            }
        }
        checkTogether(members, reader)
    }

    /// Settings that contradict each other.
    private func checkTogether(
        _ members: [String: DocumentReader.Place], _ reader: DocumentReader
    ) {
        if penalty == .none || penalty == .firth {
            for key in ["lambda", "path"] where members[key] != nil && members[key]?.node != false {
                reader.note("penalty \(penalty.rawValue) has no strength to set", at: members[key]!)
            }
        }
        if let place = members["l1Ratio"], penalty != .elasticnet {
            reader.note("belongs to penalty elasticnet, found \(penalty.rawValue)", at: place)
        }
        if let place = members["signs"], penalty == .firth, !signs.isEmpty {
            reader.note("Firth's penalty takes no signs", at: place)
        }
        if let place = members["offset"], let offset, signs[offset] != nil {
            reader.note("an offset has coefficient 1, and no sign to set", at: place)
        }
    }

    /// The settings that differ from the defaults, so that documents of old stay what they were.
    var penaltySettings: [Node.Member] {
        var members: [Node.Member] = []
        let standard = LogisticRegressionLearner()
        if penalty != standard.penalty { members.append(.init("penalty", Node(penalty.rawValue))) }
        if penalty == .elasticnet { members.append(.init("l1Ratio", Node(l1Ratio))) }
        if let lambda { members.append(.init("lambda", Node(lambda))) }
        if choosesLambda { members.append(.init("path", Node(true))) }
        if path.count != standard.path.count { members.append(.init("lambdas", Node(path.count))) }
        if let ratio = path.ratio { members.append(.init("lambdaRatio", Node(ratio))) }
        if path.selection != standard.path.selection {
            members.append(.init("select", Node(path.selection.rawValue)))
        }
        if path.folds != standard.path.folds { members.append(.init("folds", Node(path.folds))) }
        if path.foldKind != standard.path.foldKind {
            members.append(.init("foldsBy", Node(path.foldKind.rawValue)))
        }
        if !signs.isEmpty {
            members.append(
                .init(
                    "signs",
                    .object(
                        signs.sorted { $0.key < $1.key }
                            .map { Node.Member($0.key, Node($0.value.rawValue)) })))
        }
        if let offset { members.append(.init("offset", Node(offset))) }
        if confidence != standard.confidence {
            members.append(.init("confidence", Node(confidence)))
        }
        return members
    }

    /// Signs are of features that there are.
    func checkSigns(_ names: [String]) throws(TrainingError) {
        let known = Set(names)
        for name in signs.keys.sorted() where !known.contains(name) {
            throw .badSetting("signs: there is no feature called \"\(name)\"")
        }
    }
}
