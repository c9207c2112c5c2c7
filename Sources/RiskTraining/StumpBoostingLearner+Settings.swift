import RiskJSON

extension StumpBoostingLearner {
    /// Reads settings from a document, such as a recipe's training.yaml; what is not there keeps its
    /// default. Every mistake is noted in the reader.
    public init(reading place: DocumentReader.Place, _ reader: DocumentReader) {
        self.init()
        guard let members = reader.members(of: place, known: Self.keys) else { return }
        func number(_ key: String, in range: ClosedRange<Double>, _ set: (Double) -> Void) {
            if let place = members[key], let value = reader.number(place, in: range) { set(value) }
        }
        func integer(_ key: String, in range: ClosedRange<Int>, _ set: (Int) -> Void) {
            if let place = members[key], let value = reader.integer(place, in: range) { set(value) }
        }
        if let place = members["learner"], let kind = reader.string(place), kind != "stumps" {
            reader.note("expected stumps, found \"\(kind)\"", at: place)
        }
        integer("boostingRounds", in: 1...100_000) { boostingRounds = $0 }
        number("learningRate", in: 1e-6...1) { learningRate = $0 }
        number("l2", in: 0...1e12) { l2 = $0 }
        number("minimumLeafHessian", in: 0...1e12) { minimumLeafHessian = $0 }
        number("minimumLeafCount", in: 0...1e12) { minimumLeafCount = $0 }
        integer("bins", in: 2...255) { bins = $0 }
        integer("bags", in: 0...1000) { bags = $0 }
        number("smoothing", in: 0...1e12) { smoothing = $0 }
        number("holdOut", in: 0...0.5) { holdOut = $0 }
        integer("earlyStoppingRounds", in: 0...100_000) { earlyStoppingRounds = $0 }
        integer("roundsPerLook", in: 1...10_000) { roundsPerLook = $0 }
        integer("gramMemory", in: 0...1_000_000) { gramMemory = $0 }
        integer("featureRounds", in: 0...100_000) { featureRounds = $0 }
        integer("maximumFeatures", in: 0...65_536) { maximumFeatures = $0 }
        if let place = members["monotone"], let entries = reader.entries(of: place) {
            for (name, place) in entries {
                guard let value = reader.integer(place, in: -1...1) else { continue }
                monotone[name] = Monotonicity(rawValue: value)
            }
        }
        if let place = members["calibration"],
            let choice = reader.choice(place, of: CalibrationChoice.self)
        {
            calibration = choice
        }
        integer("threads", in: 0...1024) { threads = $0 }
    }

    /// The settings that a document may have; `learner: stumps` may stand beside them.
    public static let keys = [
        "learner", "boostingRounds", "learningRate", "l2", "minimumLeafHessian",
        "minimumLeafCount", "bins", "bags", "smoothing", "holdOut", "earlyStoppingRounds",
        "roundsPerLook", "gramMemory",
        "monotone", "featureRounds", "maximumFeatures", "calibration", "threads",
    ]

    /// The settings that make the model what it is, as a document: all but the threads.
    public var settings: Node {
        // What constrains nothing is not named, so that a model's settings stay short.
        let directions = monotone.sorted { $0.key < $1.key }.map {
            Node.Member($0.key, Node($0.value.rawValue))
        }
        var constraints: [Node.Member] = []
        if !directions.isEmpty { constraints.append(.init("monotone", .object(directions))) }
        if featureRounds != 0 { constraints.append(.init("featureRounds", Node(featureRounds))) }
        if maximumFeatures != 0 {
            constraints.append(.init("maximumFeatures", Node(maximumFeatures)))
        }
        return .object(
            [
                .init("learner", "stumps"), .init("boostingRounds", Node(boostingRounds)),
                .init("learningRate", Node(learningRate)), .init("l2", Node(l2)),
                .init("minimumLeafHessian", Node(minimumLeafHessian)),
                .init("minimumLeafCount", Node(minimumLeafCount)), .init("bins", Node(bins)),
                .init("bags", Node(bags)), .init("smoothing", Node(smoothing)),
                .init("holdOut", Node(holdOut)),
                .init("earlyStoppingRounds", Node(earlyStoppingRounds)),
                .init("roundsPerLook", Node(roundsPerLook)), .init("gramMemory", Node(gramMemory)),
                .init("calibration", Node(calibration.rawValue)),
            ] + constraints)
    }
}
