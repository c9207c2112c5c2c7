extension FeatureEngine {
    /// An engine that goes on where several others were, each of which saw a part of one stream: it
    /// gives, to the same bits, what one gives that saw all of it.
    ///
    /// The parts may share key values (an address, say, of accounts of both), but no event. The order of
    /// the whole is by when events became known; among those of one moment, the first snapshot's come
    /// first; then as each engine had them. It goes on from the latest moment that one of them had seen:
    /// take all snapshots at the same place in the stream. No snapshots make an engine that has seen
    /// nothing.
    ///
    /// The times kept are those that the spec asks for: events of a type without `known` must have been
    /// given as known when they happened.
    /// - Parameter snapshots: of engines of the same spec, in any versions of its lists and databases.
    /// - Throws: `SnapshotError`, with the number of the snapshot, where one is none, not whole, of
    ///   another spec, or of a state that no events lead to. Nothing in them can crash.
    /// - Complexity: O(state), for each key value as often as there are snapshots that know it, for rings
    ///   as often as there are snapshots. In memory is one of them at a time, beside what they come to.
    public convenience init(
        spec: FeatureSpec, lists: [String: ListContents] = [:],
        databases: [String: [any AddressDatabase]] = [:], merging snapshots: [[UInt8]]
    ) throws(SnapshotError) {
        self.init(spec: spec, lists: lists, databases: databases)
        for (index, snapshot) in snapshots.enumerated() {
            let place = "snapshot \(index + 1) of \(snapshots.count)"
            let other: FeatureEngine
            do throws(SnapshotError) {
                other = try FeatureEngine(
                    spec: spec, lists: lists, databases: databases, snapshot: snapshot)
            } catch {
                throw SnapshotError(offset: error.offset, message: "\(place): \(error.message)")
            }
            do throws(Unmergeable) {
                try absorb(other)
            } catch {
                throw SnapshotError(offset: snapshot.count, message: "\(place): \(error.message)")
            }
        }
    }

    /// Takes in what another engine of the same spec knows; where it throws, both are of no more use.
    private func absorb(_ other: FeatureEngine) throws(Unmergeable) {
        let sequence = sequence + other.sequence
        guard sequence <= Int64.max / 2 else { throw Unmergeable(message: "too many events") }
        let now = max(lastKnown, other.lastKnown)
        let codes = try codes(of: other)
        for (number, group) in groups.enumerated() {
            let arguments = group.sources.map { source in
                source.argumentField(spec).flatMap { codes[$0] }
            }
            for code in 0..<other.states[number].codes {
                guard other.states[number][code] != nil else { continue }
                let theirs = other.states[number].setApart(code).states
                let own = Int(codes[group.key]![code])
                _ = states[number].state(of: own, at: now)
                let ours = states[number].setApart(own).states
                for source in group.sources.indices {
                    ours[source].advance(to: now, sequence: .max)
                    theirs[source].advance(to: now, sequence: .max)
                    try ours[source].merge(theirs[source], codes: arguments[source], now: now)
                }
                states[number].bringTogether(own)
            }
        }
        for ring in rings.indices {
            rings[ring].merge(other.rings[ring]) { key, code in Int32(codes[key]![Int(code)]) }
            if now != .min { rings[ring].advance(to: now) }
        }
        restore(
            now, sequence: sequence, late: lateEvents.merging(other.lateEvents) { $0 + $1 })
    }

    /// For each dictionary of another engine, the codes that its texts have in this one's.
    private func codes(of other: FeatureEngine) throws(Unmergeable) -> [String: [Int64]] {
        var codes: [String: [Int64]] = [:]
        let dictionaries = other.symbols.dictionaries.all.map {
            ($0.name, EventType.fields(of: $0.name), $0.dictionary)
        }
        for (name, fields, dictionary) in dictionaries where fields.count == 1 {
            codes[name] = (0..<Int32(dictionary.count)).map { code in
                Int64(intern(ArraySlice(dictionary.withUTF8(code) { Array($0) }), name))
            }
        }
        // Several keys as one are the codes of each.
        for (name, fields, dictionary) in dictionaries where fields.count > 1 {
            codes[name] = []
            for code in 0..<Int32(dictionary.count) {
                let text = dictionary.withUTF8(code) { Array($0) }
                var own: [Int64] = []
                for (field, place) in zip(fields, stride(from: 0, to: text.count - 7, by: 8)) {
                    let part = text.withUnsafeBytes {
                        $0.loadUnaligned(fromByteOffset: place, as: Int.self)
                    }
                    if codes[field]!.indices.contains(part) { own.append(codes[field]![part]) }
                }
                guard own.count == fields.count, text.count == fields.count * 8 else {
                    throw Unmergeable(message: "a key of parts that are none")
                }
                let bytes = own.withUnsafeBytes { Array($0) }
                codes[name]!.append(Int64(intern(ArraySlice(bytes), name)))
            }
        }
        return codes
    }
}

extension SourcePlan {
    /// The field whose codes are its arguments.
    fileprivate func argumentField(_ spec: FeatureSpec) -> String? {
        guard case .code(let slot) = argument else { return nil }
        return spec.events[eventType].fields[slot - EventStore.firstFieldSlot].name
    }
}
