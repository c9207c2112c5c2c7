import RiskColumns

/// The vectors that a run makes: of which event or entity, as of when, and in which row.
struct Queries: Sendable {
    /// The moment of each vector.
    private(set) var times: [Int64] = []
    /// The moments at which every entity seen so far has a vector; empty for events.
    private(set) var snapshots: [Int64] = []
    let isSnapshot: Bool
    let unitStore: EventStore?

    /// The unit's type and, for each of its rows, the vector or -1.
    private let unitType: Int
    private var vectorOfRow: [Int32] = []
    private var rowOfVector: [Int32] = []
    /// Whether vectors are rows, one for one.
    private(set) var isWhole = false

    /// The entity's key; its values in the order in which they were first seen.
    private let entityKey: String
    private var entities: [Int32] = []
    private var rankOfCode: [Int32] = []
    private var startOfSnapshot: [Int] = []

    var count: Int { times.count }

    init(
        _ extractor: BatchExtractor, range: ExtractionRange, asOf: Int64
    ) throws(ExtractionError) {
        guard EventStore.isTime(asOf) else {
            throw ExtractionError(description: "as of a time outside the years 1900 to 2199")
        }
        switch extractor.spec.vectors.unit {
        case .event(let type):
            isSnapshot = false
            unitType = type
            entityKey = ""
            let store = extractor.stores[type]
            unitStore = store
            let first = store.count == 0 ? 0 : store.slots[EventStore.knownSlot][0]
            if extractor.order.onlyType == type, range.contains(first),
                range.contains(extractor.lastKnown)
            {
                // Vectors are rows, and the log is in order.
                isWhole = true
                let slot = store.knowsAtOnce ? EventStore.timeSlot : EventStore.knownSlot
                if case .integers(let known)? = store.columns[slot] {
                    times = known
                } else {
                    times = (0..<store.count).map { store.slots[slot][$0] }
                }
                return
            }
            vectorOfRow = Array(repeating: -1, count: store.count)
            for place in extractor.order.indices {
                let event = extractor.order[place]
                guard event.type == type else { continue }
                let known = store.slots[EventStore.knownSlot][event.row]
                guard range.contains(known) else { continue }
                vectorOfRow[event.row] = Int32(times.count)
                rowOfVector.append(Int32(event.row))
                times.append(known)
            }
        case .entity(let key, let every):
            isSnapshot = true
            unitType = -1
            unitStore = nil
            entityKey = key
            try addEntities(extractor, range: range, every: every, asOf: asOf)
        }
    }

    /// Vectors of entities at these moments, of which only derived features are asked.
    init(moments: [Int64]) {
        times = moments
        isSnapshot = true
        unitStore = nil
        unitType = -1
        entityKey = ""
    }

    /// The vector of an event, -1 where it has none.
    func vector(type: Int, row: Int) -> Int {
        type != unitType ? -1 : isWhole ? row : Int(vectorOfRow[row])
    }

    /// The vector of an entity at a snapshot, -1 where it was not yet seen.
    func vector(snapshot: Int, code: Int) -> Int {
        let start = startOfSnapshot[snapshot]
        let end = snapshot + 1 < startOfSnapshot.count ? startOfSnapshot[snapshot + 1] : count
        let rank = Int(rankOfCode[code])
        return rank >= 0 && start + rank < end ? start + rank : -1
    }

    /// The unit's row of a vector.
    func row(_ vector: Int) -> Int { isSnapshot ? 0 : isWhole ? vector : Int(rowOfVector[vector]) }

    /// The unit's rows of neighbouring vectors; for snapshots, which have none, zeros.
    func withRows(_ start: Int, _ count: Int, _ body: (UnsafePointer<Int32>) -> Void) {
        if isSnapshot { return body(Array(repeating: 0, count: count)) }
        if isWhole { return body((start..<start + count).map { Int32($0) }) }
        rowOfVector.withUnsafeBufferPointer { body($0.baseAddress! + start) }
    }

