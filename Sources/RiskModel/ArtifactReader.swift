import RiskJSON

/// Takes the document of a model apart. It checks shapes and types and turns names into indices;
/// what the values must mean is left to `AdditiveModel.validate()`.
struct ArtifactReader {
    private let reader = DocumentReader()

    private typealias Place = DocumentReader.Place

    /// The model, not validated.
    func model(_ root: Node) throws(Mistakes) -> AdditiveModel {
        let model = document(Place(root: root))
        try reader.finish()
        guard let model else {
            throw Mistakes([Mistake(line: root.line, path: "", message: "no model")])
        }
        return model
    }

    private func document(_ place: Place) -> AdditiveModel? {
        guard let members = reader.members(of: place, known: Artifact.members) else { return nil }
        let features = list(members, "features", in: place, element: feature)
        let names = Dictionary(
            (features ?? []).enumerated().map { ($1.name, $0) },
            uniquingKeysWith: { first, _ in first })
        let tables = list(members, "tables", in: place) { table($0, names) }
        let terms = list(members, "linearTerms", in: place) { linearTerm($0, names) }
        let goldenVectors = list(members, "goldenVectors", in: place, element: goldenVector)
        let spec = members["featureSpec"].map(featureSpec)
        let name = required(members, "name", in: place, reader.string)
        let intercept = required(members, "intercept", in: place, units)
        let calibration = required(members, "calibration", in: place, calibration)
        let scaling = required(members, "points", in: place, scaling)
        let lineage = required(members, "lineage", in: place) { $0.node }
        guard let name, let features, let intercept, let tables, let terms, let calibration,
            let scaling, let lineage, let goldenVectors
        else { return nil }
        return AdditiveModel(
            name: name, features: features, intercept: intercept, tables: tables,
            linearTerms: terms,
            calibration: calibration, scaling: scaling, featureSpec: spec ?? nil,
            policy: members["policy"]?.node, lineage: lineage, goldenVectors: goldenVectors)
    }
}

extension ArtifactReader {
    private func feature(_ place: Place) -> Feature? {
        guard let members = reader.members(of: place, known: ["name", "reason"]) else { return nil }
        let reason = members["reason"].map(reasonTexts)
        return required(members, "name", in: place, reader.string).map {
            Feature(name: $0, reason: reason ?? nil)
        }
    }

    private func reasonTexts(_ place: Place) -> ReasonTexts? {
        guard let members = reader.members(of: place, known: ["investigator", "customer"])
        else { return nil }
        let investigator = required(members, "investigator", in: place, texts)
        let customer = required(members, "customer", in: place, texts)
        guard let investigator, let customer else { return nil }
        return ReasonTexts(investigator: investigator, customer: customer)
    }

    private func texts(_ place: Place) -> [String: String]? {
        guard let entries = reader.entries(of: place) else { return nil }
        var texts: [String: String] = [:]
        for (language, text) in entries { texts[language] = reader.string(text) }
        return texts
    }

    private func table(_ place: Place, _ names: [String: Int]) -> ScoreTable? {
        let known = ["feature", "cutPoints", "units", "missing", "typical"]
        guard let members = reader.members(of: place, known: known) else { return nil }
        let feature = required(members, "feature", in: place) { index($0, names) }
        let cutPoints = required(members, "cutPoints", in: place, numbers)
        let units = required(members, "units", in: place) { place in
            reader.integers(place, in: Int(Int32.min)...Int(Int32.max))?.map { Int32($0) }
        }
        let missing = required(members, "missing", in: place, units32)
        let typical = required(members, "typical", in: place, units32)
        guard let feature, let cutPoints, let units, let missing, let typical else { return nil }
        return ScoreTable(
            feature: feature, cutPoints: cutPoints, units: units, missingUnits: missing,
            typicalUnits: typical)
    }

    private func linearTerm(_ place: Place, _ names: [String: Int]) -> LinearTerm? {
        let known = ["feature", "coefficient", "missing", "typical"]
        guard let members = reader.members(of: place, known: known) else { return nil }
        let feature = required(members, "feature", in: place) { index($0, names) }
        let coefficient = required(members, "coefficient", in: place, number)
        let missing = required(members, "missing", in: place, units)
        let typical = required(members, "typical", in: place, units)
        guard let feature, let coefficient, let missing, let typical else { return nil }
        return LinearTerm(
            feature: feature, coefficient: coefficient, missingUnits: missing, typicalUnits: typical
        )
    }

    private enum CalibrationKind: String, CaseIterable {
        case identity, platt, isotonic

        var members: [String] {
            switch self {
            case .identity: ["kind"]
            case .platt: ["kind", "slope", "intercept"]
            case .isotonic: ["kind", "logOdds", "probabilities"]
            }
        }
    }

