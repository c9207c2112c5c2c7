import RiskColumns

@testable import RiskFeatures

/// The definition of rings, as plainly as it can be written: for every value all events are gone
/// through again.
struct RingOracle {
    let spec: FeatureSpec
    /// In their total order.
    let events: [NaiveOracle.Occurrence]

    private struct Entity: Hashable {
        let key: String
        let text: String
    }

    /// What is the same for all features that ask one kind of ring.
    private struct Picture {
        /// The members of each entity that ties, and when each of their links became known.
        let shared: [[String: Int64]]
        let gang: Set<String>
        let frauds: Set<String>
        /// Since when each member shares something: since the second member came, or itself.
        var tied: [String: Int64] = [:]
    }

    /// The features of a member as of a place in the total order.
    /// - Parameter sequence: that of the vector's own event, or beyond the last.
    func values(of member: String?, now: Int64, sequence: Int) -> [Double] {
        var pictures: [Int: Picture] = [:]
        return spec.features.map { feature in
            guard case .ring(let ring) = feature.definition, let member else { return .nan }
            let asked = ring.ring * 2 + (ring.includesCurrent ? 1 : 0)
            let picture = pictures[asked] ?? picture(ring, of: member, now, sequence)
            pictures[asked] = picture
            return value(ring.aggregate, picture, of: member, now)
        }
    }

    private func value(
        _ aggregate: RingFeature.Aggregate, _ picture: Picture, of member: String, _ now: Int64
    ) -> Double {
        let size = Double(picture.gang.count)
        let frauds = Double(picture.gang.filter { picture.frauds.contains($0) }.count)
        let ties = picture.gang.compactMap { picture.tied[$0] }
        switch aggregate {
        case .size: return size
        case .frauds: return frauds
        case .fraudShare: return frauds / size
        case .age: return ties.min().map { Double(now - $0) / 1e6 } ?? .nan
        case .growth(let window): return Double(ties.filter { $0 > now - window }.count)
        case .degree: return Double(picture.shared.filter { $0[member] != nil }.count)
        }
    }

    private func picture(
        _ feature: RingFeature, of member: String, _ now: Int64, _ sequence: Int
    ) -> Picture {
        let ring = spec.rings[feature.ring]
        let shared = sharing(feature, ring, now, sequence)
        var picture = Picture(
            shared: shared, gang: component(of: member, shared), frauds: frauds(ring, now, sequence)
        )
        for members in shared {
            let second = members.values.sorted()[1]
            for (member, time) in members {
                picture.tied[member] = min(picture.tied[member] ?? .max, max(time, second))
            }
        }
        return picture
    }

    /// The entities that tie: their members, and when each link became known.
    private func sharing(
        _ feature: RingFeature, _ ring: RingDefinition, _ now: Int64, _ sequence: Int
    ) -> [[String: Int64]] {
        var links: [Entity: [String: Int64]] = [:]
        let types = ring.eventTypes.map { spec.events[$0].name }
        for occurrence in events where types.contains(occurrence.event.type) && !isLate(occurrence)
        {
            let isBefore =
                occurrence.known < now
                || (occurrence.known == now && occurrence.sequence < sequence)
            let isCurrent = occurrence.sequence == sequence && feature.includesCurrent
            guard isBefore || isCurrent, let member = text(occurrence, ring.member) else {
                continue
            }
            for key in ring.entities {
                guard let text = text(occurrence, key) else { continue }
                let entity = Entity(key: key, text: text)
                let known = links[entity, default: [:]][member] ?? .max
                links[entity, default: [:]][member] = min(known, occurrence.known)
            }
        }
        let tying = links.filter { entity, members in
            members.count >= 2
                && members.count <= ring.cutOffs[ring.entities.firstIndex(of: entity.key)!]
        }
        return Array(tying.values)
    }

    private func component(
        of member: String, _ shared: [[String: Int64]]
    ) -> Set<String> {
        var gang: Set<String> = [member]
        while true {
            let more = shared.filter { !gang.isDisjoint(with: $0.keys) }
                .reduce(into: gang) { $0.formUnion($1.keys) }
            if more == gang { return gang }
            gang = more
        }
    }

    private func frauds(_ ring: RingDefinition, _ now: Int64, _ sequence: Int) -> Set<String> {
        guard let fraud = ring.fraud else { return [] }
        var members: Set<String> = []
        for occurrence in events where occurrence.event.type == spec.events[fraud.eventType].name {
            let visible = occurrence.known + fraud.delay
            guard
                visible < now || (visible == now && occurrence.sequence < sequence),
                !isLate(occurrence),
                fraud.condition == nil || occurrence.event.values["fraud"] == .bool(true),
                let member = text(occurrence, ring.member)
            else { continue }
            members.insert(member)
        }
        return members
    }

    /// Whether it became known too late to count.
    private func isLate(_ occurrence: NaiveOracle.Occurrence) -> Bool {
        let type = spec.events.first { $0.name == occurrence.event.type }!
        return occurrence.known - occurrence.event.time > type.lateness ?? .max
    }

