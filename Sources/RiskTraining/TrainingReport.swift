import RiskJSON

/// How far training has come.
public struct TrainingProgress: Sendable, Equatable {
    /// What is being done.
    public enum Stage: String, Sendable {
        /// Some rows are held out, the latest where there are times: how many rounds, which calibration.
        case holdingOut = "holding out rows"
        /// All rows are learned.
        case allRows = "learning from all rows"
    }

    /// What is being done.
    public let stage: Stage
    /// Rounds of boosting, or Newton steps, done.
    public let round: Int
    /// The most there will be in this stage.
    public let rounds: Int
    /// The mean log loss on the rows that are learned.
    public let trainingLoss: Double
    /// The mean log loss on the rows held out; nil where there are none.
    public let heldOutLoss: Double?
}

/// Called now and then; returning false stops, and the best model so far is what comes out.
public typealias TrainingCallback = (TrainingProgress) -> Bool

/// What happened in a training run, besides the model.
public struct TrainingReport: Sendable, Equatable {
    /// The learner: "boosted stumps", "logistic regression".
    public internal(set) var learner = ""
    /// The learner's settings, as a document that `init(reading:_:)` accepts.
    public internal(set) var settings: Node = .object([Node.Member]())
    /// Rows with a weight above zero.
    public internal(set) var rows = 0
    /// Those where the event happened.
    public internal(set) var positives = 0
    /// Rows that were held out to choose rounds and calibration.
    public internal(set) var heldOutRows = 0
    /// Those where the event happened.
    public internal(set) var heldOutPositives = 0
    /// Rounds of boosting, or Newton steps, in the model.
    public internal(set) var rounds = 0
    /// Why there are no more.
    public internal(set) var end = ""
    /// Runs on bootstrap samples that were averaged; 1 = a single run on the rows themselves.
    public internal(set) var bags = 1
    /// How far those runs differ, a band a feature; empty for a single run.
    public internal(set) var bands: [TableBand] = []
    /// Losses along the way.
    public internal(set) var losses: [TrainingProgress] = []
    /// The calibrations compared, and the one chosen; nil where nothing was held out.
    public internal(set) var calibration: CalibrationReport?
    /// What the log-odds were shifted by to the population's rate of events; 0 where none was named.
    public internal(set) var priorShift = 0.0
    /// The card with its counts; nil for other learners.
    public internal(set) var scorecard: Scorecard?
    /// The coefficients of a logistic regression with errors and intervals; nil for other learners.
    public internal(set) var coefficients: CoefficientReport?
    /// The penalties along a path and how one was chosen; nil where none was walked.
    public internal(set) var path: LambdaPathReport?
    /// What a person should look at, in words.
    public internal(set) var warnings: [String] = []

    /// The report as a document.
    public var node: Node {
        var members: [Node.Member] = [
            .init("learner", Node(learner)), .init("settings", settings), .init("rows", Node(rows)),
            .init("positives", Node(positives)), .init("heldOutRows", Node(heldOutRows)),
            .init("heldOutPositives", Node(heldOutPositives)), .init("rounds", Node(rounds)),
            .init("end", Node(end)),
        ]
        if bags > 1 {
            members.append(.init("bags", Node(bags)))
            members.append(.init("bands", .array(bands.map(\.node))))
        }
        if let calibration { members.append(.init("calibration", calibration.node)) }
        if priorShift != 0 { members.append(.init("priorShift", Node(priorShift))) }
        if let scorecard { members.append(.init("scorecard", scorecard.node)) }
        if let coefficients { members.append(.init("coefficients", coefficients.node)) }
        if let path { members.append(.init("path", path.node)) }
        members.append(
            .init(
                "losses",
                .array(
                    losses.map { loss in
                        [
                            Node(loss.stage.rawValue), Node(loss.round), Node(loss.trainingLoss),
                            loss.heldOutLoss.map { Node($0) } ?? nil,
                        ]
                    })))
        members.append(.init("warnings", .array(warnings.map { Node($0) })))
        return .object(members)
    }

    /// The part that goes into a model's lineage: everything but losses, bands, the card and what
    /// belongs to a logistic regression's report.
    var lineage: Node {
        guard case .object(let members) = node.content else { return node }
        let left = ["losses", "bands", "scorecard", "coefficients", "path"]
        return .object(members.filter { !left.contains($0.key) })
    }

    /// The same with the bands of the model's tables.
    func lineage(with bands: Node?) -> Node {
        guard let bands, case .object(let members) = lineage.content else { return lineage }
        return .object(members + [.init("bands", bands)])
    }
}
