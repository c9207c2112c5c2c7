/// Rings of members that share entities: accounts that share devices, addresses, payment cards.
///
/// As of a place in the total order, the links known by then make a graph of members and entities, from
/// which entities of more members than their cut-off are left out. The ring of a member is its connected
/// component. It follows from the set of links alone, so the order in which they came does not matter.
struct RingDefinition: Sendable {
    /// Members that are known as fraud.
    struct Fraud: Sendable {
        /// The type of event that says so, by the member's key.
        let eventType: Int
        /// Events count where it holds.
        let condition: Program?
        /// How much later than the event became known.
        let delay: Int64
    }

    /// The name in the spec.
    let name: String
    /// The key whose values are members.
    let member: String
    /// The keys whose values are entities.
    let entities: [String]
    /// For each of them: an entity of more members is a hub, and glues nothing.
    let cutOffs: [Int]
    /// The types of events that link a member to entities.
    let eventTypes: [Int]
    let fraud: Fraud?

    /// The cut-off where the spec names none.
    static let usualCutOff = 50
}

/// What a feature asks of the ring of the vector's member.
struct RingFeature: Sendable {
    enum Aggregate: Sendable, Equatable {
        /// How many members.
        case size
        /// How many of them are known as fraud, and which share.
        case frauds, fraudShare
        /// How long ago the first of its members were tied, in seconds.
        case age
        /// How many of its members share something since less than a span.
        case growth(Int64)
        /// How many entities the member itself shares.
        case degree
    }

    /// The index of the ring's definition.
    let ring: Int
    let aggregate: Aggregate
    /// Whether the links of the vector's own event count; what it says of fraud never does.
    let includesCurrent: Bool
}

/// What a `RingState` does with events: a definition, and all that the features of a spec ask of it.
final class RingPlan: Sendable {
    /// Where a linking event has its member and its entities.
    struct Linking: Sendable {
        let member: Int
        let entities: [(kind: Int, slot: Int)]
    }

    /// How a feature's value is read.
    struct Output: Sendable {
        enum Final: Sendable, Equatable {
            case size, frauds, fraudShare, age, degree
            case growth(window: Int)
        }

        let feature: Int
        let final: Final
    }

    let definition: RingDefinition
    /// By type of event; nil where it links nothing.
    let links: [Linking?]
    /// Where the event that marks frauds has its member.
    let fraudSlot: Int
    /// Where the unit's event has its member; -1 where the unit is no event.
    let unitSlot: Int
    /// By type of event: what becomes known longer after it happened neither links nor marks.
    let lateness: [Int64]
    /// Whether a type of event has vectors, links or marks.
    let concerns: [Bool]
    /// The windows of growth.
    let windows: [Int64]
    /// Read before the links of the unit's event count, and after.
    let before: [Output]
    let after: [Output]

    init(_ definition: RingDefinition, index: Int, spec: FeatureSpec) {
        self.definition = definition
        links = spec.events.enumerated().map { number, event in
            guard definition.eventTypes.contains(number),
                let member = event.slot(of: definition.member)
            else { return nil }
            let slots = definition.entities.enumerated().compactMap { kind, name in
                event.slot(of: name).map { (kind, $0) }
            }
            return Linking(member: member, entities: slots)
        }
        fraudSlot =
            definition.fraud.flatMap { spec.events[$0.eventType].slot(of: definition.member) } ?? -1
        var unit = -1
        if case .event(let type) = spec.vectors.unit {
            unit = type
            unitSlot = spec.events[type].slot(of: definition.member) ?? -1
        } else {
            unitSlot = -1
        }
        lateness = spec.events.map { $0.lateness ?? .max }
        let links = links
        concerns = spec.events.indices.map { type in
            links[type] != nil || type == unit || type == definition.fraud?.eventType
        }
        var windows: [Int64] = []
        var (before, after): ([Output], [Output]) = ([], [])
        for (number, feature) in spec.features.enumerated() {
            guard case .ring(let ring) = feature.definition, ring.ring == index else { continue }
            let final: Output.Final
            switch ring.aggregate {
            case .size: final = .size
            case .frauds: final = .frauds
            case .fraudShare: final = .fraudShare
            case .age: final = .age
            case .degree: final = .degree
            case .growth(let window):
                if !windows.contains(window) { windows.append(window) }
                final = .growth(window: windows.firstIndex(of: window)!)
            }
            let output = Output(feature: number, final: final)
            if ring.includesCurrent { after.append(output) } else { before.append(output) }
        }
        self.windows = windows
        self.before = before
        self.after = after
    }

    /// The rings of a spec that a feature asks for, in its order.
    static func plans(_ spec: FeatureSpec) -> [RingPlan] {
        let asked = Set(
            spec.features.compactMap { feature -> Int? in
                guard case .ring(let ring) = feature.definition else { return nil }
                return ring.ring
            })
        return asked.sorted().map { RingPlan(spec.rings[$0], index: $0, spec: spec) }
    }
}
