import RiskColumns

/// Computes a part of a key's values: in memory as a batch, or through live states where it is too large.
struct SpilledPartRun {
    private let extractor: SpillingExtractor
    private let group: SpillGroup
    private let run: SpillRun
    private let file: SpilledWords
    private let part: SpilledPart
    private var spec: FeatureSpec { extractor.spec }

    init(
        _ extractor: SpillingExtractor, _ group: SpillGroup, _ run: SpillRun,
        _ file: SpilledWords, _ part: SpilledPart
    ) {
        self.extractor = extractor
        self.group = group
        self.run = run
        self.file = file
        self.part = part
    }

    /// Computes the part's values.
    func run(into values: SpilledValues) throws {
        if part.vectors == 0 { return }
        let bytes = extractor.bytes(group, events: part.counts, vectors: part.vectors)
        if bytes > extractor.cuts.largestPart ?? extractor.room * 4 / 5 {
            try SpilledStates(extractor, group, run, self).run(into: values)
        } else {
            try runInMemory(into: values)
        }
        try values.flush()
    }

    /// Goes through the events in the total order.
    func each(_ body: (_ type: Int, _ vector: Int, _ words: UnsafePointer<Int64>) throws -> Void)
        throws
    {
        let words = group.shares.map { 1 + ($0?.slots.count ?? 0) }
        let reader = SpillReader(file, part.events.segments)
        while let record = try reader.peek(1) {
            let (type, vector) = SpilledPart.read(record[0], types: words.count)
            try body(type, vector, record + 1)
            reader.advance(words[type])
        }
    }

    private func runInMemory(into values: SpilledValues) throws {
        var rowsOfTypes: [Int: EventRows] = [:]
        var filling: [EventRows?] = spec.events.indices.map { type in
            guard let share = group.shares[type] else { return nil }
            return EventRows(spec.events[type], share.slots, count: part.counts[type])
        }
        var vectorsOfUnit: [Int] = []
        vectorsOfUnit.reserveCapacity(part.vectors)
        try each { type, vector, words in
            filling[type]!.append(words)
            if vector >= 0 { vectorsOfUnit.append(vector) }
        }
        var symbols = extractor.symbols
        let parts = EventType.fields(of: group.key)
        for (type, share) in group.shares.enumerated() where share != nil {
            let own = filling[type]!
            filling[type] = nil
            if parts.count > 1 {
                let definition = spec.events[type]
                let slots = parts.map { definition.slot(of: $0)! }
                var codes = [Int64](repeating: 0, count: slots.count)
                own.make(definition.slot(of: group.key)!) { all, row in
                    for (place, slot) in slots.enumerated() { codes[place] = all[slot][row] }
                    return symbols.intern(codes, composite: group.key)
                }
            }
            rowsOfTypes[type] = own
        }
        let stores = rowsOfTypes.mapValues { $0.finished() }
        let local = extractor.extractor(group.plan.map { [$0] } ?? [], stores, symbols)
        let queries = try Queries(local, range: run.range, asOf: run.asOf)
        let rows = VectorRows(
            width: spec.features.count, count: queries.count, together: [group.features])
        if let plan = group.plan { local.run(plan, queries, into: rows) }
        let labels = group.labelType == nil ? nil : queries.labels(local, asOf: run.asOf)
        var codes: [Int32] = []
        if run.snapshots != nil,
            case .codes(let all, _)? = queries.keyColumns(local).first?.storage
        {
            codes = all
        }
        let features = group.features
        for row in 0..<queries.count {
            let vector =
                run.snapshots?.vector(code: Int(codes[row]), at: queries.times[row])
                ?? vectorsOfUnit[row]
            let words = try values.room(vector)
            for place in 0..<features.count {
                words[place] = Int64(bitPattern: rows[row, features[place]].bitPattern)
            }
            if let labels {
                words[features.count] = Self.label(
                    labels[row] == Column.missing ? .nan : Double(labels[row]))
            }
        }
    }

    static func label(_ value: Double) -> Int64 { Int64(bitPattern: value.bitPattern) }
}

/// Computes a part event by event through live states: it holds no more of the past than windows need.
final class SpilledStates {
    private let extractor: SpillingExtractor
    private let group: SpillGroup
    private let run: SpillRun
    private let part: SpilledPartRun
    private let sources: [SourcePlan]
    private let layout: StateLayout
    private let stores: [EventStore]
    private let inputs: [Program.Input]
    private let stack = Scratch<Double>()
    private var states: [Int: UnsafeMutablePointer<WindowState>] = [:]
    private let memory = StateMemory()
    /// In the order in which they were first seen.
    private var seen: [Int] = []
    /// The codes of pairs.
    private var symbols: Symbols
    /// When the label's events happened that are known when labels are asked for, by code.
    private var occurrences: [Int: [Int64]] = [:]

