import Dispatch
import RiskColumns

/// Computes the vectors of whole logs.
///
/// For each key of the spec the events are sorted by key value (a counting sort that keeps their total
/// order), and each value's events run through the same `WindowState`s as live ones would. Key values
/// are independent, so they are spread over threads; every vector has its own place in the result, so
/// neither their order nor their number shows.
/// - Complexity: O(events × keys + vectors × features); memory for the log's columns and the vectors.
public struct BatchExtractor: Sendable {
    let spec: FeatureSpec
    let groups: [GroupPlan]
    let symbols: Symbols
    let stores: [EventStore]
    /// Type and row of every event, in the total order of (known, order of the spec, row).
    let order: [EventPosition]
    let threads: Int

    struct EventPosition: Sendable {
        var type: Int32
        var row: Int32
    }

    /// Takes the logs in.
    /// - Parameters:
    ///   - logs: a table for each type of event, by name, with the columns of its `requests`.
    ///   - lists: the members of each list of the spec.
    /// - Throws: the first event that is no event: no time, or known before it happened.
    public init(
        spec: FeatureSpec, logs: [String: Table], lists: [String: ListContents] = [:],
        threads: Int
    ) throws(EventLogError) {
        precondition(threads > 0)
        self.spec = spec
        self.threads = threads
        groups = PlanBuilder(spec: spec).groups()
        var symbols = Symbols(spec: spec, lists: lists)
        var stores: [EventStore] = []
        for type in spec.events {
            guard let table = logs[type.name] else {
                preconditionFailure("there is no log of \(type.name)")
            }
            stores.append(try EventStore(table, type: type, symbols: &symbols))
        }
        self.symbols = symbols
        self.stores = stores
        order = Self.totalOrder(stores)
    }

    private static func totalOrder(_ stores: [EventStore]) -> [EventPosition] {
        var order: [EventPosition] = []
        order.reserveCapacity(stores.reduce(0) { $0 + $1.count })
        for (type, store) in stores.enumerated() {
            for row in 0..<store.count {
                order.append(EventPosition(type: Int32(type), row: Int32(row)))
            }
        }
        func known(_ position: EventPosition) -> Int64 {
            stores[Int(position.type)].slots[EventStore.knownSlot][Int(position.row)]
        }
        var isSorted = true
        for index in order.indices.dropFirst() where known(order[index - 1]) > known(order[index]) {
            isSorted = false
            break
        }
        if isSorted { return order }
        // Swift's sort is stable, but not by contract; the index makes it so.
        return order.enumerated()
            .map { (known($0.element), $0.offset) }
            .sorted { $0 < $1 }
            .map { order[$0.1] }
    }

    /// The vectors of a range.
    /// - Throws: where there would be more than `range.vectorLimit`, or `asOf` is no time of a log.
    public func vectors(
        _ range: ExtractionRange = ExtractionRange()
    ) throws(ExtractionError) -> FeatureVectors {
        let asOf = range.asOf ?? lastKnown
        let queries = try Queries(self, range: range, asOf: asOf)
        let result = VectorColumns(features: spec.features.count, rows: queries.count)
        for group in groups { run(group, queries, into: result) }
        derive(queries, into: result)
        let shown = spec.features.indices.filter { !spec.features[$0].isHidden }
        return FeatureVectors(
            times: queries.times, keys: queries.keyColumns(self),
            carried: queries.carriedColumns(self), labels: queries.labels(self, asOf: asOf),
            matrix: FeatureMatrix(
                names: spec.featureNames, columns: result.arrays(shown), rowCount: queries.count))
    }

    private var lastKnown: Int64 {
        guard let last = order.last else { return 0 }
        return stores[Int(last.type)].slots[EventStore.knownSlot][Int(last.row)]
    }

    // MARK: windows

    private func run(_ group: GroupPlan, _ queries: Queries, into result: VectorColumns) {
        let items = KeyedEvents(self, group: group)
        // Several chunks a thread, so that one giant key does not leave the others waiting.
        let chunks = items.chunks(threads == 1 ? 1 : threads * 8)
        DispatchQueue.concurrentPerform(iterations: chunks.count) { index in
            var run = GroupRun(self, group, queries, result)
            for code in chunks[index] { run.run(items, code: code) }
        }
    }

    // MARK: derived features

