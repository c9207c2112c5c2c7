import CRiskKernels
import RiskColumns

/// The moments at which a chunk of key values is asked, key value by key value.
final class ChunkQueries {
    /// The moments; for each the event of the chunk that asks, `Int32.max` where none does; and the
    /// vector that is to be filled.
    let now = Scratch<Int64>()
    let event = Scratch<Int32>()
    let vector = Scratch<Int32>()
    /// Where each key value's begin, and one more.
    let starts = Scratch<Int>()
    private(set) var count = 0

    /// - Parameter known: when the chunk's events of the unit's type became known.
    func fill(
        _ codes: Range<Int>, _ items: KeyedEvents, _ queries: Queries, known: SlotValues?
    ) {
        let starts = starts.room(codes.count + 1)
        count = 0
        if queries.isSnapshot {
            let room = codes.count * queries.snapshots.count
            let (now, event, vector) = (now.room(room), event.room(room), vector.room(room))
            for (segment, code) in codes.enumerated() {
                starts[segment] = count
                for snapshot in queries.snapshots.indices {
                    let row = queries.vector(snapshot: snapshot, code: code)
                    if row < 0 { continue }
                    now[count] = queries.snapshots[snapshot]
                    event[count] = .max
                    vector[count] = Int32(row)
                    count += 1
                }
            }
        } else {
            let begin = items.starts[codes.lowerBound]
            let room = items.starts[codes.upperBound] - begin
            let (now, event, vector) = (now.room(room), event.room(room), vector.room(room))
            if queries.isWhole {
                // Every event asks, and its vector is its row.
                now.update(from: known!.base, count: room)
                vector.update(from: items.rows + begin, count: room)
                for index in 0..<room { event[index] = Int32(index) }
                for (segment, code) in codes.enumerated() {
                    starts[segment] = items.starts[code] - begin
                }
                count = room
                starts[codes.count] = count
                return
            }
            let known = queries.unitStore!.slots[EventStore.knownSlot]
            for (segment, code) in codes.enumerated() {
                starts[segment] = count
                for index in items.starts[code]..<items.starts[code + 1] {
                    let row = Int(items.rows[index])
                    let wanted = queries.vector(type: items.type(index), row: row)
                    if wanted < 0 { continue }
                    now[count] = known[row]
                    event[count] = Int32(index - begin)
                    vector[count] = Int32(wanted)
                    count += 1
                }
            }
        }
        starts[codes.count] = count
    }
}

/// Entries of a chunk of key values, an entry an event, and where windows over them begin and end.
final class EntryList {
    /// The events of the chunk that they are, and their places among those of their type.
    let events = Scratch<Int32>()
    let rows = Scratch<Int32>()
    /// When they happened, delayed.
    let times = Scratch<Int64>()
    let keys = Scratch<Int64>()
    /// Where each key value's begin, and one more.
    let starts = Scratch<Int>()
    var count = 0
    /// For each query one past the last entry that it sees, without and with its own event.
    let tails = Scratch<Int>()
    let tailsWithCurrent = Scratch<Int>()
    private var heads: [(length: Int64, heads: Scratch<Int>)] = []
    private var headsMade = 0

    /// Takes all of another list's entries.
    func take(_ other: EntryList, segments: Int) {
        count = other.count
        events.room(count).update(from: other.events.base, count: count)
        rows.room(count).update(from: other.rows.base, count: count)
        starts.room(segments + 1).update(from: other.starts.base, count: segments + 1)
    }

