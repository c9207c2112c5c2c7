import Dispatch
import Foundation
import Synchronization

/// Runs the body once for each worker in 0 ..< workers, side by side, and returns when all are done.
///
/// What a worker computes must not depend on how many there are, or be an integer sum: the results of
/// this package have the same bits with any number of threads.
func concurrently(_ workers: Int, _ body: (_ worker: Int) -> Void) {
    if workers <= 1 {
        body(0)
    } else {
        // The workers share what the body captured, each its own part; nobody outlives this call.
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let work = body
            DispatchQueue.concurrentPerform(iterations: workers) { work($0) }
        }
    }
}

/// Runs the body once for each item in 0 ..< count: whoever of so many workers is done takes the next.
func concurrently(_ workers: Int, _ count: Int, _ body: (_ item: Int) -> Void) {
    let next = Atomic<Int>(0)
    concurrently(min(workers, count)) { _ in
        while true {
            let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
            if item >= count { return }
            body(item)
        }
    }
}

/// The part of 0 ..< count that a worker takes, in whole blocks.
func share(of count: Int, block: Int, worker: Int, workers: Int) -> Range<Int> {
    let blocks = (count + block - 1) / block
    let first = blocks * worker / workers
    let last = blocks * (worker + 1) / workers
    return min(first * block, count)..<min(last * block, count)
}

/// The number of threads asked for; 0 asks for one a processor.
func threadCount(_ asked: Int) -> Int {
    asked > 0 ? asked : max(1, ProcessInfo.processInfo.activeProcessorCount)
}
