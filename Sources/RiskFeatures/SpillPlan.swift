import RiskColumns

/// What is computed for one key, part by part of its values: which events, and which of their slots.
struct SpillGroup {
    /// A type's events within the group.
    struct Share {
        /// Slots that are kept, the key's and the times' among them.
        let slots: [Int]
        /// Where they are among the words of an event of the log.
        let words: [Int]
        /// The words of the key's parts.
        let keyWords: [Int]
    }

    let key: String
    /// Nil where only the label is asked by this key.
    let plan: GroupPlan?
    /// The type of the label's events, if the label is asked by this key.
    let labelType: Int?
    /// The features that it computes.
    let features: [Int]
    /// For each type of events, its share; nil where it does not matter.
    let shares: [Share?]

    /// The words of a vector's values: its number, the features, the label.
    var valueWords: Int { 1 + features.count + (labelType == nil ? 0 : 1) }

    /// Whether events have the key, and the part in which its value is.
    @inline(__always)
    static func part(
        of event: UnsafePointer<Int64>, _ share: Share, parts: UInt64
    ) -> Int? {
        var hash = Self.seed
        for word in share.keyWords {
            if event[word] < 0 { return nil }
            hash = mix(hash, event[word])
        }
        return part(of: hash, parts: parts)
    }

    /// The part of a key of one code.
    static func part(of code: Int64, parts: UInt64) -> Int {
        part(of: mix(seed, code), parts: parts)
    }

    private static let seed: UInt64 = 0x243F_6A88_85A3_08D3

    @inline(__always)
    private static func mix(_ hash: UInt64, _ code: Int64) -> UInt64 {
        let product = (hash ^ UInt64(bitPattern: code)) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 29
    }

    @inline(__always)
    private static func part(of hash: UInt64, parts: UInt64) -> Int {
        Int((hash &* 0xBF58_476D_1CE4_E5B9).multipliedFullWidth(by: parts).high)
    }
}

extension SpillGroup {
    /// The groups of a spec, and one more where nothing but the label is asked by its key.
    static func all(
        _ spec: FeatureSpec, _ plans: [GroupPlan], _ layouts: [SpilledEventLayout]
    ) -> [SpillGroup] {
        var label: (type: Int, key: String)?
        if case .event(let type, let key, within: _)? = spec.vectors.label { label = (type, key) }
        var asked = plans.map { (key: $0.key, plan: GroupPlan?.some($0)) }
        if let label, !asked.contains(where: { $0.key == label.key }) {
            asked.append((label.key, nil))
        }
        return asked.map { key, plan in
            let labelType = label.flatMap { $0.key == key ? $0.type : nil }
            return SpillGroup(
                key: key, plan: plan, labelType: labelType,
                features: ((plan?.before ?? []) + (plan?.after ?? [])).map(\.feature).sorted(),
                shares: spec.events.indices.map { type in
                    share(of: type, spec, key: key, plan, labelType, layouts[type])
                })
        }
    }

    private static func share(
        of type: Int, _ spec: FeatureSpec, key: String, _ plan: GroupPlan?, _ labelType: Int?,
        _ layout: SpilledEventLayout
    ) -> Share? {
        let definition = spec.events[type]
        let parts = EventType.fields(of: key).map { definition.slot(of: $0) }
        guard parts.allSatisfy({ $0 != nil }) else { return nil }
        var slots: Set<Int> = []
        var matters = type == labelType
        switch spec.vectors.unit {
        case .event(let unit): matters = matters || type == unit
        // From its first event of any type on, an entity has vectors.
        case .entity: matters = true
        }
        for source in plan?.sources ?? [] where source.eventType == type {
            matters = true
            slots.formUnion(source.slots)
        }
        guard matters else { return nil }
        slots.formUnion([EventStore.timeSlot] + parts.map { $0! })
        if definition.known != nil { slots.insert(EventStore.knownSlot) }
        let kept = layout.slots.filter { slots.contains($0) }
        return Share(
            slots: kept, words: kept.map { layout.word(of: $0) },
            keyWords: parts.map { layout.word(of: $0!) })
    }
}

/// The events of some values of a key on the disk, in the total order, with their vectors' numbers.
final class SpilledPart {
    let events: SpillBuffer
    /// How many there are of each type, and how many vectors its key values have.
    var counts: [Int]
    var vectors = 0

    init(_ file: SpilledWords, types: Int, capacity: Int, stride: Int) {
        events = SpillBuffer(file, capacity: capacity, stride: stride)
        counts = Array(repeating: 0, count: types)
    }

    /// A record's first word: the type, and the vector's number behind it, -1 for none.
    @inline(__always)
    static func head(type: Int, vector: Int, types: Int) -> Int64 {
        Int64((vector + 1) * types + type)
    }

    @inline(__always)
    static func read(_ head: Int64, types: Int) -> (type: Int, vector: Int) {
        let (place, type) = Int(head).quotientAndRemainder(dividingBy: types)
        return (type, place - 1)
    }
}

/// The values of vectors on the disk, in ranges of neighbours that are finished together.
final class SpilledValues {
    let words: Int
    private let file: SpilledWords
    private let rowsOfRange: Int
    private var segments: [[SpilledSegment]]
    private let buffer: UnsafeMutablePointer<Int64>
    private let capacity: Int
    private var used = 0
    private var range = 0

    /// - Parameters:
    ///   - words: those of a vector, the first being its number.
    ///   - rowsOfRange: vectors that are finished together.
    init(_ storage: any SpillStorage, words: Int, rowsOfRange: Int, ranges: Int) throws {
        file = try SpilledWords(storage, isOfValues: true)
        self.words = words
        self.rowsOfRange = rowsOfRange
        segments = Array(repeating: [], count: ranges)
        capacity = max(SpilledWords.blockWords, words)
        buffer = .allocate(capacity: capacity)
    }

    deinit { buffer.deallocate() }

    /// Room for the values of a vector, the number of which is set already. Vectors come in order,
    /// but for `flush` in between.
    @inline(__always)
    func room(_ vector: Int) throws -> UnsafeMutablePointer<Int64> {
        let own = vector / rowsOfRange
        if own != range || used + words > capacity {
            try flush()
            range = own
        }
        buffer[used] = Int64(vector)
        defer { used += words }
        return buffer + used + 1
    }

    func flush() throws {
        if used == 0 { return }
        segments[range].add(try file.append(buffer, used, stride: words))
        used = 0
    }

    /// The values of the vectors of a range: their number and then each value's bits.
    func each(
        _ range: Int, _ body: (_ vector: Int, _ values: UnsafePointer<Int64>) -> Void
    ) throws {
        let reader = SpillReader(file, segments[range])
        while let record = try reader.peek(words) {
            body(Int(record[0]), record + 1)
            reader.advance(words)
        }
    }
}
