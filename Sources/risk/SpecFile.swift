import RiskFeatures
import RiskJSON
import RiskModel
import RiskTables

/// Documents in YAML, read and checked as a whole.
enum SpecFile {
    /// The largest document that is read.
    static let largest = 4 << 20

    /// Reads a document.
    static func document(_ path: String) throws -> Node {
        let bytes = try readFile(path, limit: largest)
        return try mistakes(in: path) { () throws(Mistakes) in try parseYAML(bytes) }
    }

    /// The folder of a file, against which the paths in it are resolved.
    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// Where a file is that a spec in a folder names.
    static func path(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : "\(folder)/\(path)"
    }

    /// Reads a feature spec.
    static func features(_ path: String) throws -> FeatureSpec {
        let document = try document(path)
        return try mistakes(in: path) { () throws(Mistakes) in try FeatureSpec(document: document) }
    }

    /// Lets a reader note mistakes, and throws them all at once.
    static func read<Value>(
        _ path: String, _ body: (DocumentReader.Place, DocumentReader) -> Value
    ) throws -> Value {
        let reader = DocumentReader()
        let value = body(DocumentReader.Place(root: try document(path)), reader)
        try mistakes(in: path) { () throws(Mistakes) in try reader.finish() }
        return value
    }

    /// Names the file with each mistake.
    static func mistakes<Value>(
        in path: String, _ body: () throws(Mistakes) -> Value
    ) throws -> Value {
        do throws(Mistakes) {
            return try body()
        } catch {
            throw CommandFailure(.badData, messages: error.messages(in: path))
        }
    }
}

extension AdditiveModel {
    /// Takes the spec in, and its words for the features that the model uses.
    mutating func embed(_ spec: FeatureSpec) {
        featureSpec = spec.document
        for (index, feature) in features.enumerated() {
            guard let texts = spec.features.first(where: { $0.name == feature.name })?.reason else {
                continue
            }
            features[index].reason = ReasonTexts(
                investigator: texts.investigator, customer: texts.customer)
        }
    }
}
