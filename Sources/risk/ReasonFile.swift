import RiskJSON
import RiskModel

/// The words for features of a table that no feature spec made: what investigators and customers are told.
///
///     riskkit: reasons/1
///     reasons:
///       age: { investigator: { en: "{value} years old", zh: "年龄 {value}" } }
struct ReasonFile {
    private let texts: [String: ReasonTexts]

    /// Reads and checks a file.
    init(path: String) throws {
        texts = try SpecFile.read(path) { place, reader in Self.read(place, reader) }
    }

    /// The words for a feature.
    subscript(feature: String) -> ReasonTexts? { texts[feature] }

    private static func read(
        _ root: DocumentReader.Place, _ reader: DocumentReader
    ) -> [String: ReasonTexts] {
        guard let members = reader.members(of: root, known: ["riskkit", "reasons"]) else {
            return [:]
        }
        let format = members["riskkit"].flatMap { reader.string($0) }
        if members["riskkit"] == nil || format.map({ $0 != "reasons/1" }) ?? false {
            reader.note("expected a line \"riskkit: reasons/1\"", at: members["riskkit"] ?? root)
        }
        guard let place = members["reasons"] else {
            reader.note("expected \"reasons\": features with their words", at: root)
            return [:]
        }
        return (reader.entries(of: place) ?? []).reduce(into: [:]) { texts, entry in
            guard
                let audiences = reader.members(
                    of: entry.place, known: ["investigator", "customer"])
            else { return }
            func words(_ audience: String) -> [String: String] {
                (audiences[audience].flatMap { reader.entries(of: $0) } ?? []).reduce(into: [:]) {
                    $0[$1.key] = reader.string($1.place)
                }
            }
            texts[entry.key] = ReasonTexts(
                investigator: words("investigator"), customer: words("customer"))
        }
    }
}

extension AdditiveModel {
    /// Takes the words in for the features that the model uses.
    mutating func embed(_ reasons: ReasonFile) {
        for (index, feature) in features.enumerated() {
            if let texts = reasons[feature.name] { features[index].reason = texts }
        }
    }
}
