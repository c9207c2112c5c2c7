import RiskJSON

/// The bounds on a model. They are far beyond what learners make and far below what hurts.
public enum ModelLimits {
    /// Features of a model.
    public static let features = 65_536
    /// Cut points of one table, so that a bin fits 16 bits.
    public static let cutPoints = 65_535
    /// Knots of an isotonic calibration.
    public static let knots = 65_536
    /// Golden vectors.
    public static let goldenVectors = 1024
    /// UTF-8 bytes of the model's and a feature's name.
    public static let nameBytes = 256
    /// UTF-8 bytes of a reason's sentence.
    public static let textBytes = 4096
    /// Languages of a reason.
    public static let languages = 64
    /// How deep feature spec, policy and lineage may nest.
    public static let depth = 24
    /// The magnitude of the intercept where there are linear terms, of calibration knots and of golden
    /// sums, in units: 2^40. (Without linear terms `LogOdds.limit` bounds the whole sum.)
    public static let units: Int64 = 1 << 40
}

extension AdditiveModel {
    /// What is wrong with the model: nothing, where it may be used. Everything that is found is listed,
    /// with paths as in the artifact and without lines.
    ///
    /// A model without mistakes can be scored with any values whatever, without overflow, trap or
    /// wrong order; golden vectors are checked for shape only (`replayGoldenVectors` scores them).
    /// - Complexity: O(size).
    public func validate() -> [Mistake] {
        var validation = Validation()
        validation.checkName(name, "name")
        validation.checkFeatures(features)
        validation.checkTerms(self)
        validation.checkSum(self)
        validation.check(calibration)
        validation.check(scaling)
        validation.checkGoldenVectors(self)
        if let featureSpec { validation.checkNode(featureSpec, "featureSpec") }
        if let policy { validation.checkNode(policy, "policy") }
        validation.checkNode(lineage, "lineage")
        return validation.mistakes
    }
}

private struct Validation {
    var mistakes: [Mistake] = []

    /// As many as are of use to anyone; a hostile file must not make more of them than it has bytes.
    mutating func note(_ path: String, _ message: @autoclosure () -> String) {
        guard mistakes.count < DocumentReader.mistakeLimit else { return }
        mistakes.append(Mistake(line: 0, path: path, message: message()))
    }

    mutating func checkName(_ name: String, _ path: String) {
        if name.isEmpty { note(path, "expected a name, found an empty text") }
        checkText(name, path, limit: ModelLimits.nameBytes)
    }