    private func text(_ occurrence: NaiveOracle.Occurrence, _ key: String) -> String? {
        if case .text(let text)? = occurrence.event.values[key] { return text }
        return nil
    }
}

/// A random spec with rings, and random events for it.
struct RandomRings {
    let spec: FeatureSpec
    let text: String

    init(_ random: inout CaseGenerator, unit: String = "\"login\"") throws {
        var rings: [String] = []
        let isLogin = unit == "\"login\""
        for number in 0..<Int.random(in: 1...2, using: &random) {
            let through = [["device"], ["device", "ip"], ["device", "ip", "card"], ["ip"]]
                .randomElement(using: &random)!
            var parts = [
                #""members": "account""#,
                "\"through\": [\(through.map { "\"\($0)\"" }.joined(separator: ", "))]",
            ]
            switch Int.random(in: 0..<3, using: &random) {
            case 0: parts.append("\"degree\": \([2, 3, 5].randomElement(using: &random)!)")
            case 1:
                let cutOff = [2, 3, 4].randomElement(using: &random)!
                parts.append("\"degree\": { \"\(through.last!)\": \(cutOff) }")
            default: break
            }
            if !through.contains("card"), Bool.random(using: &random) {
                parts.append(#""of": ["login"]"#)
            }
            let delay = ["1s", "30m", "1d"].randomElement(using: &random)!
            parts.append(
                [
                    #""fraud": { "of": "fraud" }"#,
                    "\"fraud\": { \"of\": \"fraud\", \"delay\": \"\(delay)\" }",
                    #""fraud": { "of": "purchase", "where": "fraud", "delay": "1h" }"#,
                ].randomElement(using: &random)!)
            rings.append("\"r\(number)\": { \(parts.joined(separator: ", ")) }")
        }
        let aggregates = [
            "size", "frauds", "fraud_share", "age", "degree", "growth(10s)", "growth(1h)",
            "growth(2d)",
        ]
        var features: [String] = []
        for number in rings.indices {
            for aggregate in aggregates {
                let current = isLogin && Bool.random(using: &random)
                features.append(
                    "\"f\(features.count)\": { \"ring\": \"r\(number)\", \"aggregate\": "
                        + "\"\(aggregate)\"\(current ? ", \"include\": \"current\"" : "") }")
            }
        }
        let lateness = ["", #""lateness": "30m","#].randomElement(using: &random)!
        text = """
            { "riskkit": "features/1", "timezone": "America/New_York",
              "events": {
                "fraud": { "time": "at", "known": "told", \(lateness) "keys": ["account"] },
                "login": { "time": "at", "known": "seen", \(lateness) "keys": ["account", "device", "ip"] },
                "purchase": { "time": "at", "keys": ["account", "ip", "card", "device"], "fields": {
                  "fraud": { "type": "boolean", "known_after": "1h" } } } },
              "rings": { \(rings.joined(separator: ",\n")) },
              "features": { \(features.joined(separator: ",\n")) },
              "vectors": { "unit": \(unit) } }
            """
        spec = try Story.spec(text)
    }

    /// Ties in time, bursts and pauses, missing keys, late knowledge; few entities among many members
    /// make giant rings and hubs, many make small ones.
    static func events(_ count: Int, _ random: inout CaseGenerator) -> [FeatureEngine.Event] {
        let members = [4, 12, 40].randomElement(using: &random)!
        let entities = [3, 10, 40].randomElement(using: &random)!
        var events: [FeatureEngine.Event] = []
        var time = Timestamps.microseconds(year: 2026, month: 3, day: 7)
        for _ in 0..<count {
            let gaps: [Int64] = [0, 0, 1, 1_000_000, 60_000_000, 1_800_000_000, 20_000_000_000]
            time += gaps.randomElement(using: &random)!
            let late: [Int64] = [0, 0, 0, 1_000_000, 3_600_000_000, 90_000_000_000]
            var values: [String: FeatureEngine.Value] = [:]
            func draw(_ key: String, _ count: Int) {
                if Int.random(in: 0..<8, using: &random) == 0 { return }
                values[key] = .text("\(key)\(Int.random(in: 0..<count, using: &random))")
            }
            draw("account", members)
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                events.append(
                    .init(
                        type: "fraud", time: time,
                        known: time + late.randomElement(using: &random)!, values: values))
            case 1...2:
                draw("ip", entities)
                draw("card", entities)
                draw("device", entities)
                values["fraud"] = .bool(Int.random(in: 0..<4, using: &random) == 0)
                events.append(.init(type: "purchase", time: time, values: values))
            default:
                draw("device", entities)
                draw("ip", entities)
                events.append(
                    .init(
                        type: "login", time: time,
                        known: time + late.randomElement(using: &random)!, values: values))
            }
        }
        return events
    }
}
