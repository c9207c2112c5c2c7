import RiskColumns
import RiskJSON

/// What is computed from which events: the one definition of every feature.
///
/// `init(document:)` reads and checks a spec as a whole; `docs/features.md` describes the file.
public struct FeatureSpec: Sendable {
    /// The zone of `hour` and `weekday`, and of times in a log that name no offset.
    public let zone: ZoneOffsets
    /// The kinds of events, in the order of the file.
    public let events: [EventType]
    /// The lists that conditions may name.
    public let lists: [ListDeclaration]
    /// The databases that fields are looked up in.
    public let databases: [DatabaseDeclaration]
    /// The features, in the order of the file: the columns of a vector.
    public let features: [FeatureDefinition]
    /// What there is a vector of.
    public let vectors: VectorDefinition
    /// The spec as it was read, to be embedded in a model.
    public let document: Node

    /// The kinds of rings that features may ask.
    let rings: [RingDefinition]
    /// Questions about texts that the programs ask.
    let tests: [TextTest]

    init(
        zone: ZoneOffsets, events: [EventType], lists: [ListDeclaration],
        databases: [DatabaseDeclaration] = [], rings: [RingDefinition] = [],
        features: [FeatureDefinition], vectors: VectorDefinition, document: Node,
        tests: [TextTest]
    ) {
        self.zone = zone
        var composites: [[String]] = []
        for feature in features {
            guard case .window(let window) = feature.definition else { continue }
            let fields = EventType.fields(of: window.key)
            if fields.count > 1, !composites.contains(fields) { composites.append(fields) }
        }
        self.events = events.map { event in
            var event = event
            event.composites = composites.filter { fields in
                fields.allSatisfy { name in event.fields.contains { $0.name == name } }
            }
            return event
        }
        self.lists = lists
        self.databases = databases
        self.rings = rings
        self.features = features
        self.vectors = vectors
        self.document = document
        self.tests = tests
    }

    /// The names of the features that a vector has, in order: all but the hidden ones.
    public var featureNames: [String] { features.filter { !$0.isHidden }.map(\.name) }
}

/// A kind of event: where its time, keys and fields are found in a log.
public struct EventType: Sendable {
    /// `login`, `purchase`, …
    public let name: String
    /// When it happened.
    public let time: TimeColumn
    /// When it became known; nil where that is when it happened.
    public let known: TimeColumn?
    /// What becomes known longer after it happened counts for no feature; nil: however long.
    public let lateness: Int64?
    /// Keys and fields; keys are fields by which features can be asked for.
    public let fields: [FieldDefinition]

    /// Fields that are asked for together, as one key.
    var composites: [[String]] = []
    /// Which lists of several versions are asked about its fields.
    var memberships: [Lookup] = []

    /// The keys, in order.
    public var keys: [FieldDefinition] { fields.filter(\.isKey) }

    /// The slot of a field in an event's row: behind time and known time.
    func slot(of field: String) -> Int? {
        if let index = fields.firstIndex(where: { $0.name == field }) {
            return index + EventStore.firstFieldSlot
        }
        return composites.firstIndex { Self.name(of: $0) == field }
            .map { $0 + firstMembershipSlot + memberships.count }
    }

    /// The name of several keys as one. No field has it.
    static func name(of composite: [String]) -> String { composite.joined(separator: "+") }

    /// The fields of a key.
    static func fields(of key: String) -> [String] {
        key.split(separator: "+").map { String($0) }
    }
}

/// A column that holds a time.
public struct TimeColumn: Sendable, Equatable {
    /// How a time is written.
    public enum Format: String, CaseIterable, Sendable {
        case iso8601
        case epochSeconds = "epoch_seconds"
        case epochMilliseconds = "epoch_milliseconds"
        case epochMicroseconds = "epoch_microseconds"
    }

    /// The column's name in the log.
    public let column: String
    /// How it is written there.
    public let format: Format
}

/// A key or a field of an event.
public struct FieldDefinition: Sendable, Equatable {
    /// The name in the spec.
    public let name: String
    /// The name of the column in the log.
    public let column: String
    /// `.category` for keys.
    public let type: ColumnType
    /// Whether features can be asked for by it.
    public let isKey: Bool
    /// For a field that is known only later than the event itself, such as a fraud flag: how much later.
    public let knownAfter: Int64?
    /// For a decimal: whether digits behind the scale are rounded away rather than refused.
    public let rounds: Bool
    /// What it is looked up by, where it is no column of the log.
    var lookup: Lookup?

