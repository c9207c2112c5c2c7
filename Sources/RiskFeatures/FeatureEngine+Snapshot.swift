import RiskColumns
import RiskJSON

extension FeatureEngine {
    /// The engine's state as bytes: give them to an engine of the same spec, and it goes on as this one.
    ///
    /// Little-endian, versioned, with a SHA-256. Lists and databases are not part of it.
    /// - Complexity: O(state).
    public func snapshot() -> [UInt8] {
        var writer = SnapshotWriter()
        writer.append(text: Self.fingerprint(spec))
        writer.append(lastKnown)
        writer.append(sequence)
        for event in spec.events { writer.append(lateEvents[event.name] ?? 0) }
        for name in symbols.dictionaries.names.sorted() {
            let dictionary = symbols.dictionaries[name]!
            writer.append(dictionary.count)
            for code in 0..<Int32(dictionary.count) {
                dictionary.withUTF8(code) { writer.append(text: $0) }
            }
        }
        for (number, group) in groups.enumerated() {
            writer.append(states[number].count)
            for code in 0..<states[number].codes {
                guard let state = states[number][code] else { continue }
                writer.append(code)
                let places = states[number].layout(of: state).places
                for (source, place) in zip(group.sources, places) {
                    state.states[place.stream].write(
                        place, as: source.shape.pointee, to: &writer)
                }
            }
        }
        for ring in rings { ring.write(to: &writer) }
        return writer.finish()
    }

    /// An engine that goes on where another one was.
    /// - Throws: `SnapshotError` where the bytes are no snapshot, not whole, of another spec, or of a
    ///   state that no events lead to. Nothing in them can crash, and what they ask for is bounded by
    ///   their own size: a key value takes some hundred bytes in memory for its forty or more here.
    /// - Complexity: O(state).
    public convenience init(
        spec: FeatureSpec, lists: [String: ListContents] = [:],
        databases: [String: [any AddressDatabase]] = [:], snapshot: [UInt8]
    ) throws(SnapshotError) {
        self.init(spec: spec, lists: lists, databases: databases)
        var reader = try SnapshotReader(snapshot)
        guard try reader.text().elementsEqual(Self.fingerprint(spec)) else {
            throw reader.failure("it is of another feature spec")
        }
        let last = try reader.word()
        guard last == .min || EventStore.isTime(last) else {
            throw reader.failure("no time \(last)")
        }
        let sequence = try reader.word(in: 0...Int64.max / 2, "the sequence")
        var late: [String: Int] = [:]
        for event in spec.events {
            let count = Int(try reader.word(in: 0...sequence, "the number of late events"))
            if count > 0 { late[event.name] = count }
        }
        restore(last, sequence: sequence, late: late)
        for name in symbols.dictionaries.names.sorted() {
            let count = try reader.count(of: 8, "texts")
            for code in 0..<count {
                let text = try reader.text()
                let isComposite = !EventType.fields(of: name).isEmpty && name.contains("+")
                guard isComposite || String(validating: text, as: UTF8.self) != nil else {
                    throw reader.failure("a text that is no UTF-8")
                }
                guard intern(text, name) == code else { throw reader.failure("a text twice") }
            }
        }
        for (number, group) in groups.enumerated() {
            let codes = symbols.dictionaries[group.key]!.count
            var next = 0
            for _ in 0..<(try reader.count(of: 8, "key values")) {
                let code = Int(
                    try reader.word(in: Int64(next)...Int64(max(next, codes - 1)), "a key"))
                guard code < codes else { throw reader.failure("a key that has no text") }
                _ = states[number].state(of: code, at: last)
                let state = states[number].setApart(code)
                for source in group.sources.indices {
                    try state.states[source].read(from: &reader, known: last)
                }
                states[number].bringTogether(code)
                next = code + 1
            }
        }
        for ring in rings.indices {
            rings[ring] = try RingState(rings[ring].plan, from: &reader, known: last) { key in
                symbols.dictionaries[key]!.count
            }
        }
        try reader.finish()
    }

    private static func fingerprint(_ spec: FeatureSpec) -> [UInt8] {
        Array(SHA256.hexadecimal(spec.documentWithoutVersions.json().utf8).utf8)
    }
}

extension SnapshotWriter {
    mutating func append(text: [UInt8]) { text.withUnsafeBufferPointer { append(text: $0) } }
}

extension FeatureEngine {
    /// When the last event that was taken became known, or the last moment that was asked about; nil
    /// before the first. No event is taken that was known before it.
    public var lastMoment: Int64? { lastKnown == .min ? nil : lastKnown }
}
