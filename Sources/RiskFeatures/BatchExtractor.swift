import Dispatch
import RiskColumns
import Synchronization

/// Computes the vectors of whole logs.
///
/// For each key of the spec the events are sorted by key value (a counting sort that keeps their total
/// order), and some thousand events of whole key values at a time are computed by `ChunkRun`. Key values
/// are independent, so chunks are spread over threads; every vector has its own place in the result, so
/// neither their order nor their number shows.
/// - Complexity: O(events × keys + vectors × features); memory for the log's columns and the vectors.
public struct BatchExtractor: Sendable {
    let spec: FeatureSpec
    let groups: [GroupPlan]
    let symbols: Symbols
    let stores: [EventStore]
    let order: TotalOrder
    let lists: [String: ListContents]
    let databases: [String: [any AddressDatabase]]
    let threads: Int

    /// Takes the logs in.
    /// - Parameters:
    ///   - logs: a table for each type of event, by name, with the columns of its `requests`.
    ///   - lists: the members of each list of the spec.
    ///   - databases: the versions of each database of the spec.
    /// - Throws: the first event that is no event: no time, or known before it happened.
    public init(
        spec: FeatureSpec, logs: [String: Table], lists: [String: ListContents] = [:],
        databases: [String: [any AddressDatabase]] = [:], threads: Int
    ) throws(EventLogError) {
        precondition(threads > 0)
        self.spec = spec
        self.threads = threads
        self.lists = lists
        self.databases = databases
        groups = PlanBuilder(spec: spec).groups()
        var symbols = Symbols(spec: spec, lists: lists, databases: databases)
        var stores: [EventStore] = []
        for type in spec.events {
            guard let table = logs[type.name] else {
                preconditionFailure("there is no log of \(type.name)")
            }
            stores.append(
                try EventStore(table, type: type, symbols: &symbols, threads: threads))
        }
        self.symbols = symbols
        self.stores = stores
        order = TotalOrder(stores)
    }

    /// Goes on from events that are there already, those of some key values; for logs on the disk.
    init(
        spec: FeatureSpec, groups: [GroupPlan], symbols: Symbols, stores: [EventStore],
        lists: [String: ListContents], threads: Int
    ) {
        self.spec = spec
        self.groups = groups
        self.symbols = symbols
        self.stores = stores
        self.lists = lists
        databases = [:]
        self.threads = threads
        order = TotalOrder(stores)
    }

    /// The vectors of a range.
    /// - Throws: where there would be more than `range.vectorLimit`, or `asOf` is no time of a log.
    public func vectors(
        _ range: ExtractionRange = ExtractionRange()
    ) throws(ExtractionError) -> FeatureVectors {
        let asOf = range.asOf ?? lastKnown
        let queries = try Queries(self, range: range, asOf: asOf)
        let result = VectorRows(
            width: spec.features.count, count: queries.count, together: groups.map(\.features))
        for group in groups { run(group, queries, into: result) }
        runRings(queries, into: result)
        derive(queries, into: result)
        let shown = spec.features.indices.filter { !spec.features[$0].isHidden }
        return FeatureVectors(
            times: queries.times, keys: queries.keyColumns(self),
            carried: queries.carriedColumns(self), labels: queries.labels(self, asOf: asOf),
            names: spec.featureNames, rows: result, shown: shown)
    }

    /// Databases that were found damaged: what they should have answered counts as missing.
    public var damagedDatabases: [DamagedDatabase] { symbols.lookups.damaged }

    /// How many events of each type, by name, became known too late to count: see `EventType.lateness`.
    /// - Complexity: O(events of types that have a bound).
    public var lateEvents: [String: Int] {
        var late: [String: Int] = [:]
        for (store, type) in zip(stores, spec.events) {
            guard let lateness = type.lateness else { continue }
            let (times, known) = (
                store.slots[EventStore.timeSlot], store.slots[EventStore.knownSlot]
            )
            late[type.name] = (0..<store.count).count { known[$0] - times[$0] > lateness }
        }
        return late
    }

    var lastKnown: Int64 {
        guard order.count > 0 else { return 0 }
        let last = order[order.count - 1]
        return stores[last.type].slots[EventStore.knownSlot][last.row]
    }

    /// What programs read of a type of events.
    func input(_ store: EventStore?) -> Program.Input {
        Program.Input(
            slots: store?.slots, zone: spec.zone, tests: symbols.answers)
    }

    // MARK: windows

    func run(_ group: GroupPlan, _ queries: Queries, into result: VectorRows) {
        let items = KeyedEvents(self, group: group)
        leaveEmpty(group, queries, in: result)
        let work = GroupWork(
            extractor: self, group: group, items: items, queries: queries, result: result)
        let chunks = items.chunks(of: ChunkRun.events, moments: queries.snapshots.count)
        let next = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: min(threads, max(1, chunks.count))) { _ in
            let run = ChunkRun(work)
            while true {
                let chunk = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if chunk >= chunks.count { break }
                run.run(chunks[chunk])
            }
        }
    }

    /// An event without a key has no features by that key.
    private func leaveEmpty(_ group: GroupPlan, _ queries: Queries, in result: VectorRows) {
        guard case .event(let type) = spec.vectors.unit,
            let slot = spec.events[type].slot(of: group.key)
        else { return }
        func leaveEmpty(_ vector: Int) {
            for feature in group.features { result[vector, feature] = .nan }
        }
        if queries.isWhole, let codes = stores[type].codes(slot) {
            for (vector, code) in codes.enumerated() where code < 0 { leaveEmpty(vector) }
        } else {
            let keys = stores[type].slots[slot]
            for vector in 0..<queries.count where keys[queries.row(vector)] < 0 {
                leaveEmpty(vector)
            }
        }
    }

    // MARK: derived features

    /// Fills defaults in and computes derived features, in the order of the spec.
    func derive(_ queries: Queries, into result: VectorRows) {
        let steps = spec.features.enumerated().filter { _, feature in
            if case .derived = feature.definition { return true }
            return !feature.defaultValue.isNaN
        }
        if steps.isEmpty { return }
        let blocks = (queries.count + Program.lanes - 1) / Program.lanes
        let parts = min(threads * 4, max(1, blocks))
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            var input = input(queries.unitStore)
            input.features = result.places
            let stack = Scratch<Double>()
            for block in blocks * part / parts..<blocks * (part + 1) / parts {
                let start = block * Program.lanes
                let lanes = min(Program.lanes, queries.count - start)
                for (index, feature) in steps {
                    let column = result.places[index]
                    if case .derived(let program) = feature.definition {
                        let values = stack.room(lanes * program.stackWords)
                        queries.withRows(start, lanes) { rows in
                            program.evaluate(
                                input, rows: rows, vector: start, count: lanes, stack: values)
                        }
                        for lane in 0..<lanes { column[start + lane] = values[lane] }
                    }
                    guard !feature.defaultValue.isNaN else { continue }
                    for vector in start..<start + lanes where column[vector].isNaN {
                        column[vector] = feature.defaultValue
                    }
                }
            }
        }
    }
}

/// What there is to compute for one key, and where it goes.
struct GroupWork: Sendable {
    let extractor: BatchExtractor
    let group: GroupPlan
    let items: KeyedEvents
    let queries: Queries
    let result: VectorRows
}