    mutating func checkText(_ text: String, _ path: String, limit: Int) {
        if text.utf8.count > limit {
            note(path, "expected at most \(limit) bytes of text, found \(text.utf8.count)")
        }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            note(path, "a control character inside the text")
        }
    }

    mutating func checkFeatures(_ features: [Feature]) {
        if features.count > ModelLimits.features {
            note("features", "more than \(ModelLimits.features) features")
        }
        var places: [String: Int] = [:]
        for (index, feature) in features.enumerated() {
            let path = "features[\(index)]"
            checkName(feature.name, "\(path).name")
            if let first = places.updateValue(index, forKey: feature.name) {
                note(
                    "\(path).name", "\(quoted(feature.name)) is the name of features[\(first)] too")
            }
            guard let reason = feature.reason else { continue }
            checkTexts(reason.investigator, "\(path).reason.investigator")
            checkTexts(reason.customer, "\(path).reason.customer")
        }
    }

    mutating func checkTexts(_ texts: [String: String], _ path: String) {
        if texts.count > ModelLimits.languages {
            note(path, "more than \(ModelLimits.languages) languages")
        }
        for (language, text) in texts.sorted(by: { $0.key < $1.key }) {
            let isCode =
                (2...35).contains(language.utf8.count)
                && language.utf8.allSatisfy { byte in
                    byte == UInt8(ascii: "-") || (48...57).contains(byte)
                        || (97...122).contains(byte | 0x20)
                }
            let shortCode = language.prefix(35)
            if !isCode { note(path, "expected language codes such as \"en\" as keys") }
            if text.isEmpty { note("\(path).\(shortCode)", "expected a sentence, found nothing") }
            checkText(text, "\(path).\(shortCode)", limit: ModelLimits.textBytes)
        }
    }

    mutating func checkTerms(_ model: AdditiveModel) {
        var terms: [Int: String] = [:]
        func check(_ feature: Int, _ path: String, _ validation: inout Validation) {
            if !model.features.indices.contains(feature) {
                validation.note(
                    "\(path).feature",
                    "feature \(feature) of a model with \(model.features.count) features")
            }
            if let other = terms.updateValue(path, forKey: feature) {
                validation.note("\(path).feature", "the feature has a term already, \(other)")
            }
        }
        for (index, table) in model.tables.enumerated() {
            check(table.feature, "tables[\(index)]", &self)
            checkTable(table, "tables[\(index)]")
        }
        for (index, term) in model.linearTerms.enumerated() {
            check(term.feature, "linearTerms[\(index)]", &self)
            checkLinearTerm(term, "linearTerms[\(index)]")
        }
    }

    mutating func checkTable(_ table: ScoreTable, _ path: String) {
        if table.cutPoints.count > ModelLimits.cutPoints {
            note("\(path).cutPoints", "more than \(ModelLimits.cutPoints) cut points")
        }
        if let index = table.cutPoints.firstIndex(where: { !$0.isFinite }) {
            note("\(path).cutPoints[\(index)]", "expected a finite number")
        }
        for index in table.cutPoints.indices.dropFirst()
        where !(table.cutPoints[index - 1] < table.cutPoints[index]) {
            note(
                "\(path).cutPoints[\(index)]",
                "expected more than \(table.cutPoints[index - 1]), found \(table.cutPoints[index])")
            break
        }
        if table.units.count != table.cutPoints.count + 1 {
            note(
                "\(path).units",
                "expected one more than the \(table.cutPoints.count) cut points, "
                    + "found \(table.units.count)")
        }
        let lowest = min(table.units.min() ?? table.missingUnits, table.missingUnits)
        let highest = max(table.units.max() ?? table.missingUnits, table.missingUnits)
        if !(lowest...highest).contains(table.typicalUnits) {
            note(
                "\(path).typical",
                "expected \(lowest) to \(highest), the table's range, found \(table.typicalUnits)")
        }
    }

    mutating func checkLinearTerm(_ term: LinearTerm, _ path: String) {
        if !term.coefficient.isFinite {
            note("\(path).coefficient", "expected a finite number, found \(term.coefficient)")
        }
        let limit = Int64(LogOdds.linearLimit)
        for (units, member) in [(term.missingUnits, "missing"), (term.typicalUnits, "typical")]
        where !(-limit...limit).contains(units) {
            note("\(path).\(member)", "expected \(-limit) to \(limit) units, found \(units)")
        }
    }

    /// With tables only, each partial sum in any order is within `LogOdds.limit`, so that 24 bits hold it.
    mutating func checkSum(_ model: AdditiveModel) {
        var sum: UInt64 = 0
        for table in model.tables {
            let largest = table.units.reduce(table.missingUnits.magnitude) { max($0, $1.magnitude) }
            sum += UInt64(largest)
        }
        let limit = UInt64(LogOdds.limit)
        if model.linearTerms.isEmpty {
            sum = sum.addingReportingOverflow(model.intercept.magnitude).partialValue
            if sum > limit || model.intercept.magnitude > limit {
                note(
                    "intercept",
                    "the intercept and the largest units of the tables add up to more "
                        + "than \(limit) units (log-odds of 64)")
            }
        } else {
            if sum > limit {
                note("tables", "the largest units add up to more than \(limit) (log-odds of 64)")
            }
            if model.intercept.magnitude > UInt64(ModelLimits.units) {
                note("intercept", "expected at most \(ModelLimits.units) units in magnitude")
            }
        }
    }

    mutating func check(_ calibration: Calibration) {
        switch calibration {
        case .identity: break
        case .platt(let slope, let intercept):
            if !(slope > 0 && slope <= 1e6) {
                note("calibration.slope", "expected more than 0 and at most 1e6, found \(slope)")
            }
            if !(abs(intercept) <= 1e6) {
                note("calibration.intercept", "expected -1e6 to 1e6, found \(intercept)")
            }
        case .isotonic(let knots, let probabilities):
            checkIsotonic(knots, probabilities)
        }
    }

    mutating func checkIsotonic(_ knots: [Int64], _ probabilities: [Double]) {
        if knots.isEmpty || knots.count > ModelLimits.knots {
            note("calibration.logOdds", "expected 1 to \(ModelLimits.knots) knots")
        }
        if probabilities.count != knots.count {
            note(
                "calibration.probabilities",
                "expected one a knot, \(knots.count), found \(probabilities.count)")
        }
        if let index = knots.firstIndex(where: { $0.magnitude > UInt64(ModelLimits.units) }) {
            note(
                "calibration.logOdds[\(index)]",
                "expected at most \(ModelLimits.units) units in magnitude, found \(knots[index])")
        }
        for index in knots.indices.dropFirst() where knots[index - 1] >= knots[index] {
            note(
                "calibration.logOdds[\(index)]",
                "expected more than \(knots[index - 1]), found \(knots[index])")
            break
        }
        if let index = probabilities.firstIndex(where: { !(0...1).contains($0) }) {
            note(
                "calibration.probabilities[\(index)]",
                "expected 0 to 1, found \(probabilities[index])")
        }
        for index in probabilities.indices.dropFirst()
        where probabilities[index - 1] > probabilities[index] {
            note(
                "calibration.probabilities[\(index)]",
                "expected at least \(probabilities[index - 1]), found \(probabilities[index])")
            break
        }
    }

    mutating func check(_ scaling: PointsScaling) {
        if !(abs(scaling.basePoints) <= 1e6) {
            note("points.basePoints", "expected -1e6 to 1e6, found \(scaling.basePoints)")
        }
        if !(scaling.baseOdds >= 1e-9 && scaling.baseOdds <= 1e9) {
            note("points.baseOdds", "expected 1e-9 to 1e9, found \(scaling.baseOdds)")
        }
        if !(scaling.pointsToDoubleOdds > 0 && scaling.pointsToDoubleOdds <= 1e6) {
            note(
                "points.pointsToDoubleOdds",
                "expected more than 0 and at most 1e6, found \(scaling.pointsToDoubleOdds)")
        }
    }

    mutating func checkGoldenVectors(_ model: AdditiveModel) {
        if model.goldenVectors.count > ModelLimits.goldenVectors {
            note("goldenVectors", "more than \(ModelLimits.goldenVectors) golden vectors")
        }
        for (index, vector) in model.goldenVectors.enumerated() {
            let path = "goldenVectors[\(index)]"
            if vector.values.count != model.features.count {
                note(
                    "\(path).values",
                    "expected one a feature, \(model.features.count), "
                        + "found \(vector.values.count)")
            }
            if !(0...1).contains(vector.probability) {
                note("\(path).probability", "expected 0 to 1, found \(vector.probability)")
            }
        }
    }

    /// What the artifact's codec could not carry: numbers that are none, keys that stand twice, depth.
    mutating func checkNode(_ node: Node, _ path: String) {
        if let message = Self.unwritable(node, depth: 1) { note(path, message) }
    }

    private static func unwritable(_ node: Node, depth: Int) -> String? {
        if depth > ModelLimits.depth { return "nested deeper than \(ModelLimits.depth) levels" }
        switch node.content {
        case .number(let value) where !value.isFinite:
            return "a number in it is \(value)"
        case .array(let values):
            for value in values {
                if let message = unwritable(value, depth: depth + 1) { return message }
            }
            return nil
        case .object(let members):
            var keys: Set<String> = []
            for member in members {
                if !keys.insert(member.key).inserted {
                    return "the key \(quoted(member.key)) stands twice"
                }
                if let message = unwritable(member.value, depth: depth + 1) { return message }
            }
            return nil
        default: return nil
        }
    }
}
