import RiskJSON
import RiskModel

extension ScorecardLearner {
    /// Reads settings from a document, such as a recipe's training.yaml; what is not there keeps its
    /// default. Every mistake is noted in the reader.
    public init(reading place: DocumentReader.Place, _ reader: DocumentReader) {
        self.init()
        guard let members = reader.members(of: place, known: Self.keys) else { return }
        func number(_ key: String, in range: ClosedRange<Double>, _ set: (Double) -> Void) {
            if let place = members[key], let value = reader.number(place, in: range) { set(value) }
        }
        if let place = members["learner"], let kind = reader.string(place), kind != "scorecard" {
            reader.note("expected scorecard, found \"\(kind)\"", at: place)
        }
        rule.read(members, reader)
        if let place = members["features"], let entries = reader.entries(of: place) {
            for (name, place) in entries {
                guard let own = reader.members(of: place, known: ScorecardRule.keys) else {
                    continue
                }
                var changed = rule
                changed.read(own, reader)
                rules[name] = changed
            }
        }
        if let place = members["fineBins"], let value = reader.integer(place, in: 2...255) {
            fineBins = value
        }
        number("minimumInformation", in: 0...100) { minimumInformation = $0 }
        number("l2", in: 0...1e12) { l2 = $0 }
        if let place = members["positiveCoefficients"], let value = reader.bool(place) {
            positiveCoefficients = value
        }
        number("basePoints", in: -1e6...1e6) { scaling.basePoints = $0 }
        number("baseOdds", in: 1e-9...1e9) { scaling.baseOdds = $0 }
        number("pointsToDoubleOdds", in: 1e-6...1000) { scaling.pointsToDoubleOdds = $0 }
        if let place = members["wholePoints"], let value = reader.bool(place) {
            wholePoints = value
        }
        number("holdOut", in: 0...0.5) { holdOut = $0 }
        if let place = members["calibration"],
            let choice = reader.choice(place, of: CalibrationChoice.self)
        {
            if Self.calibrations.contains(choice) {
                calibration = choice
            } else {
                reader.note(
                    "the points of a scorecard add up with automatic, identity or platt only, "
                        + "not with \(choice.rawValue)", at: place)
            }
        }
        if let place = members["threads"], let value = reader.integer(place, in: 0...1024) {
            threads = value
        }
    }

    /// The calibrations that keep points additive.
    static let calibrations: [CalibrationChoice] = [.automatic, .identity, .platt]

    /// The settings that a document may have; `learner: scorecard` may stand beside them.
    public static let keys =
        ["learner"] + ScorecardRule.keys + [
            "features", "fineBins", "minimumInformation", "l2", "positiveCoefficients",
            "basePoints", "baseOdds", "pointsToDoubleOdds", "wholePoints", "holdOut", "calibration",
            "threads",
        ]

    /// The settings that make the model what it is, as a document: all but the threads.
    public var settings: Node {
        var members: [Node.Member] = [.init("learner", "scorecard")] + rule.members()
        if !rules.isEmpty {
            let own = rules.sorted { $0.key < $1.key }.map { name, own in
                Node.Member(name, .object(own.members(unlike: rule)))
            }
            members.append(.init("features", .object(own)))
        }
        return .object(
            members + [
                .init("fineBins", Node(fineBins)),
                .init("minimumInformation", Node(minimumInformation)), .init("l2", Node(l2)),
                .init("positiveCoefficients", Node(positiveCoefficients)),
                .init("basePoints", Node(scaling.basePoints)),
                .init("baseOdds", Node(scaling.baseOdds)),
                .init("pointsToDoubleOdds", Node(scaling.pointsToDoubleOdds)),
                .init("wholePoints", Node(wholePoints)), .init("holdOut", Node(holdOut)),
                .init("calibration", Node(calibration.rawValue)),
            ])
    }
}
