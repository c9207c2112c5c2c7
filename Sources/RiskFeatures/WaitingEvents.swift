import RiskColumns

/// Events that are not yet visible, in the order in which they will be.
struct WaitingEvents {
    struct Event {
        var visible: Int64
        var sequence: Int64
        var time: Int64
        /// Where what is taken of it begins.
        fileprivate var place: Int
    }

    /// How many sources each event is for.
    private let members: Int
    private var events: [Event] = []
    private var start = 0
    /// For each event what each source takes.
    private var taken: [Taken] = []

    init(members: Int = 1) { self.members = members }

    /// Those that wait, in order.
    var all: [Event] { Array(events[start...]) }

    /// What the sources take of an event that waits.
    func taken(_ event: Event) -> [Taken] {
        Array(taken[event.place..<event.place + members])
    }

    /// Bytes held.
    var bytes: Int {
        events.capacity * MemoryLayout<Event>.stride + taken.capacity * MemoryLayout<Taken>.stride
    }

    mutating func removeAll() {
        events.removeAll(keepingCapacity: true)
        taken.removeAll(keepingCapacity: true)
        start = 0
    }

    mutating func append(
        visible: Int64, sequence: Int64, time: Int64, taken new: UnsafePointer<Taken>
    ) {
        if start > 16, start * 2 > events.count {
            let passed = events[start..<events.count].first?.place ?? taken.count
            events.removeFirst(start)
            taken.removeFirst(passed)
            for index in events.indices { events[index].place -= passed }
            start = 0
        }
        events.append(
            Event(visible: visible, sequence: sequence, time: time, place: taken.count))
        taken.append(contentsOf: UnsafeBufferPointer(start: new, count: members))
    }

    /// Takes the next event out that is visible before a moment and place in the order.
    mutating func next(before now: Int64, sequence: Int64) -> Event? {
        guard start < events.count else { return nil }
        let event = events[start]
        guard event.visible < now || (event.visible == now && event.sequence < sequence) else {
            return nil
        }
        start += 1
        return event
    }

    // MARK: sharing

    /// What waits for one of the sources.
    func of(_ member: Int) -> WaitingEvents {
        var own = WaitingEvents()
        for event in all {
            withUnsafePointer(to: taken[event.place + member]) {
                own.append(
                    visible: event.visible, sequence: event.sequence, time: event.time, taken: $0)
            }
        }
        return own
    }

    /// Whether the same events wait.
    func hasTimes(of other: WaitingEvents) -> Bool {
        all.elementsEqual(other.all) {
            ($0.visible, $0.sequence, $0.time) == ($1.visible, $1.sequence, $1.time)
        }
    }

    /// Takes over what waits for one of the sources; member 0 comes first.
    mutating func take(_ own: WaitingEvents, as member: Int) {
        if member == 0 {
            removeAll()
            let missing = Array(
                repeating: Taken(argument: SourcePlan.missing, second: SourcePlan.missing),
                count: members)
            for event in own.all {
                missing.withUnsafeBufferPointer {
                    append(
                        visible: event.visible, sequence: event.sequence, time: event.time,
                        taken: $0.baseAddress!)
                }
            }
        }
        for (event, other) in zip(events, own.all) {
            taken[event.place + member] = own.taken[other.place]
        }
    }

    // MARK: snapshots

    func write(member: Int, to writer: inout SnapshotWriter) {
        writer.append(events.count - start)
        for event in events[start...] {
            writer.append(event.visible)
            writer.append(event.sequence)
            writer.append(event.time)
            writer.append(taken[event.place + member].argument)
            writer.append(taken[event.place + member].second)
        }
    }

    /// Reads what waits for one source.
    mutating func read(
        from reader: inout SnapshotReader, plan: SourceShape
    ) throws(SnapshotError) {
        removeAll()
        var earliest = Timestamps.earliest
        for _ in 0..<(try reader.count(of: 40, "waiting events")) {
            // With the longest delay a time stays far inside Int64.
            let latest = Timestamps.end + Durations.longest
            let visible = try reader.word(in: earliest...max(earliest, latest), "a visible time")
            let sequence = try reader.word(in: 0...Int64.max / 2, "a sequence")
            let time = try reader.word(in: Timestamps.earliest...visible, "a time")
            var taken = Taken(argument: try reader.word(), second: try reader.word())
            guard visible <= latest, plan.accepts(taken.argument) else {
                throw reader.failure("a waiting event that is none")
            }
            append(visible: visible, sequence: sequence, time: time, taken: &taken)
            earliest = visible
        }
    }
}
