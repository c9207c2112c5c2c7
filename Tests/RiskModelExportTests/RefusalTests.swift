import RiskJSON
import RiskModel
import RiskModelExport
import Testing

/// What an engine would mistake, or could not take, is refused with a word that says why.
@Suite struct RefusalTests {
    private func model(_ names: [String], name: String = "m") -> AdditiveModel {
        AdditiveModel(
            name: name, features: names.map { Feature(name: $0) }, intercept: 0,
            tables: names.indices.map {
                ScoreTable(
                    feature: $0, cutPoints: [0], units: [1, 2], missingUnits: 3, typicalUnits: 1)
            })
    }

    private func refusal(_ model: AdditiveModel, _ format: ExportFormat) -> String {
        do throws(Mistakes) {
            _ = try ModelExport(of: model, as: format)
            return ""
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        (SQLDialect.sqlite, true), (.duckdb, true), (.spark, true), (.postgresql, false),
        (.clickhouse, false),
    ])
    func namesThatDifferInCase(_ dialect: SQLDialect, _ isRefused: Bool) {
        let said = refusal(model(["Amount", "amount"]), .sql(SQLOptions(dialect: dialect)))
        #expect(
            said.contains("features[1].name: \"amount\" and \"Amount\" are one name") == isRefused)
    }

    @Test func longNamesOfPostgreSQL() {
        let long = String(repeating: "x", count: 64)
        let format = ExportFormat.sql(SQLOptions(dialect: .postgresql))
        #expect(refusal(model([long]), format).contains("cuts names off after 63 bytes"))
        #expect(refusal(model([String(long.dropLast())]), format) == "")
    }

    @Test(arguments: [
        SQLOptions(dialect: .duckdb, view: "v"), SQLOptions(dialect: .duckdb, columns: ["a"]),
        SQLOptions(dialect: .duckdb, table: "t", reasons: 1),
        SQLOptions(dialect: .duckdb, table: "t", columns: ["a"], reasons: 21),
        SQLOptions(dialect: .duckdb, table: "a..b"), SQLOptions(dialect: .duckdb, table: ""),
        SQLOptions(dialect: .duckdb, table: "a\nb"),
        SQLOptions(dialect: .duckdb, table: "t", columns: ["a", "A"]),
        SQLOptions(dialect: .duckdb, table: "t", columns: ["risk_points"]),
    ])
    func optionsThatCannotBe(_ options: SQLOptions) {
        #expect(refusal(model(["x"]), .sql(options)) != "")
    }

    @Test func namesOfTheOutputs() {
        let clash = model(["x", "risk_points"])
        let sql = SQLOptions(dialect: .sqlite, table: "t")
        for format in [ExportFormat.sql(sql), .onnx(reasons: 0), .pmml(reasons: 0)] {
            #expect(refusal(clash, format).contains("features[1].name"))
        }
        #expect(refusal(clash, .c(name: nil)) == "")
        #expect(refusal(clash, .sql(SQLOptions(dialect: .sqlite))) == "")
    }

    @Test(arguments: ["", "1a", "a b", "a*/", "ä", String(repeating: "a", count: 49), "_a"])
    func namesOfC(_ name: String) {
        #expect(refusal(model(["x"]), .c(name: name)).contains("a name as C knows them"))
    }

    @Test func charactersThatXMLLacks() {
        let odd = model(["a\u{FFFE}b"])
        #expect(refusal(odd, .pmml(reasons: 0)).contains("XML cannot carry"))
        #expect(refusal(odd, .onnx(reasons: 0)) == "")
    }

    @Test func modelsWithoutFeatures() throws {
        let empty = AdditiveModel(name: "m", features: [], intercept: 5)
        #expect(refusal(empty, .onnx(reasons: 0)).contains("no input"))
        #expect(refusal(empty, .pmml(reasons: 0)).contains("needs a term"))
        for dialect in SQLDialect.allCases {
            #expect(refusal(empty, .sql(SQLOptions(dialect: dialect, table: "t"))) == "")
        }
        #expect(refusal(empty, .c(name: nil)) == "")
    }

    @Test func productsTooSmallForPostgreSQL() {
        var tiny = model(["x"])
        tiny.calibration = .isotonic(logOdds: [0, 10], probabilities: [0, 1e-300])
        let options = SQLOptions(dialect: .postgresql, table: "t")
        #expect(refusal(tiny, .sql(options)).contains("calibration.probabilities[0]"))
        tiny.calibration = .platt(slope: 1e-300, intercept: 0)
        #expect(refusal(tiny, .sql(options)).contains("calibration.slope"))
        #expect(refusal(tiny, .sql(SQLOptions(dialect: .duckdb, table: "t"))) == "")
    }

    /// The most features that a model may have, through every export, without a crash or a deep recursion.
    @Test func widestModel() throws {
        let names = (0..<ModelLimits.features).map { "feature_\($0)" }
        let widest = model(names)
        let formats: [ExportFormat] = [
            .onnx(reasons: 3), .pmml(reasons: 0), .c(name: nil),
            .sql(SQLOptions(dialect: .duckdb, table: "t", columns: ["id"], reasons: 1)),
        ]
        for format in formats {
            let export = try ModelExport(of: widest, as: format)
            #expect(export.bytes.count > 1_000_000)
        }
    }
}
