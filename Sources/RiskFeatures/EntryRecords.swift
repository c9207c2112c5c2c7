import CRiskKernels
import RiskColumns

/// The entries of a source for one key value, or of sources that share them: records in the order of
/// their keys, so that an event that comes last touches a cache line or two.
///
/// An entry is known by its id, which counts up for ever; ids from `first` to `end` are there. Storage
/// slides: where it is full, what no window needs any more is dropped from its beginning.
struct EntryRecords {
    /// The plan of the source outlives its states.
    private let shape: UnsafePointer<SourceShape>
    @inline(__always)
    var plan: SourceShape { shape.pointee }
    /// The id of the oldest entry kept, and one past that of the newest.
    private(set) var first = 0
    private(set) var end = 0
    /// The id at the beginning of the storage.
    private var origin = 0
    private var capacity: Int
    /// One record more than there are entries, for what runs.
    private var storage: UnsafeMutablePointer<Int64>
    /// Whether the storage is its own, rather than the room that it was given.
    private var ownsStorage = false
    /// Where its own comes from: it outlives that.
    private let memory: Unmanaged<StateMemory>

    /// No key value has had more events; so much that ids can be multiplied by the words of a record.
    private static let mostEvents: Int64 = 1 << 48

    /// - Parameter room: `roomWords(shape)` words, aligned to 16 bytes, which it does not give back.
    init(
        _ shape: UnsafePointer<SourceShape>, room: UnsafeMutablePointer<Int64>,
        _ memory: StateMemory
    ) {
        self.shape = shape
        self.memory = .passUnretained(memory)
        capacity = Self.roomCapacity(shape.pointee)
        storage = room
        clearRunning()
    }

    /// Words for the first few entries: most key values never have more.
    static func roomWords(_ shape: SourceShape) -> Int {
        (roomCapacity(shape) + 1) * shape.recordWords
    }

    private static func roomCapacity(_ shape: SourceShape) -> Int {
        shape.mode == .unbounded && !shape.isPerCode ? 1 : 4
    }

    func deallocate() {
        if ownsStorage { memory.takeUnretainedValue().deallocate(storage, bytes: bytes) }
    }

    private mutating func allocate(_ capacity: Int) {
        self.capacity = capacity
        ownsStorage = true
        storage = memory.takeUnretainedValue().allocate(bytes: bytes)
            .bindMemory(to: Int64.self, capacity: bytes / 8)
    }

    /// Bytes held beside the room it was given.
    var bytes: Int { ownsStorage ? (capacity + 1) * plan.recordWords * 8 : 0 }

    /// What can be read; good until the next change.
    @inline(__always)
    var view: EntryView { view(of: 0) }

    /// What can be read of one of the sources that share the entries; good until the next change.
    @inline(__always)
    func view(of member: Int) -> EntryView {
        EntryView(records: storage, origin: origin, shape: shape, member: member)
    }

    /// Where the record of an entry is.
    @inline(__always)
    private func record(_ id: Int) -> UnsafeMutablePointer<Int64> {
        storage + (id &- origin) &* shape.pointee.recordWords
    }

    /// The value of a window that begins with an entry, where its two ends tell it.
    @inline(__always)
    func value(_ ends: WindowOutput.Ends, from head: Int) -> Double? {
        switch ends {
        case .ids: return Double(end &- head)
        case .count(let offset): return Double(record(end)[offset] &- record(head)[offset])
        case .sum(let offset, let power):
            func sum(_ id: Int) -> Int128 {
                UnsafeRawPointer(record(id) + offset).assumingMemoryBound(to: Int128.self).pointee
            }
            return ExactSum.double(sum(end) &- sum(head)) / power
        case .others: return nil
        }
    }

    /// Asks for an entry.
    @inline(__always)
    func prefetch(_ id: Int) {
        let place = record(id)
        rk_prefetch_read(place)
        rk_prefetch_read(place + shape.pointee.recordWords - 1)
    }

    mutating func removeAll() {
        (first, end, origin) = (0, 0, 0)
        clearRunning()
    }

    /// Where an entry of a key goes: behind all of the same key or a smaller one.
    @inline(__always)
    func place(of key: Int64) -> Int {
        guard end > first else { return end }
        let keys = view.keys
        var id = end
        while id > first, keys[id - 1] > key { id -= 1 }
        return id
    }

    /// Whether the next entry needs room to be made: what is not needed goes.
    @inline(__always)
    var isFull: Bool { end - origin == capacity }

