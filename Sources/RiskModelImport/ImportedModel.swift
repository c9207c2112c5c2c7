import RiskJSON
import RiskModel

/// A model of another library as score tables.
///
///     let imported = try ImportedModel(file: bytes, name: "login")
///     imported.model.artifact()
///
/// Read are LightGBM's text, XGBoost's JSON, both of trees of depth one with a logistic loss, and the
/// coefficients of scikit-learn's logistic regression as JSON; docs/embedding.md says how to write each.
/// Anything else is refused with the reason.
public struct ImportedModel: Sendable {
    /// The model, with golden vectors.
    public let model: AdditiveModel
    /// What it was: "LightGBM", "XGBoost" or "scikit-learn".
    public let source: String
    /// How far its log-odds are from the original's at most, over `sampleRows` rows made of cut points,
    /// their neighbours, missing values, zeros and infinities. Rounding accounts for 2^-19 a feature.
    public let largestDifference: Double
    /// The rows of that comparison.
    public static let sampleRows = 10_000

    /// Bounds on the file.
    static let limits = JSONParser.Limits(depth: 32, bytes: 1 << 28)

    /// Reads a model of another library; which one is told by the file itself.
    /// - Throws: `Mistakes` where the file is none of those, or what it says cannot be tables.
    /// - Complexity: O(bytes + trees × cut points of a feature).
    public init(file bytes: [UInt8], name: String) throws(Mistakes) {
        guard bytes.count <= Self.limits.bytes else {
            throw .one("\(bytes.count) bytes; at most \(Self.limits.bytes) are read")
        }
        let first = bytes.first { !" \t\r\n".utf8.contains($0) }
        if first != UInt8(ascii: "{") {
            let ensemble = try LightGBMText(bytes).ensemble()
            try self.init(ensemble, source: "LightGBM", name: name)
            return
        }
        let root: Node
        do throws(JSONParser.Failure) {
            root = try JSONParser.parse(bytes, limits: Self.limits)
        } catch {
            throw .one("column \(error.column): \(error.message)", line: error.line)
        }
        if root["learner"] != nil {
            let ensemble = try XGBoostDocument(root).ensemble()
            try self.init(ensemble, source: "XGBoost", name: name)
        } else if root["coefficients"] != nil {
            try self.init(try LogisticDocument(root), name: name)
        } else {
            throw .one(
                "expected \"learner\" (a model of XGBoost) or \"coefficients\" (a logistic "
                    + "regression); a LightGBM model is expected as its text")
        }
    }

    private init(
        _ ensemble: StumpEnsemble, source: String, name: String
    ) throws(Mistakes) {
        var model = try ensemble.model(name: name, lineage: .object([Node.Member]()))
        let invalid = model.validate()
        if !invalid.isEmpty { throw Mistakes(invalid) }
        largestDifference = ensemble.largestDifference(from: model, rows: Self.sampleRows)
        model.lineage = .object([
            "imported": .object([
                "from": Node(source), "trees": Node(ensemble.stumps.count),
                "largestDifference": Node(largestDifference),
                "rowsCompared": Node(Self.sampleRows),
            ])
        ])
        model.addGoldenVectors(rows: .none(of: model))
        self.model = model
        self.source = source
    }

    private init(_ regression: LogisticDocument, name: String) throws(Mistakes) {
        var model = regression.model(name: name)
        let invalid = model.validate()
        if !invalid.isEmpty { throw Mistakes(invalid) }
        largestDifference = regression.largestDifference(from: model, rows: Self.sampleRows)
        model.lineage = .object([
            "imported": .object([
                "from": "scikit-learn", "largestDifference": Node(largestDifference),
                "rowsCompared": Node(Self.sampleRows),
            ])
        ])
        model.addGoldenVectors(rows: .none(of: model))
        self.model = model
        source = "scikit-learn"
    }
}

extension Mistakes {
    /// An error with one mistake.
    static func one(_ message: String, line: Int = 0, path: String = "") -> Mistakes {
        Mistakes([Mistake(line: line, path: path, message: message)])
    }
}
