import Foundation
import RiskModel
import Testing

/// What checking a model file takes, measured on the process that does it.
@Suite("risk verify's memory")
struct ModelMemoryTests {
    /// The peak of the process's resident memory, in bytes: the last that /proc said before it ended. (What
    /// `wait4` says of a child is never less than what its parent had when it began.)
    private func peak(_ workplace: Workplace, _ file: String) async throws -> Int {
        let outcome = try await workplace.bash(
            """
            risk verify \(file) > /dev/null & process=$!
            peak=0
            while read -r name value unit < <(grep VmHWM /proc/$process/status 2> /dev/null); do
                peak=$value
            done
            wait $process && echo $peak
            """)
        return try #require(
            Int(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)),
            "\(outcome.errors)") * 1024
    }

    /// - Parameter cut: the cut points, shorter or longer as texts.
    private func model(tables: Int, cutPoints: Int, cut: (Int) -> Double) -> AdditiveModel {
        AdditiveModel(
            name: "large", features: (0..<tables).map { Feature(name: "f\($0)") }, intercept: 0,
            tables: (0..<tables).map { table in
                ScoreTable(
                    feature: table, cutPoints: (0..<cutPoints).map(cut),
                    units: (0...cutPoints).map { Int32($0 % 1000) }, missingUnits: 0,
                    typicalUnits: 0)
            })
    }

    @Test("At most four times the file, for megabytes of long numbers and of short ones")
    func fourTimes() async throws {
        let workplace = try Workplace()
        try workplace.write(
            model(tables: 1, cutPoints: 3) { Double($0) }.artifact(), to: "small.json")
        let least = try await peak(workplace, "small.json")
        for (name, cut) in [
            ("short", { Double($0) + 0.5 }), ("long", { Double($0) / 3 + 1.0 / 7 }),
        ] as [(String, (Int) -> Double)] {
            let bytes = model(tables: 100, cutPoints: 5000, cut: cut).artifact()
            #expect(bytes.count > 5 << 20)
            try workplace.write(bytes, to: "large.json")
            let peak = try await peak(workplace, "large.json")
            let times = Double(peak - least) / Double(bytes.count)
            #expect(times > 1 && times < 4, "\(name): \(times) times the file")
        }
    }
}
