/// Why two states cannot be merged: one of them is none that events lead to.
struct Unmergeable: Error {
    let message: String
}

extension WindowState {
    /// Takes in what another state of the same source, by itself, knows of the same key value, that saw other
    /// events: afterwards it is as if it had seen both.
    ///
    /// The events' order is by when they became known, then this state's before the other's, then as
    /// each had them. What cannot be in a window any more is left out.
    ///
    ///     exact, distinct   entries of both, in order → entries anew
    ///     tiles, all        entries of one tile → one entry that holds what both do
    /// - Parameters:
    ///   - now: a moment that both have been advanced to, with all that is visible then.
    ///   - codes: for each of the other's arguments this state's code; nil where they are no codes.
    /// - Throws: where a state is none; this one is as it was before.
    /// - Complexity: O(entries + waiting events).
    mutating func merge(
        _ other: borrowing WindowState, codes: [Int64]?, now: Int64
    ) throws(Unmergeable) {
        let all = try Self.inOrder(
            waiting.all.map { ($0, waiting.taken($0)[0]) },
            other.waiting.all.map { event throws(Unmergeable) in
                var taken = other.waiting.taken(event)[0]
                taken.argument = try plan.translate(taken.argument, codes)
                return (event, taken)
            }
        ) { $0.0.visible < $1.0.visible }
        if plan.collapses, !plan.isPerCode {
            let tiles = Self.inOrder(tiles, other.tiles) { $0.key < $1.key }
            reset()
            for tile in tiles {
                if entries.end > entries.first, entries.view.keys[entries.end - 1] == tile.key {
                    entries.unite(tile, into: entries.end - 1)
                } else {
                    entries.append(tile)
                }
            }
        } else {
            let events = Self.inOrder(try self.events(codes: nil), try other.events(codes: codes)) {
                ($0.key, $0.visible) < ($1.key, $1.visible)
            }
            reset()
            for event in events { append(event) }
        }
        waiting = WaitingEvents()
        for (event, taken) in all {
            withUnsafePointer(to: taken) {
                waiting.append(
                    visible: event.visible, sequence: event.sequence, time: event.time, taken: $0)
            }
        }
        moveHeads(now)
    }

    /// What two sorted lists hold, in order; of what is equal, the first list's before the second's.
    private static func inOrder<Element>(
        _ a: [Element], _ b: [Element], _ isBefore: (Element, Element) -> Bool
    ) -> [Element] {
        var all: [Element] = []
        all.reserveCapacity(a.count + b.count)
        var next = 0
        for element in a {
            while next < b.count, isBefore(b[next], element) {
                all.append(b[next])
                next += 1
            }
            all.append(element)
        }
        return all + b[next...]
    }

    // MARK: entries of single events, or of a code in a tile

    /// An entry, as it can be entered again.
    private struct EnteredEvent {
        var key: Int64
        /// When it became visible, where that is kept: wherever the order of two of one moment matters.
        var visible: Int64
        var taken: Taken
    }

    private func events(codes: [Int64]?) throws(Unmergeable) -> [EnteredEvent] {
        let arguments = try arguments()
        let view = entries.view
        var events: [EnteredEvent] = []
        events.reserveCapacity(arguments.count)
        for (id, argument) in zip(needed..<entries.end, arguments) {
            events.append(
                EnteredEvent(
                    key: view.keys[id],
                    visible: plan.keeps(.latestKnown) ? view.column(.latestKnown)[id] : 0,
                    taken: Taken(
                        argument: try plan.translate(argument, codes),
                        second: plan.keeps(.second)
                            ? view.column(.second)[id] : SourcePlan.missing)))
        }
        return events
    }

    /// The arguments of the entries from `needed` on, from whatever is kept of them.
    private func arguments() throws(Unmergeable) -> [Int64] {
        let view = entries.view
        let ids = needed..<entries.end
        if plan.keeps(.latest) {
            let latest = view.column(.latest)
            return ids.map { latest[$0] }
        }
        if plan.keeps(.sum) {
            let sums = view.wide(.sum)
            return ids.map { Int64(exactly: sums[$0 + 1] &- sums[$0]) ?? SourcePlan.missing }
        }
        if plan.keeps(.tally) {
            let tally = view.column(.tally)
            return ids.map { tally[$0 + 1] &- tally[$0] }
        }
        guard let seen = latestOfArguments else { return ids.map { _ in 1 } }
        // Each argument's entries are chained from the latest one backwards.
        let previous = view.column(.previous)
        var arguments = Array(repeating: SourcePlan.missing, count: ids.count)
        for (argument, latest) in seen {
            var id = latest
            while id >= ids.lowerBound {
                guard arguments[id - ids.lowerBound] == SourcePlan.missing else {
                    throw Unmergeable(message: "an entry of two values")
                }
                arguments[id - ids.lowerBound] = argument
                id = Int(previous[id])
            }
        }
        return arguments
    }