    /// Fills defaults in and computes derived features, in the order of the spec.
    private func derive(_ queries: Queries, into result: VectorColumns) {
        let rows = queries.count
        let parts = max(1, min(threads * 4, rows / 4096))
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            let range = rows * part / parts..<rows * (part + 1) / parts
            var input = Program.Row(
                slots: queries.unitStore.map { UnsafePointer($0.slots) },
                features: UnsafePointer(result.pointers), zone: spec.zone, tests: symbols.answers)
            for (index, feature) in spec.features.enumerated() {
                let column = result.pointers[index]
                if case .derived(let program) = feature.definition {
                    for row in range {
                        input.vector = row
                        input.row = queries.row(row)
                        column[row] = program.evaluate(input)
                    }
                }
                guard !feature.defaultValue.isNaN else { continue }
                for row in range where column[row].isNaN { column[row] = feature.defaultValue }
            }
        }
    }
}

/// One thread's run over some key values of a group.
private struct GroupRun {
    let group: GroupPlan
    let queries: Queries
    let result: VectorColumns
    let states: [WindowState]
    let sourcesOfType: [[Int]]
    let stores: [EventStore]
    var rows: [Program.Row]

    init(
        _ extractor: BatchExtractor, _ group: GroupPlan, _ queries: Queries,
        _ result: VectorColumns
    ) {
        self.group = group
        self.queries = queries
        self.result = result
        stores = extractor.stores
        states = group.sources.map { WindowState($0) }
        sourcesOfType = extractor.spec.events.indices.map { type in
            group.sources.indices.filter { group.sources[$0].eventType == type }
        }
        rows = extractor.stores.map {
            Program.Row(
                slots: UnsafePointer($0.slots), zone: extractor.spec.zone,
                tests: extractor.symbols.answers)
        }
    }

    mutating func run(_ items: KeyedEvents, code: Int) {
        let range = items.range(code)
        if range.isEmpty, !queries.isSnapshot { return }
        for state in states { state.reset() }
        var snapshot = 0
        for index in range {
            let (position, type, row) = items[index]
            let known = stores[type].slots[EventStore.knownSlot][row]
            if queries.isSnapshot {
                answerSnapshots(before: known, code: code, &snapshot)
            }
            let vector = queries.isSnapshot ? -1 : queries.vector(type: type, row: row)
            if vector >= 0 {
                for state in states { state.advance(to: known, sequence: Int64(position)) }
                answer(group.before, vector: vector, now: known)
            }
            let time = stores[type].slots[EventStore.timeSlot][row]
            rows[type].row = row
            for source in sourcesOfType[type] {
                let state = states[source]
                if vector < 0 { state.advance(to: known, sequence: Int64(position)) }
                state.observe(
                    rows[type], time: time, known: known, sequence: Int64(position))
            }
            if vector >= 0 { answer(group.after, vector: vector, now: known) }
        }
        if queries.isSnapshot { answerSnapshots(before: .max, code: code, &snapshot) }
    }

    private func answer(_ outputs: [WindowOutput], vector: Int, now: Int64) {
        for output in outputs {
            result.pointers[output.feature][vector] = WindowState.read(output, states, now: now)
        }
    }

    /// Answers the snapshots at moments before an event became known.
    private func answerSnapshots(before known: Int64, code: Int, _ next: inout Int) {
        while next < queries.snapshots.count, queries.snapshots[next] < known {
            let now = queries.snapshots[next]
            let vector = queries.vector(snapshot: next, code: code)
            if vector >= 0 {
                for state in states { state.advance(to: now, sequence: .max) }
                answer(group.before, vector: vector, now: now)
            }
            next += 1
        }
    }
}

/// The features' columns while threads fill them.
final class VectorColumns: @unchecked Sendable {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<Double>>
    private let features: Int
    private let rows: Int

    init(features: Int, rows: Int) {
        self.features = features
        self.rows = rows
        pointers = .allocate(capacity: max(features, 1))
        for feature in 0..<features {
            pointers[feature] = .allocate(capacity: max(rows, 1))
            pointers[feature].update(repeating: .nan, count: rows)
        }
    }

    deinit {
        for feature in 0..<features { pointers[feature].deallocate() }
        pointers.deallocate()
    }

    func arrays(_ features: [Int]) -> [[Double]] {
        features.map { Array(UnsafeBufferPointer(start: pointers[$0], count: rows)) }
    }
}
