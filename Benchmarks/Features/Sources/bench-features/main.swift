import Foundation
import Histogram
import RiskColumns
import RiskFeatures
import RiskTables

// Sixteen features over three keys, on events that `features.py` made: see Benchmarks/features.sh.
//
//     bench-features batch FOLDER EVENTS THREADS    # seconds; writes FOLDER/riskkit.f64, row by row
//     bench-features live FOLDER EVENTS [TOGETHER]  # events a second, latencies, bytes a key

let spec = """
    riskkit: features/1
    events:
      login:
        time: t
        keys: { acct: acct, ip: ip, dev: dev }
        fields: { amt: decimal(2) }
    features:
      c1h: { of: login, by: acct, aggregate: count, window: 1h, include: current }
      c1d: { of: login, by: acct, aggregate: count, window: 1d, include: current }
      c7d: { of: login, by: acct, aggregate: count, window: 7d, include: current }
      c30: { of: login, by: acct, aggregate: count, window: 30d, include: current }
      s1h: { of: login, by: acct, aggregate: sum(amt), window: 1h, include: current }
      s1d: { of: login, by: acct, aggregate: sum(amt), window: 1d, include: current }
      s7d: { of: login, by: acct, aggregate: sum(amt), window: 7d, include: current }
      s30: { of: login, by: acct, aggregate: sum(amt), window: 30d, include: current }
      m7d: { of: login, by: acct, aggregate: max(amt), window: 7d, include: current }
      n30: { of: login, by: acct, aggregate: share(hour < 6), window: 30d, include: current }
      since: { of: login, by: acct, aggregate: since_last }
      ic1h: { of: login, by: ip, aggregate: count, window: 1h, include: current }
      ic1d: { of: login, by: ip, aggregate: count, window: 1d, include: current }
      aip7: { of: login, by: acct, aggregate: distinct(ip), window: 7d, include: current }
      ia1d: { of: login, by: ip, aggregate: distinct(acct), window: 1d, include: current }
      da7: { of: login, by: dev, aggregate: distinct(acct), window: 7d, include: current }
    vectors: { unit: login }
    """

let arguments = CommandLine.arguments
guard arguments.count >= 4, let events = Int(arguments[3]) else {
    print("bench-features batch FOLDER EVENTS [THREADS] | live FOLDER EVENTS [TOGETHER]")
    exit(64)
}
let folder = arguments[2]
/// The best of so many runs in one process counts: the first pays for memory that is new to it.
let repeats = 4

/// A column of the events as features.py left it: little-endian 64-bit integers.
func raw(_ name: String) throws -> [Int64] {
    let data = try Data(contentsOf: URL(filePath: "\(folder)/\(name).i64"), options: .alwaysMapped)
    return data.withUnsafeBytes { Array($0.bindMemory(to: Int64.self).prefix(events)) }
}

/// A key as a log would have it read: codes, and the text of each.
func key(_ name: String) throws -> Column {
    let values = try raw(name)
    var dictionary = CategoryDictionary()
    var codeOfValue = [Int32](repeating: -1, count: Int(values.max() ?? 0) + 1)
    let codes = values.map { value -> Int32 in
        if codeOfValue[Int(value)] < 0 {
            codeOfValue[Int(value)] = dictionary.intern("\(name)\(value)")
        }
        return codeOfValue[Int(value)]
    }
    return Column(name: name, type: .category, storage: .codes(codes, dictionary))
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
}

/// The most memory the process has had, in bytes.
func peakMemory() -> Int {
    var usage = rusage()
    getrusage(0, &usage)  // RUSAGE_SELF
    return usage.ru_maxrss * 1024
}

let features = try FeatureSpec(document: parseYAML(Array(spec.utf8)))

