import CRiskKernels
import RiskColumns

/// The entries of a source for one key value, or of sources that share them, sorted by key, column by
/// column.
///
/// An entry is known by its id, which counts up for ever; ids from `first` to `end` are there. Storage
/// slides: where it is full, what no window needs any more is dropped from its beginning.
struct EntryColumns {
    /// The plan of the source outlives its states.
    private let shape: UnsafePointer<SourceShape>
    @inline(__always)
    var plan: SourceShape { shape.pointee }
    /// The id of the oldest entry kept, and one past that of the newest.
    private(set) var first = 0
    private(set) var end = 0
    /// The id at the beginning of the storage.
    private var origin = 0
    private var capacity = 0
    private var storage: UnsafeMutablePointer<Int64>

    init(_ shape: UnsafePointer<SourceShape>) {
        self.shape = shape
        capacity = 4
        storage = Self.allocate(shape.pointee.entryWords * (capacity + 2))
        clearRunning()
    }

    private static func allocate(_ words: Int) -> UnsafeMutablePointer<Int64> {
        UnsafeMutableRawPointer.allocate(byteCount: words * 8, alignment: 16)
            .bindMemory(to: Int64.self, capacity: words)
    }

    func deallocate() { storage.deallocate() }

    /// Bytes held.
    var bytes: Int { plan.entryWords * stride * 8 }

    /// What can be read; good until the next change.
    var view: EntryView { view(of: 0) }

    /// What can be read of one of the sources that share the entries; good until the next change.
    @inline(__always)
    func view(of member: Int) -> EntryView {
        EntryView(
            shape: shape, member: member, keys: (storage + (plan.entryWords - 1) * stride) - origin,
            words: storage, stride: stride, origin: origin)
    }

    /// Places of a column: one behind the last for what runs; even, so that wide words are aligned.
    private var stride: Int { capacity + 2 }

    /// Asks for the columns of an entry.
    func prefetch(_ id: Int) {
        var place = storage + (id - origin)
        for _ in 0..<plan.entryWords {
            rk_prefetch_read(place)
            place += stride
        }
    }

    mutating func removeAll() {
        (first, end, origin) = (0, 0, 0)
        clearRunning()
    }

    /// Where an entry of a key goes: behind all of the same key or a smaller one.
    func place(of key: Int64) -> Int {
        guard end > first else { return end }
        let keys = view.keys
        var id = end
        while id > first, keys[id - 1] > key { id -= 1 }
        return id
    }

    /// Makes room for an entry at an id; entries from there on move up by one.
    /// - Parameter needed: the oldest entry that something still needs.
    mutating func insert(at id: Int, key: Int64, needed: Int) {
        if end - origin == capacity { makeRoom(needed: needed) }
        let view = view
        let later = end - id
        (view.keys + id + 1).update(from: view.keys + id, count: later)
        view.keys[id] = key
        for column in plan.columns {
            let words = view.column(column)
            switch column.content {
            case .sum, .squares, .gapSquares:
                let wide = view.wide(column)
                (wide + id + 1).update(from: wide + id, count: later + 1)
            case .count, .tally:
                (words + id + 1).update(from: words + id, count: later + 1)
            case .previous, .next:
                (words + id + 1).update(from: words + id, count: later)
                guard later > 0 else { break }
                for other in first...end where words[other] != .max && words[other] >= Int64(id) {
                    words[other] += 1
                }
            default:
                (words + id + 1).update(from: words + id, count: later)
            }
        }
        end += 1
    }

    /// Takes an event's arguments into the entry: what it begins with, or what is there already.
    /// - Parameter taken: for each of the sources that share the entries.
    func fold(
        _ taken: UnsafePointer<Taken>, time: Int64, visible: Int64, into id: Int, isNew: Bool
    ) {
        let view = view
        let isLatest = isNew || !plan.collapses || time >= view.latestTime(id)
        let isEarliest = isNew || !plan.collapses || time < view.earliestTime(id)
        for column in plan.columns {
            let words = view.column(column)
            let argument = taken[column.member].argument
            switch column.content {
            case .count: for place in id + 1...end { words[place] &+= 1 }
            case .tally: for place in id + 1...end { words[place] &+= argument }
            case .sum:
                let wide = view.wide(column)
                for place in id + 1...end { wide[place] &+= Int128(argument) }
            case .squares:
                let wide = view.wide(column)
                let (high, low) = argument.multipliedFullWidth(by: argument)
                let square = Int128(high) << 64 | Int128(low)
                for place in id + 1...end { wide[place] &+= square }
            case .latest: if isLatest { words[id] = argument }
            case .earliest: if isEarliest { words[id] = argument }
            case .latestTime: if isLatest { words[id] = time }
            case .earliestTime: if isEarliest { words[id] = time }
            case .latestKnown: if isLatest { words[id] = visible }
            case .earliestKnown: if isEarliest { words[id] = visible }
            case .smallest: words[id] = isNew ? argument : min(words[id], argument)
            case .largest: words[id] = isNew ? argument : max(words[id], argument)
            case .previous, .next: break
            case .second: words[id] = taken[column.member].second
            case .burst: countBurst(id, words)
            case .gapSquares: measureGaps(id, view.wide(column))
            }
        }
    }

