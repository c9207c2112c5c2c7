import RiskColumns

/// Computes the vectors of logs that are larger than the memory, on the disk key value by key value.
///
/// Events are taken in piece by piece and written down, each log in runs that are sorted by known time.
/// `vectors` merges the runs into the total order, and passes each event on to one part of each key of
/// the spec: what is asked by a key value needs no other's events. A part fits in memory and is computed
/// as `BatchExtractor` computes a whole log, by the same code; one that does not fit, a giant key, goes
/// event by event through live states, whose size is that of their windows. At last the values of
/// neighbouring vectors are brought together, and what is derived from them is computed.
///
/// The vectors are those of `BatchExtractor`, to the bit and in the same order. In memory at all times are
/// the dictionaries of keys and categories.
public final class SpillingExtractor {
    /// How the work is cut; what is nil follows from the memory.
    struct Cuts {
        /// Events of a log that are sorted at once.
        var chunk: Int?
        /// Parts of each key.
        var parts: Int?
        /// Vectors that are finished at once.
        var range: Int?
        /// A part with more bytes than this goes through live states.
        var largestPart: Int?
    }

    let spec: FeatureSpec
    let lists: [String: ListContents]
    let threads: Int
    let memory: Int
    let cuts: Cuts
    let storage: any SpillStorage
    let groups: [GroupPlan]
    let eventFile: SpilledWords
    var symbols: Symbols
    var logs: [SpilledLog] = []
    /// For an entity as unit: its first event by code.
    var entities: EntityRanks?
    /// The first and the last moment at which something happened; nil where nothing did.
    public private(set) var period: (first: Int64, last: Int64)?

    /// How many events of each type, by name, became known too late to count: see `EventType.lateness`.
    public private(set) var lateEvents: [String: Int] = [:]

    /// Databases that were found damaged: what they should have answered counts as missing.
    public var damagedDatabases: [DamagedDatabase] { symbols.lookups.damaged }

    /// What the process needs beside what grows with the logs.
    private static let leastBase = 128 << 20
    private let base: Int
    /// The least memory that can be given.
    public static let leastMemory = 200_000_000

    /// An extractor without events.
    /// - Parameters:
    ///   - lists: the members of each list of the spec.
    ///   - databases: the versions of each database of the spec.
    ///   - memory: the bytes that the process may use; at least `leastMemory`.
    ///   - taken: the bytes that lists and databases take of them.
    ///   - storage: where events wait.
    public convenience init(
        spec: FeatureSpec, lists: [String: ListContents] = [:],
        databases: [String: [any AddressDatabase]] = [:], threads: Int, memory: Int,
        taken: Int = 0, storage: any SpillStorage
    ) throws {
        try self.init(
            spec: spec, lists: lists, databases: databases, threads: threads, memory: memory,
            taken: taken, storage: storage, cuts: Cuts())
    }

    init(
        spec: FeatureSpec, lists: [String: ListContents],
        databases: [String: [any AddressDatabase]] = [:], threads: Int, memory: Int,
        taken: Int = 0, storage: any SpillStorage, cuts: Cuts
    ) throws {
        precondition(threads > 0 && memory >= Self.leastMemory)
        for feature in spec.features {
            guard case .ring = feature.definition else { continue }
            throw ExtractionError(
                description:
                    "\(feature.name) is of a ring, which crosses key values and needs all of "
                    + "the log in memory: leave --memory out")
        }
        self.spec = spec
        self.lists = lists
        self.threads = threads
        self.memory = memory
        base = Self.leastBase + taken
        self.cuts = cuts
        self.storage = storage
        groups = PlanBuilder(spec: spec).groups()
        symbols = Symbols(spec: spec, lists: lists, databases: databases)
        symbols.followsLogs = true
        eventFile = try SpilledWords(storage)
        if case .entity(let key, every: _) = spec.vectors.unit { entities = EntityRanks(key: key) }
        // What a store of such events has, whatever the spec derives when it takes them in.
        for type in spec.events {
            let bare = Self.bare(type)
            var unused = symbols
            let store = try EventStore(Self.empty(type), type: bare, symbols: &unused, threads: 1)
            let layout = SpilledEventLayout(type, slotCount: store.slotCount)
            let capacity = cuts.chunk ?? max(1 << 12, (24 << 20) / (layout.words * 8))
            logs.append(SpilledLog(eventFile, layout, capacity: capacity))
        }
    }

