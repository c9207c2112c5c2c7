import RiskColumns
import RiskJSON

extension FeatureSpec {
    /// Reads a spec from its document and checks it as a whole.
    /// - Throws: every mistake at once, each with its line, its path and what was expected.
    public init(document: Node) throws(Mistakes) {
        var reader = SpecReader()
        let spec = reader.read(DocumentReader.Place(root: document))
        try reader.reader.finish()
        guard let spec else { preconditionFailure("a spec without mistakes was not read") }
        self = spec
    }

    /// What a spec file says it is.
    static let format = "features/1"
}

/// Takes a spec apart, from top to bottom: zone, lists, events, features, vectors.
struct SpecReader {
    typealias Place = DocumentReader.Place

    let reader = DocumentReader()
    var zone = ZoneOffsets.utc
    var lists: [ListDeclaration] = []
    var databases: [DatabaseDeclaration] = []
    var events: [EventType] = []
    var rings: [RingDefinition] = []
    var tests: [TextTest] = []
    var features: [FeatureDefinition] = []
    /// The field of the unit's event that is its label.
    var labelField: String?
    /// Names of features that could not be read, so that nobody is told that they are unknown.
    var broken: Set<String> = []
    var brokenRings: Set<String> = []

    mutating func read(_ root: Place) -> FeatureSpec? {
        let known = [
            "riskkit", "timezone", "lists", "databases", "events", "rings", "features", "vectors",
        ]
        guard let members = reader.members(of: root, known: known) else { return nil }
        if let format = members["riskkit"] {
            if let text = reader.string(format), text != FeatureSpec.format {
                reader.note(
                    "expected \"\(FeatureSpec.format)\", found \"\(text)\"", at: format)
            }
        } else {
            reader.note("expected a line \"riskkit: \(FeatureSpec.format)\"", at: root)
        }
        if let place = members["timezone"], let name = reader.string(place) {
            if let zone = ZoneOffsets(name) {
                self.zone = zone
            } else {
                reader.note(
                    "there is no time zone \"\(name)\""
                        + suggestion(for: name, among: ZoneOffsets.names), at: place)
            }
        }
        if let place = members["lists"] { readLists(place) }
        if let place = members["databases"] { readDatabases(place) }
        guard let eventsPlace = members["events"] else {
            reader.note("expected \"events\"", at: root)
            return nil
        }
        readEvents(eventsPlace)
        var vectors: VectorDefinition?
        if let place = members["vectors"] {
            vectors = readVectors(place)
        } else {
            reader.note("expected \"vectors\": what there is a vector of", at: root)
        }
        if let place = members["rings"] { readRings(place) }
        if let place = members["features"] {
            readFeatures(place, vectors)
        } else {
            reader.note("expected \"features\"", at: root)
        }
        guard let vectors, reader.mistakes.isEmpty else { return nil }
        return FeatureSpec(
            zone: zone, events: events, lists: lists, databases: databases, rings: rings,
            features: features,
            vectors: vectors, document: root.node, tests: tests)
    }

    /// A name of a feature, field, list or event: a letter, then letters, digits and underscores.
    func isName(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        guard let first = scalars.first, scalars.count <= 100 else { return false }
        return (first.properties.isAlphabetic || first == "_")
            && scalars.allSatisfy {
                $0.properties.isAlphabetic || $0 == "_" || ("0"..."9").contains($0)
            }
    }

    func checkName(_ name: String, at place: Place) {
        if !isName(name) {
            reader.note(
                "\"\(name)\" is no name: expected a letter, then letters, digits, underscores",
                at: place)
        }
    }

    /// A name that expressions may use.
    func checkWord(_ name: String, at place: Place) {
        checkName(name, at: place)
        if ["and", "or", "not", "in", "true", "false"].contains(name) {
            reader.note("\"\(name)\" is a word of the expression language", at: place)
        }
    }

    mutating func readEvents(_ place: Place) {
        guard let entries = reader.entries(of: place) else { return }
        if entries.isEmpty { reader.note("expected at least one type of event", at: place) }
        var plainFields: [(name: String, place: Place)] = []
        for (name, place) in entries {
            checkName(name, at: place)
            guard
                let members = reader.members(
                    of: place, known: ["time", "known", "lateness", "keys", "fields"])
            else { continue }
            var time: TimeColumn?
            if let place = members["time"] {
                time = readTimeColumn(place)
            } else {
                reader.note("expected \"time\": the column with the event's time", at: place)
            }
            let known = members["known"].flatMap { readTimeColumn($0) }
            let lateness = members["lateness"].flatMap { readDuration($0) }
            if let place = members["lateness"], members["known"] == nil {
                reader.note(
                    "an event without \"known\" is known when it happens: nothing is late",
                    at: place)
            }
            var fields: [FieldDefinition] = []
            var names: Set<String> = ["time", "hour", "weekday"]
            var lookedUp: [String: Place] = [:]
            func add(_ field: FieldDefinition, at place: Place) {
                checkWord(field.name, at: place)
                if field.isKey, field.name == "label" {
                    reader.note("the name \"label\" is taken by the vector itself", at: place)
                }
                if names.insert(field.name).inserted {
                    fields.append(field)
                } else {
                    reader.note("the name \"\(field.name)\" is taken", at: place)
                }
            }
            if let place = members["keys"] {
                for (key, place) in readKeys(place) {
                    add(key, at: place)
                    if key.isLookedUp { lookedUp[key.name] = place }
                }
            } else {
                reader.note("expected \"keys\": who or what the event is about", at: place)
            }
            if let place = members["fields"] {
                for (name, place) in reader.entries(of: place) ?? [] {
                    plainFields.append((name, place))
                    guard let field = readField(name, place) else { continue }
                    add(field, at: place)
                    if field.isLookedUp { lookedUp[name] = place }
                }
            }
            fields = checkedLookups(fields, lookedUp)
            checkColumns(time, known, fields, at: place)
            events.append(
                EventType(
                    name: name, time: time ?? TimeColumn(column: "time", format: .iso8601),
                    known: known, lateness: lateness, fields: fields))
        }
        // A key value stands for the same thing in all events, so its name must not mean another.
        for (name, place) in plainFields {
            if let other = events.first(where: { $0.keys.contains { $0.name == name } }) {
                reader.note(
                    "\"\(name)\" is a key of \(other.name): make it a key here too, or give the "
                        + "field another name", at: place)
            }
        }
    }

