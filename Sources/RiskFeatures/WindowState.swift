import RiskColumns

/// The state of one source for one value of its key: the one machine that batch and live both run.
///
/// Events come in the order in which they become known. With a delay they wait in a queue until it has
/// passed. Then they are entries, sorted by their (delayed) time; each window has a head, the first
/// entry inside it, and integer totals over the entries from there to the end. As time goes on heads
/// move, and what they leave is taken off the totals again: exact, because it is integers.
///
///     advance(to: now)  queue → entries → heads move        read(output)  totals → value
///     observe(event)    → queue, or entries
///
/// - Complexity: amortised O(measures × windows) an event, O(1) a value; an event that is late by k
///   entries costs O(k) more.
final class WindowState {
    let plan: SourcePlan
    /// Heads (ids of entries), totals, and what measures keep.
    private(set) var words: UnsafeMutablePointer<Int64>
    private var entries: EntryRing
    private var waiting: EntryRing
    /// One a measure that needs it.
    private var queues: [MonotoneQueue?]
    private var seen: [LastSeen?]
    private let arguments: UnsafeMutablePointer<Int64>

    init(_ plan: SourcePlan) {
        self.plan = plan
        words = .allocate(capacity: max(plan.stateWords, 1))
        arguments = .allocate(capacity: max(plan.measures.count, 1))
        entries = EntryRing(words: plan.entryWords)
        // Visible time, sequence, delayed time, then the arguments.
        waiting = EntryRing(words: 3 + plan.measures.count)
        queues = plan.measures.map { measure in
            guard plan.mode != .unbounded else { return nil }
            switch measure.family {
            case .smallest: return MonotoneQueue(keepsLargest: false)
            case .largest: return MonotoneQueue(keepsLargest: true)
            default: return nil
            }
        }
        seen = plan.measures.map { $0.family == .distinct ? LastSeen() : nil }
        reset()
    }

    deinit {
        words.deallocate()
        arguments.deallocate()
        entries.deallocate()
        waiting.deallocate()
    }

    /// Forgets everything; what was allocated is kept.
    func reset() {
        words.update(repeating: 0, count: max(plan.stateWords, 1))
        entries.removeAll()
        waiting.removeAll()
        for queue in queues { queue?.removeAll() }
        for map in seen { map?.removeAll() }
        for measure in plan.measures {
            let width = Measure.stateWidth(measure.family, plan.mode)
            for word in 0..<width { words[measure.stateOffset + word] = Measure.skip }
        }
    }

    // MARK: time

    /// Lets time pass: what left its window goes, what became visible before (now, sequence) enters.
    func advance(to now: Int64, sequence: Int64) {
        for window in plan.windows.indices where plan.mode != .unbounded {
            let limit = limit(window, now)
            var head = Int(words[window])
            while head < entries.end, entries[head][0] <= limit {
                leave(entries[head], window)
                head += 1
            }
            words[window] = Int64(head)
        }
        while waiting.first < waiting.end {
            let event = waiting[waiting.first]
            guard event[0] < now || (event[0] == now && event[1] < sequence) else { break }
            enter(time: event[2], arguments: event + 3, now: now)
            waiting.first += 1
        }
        if plan.mode != .unbounded {
            entries.first = plan.windows.indices.reduce(entries.end) { min($0, Int(words[$1])) }
        }
    }

    /// Entries at or below it have left the window.
    private func limit(_ window: Int, _ now: Int64) -> Int64 {
        let start = now - plan.windows[window]
        if case .tiled(let hop) = plan.mode {
            return Timestamps.floorDivide(start, hop).quotient - 1
        }
        return start
    }

    // MARK: events

    /// Takes an event in. Time must have been advanced to `known`.
    func observe(_ row: borrowing Program.Row, time: Int64, known: Int64, sequence: Int64) {
        var counts = false
        for (index, measure) in plan.measures.enumerated() {
            arguments[index] = Self.argument(of: measure, row)
            counts = counts || arguments[index] != Measure.skip
        }
        guard counts else { return }
        if plan.delay == 0 {
            enter(time: time, arguments: arguments, now: known)
        } else {
            let event = waiting.append()
            event[0] = known + plan.delay
            event[1] = sequence
            event[2] = time + plan.delay
            for index in plan.measures.indices { event[3 + index] = arguments[index] }
        }
    }

    private static func argument(
        of measure: Measure, _ row: borrowing Program.Row
    ) -> Int64 {
        if let condition = measure.condition, condition.evaluate(row) != 1 { return Measure.skip }
        switch measure.argument {
        case .one: return 1
        case .slot(let slot): return row.slots![slot][row.row]
        case .code(let slot):
            let code = row.slots![slot][row.row]
            return code < 0 ? Measure.skip : code
        case .orderedNumber(let slot): return OrderedNumber.encode(bits: row.slots![slot][row.row])
        case .program(let program):
            let value = program.evaluate(row)
            return value.isNaN ? Measure.skip : value == 0 ? 0 : 1
        }
    }

