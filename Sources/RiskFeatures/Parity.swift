import RiskColumns

/// Whether a log gives the same vectors live, event by event, as in batch.
public struct ParityReport: Sendable {
    /// A value that is not the same.
    public struct Difference: Sendable {
        /// The vector, counted from 0.
        public let vector: Int
        /// Its moment.
        public let time: Int64
        /// The keys of the vector, as `account=a1`.
        public let keys: [String]
        /// The feature's name.
        public let feature: String
        /// What it is in batch.
        public let batch: Double
        /// What it is live.
        public let live: Double
        /// The latest events of the same keys before the vector, the last one last.
        public let history: [String]
    }

    /// How many events were replayed.
    public internal(set) var events = 0
    /// How many vectors were compared.
    public internal(set) var vectors = 0
    /// How many of their values differ in a bit.
    public internal(set) var differences = 0
    /// The first that differ.
    public internal(set) var first: [Difference] = []
}

extension BatchExtractor {
    /// Replays the logs through a live `FeatureEngine`, in the order in which events became known, and
    /// compares every vector with the batch's, bit for bit. Missing equals missing.
    /// - Parameters:
    ///   - limit: how many differences are described.
    ///   - progress: is told now and then how many events were replayed.
    /// - Throws: where there would be too many vectors.
    /// - Complexity: O(events × features), twice.
    public func parity(
        _ range: ExtractionRange = ExtractionRange(), limit: Int = 10,
        progress: (Int) -> Void = { _ in }
    ) throws(ExtractionError) -> ParityReport {
        let batch = try vectors(range)
        var report = ParityReport()
        let engine = FeatureEngine(spec: spec, lists: lists, databases: databases)
        var next = 0
        var entities: [(Int, [String])] = []
        if case .entity = spec.vectors.unit {
            guard case .codes(let codes, let names) = batch.keys[0].storage else { return report }
            entities = codes.enumerated().map { ($0, [names[$1]]) }
        }
        func compare(_ live: [Double]?, _ place: Int) {
            defer { next += 1 }
            report.vectors += 1
            for (feature, name) in batch.names.enumerated() {
                let value = batch.value(next, feature)
                let other = live?[feature] ?? .nan
                if value.bitPattern == other.bitPattern || (value.isNaN && other.isNaN) { continue }
                report.differences += 1
                guard report.first.count < limit else { continue }
                report.first.append(
                    describe(batch, next, name, value, other, before: place))
            }
        }
        func answerSnapshots(before known: Int64, _ place: Int) {
            while next < entities.count, batch.times[next] < known {
                let live = try? engine.features(of: entities[next].1[0], asOf: batch.times[next])
                compare(live ?? nil, place)
            }
        }
        for place in order.indices {
            let (type, row) = order[place]
            let known = stores[type].slots[EventStore.knownSlot][row]
            answerSnapshots(before: known, place)
            // What the batch took, the engine takes: both have the same bounds.
            let live = try? engine.process(event(type, row))
            report.events += 1
            if report.events % 65536 == 0 { progress(report.events) }
            guard spec.vectors.unit == .event(type), range.contains(known) else { continue }
            compare(live ?? nil, place)
        }
        answerSnapshots(before: .max, order.count)
        return report
    }

    /// An event as it is given to a live engine.
    func event(_ type: Int, _ row: Int) -> FeatureEngine.Event {
        let definition = spec.events[type]
        let slots = stores[type].slots
        var values: [String: FeatureEngine.Value] = [:]
        for field in definition.fields where !field.isLookedUp {
            let slot = slots[definition.slot(of: field.name)!][row]
            switch field.type {
            case .category:
                if slot >= 0 {
                    values[field.name] = .text(symbols.dictionaries[field.name]![Int32(slot)])
                }
            case .number:
                let number = Double(bitPattern: UInt64(bitPattern: slot))
                if !number.isNaN { values[field.name] = .number(number) }
            case .boolean: if slot != Column.missing { values[field.name] = .bool(slot != 0) }
            default: if slot != Column.missing { values[field.name] = .integer(slot) }
            }
        }
        return FeatureEngine.Event(
            type: definition.name, time: slots[EventStore.timeSlot][row],
            known: slots[EventStore.knownSlot][row], values: values)
    }

    private func describe(
        _ batch: FeatureVectors, _ vector: Int, _ feature: String, _ value: Double, _ live: Double,
        before place: Int
    ) -> ParityReport.Difference {
        let keys = batch.keys.compactMap { column -> (String, String)? in
            guard case .codes(let codes, let names) = column.storage, codes[vector] >= 0 else {
                return nil
            }
            return (column.name, names[codes[vector]])
        }
        var history: [String] = []
        for place in (0..<place).reversed() where history.count < 20 {
            let (type, row) = order[place]
            let event = event(type, row)
            guard keys.contains(where: { event.values[$0.0] == .text($0.1) }) else { continue }
            let fields = event.values.sorted { $0.key < $1.key }.map {
                "\($0.key)=\($0.value.shown)"
            }
            history.append(
                "\(Timestamps.format(event.time)) \(event.type) \(fields.joined(separator: " "))")
        }
        return ParityReport.Difference(
            vector: vector, time: batch.times[vector], keys: keys.map { "\($0.0)=\($0.1)" },
            feature: feature, batch: value, live: live, history: history.reversed())
    }
}

extension FeatureEngine.Value {
    fileprivate var shown: String {
        switch self {
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .text(let value): value
        }
    }
}