    private mutating func append(_ event: EnteredEvent) {
        let argument = event.taken.argument
        if plan.isPerCode, let id = latest(of: argument), entries.view.keys[id] == event.key {
            return
        }
        let id = entries.end
        entries.insert(at: id, key: event.key, needed: entries.first)
        withUnsafePointer(to: event.taken) {
            entries.fold($0, time: event.key, visible: event.visible, into: id, isNew: true)
        }
        if !plan.chained.isEmpty { link(0, argument, at: id) }
    }

    // MARK: entries of many events

    private var tiles: [EntryTile] {
        (needed..<entries.end).map { EntryTile(entries.view, $0) }
    }
}

extension SourceShape {
    /// Whether a content is kept of entries.
    func keeps(_ content: EntryColumn.Content) -> Bool { offsets[Int(content.rawValue)] >= 0 }

    /// An argument of another state, as this one has it.
    fileprivate func translate(_ argument: Int64, _ codes: [Int64]?) throws(Unmergeable) -> Int64 {
        let isValid = keeps(.tally) ? argument == 0 || argument == 1 : accepts(argument)
        guard isValid else { throw Unmergeable(message: "a value that no event has") }
        guard let codes else { return argument }
        guard codes.indices.contains(Int(argument)) else {
            throw Unmergeable(message: "a value that has no text")
        }
        return codes[Int(argument)]
    }
}

/// What an entry holds of the events of its tile; zero where it is not kept.
struct EntryTile {
    let key: Int64
    private(set) var words = Words()

    /// By content.
    struct Words {
        var count: Int64 = 0
        var tally: Int64 = 0
        var sum: Int128 = 0
        var squares: Int128 = 0
        var smallest: Int64 = 0
        var largest: Int64 = 0
        var latest = End()
        var earliest = End()
    }

    /// The latest or the earliest event.
    struct End {
        var argument: Int64 = 0
        var time: Int64 = 0
        var visible: Int64 = 0

        static func < (a: End, b: End) -> Bool { (a.time, a.visible) < (b.time, b.visible) }
    }

    init(_ view: EntryView, _ id: Int) {
        key = view.keys[id]
        for column in view.plan.columns {
            let content = column.content
            switch content {
            case .count: words.count = view.column(content)[id + 1] &- view.column(content)[id]
            case .tally: words.tally = view.column(content)[id + 1] &- view.column(content)[id]
            case .sum: words.sum = view.wide(content)[id + 1] &- view.wide(content)[id]
            case .squares: words.squares = view.wide(content)[id + 1] &- view.wide(content)[id]
            case .smallest: words.smallest = view.column(content)[id]
            case .largest: words.largest = view.column(content)[id]
            case .latest: words.latest.argument = view.column(content)[id]
            case .latestTime: words.latest.time = view.column(content)[id]
            case .latestKnown: words.latest.visible = view.column(content)[id]
            case .earliest: words.earliest.argument = view.column(content)[id]
            case .earliestTime: words.earliest.time = view.column(content)[id]
            case .earliestKnown: words.earliest.visible = view.column(content)[id]
            case .previous, .next, .second, .burst, .gapSquares:
                preconditionFailure("entries of many events do not keep that")
            }
        }
    }

    /// Adds what another entry of the same tile holds, whose events come later where times are equal.
    mutating func unite(_ other: EntryTile) {
        let others = other.words
        words.count &+= others.count
        words.tally &+= others.tally
        words.sum &+= others.sum
        words.squares &+= others.squares
        words.smallest = min(words.smallest, others.smallest)
        words.largest = max(words.largest, others.largest)
        if !(others.latest < words.latest) { words.latest = others.latest }
        if others.earliest < words.earliest { words.earliest = others.earliest }
    }
}

extension EntryRecords {
    /// Adds an entry behind the last.
    mutating func append(_ tile: EntryTile) {
        let id = end
        insert(at: id, key: tile.key, needed: first)
        write(tile, into: id)
    }

    /// Adds to the last entry what another one of the same tile holds.
    mutating func unite(_ tile: EntryTile, into id: Int) {
        var whole = EntryTile(view, id)
        whole.unite(tile)
        write(whole, into: id)
    }

    /// Writes the last entry.
    private func write(_ tile: EntryTile, into id: Int) {
        let view = view
        let words = tile.words
        for column in plan.columns {
            let content = column.content
            switch content {
            case .count: view.column(content)[id + 1] = view.column(content)[id] &+ words.count
            case .tally: view.column(content)[id + 1] = view.column(content)[id] &+ words.tally
            case .sum: view.wide(content)[id + 1] = view.wide(content)[id] &+ words.sum
            case .squares: view.wide(content)[id + 1] = view.wide(content)[id] &+ words.squares
            case .smallest: view.column(content)[id] = words.smallest
            case .largest: view.column(content)[id] = words.largest
            case .latest: view.column(content)[id] = words.latest.argument
            case .latestTime: view.column(content)[id] = words.latest.time
            case .latestKnown: view.column(content)[id] = words.latest.visible
            case .earliest: view.column(content)[id] = words.earliest.argument
            case .earliestTime: view.column(content)[id] = words.earliest.time
            case .earliestKnown: view.column(content)[id] = words.earliest.visible
            case .previous, .next, .second, .burst, .gapSquares: break
            }
        }
    }
}
