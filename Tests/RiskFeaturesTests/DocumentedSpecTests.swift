import Foundation
import RiskJSON
import RiskTables
import Testing

@testable import RiskFeatures

/// What `docs/features.md` shows is valid: its complete specs, and the features it adds to the first.
@Suite struct DocumentedSpecTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static let page = text("docs/features.md")

    static func text(_ path: String) -> String {
        (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
    }

    /// The fenced blocks of YAML behind a mark.
    static func blocks(_ mark: String) -> [String] {
        page.components(separatedBy: "<!-- \(mark) -->\n```yaml\n").dropFirst()
            .compactMap { $0.components(separatedBy: "\n```").first }
    }

    static func spec(_ yaml: String) throws -> FeatureSpec {
        try FeatureSpec(document: parseYAML(Array(yaml.utf8)))
    }

    @Test func completeSpecsAreValid() throws {
        let specs = Self.blocks("complete spec")
        #expect(!specs.isEmpty)
        for text in specs {
            let spec = try Self.spec(text)
            #expect(spec.features.count == 10)
            #expect(spec.featureNames.count == 9)
        }
    }

    @Test func theSpecWithAddressesIsValid() throws {
        let spec = try Self.spec(try #require(Self.blocks("addresses spec").first))
        #expect(spec.databases.map(\.validity.count) == [2, 1])
        #expect(spec.events[0].fields.filter(\.isLookedUp).count == 4)
        // Every word that there is, and no other.
        let table = Self.page.components(separatedBy: "| look-up | path |").last ?? ""
        let words = table.components(separatedBy: "\n| `").dropFirst().prefix(8)
            .compactMap { $0.components(separatedBy: "(x)").first }
        #expect(words == AddressQuestion.paths.map(\.word))
        for (word, path) in AddressQuestion.paths {
            #expect(table.contains("| `\(word)(x)` | `\(path.joined(separator: "."))`"))
        }
    }

    @Test func theRingsShownAreValid() throws {
        let text = try #require(Self.blocks("complete spec with rings").first)
        let spec = try Self.spec(text)
        #expect(spec.rings.map(\.name) == ["crew", "household"])
        #expect(spec.rings[0].cutOffs == [20, 50, 5])
        #expect(spec.featureNames.count == 11)
    }

    @Test(arguments: ["features", "features-handbook"])
    func theRecipesSpecsAreValid(name: String) throws {
        let spec = try Self.spec(Self.text("models/card-misuse/\(name).yaml"))
        #expect(spec.vectors.label == .field("fraud"))
    }

    @Test func theFeaturesShownAreValid() throws {
        let complete = try #require(Self.blocks("complete spec").first)
        let blocks = Self.blocks("features")
        #expect(blocks.count == 15)
        for block in blocks {
            let lines = block.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
            let text = complete.replacing("\nfeatures:\n", with: "\nfeatures:\n\(lines)\n")
            let spec = try Self.spec(text)
            #expect(spec.features.count == 10 + block.split(separator: "\n").count)
        }
    }

    /// Every aggregate, function and member is named on the page.
    @Test(arguments: [
        "count", "sum", "mean", "min", "max", "std", "last", "first", "since_last", "since_first",
        "distinct", "share", "rate", "peak", "gap_mean", "gap_std", "gap_cv", "entropy",
        "top_share",
        "new", "decayed_count", "decayed_sum", "quantile", "ratio", "zscore", "hour_distance",
        "speed", "coalesce", "is_missing", "if", "abs", "floor", "sqrt",
        "timezone", "lists", "events", "features", "vectors", "known_after", "round", "hidden",
        "reason", "default", "derive", "per", "include", "delay", "hop", "window", "where",
        "databases", "versions", "lookup", "in", "path",
        "rings", "ring", "members", "through", "of", "degree", "fraud", "size", "frauds",
        "fraud_share", "age", "growth",
    ])
    func isDocumented(word: String) {
        #expect(Self.page.contains("`\(word)") || Self.page.contains(", \(word)`"), "\(word)")
    }
}
