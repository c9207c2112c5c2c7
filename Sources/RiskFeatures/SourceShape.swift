import RiskColumns

/// What the states of a source, or of several that share their entries, need to know of its plan.
///
/// There is a state for each value of each key, and each event asks its own many times: so it is plain
/// memory, read through a pointer, of which nobody counts references.
struct SourceShape {
    /// How long an event can be told from its neighbours.
    enum Mode: Equatable, Sendable {
        /// For ever: windows (t - W, t].
        case exact
        /// Within its tile of `hop` it cannot: windows (floor(t - W, hop), t].
        case tiled(hop: Int64)
        /// Not at all: all of the past.
        case unbounded
    }

    /// What arguments can be.
    enum Arguments {
        case summable, ordered, weekHours
    }

    let delay: Int64
    let mode: Mode
    /// For `burst`: the span.
    let span: Int64
    /// Whether tiles are weighed by their age.
    let decays: Bool
    /// Whether an entry stands for one code of a tile, rather than for all of a tile.
    let isPerCode: Bool
    let arguments: Arguments
    /// What is kept of each entry, beside its key.
    let columns: UnsafeBufferPointer<EntryColumn>
    /// The lengths of the windows.
    let windows: UnsafeBufferPointer<Int64>
    /// What is followed as windows move.
    let trackers: UnsafeBufferPointer<WindowTracker.Plan>
    /// For each member where the words of a content begin, by its raw value; -1 where it is not kept.
    let offsets: UnsafeBufferPointer<Int>
    /// How many sources share the entries.
    let members: Int
    /// The members whose entries are chained by argument.
    let chained: UnsafeBufferPointer<Int>
    /// The words of an entry, its key included.
    let entryWords: Int
    /// The words from one record to the next: an even number, so that wide words are aligned.
    let recordWords: Int
    /// Where hours are those of.
    let zone: UnsafePointer<ZoneOffsets>

    /// A shape to be given back by `deallocate()`.
    init(
        delay: Int64, mode: Mode, span: Int64, decays: Bool, isPerCode: Bool,
        arguments: Arguments, columns: [EntryColumn], windows: [Int64],
        trackers: [WindowTracker.Plan], zone: ZoneOffsets
    ) {
        var offsets = [Int](repeating: -1, count: EntryColumn.Content.kinds)
        for column in columns { offsets[Int(column.content.rawValue)] = column.offset }
        self.init(
            delay: delay, mode: mode, span: span, decays: decays, isPerCode: isPerCode,
            arguments: arguments, columns: columns, offsets: offsets, windows: windows,
            trackers: trackers, zone: zone)
    }

    /// A shape of several members: `offsets` are those of each, one after the other.
    init(
        delay: Int64, mode: Mode, span: Int64, decays: Bool, isPerCode: Bool,
        arguments: Arguments, columns: [EntryColumn], offsets: [Int], windows: [Int64],
        trackers: [WindowTracker.Plan], zone: ZoneOffsets
    ) {
        self.delay = delay
        self.mode = mode
        self.span = span
        self.decays = decays
        self.isPerCode = isPerCode
        self.arguments = arguments
        precondition(EntryColumn.Content.allCases.count == EntryColumn.Content.kinds)
        members = offsets.count / EntryColumn.Content.kinds
        chained = columns.filter { $0.content == .previous }.map(\.member).copied()
        entryWords = 1 + columns.reduce(0) { max($0, $1.offset + $1.content.words) }
        recordWords = (entryWords + 1) & ~1
        self.columns = columns.copied()
        self.windows = windows.copied()
        self.trackers = trackers.copied()
        self.offsets = offsets.copied()
        self.zone = [zone].copied().baseAddress!
    }

    func deallocate() {
        columns.deallocate()
        windows.deallocate()
        trackers.deallocate()
        offsets.deallocate()
        chained.deallocate()
        UnsafeMutablePointer(mutating: zone).deinitialize(count: 1)
        zone.deallocate()
    }

    /// Whether several events share an entry.
    @inline(__always)
    var collapses: Bool { mode != .exact }

    /// Where a member's words of a content begin, -1 where it is not kept.
    @inline(__always)
    func offset(_ content: EntryColumn.Content, of member: Int) -> Int {
        offsets[member &* EntryColumn.Content.kinds &+ Int(content.rawValue)]
    }

    /// The key by which entries are sorted, of an event of that (delayed) time.
    @inline(__always)
    func entryKey(_ time: Int64) -> Int64 {
        switch mode {
        case .exact: time
        // Tile k holds the times in (k hop, (k + 1) hop].
        case .tiled(let hop): Timestamps.floorDivide(time - 1, hop).quotient
        case .unbounded: 0
        }
    }

    /// Entries whose key is at or below it have left the window.
    @inline(__always)
    func limit(_ window: Int, _ now: Int64) -> Int64 {
        switch mode {
        case .exact: now - windows[window]
        case .tiled(let hop): Timestamps.floorDivide(now - windows[window], hop).quotient - 1
        case .unbounded: .min
        }
    }

    /// Whether it can be an event's argument.
    func accepts(_ argument: Int64) -> Bool {
        switch arguments {
        case .weekHours: (0..<168).contains(argument)
        case .ordered: argument != SourcePlan.missing
        case .summable: EventStore.isSummable(argument) && argument != SourcePlan.missing
        }
    }

    /// So long after a key value's last event none of its events matters: they have become visible and
    /// left every window, and the span that late ones in it look back on. Nil where all of the past counts.
    var horizon: Int64? {
        switch mode {
        case .unbounded: nil
        case .exact: delay + (windows.max() ?? 0) + span
        case .tiled(let hop): delay + (windows.max() ?? 0) + span + hop
        }
    }
}

extension Array {
    /// The elements as plain memory, to be given back.
    func copied() -> UnsafeBufferPointer<Element> {
        let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: count)
        _ = copy.initialize(fromContentsOf: self)
        return UnsafeBufferPointer(copy)
    }
}
