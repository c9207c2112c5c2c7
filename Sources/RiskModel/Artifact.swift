import RiskJSON

/// The artifact: a model as one JSON file, `*.risk.json`, described in `docs/model-format.md`.
public enum Artifact {
    /// What the first member of the file says.
    public static let format = "model/1"

    /// The number of the newest version that this code reads.
    static let version = 1

    /// Bounds on the file, before anything of it is believed.
    static let limits = JSONParser.Limits(depth: 32, bytes: 1 << 28)

    /// The members of the file, in their order.
    static let members = [
        "riskkit", "name", "features", "intercept", "tables", "linearTerms", "calibration",
        "points",
        "featureSpec", "policy", "lineage", "goldenVectors", "sha256",
    ]
}

extension AdditiveModel {
    /// Reads a model from its file, and believes nothing: the bytes must be JSON within bounds, of a
    /// format that is known, unchanged since they were written (the digest), of the right shape
    /// without unknown members, mean a valid model (`validate`), and give every golden vector its
    /// score to the bit.
    /// - Throws: `ArtifactError` with all the mistakes of the first of these stages that fails.
    /// - Complexity: O(bytes), time and memory.
    public init(artifact bytes: [UInt8]) throws(ArtifactError) {
        let root: Node
        do throws(JSONParser.Failure) {
            root = try JSONParser.parse(bytes, limits: Artifact.limits)
        } catch {
            throw ArtifactError(line: error.line, "column \(error.column): \(error.message)")
        }
        try Artifact.checkFormat(root)
        try Artifact.checkDigest(root)
        let model: AdditiveModel
        do throws(Mistakes) {
            model = try ArtifactReader().model(root)
        } catch {
            throw ArtifactError(error.list)
        }
        let invalid = model.validate()
        if !invalid.isEmpty { throw ArtifactError(invalid.map { $0.located(in: root) }) }
        let different = model.replayGoldenVectors()
        if !different.isEmpty {
            throw ArtifactError(different.map { $0.located(in: root) }, isOnlyOfScores: true)
        }
        self = model
    }

    /// The model as its file: indented JSON that ends with the digest of all the rest and a newline.
    /// - Precondition: `validate()` has no complaint.
    /// - Complexity: O(size).
    public func artifact() -> [UInt8] {
        let mistakes = validate()
        precondition(
            mistakes.isEmpty, "an invalid model is not written: \(Mistakes(mistakes))")
        var members = artifactMembers()
        members.append(Node.Member("sha256", Node(Node.object(members).sha256())))
        var text = Node.object(members).json(.indented)
        text += "\n"
        return Array(text.utf8)
    }
}

extension Artifact {
    /// Refuses what is no model, or a model of a version that this code does not know.
    static func checkFormat(_ root: Node) throws(ArtifactError) {
        guard case .object = root.content else {
            throw ArtifactError(line: root.line, "expected a model, found \(root.kind)")
        }
        guard let node = root["riskkit"], case .string(let found) = node.content else {
            throw ArtifactError(
                line: root["riskkit"]?.line ?? root.line, path: "riskkit",
                "expected \"\(format)\": this file is no RiskKit model")
        }
        if found == format { return }
        let message: String
        if found.hasPrefix("model/"), let later = Int(found.dropFirst(6)), later > version {
            message = "this file is of format model/\(later); this RiskKit reads \(format)"
        } else {
            message = "expected \"\(format)\", found \(quoted(found))"
        }
        throw ArtifactError(line: node.line, path: "riskkit", message)
    }

    /// Refuses a file whose content is not what its digest was taken over.
    static func checkDigest(_ root: Node) throws(ArtifactError) {
        guard case .object(let members) = root.content, let last = members.last,
            last.key == "sha256", case .string(let written) = last.value.content
        else {
            throw ArtifactError(
                line: root["sha256"]?.line ?? root.line, path: "sha256",
                "expected the digest of the content as the last member")
        }
        let actual = Node.object(Array(members.dropLast())).sha256()
        guard written == actual else {
            throw ArtifactError(
                line: last.value.line, path: "sha256",
                "the file was changed after it was written: its content has the digest \(actual)")
        }
    }
}

extension Mistake {
    /// The same mistake with the line of its path in the document, or of the nearest value above.
    func located(in root: Node) -> Mistake {
        var node = root
        for step in path.split(whereSeparator: { ".[]".contains($0) }) {
            let next: Node?
            if case .array(let values) = node.content, let index = Int(step) {
                next = values.indices.contains(index) ? values[index] : nil
            } else {
                next = node[String(step)]
            }
            guard let next else { break }
            node = next
        }
        return Mistake(line: node.line, path: path, message: message)
    }
}
