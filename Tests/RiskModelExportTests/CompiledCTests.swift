import Foundation
import ModelCases
import RiskModel
import RiskModelExport
import RiskScoring
import Testing

/// The exported C, compiled and run over awkward rows, against the scorer: to the bit.
@Suite struct CompiledCTests {
    /// Writes of each row of doubles on standard input: units, log-odds, probability, points, the
    /// number of reasons, and three of them.
    private static let loop = """
        #define m_DECLARATIONS_ONLY
        #include "m.c"
        #include <stdio.h>
        int main(void) {
            double row[m_FEATURE_COUNT + 1];
            while (fread(row, sizeof(double), m_FEATURE_COUNT + 1, stdin) == m_FEATURE_COUNT + 1) {
                size_t features[3] = {0, 0, 0};
                double above[3] = {0, 0, 0}, scores[2];
                int64_t whole[6];
                scores[0] = m_logodds(row);
                scores[1] = m_probability(row);
                whole[0] = m_units(row);
                whole[1] = m_points(row);
                whole[2] = (int64_t)m_reasons(row, 3, features, above);
                for (int i = 0; i < 3; i++) whole[3 + i] = (int64_t)features[i];
                fwrite(scores, sizeof scores, 1, stdout);
                fwrite(whole, sizeof whole, 1, stdout);
                fwrite(above, sizeof above, 1, stdout);
            }
            return 0;
        }

        """

    @Test func compiledModelsScoreAsTheScorer() throws {
        var random = SeededGenerator(seed: 17)
        for _ in 0..<12 {
            let model = AdditiveModel.random(using: &random)
            try compare(model, rows: (0..<3000).map { _ in model.awkwardRow(using: &random) })
        }
    }

    @Test func compiledModelOfHostileNames() throws {
        var model = GoldenTests.model
        model.name = "*/ int \\"
        let names = ["\" ; exit(1); //", "??/", "消费\\"]
        model.features = names.map { Feature(name: $0) }
        try compare(
            model, rows: [[0, .nan, -.infinity], [.infinity, 1 / 3.0, 1e9], [0.1, 1, 0]])
    }

    private func compare(_ model: AdditiveModel, rows: [[Double]]) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "risk-c-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let export = try ModelExport(of: model, as: .c(name: "m"))
        try Data(export.bytes).write(to: folder.appending(path: "m.c"))
        try Data(Self.loop.utf8).write(to: folder.appending(path: "loop.c"))
        // A row's last place is not the model's, so that a model without features has rows too.
        let numbers: [Double] = rows.flatMap { (row: [Double]) -> [Double] in row + [0] }
        let input = numbers.withUnsafeBytes { Data($0) }
        try input.write(to: folder.appending(path: "rows"))
        try run(
            "${CC:-$(command -v clang || command -v cc)} -O2 -std=c99 -pedantic -Wall -Wextra -Werror "
                + "m.c loop.c -o loop && ./loop < rows > scores", in: folder)
        let scores = try Data(contentsOf: folder.appending(path: "scores"))
        #expect(scores.count == rows.count * 88)
        let scorer = Scorer(model)
        var different = 0
        for (index, row) in rows.enumerated() {
            func word(_ place: Int) -> UInt64 {
                scores.withUnsafeBytes {
                    $0.loadUnaligned(fromByteOffset: index * 88 + place * 8, as: UInt64.self)
                }
            }
            let score = scorer.score(row: row)
            let units = model.units(values: row)
            let expected = [
                score.logOdds.bitPattern, score.probability.bitPattern, UInt64(bitPattern: units),
                UInt64(bitPattern: Int64(score.points)),
            ]
            let reasons = scorer.reasons(row: row, top: 3)
            var isSame = expected == (0..<4).map(word) && word(4) == UInt64(reasons.count)
            for (rank, reason) in reasons.enumerated() {
                let above = LogOdds.value(reason.units)
                isSame =
                    isSame && word(5 + rank) == UInt64(reason.index)
                    && word(8 + rank) == above.bitPattern
            }
            if !isSame { different += 1 }
        }
        #expect(different == 0, "of \(rows.count) rows")
    }

    private func run(_ line: String, in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", line]
        process.currentDirectoryURL = folder
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(line)")
    }
}
