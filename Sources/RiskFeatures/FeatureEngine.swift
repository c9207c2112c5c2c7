import RiskColumns

/// Computes vectors live, event by event, with the same states as a batch run.
///
/// Events are taken in the order in which they become known. For one key value the engine holds one
/// `WindowState` a stream, of one source or of several that share it: the entries of the longest
/// window and a few words a feature.
/// Not thread-safe: one engine, one thread; partition by key for more.
public final class FeatureEngine {
    /// A value of a key or field.
    public enum Value: Sendable, Equatable {
        /// An integer; for a decimal, in units of its scale.
        case integer(Int64)
        case number(Double)
        case bool(Bool)
        /// A key or category.
        case text(String)
    }

    /// An event as it becomes known.
    public struct Event: Sendable {
        /// The type's name in the spec.
        public var type: String
        /// When it happened, microseconds since the epoch.
        public var time: Int64
        /// When it became known; nil: when it happened.
        public var known: Int64?
        /// Keys and fields by name; what is left out is missing.
        public var values: [String: Value]

        /// Makes an event.
        public init(type: String, time: Int64, known: Int64? = nil, values: [String: Value]) {
            self.type = type
            self.time = time
            self.known = known
            self.values = values
        }
    }

    /// Why an event was refused; the engine is as it was before.
    public enum Refusal: Error, Equatable, Sendable {
        case unknownType(String)
        case unknownField(String)
        case wrongType(field: String)
        /// A time outside the years 1900 to 2199.
        case timeOutOfRange
        /// Known before it happened.
        case knownBeforeItHappened
        /// Known before an event that was taken earlier.
        case outOfOrder
    }

    /// The spec.
    public let spec: FeatureSpec
    let groups: [GroupPlan]
    let types: [EventIntake]
    let identity = Identity()
    /// How each feature of a vector comes to be complete, in order.
    let steps: [(feature: Int, program: Program?, defaultValue: Double)]
    let shown: [Int]
    /// Behind a pointer like the states: what every event goes through has no class to ask first
    /// whether somebody else is at it.
    let symbolsPlace: UnsafeMutablePointer<Symbols>
    var symbols: Symbols {
        get { symbolsPlace.pointee }
        _modify { yield &symbolsPlace.pointee }
    }
    /// For each group, the states of its key values.
    let states: UnsafeMutablePointer<KeyStates>
    /// The state of each kind of ring that is asked for.
    var rings: [RingState]
    let hasRings: Bool
    var lastKnown = Int64.min
    var sequence: Int64 = 0
    /// How many events of each type, by name, became known too late to count: see `EventType.lateness`.
    public internal(set) var lateEvents: [String: Int] = [:]
    let vector: VectorRows
    /// Where each feature of the vector is.
    let places: UnsafePointer<VectorRows.Place>
    let stack = Scratch<Double>()
    /// The events that are taken now.
    let admitted: UnsafeMutablePointer<Admitted>
    /// What the sources of all groups take of an event, one group behind the other; and so for each event.
    let taken: UnsafeMutablePointer<Taken>
    let takenOfEvent: Int

    /// An engine that has seen nothing.
    /// - Parameters:
    ///   - lists: the members of the spec's lists; those whose values are in the spec may be left out.
    ///   - databases: the versions of each database of the spec.
    public init(
        spec: FeatureSpec, lists: [String: ListContents] = [:],
        databases: [String: [any AddressDatabase]] = [:]
    ) {
        self.spec = spec
        let groups = PlanBuilder(spec: spec).groups()
        self.groups = groups
        let symbols = Symbols(spec: spec, lists: lists, databases: databases)
        symbolsPlace = .allocate(capacity: 1)
        symbolsPlace.initialize(to: symbols)
        states = .allocate(capacity: max(1, groups.count))
        for (number, group) in groups.enumerated() {
            (states + number).initialize(to: KeyStates(group))
        }
        takenOfEvent = groups.reduce(0) { $0 + $1.sources.count }
        taken = .allocate(capacity: Self.together * max(1, takenOfEvent))
        admitted = .allocate(capacity: Self.together)
        rings = RingPlan.plans(spec).map { RingState($0) }
        hasRings = !rings.isEmpty
        let vector = VectorRows(width: spec.features.count, count: 1)
        self.vector = vector
        places = vector.places
        shown = spec.features.indices.filter { !spec.features[$0].isHidden }
        steps = spec.features.enumerated().compactMap { index, feature in
            if case .derived(let program) = feature.definition {
                return (index, program, feature.defaultValue)
            }
            return feature.defaultValue.isNaN ? nil : (index, nil, feature.defaultValue)
        }
        types = spec.events.indices.map {
            EventIntake(spec, $0, groups: groups, symbols: symbols, vector: vector)
        }
    }

    deinit {
        states.deinitialize(count: groups.count)
        states.deallocate()
        taken.deallocate()
        admitted.deallocate()
        symbolsPlace.deinitialize(count: 1)
        symbolsPlace.deallocate()
    }

    /// Bytes held for key values: what windows need of the past. Dictionaries come on top.
    /// - Complexity: O(key values).
    public var stateBytes: Int {
        groups.indices.reduce(rings.reduce(0) { $0 + $1.bytes }) { $0 + states[$1].bytes }
    }

    /// How many key values have a state, of all keys together. One that had no event for longer than
    /// every window reaches back has none; nothing that is asked later can tell.
    public var keyValues: Int { groups.indices.reduce(0) { $0 + states[$1].count } }

    /// Databases that were found damaged: what they should have answered counts as missing.
    public var damagedDatabases: [DamagedDatabase] { symbols.lookups.damaged }

    /// The vector of an entity as of a moment at or after the last event.
    /// - Returns: nil where the spec's unit is no entity, or the entity was never seen.
    /// - Throws: `Refusal.outOfOrder` for a moment before the last event.
    public func features(of entity: String, asOf moment: Int64) throws(Refusal) -> [Double]? {
        guard EventStore.isTime(moment) else { throw .timeOutOfRange }
        if moment < lastKnown { throw .outOfOrder }
        guard case .entity(let key, _) = spec.vectors.unit,
            let code = symbols.dictionaries[key]?.code(of: entity)
        else { return nil }
        for number in groups.indices {
            let state = states[number].state(of: Int(code), at: moment)
            let layout = states[number].layout(of: state)
            for stream in layout.streams.indices {
                state.states[stream].advance(to: moment, sequence: .max)
            }
            answer(layout.before, state.states, moment)
        }
        for ring in rings.indices {
            rings[ring].advance(to: moment)
            rings[ring].answer(
                rings[ring].plan.before, of: code, now: moment, into: vector, 0)
        }
        lastKnown = moment
        return finishVector(
            Program.Input(
                slots: nil, features: places, zone: spec.zone, tests: symbolsPlace.pointee.answers),
            row: 0)
    }

    /// Goes on from a moment; for snapshots.
    func restore(_ lastKnown: Int64, sequence: Int64, late: [String: Int]) {
        self.lastKnown = lastKnown
        self.sequence = sequence
        lateEvents = late
    }

    /// The code of a text or of several codes as one key; for snapshots.
    func intern(_ bytes: ArraySlice<UInt8>, _ name: String) -> Int {
        if name.contains("+") { return symbols.intern(composite: bytes, name) }
        return Int(symbols.intern(String(decoding: bytes, as: UTF8.self), field: name))
    }
}