    /// Makes room for an entry at an id; entries from there on move up by one.
    /// - Parameter needed: the oldest entry that something still needs.
    mutating func insert(at id: Int, key: Int64, needed: Int) {
        if isFull { makeRoom(needed: needed) }
        // What runs stays as it was up to the new entry, and is the same behind it.
        let words = shape.pointee.recordWords
        if id == end {
            let (old, new) = (record(id), record(id + 1))
            for word in 0..<words { new[word] = old[word] }
        } else {
            record(id + 1).update(from: record(id), count: (end - id + 1) * words)
        }
        view.keys[id] = key
        end += 1
        if id + 1 < end { shiftChains(from: id) }
    }

    /// Lets chains follow entries that moved up by one.
    private func shiftChains(from id: Int) {
        for column in plan.columns where [.previous, .next].contains(column.content) {
            let words = view.column(column)
            for other in first..<end
            where other != id && words[other] != .max && words[other] >= Int64(id) {
                words[other] += 1
            }
        }
    }

    /// Takes an event's arguments into the entry: what it begins with, or what is there already.
    /// - Parameter taken: for each of the sources that share the entries.
    mutating func fold(
        _ taken: UnsafePointer<Taken>, time: Int64, visible: Int64, into id: Int, isNew: Bool
    ) {
        let view = view
        let collapses = shape.pointee.collapses
        let isLatest = isNew || !collapses || time >= view.latestTime(id)
        let isEarliest = isNew || !collapses || time < view.earliestTime(id)
        let columns = shape.pointee.columns
        for index in 0..<columns.count {
            let column = columns[index]
            let words = view.column(column)
            let argument = taken[column.member].argument
            switch column.content {
            case .count: add(1, behind: id, words)
            case .tally: add(argument, behind: id, words)
            case .sum: add(Int128(argument), behind: id, view.wide(column))
            case .squares:
                let (high, low) = argument.multipliedFullWidth(by: argument)
                add(Int128(high) << 64 | Int128(low), behind: id, view.wide(column))
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

    /// Adds to what runs behind an entry.
    @inline(__always)
    private func add<Word: FixedWidthInteger>(_ value: Word, behind id: Int, _ words: Words<Word>) {
        var place = id &+ 1
        while place <= end {
            words[place] &+= value
            place &+= 1
        }
    }

    /// Counts a new entry into its own span and into those of entries behind it.
    private func countBurst(_ id: Int, _ bursts: EntryWords) {
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
    private func measureGaps(_ id: Int, _ squares: WideEntryWords) {
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
        let (old, from) = (self, record(first))
        let grows = (end - first) * 2 > capacity
        if grows { allocate(capacity * 2) }
        origin = first
        storage.update(from: from, count: (end - first + 1) * shape.pointee.recordWords)
        if grows { old.deallocate() }
    }

    private func clearRunning() {
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
    func hasEvents(of other: EntryRecords) -> Bool {
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
    mutating func takeKeys(of other: EntryRecords) {
        makeEmpty(first: other.first, end: other.end)
        for id in first..<end { view.keys[id] = other.view.keys[id] }
    }

    /// Fills the columns of one of the sources that share the entries.
    /// - Parameter other: entries of the same ids, that keep the same for that source.
    func takeColumns(of member: Int, from other: EntryView) {
        for column in plan.columns where column.member == member {
            for id in first..<end + (column.content.isRunning ? 1 : 0) {
                if column.content.words == 2 {
                    view.wide(column)[id] = other.wide(column.content)[id]
                } else {
                    view.column(column)[id] = other.column(column.content)[id]
                }
            }
        }
    }

    private mutating func makeEmpty(first: Int, end: Int) {
        if end - first > capacity {
            // Of a size that others will ask for when it is given back.
            var more = capacity
            while more < end - first { more *= 2 }
            deallocate()
            allocate(more)
        }
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
        for id in first..<end { writer.append(view.keys[id]) }
        for column in source.columns {
            let places = end - first + (column.content.isRunning ? 1 : 0)
            if column.content.words == 2 {
                let wide = view.wide(column.content)
                for place in first..<first + places {
                    writer.append(Int64(truncatingIfNeeded: wide[place]))
                    writer.append(Int64(truncatingIfNeeded: wide[place] >> 64))
                }
            } else {
                let words = view.column(column.content)
                for place in first..<first + places { writer.append(words[place]) }
            }
        }
    }

    /// - Parameter latest: no key is behind it.
    mutating func read(
        from reader: inout SnapshotReader, latest: Int64
    ) throws(SnapshotError) {
        let first = Int(try reader.word(in: 0...Self.mostEvents, "the first entry"))
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
        _ content: EntryColumn.Content, _ words: EntryWords, _ id: Int
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
