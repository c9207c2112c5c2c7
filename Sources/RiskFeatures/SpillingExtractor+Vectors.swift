import RiskColumns

/// When entities have vectors, and which number each vector has.
struct SpilledSnapshots {
    let moments: [Int64]
    let starts: [Int]
    let count: Int
    /// The entities' codes by rank, and the ranks by code.
    let codes: [Int32]
    let ranks: [Int32]
    /// When each entity was first seen, by rank.
    let firstKnown: [Int64]

    init(
        _ entities: EntityRanks, _ spec: FeatureSpec, _ range: ExtractionRange, every: Int64?,
        asOf: Int64
    ) throws(ExtractionError) {
        let (codes, firstKnown) = entities.ranked()
        (moments, starts, count) = try Queries.snapshots(
            firstKnown, spec, range: range, every: every, asOf: asOf)
        self.codes = codes
        self.firstKnown = firstKnown
        var ranks = [Int32](repeating: -1, count: Int(codes.max() ?? -1) + 1)
        for (rank, code) in codes.enumerated() { ranks[Int(code)] = Int32(rank) }
        self.ranks = ranks
    }

    /// The vector of an entity at a moment that has a snapshot.
    func vector(code: Int, at moment: Int64) -> Int {
        starts[moments.partitioningIndex { $0 >= moment }] + Int(ranks[code])
    }

    /// The moments and entities of some vectors.
    func vectors(_ range: Range<Int>) -> (moments: [Int64], codes: [Int32]) {
        var (times, codes) = ([Int64](), [Int32]())
        times.reserveCapacity(range.count)
        codes.reserveCapacity(range.count)
        var snapshot = starts.partitioningIndex { $0 > range.lowerBound } - 1
        for vector in range {
            while snapshot + 1 < starts.count, starts[snapshot + 1] <= vector { snapshot += 1 }
            times.append(moments[snapshot])
            codes.append(self.codes[vector - starts[snapshot]])
        }
        return (times, codes)
    }
}

/// What the parts of a run have in common.
struct SpillRun {
    let range: ExtractionRange
    /// When labels are asked for.
    let asOf: Int64
    let snapshots: SpilledSnapshots?
    /// How many there are; before the events have been looked at, how many there are at most.
    var vectorCount: Int
    /// Vectors that are finished together.
    let rowsOfRange: Int

    var ranges: Int { max(1, (vectorCount + rowsOfRange - 1) / rowsOfRange) }
}

extension SpillingExtractor {
    /// Computes the vectors of a range and hands them on in order, some at a time, at least once.
    /// - Parameters:
    ///   - multiple: how many rows of such a table are handed on at a time is a multiple of it; the
    ///     table that it is asked for has no rows.
    ///   - progress: is told how much of the work is done, in 0...1.
    ///   - write: takes the next vectors.
    /// - Returns: how many vectors there are.
    /// - Throws: `ExtractionError` where there would be too many vectors, or the memory is too small;
    ///   what the storage and `write` throw.
    /// - Complexity: O(events × keys + vectors × features), in time and on the disk.
    public func vectors(
        _ range: ExtractionRange = ExtractionRange(), multiple: (Table) -> Int = { _ in 1 },
        progress: (Double) -> Void = { _ in }, write: (FeatureVectors) throws -> Void
    ) throws -> Int {
        for log in logs { try log.finish() }
        symbols.followsLogs = false
        let lastKnown = logs.map(\.lastKnown).max() ?? .min
        let asOf = range.asOf ?? (lastKnown == .min ? 0 : lastKnown)
        guard EventStore.isTime(asOf) else {
            throw ExtractionError(description: "as of a time outside the years 1900 to 2199")
        }
        if room < 16 << 20 { throw tooManyTexts() }
        var run = try plan(range, asOf: asOf, multiple: multiple)
        let groups = SpillGroup.all(spec, self.groups, logs.map(\.layout))
        let steps = Double(groups.count * 2 + 2)
        let parts = try distribute(groups, &run) { progress(Double(groups.count) * $0 / steps) }
        var values: [SpilledValues] = []
        for (index, group) in groups.enumerated() {
            let own = try SpilledValues(
                storage, words: group.valueWords, rowsOfRange: run.rowsOfRange,
                ranges: run.ranges)
            for part in parts[index].parts.indices {
                try SpilledPartRun(self, group, run, parts[index].file, parts[index].parts[part])
                    .run(into: own)
                let done = Double(part + 1) / Double(parts[index].parts.count)
                progress((Double(groups.count + index) + done) / steps)
            }
            parts[index].drop()
            values.append(own)
        }
        try finish(groups, values, run) { vectors in
            try write(vectors)
            progress(1 - 2 / steps)
        }
        return run.vectorCount
    }

