import RiskColumns

/// Computes the vectors of a key value as the live engine does, event by event: for key values whose
/// events did not become known in the order in which they happened.
final class SteppedRun {
    private let extractor: BatchExtractor
    private let group: GroupPlan
    private let items: KeyedEvents
    private let queries: Queries
    private let result: VectorRows
    private let inputs: [Program.Input]
    private var states: UnsafeMutablePointer<WindowState>?

    init(
        _ extractor: BatchExtractor, _ group: GroupPlan, _ items: KeyedEvents, _ queries: Queries,
        _ result: VectorRows
    ) {
        self.extractor = extractor
        self.group = group
        self.items = items
        self.queries = queries
        self.result = result
        inputs = extractor.stores.map { extractor.input($0) }
    }

    deinit {
        if let states { WindowState.deallocate(states, group.sources.count) }
    }

    func run(_ code: Int) {
        let states = states ?? WindowState.allocate(group.sources)
        self.states = states
        let sources = group.sources.indices
        for source in sources { states[source].reset() }
        var snapshot = 0
        for index in items.starts[code]..<items.starts[code + 1] {
            let (position, type, row) = items[index]
            let slots = extractor.stores[type].slots
            let known = slots[EventStore.knownSlot][row]
            if queries.isSnapshot { answerSnapshots(before: known, code: code, states, &snapshot) }
            let vector = queries.isSnapshot ? -1 : queries.vector(type: type, row: row)
            for source in sources { states[source].advance(to: known, sequence: Int64(position)) }
            if vector >= 0 { answer(group.before, states, vector: vector, now: known) }
            let time = slots[EventStore.timeSlot][row]
            for source in sources where group.sources[source].eventType == type {
                states[source].observe(
                    group.sources[source].take(inputs[type], row: row), time: time, known: known,
                    sequence: Int64(position))
            }
            if vector >= 0 { answer(group.after, states, vector: vector, now: known) }
        }
        if queries.isSnapshot { answerSnapshots(before: .max, code: code, states, &snapshot) }
    }

    private func answer(
        _ outputs: [WindowOutput], _ states: UnsafeMutablePointer<WindowState>, vector: Int,
        now: Int64
    ) {
        for output in outputs {
            result.values[vector * result.width + output.feature] =
                WindowState.read(output, states, now: now)
        }
    }

    /// Answers the snapshots at moments before an event became known.
    private func answerSnapshots(
        before known: Int64, code: Int, _ states: UnsafeMutablePointer<WindowState>,
        _ next: inout Int
    ) {
        while next < queries.snapshots.count, queries.snapshots[next] < known {
            let now = queries.snapshots[next]
            let vector = queries.vector(snapshot: next, code: code)
            if vector >= 0 {
                for source in group.sources.indices {
                    states[source].advance(to: now, sequence: .max)
                }
                answer(group.before, states, vector: vector, now: now)
            }
            next += 1
        }
    }
}
