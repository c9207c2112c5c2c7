import RiskColumns

/// Finds the events behind a feature's value by looking at every event of its type.
///
/// It shares the logs' columns, the total order's definition and the compiled conditions with the engine,
/// and nothing else: no sorting by key, no windows that move, no running sums.
struct EventSearch {
    let extractor: BatchExtractor
    /// The moment, and the vector's own event where it is one of an event.
    let now: Int64
    let own: (type: Int, row: Int)?
    /// The vector's keys by name; -1 where one is missing.
    let codes: [String: Int64]

    /// The events that count, by (time, total order), and where the window begins.
    struct Found {
        var rows: [Int]
        var divisor: [Int]?
        var before: [Int] = []
        var start: Int64?
    }

    func events(_ feature: WindowFeature) -> Found {
        let start = feature.window.map { window in
            feature.hop.map { Timestamps.floorDivide(now - window, $0).quotient * $0 }
                ?? (now - window)
        }
        let begin = start.map { $0 - feature.delay }
        let past = rows(of: feature.eventType, feature).filter { row in
            takes(row, feature)
        }
        func isInside(_ type: Int, _ row: Int) -> Bool {
            begin.map { time(type, row) > $0 } ?? true
        }
        var found = Found(rows: past.filter { isInside(feature.eventType, $0) }, start: begin)
        switch feature.aggregate {
        case .rate(per: let type?):
            found.divisor = rows(of: type, feature).filter { isInside(type, $0) }
        case .peak(let span):
            if let first = found.rows.first, let begin {
                let earliest = time(feature.eventType, first) - span
                found.before = past.filter {
                    time(feature.eventType, $0) <= begin && time(feature.eventType, $0) > earliest
                }
            }
        default: break
        }
        return found
    }

    func time(_ type: Int, _ row: Int) -> Int64 {
        extractor.stores[type].slots[EventStore.timeSlot][row]
    }

    /// The events of a type with the vector's key that it sees, by (time, total order).
    private func rows(of type: Int, _ feature: WindowFeature) -> [Int] {
        let (store, definition) = (extractor.stores[type], extractor.spec.events[type])
        var wanted: [(slot: SlotValues, code: Int64)] = []
        for name in EventType.fields(of: feature.key) {
            guard let slot = definition.slot(of: name), let code = codes[name], code >= 0 else {
                return []
            }
            wanted.append((store.slots[slot], code))
        }
        let known = store.slots[EventStore.knownSlot]
        let rows = (0..<store.count).filter { row in
            wanted.allSatisfy { $0.slot[row] == $0.code }
                && isInTime(type, row, known[row]) && sees(type, row, known[row], feature)
        }
        return rows.sorted {
            (time(type, $0), known[$0], $0) < (time(type, $1), known[$1], $1)
        }
    }

    /// Whether it became known soon enough to count at all.
    private func isInTime(_ type: Int, _ row: Int, _ known: Int64) -> Bool {
        extractor.spec.events[type].lateness.map { known - time(type, row) <= $0 } ?? true
    }

    /// Whether an event stands before the vector in the total order, delayed as the feature says.
    private func sees(
        _ type: Int, _ row: Int, _ known: Int64, _ feature: WindowFeature
    ) -> Bool {
        if let own, own == (type, row) { return feature.includesCurrent }
        let visible = known + feature.delay
        if visible != now || feature.delay > 0 { return visible <= now }
        guard let own else { return true }
        return (type, row) < own
    }

    /// Whether the filter lets it pass, and it has what the aggregate takes.
    private func takes(_ row: Int, _ feature: WindowFeature) -> Bool {
        let store = extractor.stores[feature.eventType]
        let input = extractor.input(store)
        if let condition = feature.condition, condition.value(input, row: row) != 1 {
            return false
        }
        switch feature.aggregate {
        case .share(let program): return !program.value(input, row: row).isNaN
        case .speed(let latitude, let longitude):
            return has(latitude, row, feature) && has(longitude, row, feature)
        case .new: return true
        default: return feature.slot.map { has($0, row, feature) } ?? true
        }
    }