    private func plan(
        _ range: ExtractionRange, asOf: Int64, multiple: (Table) -> Int
    ) throws -> SpillRun {
        var snapshots: SpilledSnapshots?
        var count = 0
        switch spec.vectors.unit {
        case .entity(_, let every):
            let made = try SpilledSnapshots(entities!, spec, range, every: every, asOf: asOf)
            count = made.count
            snapshots = made
        case .event(let type):
            count = logs[type].count
        }
        let unitWords: Int =
            if case .event(let type) = spec.vectors.unit { logs[type].layout.words } else { 2 }
        let bytes = 8 * (spec.features.count + unitWords) + 64
        let wanted = cuts.range ?? max(1, room / 4 / bytes)
        let empty = SpillRun(
            range: range, asOf: asOf, snapshots: snapshots, vectorCount: 0, rowsOfRange: 1)
        var step = 1
        try finish([], [], empty) { step = max(1, multiple($0.table)) }
        return SpillRun(
            range: range, asOf: asOf, snapshots: snapshots, vectorCount: count,
            rowsOfRange: max(1, wanted / step) * step)
    }

    // MARK: parts

    /// A group's parts, and the file that they are in.
    final class Parts {
        fileprivate(set) var parts: [SpilledPart]
        private(set) var openFile: SpilledWords?
        var file: SpilledWords { openFile! }

        init(_ file: SpilledWords, count: Int, types: Int, capacity: Int, stride: Int) {
            openFile = file
            parts = (0..<count).map { _ in
                SpilledPart(file, types: types, capacity: capacity, stride: stride)
            }
        }

        /// Gives the disk's room back.
        func drop() {
            parts = []
            openFile = nil
        }
    }

    /// The way of a type's events to the parts of a group.
    private final class Route {
        private let share: SpillGroup.Share
        private let parts: [SpilledPart]
        private let count: UInt64

        init(_ share: SpillGroup.Share, _ parts: [SpilledPart]) {
            self.share = share
            self.parts = parts
            count = UInt64(parts.count)
        }

        func pass(_ event: UnsafePointer<Int64>, type: Int, head: Int64) throws {
            guard let place = SpillGroup.part(of: event, share, parts: count) else { return }
            let part = parts[place]
            let record = try part.events.room(1 + share.words.count)
            record[0] = head
            for index in 0..<share.words.count { record[index + 1] = event[share.words[index]] }
            part.counts[type] += 1
            if head >= part.counts.count { part.vectors += 1 }
        }
    }

    /// About the bytes that a part's events and vectors take while it is computed.
    func bytes(_ group: SpillGroup, events: [Int], vectors: Int) -> Int {
        // Rows, types and places by key; the total order; for a pair, its text in a dictionary.
        let each = 12 + (spec.events.count > 1 ? 8 : 0) + (group.key.contains("+") ? 96 : 0)
        let sum = zip(events, spec.events).reduce(0) { sum, type in
            sum + type.0 * (each + 8 * (2 + type.1.fields.count + type.1.composites.count))
        }
        return sum + vectors * (8 * group.features.count + 56)
    }

    /// Passes all events on to the parts of each group.
    private func distribute(
        _ groups: [SpillGroup], _ run: inout SpillRun, progress: (Double) -> Void
    ) throws -> [Parts] {
        let total = logs.map(\.count)
        let counts = groups.map { group in
            let all = zip(total, group.shares).map { $1 == nil ? 0 : $0 }
            let bytes = bytes(group, events: all, vectors: run.vectorCount)
            return cuts.parts ?? max(1, (bytes + room * 2 / 5) / (room * 2 / 5))
        }
        let buffers = max(1, counts.reduce(0, +))
        let capacity = min(SpilledWords.blockWords, room / 4 / 8 / buffers)
        var unit = -1
        if case .event(let type) = spec.vectors.unit { unit = type }
        let types = spec.events.count
        let parts = try zip(groups, counts).map { group, count in
            let words = group.shares.map { 1 + ($0?.slots.count ?? 0) }
            return Parts(
                try SpilledWords(storage), count: count, types: types,
                capacity: max(words.max()!, capacity), stride: words[max(unit, 0)])
        }
        let routes = spec.events.indices.map { type in
            zip(groups, parts).compactMap { group, parts in
                group.shares[type].map { Route($0, parts.parts) }
            }
        }
        let order = try SpilledOrder(logs, eventFile, types: Array(spec.events.indices))
        let all = total.reduce(0, +)
        var (next, done) = (0, 0)
        while let (type, known, event) = try order.next() {
            var vector = -1
            if type == unit, run.range.contains(known) {
                vector = next
                next += 1
            }
            let head = SpilledPart.head(type: type, vector: vector, types: types)
            for route in routes[type] { try route.pass(event, type: type, head: head) }
            done += 1
            if done % (1 << 20) == 0 { progress(Double(done) / Double(all)) }
        }
        for group in parts {
            for part in group.parts { try part.events.finish() }
        }
        if unit >= 0 { run.vectorCount = next }
        if let snapshots = run.snapshots {
            for (code, known) in zip(snapshots.codes, snapshots.firstKnown) {
                let own =
                    snapshots.moments.count
                    - snapshots.moments.partitioningIndex { $0 >= known }
                for group in parts {
                    let place = SpillGroup.part(
                        of: Int64(code), parts: UInt64(group.parts.count))
                    group.parts[place].vectors += own
                }
            }
        }
        return parts
    }

