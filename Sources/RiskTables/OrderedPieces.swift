import Dispatch
import Synchronization

/// Fills pieces one after the other, works on them on several threads, and hands them on in their order.
///
/// A thread that wants work fills a piece itself, one at a time; a thread that has made the piece whose
/// turn it is hands it on, and those behind it that are ready. So filling, making and handing on overlap
/// without a thread of their own for any, whatever number of threads the system grants, and at most so
/// many pieces as `permits` are at work or wait: memory does not depend on their number.
final class OrderedPieces<Piece: AnyObject & Sendable>: Sendable {
    private struct State {
        var next = 0
        var turn = 0
        var ready: [Int: Piece] = [:]
        var spare: [Piece] = []
        var isHandingOn = false
        var isAtEnd = false
        var failure: TableError?
    }

    private let state = Mutex(State())
    private let filling = DispatchSemaphore(value: 1)
    private let permits: DispatchSemaphore

    private init(threads: Int) {
        // A few more than threads, so that none waits for a longer piece than its own.
        permits = DispatchSemaphore(value: threads + min(threads, 4) + 1)
    }

    /// - Parameters:
    ///   - threads: at least 1.
    ///   - new: makes a piece; called for as many as are at work at once.
    ///   - fill: fills a piece, given its number; never two at once, in order; false at the end.
    ///   - make: works on a piece, given its number; called on any thread.
    ///   - take: takes the pieces, in order, never two at once.
    /// - Throws: what `take` throws first; no piece behind that one is handed on.
    static func run(
        threads: Int, new: () -> Piece, fill: (Piece, Int) -> Bool, make: (Piece, Int) -> Void,
        take: (Piece) throws(TableError) -> Void
    ) throws(TableError) {
        if threads == 1 {
            let piece = new()
            var index = 0
            while fill(piece, index) {
                make(piece, index)
                try take(piece)
                index += 1
            }
            return
        }
        let pieces = OrderedPieces(threads: threads)
        withoutActuallyEscaping(fill) { fill in
            withoutActuallyEscaping(make) { make in
                withoutActuallyEscaping(take) { take in
                    withoutActuallyEscaping(new) { new in
                        nonisolated(unsafe) let fill = fill
                        nonisolated(unsafe) let make = make
                        nonisolated(unsafe) let take = take
                        nonisolated(unsafe) let new = new
                        DispatchQueue.concurrentPerform(iterations: threads) { _ in
                            pieces.work(new, fill, make, take)
                        }
                    }
                }
            }
        }
        if let failure = pieces.state.withLock({ $0.failure }) { throw failure }
    }

    private func work(
        _ new: () -> Piece, _ fill: (Piece, Int) -> Bool, _ make: (Piece, Int) -> Void,
        _ take: (Piece) throws(TableError) -> Void
    ) {
        while true {
            // A permit comes back for every piece handed on, and the piece whose turn it is never waits
            // for one: it is being made.
            permits.wait()
            guard let (index, piece) = next(new, fill) else {
                permits.signal()
                return
            }
            make(piece, index)
            var mine = finish(index, piece)
            while let piece = mine {
                var failure: TableError?
                if state.withLock({ $0.failure == nil }) {
                    do throws(TableError) { try take(piece) } catch { failure = error }
                }
                mine = handedOn(piece, failure)
                permits.signal()
            }
        }
    }

    /// Fills the next piece.
    private func next(_ new: () -> Piece, _ fill: (Piece, Int) -> Bool) -> (Int, Piece)? {
        filling.wait()
        defer { filling.signal() }
        let (index, spare, isOver) = state.withLock { state in
            (state.next, state.spare.popLast(), state.isAtEnd || state.failure != nil)
        }
        if isOver { return nil }
        let piece = spare ?? new()
        let isFilled = fill(piece, index)
        state.withLock { state in
            state.isAtEnd = !isFilled
            if isFilled { state.next += 1 }
        }
        return isFilled ? (index, piece) : nil
    }

    /// The piece that this thread shall hand on, if any.
    private func finish(_ index: Int, _ piece: Piece) -> Piece? {
        state.withLock { state in
            state.ready[index] = piece
            if state.isHandingOn { return nil }
            let mine = state.ready.removeValue(forKey: state.turn)
            state.isHandingOn = mine != nil
            return mine
        }
    }

    private func handedOn(_ piece: Piece, _ failure: TableError?) -> Piece? {
        state.withLock { state in
            if let failure { state.failure = failure }
            state.spare.append(piece)
            state.turn += 1
            let mine = state.ready.removeValue(forKey: state.turn)
            state.isHandingOn = mine != nil
            return mine
        }
    }
}
