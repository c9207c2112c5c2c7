import CRiskKernels
import Dispatch
import RiskColumns

/// The events that matter for one key, sorted by key value, each value's in the total order.
final class KeyedEvents: @unchecked Sendable {
    /// Where each key value's events begin, and one more.
    let starts: UnsafeMutablePointer<Int>
    /// How many key values there are.
    let codes: Int
    /// The events' rows in their logs.
    let rows: UnsafeMutablePointer<Int32>
    /// The events' types; nil where all are of `onlyType`.
    let types: UnsafeMutablePointer<Int32>?
    let onlyType: Int
    /// The events' places in the total order; nil where that is the order of rows.
    private let places: UnsafeMutablePointer<Int32>?

    /// Sorts by counting, a part of the events a thread.
    /// - Complexity: O(events / threads + key values × threads).
    init(_ extractor: BatchExtractor, group: GroupPlan) {
        var wanted = Set(group.sources.map(\.eventType))
        if case .event(let type) = extractor.spec.vectors.unit { wanted.insert(type) }
        let order = extractor.order
        codes = extractor.symbols.dictionaries[group.key]!.count
        onlyType = order.onlyType ?? wanted.min() ?? 0
        starts = .allocate(capacity: codes + 1)
        let parts = order.count < 1 << 16 ? 1 : extractor.threads
        let sort = CountingSort(
            order: order, parts: parts, codes: codes,
            keys: zip(extractor.stores, extractor.spec.events).enumerated().map { type, pair in
                wanted.contains(type) ? pair.1.slot(of: group.key).map { pair.0.slots[$0] } : nil
            },
            codesOfRows: order.onlyType.flatMap { type in
                extractor.spec.events[type].slot(of: group.key).flatMap {
                    extractor.stores[type].codes($0)
                }
            })
        DispatchQueue.concurrentPerform(iterations: parts) { sort.count(part: $0) }
        sort.allocate(starts)
        DispatchQueue.concurrentPerform(iterations: parts) { sort.scatter(part: $0) }
        (rows, types, places) = (sort.rows, sort.types, sort.places)
    }

    deinit {
        starts.deallocate()
        rows.deallocate()
        types?.deallocate()
        places?.deallocate()
    }

    /// The event at a place: its position in the total order, its type and its row.
    subscript(index: Int) -> (position: Int, type: Int, row: Int) {
        let row = Int(rows[index])
        return (places.map { Int($0[index]) } ?? row, type(index), row)
    }

    @inline(__always)
    func type(_ index: Int) -> Int { types.map { Int($0[index]) } ?? onlyType }

    /// Key values in runs of about so much work, events and moments that ask; a giant is alone.
    /// - Parameter moments: how often each key value is asked beside its events.
    func chunks(of work: Int, moments: Int) -> [Range<Int>] {
        var chunks: [Range<Int>] = []
        var start = 0
        while start < codes {
            var end = start + 1
            // A key value costs something even where it has no events.
            while end < codes,
                starts[end + 1] - starts[start] + (end + 1 - start) * max(1, moments) <= work
            {
                end += 1
            }
            chunks.append(start..<end)
            start = end
        }
        return chunks
    }
}

/// A sort by key value while threads work on it, each on its part of the total order.
private final class CountingSort: @unchecked Sendable {
    let order: TotalOrder
    let parts: Int
    let codes: Int
    let keys: [SlotValues?]
    /// The keys of the only type one after the other, where they are there like that.
    let codesOfRows: [Int32]?
    /// For each part and key value: how many events, then where the next one goes.
    private let next: UnsafeMutablePointer<Int32>
    private(set) var rows = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    private(set) var types: UnsafeMutablePointer<Int32>?
    private(set) var places: UnsafeMutablePointer<Int32>?

    init(
        order: TotalOrder, parts: Int, codes: Int, keys: [SlotValues?], codesOfRows: [Int32]?
    ) {
        self.order = order
        self.parts = parts
        self.codes = codes
        self.keys = keys
        self.codesOfRows = codesOfRows
        next = .allocate(capacity: max(1, parts * codes))
        next.initialize(repeating: 0, count: max(1, parts * codes))
    }

    deinit { next.deallocate() }