    private func has(_ slot: Int, _ row: Int, _ feature: WindowFeature) -> Bool {
        let definition = extractor.spec.events[feature.eventType]
        let field = definition.fields[slot - EventStore.firstFieldSlot]
        let value = extractor.stores[feature.eventType].slots[slot][row]
        switch field.type {
        case .category: return value >= 0
        case .number: return !Double(bitPattern: UInt64(bitPattern: value)).isNaN
        default: return value != Column.missing
        }
    }

    // MARK: values anew

    /// The value that the events lead to; nil for aggregates that are not made anew here.
    func value(_ feature: WindowFeature, _ found: Found) -> Double? {
        let (type, rows) = (feature.eventType, found.rows)
        let keys = EventType.fields(of: feature.key)
        if keys.contains(where: { codes[$0] ?? -1 < 0 }) { return .nan }
        func slots(_ slot: Int) -> [Int64] {
            rows.map { extractor.stores[type].slots[slot][$0] }
        }
        func sum(_ slot: Int) -> Double {
            Double(slots(slot).reduce(Int128(0)) { $0 + Int128($1) })
        }
        func power(_ slot: Int) -> Double {
            let fields = extractor.spec.events[type].fields
            if case .decimal(let scale) = fields[slot - EventStore.firstFieldSlot].type {
                return Double(Decimals.powersOfTen[scale])
            }
            return 1
        }
        func doubles(_ slot: Int) -> [Double] {
            let fields = extractor.spec.events[type].fields
            if fields[slot - EventStore.firstFieldSlot].type == .number {
                return slots(slot).map { Double(bitPattern: UInt64(bitPattern: $0)) }
            }
            return slots(slot).map { Double($0) / power(slot) }
        }
        func seconds(since row: Int?) -> Double {
            row.map { Double(now - time(type, $0)) / Double(Timestamps.second) } ?? .nan
        }
        let count = Double(rows.count)
        switch feature.aggregate {
        case .count: return count
        case .rate(per: nil):
            return feature.window.map { count / (Double($0) / Double(Timestamps.day)) }
        case .rate(per: _):
            let divisor = Double(found.divisor?.count ?? 0)
            return divisor == 0 ? .nan : count / divisor
        case .sum(let slot): return sum(slot) / power(slot)
        case .mean(let slot): return rows.isEmpty ? .nan : sum(slot) / (count * power(slot))
        case .min(let slot): return doubles(slot).min() ?? .nan
        case .max(let slot): return doubles(slot).max() ?? .nan
        case .first(let slot): return doubles(slot).first ?? .nan
        case .last(let slot): return doubles(slot).last ?? .nan
        case .lastBut(let slot, let back): return doubles(slot).dropLast(back).last ?? .nan
        case .sinceFirst: return seconds(since: rows.first)
        case .sinceLast: return seconds(since: rows.last)
        case .distinct(let slot): return Double(Set(slots(slot)).count)
        case .new: return rows.isEmpty ? 1 : 0
        case .peak(let span):
            return mostWithin(span, found, type: type)
        case .share(let program):
            if rows.isEmpty { return .nan }
            let input = extractor.input(extractor.stores[type])
            return Double(rows.count { program.value(input, row: $0) != 0 }) / count
        default: return nil
        }
    }

    /// The largest number of events in a span that ends with one inside the window.
    private func mostWithin(_ span: Int64, _ found: Found, type: Int) -> Double {
        let times = (found.before + found.rows).map { time(type, $0) }
        var most = 0
        var first = 0
        for (index, time) in times.enumerated() {
            while times[first] <= time - span { first += 1 }
            // Of several at one moment the last one has all of them behind it.
            if index >= found.before.count { most = max(most, index - first + 1) }
        }
        return most == 0 ? .nan : Double(most)
    }
}