    init(
        _ extractor: SpillingExtractor, _ group: SpillGroup, _ run: SpillRun,
        _ part: SpilledPartRun
    ) {
        self.extractor = extractor
        self.group = group
        self.run = run
        self.part = part
        sources = group.plan?.sources ?? []
        layout = group.plan?.apart ?? StateLayout(apart: [], before: [], after: [])
        symbols = extractor.symbols
        stores = extractor.spec.events.map { EventStore($0, empty: 1) }
        inputs = stores.map { store in
            Program.Input(
                slots: store.slots, zone: extractor.spec.zone,
                tests: extractor.symbols.answers)
        }
    }

    deinit {
        for own in states.values { WindowState.deallocate(own, layout, in: memory) }
    }

    func run(into values: SpilledValues) throws {
        if group.labelType != nil { try findOccurrences() }
        var position: Int64 = 0
        var snapshot = 0
        try part.each { type, vector, words in
            position += 1
            let code = take(type, words)
            let store = stores[type]
            let known = store.slots[EventStore.knownSlot][0]
            try answerSnapshots(before: known, &snapshot, into: values)
            let own = states(of: code)
            for source in sources.indices { own[source].advance(to: known, sequence: position) }
            let result = vector < 0 ? nil : try values.room(vector)
            if let result {
                answer(group.plan?.before ?? [], own, now: known, into: result)
            }
            let time = store.slots[EventStore.timeSlot][0]
            for (source, plan) in sources.enumerated() where plan.eventType == type {
                let taken = Taken(plan, inputs[type], row: 0, stack: stack)
                withUnsafePointer(to: taken) {
                    own[source].observe($0, time: time, known: known, sequence: position)
                }
            }
            if let result {
                answer(group.plan?.after ?? [], own, now: known, into: result)
                label(code, now: known, into: result)
            }
        }
        try answerSnapshots(before: .max, &snapshot, into: values)
    }

    /// Sets the slots of an event.
    /// - Returns: the code of its key.
    private func take(_ type: Int, _ words: UnsafePointer<Int64>) -> Int {
        let (store, definition) = (stores[type], extractor.spec.events[type])
        let slots = group.shares[type]!.slots
        for (word, slot) in slots.enumerated() { store.set(slot, words[word]) }
        if definition.known == nil { store.set(EventStore.knownSlot, words[0]) }
        let parts = EventType.fields(of: group.key)
        if parts.count == 1 { return Int(store.slots[definition.slot(of: group.key)!][0]) }
        let codes = parts.map { store.slots[definition.slot(of: $0)!][0] }
        return Int(symbols.intern(codes, composite: group.key))
    }

    private func states(of code: Int) -> UnsafeMutablePointer<WindowState> {
        if let own = states[code] { return own }
        let fresh = WindowState.allocate(layout, in: memory)
        states[code] = fresh
        seen.append(code)
        return fresh
    }

    private func answer(
        _ outputs: [WindowOutput], _ own: UnsafeMutablePointer<WindowState>, now: Int64,
        into result: UnsafeMutablePointer<Int64>
    ) {
        outputs.withUnsafeBufferPointer { outputs in
            for index in outputs.indices {
                let place = group.features.firstIndex(of: outputs[index].feature)!
                let value = WindowState.read(outputs.baseAddress! + index, own, now: now)
                result[place] = Int64(bitPattern: value.bitPattern)
            }
        }
    }

    private func answerSnapshots(
        before known: Int64, _ next: inout Int, into values: SpilledValues
    ) throws {
        guard let snapshots = run.snapshots else { return }
        while next < snapshots.moments.count, snapshots.moments[next] < known {
            let now = snapshots.moments[next]
            for code in seen {
                let own = states[code]!
                for source in sources.indices { own[source].advance(to: now, sequence: .max) }
                let result = try values.room(snapshots.vector(code: code, at: now))
                answer(group.plan?.before ?? [], own, now: now, into: result)
                label(code, now: now, into: result)
            }
            next += 1
        }
    }

    // MARK: labels

    private func findOccurrences() throws {
        try part.each { type, _, words in
            guard type == group.labelType else { return }
            let code = take(type, words)
            let slots = stores[type].slots
            if slots[EventStore.knownSlot][0] <= run.asOf {
                occurrences[code, default: []].append(slots[EventStore.timeSlot][0])
            }
        }
        for code in occurrences.keys { occurrences[code]!.sort() }
    }

    private func label(_ code: Int, now: Int64, into result: UnsafeMutablePointer<Int64>) {
        guard group.labelType != nil,
            case .event(_, key: _, within: let within)? = extractor.spec.vectors.label
        else { return }
        var value = now + within <= run.asOf ? 0 : Double.nan
        if let times = occurrences[code] {
            let next = times.partitioningIndex { $0 >= now }
            if next < times.count, times[next] <= now + within { value = 1 }
        }
        result[group.features.count] = SpilledPartRun.label(value)
    }
}