    private func enter(time: Int64, arguments: UnsafeMutablePointer<Int64>, now: Int64) {
        switch plan.mode {
        case .unbounded: accumulate(time, arguments)
        case .exact: insert(time, time, arguments, now, mayMerge: false)
        case .tiled(let hop):
            // Tile k holds the times in (k hop, (k + 1) hop].
            let tile = Timestamps.floorDivide(time - 1, hop).quotient
            insert(tile, time, arguments, now, mayMerge: true)
        }
    }

    private func insert(
        _ key: Int64, _ time: Int64, _ arguments: UnsafeMutablePointer<Int64>, _ now: Int64,
        mayMerge: Bool
    ) {
        var id = entries.end
        while id > entries.first, entries[id - 1][0] > key { id -= 1 }
        let merges = mayMerge && id > entries.first && entries[id - 1][0] == key
        if merges { id -= 1 }
        let isLast = id == entries.end || (merges && id == entries.end - 1)
        if !merges {
            let entry = entries.insert(at: id)
            entry[0] = key
            for word in 1..<max(plan.entryWords, 1) { entry[word] = 0 }
            for measure in plan.measures where measure.startsEmpty(plan.mode) {
                entry[measure.entryOffset] = Measure.skip
            }
            for map in seen where !isLast { map?.shift(from: id) }
            for queue in queues where !isLast { queue?.removeAll() }
        }
        for window in plan.windows.indices {
            let inside = key > limit(window, now)
            if !inside {
                if !merges { words[window] += 1 }
                continue
            }
            for total in plan.totalsOfWindow[window] {
                add(arguments[total.measure], to: total, id: id, merges: merges)
            }
        }
        let entry = entries[id]
        for (index, measure) in plan.measures.enumerated() {
            keep(arguments[index], time, measure, index, id: id, entry)
            if let queue = queues[index] {
                if isLast {
                    queue.push(id, in: entries, offset: measure.entryOffset)
                } else {
                    queue.rebuild(entries, offset: measure.entryOffset)
                }
            }
        }
    }

    /// Adds an argument to the total of a window that the entry is in.
    private func add(_ argument: Int64, to total: Total, id: Int, merges: Bool) {
        let words = words + total.offset
        if total.family == .earliest {
            // The scan stands on the first entry that counts; ids behind an insertion moved up.
            if !merges, words[0] >= Int64(id) { words[0] += 1 }
            if argument != Measure.skip { words[0] = min(words[0], Int64(id)) }
            return
        }
        guard argument != Measure.skip else { return }
        switch total.family {
        case .count, .moments, .power:
            Self.fold(argument, time: 0, total.family, into: words)
        case .distinct:
            // New to the window unless its latest entry so far is inside.
            let latest = seen[total.measure]!.id(of: argument)
            if latest == nil || Int64(latest!) < self.words[total.window] { words[0] += 1 }
        case .smallest, .largest, .latest, .earliest: break
        }
    }

    /// Adds an argument to the words of a family, wherever they stand: in a total, in a tile, or over
    /// all of the past.
    private static func fold(
        _ argument: Int64, time: Int64, _ family: Measure.Family,
        into words: UnsafeMutablePointer<Int64>
    ) {
        switch family {
        case .count: words[0] += 1
        case .moments:
            words[0] += 1
            Wide.add(Int128(argument), at: words + 1)
        case .power:
            words[0] += 1
            Wide.add(Int128(argument), at: words + 1)
            Wide.add(Int128(argument) * Int128(argument), at: words + 3)
        case .smallest:
            words[0] = words[0] == Measure.skip ? argument : min(words[0], argument)
        case .largest:
            words[0] = words[0] == Measure.skip ? argument : max(words[0], argument)
        case .latest:
            if time >= words[0] { (words[0], words[1]) = (time, argument) }
        case .earliest:
            if words[0] == Measure.skip || time < words[0] {
                (words[0], words[1]) = (time, argument)
            }
        case .distinct: break
        }
    }

    /// Writes an argument into its entry, and into what the measure keeps.
    private func keep(
        _ argument: Int64, _ time: Int64, _ measure: Measure, _ index: Int, id: Int,
        _ entry: UnsafeMutablePointer<Int64>
    ) {
        let words = entry + measure.entryOffset
        if measure.family == .latest {
            if argument != Measure.skip {
                Self.fold(argument, time: time, .latest, into: self.words + measure.stateOffset)
            }
            if plan.mode == .exact { words[0] = argument }
            return
        }
        if measure.family == .distinct {
            guard argument != Measure.skip else { return }
            let map = seen[index]!
            if let latest = map.id(of: argument) {
                if latest >= id { return }
                if latest >= entries.first { entries[latest][measure.entryOffset] -= 1 }
            }
            map.set(argument, to: id, oldest: entries.first)
            words[0] += 1
            return
        }
        if plan.mode == .exact {
            words[0] = argument
            return
        }
        if argument != Measure.skip {
            Self.fold(argument, time: time, measure.family, into: words)
        }
    }

