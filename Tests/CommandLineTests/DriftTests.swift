import Foundation
import RiskColumns
import RiskEvaluation
import RiskJSON
import RiskModel
import Testing

@Suite("risk drift, and the summary of risk score")
struct DriftTests {
    /// The world's table, its ratios three times as large where `factor` says so, every third missing.
    private func shifted(_ workplace: Workplace, factor: Double) throws {
        let lines = try workplace.text("vectors.csv").split(separator: "\n")
        var text = lines[0] + "\n"
        for (index, line) in lines.dropFirst().enumerated() {
            var fields = line.split(separator: ",", omittingEmptySubsequences: false).map(
                String.init)
            let ratio = Double(fields[4]).map { String($0 * factor) } ?? ""
            fields[4] = index % 3 == 0 ? "" : ratio
            text += fields.joined(separator: ",") + "\n"
        }
        try workplace.write(String(text), to: "shifted.csv")
    }

    private func number(_ node: Node?) -> Double? {
        switch node?.content {
        case .number(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }

    private func entry(_ report: Node, _ name: String) -> Node? {
        guard case .array(let entries) = report.content else { return nil }
        return entries.first { $0["name"] == Node(name) }
    }

    private func column(_ csv: String, _ index: Int) -> [Double] {
        csv.split(separator: "\n").dropFirst().map { line in
            Double(line.split(separator: ",", omittingEmptySubsequences: false)[index]) ?? .nan
        }
    }

    @Test("Of two tables the index is the library's, and what has not moved is not said to have")
    func tables() async throws {
        let workplace = try await World.shared().workplace()
        try shifted(workplace, factor: 3)
        let outcome = try await workplace.risk(
            "drift", "--reference", "vectors.csv", "--current", "shifted.csv", "--ignore",
            "transaction,at,fraud", "--categories", "customer", "--json")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let report = try JSONParser.parse(Array(outcome.output.utf8))
        let expected = try populationStabilityIndex(
            reference: column(workplace.text("vectors.csv"), 4),
            current: column(workplace.text("shifted.csv"), 4))
        #expect(number(entry(report, "ratio")?["stabilityIndex"]) == expected.index)
        #expect(expected.index > 0.25)
        #expect(entry(report, "ratio")?["verdict"] == "shifted")
        for name in ["amount", "night", "customer"] {
            #expect(number(entry(report, name)?["stabilityIndex"]) == 0)
        }
        #expect(entry(report, "customer")?["unseen"] == [])
        #expect(entry(report, "transaction") == nil)
    }

    @Test(
        "Texts that would drive a terminal are spelt out; texts equal to Swift alone are no crash")
    func hostileTexts() async throws {
        let workplace = try Workplace()
        let (one, two) = ("\u{E9}", "e\u{301}")
        try workplace.write("c,x\n" + String(repeating: "a,1\n", count: 50), to: "a.csv")
        try workplace.write(
            "c,x\n" + String(repeating: "a,1\n\u{1B}[31mred,2\n\(one),3\n\(two),4\n", count: 20),
            to: "b.csv")
        let drift = ["drift", "--reference", "a.csv", "--current", "b.csv", "--categories"]
        let outcome = try await workplace.risk(drift + ["c"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("\\u{1b}[31mred") && !outcome.output.contains("\u{1B}"))
        let twice = try await workplace.risk(drift + ["c,c"])
        #expect(twice.exitCode == 64 && twice.errors.contains("named twice"))
    }

    @Test(
        "Categories that the reference has not are named; a column of texts has to be said to be one"
    )
    func categories() async throws {
        let workplace = try Workplace()
        try workplace.write("c,x\n" + String(repeating: "a,1\nb,2\n", count: 50), to: "a.csv")
        try workplace.write("c,x\n" + String(repeating: "a,1\nz,2\n,2\n", count: 40), to: "b.csv")
        let drift = ["drift", "--reference", "a.csv", "--current", "b.csv"]
        let outcome = try await workplace.risk(drift + ["--categories", "c", "--json"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let found = entry(try JSONParser.parse(Array(outcome.output.utf8)), "c")
        #expect(found?["unseen"] == ["z"])
        #expect(found?["missing"] == Node(1.0 / 3))
        // By hand: shares of a, b, the others and the missing, half a row added to each.
        let bins = [(50, 40), (50, 0), (0, 40), (0, 40)].map {
            (Double($0) + 0.5, Double($1) + 0.5)
        }
        let index = bins.reduce(0.0) { sum, bin in
            let (r, c) = (bin.0 / 102, bin.1 / 122)
            return sum + (c - r) * log(c / r)
        }
        #expect(abs(try #require(number(found?["stabilityIndex"])) - index) < 1e-12)
        let refused = try await workplace.risk(drift)
        #expect(refused.exitCode == 65)
        #expect(refused.errors.contains("--categories"))
        let absent = try await workplace.risk(drift + ["--categories", "d"])
        #expect(absent.exitCode == 65 && absent.errors.contains("a.csv"))
    }

    @Test(
        "Against the training: the training rows have not moved, others have, and --at-most tells")
    func training() async throws {
        let workplace = try await World.shared().workplace()
        try shifted(workplace, factor: 3)
        let drift = ["drift", "--model", "card.risk.json", "--current"]
        let same = try await workplace.risk(drift + ["vectors.csv", "--at-most", "0.1"])
        #expect(same.exitCode == 0, "\(same.errors)\(same.output)")
        let moved = try await workplace.risk(drift + ["shifted.csv", "--at-most", "0.25"])
        #expect(moved.exitCode == 1)
        #expect(moved.errors.contains("ratio") && !moved.errors.contains("amount"))
        #expect(moved.output.contains("(score)"))

        // A model that does not say what it was trained on, and one that says nonsense.
        var model = try AdditiveModel(artifact: workplace.bytes("card.risk.json"))
        guard case .object(let members) = model.lineage.content else {
            Issue.record("the lineage is no mapping")
            return
        }
        #expect(members.contains { $0.key == "population" })
        let others = members.filter { $0.key != "population" }
        // An infinite bound stood there as null: of that feature nothing is told, of the others all.
        let told = try #require(members.first { $0.key == "population" }?.value)
        guard case .array(let features)? = told["features"]?.content else {
            Issue.record("the features are no list")
            return
        }
        let untold = features.map { feature -> Node in
            guard feature["name"] == "ratio", case .object(let members) = feature.content else {
                return feature
            }
            return .object(members.map { $0.key == "upTo" ? .init("upTo", [nil, 1]) : $0 })
        }
        let population = Node.object([
            .init("score", try #require(told["score"])), .init("features", .array(untold)),
        ])
        model.lineage = .object(others + [.init("population", population)])
        try workplace.write(model.artifact(), to: "null.risk.json")
        let partly = try await workplace.risk(
            "drift", "--model", "null.risk.json", "--current", "shifted.csv", "--json")
        #expect(partly.exitCode == 0, "\(partly.errors)")
        let report = try JSONParser.parse(Array(partly.output.utf8))
        #expect(entry(report, "amount") != nil && entry(report, "ratio") == nil)
        let summary = try await workplace.risk(
            "score", "--model", "null.risk.json", "--input", "vectors.csv", "--output", "s.csv",
            "--summary")
        #expect(summary.exitCode == 0)
        #expect(!summary.errors.contains("ratio has shifted"), "\(summary.errors)")
        for nonsense in [nil, Node(3), .object(["features": [], "score": []])] as [Node?] {
            let extra = nonsense.map { [Node.Member("population", $0)] } ?? []
            model.lineage = .object(others + extra)
            try workplace.write(model.artifact(), to: "old.risk.json")
            let outcome = try await workplace.risk(
                "drift", "--model", "old.risk.json", "--current", "vectors.csv")
            #expect(outcome.exitCode == 65)
            #expect(outcome.errors.contains("give --reference"))
            let scored = try await workplace.risk(
                "score", "--model", "old.risk.json", "--input", "vectors.csv", "--output", "s.csv",
                "--summary")
            #expect(scored.exitCode == 0)
            #expect(scored.errors.contains("does not say what it was trained on"))
        }
    }

    @Test("The summary counts all rows, and names what has shifted since the training")
    func summary() async throws {
        let workplace = try await World.shared().workplace()
        try shifted(workplace, factor: 3)
        let score = [
            "score", "--model", "card.risk.json", "--output", "s.csv", "--json", "--input",
        ]
        let quiet = try await workplace.risk(score + ["vectors.csv"])
        #expect(quiet.exitCode == 0 && quiet.errors == "")
        let outcome = try await workplace.risk(score + ["shifted.csv", "--summary"])
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("ratio has shifted"))
        #expect(!outcome.errors.contains("amount has shifted"))
        let summary = try JSONParser.parse(Array(outcome.output.utf8))
        #expect(summary["rows"] == 6000)
        let features = try #require(summary["features"])
        let ratio = column(try workplace.text("shifted.csv"), 4)
        let missing = Double(ratio.count { $0.isNaN }) / 6000
        #expect(number(entry(features, "ratio")?["missing"]) == missing)
        #expect(entry(features, "ratio")?["shifted"] == true)
        #expect(entry(features, "night")?["shifted"] == false)
        let lines = try workplace.text("s.csv").split(separator: "\n").dropFirst()
        let probabilities = lines.compactMap { line in
            line.split(separator: ",").dropLast().last.flatMap { Double($0) }
        }.sorted()
        #expect(probabilities.count == 6000)
        let told = try #require(summary["probability"])
        #expect(number(told["highest"]) == probabilities.last)
        #expect(number(told["lowest"]) == probabilities.first)
        let mean = probabilities.reduce(0, +) / 6000
        #expect(abs(try #require(number(told["mean"])) - mean) < 1e-8)
        // The median is the upper end of a bucket of 1/32 log-odds.
        let median = try #require(number(told["median"]))
        #expect(median >= probabilities[2999] && median < probabilities[2999] * exp(1.0 / 32))
        let piped = try await workplace.risk(
            "score", "--model", "card.risk.json", "--input", "vectors.csv", "--output", "-",
            "--json")
        #expect(piped.exitCode == 64)
    }
}
