import RiskColumns

/// Computes the vectors of a key value as the live engine does, event by event: for key values whose
/// events did not become known in the order in which they happened.
final class SteppedRun {
    private let work: GroupWork
    private let inputs: [Program.Input]
    private let stack = Scratch<Double>()
    private let memory = StateMemory()
    private var states: UnsafeMutablePointer<WindowState>?

    init(_ work: GroupWork) {
        self.work = work
        inputs = work.extractor.stores.map { work.extractor.input($0) }
    }

    deinit {
        if let states { WindowState.deallocate(states, work.group.apart, in: memory) }
    }

    func run(_ code: Int) {
        let states = states ?? WindowState.allocate(work.group.apart, in: memory)
        self.states = states
        let sources = work.group.sources.indices
        for source in sources { states[source].reset() }
        var snapshot = 0
        for index in work.items.starts[code]..<work.items.starts[code + 1] {
            let (position, type, row) = work.items[index]
            let slots = work.extractor.stores[type].slots
            let known = slots[EventStore.knownSlot][row]
            if work.queries.isSnapshot {
                answerSnapshots(before: known, code: code, states, &snapshot)
            }
            let vector = work.queries.isSnapshot ? -1 : work.queries.vector(type: type, row: row)
            for source in sources { states[source].advance(to: known, sequence: Int64(position)) }
            if vector >= 0 { answer(work.group.before, states, vector: vector, now: known) }
            let time = slots[EventStore.timeSlot][row]
            for source in sources where work.group.sources[source].eventType == type {
                let taken = Taken(
                    work.group.sources[source], inputs[type], row: row, stack: stack)
                withUnsafePointer(to: taken) {
                    states[source].observe(
                        $0, time: time, known: known, sequence: Int64(position))
                }
            }
            if vector >= 0 { answer(work.group.after, states, vector: vector, now: known) }
        }
        if work.queries.isSnapshot { answerSnapshots(before: .max, code: code, states, &snapshot) }
    }

    private func answer(
        _ outputs: [WindowOutput], _ states: UnsafeMutablePointer<WindowState>, vector: Int,
        now: Int64
    ) {
        outputs.withUnsafeBufferPointer { outputs in
            for index in outputs.indices {
                work.result[vector, outputs[index].feature] =
                    WindowState.read(outputs.baseAddress! + index, states, now: now)
            }
        }
    }

    /// Answers the snapshots at moments before an event became known.
    private func answerSnapshots(
        before known: Int64, code: Int, _ states: UnsafeMutablePointer<WindowState>,
        _ next: inout Int
    ) {
        while next < work.queries.snapshots.count, work.queries.snapshots[next] < known {
            let now = work.queries.snapshots[next]
            let vector = work.queries.vector(snapshot: next, code: code)
            if vector >= 0 {
                for source in work.group.sources.indices {
                    states[source].advance(to: now, sequence: .max)
                }
                answer(work.group.before, states, vector: vector, now: now)
            }
            next += 1
        }
    }
}
