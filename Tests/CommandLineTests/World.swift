import Foundation
import RiskColumns
import RiskJSON

/// A small table of vectors with labels that follow from them, and the model that `risk train` makes
/// of it: the ground of the other tests.
struct World: Sendable {
    /// The table as CSV; rows are in the order of time, some ratios are missing, some labels unknown.
    let csv: String
    /// The rows as they stand in the table.
    let rows: [[Substring]]
    /// The model file.
    let model: [UInt8]

    static let header = "transaction,at,customer,amount,ratio,night,fraud"
    static let features = ["amount", "ratio", "night"]

    /// The options that make the model of the table.
    static let training = [
        "--data", "vectors.csv", "--label", "fraud", "--time", "at", "--entity", "customer",
        "--test-from", "2018-07-10", "--gap", "3d", "--ignore", "transaction", "--resamples", "20",
    ]

    /// Made once for all tests.
    static func shared() async throws -> World { try await made.value }

    private static let made = Task { () async throws -> World in
        let csv = table(rows: 6000, seed: 7)
        let workplace = try Workplace()
        try workplace.write(csv, to: "vectors.csv")
        let outcome = try await workplace.risk(
            ["train"] + training + ["--output", "card.risk.json"])
        guard outcome.exitCode == 0 else { throw Failure(description: outcome.errors) }
        return World(
            csv: csv,
            rows: csv.split(separator: "\n").dropFirst().map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            },
            model: try workplace.bytes("card.risk.json"))
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// A workplace that holds the table and the model.
    func workplace() throws -> Workplace {
        let workplace = try Workplace()
        try workplace.write(csv, to: "vectors.csv")
        try workplace.write(model, to: "card.risk.json")
        return workplace
    }

    /// 60 days from 2018-06-01. The log-odds of fraud rise with the ratio, large amounts and the night.
    static func table(rows: Int, seed: UInt64) -> String {
        var generator = SplitMix64(seed: seed)
        func uniform() -> Double { Double.random(in: 0..<1, using: &generator) }
        var text = header + "\n"
        let start = Timestamps.microseconds(year: 2018, month: 6, day: 1)
        for row in 0..<rows {
            let time =
                start + Int64(row) * (60 * Timestamps.day / Int64(rows)) / Timestamps.second
                * Timestamps.second
            let amount = Int(-log(1 - uniform()) * 5000)
            let ratio = exp((uniform() + uniform() + uniform() - 1.5) * 2)
            let night = uniform() < 0.2
            let logOdds = -3.5 + 1.3 * log(ratio) + (amount > 15_000 ? 1.5 : 0) + (night ? 0.8 : 0)
            let fraud = uniform() < 1 / (1 + exp(-logOdds))
            let shownRatio = uniform() < 0.05 ? "" : String(format: "%.5f", ratio)
            let label = uniform() < 0.01 ? "" : fraud ? "1" : "0"
            text += "t\(row),\(Timestamps.format(time)),c\(Int(uniform() * 300)),"
            text += String(format: "%d.%02d", amount / 100, amount % 100)
            text += ",\(shownRatio),\(night ? 1 : 0),\(label)\n"
        }
        return text
    }
}
