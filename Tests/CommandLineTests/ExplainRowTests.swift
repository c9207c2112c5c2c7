import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif
import RiskColumns
import RiskJSON
import RiskModel
import RiskScoring
import Testing

@Suite("risk explain and risk bench")
struct ExplainRowTests {
    private func explain(_ workplace: Workplace, _ options: String...) async throws -> Node {
        let outcome = try await workplace.risk(["explain", "card.risk.json", "--json"] + options)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        return try JSONParser.parse(Array(outcome.output.utf8))
    }

    private func number(_ node: Node?) -> Double {
        switch node?.content {
        case .number(let value): value
        case .integer(let value): Double(value)
        default: .nan
        }
    }

    @Test("Every shape of a shipped model is drawn, zero on the first line or the last")
    func draws() async throws {
        let workplace = try Workplace()
        let path = Workplace.root.appending(path: "models/card-misuse/card-misuse.risk.json").path
        let model = try AdditiveModel(artifact: Array(Data(contentsOf: URL(filePath: path))))
        for name in Scorer(model).layout {
            let outcome = try await workplace.risk(["explain", path, "--feature", name])
            #expect(outcome.exitCode == 0, "\(name): \(outcome.errors)")
            #expect(outcome.output.contains("log-odds above the typical case"))
        }
    }

    @Test("The terms and the intercept add up to the scorer's log-odds, to the bit")
    func adds() async throws {
        let world = try await World.shared()
        let workplace = try world.workplace()
        let scorer = Scorer(try AdditiveModel(artifact: world.model))
        for row in [1, 17, 6000] {
            let explained = try await explain(
                workplace, "--input", "vectors.csv", "--row", String(row))
            let fields = world.rows[row - 1]
            let names = World.header.split(separator: ",")
            let values = scorer.layout.map { name in
                Double(fields[names.firstIndex { $0 == name }!]) ?? .nan
            }
            #expect(number(explained["logOdds"]) == scorer.score(row: values).logOdds)
            guard case .array(let terms)? = explained["terms"]?.content else {
                Issue.record("no terms")
                return
            }
            // Multiples of 2^-18 below 2^6: doubles add them without rounding.
            let sum = terms.reduce(number(explained["intercept"])) { $0 + number($1["adds"]) }
            #expect(sum == number(explained["logOdds"]))
            let above = terms.map { number($0["aboveTypical"]) }
            #expect(above == above.sorted(by: >))
            let reasons = scorer.reasons(row: values)
            #expect(
                reasons.map(\.logOdds) == above.filter { $0 > 0 })
            let named = try await explain(
                workplace, "--input", "vectors.csv", "--where", "transaction=\(fields[0])")
            #expect(named == explained)
        }
        let written = try await explain(workplace, "--values", "amount=12.5,night=1")
        let missing = scorer.layout.map { ["amount": 12.5, "night": 1][$0] ?? .nan }
        #expect(number(written["logOdds"]) == scorer.score(row: missing).logOdds)
    }

    @Test(
        "A feature is drawn in the terminal and as SVG that an XML parser takes, the row marked in both"
    )
    func plot() async throws {
        let workplace = try await World.shared().workplace()
        let outcome = try await workplace.risk(
            "explain", "card.risk.json", "--feature", "ratio", "--values", "ratio=2.5", "--svg",
            "ratio.svg")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count { $0.contains("┤") } == 11)
        #expect(outcome.output.contains("● 2.5: "))
        #expect(lines.allSatisfy { $0.count <= 80 })
        let model = try AdditiveModel(artifact: workplace.bytes("card.risk.json"))
        let table = try #require(model.tables.first { model.features[$0.feature].name == "ratio" })
        let counter = PathCounter()
        let parser = XMLParser(data: Data(try workplace.bytes("ratio.svg")))
        parser.delegate = counter
        #expect(parser.parse())
        // A step for each bin, and two circles: the missing value's and the row's.
        #expect(counter.steps == table.units.count)
        #expect(counter.circles == 2)
    }

    @Test("What is not there is told, with the nearest name; wrong rows are no crash")
    func refused() async throws {
        let workplace = try await World.shared().workplace()
        for (options, code, word) in [
            (["--row", "1"], 64, "--input"), ([], 64, "--row"),
            (["--values", "amont=1"], 64, "did you mean \"amount\"?"),
            (["--values", "amount=much"], 64, "amount=NUMBER"),
            (["--values", "amount=1,amount=2"], 64, "twice"),
            (["--input", "vectors.csv", "--row", "6001"], 65, "6000 rows"),
            (
                ["--input", "vectors.csv", "--where", "transaction=none"], 65,
                "no row has the value"
            ),
            (["--input", "vectors.csv", "--where", "nothing=1"], 65, "nothing"),
            (["--input", "nowhere.csv", "--row", "1"], 66, "nowhere.csv"),
            (["--feature", "ration"], 64, "did you mean \"ratio\"?"),
            (["--feature", "ratio", "--svg", "card.risk.json"], 64, "same file"),
        ] {
            let outcome = try await workplace.risk(["explain", "card.risk.json"] + options)
            #expect(outcome.exitCode == code, "\(options): \(outcome.errors)")
            #expect(outcome.errors.contains(word), "\(options): \(outcome.errors)")
            #expect(outcome.output == "")
        }
    }

    @Test(
        "bench measures what it says: every figure is there, positive, and reading is the floor's unit"
    )
    func bench() async throws {
        let workplace = try await World.shared().workplace()
        let outcome = try await workplace.risk(
            "bench", "card.risk.json", "--rows", "20000", "--runs", "1", "--threads", "2", "--json")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let report = try JSONParser.parse(Array(outcome.output.utf8))
        guard case .array(let batch)? = report["batch"]?.content,
            case .array(let single)? = report["oneRow"]?.content
        else {
            Issue.record("no measures")
            return
        }
        #expect(batch.count == 6 && single.count == 2)
        for measure in batch {
            let (nanoseconds, rate) = (
                number(measure["nanosecondsPerRow"]), number(measure["rowsPerSecond"])
            )
            #expect(nanoseconds > 0 && abs(nanoseconds * rate / 1e9 - 1) < 1e-9)
        }
        for measure in single {
            #expect(number(measure["p99Nanoseconds"]) >= number(measure["medianNanoseconds"]))
        }
        let refused = try await workplace.risk("bench", "card.risk.json", "--rows", "0")
        #expect(refused.exitCode == 64)
    }
}

/// Counts what a plot is made of.
private final class PathCounter: NSObject, XMLParserDelegate {
    var steps = 0
    var circles = 0

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        if name == "circle" { circles += 1 }
        if name == "path", attributes["stroke-width"] == "2" {
            steps = (attributes["d"] ?? "").count { $0 == "H" }
        }
    }
}
