/// What one state of a key value is kept for: a source, or several that see the same events.
///
/// While every event counts for all of them or for none, their entries have the same keys: they are kept
/// once, with the columns of all. A source is then a member of the stream.
final class StreamPlan: @unchecked Sendable {
    /// What is to be done with what was taken of an event.
    struct Taking {
        let stream: Int
        let first: Int
        let count: Int

        /// Whether an event counts for all the sources that share the stream, or for none of them.
        @inline(__always)
        func isForAllOrNone(_ taken: UnsafePointer<Taken>) -> Bool {
            let taken = taken + first
            let counts = taken.pointee.argument != SourcePlan.missing
            for member in 1..<max(1, count)
            where (taken[member].argument != SourcePlan.missing) != counts {
                return false
            }
            return true
        }
    }

    let eventType: Int
    /// The members, as sources of the group.
    let sources: [Int]
    /// Where what is taken for the first member is: what is taken for the others is behind it.
    let firstTaken: Int
    /// What its states need to know; they end before it does.
    let shape: UnsafePointer<SourceShape>
    /// The source whose shape it is.
    private let owner: SourcePlan?

    /// Of one source.
    init(_ source: Int, _ plan: SourcePlan, taken: Int) {
        eventType = plan.eventType
        sources = [source]
        firstTaken = taken
        shape = plan.shape
        owner = plan
    }

    /// Of several.
    init(_ sources: [Int], _ plans: [SourcePlan], shape: SourceShape, taken: Int) {
        eventType = plans[0].eventType
        self.sources = sources
        firstTaken = taken
        let place = UnsafeMutablePointer<SourceShape>.allocate(capacity: 1)
        place.initialize(to: shape)
        self.shape = UnsafePointer(place)
        owner = nil
    }

    deinit {
        if owner == nil {
            shape.pointee.deallocate()
            shape.deallocate()
        }
    }
}

/// The states that a key value has, and where a feature's value is in them.
final class StateLayout: @unchecked Sendable {
    /// Where a source's entries are.
    struct Place {
        let stream: Int
        let member: Int
        /// For each window of the source and for each of its trackers, the stream's.
        let windows: [Int]
        let trackers: [Int]
    }

    let streams: [StreamPlan]
    /// By source.
    let places: [Place]
    /// Read before the unit's event is added, and after.
    let before: UnsafeBufferPointer<WindowOutput>
    let after: UnsafeBufferPointer<WindowOutput>
    /// Bytes of the states of a key value, and of what every event reads behind them in the same block:
    /// whole cache lines.
    let bytes: Int
    /// With the room for the first entries.
    let blockBytes: Int
    /// What every event asks of the layout: plain memory.
    let plain: UnsafePointer<Plain>

    /// A state for each source.
    convenience init(apart sources: [SourcePlan], before: [WindowOutput], after: [WindowOutput]) {
        // What is taken lies in the order of streams that sources share.
        let order = Self.sharers(sources).joined()
        let taken = sources.indices.map { source in order.enumerated().first { $1 == source }!.0 }
        self.init(
            sources.enumerated().map { StreamPlan($0, $1, taken: taken[$0]) },
            sources.enumerated().map { index, source in
                Place(
                    stream: index, member: 0, windows: Array(source.shape.pointee.windows.indices),
                    trackers: Array(source.shape.pointee.trackers.indices))
            }, before, after)
    }

    /// A state for all sources that can share one.
    convenience init(together sources: [SourcePlan], before: [WindowOutput], after: [WindowOutput])
    {
        var streams: [StreamPlan] = []
        var places: [Int: Place] = [:]
        var taken = 0
        for (stream, members) in Self.sharers(sources).enumerated() {
            let plans = members.map { sources[$0] }
            if members.count == 1 {
                streams.append(StreamPlan(members[0], plans[0], taken: taken))
                let shape = plans[0].shape.pointee
                places[members[0]] = Place(
                    stream: stream, member: 0, windows: Array(shape.windows.indices),
                    trackers: Array(shape.trackers.indices))
            } else {
                let union = SharedShape(plans.map(\.shape.pointee))
                streams.append(StreamPlan(members, plans, shape: union.shape, taken: taken))
                for (member, source) in members.enumerated() {
                    places[source] = Place(
                        stream: stream, member: member, windows: union.windows[member],
                        trackers: union.trackers[member])
                }
            }
            taken += members.count
        }
        self.init(streams, sources.indices.map { places[$0]! }, before, after)
    }

    private init(
        _ streams: [StreamPlan], _ places: [Place], _ before: [WindowOutput],
        _ after: [WindowOutput]
    ) {
        self.streams = streams
        self.places = places
        func placed(_ outputs: [WindowOutput]) -> UnsafeBufferPointer<WindowOutput> {
            outputs.map { $0.placed(places, streams) }.copied()
        }
        self.before = placed(before)
        self.after = placed(after)
        bytes = (streams.reduce(63) { $0 + WindowState.bytes($1.shape.pointee) }) & ~63
        blockBytes = streams.reduce(bytes) { $0 + WindowState.roomBytes($1.shape.pointee) }
        let plain = UnsafeMutablePointer<Plain>.allocate(capacity: 1)
        plain.initialize(
            to: Plain(
                streams: streams.count, bytes: bytes,
                followsBefore: before.contains { $0.tracker != nil },
                before: self.before, after: self.after))
        self.plain = UnsafePointer(plain)
    }

