import Glibc

/// What running something costs: nanoseconds on the clock, and of the processors' work, which says
/// what a row costs on a machine that has other things to do.
struct Cost {
    var clock = Double.infinity
    var work = Double.infinity

    /// The best of several runs, a row.
    static func best(of runs: Int, rows: Int, _ body: () -> Void) -> Cost {
        var best = Cost()
        for _ in 0..<runs {
            let start = (now(CLOCK_MONOTONIC), now(CLOCK_PROCESS_CPUTIME_ID))
            body()
            best.clock = min(best.clock, (now(CLOCK_MONOTONIC) - start.0) / Double(rows))
            best.work = min(best.work, (now(CLOCK_PROCESS_CPUTIME_ID) - start.1) / Double(rows))
        }
        return best
    }

    static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}

/// A number with one decimal, in so many columns.
func text(_ value: Double, width: Int = 8) -> String {
    let tenths = Int((value * 10).rounded())
    let digits = "\(tenths / 10).\(tenths % 10)"
    return String(repeating: " ", count: max(0, width - digits.count)) + digits
}