    /// Takes an entry off the totals of a window that it leaves.
    private func leave(_ entry: UnsafeMutablePointer<Int64>, _ window: Int) {
        for total in plan.totalsOfWindow[window] {
            let state = words + total.offset
            let own = entry + total.entryOffset
            switch (plan.mode, total.family) {
            case (_, .smallest), (_, .largest), (_, .latest), (_, .earliest): break
            case (_, .distinct): state[0] -= own[0]
            case (.tiled, .count): state[0] -= own[0]
            case (.tiled, .moments):
                state[0] -= own[0]
                Wide.add(-Wide.load(own + 1), at: state + 1)
            case (.tiled, .power):
                state[0] -= own[0]
                Wide.add(-Wide.load(own + 1), at: state + 1)
                Wide.add(-Wide.load(own + 3), at: state + 3)
            case (_, _) where own[0] == Measure.skip: break
            case (_, .count): state[0] -= 1
            case (_, .moments):
                state[0] -= 1
                Wide.add(-Int128(own[0]), at: state + 1)
            case (_, .power):
                state[0] -= 1
                Wide.add(-Int128(own[0]), at: state + 1)
                Wide.add(-(Int128(own[0]) * Int128(own[0])), at: state + 3)
            }
        }
    }

    /// An event without windows: straight into the totals.
    private func accumulate(_ time: Int64, _ arguments: UnsafeMutablePointer<Int64>) {
        for total in plan.totals {
            let argument = arguments[total.measure]
            guard argument != Measure.skip else { continue }
            switch total.family {
            case .count, .moments, .power:
                Self.fold(argument, time: time, total.family, into: words + total.offset)
            case .smallest, .largest, .latest, .earliest:
                let own = words + plan.measures[total.measure].stateOffset
                Self.fold(argument, time: time, total.family, into: own)
            case .distinct:
                let map = seen[total.measure]!
                if map.id(of: argument) == nil {
                    map.set(argument, to: 0, oldest: 0)
                    words[total.offset] += 1
                }
            }
        }
    }

    // MARK: values

    /// The count at a place of the state; for rates.
    func count(at offset: Int) -> Int64 { words[offset] }

    /// The extreme of a window, as it was put in; nil where nothing counts.
    func extreme(_ output: WindowOutput) -> Int64? {
        let measure = plan.measures[output.measure]
        if plan.mode == .unbounded {
            let value = words[measure.stateOffset]
            return value == Measure.skip ? nil : value
        }
        guard let id = queues[output.measure]!.front(from: Int(words[output.window])) else {
            return nil
        }
        return entries[id][measure.entryOffset]
    }

    /// The (delayed) time and value of the latest event of a window.
    func latest(_ output: WindowOutput, now: Int64) -> (time: Int64, value: Int64)? {
        let state = words + plan.measures[output.measure].stateOffset
        guard state[0] != Measure.skip else { return nil }
        switch plan.mode {
        case .unbounded: break
        case .exact: if state[0] <= limit(output.window, now) { return nil }
        case .tiled(let hop):
            let tile = Timestamps.floorDivide(state[0] - 1, hop).quotient
            if tile <= limit(output.window, now) { return nil }
        }
        return (state[0], state[1])
    }

    /// The (delayed) time and value of the earliest event of a window.
    func earliest(_ output: WindowOutput) -> (time: Int64, value: Int64)? {
        let measure = plan.measures[output.measure]
        if plan.mode == .unbounded {
            let state = words + measure.stateOffset
            return state[0] == Measure.skip ? nil : (state[0], state[1])
        }
        var id = max(Int(words[output.offset]), Int(words[output.window]))
        while id < entries.end, entries[id][measure.entryOffset] == Measure.skip { id += 1 }
        words[output.offset] = Int64(id)
        guard id < entries.end else { return nil }
        let entry = entries[id]
        return plan.mode == .exact
            ? (entry[0], entry[measure.entryOffset])
            : (entry[measure.entryOffset], entry[measure.entryOffset + 1])
    }
}

extension Measure {
    /// Whether a new entry says "nothing yet" rather than zero.
    func startsEmpty(_ mode: SourcePlan.Mode) -> Bool {
        switch family {
        case .smallest, .largest, .earliest: mode != .unbounded
        case .latest: mode == .exact
        default: false
        }
    }
}

/// Sums of 128 bits in two words.
enum Wide {
    static func load(_ words: UnsafePointer<Int64>) -> Int128 {
        UnsafeRawPointer(words).loadUnaligned(as: Int128.self)
    }

    static func load(_ words: UnsafeMutablePointer<Int64>) -> Int128 {
        load(UnsafePointer(words))
    }

    static func add(_ value: Int128, at words: UnsafeMutablePointer<Int64>) {
        UnsafeMutableRawPointer(words).storeBytes(of: load(words) &+ value, as: Int128.self)
    }
}
