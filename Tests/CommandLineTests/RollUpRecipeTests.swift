import Foundation
import RiskJSON
import Testing

@Suite("risk recipe: key monitoring lists")
struct RollUpRecipeTests {
    static let models = Workplace.root.appending(path: "models").path

    /// The rows of a CSV file without quotes, by the names in its header.
    private func rows(_ text: String) -> [[String: String]] {
        let lines = text.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
    }

    @Test("bulk-broadband writes a list for each key: all lines in each, the same expected cases")
    func lists() async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.risk(
            "recipe", "bulk-broadband", "--models", Self.models, "--simulated", "--customers",
            "3000", "--resamples", "0", "--quiet", "--output", "run")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        var expected: [Double] = []
        for key in ["store", "region", "purchaser", "address"] {
            #expect(outcome.output.contains("Key monitoring list by \(key), 2026-02-07"), "\(key)")
            let text = try await workplace.bash("cat run/rollup-\(key).csv").output
            let rows = rows(text)
            #expect(rows.count >= 10)
            let scored = rows.compactMap { Int($0["scored"] ?? "") }
            #expect(scored.count == rows.count && scored.allSatisfy { $0 >= 1 })
            // Every line of the day is in each list once.
            let lines = try await workplace.bash(
                "tail -n +2 run/last-day.csv | cut -d, -f2 | sort -u | wc -l")
            #expect("\(scored.reduce(0, +))" == lines.output.split(separator: "\n").first ?? "")
            expected.append(rows.compactMap { Double($0["expected"] ?? "") }.reduce(0, +))
            let rates = rows.compactMap { Double($0["shrunken_rate"] ?? "") }
            #expect(rates == rates.sorted(by: >))
            #expect(rows.allSatisfy { $0[key]?.isEmpty == false })
        }
        #expect(expected.allSatisfy { abs($0 - expected[0]) < 1e-6 && $0 > 0 })
    }

    @Test("a list's column must be one that the vectors carry; every mistake is named")
    func mistakes() async throws {
        let workplace = try Workplace()
        let outcome = try await workplace.bash(
            """
            mkdir -p models; cp -r '\(Self.models)/bulk-broadband' models/bad
            sed -i 's/^rollups: .*/rollups: { by: [stores, region, region], above: 15, priors: 3 }/' \
                models/bad/recipe.yaml
            risk recipe bad
            """)
        #expect(outcome.exitCode == 65)
        #expect(outcome.errors.contains("did you mean \"store\"?"))
        #expect(outcome.errors.contains("\"region\" is there twice"))
        #expect(outcome.errors.contains("rollups.above"))
        #expect(outcome.errors.contains("did you mean \"prior\"?"))
    }
}