    /// Counts a new entry into its own span and into those of entries behind it.
    private func countBurst(_ id: Int, _ bursts: UnsafeMutablePointer<Int64>) {
        let keys = view.keys
        var (low, high) = (first, id)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] > keys[id] - plan.span { high = middle } else { low = middle + 1 }
        }
        bursts[id] = Int64(id - low + 1)
        for later in id + 1..<max(id + 1, end) {
            if keys[later] - plan.span >= keys[id] { break }
            bursts[later] += 1
        }
    }

    /// Splits the gap that a new entry comes into.
    private func measureGaps(_ id: Int, _ squares: UnsafeMutablePointer<Int128>) {
        let keys = view.keys
        func square(_ from: Int, _ to: Int) -> Int128 {
            from < first || to >= end
                ? 0 : Int128(keys[to] - keys[from]) * Int128(keys[to] - keys[from])
        }
        let before = square(id - 1, id)
        let after = square(id, id + 1)
        // The gap as it was counted: the entry before it may have been dropped since.
        let whole = id + 1 < end ? squares[id + 2] &- squares[id + 1] : 0
        squares[id + 1] = squares[id] &+ before
        if id + 2 <= end {
            for place in id + 2...end { squares[place] &+= before &+ after &- whole }
        }
    }

    private mutating func makeRoom(needed: Int) {
        first = max(first, min(needed, end))
        let kept = end - first
        let before = view
        let old = storage
        let grows = kept * 2 > capacity
        if grows {
            capacity *= 2
            storage = Self.allocate(plan.entryWords * stride)
        }
        origin = first
        let after = view
        (after.keys + first).update(from: before.keys + first, count: kept)
        for column in plan.columns {
            let places = kept + (column.content.isRunning ? 1 : 0)
            if column.content.words == 2 {
                (after.wide(column) + first).update(
                    from: before.wide(column) + first, count: places)
            } else {
                (after.column(column) + first)
                    .update(from: before.column(column) + first, count: places)
            }
        }
        if grows { old.deallocate() }
    }

    private func clearRunning() {
        let view = view
        for column in plan.columns where column.content.isRunning {
            if column.content.words == 2 {
                view.wide(column)[first] = 0
            } else {
                view.column(column)[first] = 0
            }
        }
    }

    // MARK: sharing

    /// Whether two have entries of the same ids and keys, and of as many events at the same times: by
    /// themselves both.
    func hasEvents(of other: EntryColumns) -> Bool {
        guard first == other.first, end == other.end else { return false }
        let (own, others) = (view, other.view)
        guard (first..<end).allSatisfy({ own.keys[$0] == others.keys[$0] }) else { return false }
        return plan.columns.allSatisfy { column in
            guard column.content.isOfEvents, other.plan.keeps(column.content) else { return true }
            if column.content.words == 2 {
                let (a, b) = (own.wide(column), others.wide(column.content))
                return (first...end).allSatisfy { a[$0] &- a[first] == b[$0] &- b[first] }
            }
            let (a, b) = (own.column(column), others.column(column.content))
            if !column.content.isRunning { return (first..<end).allSatisfy { a[$0] == b[$0] } }
            return (first...end).allSatisfy { a[$0] &- a[first] == b[$0] &- b[first] }
        }
    }

    /// Begins anew with the entries of another one, whose columns are yet to be taken.
    mutating func takeKeys(of other: EntryColumns) {
        makeEmpty(first: other.first, end: other.end)
        (view.keys + first).update(from: other.view.keys + first, count: end - first)
    }

    /// Fills the columns of one of the sources that share the entries.
    /// - Parameter other: entries of the same ids, that keep the same for that source.
    func takeColumns(of member: Int, from other: EntryView) {
        for column in plan.columns where column.member == member {
            let places = end - first + (column.content.isRunning ? 1 : 0)
            if column.content.words == 2 {
                let from = other.wide(column.content) + first
                (view.wide(column) + first).update(from: from, count: places)
            } else {
                let from = other.column(column.content) + first
                (view.column(column) + first).update(from: from, count: places)
            }
        }
    }

    private mutating func makeEmpty(first: Int, end: Int) {
        storage.deallocate()
        capacity = max(4, end - first)
        storage = Self.allocate(plan.entryWords * stride)
        (self.first, self.end, origin) = (first, end, first)
        clearRunning()
    }

    // MARK: snapshots

    /// - Parameters:
    ///   - member: of the sources that share the entries, the one to be written.
    ///   - source: its shape where it is by itself.
    func write(member: Int, as source: SourceShape, to writer: inout SnapshotWriter) {
        writer.append(first)
        writer.append(end)
        let view = view(of: member)
        writer.append(view.keys + first, end - first)
        for column in source.columns {
            let places = end - first + (column.content.isRunning ? 1 : 0)
            if column.content.words == 2 {
                let wide = view.wide(column.content) + first
                for place in 0..<places {
                    writer.append(Int64(truncatingIfNeeded: wide[place]))
                    writer.append(Int64(truncatingIfNeeded: wide[place] >> 64))
                }
            } else {
                writer.append(view.column(column.content) + first, places)
            }
        }
    }

    /// - Parameter latest: no key is behind it.
    mutating func read(
        from reader: inout SnapshotReader, latest: Int64
    ) throws(SnapshotError) {
        let first = Int(try reader.word(in: 0...Int64.max / 4, "the first entry"))
        let most = Int64(first) + Int64(reader.wordsLeft)
        let end = Int(try reader.word(in: Int64(first)...most, "the last entry"))
        makeEmpty(first: first, end: end)
        let view = view
        let earliest = plan.entryKey(Timestamps.earliest)
        for id in first..<end {
            let key = try reader.word()
            let isInOrder =
                id == first || key > view.keys[id - 1]
                || (key == view.keys[id - 1] && (!plan.collapses || plan.isPerCode))
            guard key >= earliest, key <= latest, isInOrder else {
                throw reader.failure("an entry out of order")
            }
            view.keys[id] = key
        }
        for column in plan.columns {
            for place in first..<end + (column.content.isRunning ? 1 : 0) {
                let word = try reader.word()
                if column.content.words == 2 {
                    let high = try reader.word()
                    let low = UInt64(bitPattern: word)
                    view.wide(column)[place] = Int128(high) << 64 | Int128(low)
                } else {
                    let words = view.column(column)
                    words[place] = word
                    guard accepts(column.content, words, place) else {
                        throw reader.failure("an entry that no events lead to")
                    }
                }
            }
        }
    }

    /// Whether a word can be read later without care.
    private func accepts(
        _ content: EntryColumn.Content, _ words: UnsafePointer<Int64>, _ id: Int
    ) -> Bool {
        let word = words[id]
        switch content {
        case .count:
            return id == first || word.subtractingReportingOverflow(words[id - 1]).partialValue > 0
        case .previous: return word >= -1 && word < Int64(id)
        case .next: return word == .max || (word > Int64(id) && word < Int64(end))
        case .latest, .earliest, .smallest, .largest: return plan.accepts(word)
        case .latestTime, .earliestTime, .latestKnown, .earliestKnown:
            return word >= Timestamps.earliest && word < Timestamps.end + Durations.longest
        case .second, .burst, .tally, .sum, .squares, .gapSquares: return true
        }
    }
}