if arguments[1] == "batch" {
    let threads = arguments.count > 4 ? Int(arguments[4])! : 2
    let logs: [String: Table] = [
        "login": Table(
            columns: [
                Column(name: "t", type: .time, storage: .integers(try raw("t"))),
                try key("acct"), try key("ip"), try key("dev"),
                Column(name: "amt", type: .decimal(scale: 2), storage: .integers(try raw("amt"))),
            ], rowCount: events)
    ]
    let before = peakMemory()
    var vectors: FeatureVectors?
    var (all, taking) = (Double.infinity, 0.0)
    for _ in 0..<repeats {
        vectors = nil
        var own = 0.0
        let whole = try seconds {
            var extractor: BatchExtractor?
            own = try seconds {
                extractor = try BatchExtractor(spec: features, logs: logs, threads: threads)
            }
            vectors = try extractor!.vectors()
        }
        if whole < all { (all, taking) = (whole, own) }
    }
    // The floor: the log's columns once for each key, and every vector written once.
    let bytes = Double(events) * (8 * 5 * 3 + 8 * 16)
    print(
        "{\"seconds\": \(all), \"taking\": \(taking), \"peak\": \(peakMemory()), "
            + "\"before\": \(before), \"bytes\": \(bytes)}")
    _ = FileManager.default.createFile(atPath: "\(folder)/riskkit.f64", contents: nil)
    let file = FileHandle(forWritingAtPath: "\(folder)/riskkit.f64")!
    for start in stride(from: 0, to: events, by: 1 << 16) {
        var block: [Double] = []
        for row in start..<min(events, start + 1 << 16) {
            for feature in vectors!.names.indices { block.append(vectors!.value(row, feature)) }
        }
        try file.write(contentsOf: block.withUnsafeBytes { Data($0) })
    }
} else {
    let (t, acct, ip, dev, amt) = try (
        raw("t"), raw("acct"), raw("ip"), raw("dev"), raw("amt")
    )
    // In nanoseconds, to a minute, with three digits.
    func histogram() -> Histogram<UInt64> {
        Histogram<UInt64>(
            lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000_000,
            numberOfSignificantValueDigits: .three)
    }
    let before = peakMemory()
    // Of one engine: what the first run left is in the others' way.
    var peak = before
    /// A run of an engine that is given so many events at a time; nanoseconds.
    func live(together: Int) throws -> (whole: UInt64, latencies: Histogram<UInt64>) {
        let engine = FeatureEngine(spec: features)
        let layout = engine.layout(of: "login")!
        precondition(layout.names == ["acct", "ip", "dev", "amt"])
        var own = (whole: 0 as UInt64, latencies: histogram())
        for start in stride(from: 0, to: events, by: together) {
            var waiting: [FeatureEngine.LaidOutEvent] = []
            for row in start..<min(start + together, events) {
                waiting.append(
                    FeatureEngine.LaidOutEvent(
                        layout, time: t[row],
                        values: [
                            .text("acct\(acct[row])"), .text("ip\(ip[row])"),
                            .text("dev\(dev[row])"), .integer(amt[row]),
                        ]))
            }
            let taken: UInt64
            if together == 1 {
                let (time, values) = (waiting[0].time, waiting[0].values)
                let begin = DispatchTime.now().uptimeNanoseconds
                let vector = try engine.process(layout, time: time, values: values)
                taken = DispatchTime.now().uptimeNanoseconds - begin
                precondition(vector?.count == 16)
            } else {
                let begin = DispatchTime.now().uptimeNanoseconds
                let results = engine.process(waiting)
                taken = DispatchTime.now().uptimeNanoseconds - begin
                for result in results {
                    let vector = try result.get()
                    precondition(vector?.count == 16)
                }
            }
            // Each of them had to wait for all.
            for _ in waiting { own.latencies.record(taken) }
            own.whole += taken
        }
        if peak == before { peak = peakMemory() }
        return own
    }
    let sizes = arguments.count > 4 ? [max(1, Int(arguments[4]) ?? 1)] : [1, 4, 8]
    var best = sizes.map { _ in (whole: UInt64.max, latencies: histogram()) }
    // In turns: the machine's moods are for all of them.
    for _ in 0..<repeats {
        for (index, together) in sizes.enumerated() {
            let own = try live(together: together)
            if own.whole < best[index].whole { best[index] = own }
        }
    }
    let keys = Set(acct).count + Set(ip).count + Set(dev).count
    let shown = zip(sizes, best).map { together, best in
        let (whole, latencies) = best
        func quantile(_ percent: Double) -> UInt64 { latencies.valueAtPercentile(percent) }
        return "{\"together\": \(together), "
            + "\"perSecond\": \(Double(events) / (Double(whole) / 1e9)), "
            + "\"p50\": \(quantile(50)), \"p99\": \(quantile(99)), "
            + "\"p999\": \(quantile(99.9)), \"p9999\": \(quantile(99.99)), "
            + "\"max\": \(latencies.max), "
            + "\"bytesPerKey\": \((peak - before) / keys), \"keys\": \(keys)}"
    }
    print("[" + shown.joined(separator: ",\n") + "]")
}
