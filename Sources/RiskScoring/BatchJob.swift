import CRiskKernels
import Dispatch

/// A batch that several threads work on at places of their own.
package struct BatchJob: @unchecked Sendable {
    /// Rows below which a thread of its own does not pay.
    private static let rowsPerThread = 8192

    let scorer: UnsafePointer<rk_scorer>
    /// One a feature.
    let columns: UnsafePointer<rk_column>?
    let scores: rk_scores

    package init(
        scorer: UnsafePointer<rk_scorer>, columns: UnsafePointer<rk_column>?, scores: rk_scores
    ) {
        self.scorer = scorer
        self.columns = columns
        self.scores = scores
    }

    /// Scores the rows: runs of them go to the threads, so that each thread walks through memory in
    /// one direction and no two write to one place.
    package func run(rows: Int, threads: Int) {
        let workers = max(1, min(threads, rows / Self.rowsPerThread))
        if workers == 1 {
            run(0..<rows)
            return
        }
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            run(rows * worker / workers..<rows * (worker + 1) / workers)
        }
    }

    private func run(_ rows: Range<Int>) {
        withUnsafePointer(to: scores) {
            rk_score_rows(scorer, columns, rows.lowerBound, rows.upperBound, $0)
        }
    }
}