    /// Takes some events in.
    /// - Parameters:
    ///   - table: the next rows of the log, with the columns of the type's `requests`. A dictionary has
    ///     the texts of those before it under the same codes, as a reader's has.
    ///   - type: the type's name in the spec.
    /// - Throws: `EventLogError` for the first event that is no event; `ExtractionError` where keys and
    ///   categories alone need the memory; what the storage throws.
    /// - Complexity: O(rows), and a sort where the log is not in the order of known times.
    public func append(_ table: Table, type: String) throws {
        guard let index = spec.events.firstIndex(where: { $0.name == type }) else {
            preconditionFailure("the spec has no event \(type)")
        }
        // One log at a time has memory to be sorted in.
        for other in logs.indices where other != index { try logs[other].finish() }
        let log = logs[index]
        let store: EventStore
        do throws(EventLogError) {
            store = try EventStore(
                table, type: Self.bare(spec.events[index]), symbols: &symbols,
                threads: threads)
        } catch {
            throw EventLogError(
                event: error.event, row: error.row + log.count, message: error.message)
        }
        if store.count > 0 {
            let definition = spec.events[index]
            let times = store.slots[EventStore.timeSlot]
            let known = store.slots[EventStore.knownSlot]
            var (first, last) = period ?? (times[0], times[0])
            for row in 0..<store.count {
                first = min(first, times[row])
                last = max(last, times[row])
            }
            period = (first, last)
            if let lateness = definition.lateness {
                lateEvents[type, default: 0] += (0..<store.count).count {
                    known[$0] - times[$0] > lateness
                }
            }
        }
        entities?.add(store, spec.events[index], type: index, firstRow: log.count)
        try log.append(store)
        // The reader has dictionaries of its own, as large as these, and needs little else.
        if base / 2 + 2 * dictionaryBytes > memory { throw tooManyTexts() }
    }

    /// Composites are made where they are needed: there may be as many as events.
    static func bare(_ type: EventType) -> EventType {
        var type = type
        type.composites = []
        return type
    }

    private static func empty(_ type: EventType) -> Table {
        Table(
            columns: type.requests.map { request in
                let storage: Column.Storage =
                    switch request.type {
                    case .number: .numbers([])
                    case .category: .codes([], CategoryDictionary())
                    case .text: .text(TextBuffer())
                    default: .integers([])
                    }
                return Column(name: request.column, type: request.type, storage: storage)
            }, rowCount: 0)
    }

    // MARK: memory

    /// About what the dictionaries take.
    var dictionaryBytes: Int {
        symbols.dictionaries.all.reduce(0) { sum, named in
            // A text's bytes, its end and hash, and two to four slots of the table, arrays half empty.
            sum + named.dictionary.withAllUTF8 { bytes, ends in 2 * bytes.count + 104 * ends.count }
        }
    }

    /// What is left for the events of a part, or for vectors.
    var room: Int { memory - base - dictionaryBytes - (entities?.bytes ?? 0) }

    func tooManyTexts() -> ExtractionError {
        let most = symbols.dictionaries.all.max { $0.dictionary.count < $1.dictionary.count }
        let megabytes = (base + 2 * dictionaryBytes) / 1_000_000
        return ExtractionError(
            description: "keys and categories stay in memory, and need more than there is: "
                + "\(megabytes) MB so far, the most of \(most?.name ?? "") with "
                + "\(most?.dictionary.count ?? 0) different values")
    }
}

/// Which entity was seen first: the order of its vectors within a snapshot.
struct EntityRanks {
    private struct First: Comparable {
        var known: Int64
        var type: Int32
        var row: Int64

        static func < (a: First, b: First) -> Bool {
            (a.known, a.type, a.row) < (b.known, b.type, b.row)
        }
    }

    let key: String
    private var first: [First] = []

    init(key: String) { self.key = key }

    var bytes: Int { first.count * 48 }

    mutating func add(_ store: EventStore, _ type: EventType, type index: Int, firstRow: Int) {
        guard let slot = type.slot(of: key) else { return }
        let (codes, known) = (store.slots[slot], store.slots[EventStore.knownSlot])
        for row in 0..<store.count where codes[row] >= 0 {
            let code = Int(codes[row])
            while code >= first.count {
                first.append(First(known: .max, type: .max, row: .max))
            }
            let event = First(
                known: known[row], type: Int32(index), row: Int64(firstRow + row))
            if event < first[code] { first[code] = event }
        }
    }

    /// The entities' codes in the order of their first events, and when those became known.
    func ranked() -> (codes: [Int32], firstKnown: [Int64]) {
        let codes = first.indices.filter { first[$0].known != .max }
            .sorted { first[$0] < first[$1] }
        return (codes.map { Int32($0) }, codes.map { first[$0].known })
    }
}