    @inline(__always)
    private func each(
        _ part: Int, _ body: (_ place: Int, _ type: Int, _ row: Int, _ key: Int) -> Void
    ) {
        let range = order.count * part / parts..<order.count * (part + 1) / parts
        if let type = order.onlyType {
            if let codesOfRows {
                codesOfRows.withUnsafeBufferPointer { codes in
                    for row in range where codes[row] >= 0 { body(row, type, row, Int(codes[row])) }
                }
                return
            }
            guard let own = keys[type] else { return }
            for row in range where own[row] >= 0 { body(row, type, row, Int(own[row])) }
            return
        }
        for place in range {
            let (type, row) = order[place]
            guard let key = keys[type]?[row], key >= 0 else { continue }
            body(place, type, row, Int(key))
        }
    }

    func count(part: Int) {
        let counts = next + part * codes
        each(part) { _, _, _, key in counts[key] += 1 }
    }

    /// Finds where each key value's events begin, and makes room for all.
    func allocate(_ starts: UnsafeMutablePointer<Int>) {
        var total = 0
        for code in 0..<codes {
            starts[code] = total
            for part in 0..<parts {
                let count = next[part * codes + code]
                next[part * codes + code] = Int32(total)
                total += Int(count)
            }
        }
        starts[codes] = total
        rows.deallocate()
        rows = HugePages.allocate(total, of: Int32.self)
        guard order.onlyType == nil else { return }
        types = .allocate(capacity: max(1, total))
        places = .allocate(capacity: max(1, total))
    }

    func scatter(part: Int) {
        let next = next + part * codes
        if let codesOfRows, order.onlyType != nil {
            return codesOfRows.withUnsafeBufferPointer { scatter(part, $0, next) }
        }
        each(part) { place, type, row, key in
            let index = Int(next[key])
            next[key] += 1
            rows[index] = Int32(row)
            types?[index] = Int32(type)
            places?[index] = Int32(place)
        }
    }

    /// Of the only type: where a row goes is asked for some rows ahead.
    private func scatter(
        _ part: Int, _ keys: UnsafeBufferPointer<Int32>, _ next: UnsafeMutablePointer<Int32>
    ) {
        let (begin, end) = (order.count * part / parts, order.count * (part + 1) / parts)
        for row in begin..<end {
            let ahead = min(row + Gather.ahead, end - 1)
            // What is missing is asked for as the first.
            rk_prefetch_write(rows + Int(next[Int(max(0, keys[ahead]))]))
            guard keys[row] >= 0 else { continue }
            let index = Int(next[Int(keys[row])])
            next[Int(keys[row])] += 1
            rows[index] = Int32(row)
        }
    }
}

/// The total order of all events: by (known, order of the spec, row).
struct TotalOrder: Sendable {
    private var events: [(type: Int32, row: Int32)] = []
    /// Where there is one log, whose rows are in order: its type.
    let onlyType: Int?
    let count: Int

    init(_ stores: [EventStore]) {
        count = stores.reduce(0) { $0 + $1.count }
        if stores.count == 1, stores[0].isInOrder {
            onlyType = 0
            return
        }
        onlyType = nil
        let rows = stores.map { $0.isInOrder ? nil : Self.sorted($0) }
        var next = [Int](repeating: 0, count: stores.count)
        events.reserveCapacity(count)
        for _ in 0..<count {
            var first = -1
            var earliest = Int64.max
            for (type, store) in stores.enumerated() where next[type] < store.count {
                let row = rows[type].map { Int($0[next[type]]) } ?? next[type]
                let known = store.slots[EventStore.knownSlot][row]
                if first < 0 || known < earliest { (first, earliest) = (type, known) }
            }
            let row = rows[first].map { $0[next[first]] } ?? Int32(next[first])
            events.append((Int32(first), row))
            next[first] += 1
        }
    }

    private static func sorted(_ store: EventStore) -> [Int32] {
        let known = store.slots[EventStore.knownSlot]
        return (0..<Int32(store.count)).sorted { (known[Int($0)], $0) < (known[Int($1)], $1) }
    }

    @inline(__always)
    subscript(place: Int) -> (type: Int, row: Int) {
        if let onlyType { return (onlyType, place) }
        return (Int(events[place].type), Int(events[place].row))
    }

    var indices: Range<Int> { 0..<count }
}
