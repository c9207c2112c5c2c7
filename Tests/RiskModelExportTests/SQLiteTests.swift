import Foundation
import ModelCases
import RiskModel
import Testing

@testable import RiskModelExport

/// Whether the machine has SQLite's command.
private let hasSQLite =
    ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/sqlite3")
    } ?? false

/// Exported views in a real SQLite, where the machine has its command: rows and expected scores are
/// written as quotients of whole numbers, and SQLite itself counts the rows that differ.
@Suite(.enabled(if: hasSQLite, "there is no sqlite3 here; make test-exports has one"))
struct SQLiteTests {
    @Test func viewsScoreAsTheDefinition() throws {
        var random = SeededGenerator(seed: 23)
        for _ in 0..<10 {
            let model = AdditiveModel.random(using: &random)
            #expect(try differing(model, rows: 300, using: &random) == "300 0 0")
        }
    }

    /// Rows, rows whose scores differ, rows whose log-odds as one expression differ.
    private func differing(
        _ model: AdditiveModel, rows: Int, using random: inout SeededGenerator
    ) throws -> String {
        let dialect = SQLDialect.sqlite
        let names = model.features.map { dialect.identifier($0.name) }
        func literal(_ value: Double) -> String { value.isNaN ? "NULL" : dialect.real(value) }
        var sql = "CREATE TABLE t (u, l, p, n\(names.map { ", \($0) REAL" }.joined()));\nBEGIN;\n"
        for _ in 0..<rows {
            let row = model.awkwardRow(using: &random)
            let units = model.units(values: row)
            let probability = model.calibration.probability(units: units)
            let points = model.scaling.points(probability: probability)
            let expected = [
                "\(units)", literal(LogOdds.value(units)), literal(probability), "\(points)",
            ]
            sql +=
                "INSERT INTO t VALUES (\((expected + row.map(literal)).joined(separator: ", ")));\n"
        }
        sql += "COMMIT;\n"
        func text(_ options: SQLOptions) throws -> String {
            String(decoding: try ModelExport(of: model, as: .sql(options)).bytes, as: UTF8.self)
        }
        sql += try text(SQLOptions(dialect: dialect, table: "t", view: "scores"))
        let expression = try text(SQLOptions(dialect: dialect))
        sql += """
            SELECT count(*) || ' ' || sum(u IS NOT risk_units OR l IS NOT risk_log_odds
                OR p IS NOT risk_probability OR n IS NOT risk_points) FROM scores;
            SELECT sum(l IS NOT (\(expression))) FROM t;

            """
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "risk-sql-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, output) = (folder.appending(path: "in"), folder.appending(path: "out"))
        try Data(sql.utf8).write(to: input)
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["sqlite3", "-batch", "-bail", ":memory:"]
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: try Data(contentsOf: output), as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