    /// A column of a log has one type.
    private func checkColumns(
        _ time: TimeColumn?, _ known: TimeColumn?, _ fields: [FieldDefinition], at place: Place
    ) {
        var types: [String: ColumnType] = [:]
        let times = [time, known].compactMap { $0?.column }.map { ($0, ColumnType.time) }
        let columns = fields.filter { !$0.isLookedUp }.map { ($0.column, $0.type) }
        for (column, type) in times + columns {
            if types.updateValue(type, forKey: column) ?? type != type {
                reader.note("the column \(column) is read as two types", at: place)
            }
        }
        if let time, let known, time.column == known.column, time.format != known.format {
            reader.note("the column \(time.column) is read in two formats", at: place)
        }
    }

    private func readTimeColumn(_ place: Place) -> TimeColumn? {
        if case .string(let column) = place.node.content {
            return TimeColumn(column: column, format: .iso8601)
        }
        guard let members = reader.members(of: place, known: ["column", "format"]) else {
            return nil
        }
        guard let columnPlace = members["column"], let column = reader.string(columnPlace) else {
            reader.note("expected \"column\"", at: place)
            return nil
        }
        let format = members["format"].flatMap { reader.choice($0, of: TimeColumn.Format.self) }
        return TimeColumn(column: column, format: format ?? .iso8601)
    }

    /// `[account, ip]`, or `{ account: ACCOUNT_ID }` where columns have other names.
    private func readKeys(_ place: Place) -> [(key: FieldDefinition, place: Place)] {
        func key(_ name: String, _ column: String, _ lookup: Lookup? = nil) -> FieldDefinition {
            FieldDefinition(
                name: name, column: column, type: .category, isKey: true, knownAfter: nil,
                rounds: false, lookup: lookup)
        }
        if case .array = place.node.content {
            return (reader.elements(of: place) ?? []).compactMap { place in
                reader.string(place).map { (key($0, $0), place) }
            }
        }
        return (reader.entries(of: place) ?? []).compactMap { name, place in
            if case .object = place.node.content {
                return readLookup(place).map { (key(name, name, $0), place) }
            }
            return reader.string(place).map { (key(name, $0), place) }
        }
    }

    private func readField(_ name: String, _ place: Place) -> FieldDefinition? {
        var typePlace = place
        var column = name
        var knownAfter: Int64?
        var roundPlace: Place?
        if case .object = place.node.content {
            if place.node["lookup"] != nil {
                return readLookup(place).map {
                    FieldDefinition(
                        name: name, column: name, type: .category, isKey: false, knownAfter: nil,
                        rounds: false, lookup: $0)
                }
            }
            guard
                let members = reader.members(
                    of: place, known: ["type", "column", "known_after", "round"])
            else { return nil }
            guard let type = members["type"] else {
                reader.note("expected \"type\"", at: place)
                return nil
            }
            typePlace = type
            if let place = members["column"] { column = reader.string(place) ?? name }
            if let place = members["known_after"] { knownAfter = readDuration(place) }
            roundPlace = members["round"]
        }
        guard let text = reader.string(typePlace) else { return nil }
        guard let type = Self.fieldType(text) else {
            let words = ["boolean", "integer", "number", "category", "decimal(2)"]
            reader.note(
                "expected a type (boolean, integer, decimal(0…9), number, category), found "
                    + "\"\(text)\"" + suggestion(for: text, among: words), at: typePlace)
            return nil
        }
        let rounds = roundPlace.flatMap { reader.bool($0) } ?? false
        if let roundPlace, rounds {
            if case .decimal = type {
            } else {
                reader.note("only a decimal is rounded", at: roundPlace)
            }
        }
        return FieldDefinition(
            name: name, column: column, type: type, isKey: false, knownAfter: knownAfter,
            rounds: rounds)
    }

    private static func fieldType(_ text: String) -> ColumnType? {
        switch text {
        case "boolean": return .boolean
        case "integer": return .integer
        case "number": return .number
        case "category": return .category
        default:
            guard text.hasPrefix("decimal("), text.hasSuffix(")"), text.utf8.count == 10,
                let scale = Int(text.dropFirst(8).dropLast()), (0...9).contains(scale)
            else { return nil }
            return .decimal(scale: scale)
        }
    }

    func readDuration(_ place: Place) -> Int64? {
        guard let text = reader.string(place) else { return nil }
        if let span = Durations.parse(text) { return span }
        reader.note(
            "expected a span such as 30s, 10m, 12h, 7d, 4w (1s to 3660d), found \"\(text)\"",
            at: place)
        return nil
    }

    /// The index of an event type by name.
    func eventType(_ place: Place) -> Int? {
        guard let name = reader.string(place) else { return nil }
        if let index = events.firstIndex(where: { $0.name == name }) { return index }
        reader.note(
            "there is no event \"\(name)\"" + suggestion(for: name, among: events.map(\.name)),
            at: place)
        return nil
    }
}