    private func calibration(_ place: Place) -> Calibration? {
        guard let entries = reader.entries(of: place) else { return nil }
        guard let word = entries.first(where: { $0.key == "kind" })?.place else {
            reader.note("expected a member \"kind\"", at: place)
            return nil
        }
        guard let kind = reader.choice(word, of: CalibrationKind.self),
            let members = reader.members(of: place, known: kind.members)
        else { return nil }
        switch kind {
        case .identity:
            return .identity
        case .platt:
            let slope = required(members, "slope", in: place, number)
            let intercept = required(members, "intercept", in: place, number)
            guard let slope, let intercept else { return nil }
            return .platt(slope: slope, intercept: intercept)
        case .isotonic:
            let logOdds = required(members, "logOdds", in: place) { place in
                reader.integers(place, in: Int.min...Int.max)?.map { Int64($0) }
            }
            let probabilities = required(members, "probabilities", in: place, numbers)
            guard let logOdds, let probabilities else { return nil }
            return .isotonic(logOdds: logOdds, probabilities: probabilities)
        }
    }

    private func scaling(_ place: Place) -> PointsScaling? {
        let known = ["basePoints", "baseOdds", "pointsToDoubleOdds"]
        guard let members = reader.members(of: place, known: known) else { return nil }
        let points = required(members, "basePoints", in: place, number)
        let odds = required(members, "baseOdds", in: place, number)
        let doubling = required(members, "pointsToDoubleOdds", in: place, number)
        guard let points, let odds, let doubling else { return nil }
        return PointsScaling(basePoints: points, baseOdds: odds, pointsToDoubleOdds: doubling)
    }

    private func featureSpec(_ place: Place) -> Node? {
        guard let members = reader.members(of: place, known: ["fingerprint", "spec"]),
            let fingerprint = required(members, "fingerprint", in: place, { $0 }),
            let spec = required(members, "spec", in: place, { $0 }),
            let written = reader.string(fingerprint)
        else { return nil }
        let actual = spec.node.sha256()
        if written != actual {
            reader.note("expected the spec's SHA-256, \(actual)", at: fingerprint)
        }
        return spec.node
    }

    private func goldenVector(_ place: Place) -> GoldenVector? {
        let known = ["values", "units", "probability"]
        guard let members = reader.members(of: place, known: known) else { return nil }
        let values = required(members, "values", in: place, inputs)
        let units = required(members, "units", in: place, units)
        let probability = required(members, "probability", in: place, number)
        guard let values, let units, let probability else { return nil }
        return GoldenVector(values: values, units: units, probability: probability)
    }

    /// Input values: numbers, null where missing, and the words "inf" and "-inf".
    private func inputs(_ place: Place) -> [Double]? {
        guard case .array(let nodes) = place.node.content else {
            reader.note("expected a list, found \(place.node.kind)", at: place)
            return nil
        }
        var values: [Double] = []
        values.reserveCapacity(nodes.count)
        for node in nodes {
            switch node.content {
            case .null: values.append(.nan)
            case .integer(let value): values.append(Double(value))
            case .number(let value): values.append(value)
            case .string("inf"): values.append(.infinity)
            case .string("-inf"): values.append(-.infinity)
            default:
                reader.note(
                    "expected numbers, null, \"inf\" or \"-inf\", found \(node.kind) as element "
                        + "\(values.count)", at: place)
                return nil
            }
        }
        return values
    }
}

extension ArtifactReader {
    /// A member that must be there, taken by `accessor`.
    private func required<Value>(
        _ members: [String: Place], _ key: String, in place: Place, _ accessor: (Place) -> Value?
    ) -> Value? {
        guard let member = members[key] else {
            reader.note("expected a member \"\(key)\"", at: place)
            return nil
        }
        return accessor(member)
    }

    /// A list that must be there; nil where an element is not as expected.
    private func list<Element>(
        _ members: [String: Place], _ key: String, in place: Place, element: (Place) -> Element?
    ) -> [Element]? {
        guard let places = required(members, key, in: place, reader.elements) else { return nil }
        let elements = places.compactMap(element)
        return elements.count == places.count ? elements : nil
    }

    private func index(_ place: Place, _ names: [String: Int]) -> Int? {
        guard let name = reader.string(place) else { return nil }
        if let index = names[name] { return index }
        reader.note(
            "\(quoted(name)) is no feature of this model"
                + suggestion(for: name, among: Array(names.keys).sorted()), at: place)
        return nil
    }

    private func number(_ place: Place) -> Double? {
        reader.number(
            place, in: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
    }

    private func numbers(_ place: Place) -> [Double]? {
        reader.numbers(
            place, in: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
    }

    private func units(_ place: Place) -> Int64? {
        reader.integer(place, in: Int.min...Int.max).map { Int64($0) }
    }

    private func units32(_ place: Place) -> Int32? {
        reader.integer(place, in: Int(Int32.min)...Int(Int32.max)).map { Int32($0) }
    }
}
