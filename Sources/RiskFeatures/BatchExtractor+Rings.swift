import Dispatch
import Synchronization

extension BatchExtractor {
    /// Computes the features of rings: for each kind of ring one pass over all events in their order,
    /// by the state that the live engine has.
    /// - Complexity: O(events log events), and see `RingState.retire` for hubs; one thread a kind of ring.
    func runRings(_ queries: Queries, into result: VectorRows) {
        let plans = RingPlan.plans(spec)
        if plans.isEmpty { return }
        let next = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: min(threads, plans.count)) { _ in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if index >= plans.count { break }
                run(plans[index], queries, into: result)
            }
        }
    }

    private func run(_ plan: RingPlan, _ queries: Queries, into result: VectorRows) {
        var state = RingState(plan)
        let inputs = stores.map { input($0) }
        var snapshot = 0
        for place in order.indices {
            let (type, row) = order[place]
            var vector = -1
            if queries.isSnapshot {
                let known = stores[type].slots[EventStore.knownSlot][row]
                answerSnapshots(before: known, &state, queries, &snapshot, into: result)
            } else {
                vector = queries.vector(type: type, row: row)
            }
            state.take(type: type, inputs[type], row: row, vector: vector, into: result)
        }
        answerSnapshots(before: .max, &state, queries, &snapshot, into: result)
    }

    /// Answers the snapshots at moments before an event became known.
    private func answerSnapshots(
        before known: Int64, _ state: inout RingState, _ queries: Queries, _ next: inout Int,
        into result: VectorRows
    ) {
        while next < queries.snapshots.count, queries.snapshots[next] < known {
            let now = queries.snapshots[next]
            state.advance(to: now)
            let codes = symbols.dictionaries[state.plan.definition.member]!.count
            for code in 0..<codes {
                let vector = queries.vector(snapshot: next, code: code)
                if vector < 0 { continue }
                state.answer(
                    state.plan.before, of: Int32(code), now: now, into: result, vector)
            }
            next += 1
        }
    }
}
