// Reads a log of card transactions as typed columns and says how long that took.
//
//     bench-tables read FILE [REPEATS]          one line of JSON: seconds of each, and sums
//     bench-tables write FROM TO [THREADS]      reads vectors, then the seconds of writing them
//     bench-tables generate FILE ROWS           a log in the form that `read` reads, by a fixed seed
//
// `Benchmarks/tables.sh` runs it beside Polars and DuckDB.

import RiskColumns
import RiskTables

let usage = "usage: bench-tables read FILE [REPEATS] | write FROM TO [THREADS] | generate FILE ROWS"

/// The columns that the card recipe reads.
let requests = [
    ColumnRequest("TX_DATETIME", .time), ColumnRequest("CUSTOMER_ID", .category),
    ColumnRequest("TERMINAL_ID", .category),
    ColumnRequest("TX_AMOUNT", .decimal(scale: 2), rounded: true),
    ColumnRequest("TX_FRAUD", .boolean),
]

/// What every reader must agree on: rows, and for each column a number that depends on all of it.
func sums(_ table: Table) -> [Int64] {
    table.columns.map { column in
        switch column.storage {
        case .integers(let values):
            column.type == .time
                ? values.reduce(0) { $0 + $1 / Timestamps.second } : values.reduce(0, &+)
        case .codes(let codes, let dictionary):
            codes.reduce(0) { $0 + ($1 < 0 ? 0 : 1) } &* 1_000_000_007 &+ Int64(dictionary.count)
        case .numbers, .text: 0
        }
    }
}

func read(_ path: String, repeats: Int) throws {
    let clock = ContinuousClock()
    var seconds: [Double] = []
    var result: [Int64] = []
    var rows = 0
    for _ in 0..<repeats {
        let start = clock.now
        let table = try TableReader(path: path, requests: .columns(requests)).readAll()
        seconds.append((clock.now - start) / .seconds(1))
        rows = table.rowCount
        result = sums(table)
    }
    print("{\"rows\":\(rows),\"sums\":\(result),\"seconds\":\(seconds)}")
}

func write(_ from: String, to path: String, threads: Int?) throws {
    let table = try TableReader(
        path: from,
        requests: .all(
            as: .number,
            except: [
                ColumnRequest("time", .time), ColumnRequest("customer", .category),
                ColumnRequest("terminal", .category),
            ])
    ).readAll()
    let clock = ContinuousClock()
    let start = clock.now
    let writer = try TableWriter(path: path, threads: threads)
    try writer.write(table)
    try writer.finish()
    let seconds = (clock.now - start) / .seconds(1)
    print("{\"rows\":\(table.rowCount),\"seconds\":\(seconds)}")
}

func generate(_ path: String, rows: Int) throws {
    var state: UInt64 = 20_180_401
    /// splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    func next(_ bound: UInt64) -> Int64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int64(((z ^ (z >> 31)).multipliedFullWidth(by: bound)).high)
    }
    let writer = try TableWriter(path: path)
    var time = Timestamps.microseconds(year: 2018, month: 4, day: 1)
    var written = 0
    while written < rows {
        let count = min(65_536, rows - written)
        var ids: [Int64] = []
        var times: [Int64] = []
        var amounts: [Int64] = []
        var frauds: [Int64] = []
        var customers: [Int64] = []
        var terminals: [Int64] = []
        for index in 0..<count {
            ids.append(Int64(written + index))
            time += next(18) * Timestamps.second
            times.append(time)
            customers.append(next(5_000))
            terminals.append(next(10_000))
            amounts.append(next(20_000) + 1)
            frauds.append(next(120) == 0 ? 1 : 0)
        }
        func column(_ name: String, _ type: ColumnType, _ values: [Int64]) -> Column {
            Column(name: name, type: type, storage: .integers(values))
        }
        try writer.write(
            Table(
                columns: [
                    column("TRANSACTION_ID", .integer, ids), column("TX_DATETIME", .time, times),
                    column("CUSTOMER_ID", .integer, customers),
                    column("TERMINAL_ID", .integer, terminals),
                    column("TX_AMOUNT", .decimal(scale: 2), amounts),
                    column("TX_FRAUD", .boolean, frauds),
                    column("TX_FRAUD_SCENARIO", .integer, frauds.map { $0 * 2 }),
                ], rowCount: count))
        written += count
    }
    try writer.finish()
}

do {
    let arguments = CommandLine.arguments.dropFirst()
    switch (arguments.first, arguments.count) {
    case ("read", 2...3):
        let words = Array(arguments)
        try read(words[1], repeats: words.count > 2 ? max(1, Int(words[2]) ?? 1) : 1)
    case ("write", 3...4):
        let words = Array(arguments)
        try write(words[1], to: words[2], threads: words.count > 3 ? Int(words[3]) : nil)
    case ("generate", 3):
        let words = Array(arguments)
        try generate(words[1], rows: Int(words[2]) ?? 0)
    default:
        print(usage)
    }
} catch {
    print(error)
}