    /// Computes times, keys and tails of the entries whose events, rows and starts are there.
    /// - Parameter isOfQueries: whether each query's event is an entry, in the same place, that is known
    ///   at once.
    func finish(
        _ plan: SourceShape, _ slots: Slots, _ queries: ChunkQueries, segments: Int,
        isOfQueries: Bool
    ) {
        headsMade = 0
        let (rows, events) = (rows.base, events.base)
        // Four more, so that four may be compared behind the last too.
        let (times, keys) = (times.room(count), keys.room(count + 4))
        (keys + count).update(repeating: 0, count: 4)
        let happened = slots[EventStore.timeSlot]
        let delay = plan.delay
        for entry in 0..<count { times[entry] = happened[Int(rows[entry])] + delay }
        if plan.mode == .exact {
            keys.update(from: times, count: count)
        } else {
            for entry in 0..<count { keys[entry] = plan.entryKey(times[entry]) }
        }
        let known = slots[EventStore.knownSlot]
        let (tails, withCurrent) = (tails.room(queries.count), tailsWithCurrent.room(queries.count))
        if isOfQueries {
            for query in 0..<queries.count {
                tails[query] = query
                withCurrent[query] = query + 1
            }
            return
        }
        let (now, event) = (queries.now.base, queries.event.base)
        for segment in 0..<segments {
            var tail = starts.base[segment]
            let end = starts.base[segment + 1]
            for query in queries.starts.base[segment]..<queries.starts.base[segment + 1] {
                if event[query] == .max || delay > 0 {
                    while tail < end, known[Int(rows[tail])] + delay <= now[query] { tail += 1 }
                    tails[query] = tail
                    withCurrent[query] = tail
                } else {
                    while tail < end, events[tail] < event[query] { tail += 1 }
                    tails[query] = tail
                    withCurrent[query] =
                        tail < end && events[tail] == event[query] ? tail + 1 : tail
                }
            }
        }
    }

    /// For each query, the first entry inside a window; each window's are found once.
    func heads(
        _ plan: SourceShape, window: Int, _ queries: ChunkQueries, segments: Int
    ) -> UnsafePointer<Int> {
        let length = plan.windows[window]
        if let made = heads.prefix(headsMade).first(where: { $0.length == length }) {
            return UnsafePointer(made.heads.base)
        }
        if plan.mode == .exact {
            makeHeads(of: plan.windows, queries, segments: segments)
            return heads(plan, window: window, queries, segments: segments)
        }
        let result = room(for: length, queries)
        let (keys, now, tails) = (keys.base, queries.now.base, tailsWithCurrent.base)
        func each(_ limit: (Int64) -> Int64) {
            for segment in 0..<segments {
                var head = starts.base[segment]
                for query in queries.starts.base[segment]..<queries.starts.base[segment + 1] {
                    let (limit, tail) = (limit(now[query]), tails[query])
                    while head < tail, keys[head] <= limit { head += 1 }
                    result[query] = head
                }
            }
        }
        if plan.mode == .unbounded { each { _ in .min } } else { each { plan.limit(window, $0) } }
        return UnsafePointer(result)
    }

    /// Room for the heads of windows of a length.
    private func room(for length: Int64, _ queries: ChunkQueries) -> UnsafeMutablePointer<Int> {
        if headsMade == heads.count { heads.append((0, Scratch())) }
        heads[headsMade].length = length
        headsMade += 1
        return heads[headsMade - 1].heads.room(queries.count)
    }

    /// Finds the heads of exact windows, several at once: each waits for its own last one only.
    private func makeHeads(
        of windows: UnsafeBufferPointer<Int64>, _ queries: ChunkQueries, segments: Int
    ) {
        let made = heads.prefix(headsMade).map(\.length)
        let lengths = windows.filter { !made.contains($0) }.prefix(Int(RK_MOST_WINDOWS))
        let rooms: [UnsafeMutablePointer<Int64>?] = lengths.map { length in
            UnsafeMutableRawPointer(room(for: length, queries))
                .assumingMemoryBound(to: Int64.self)
        }
        let tails = UnsafeRawPointer(tailsWithCurrent.base).assumingMemoryBound(to: Int64.self)
        Array(lengths).withUnsafeBufferPointer { lengths in
            for segment in 0..<segments {
                rk_window_heads_i64(
                    keys.base, queries.now.base, tails, queries.starts.base[segment],
                    queries.starts.base[segment + 1], Int64(starts.base[segment]),
                    lengths.baseAddress, lengths.count, rooms)
            }
        }
    }

    /// Whether each key value's events happened in the order in which they became known.
    func findLate(_ slots: Slots, segments: Int, _ late: UnsafeMutablePointer<Bool>) {
        let happened = slots[EventStore.timeSlot]
        if happened.base == slots[EventStore.knownSlot].base { return }
        for segment in 0..<segments where !late[segment] {
            let (start, end) = (starts.base[segment], starts.base[segment + 1])
            for entry in stride(from: start + 1, to: end, by: 1)
            where happened[Int(rows.base[entry - 1])] > happened[Int(rows.base[entry])] {
                late[segment] = true
                break
            }
        }
    }
}