    private mutating func addEntities(
        _ extractor: BatchExtractor, range: ExtractionRange, every: Int64?, asOf: Int64
    ) throws(ExtractionError) {
        let spec = extractor.spec
        let keys = zip(extractor.stores, spec.events).map { store, event in
            event.slot(of: entityKey).map { store.slots[$0] }
        }
        rankOfCode = Array(
            repeating: -1, count: extractor.symbols.dictionaries[entityKey]!.count)
        var firstKnown: [Int64] = []
        for place in extractor.order.indices {
            let event = extractor.order[place]
            guard let code = keys[event.type]?[event.row], code >= 0, rankOfCode[Int(code)] < 0
            else { continue }
            rankOfCode[Int(code)] = Int32(entities.count)
            entities.append(Int32(code))
            firstKnown.append(
                extractor.stores[event.type].slots[EventStore.knownSlot][event.row])
        }
        let made = try Self.snapshots(
            firstKnown, spec, range: range, every: every, asOf: asOf)
        (snapshots, startOfSnapshot) = (made.moments, made.starts)
        for (index, moment) in snapshots.enumerated() {
            let end = index + 1 < snapshots.count ? startOfSnapshot[index + 1] : made.count
            times.append(contentsOf: repeatElement(moment, count: end - times.count))
        }
    }

    /// When there are snapshots, where each one's vectors begin, and how many there are in all.
    /// - Parameter firstKnown: when each entity was first seen, in order.
    static func snapshots(
        _ firstKnown: [Int64], _ spec: FeatureSpec, range: ExtractionRange, every: Int64?,
        asOf: Int64
    ) throws(ExtractionError) -> (moments: [Int64], starts: [Int], count: Int) {
        var (snapshots, starts, count) = ([Int64](), [Int](), 0)
        guard let first = firstKnown.first else { return (snapshots, starts, count) }
        if let every {
            // Snapshots are taken when the zone's clocks show a multiple of the span; where they skip
            // it, when they are moved. Each has at least the entity that was seen first.
            let begin = max(range.from ?? first, first)
            let end = min(asOf, max(range.until ?? .max, .min + 1) - 1)
            if begin > end { return (snapshots, starts, count) }
            if (end - begin) / every > Int64(range.vectorLimit) {
                throw tooMany(range, every, from: begin, to: end)
            }
            var tick = Timestamps.floorDivide(begin + spec.zone.offset(at: begin), every).quotient
            while true {
                let moment = spec.zone.firstMoment(showing: tick * every)
                if moment > end { break }
                if moment >= begin, moment > snapshots.last ?? .min { snapshots.append(moment) }
                tick += 1
            }
        } else {
            snapshots = [asOf]
        }
        for moment in snapshots {
            starts.append(count)
            let seen = firstKnown.partitioningIndex { $0 > moment }
            if count + seen > range.vectorLimit {
                throw tooMany(range, every, from: snapshots[0], to: snapshots[snapshots.count - 1])
            }
            count += seen
        }
        return (snapshots, starts, count)
    }

    private static func tooMany(
        _ range: ExtractionRange, _ every: Int64?, from first: Int64, to last: Int64
    ) -> ExtractionError {
        let rhythm = every.map { " every \(Durations.format($0))" } ?? ""
        return ExtractionError(
            description: "a vector of each entity\(rhythm) from \(Timestamps.format(first)) to "
                + "\(Timestamps.format(last)) would make more than \(range.vectorLimit) vectors; take "
                + "a longer \"every\" or a shorter range")
    }

    // MARK: what identifies a vector

    func keyColumns(_ extractor: BatchExtractor) -> [Column] {
        guard let store = unitStore else {
            let codes = snapshots.indices.flatMap { snapshot in
                let start = startOfSnapshot[snapshot]
                let end =
                    snapshot + 1 < startOfSnapshot.count ? startOfSnapshot[snapshot + 1] : count
                return entities.prefix(end - start)
            }
            let dictionary = extractor.symbols.dictionaries[entityKey]!
            return [Column(name: entityKey, type: .category, storage: .codes(codes, dictionary))]
        }
        let type = extractor.spec.events[unitType]
        return type.keys.map { column($0, type, store, extractor) }
    }

