import Foundation
import RiskModel
import RiskModelExport
import Testing

/// What each export of a small model looks like, so that a change of it is seen and read;
/// RISK_RECORD=1 writes the files anew. Engines run them by `make test-exports`.
@Suite struct GoldenTests {
    static let formats: [(file: String, format: ExportFormat)] =
        SQLDialect.allCases.map { dialect in
            (
                "\(dialect.rawValue).sql",
                .sql(
                    SQLOptions(
                        dialect: dialect, table: "vectors", view: "scores", columns: ["id"],
                        reasons: 1))
            )
        } + [
            ("expression.sql", .sql(SQLOptions(dialect: .duckdb))),
            ("card.onnx", .onnx(reasons: 1)), ("card.pmml", .pmml(reasons: 1)),
            ("card.c", .c(name: nil)),
        ]

    static let model = AdditiveModel(
        name: "card",
        features: [Feature(name: "spend 7d"), Feature(name: "night\"share"), Feature(name: "age")],
        intercept: -300_000,
        tables: [
            ScoreTable(
                feature: 0, cutPoints: [-0.0, 0.1, 50, 1e300],
                units: [-5, 0, 70_000, 90_000, 100_000],
                missingUnits: 12, typicalUnits: 0),
            ScoreTable(
                feature: 1, cutPoints: [1 / 3.0], units: [-20_000, 30_000], missingUnits: -1,
                typicalUnits: -20_000),
        ],
        linearTerms: [
            LinearTerm(feature: 2, coefficient: -1e-9, missingUnits: 7, typicalUnits: 0)
        ],
        scaling: PointsScaling(basePoints: 100, baseOdds: 0.02, pointsToDoubleOdds: 1))

    @Test(arguments: formats.map(\.file))
    func exportIsAsRecorded(_ name: String) throws {
        let format = Self.formats.first { $0.file == name }!.format
        let export = try ModelExport(of: Self.model, as: format)
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Golden/\(name)")
        if ProcessInfo.processInfo.environment["RISK_RECORD"] == "1" {
            try Data(export.bytes).write(to: file)
        }
        #expect(try Data(contentsOf: file) == Data(export.bytes))
        #expect(export.notes == [])
    }

    @Test func outputsAreNamed() throws {
        let sql = SQLOptions(
            dialect: .sqlite, table: "t", columns: ["id"], reasons: 1)
        #expect(
            try ModelExport(of: Self.model, as: .sql(sql)).outputs == [
                "risk_units", "risk_log_odds", "risk_probability", "risk_points", "risk_reason_1",
                "risk_reason_1_log_odds",
            ])
        #expect(
            try ModelExport(of: Self.model, as: .c(name: nil)).outputs.first == "card_units")
    }
}
