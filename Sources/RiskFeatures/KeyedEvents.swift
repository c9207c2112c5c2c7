import RiskColumns

/// The events that matter for one key, sorted by key value, each value's in the total order.
struct KeyedEvents: Sendable {
    private let positions: [Int32]
    private let starts: [Int]
    private let types: [Int32]
    private let rows: [Int32]

    init(_ extractor: BatchExtractor, group: GroupPlan) {
        let spec = extractor.spec
        var wanted = Set(group.sources.map(\.eventType))
        if case .event(let type) = spec.vectors.unit { wanted.insert(type) }
        let keySlots = spec.events.enumerated().map { type, event in
            wanted.contains(type) ? event.slot(of: group.key) : nil
        }
        let keys = zip(extractor.stores, keySlots).map { store, slot in
            slot.map { store.slots[$0] }
        }
        let codes = extractor.symbols.dictionaries[group.key]!.count
        var counts = [Int](repeating: 0, count: codes + 1)
        for position in extractor.order {
            guard let key = keys[Int(position.type)]?[Int(position.row)], key >= 0 else { continue }
            counts[Int(key) + 1] += 1
        }
        for code in 0..<codes { counts[code + 1] += counts[code] }
        starts = counts
        let total = counts[codes]
        var next = counts
        var positions = [Int32](repeating: 0, count: total)
        var types = [Int32](repeating: 0, count: total)
        var rows = [Int32](repeating: 0, count: total)
        for (index, position) in extractor.order.enumerated() {
            guard let key = keys[Int(position.type)]?[Int(position.row)], key >= 0 else { continue }
            let place = next[Int(key)]
            next[Int(key)] += 1
            positions[place] = Int32(index)
            types[place] = position.type
            rows[place] = position.row
        }
        self.positions = positions
        self.types = types
        self.rows = rows
    }

    /// Where the events of a key value are.
    func range(_ code: Int) -> Range<Int> { starts[code]..<starts[code + 1] }

    /// The event at a place: its position in the total order, its type and its row.
    subscript(index: Int) -> (position: Int, type: Int, row: Int) {
        (Int(positions[index]), Int(types[index]), Int(rows[index]))
    }

    /// Key values in runs of about equally many events.
    func chunks(_ count: Int) -> [Range<Int>] {
        let codes = starts.count - 1
        let total = starts[codes]
        var chunks: [Range<Int>] = []
        var start = 0
        for part in 1...count where start < codes {
            var end = start
            while end < codes, starts[end] < total * part / count || part == count { end += 1 }
            if end > start { chunks.append(start..<end) }
            start = end
        }
        return chunks
    }
}