    // MARK: the end

    /// Brings the values of neighbouring vectors together and derives what is derived.
    private func finish(
        _ groups: [SpillGroup], _ values: [SpilledValues], _ run: SpillRun,
        write: (FeatureVectors) throws -> Void
    ) throws {
        var unitEvents: SpilledOrder?
        if case .event(let type) = spec.vectors.unit {
            unitEvents = try SpilledOrder(logs, eventFile, types: [type])
        }
        let shown = spec.features.indices.filter { !spec.features[$0].isHidden }
        for range in 0..<run.ranges {
            let first = range * run.rowsOfRange
            let count = min(run.rowsOfRange, run.vectorCount - first)
            let rows = VectorRows(
                width: spec.features.count, count: count, together: groups.map(\.features))
            for feature in 0..<rows.width {
                for row in 0..<count { rows[row, feature] = .nan }
            }
            var labels = [Double](repeating: .nan, count: count)
            var isLabelled = [Bool](repeating: false, count: count)
            for (group, values) in zip(groups, values) {
                let (features, isLabel) = (group.features, group.labelType != nil)
                try values.each(range) { vector, words in
                    for place in 0..<features.count {
                        rows[vector - first, features[place]] = Double(
                            bitPattern: UInt64(bitPattern: words[place]))
                    }
                    if isLabel {
                        labels[vector - first] = Double(
                            bitPattern: UInt64(bitPattern: words[features.count]))
                        isLabelled[vector - first] = true
                    }
                }
            }
            let local: BatchExtractor
            let queries: Queries
            var (keys, carried) = ([Column](), [Column]())
            if let snapshots = run.snapshots, case .entity(let key, _) = spec.vectors.unit {
                let (moments, codes) = snapshots.vectors(first..<first + count)
                local = extractor([], [:], symbols)
                queries = Queries(moments: moments)
                keys = [
                    Column(
                        name: key, type: .category,
                        storage: .codes(codes, symbols.dictionaries[key]!))
                ]
            } else {
                guard case .event(let type) = spec.vectors.unit, let unitEvents else {
                    preconditionFailure("vectors are of events or of entities")
                }
                let store = try unitStore(type, unitEvents, count, run.range)
                local = extractor([], [type: store], symbols)
                queries = try Queries(local, range: run.range, asOf: run.asOf)
                keys = queries.keyColumns(local)
                carried = queries.carriedColumns(local)
            }
            local.derive(queries, into: rows)
            var own: [Int64]?
            if case .event(_, key: _, within: let within)? = spec.vectors.label {
                // Whose key is missing has no events to come.
                own = queries.times.indices.map { row in
                    isLabelled[row]
                        ? (labels[row].isNaN ? Column.missing : Int64(labels[row]))
                        : queries.times[row] + within <= run.asOf ? 0 : Column.missing
                }
            } else if spec.vectors.label != nil {
                own = queries.labels(local, asOf: run.asOf)
            }
            try write(
                FeatureVectors(
                    times: queries.times, keys: keys, carried: carried, labels: own,
                    names: spec.featureNames, rows: rows, shown: shown))
        }
    }

    /// The next events of the unit that have a vector.
    private func unitStore(
        _ type: Int, _ events: SpilledOrder, _ count: Int, _ range: ExtractionRange
    ) throws -> EventStore {
        let layout = logs[type].layout
        var rows = EventRows(spec.events[type], layout.slots, count: count)
        while rows.used < count, let (_, known, event) = try events.next() {
            if range.contains(known) { rows.append(event) }
        }
        return rows.finished()
    }

    /// A batch of some events; types that are not given have none.
    func extractor(
        _ groups: [GroupPlan], _ stores: [Int: EventStore], _ symbols: Symbols
    ) -> BatchExtractor {
        BatchExtractor(
            spec: spec, groups: groups, symbols: symbols,
            stores: spec.events.indices.map { type in
                stores[type]
                    ?? EventRows(spec.events[type], [EventStore.timeSlot], count: 0).finished()
            }, lists: lists, threads: threads)
    }
}

/// A store while it is filled, event by event.
struct EventRows {
    private let store: EventStore
    private let slots: [Int]
    private(set) var used = 0

    /// - Parameter slots: those that are filled; nobody reads the others.
    init(_ type: EventType, _ slots: [Int], count: Int) {
        store = EventStore(type, count: count, knowsAtOnce: type.known == nil)
        self.slots = slots
    }

    /// Adds an event, whose words are those of the slots.
    @inline(__always)
    mutating func append(_ words: UnsafePointer<Int64>) {
        for word in 0..<slots.count { store.set(slots[word], words[word], row: used) }
        used += 1
    }

    /// Fills a slot that follows from the others.
    func make(_ slot: Int, _ value: (_ slots: Slots, _ row: Int) -> Int64) {
        for row in 0..<used { store.set(slot, value(store.slots, row), row: row) }
    }

    /// The store, which is full.
    func finished() -> EventStore {
        precondition(used == store.count, "as many events as there are places")
        return store
    }
}
