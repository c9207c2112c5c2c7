import CRiskKernels

/// How often each code occurs.
struct CodeTally {
    private var counts: [Int64: Int] = [:]
    /// How many codes occur so often.
    private var codesOfCount: [Int] = [0]
    private(set) var count = 0
    /// How often the most frequent code occurs.
    private(set) var largest = 0
    /// Σ c log2 c, each term rounded to a multiple of 2^-20: a sum of integers has no order.
    private var spread: Int64 = 0

    mutating func removeAll() { self = CodeTally() }

    mutating func add(_ code: Int64) { change(code, by: 1) }

    mutating func remove(_ code: Int64) { change(code, by: -1) }

    private mutating func change(_ code: Int64, by step: Int) {
        let before = counts[code] ?? 0
        let after = before + step
        counts[code] = after == 0 ? nil : after
        count += step
        if after == codesOfCount.count { codesOfCount.append(0) }
        codesOfCount[before] -= 1
        codesOfCount[after] += 1
        if after > largest {
            largest = after
        } else if before == largest, codesOfCount[before] == 0 {
            largest = after
        }
        spread += Self.term(after) - Self.term(before)
    }

    private static func term(_ count: Int) -> Int64 {
        guard count > 1 else { return 0 }
        let scale = 1_048_576 / 0.693_147_180_559_945_3
        return Int64((Double(count) * rk_log_f64(Double(count)) * scale).rounded())
    }

    /// Shannon's entropy in bits, log2 n - Σ c log2 c / n; NaN where nothing occurs.
    var entropy: Double {
        count == 0
            ? .nan : Double(Self.term(count) - spread) / (Double(count) * 1_048_576)
    }
}

/// Values in order: runs of at most 512, so that none is far to shift.
struct SortedValues {
    private var runs: [[Int64]] = []
    private(set) var count = 0

    private static let longest = 512

    mutating func removeAll() {
        runs.removeAll(keepingCapacity: true)
        count = 0
    }

    /// - Complexity: O(√count) for up to 10^6 values.
    mutating func insert(_ value: Int64) {
        count += 1
        if runs.isEmpty { return runs.append([value]) }
        let run = min(runs.partitioningIndex { $0.last! >= value }, runs.count - 1)
        runs[run].insert(value, at: runs[run].partitioningIndex { $0 >= value })
        if runs[run].count > Self.longest {
            let upper = Array(runs[run][(Self.longest / 2)...])
            runs[run].removeLast(upper.count)
            runs.insert(upper, at: run + 1)
        }
    }

    /// - Precondition: the value is there.
    mutating func remove(_ value: Int64) {
        let run = runs.partitioningIndex { $0.last! >= value }
        runs[run].remove(at: runs[run].partitioningIndex { $0 >= value })
        if runs[run].isEmpty { runs.remove(at: run) }
        count -= 1
    }

    /// The value at a place in the order.
    /// - Precondition: 0 ≤ place < count.
    subscript(place: Int) -> Int64 {
        var rest = place
        for run in runs {
            if rest < run.count { return run[rest] }
            rest -= run.count
        }
        preconditionFailure("there are only \(count) values")
    }
}