    func carriedColumns(_ extractor: BatchExtractor) -> [Column] {
        guard let store = unitStore else { return [] }
        let type = extractor.spec.events[unitType]
        return extractor.spec.vectors.carry.compactMap { name in
            type.fields.first { $0.name == name }.map { column($0, type, store, extractor) }
        }
    }

    private func column(
        _ field: FieldDefinition, _ type: EventType, _ store: EventStore,
        _ extractor: BatchExtractor
    ) -> Column {
        let slot = store.slots[type.slot(of: field.name)!]
        if isWhole, case .codes(let codes)? = store.columns[type.slot(of: field.name)!] {
            let dictionary = extractor.symbols.dictionaries[field.name]!
            return Column(
                name: field.name, type: .category, storage: .codes(codes, dictionary))
        }
        func each<Value>(_ value: (Int64) -> Value) -> [Value] {
            (0..<count).map { value(slot[row($0)]) }
        }
        switch field.type {
        case .category:
            return Column(
                name: field.name, type: .category,
                storage: .codes(
                    each { Int32($0) }, extractor.symbols.dictionaries[field.name]!))
        case .number:
            return Column(
                name: field.name, type: .number,
                storage: .numbers(each { Double(bitPattern: UInt64(bitPattern: $0)) }))
        default:
            return Column(name: field.name, type: field.type, storage: .integers(each { $0 }))
        }
    }

    // MARK: labels

    /// The labels as known at a moment: missing where they were not yet mature.
    func labels(_ extractor: BatchExtractor, asOf: Int64) -> [Int64]? {
        switch extractor.spec.vectors.label {
        case nil:
            return nil
        case .field(let name):
            let type = extractor.spec.events[unitType]
            let slot = unitStore!.slots[type.slot(of: name)!]
            let after = type.fields.first { $0.name == name }?.knownAfter ?? 0
            return times.indices.map { vector in
                times[vector] + after <= asOf ? slot[row(vector)] : Column.missing
            }
        case .event(let type, let key, let within):
            let occurrences = occurrences(extractor, type: type, key: key, asOf: asOf)
            let codes = labelCodes(extractor, key: key)
            return times.indices.map { vector in
                let time = times[vector]
                let code = codes[vector]
                if code >= 0 {
                    let moments = occurrences[Int(code)]
                    let next = moments.partitioningIndex { $0 >= time }
                    if next < moments.count, moments[next] <= time + within { return 1 }
                }
                return time + within <= asOf ? 0 : Column.missing
            }
        }
    }

    /// When the label's events happened, by key value, of those that were known at a moment.
    private func occurrences(
        _ extractor: BatchExtractor, type: Int, key: String, asOf: Int64
    ) -> [[Int64]] {
        let store = extractor.stores[type]
        let keys = store.slots[extractor.spec.events[type].slot(of: key)!]
        var moments = [[Int64]](
            repeating: [], count: extractor.symbols.dictionaries[key]!.count)
        for row in 0..<store.count
        where keys[row] >= 0 && store.slots[EventStore.knownSlot][row] <= asOf {
            moments[Int(keys[row])].append(store.slots[EventStore.timeSlot][row])
        }
        for code in moments.indices { moments[code].sort() }
        return moments
    }

    private func labelCodes(_ extractor: BatchExtractor, key: String) -> [Int32] {
        if isSnapshot {
            guard case .codes(let codes, _) = keyColumns(extractor)[0].storage else { return [] }
            return codes
        }
        let slot = unitStore!.slots[extractor.spec.events[unitType].slot(of: key)!]
        return (0..<count).map { Int32(slot[row($0)]) }
    }
}

extension Array {
    /// The first index whose element satisfies a condition that holds from some index on.
    /// - Complexity: O(log count).
    func partitioningIndex(where holds: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
