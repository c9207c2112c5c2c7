import Dispatch
import Synchronization

/// Makes blocks on several threads and hands them on in their order, one at a time.
///
/// A thread that has made the block whose turn it is hands it on, and those behind it that are ready;
/// the others go on making meanwhile. So making and handing on overlap without a thread of their own
/// for either, whatever number of threads the system grants. At most two blocks a thread, and two
/// more, are at work or wait: memory does not depend on the number of blocks.
final class OrderedBlocks<Block: AnyObject & Sendable>: Sendable {
    private struct State {
        /// The next block to be made, and the next to be handed on.
        var next = 0
        var turn = 0
        var ready: [Int: Block] = [:]
        var spare: [Block] = []
        var isHandingOn = false
        var failure: TableError?
    }

    private let count: Int
    private let state: Mutex<State>
    private let permits: DispatchSemaphore

    private init(count: Int, threads: Int) {
        self.count = count
        state = Mutex(State())
        permits = DispatchSemaphore(value: 2 * threads + 2)
    }

    /// - Parameters:
    ///   - count: how many blocks there are.
    ///   - make: makes a block, out of one that was handed on where there is one; called on any
    ///     thread.
    ///   - write: takes the blocks, in order, never two at once.
    /// - Throws: what `write` throws first; no block behind that one is handed on.
    static func run(
        count: Int, threads: Int, make: (Int, Block?) -> Block,
        write: (Block) throws(TableError) -> Void
    ) throws(TableError) {
        guard threads > 1, count > 1 else {
            var block: Block?
            for index in 0..<count {
                let made = make(index, block)
                try write(made)
                block = made
            }
            return
        }
        let blocks = OrderedBlocks(count: count, threads: threads)
        withoutActuallyEscaping(make) { make in
            withoutActuallyEscaping(write) { write in
                nonisolated(unsafe) let make = make
                nonisolated(unsafe) let write = write
                DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
                    blocks.work(make, write)
                }
            }
        }
        if let failure = blocks.state.withLock({ $0.failure }) { throw failure }
    }

    private func work(
        _ make: (Int, Block?) -> Block, _ write: (Block) throws(TableError) -> Void
    ) {
        while true {
            // A permit comes back for every block handed on, and the block whose turn it is never
            // waits for one: it is being made.
            permits.wait()
            guard let (index, spare) = take() else {
                permits.signal()
                return
            }
            var mine = finish(index, make(index, spare))
            while let block = mine {
                var failure: TableError?
                if state.withLock({ $0.failure == nil }) {
                    do throws(TableError) { try write(block) } catch { failure = error }
                }
                mine = handedOn(block, failure)
                permits.signal()
            }
        }
    }

    private func take() -> (Int, Block?)? {
        state.withLock { state in
            guard state.next < count, state.failure == nil else { return nil }
            state.next += 1
            return (state.next - 1, state.spare.popLast())
        }
    }

    /// The block that this thread shall hand on, if any.
    private func finish(_ index: Int, _ block: Block) -> Block? {
        state.withLock { state in
            state.ready[index] = block
            if state.isHandingOn { return nil }
            let mine = state.ready.removeValue(forKey: state.turn)
            state.isHandingOn = mine != nil
            return mine
        }
    }

    private func handedOn(_ block: Block, _ failure: TableError?) -> Block? {
        state.withLock { state in
            if let failure { state.failure = failure }
            state.spare.append(block)
            state.turn += 1
            let mine = state.ready.removeValue(forKey: state.turn)
            state.isHandingOn = mine != nil
            return mine
        }
    }
}