    deinit {
        before.deallocate()
        after.deallocate()
        plain.deallocate()
    }

    struct Plain {
        let streams: Int
        let bytes: Int
        /// Whether trackers are asked before the unit's event is added.
        let followsBefore: Bool
        let before: UnsafeBufferPointer<WindowOutput>
        let after: UnsafeBufferPointer<WindowOutput>
    }

    /// The streams of events of a type.
    /// - Parameter taken: where what is taken for the group begins.
    func taking(_ eventType: Int, from taken: Int) -> [StreamPlan.Taking] {
        streams.enumerated().filter { $1.eventType == eventType }.map { stream, plan in
            StreamPlan.Taking(
                stream: stream, first: taken + plan.firstTaken, count: plan.sources.count)
        }
    }

    /// Sources that can share a stream, in the order of the first of each.
    private static func sharers(_ sources: [SourcePlan]) -> [[Int]] {
        var sharers: [[Int]] = []
        for (index, source) in sources.enumerated() {
            let mates = sharers.firstIndex { sources[$0[0]].canShare(with: source) }
            if let mates { sharers[mates].append(index) } else { sharers.append([index]) }
        }
        return sharers
    }
}

extension SourcePlan {
    /// Whether events that count for both make the same entries of both.
    fileprivate func canShare(with other: SourcePlan) -> Bool {
        let (own, others) = (shape.pointee, other.shape.pointee)
        return clock == other.clock && own.span == others.span && own.decays == others.decays
            && !own.isPerCode && !others.isPerCode
    }
}

/// The shape of entries that several sources share.
private struct SharedShape {
    let shape: SourceShape
    /// By member, for each of its windows and trackers, which it is.
    private(set) var windows: [[Int]] = []
    private(set) var trackers: [[Int]] = []

    init(_ members: [SourceShape]) {
        var lengths: [Int64] = []
        var followed: [WindowTracker.Plan] = []
        var kept: [(content: EntryColumn.Content, member: Int)] = []
        for (member, shape) in members.enumerated() {
            windows.append([])
            for length in shape.windows {
                if !lengths.contains(length) { lengths.append(length) }
                windows[member].append(lengths.firstIndex(of: length)!)
            }
            trackers.append([])
            for plan in shape.trackers {
                trackers[member].append(followed.count)
                followed.append(
                    WindowTracker.Plan(
                        content: plan.content, window: windows[member][plan.window],
                        kind: plan.kind, member: member))
            }
            for content in shape.columns.map(\.content)
            where !content.isOfEvents || !kept.contains(where: { $0.content == content }) {
                kept.append((content, member))
            }
        }
        // Words of 128 bits first: they are aligned.
        kept = kept.filter { $0.content.words == 2 } + kept.filter { $0.content.words == 1 }
        let kinds = EntryColumn.Content.kinds
        var offset = 0
        var columns: [EntryColumn] = []
        var offsets = [Int](repeating: -1, count: members.count * kinds)
        for (content, member) in kept {
            columns.append(EntryColumn(content: content, offset: offset, member: member))
            for reader in members.indices where reader == member || content.isOfEvents {
                offsets[reader * kinds + Int(content.rawValue)] = offset
            }
            offset += content.words
        }
        shape = SourceShape(
            delay: members[0].delay, mode: members[0].mode, span: members[0].span,
            decays: members[0].decays, isPerCode: false, arguments: members[0].arguments,
            columns: columns, offsets: offsets, windows: lengths, trackers: followed,
            zone: members[0].zone.pointee)
    }
}

extension WindowOutput {
    /// The same value, where sources' entries are placed like that.
    fileprivate func placed(
        _ places: [StateLayout.Place], _ streams: [StreamPlan]
    ) -> WindowOutput {
        var output = self
        let place = places[source]
        output.source = place.stream
        output.member = place.member
        output.window = place.windows[window]
        output.final =
            switch final {
            case .distinct(let tracker): .distinct(place.trackers[tracker])
            case .extreme(let tracker): .extreme(place.trackers[tracker])
            case .entropy(let tracker): .entropy(place.trackers[tracker])
            case .topShare(let tracker): .topShare(place.trackers[tracker])
            case .hourDistance(let tracker): .hourDistance(place.trackers[tracker])
            case .quantile(let tracker, let share): .quantile(place.trackers[tracker], share)
            case .perCount(let other, let window):
                .perCount(source: places[other].stream, window: places[other].windows[window])
            default: final
            }
        let shape = streams[place.stream].shape.pointee
        output.ends =
            switch final {
            case .count: shape.collapses ? .count(shape.offset(.count, of: place.member)) : .ids
            case .sum: .sum(shape.offset(.sum, of: place.member), power: power)
            default: .others
            }
        return output
    }
}
