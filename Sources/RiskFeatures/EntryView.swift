/// Entries as they are read: by id. In memory they are records one after the other, or columns.
struct EntryView {
    let shape: UnsafePointer<SourceShape>
    /// Of the sources that share the entries, the one whose columns are read.
    let member: Int
    @inline(__always)
    var plan: SourceShape { shape.pointee }
    let keys: EntryWords
    private let words: UnsafeMutablePointer<Int64>
    /// Words from one thing that is kept of an entry to the next, and from one entry to the next.
    private let columnStep: Int
    private let entryStep: Int
    /// The id at the first place.
    private let origin: Int
    /// For each entry the first of the same key, where several may have it.
    var runs: UnsafePointer<Int>?

    /// Records: the key is behind what is kept.
    @inline(__always)
    init(
        records: UnsafeMutablePointer<Int64>, origin: Int, shape: UnsafePointer<SourceShape>,
        member: Int
    ) {
        self.shape = shape
        self.member = member
        words = records
        columnStep = 1
        entryStep = shape.pointee.recordWords
        self.origin = origin
        keys = EntryWords(
            base: words + (shape.pointee.entryWords &- 1 &- origin &* entryStep), step: entryStep)
    }

    /// Columns of `stride` words.
    init(
        columns: UnsafeMutablePointer<Int64>, stride: Int, keys: UnsafeMutablePointer<Int64>,
        shape: UnsafePointer<SourceShape>
    ) {
        self.shape = shape
        member = 0
        words = columns
        columnStep = stride
        entryStep = 1
        origin = 0
        self.keys = EntryWords(base: keys, step: 1)
    }

    /// What is kept in single words.
    @inline(__always)
    func column(_ column: EntryColumn) -> EntryWords { narrow(column.offset) }

    /// What is kept in single words.
    @inline(__always)
    func column(_ content: EntryColumn.Content) -> EntryWords { narrow(offset(content)) }

    /// What is kept in words of 128 bits.
    @inline(__always)
    func wide(_ content: EntryColumn.Content) -> WideEntryWords { wide(offset: offset(content)) }

    /// What is kept in words of 128 bits.
    @inline(__always)
    func wide(_ column: EntryColumn) -> WideEntryWords { wide(offset: column.offset) }

    @inline(__always)
    private func narrow(_ offset: Int) -> EntryWords {
        EntryWords(
            base: words + (offset &* columnStep &- origin &* entryStep), step: entryStep)
    }

    @inline(__always)
    private func wide(offset: Int) -> WideEntryWords {
        // Words of 128 bits come first, at even offsets, and records have an even number of words.
        let step = max(1, entryStep >> 1)
        let base = UnsafeMutableRawPointer(words + offset &* columnStep)
            .assumingMemoryBound(to: Int128.self)
        return WideEntryWords(base: base - origin &* step, step: step)
    }

    /// Where a content's words begin, -1 where it is not kept.
    @inline(__always)
    private func offset(_ content: EntryColumn.Content) -> Int {
        shape.pointee.offset(content, of: member)
    }

    private func has(_ content: EntryColumn.Content) -> Bool { offset(content) >= 0 }

    /// When an entry's latest event happened, as far as anybody asks.
    func latestTime(_ id: Int) -> Int64 { has(.latestTime) ? column(.latestTime)[id] : .max }

    /// When an entry's earliest event happened, as far as anybody asks.
    func earliestTime(_ id: Int) -> Int64 { has(.earliestTime) ? column(.earliestTime)[id] : .min }
}

/// A word of each entry, by id.
struct Words<Word> {
    let base: UnsafeMutablePointer<Word>
    let step: Int

    @inline(__always)
    subscript(id: Int) -> Word {
        get { base[id &* step] }
        nonmutating set { base[id &* step] = newValue }
    }
}

typealias EntryWords = Words<Int64>
typealias WideEntryWords = Words<Int128>