    /// Whether it is found in a database rather than in the log.
    public var isLookedUp: Bool { lookup != nil }
}

/// A list that conditions may name.
public struct ListDeclaration: Sendable, Equatable {
    /// Where its members are.
    public enum Source: Sendable, Equatable {
        /// In the spec.
        case values([String])
        /// In a file, one a line.
        case file(String)
        /// In a file of networks in CIDR notation, one a line.
        case cidr(String)
    }

    /// The name.
    public let name: String
    /// Where the members of each version are; paths are relative to the spec.
    public let sources: [Source]
    /// When each version is in force.
    public let validity: Validity

    /// Whether the spec names versions, so that membership depends on an event's time.
    public var hasVersions: Bool { validity != .always }

    /// Where its members are, in the first version.
    public var source: Source { sources[0] }
}

/// The members of a list.
public enum ListContents: Sendable {
    /// Texts that are equal to a member.
    case values(Set<String>)
    /// Addresses within a network.
    case networks(NetworkList)
    /// Those of each version, for a list that has any.
    case versions([ListContents])

    func contains(_ text: String) -> Bool {
        switch self {
        case .values(let values): values.contains(text)
        case .networks(let networks): networks.contains(text)
        case .versions: preconditionFailure("which version counts depends on the event")
        }
    }
}

/// One feature.
public struct FeatureDefinition: Sendable {
    /// How its value comes about.
    enum Definition: Sendable {
        case window(WindowFeature)
        case derived(Program)
        case ring(RingFeature)
    }

    /// What investigators and customers are told when the feature is a reason, by language.
    public struct ReasonTexts: Sendable, Equatable {
        /// For the investigator.
        public let investigator: [String: String]
        /// For the customer.
        public let customer: [String: String]
    }

    /// The name of the column.
    public let name: String
    /// The sentences for reasons, if the spec has any.
    public let reason: ReasonTexts?
    /// Whether it only serves derived features and is no column of the vector.
    public let isHidden: Bool
    /// What stands where there is no value; NaN (missing) unless the spec says otherwise.
    let defaultValue: Double
    let definition: Definition
}

/// An aggregate of the events of a key within a window.
struct WindowFeature: Sendable {
    enum Aggregate: Sendable, Equatable {
        case count
        case sum(slot: Int), mean(slot: Int), min(slot: Int), max(slot: Int), std(slot: Int)
        case last(slot: Int), first(slot: Int)
        case sinceLast, sinceFirst
        case distinct(slot: Int)
        case share(Program)
        /// Events a day of the window, or for each event of another type.
        case rate(per: Int?)
        /// The largest count within a span.
        case peak(span: Int64)
        case gapMean, gapStd, gapCV
        case entropy(slot: Int), topShare(slot: Int)
        /// Whether none has the current event's value; the key is that of the feature and the field.
        case new(slot: Int)
        case decayedCount(halfLife: Int64), decayedSum(slot: Int, halfLife: Int64)
        case quantile(slot: Int, Double)
        /// The latest but `back`.
        case lastBut(slot: Int, back: Int)
        case ratio(slot: Int), zscore(slot: Int)
        case hourDistance
        case speed(latitude: Int, longitude: Int)
    }

    let eventType: Int
    /// The key, or several joined by "+"; see `EventType.composites`.
    let key: String
    let aggregate: Aggregate
    let condition: Program?
    /// nil: all of the past.
    let window: Int64?
    let hop: Int64?
    let delay: Int64
    let includesCurrent: Bool
}

/// What there is a vector of, and its label.
public struct VectorDefinition: Sendable {
    /// One vector an event of a type, or one an entity and moment.
    public enum Unit: Sendable, Equatable {
        /// The index of the event type.
        case event(Int)
        /// A key, and the time between snapshots; nil where only `asOf` makes one.
        case entity(String, every: Int64?)
    }

    /// Where labels come from.
    public enum Label: Sendable, Equatable {
        /// A boolean field of the unit's event that is known `knownAfter` later.
        case field(String)
        /// Whether an event of a type with the same key follows within a span.
        case event(Int, key: String, within: Int64)
    }

    /// What there is a vector of.
    public let unit: Unit
    /// Where labels come from; nil where there are none.
    public let label: Label?
    /// Fields of the unit's event that are carried into the vector's row, beside its keys.
    public let carry: [String]
}
