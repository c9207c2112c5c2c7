import Foundation
import RiskColumns
import RiskTables
import Testing

/// Data outside of the repository: at `$RISKKIT_DATA`, else beside the project's folder.
enum SharedData {
    static func path(_ name: String) -> String? {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder =
            ProcessInfo.processInfo.environment["RISKKIT_DATA"]
            ?? root.appendingPathComponent("../shared/data").path
        let path = folder + "/" + name
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }
}

@Suite("The card transactions, where they are present")
struct CardsTests {
    static let cards = SharedData.path("cards/transactions.csv.gz")

    /// The figures are DuckDB's (2.0) over the first 300,000 rows: select sum(cast(round(TX_AMOUNT, 2)
    /// as decimal(18, 2))), sum(TX_FRAUD), count(distinct CUSTOMER_ID), count(distinct TERMINAL_ID),
    /// max(TX_DATETIME) from (select * from 'transactions.csv.gz' limit 300000). The benchmark
    /// compares the whole file.
    @Test(
        "agree with DuckDB's sums",
        .enabled(if: cards != nil, "skipped: no data at $RISKKIT_DATA or ../shared/data"))
    func sums() throws {
        let reader = try TableReader(
            path: try #require(Self.cards),
            requests: .columns([
                ColumnRequest("TX_DATETIME", .time), ColumnRequest("CUSTOMER_ID", .category),
                ColumnRequest("TERMINAL_ID", .category),
                ColumnRequest("TX_AMOUNT", .decimal(scale: 2), rounded: true),
                ColumnRequest("TX_FRAUD", .boolean),
            ]), batchRows: 100_000)
        var rows = 0
        var amount: Int64 = 0
        var frauds: Int64 = 0
        var last: Int64 = 0
        var distinct = [0, 0]
        while rows < 300_000, let table = try reader.next() {
            rows += table.rowCount
            for column in table.columns {
                switch column.storage {
                case .integers(let values) where column.name == "TX_AMOUNT":
                    amount += values.reduce(0, +)
                case .integers(let values) where column.type == .time:
                    last = max(last, values.max() ?? 0)
                case .integers(let values): frauds += values.reduce(0, +)
                case .codes(_, let dictionary):
                    distinct[column.name == "CUSTOMER_ID" ? 0 : 1] = dictionary.count
                default: break
                }
            }
        }
        #expect(rows == 300_000)
        #expect(amount == 1_606_363_880)
        #expect(frauds == 1841)
        #expect(distinct == [4960, 10_000])
        #expect(Timestamps.format(last) == "2018-05-02T08:16:44Z")
    }
}