/// Entries as they are read: by id.
struct EntryView {
    let shape: UnsafePointer<SourceShape>
    /// Of the sources that share the entries, the one whose columns are read.
    let member: Int
    @inline(__always)
    var plan: SourceShape { shape.pointee }
    /// The keys, indexed by id.
    let keys: UnsafeMutablePointer<Int64>
    let words: UnsafeMutablePointer<Int64>
    /// Places of a column.
    let stride: Int
    /// The id at the first place.
    let origin: Int
    /// For each entry the first of the same key, where several may have it.
    var runs: UnsafePointer<Int>?

    /// A column of single words, indexed by id.
    func column(_ column: EntryColumn) -> UnsafeMutablePointer<Int64> {
        words + (column.offset * stride - origin)
    }

    /// A column of single words, indexed by id.
    func column(_ content: EntryColumn.Content) -> UnsafeMutablePointer<Int64> {
        words + (offset(content) * stride - origin)
    }

    /// A column of 128-bit words, indexed by id.
    func wide(_ content: EntryColumn.Content) -> UnsafeMutablePointer<Int128> {
        wide(offset: offset(content))
    }

    /// A column of 128-bit words, indexed by id.
    func wide(_ column: EntryColumn) -> UnsafeMutablePointer<Int128> {
        wide(offset: column.offset)
    }

    private func wide(offset: Int) -> UnsafeMutablePointer<Int128> {
        UnsafeMutableRawPointer(words + offset * stride)
            .assumingMemoryBound(to: Int128.self) - origin
    }

    /// Where a content's words begin, -1 where it is not kept.
    @inline(__always)
    private func offset(_ content: EntryColumn.Content) -> Int {
        shape.pointee.offsets[member &* EntryColumn.Content.kinds &+ Int(content.rawValue)]
    }

    private func has(_ content: EntryColumn.Content) -> Bool { offset(content) >= 0 }

    /// When an entry's latest event happened, as far as anybody asks.
    func latestTime(_ id: Int) -> Int64 { has(.latestTime) ? column(.latestTime)[id] : .max }

    /// When an entry's earliest event happened, as far as anybody asks.
    func earliestTime(_ id: Int) -> Int64 { has(.earliestTime) ? column(.earliestTime)[id] : .min }
}
